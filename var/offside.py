"""Measures an offside position: the margin between two players with an uncertainty, from one view or several.

The margin is computed jointly from everything that was marked: errors of the camera, the kick's instant and the clocks
are shared by both players, so two separate measurements may not be subtracted. The result speaks of the *position*
only; whether there is an offence is for the referee. ``var.joint`` holds the estimator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from touchline.errors import BadValue
from touchline.measure import Z95, Measurement
from var.body import PARTS, PartPrior
from var.calibration import Calibration
from var.joint import Joint, Unsolvable, estimate
from var.model import AttackDirection, BodyPart, Outcome, Role
from var.pitch import LINE_WIDTH_M, Pitch

METHOD = "joint maximum a posteriori of both players and all cameras"

WORST_SIGMA_M = 1.0
"""A margin less certain than this says nothing that an eye does not see."""

DISAGREE_P = 1e-4
"""Views contradict each other when a chi-square as large as theirs is rarer than this."""

FRAME_S = 0.04
"""The time between two frames of a camera of which nothing is said: the slowest usual rate, 25 a second."""

BESIDE_PITCH_M = 6.0
"""A player farther outside the pitch than this is a wrong mark or a wrong calibration."""

BUDGET = ("calibration", "click", "body_point", "time", "synchronisation")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is, or what limits it: a text of ``var.offside.reason`` and what fills it in."""

    code: str
    camera: str | None = None

    def __str__(self) -> str:
        return self.code if self.camera is None else f"{self.code}:{self.camera}"


@dataclass(frozen=True, slots=True)
class Velocity:
    """A player's known horizontal velocity in metres a second of the pitch frame, with its standard deviation an
    axis."""

    mps: tuple[float, float]
    sigma_mps: float


