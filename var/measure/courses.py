"""Where the paint of a pitch runs: dense places along the middle of every stripe, and how a stripe may lie wrong.

A painted line is never exactly where Law 1 puts it. Each stripe may lie off at either end, an arc may have a wrong
centre and radius, and the stripe's width, the same for all of one pitch (Law 1), moves its middle: Law 1 measures to
the outer edge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array
from var.measure.curves import HALF_WIDTH_M
from var.measure.pitch import Pitch, segment
from var.measure.surface import lift, shape

STEP_M = 0.25
WAYS = 3
"""In how many ways one stripe may lie wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """All stripes of a pitch on the ground as one list of places.

    ``names`` (c,); ``owner`` (n,) is the stripe of each place; ``places_m`` (n, 3) lie in the middle of a stripe
    ``2 * HALF_WIDTH_M`` wide, ``along`` and ``across`` (n, 3) are unit vectors on the ground. ``widens`` (n,) says
    by how much the middle moves along ``across`` when half the width grows; ``wrong`` (n, 3) by how much each way of
    lying wrong moves it. ``crown`` (n,) is the height of a pitch's crown of one metre there. ``outward`` (n, 2) says by
    how much a place moves along ``across`` when half the length, half the width grow. ``half_m`` is half the length
    and half the width. The places lie on a crown of ``crown_m``.
    """

    names: tuple[str, ...]
    owner: NDArray[np.int64]
    places_m: Array
    along: Array
    across: Array
    widens: Array
    wrong: Array
    crown: Array
    outward: Array
    half_m: tuple[float, float]
    crown_m: float = 0.0

    def raised(self, crown_m: float, width_m: float) -> Courses:
        """The same stripes, of a flat pitch, on a crown of ``crown_m`` over ``width_m``."""
        places = lift(self.places_m, crown_m, width_m)
        return replace(self, places_m=places, crown=shape(places[:, 1], width_m), crown_m=crown_m)


@lru_cache(maxsize=16)
def courses(pitch: Pitch) -> Courses:
    """The courses of all painted lines and arcs of ``pitch``; posts and crossbars are no paint on the ground."""
    names: list[str] = []
    parts: list[tuple[Array, Array, Array, Array]] = []
    for name, ends in pitch.lines.items():
        if "_post_" in name or name.endswith("crossbar"):
            continue
        names.append(name)
        parts.append(_line(name, segment(ends, STEP_M)))
    for name, arc in pitch.arcs.items():
        names.append(name)
        places = arc.points(STEP_M)
        outward = (places - np.array([*arc.centre_m, 0.0])) / arc.radius_m
        along = np.stack([-outward[:, 1], outward[:, 0], outward[:, 2]], axis=1)
        # Law 1 measures the radius to the outer edge: a wider stripe has its middle further in.
        wrong = np.stack([np.ones(len(places)), outward[:, 0], outward[:, 1]], axis=1)
        parts.append((places - HALF_WIDTH_M * outward, along, -outward, wrong))
    owner = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    places, along, across, wrong = (np.concatenate([part[k] for part in parts]) for k in range(4))
    halfway = owner == names.index("halfway_line")
    half = pitch.length_m / 2, pitch.width_m / 2
    crown = 1 - (places[:, 1] / half[1]) ** 2
    # Goal lines and areas lie by the ends, touchlines by the sides, whatever the size; nothing else moves with it.
    by_end = np.array([name.startswith(("left", "right")) for name in names])[owner]
    by_side = np.array([name.startswith("touchline") for name in names])[owner]
    moves = np.sign(places[:, :2]) * across[:, :2] * np.stack([by_end, by_side], axis=1)
    widens = np.where(halfway, 0.0, 1.0)
    return Courses(tuple(names), owner, places, along, across, widens, wrong, crown, moves, half)


def _line(name: str, places: Array) -> tuple[Array, Array, Array, Array]:
    way = places[-1] - places[0]
    along = np.tile(way / np.linalg.norm(way), (len(places), 1))
    side = np.sign(places.mean(axis=0))
    if name == "halfway_line":
        inward = np.array([1.0, 0.0, 0.0])
    elif name.endswith("goal_line"):
        inward = np.array([-side[0], 0.0, 0.0])
    elif name.endswith("_front"):
        inward = np.array([side[0], 0.0, 0.0])
    else:  # touchlines and the sides of areas
        inward = np.array([0.0, -side[1], 0.0])
    share = np.linspace(0.0, 1.0, len(places))
    wrong = np.stack([1 - share, share, np.zeros(len(places))], axis=1)
    moved = places if name == "halfway_line" else places + HALF_WIDTH_M * inward
    return moved, along, np.tile(inward, (len(places), 1)), wrong
