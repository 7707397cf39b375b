"""Points of a person's body that count for an offside position, proposed from the pose model; never an arm or a hand.

The landmark network takes a square around one person, 1.25 times as high as he is. Its points are middles of joints,
and a body is wider than its joints: the point that counts lies outside. So a proposal is moved along the pitch, toward
the goal that is attacked, by ``OUTSIDE`` of its part, and says by how much; the spread of that allowance enters the
proposal's uncertainty. A person at the picture moves it to the edge that he sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.vision.landmarks import Landmarks, find_landmarks, patch_around
from touchline.vision.runtime import Network, Picture
from var.assist.people import Person
from var.measure.body import PARTS
from var.measure.calibration import Calibration
from var.measure.project import project, to_ground
from var.model import AttackDirection, BodyPart, ImagePoints, PitchPoints

Floats = NDArray[np.float64]

PLACES: tuple[tuple[BodyPart, str, tuple[int, ...]], ...] = (
    (BodyPart.HEAD, "", (7, 8)),
    (BodyPart.SHOULDER, "left", (11,)),
    (BodyPart.SHOULDER, "right", (12,)),
    (BodyPart.HIP, "left", (23,)),
    (BodyPart.HIP, "right", (24,)),
    (BodyPart.KNEE, "left", (25,)),
    (BodyPart.KNEE, "right", (26,)),
    (BodyPart.HEEL, "left", (29,)),
    (BodyPart.HEEL, "right", (30,)),
    (BodyPart.TOE, "left", (31,)),
    (BodyPart.TOE, "right", (32,)),
)
"""Part, side of the body and the network's points whose mean is taken: the head's middle lies between the ears."""

OUTSIDE: dict[BodyPart, tuple[float, float]] = {
    BodyPart.HEAD: (0.09, 0.02),
    BodyPart.SHOULDER: (0.05, 0.03),
    BodyPart.HIP: (0.09, 0.04),
    BodyPart.KNEE: (0.05, 0.02),
    BodyPart.HEEL: (0.01, 0.02),
    BodyPart.TOE: (0.02, 0.02),
}
"""Metres from the point that the network means to the outermost point of that part, and the spread of it. Half of what
a man's breadths differ from the distances of his joints, rounded: head 20 by 15 cm, shoulders 49 over 40 cm, hips 34
over 17 cm with a flank that is thinner than it is wide, knee 10 cm; boots by themselves. House values, not measured
here."""

SIGMA: dict[BodyPart, float] = {
    BodyPart.HEAD: 0.02,
    BodyPart.SHOULDER: 0.04,
    BodyPart.HIP: 0.04,
    BodyPart.KNEE: 0.04,
    BodyPart.HEEL: 0.06,
    BodyPart.TOE: 0.06,
}
"""How far a point is from the truth, in parts of the person's height in the picture (one standard deviation an axis):
what rendered figures showed, rounded up (docs/experiments/007). On real pictures nobody has measured it."""

LEAST_SIGMA_PX = 2.0
"""No point is surer than a careful click."""

LEAST_PRESENCE = 0.5
LEAST_CONFIDENCE = 0.5

HEAD_END, FEET_START = 3, 7
TOGETHER = 0.10
"""Nearer than this part of a person's height two bodies' points are one body's."""


@dataclass(frozen=True, slots=True)
class Point:
    """One body point in the picture: ``px`` with the standard deviation ``sigma_px`` an axis; ``side`` is left, right
    or empty; ``confidence`` (0 to 1) is what the network says of it, which can be high and wrong."""

    part: BodyPart
    side: str
    px: tuple[float, float]
    confidence: float
    sigma_px: float


