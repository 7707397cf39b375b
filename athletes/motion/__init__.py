"""Trials: what was filmed of an athlete, how its cameras hang together, and what was measured of it."""
