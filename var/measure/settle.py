"""Fits a camera to places found on stripes, with everything about the paint that is not known as further unknowns.

Neighbouring places of one stripe err together, and a thousand of them do not tell a thousand numbers. Three causes
are kept apart. Paint: each stripe may lie off at either end (``PAINT_SIGMA_M``), an arc in its centre and radius.
Width: the stripes of a pitch are of one width, which moves every middle. Lens: what the model of the lens leaves is
alike over ``ALIKE`` of the picture, so the places within that stretch together weigh no more than one of
``LENS_SIGMA``. The first two are estimated along with the camera and taken out of its covariance by elimination.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, by_camera, image
from var.measure.courses import WAYS, Courses
from var.measure.solve import Problem, inverse, solved
from var.measure.stripes import Expected

PAINT_SIGMA_M = 0.015
"""How far a painted stripe lies from where Law 1 has it, one standard deviation; a mower's string and a tape give
one to two centimetres over the length of a line."""

EDGE_SIGMA_PX = 0.2
"""How well the middle of a stripe is found at one place; on rendered and coded pictures 0.05 to 0.25 px."""

LENS_SIGMA = 0.00013
"""What two coefficients of distortion leave, as a share of the picture's width: 0.25 px of 1920."""

ALIKE = 0.08
"""The stretch over which that is alike, as a share of the picture's width."""

CAUCHY = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Places found on stripes: ``index`` (n,) into the courses, ``at_px`` (n, 2) the middle of the stripe in the
    picture, ``normal`` (n, 2) across it, ``per_m`` (n,) pixels a metre across, ``sigma_px`` (n,)."""

    index: NDArray[np.int64]
    at_px: Array
    normal: Array
    per_m: Array
    sigma_px: Array

    def only(self, kept: NDArray[np.bool_]) -> Samples:
        """Those of a mask."""
        parts = self.index[kept], self.at_px[kept], self.normal[kept], self.per_m[kept], self.sigma_px[kept]
        return Samples(*parts)


def sampled(
    sought: Expected, row: NDArray[np.int64], off_px: Array, size_px: tuple[int, int], course_count: int
) -> Samples:
    """The samples that lie ``off_px`` (m,) from the rows ``row`` (m,) of what was expected."""
    at = sought.px[row] + off_px[:, None] * sought.normal[row]
    many = np.bincount(sought.owner[row], minlength=course_count)[sought.owner[row]]
    alike = np.clip(ALIKE * size_px[0] / sought.apart_px[row], 1.0, many)
    edge = EDGE_SIGMA_PX + 0.02 * sought.wide_px[row]
    sigma = np.sqrt(edge**2 + alike * (LENS_SIGMA * size_px[0]) ** 2)
    return Samples(sought.index[row], at, sought.normal[row], sought.per_m[row], sigma)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of a camera beside the stripes: a normal distribution of ``mean`` (p,) with ``information``
    (p, p) over the unknowns ``q``, and the ``clicks`` if there are any. ``to_theta`` makes a camera (11,) of them;
    the unknowns are the camera itself where it is None."""

    mean: Array
    information: Array
    clicks: Problem | None = None
    to_theta: Callable[[Array], Array] | None = None

    def theta(self, unknowns: Array) -> Array:
        """The camera (11,)."""
        return unknowns if self.to_theta is None else self.to_theta(unknowns)

    def slope(self, unknowns: Array) -> Array:
        """d theta / d unknowns, shape (11, p)."""
        if self.to_theta is None:
            return np.eye(len(unknowns))
        steps = 1e-6 * np.eye(len(unknowns))
        moved = [self.to_theta(unknowns + step) - self.to_theta(unknowns - step) for step in steps]
        return np.stack(moved, axis=1) / 2e-6


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A camera fitted to stripes: the ``unknowns`` (p,), ``theta`` (11,), its ``covariance`` (11, 11) with paint and
    width taken out; ``half_width_m`` of the stripes is a correction with its sigma; ``miss_px`` (n,) across each
    sample after the paint's own errors, ``whole_px`` (n,) with them, ``weight`` (n,) between 0 and 1."""

    unknowns: Array
    theta: Array
    covariance: Array
    width_correction_m: float
    miss_px: Array
    whole_px: Array
    weight: Array
    clicks_cost: float
    free: float


def settle(
    unknowns: Array,
    fixed: Array,
    samples: Samples,
    paint: Courses,
    known: Known,
    *,
    width: tuple[float, float] = (0.0, 0.006),
    steps: int = 8,
) -> Settled:
    """The most likely camera near ``unknowns`` (p,) given stripes and what is ``known``; ``width`` is how much half
    the stripes' width differs from ``HALF_WIDTH_M``, mean and sigma in metres."""
    places = paint.places_m[samples.index]
    used, own = np.unique(paint.owner[samples.index], return_inverse=True)
    size, count = len(unknowns), len(samples.index)
    total = size + 1 + WAYS * len(used)
    nuisance = np.zeros((count, total - size))
    nuisance[:, 0] = samples.per_m * paint.widens[samples.index]
    for way in range(WAYS):
        nuisance[np.arange(count), 1 + WAYS * own + way] = samples.per_m * paint.wrong[samples.index, way]
    prior = np.full(total - size, 1 / PAINT_SIGMA_M**2)
    prior[0] = 1 / width[1] ** 2
    extra = np.zeros(total - size)
    extra[0] = width[0]
    aim = extra.copy()
    measured = (samples.normal * samples.at_px).sum(axis=1)
    for step in range(steps):
        theta, turn = known.theta(unknowns), known.slope(unknowns)
        seen = (samples.normal * image(theta[None], fixed, places)[0]).sum(axis=1)
        miss = seen - measured + nuisance @ extra
        slope = np.einsum("ni,nip->np", samples.normal, by_camera(theta, fixed, places)) @ turn
        square = (miss / samples.sigma_px) ** 2
        soft = 1 / (1 + square / CAUCHY**2)
        weight = soft / samples.sigma_px**2
        rows = np.concatenate([slope, nuisance], axis=1)
        normal = rows.T @ (rows * weight[:, None])
        gradient = rows.T @ (miss * weight)
        normal[:size, :size] += known.information
        gradient[:size] += known.information @ (unknowns - known.mean)
        normal[range(size, total), range(size, total)] += prior
        gradient[size:] += prior * (extra - aim)
        clicks_cost = 0.0
        if known.clicks is not None:
            gap, lean = known.clicks.linear(theta)
            per = 1 / known.clicks.sigma_px
            gap, lean = gap * per[:, None], (lean @ turn) * per[:, None, None]
            normal[:size, :size] += np.einsum("nip,niq->pq", lean, lean)
            gradient[:size] += np.einsum("nip,ni->p", lean, gap)
            clicks_cost = float((gap**2).sum())
        move = solved(normal, -gradient)
        if step == steps - 1 or float(np.abs(rows @ move).max(initial=0.0)) < 0.01:
            break
        unknowns, extra = unknowns + move[:size], extra + move[size:]
    covariance = turn @ inverse(normal)[:size, :size] @ turn.T
    free = float((soft * (EDGE_SIGMA_PX / samples.sigma_px) ** 2).sum())
    return Settled(
        unknowns, theta, covariance, float(extra[0]), miss, miss - nuisance @ extra, soft, clicks_cost, free
    )

