"""Athlete monitoring: training files, heart-rate zones, sessions."""
