"""Fits a camera to places found on stripes, with everything about the paint that is not known as further unknowns.

Neighbouring places of one stripe err together, and a thousand of them do not tell a thousand numbers. Three causes
are kept apart. Paint: each stripe may lie off at either end (``PAINT_SIGMA_M``), an arc in its centre and radius.
Width: the stripes of a pitch are of one width, which moves every middle. Lens: what the model of the lens leaves is
alike over ``ALIKE`` of the picture, so the places within that stretch together weigh no more than one of
``LENS_SIGMA``. The first two, a crown of the pitch and the finer terms of the lens (p1, p2, k3) are estimated along
with the camera. The result has the finer terms; what is left unknown of them, and the crown, which a camera over a
flat pitch cannot say, go into camera and covariance by the change of the camera that shows nearly the same. Of a pitch
that was calibrated with a crown the result has the crown itself, with its covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, by_camera, by_place, image, visible
from var.measure.courses import WAYS, Courses
from var.measure.solve import Problem, inverse, solve
from var.measure.stripes import Expected
from var.measure.surface import lift, shape

PAINT_SIGMA_M = 0.015
"""How far a painted stripe lies from where Law 1 has it, one standard deviation; a mower's string and a tape give
one to two centimetres over the length of a line."""

EDGE_SIGMA_PX = 0.2
"""How well the middle of a stripe is found at one place; on rendered and coded pictures 0.05 to 0.25 px."""

LENS_SIGMA = 0.0003
"""What the model of the lens and a flat pitch leave, as a share of the picture's width: 0.6 px of 1920. One real wide
view leaves 0.3 to 1.2 px of 3072 on its lines."""

ALIKE = 0.08
"""The stretch over which that is alike, as a share of the picture's width."""

CAUCHY = 3.0

SIZE_SIGMA_M = 0.05
"""How far the ends and the sides of a pitch lie from where its size as entered puts them."""

CROWN_SIGMA_M = 0.12
"""How much higher the middle of a pitch may lie than its touchlines; 12 cm shows in one real view."""

FINE_SIGMA = (0.0005, 0.0005, 0.03)
FINE_SIGMA_MEASURED = (0.0001, 0.0001, 0.003)
"""How large p1, p2 and k3 are, and how far off where a lens was measured."""

_FINE_STEPS = np.diag([1e-5, 1e-5, 1e-4])
_GROUND_STEP_M = 6.0
_ABSORBED_PX = 0.1


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
    (p, p) over the unknowns ``q``, and the ``clicks`` if there are any. ``to_theta`` makes cameras
    (m, 11) of unknowns (m, p); the unknowns are the camera itself where it is None.

    On a crowned pitch of ``width_m`` the crown is the last entry of ``mean`` and ``information``, one more than the
    unknowns, and the clicks are of places whose z is a height above the ground."""

    mean: Array
    information: Array
    clicks: Problem | None = None
    to_theta: Callable[[Array], Array] | None = None
    width_m: float | None = None

    def theta(self, unknowns: Array) -> Array:
        """The camera (11,)."""
        return unknowns if self.to_theta is None else self.to_theta(unknowns[None])[0]

    def slope(self, unknowns: Array) -> Array:
        """d theta / d unknowns, shape (11, p)."""
        if self.to_theta is None:
            return np.eye(len(unknowns))
        steps = 1e-6 * np.eye(len(unknowns))
        moved = self.to_theta(np.concatenate([unknowns + steps, unknowns - steps]))
        return np.asarray((moved[: len(steps)] - moved[len(steps) :]).T / 2e-6, dtype=np.float64)

    def problem(self, fixed: Array, crown_m: float) -> Problem | None:
        """The clicks, with the terms ``fixed`` of the lens, on a pitch with that crown."""
        if self.clicks is None or self.width_m is None:
            return None if self.clicks is None else replace(self.clicks, fixed=fixed)
        return crowned(replace(self.clicks, fixed=fixed), crown_m, self.width_m)

    def clicked(self, theta: Array, fixed: Array, crown_m: float, turn: Array) -> tuple[Array, Array]:
        """The clicks' misses (n, 2) by their sigma, and how they move with the unknowns, the terms ``fixed`` and the
        crown, if there is one; ``turn`` (11, p) is ``slope``."""
        problem = self.problem(fixed, crown_m)
        assert problem is not None
        gap, lean = problem.linear(theta)
        places, tells = problem.seen(theta)
        here = image(theta[None], fixed, places)[0]
        moves = [(image(theta[None], fixed + step, places)[0] - here) / step.sum() for step in _FINE_STEPS]
        if self.width_m is not None:
            moves.append(by_place(theta, fixed, places)[:, :, 2] * shape(places[:, 1], self.width_m)[:, None])
        other = np.einsum("nij,njk->nik", tells, np.stack(moves, axis=2))
        other[~lean.any(axis=(1, 2))] = 0.0  # what the camera does not see does not move
        per = 1 / problem.sigma_px
        return gap * per[:, None], np.concatenate([lean @ turn, other], axis=2) * per[:, None, None]


def crowned(problem: Problem, crown_m: float, width_m: float) -> Problem:
    """``problem``, whose places have heights above the ground, on a pitch of ``width_m`` with a crown."""
    bent = tuple(lift(curve, crown_m, width_m) for curve in problem.curves)
    return replace(problem, places_m=lift(problem.places_m, crown_m, width_m), curves=bent, table=None)


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A camera fitted to stripes: the ``unknowns`` (p,), ``theta`` (11,) with the terms ``fixed`` (3,) of the lens, and
    its ``covariance`` (11, 11), on a crowned pitch that of camera and crown (12, 12); how much half the stripes' width
    differs, ``width_m``, and the ``crown_m``; ``miss_px`` (n,) across each sample after what the paint has of its own,
    ``whole_px`` (n,) with it; the chi-square ``clicks_cost``."""

    unknowns: Array
    theta: Array
    fixed: Array
    covariance: Array
    width_m: float
    crown_m: float
    miss_px: Array
    whole_px: Array
    clicks_cost: float


