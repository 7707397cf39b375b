"""Measures an offside position: the margin between two players with an uncertainty, from one view or several.

The margin is computed jointly from everything that was marked: errors of the camera, the kick's instant and the clocks
are shared by both players, so two separate measurements may not be subtracted. The result speaks of the *position*
only; whether there is an offence is for the referee. ``var.measure.joint`` holds the estimator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from touchline.measure import Z95, Measurement
from var.measure.clicks import Reason, usable
from var.measure.joint import Joint, Margin, Unsolvable, estimate
from var.measure.pitch import BALL_RADIUS_M, LINE_WIDTH_M
from var.measure.scene import BallPlace, Observation, Placed, Scene
from var.measure.system import POINT, Body
from var.model import Outcome, Role

METHOD = "joint maximum a posteriori of both players and all cameras"

WORST_SIGMA_M = 1.0
"""A margin less certain than this says nothing that an eye does not see."""

DISAGREE_P = 1e-4
"""Views contradict each other when a chi-square as large as theirs is rarer than this."""

LOWEST_M, HIGHEST_M = -0.4, 2.7
"""Between these heights is every part of a player, a header's jump and some error included."""

BESIDE_PITCH_M = 6.0
"""A player farther outside the pitch than this is a wrong mark or a wrong calibration."""

