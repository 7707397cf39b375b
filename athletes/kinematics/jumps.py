"""Countermovement and drop jumps: take-off and landing by the feet, height in two ways, contact time.

Height by time in the air is ``g t^2 / 8``: true where the body lands as it left. Bent knees at landing make it too
large by about half of how much lower the hips are then; that is measured and goes into its error (``bent_landing``).
Height by the hips is how far their middle rises from take-off to the top of a parabola through the flight; the mass
centre moves against the hips as the legs do. Both are given with their difference.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.contacts import Height, clear, edge, foot_height, free_fall, height_of
from athletes.kinematics.flights import Flight, lower_at_landing, rise_of
from athletes.kinematics.found import event, finding, frames_between, metres
from athletes.kinematics.gains import Parts
from athletes.kinematics.model import Event, Finding, Movement, Side
from athletes.kinematics.seen import Seen
from athletes.kinematics.smoothing import stretches
from athletes.pose.slow_motion import GRAVITY_MPS2

Floats = NDArray[np.float64]

SHORTEST_FLIGHT_S, LONGEST_FLIGHT_S = 0.12, 1.1
HIGH_BODY = 0.035
"""Feet higher than so much of the stature above the ground are in the air."""
PEAK_BODY = 0.06
"""Feet that never come higher than so much of the stature did not leave the ground."""
LONGEST_CONTACT_S = 1.0
BENT_M = 0.02


def jump_findings(seen: Seen, movement: Movement) -> tuple[list[Finding], list[Event]]:
    """The findings and events of every jump of ``movement``, numbered; with the reason where there is none."""
    feet = _feet(seen)
    if not feet or seen.body is None:
        return [finding("jumps", None, reasons=("feet_not_seen",))], []
    flights = flights_of(seen, feet, movement)
    if isinstance(flights, str):
        return [finding("jumps", None, reasons=(flights,))], []
    found: list[Finding] = [finding("jumps", (float(len(flights)), 0.0, "count"))]
    events: list[Event] = []
    for number, flight in enumerate(flights, 1):
        if movement is Movement.DROP_JUMP and flight.before is not None:
            events.append(event(seen, "first_contact", (flight.before.t_s, flight.before.sigma_s), None, number))
        events.append(event(seen, "take_off", (flight.take_off.t_s, flight.take_off.sigma_s), None, number))
        events.append(event(seen, "landing", (flight.landing.t_s, flight.landing.sigma_s), None, number))
        found += _numbers(seen, flight, movement, number)
    return found, events


def _feet(seen: Seen) -> list[Height]:
    """The toes' heights: of both feet together where both are well seen, and of each."""
    both = seen.middle("foot_index")
    if both is None:
        return []
    whole = height_of(seen, *both)
    each = [foot_height(seen, side, "foot_index") for side in (Side.LEFT, Side.RIGHT)]
    return [height for height in (whole, *each) if height is not None] if whole is not None else []


def flights_of(seen: Seen, feet: list[Height], movement: Movement) -> list[Flight] | str:
    """The flights that begin and end in the recording; else why there is none."""
    whole, bend = feet[0], free_fall(seen)
    body, n = seen.body or 0.0, len(whole.t_s)
    up = whole.ground + max(HIGH_BODY * body, clear(whole, body))
    peak = whole.ground + max(PEAK_BODY * body, 2.0 * clear(whole, body))
    air = [
        (part.start, part.stop - 1)
        for part in stretches(whole.t_s, np.isfinite(whole.smooth) & (whole.smooth > up), seen.step_s)
        if np.max(whole.smooth[part]) > peak and all(_in_the_air(foot, part, peak - whole.ground) for foot in feet[1:])
    ]
    found, cut = [], False
    for place, (first, last) in enumerate(air):
        if not SHORTEST_FLIGHT_S <= whole.t_s[last] - whole.t_s[first] <= LONGEST_FLIGHT_S:
            continue
        if first == 0 or last == n - 1:
            cut = True
            continue
        before = (air[place - 1][1] + 1 if place else 0, first - 1)
        after = (last + 1, air[place + 1][0] - 1 if place + 1 < len(air) else n - 1)
        off = edge(whole, first - 1, before, (bend, True))
        on = edge(whole, last + 1, after, (bend, False))
        if off is None or on is None or not SHORTEST_FLIGHT_S <= on.t_s - off.t_s <= LONGEST_FLIGHT_S:
            cut = True
            continue
        landed = None
        if before[0] > 0 and whole.t_s[before[1]] - whole.t_s[before[0]] <= LONGEST_CONTACT_S:
            landed = edge(whole, before[0], before, (bend, False))
        if movement is Movement.DROP_JUMP and landed is None:
            continue
        found.append(
            Flight(off, on, landed, _apart(feet, (first - 1, last + 1), (before, after), seen), _one_foot(seen))
        )
    if found:
        return found
    return "flight_cut_off" if cut else ("no_drop_jump_found" if movement is Movement.DROP_JUMP else "no_flight_found")


def _one_foot(seen: Seen) -> bool:
    toes = seen.skeleton.places("left_foot_index", "right_foot_index")
    return bool(np.isfinite(seen.raw[:, toes, 0]).mean(axis=0).min() < 0.9)


