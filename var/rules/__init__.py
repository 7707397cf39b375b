"""Review rules as data: a pack is one sport, read from TOML, chosen by competition and day, asked gate by gate."""

from var.rules.choosing import Rulebook, choose
from var.rules.faults import BadPack
from var.rules.gates import Answer, Facts, Gate, Gates, gates
from var.rules.pack import Pack
from var.rules.reading import read_pack
from var.rules.shelf import shelf, shipped

__all__ = [
    "Answer",
    "BadPack",
    "Facts",
    "Gate",
    "Gates",
    "Pack",
    "Rulebook",
    "choose",
    "gates",
    "read_pack",
    "shelf",
    "shipped",
]
