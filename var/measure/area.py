"""Whether a marked point was inside the penalty area: the signed distance to its edge, with an uncertainty.

The lines belong to the area, so it ends at their outer edges, where ``var.measure.pitch`` has them. Beyond the goal
line the area has no edge here: for an offence off the field Law 12 looks at the nearest point of the boundary, which
then lies in the area as well. One calibrated camera needs to know how high the point is (on the ground, or what is
known of the body part); two or more measure it. The point, all cameras and their clocks are estimated at once by
``var.measure.joint``, as for an offside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

from touchline.measure import Measurement
from var.measure.body import PARTS, PartPrior
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.measure.clicks import CLICK_SIGMA_PX, Reason, assumed_clock_s, usable
from var.measure.inside import SIDE_M, around_corner, inside_m, slope_at
from var.measure.joint import Joint, estimate
from var.measure.offside import BESIDE_PITCH_M, WORST_SIGMA_M, disagrees, unmeasured_clocks
from var.measure.pitch import Pitch
from var.measure.scene import FRAME_S, Observation, Scene
from var.measure.system import POINT, SOURCES, Unsolvable
from var.model import AttackDirection, BodyPart, Role

__all__ = ["SIDE_M", "AreaScene", "AreaSight", "AreaVerdict", "Spotted", "Zone", "inside_m", "locate"]

METHOD = "joint maximum a posteriori of the point and all cameras"


class Zone(StrEnum):
    """What the measurement says."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    TOO_CLOSE = "too_close"
    NOT_MEASURABLE = "not_measurable"


class Spotted(StrEnum):
    """What was marked: a foot or the ball on the ground, or a part of the body at its usual height."""

    FOOT = "foot"
    BALL = "ball"
    KNEE = "knee"
    HIP = "hip"
    SHOULDER = "shoulder"
    HEAD = "head"


ON_GROUND = {Spotted.FOOT: PartPrior(0.02, 0.02, 0.02, 3.0), Spotted.BALL: PartPrior(0.11, 0.01, 0.0, 12.0)}
"""What one camera has to assume: the sole on the grass, the ball's middle a radius above it. A foot that meets another
one stands or slides."""

SEEN_TOGETHER = {Spotted.FOOT: PartPrior(0.05, 0.10, 0.02, 3.0), Spotted.BALL: PartPrior(0.5, 1.0, 0.0, 12.0)}
"""What two cameras or more need not assume: they see themselves how high a foot or the ball is."""


@dataclass(frozen=True, slots=True, eq=False)
class AreaScene:
    """What is known: clicks on one point, calibrations by view, and when the contact was: ``at_s`` with ``sigma_s``,
    on the pictures of ``at_camera`` where it was marked there. ``area`` is the side of the penalty area; without it the
    nearer one is meant. ``height`` replaces what is assumed of the point's height. ``stale`` names cameras that have
    moved since the frame of their calibration. ``at_clock_s`` and ``at_frame_s`` are of the clock of ``at_camera``, as
    a sight has them, where no sight is of that camera."""

    spotted: Spotted
    pitch: Pitch
    calibrations: Mapping[str, Calibration]
    at_s: Fraction
    sigma_s: float
    sights: tuple[AreaSight, ...]
    at_camera: str | None = None
    area: AttackDirection | None = None
    height: tuple[float, float] | None = None
    stale: frozenset[str] = frozenset()
    at_clock_s: float | None = None
    at_frame_s: float = FRAME_S

    @property
    def contact_clock(self) -> tuple[float | None, float]:
        """How well the clock is known on which the contact was marked, None where nobody measured it, and the time
        between two of its frames."""
        own = next((sight for sight in self.sights if sight.camera_id == self.at_camera), None)
        return (self.at_clock_s, self.at_frame_s) if own is None else (own.clock_sigma_s, own.frame_s)


@dataclass(frozen=True, slots=True)
class AreaSight:
    """A click on the point, as ``var.measure.scene.Observation`` has it."""

    camera_id: str
    time_s: Fraction
    image_px: tuple[float, float]
    sigma_px: float = CLICK_SIGMA_PX
    clock_sigma_s: float | None = None
    frame_s: float = FRAME_S
    pose: str = ""

    @property
    def view(self) -> str:
        """Which calibration of the scene belongs to this picture."""
        return self.pose or self.camera_id