@dataclass(frozen=True, slots=True)
class Observation:
    """One click on a body point. ``time_s`` is the match time of the picture; ``clock_sigma_s`` how well that camera's
    clock is known against the others, None where nobody measured it: then half a frame (``frame_s``) is assumed.
    ``pose`` names the calibration where a camera that moves has one of its own on this picture."""

    role: Role
    part: BodyPart
    camera_id: str
    time_s: Fraction
    image_px: tuple[float, float]
    sigma_px: float = 2.0
    clock_sigma_s: float | None = None
    frame_s: float = FRAME_S
    player: str = ""
    pose: str = ""

    def __post_init__(self) -> None:
        sigmas = [self.sigma_px, self.frame_s, 0.0 if self.clock_sigma_s is None else self.clock_sigma_s]
        if not np.isfinite([*self.image_px, *sigmas]).all() or self.sigma_px <= 0 or min(sigmas) < 0:
            raise BadValue("var.errors.bad_observation", camera=self.camera_id, part=self.part.value)

    @property
    def view(self) -> str:
        """Which calibration of the scene belongs to this picture."""
        return self.pose or self.camera_id

    @property
    def who(self) -> str:
        """The player's name; the role where no name was given."""
        return self.player or self.role.value

    @property
    def body(self) -> tuple[Role, str, BodyPart]:
        """Which point in the world this click shows: role, player and part."""
        return self.role, self.who, self.part

    @property
    def clock_s(self) -> float:
        """The standard deviation of the camera's clock that is used."""
        return self.frame_s / 2 if self.clock_sigma_s is None else self.clock_sigma_s


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything a measurement needs.

    ``kick_sigma_s`` is the standard deviation of the kick's instant (a kick somewhere within one frame: frame /
    sqrt(12)). With ``kick_camera`` the kick was marked on that camera's own pictures, whose clock error then does not
    matter for that camera, but for all others; ``kick_clock_s`` is that clock's standard deviation where no observation
    of that camera tells it, and ``kick_clock_measured`` says whether anybody measured it. ``stale`` names cameras that
    have moved since the frame of their calibration. With several defenders the second nearest to the goal line is the
    second-last opponent; a single one is taken to be him.
    """

    attack: AttackDirection
    pitch: Pitch
    calibrations: Mapping[str, Calibration]
    kick_s: Fraction
    kick_sigma_s: float
    observations: tuple[Observation, ...]
    kick_camera: str | None = None
    kick_clock_s: float = 0.0
    kick_clock_measured: bool = True
    stale: frozenset[str] = frozenset()
    velocities: Mapping[str, Velocity] = field(default_factory=dict)
    parts: Mapping[BodyPart, PartPrior] = field(default_factory=lambda: PARTS)

    def __post_init__(self) -> None:
        for sigma_s in (self.kick_sigma_s, self.kick_clock_s):
            if not (math.isfinite(sigma_s) and sigma_s >= 0):
                raise BadValue("var.errors.bad_kick_sigma", sigma_s=sigma_s)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a player's governing point is at the kick: ``xyz_m`` in the pitch frame; ``line_x_m`` with ``sigma_x_m`` is
    its line on the ground, parallel to the goal line."""

    role: Role
    player: str
    part: BodyPart
    xyz_m: tuple[float, float, float]
    sigma_x_m: float

    @property
    def line_x_m(self) -> float:
        """The x of the line through this point parallel to the goal line."""
        return self.xyz_m[0]

    @property
    def ground_m(self) -> tuple[float, float, float]:
        """The plumb point on the ground."""
        return self.xyz_m[0], self.xyz_m[1], 0.0

    def document(self) -> dict[str, Any]:
        """The point as a JSON-ready document."""
        return {
            "player": self.player,
            "part": self.part.value,
            "xyz_m": list(self.xyz_m),
            "line_x_m": self.line_x_m,
            "sigma_x_m": self.sigma_x_m,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the measurement says. ``margin`` in metres is positive on the offside side, None where nothing is measured.

    ``budget`` holds the standard deviation that each source contributes, in metres; their squares add up to the
    margin's. ``attacker`` and ``defender`` are the governing points; with ``halfway_governs`` the halfway line, not
    the defender, is what the attacker had to pass.
    """

    outcome: Outcome
    margin: Measurement | None
    budget: Mapping[str, float | None]
    reasons: tuple[Reason, ...]
    attacker: Placed | None = None
    defender: Placed | None = None
    halfway_governs: bool = False

    @property
    def interval95(self) -> tuple[float, float] | None:
        """The 95 % interval of the margin in metres."""
        return None if self.margin is None else self.margin.interval95

    @property
    def governing(self) -> dict[str, Placed | None]:
        """The governing point of each role."""
        return {"attacker": self.attacker, "defender": self.defender}

    def document(self) -> dict[str, Any]:
        """The verdict as a JSON-ready document."""
        return {
            "outcome": self.outcome.value,
            "margin_m": None if self.margin is None else self.margin.value,
            "sigma_m": None if self.margin is None else self.margin.sigma,
            "interval95_m": None if self.interval95 is None else list(self.interval95),
            "governing": {role: at.document() if at else None for role, at in self.governing.items()},
            "halfway_governs": self.halfway_governs,
            "budget": dict(self.budget),
            "reasons": [str(reason) for reason in self.reasons],
        }


def measure(scene: Scene) -> Verdict:
    """The offside position of ``scene`` with its uncertainty.

    Never guesses: where something is missing or contradictory the outcome is ``NOT_MEASURABLE`` and ``reasons`` says
    why.
    """
    reasons: list[Reason] = []
    usable: list[Observation] = []
    for seen in scene.observations:
        reason = _unusable(scene, seen)
        if reason is None:
            usable.append(seen)
        elif reason not in reasons:
            reasons.append(reason)
    missing = [Reason(f"no_{role.value}_mark") for role in Role if not any(seen.role is role for seen in usable)]
    if missing:
        return _nothing([*missing, *reasons])
    reasons += _unmeasured_clocks(scene, usable)
    try:
        joint = estimate(replace(scene, observations=tuple(usable)))
        if _disagrees(joint):
            agreeing, why = _without_the_odd_camera(scene, usable, joint)
            reasons += why
            if agreeing is None:
                return _nothing(reasons)
            joint = agreeing
    except Unsolvable as fault:
        return _nothing([Reason(fault.code, fault.camera), *reasons])
    return _judge(scene, joint, reasons)


def _unusable(scene: Scene, seen: Observation) -> Reason | None:
    calibration = scene.calibrations.get(seen.view)
    if calibration is None:
        return Reason("no_calibration", seen.camera_id)
    if seen.camera_id in scene.stale:
        return Reason("calibration_of_another_frame", seen.camera_id)
    (u, v), (width, height) = seen.image_px, calibration.picture_size
    if not (-0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5):
        return Reason("click_outside_picture", seen.camera_id)
    return None


def _unmeasured_clocks(scene: Scene, usable: list[Observation]) -> list[Reason]:
    """One reason for each camera whose clock matters and was not measured."""
    found: dict[str, Reason] = {}
    for seen in usable:
        if seen.clock_sigma_s is None and seen.camera_id != scene.kick_camera:
            found[seen.camera_id] = Reason("clock_not_measured", seen.camera_id)
    others = any(seen.camera_id != scene.kick_camera for seen in usable)
    unseen = all(seen.camera_id != scene.kick_camera for seen in usable)
    if scene.kick_camera is not None and others and unseen and not scene.kick_clock_measured:
        found[scene.kick_camera] = Reason("clock_not_measured", scene.kick_camera)
    return list(found.values())


def _disagrees(joint: Joint) -> bool:
    from scipy.stats import chi2

    return joint.degrees > 0 and bool(chi2.sf(joint.chi2, joint.degrees) < DISAGREE_P)


def _without_the_odd_camera(scene: Scene, usable: list[Observation], joint: Joint) -> tuple[Joint | None, list[Reason]]:
    """The estimate without the one camera that contradicts the others; None where it cannot be told which it is.

    Three views of a point are needed to name the wrong one: of two that contradict each other either may be wrong.
    """
    cameras = sorted({seen.camera_id for seen in usable})
    agreeing: list[tuple[str, Joint]] = []
    for camera in cameras:
        rest = [seen for seen in usable if seen.camera_id != camera]
        views = {body: {seen.camera_id for seen in rest if seen.body == body} for body in joint.bodies}
        if min(len(seen_by) for seen_by in views.values()) < 2:
            continue
        without = estimate(replace(scene, observations=tuple(rest)))
        if not _disagrees(without):
            agreeing.append((camera, without))
    if len(agreeing) == 1:
        return agreeing[0][1], [Reason("camera_left_out", agreeing[0][0])]
    return None, [Reason("views_disagree", camera) for camera in cameras]


def _nothing(reasons: list[Reason]) -> Verdict:
    return Verdict(Outcome.NOT_MEASURABLE, None, dict.fromkeys(BUDGET), tuple(reasons))


def _judge(scene: Scene, joint: Joint, reasons: list[Reason]) -> Verdict:
    """The verdict from the joint estimate: Law 11 asks for beyond the second-last opponent *and* beyond the halfway
    line."""
    sign = scene.attack.sign
    attacker, defender = joint.governing(Role.ATTACKER, sign), joint.governing(Role.DEFENDER, sign)
    places = [joint.place(attacker), joint.place(defender)]
    limit = np.array([scene.pitch.length_m, scene.pitch.width_m]) / 2 + BESIDE_PITCH_M
    if any((np.abs(np.array(at.xyz_m[:2])) > limit).any() for at in places):
        return _nothing([Reason("outside_pitch"), *reasons])
    # The halfway line belongs to neither half: a body part counts once it is over the line's far edge.
    halfway = LINE_WIDTH_M / 2
    to_line = joint.margin(attacker, None, sign, halfway)
    to_opponent = joint.margin(attacker, defender, sign, 0.0)
    halfway_governs = to_line.value < to_opponent.value
    governs, other = (to_line, to_opponent) if halfway_governs else (to_opponent, to_line)
    if governs.sigma > WORST_SIGMA_M:
        return _nothing([Reason("too_uncertain"), *reasons])
    low, high = governs.value - Z95 * governs.sigma, governs.value + Z95 * governs.sigma
    if to_line.value + Z95 * to_line.sigma < 0:
        outcome = Outcome.ONSIDE
        reasons = [*reasons, Reason("own_half")]
    elif high < 0 or other.value + Z95 * other.sigma < 0:
        outcome = Outcome.ONSIDE
    elif low > 0 and other.value - Z95 * other.sigma > 0:
        outcome = Outcome.OFFSIDE
    else:
        outcome = Outcome.TOO_CLOSE
        reasons = [*reasons, Reason("interval_spans_zero")]
    margin = Measurement(governs.value, governs.sigma, "m", METHOD)
    return Verdict(outcome, margin, governs.budget, tuple(reasons), places[0], places[1], halfway_governs)
