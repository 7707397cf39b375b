"""Finds painted stripes in a picture: both edges of each, to a fraction of a pixel, near where a camera expects them.

Paint is a stripe lighter than the grass on *both* of its sides and about as wide as a line is there. Mow stripes have
one edge only, boards and boots have no grass beside them, the cords of a net are thinner. What is found at one place
may still be wrong; ``var.measure.refine`` asks for places along a whole stripe that agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, by_camera, image, visible
from var.measure.courses import Courses
from var.measure.curves import HALF_WIDTH_M

THINNEST_PX = 0.6
"""A stripe thinner than this is hardly seen: at its best a quarter of the paint's light falls on each pixel."""

LEAST_GREEN = 3.0
"""By so many levels grass is greener than grey."""

WIDEST_PX = 60.0
LEAST_CONTRAST = 12.0
"""Grey levels (of 255) by which paint must be lighter than the grass on either side."""

PER_COURSE, SPACING_PX = 60, 6.0
"""So many places of a stripe are looked at, no nearer to each other than this."""

CANDIDATES = 3
TAPS = (-1.0, 0.0, 1.0)
"""Parallel profiles that are averaged, in pixels along the stripe."""


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Where a camera expects paint: ``index`` (n,) into the courses; ``owner`` (n,); the middle ``px`` (n, 2), the
    unit vectors ``normal`` (n, 2) across the stripe, its width ``wide_px`` (n,), pixels a metre across ``per_m``
    (n,), ``slope`` (n, 11) of the position across with the camera, and ``apart_px`` (n,) to the next place."""

    index: NDArray[np.int64]
    owner: NDArray[np.int64]
    px: Array
    normal: Array
    wide_px: Array
    per_m: Array
    slope: Array
    apart_px: Array

    def only(self, kept: NDArray[np.bool_]) -> Expected:
        """Those of a mask."""
        return Expected(
            self.index[kept],
            self.owner[kept],
            self.px[kept],
            self.normal[kept],
            self.wide_px[kept],
            self.per_m[kept],
            self.slope[kept],
            self.apart_px[kept],
        )


def expected(
    theta: Array, fixed: Array, size_px: tuple[int, int], paint: Courses, per_course: int = PER_COURSE
) -> Expected:
    """Where the camera ``theta`` expects the paint of ``paint`` in its picture."""
    places = paint.places_m
    seen = visible(theta, fixed, places)
    px = np.full((len(places), 2), np.nan)
    px[seen] = image(theta[None], fixed, places[seen])[0]
    with np.errstate(invalid="ignore"):
        inside = seen & ((px > 2) & (px < np.array(size_px) - 3)).all(axis=1)
    rows = _spaced(px, inside, paint.owner, per_course)
    if not len(rows):
        empty = np.empty(0)
        pairs = np.empty((0, 2))
        none = np.empty(0, dtype=np.int64)
        return Expected(none, none, pairs, pairs, empty, empty, np.empty((0, 11)), empty)
    at, across, along = places[rows], paint.across[rows], paint.along[rows]
    moved = np.concatenate([at + HALF_WIDTH_M * across, at - HALF_WIDTH_M * across, at + 0.05 * along, at])
    far, near, ahead, here = image(theta[None], fixed, moved)[0].reshape(4, -1, 2)
    way = ahead - here
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)
    normal = np.stack([-way[:, 1], way[:, 0]], axis=1)
    signed = ((far - near) * normal).sum(axis=1)
    normal *= np.where(signed < 0, -1.0, 1.0)[:, None]  # toward ``across``
    wide = np.abs(signed)
    slope = np.einsum("ni,nip->np", normal, by_camera(theta, fixed, at))
    owner = paint.owner[rows]
    step = np.linalg.norm(np.diff(px[rows], axis=0, append=px[rows][-1:]), axis=1)
    step[np.append(owner[1:] != owner[:-1], True)] = np.nan
    apart = np.array([SPACING_PX] * len(paint.names))
    for course in np.unique(owner):
        own = step[owner == course]
        apart[course] = np.nanmedian(own) if np.isfinite(own).any() else SPACING_PX
    found = Expected(rows, owner, here, normal, wide, wide / (2 * HALF_WIDTH_M), slope, apart[owner])
    return found.only((wide >= THINNEST_PX) & (wide <= WIDEST_PX))


def _spaced(px: Array, inside: NDArray[np.bool_], owner: NDArray[np.int64], per_course: int) -> NDArray[np.int64]:
    """Rows of places that are spread evenly along the visible part of each stripe."""
    way = np.linalg.norm(np.diff(px, axis=0, prepend=px[:1]), axis=1)
    fresh = inside & np.append(False, inside[:-1]) & np.append(False, owner[1:] == owner[:-1])
    way = np.where(fresh, way, 0.0)
    run = np.cumsum(way)
    total = np.bincount(owner, weights=way)
    spacing = np.maximum(total / per_course, SPACING_PX)[owner]
    first = np.searchsorted(owner, np.arange(owner.max() + 1))
    bucket = np.floor((run - run[first][owner]) / spacing)
    rows = np.flatnonzero(inside)
    keep = np.append(True, (np.diff(bucket[rows]) != 0) | (np.diff(owner[rows]) != 0)) if len(rows) else rows
    return rows[keep] if len(rows) else rows


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Candidates for paint: ``row`` (m,) into what was expected, ``off_px`` (m,) from there to the middle of both
    edges along the normal, ``wide_px`` (m,) between the edges, ``contrast`` (m,) in grey levels."""

    row: NDArray[np.int64]
    off_px: Array
    wide_px: Array
    contrast: Array


