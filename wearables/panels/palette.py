"""Colours of the live pages: light, printable, apart in lightness and for colour-blind readers."""

INK = "#1d2733"
SOFT_INK = "#5b6776"
LINE = "#d8dee6"
UNKNOWN = "#9aa3ae"
ZONES = ("#e6e9ee", "#a9cbe8", "#5b9bd0", "#f4cf63", "#ee8b3a", "#b3202c")
"""Under zone 1, then zones 1 to 5: a blue to red scale after ColorBrewer's RdYlBu, which the colour-blind can read."""
ON_ZONES = (INK, INK, INK, INK, INK, "#ffffff")
"""What is written on each of them."""
CURVES = ("#1b5e9e", "#b3202c", "#14733f", "#8a5a00", "#7a3e9d", "#0b7285", "#4a5568", "#c2410c")
FONT = '"Be Vietnam Pro", "Source Sans", "Segoe UI", "Noto Sans", sans-serif'
