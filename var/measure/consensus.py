"""Finds the camera that most marks agree on, and those that do not: wrong names, exchanged points, a mirror image."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.measure import Z95
from var.measure.camera import Array, rotations
from var.measure.solve import Fit, Problem, fit, guesses
from var.measure.starts import likely_cameras, starts

ENOUGH_TO_REJECT = 7
"""Marks from which a wrong one can be named: six marks still hold the camera with one to spare."""

FEW, VERY_FEW = 10, 8
"""Up to so many marks each is left out in turn to find a wrong one; with very few the camera is even sought anew each
time, which takes up to half a second. With more marks the robust fit does not need it."""

FEW_LINES = 12

ROUNDS, SETTLED = 30, 1e-3
"""The weights of clicks are found in some ten rounds, until their scale changes by less than this share."""

NOWHERE = 0.05
"""Of the picture's width: where half of the clicks miss by more, no camera fits the marks."""
MOST_SOUGHT = 12
"""So often the camera is sought anew, which takes up to seconds each time."""
SUSPECTS = 4
"""So many marks are left out in turn, those that stand out most, and half as many that stand out otherwise."""
RARE = 2e-5
"""A line is wrong where its clicks would miss so far in one of so many marks by chance."""

TAIL = 4.0
"""Degrees of freedom of Student's distribution, which people's clicks follow better than the normal one: now and then
one lies far off, and it is no other point for that."""

TELLS_TAILS = 16
"""Degrees of freedom from which marks tell how far clicks scatter, apart from those that lie far off."""

REJECT_CHI2 = 20.0
"""A mark is wrong beyond this chi-square with two degrees of freedom: by chance one in 22,000 marks."""


def all_but_one_in_line(points: Array, tolerance: float) -> bool:
    """Whether one straight line holds all but one of ``points`` (n, d), to within ``tolerance``."""
    for left_out in range(len(points)):
        rest = np.delete(points, left_out, axis=0)
        middle = rest - rest.mean(axis=0)
        axis = np.linalg.svd(middle, full_matrices=False)[2][0]
        if np.linalg.norm(middle - np.outer(middle @ axis, axis), axis=1).max() < tolerance:
            return True
    return False


def _robust_cost(problem: Problem, theta: Array, spread_px: float) -> float:
    """How badly a guess fits, with the pull of wrong marks limited."""
    return float(np.log1p((problem.misses(theta) ** 2).sum(axis=1) / spread_px**2).sum())


def find_start(problem: Problem, size_px: tuple[int, int]) -> Fit | None:
    """The best robust fit from many first guesses; with enough marks also from guesses on random subsets of them."""
    width = size_px[0]
    spread = 0.01 * width
    pool = starts(problem, width)
    best = _best_of(problem, pool, spread)
    count = len(problem.pixels)
    if problem.on is not None:
        return best if best is not None and _mostly_fits(problem, best, spread) else _anywhere(problem, best, width)
    if count < ENOUGH_TO_REJECT:
        return best
    if best is not None:
        bad = np.linalg.norm(best.misses, axis=1) > 6 * problem.sigma_px
        if bad.mean() <= 0.2:  # the robust fit has found a camera that most marks agree on
            return best
    # A fixed seed: the same marks give the same camera.
    random = np.random.default_rng(1)
    for _ in range(12):
        subset = random.choice(count, 5, replace=False)
        if not all_but_one_in_line(problem.places_m[subset], 0.5):
            pool += guesses(problem.only(subset), width)
    again = _best_of(problem, pool, spread)
    if best is None or (
        again is not None and _robust_cost(problem, again.theta, 5.0) < _robust_cost(problem, best.theta, 5.0)
    ):
        return again
    return best


def _mostly_fits(problem: Problem, found: Fit, spread: float) -> bool:
    return float(np.median(np.linalg.norm(found.misses, axis=1))) < 0.3 * spread


def _anywhere(problem: Problem, best: Fit | None, width_px: int) -> Fit | None:
    """The better of ``best`` and of what comes from many likely cameras."""
    other = _best_of(problem, likely_cameras(problem, width_px), 0.01 * width_px)
    usable = [found for found in (best, other) if found is not None]
    return min(usable, key=lambda found: _robust_cost(problem, found.theta, 5.0), default=None)