BUDGET = ("calibration", "click", "body_point", "time", "synchronisation")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the measurement says. ``margin`` in metres is positive on the offside side, None where nothing is measured.

    ``budget`` holds the standard deviation that each source contributes, in metres; their squares add up to the
    margin's. ``attacker`` and ``defender`` are the governing points. ``governs`` is what the attacker had to pass last:
    ``defender``, ``halfway`` (the halfway line) or ``ball``. ``joint`` is the estimate that it all comes from, with the
    places of every marked point; None where nothing was measured.
    """

    outcome: Outcome
    margin: Measurement | None
    budget: Mapping[str, float | None]
    reasons: tuple[Reason, ...]
    attacker: Placed | None = None
    defender: Placed | None = None
    governs: str = "defender"
    joint: Joint | None = field(default=None, repr=False, compare=False)

    @property
    def halfway_governs(self) -> bool:
        """Whether the halfway line, not the defender, is what the attacker had to pass."""
        return self.governs == "halfway"

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
            "ball_governs": self.governs == "ball",
            "budget": dict(self.budget),
            "reasons": [str(reason) for reason in self.reasons],
        }


def measure(scene: Scene) -> Verdict:
    """The offside position of ``scene`` with its uncertainty.

    Never guesses: where something is missing or contradictory the outcome is ``NOT_MEASURABLE`` and ``reasons`` says
    why. Where it is not known how calibrations hang together (``Together``), the wider of two intervals counts: that
    with all of them erring alike, and that with each erring for itself.
    """
    found = _measured(scene)
    known = tuple(one for one in scene.together if one.covariance is not None or len(one.views) < 2)
    if found.margin is None or known == scene.together:
        return found
    apart = _measured(replace(scene, together=known))
    return apart if apart.margin is not None and apart.margin.sigma > found.margin.sigma else found


def _measured(scene: Scene) -> Verdict:
    """The verdict of ``scene``, with what hangs together in an unknown way erring alike."""
    seen, reasons = usable(scene.observations, scene.calibrations, scene.stale)
    missing = [Reason(f"no_{role.value}_mark") for role in Role if not any(each.role is role for each in seen)]
    if missing:
        return _nothing([*missing, *reasons])
    reasons += unmeasured_clocks(scene, seen)
    try:
        joint = estimate(replace(scene, observations=tuple(seen)))
        if disagrees(joint):
            agreeing, why = _without_the_odd_camera(scene, seen, joint)
            reasons += why
            if agreeing is None:
                return _nothing(reasons)
            joint = agreeing
        return _judge(scene, joint, reasons)
    except Unsolvable as fault:
        return _nothing([Reason(fault.code, fault.camera), *reasons])
    except OverflowError:  # uncertain beyond what a number holds
        return _nothing([Reason("too_uncertain"), *reasons])


def unmeasured_clocks(scene: Scene, observations: list[Observation]) -> list[Reason]:
    """One reason for each camera whose clock matters and was not measured."""
    found: dict[str, Reason] = {}
    for seen in observations:
        if seen.clock_sigma_s is None and seen.camera_id != scene.kick_camera:
            found[seen.camera_id] = Reason("clock_not_measured", seen.camera_id)
    others = any(seen.camera_id != scene.kick_camera for seen in observations)
    unseen = all(seen.camera_id != scene.kick_camera for seen in observations)
    if scene.kick_camera is not None and others and unseen and not scene.kick_clock_measured:
        found[scene.kick_camera] = Reason("clock_not_measured", scene.kick_camera)
    return list(found.values())


def disagrees(joint: Joint) -> bool:
    """Whether the clicks contradict each other, or agree only on a place where no part of a player can be."""
    from scipy.special import chdtrc

    heights = joint.mean[2 : POINT * len(joint.bodies) : POINT]
    if heights.min() < LOWEST_M or heights.max() > HIGHEST_M:
        return True
    return joint.degrees > 0 and bool(chdtrc(joint.degrees, joint.chi2) < DISAGREE_P)


def _without_the_odd_camera(
    scene: Scene, observations: list[Observation], joint: Joint
) -> tuple[Joint | None, list[Reason]]:
    """The estimate without the one camera that contradicts the others; None where it cannot be told which it is.

    Three views of a point are needed to name the wrong one: of two that contradict each other either may be wrong.
    """
    cameras = sorted({seen.camera_id for seen in observations})
    agreeing: list[tuple[str, Joint]] = []
    for camera in cameras:
        rest = [seen for seen in observations if seen.camera_id != camera]
        views = {body: {seen.camera_id for seen in rest if seen.body == body} for body in joint.bodies}
        if min(len(seen_by) for seen_by in views.values()) < 2:
            continue
        try:
            without = estimate(replace(scene, observations=tuple(rest)))
        except Unsolvable:  # the odd one is among those that are left
            continue
        if not disagrees(without):
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
    passed = {"halfway": to_line, "defender": joint.margin(attacker, defender, sign, 0.0)}
    if scene.ball is not None:
        passed["ball"] = _past_ball(joint.margin(attacker, None, sign, 0.0), scene.ball, sign)
    what, governs = min(passed.items(), key=lambda item: item[1].value)
    if governs.sigma > WORST_SIGMA_M:
        return _nothing([Reason("too_uncertain"), *reasons])
    if to_line.value + Z95 * to_line.sigma < 0:
        outcome = Outcome.ONSIDE
        reasons = [*reasons, Reason("own_half")]
    elif any(margin.value + Z95 * margin.sigma < 0 for margin in passed.values()):
        outcome = Outcome.ONSIDE
    elif all(margin.value - Z95 * margin.sigma > 0 for margin in passed.values()):
        outcome = Outcome.OFFSIDE
    else:
        outcome = Outcome.TOO_CLOSE
        reasons = [*reasons, Reason("interval_spans_zero"), *_would_help(joint, (attacker, defender))]
    if what == "ball":
        reasons = [*reasons, Reason("ball_governs")]
    if scene.ball is None and outcome is Outcome.OFFSIDE:
        reasons = [*reasons, Reason("ball_not_marked")]
    margin = Measurement(governs.value, governs.sigma, "m", METHOD)
    return Verdict(outcome, margin, governs.budget, tuple(reasons), places[0], places[1], what, joint)


def _past_ball(attacker: Margin, ball: BallPlace, sign: int) -> Margin:
    """How far the attacker, whose place along the pitch is ``attacker``, is beyond the ball's foremost point.

    The ball's own error counts as a click's; that it shares the cameras' errors with the attacker is left out, which
    makes the interval wider rather than narrower.
    """
    budget = dict(attacker.budget)
    budget["click"] = math.hypot(budget["click"], ball.sigma_m)
    value = attacker.value - (sign * ball.pitch_m[0] + BALL_RADIUS_M)
    return Margin(value, math.hypot(attacker.sigma, ball.sigma_m), budget)


def _would_help(joint: Joint, bodies: tuple[Body, ...]) -> list[Reason]:
    """What would make the interval narrower: a second picture of a player whose speed nobody knows."""
    for body in bodies:
        instants = {seen.time_s for seen in joint.scene.observations if seen.body == body}
        if len(instants) < 2 and body[1] not in joint.scene.velocities:
            return [Reason("speed_not_measured")]
    return []
