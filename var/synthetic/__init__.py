"""Rendered matches with known truth: a scene, cameras that see it, pictures, sound, and the truth beside them."""
