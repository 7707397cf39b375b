"""Colours of the training view: light, printable, apart in lightness and for colour-blind readers."""

INK = "#1d2733"
SOFT_INK = "#5b6776"
LINE = "#d8dee6"
UNKNOWN = "#c9ced6"
ZONES = ("#e6e9ee", "#a9cbe8", "#5b9bd0", "#f4cf63", "#ee8b3a", "#b3202c")
"""Under zone 1, then zones 1 to 5: a blue to red scale after ColorBrewer's RdYlBu, which the colour-blind can read."""

ON_ZONES = (INK, INK, INK, INK, INK, "#ffffff")
"""The colour of a text that stands on a zone's colour."""

FONT = '"Be Vietnam Pro", "Source Sans", "Segoe UI", "Noto Sans", sans-serif'
