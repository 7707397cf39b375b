"""Which beats are not what they seem: the classification of Lipponen and Tarvainen.

Source: J. A. Lipponen, M. P. Tarvainen, "A robust algorithm for heart rate variability time series artefact correction
using novel beat classification", J Med Eng Technol 43 (2019) 173-181. Each difference of successive intervals (dRR) is
seen beside the quartile deviation of the 91 around it, each interval's deviation from the median of 11 (mRR) likewise.
A difference beyond 1 begins a decision: ectopic by its neighbours (S12), else long or short by what follows (S22) or
by mRR; a long one that is two normal ones is a missed beat, a short one that makes a normal one with the next is an
extra beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from athletes.hrv.rolling import median, quartiles

C1, C2 = 0.13, 0.17
"""Slope and offset of the ectopic region in the plane of S11 and S12."""
ALPHA = 5.2
"""So many quartile deviations is the threshold."""
WINDOW = 91
MEDIAN_WINDOW = 11
MRR_BEYOND = 3.0


class Kind(StrEnum):
    """What is wrong with a beat."""

    ECTOPIC = "ectopic"
    MISSED = "missed"
    """One or more beats before it were not found: its interval is two."""
    EXTRA = "extra"
    """It is no beat: its interval and the next one are one."""
    LONG_SHORT = "longshort"
    """It was found too late or too early."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Beats by what is wrong with them. Beat k ends interval k - 1 of the series; beat 0 begins it."""

    ectopic: NDArray[np.int64]
    missed: NDArray[np.int64]
    extra: NDArray[np.int64]
    longshort: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many beats are not normal."""
        return int(self.ectopic.size + self.missed.size + self.extra.size + self.longshort.size)


def classify(intervals_ms: NDArray[np.float64]) -> Found:
    """The artefacts of a series without gaps, shape (n,), in milliseconds. One pass, nothing is changed."""
    if intervals_ms.size < 3:
        none = np.zeros(0, np.int64)
        return Found(none, none, none, none)
    rr = np.concatenate(([intervals_ms.mean()], intervals_ms))  # beat 0 ends no interval: the mean stands for it
    drr = np.diff(rr, prepend=rr[0])
    drr[0] = drr[1:].mean()
    drr = _scaled(drr, _threshold(drr))
    med = median(rr, MEDIAN_WINDOW)
    mrr = rr - med
    mrr = np.where(mrr < 0, 2 * mrr, mrr)
    th2 = _threshold(mrr)
    mrr = _scaled(mrr, th2)
    around = np.pad(drr, 2, "reflect")
    before, after, later = around[1:-3], around[3:-1], around[4:]
    s12 = np.where(drr > 0, np.maximum(before, after), np.where(drr < 0, np.minimum(before, after), 0.0))
    s22 = np.where(drr >= 0, np.minimum(after, later), np.where(drr < 0, np.maximum(after, later), 0.0))
    size = np.abs(drr)
    ectopic = ((drr > 1) & (s12 < -C1 * drr - C2)) | ((drr < -1) & (s12 > -C1 * drr + C2))
    begins = ~(size <= 1) & ~ectopic & ((size > 1) | (np.abs(mrr) > MRR_BEYOND))
    takes_next = np.zeros(rr.size, np.bool_)
    takes_next[:-2] = size[1:-1] < size[2:]
    long, short, off = (drr > 1) & (s22 < -1), (drr < -1) & (s22 > 1), np.abs(mrr) > MRR_BEYOND
    strange = long | short | off
    two = np.append(rr[:-1] + rr[1:], np.inf)
    extra = strange & short & (np.abs(two - med) < th2)
    missed = strange & ~extra & long & (np.abs(rr / 2 - med) < th2)
    rest = strange & ~extra & ~missed
    first, seen = _looked_at(ectopic, begins, takes_next)
    return Found(*(np.flatnonzero(mask) for mask in (ectopic & first, missed & seen, extra & seen, rest & seen)))


def _looked_at(
    ectopic: NDArray[np.bool_], begins: NDArray[np.bool_], takes_next: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which beats a decision begins at, and which are judged as long or short. A decision may take the next beat with
    it, and that one then begins none of its own. At the last two beats none begins: what follows is not known."""
    first, seen = np.zeros_like(begins), np.zeros_like(begins)
    free = 0
    last = begins.size - 2
    for beat in np.flatnonzero(ectopic[:last] | begins[:last]).tolist():
        if beat < free:
            continue
        first[beat] = True
        if not ectopic[beat]:
            seen[beat] = True
            if takes_next[beat]:
                seen[beat + 1] = True
                free = beat + 2
    return first, seen


def _threshold(values: NDArray[np.float64]) -> NDArray[np.float64]:
    first, third = quartiles(np.abs(values), WINDOW)
    return np.asarray(ALPHA * (third - first) / 2)


def _scaled(values: NDArray[np.float64], threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """In units of the threshold; NaN where that is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(threshold == 0, np.nan, values / threshold)
