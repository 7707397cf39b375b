"""Draws a scene without any graphics hardware: triangles in the order of their distance, then soft edges.

Nothing in a scene pierces anything but a wall, and walls are cut in short pieces, so that order is right to within
some centimetres; the browser and readers of GLB files do it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from var.stage.look import View
from var.stage.shapes import Floats, Kind, Part

Picture = NDArray[np.uint8]

SKY_TOP, SKY_LOW = (64, 44, 30), (150, 132, 112)
"""Blue, green, red."""

SUN = np.array([-0.45, -0.55, 0.70])
AMBIENT = 0.62
NEAR_M = 0.3
FINER = 2
"""Pictures are drawn so many times as large and averaged: that makes their edges soft."""

BESIDE = 1.5
"""So many times as wide and high as the picture is what is drawn at all."""

_SHIFT = 3


@dataclass(frozen=True, slots=True)
class Eye:
    """A view in pixels of a picture of ``size_px`` (width, height)."""

    view: View
    size_px: tuple[int, int]

    @property
    def focal_px(self) -> float:
        """Pixels a unit of the image plane."""
        width, height = self.size_px
        narrow = min(height, 0.75 * width)  # an upright picture must not cut what a wide one shows
        return narrow / 2 / math.tan(math.radians(self.view.fov_deg / 2))

    def seen(self, places_m: Floats) -> Floats:
        """Places (n, 3) in the eye's frame: right, down, forward, in metres."""
        return np.asarray((places_m - np.array(self.view.eye_m)) @ self.view.axes().T, dtype=np.float64)

    def pixels(self, seen: Floats) -> Floats:
        """Pixels (n, 2) of places in the eye's frame that lie before it."""
        middle = (np.array(self.size_px) - 1) / 2
        return np.asarray(self.focal_px * seen[:, :2] / seen[:, 2:] + middle, dtype=np.float64)

    def project(self, place_m: Sequence[float]) -> tuple[float, float] | None:
        """The pixel of one place; None behind the eye."""
        seen = self.seen(np.array([place_m], dtype=np.float64))
        if seen[0, 2] <= NEAR_M:
            return None
        u, v = self.pixels(seen)[0]
        return float(u), float(v)


def paint(parts: Sequence[Part], view: View, size_px: tuple[int, int]) -> Picture:
    """The picture (height, width, 3), 8-bit BGR, of ``size_px`` (width, height)."""
    eye = Eye(view, (size_px[0] * FINER, size_px[1] * FINER))
    canvas = _sky(eye)
    for part in parts:
        if part.kind is Kind.GROUND:
            _ground(canvas, eye, part)
    _standing(canvas, eye, [part for part in parts if part.kind is not Kind.GROUND])
    return np.asarray(cv2.resize(canvas, size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _sky(eye: Eye) -> Picture:
    width, height = eye.size_px
    share = np.linspace(0.0, 1.0, height)[:, None]
    column = (np.array(SKY_TOP) * (1 - share) + np.array(SKY_LOW) * share).round().astype(np.uint8)
    return np.asarray(np.repeat(column, width, axis=0).reshape(height, width, 3), dtype=np.uint8)


def _before(eye: Eye, part: Part) -> Floats:
    """The triangles of a part (n, 3, 3) in the eye's frame, cut at the plane just before the eye and a little beside
    the picture (Sutherland and Hodgman, 1974): what lies far outside would not fit into fixed-point pixels."""
    seen = eye.seen(part.vertices)
    wide, high = (BESIDE * size / 2 / eye.focal_px for size in eye.size_px)
    # Each plane as (normal, offset); inside is where normal x + offset > 0.
    normals = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, wide], [-1.0, 0.0, wide], [0.0, 1.0, high], [0.0, -1.0, high]])
    offsets = np.array([-NEAR_M, 0.0, 0.0, 0.0, 0.0])
    sides = (seen @ normals.T + offsets)[part.faces]  # (n, 3 corners, 5 planes)
    inside = sides > 0
    found = [seen[part.faces[inside.all(axis=(1, 2))]]]
    for face in part.faces[inside.any(axis=1).all(axis=1) & ~inside.all(axis=(1, 2))]:
        ring = list(seen[face])
        for normal, offset in zip(normals, offsets, strict=True):
            ring = _cut(ring, normal, float(offset))
        found += [np.array([[ring[0], ring[i], ring[i + 1]]]) for i in range(1, len(ring) - 1)]
    return np.concatenate(found)


