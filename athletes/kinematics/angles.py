"""Joint angles and inclinations by one stated convention, in the picture plane or in space, with their sigmas.

| angle | points | zero | sign | range |
|---|---|---|---|---|
| knee | hip, knee, ankle | thigh and shank on each other | none | 0 to 180, straight 180 |
| hip | shoulder, hip, knee | trunk and thigh on each other | none | 0 to 180, straight 180 |
| ankle | knee, ankle, foot_index | shank and foot on each other | none | 0 to 180, about 110 standing |
| elbow | shoulder, elbow, wrist | upper arm and forearm on each other | none | 0 to 180, straight 180 |
| shoulder | hip, shoulder, elbow | arm along the trunk | none | 0 to 180, arm overhead 180 |
| trunk | middle of the hips, middle of the shoulders | upright | plus: leant forward | unwrapped |
| thigh | knee, hip | upright | plus: hip in front of the knee | unwrapped |
| shank | ankle, knee | upright | plus: knee in front of the ankle | unwrapped |

The first five are interior angles: of three points, at the middle one, by ``atan2`` of the cross product's size and the
dot product, so they neither jump nor know which way somebody faces. Beyond 180 degrees (a knee bent backwards) they
fold back; near 180 noise therefore makes them a little small. The last three are inclinations of a segment, from the
lower to the upper point, against "up"; they are signed by the way the athlete faces and unwrapped by continuity within
stretches without a long gap. In the picture plane all are angles of the picture: of a movement in that plane.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

INTERIOR: Mapping[str, tuple[str, str, str]] = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "ankle": ("knee", "ankle", "foot_index"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("hip", "shoulder", "elbow"),
}
INCLINED: Mapping[str, tuple[str, str]] = {"thigh": ("knee", "hip"), "shank": ("ankle", "knee")}
NEAR_SIGMAS = 3.0
"""Two points nearer than so many of their own sigmas have no direction from one to the other."""
LONG_GAP_S = 0.2
"""Unwrapping starts anew behind a gap that is longer."""


def interior(first: Floats, middle: Floats, last: Floats) -> Floats:
    """The angle at ``middle`` in radians, 0 to pi, of points (..., 2) or (..., 3); NaN where a point is."""
    u, v = first - middle, last - middle
    dot = np.sum(u * v, axis=-1)
    square = np.sum(u * u, axis=-1) * np.sum(v * v, axis=-1)
    if u.shape[-1] == 2:
        cross = np.asarray(np.abs(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]))
    else:
        cross = np.linalg.norm(np.cross(u, v), axis=-1)
    return np.asarray(np.where(square > 0, np.arctan2(cross, dot), np.nan))


def interior_sigma(points: tuple[Floats, Floats, Floats], sigmas: tuple[Floats, Floats, Floats]) -> Floats:
    """The standard deviation of ``interior`` in radians for points with ``sigmas`` (...) on every axis.

    By the derivative: with u and v from the middle to the others, ``s1^2/u^2 + s3^2/v^2 + s2^2 |u/u^2 - v/v^2|^2``,
    which holds for straight and folded joints too.
    """
    first, middle, last = points
    u, v = first - middle, last - middle
    uu, vv = np.sum(u * u, axis=-1), np.sum(v * v, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = np.sum((u / uu[..., None] - v / vv[..., None]) ** 2, axis=-1)
        return np.asarray(np.sqrt(sigmas[0] ** 2 / uu + sigmas[2] ** 2 / vv + sigmas[1] ** 2 * turned))


def interior_sigma_by_covariance(points: tuple[Floats, Floats, Floats], covs: tuple[Floats, Floats, Floats]) -> Floats:
    """The same for covariances (..., 3, 3) of points in space.

    For a straight or folded joint the direction that bends it is not known; the mean of all then counts.
    """
    first, middle, last = points
    u, v = first - middle, last - middle
    lu, lv = np.linalg.norm(u, axis=-1), np.linalg.norm(v, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        eu, ev = u / lu[..., None], v / lv[..., None]
        c = np.clip(np.sum(eu * ev, axis=-1), -1.0, 1.0)
        s = np.sqrt(1.0 - c * c)
        gu = (c[..., None] * eu - ev) / (s * lu)[..., None]
        gv = (c[..., None] * ev - eu) / (s * lv)[..., None]
        of = [np.einsum("...i,...ij,...j->...", g, cov, g) for g, cov in zip((gu, -gu - gv, gv), covs, strict=True)]
        general = np.sqrt(of[0] + of[1] + of[2])
        means = tuple(np.sqrt(np.trace(cov, axis1=-2, axis2=-1) / 3.0) for cov in covs)
        alike = interior_sigma(points, (means[0], means[1], means[2]))
    return np.where(s > 0.02, general, alike)


def inclination(lower: Floats, upper: Floats, facing: int) -> Floats:
    """How far the segment from ``lower`` to ``upper`` leans forward, radians within (-pi, pi].

    Points (..., 2) are (right of the picture, up); ``facing`` is 1 for somebody who faces right, else -1.
    """
    w = upper - lower
    angle = np.arctan2(facing * w[..., 0], w[..., 1])
    return np.asarray(np.where(np.sum(w * w, axis=-1) > 0, angle, np.nan))


def inclination_sigma(lower: Floats, upper: Floats, sigmas: tuple[Floats, Floats]) -> Floats:
    """The standard deviation of ``inclination`` in radians for points with ``sigmas`` (...) on every axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.hypot(sigmas[0], sigmas[1]) / np.linalg.norm(upper - lower, axis=-1))


def too_near(one: Floats, other: Floats, sigmas: tuple[Floats, Floats]) -> Flags:
    """Where two points lie so near one another that the noise alone turns the line between them."""
    apart = np.linalg.norm(other - one, axis=-1)
    return np.asarray(apart < NEAR_SIGMAS * np.hypot(sigmas[0], sigmas[1]))


def unwrapped(angle: Floats, t_s: Floats) -> Floats:
    """``angle`` (n,) in radians without jumps of a turn within stretches that no gap longer than ``LONG_GAP_S`` parts.

    Behind a long gap nobody knows how many turns were made: there the angle starts within (-pi, pi] again. NaN stays.
    """
    out = angle.copy()
    known = np.flatnonzero(np.isfinite(angle))
    if not known.size:
        return out
    for part in np.split(known, np.flatnonzero(np.diff(t_s[known]) > LONG_GAP_S) + 1):
        out[part] = np.unwrap(angle[part])
    return out