def _in_the_air(foot: Height, part: slice, high: float) -> bool:
    """Whether a foot is off its ground for most of a flight, where it is seen at all: one leg lifted is no flight."""
    seen = foot.smooth[part][np.isfinite(foot.smooth[part])]
    return not seen.size or bool(np.median(seen) - foot.ground > 0.5 * high)


def _apart(
    feet: list[Height], places: tuple[int, int], low: tuple[tuple[int, int], tuple[int, int]], seen: Seen
) -> bool:
    """Whether the feet leave or land at clearly different instants."""
    if len(feet) < 3:
        return False
    bend = free_fall(seen)
    for place, span, leaves in ((places[0], low[0], True), (places[1], low[1], False)):
        left, right = (edge(foot, place, span, (bend, leaves)) for foot in feet[1:])
        if left and right:
            apart = abs(left.t_s - right.t_s)
            if apart > 3.0 * math.hypot(left.sigma_s, right.sigma_s) and apart > 1.5 * seen.step_s:
                return True
    return False


def _numbers(seen: Seen, flight: Flight, movement: Movement, number: int) -> list[Finding]:
    off, on = flight.take_off, flight.landing
    air_s, air_sigma = on.t_s - off.t_s, math.hypot(on.sigma_s, off.sigma_s)
    frames = frames_between(seen, off.t_s, on.t_s)
    why = [reason for reason, holds in (("feet_apart", flight.apart), ("one_foot_seen", flight.one_foot)) if holds]
    found = [finding("flight_time", (air_s, air_sigma, "s"), frames, number=number, reasons=why)]
    lower = lower_at_landing(seen, flight)
    doubt, sigma_bent = list(why), 0.0
    if lower is None:
        doubt.append("landing_posture_unknown")
    else:
        sigma_bent = math.hypot(*lower) / 2.0
        if lower[0] > max(BENT_M, 2.0 * lower[1]):
            doubt.append("bent_landing")
    by_time = GRAVITY_MPS2 * air_s**2 / 8.0
    time_sigma = math.hypot(GRAVITY_MPS2 * air_s / 4.0 * air_sigma, sigma_bent)
    found.append(
        finding("height_by_time", (by_time, time_sigma, "m"), frames, number=number, reasons=doubt, method="g t^2 / 8")
    )
    rise = rise_of(seen, flight)
    by_hips, reasons = (None, ("hips_not_seen",)) if rise is None else metres(seen, rise)
    found.append(finding("height_by_hips", by_hips, frames, number=number, reasons=reasons))
    if by_hips is not None:
        sigma = math.hypot(time_sigma, by_hips[1])
        apart = by_time - by_hips[0]
        told = ("heights_disagree",) if abs(apart) > 1.96 * sigma else ("heights_agree",)
        found.append(finding("height_difference", (apart, sigma, "m"), frames, number=number, reasons=told))
    else:
        found.append(finding("height_difference", None, frames, number=number, reasons=reasons))
    if movement is Movement.DROP_JUMP and flight.before is not None:
        down = flight.before
        contact, spread = off.t_s - down.t_s, math.hypot(off.sigma_s, down.sigma_s)
        held = frames_between(seen, down.t_s, off.t_s)
        found.append(finding("contact_time", (contact, spread, "s"), held, number=number))
        index = by_time / contact
        index_sigma = index * math.hypot(time_sigma / by_time, spread / contact)
        whole = frames_between(seen, down.t_s, on.t_s)
        found.append(finding("reactive_strength", (index, index_sigma, "m/s"), whole, number=number, reasons=doubt))
    if movement is Movement.CMJ:
        found.append(_depth(seen, flight, number))
    return found


def _depth(seen: Seen, flight: Flight, number: int) -> Finding:
    """How far the hips sink below standing before a countermovement jump."""
    hips = seen.middle("hip")
    height = None if hips is None else height_of(seen, *hips)
    if height is None:
        return finding("countermovement_depth", None, number=number, reasons=("hips_not_seen",))
    before = np.flatnonzero(np.isfinite(height.smooth) & (seen.t_s < flight.take_off.t_s))
    since = before[seen.t_s[before] > flight.take_off.t_s - 2.0]
    if since.size < 10:
        return finding("countermovement_depth", None, number=number, reasons=("standing_not_seen",))
    low = int(since[np.argmin(height.smooth[since])])
    standing = before[before < low]
    if standing.size < 5:
        return finding("countermovement_depth", None, number=number, reasons=("standing_not_seen",))
    top = float(np.percentile(height.smooth[standing], 90))
    sigma = math.sqrt(2.0) * height.sigma * math.sqrt(_moving(height.parts))
    depth, reasons = metres(seen, (top - float(height.smooth[low]), sigma))
    frames = (int(seen.frames[standing[0]]), int(seen.frames[low]))
    return finding("countermovement_depth", depth, frames, number=number, reasons=reasons)


def _moving(parts: Parts) -> float:
    """The share of the variance that does not stay the same for the recording."""
    return 1.0 - parts.constant
