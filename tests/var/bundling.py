"""Pictures to calibrate together, from cameras that are known exactly."""

from __future__ import annotations

import numpy as np
from measuring import PITCH, SIZE, camera, see

from var.measure.calibrate import Mark
from var.measure.camera import Array
from var.measure.pitch import Pitch
from var.measure.surface import shape
from var.measure.views import View

STAND = (0.0, -72.0, 14.0)


def clicks(
    theta: Array,
    draw: np.random.Generator,
    count: int,
    sigma_px: float = 1.0,
    *,
    crown_m: float = 0.0,
    truth: Pitch = PITCH,
) -> list[Mark]:
    """``count`` clicked points drawn from those that the picture shows, of a pitch ``truth`` with a crown, under the
    names and places of ``PITCH``."""
    names = list(truth.points)
    places = np.array([truth.points[name] for name in names])
    places[:, 2] += crown_m * shape(places[:, 1], truth.width_m)
    pixels = see(theta, places)
    shown = draw.permutation(np.flatnonzero(np.isfinite(pixels[:, 0])))[:count]
    noisy = np.clip(pixels + draw.normal(0, sigma_px, pixels.shape), 0, np.array(SIZE) - 1)
    return [Mark(names[k], PITCH.points[names[k]], (float(noisy[k, 0]), float(noisy[k, 1])), sigma_px) for k in shown]


def panning(
    draw: np.random.Generator, frames: int, count: int, *, zooms: bool = False, sigma_px: float = 1.0
) -> tuple[list[Array], list[View]]:
    """Frames of one camera that turns from goal to goal, with ``count`` clicks each; the true cameras beside them."""
    thetas, views = [], []
    for number, x in enumerate(np.linspace(-35, 35, frames)):
        f = 1900 * float(np.exp(draw.uniform(-0.3, 0.3))) if zooms else 1900.0
        thetas.append(camera(STAND, (float(x), float(draw.uniform(-8, 5)), 0.0), f, -0.1))
        views.append(View("main", SIZE, clicks(thetas[-1], draw, count, sigma_px), frame=number))
    return thetas, views


def off(error: Array, covariance: Array) -> float:
    """The squared error in units of its covariance, a number of the parameters; 1 where the covariance is true."""
    scale = np.sqrt(np.diag(covariance))
    inverse = np.linalg.pinv(covariance / scale[:, None] / scale, rcond=1e-9, hermitian=True)
    return float((error / scale) @ inverse @ (error / scale)) / len(error)
