"""One movement of one person measured: findings, curves, events and notes put together."""

from __future__ import annotations

import numpy as np

from athletes.kinematics.curves import angle_curves, space_curves
from athletes.kinematics.found import finding
from athletes.kinematics.gait import gait_findings
from athletes.kinematics.jumps import jump_findings
from athletes.kinematics.model import Analysis, Curve, Event, Finding, Movement
from athletes.kinematics.ranges import range_findings
from athletes.kinematics.repetitions import repetition_findings
from athletes.kinematics.scale import Scale
from athletes.kinematics.seen import Seen, see, see_motion
from athletes.kinematics.settings import Settings
from athletes.kinematics.smoothing import TOO_SHORT
from athletes.kinematics.strikes import strike_findings
from athletes.pose.model import Motion, Track
from touchline.origin import Origin

FEWEST_FRAMES = 2
MAIN: dict[Movement, str] = {
    Movement.SPRINT: "contact_time",
    Movement.RUN: "contact_time",
    Movement.CMJ: "jumps",
    Movement.DROP_JUMP: "jumps",
    Movement.SQUAT: "repetitions",
    Movement.REPETITIONS: "repetitions",
    Movement.KICK: "peak_speed",
    Movement.THROW: "peak_speed",
    Movement.RANGE: "ranges",
}
"""The finding that says why, where a movement cannot be measured at all."""


def analyse(track: Track, movement: Movement, scale: Scale | None = None, settings: Settings | None = None) -> Analysis:
    """Everything that ``track`` tells of ``movement``; without ``scale`` nothing in metres, but times and angles.

    What cannot be measured is a finding with a reason, never an error.
    """
    chosen = settings or Settings()
    if (why := _nothing(len(track), bool(np.isfinite(track.px).any()))) is not None:
        return _refused(movement, why, chosen, track.origin)
    seen = see(track, movement, scale, chosen)
    if TOO_SHORT in seen.reasons and not np.isfinite(seen.smooth).any():
        return _refused(movement, "too_few_frames", chosen, track.origin)
    curves, reasons = angle_curves(seen)
    found = _measured(seen, movement, curves)
    notes = [*seen.notes, *(() if scale else ("no_scale",)), *reasons]
    if scale is not None:
        notes.append(f"scale_from_{scale.method}")
    known = None if scale is None else {"m_per_px": scale.m_per_px, "sigma": scale.sigma, "method": scale.method}
    return _whole(found, movement, notes, ({**_used(seen, movement), "scale": known}, track.origin))


def analyse_motion(motion: Motion, movement: Movement, settings: Settings | None = None) -> Analysis:
    """The same of a person in space: angles in space, everything else in the plane that the athlete faces along, in
    metres."""
    chosen = settings or Settings()
    if (why := _nothing(len(motion), bool(np.isfinite(motion.xyz_m).any()))) is not None:
        return _refused(movement, why, chosen, motion.origin)
    seen = see_motion(motion, movement, chosen)
    flat, reasons = angle_curves(seen)
    curves = (*space_curves(motion, seen), *(curve for curve in flat if curve.key in {"thigh", "shank", "trunk"}))
    found = _measured(seen, movement, curves)
    return _whole(found, movement, [*seen.notes, *reasons, "in_space"], (_used(seen, movement), motion.origin))


def _used(seen: Seen, movement: Movement) -> dict[str, object]:
    return seen.settings.document(movement, 1.0 / seen.step_s)


def _nothing(count: int, seen: bool) -> str | None:
    if not seen:
        return "nobody_seen"
    return "too_few_frames" if count < FEWEST_FRAMES else None


def _refused(movement: Movement, why: str, settings: Settings, origin: Origin) -> Analysis:
    found = (finding(MAIN[movement], None, reasons=(why,)),)
    return Analysis(movement, found, (), (), _origin_notes(origin), settings.document(movement))


def _origin_notes(origin: Origin) -> tuple[str, ...]:
    return ("simulated",) if origin is Origin.SIMULATED else ()


def _measured(
    seen: Seen, movement: Movement, curves: tuple[Curve, ...]
) -> tuple[list[Finding], list[Event], list[Curve], list[str]]:
    notes: list[str] = []
    events: list[Event] = []
    more: list[Curve] = []
    if movement in {Movement.SPRINT, Movement.RUN}:
        found, events, notes = gait_findings(seen, curves)
    elif movement in {Movement.CMJ, Movement.DROP_JUMP}:
        found, events = jump_findings(seen, movement)
    elif movement in {Movement.SQUAT, Movement.REPETITIONS}:
        found, events = repetition_findings(seen, curves)
    elif movement in {Movement.KICK, Movement.THROW}:
        found, events, more = strike_findings(seen, movement)
    else:
        found = range_findings(seen, curves)
    return found, events, [*curves, *more], notes


def _whole(
    parts: tuple[list[Finding], list[Event], list[Curve], list[str]],
    movement: Movement,
    notes: list[str],
    rest: tuple[dict[str, object], Origin],
) -> Analysis:
    found, events, curves, more = parts
    told = tuple(dict.fromkeys((*_origin_notes(rest[1]), *notes, *more)))
    ordered = tuple(sorted(events, key=lambda one: one.t_s))
    return Analysis(movement, tuple(found), tuple(curves), ordered, told, rest[0])