def settle(
    unknowns: Array,
    fixed: Array,
    samples: Samples,
    paint: Courses,
    known: Known,
    *,
    width: tuple[float, float] = (0.0, 0.006),
    size_px: tuple[int, int],
    fine: tuple[float, float, float] = FINE_SIGMA,
    steps: int = 8,
) -> Settled:
    """The most likely camera near ``unknowns`` (p,) given stripes and what is ``known``; ``width`` is how much half
    the stripes' width differs from ``HALF_WIDTH_M``, mean and sigma in metres; ``fixed`` (3,) are p1, p2 and k3 as
    known before, with the sigmas ``fine``."""
    places = paint.places_m[samples.index]
    used, own = np.unique(paint.owner[samples.index], return_inverse=True)
    size, count = len(unknowns), len(samples.index)
    total = size + _SHARED + WAYS * len(used)
    rows = np.zeros((count, total))
    rows[:, size + 3] = samples.per_m * paint.widens[samples.index]
    for way in range(WAYS):
        rows[np.arange(count), size + _SHARED + WAYS * own + way] = samples.per_m * paint.wrong[samples.index, way]
    rows[:, size + 5 : size + 7] = samples.per_m[:, None] * paint.outward[samples.index]
    with_crown = known.width_m is not None
    # The unknowns of which ``known`` speaks: the camera's, and the crown where there is one.
    told = np.append(np.arange(size), size + 4) if with_crown else np.arange(size)
    clicked = np.concatenate([np.arange(size + 3), [size + 4] if with_crown else []]).astype(np.int64)
    prior = np.full(total - size, 1 / PAINT_SIGMA_M**2)
    crown_sigma_m = np.inf if with_crown else CROWN_SIGMA_M
    prior[:_SHARED] = 1 / np.array([*fine, width[1], crown_sigma_m, SIZE_SIGMA_M, SIZE_SIGMA_M]) ** 2
    aim = np.zeros(total - size)
    aim[3] = width[0]
    extra = aim.copy()
    measured = (samples.normal * samples.at_px).sum(axis=1)
    high = np.zeros((count, 3))
    high[:, 2] = 0.05 * paint.crown[samples.index]
    for step in range(steps):
        theta, turn, now = known.theta(unknowns), known.slope(unknowns), fixed + extra[:3]

        def across(places: Array, now: Array = now, theta: Array = theta) -> Array:
            return np.asarray((samples.normal * image(theta[None], now, places)[0]).sum(axis=1), dtype=np.float64)

        seen = across(places)
        rows[:, :size] = np.einsum("ni,nip->np", samples.normal, by_camera(theta, now, places)) @ turn
        for term in range(3):
            rows[:, size + term] = (across(places, now + _FINE_STEPS[term]) - seen) / _FINE_STEPS[term, term]
        rows[:, size + 4] = (across(places + high) - seen) / 0.05
        shared = rows[:, size + 3 : size + _SHARED] @ extra[3:_SHARED]  # all but the lens, which ``seen`` has
        miss = seen - measured + shared + rows[:, size + _SHARED :] @ extra[_SHARED:]
        soft = 1 / (1 + (miss / (CAUCHY * samples.sigma_px)) ** 2)
        weight = soft / samples.sigma_px**2
        normal = rows.T @ (rows * weight[:, None])
        gradient = rows.T @ (miss * weight)
        crown_m = paint.crown_m + float(extra[4])
        state = np.append(unknowns, crown_m) if with_crown else unknowns
        normal[np.ix_(told, told)] += known.information
        gradient[told] += known.information @ (state - known.mean)
        normal[range(size, total), range(size, total)] += prior
        gradient[size:] += prior * (extra - aim)
        clicks_cost = 0.0
        if known.clicks is not None:
            gap, lean = known.clicked(theta, now, crown_m, turn)
            normal[np.ix_(clicked, clicked)] += np.einsum("nip,niq->pq", lean, lean)
            gradient[clicked] += np.einsum("nip,ni->p", lean, gap)
            clicks_cost = float((gap**2).sum())
        move = solve(normal, -gradient)
        if step == steps - 1 or float(np.abs(rows @ move).max(initial=0.0)) < 0.01:
            break
        unknowns, extra = unknowns + move[:size], extra + move[size:]
    inverted = _head(normal, size + _SHARED)
    spread = turn @ inverted[:size, :size] @ turn.T
    as_camera = absorbed(theta, now, spread, size_px, paint)
    if with_crown:
        as_camera[:, 3] = 0.0  # the result has the crown itself
    mixing = np.concatenate([turn, as_camera[:, :3], np.zeros((11, 1)), as_camera[:, 3:], np.zeros((11, 2))], axis=1)
    if with_crown:
        mixing = np.concatenate([mixing, np.eye(mixing.shape[1])[size + 4 : size + 5]])
    theta = theta + as_camera[:, 3] * extra[4]
    shown = places + high * (extra[4] / 0.05) if with_crown else places
    whole = across(shown, now, theta) - measured + rows[:, size + 3] * extra[3]
    covariance = mixing @ inverted @ mixing.T
    crown_m = paint.crown_m + float(extra[4])
    return Settled(unknowns, theta, now, covariance, float(extra[3]), crown_m, miss, whole, clicks_cost)


