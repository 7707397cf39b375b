"""Tournaments: teams, officials and the list of fixtures, with the matches that were filmed of them."""
