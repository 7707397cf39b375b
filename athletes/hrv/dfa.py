"""Detrended fluctuation analysis: alpha 1, the slope over boxes of 4 to 16 beats, of a series and as a running value.

Source: C.-K. Peng et al., Chaos 5 (1995) 82-87. The intervals less their mean are added up; in boxes of n beats that
overlap by half the straight line is taken off; F(n) is the root mean square of what is left; alpha 1 is the slope of
log F over log n for n = 4 to 16. As NeuroKit2 counts boxes, the one that would end with the last beat is
left out, and so are those in which nothing is left: intervals that a recorder rounded to the same number say nothing
of fluctuation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from athletes.hrv.beats import Beats

STRAIGHT_MS2 = 1e-6
"""What is left of a straight line is rounding; a whole millisecond leaves ten thousand times as much."""
BOXES = tuple(range(4, 17))
DFA = "dfa alpha 1: boxes of 4-16 beats overlapping by half, linear detrend, rms, slope of log F over log n"
RUNNING = "dfa alpha 1 of the last 120 s, at least 100 beats, at most 5 % corrected, no gap; thresholds experimental"
RUNNING_WINDOW_S = 120.0
RUNNING_BEATS = 100
RUNNING_STEP_S = 10.0
RUNNING_MADE_SHARE = 0.05
THRESHOLDS = (0.75, 0.5)
"""Where the first and the second threshold are looked for (Rogers et al. 2021). Experimental: not agreed upon."""


@dataclass(frozen=True, slots=True, eq=False)
class RunningAlpha:
    """Alpha 1 of the last 120 s at ``at_s`` (seconds of the series), both of shape (m,); NaN where the window has fewer
    than 100 beats, a gap, or more than 5 % corrected beats. ``thresholds`` are experimental."""

    at_s: NDArray[np.float64]
    alpha1: NDArray[np.float64]
    thresholds: tuple[float, float] = THRESHOLDS
    method: str = RUNNING


def dfa(series: Beats) -> float:
    """Alpha 1 of normal intervals; NaN for fewer than 18 of them and where nothing fluctuates."""
    if series.count < BOXES[-1] + 2:
        return nan
    profile = np.cumsum(series.ms - series.ms.mean())
    left = (_left(profile[:-1], n, n // 2) for n in BOXES)
    squares = [_mean(boxes.sum(), np.count_nonzero(boxes)) for boxes in left]
    return float(_slope(np.array(squares, dtype=np.float64)[:, None])[0])


def running_dfa(
    series: Beats,
    made: NDArray[np.bool_] | None = None,
    *,
    at_s: NDArray[np.float64] | None = None,
    step_s: float = RUNNING_STEP_S,
) -> RunningAlpha:
    """Alpha 1 of the last 120 s, every ``step_s`` seconds. ``made`` says which intervals a correction made, shape (n,).
    ``at_s`` are the ends of the intervals where they are known, in rising order, else they are added up.
    """
    ends = series.end_s if at_s is None else at_s
    known = np.isfinite(ends)
    if not known.any():
        return RunningAlpha(np.zeros(0), np.zeros(0))
    begin = float(ends[known][0] - series.ms[known][0] / 1000.0)
    stops = np.arange(begin + RUNNING_WINDOW_S, float(ends[known][-1]) + 1e-9, step_s)
    safe = np.where(known, ends, np.inf)
    first = np.searchsorted(safe, stops - RUNNING_WINDOW_S, side="right")
    last = np.searchsorted(safe, stops, side="right")
    whole = (last - first) >= RUNNING_BEATS
    broken = np.concatenate(([0], np.cumsum(series.breaks)))
    whole &= broken[last] == broken[np.minimum(first + 1, series.count)]
    if made is not None:
        mended = np.concatenate(([0], np.cumsum(made)))
        whole &= (mended[last] - mended[first]) <= RUNNING_MADE_SHARE * (last - first)
    alpha = np.full(stops.size, np.nan)
    if whole.any():
        alpha[whole] = _slope(_windows(series.ms, first[whole], last[whole]))
    return RunningAlpha(stops, alpha)


def _windows(ms: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean squares of what is left in the boxes of each window ``first`` to before ``last``, shape (boxes, windows).

    A straight line less in the profile changes nothing there, so one profile does for all windows."""
    profile = np.cumsum(ms - ms.mean())
    found = np.empty((len(BOXES), first.size))
    for row, n in enumerate(BOXES):
        left, hop = _left(profile, n, 1), n // 2
        end = first + (np.ceil((last - first - n) / hop).astype(np.int64) - 1) * hop
        sums = (_between(values, first, end, hop) for values in (left, (left > 0).astype(np.float64)))
        found[row] = _mean(*sums)
    return found


def _between(
    values: NDArray[np.float64], first: NDArray[np.int64], end: NDArray[np.int64], hop: int
) -> NDArray[np.float64]:
    """The sum of every ``hop``-th value from ``first`` to ``end``, both taken in."""
    summed = values.copy()
    for start in range(hop):
        summed[start::hop] = np.cumsum(values[start::hop])
    return np.asarray(summed[end] - np.where(first >= hop, summed[np.maximum(first - hop, 0)], 0.0))


def _mean(total: ArrayLike, count: ArrayLike) -> NDArray[np.float64]:
    """A mean by its sum and count; 0 of none."""
    return np.asarray(np.asarray(total) / np.maximum(count, 1))


def _left(profile: NDArray[np.float64], n: int, hop: int) -> NDArray[np.float64]:
    """The mean square in each box of ``n`` beats, every ``hop`` beats, after its straight line was taken off; 0 where
    nothing is left."""
    boxes = np.lib.stride_tricks.sliding_window_view(profile, n)[::hop]
    boxes = boxes - boxes.mean(axis=1, keepdims=True)
    line = np.arange(n) - (n - 1) / 2
    along = boxes @ line
    squares = np.einsum("ij,ij->i", boxes, boxes) - along**2 / (line @ line)
    squares /= n
    return np.where(squares > STRAIGHT_MS2, squares, 0.0)


def _slope(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The slope of log F over log n for each column; NaN where a fluctuation is 0."""
    with np.errstate(divide="ignore"):
        log_f = 0.5 * np.log(squares)
    log_n = np.log(np.array(BOXES, dtype=np.float64))
    log_n -= log_n.mean()
    with np.errstate(invalid="ignore"):
        found = log_n @ (log_f - log_f.mean(axis=0)) / (log_n @ log_n)
    return np.asarray(np.where(np.all(squares > 0, axis=0), found, np.nan))
