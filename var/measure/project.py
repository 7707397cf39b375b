"""Between the pitch and a calibrated picture, both ways; NaN where there is no answer."""

from __future__ import annotations

import numpy as np

from touchline.errors import BadValue
from var.measure.calibration import Calibration
from var.measure.camera import Array, image, rotations, straighten, visible
from var.measure.mark import CLICK_SIGMA_PX
from var.measure.sure import ground_covariance
from var.measure.surface import Surface, shape
from var.model import ImagePoints, PitchPoints

FARTHEST_M = 1000.0
"""A sight line that meets the ground farther away than this is as good as parallel to it."""

FARTHEST_PX = 1e7
"""No lens has a pixel so far from its picture."""

CROWN_ROUNDS = 30
"""How often a sight line is cast to the ground's height where it was last: at one part in 100 of fall it is exact."""


def project(calibration: Calibration, places_m: PitchPoints) -> ImagePoints:
    """Pixels (n, 2) of ``places_m`` (n, 3); NaN behind the camera and where the distortion model folds back.

    On a crowned pitch z is the height above the ground there. Raises ``BadValue`` for an array of another shape.
    """
    places = calibration.lifted(_checked(places_m, 3))
    theta, fixed = calibration.theta, calibration.fixed
    seen = visible(theta, fixed, places) & np.isfinite(places).all(axis=1)
    pixels = np.full((len(places), 2), np.nan)
    if seen.any():
        pixels[seen] = image(theta[None], fixed, places[seen])[0]
    return ImagePoints(pixels)


def to_ground(
    calibration: Calibration, pixels: ImagePoints, z_m: float = 0.0, *, sigma_px: float = CLICK_SIGMA_PX
) -> tuple[PitchPoints, Array]:
    """Where the sight lines of ``pixels`` (n, 2) come to ``z_m`` above the ground: places (n, 3) and covariances
    (n, 2, 2) of their x and y in square metres, from the covariance of the camera and of the crown, if the pitch has
    one, and from ``sigma_px`` of the click.

    NaN above the horizon and where the lens has no such pixel. The height is taken as known: its own uncertainty is not
    in the covariance. Raises ``BadValue`` for an array of another shape.
    """
    clicks = _checked(pixels, 2)
    theta, fixed = calibration.theta, calibration.fixed
    places = np.full((len(clicks), 3), np.nan)
    covariance = np.full((len(clicks), 2, 2), np.nan)
    known = (np.abs(clicks) < FARTHEST_PX).all(axis=1)  # NaN is not
    if known.any():
        places[known] = cast(clicks[known], theta, fixed, calibration.centre_m, z_m, calibration.surface)
    hit = np.isfinite(places).all(axis=1)
    covariance[hit] = ground_covariance(
        theta, fixed, calibration.covariance, places[hit], sigma_px, calibration.surface
    )
    return PitchPoints(places), covariance


def cast(
    clicks: Array, theta: Array, fixed: Array, centre_m: Array, z_m: float = 0.0, surface: Surface | None = None
) -> Array:
    """Where sight lines come to ``z_m`` above the ground, (n, 3); NaN where they do not."""
    xy = straighten(clicks, theta, fixed)
    rays = np.concatenate([xy, np.ones((len(xy), 1))], axis=1) @ rotations(theta[None, 5:8])[0]
    rise = np.zeros(len(rays))
    with np.errstate(divide="ignore", invalid="ignore"):
        # The ground rises by less than 1 in 50 across and a sight line falls by more: each round is nearer.
        for _ in range(1 if surface is None else CROWN_ROUNDS):
            along = (z_m + rise - centre_m[2]) / rays[:, 2]
            found = centre_m + along[:, None] * rays
            if surface is not None:
                rise = surface.crown_m * shape(found[:, 1], surface.width_m)
        meets = (along > 0) & (along * np.linalg.norm(rays, axis=1) < FARTHEST_M)
    found[:, 2] = z_m
    return np.asarray(np.where(meets[:, None], found, np.nan), dtype=np.float64)


def _checked(points: object, width: int) -> Array:
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != width:
        raise BadValue("var.errors.bad_shape", expected=f"(n, {width})", actual=array.shape)
    return array
