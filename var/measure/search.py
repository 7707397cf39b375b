"""Robust fits from many first guesses side by side, each with a choice of clicks of its own.

A single fit of some dozen clicks spends its time on calls rather than on numbers, so a search that begins in many
places, or leaves out each suspected mark in turn, takes all of them through every step together. Lines are drawn more
coarsely here than where the camera is fitted at last (``var.measure.solve``), which begins where this ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import NEAREST_M, Array, bend, fold_radius2, image, rotations
from var.measure.curves import UNSEEN_PX, Pieces
from var.measure.rows import pixels_and_slopes
from var.measure.solve import ROUGHLY, Problem

EVERY = 4
"""One drawn point of a line in so many is used: 4 m of a straight line, 1.2 m of an arc, whose middle lies 2 cm off."""

SCALES, TIGHT = (16.0, 4.0, 1.0), 2.4
"""The scale of the Cauchy loss narrows from some per cent of the picture to the stated deviation (``solve.fit``)."""

PLAIN = (1e6,)
"""The scales of a search without any mercy for wrong clicks."""

STEPS, MOST_DAMPING = 40, 1e9

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A problem of n clicks, drawn coarsely, that m cameras are fitted to at once."""

    problem: Problem
    table: Pieces | None

    @classmethod
    def of(cls, problem: Problem) -> Search:
        """The search for the camera of ``problem``."""
        thin = [np.concatenate([curve[:-1:EVERY], curve[-1:]]) for curve in problem.curves]
        return cls(problem, Pieces.of(thin) if thin else None)

    def losses(self, thetas: Array, used: Mask, spread_px: float) -> Array:
        """How badly each camera (m, 11) fits its clicks ``used`` (m, n), (m,), with the pull of wrong marks limited."""
        square = (self._misses(thetas)[0] ** 2).sum(axis=2) / spread_px**2
        return np.asarray((np.log1p(square) * used).sum(axis=1), dtype=np.float64)

    def costs(self, thetas: Array, used: Mask) -> Array:
        """The chi-square (m,) of each camera with its priors."""
        with np.errstate(all="ignore"):
            return self._costs(thetas, used, (TIGHT * PLAIN[0]) ** 2)

    def fits(self, thetas: Array, used: Mask, scales: tuple[float, ...] = SCALES) -> Array:
        """The cameras (m, 11) near ``thetas`` (m, 11) that fit the clicks ``used`` (m, n), by Levenberg's and
        Marquardt's method with a loss that narrows through ``scales``."""
        thetas = thetas.copy()
        with np.errstate(all="ignore"):
            for scale in scales:
                self._descend(thetas, used, (TIGHT * scale) ** 2)
        return thetas

    def _descend(self, thetas: Array, used: Mask, far2: float) -> None:
        """Move all of ``thetas`` (m, 11) downhill until none gains any more."""
        count = len(thetas)
        damping, cost = np.full(count, 1e-3), self._costs(thetas, used, far2)
        normal, gradient = np.empty((count, 11, 11)), np.empty((count, 11))
        moved, going = np.arange(count), np.arange(count)
        for _ in range(STEPS):
            normal[moved], gradient[moved] = self._equations(thetas[moved], used[moved], far2)
            step = _steps(normal[going], gradient[going], damping[going])
            tried = thetas[going] + step
            after = self._costs(tried, used[going], far2)
            better = after <= cost[going]
            gain = np.where(better, cost[going] - after, np.inf)
            moved = going[better]
            thetas[moved], cost[moved] = tried[better], after[better]
            damping[going] = np.where(better, np.maximum(damping[going] / 10, 1e-12), damping[going] * 10)
            going = going[(gain > ROUGHLY * (1 + cost[going])) & (damping[going] < MOST_DAMPING)]
            moved = np.intersect1d(moved, going)
            if not len(going):
                return

    @property
    def _prior(self) -> Array:
        """The weight (11,) of each parameter's prior."""
        known = np.isfinite(self.problem.sigma)
        return np.asarray(np.where(known, 1 / np.where(known, self.problem.sigma, 1.0) ** 2, 0.0))

    def _costs(self, thetas: Array, used: Mask, far2: float) -> Array:
        square = (self._misses(thetas)[0] ** 2).sum(axis=2) / self.problem.sigma_px**2
        loss = far2 * np.log1p(square / far2)
        off = thetas - self.problem.mean
        cost = (loss * used).sum(axis=1) + (self._prior * off**2).sum(axis=1)
        return np.asarray(np.where(np.isfinite(cost), cost, np.inf), dtype=np.float64)

    def _equations(self, thetas: Array, used: Mask, far2: float) -> tuple[Array, Array]:
        """The normal matrices (m, 11, 11) and gradients (m, 11)."""
        problem, (count, clicks), prior = self.problem, used.shape, self._prior
        miss, places, tells, hidden = self._misses(thetas)
        owner = np.repeat(np.arange(count), clicks)
        fixed = np.broadcast_to(problem.fixed, (count, 3))
        slope = pixels_and_slopes(thetas, fixed, places.reshape(-1, 3), owner)[1].reshape(count, clicks, 2, 11)
        if problem.on is not None:
            slope = tells @ slope
            slope[hidden] = 0.0
        square = (miss**2).sum(axis=2) / problem.sigma_px**2
        weight = np.sqrt(used / problem.sigma_px**2 / (1 + square / far2))
        rows = (slope * weight[..., None, None]).reshape(count, 2 * clicks, 11)
        right = (miss * weight[..., None]).reshape(count, 2 * clicks, 1)
        turned = rows.transpose(0, 2, 1)
        gradient = (turned @ right)[..., 0] + prior * (thetas - problem.mean)
        return turned @ rows + np.diag(prior), gradient

    def _misses(self, thetas: Array) -> tuple[Array, Array, Array, Mask]:
        """For each camera and click the miss (m, n, 2), of a line the part across it; the place (m, n, 3) it is taken
        to show, what of a miss it can tell (m, n, 2, 2), and whether the camera does not see that place (m, n)."""
        problem, count, clicks = self.problem, len(thetas), len(self.problem.pixels)
        turns, limits = rotations(thetas[:, 5:8]), _limits(thetas, problem.fixed)
        places = np.repeat(problem.places_m[None], count, axis=0)
        tells = np.broadcast_to(np.eye(2), (count, clicks, 2, 2))
        rows = np.flatnonzero(~problem.points)
        if len(rows) and self.table is not None and problem.on is not None:
            drawn = image(thetas, problem.fixed, self.table.points)
            ok = _visible(thetas, turns, limits, self.table.points)
            tells = tells.copy()
            pixels, on = problem.pixels[rows], problem.on[rows]
            places[:, rows], tells[:, rows] = _feet(self.table, drawn, ok, pixels, on)
        miss = _pixels(thetas, turns, problem.fixed, places) - problem.pixels
        hidden = np.zeros((count, clicks), dtype=bool)
        if problem.on is not None:
            hidden[:, rows] = ~_visible(thetas, turns, limits, places[:, rows])
            miss = (tells @ np.clip(miss, -UNSEEN_PX, UNSEEN_PX)[..., None])[..., 0]
            miss[hidden] = UNSEEN_PX
        return miss, places, tells, hidden


