"""Squats and other repetitions: counted by one joint's angle, with depth and tempo, incomplete ones told apart.

A repetition bends the joint and straightens it again. It begins and ends a tenth of its way from the top, and its
bottom is where it is within a tenth of the lowest angle. It is incomplete where it does not reach the depth that was
asked for, or, without one, where it bends less than seven tenths of the deepest; what the recording's ends or a gap cut
is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.found import event, finding
from athletes.kinematics.model import Curve, Event, Finding, Side
from athletes.kinematics.seen import Seen
from athletes.kinematics.smoothing import stretches

Floats = NDArray[np.float64]

LEAST_DEG = 20.0
"""A way that bends a joint by less is no repetition."""
NOISE_SIGMAS = 5.0
SHALLOW = 0.7
EDGE = 0.1


@dataclass(frozen=True, slots=True)
class Repetition:
    """Places in a curve: where it begins, reaches the bottom, leaves it, ends; its lowest place; its way in degrees."""

    begin: int
    bottom: int
    leaves: int
    end: int
    lowest: int
    way_deg: float


def joint_curve(curves: Sequence[Curve], joint: str) -> Curve | None:
    """The angle of ``joint`` to count by: both sides' mean where both are seen in nine of ten frames (one of them in
    the other's gaps), else the side that was seen more."""
    found = {curve.side: curve for curve in curves if curve.key == joint}
    share = {side: float(np.isfinite(curve.value).mean()) for side, curve in found.items()}
    if not share or max(share.values()) == 0:
        return None
    if len(found) < 2 or min(share.values()) < 0.9:
        return found[max(share, key=lambda side: share[side])]
    left, right = found[Side.LEFT], found[Side.RIGHT]
    value, sigma = (left.value + right.value) / 2.0, np.hypot(left.sigma, right.sigma) / 2.0
    for one in (left, right):  # a short gap of one side is no gap of the movement
        alone = np.isfinite(one.value) & ~np.isfinite(value)
        value, sigma = np.where(alone, one.value, value), np.where(alone, one.sigma, sigma)
    return Curve(joint, left.unit, left.frames, left.t_s, value, sigma)


def repetitions_of(curve: Curve, step_s: float) -> tuple[list[Repetition], bool]:
    """The whole repetitions in order, and whether a further one was cut off by an end or a gap."""
    found: list[Repetition] = []
    cut = False
    for part in stretches(curve.t_s, np.isfinite(curve.value), step_s):
        value = curve.value[part]
        least = max(LEAST_DEG, NOISE_SIGMAS * float(np.median(curve.sigma[part])))
        turns = _turns(value, least)
        for place, (at, high) in enumerate(turns):
            if high:
                continue
            before = turns[place - 1][0] if place else None
            after = turns[place + 1][0] if place + 1 < len(turns) else None
            if before is None or after is None:
                cut = True
                continue
            if _began_bent(value, (before, at, after)):
                cut = True
                continue
            found.append(_repetition(value, (before, at, after), part.start))
    return found, cut


def _turns(value: Floats, least: float) -> list[tuple[int, bool]]:
    """The turning points of ``value`` (place, whether high) that differ by ``least`` at least, ends included."""
    turns: list[tuple[int, bool]] = []
    low = high = 0
    way = 0
    for i in range(1, value.size):
        if value[i] > value[high]:
            high = i
        if value[i] < value[low]:
            low = i
        if way >= 0 and value[high] - value[i] >= least:
            turns.append((high, True))
            way, low = -1, i
        elif way <= 0 and value[i] - value[low] >= least:
            turns.append((low, False))
            way, high = 1, i
    if way > 0:
        turns.append((high, True))
    elif way < 0:
        turns.append((low, False))
    return turns


def _began_bent(value: Floats, places: tuple[int, int, int]) -> bool:
    """Whether a repetition was under way when the stretch began or ended: one of its ends is the stretch's own, and far
    below the other."""
    before, at, after = places
    down, up = float(value[before] - value[at]), float(value[after] - value[at])
    at_begin, at_end = before == 0, after == value.size - 1
    return (at_begin and down < SHALLOW * up) or (at_end and up < SHALLOW * down)


