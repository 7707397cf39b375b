"""Round shapes in pictures: tapered tubes about limbs, outlines in OpenCV's fixed-point pixels, the light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from var.synthetic import kit
from var.synthetic.camera import Camera

Floats = NDArray[np.float64]
Outline = NDArray[np.int32]

SHIFT = 4
"""Pixels are given to OpenCV in sixteenths."""

SUN = np.array([0.62, 0.22, 1.0]) / np.linalg.norm([0.62, 0.22, 1.0])
"""Where the light comes from."""

SIDES = 7


def fixed(px: Floats) -> Outline:
    """Pixels in sixteenths, as OpenCV's drawing takes them."""
    out: Outline = np.round(px * (1 << SHIFT)).astype(np.int32)
    return out


def local_scale(camera: Camera, at: Floats) -> Floats:
    """Pixels a metre at points (..., 3) in the camera's frame, lens included."""
    k1, k2, _, _, k3 = camera.dist
    r2 = (at[..., 0] ** 2 + at[..., 1] ** 2) / at[..., 2] ** 2
    scale: Floats = camera.k[0][0] / at[..., 2] * (1.0 + r2 * (k1 + r2 * (k2 + r2 * k3)))
    return scale


def tube_outlines(ends: Floats, radii: Floats) -> Floats:
    """Convex outlines (..., 2 * SIDES, 2) about tapered tubes: ends (..., 2, 2) and radii (..., 2) in pixels."""
    along = ends[..., 1, :] - ends[..., 0, :]
    angle = np.arctan2(along[..., 1], along[..., 0])[..., None]
    sweep = np.linspace(-np.pi / 2.0, np.pi / 2.0, SIDES)
    front, back = angle + sweep, angle + np.pi + sweep
    tip = np.stack([np.cos(front), np.sin(front)], -1) * radii[..., 1, None, None] + ends[..., 1, None, :]
    tail = np.stack([np.cos(back), np.sin(back)], -1) * radii[..., 0, None, None] + ends[..., 0, None, :]
    return np.concatenate([tip, tail], axis=-2)


def disc(points: int) -> Floats:
    """A unit circle as an outline (points, 2)."""
    angle = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def tube_ends(bodies: Floats) -> tuple[Floats, Floats, Floats]:
    """Both ends (persons, tubes, 3) and radii (persons, tubes, 2) in metres of every tube of every body."""
    p, q = bodies[:, kit.FROM], bodies[:, kit.TO]
    a = p + kit.START[:, None] * (q - p)
    b = p + kit.END[:, None] * (q - p)
    radii = np.broadcast_to(kit.RADII_M, (*a.shape[:2], 2))
    way = (b - a) / np.maximum(np.linalg.norm(b - a, axis=-1, keepdims=True), 1e-9)
    inset = kit.INSET[:, None]
    return a + np.where(inset, way * radii[..., :1], 0.0), b - np.where(inset, way * radii[..., 1:], 0.0), radii
