"""When feet are on the ground: stretches in which a foot is low, their ends between frames by ``hinge``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.gains import Parts
from athletes.kinematics.hinge import Bend, Hinge, hinge
from athletes.kinematics.model import Side
from athletes.kinematics.seen import Seen
from athletes.kinematics.settings import CARRIED
from athletes.kinematics.smoothing import Filter, smooth, stretches, usual_step_s
from athletes.pose.slow_motion import GRAVITY_MPS2

Floats = NDArray[np.float64]

FOOT_CUTOFF_HZ = 10.0
LOW_BODY, LOW_SIGMAS = 0.02, 2.0
"""A foot is low within so much of the stature, or so many sigmas, of its ground level."""
SHORTEST_S, LONGEST_S = 0.06, 0.65
"""How long a foot is low in running."""
HEEL_S = 0.04
"""So long before the toe touches, somebody who lands on the heel has it on the ground or nearly so."""
LEVEL_S, AWAY_S = 0.16, 0.09
"""How much of the level and of the parabola a hinge is fitted to."""
AWAY_FRAMES = 4.5
"""So many frames of the parabola at least, where there are few a second."""
LOOK_S = 0.06
"""How far from where a foot begins to be high the instant is looked for, where it is not right there."""
STEP_MPS = (1.3, 0.7)
JUMP_MPS = (2.3, 0.8)
"""How fast a toe leaves or meets the ground, upright, in running and in jumps, and its spread: priors."""
TURN_MPS2 = 35.0
"""How strongly a foot may be turned upwards or downwards near the ground in running; a prior's spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Height:
    """A point's height over time: ``raw`` and ``smooth`` (n,), ``sigma`` of one raw value, its noise, its ground."""

    t_s: Floats
    raw: Floats
    smooth: Floats
    sigma: float
    parts: Parts
    ground: float


@dataclass(frozen=True, slots=True)
class Contact:
    """A foot on the ground between ``down`` and ``up``; None where that end is not in the recording or not clear."""

    side: Side
    down: Hinge | None
    up: Hinge | None
    first: int
    last: int


def height_of(seen: Seen, raw: Floats, sigma: Floats, parts: Parts) -> Height | None:
    """The height of a point (n, 2) made ready; None where too little of it is seen."""
    known = np.isfinite(raw[:, 1])
    if known.sum() < 10:
        return None
    cutoff_hz = max(seen.cutoff_hz, min(FOOT_CUTOFF_HZ, CARRIED / seen.step_s))
    how = Filter(cutoff_hz, seen.settings.fill_gap_s, (parts,))
    found = smooth(seen.t_s, raw[:, 1:], sigma[:, None], how)
    low = found.values[:, 0]
    if not np.isfinite(low).any():
        return None
    return Height(seen.t_s, raw[:, 1], low, float(np.nanmedian(sigma)), parts, float(np.nanpercentile(low, 20)))


def foot_height(seen: Seen, side: Side, point: str) -> Height | None:
    """The height of a foot's ``heel`` or ``foot_index``."""
    place = seen.skeleton.place(f"{side}_{point}")
    return height_of(seen, seen.raw[:, place], seen.raw_sigma[:, place], seen.parts(f"{side}_{point}")[0])


def contacts_of(seen: Seen, side: Side) -> list[Contact]:
    """The contacts of one foot in order, by its toe; where the heel meets the ground clearly before it, by the heel."""
    toe, heel = foot_height(seen, side, "foot_index"), foot_height(seen, side, "heel")
    if toe is None or seen.body is None:
        return []
    units, _ = seen.gravity()
    bend = Bend((STEP_MPS[0] * units, STEP_MPS[1] * units), (0.0, TURN_MPS2 * units))
    low = np.isfinite(toe.smooth) & (toe.smooth < toe.ground + clear(toe, seen.body))
    found = []
    for part in stretches(toe.t_s, low, seen.step_s):
        first, last = part.start, part.stop - 1
        if not SHORTEST_S <= toe.t_s[last] - toe.t_s[first] <= LONGEST_S:
            continue
        down = edge(toe, first, (first, last), (bend, False))
        up = edge(toe, last, (first, last), (bend, True))
        early = edge(heel, first, (first, last), (bend, False)) if heel is not None else None
        found.append(Contact(side, _touching(toe, heel, down, early), up, first, last))
    return found


def clear(height: Height, body: float) -> float:
    """How far above its ground a foot must be not to count as low."""
    return max(LOW_BODY * body, LOW_SIGMAS * height.sigma)


def edge(height: Height, place: int, low: tuple[int, int], how: tuple[Bend, bool]) -> Hinge | None:
    """The hinge near ``place``, where the low frames ``low`` (first, last) begin or end; None at the recording's ends
    and at gaps.

    A slow foot counts as low long before it meets the ground, so a first fit says where to look, the next ones how
    well.
    """
    t, (first, last) = height.t_s, low
    inside_s = min(LEVEL_S, 0.6 * float(t[last] - t[first]) + 1e-9)
    found = None
    for shift_s in (0.0, LOOK_S, -LOOK_S):
        found = found or _fitted(height, (float(t[place]) + shift_s, inside_s), how)
    for _ in range(2):
        if found is None:
            return None
        found = _fitted(height, (found.t_s, inside_s), how)
    return found


def _fitted(height: Height, where: tuple[float, float], how: tuple[Bend, bool]) -> Hinge | None:
    t, (at_s, inside_s), leaves = height.t_s, where, how[1]
    away_s = max(AWAY_S, AWAY_FRAMES * usual_step_s(t))
    before, after = (inside_s, away_s) if leaves else (away_s, inside_s)
    span = (t >= at_s - before) & (t <= at_s + after)
    beyond = span & ((t > at_s) if leaves else (t < at_s))
    known = np.isfinite(height.raw)
    # A gap over the event: nobody saw it.
    if (known & beyond).sum() < 3 or (span & ~known).sum() > 0.34 * span.sum():
        return None
    return hinge(t[span], height.raw[span], (height.sigma, height.parts), how)


def _touching(toe: Height, heel: Height | None, at: Hinge | None, early: Hinge | None) -> Hinge | None:
    """When the foot meets the ground: by the toe, or by the heel where that was clearly lower just before."""
    if heel is None or early is None or at is None:
        return at
    before = int(np.argmin(np.abs(toe.t_s - (at.t_s - HEEL_S))))
    lower = (toe.smooth[before] - toe.ground) - (heel.smooth[before] - heel.ground)
    if lower > 2.0 * np.hypot(toe.sigma, heel.sigma) and early.t_s < at.t_s:
        return early
    return at


def free_fall(seen: Seen) -> Bend:
    """What is known of a foot's way in a jump: it falls with the body, give or take what the ankle does."""
    units, _ = seen.gravity()
    return Bend((JUMP_MPS[0] * units, JUMP_MPS[1] * units), (-GRAVITY_MPS2 * units, 0.6 * GRAVITY_MPS2 * units))