def look(grey: NDArray[np.uint8], sought: Expected, reach_px: Array, bgr: NDArray[np.uint8] | None = None) -> Sightings:
    """Stripes within ``reach_px`` (n,) of where they are ``sought``, in a ``grey`` picture (h, w).

    With ``bgr`` (h, w, 3), of ``soft_colours``, there must be grass on one side at least: lenses that split colours
    leave a blue or red fringe along the other.
    """
    import cv2

    count = len(sought.px)
    none = np.empty(0)
    if not count:
        return Sightings(np.empty(0, dtype=np.int64), none, none, none)
    wide = sought.wide_px
    step = np.clip(wide / 6, 0.5, 1.0)
    flank = np.maximum(1.5, 0.5 * wide)
    gap = np.maximum(1.0, 0.25 * wide)
    half = math.ceil(float(((reach_px + 0.8 * wide + gap + flank + 1) / step).max()))
    places = np.arange(-half, half + 1) * step[:, None]
    tangent = np.stack([sought.normal[:, 1], -sought.normal[:, 0]], axis=1)
    profile = np.zeros(places.shape, dtype=np.float32)
    for tap in TAPS:
        base = sought.px + tap * tangent
        u = (base[:, :1] + places * sought.normal[:, :1]).astype(np.float32)
        v = (base[:, 1:] + places * sought.normal[:, 1:]).astype(np.float32)
        profile += cv2.remap(grey, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    profile /= len(TAPS)
    return _stripes(profile, places, step, sought, reach_px, (flank, gap), grey.shape, bgr)


def _stripes(
    profile: NDArray[np.float32],
    places: Array,
    step: Array,
    sought: Expected,
    reach_px: Array,
    beside: tuple[Array, Array],
    shape: tuple[int, ...],
    bgr: NDArray[np.uint8] | None,
) -> Sightings:
    flank, gap = beside
    rows_count, length = profile.shape
    sums = np.zeros((rows_count, length + 1))
    np.cumsum(profile, axis=1, out=sums[:, 1:])
    inner = np.maximum(0, np.round(sought.wide_px * 0.35 / step)).astype(np.int64)  # on either side of the middle
    near = np.maximum(inner + 1, np.round((sought.wide_px * 0.5 + gap) / step).astype(np.int64))
    far = near + np.maximum(1, np.round(flank / step)).astype(np.int64)
    columns = np.arange(length)

    def mean(begin: NDArray[np.int64], end: NDArray[np.int64]) -> Array:
        b = np.clip(columns + begin[:, None], 0, length)
        e = np.clip(columns + end[:, None], 0, length)
        total = np.take_along_axis(sums, e, axis=1) - np.take_along_axis(sums, b, axis=1)
        return np.asarray(total / np.maximum(e - b, 1), dtype=np.float64)

    paint = mean(-inner, inner + 1)
    left, right = mean(-far, -near + 1), mean(near, far + 1)
    rise = paint - np.maximum(left, right)
    rise[np.abs(places) > reach_px[:, None]] = -np.inf
    room = (columns >= far[:, None]) & (columns < length - far[:, None])
    rise[~room] = -np.inf
    before = np.concatenate([np.full((rows_count, 1), -np.inf), rise[:, :-1]], axis=1)
    after = np.concatenate([rise[:, 1:], np.full((rows_count, 1), -np.inf)], axis=1)
    peak = (rise >= before) & (rise > after) & (rise > LEAST_CONTRAST)
    height = np.where(peak, rise, -np.inf)
    best = np.argpartition(-height, CANDIDATES, axis=1)[:, :CANDIDATES] if length > CANDIDATES else columns[None]
    row, number = np.nonzero(np.isfinite(np.take_along_axis(height, best, axis=1)))
    column = best[row, number]
    if not len(row):
        none = np.empty(0)
        return Sightings(np.empty(0, dtype=np.int64), none, none, none)
    lower = _crossing(profile, row, column, paint, left, -1, near)
    upper = _crossing(profile, row, column, paint, right, 1, near)
    off = places[row, 0] + (lower + upper) / 2 * step[row]
    across = (upper - lower) * step[row]
    wide = sought.wide_px[row]
    # Blur of the lens and of the coding adds to a thin stripe; Law 1 allows thinner ones, down to nothing.
    good = np.isfinite(across) & (across > 0.45 * wide) & (across < 1.35 * wide + 2.0)
    good &= np.abs(off) <= reach_px[row]
    at = sought.px[row] + np.where(good, off, 0.0)[:, None] * sought.normal[row]
    edge = (0.5 * wide + 1.0)[:, None] * np.abs(sought.normal[row])
    good &= ((at - edge >= 0) & (at + edge <= np.array(shape[1::-1]) - 1)).all(axis=1)
    if bgr is not None and good.any():
        beyond = (0.5 * wide + np.maximum(gap[row] + 0.5 * flank[row], 0.002 * shape[1]))[:, None] * sought.normal[row]
        good &= _grass(bgr, at - beyond) | _grass(bgr, at + beyond)
    return Sightings(row[good], off[good], across[good], rise[row, column][good])


def _crossing(
    profile: NDArray[np.float32],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    paint: Array,
    beside: Array,
    way: int,
    near: NDArray[np.int64],
) -> Array:
    """Where a profile falls to half between paint and grass, in columns, going ``way``; NaN where it does not."""
    level = (paint[row, column] + beside[row, column]) / 2
    reach = int(near[row].max()) + 2
    walk = np.clip(column[:, None] + way * np.arange(reach + 1), 0, profile.shape[1] - 1)
    values = profile[row[:, None], walk]
    under = values < level[:, None]
    under[:, 0] = False
    first = under.argmax(axis=1)
    rows = np.arange(len(row))
    inner, outer = values[rows, first - 1], values[rows, first]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (inner - level) / (inner - outer)
    return np.where(under.any(axis=1), column + way * (first - 1 + share), np.nan)


def soft_colours(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (h, w, 3) for ``look``: a little blurred, because coded colours are noisy and coarse."""
    import cv2

    return np.asarray(cv2.blur(bgr, (5, 5)), dtype=np.uint8)


def _grass(soft_bgr: NDArray[np.uint8], px: Array) -> NDArray[np.bool_]:
    """Whether the picture is greener than grey at ``px`` (n, 2)."""
    high, wide = soft_bgr.shape[:2]
    u = np.clip(np.round(px[:, 0]).astype(np.int64), 0, wide - 1)
    v = np.clip(np.round(px[:, 1]).astype(np.int64), 0, high - 1)
    blue, green, red = soft_bgr[v, u].astype(np.float64).T
    return np.asarray(green - (blue + red) / 2 > LEAST_GREEN, dtype=bool)
