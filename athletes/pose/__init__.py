"""Body points in pictures: engines that find them, people followed, left and right told apart."""
