"""Left and right that one view took for each other, found by where the other views have them, and undone.

A body model that sees somebody from behind, or legs that pass, calls the left side right for some pictures. In space
that cannot be: with the sides exchanged in that view the rays meet, without they do not. Which side is which is what
most views say, and stays so from one instant to the next.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from athletes.pose.model import Skeleton
from athletes.space.paired import Views
from athletes.space.solving import Flags, Floats, distances, linear, planes
from athletes.space.triangulate import AT_ONCE, Agreement, scatter

PARTS: Mapping[str, tuple[str, ...]] = {
    "arms": ("shoulder", "elbow", "wrist", "pinky", "index", "thumb"),
    "legs": ("hip", "knee", "ankle", "heel", "foot_index"),
    "head": ("eye_inner", "eye", "eye_outer", "ear", "mouth"),
}
"""What is taken for its mirror image together: a model turns legs round without the arms, but not a knee alone."""

POOR = 0.15
"""As they are, the views disagree: the mean of (distance / limit) squared, cut at 1. Noise alone gives 0.06."""

BETTER = 0.5
"""Exchanged they must disagree less than this share of it."""

APART = 0.3
"""Sides that lie nearer to each other in a picture than this share of the limit cannot be told there."""

STEADY_S = 0.25
"""For so long sides that cannot be told (legs that pass) stay what they were."""


@dataclass(frozen=True, slots=True, eq=False)
class Swap:
    """In ``camera`` the sides of ``part`` were exchanged at the ``instants`` (places in ``Views.t_s``)."""

    camera: str
    part: str
    instants: tuple[int, ...]


def unswapped(views: Views, agreement: Agreement | None = None) -> tuple[Views, tuple[Swap, ...]]:
    """The views with sides put right, and what was exchanged."""
    rule = agreement or Agreement()
    factor = scatter(views, rule)
    told: list[Swap] = []
    for part, pairs in sides(views.skeleton).items():
        exchanged = _exchanged(views, pairs, rule.gate * factor, rule)
        if exchanged.any():
            views = _with_sides(views, pairs, exchanged)
            for at in np.flatnonzero(exchanged.any(axis=1)):
                where = tuple(int(i) for i in np.flatnonzero(exchanged[at]))
                told.append(Swap(views.cameras[at].name, part, where))
    return views, tuple(told)


def sides(skeleton: Skeleton) -> dict[str, list[tuple[int, int]]]:
    """The mirrored pairs (left, right) of a skeleton by the part of the body they belong to."""
    found: dict[str, list[tuple[int, int]]] = {}
    for left, right in skeleton.mirrored:
        name = skeleton.joints[left].replace("left", "").strip("_")
        part = next((part for part, words in PARTS.items() if name in words), None)
        if part is not None:
            found.setdefault(part, []).append((left, right))
    return found


def _with_sides(views: Views, pairs: list[tuple[int, int]], exchanged: Flags) -> Views:
    """The views with left and right exchanged where ``exchanged`` (c, n) says so."""
    order = np.arange(len(views.skeleton))
    for left, right in pairs:
        order[left], order[right] = right, left
    flag = exchanged[:, :, None]
    return replace(
        views,
        px=np.where(flag[..., None], views.px[:, :, order], views.px),
        sigma_px=np.where(flag, views.sigma_px[:, :, order], views.sigma_px),
        confidence=np.where(flag, views.confidence[:, :, order], views.confidence),
    )


def _exchanged(views: Views, pairs: list[tuple[int, int]], gate: float, rule: Agreement) -> Flags:
    """In which camera and at which instant (c, n) the sides of some joints are exchanged."""
    c, n = views.px.shape[:2]
    trial = _Trial(views, pairs, gate, rule)
    everything = np.arange(n)
    as_is = trial.cost((), everything)
    best, best_cost = np.zeros((c, n), dtype=bool), as_is.copy()
    single = np.stack([trial.cost((at,), everything) for at in range(c)])
    _take(best, best_cost, everything, [((at,), single[at]) for at in range(c)])
    bad = np.flatnonzero((as_is > POOR) & ~(best_cost < np.minimum(POOR, BETTER * as_is)))
    for several in range(2, c // 2 + 1):
        if not len(bad):
            break
        _take(best, best_cost, bad, [(which, trial.cost(which, bad)) for which in combinations(range(c), several)])
    clear = (as_is > POOR) & (best_cost < BETTER * as_is) & ~(best & ~trial.apart()).any(axis=0)
    best[:, ~clear] = False
    _keep_steady(best, views.t_s, single, as_is)
    return trial.same_person_side(best)


def _take(best: Flags, best_cost: Floats, at: np.ndarray, tried: list[tuple[tuple[int, ...], Floats]]) -> None:
    for which, cost in tried:
        better = cost < best_cost[at]
        instants = at[better]
        best[:, instants] = False
        for camera in which:
            best[camera, instants] = True
        best_cost[instants] = cost[better]


def _keep_steady(best: Flags, t_s: Floats, single: Floats, as_is: Floats) -> None:
    """Where a camera's sides make no difference they are what they were before and are again afterwards."""
    for camera in range(len(best)):
        # The other way round is as good: nothing is decided here.
        undecided = ~best.any(axis=0) & ~(single[camera] > 1.5 * as_is + 0.02)
        decided = np.flatnonzero(~undecided)
        if not len(decided):
            continue
        after = np.searchsorted(decided, np.flatnonzero(undecided))
        for instant, place in zip(np.flatnonzero(undecided), after, strict=True):
            if 0 < place < len(decided):
                a, b = decided[place - 1], decided[place]
                if best[camera, a] and best[camera, b] and t_s[b] - t_s[a] <= STEADY_S:
                    best[camera, instant] = True


