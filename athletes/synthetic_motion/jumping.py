"""Jumps with known truth: instants of the feet, and the height that the mass centre rises from take-off.

On the ground the hips follow a prescribed way and the legs reach for the feet; in the air the mass centre falls freely
and the hips are where the limbs leave them. Feet and knees are another way at landing than at take-off, as with people,
so the time in the air is not quite the height's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.pose.slow_motion import GRAVITY_MPS2
from athletes.synthetic_motion.body import HIP_Y, Arm, Foot, Posture, foot_points, mass_centre, points
from athletes.synthetic_motion.movements import BENT, LEG, RATE_HZ, Performed, eased, grid, standing_m

Floats = NDArray[np.float64]

STRETCH = 0.975
"""How much of the leg's length the hips are from the ankles at take-off."""
TOE_OFF = 0.85
"""How far the foot is rolled over its toe at take-off, radians."""


@dataclass(frozen=True, slots=True)
class Landing:
    """How somebody lands: the leg's ``stretch`` (share of its length) and the foot's ``pitch``; less of either than at
    take-off, and the hips are lower."""

    stretch: float = 0.965
    pitch: float = 0.75


def cmj(
    height_m: float, rise_m: float, dip_m: float = 0.28, landing: Landing | None = None, *, straight: float = BENT
) -> Performed:
    """A countermovement jump that rises ``rise_m`` from take-off, hands on hips; ``straight``: how much of the leg's
    length the hips are above the ankles in standing, before and after it."""
    standing = standing_m(height_m, straight)
    low = standing - dip_m
    stand_s, dip_s = 0.7, 0.55
    down = grid(stand_s + dip_s)
    before = standing - dip_m * eased((down - stand_s) / dip_s)
    return _flown(height_m, (before, np.zeros_like(before)), low, (rise_m, landing or Landing(), standing), 0.0)


def drop_jump(
    height_m: float, box_m: float, rise_m: float, contact_s: float = 0.28, landing: Landing | None = None
) -> Performed:
    """A drop from ``box_m`` and a jump that rises ``rise_m``, with about ``contact_s`` on the ground between."""
    falls_s = np.sqrt(2 * box_m / GRAVITY_MPS2)
    off = _take_off(height_m)
    stand = grid(0.6)
    fall = grid(float(falls_s))[1:]
    toes = np.concatenate((np.full(stand.size, box_m), np.maximum(box_m - 0.5 * GRAVITY_MPS2 * fall**2, 0.0)))
    hanging = eased((np.arange(toes.size) / RATE_HZ - 0.6) / (0.85 * falls_s))
    hips = toes + (0.98 * LEG + 0.039) * height_m * (1 - hanging) + (off - 0.01) * hanging
    speed_in, speed_out = GRAVITY_MPS2 * falls_s, float(np.sqrt(2 * GRAVITY_MPS2 * rise_m))
    # Braked and pushed off evenly: the way down is what makes the contact last as long as it should.
    depth_m = (contact_s - 0.02 / speed_out) / (2 / speed_in + 2 / speed_out)
    brake = grid(2 * depth_m / speed_in)[1:]
    way = hips[-1] - speed_in * brake + speed_in**2 / (4 * depth_m) * brake**2
    before = np.concatenate((hips, way))
    feet = np.concatenate((toes, 0 * way))
    return _flown(
        height_m, (before, feet), float(way[-1]), (rise_m, landing or Landing(), standing_m(height_m, BENT)), box_m
    )


def _gap(height_m: float, stretch: Floats, pitch: Floats) -> Floats:
    """How high the hips are over the toes, for legs of this stretch and feet of this pitch (n,)."""
    ankle = foot_points(Foot(np.zeros((len(pitch), 3)), pitch), height_m)["ankle"]
    across = ankle[:, 0] + 0.115 * height_m
    return np.asarray(ankle[:, 2] + np.sqrt((stretch * LEG * height_m) ** 2 - across**2))


def _take_off(height_m: float) -> float:
    return float(_gap(height_m, np.array([STRETCH]), np.array([TOE_OFF]))[0])


