"""Sprint and running gait: contacts, flight, step frequency and length, trunk lean, left against right with its error.

A step goes from one foot's toe-off to the other's, or from touch-down to touch-down where more of these are clear. Over
ground its length is how far the touching foot went on in the picture; on a treadmill it is the belt's speed times the
step's time, because nobody moves in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from athletes.kinematics.contacts import Contact, contacts_of
from athletes.kinematics.double_support import between_contacts, flight_findings
from athletes.kinematics.found import event, finding, frames_between, mean_of, metres
from athletes.kinematics.model import Curve, Event, Finding, Side
from athletes.kinematics.seen import Seen
from touchline.measure import Z95

STEP_S = (0.12, 0.8)
"""A step that takes less or more is none of running."""
LEAST_STEPS = 2
"""One step is no rhythm, and may be none: somebody who balances lifts a foot too."""
LONG_STEP = 1.5
WALKS_BODY = 0.6
"""Hips that move on by more than so much of the stature in the recording: over ground."""
FEET_BODY = 0.02
"""The feet are not in one plane: how much nearer or farther one is shifts it in the picture, as a share of the
stature."""
CONTACT_S = (0.06, 0.5)


@dataclass(frozen=True, slots=True)
class Step:
    """From one foot to the other: ``seconds`` and, in units, how far."""

    side: Side
    """The foot that ends it."""
    seconds: tuple[float, float]
    length: tuple[float, float] | None
    from_s: float
    to_s: float


def gait_findings(seen: Seen, curves: Sequence[Curve]) -> tuple[list[Finding], list[Event], list[str]]:
    """Findings, events and notes of running."""
    each = {side: [one for one in contacts_of(seen, side) if _running(one)] for side in (Side.LEFT, Side.RIGHT)}
    contacts = sorted((one for found in each.values() for one in found), key=_begins)
    together = landing_together(contacts)
    each = {side: [one for one in ones if one not in together] for side, ones in each.items()}
    contacts = [one for one in contacts if one not in together]
    lean = [_lean(seen, curves)]
    if together:
        frames = tuple(int(seen.frames[one.first]) for one in together)
        lean.append(finding("contact_time", None, frames, reasons=("feet_land_together",)))
    if not contacts:
        why = "feet_not_seen" if seen.body is None else "no_contact_found"
        return [finding("contact_time", None, reasons=(why,)), *lean], [], []
    steps = _steps(seen, contacts)
    found: list[Finding] = []
    events: list[Event] = []
    for side, ones in each.items():
        for number, one in enumerate(ones, 1):
            found.append(_contact(seen, one, number))
            if one.down:
                events.append(event(seen, "touch_down", (one.down.t_s, one.down.sigma_s), side, number))
            if one.up:
                events.append(event(seen, "toe_off", (one.up.t_s, one.up.sigma_s), side, number))
    found += flight_findings(between_contacts(seen, contacts))
    treadmill, notes = _where(seen)
    if len(steps) < LEAST_STEPS:
        steps = []
        found += [finding(key, None, reasons=("too_few_steps",)) for key in ("step_frequency", "step_time")]
    else:
        found += _rhythm(seen, steps, treadmill)
    found += _asymmetry(each, steps)
    return found + lean, sorted(events, key=lambda one: one.t_s), notes


def landing_together(contacts: Sequence[Contact]) -> list[Contact]:
    """Contacts of both feet that begin at once, which is no running: what they say of steps would be made up."""
    found: list[Contact] = []
    begun = [one for one in contacts if one.down is not None]
    for one, other in pairwise(begun):
        assert one.down is not None
        assert other.down is not None
        if one.side is not other.side and other.down.t_s - one.down.t_s < STEP_S[0]:
            found += [each for each in (one, other) if each not in found]
    return found


def _begins(one: Contact) -> float:
    return one.down.t_s if one.down else (one.up.t_s if one.up else 0.0)


def _running(one: Contact) -> bool:
    """Whether a contact has an end in the recording and is no longer than one of running."""
    if one.down and one.up:
        return CONTACT_S[0] <= one.up.t_s - one.down.t_s <= CONTACT_S[1]
    return one.down is not None or one.up is not None


def _contact(seen: Seen, one: Contact, number: int) -> Finding:
    if not one.down or not one.up:
        frames = (int(seen.frames[one.first]), int(seen.frames[one.last]))
        ends = one.first == 0 or one.last == len(seen.t_s) - 1
        why = "contact_cut_off" if ends else ("toe_off_unclear" if one.down else "touch_down_unclear")
        return finding("contact_time", None, frames, side=one.side, number=number, reasons=(why,))
    value = one.up.t_s - one.down.t_s, math.hypot(one.up.sigma_s, one.down.sigma_s), "s"
    return finding("contact_time", value, frames_between(seen, one.down.t_s, one.up.t_s), side=one.side, number=number)


def _steps(seen: Seen, contacts: list[Contact]) -> list[Step]:
    """The steps by the ends of the contacts that give more of them."""
    return max((_steps_by(seen, contacts, leaves) for leaves in (True, False)), key=len)


def _steps_by(seen: Seen, contacts: list[Contact], leaves: bool) -> list[Step]:
    found = []
    ends = [(one, end) for one in contacts if (end := one.up if leaves else one.down) is not None]
    for (one, from_end), (other, to_end) in pairwise(ends):
        seconds = to_end.t_s - from_end.t_s
        if one.side is other.side or not STEP_S[0] <= seconds <= STEP_S[1]:
            continue
        places = [_stands(seen, contact) for contact in (one, other)]
        length = None
        if places[0] and places[1]:
            length = abs(places[1][0] - places[0][0]), math.hypot(places[0][1], places[1][1])
        sigma = math.hypot(from_end.sigma_s, to_end.sigma_s)
        found.append(Step(other.side, (seconds, sigma), length, from_end.t_s, to_end.t_s))
    # A contact that was missed makes three steps look like one.
    usual = float(np.median([step.seconds[0] for step in found])) if found else 0.0
    return [step for step in found if step.seconds[0] < LONG_STEP * usual]


def _stands(seen: Seen, one: Contact) -> tuple[float, float] | None:
    """Where a foot stands along the ground, in units, with its sigma: its toe over the first half of the contact."""
    toe = seen.skeleton.place(f"{one.side}_foot_index")
    middle = slice(one.first, max(one.first + 2, (one.first + one.last) // 2 + 1))
    x = seen.raw[middle, toe, 0]
    if not np.isfinite(x).any():
        return None
    apart = FEET_BODY * (seen.body or 0.0)
    return float(np.nanmedian(x)), math.hypot(float(np.nanmedian(seen.raw_sigma[middle, toe])), apart)


def _where(seen: Seen) -> tuple[bool | None, list[str]]:
    """Whether it is a treadmill; None where the hips do not tell and no speed is given."""
    if seen.settings.treadmill_mps is not None:
        return True, ["treadmill"]
    hips = seen.middle("hip")
    if hips is None or seen.body is None:
        return None, []
    x = hips[0][np.isfinite(hips[0][:, 0]), 0]
    if x.size and np.ptp(x) > WALKS_BODY * seen.body:
        return False, ["over_ground"]
    return None, ["stays_in_place"]


def _rhythm(seen: Seen, steps: list[Step], treadmill: bool | None) -> list[Finding]:
    mean, sigma = _period(steps)
    first, last = steps[0], steps[-1]
    frames = frames_between(seen, first.from_s, last.to_s)
    frequency = finding("step_frequency", (1.0 / mean, sigma / mean**2, "Hz"), frames)
    found = [frequency, finding("steps", (float(len(steps)), 0.0, "count"), frames)]
    for number, step in enumerate(steps, 1):
        here = frames_between(seen, step.from_s, step.to_s)
        found.append(finding("step_time", (*step.seconds, "s"), here, side=step.side, number=number))
        value, reasons = _length(seen, step, treadmill)
        found.append(finding("step_length", value, here, side=step.side, number=number, reasons=reasons))
    known = [one.measured for one in found if one.key == "step_length" and one.measured]
    if known:
        length, spread = mean_of([one.value for one in known], [one.sigma for one in known])
        if not treadmill:
            spread = math.hypot(spread, length * seen.scale_share)
        found.append(finding("mean_step_length", (length, spread, "m"), frames))
        if not treadmill:  # there the speed is given, not measured
            speed, off = length / mean, math.hypot(spread / length, sigma / mean)
            found.append(finding("speed", (speed, speed * off, "m/s"), frames))
    return found


def _period(steps: list[Step]) -> tuple[float, float]:
    """The time of a step and its standard deviation: the median slope of the instants over their count (Theil and Sen),
    which one wrong instant does not move."""
    times = np.unique([at for step in steps for at in (step.from_s, step.to_s)])
    usual = float(np.median([step.seconds[0] for step in steps]))
    own = float(np.median([step.seconds[1] for step in steps])) / math.sqrt(2.0)
    count = np.round((times - times[0]) / usual)
    a, b = np.triu_indices(len(times), 1)
    apart = count[b] - count[a]
    mean = float(np.median((times[b] - times[a])[apart > 0] / apart[apart > 0]))
    off = times - mean * count
    scatter = max(own, 1.4826 * float(np.median(np.abs(off - np.median(off)))))
    # A median slope is about 1.1 times as unsure as least squares.
    return mean, 1.1 * scatter / float(np.sqrt(np.sum((count - count.mean()) ** 2)))


def _length(seen: Seen, step: Step, treadmill: bool | None) -> tuple[tuple[float, float, str] | None, tuple[str, ...]]:
    if treadmill:
        mps = seen.settings.treadmill_mps or 0.0
        return (mps * step.seconds[0], mps * step.seconds[1], "m"), ()
    if treadmill is None:
        return None, ("treadmill_speed_unknown",)
    if step.length is None:
        return None, ("feet_not_seen",)
    return metres(seen, step.length)


def _asymmetry(each: dict[Side, list[Contact]], steps: list[Step]) -> list[Finding]:
    """Left against right in percent of their mean, plus: left larger. ``beyond_error`` where the 95 % interval does not
    hold 0."""
    contact = {
        side: [
            (one.up.t_s - one.down.t_s, math.hypot(one.up.sigma_s, one.down.sigma_s))
            for one in ones
            if one.up and one.down
        ]
        for side, ones in each.items()
    }
    step = {side: [one.seconds for one in steps if one.side is side] for side in each}
    found = []
    for key, values in (("contact_asymmetry", contact), ("step_time_asymmetry", step)):
        left, right = values[Side.LEFT], values[Side.RIGHT]
        if min(len(left), len(right)) < 2:
            found.append(finding(key, None, reasons=("too_few_steps",)))
            continue
        (a, sa), (b, sb) = (mean_of([v for v, _ in ones], [s for _, s in ones]) for ones in (left, right))
        mean = (a + b) / 2.0
        value, sigma = 100.0 * (a - b) / mean, 100.0 * math.hypot(sa, sb) / mean
        told = "beyond_error" if abs(value) > Z95 * sigma else "within_error"
        found.append(finding(key, (value, sigma, "%"), reasons=(told,)))
    return found


def _lean(seen: Seen, curves: Sequence[Curve]) -> Finding:
    """The mean lean of the trunk; the slow part of the noise and "up" do not average out."""
    trunk = next((curve for curve in curves if curve.key == "trunk"), None)
    if trunk is None:
        return finding("trunk_lean", None, reasons=("facing_unknown" if not seen.facing else "trunk_not_seen",))
    known = np.isfinite(trunk.value)
    t, up = trunk.t_s[known], np.degrees(seen.up_sigma)
    noise = float(np.sqrt(max(0.0, float(np.nanmean(trunk.sigma[known] ** 2)) - up**2)))
    parts = seen.parts("left_shoulder")[0]
    kept = parts.constant + (1 - parts.constant) * min(1.0, 2.0 * parts.slow_s / max(1e-9, float(t[-1] - t[0])))
    frames = (int(trunk.frames[known][0]), int(trunk.frames[known][-1]))
    value = float(np.mean(trunk.value[known])), math.hypot(noise * math.sqrt(kept), up), "deg"
    return finding("trunk_lean", value, frames)