def _steps(normal: Array, gradient: Array, damping: Array) -> Array:
    """The damped steps (m, 11), none turning by more than 0.3; the systems are scaled to a unit diagonal first."""
    diagonal = np.einsum("mii->mi", normal)
    scale = 1 / np.sqrt(np.maximum(diagonal, 1e-300))
    scaled = normal * scale[:, :, None] * scale[:, None, :]
    scaled += np.eye(11) * np.maximum(damping, 1e-12)[:, None, None]
    step = -scale * np.linalg.solve(scaled, (scale * gradient)[..., None])[..., 0]
    turn = np.linalg.norm(step[:, 5:8], axis=1)
    step[:, 5:8] *= np.minimum(1.0, 0.3 / np.maximum(turn, 1e-12))[:, None]
    return np.asarray(step, dtype=np.float64)


def _limits(thetas: Array, fixed: Array) -> Array:
    """The squared radius (m,) at which each camera's distortion folds back."""
    return np.array([fold_radius2(float(theta[1]), float(theta[2]), float(fixed[2])) for theta in thetas])


def _visible(thetas: Array, turns: Array, limits: Array, places_m: Array) -> Mask:
    """Which of ``places_m`` (n, 3), or of each camera's own (m, n, 3), it can image, (m, n)."""
    seen = places_m @ turns.transpose(0, 2, 1) + thetas[:, None, 8:11]
    depth = np.where(seen[..., 2] > NEAREST_M, seen[..., 2], np.nan)
    return np.asarray(((seen[..., :2] / depth[..., None]) ** 2).sum(axis=2) < limits[:, None])


