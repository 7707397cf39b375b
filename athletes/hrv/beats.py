"""Intervals between beats, and where beats were not heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.errors import BadValue

LIMITS_MS = (300.0, 2000.0)
"""Hard limits of an interval, 200 to 30 beats a minute: what is outside is no normal interval, whatever wrote it."""
LONG_GAP_S = 3.0
"""A silence longer than this ends a series: what is measured over it would not be of one stretch of time."""
SHORT_GAP_S = 2.0
"""Less than this between two told times of beats is how exactly a recorder tells time, and no gap."""


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """Intervals in the order of the beats.

    ``ms``, shape (n,), in milliseconds, finite and above 0. ``gap_s``, shape (n,), in seconds: how long nothing was
    heard before the beat that begins interval i; 0 where the beat before it is its neighbour, infinity where nobody
    knows how long. No difference is taken over a gap.
    """

    ms: NDArray[np.float64]
    gap_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.ms.ndim != 1 or self.gap_s.shape != self.ms.shape:
            raise BadValue("athletes.errors.bad_intervals", intervals=self.ms.shape, gaps=self.gap_s.shape)
        if not np.all(np.isfinite(self.ms) & (self.ms > 0)) or not np.all(self.gap_s >= 0):
            raise BadValue("athletes.errors.impossible_interval")

    @property
    def count(self) -> int:
        """How many intervals there are."""
        return int(self.ms.size)

    @property
    def seconds(self) -> float:
        """The sum of the intervals, without gaps."""
        return float(self.ms.sum()) / 1000.0

    @property
    def breaks(self) -> NDArray[np.bool_]:
        """Which intervals do not follow the one before them, shape (n,); the first one does by convention."""
        found = self.gap_s > 0
        if found.size:
            found[0] = False
        return found

    @property
    def successive(self) -> NDArray[np.float64]:
        """Differences of intervals that follow one another, in milliseconds, shape (at most n - 1,)."""
        return np.asarray(np.diff(self.ms)[~self.breaks[1:]])

    @property
    def end_s(self) -> NDArray[np.float64]:
        """When each interval ended, in seconds from the beginning of the first one, shape (n,); infinite from a gap of
        unknown length on."""
        silent = self.gap_s.copy()
        silent[:1] = 0.0
        return np.asarray(np.cumsum(self.ms / 1000.0 + silent))

    @property
    def longest_gap_s(self) -> float:
        """The longest silence inside, 0 where there is none. An interval that is longer than ``LONG_GAP_S`` itself is
        one: no heart beats so slowly, a recorder that lost its signal adds up so."""
        gaps = float(self.gap_s[1:].max(initial=0.0))
        longest = float(self.ms.max(initial=0.0)) / 1000.0
        return max(gaps, longest if longest > LONG_GAP_S else 0.0)

    def part(self, first: int, last: int) -> Beats:
        """Intervals ``first`` to before ``last``."""
        return Beats(self.ms[first:last], self.gap_s[first:last])

    def stretches(self, longer_than_s: float = 0.0) -> tuple[tuple[int, int], ...]:
        """Where to cut so that no gap longer than ``longer_than_s`` is inside: pairs of first and after last."""
        cuts = np.flatnonzero(self.breaks & (self.gap_s > longer_than_s)).tolist()
        edges = [0, *cuts, self.count]
        return tuple((a, b) for a, b in pairwise(edges) if b > a)

    def without_long_gaps(self) -> tuple[tuple[int, int], ...]:
        """Where the stretches lie between gaps that would refuse the whole: pairs of first and after last. Intervals
        that are gaps themselves belong to none."""
        far = self.ms > LONG_GAP_S * 1000.0
        apart = self.gap_s > LONG_GAP_S
        if not self.count:
            return ()
        cuts = np.flatnonzero(far | apart | np.concatenate(([False], far[:-1])))
        edges = sorted({0, *cuts.tolist(), self.count})
        return tuple((a, b) for a, b in pairwise(edges) if not far[a])

    def longest(self) -> tuple[Beats, float]:
        """The longest stretch without a long gap, and when it begins, in seconds from the beginning of the first
        interval (infinite where nobody knows). Raises ``BadValue`` where there are no intervals."""
        stretches = self.without_long_gaps()
        if not stretches:
            raise BadValue("athletes.errors.no_spectrum", intervals=0)
        first, last = max(stretches, key=lambda pair: float(self.ms[pair[0] : pair[1]].sum()))
        return self.part(first, last), float(self.end_s[first] - self.ms[first] / 1000.0)


def beats(
    intervals_ms: ArrayLike, *, end_s: ArrayLike | None = None, after_gap: Sequence[bool] | ArrayLike | None = None
) -> Beats:
    """Intervals of a recording or of a live strap as beats.

    ``intervals_ms``, shape (n,); NaN, infinity, 0 and less are no intervals: they are left out and leave a gap of
    unknown length. ``end_s``, shape (n,), is when each interval ended (NaN: not known); a silence of more than
    ``SHORT_GAP_S`` between what two told times and the intervals between them say is a gap. ``after_gap``, shape (n,),
    marks beats before which others were not heard, as a live session marks them; how long stays unknown unless
    ``end_s`` tells.

    Raises ``BadValue`` where shapes differ.
    """
    ms = np.asarray(intervals_ms, dtype=np.float64)
    if ms.ndim != 1:
        raise BadValue("athletes.errors.bad_intervals", intervals=ms.shape, gaps=ms.shape)
    marked = np.zeros(ms.shape, np.bool_) if after_gap is None else np.asarray(after_gap, dtype=np.bool_)
    ends = np.full(ms.shape, np.nan) if end_s is None else np.asarray(end_s, dtype=np.float64)
    if marked.shape != ms.shape or ends.shape != ms.shape:
        raise BadValue("athletes.errors.bad_intervals", intervals=ms.shape, gaps=(*marked.shape, *ends.shape))
    good = np.isfinite(ms) & (ms > 0)
    gap_s = np.where(marked, np.inf, 0.0)
    if ms.size:
        before = np.concatenate(([False], ~good[:-1]))
        gap_s[before] = np.inf
    told = np.flatnonzero(np.isfinite(ends) & good)
    if told.size > 1:
        clock = np.cumsum(np.where(good, ms, 0.0)) / 1000.0
        silent = np.diff(ends[told]) - np.diff(clock[told])
        gap_s[told[1:]] = np.where(
            silent > SHORT_GAP_S, silent, np.where(np.isinf(gap_s[told[1:]]), np.maximum(silent, 0), gap_s[told[1:]])
        )
        gap_s[told[1:]] = np.where(marked[told[1:]] & (gap_s[told[1:]] == 0), SHORT_GAP_S, gap_s[told[1:]])
    return Beats(ms[good], gap_s[good])


def repeated_share(intervals_ms: ArrayLike) -> float:
    """The largest share of intervals that equal the one 1 to 4 before them: about a half where every message of a strap
    was kept twice, a few percent in a living heart."""
    ms = np.asarray(intervals_ms, dtype=np.float64)
    return max((float(np.mean(ms[lag:] == ms[:-lag])) for lag in range(1, 5) if ms.size > lag), default=0.0)


def same_share(intervals_ms: ArrayLike) -> float:
    """The share of intervals that equal the one before, within 0 to 1; 0 of fewer than two."""
    ms = np.asarray(intervals_ms, dtype=np.float64)
    return float(np.mean(ms[1:] == ms[:-1])) if ms.size > 1 else 0.0


def overlap_s(intervals_ms: ArrayLike, end_s: ArrayLike | None) -> float:
    """By how many seconds the intervals add up to more than the time in which they were recorded, 0 where they do not
    or where nobody told times. Beats that were kept twice show so, and clocks that began at different times."""
    if end_s is None:
        return 0.0
    ms, ends = np.asarray(intervals_ms, dtype=np.float64), np.asarray(end_s, dtype=np.float64)
    told = np.flatnonzero(np.isfinite(ends) & np.isfinite(ms) & (ms > 0))
    if told.size < 2:
        return 0.0
    clock = np.cumsum(np.where(np.isfinite(ms) & (ms > 0), ms, 0.0)) / 1000.0
    return max(0.0, float((clock[told[-1]] - clock[told[0]]) - (ends[told[-1]] - ends[told[0]])))
