"""All incidents of a tournament, of a match or of everything as one table."""
