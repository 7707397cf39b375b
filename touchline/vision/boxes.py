"""Boxes in a picture: tiles to look through, overlap, and which of several boxes of one person is kept. Pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAME = 0.4
"""Two boxes that share more than this of their union show one person."""

INSIDE = 0.75
"""A box that lies with more than this of its area in a surer one shows a part of the same person: a tile's edge cuts
people, and the part has little of the union."""


def tiles(width_px: int, height_px: int, side_px: int = 640, overlap_px: int = 160) -> list[tuple[int, int, int, int]]:
    """Squares (left, top, right, bottom) that cover a picture, neighbours sharing ``overlap_px`` or more; evenly laid,
    so that no sliver is left at the edge. A picture smaller than a tile is one tile, cut at its edge.
    """
    if width_px < 1 or height_px < 1 or not 0 <= overlap_px < side_px:
        raise ValueError(f"no tiles of {side_px} px with {overlap_px} px overlap in {width_px}x{height_px}")
    return [
        (left, top, min(left + side_px, width_px), min(top + side_px, height_px))
        for top in _starts(height_px, side_px, overlap_px)
        for left in _starts(width_px, side_px, overlap_px)
    ]


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if length <= side:
        return [0]
    count = int(np.ceil((length - overlap) / (side - overlap)))
    return [round(float(start)) for start in np.linspace(0, length - side, count)]


def area(boxes: Floats) -> Floats:
    """Areas of ``boxes`` (n, 4) as left, top, right, bottom; zero where they are turned inside out."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1), dtype=np.float64)


def shared(box: Floats, others: Floats) -> Floats:
    """The areas that ``box`` (4,) shares with each of ``others`` (n, 4)."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    return np.asarray((high - low).clip(0).prod(axis=1), dtype=np.float64)


def keep(boxes: Floats, scores: Floats, same: float = SAME, inside: float = INSIDE) -> list[int]:
    """Which of ``boxes`` (n, 4) stay when each person keeps one, the surest first.

    A box goes where it shares more than ``same`` of the union with one that stays, or lies with more than ``inside``
    of its area in it.
    """
    areas = area(boxes)
    waiting = np.argsort(-scores, kind="stable")
    waiting = waiting[areas[waiting] > 0]
    kept: list[int] = []
    while len(waiting):
        first, rest = waiting[0], waiting[1:]
        kept.append(int(first))
        common = shared(boxes[first], boxes[rest])
        union = areas[first] + areas[rest] - common
        waiting = rest[(common <= same * union) & (common <= inside * areas[rest])]
    return kept
