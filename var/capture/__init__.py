"""Live capture: cameras recorded without re-encoding while people already watch what was recorded."""