class _Trial:
    """How well rays meet with the sides of some cameras exchanged."""

    def __init__(self, views: Views, pairs: list[tuple[int, int]], gate: float, rule: Agreement) -> None:
        joints = [joint for pair in pairs for joint in pair]
        self.cameras, self.t_s = views.cameras, views.t_s
        self.px, sigma = views.px[:, :, joints], views.sigma_px[:, :, joints]
        confidence = np.nan_to_num(views.confidence[:, :, joints], nan=1.0)
        seen = np.isfinite(self.px).all(axis=3) & (sigma > 0) & (confidence >= rule.least_confidence)
        c, n, j = seen.shape
        self.plane = planes(views.cameras, self.px.reshape(c, n * j, 2)).reshape(c, n, j, 2)
        seen &= np.isfinite(self.plane).all(axis=3)
        self.limit = np.where(seen, gate * sigma, np.nan)
        self.weight = np.where(seen, confidence / np.where(seen, sigma, 1.0) ** 2, 0.0)
        self.order = np.arange(j).reshape(-1, 2)[:, ::-1].ravel()

    def _sided(self, which: tuple[int, ...], at: np.ndarray) -> tuple[Floats, Floats, Floats, Floats]:
        parts = []
        for value in (self.plane, self.px, self.weight, self.limit):
            some = value[:, at].copy()
            for camera in which:
                some[camera] = some[camera][:, self.order]
            parts.append(some.reshape(some.shape[0], -1, *value.shape[3:]))
        plane, px, weight, limit = parts
        return plane, px, weight, limit

    def apart(self) -> Flags:
        """In which camera and at which instant (c, n) the sides lie apart in the picture (median over the pairs)."""
        pairs = self.px.reshape(*self.px.shape[:2], -1, 2, 2)
        limit = self.limit.reshape(*self.limit.shape[:2], -1, 2)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # nothing was seen: NaN, which is not apart
            ratio = np.nanmedian(
                np.linalg.norm(pairs[..., 0, :] - pairs[..., 1, :], axis=-1) / limit.mean(axis=-1), axis=-1
            )
        return np.asarray(ratio > APART)

    def cost(self, which: tuple[int, ...], at: np.ndarray) -> Floats:
        """The mean of (distance / limit) squared, cut at 1, at each of the instants ``at``; 0 where nothing tells."""
        parts = [self._cost(which, at[first : first + AT_ONCE]) for first in range(0, len(at), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _cost(self, which: tuple[int, ...], at: np.ndarray) -> Floats:
        plane, px, weight, limit = self._sided(which, at)
        two = (weight > 0).sum(axis=0) >= 2
        off = distances(self.cameras, px, linear(self.cameras, plane, weight)) / limit
        squares = np.where((weight > 0) & two, np.fmin(np.nan_to_num(off, nan=1.0), 1.0) ** 2, 0.0)
        counted = ((weight > 0) & two).reshape(len(self.cameras), len(at), -1).sum(axis=(0, 2))
        return np.asarray(
            squares.reshape(len(self.cameras), len(at), -1).sum(axis=(0, 2)) / np.maximum(counted, 1), dtype=np.float64
        )

    def same_person_side(self, exchanged: Flags) -> Flags:
        """``exchanged`` or, from instant to instant, its opposite: a left side does not become the right one. In the
        whole it is what most views say."""
        n, j = self.px.shape[1], self.px.shape[2]
        places = np.full((n, j, 3), np.nan)
        for which in {tuple(int(camera) for camera in np.flatnonzero(column)) for column in exchanged.T}:
            mask = np.isin(np.arange(len(exchanged)), which)
            at = np.flatnonzero((exchanged == mask[:, None]).all(axis=0))
            plane, _, weight, _ = self._sided(which, at)
            met = linear(self.cameras, plane, np.where((weight > 0).sum(axis=0) >= 2, weight, 0.0))
            places[at] = met.reshape(len(at), j, 3)
        turned = np.zeros(n, dtype=bool)
        last = -1
        for instant in np.flatnonzero(np.isfinite(places[..., 0]).any(axis=1)):
            if last >= 0 and self.t_s[instant] - self.t_s[last] <= STEADY_S:
                before = places[last][self.order] if turned[last] else places[last]
                same = np.linalg.norm(places[instant] - before, axis=1)
                other = np.linalg.norm(places[instant][self.order] - before, axis=1)
                both = np.isfinite(same) & np.isfinite(other)
                turned[instant] = bool(both.any() and np.median(other[both]) < 0.5 * np.median(same[both]))
                if not both.any():
                    turned[instant] = turned[last]
            elif last >= 0:
                turned[instant] = turned[last] if exchanged[:, instant].sum() * 2 == len(exchanged) else False
            last = int(instant)
        seen = np.asarray((self.weight > 0).any(axis=2))
        found = np.logical_xor(exchanged, turned) & seen
        opposite = ~found & seen
        return opposite if opposite.sum() < found.sum() else found
