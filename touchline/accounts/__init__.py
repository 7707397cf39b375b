"""People: accounts, sign-in, sessions, and the gate before the app. What each may do is ``touchline.rights``."""
