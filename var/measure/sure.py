"""How sure a camera makes places on the ground, and lines parallel to the goal line."""

from __future__ import annotations

import math

import numpy as np

from var.measure.camera import Array, by_camera, by_place, image, visible
from var.measure.pitch import Pitch
from var.measure.surface import Surface, extended, incline, shape

GRID = (15, 9)
"""Places along the length and the width of the pitch at which ``line_sigma_cm`` is computed."""


def line_sigma(
    theta: Array,
    fixed: Array,
    covariance: Array,
    size_px: tuple[int, int],
    pitch: Pitch,
    surface: Surface | None = None,
) -> tuple[tuple[float, float, float], ...]:
    """(x, y, sigma in cm) where the picture shows the ground: how far the camera's uncertainty, and that of the
    ground's height, moves x there."""
    x, y = np.meshgrid(
        np.linspace(-pitch.length_m / 2, pitch.length_m / 2, GRID[0]),
        np.linspace(-pitch.width_m / 2, pitch.width_m / 2, GRID[1]),
    )
    ground = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    lifted = ground if surface is None else surface.lift(ground)
    ok = visible(theta, fixed, lifted)
    ground, lifted = ground[ok], lifted[ok]
    pixels = image(theta[None], fixed, lifted)[0] if len(ground) else np.empty((0, 2))
    inside = ((pixels >= -0.5) & (pixels <= np.array(size_px) - 0.5)).all(axis=1)
    sigma = ground_covariance(theta, fixed, covariance, ground[inside], 0.0, surface)[:, 0, 0]
    return tuple((float(p[0]), float(p[1]), 100 * math.sqrt(s)) for p, s in zip(ground[inside], sigma, strict=True))


def ground_covariance(
    theta: Array, fixed: Array, covariance: Array, places_m: Array, sigma_px: float, surface: Surface | None = None
) -> Array:
    """Covariance (n, 2, 2) in square metres of x and y where sight lines meet the ground at ``places_m``, or the
    surface as high above it as they are.

    By the implicit function theorem: ``d place = -(d pixel / d place)^-1 (d pixel / d camera)`` and the same for
    clicks, and for the height of a crowned ``surface``.
    """
    if not len(places_m):
        return np.empty((0, 2, 2))
    lifted = places_m if surface is None else surface.lift(places_m)
    by_xyz, slope = by_place(theta, fixed, lifted), by_camera(theta, fixed, lifted)
    along = by_xyz[:, :, :2].copy()
    if surface is not None:
        y = places_m[:, 1]
        along[:, :, 1] += by_xyz[:, :, 2] * (surface.crown_m * incline(y, surface.width_m))[:, None]
        rise = by_xyz[:, :, 2] * shape(y, surface.width_m)[:, None]
        slope = np.concatenate([slope, rise[:, :, None]], axis=2)
        covariance = extended(covariance, surface)
    inverse = np.linalg.inv(along)
    slope = inverse @ slope
    return np.asarray(
        slope @ covariance @ slope.transpose(0, 2, 1) + sigma_px**2 * inverse @ inverse.transpose(0, 2, 1),
        dtype=np.float64,
    )
