"""Kicks and throws: how fast a point and a segment move at most, and when.

Speed is the derivative of the filtered way. The filter makes a short peak lower; what it may have taken is estimated
from what twice the cutoff lets through and goes into the error, as for angles. The noise makes a speed a little larger,
which is taken off in the mean square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.curves import lost_of
from athletes.kinematics.found import event, finding, metres
from athletes.kinematics.gains import Pass
from athletes.kinematics.model import Curve, Event, Finding, Movement, Side
from athletes.kinematics.seen import Seen
from athletes.kinematics.smoothing import stretches

Floats = NDArray[np.float64]

POINTS = {Movement.KICK: ("ankle", "knee"), Movement.THROW: ("wrist", "elbow")}
"""The point whose speed counts, and the joint from which its segment hangs."""
LEAST_BODIES_PER_S = 1.0
"""A point that never moves by more statures a second neither kicks nor throws."""
LEAST_SIGMAS = 4.0
FEWEST_FRAMES = 5
"""A peak that is above its half for fewer frames is hit by too few of them."""
BESIDE = 0.02
"""A foot or hand some 20 cm nearer or farther than the plane of the scale, seen from 8 to 10 m, looks so much faster or
slower."""
SHORTEST_PEAK_S = 0.05
"""A limb is above half its peak speed for longer; what is not, is a point that jumped from one limb to the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Speed:
    """A point's speed (n,) in units a second, and its sigma (n,)."""

    value: Floats
    sigma: Floats


def speed_of(seen: Seen, joint: str) -> Speed:
    """How fast ``joint`` moves."""
    rate = seen.filtered(joint, kind="rate")
    return _speed(seen, rate.values[:, 0], rate.sigma[:, 0], _wide(seen, joint)[:, 0])


def _wide(seen: Seen, *joints: str) -> Floats:
    """The velocities (n, joints, 2) that twice the cutoff lets through; unfiltered where the frame rate carries no
    such cutoff."""
    if Pass(1.0 / seen.step_s, 2.0 * seen.cutoff_hz).possible:
        return seen.filtered(*joints, kind="rate", cutoff_hz=2.0 * seen.cutoff_hz).values
    return np.asarray(np.gradient(seen.raw[:, seen.skeleton.places(*joints)], seen.t_s, axis=0))


def _speed(seen: Seen, rate: Floats, sigma: Floats, wide: Floats) -> Speed:
    size, spread = np.linalg.norm(rate, axis=1), np.sqrt(np.mean(sigma**2, axis=1))
    more = np.linalg.norm(wide, axis=1)
    # The noise across the way lengthens every speed: by sigma^2 / 2 v, where there is speed.
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(size > 2 * spread, size - spread**2 / (2 * size), size)
    return Speed(value, np.hypot(spread, lost_of(more - size, spread, seen)))


def turning_of(seen: Seen, from_joint: str, to_joint: str) -> Speed:
    """How fast the segment turns in the picture plane, radians a second, either way."""
    level, rate = seen.filtered(from_joint, to_joint), seen.filtered(from_joint, to_joint, kind="rate")
    w = level.values[:, 1] - level.values[:, 0]
    square = np.sum(w * w, axis=1)

    def turn(v: Floats) -> Floats:
        d = v[:, 1] - v[:, 0]
        return np.asarray((w[:, 0] * d[:, 1] - w[:, 1] * d[:, 0]) / square)

    sigma = np.sqrt(np.sum(rate.sigma[..., 0] ** 2, axis=1) / square)
    value, more = turn(rate.values), turn(_wide(seen, from_joint, to_joint))
    return Speed(np.abs(value), np.hypot(sigma, lost_of(np.abs(more) - np.abs(value), sigma, seen)))


