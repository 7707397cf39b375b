"""What body points tell of a movement: angles, filters, metres, events, and measures with their errors."""
