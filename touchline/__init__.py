"""The Touchline kernel: what two sibling packages must agree on. It knows no sport and needs only numpy."""

__version__ = "0.1.0"
