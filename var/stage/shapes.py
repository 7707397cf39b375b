"""Triangles for what stands on and above the pitch: (n, 3) vertices in metres of the pitch frame, (m, 3) faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Faces = NDArray[np.int64]
Colour = tuple[int, int, int, int]
"""Red, green, blue and opacity, 0 to 255."""


class Kind(StrEnum):
    """How a part is drawn: ``GROUND`` lies on the grass and needs no light, ``SOLID`` is lit, ``GLASS`` is seen
    through."""

    GROUND = "ground"
    SOLID = "solid"
    GLASS = "glass"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Triangles of one colour. The name begins with the kind, for whoever reads it in a GLB file."""

    name: str
    kind: Kind
    colour: Colour
    vertices: Floats
    faces: Faces


Mesh = tuple[Floats, Faces]


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes)])
    faces = [own + start for (_, own), start in zip(meshes, starts[:-1], strict=True)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(faces)


def rectangle(low: tuple[float, float], high: tuple[float, float], z: float) -> Mesh:
    """A flat rectangle, seen from above."""
    (x0, y0), (x1, y1) = low, high
    corners = np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]], dtype=np.float64)
    return corners, np.array([[0, 1, 2], [0, 2, 3]])


def strip(left: Floats, right: Floats) -> Mesh:
    """The surface between two polylines (n, 3) of as many points."""
    n = len(left)
    i = np.arange(n - 1)
    faces = np.concatenate([np.stack([i, i + n, i + n + 1], 1), np.stack([i, i + n + 1, i + 1], 1)])
    return np.concatenate([left, right]), faces


def ring(centre: tuple[float, float], radii: tuple[float, float], angles: Floats, z: float) -> Mesh:
    """A flat arc between two radii about ``centre``."""
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    inner, outer = (np.column_stack([np.array(centre) + r * around, np.full(len(angles), z)]) for r in radii)
    return strip(outer, inner)


def disc(centre: ArrayLike, axes: Floats, z: float, segments: int = 40, inner: float = 0.0) -> Mesh:
    """A flat ellipse whose half axes are the columns of ``axes`` (2, 2); with ``inner`` (0 to 1) only its rim."""
    angle = np.linspace(0.0, 2 * np.pi, segments + 1)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ axes.T
    edges = [np.column_stack([np.asarray(centre) + share * around, np.full(len(angle), z)]) for share in (1.0, inner)]
    return strip(edges[0], edges[1])


def wall(x: float, ys: Floats, height: float) -> Mesh:
    """An upright wall along the y axis at ``x``, cut at each of ``ys`` and at half its height."""
    meshes = []
    for low, high in ((0.0, height / 2), (height / 2, height)):
        bottom, top = (np.column_stack([np.full(len(ys), x), ys, np.full(len(ys), z)]) for z in (low, high))
        meshes.append(strip(bottom, top))
    return joined(meshes)


def tube(start: ArrayLike, end: ArrayLike, radii: tuple[float, float], segments: int = 12) -> Mesh:
    """A tapered rod with round ends between two places."""
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    way = last - first
    length = float(np.linalg.norm(way))
    along = way / length
    side = np.cross(along, [1.0, 0.0, 0.0] if abs(along[0]) < 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    other = np.cross(along, side)
    bow = np.linspace(-np.pi / 2, 0.0, 4)
    heads = [(radii[0] * np.sin(a), radii[0] * np.cos(a)) for a in bow]
    tails = [(length + radii[1] * np.sin(-a), radii[1] * np.cos(a)) for a in bow[::-1]]
    return _turned(np.array(heads + tails), first, (along, side, other), segments)


def ellipsoid(centre: ArrayLike, semi: tuple[float, float, float], segments: int = 14) -> Mesh:
    """An ellipsoid with its axes along x, y and z."""
    bow = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    profile = np.stack([np.sin(bow), np.cos(bow)], axis=1)
    axes = np.eye(3)
    vertices, faces = _turned(profile, np.zeros(3), (axes[2], axes[0], axes[1]), segments)
    return vertices * np.array(semi) + np.asarray(centre), faces


def lathe(profile: Floats, depth: float, segments: int = 18) -> Mesh:
    """A body turned about the z axis: ``profile`` (n, 2) holds height and half width along y; along x it is ``depth``
    times as thick."""
    axes = np.eye(3)
    vertices, faces = _turned(profile, np.zeros(3), (axes[2], axes[0], axes[1]), segments)
    return vertices * np.array([depth, 1.0, 1.0]), faces


def _turned(profile: Floats, origin: Floats, axes: tuple[Floats, Floats, Floats], segments: int) -> Mesh:
    """``profile`` (n, 2: along the axis, radius) turned about the first of ``axes``, faces outward."""
    along, side, other = axes
    angle = np.linspace(0.0, 2 * np.pi, segments, endpoint=False)
    circle = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * other
    rings = origin + profile[:, None, :1] * along + profile[:, None, 1:] * circle
    n, i = len(profile), np.arange(segments)
    j = (i + 1) % segments
    faces = []
    for k in range(n - 1):
        a, b = k * segments, (k + 1) * segments
        faces += [np.stack([a + i, a + j, b + j], 1), np.stack([a + i, b + j, b + i], 1)]
    return rings.reshape(-1, 3), np.concatenate(faces)
