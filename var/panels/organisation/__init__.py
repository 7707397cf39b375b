"""The page of organisers: tournaments, the table of all incidents, and what other parts add."""
