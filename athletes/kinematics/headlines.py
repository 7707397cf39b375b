"""The few numbers of an analysis that answer what its movement is filmed for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from athletes.kinematics.found import mean_of
from athletes.kinematics.model import Analysis, Finding, Movement, Side
from athletes.kinematics.settings import JOINTS
from touchline.measure import Measurement

SMALLEST = tuple(f"smallest_{joint}" for joint in JOINTS)
"""How far a repetition bends the joint that it is counted by."""
HEADLINES: Mapping[Movement, tuple[str, ...]] = {
    Movement.SPRINT: ("speed", "mean_step_length", "step_frequency", "contact_time", "mean_flight_time", "trunk_lean"),
    Movement.RUN: (
        "step_frequency",
        "mean_step_length",
        "contact_time",
        "mean_flight_time",
        "double_support",
        "speed",
        "trunk_lean",
    ),
    Movement.CMJ: ("height_by_time", "height_by_hips", "height_difference", "countermovement_depth"),
    Movement.DROP_JUMP: ("height_by_time", "height_by_hips", "contact_time", "reactive_strength"),
    Movement.SQUAT: ("repetitions", *SMALLEST, "down_time", "up_time"),
    Movement.REPETITIONS: ("repetitions", *SMALLEST, "down_time", "up_time"),
    Movement.KICK: ("peak_speed", "peak_turning"),
    Movement.THROW: ("peak_speed", "peak_turning"),
    Movement.RANGE: ("range_knee", "range_hip", "range_ankle", "range_shoulder", "range_elbow"),
}
"""The findings by movement, in their order."""
BEST = (Movement.CMJ, Movement.DROP_JUMP)
"""Movements of single tries, of which the best counts; of others the mean of all does."""
MEAN = "mean"
"""The method of a headline that is the mean of several findings."""


def headlines(analysis: Analysis) -> tuple[Finding, ...]:
    """The findings of ``HEADLINES`` that the analysis has, each side for itself.

    Of jumps those of the highest one, with its number. Of steps and repetitions the mean of those that were measured,
    with the larger of the error of the mean by the single errors and by the spread; where only one was measured that
    one, where none was, the first with its reasons. The first four findings where the movement has none of its own.
    """
    keys = HEADLINES.get(analysis.movement, ())
    mine = [one for one in analysis.findings if one.key in keys]
    number = _best(mine, keys) if analysis.movement in BEST else None
    found: list[Finding] = []
    for key in keys:
        for side in (None, *Side):
            alike = [one for one in mine if one.key == key and one.side == side]
            whole = [one for one in alike if one.number is None]
            if number is not None and not whole:
                found += [one for one in alike if one.number == number]
            elif whole or alike:
                found.append(whole[0] if whole else _mean(alike))
    return tuple(found) or analysis.findings[:4]


def _best(findings: Sequence[Finding], keys: Sequence[str]) -> int:
    """The number of the try whose first headline is largest; 1 where none was measured."""
    for key in keys:
        tries = [(one.measured.value, one.number) for one in findings if one.key == key and one.number and one.measured]
        if tries:
            return max(tries)[1]
    return 1


def _mean(findings: Sequence[Finding]) -> Finding:
    known = [one for one in findings if one.measured is not None]
    if len(known) < 2:
        return known[0] if known else findings[0]
    measured = [one.measured for one in known if one.measured is not None]
    value, sigma = mean_of([one.value for one in measured], [one.sigma for one in measured])
    first = known[0]
    frames = tuple(dict.fromkeys(frame for one in known for frame in one.frames))
    reasons = tuple(dict.fromkeys(code for one in known for code in one.reasons))
    return Finding(first.key, Measurement(value, sigma, measured[0].unit, MEAN), frames, first.side, None, reasons)
