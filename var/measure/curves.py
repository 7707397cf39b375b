"""Painted lines and arcs as curves in space, and where a camera sees the place of each that is nearest to a click.

A click on a line says where the line passes, not which place of it was clicked: only its distance across the line
counts. Beyond the line's end the whole distance counts, or a line would fit that lies elsewhere in the same direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, image, visible
from var.measure.pitch import Pitch, segment

LINE_STEP_M, ARC_STEP_M = 1.0, 0.3
"""Curves are taken as polygons; the middle of an arc's piece lies 1.2 mm off."""

UNSEEN_PX = 1e4
"""The distance of a click from a curve of which the camera sees nothing."""


HALF_WIDTH_M = 0.06
"""Half of the widest stripe that Law 1 allows, and of the usual post: people click the middle of a stripe, and Law 1
measures to its outer edge, to a post's inner one."""


def curve_of(pitch: Pitch, name: str) -> Array | None:
    """The middle of the stripe ``name`` of ``pitch``, a line, an arc, a post or a crossbar, as points (n, 3) in
    metres; None where there is none of that name."""
    if name in pitch.arcs:
        arc = pitch.arcs[name]
        return replace(arc, radius_m=arc.radius_m - HALF_WIDTH_M).points(ARC_STEP_M)
    if name not in pitch.lines:
        return None
    curve = segment(pitch.lines[name], LINE_STEP_M)
    side = np.sign(curve.mean(axis=0))
    if name.endswith("crossbar"):
        curve[:, 2] += HALF_WIDTH_M
    elif "_post_" in name:
        curve[:, 1] += side[1] * HALF_WIDTH_M
    elif name.endswith("goal_line"):
        curve[:, 0] -= side[0] * HALF_WIDTH_M
    elif name.endswith("_front"):
        curve[:, 0] += side[0] * HALF_WIDTH_M
    elif name != "halfway_line":  # touchlines and the sides of areas
        curve[:, 1] -= side[1] * HALF_WIDTH_M
    return curve


def feet(theta: Array, fixed: Array, curve: Array, pixels: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """For each of ``pixels`` (n, 2) the place (n, 3) on ``curve`` (m, 3) whose picture is nearest, the unit vector
    (n, 2) across the curve there, and whether the curve ends there.

    Where the camera sees no piece of the curve the places are its first point and the vectors are zero.
    """
    return feet_seen(image(theta[None], fixed, curve)[0], visible(theta, fixed, curve), curve, pixels)


def feet_seen(
    seen: Array, ok: NDArray[np.bool_], curve: Array, pixels: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """As ``feet``, of a curve whose picture ``seen`` (m, 2) is known, with the points that are ``ok`` (m,)."""
    pieces = np.flatnonzero(ok[:-1] & ok[1:])
    if not len(pieces):
        return np.repeat(curve[:1], len(pixels), axis=0), np.zeros((len(pixels), 2)), np.ones(len(pixels), dtype=bool)
    begins, ways = seen[pieces], seen[pieces + 1] - seen[pieces]
    lengths2 = np.maximum((ways**2).sum(axis=1), 1e-12)
    from_begin = pixels[:, None] - begins
    share = (from_begin * ways).sum(axis=2) / lengths2
    within = np.clip(share, 0.0, 1.0)
    gap2 = ((from_begin - within[..., None] * ways) ** 2).sum(axis=2)
    best = gap2.argmin(axis=1)
    rows = np.arange(len(pixels))
    along, free = within[rows, best], share[rows, best]
    places = curve[pieces[best]] + along[:, None] * (curve[pieces[best] + 1] - curve[pieces[best]])
    way = ways[best] / np.sqrt(lengths2[best])[:, None]
    closed = bool(np.abs(curve[0] - curve[-1]).max() < 1e-9)
    first, last = (best == 0) & (free < 0), (best == len(pieces) - 1) & (free > 1)
    ends = (first | last) & ~np.full(len(pixels), closed)
    return places, np.stack([-way[:, 1], way[:, 0]], axis=1), ends


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Several curves as one table, so that the feet of clicks on all of them are found at once: ``points`` (k, 3) of
    all curves, for each curve the points (c, m) at which its pieces begin, padded, and which of these are ``real``."""

    points: Array
    begins: NDArray[np.int64]
    real: NDArray[np.bool_]
    first: NDArray[np.int64]
    closed: NDArray[np.bool_]

    @classmethod
    def of(cls, curves: Sequence[Array]) -> Pieces:
        """The table of ``curves``, each (n, 3)."""
        counts = np.array([len(curve) for curve in curves])
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        step = np.arange(max(1, int(counts.max()) - 1))
        real = step[None] < (counts - 1)[:, None]
        begins = first[:, None] + np.where(real, step[None], 0)
        closed = np.array([bool(np.abs(curve[0] - curve[-1]).max() < 1e-9) for curve in curves])
        return cls(np.concatenate(list(curves)), begins, real, first, closed)


def feet_of(
    pieces: Pieces, seen: Array, ok: NDArray[np.bool_], pixels: Array, on: NDArray[np.int64]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """As ``feet_seen``, for clicks (n, 2) on different curves: ``on`` (n,) says which. ``seen`` (k, 2) and ``ok`` (k,)
    are of the table's points."""
    begins = pieces.begins[on]
    usable = pieces.real[on] & ok[begins] & ok[np.minimum(begins + 1, len(ok) - 1)]
    after = np.minimum(begins + 1, len(ok) - 1)
    x0, y0 = seen[begins, 0], seen[begins, 1]
    dx, dy = seen[after, 0] - x0, seen[after, 1] - y0
    u, v = pixels[:, 0, None] - x0, pixels[:, 1, None] - y0
    lengths2 = np.maximum(dx * dx + dy * dy, 1e-12)
    share = (u * dx + v * dy) / lengths2
    within = np.clip(share, 0.0, 1.0)
    gap2 = (u - within * dx) ** 2 + (v - within * dy) ** 2
    gap2[~usable] = np.inf
    rows, best = np.arange(len(pixels)), gap2.argmin(axis=1)
    some = usable.any(axis=1)
    begin, along, free = begins[rows, best], within[rows, best], share[rows, best]
    places = pieces.points[begin]
    places = places + along[:, None] * (pieces.points[np.minimum(begin + 1, len(ok) - 1)] - places)
    length = np.sqrt(lengths2[rows, best])
    across = np.stack([-dy[rows, best] / length, dx[rows, best] / length], axis=1)
    last = usable.shape[1] - 1 - usable[:, ::-1].argmax(axis=1)
    ends = ((best == usable.argmax(axis=1)) & (free < 0)) | ((best == last) & (free > 1))
    ends &= ~pieces.closed[on]
    if not some.all():
        places[~some], across[~some], ends[~some] = pieces.points[pieces.first[on[~some]]], 0.0, True
    return places, across, ends
