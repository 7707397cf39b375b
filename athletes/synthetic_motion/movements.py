"""Movements with known truth: when feet touch and leave, how high the mass centre rises, how fast a foot or hand is.

Each is made at ``RATE_HZ`` and read between by straight lines. ``Performed.truth`` holds the numbers, ``touches`` the
contacts of each foot as (side, from_s, to_s), times after the movement's beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import BODY33
from athletes.synthetic_motion.body import FOOT, HIP_Y, SHANK, THIGH, Arm, Foot, Leg, Posture, points

Floats = NDArray[np.float64]

RATE_HZ = 2000.0
LEG = THIGH + SHANK
BENT, UPRIGHT = 0.985, 0.998
"""How much of the leg's length the hips are above the ankles in standing: knees of 160 degrees, and of 173 as of people
who stand relaxed."""


@dataclass(frozen=True, slots=True, eq=False)
class Performed:
    """A movement: ``t_s`` (m,), ``xyz_m`` (m, 33, 3), truth by name, contacts of the feet."""

    t_s: Floats
    xyz_m: Floats
    truth: Mapping[str, float]
    touches: tuple[tuple[str, float, float], ...] = ()
    repetitions: tuple[Mapping[str, float], ...] = field(default=())

    def at(self, t_s: Floats) -> Floats:
        """The points (n, 33, 3) at ``t_s`` (n,)."""
        place = np.clip(t_s * RATE_HZ, 0, len(self.t_s) - 1.000001)
        low = place.astype(np.int64)
        part = (place - low)[:, None, None]
        return np.asarray((1 - part) * self.xyz_m[low] + part * self.xyz_m[low + 1])

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return float(self.t_s[-1])


def eased(x: Floats) -> Floats:
    """From 0 to 1 without a jolt at either end."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x * x))


def arms(n: int, shoulder: float = 0.2, elbow: float = 0.35) -> Arm:
    """An arm held still."""
    return Arm(np.full(n, shoulder), np.full(n, elbow))


def planted(n: int, height_m: float, sign: float, x_m: float = 0.0) -> Foot:
    """A foot flat on the ground, under its hip."""
    return Foot(np.tile([x_m, sign * HIP_Y * height_m, 0.0], (n, 1)), np.zeros(n))


def grid(seconds: float) -> Floats:
    """Instants at ``RATE_HZ`` for so long."""
    return np.arange(int(seconds * RATE_HZ) + 1) / RATE_HZ


def standing_m(height_m: float, straight: float) -> float:
    """How high the hips are of somebody who stands; ``straight`` as ``BENT`` and ``UPRIGHT``."""
    return (straight * LEG + FOOT["ankle"][1]) * height_m


def squats(
    height_m: float,
    depths: tuple[float, ...],
    tempo_s: tuple[float, float, float] = (0.9, 0.3, 0.8),
    *,
    straight: float = BENT,
) -> Performed:
    """Squats; ``depths`` are how far the hips sink, as shares of the leg; ``tempo_s`` down, hold, up; ``straight``: how
    much of the leg's length the hips are above the ankles in standing."""
    down, hold, up = tempo_s
    each = down + hold + up + 0.7
    t = grid(0.8 + each * len(depths))
    sunk = np.zeros_like(t)
    rows = []
    for place, depth in enumerate(depths):
        begin = 0.8 + place * each
        at = t - begin
        sunk += depth * (eased(at / down) - eased((at - down - hold) / up))
        rows.append({"from_s": begin, "bottom_s": begin + down + hold / 2, "to_s": begin + down + hold + up})
    standing = standing_m(height_m, straight)
    n = len(t)
    pelvis = np.stack(
        (-0.115 * height_m - 0.35 * sunk * LEG * height_m, 0 * t, standing - sunk * LEG * height_m), axis=1
    )
    lean = 0.05 + 1.1 * sunk
    feet = planted(n, height_m, 1.0, 0.0), planted(n, height_m, -1.0, 0.0)
    raised = Arm(0.2 + 1.2 * sunk / max(0.3, max(depths)), np.full(n, 0.2))
    xyz = points(Posture(pelvis, lean, feet, (raised, raised)), height_m)
    return Performed(t, xyz, {"count": float(len(depths))}, (), tuple(rows))


def kick(height_m: float, quick_s: float = 0.22) -> Performed:
    """A kick with the right leg; the faster, the shorter ``quick_s``."""
    t = grid(1.6)
    n, begin = len(t), 0.7
    back = eased((t - 0.2) / 0.45)
    swing = eased((t - begin) / quick_s)
    thigh = -0.7 * back + 1.5 * swing
    knee = 0.15 + 1.5 * back - 1.4 * eased((t - begin - 0.25 * quick_s) / (0.9 * quick_s))
    leg = Leg(thigh, knee, np.full(n, 0.5))
    pelvis = np.stack((-0.1 * height_m + 0.25 * eased(t / 1.2), 0 * t, np.full(n, 0.497 * height_m)), axis=1)
    support = planted(n, height_m, 1.0, 0.1)
    xyz = points(Posture(pelvis, np.full(n, 0.1), (support, leg), (arms(n), arms(n, -0.3))), height_m)
    return Performed(t, xyz, _fastest(t, xyz, "right_ankle"))


