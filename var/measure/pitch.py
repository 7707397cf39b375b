"""The pitch by Law 1: named points, lines and arcs in the pitch frame.

The frame is metric: origin at the centre spot, +x toward the right-hand goal, +y toward the far touchline, +z up. Names
are systematic: ``left``/``right`` is the side of -x/+x, ``near``/``far`` the side of -y/+y. Lines have no width here: a
line stands where Law 1 measures to, which is its outer edge for the lines that bound an area, and the goalposts stand
at their inner edges, 7.32 m apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue

GOAL_WIDTH_M = 7.32
GOAL_HEIGHT_M = 2.44
GOAL_AREA_M = 5.5
PENALTY_AREA_M = 16.5
PENALTY_SPOT_M = 11.0
CIRCLE_M = 9.15
LINE_WIDTH_M = 0.12
"""The widest line that Law 1 allows."""

BALL_RADIUS_M = 0.1098
"""Law 2: a circumference of 68 to 70 cm, so 10.8 to 11.1 cm."""

LENGTH_M = (90.0, 120.0)
WIDTH_M = (45.0, 90.0)

SIDES = (("left", -1), ("right", 1))
DEPTHS = (("far", 1), ("near", -1))

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Arc:
    """A part of a circle on the ground: ``centre_m`` and ``radius_m``, from ``start_rad`` to ``end_rad``."""

    centre_m: tuple[float, float]
    radius_m: float
    start_rad: float
    end_rad: float

    def points(self, step_m: float) -> NDArray[np.float64]:
        """Points along the arc no further apart than ``step_m``, shape (n, 3) in metres of the pitch frame."""
        n = max(2, math.ceil(abs(self.end_rad - self.start_rad) * self.radius_m / step_m) + 1)
        angle = np.linspace(self.start_rad, self.end_rad, n)
        x = self.centre_m[0] + self.radius_m * np.cos(angle)
        y = self.centre_m[1] + self.radius_m * np.sin(angle)
        return np.stack([x, y, np.zeros(n)], axis=1)


@dataclass(frozen=True)
class Pitch:
    """A pitch of ``length_m`` by ``width_m`` with the markings of Law 1.

    Raises ``BadValue`` outside Law 1's limits: 90 to 120 m long, 45 to 90 m wide, longer than wide.
    """

    length_m: float = 105.0
    width_m: float = 68.0

    def __post_init__(self) -> None:
        legal = LENGTH_M[0] <= self.length_m <= LENGTH_M[1] and WIDTH_M[0] <= self.width_m <= WIDTH_M[1]
        if not legal or self.length_m <= self.width_m:
            raise BadValue("var.errors.bad_pitch", length_m=self.length_m, width_m=self.width_m)

    @cached_property
    def points(self) -> dict[str, Point]:
        """Every named point with its place in metres: what a person can find and click in a picture."""
        half_length, half_width = self.length_m / 2, self.width_m / 2
        goal = GOAL_WIDTH_M / 2
        found: dict[str, Point] = {"centre_spot": (0.0, 0.0, 0.0)}
        for depth, y in DEPTHS:
            found[f"halfway_{depth}"] = (0.0, y * half_width, 0.0)
            found[f"circle_halfway_{depth}"] = (0.0, y * CIRCLE_M, 0.0)
        for side, x in SIDES:
            line = x * half_length
            found[f"{side}_penalty_spot"] = (line - x * PENALTY_SPOT_M, 0.0, 0.0)
            for depth, y in DEPTHS:
                found[f"{side}_corner_{depth}"] = (line, y * half_width, 0.0)
                for area, deep in (("penalty_area", PENALTY_AREA_M), ("goal_area", GOAL_AREA_M)):
                    found[f"{side}_{area}_{depth}"] = (line - x * deep, y * (goal + deep), 0.0)
                    found[f"{side}_{area}_line_{depth}"] = (line, y * (goal + deep), 0.0)
                found[f"{side}_arc_{depth}"] = (line - x * PENALTY_AREA_M, y * ARC_HALF_M, 0.0)
                found[f"{side}_post_{depth}"] = (line, y * goal, 0.0)
                found[f"{side}_crossbar_{depth}"] = (line, y * goal, GOAL_HEIGHT_M)
        return found

    @cached_property
    def lines(self) -> dict[str, tuple[Point, Point]]:
        """Every straight line by name, from end to end in metres."""
        at = self.points
        found: dict[str, tuple[Point, Point]] = {"halfway_line": (at["halfway_near"], at["halfway_far"])}
        for depth, _ in DEPTHS:
            found[f"touchline_{depth}"] = (at[f"left_corner_{depth}"], at[f"right_corner_{depth}"])
        for side, _ in SIDES:
            found[f"{side}_goal_line"] = (at[f"{side}_corner_near"], at[f"{side}_corner_far"])
            for area in ("penalty_area", "goal_area"):
                found[f"{side}_{area}_front"] = (at[f"{side}_{area}_near"], at[f"{side}_{area}_far"])
                for depth, _ in DEPTHS:
                    found[f"{side}_{area}_side_{depth}"] = (
                        at[f"{side}_{area}_line_{depth}"],
                        at[f"{side}_{area}_{depth}"],
                    )
            found[f"{side}_crossbar"] = (at[f"{side}_crossbar_near"], at[f"{side}_crossbar_far"])
            for depth, _ in DEPTHS:
                found[f"{side}_post_{depth}"] = (at[f"{side}_post_{depth}"], at[f"{side}_crossbar_{depth}"])
        return found

    @cached_property
    def arcs(self) -> dict[str, Arc]:
        """The centre circle and both penalty arcs by name."""
        found = {"centre_circle": Arc((0.0, 0.0), CIRCLE_M, 0.0, 2 * math.pi)}
        half = math.acos((PENALTY_AREA_M - PENALTY_SPOT_M) / CIRCLE_M)
        for side, x in SIDES:
            middle = math.pi if x > 0 else 0.0  # the arc bulges toward the halfway line
            spot = self.points[f"{side}_penalty_spot"]
            found[f"{side}_penalty_arc"] = Arc((spot[0], spot[1]), CIRCLE_M, middle - half, middle + half)
        return found

    def outline(self, step_m: float = 0.5) -> list[tuple[str, NDArray[np.float64]]]:
        """All markings and both goal frames as (name, points), points of shape (n, 3) in metres.

        Neighbouring points are no further apart than ``step_m``: a lens bends straight lines, so they are drawn dense.
        """
        drawn = [(name, segment(ends, step_m)) for name, ends in self.lines.items()]
        return drawn + [(name, arc.points(step_m)) for name, arc in self.arcs.items()]

    def nearest(self, place_m: tuple[float, float, float]) -> tuple[str, float]:
        """The named point nearest to ``place_m`` and its distance in metres."""
        names = list(self.points)
        gap = np.linalg.norm(np.array(list(self.points.values())) - np.array(place_m), axis=1)
        best = int(np.argmin(gap))
        return names[best], float(gap[best])

    def from_corner(self, place_m: tuple[float, float, float]) -> tuple[float, float]:
        """A place as metres from the far left corner: along the touchline to the right, along the goal line toward the
        camera. Many marking tools count this way."""
        return place_m[0] + self.length_m / 2, self.width_m / 2 - place_m[1]


ARC_HALF_M = math.sqrt(CIRCLE_M**2 - (PENALTY_AREA_M - PENALTY_SPOT_M) ** 2)
"""Half the chord that the penalty arc cuts from the penalty area's front line: 7.3125 m."""


def segment(ends: tuple[Point, Point], step_m: float) -> NDArray[np.float64]:
    """Points from the first to the last of ``ends``, shape (n, 3), no further apart than ``step_m``."""
    first, last = np.array(ends[0]), np.array(ends[1])
    n = max(2, math.ceil(float(np.linalg.norm(last - first)) / step_m) + 1)
    return np.asarray(first + np.linspace(0.0, 1.0, n)[:, None] * (last - first), dtype=np.float64)