_SHARED = 7
"""Unknowns that all stripes share: p1, p2, k3, half the width, the crown, half the pitch's length and width."""


def _head(normal: Array, size: int) -> Array:
    """The first ``size`` rows and columns of the inverse: what is left unknown when all else is let free."""
    head, side, tail = normal[:size, :size], normal[:size, size:], normal[size:, size:]
    return inverse(head - side @ np.linalg.solve(tail, side.T))  # every further unknown has a prior


def absorbed(theta: Array, fixed: Array, spread: Array, size_px: tuple[int, int], paint: Courses) -> Array:
    """How the camera changes (11, 4) to show the visible ground as p1, p2, k3 and a crown, one of each, would."""
    x, y = paint.half_m
    grid = np.stack(
        np.meshgrid(np.arange(-x, x + 1, _GROUND_STEP_M), np.arange(-y, y + 1, _GROUND_STEP_M), [0.0]), axis=-1
    ).reshape(-1, 3)
    grid = grid[visible(theta, fixed, grid)]
    seen = image(theta[None], fixed, grid)[0]
    inside = ((seen > 0) & (seen < np.array(size_px))).all(axis=1)
    grid, seen = grid[inside], seen[inside]
    if not len(grid):
        return np.zeros((len(theta), 4))
    raised = grid + np.array([0.0, 0.0, 0.05]) * (1 - (grid[:, 1:2] / y) ** 2)
    wanted = [image(theta[None], fixed + step, grid)[0] - seen for step in _FINE_STEPS]
    scales = [*np.diag(_FINE_STEPS), 0.05]
    wanted.append(image(theta[None], fixed, raised)[0] - seen)
    effect = np.stack([change.ravel() / scale for change, scale in zip(wanted, scales, strict=True)], axis=1)
    slope = by_camera(theta, fixed, grid).reshape(-1, len(theta))
    # As little change as does: where the picture does not tell, the camera stays as it is.
    normal = slope.T @ slope / _ABSORBED_PX**2 + 1e-2 * inverse(spread)
    return np.stack([solve(normal, slope.T @ column / _ABSORBED_PX**2) for column in effect.T], axis=1)
