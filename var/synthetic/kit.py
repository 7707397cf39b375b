"""What people wear and how their bodies are put together from tapered tubes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from var.synthetic.body import INDEX
from var.synthetic.scene import Person, Side, Task

Colour = tuple[int, int, int]
"""Blue, green, red."""


@dataclass(frozen=True, slots=True)
class Kit:
    """Colours of a person's clothes."""

    shirt: Colour
    shorts: Colour
    socks: Colour
    boots: Colour
    number: Colour


HOME = Kit((40, 40, 214), (245, 245, 245), (40, 40, 214), (40, 235, 250), (255, 255, 255))
AWAY = Kit((184, 111, 29), (120, 60, 12), (240, 240, 240), (252, 252, 252), (255, 255, 255))
HOME_KEEPER = Kit((143, 157, 42), (100, 110, 30), (143, 157, 42), (250, 250, 250), (20, 20, 20))
AWAY_KEEPER = Kit((97, 162, 244), (60, 100, 160), (97, 162, 244), (30, 30, 30), (20, 20, 20))
OFFICIAL = Kit((40, 40, 40), (30, 30, 30), (30, 30, 30), (20, 20, 20), (0, 0, 0))
"""Shirts are the default colours of ``var.model.Team``: #d62828, #1d6fb8, keepers #2a9d8f and #f4a261."""

SKIN: tuple[Colour, ...] = ((116, 156, 208), (98, 136, 188), (82, 118, 170))
HAIR: tuple[Colour, ...] = ((24, 24, 28), (34, 42, 58), (20, 20, 22))


def kit_of(person: Person) -> Kit:
    """The clothes of a person."""
    if person.side is Side.OFFICIALS:
        return OFFICIAL
    if person.side is Side.HOME:
        return HOME_KEEPER if person.task is Task.KEEPER else HOME
    return AWAY_KEEPER if person.task is Task.KEEPER else AWAY


@dataclass(frozen=True, slots=True)
class Tube:
    """A limb or a piece of it: from fraction ``start`` to ``end`` of the way between two parts; radii in metres."""

    from_part: str
    to_part: str
    start: float
    end: float
    from_radius_m: float
    to_radius_m: float
    wear: str
    inset: bool = False
    """The surface, not the axis, ends at the two parts: so a boot ends at heel and toe."""


def _pair(tube: Tube) -> list[Tube]:
    return [
        Tube(f"{s}_{tube.from_part}", f"{s}_{tube.to_part}", tube.start, tube.end, tube.from_radius_m, tube.to_radius_m,
             tube.wear, tube.inset)
        for s in ("left", "right")
    ]  # fmt: skip


TUBES: tuple[Tube, ...] = (
    Tube("neck", "head", -0.15, 0.65, 0.062, 0.055, "skin"),
    *_pair(Tube("shoulder", "elbow", 0.0, 0.72, 0.072, 0.060, "shirt")),
    *_pair(Tube("shoulder", "elbow", 0.68, 1.0, 0.046, 0.042, "skin")),
    *_pair(Tube("elbow", "wrist", 0.0, 1.0, 0.043, 0.032, "skin")),
    *_pair(Tube("wrist", "elbow", -0.28, -0.02, 0.040, 0.038, "skin")),
    *_pair(Tube("hip", "knee", 0.35, 1.0, 0.078, 0.056, "skin")),
    *_pair(Tube("hip", "knee", 0.0, 0.62, 0.105, 0.098, "shorts")),
    *_pair(Tube("knee", "ankle", 0.06, 0.98, 0.058, 0.040, "socks")),
    *_pair(Tube("heel", "toe", 0.0, 1.0, 0.048, 0.040, "boots", inset=True)),
)

FROM = np.array([INDEX[tube.from_part] for tube in TUBES])
TO = np.array([INDEX[tube.to_part] for tube in TUBES])
START = np.array([tube.start for tube in TUBES])
END = np.array([tube.end for tube in TUBES])
RADII_M = np.array([[tube.from_radius_m, tube.to_radius_m] for tube in TUBES])
INSET = np.array([tube.inset for tube in TUBES])

TORSO = tuple(INDEX[part] for part in ("left_shoulder", "right_shoulder", "right_hip", "left_hip"))
TORSO_RADII_M = (0.082, 0.082, 0.100, 0.100)
HEAD_RADIUS_M = 0.112

SEGMENTS: dict[str, str] = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgecd", "7": "abc",
    "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
STROKES: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "a": ((0, 0), (1, 0)), "b": ((1, 0), (1, 0.5)), "c": ((1, 0.5), (1, 1)), "d": ((0, 1), (1, 1)),
    "e": ((0, 0.5), (0, 1)), "f": ((0, 0), (0, 0.5)), "g": ((0, 0.5), (1, 0.5)),
}  # fmt: skip


def number_strokes(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A shirt number as strokes (n, 2 ends, 2): across and down the back, both from 0 to 1, centred on the spine."""
    digits = str(number)
    wide, gap = 0.26, 0.16
    left = 0.5 - (len(digits) * wide + (len(digits) - 1) * gap) / 2.0
    strokes = [
        [[left + i * (wide + gap) + wide * (0.5 if digit == "1" else x), 0.14 + 0.50 * y] for x, y in STROKES[name]]
        for i, digit in enumerate(digits)
        for name in SEGMENTS[digit]
    ]
    return np.array(strokes, dtype=float).reshape(-1, 2, 2)
