"""What the training page shows; each panel draws what it is given, in the language it is given."""
