"""Who plays together, by the colour of the shirts: two teams, others (keepers, referee), and "unknown" where unclear.

The shirt is what is neither grass nor skin-deep edge of a person's box: the middle of the upper body, without the
pixels that look like what is left and right of the person. Its colour is a median in CIELAB, in which equal distances
look equally different; lightness counts half, because one half of a pitch lies in the shade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from touchline.vision.runtime import Picture
from var.assist.people import Person

Floats = NDArray[np.float64]

CHEST = (0.28, 0.20, 0.72, 0.48)
"""The part of a box that shows the shirt: left, top, right, bottom."""

LEAST_PIXELS = 12
LEAST_SHARE = 0.25
"""A shirt of fewer pixels, or one of which more was taken for grass, has no colour that can be trusted."""

GRASS = 14.0
"""Nearer than this to the colours beside the person a pixel is taken for ground."""

LIGHTNESS = 0.7

TOGETHER = 28.0
"""Shirts of one team differ less than this, in light and shade and at the far end. Farther ones do not pull a team's
colour toward them."""

APART = 20.0
"""Two teams whose colours are nearer than this are not told apart."""

CLEAR = 1.5
"""The other team's colour must be this many times farther away than one's own."""

OTHER, OTHER_SHARE = 36.0, 0.75
"""A shirt farther than this from both teams' colours, or than this share of the way between them, is neither's."""


class Side(StrEnum):
    """Whom somebody plays for, as far as the colours say; ``FIRST`` is the team of which more people were found."""

    FIRST = "1"
    SECOND = "2"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Shirt:
    """A shirt's colour in CIELAB (L from 0 to 100) and how much it varies over the shirt (root mean square)."""

    lab: tuple[float, float, float]
    spread: float


@dataclass(frozen=True, slots=True)
class Teams:
    """``sides`` in the order of the people; ``colours`` are the two teams' colours (``#rrggbb``) where there are."""

    sides: tuple[Side, ...]
    colours: tuple[str | None, str | None] = (None, None)


def shirt(picture: Picture, person: Person) -> Shirt | None:
    """The colour of a person's shirt in ``picture`` (height, width, 3; 8-bit BGR); None where it cannot be told."""
    left, top, right, bottom = person.box
    wide, high = right - left, bottom - top
    chest = _lab(picture, *(np.array(CHEST) * [wide, high, wide, high] + [left, top, left, top]))
    rows = top + np.array([CHEST[1], CHEST[3]]) * high
    beside = np.concatenate(
        [
            _lab(picture, left - 0.35 * wide, rows[0], left - 0.05 * wide, rows[1]),
            _lab(picture, right + 0.05 * wide, rows[0], right + 0.35 * wide, rows[1]),
        ]
    )
    total = len(chest)
    if len(beside) >= LEAST_PIXELS and total:
        ground = np.median(beside, axis=0)
        calm = np.median(distance(beside, ground)) < GRASS  # else it is a crowd, which says nothing
        if calm:
            chest = chest[distance(chest, ground) > GRASS]
    if len(chest) < max(LEAST_PIXELS, LEAST_SHARE * total):
        return None
    middle = np.median(chest, axis=0)
    lightness, a, b = (float(value) for value in middle)
    return Shirt((lightness, a, b), float(np.sqrt(np.mean(distance(chest, middle) ** 2))))


def _lab(picture: Picture, left: float, top: float, right: float, bottom: float) -> Floats:
    """The pixels of a rectangle in CIELAB, (n, 3)."""
    import cv2

    height, width = picture.shape[:2]
    u0, u1 = (int(np.clip(round(float(edge)), 0, width)) for edge in (left, right))
    v0, v1 = (int(np.clip(round(float(edge)), 0, height)) for edge in (top, bottom))
    if u1 <= u0 or v1 <= v0:
        return np.empty((0, 3))
    part = np.ascontiguousarray(picture[v0:v1, u0:u1]).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2LAB).reshape(-1, 3), dtype=np.float64)


def distance(lab: Floats, other: Floats) -> Floats:
    """How different colours (..., 3) look from ``other``, lightness counting half."""
    return np.asarray(np.linalg.norm((lab - other) * [LIGHTNESS, 1.0, 1.0], axis=-1), dtype=np.float64)


def teams(shirts: Sequence[Shirt | None]) -> Teams:
    """Two teams of ``shirts``, None for people whose shirt cannot be told.

    k-means with two centres, begun from every pair of shirts; keepers and referees, who are far from both, count no
    more than any other far one. Where a team has one shirt only, or both colours are alike, there are no teams and
    everybody is unknown.
    """
    sides = [Side.UNKNOWN] * len(shirts)
    known = [index for index, one in enumerate(shirts) if one is not None]
    lab = np.array([one.lab for one in shirts if one is not None], dtype=np.float64).reshape(-1, 3)
    centres = _centres(lab)
    if centres is None:
        return Teams(tuple(sides))
    for index, colour in zip(known, lab, strict=True):
        sides[index] = _side(colour, centres)
    if sides.count(Side.SECOND) > sides.count(Side.FIRST):
        centres = centres[::-1]
        swapped = {Side.FIRST: Side.SECOND, Side.SECOND: Side.FIRST}
        sides = [swapped.get(side, side) for side in sides]
    return Teams(tuple(sides), (_hex(centres[0]), _hex(centres[1])))


def _side(colour: Floats, centres: Floats) -> Side:
    apart = distance(centres, colour)
    near, far = (0, 1) if apart[0] <= apart[1] else (1, 0)
    if apart[near] > min(OTHER, OTHER_SHARE * float(distance(centres[0], centres[1]))):
        return Side.OTHER
    if apart[far] < CLEAR * apart[near]:
        return Side.UNKNOWN
    return (Side.FIRST, Side.SECOND)[near]


def _centres(lab: Floats) -> Floats | None:
    """The colours of the two teams, (2, 3); None where there are no two teams."""
    best: tuple[float, Floats] | None = None
    for pair in combinations(range(len(lab)), 2):
        centres = lab[list(pair)]
        for _ in range(20):
            apart = np.stack([distance(lab, centre) for centre in centres])
            own = [(apart.argmin(axis=0) == side) & (apart[side] <= TOGETHER) for side in (0, 1)]
            if min(one.sum() for one in own) < 2:
                break
            moved = np.array([lab[one].mean(axis=0) for one in own])
            if np.allclose(moved, centres):
                cost = float((np.minimum(apart.min(axis=0), TOGETHER) ** 2).sum())
                if float(distance(centres[0], centres[1])) >= APART and (best is None or cost < best[0] - 1e-9):
                    best = (cost, centres)
                break
            centres = moved
    return None if best is None else best[1]


def _hex(lab: Floats) -> str:
    import cv2

    bgr = cv2.cvtColor(lab.reshape(1, 1, 3).astype(np.float32), cv2.COLOR_LAB2BGR)[0, 0]
    b, g, r = (round(255 * float(np.clip(value, 0, 1))) for value in bgr)
    return f"#{r:02x}{g:02x}{b:02x}"


def overlapped(people: Sequence[Person], share: float = 0.2) -> frozenset[int]:
    """Who stands before or behind somebody else: boxes that share more than ``share`` of the smaller one. Colours and
    body points of these may be the other one's."""
    from touchline.vision.boxes import area, shared

    boxes = np.array([person.box for person in people]).reshape(-1, 4)
    areas = area(boxes)
    close: set[int] = set()
    for first, second in combinations(range(len(people)), 2):
        if shared(boxes[first], boxes[second : second + 1])[0] > share * min(areas[first], areas[second]):
            close |= {first, second}
    return frozenset(close)
