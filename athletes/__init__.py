"""Athletes and their training: files in, sessions kept, heart-rate zones and time in them."""