@dataclass(frozen=True, slots=True)
class AreaVerdict:
    """``margin`` in metres is how far inside the area the point was, negative outside; None where nothing is measured.
    ``edge`` is the line that governs (``front``, ``side_near``, ``side_far``) or ``corner``; ``place_m`` is the point
    with the standard deviations ``place_sigma_m`` along x and y; ``height_assumed`` says that one camera had to
    assume its height."""

    outcome: Zone
    margin: Measurement | None
    budget: Mapping[str, float | None]
    reasons: tuple[Reason, ...]
    area: AttackDirection | None = None
    edge: str | None = None
    place_m: tuple[float, float, float] | None = None
    place_sigma_m: tuple[float, float] | None = None
    height_assumed: bool | None = None

    def document(self) -> dict[str, Any]:
        """The verdict as a JSON-ready document (schema ``area``)."""
        return {
            "outcome": self.outcome.value,
            "margin_m": None if self.margin is None else self.margin.value,
            "sigma_m": None if self.margin is None else self.margin.sigma,
            "interval95_m": None if self.margin is None else list(self.margin.interval95),
            "area": None if self.area is None else self.area.value,
            "edge": self.edge,
            "place_m": None if self.place_m is None else list(self.place_m),
            "place_sigma_m": None if self.place_sigma_m is None else list(self.place_sigma_m),
            "height_assumed": self.height_assumed,
            "budget": dict(self.budget),
            "reasons": [str(reason) for reason in self.reasons],
        }


def locate(scene: AreaScene) -> AreaVerdict:
    """Whether the point was in the penalty area. Never guesses: what cannot be measured is said, with the reasons."""
    sights, reasons = usable(scene.sights, scene.calibrations, scene.stale)
    if not sights:
        return _nothing([Reason("no_spot_mark"), *reasons])
    alone = len({sight.camera_id for sight in sights}) == 1
    joined = _joined(scene, sights, alone=alone)
    reasons += unmeasured_clocks(joined, list(joined.observations))
    joint, why = _agreeing(joined)
    if joint is None:
        return _nothing([*why, *reasons])
    reasons += why
    if alone and scene.height is None:
        reasons.append(Reason("on_ground_assumed" if scene.spotted in ON_GROUND else "height_by_body"))
    try:
        return _said(scene, joint, reasons, alone=alone)
    except OverflowError:  # uncertain beyond what a number holds
        return _nothing([Reason("too_uncertain"), *reasons])


def _joined(scene: AreaScene, sights: Sequence[AreaSight], *, alone: bool) -> Scene:
    """The scene as the joint estimator takes it: one body point, which stands for whatever was marked."""
    known = ON_GROUND if alone else SEEN_TOGETHER
    prior = known.get(scene.spotted) or PARTS[BodyPart(scene.spotted.value)]
    if scene.height is not None:
        prior = replace(prior, height_m=scene.height[0], height_sigma_m=max(scene.height[1], 1e-3))
    clock_s, frame_s = scene.contact_clock
    return Scene(
        attack=AttackDirection.RIGHT,
        pitch=scene.pitch,
        calibrations=scene.calibrations,
        kick_s=scene.at_s,
        kick_sigma_s=scene.sigma_s,
        observations=tuple(
            Observation(
                Role.ATTACKER,
                BodyPart.TOE,
                sight.camera_id,
                sight.time_s,
                sight.image_px,
                sight.sigma_px,
                sight.clock_sigma_s,
                sight.frame_s,
                pose=sight.pose,
            )
            for sight in sights
        ),
        kick_camera=scene.at_camera,
        kick_clock_s=assumed_clock_s(clock_s, frame_s),
        kick_clock_measured=clock_s is not None,
        parts={BodyPart.TOE: prior},
    )


