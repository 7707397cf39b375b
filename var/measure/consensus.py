"""Finds the camera that most marks agree on, and those that do not: wrong names, exchanged points, a mirror image."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.measure import Z95
from var.measure.camera import Array, rotations
from var.measure.search import PLAIN, Search
from var.measure.solve import Fit, Problem, fit, guesses
from var.measure.starts import guessed, likely_without, starts

ENOUGH_TO_REJECT = 7
"""Marks from which a wrong one can be named: six marks still hold the camera with one to spare."""

FEW, VERY_FEW = 10, 8
"""Up to so many marks each is left out in turn to find a wrong one; with very few the camera is even sought anew each
time, which takes up to half a second. With more marks the robust fit does not need it."""

FEW_LINES = 12

NEAR_PX = 5.0
"""A click within some pixels speaks for a camera; how far off the others are matters little."""

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


def find_start(problem: Problem, size_px: tuple[int, int]) -> Fit | None:
    """The best robust fit from many first guesses; with enough marks also from guesses on random subsets of them."""
    count, width = len(problem.pixels), size_px[0]
    search, used = Search.of(problem), np.ones((1, len(problem.pixels)), dtype=bool)
    (theta,) = _cameras(search, used, width)
    if problem.on is None and count >= ENOUGH_TO_REJECT and not _most_agree(problem, theta):
        theta = _by_subsets(search, theta, width)
    return None if theta is None else fit(problem, theta, robust=True, steps=0)


def _cameras(search: Search, used: NDArray[np.bool_], width_px: int) -> list[Array | None]:
    """For each choice of clicks ``used`` (s, n) the camera (11,) that fits most of them best, from guesses by the
    points in which lines meet; where that does not fit, and there are lines, from many likely ones."""
    problem = search.problem
    pools = [guessed(problem.only(own), width_px) for own in used]
    found = _best_of(search, used, pools, width_px)
    if problem.on is None:
        return found
    rest = np.array(
        [k for k, theta in enumerate(found) if theta is None or not _mostly_fits(problem, theta, used[k], width_px)]
    )
    if not len(rest):
        return found
    others = _best_of(search, used[rest], likely_without(problem, width_px, used[rest]), width_px)
    for k, other in zip(rest, others, strict=True):
        both = [theta for theta in (found[k], other) if theta is not None]
        if both:
            losses = search.losses(np.array(both), np.repeat(used[k][None], len(both), axis=0), NEAR_PX)
            found[k] = both[int(np.argmin(losses))]
    return found


def _mostly_fits(problem: Problem, theta: Array, used: NDArray[np.bool_], width_px: int) -> bool:
    return float(np.median(np.linalg.norm(problem.misses(theta)[used], axis=1))) < 0.003 * width_px


def _most_agree(problem: Problem, theta: Array | None) -> bool:
    """Whether a camera fits four marks of five."""
    if theta is None:
        return False
    bad = np.linalg.norm(problem.misses(theta), axis=1) > 6 * problem.sigma_px
    return bool(bad.mean() <= 0.2)


def _by_subsets(search: Search, theta: Array | None, width_px: int) -> Array | None:
    """The better of ``theta`` and of what comes from guesses on random subsets of the points."""
    problem = search.problem
    # A fixed seed: the same marks give the same camera.
    random, pool = np.random.default_rng(1), guessed(problem, width_px)
    for _ in range(12):
        subset = random.choice(len(problem.pixels), 5, replace=False)
        if not all_but_one_in_line(problem.places_m[subset], 0.5):
            pool += guesses(problem.only(subset), width_px)
    used = np.ones((2, len(problem.pixels)), dtype=bool)
    (other,) = _best_of(search, used[:1], [pool], width_px)
    if theta is None or other is None:
        return other if theta is None else theta
    losses = search.losses(np.array([theta, other]), used, NEAR_PX)
    return theta if losses[0] <= losses[1] else other


def _best_of(search: Search, used: NDArray[np.bool_], pools: list[list[Array]], width_px: int) -> list[Array | None]:
    """For each choice of clicks ``used`` (s, n) the best camera (11,) of those that fits from the four most promising
    guesses of its pool lead to; None where none stands above the ground."""
    owners = np.repeat(np.arange(len(pools)), [len(pool) for pool in pools])
    if not len(owners):
        return [None] * len(pools)
    thetas = np.array([theta for pool in pools for theta in pool])
    losses = search.losses(thetas, used[owners], 0.01 * width_px)
    order = np.argsort(losses, kind="stable")
    chosen = np.concatenate([order[owners[order] == own][:4] for own in range(len(pools))])
    thetas, owners = search.fits(thetas[chosen], used[owners[chosen]]), owners[chosen]
    losses = search.losses(thetas, used[owners], NEAR_PX)
    heights = -np.einsum("mji,mj->mi", rotations(thetas[:, 5:8]), thetas[:, 8:11])[:, 2]
    losses[~((heights > 0) & np.isfinite(losses))] = np.inf
    found: list[Array | None] = []
    for own in range(len(pools)):
        mine = np.flatnonzero((owners == own) & np.isfinite(losses))
        found.append(thetas[mine[np.argmin(losses[mine])]] if len(mine) else None)
    return found


def mirrored(problem: Problem, start: Fit | None, size_px: tuple[int, int]) -> str | None:
    """How the marks are mirrored, if they fit a camera far better so: ``marks`` where near and far are exchanged (or y
    grows toward the camera), ``sides`` where left and right are.

    Which of the two cannot be told from the marks, for half a turn of the pitch makes one the other; it is the one that
    leaves the camera on the near side.
    """
    own = math.inf if start is None else float(np.median(np.linalg.norm(start.misses, axis=1)))
    if own < 0.003 * size_px[0]:
        return None
    flipped = problem.mirrored()
    used = np.ones((1, len(problem.pixels)), dtype=bool)
    (other,) = _best_of(Search.of(flipped), used, [starts(flipped, size_px[0])], size_px[0])
    if other is None:
        return None
    if float(np.median(np.linalg.norm(flipped.misses(other), axis=1))) >= 0.2 * min(own, 0.02 * size_px[0]):
        return None
    centre = -rotations(other[None, 5:8])[0].T @ other[8:11]
    return "marks" if centre[1] <= 0 else "sides"


def agrees_mirrored(problem: Problem, size_px: tuple[int, int]) -> bool:
    """Whether every single mark agrees with a camera that sees the mirror image."""
    flipped = problem.mirrored()
    used = np.ones((1, len(problem.pixels)), dtype=bool)
    (theta,) = _best_of(Search.of(flipped), used, [starts(flipped, size_px[0])], size_px[0])
    return theta is not None and agree(flipped, fit(flipped, theta))


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
    if agree(problem, everything):
        return None
    parts = [np.arange(len(problem.pixels)) != index for index in range(len(problem.pixels))]
    parts = [kept for kept in parts if not all_but_one_in_line(problem.places_m[kept], 0.05)]
    if not parts:
        return None
    for thorough in (False, True)[: 2 if len(problem.pixels) <= VERY_FEW else 1]:
        begins: list[Array | None] = [None] * len(parts)
        if thorough:
            pools = [guesses(problem.only(kept), width_px) for kept in parts]
            begins = _best_of(Search.of(problem), np.array(parts), pools, width_px)
        tries: list[tuple[float, int, Fit]] = []
        for index, (kept, begin) in enumerate(zip(parts, begins, strict=True)):
            without = fit(problem.only(kept), start.theta if begin is None else begin)
            tries.append((without.cost, index, without))
        _, best, found = min(tries, key=lambda entry: entry[0])
        if agree(problem.only(parts[best]), found):
            return parts[best], found
    return None


def sort_out_marks(
    problem: Problem, marks: NDArray[np.int64], start: Fit, size_px: tuple[int, int]
) -> tuple[Array, Fit]:
    """As ``sort_out``, for lines: ``marks`` (n,) says to which mark each click belongs, and a mark is kept or rejected
    with all its clicks. The mask is over clicks. Where leaving out one mark is not enough and all of them agree with a
    mirror image, no further one is left out."""
    from scipy.special import chdtrc

    kept = np.ones(len(marks), dtype=bool)
    found = fit(problem, start.theta)
    if np.median(np.linalg.norm(start.misses, axis=1)) > NOWHERE * size_px[0]:
        return kept, found  # nothing fits: to look for the one wrong mark would take long and be in vain
    search, sought = Search.of(problem), 0
    flipped: bool | None = None
    while not agree(problem.only(kept), found):
        masks = [
            left
            for mark in _suspects(problem, marks, kept, found, start)
            if _told(problem.only(left := kept & (marks != mark))).sum() >= 2 * (ENOUGH_TO_REJECT - 1)
            and len(np.unique(marks[left])) >= 3
        ]
        if not kept.all() and flipped is None:
            flipped = agrees_mirrored(problem, size_px)
        if not masks or flipped:
            break  # one wrong mark explains it no better than a mirror image of the whole
        used = np.array(masks)
        both = [search.losses(np.repeat(one.theta[None], len(used), axis=0), used, NEAR_PX) for one in (found, start)]
        begins = np.where((both[0] <= both[1])[:, None], found.theta, start.theta)
        without = _best_two(search, used, search.fits(begins, used))
        best = min(without, key=lambda entry: entry[0])
        if (
            len(np.unique(marks[kept])) <= FEW_LINES
            and sought < MOST_SOUGHT
            and not agree(problem.only(best[1]), best[2])
        ):
            # A wrong line among few pulls the camera far away: it is sought anew.
            sought += len(used)
            anew = _cameras(search, used, size_px[0])
            some = np.array([theta is not None for theta in anew])
            if some.any():
                without += _best_two(search, used[some], np.array([theta for theta in anew if theta is not None]))
        cost, left, tried = min(without, key=lambda entry: entry[0])
        part = problem.only(left)
        told = _told(part)
        scale2 = max(1.0, float(np.median(_deletion_chi2(part, tried) / np.where(told == 2, 1.386, 0.455))))
        if chdtrc(int(_told(problem.only(kept & np.logical_not(left))).sum()), (found.cost - cost) / scale2) > RARE:
            break  # leaving out even this one explains no more than chance does
        kept, found = left, tried
    return kept, found


def _best_two(search: Search, used: NDArray[np.bool_], thetas: Array) -> list[tuple[float, Array, Fit]]:
    """The fits near ``thetas`` (s, 11) to the clicks ``used`` (s, n) that cost least, two at most, with their cost and
    clicks."""
    thetas = search.fits(thetas, used, PLAIN)
    order = np.argsort(search.costs(thetas, used))[:2]
    found = [(used[k], fit(search.problem.only(used[k]), thetas[k])) for k in order]
    return [(one.cost, own, one) for own, one in found]


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


def _told(problem: Problem) -> Array:
    """How many numbers each click (n,) tells: two for a point, one for a line."""
    return np.where(problem.points, 2, 1)


def _free(problem: Problem) -> int:
    """Degrees of freedom of the cost: two for a point, one for a click on a line and one for each known prior, less
    the parameters."""
    return int(_told(problem).sum()) + int(np.isfinite(problem.sigma).sum()) - len(problem.sigma)


def agree(problem: Problem, found: Fit, rarity: float = 1e-3) -> bool:
    """Whether the marks, and the priors with them, agree within the stated uncertainty: worse than this would be rarer
    than ``rarity``."""
    from scipy.special import chdtri

    return found.cost <= float(chdtri(_free(problem), rarity))


def _robust_scale2(problem: Problem, found: Fit) -> float:
    """By how much the median mark exceeds its stated variance, at least 1; 1.386 is the median of chi-square(2)."""
    return max(1.0, float(np.median(_deletion_chi2(problem, found))) / 1.386)


def noise_scale(problem: Problem, found: Fit) -> float:
    """By how much to raise the clicks' stated standard deviation, at least 1.

    It is taken from few residuals where there are few marks, so an excess is widened by Student's factor: the interval
    that the covariance gives then holds what it promises.
    """
    from scipy.special import stdtrit

    free = _free(problem)
    scale2 = found.cost / free
    if scale2 <= 1 or agree(problem, found, 0.05):
        return math.sqrt(max(1.0, scale2))
    return math.sqrt(scale2) * -float(stdtrit(free, 0.025)) / Z95


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
    from scipy.special import stdtrit

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
        wider = wider * (float(stdtrit(free, 0.025)) / Z95) ** 2
    last = np.sqrt(wider * scale2 / weight)
    return replace(problem, sigma_px=problem.sigma_px * last), math.sqrt(raised2)
