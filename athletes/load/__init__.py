"""Training load and what follows from it: how hard a session was, how a season adds up, what to look at and why.

Every number names its method, and is None with a reason where the data do not carry it (docs/load.md)."""