def strike_findings(seen: Seen, movement: Movement) -> tuple[list[Finding], list[Event], list[Curve]]:
    """Peak speed of the foot or hand and of its segment, the faster side's; with the instant of each."""
    point, above = POINTS[movement]
    sides = {}
    for side in (Side.LEFT, Side.RIGHT):
        speed = speed_of(seen, f"{side}_{point}")
        if np.isfinite(speed.value).any():
            sides[side] = speed
    if not sides:
        why = (*seen.reasons, f"{point}_not_seen")
        return [finding("peak_speed", None, reasons=why), finding("peak_turning", None, reasons=why)], [], []
    curves = [_curve(seen, side, speed) for side, speed in sides.items()]
    side = max(sides, key=lambda one: float(np.nanmax(sides[one].value)))
    speed = sides[side]
    peak = int(np.nanargmax(speed.value))
    value, sigma = float(speed.value[peak]), float(speed.sigma[peak])
    least = max(LEAST_BODIES_PER_S * (seen.body or 0.0), LEAST_SIGMAS * sigma)
    frames = tuple(int(frame) for frame in seen.frames[max(0, peak - 2) : peak + 3])
    if value < least:
        why = (f"no_{movement}_found",)
        return [finding("peak_speed", None, frames, side=side, reasons=why)], [], curves
    lasts_s = _width_s(seen, speed, peak)
    if lasts_s < max(SHORTEST_PEAK_S, 0.55 / seen.cutoff_hz):
        why = ("points_jumped",)
        return [finding("peak_speed", None, frames, side=side, reasons=why)], [], curves
    at_edge = (
        ()
        if 2 < peak < len(seen.t_s) - 3 and np.isfinite(speed.value[peak - 2 : peak + 3]).all()
        else ("peak_at_edge",)
    )
    few = ("peak_undersampled",) if lasts_s < FEWEST_FRAMES * seen.step_s else ()
    when, when_sigma = _instant(seen, speed, peak)
    told, reasons = metres(seen, (value, math.hypot(sigma, BESIDE * value)), "m/s")
    found = [finding("peak_speed", told, frames, side=side, reasons=(*reasons, *at_edge, *few))]
    events = [event(seen, "peak_speed", (when, when_sigma), side)]
    turning = turning_of(seen, f"{side}_{above}", f"{side}_{point}")
    near = np.abs(seen.t_s - when) < 0.25
    if np.isfinite(turning.value[near]).any():
        place = int(np.flatnonzero(near)[np.nanargmax(turning.value[near])])
        degrees = float(np.degrees(turning.value[place])), float(np.degrees(turning.sigma[place]))
        found.append(
            finding("peak_turning", (*degrees, "deg/s"), (int(seen.frames[place]),), side=side, reasons=at_edge)
        )
    else:
        found.append(finding("peak_turning", None, frames, side=side, reasons=(f"{above}_not_seen",)))
    return found, events, curves


def _width_s(seen: Seen, speed: Speed, peak: int) -> float:
    """How long the speed is above half its peak."""
    high = speed.value > speed.value[peak] / 2.0
    part = next(one for one in stretches(seen.t_s, high, seen.step_s) if one.start <= peak < one.stop)
    return float(seen.t_s[part.stop - 1] - seen.t_s[part.start]) + seen.step_s


def _curve(seen: Seen, side: Side, speed: Speed) -> Curve:
    """The speed's curve in m/s, or in statures a second where no scale is known."""
    if seen.m_per_unit is not None:
        factor, unit = seen.m_per_unit, "m/s"
    else:
        factor, unit = (1.0 / seen.body, "body/s") if seen.body else (1.0, "px/s")
    return Curve("speed", unit, seen.frames, seen.t_s, speed.value * factor, speed.sigma * factor, side)


def _instant(seen: Seen, speed: Speed, peak: int) -> tuple[float, float]:
    """When the speed is largest, by a parabola through the frames around it, with its sigma."""
    t, step = float(seen.t_s[peak]), seen.step_s
    if not 0 < peak < len(seen.t_s) - 1:
        return t, step
    a, b, c = (float(v) for v in speed.value[peak - 1 : peak + 2])
    bend = a - 2 * b + c
    if not math.isfinite(bend) or bend >= 0:
        return t, step
    shift = float(np.clip(0.5 * (a - c) / bend, -0.5, 0.5))
    # The slope of the speed is unsure by what its noise changes over the filter's width.
    width_s = 0.25 / seen.cutoff_hz
    slope = float(speed.sigma[peak]) / width_s
    return t + shift * step, math.hypot(step / math.sqrt(12.0), slope / (-bend / step**2))
