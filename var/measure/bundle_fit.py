"""Solves a bundle: the maximum a posteriori vector, robustly, its covariance, and the marks that do not belong."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.measure import Z95
from var.measure.bundle_system import System
from var.measure.camera import Array, rotation_vector, rotations
from var.measure.solve import inverse, solve

TIGHT = 2.4
"""Scale of the Cauchy loss in standard deviations (95 % efficient where all marks are good)."""

WRONG = 4.5e-5
"""A mark is wrong where so few would miss by so much by chance: chi-square 20 of a point's two numbers."""

STEPS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """``x`` (p,) with its ``covariance`` (p, p), the clicks' ``misses`` (n, 2) in pixels and ``slopes`` (n, 2, p), and
    the chi-square ``cost`` with the priors, of the clicks that were ``kept`` (n,)."""

    x: Array
    covariance: Array
    misses: Array
    slopes: Array
    cost: float
    kept: NDArray[np.bool_]


class Fitter:
    """Fits one system. ``crown_m`` is the crown's height where it is no unknown; ``held`` keeps it there as an unknown
    of which the marks say nothing."""

    def __init__(self, system: System, crown_m: float, *, held: bool = False) -> None:
        self.system, self.crown_m = system, crown_m
        known = np.isfinite(system.sigma)
        self.weight = np.where(known, 1 / np.where(known, system.sigma, 1.0) ** 2, 0.0)
        self.free = np.ones(len(system.mean), dtype=bool)
        self.held = held and system.crown_at is not None
        if self.held:
            self.free[system.crown_at] = False

    def cost(self, x: Array, kept: NDArray[np.bool_], sigma_px: Array, scale: float) -> float:
        """The loss of ``x``: chi-square where ``scale`` is infinite, else Cauchy's."""
        miss, _ = self.system.linear(x, self.crown_m, slopes=False)
        square = (miss[kept] ** 2).sum(axis=1) / sigma_px[kept] ** 2
        loss = square if math.isinf(scale) else (TIGHT * scale) ** 2 * np.log1p(square / (TIGHT * scale) ** 2)
        return float(loss.sum() + (self.weight * (x - self.system.mean) ** 2).sum())

    def fit(self, x: Array, kept: NDArray[np.bool_], sigma_px: Array, *, robust: bool = False) -> Solution:
        """The best vector near ``x`` for the clicks ``kept``, by Levenberg's and Marquardt's method."""
        system = self.system
        for scale in (8.0, 2.0, 1.0) if robust else (math.inf,):
            damping, cost = 1e-4, self.cost(x, kept, sigma_px, scale)
            for _ in range(STEPS):
                miss, slope = self._kept(x, kept)
                weight = 1 / sigma_px[kept] ** 2
                if not math.isinf(scale):
                    weight = weight / (1 + (miss**2).sum(axis=1) * weight / (TIGHT * scale) ** 2)
                rows = (slope * np.sqrt(weight)[:, None, None]).reshape(-1, slope.shape[2])
                normal = rows.T @ rows + np.diag(self.weight)
                gradient = rows.T @ (miss * np.sqrt(weight)[:, None]).ravel() + self.weight * (x - system.mean)
                gain = 0.0
                while damping < 1e9:
                    step = self._step(normal + damping * np.diag(np.diag(normal)), -gradient)
                    tried = self.cost(x + step, kept, sigma_px, scale)
                    if tried <= cost:
                        gain, cost, x = cost - tried, tried, x + step
                        damping = max(damping / 10, 1e-12)
                        break
                    damping *= 10
                if gain <= (1e-3 if not math.isinf(scale) else 1e-7) * (1 + cost):
                    break
        return self._solution(self._short_turns(x), kept, sigma_px)

    def _kept(self, x: Array, kept: NDArray[np.bool_]) -> tuple[Array, Array]:
        miss, slope = self.system.linear(x, self.crown_m)
        return miss[kept], slope[kept]

    def _step(self, matrix: Array, right: Array) -> Array:
        step = np.zeros(len(right))
        step[self.free] = solve(matrix[np.ix_(self.free, self.free)], right[self.free])
        turns = step[self.system.columns[:, 5:8]]
        length = float(np.linalg.norm(turns, axis=1).max())
        return step * min(1.0, 0.3 / max(length, 1e-12))

    def _short_turns(self, x: Array) -> Array:
        """The same turns, said the short way."""
        x = x.copy()
        for columns in self.system.columns[:, 5:8]:
            if np.linalg.norm(x[columns]) > np.pi:
                x[columns] = rotation_vector(rotations(x[columns][None])[0])
        return x

    def _solution(self, x: Array, kept: NDArray[np.bool_], sigma_px: Array) -> Solution:
        miss, slope = self.system.linear(x, self.crown_m)
        rows = (slope[kept] / sigma_px[kept][:, None, None]).reshape(-1, slope.shape[2])
        normal = rows.T @ rows + np.diag(self.weight)
        covariance = np.zeros_like(normal)
        free = np.ix_(self.free, self.free)
        covariance[free] = inverse(normal[free])
        if self.held:
            # What the others would be with another crown, times how far off it may be: a considered parameter.
            at = self.system.crown_at
            follow = np.zeros(len(x))
            follow[self.free] = -covariance[free] @ normal[self.free, at]
            follow[at] = 1.0
            covariance += np.outer(follow, follow) * self.system.sigma[at] ** 2
        return Solution(x, covariance, miss, slope, self.cost(x, kept, sigma_px, math.inf), kept)

    def degrees(self, kept: NDArray[np.bool_]) -> int:
        """Degrees of freedom of the cost."""
        return int(self.system.told[kept].sum()) + int(np.isfinite(self.system.sigma).sum()) - len(self.system.mean)


