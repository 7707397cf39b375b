"""Which way an athlete faces in a picture, and how far from the side they are seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Skeleton

Floats = NDArray[np.float64]

OBLIQUE = 0.20
"""Hips and shoulders that are together broader in the picture than this share of the stature are seen from some 30
degrees off the side or more: there the interval of an angle holds less than it says (docs/experiments/012)."""
BROAD = 0.27
"""From here on (some 40 degrees) the body is seen more from the front or from behind: leaning to a side looks like
leaning forward, and nobody knows which it is. Of the four real views, all between 0.28 and 0.34, two saw one trunk
lean forward by 25 and 31 degrees and two backward by 18 and 42."""


def breadth_of(points: Floats, skeleton: Skeleton, body: float) -> float:
    """How broad hips and shoulders look together, the median over the frames of points (n, k, 2) as a share of the
    stature ``body``; 0 where that is not seen. From the side nearly 0; from the front some 0.35 to 0.45."""
    total = 0.0
    for joint in ("hip", "shoulder"):
        left, right = skeleton.places(f"left_{joint}", f"right_{joint}")
        wide = np.linalg.norm(points[:, right] - points[:, left], axis=1)
        if np.isfinite(wide).any():
            total += float(np.nanmedian(wide))
    return total / body if body > 0 else 0.0


def facing_of(points: Floats, skeleton: Skeleton) -> int:
    """Which way the athlete faces in the picture: 1 right, -1 left, 0 where feet and nose do not tell.

    By the way from heel to toe and from the ears to the nose, as the median over the frames beside its spread: somebody
    who faces the camera has feet that point either way.
    """
    ways = []
    for front, back in (
        ("left_foot_index", "left_heel"),
        ("right_foot_index", "right_heel"),
        ("nose", "left_ear"),
        ("nose", "right_ear"),
    ):
        a, b = skeleton.places(front, back)
        way = points[:, a, 0] - points[:, b, 0]
        if np.isfinite(way).any():
            ways.append(float(np.nanmedian(way)))
    if not ways:
        return 0
    total, size = sum(ways), sum(abs(way) for way in ways)
    return 0 if size == 0 or abs(total) < 0.5 * size else int(np.sign(total))
