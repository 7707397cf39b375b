"""A body of 33 points from where its pelvis, trunk, feet and arms are: legs by inverse, arms by forward kinematics.

World: metres, x the way the athlete faces, y to the athlete's left, z up. Lengths are shares of the stature (Drillis
and Contini 1966), masses and their centres those of Winter 2009, table 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import BODY33
from touchline.errors import BadValue

Floats = NDArray[np.float64]

THIGH, SHANK, TRUNK, UPPER_ARM, FOREARM, HAND = 0.245, 0.246, 0.288, 0.186, 0.146, 0.07
SHOULDER_Y, HIP_Y = 0.1295, 0.0955
FOOT = {"ankle": (-0.115, 0.039), "heel": (-0.15, 0.0), "foot_index": (0.0, 0.0)}
"""Points of a flat foot behind and above its toe (``foot_index``), about which it rolls."""
HEAD = {
    "nose": (0.06, 0.0, 0.115),
    "ear": (0.0, 0.045, 0.125),
    "eye_inner": (0.05, 0.01, 0.135),
    "eye": (0.05, 0.02, 0.135),
    "eye_outer": (0.045, 0.03, 0.135),
    "mouth": (0.052, 0.015, 0.095),
}
"""Points of the head: forward of, beside and above the middle of the shoulders, along the trunk."""
SEGMENTS = (
    ("hip", "knee", 0.100, 0.433),
    ("knee", "ankle", 0.0465, 0.433),
    ("heel", "foot_index", 0.0145, 0.5),
    ("shoulder", "elbow", 0.028, 0.436),
    ("elbow", "wrist", 0.022, 0.682),
)
TRUNK_MASS, TRUNK_CENTRE = 0.578, 0.66


@dataclass(frozen=True, slots=True, eq=False)
class Foot:
    """Where a foot is: its toe (n, 3), and how far it is rolled over the toe, heel up, radians (n,)."""

    toe: Floats
    pitch: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A leg by angles, radians (n,): thigh forward of hanging, knee flexion, foot's angle to the shank less a right
    angle (plus: toe down)."""

    thigh: Floats
    knee: Floats
    ankle: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """An arm by angles, radians (n,): upper arm forward of hanging along the trunk, elbow flexion."""

    shoulder: Floats
    elbow: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """A body over n instants: the middle of the hips (n, 3), the trunk's forward lean (n,) in radians, limbs as (left,
    right)."""

    pelvis: Floats
    lean: Floats
    legs: tuple[Foot | Leg, Foot | Leg]
    arms: tuple[Arm, Arm]


def points(posture: Posture, height_m: float) -> Floats:
    """The body's points (n, 33, 3) in metres. Raises ``BadValue`` for a foot that no leg of this stature reaches."""
    n = len(posture.pelvis)
    out = np.zeros((n, len(BODY33), 3))

    def put(name: str, at: Floats) -> None:
        out[:, BODY33.place(name)] = at

    up = np.stack((np.sin(posture.lean), np.zeros(n), np.cos(posture.lean)), axis=1)
    ahead = np.stack((np.cos(posture.lean), np.zeros(n), -np.sin(posture.lean)), axis=1)
    left = np.array([0.0, 1.0, 0.0])
    neck = posture.pelvis + TRUNK * height_m * up
    for sign, side, leg, arm in (
        (1.0, "left", posture.legs[0], posture.arms[0]),
        (-1.0, "right", posture.legs[1], posture.arms[1]),
    ):
        hip = posture.pelvis + sign * HIP_Y * height_m * left
        put(f"{side}_hip", hip)
        below = _reached(hip, leg, height_m) if isinstance(leg, Foot) else _turned(hip, leg, height_m)
        for name, at in below.items():
            put(f"{side}_{name}", at)
        shoulder = neck + sign * SHOULDER_Y * height_m * left
        upper = _turn(-posture.lean + arm.shoulder)
        lower = _turn(-posture.lean + arm.shoulder + arm.elbow)
        elbow = shoulder + UPPER_ARM * height_m * upper
        wrist = elbow + FOREARM * height_m * lower
        for name, at in (("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist)):
            put(f"{side}_{name}", at)
        for name, share in (("pinky", 0.9), ("index", 1.0), ("thumb", 0.6)):
            put(f"{side}_{name}", wrist + share * HAND * height_m * lower)
        for name, (x, y, z) in HEAD.items():
            place = {"nose": "nose", "mouth": f"mouth_{side}"}.get(name, f"{side}_{name}")
            put(place, neck + height_m * (x * ahead + sign * y * left + z * up))
    return out


def _turn(angle: Floats) -> Floats:
    """Unit vectors (n, 3) hanging down, turned forward by ``angle``."""
    return np.stack((np.sin(angle), np.zeros_like(angle), -np.cos(angle)), axis=1)


def foot_points(foot: Foot, height_m: float) -> dict[str, Floats]:
    """Ankle, heel and toe of a foot (n, 3)."""
    c, s = np.cos(foot.pitch), np.sin(foot.pitch)
    found = {}
    for name, (x, z) in FOOT.items():
        away = np.stack((x * c + z * s, np.zeros_like(c), -x * s + z * c), axis=1)
        found[name] = foot.toe + height_m * away
    return found


def _reached(hip: Floats, foot: Foot, height_m: float) -> dict[str, Floats]:
    found = foot_points(foot, height_m)
    way = found["ankle"] - hip
    far = np.linalg.norm(way, axis=1)
    a, b = THIGH * height_m, SHANK * height_m
    if np.any(far > (a + b) * 1.0001):
        raise BadValue("athletes.errors.leg_too_short", far_m=float(far.max()), leg_m=a + b)
    along = np.clip((a * a - b * b + far * far) / (2 * far), -a, a)
    out = np.sqrt(np.maximum(a * a - along * along, 0.0))
    line = way / far[:, None]
    front = np.array([1.0, 0.0, 0.0]) - line * line[:, :1]
    front /= np.linalg.norm(front, axis=1)[:, None]
    found["knee"] = hip + along[:, None] * line + out[:, None] * front
    return found


def _turned(hip: Floats, leg: Leg, height_m: float) -> dict[str, Floats]:
    knee = hip + THIGH * height_m * _turn(leg.thigh)
    ankle = knee + SHANK * height_m * _turn(leg.thigh - leg.knee)
    pitch = leg.ankle - (leg.thigh - leg.knee)
    still = foot_points(Foot(np.zeros_like(hip), pitch), height_m)
    return {
        "knee": knee,
        "ankle": ankle,
        **{name: ankle + still[name] - still["ankle"] for name in ("heel", "foot_index")},
    }


def mass_centre(xyz: Floats) -> Floats:
    """The centre of mass (n, 3) of bodies (n, 33, 3)."""

    def at(name: str) -> Floats:
        return np.asarray(xyz[:, BODY33.place(name)])

    hips = (at("left_hip") + at("right_hip")) / 2
    neck = (at("left_shoulder") + at("right_shoulder")) / 2
    total = TRUNK_MASS * (hips + TRUNK_CENTRE * (neck - hips))
    for upper, lower, mass, share in SEGMENTS:
        for side in ("left", "right"):
            a, b = at(f"{side}_{upper}"), at(f"{side}_{lower}")
            total = total + mass * (a + share * (b - a))
    return np.asarray(total)
