"""Places of many points at once from several cameras: a linear start, then Gauss and Newton on pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from athletes.space.camera import PosedCamera

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ROUNDS = 4
"""Gauss and Newton settle to a hundredth of a millimetre in two or three; what needs more is badly placed."""

FLATTEST = 1e-5
"""A set of rays whose normal matrix is flatter than this meets nowhere (two views less than 0.4 degrees apart)."""


def planes(cameras: Sequence[PosedCamera], px: Floats) -> Floats:
    """Undistorted image-plane points (c, p, 2) of pixels (c, p, 2)."""
    return np.stack([camera.undistort(seen) for camera, seen in zip(cameras, px, strict=True)])


def linear(cameras: Sequence[PosedCamera], plane: Floats, weight: Floats) -> Floats:
    """Places (p, 3) by the weighted linear method (Hartley and Sturm, 1997); NaN where rays do not meet.

    ``plane`` (c, p, 2); ``weight`` (c, p), zero where a camera does not count.
    """
    p = plane.shape[1]
    normal, right = np.zeros((p, 3, 3)), np.zeros((p, 3))
    for camera, seen, w in zip(cameras, plane, weight, strict=True):
        xy = np.where(w[:, None] > 0, seen, 0.0)
        for axis in (0, 1):
            row = xy[:, axis, None] * camera.R[2] - camera.R[axis]
            value = camera.t_m[axis] - xy[:, axis] * camera.t_m[2]
            normal += w[:, None, None] * row[:, :, None] * row[:, None, :]
            right += (w * value)[:, None] * row
    return solved(normal, right)


def refined(
    cameras: Sequence[PosedCamera], px: Floats, weight: Floats, start_m: Floats, *, rounds: int = ROUNDS
) -> Floats:
    """``start_m`` (p, 3) moved to where the weighted squared pixel distances are least."""
    at = start_m.copy()
    for _ in range(rounds):
        normal, right = np.zeros((len(at), 3, 3)), np.zeros((len(at), 3))
        for camera, seen, w in zip(cameras, px, weight, strict=True):
            slope = camera.slope(at)
            miss = np.where(w[:, None] > 0, seen - camera.project(at), 0.0)
            weighted = np.where(w[:, None, None] > 0, w[:, None, None] * slope, 0.0)
            normal += weighted.transpose(0, 2, 1) @ slope
            right += (weighted.transpose(0, 2, 1) @ miss[:, :, None])[:, :, 0]
        step = solved(normal, right)
        at = at + step
        if not np.nanmax(np.abs(step), initial=0.0) > 1e-6:
            break
    return at


def distances(cameras: Sequence[PosedCamera], px: Floats, at: Floats) -> Floats:
    """Pixels (c, p) between what cameras saw and where places (p, 3) would be seen; NaN without either."""
    return np.stack(
        [np.linalg.norm(camera.project(at) - seen, axis=-1) for camera, seen in zip(cameras, px, strict=True)]
    )


def solved(normal: Floats, right: Floats) -> Floats:
    """The solutions (p, 3) of ``normal`` (p, 3, 3) and ``right`` (p, 3); NaN where there is none."""
    inverse = inverted(normal)
    return np.asarray((inverse @ right[:, :, None])[:, :, 0])


def inverted(normal: Floats) -> Floats:
    """Inverses (p, 3, 3) of symmetric matrices by their cofactors; NaN where one is too flat or unknown."""
    a, b, c = normal[:, 0, 0], normal[:, 0, 1], normal[:, 0, 2]
    d, e, f = normal[:, 1, 1], normal[:, 1, 2], normal[:, 2, 2]
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    det = a * first + b * second + c * third
    # Compared with the product of the matrix's mean eigenvalue: free of units and of weights.
    mean = (a + d + f) / 3
    with np.errstate(invalid="ignore", divide="ignore"):
        usable = det > FLATTEST * mean**3
        scale = np.where(usable, 1 / np.where(usable, det, 1.0), np.nan)
    fourth, fifth, sixth = a * f - c * c, b * c - a * e, a * d - b * b
    rows = np.stack([first, second, third, second, fourth, fifth, third, fifth, sixth], axis=-1)
    return np.asarray((rows * scale[:, None]).reshape(-1, 3, 3))


def places_known(places: Floats) -> Flags:
    """Which of the places (..., d) are known in all their numbers, (...)."""
    return np.asarray(np.isfinite(places).all(axis=-1))