def _best_of(problem: Problem, pool: list[Array], spread: float) -> Fit | None:
    """The best of the fits that start at the four most promising guesses of ``pool``."""
    order = sorted(pool, key=lambda theta: _robust_cost(problem, theta, spread))
    usable = []
    for theta in order[:4]:
        found = fit(problem, theta, robust=True)
        if found.height_m > 0 and np.isfinite(found.cost):
            usable.append(found)
            if problem.on is not None and _mostly_fits(problem, found, spread):
                break  # another camera that most lines fit does not exist
    return min(usable, key=lambda found: _robust_cost(problem, found.theta, 5.0), default=None)


def mirrored(problem: Problem, start: Fit | None, size_px: tuple[int, int]) -> str | None:
    """How the marks are mirrored, if they fit a camera far better so: ``marks`` where near and far are exchanged (or y
    grows toward the camera), ``sides`` where left and right are.

    Which of the two cannot be told from the marks, for half a turn of the pitch makes one the other; it is the one that
    leaves the camera on the near side.
    """
    own = math.inf if start is None else float(np.median(np.linalg.norm(start.misses, axis=1)))
    if own < 0.01 * size_px[0]:
        return None
    flipped = problem.mirrored()
    other = _best_of(flipped, starts(flipped, size_px[0]), 0.01 * size_px[0])
    if other is None or float(np.median(np.linalg.norm(other.misses, axis=1))) >= 0.2 * min(own, 0.02 * size_px[0]):
        return None
    centre = -rotations(other.theta[None, 5:8])[0].T @ other.theta[8:11]
    return "marks" if centre[1] <= 0 else "sides"


def _deletion_chi2(problem: Problem, found: Fit) -> Array:
    """For each mark the chi-square (n,) of its residual, which accounts for how far the mark pulled the fit to
    itself."""
    left = np.eye(2) - found.hats
    miss = found.misses / problem.sigma_px[:, None]
    # A mark that alone determines something fits perfectly whatever it is: it cannot be judged.
    judged = np.linalg.eigvalsh(left)[:, 0] > 1e-3
    inverse = np.linalg.pinv(left)
    return np.asarray(np.where(judged, np.einsum("ni,nij,nj->n", miss, inverse, miss), 0.0), dtype=np.float64)


def sort_out(problem: Problem, start: Fit, width_px: int) -> tuple[Array, Fit]:
    """Which marks (mask) to keep, and the fit to them."""
    count = len(problem.pixels)
    kept = np.ones(count, dtype=bool)
    if count < ENOUGH_TO_REJECT:
        return kept, fit(problem, start.theta)
    if count <= FEW and (alone := _odd_one_out(problem, start, width_px)) is not None:
        return alone
    least = max(6, math.ceil(0.6 * count))
    ratio = np.linalg.norm(start.misses, axis=1) / problem.sigma_px
    # 1.18 is the median length of a two-dimensional standard normal vector; six of its scales lie beyond any click.
    limit = 6 * max(1.0, float(np.median(ratio)) / 1.18)
    worst_first = np.argsort(-ratio)
    kept[[i for i in worst_first[: count - least] if ratio[i] > limit]] = False
    found = fit(problem.only(kept), start.theta)
    # Judge the ones left out once more by the fit without them: the robust start may have been unfair.
    scale2 = _robust_scale2(problem.only(kept), found)
    miss, slope = problem.linear(found.theta)
    spread = np.einsum("nip,pq,njq->nij", slope, found.covariance, slope) * scale2
    spread += np.eye(2) * (problem.sigma_px**2 * scale2)[:, None, None]
    far2 = np.einsum("ni,ni->n", miss, np.linalg.solve(spread, miss[..., None])[..., 0])
    back = ~kept & (far2 < REJECT_CHI2)
    if back.any():
        kept |= back
        found = fit(problem.only(kept), found.theta)
    while kept.sum() > least:
        part = problem.only(kept)
        far2 = _deletion_chi2(part, found)
        if far2.max() <= REJECT_CHI2 * _robust_scale2(part, found):
            break
        kept[np.flatnonzero(kept)[np.argmax(far2)]] = False
        found = fit(problem.only(kept), found.theta)
    return kept, found