def _cut(ring: list[Floats], normal: Floats, offset: float) -> list[Floats]:
    """The part of a convex polygon on the inner side of a plane."""
    kept: list[Floats] = []
    for k, b in enumerate(ring):
        a = ring[k - 1]
        depth_a, depth_b = float(normal @ a) + offset, float(normal @ b) + offset
        if (depth_a > 0) != (depth_b > 0):
            kept.append(a + (b - a) * (depth_a / (depth_a - depth_b)))
        if depth_b > 0:
            kept.append(b)
    return kept


def _outlines(eye: Eye, triangles: Floats) -> NDArray[np.int32]:
    """Triangles (n, 3, 3) of the eye's frame as OpenCV draws them, (n, 3, 2) in fixed-point pixels."""
    pixels = eye.pixels(triangles.reshape(-1, 3)).reshape(-1, 3, 2)
    return np.asarray(np.rint(pixels * (1 << _SHIFT)), dtype=np.int32)


def _ground(canvas: Picture, eye: Eye, part: Part) -> None:
    outlines = _outlines(eye, _before(eye, part))
    if part.colour[3] == 255:
        for outline in outlines:
            cv2.fillConvexPoly(canvas, outline, part.colour[2::-1], cv2.LINE_8, _SHIFT)
    else:
        _blend(canvas, outlines, part.colour)


def _blend(
    canvas: Picture, outlines: NDArray[np.int32] | Sequence[NDArray[np.int32]], colour: tuple[int, int, int, int]
) -> None:
    """Lay a colour over the union of outlines; seams between neighbours do not count twice."""
    if not len(outlines):
        return
    height, width = canvas.shape[:2]
    corners = np.concatenate(list(outlines)) >> _SHIFT
    x0, y0 = np.maximum(corners.min(axis=0) - 1, 0)
    x1, y1 = np.minimum(corners.max(axis=0) + 2, (width, height))
    if x1 <= x0 or y1 <= y0:
        return
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    offset = np.array([x0, y0]) << _SHIFT
    for outline in outlines:
        cv2.fillConvexPoly(mask, (outline - offset).astype(np.int32), (255,), cv2.LINE_8, _SHIFT)
    part = canvas[y0:y1, x0:x1]
    tint = np.empty_like(part)
    tint[:] = colour[2::-1]
    mixed = cv2.addWeighted(part, 1 - colour[3] / 255, tint, colour[3] / 255, 0.0)
    cv2.copyTo(mixed, mask, part)


def _standing(canvas: Picture, eye: Eye, parts: Sequence[Part]) -> None:
    """Everything that stands, the far first."""
    light = eye.view.axes() @ (SUN / np.linalg.norm(SUN))
    outlines, depths, owners, colours = [], [], [], []
    limit = np.array(eye.size_px) << _SHIFT
    for index, part in enumerate(parts):
        triangles = _before(eye, part)
        outline = _outlines(eye, triangles)
        normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        length = np.linalg.norm(normal, axis=1)
        middle = triangles.mean(axis=1)
        glass = part.kind is Kind.GLASS
        shown = (length > 0) & (((normal * middle).sum(axis=1) < 0) | glass)
        shown &= (outline.max(axis=1) >= 0).all(axis=1) & (outline.min(axis=1) <= limit).all(axis=1)
        lit = (normal[shown] @ light) / length[shown]
        shade = np.ones(len(lit)) if glass else AMBIENT + (1.05 - AMBIENT) * (0.5 + 0.5 * lit)
        outlines.append(outline[shown])
        depths.append(np.linalg.norm(middle[shown], axis=1))
        owners.append(np.full(len(lit), index))
        colours.append(np.minimum(255.0, np.array(part.colour[2::-1]) * shade[:, None]))
    if not outlines:
        return
    order = np.argsort(-np.concatenate(depths), kind="stable")
    outline, owner, colour = (np.concatenate(each)[order] for each in (outlines, owners, colours))
    pending: list[NDArray[np.int32]] = []
    held = -1
    for ring, index, paint_with in zip(outline, owner.tolist(), colour.tolist(), strict=True):
        glass = parts[index].kind is Kind.GLASS
        if pending and not (glass and index == held):
            _blend(canvas, pending, parts[held].colour)
            pending = []
        if glass:
            held = index
            pending.append(ring)
        else:
            cv2.fillConvexPoly(canvas, ring, paint_with, cv2.LINE_8, _SHIFT)
    _blend(canvas, pending, parts[held].colour)
