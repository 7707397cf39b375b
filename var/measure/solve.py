"""Finds a camera's parameters from marks: first guesses, and the maximum a posteriori fit with its covariance.

The priors say what any camera at a match is like, so that the covariance stays true where the marks cannot determine
something: distortion that the marks do not show is unknown, never zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import PARAMETERS, Array, image, rotation_vector, rotations, visible
from var.measure.curves import UNSEEN_PX, Pieces, feet_of
from var.measure.rows import pixels_and_slopes

SIGMA_LOG_F = 0.7
"""Prior of the focal length: about a picture width, 95 % within a factor of four (lenses of 9 to 150 mm on full
frame)."""

SIGMA_K1, SIGMA_K2 = 0.2, 0.1
"""Prior of the distortion, around none: action cameras and wide zooms reach -0.4 and 0.2, good lenses stay within
0.1."""

SIGMA_CENTRE = 0.007
"""Prior of the principal point around the picture's centre, in picture widths; an ordinary camera measured 0.0096."""

CARRIED = 0.5
"""Marks carry a parameter where they leave less than this of its prior standard deviation."""

FOCAL_GUESSES = (0.4, 0.6, 0.85, 1.2, 1.7, 2.5, 4.0, 7.0)
BEND_GUESSES = (0.0, -0.15, -0.35)