def deleted(fitter: Fitter, found: Solution, sigma_px: Array) -> tuple[Array, Array]:
    """For each mark the chi-square (marks,) of its clicks against the fit without it, and their numbers (marks,).

    Zero for a mark that alone determines something: it fits whatever it is, and cannot be judged.
    """
    system = fitter.system
    count = len(system.of_view)
    square, told = np.zeros(count), np.zeros(count)
    pulled = found.slopes @ found.covariance
    for mark in range(count):
        rows = np.flatnonzero(system.marks == mark)
        told[mark] = system.told[rows].sum()
        slope = (found.slopes[rows] / sigma_px[rows][:, None, None]).reshape(2 * len(rows), -1)
        gain = (pulled[rows] / sigma_px[rows][:, None, None]).reshape(2 * len(rows), -1)
        miss = (found.misses[rows] / sigma_px[rows][:, None]).ravel()
        hat = slope @ gain.T
        left = np.eye(len(miss)) - hat if found.kept[rows].all() else np.eye(len(miss)) + hat
        values, vectors = np.linalg.eigh((left + left.T) / 2)
        if values[0] > 1e-3:
            square[mark] = float(((vectors.T @ miss) ** 2 / values).sum())
    return square, told


def sort_out(fitter: Fitter, x: Array, sigma_px: Array, most: Array) -> Solution:
    """The fit without the marks that do not belong; at most ``most`` (views,) of each view's marks are left out."""
    from scipy.special import chdtrc, chdtri

    system = fitter.system
    everything = np.ones(len(system.view), dtype=bool)
    start = fitter.fit(x, everything, sigma_px, robust=True)
    ratio2 = np.zeros(len(system.of_view))
    np.maximum.at(ratio2, system.marks, (start.misses**2).sum(axis=1) / sigma_px**2)
    limit2 = 36 * max(1.0, float(np.median(ratio2)) / 1.386)
    out: set[int] = set()
    for mark in np.argsort(-ratio2):
        if ratio2[mark] > limit2 and _room(system, out, int(mark), most):
            out.add(int(mark))
    found = fitter.fit(start.x, _without(system, out), sigma_px)
    judged = False
    while True:
        square, told = deleted(fitter, found, sigma_px)
        inside = np.array([mark not in out for mark in range(len(square))])
        share = square[inside] / chdtri(told[inside], 0.5)
        rarity = np.asarray(chdtrc(told, square / max(1.0, float(np.median(share)))))
        back = {mark for mark in out if rarity[mark] > WRONG} if not judged else set()
        judged = True  # the robust start may have been unfair, once
        worst = int(np.argmin(np.where(inside, rarity, 1.0)))
        if back:
            out -= back
        elif rarity[worst] < WRONG and inside[worst] and _room(system, out, worst, most):
            out.add(worst)
        else:
            return found
        found = fitter.fit(found.x, _without(system, out), sigma_px)


def _room(system: System, out: set[int], mark: int, most: Array) -> bool:
    """Whether one more of the view's marks may be left out."""
    view = system.of_view[mark]
    return sum(system.of_view[other] == view for other in out) < int(most[view])


def _without(system: System, out: set[int]) -> NDArray[np.bool_]:
    return ~np.isin(system.marks, list(out))


def scaled(fitter: Fitter, found: Solution, sigma_px: Array) -> tuple[Solution, float]:
    """The fit with the clicks' stated noise raised by as much as the marks disagree beyond it, and that factor; as
    ``consensus.noise_scale`` does for one picture."""
    from scipy.special import chdtrc, stdtrit

    degrees = fitter.degrees(found.kept)
    scale2 = found.cost / degrees if degrees > 0 else 1.0
    if scale2 <= 1:
        return found, 1.0
    scale = math.sqrt(scale2)
    if chdtrc(degrees, found.cost) < 0.05:
        scale *= -float(stdtrit(degrees, 0.025)) / Z95
    return replace(fitter.fit(found.x, found.kept, sigma_px * scale), cost=found.cost), scale