def _pixels(thetas: Array, turns: Array, fixed: Array, places_m: Array) -> Array:
    """Where each camera images its own places (m, n, 3), (m, n, 2)."""
    seen = places_m @ turns.transpose(0, 2, 1) + thetas[:, None, 8:11]
    depth = np.where(np.abs(seen[..., 2]) < 1e-9, 1e-9, seen[..., 2])
    bent = bend(seen[..., :2] / depth[..., None], thetas[:, None, 1:3], fixed)
    return np.asarray(np.exp(thetas[:, 0])[:, None, None] * bent + thetas[:, None, 3:5], dtype=np.float64)


def _feet(table: Pieces, drawn: Array, ok: Mask, pixels: Array, on: NDArray[np.int64]) -> tuple[Array, Array]:
    """As ``curves.feet_of``, in m cameras at once, of which each draws the table at ``drawn`` (m, k, 2) and sees of it
    what is ``ok`` (m, k): places (m, n, 3), and what of a miss counts, (m, n, 2, 2)."""
    begins = table.begins[on]
    after = np.minimum(begins + 1, len(table.points) - 1)
    usable = table.real[on] & ok[:, begins] & ok[:, after]
    x, y = drawn[..., 0], drawn[..., 1]
    x0, y0 = x[:, begins], y[:, begins]
    dx, dy = x[:, after] - x0, y[:, after] - y0
    u, v = pixels[:, 0, None] - x0, pixels[:, 1, None] - y0
    lengths2 = np.maximum(dx * dx + dy * dy, 1e-12)
    share = (u * dx + v * dy) / lengths2
    within = np.clip(share, 0.0, 1.0)
    gap2 = np.where(usable, (u - within * dx) ** 2 + (v - within * dy) ** 2, np.inf)
    best = gap2.argmin(axis=2)[..., None]
    along, free, lx, ly = (np.take_along_axis(each, best, axis=2)[..., 0] for each in (within, share, dx, dy))
    begin = begins[np.arange(len(on))[None], best[..., 0]]
    place = table.points[begin]
    place = place + along[..., None] * (table.points[np.minimum(begin + 1, len(table.points) - 1)] - place)
    some = np.asarray(usable.any(axis=2))
    first, last = usable.argmax(axis=2), usable.shape[2] - 1 - usable[..., ::-1].argmax(axis=2)
    at = best[..., 0]
    ends = (((at == first) & (free < 0)) | ((at == last) & (free > 1))) & ~table.closed[on]
    ends |= ~some
    across = np.stack([-ly, lx], axis=2) / np.maximum(np.hypot(lx, ly), 1e-6)[..., None]
    tells = np.where(ends[..., None, None], np.eye(2), across[..., :, None] * across[..., None, :])
    place = np.where(some[..., None], place, table.points[table.first[on]])
    return np.asarray(place, dtype=np.float64), np.asarray(tells, dtype=np.float64)