ROUGHLY = 1e-5
"""A robust search only leads to the fit that follows, and ends where it gains less than this share of the loss."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be fitted: ``places_m`` (n, 3) seen at ``pixels`` (n, 2) with ``sigma_px`` (n,); the prior ``mean``
    and ``sigma`` (11,) of the camera (infinite where nothing is known), and the distortion terms that stay ``fixed``
    (3,).

    A click whose entry of ``on`` (n,) is not -1 lies somewhere on that one of ``curves``, of which ``table`` is made;
    its place is not used."""

    places_m: Array
    pixels: Array
    sigma_px: Array
    mean: Array
    sigma: Array
    fixed: Array
    curves: tuple[Array, ...] = ()
    on: NDArray[np.int64] | None = None
    table: Pieces | None = None

    def __post_init__(self) -> None:
        if self.curves and self.table is None:
            object.__setattr__(self, "table", Pieces.of(self.curves))

    def only(self, kept: NDArray[Any]) -> Problem:
        """The same problem with the clicks of the index or mask ``kept`` alone."""
        on = None if self.on is None else self.on[kept]
        parts = self.places_m[kept], self.pixels[kept], self.sigma_px[kept]
        return replace(self, places_m=parts[0], pixels=parts[1], sigma_px=parts[2], on=on)

    def noisier(self, scale: float) -> Problem:
        """The same problem with every click ``scale`` times as uncertain."""
        return replace(self, sigma_px=self.sigma_px * scale)

    def mirrored(self) -> Problem:
        """The same problem with near and far exchanged."""
        flip = np.array([1.0, -1.0, 1.0])
        return replace(
            self, places_m=self.places_m * flip, curves=tuple(curve * flip for curve in self.curves), table=None
        )

    @property
    def points(self) -> NDArray[np.bool_]:
        """Which clicks (n,) are of points."""
        return np.ones(len(self.pixels), dtype=bool) if self.on is None else self.on < 0

    def places(self, theta: Array) -> Array:
        """What the camera is taken to have seen at each click, (n, 3): the point, or the nearest place of the line."""
        return self.seen(theta)[0]

    def seen(self, theta: Array) -> tuple[Array, Array]:
        """The places, and for each click the matrix (n, 2, 2) that leaves of a miss what the click can tell."""
        places, tells = self.places_m, np.repeat(np.eye(2)[None], len(self.pixels), axis=0)
        if self.on is None:
            return places, tells
        places = places.copy()
        rows = np.flatnonzero(self.on >= 0)
        if len(rows):
            table = self.table
            assert table is not None
            drawn, ok = image(theta[None], self.fixed, table.points)[0], visible(theta, self.fixed, table.points)
            places[rows], across, ends = feet_of(table, drawn, ok, self.pixels[rows], self.on[rows])
            tells[rows[~ends]] = across[~ends, :, None] * across[~ends, None, :]
        return places, tells

    def misses(self, theta: Array) -> Array:
        """From each click to where the camera sees the point, (n, 2) in pixels; of a line the part across it."""
        places, tells = self.seen(theta)
        miss = image(theta[None], self.fixed, places)[0] - self.pixels
        return miss if self.on is None else self._across(theta, places, tells, miss)[0]

    def _across(self, theta: Array, places: Array, tells: Array, miss: Array) -> tuple[Array, NDArray[np.bool_]]:
        """What of the misses (n, 2) the clicks can tell, and which are of places that the camera does not see."""
        hidden = ~self.points & ~visible(theta, self.fixed, places)
        miss = np.einsum("nij,nj->ni", tells, np.clip(miss, -UNSEEN_PX, UNSEEN_PX))
        miss[hidden] = UNSEEN_PX
        return miss, hidden

    def linear(self, theta: Array) -> tuple[Array, Array]:
        """The misses (n, 2), and how they move with the camera (n, 2, 11)."""
        places, tells = self.seen(theta)
        one = np.zeros(len(places), dtype=np.int64)
        pixels, slope, _ = pixels_and_slopes(theta[None], self.fixed[None], places, one)
        miss = pixels - self.pixels
        if self.on is None:
            return np.asarray(miss, dtype=np.float64), slope
        miss, hidden = self._across(theta, places, tells, miss)
        slope[hidden] = 0.0
        return miss, np.einsum("nij,njp->nip", tells, slope)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted camera: ``theta`` (11,), its ``covariance`` (11, 11), the ``cost`` (chi-square with the priors), the
    ``misses`` (n, 2) in pixels and ``hats`` (n, 2, 2), the share of each click that the fit took for itself."""

    theta: Array
    covariance: Array
    cost: float
    misses: Array
    hats: Array

    @property
    def height_m(self) -> float:
        """How high the camera stands above the ground."""
        return float((-rotations(self.theta[None, 5:8])[0].T @ self.theta[8:11])[2])


def prior(size_px: tuple[int, int]) -> tuple[Array, Array]:
    """Mean and standard deviation (11,) of a camera of which only the picture size is known; the pose is free."""
    width, height = size_px
    mean = np.zeros(len(PARAMETERS))
    mean[[0, 3, 4]] = math.log(1.2 * width), (width - 1) / 2, (height - 1) / 2
    sigma = np.full(len(PARAMETERS), np.inf)
    sigma[:5] = SIGMA_LOG_F, SIGMA_K1, SIGMA_K2, SIGMA_CENTRE * width, SIGMA_CENTRE * width
    return mean, sigma


def carried_by_marks(covariance: Array, sigma: Array) -> tuple[str, ...]:
    """The parameters that the marks determine: what has no prior, and what they leave at most half of its prior
    ``sigma`` (11,). The others are known from the prior more than from the marks."""
    left = np.sqrt(np.diag(covariance))
    return tuple(name for name, own, before in zip(PARAMETERS, left, sigma, strict=True) if own < CARRIED * before)


def guesses(problem: Problem, width_px: int) -> list[Array]:
    """First guesses of the camera, each (11,): the pose by PnP for several focal lengths and distortions.

    Only cameras above the ground that have most points in front of them are kept (the two-fold ambiguity of a plane).
    """
    import cv2

    from var.measure.camera import straighten

    found: list[Array] = []
    for k1 in BEND_GUESSES:
        for factor in FOCAL_GUESSES:
            theta = problem.mean.copy()
            theta[0], theta[1] = math.log(factor * width_px), k1
            xy = straighten(problem.pixels, theta, problem.fixed)
            if not np.isfinite(xy).all():
                continue
            places, flat = np.ascontiguousarray(problem.places_m), np.ascontiguousarray(xy)
            try:
                answer = cv2.solvePnPGeneric(places, flat, np.eye(3), None, flags=cv2.SOLVEPNP_SQPNP)
            except cv2.error:  # no pose for these points
                continue
            for rvec, tvec in zip(answer[1], answer[2], strict=True):
                pose = theta.copy()
                pose[5:8], pose[8:11] = rvec.ravel(), tvec.ravel()
                above = (-rotations(pose[None, 5:8])[0].T @ pose[8:11])[2] > 0
                if above and visible(pose, problem.fixed, problem.places_m).mean() > 0.5:
                    found.append(pose)
    return found


def fit(problem: Problem, theta: Array, *, robust: bool = False, steps: int = 40) -> Fit:
    """The maximum a posteriori camera near ``theta`` by Levenberg's and Marquardt's method.

    With ``robust`` the clicks are taken as Cauchy-distributed, with a scale that narrows from 1 % of the picture to the
    stated one, so that a few wrong marks lose their pull; its covariance is then only a rough one.
    """
    known = np.isfinite(problem.sigma)
    weight_prior = np.where(known, 1 / np.where(known, problem.sigma, 1.0) ** 2, 0.0)
    scales = [16.0, 4.0, 1.0] if robust else [math.inf]

    def cost_of(candidate: Array, scale: float) -> float:
        square = (problem.misses(candidate) ** 2).sum(axis=1) / problem.sigma_px**2
        loss = square if math.isinf(scale) else (2.4 * scale) ** 2 * np.log1p(square / (2.4 * scale) ** 2)
        return float(loss.sum() + (weight_prior * (candidate - problem.mean) ** 2).sum())

    for scale in scales:
        damping, cost = 1e-3, cost_of(theta, scale)
        for _ in range(steps):
            miss, slope = problem.linear(theta)
            square = (miss**2).sum(axis=1) / problem.sigma_px**2
            weight = 1 / problem.sigma_px**2
            if not math.isinf(scale):
                weight = weight / (1 + square / (2.4 * scale) ** 2)
            gradient = np.einsum("nip,ni,n->p", slope, miss, weight) + weight_prior * (theta - problem.mean)
            normal = np.einsum("nip,niq,n->pq", slope, slope, weight) + np.diag(weight_prior)
            gain = 0.0
            while damping < 1e9:
                step = solve(normal + damping * np.diag(np.diag(normal)), -gradient)
                step[5:8] *= min(1.0, 0.3 / max(float(np.linalg.norm(step[5:8])), 1e-12))
                tried = cost_of(theta + step, scale)
                if tried <= cost:
                    gain, cost, theta = cost - tried, tried, theta + step
                    damping = max(damping / 10, 1e-12)
                    break
                damping *= 10
            if gain <= (1e-9 if math.isinf(scale) else ROUGHLY) * (1 + cost):
                break
    if np.linalg.norm(theta[5:8]) > np.pi:  # the same turn, said the short way
        theta = theta.copy()
        theta[5:8] = rotation_vector(rotations(theta[None, 5:8])[0])
    miss, slope = problem.linear(theta)
    weighted = slope / problem.sigma_px[:, None, None]
    covariance = inverse(np.einsum("nip,niq->pq", weighted, weighted) + np.diag(weight_prior))
    hats = np.einsum("nip,pq,njq->nij", weighted, covariance, weighted)
    return Fit(theta, covariance, cost_of(theta, math.inf), miss, hats)


def solve(matrix: Array, right: Array) -> Array:
    """The solution of a symmetric system, scaled to a unit diagonal first: its entries span twelve powers of ten."""
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled = matrix * scale[:, None] * scale
    try:
        return np.asarray(scale * np.linalg.solve(scaled, scale * right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(scale * (np.linalg.pinv(scaled) @ (scale * right)), dtype=np.float64)


def inverse(matrix: Array) -> Array:
    """The inverse of a positive definite matrix, symmetric, scaled to a unit diagonal first."""
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    inverse = np.linalg.pinv(matrix * scale[:, None] * scale, rcond=1e-15, hermitian=True) * scale[:, None] * scale
    return np.asarray((inverse + inverse.T) / 2, dtype=np.float64)