def _agreeing(scene: Scene) -> tuple[Joint | None, list[Reason]]:
    """The estimate that all cameras agree with, or all but one of three or more; None, with the reasons, where it
    cannot be told which is wrong."""
    cameras = sorted({seen.camera_id for seen in scene.observations})
    try:
        whole = estimate(scene)
        if not disagrees(whole):
            return whole, []
    except Unsolvable as fault:  # where cameras contradict each other by metres the search may find no end
        if fault.code != "not_settled" or len(cameras) == 1:
            return None, [Reason(fault.code, fault.camera)]
    found = []
    for camera in cameras if len(cameras) > 2 else ():
        rest = tuple(seen for seen in scene.observations if seen.camera_id != camera)
        try:
            without = estimate(replace(scene, observations=rest))
        except Unsolvable:
            continue
        if not disagrees(without):
            found.append((without, [Reason("camera_left_out", camera)]))
    return found[0] if len(found) == 1 else (None, [Reason("views_disagree", camera) for camera in cameras])


def _spread(joint: Joint) -> tuple[Array, dict[str, Array]]:
    """The covariance (2, 2) of the point's x and y, and what each source contributes to it."""
    pick = np.zeros((2, len(joint.mean)))
    pick[[0, 1], [0, 1]] = 1.0
    gain = pick @ joint.covariance
    share = {source: gain @ normal @ gain.T for source, normal in joint.normals.items()}
    # The contact is off its nominal instant; what moves meanwhile is the product of two unknowns (var.measure.joint).
    speed, drift = joint.mean[3:POINT], joint.covariance[3:POINT, 3:POINT]
    share["time"] = share["time"] + (np.outer(speed, speed) + drift) * joint.scene.kick_sigma_s**2
    (prior,) = joint.scene.parts.values()
    share["body_point"] = share["body_point"] + np.eye(2) * prior.extremity_sigma_m**2
    return np.asarray(sum(share.values()), dtype=np.float64), share


def _said(scene: AreaScene, joint: Joint, reasons: list[Reason], *, alone: bool) -> AreaVerdict:
    place, pitch = joint.mean[:3], scene.pitch
    if (np.abs(place[:2]) > np.array([pitch.length_m, pitch.width_m]) / 2 + BESIDE_PITCH_M).any():
        return _nothing([Reason("outside_pitch"), *reasons])
    area = scene.area or (AttackDirection.RIGHT if place[0] >= 0 else AttackDirection.LEFT)
    covariance, share = _spread(joint)
    values, edges = inside_m(place[None, :2], pitch, area.sign)
    slope = slope_at(place[:2], pitch, area.sign)
    sigma = float(np.sqrt(np.maximum(slope @ covariance @ slope, 0.0)))
    wider = around_corner(place[:2], covariance, pitch, area.sign) / max(sigma, 1e-9)
    parts = {source: float(np.sqrt(np.maximum(slope @ share[source] @ slope, 0.0))) for source in SOURCES}
    budget = {source: part * max(wider, 1.0) for source, part in parts.items()}
    margin = Measurement(float(values[0]), sigma * max(wider, 1.0), "m", METHOD)
    if margin.sigma > WORST_SIGMA_M:
        return _nothing([Reason("too_uncertain"), *reasons])
    if area.sign * place[0] > pitch.length_m / 2:
        reasons = [*reasons, Reason("behind_goal_line")]
    low, high = margin.interval95
    outcome = Zone.INSIDE if low > 0 else Zone.OUTSIDE if high < 0 else Zone.TOO_CLOSE
    if outcome is Zone.TOO_CLOSE:
        reasons = [*reasons, Reason("interval_spans_zero")]
    x, y, z = (float(each) for each in place)
    sigma_x, sigma_y = (float(each) for each in np.sqrt(np.diag(covariance)))
    return AreaVerdict(
        outcome, margin, budget, tuple(reasons), area, str(edges[0]), (x, y, z), (sigma_x, sigma_y), alone
    )


def _nothing(reasons: Sequence[Reason]) -> AreaVerdict:
    return AreaVerdict(Zone.NOT_MEASURABLE, None, dict.fromkeys(SOURCES), tuple(reasons))
