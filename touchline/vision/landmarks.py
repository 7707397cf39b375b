"""The points of one body, found by the landmark network of the pose models in a square around a person.

The network was made for the square that a pose tracker shows it: around the whole body and turned with it. An upright
square ``ROOM`` times as high as a person does for who stands or runs, also where people are small in a wide picture
(docs/experiments/007); of somebody who leans or lies the network says itself how the square should be turned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.vision.runtime import Network, Picture

Floats = NDArray[np.float64]

ROOM = 1.25
POINTS = 33
"""The points of a body, in the order of MediaPipe's pose."""
MIRRORED = (0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(place + 1 - 2 * (place % 2 == 0) for place in range(11, POINTS)))
"""Which point each one is in a mirror."""
_ROWS, _VALUES = 39, 5  # six further rows are for trackers

COARSER = 4
"""The network's maps of where each point may be have one cell for so many pixels of the patch a side."""
AROUND = 3
"""Cells to each side of the first guess within which a map makes it better."""
SEEN = 0.5
"""A map whose highest cell there is less likely than that says nothing."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A square of a picture that is shown to the network: its ``middle`` in pixels ((0, 0) is the middle of the first
    one), its ``side``, and by how much it is turned clockwise, so that somebody who leans or lies stands upright in
    it."""

    middle: tuple[float, float]
    side: float
    turn_rad: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """One body: ``px`` (33, 2) in pixels of the picture, (0, 0) the middle of the first one; ``confidence`` (33,), 0 to
    1, that a point is in the patch and not hidden; ``presence``, 0 to 1, that there is a body at all. A confident
    point can be wrong. ``upright`` is the patch in which the body stands upright: shown it again, or the next picture
    there, the network sees better."""

    px: Floats
    confidence: Floats
    presence: float
    upright: Patch


def patch_around(box: tuple[float, float, float, float], room: float = ROOM) -> Patch:
    """The patch that is shown to the network for an upright person in ``box`` (left, top, right, bottom)."""
    left, top, right, bottom = box
    return Patch(((left + right) / 2, (top + bottom) / 2), room * (bottom - top))


def find_landmarks(picture: Picture, shown: Patch, network: Network, *, mirrored: bool = False) -> Landmarks:
    """The body in the patch ``shown`` of ``picture`` (height, width, 3; 8-bit BGR); ``mirrored`` shows the network the
    patch in a mirror, where it errs in other ways."""
    import cv2

    scale = shown.side / network.size_px
    step = _from_patch(shown, network.size_px)
    if scale > 2:  # every pixel of the source must count, or thin limbs fall between those that are read
        picture, step[:, 2] = _softened(picture, shown, scale, step[:, 2])
    crop = cv2.warpAffine(
        picture,
        step,
        (network.size_px, network.size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    values = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)
    cells = network.size_px // COARSER
    shapes = ((1, _ROWS * _VALUES), (1, 1), (1, cells, cells, _ROWS))
    raw, presence, maps = network(values[:, ::-1] if mirrored else values, shapes)
    rows = raw.reshape(_ROWS, _VALUES)
    rows[:POINTS, :2] = by_maps(rows[:POINTS, :2], maps[..., :POINTS])
    if mirrored:
        rows[:, 0] = network.size_px - rows[:, 0]
        rows[:POINTS] = rows[list(MIRRORED)]
    return read_landmarks(raw, float(presence[0]), shown, network.size_px)


def by_maps(px: NDArray[np.float32], maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """The points ``px`` (n, 2) of a patch, each at the middle of mass of its likelihood around it.

    ``maps`` (cells, cells, n) are logits that a cell holds the point. The network gives a point twice, as a number and
    as a map; the number alone is about a pixel of the patch worse (docs/experiments/013), and MediaPipe's own tracker
    does as here. What lies outside or has no likely cell around it stays.
    """
    cells, n = maps.shape[0], len(px)
    near = np.arange(-AROUND, AROUND + 1)
    at = np.floor(px.astype(np.float64) / COARSER).astype(np.int64)
    inside = ((at >= 0) & (at < cells)).all(axis=1)
    columns, rows = at[:, 0, None] + near, at[:, 1, None] + near
    there = ((rows >= 0) & (rows < cells))[:, :, None] & ((columns >= 0) & (columns < cells))[:, None, :]
    held = np.clip(rows, 0, cells - 1)[:, :, None], np.clip(columns, 0, cells - 1)[:, None, :]
    logits = maps[held[0], held[1], np.arange(n)[:, None, None]].astype(np.float64)
    likely = np.where(there, 1.0 / (1.0 + np.exp(-np.clip(logits, -60, 60))), 0.0)
    whole = likely.sum(axis=(1, 2))
    better = inside & (likely.max(axis=(1, 2)) >= SEEN)
    mass = np.where(better, whole, 1.0)
    u = (likely.sum(axis=1) * columns).sum(axis=1) / mass
    v = (likely.sum(axis=2) * rows).sum(axis=1) / mass
    return np.where(better[:, None], COARSER * np.column_stack([u, v]), px).astype(np.float32)


def _from_patch(shown: Patch, size_px: int) -> Floats:
    """The matrix (2, 3) from pixels of the patch, ``size_px`` wide, to pixels of the picture."""
    scale = shown.side / size_px
    cos, sin = scale * np.cos(shown.turn_rad), scale * np.sin(shown.turn_rad)
    turn = np.array([[cos, -sin], [sin, cos]])
    middle = np.array([(size_px - 1) / 2] * 2)
    return np.column_stack([turn, np.array(shown.middle) - turn @ middle])


def _softened(picture: Picture, shown: Patch, scale: float, start: Floats) -> tuple[Picture, Floats]:
    """The part of the picture around the patch, blurred as far as it is made smaller, and ``start`` in that part."""
    import cv2

    reach = shown.side / 2 * (abs(np.cos(shown.turn_rad)) + abs(np.sin(shown.turn_rad))) + 3 * scale
    (u, v), (height, width) = shown.middle, picture.shape[:2]
    left, top = min(max(0, int(u - reach)), width - 1), min(max(0, int(v - reach)), height - 1)
    part = picture[top : max(top + 1, int(v + reach)), left : max(left + 1, int(u + reach))]
    return np.asarray(cv2.GaussianBlur(part, (0, 0), 0.4 * scale), dtype=np.uint8), start - [left, top]


def read_landmarks(raw: NDArray[np.float32], presence: float, shown: Patch, size_px: int) -> Landmarks:
    """The points in what the network answered: 39 times x, y, z, and two logits (not hidden, in the picture).

    Its places count from the patch's very corner. Row 33 is the middle of the hips, row 34 lies as far above it, along
    the body, as a circle around the whole body reaches (as MediaPipe's own tracker takes them).
    """
    rows = raw.reshape(_ROWS, _VALUES).astype(np.float64)
    sure = 1.0 / (1.0 + np.exp(-np.clip(rows[:POINTS, 3:5], -60, 60)))
    step = _from_patch(shown, size_px)
    px = (rows[:, :2] - 0.5) @ step[:, :2].T + step[:, 2]
    along = px[POINTS + 1] - px[POINTS]
    turn = float(np.arctan2(along[0], -along[1]))
    upright = Patch((float(px[POINTS, 0]), float(px[POINTS, 1])), 2 * ROOM * float(np.hypot(*along)), turn)
    return Landmarks(px[:POINTS], sure.prod(axis=1), presence, upright)
