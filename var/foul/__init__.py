"""Fouls as people annotated them: the SoccerNet-MVFoul format in and out without loss. Nothing here judges a foul."""