def throw(height_m: float, quick_s: float = 0.2) -> Performed:
    """A throw with the right arm, over the shoulder; the faster, the shorter ``quick_s``."""
    t = grid(1.6)
    n, begin = len(t), 0.7
    lift = eased((t - 0.15) / 0.5)
    swing = eased((t - begin) / (1.3 * quick_s))
    arm = Arm(0.2 + 2.6 * lift - 1.6 * swing, 0.3 + 1.5 * lift - 1.5 * eased((t - begin - 0.3 * quick_s) / quick_s))
    pelvis = np.stack((0.1 * eased((t - 0.4) / 0.8), 0 * t, np.full(n, 0.47 * height_m)), axis=1)
    rear = Foot(planted(n, height_m, -1.0, -0.05).toe, 0.7 * eased((t - 0.4) / 0.5))
    feet = planted(n, height_m, 1.0, 0.4), rear
    lean = -0.2 * lift + 0.6 * eased((t - 0.6) / 0.4)
    xyz = points(Posture(pelvis, lean, feet, (arms(n), arm)), height_m)
    return Performed(t, xyz, _fastest(t, xyz, "right_wrist"))


def _fastest(t: Floats, xyz: Floats, joint: str) -> dict[str, float]:
    speed = np.linalg.norm(np.gradient(xyz[:, BODY33.place(joint)], t, axis=0), axis=1)
    place = int(np.argmax(speed))
    return {"peak_mps": float(speed[place]), "peak_s": float(t[place])}


def running(
    height_m: float, speed_mps: float, step_hz: float, contact_s: float, treadmill: bool = False, uneven_s: float = 0.0
) -> Performed:
    """Three seconds of running. ``uneven_s``: the left foot's contact is longer, the right's shorter, by half of it."""
    t = grid(3.0 if treadmill else 2.0)
    period = 2.0 / step_hz
    pelvis_x = 0 * t if treadmill else speed_mps * (t - 1.0)
    ground_x = -speed_mps * t if treadmill else 0 * t
    bob = 0.022 * height_m / 1.75
    pelvis_z = 0.462 * height_m - bob * np.cos(2 * np.pi * step_hz * (t - contact_s / 2))
    touches: list[tuple[str, float, float]] = []
    feet, swings = [], []
    for sign, side, late in ((1.0, "left", 0.0), (-1.0, "right", 1.0 / step_hz)):
        held = contact_s + sign * uneven_s / 2
        start = late - period * np.ceil((late + period) / period)
        toe, pitch = np.zeros((len(t), 3)), np.zeros(len(t))
        toe[:, 1] = sign * 0.04 * height_m
        ahead = 0.5 * speed_mps * held - 0.01 * height_m
        for begin in np.arange(start, t[-1] + period, period):
            leave, again = begin + held, begin + period
            on = (t >= begin) & (t < leave)
            off = (t >= leave) & (t < again)
            # Where the foot stands, in the ground's own frame.
            here = speed_mps * (begin - (0.0 if treadmill else 1.0)) + ahead
            there = here + speed_mps * period
            roll = eased((t[on] - begin - 0.35 * held) / (0.65 * held))
            toe[on, 0], pitch[on] = here, 0.95 * roll
            part = (t[off] - leave) / (again - leave)
            toe[off, 0], toe[off, 2], pitch[off] = _swing(
                part, again - leave, (here, there), (height_m, min(0.13, 0.04 + 0.012 * speed_mps))
            )
            if begin >= 0 and leave <= t[-1]:
                touches.append((side, float(begin), float(leave)))
        toe[:, 0] += ground_x
        feet.append(Foot(toe, pitch))
        swings.append(np.sin(2 * np.pi * (t - late - contact_s / 2) / period))
    pelvis = np.stack((pelvis_x, 0 * t, pelvis_z), axis=1)
    lean = np.radians(8.0) + np.radians(1.5) * np.cos(2 * np.pi * step_hz * t)
    moving = tuple(Arm(-0.1 - 0.7 * swing, np.full(len(t), 1.5)) for swing in swings)
    xyz = points(Posture(pelvis, lean, (feet[0], feet[1]), (moving[0], moving[1])), height_m)
    truth = {
        "step_hz": step_hz,
        "contact_s": contact_s,
        "flight_s": 1.0 / step_hz - contact_s,
        "step_m": speed_mps / step_hz,
        "speed_mps": speed_mps,
        "lean_deg": float(np.degrees(lean.mean())),
    }
    return Performed(t, xyz, truth, tuple(sorted(touches, key=lambda one: one[1])))


def _swing(
    x: Floats, seconds: float, ends: tuple[float, float], sizes: tuple[float, float]
) -> tuple[Floats, Floats, Floats]:
    """Toe's way along and above the ground and the foot's pitch over a swing, ``x`` from 0 to 1."""
    (here, there), (height_m, lift) = ends, sizes
    along = here + (there - here) * np.asarray(x**2 * (3 - 2 * x))
    rises, falls = 1.6 * seconds, -1.1 * seconds
    hermite = x * (1 - x) ** 2 * rises - x**2 * (1 - x) * falls
    bump = lift * height_m * np.sin(np.pi * np.clip(x * 1.05, 0, 1)) ** 2
    pitch = 0.95 + 0.75 * np.sin(np.pi * np.clip(x / 0.7, 0, 1)) - 0.95 * eased((x - 0.25) / 0.65)
    return along, hermite + bump, pitch
