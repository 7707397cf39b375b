"""Recordings: which frames there are, exact pictures, sound, and the copies that the browser plays."""
