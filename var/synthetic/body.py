"""A body that stands, walks and runs: joints from a few angles, so that every limb keeps its length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PARTS = (
    "head", "neck",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_toe", "right_toe",
)  # fmt: skip
"""Points of a body in the order of every array. Head: its centre. Heel and toe: the hindmost and foremost point of the
boot. Shoulder, hip, knee: the joint's centre."""

INDEX = {part: i for i, part in enumerate(PARTS)}

LAW11_PARTS = tuple(
    part for part in PARTS if part.removeprefix("left_").removeprefix("right_") in
    {"head", "shoulder", "hip", "knee", "heel", "toe"}
)  # fmt: skip
"""The points that count for an offside position (Law 11): no arms, no hands."""

LAW11_INDEX = np.array([INDEX[part] for part in LAW11_PARTS])

# Lengths of a body 1.80 m tall, in metres (Drillis and Contini's segment ratios, rounded).
HEIGHT = 1.80
THIGH, SHIN, ANKLE_BEHIND, ANKLE_BEFORE, SOLE = 0.43, 0.42, 0.07, 0.20, 0.05
HIP_HALF, SHOULDER_HALF, TRUNK, HEAD_UP, NECK_UP = 0.095, 0.185, 0.50, 0.235, 0.06
UPPER_ARM, FOREARM = 0.29, 0.26
BOOT_HALF = 0.04
"""Height of the boot's middle over the ground when it stands."""

LEG_REACH = 0.88


def swing(speed_mps: Floats) -> Floats:
    """Half the angle in radians through which the legs swing at a speed."""
    amplitude: Floats = 0.04 + 0.245 * np.sqrt(speed_mps)
    return amplitude


def phase_rate(speed_mps: Floats) -> Floats:
    """How fast the gait's phase runs, rad/s: as fast as keeps the standing foot from sliding."""
    rate: Floats = speed_mps / (LEG_REACH * swing(speed_mps))
    return rate


def _down(f: Floats, lateral: Floats, pitch: Floats, roll: Floats) -> Floats:
    """Unit vectors of limbs that hang down, turned forward by ``pitch`` and to the left by ``roll``."""
    out: Floats = f * (np.sin(pitch) * np.cos(roll))[..., None] + lateral * np.sin(roll)[..., None]
    out[..., 2] -= np.cos(pitch) * np.cos(roll)
    return out


def pose(
    root_m: Floats,
    velocity_mps: Floats,
    facing_rad: Floats,
    phase_rad: Floats,
    height_m: Floats,
    kick_rad: Floats,
) -> Floats:
    """Body points (..., 18, 3) in metres in the pitch frame, in the order of ``PARTS``.

    ``root_m`` (..., 2): the ground point under the pelvis; ``velocity_mps`` (..., 2); ``phase_rad``: zero where the
    right leg is farthest forward; ``kick_rad``: extra forward swing of the right leg. All leading shapes broadcast.
    """
    scale = (height_m / HEIGHT)[..., None]
    f = np.stack([np.cos(facing_rad), np.sin(facing_rad), np.zeros_like(facing_rad)], axis=-1)
    side = np.stack([-np.sin(facing_rad), np.cos(facing_rad), np.zeros_like(facing_rad)], axis=-1)
    up = np.zeros_like(f)
    up[..., 2] = 1.0
    speed = np.hypot(velocity_mps[..., 0], velocity_mps[..., 1])
    calm = speed + 0.15  # the direction of hardly any speed means nothing: fade it out
    forward = (velocity_mps * f[..., :2]).sum(-1) / calm
    across = (velocity_mps * side[..., :2]).sum(-1) / calm
    run = np.clip(speed / 7.0, 0.0, 1.2)
    amplitude = swing(speed)

    out = np.zeros((*speed.shape, len(PARTS), 3))
    lean = 0.05 + 0.19 * run * forward
    sway = 0.10 * run * across
    trunk = -_down(f, side, -lean, -sway)
    bob = np.cos(phase_rad) * 0.16 * np.clip(amplitude / 0.6, 0.1, 1.2)
    twisted = side * np.cos(bob)[..., None] + f * np.sin(bob)[..., None]  # right leg forward, right shoulder back
    hips = side * np.cos(bob * 0.4)[..., None] - f * np.sin(bob * 0.4)[..., None]
    shoulders = trunk * TRUNK * scale
    out[..., INDEX["neck"], :] = shoulders + trunk * NECK_UP * scale
    out[..., INDEX["head"], :] = shoulders + (trunk * 0.8 + up * 0.2) * HEAD_UP * scale
    for name, sign in (("left", 1.0), ("right", -1.0)):
        angle = phase_rad + (np.pi if name == "left" else 0.0)
        swung = np.maximum(0.0, -np.sin(angle))  # the leg travels forward in the second half of the cycle
        extra = kick_rad if name == "right" else np.zeros_like(kick_rad)
        pitch = (amplitude * np.cos(angle) + 0.10 * run) * forward + extra
        roll = sign * 0.03 + 0.45 * amplitude * np.cos(angle) * across
        bend = 0.17 + 0.10 * run + (0.35 + 1.25 * run) * swung**2 * np.clip(speed, 0.0, 1.0) + np.maximum(0.0, -extra)
        hip = hips * (sign * HIP_HALF) * scale
        knee = hip + _down(f, side, pitch, roll) * THIGH * scale
        ankle = knee + _down(f, side, pitch - bend, roll) * SHIN * scale
        tip = 0.75 * amplitude * np.maximum(0.0, -np.cos(angle)) * np.maximum(0.0, forward) + 0.5 * run * swung
        toward = f * np.cos(tip)[..., None] - up * np.sin(tip)[..., None]
        below = -up * np.cos(tip)[..., None] - f * np.sin(tip)[..., None]
        out[..., INDEX[f"{name}_hip"], :] = hip
        out[..., INDEX[f"{name}_knee"], :] = knee
        out[..., INDEX[f"{name}_ankle"], :] = ankle
        out[..., INDEX[f"{name}_heel"], :] = ankle + (below * SOLE - toward * ANKLE_BEHIND) * scale
        out[..., INDEX[f"{name}_toe"], :] = ankle + (below * SOLE + toward * ANKLE_BEFORE) * scale
        shoulder = shoulders + twisted * (sign * SHOULDER_HALF) * scale
        arm = -(0.05 + 0.75 * np.minimum(amplitude, 0.75)) * np.cos(angle) - 0.10 * run
        elbow = shoulder + _down(f, side, arm, np.full_like(arm, sign * 0.22)) * UPPER_ARM * scale
        fold = 0.42 + 1.03 * np.clip(speed / 4.0, 0.0, 1.0)
        wrist = elbow + _down(f, side, arm + fold, np.full_like(arm, sign * -0.05)) * FOREARM * scale
        out[..., INDEX[f"{name}_shoulder"], :] = shoulder
        out[..., INDEX[f"{name}_elbow"], :] = elbow
        out[..., INDEX[f"{name}_wrist"], :] = wrist
    feet = [INDEX[f"{side_}_{part}"] for side_ in ("left", "right") for part in ("heel", "toe")]
    flight = 0.05 * run * np.cos(phase_rad) ** 2  # with the legs apart a runner is off the ground
    lift = BOOT_HALF * scale[..., 0] + flight - out[..., feet, 2].min(axis=-1)
    out[..., 2] += lift[..., None]
    out[..., :2] += root_m[..., None, :]
    return out
