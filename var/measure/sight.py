"""A calibrated camera as estimators take it: its parameters and the crown of the pitch as unknowns of one vector.

A state has twelve numbers: the eleven of ``camera.PARAMETERS`` and the height of the crown, which is zero and sure on a
flat pitch. Heights of places count from the ground, so that a foot on the grass is at zero wherever it stands. What
flies knows nothing of the ground below: with ``level_y_m`` heights count from the level of the ground at that y, so
that what is straight in the world is straight here. The level is that of the ground, not of the touchlines, because a
camera knows the ground that it was calibrated on better than the level of touchlines that it may not see.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from var.measure.calibration import Calibration
from var.measure.camera import PARAMETERS, Array, by_camera, by_place, image, visible
from var.measure.surface import extended, incline, shape

STATE = len(PARAMETERS) + 1


def state_covariance(calibration: Calibration) -> Array:
    """The covariance (12, 12) of the state; it may be singular."""
    covariance = np.zeros((STATE, STATE))
    known = extended(calibration.covariance, calibration.surface)
    covariance[: len(known), : len(known)] = known
    return covariance


def root(calibration: Calibration) -> Array:
    """A matrix (12, 12) whose product with itself transposed is the covariance of the state."""
    return root_of(state_covariance(calibration))


def root_of(covariance: Array) -> Array:
    """A matrix ``L`` with ``L L' = covariance``, for covariances that may be singular."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    values, vectors = np.linalg.eigh(covariance / scale[:, None] / scale)
    return np.asarray(scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)


def state_of(calibration: Calibration, moved: Array) -> Array:
    """The state (12,) that is off the calibrated one by ``moved`` (12,)."""
    crown_m = 0.0 if calibration.surface is None else calibration.surface.crown_m
    return np.asarray(np.append(calibration.theta, crown_m) + moved, dtype=np.float64)


def _lifted(calibration: Calibration, state: Array, places_m: Array, level_y_m: float | None) -> Array:
    surface = calibration.surface
    return places_m if surface is None else surface.lift(places_m, float(state[-1]), level_y_m)


def seen(calibration: Calibration, state: Array, places_m: Array, level_y_m: float | None = None) -> Array:
    """Pixels (n, 2) of ``places_m`` (n, 3), without any check of validity."""
    return np.asarray(image(state[None, :-1], calibration.fixed, _lifted(calibration, state, places_m, level_y_m))[0])


def sees(calibration: Calibration, state: Array, places_m: Array, level_y_m: float | None = None) -> NDArray[np.bool_]:
    """Which of ``places_m`` (n, 3) the camera can image."""
    return visible(state[:-1], calibration.fixed, _lifted(calibration, state, places_m, level_y_m))


def slopes(
    calibration: Calibration, state: Array, places_m: Array, level_y_m: float | None = None
) -> tuple[Array, Array]:
    """How the pixels move with the places, (n, 2, 3), and with the state, (n, 2, 12)."""
    surface, lifted = calibration.surface, _lifted(calibration, state, places_m, level_y_m)
    along = by_place(state[:-1], calibration.fixed, lifted)
    with_state = np.zeros((len(places_m), 2, STATE))
    with_state[:, :, :-1] = by_camera(state[:-1], calibration.fixed, lifted)
    if surface is not None:
        y = places_m[:, 1] if level_y_m is None else np.full(len(places_m), level_y_m)
        with_state[:, :, -1] = along[:, :, 2] * shape(y, surface.width_m)[:, None]
        if level_y_m is None:
            along[:, :, 1] += along[:, :, 2] * (state[-1] * incline(y, surface.width_m))[:, None]
    return along, with_state