def _flown(
    height_m: float, before: tuple[Floats, Floats], low: float, how: tuple[float, Landing, float], box_m: float
) -> Performed:
    """What comes before the lowest point, the push-off, the flight, the landing, as one movement; ``how``: the rise,
    the landing, and how high the hips are in standing after it."""
    hips, toes = before
    rise_m, landing, standing = how
    off = _take_off(height_m)
    up_mps = float(np.sqrt(2 * GRAVITY_MPS2 * rise_m))
    push = grid(2 * (off - low) / up_mps)[1:]
    x = push / push[-1]
    risen = low + (off - low) * x**2
    began = len(hips)
    flat = np.zeros(began)
    if box_m:  # comes down on its toes
        touch = int(np.argmax(toes <= 0.0))
        since = (np.arange(began) - touch) / RATE_HZ
        falls_s = np.sqrt(2 * box_m / GRAVITY_MPS2)
        pointed = eased((since + falls_s) / (0.85 * falls_s))
        flat = TOE_OFF * np.where(since < 0, pointed, 1 - 0.45 * eased(since / 0.1))
    rolled = flat[-1] + (TOE_OFF - flat[-1]) * eased((x - 0.55) / 0.45)
    ground = (np.concatenate((hips, risen)), np.concatenate((toes, 0 * risen)), np.concatenate((flat, rolled)))
    leaves = len(ground[0]) - 1
    stance = _body(height_m, *ground)
    centre = mass_centre(stance[-3:])[:, 2]
    speed = float((centre[-1] - centre[-2]) * RATE_HZ)
    fly = grid(2.2 * speed / GRAVITY_MPS2)[1:]
    relaxed = eased(fly / (0.75 * 2 * speed / GRAVITY_MPS2))
    pitch = TOE_OFF + (landing.pitch - TOE_OFF) * relaxed
    gap = _gap(height_m, STRETCH + (landing.stretch - STRETCH) * relaxed, pitch)
    hanging = mass_centre(_body(height_m, 0 * gap + 1.0, 1.0 - gap, pitch))[:, 2] - 1.0
    flown = centre[-1] + speed * fly - 0.5 * GRAVITY_MPS2 * fly**2 - hanging
    feet = flown - gap
    lands = int(np.argmax((feet <= 0) & (fly > 0.1)))
    flown, feet, pitch = flown[:lands], feet[:lands], pitch[:lands]
    down_mps = float((flown[-2] - flown[-1]) * RATE_HZ)
    absorb_m = 0.2
    soak = grid(2 * absorb_m / down_mps)[1:]
    end = flown[-1] - down_mps * soak + down_mps**2 / (4 * absorb_m) * soak**2
    rest = grid(1.2)[1:]
    last = end[-1] + (standing - end[-1]) * eased(rest / 0.8)
    settled = np.concatenate((end, last))
    still = pitch[-1] * (1 - eased(np.arange(settled.size) / RATE_HZ / 0.09))
    z = np.concatenate((ground[0], flown, settled))
    foot = np.concatenate((ground[1], np.maximum(feet, 0.0), 0 * settled))
    roll = np.concatenate((ground[2], pitch, still))
    xyz = _body(height_m, z, foot, roll)
    flight_s = lands / RATE_HZ
    truth = {
        "rise_m": speed**2 / (2 * GRAVITY_MPS2),
        "flight_s": flight_s,
        "take_off_s": leaves / RATE_HZ,
        "landing_s": leaves / RATE_HZ + flight_s,
    }
    if box_m:
        truth["first_contact_s"] = float(np.argmax(toes <= 0.0)) / RATE_HZ
        truth["contact_s"] = truth["take_off_s"] - truth["first_contact_s"]
    return Performed(np.arange(len(z)) / RATE_HZ, xyz, truth)


def _body(height_m: float, hips_z: Floats, toe_z: Floats, pitch: Floats) -> Floats:
    n = len(hips_z)
    sunk = np.clip((0.53 * height_m - (hips_z - toe_z)) / height_m, 0.0, 0.4)
    pelvis = np.stack((np.full(n, -0.115 * height_m) - 0.3 * sunk * height_m, 0 * hips_z, hips_z), axis=1)
    feet = tuple(
        Foot(np.stack((0 * toe_z, np.full(n, sign * HIP_Y * height_m), toe_z), axis=1), pitch) for sign in (1.0, -1.0)
    )
    akimbo = Arm(np.full(n, -0.5), np.full(n, 1.4))
    return points(Posture(pelvis, 0.05 + 1.6 * sunk, (feet[0], feet[1]), (akimbo, akimbo)), height_m)