def _odd_one_out(problem: Problem, start: Fit, width_px: int) -> tuple[Array, Fit] | None:
    """Among few marks the one without which all others agree: its index left out of a mask, and the fit without it.

    A wrong mark among few pulls even a robust fit, so every mark is left out in turn and the camera sought anew. None
    where all marks agree, or where leaving out one does not restore agreement.
    """
    everything = fit(problem, start.theta)
    if _agree(problem, everything):
        return None
    parts = [np.arange(len(problem.pixels)) != index for index in range(len(problem.pixels))]
    parts = [kept for kept in parts if not all_but_one_in_line(problem.places_m[kept], 0.05)]
    for thorough in (False, True)[: 2 if len(problem.pixels) <= VERY_FEW else 1]:
        tries: list[tuple[float, int, Fit]] = []
        for index, kept in enumerate(parts):
            part, begin = problem.only(kept), start.theta
            if thorough:
                begun = _best_of(part, guesses(part, width_px), 0.01 * width_px)
                begin = start.theta if begun is None else begun.theta
            without = fit(part, begin)
            tries.append((without.cost, index, without))
        _, best, found = min(tries, key=lambda entry: entry[0])
        if _agree(problem.only(parts[best]), found):
            return parts[best], found
    return None


def sort_out_marks(
    problem: Problem, marks: NDArray[np.int64], start: Fit, size_px: tuple[int, int]
) -> tuple[Array, Fit]:
    """As ``sort_out``, for lines: ``marks`` (n,) says to which mark each click belongs, and a mark is kept or rejected
    with all its clicks. The mask is over clicks."""
    from scipy.stats import chi2

    kept = np.ones(len(marks), dtype=bool)
    found = fit(problem, start.theta)
    if np.median(np.linalg.norm(start.misses, axis=1)) > NOWHERE * size_px[0]:
        return kept, found  # nothing fits: to look for the one wrong mark would take long and be in vain
    sought = 0
    while not _agree(problem.only(kept), found):
        without: list[tuple[float, int, Array, Fit]] = []
        owners = np.unique(marks[kept])
        for mark in _suspects(problem, marks, kept, found, start):
            left = kept & (marks != mark)
            part = problem.only(left)
            if _told(part).sum() >= 2 * (ENOUGH_TO_REJECT - 1) and len(np.unique(marks[left])) >= 3:
                begin = min(found.theta, start.theta, key=lambda theta, part=part: _robust_cost(part, theta, 5.0))  # type: ignore[misc]
                tried = fit(part, fit(part, begin, robust=True).theta)
                without.append((tried.cost, int(mark), left, tried))
        if not without:
            break
        best = min(without, key=lambda entry: entry[0])
        if len(owners) <= FEW_LINES and sought < MOST_SOUGHT and not _agree(problem.only(best[2]), best[3]):
            # A wrong line among few pulls the camera far away: it is sought anew.
            sought += len(without)
            without = [_sought(problem, entry, size_px) for entry in without]
        cost, mark, left, tried = min(without, key=lambda entry: entry[0])
        part = problem.only(left)
        told = _told(part)
        scale2 = max(1.0, float(np.median(_deletion_chi2(part, tried) / np.where(told == 2, 1.386, 0.455))))
        if chi2.sf((found.cost - cost) / scale2, int(_told(problem.only(kept & (marks == mark))).sum())) > RARE:
            break  # leaving out even this one explains no more than chance does
        kept, found = left, tried
    return kept, found


