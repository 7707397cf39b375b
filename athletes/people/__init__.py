"""People behind the data: consent, who saw what, everything of one person, and erasing it."""
