"""How far inside the penalty area a place is, and how sure that is, also where a corner of the area is near."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.measure import Z95
from var.measure.camera import Array
from var.measure.pitch import GOAL_WIDTH_M, PENALTY_AREA_M, Pitch

SIDE_M = GOAL_WIDTH_M / 2 + PENALTY_AREA_M
"""How far from the middle of the goal the area's side lines have their outer edges."""

DRAWS = 4096
"""Points that stand for the uncertain place where a corner is near; their quantiles are sharp to some 1 % of sigma."""


def inside_m(places: Array, pitch: Pitch, sign: int) -> tuple[Array, NDArray[np.str_]]:
    """How far inside the penalty area ``places`` (n, 2) are in metres, (n,), negative outside it, and which edge
    governs each; ``sign`` is that of the area's side on x."""
    front = sign * places[:, 0] - (pitch.length_m / 2 - PENALTY_AREA_M)
    side = SIDE_M - np.abs(places[:, 1])
    out = np.hypot(np.minimum(front, 0), np.minimum(side, 0))
    found = np.where((front >= 0) & (side >= 0), np.minimum(front, side), -out)
    beside = np.where(places[:, 1] > 0, "side_far", "side_near")
    edge = np.where(front < side, "front", beside)
    return np.asarray(found, dtype=np.float64), np.where((front < 0) & (side < 0), "corner", edge)


def slope_at(place: Array, pitch: Pitch, sign: int) -> Array:
    """The derivative (2,) of the distance at a place."""
    steps = place + 1e-4 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    found, _ = inside_m(steps, pitch, sign)
    return np.array([found[0] - found[1], found[2] - found[3]]) / 2e-4


def spread_out(place: Array, covariance: Array) -> Array:
    """Places (n, 2) that fill the ellipse of an uncertain place evenly, as a sunflower's seeds do."""
    share = (np.arange(DRAWS) + 0.5) / DRAWS
    turn = np.arange(DRAWS) * np.pi * (3 - np.sqrt(5))
    even = np.sqrt(-2 * np.log(1 - share))[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return np.asarray(place + even @ np.linalg.cholesky(covariance + 1e-12 * np.eye(2)).T)


def around_corner(place: Array, covariance: Array, pitch: Pitch, sign: int) -> float:
    """The standard deviation that makes the interval hold 95 % where more than one edge may govern; 0 where one does.

    There the distance bends: it is taken at draws that fill the ellipse, and the interval reaches to the farther of its
    two ends on either side.
    """
    found, edges = inside_m(spread_out(place, covariance), pitch, sign)
    if len(set(edges.tolist())) == 1 and edges[0] != "corner":
        return 0.0
    value = float(inside_m(place[None], pitch, sign)[0][0])
    low, high = (float(edge) for edge in np.quantile(found, [0.025, 0.975]))
    return max(value - low, high - value) / Z95


def chance_inside(place: Array, covariance: Array, pitch: Pitch, sign: int) -> float:
    """How likely an uncertain place (2,) lies inside the area, from 0 to 1."""
    found, _ = inside_m(spread_out(place, covariance), pitch, sign)
    return float((found > 0).mean())