def _suspects(problem: Problem, marks: NDArray[np.int64], kept: Array, found: Fit, start: Fit) -> NDArray[np.int64]:
    """The marks (few,) worth leaving out in turn: those that the fit without them would miss most, as far as it can be
    told from the fit with them, and those that the robust fit misses most."""
    owners = np.unique(marks[kept])
    part = problem.only(kept)
    with_it = np.array([np.inf if np.isnan(chi2) else -chi2 for chi2 in _mark_chi2(part, marks[kept], found)])
    robust = (start.misses[kept] ** 2).sum(axis=1) / part.sigma_px**2
    far = np.array([-float(np.median(robust[marks[kept] == mark])) for mark in owners])
    chosen = {*np.argsort(with_it)[:SUSPECTS].tolist(), *np.argsort(far)[: SUSPECTS // 2].tolist()}
    return owners[sorted(chosen)]


def _mark_chi2(problem: Problem, marks: NDArray[np.int64], found: Fit) -> Array:
    """For each mark the chi-square (m,) of all its clicks against the fit without it, linearly; NaN for one that alone
    determines something."""
    miss, slope = problem.linear(found.theta)
    miss, slope = miss / problem.sigma_px[:, None], slope / problem.sigma_px[:, None, None]
    square = []
    for mark in np.unique(marks):
        own = slope[marks == mark].reshape(-1, slope.shape[2])
        left = np.eye(len(own)) - own @ found.covariance @ own.T
        values, vectors = np.linalg.eigh((left + left.T) / 2)
        judged = values[0] > 1e-3
        square.append(float(((vectors.T @ miss[marks == mark].ravel()) ** 2 / values).sum()) if judged else np.nan)
    return np.array(square)


def _sought(
    problem: Problem, entry: tuple[float, int, Array, Fit], size_px: tuple[int, int]
) -> tuple[float, int, Array, Fit]:
    """The fit without a mark, from wherever the camera may be, where that is better."""
    cost, mark, left, found = entry
    begin = find_start(problem.only(left), size_px)
    other = found if begin is None else fit(problem.only(left), begin.theta)
    return (other.cost, mark, left, other) if other.cost < cost else entry


def _told(problem: Problem) -> Array:
    """How many numbers each click (n,) tells: two for a point, one for a line."""
    return np.where(problem.points, 2, 1)


def _free(problem: Problem) -> int:
    """Degrees of freedom of the cost: two for a point, one for a click on a line and one for each known prior, less
    the parameters."""
    return int(_told(problem).sum()) + int(np.isfinite(problem.sigma).sum()) - len(problem.sigma)


def _agree(problem: Problem, found: Fit, rarity: float = 1e-3) -> bool:
    """Whether the marks, and the priors with them, agree within the stated uncertainty: worse than this would be rarer
    than ``rarity``."""
    from scipy.stats import chi2

    return found.cost <= float(chi2.isf(rarity, _free(problem)))


def _robust_scale2(problem: Problem, found: Fit) -> float:
    """By how much the median mark exceeds its stated variance, at least 1; 1.386 is the median of chi-square(2)."""
    return max(1.0, float(np.median(_deletion_chi2(problem, found))) / 1.386)


def noise_scale(problem: Problem, found: Fit) -> float:
    """By how much to raise the clicks' stated standard deviation, at least 1.

    It is taken from few residuals where there are few marks, so an excess is widened by Student's factor: the interval
    that the covariance gives then holds what it promises.
    """
    from scipy.stats import t

    free = _free(problem)
    scale2 = found.cost / free
    if scale2 <= 1 or _agree(problem, found, 0.05):
        return math.sqrt(max(1.0, scale2))
    return math.sqrt(scale2) * float(t.isf(0.025, free)) / Z95


def tells_tails(problem: Problem) -> bool:
    """Whether there are enough marks to tell how clicks scatter."""
    return _free(problem) >= TELLS_TAILS


def tempered(problem: Problem, found: Fit) -> tuple[Problem, float]:
    """``problem`` with each click as uncertain as it shows itself near the fit ``found``, and by how much the noise of
    all was raised.

    With many marks clicks count as Student-distributed (``TAIL``; K. Lange, R. Little, J. Taylor, "Robust statistical
    modeling using the t distribution", JASA 84, 1989): one that lies far off counts less, and does not make the others
    look worse than they are. With few all count alike, for which of them lies far off cannot be told.
    """
    from scipy.stats import t

    scale = noise_scale(problem, found)
    free = _free(problem)
    if not tells_tails(problem):
        return (problem.noisier(scale) if scale > 1 else problem), scale
    told = _told(problem).astype(np.float64)
    # The information of a click of d numbers is (tail + d) / (tail + d + 2) of a normal one's with the same scale; so
    # much smaller is the scale that normal clicks of the stated noise have.
    wider = (TAIL + told + 2) / (TAIL + told)
    least2 = float((1 / wider).mean())
    scale2 = max(least2, _robust_scale2(problem, found) * least2)
    for _ in range(ROUNDS):
        square = (found.misses**2).sum(axis=1) / problem.sigma_px**2
        weight = (TAIL + told) / (TAIL + square / scale2)
        found = fit(replace(problem, sigma_px=problem.sigma_px * np.sqrt(scale2 / weight)), found.theta)
        square = (found.misses**2).sum(axis=1) / problem.sigma_px**2
        left = told - np.trace(found.hats, axis1=1, axis2=2)
        before, scale2 = scale2, max(least2, float((weight * square).sum() / left.sum()))
        if abs(scale2 / before - 1) < SETTLED:
            break
    raised2 = scale2 / least2
    if raised2 > 1:
        wider = wider * (float(t.isf(0.025, free)) / Z95) ** 2
    last = np.sqrt(wider * scale2 / weight)
    return replace(problem, sigma_px=problem.sigma_px * last), math.sqrt(raised2)
