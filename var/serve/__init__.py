"""Serving on the venue's network: certificate, join keys, the door before the app, the listener."""
