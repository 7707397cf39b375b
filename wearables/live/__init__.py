"""What a coach sees of a live session, computed from its rows and marks: no screen, no clock, no database."""
