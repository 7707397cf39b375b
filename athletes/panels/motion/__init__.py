"""What the pages show of trials: the pictures with body points, and curves that follow them."""
