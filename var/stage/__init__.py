"""The scene of an incident to look at: its document, a view from above, bodies in space, pictures and a short clip."""
