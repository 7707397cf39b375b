"""What networks see in a picture: people, and the points of their bodies. It knows no sport and asks no question."""
