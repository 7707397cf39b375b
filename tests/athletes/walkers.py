"""People who run and turn in front of a camera, with known joints: what tests of following and of swaps look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import BODY33, Track
from touchline.origin import Origin

Floats = NDArray[np.float64]
MIRROR = np.arange(len(BODY33))
for _left, _right in BODY33.mirrored:
    MIRROR[_left], MIRROR[_right] = _right, _left


def joints_m(t_s: Floats, *, stride_hz: float = 1.4, yaw_rad: Floats | float = 0.0) -> Floats:
    """A running body in metres, (n, 33, 3): x ahead, y to its left, z up; turned about z by ``yaw_rad`` (n,)."""
    n = len(t_s)
    body = np.zeros((n, 33, 3))
    phase = 2 * np.pi * stride_hz * t_s
    for side, sign, ph in (("left", 1.0, phase), ("right", -1.0, phase + np.pi)):
        hip = np.stack([np.zeros(n), np.full(n, 0.09 * sign), np.full(n, 0.92)], axis=1)
        thigh, knee_bend = 0.55 * np.sin(ph), 0.9 * np.clip(np.sin(ph + 1.2), 0, None) + 0.15
        knee = hip + 0.43 * np.stack([np.sin(thigh), np.zeros(n), -np.cos(thigh)], axis=1)
        shank = thigh - knee_bend
        ankle = knee + 0.43 * np.stack([np.sin(shank), np.zeros(n), -np.cos(shank)], axis=1)
        shoulder = np.stack([np.full(n, 0.05), np.full(n, 0.18 * sign), np.full(n, 1.42)], axis=1)
        arm = -0.6 * np.sin(ph)
        elbow = shoulder + 0.3 * np.stack([np.sin(arm), np.full(n, 0.15 * sign), -np.cos(arm)], axis=1)
        wrist = elbow + 0.26 * np.stack([np.sin(arm + 1.3), np.zeros(n), -np.cos(arm + 1.3)], axis=1)
        placed = {"hip": hip, "knee": knee, "ankle": ankle, "shoulder": shoulder, "elbow": elbow, "wrist": wrist}
        placed["heel"] = ankle + np.stack([-0.05 * np.ones(n), np.zeros(n), -0.05 * np.ones(n)], axis=1)
        toe = [0.15 * np.cos(shank), np.zeros(n), 0.15 * np.sin(shank) - 0.05]
        placed["foot_index"] = ankle + np.stack(toe, axis=1)
        for tip in ("pinky", "index", "thumb"):
            placed[tip] = wrist + np.array([0.06, 0.0, -0.03])
        for joint, at in placed.items():
            body[:, BODY33.place(f"{side}_{joint}")] = at
        for eye in ("eye_inner", "eye", "eye_outer"):
            body[:, BODY33.place(f"{side}_{eye}")] = [0.12, 0.03 * sign, 1.62]
        body[:, BODY33.place(f"{side}_ear")] = [0.02, 0.07 * sign, 1.6]
        body[:, BODY33.place(f"mouth_{side}")] = [0.12, 0.02 * sign, 1.54]
    body[:, 0] = [0.15, 0.0, 1.58]
    yaw = np.broadcast_to(np.asarray(yaw_rad, dtype=np.float64), (n,))
    turn = np.stack(
        [
            np.stack([np.cos(yaw), -np.sin(yaw), np.zeros(n)], axis=1),
            np.stack([np.sin(yaw), np.cos(yaw), np.zeros(n)], axis=1),
            np.stack([np.zeros(n), np.zeros(n), np.ones(n)], axis=1),
        ],
        axis=1,
    )
    return np.einsum("nij,nkj->nki", turn, body)


def seen_px(body_m: Floats, *, height_px: float = 500.0, across_m: Floats | float = 0.0) -> Floats:
    """The body seen from the side, (n, 33, 2): the camera looks along y from far away; ``across_m`` (n,) moves it."""
    scale = height_px / 1.7
    u = 600 + scale * (body_m[..., 0] + np.asarray(across_m, dtype=np.float64).reshape(-1, 1))
    # a little from above, so that left and right differ in v too
    v = 900 - scale * (body_m[..., 2] * np.cos(0.15) + body_m[..., 1] * np.sin(0.15))
    return np.stack([u, v], axis=-1)


def track_of(px: Floats, fps: float, *, shake_px: float = 0.0, seed: int = 0, person: int = 1) -> Track:
    """A track of these points, shaken."""
    n = len(px)
    rng = np.random.default_rng(seed)
    shaken = px + rng.normal(0, shake_px, px.shape) if shake_px else px.copy()
    return Track(
        person=person,
        frames=np.arange(n, dtype=np.int64),
        t_s=np.arange(n) / fps,
        px=shaken,
        confidence=np.full((n, 33), 0.95),
        sigma_px=np.full((n, 33), max(shake_px, 1.0)),
        size_px=(1920, 1080),
        origin=Origin.SIMULATED,
        method="walkers",
    )