@dataclass(frozen=True, slots=True)
class Body:
    """The points of one person, and how sure the network is that it was shown one (0 to 1)."""

    points: tuple[Point, ...]
    presence: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A body point as a proposal for a click: ``px`` is moved outward by ``outward_m`` (0 where the angle is not
    calibrated). ``reach_m`` with ``reach_sigma_m`` is how far along the attack it is, plumb to the ground, from the
    halfway line; the body part's height is the prior of ``var.measure.body``."""

    point: Point
    px: tuple[float, float]
    sigma_px: float
    outward_m: float
    reach_m: float
    reach_sigma_m: float
    ground_m: tuple[float, float]


def find_points(picture: Picture, person: Person, network: Network) -> Body:
    """The body points of ``person`` in ``picture`` (height, width, 3; 8-bit BGR), where there is a body at all."""
    return read_points(find_landmarks(picture, patch_around(person.box), network), person.height_px)


def read_points(found: Landmarks, height_px: float) -> Body:
    """The points that count, of a person ``height_px`` high in the picture."""
    points = []
    for part, which, places in PLACES:
        u, v = found.px[list(places)].mean(axis=0)
        points.append(
            Point(
                part,
                which,
                (float(u), float(v)),
                float(found.confidence[list(places)].min()),
                max(LEAST_SIGMA_PX, SIGMA[part] * height_px),
            )
        )
    return Body(tuple(points), found.presence)


def same_body(first: Body, second: Body, height_px: float) -> bool:
    """Whether two boxes show one body: head and shoulders, or the feet, fall together within ``TOGETHER`` of
    ``height_px``. Boxes alone do not tell two of one person, such as one of his legs only, from two people. Of somebody
    behind another the network may find the other one's points; he then goes, for nothing of his is known."""
    if min(first.presence, second.presence) < LEAST_PRESENCE:
        return False
    one, other = (np.array([point.px for point in body.points]) for body in (first, second))
    apart = np.linalg.norm(one - other, axis=1)
    head, feet = apart[:HEAD_END], apart[FEET_START:]  # in the order of PLACES
    return bool(min(np.median(head), np.median(feet)) < TOGETHER * height_px)


def candidates(body: Body, calibration: Calibration, attack: AttackDirection) -> list[Candidate]:
    """The points of ``body`` as proposals, the foremost along the attack first; those that the network does not trust
    or whose sight line does not meet the pitch are left out."""
    if body.presence < LEAST_PRESENCE:
        return []
    trusted = [point for point in body.points if point.confidence >= LEAST_CONFIDENCE]
    found = [one for point in trusted if (one := _candidate(point, calibration, attack)) is not None]
    return sorted(found, key=lambda one: -one.reach_m)


def _candidate(point: Point, calibration: Calibration, attack: AttackDirection) -> Candidate | None:
    prior, (outward_m, outward_sigma_m) = PARTS[point.part], OUTSIDE[point.part]
    pixel = ImagePoints(np.array([point.px]))
    heights = prior.height_m + prior.height_sigma_m * np.array([-1.0, 0.0, 1.0])
    cast = [to_ground(calibration, pixel, float(max(0.0, z)), sigma_px=point.sigma_px) for z in heights]
    low, middle, high = (places[0] for places, _ in cast)
    moved = middle + np.array([attack.sign * outward_m, 0.0, 0.0])
    shown = project(calibration, PitchPoints(moved[None]))[0]
    if not np.isfinite([*low, *middle, *high, *shown]).all():
        return None
    by_height = abs(float(high[0] - low[0])) / 2
    sigma_m = float(np.sqrt(cast[1][1][0, 0, 0] + by_height**2 + outward_sigma_m**2))
    px_a_metre = float(np.hypot(*(shown - point.px))) / outward_m
    return Candidate(
        point=point,
        px=(float(shown[0]), float(shown[1])),
        sigma_px=float(np.hypot(point.sigma_px, px_a_metre * outward_sigma_m)),
        outward_m=outward_m,
        reach_m=attack.sign * float(moved[0]),
        reach_sigma_m=sigma_m,
        ground_m=(float(moved[0]), float(moved[1])),
    )
