"""A body with known joints before known cameras, and the real set of four views, for tests of ``athletes.space``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from athletes.pose.model import BODY33, Track
from athletes.space.camera import PosedCamera
from athletes.space.paired import Take
from touchline.origin import Origin
from touchline.timebase import ClockMap

SIZE = (1920, 1080)
STANDING = {
    "nose": (0.10, 0.0, 1.65), "eye": (0.09, 0.03, 1.68), "eye_inner": (0.09, 0.015, 1.68),
    "eye_outer": (0.08, 0.045, 1.68), "ear": (0.0, 0.08, 1.66), "mouth": (0.09, 0.025, 1.60),
    "shoulder": (0.0, 0.19, 1.45), "elbow": (0.02, 0.26, 1.16), "wrist": (0.12, 0.28, 0.92),
    "pinky": (0.14, 0.29, 0.85), "index": (0.16, 0.28, 0.84), "thumb": (0.16, 0.26, 0.87), "hip": (0.0, 0.10, 0.92),
    "knee": (0.05, 0.11, 0.50), "ankle": (0.0, 0.11, 0.09), "heel": (-0.05, 0.11, 0.03),
    "foot_index": (0.16, 0.12, 0.02),
}  # fmt: skip
"""Somebody who looks along +x: the left side's places in metres; the right side has y the other way round."""


def looking(
    name: str, at_m: tuple[float, float, float], *, f: float = 1500.0, size: tuple[int, int] = SIZE
) -> PosedCamera:
    """A camera at ``at_m`` that looks at the middle of a standing person."""
    centre = np.array(at_m)
    forward = np.array([0.0, 0.0, 1.0]) - centre
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    R = np.stack([right, np.cross(forward, right), forward])
    K = np.array([[f, 0.0, size[0] / 2 - 0.5], [0.0, f, size[1] / 2 - 0.5], [0.0, 0.0, 1.0]])
    return PosedCamera(name, size, K, R, -R @ centre, np.array([-0.05, 0.02, 1e-3, -5e-4, 0.0]))


def ring(count: int = 4, radius_m: float = 4.0) -> tuple[PosedCamera, ...]:
    """``count`` cameras around the middle, at eye height."""
    angles = 0.4 + 2 * np.pi * np.arange(count) / count
    return tuple(
        looking(f"cam{place + 1}", (radius_m * float(np.cos(a)), radius_m * float(np.sin(a)), 1.6 + 0.1 * place))
        for place, a in enumerate(angles)
    )


def walking(t_s: np.ndarray) -> np.ndarray:
    """Joints (n, 33, 3) of somebody who walks along +x with swinging arms and legs, at any times; bones keep their
    lengths."""
    out = np.empty((len(t_s), len(BODY33), 3))
    for place, joint in enumerate(BODY33.joints):
        side = 1.0 if "left" in joint else -1.0
        where = np.array(STANDING[joint.replace("left", "").replace("right", "").strip("_")])
        where = np.repeat((where * [1.0, side if joint != "nose" else 1.0, 1.0])[None], len(t_s), axis=0)
        swing = 0.5 * np.sin(2 * np.pi * t_s) * side
        limb = joint.split("_", 1)[-1]
        if limb in ("knee", "ankle", "heel", "foot_index"):
            where = _swung(where, 0.92, swing)
        elif limb in ("elbow", "wrist", "pinky", "index", "thumb"):
            where = _swung(where, 1.45, -swing)
        out[:, place] = where + np.stack([1.2 * t_s - 0.6, 0.03 * np.sin(2 * np.pi * t_s), 0 * t_s], axis=1)
    return out


def _swung(where: np.ndarray, height_m: float, angle: np.ndarray) -> np.ndarray:
    x, z = where[:, 0], where[:, 2] - height_m
    return np.stack(
        [x * np.cos(angle) - z * np.sin(angle), where[:, 1], x * np.sin(angle) + z * np.cos(angle) + height_m], axis=1
    )


def take(camera: PosedCamera, **how: Any) -> Take:
    """What ``camera`` sees of the walker: ``seconds``, ``fps``, ``begins_s`` (its clock starts so much after the
    trial's), ``noise_px`` by ``rng``, ``sigma_s`` of its clock, ``aside_m`` (another person walks there)."""
    fps, begins = how.get("fps", 50.0), how.get("begins_s", 0.0)
    t_s = np.arange(int(how.get("seconds", 1.0) * fps)) / fps
    xyz = walking(t_s + begins) + np.array(how.get("aside_m", (0.0, 0.0, 0.0)))
    noise = how.get("noise_px", 0.0)
    px = camera.project(xyz)
    if noise:
        px = px + how["rng"].normal(0.0, noise, px.shape)
    n, k = px.shape[:2]
    sigma = np.where(np.isnan(px[..., 0]), np.nan, max(noise, 1.0))
    track = Track(
        how.get("person", 0),
        np.arange(n),
        t_s,
        px,
        np.full((n, k), 0.9),
        sigma,
        camera.size_px,
        Origin.SIMULATED,
        "test",
    )
    return Take(
        camera, track, ClockMap(Fraction(begins).limit_denominator(10**6), Fraction(1), how.get("sigma_s", 0.0))
    )
