"""Assistance for a review: people, teams, body points and the kick, all proposed and none of it decided."""
