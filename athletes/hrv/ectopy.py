"""Rhythms that no correction makes normal: premature beats that come often, and every second one (bigeminy).

A premature beat shows as a short interval and a long one after it that add up to two normal ones, because the pause
after it makes up for it. In bigeminy no interval is normal any more, so the medians of a correction follow the
ectopic beats and find little: on ten minutes of a Polar H10 with constant premature beats it calls 3 % of the beats
artefacts and leaves an RMSSD of 429 ms. That is why they are counted by their own rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.hrv.beats import Beats
from athletes.hrv.rolling import median

ALTERNATION = 0.2
"""Successive intervals this far apart, as a share of their mean, alternate."""
PREMATURE = 0.4
"""A short and a long interval this far apart, as a share of their mean: 20 % below and 20 % above it."""
COMPENSATED = 0.15
"""How far the mean of the two may be from the mean of pairs around it."""
PAIRS_AROUND = 11
RUN = 5
"""So many successive alternating differences, six intervals, three couplets, make a run (bigeminy)."""
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Ectopy:
    """How much of a series is premature beats: ``premature`` of them, and ``alternating`` intervals that stand in runs
    of bigeminy, of ``intervals`` in all."""

    premature: int
    alternating: int
    intervals: int

    @property
    def premature_pct(self) -> float:
        """Premature beats in percent."""
        return 100.0 * self.premature / self.intervals if self.intervals else 0.0

    @property
    def alternating_pct(self) -> float:
        """Intervals in runs of bigeminy in percent."""
        return 100.0 * self.alternating / self.intervals if self.intervals else 0.0


def ectopy(series: Beats) -> Ectopy:
    """Premature beats and bigeminy in a series as it was recorded."""
    ms = series.ms
    if ms.size < 2:
        return Ectopy(0, 0, series.count)
    means = (ms[:-1] + ms[1:]) / 2
    apart = np.diff(ms) / means
    apart[series.breaks[1:]] = 0.0
    usual = median(means, PAIRS_AROUND)
    premature = (apart >= PREMATURE - _HAIR) & (np.abs(means - usual) <= COMPENSATED * usual)
    return Ectopy(int(premature.sum()), int(_alternating(apart).sum()), series.count)


def _alternating(apart: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which intervals stand in a run, shape (n + 1,), by the relative differences of successive ones, shape (n,)."""
    sign = np.where(np.abs(apart) >= ALTERNATION - _HAIR, np.sign(apart), 0.0)
    goes_on = np.concatenate(([False], (sign[1:] * sign[:-1]) < 0))
    begins = np.flatnonzero(~goes_on)  # of runs, most of them of one difference
    lengths = np.diff(np.append(begins, sign.size))
    runs = (lengths >= RUN) & (sign[begins] != 0)
    edges = np.zeros(apart.size + 2, np.int64)
    np.add.at(edges, begins[runs], 1)
    np.add.at(edges, begins[runs] + lengths[runs] + 1, -1)
    return np.asarray(np.cumsum(edges)[:-1] > 0)