def _repetition(value: Floats, places: tuple[int, int, int], start: int) -> Repetition:
    before, at, after = places
    down, up = value[before] - value[at], value[after] - value[at]
    begin = before + int(np.flatnonzero(value[before : at + 1] >= value[before] - EDGE * down)[-1])
    end = at + int(np.flatnonzero(value[at : after + 1] >= value[after] - EDGE * up)[0])
    bottom = before + int(np.flatnonzero(value[before : at + 1] <= value[at] + EDGE * down)[0])
    leaves = at + int(np.flatnonzero(value[at : after + 1] <= value[at] + EDGE * up)[-1])
    whole = [start + place for place in (begin, bottom, leaves, end, at)]
    return Repetition(whole[0], whole[1], whole[2], whole[3], whole[4], float(min(down, up)))


def repetition_findings(seen: Seen, curves: Sequence[Curve]) -> tuple[list[Finding], list[Event]]:
    """Count, depth and tempo of the repetitions of ``settings.joint``."""
    joint, depth_deg = seen.settings.joint, seen.settings.depth_deg
    curve = joint_curve(curves, joint)
    if curve is None:
        return [finding("repetitions", None, reasons=(*seen.reasons, "joint_not_seen"))], []
    ones, cut = repetitions_of(curve, seen.step_s)
    told = ["cut_off_not_counted"] if cut else []
    if not ones:
        return [finding("repetitions", None, reasons=(*told, "no_repetition_found"))], []
    deepest = max(one.way_deg for one in ones)
    found: list[Finding] = []
    events: list[Event] = []
    whole = 0
    for number, one in enumerate(ones, 1):
        lowest, sigma = float(curve.value[one.lowest]), float(curve.sigma[one.lowest])
        full = lowest <= depth_deg if depth_deg is not None else one.way_deg >= SHALLOW * deepest
        whole += full
        why = [] if full else ["incomplete"]
        if depth_deg is not None and abs(lowest - depth_deg) < 1.96 * sigma:
            why.append("too_close_to_call")
        frames = (int(curve.frames[one.begin]), int(curve.frames[one.end]))
        at = (int(curve.frames[one.lowest]),)
        found.append(
            finding(f"smallest_{joint}", (lowest, sigma, "deg"), at, side=curve.side, number=number, reasons=why)
        )
        for key, first, last in (
            ("down", one.begin, one.bottom),
            ("hold", one.bottom, one.leaves),
            ("up", one.leaves, one.end),
        ):
            seconds = float(curve.t_s[last] - curve.t_s[first])
            spread = math.hypot(_when_sigma(curve, first), _when_sigma(curve, last))
            found.append(finding(f"{key}_time", (seconds, spread, "s"), frames, number=number))
        for key, place in (("rep_begin", one.begin), ("rep_bottom", one.lowest), ("rep_end", one.end)):
            when = float(curve.t_s[place]), _when_sigma(curve, place)
            events.append(event(seen, key, when, None, number))
    ends = (int(curve.frames[ones[0].begin]), int(curve.frames[ones[-1].end]))
    head = [
        finding("repetitions", (float(whole), 0.0, "count"), ends, reasons=told),
        finding("incomplete_repetitions", (float(len(ones) - whole), 0.0, "count"), ends),
    ]
    return head + found, events


def _when_sigma(curve: Curve, place: int) -> float:
    """How unsure the instant is at which a curve passes a place: its sigma by its slope, a quarter second at most."""
    near = slice(max(0, place - 3), place + 4)
    t, value = curve.t_s[near], curve.value[near]
    known = np.isfinite(value)
    if known.sum() < 3:
        return 0.25
    slope = abs(float(np.polyfit(t[known] - t[known].mean(), value[known], 1)[0]))
    step = float(np.median(np.diff(t)))
    return min(0.25, math.hypot(float(curve.sigma[place]) / max(slope, 1e-6), step / math.sqrt(12.0)))
