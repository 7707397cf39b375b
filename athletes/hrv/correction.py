"""Artefacts mended: missed beats put in, extra ones taken out, others moved to where they belong.

After Lipponen and Tarvainen 2019 (``athletes.hrv.artefacts``), again and again while each pass finds fewer. A beat that
is moved goes half way between its neighbours, so that all others stay where they were recorded; where several are wrong
beside each other and one of them is ectopic or missed, they share the time between the normal ones around them evenly.
The paper puts splined intervals there, and NeuroKit2 moves one beat after the other: why neither is done here stands in
docs/decisions/0021.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.hrv.artefacts import Found, Kind, classify
from athletes.hrv.beats import LIMITS_MS, Beats

_BESIDE, _CHANGED = 1, 2
"""Marks of beats: the one before it was taken out; it was put in or moved."""


@dataclass(frozen=True, slots=True, eq=False)
class Corrected:
    """``beats`` after the correction; ``made`` says which of its intervals end at a beat that was put in, moved, or
    left when an extra one was taken out, shape (n,).

    ``changed`` counts beats that were put in, taken out or moved, each once, and intervals left out because they stayed
    outside the limits (``impossible``). ``kinds`` counts what all passes found: a beat may be found twice.
    """

    beats: Beats
    made: NDArray[np.bool_]
    recorded: int
    changed: int
    impossible: int
    kinds: Mapping[Kind, int]

    @property
    def share_pct(self) -> float:
        """Changed beats in percent of the recorded ones, 0 of none."""
        return 100.0 * self.changed / self.recorded if self.recorded else 0.0


def correct(series: Beats) -> Corrected:
    """The series without artefacts. Stretches between gaps are corrected each by itself."""
    kinds = dict.fromkeys(Kind, 0)
    parts, marked, gaps, changed = [], [], [], 0
    for first, last in series.stretches():
        ms, marks, count = _stretch(series.ms[first:last], kinds)
        parts.append(ms)
        marked.append(marks > 0)
        gap_s = np.zeros(ms.size)
        gap_s[:1] = series.gap_s[first]
        gaps.append(gap_s)
        changed += count
    ms = np.concatenate(parts) if parts else np.zeros(0)
    gap_s = np.concatenate(gaps) if gaps else np.zeros(0)
    made = np.concatenate(marked) if marked else np.zeros(0, np.bool_)
    kept = within_limits(ms)
    impossible = int((~kept).sum())
    rest = left_out(Beats(ms, gap_s), kept)
    return Corrected(rest, made[kept], series.count, changed + impossible, impossible, kinds)


def within_limits(ms: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which intervals are inside the hard limits, shape (n,)."""
    low, high = LIMITS_MS
    return np.asarray((ms >= low) & (ms <= high))


def left_out(series: Beats, kept: NDArray[np.bool_]) -> Beats:
    """Only the ``kept`` intervals; where others stood there is a gap as long as they were."""
    if bool(kept.all()):
        return series
    at = np.flatnonzero(kept)
    if not at.size:
        return Beats(np.zeros(0), np.zeros(0))
    silent = np.where(kept, 0.0, series.ms / 1000.0) + series.gap_s
    gap_s = np.add.reduceat(silent[: at[-1] + 1], np.concatenate(([0], at[:-1] + 1)))
    return Beats(series.ms[at], gap_s)


def _stretch(ms: NDArray[np.float64], kinds: dict[Kind, int]) -> tuple[NDArray[np.float64], NDArray[np.int8], int]:
    """The intervals of a stretch corrected, the marks of the beats that end them, and how many beats were changed;
    ``kinds`` is counted up."""
    times = np.concatenate(([0.0], np.cumsum(ms)))
    marks = np.zeros(times.size, np.int8)
    found = classify(ms)
    removed, count = 0, found.count
    while count:
        for kind, beats in (
            (Kind.ECTOPIC, found.ectopic),
            (Kind.MISSED, found.missed),
            (Kind.EXTRA, found.extra),
            (Kind.LONG_SHORT, found.longshort),
        ):
            kinds[kind] += int(beats.size)
        times, marks = _mended(times, marks, found)
        removed += int(found.extra.size)
        found = classify(np.diff(times))
        if found.count >= count:
            break
        count = found.count
    return np.diff(times), marks[1:], removed + int((marks == _CHANGED).sum())


def _mended(
    times: NDArray[np.float64], marks: NDArray[np.int8], found: Found
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Beat times after one pass, in milliseconds, and the marks of their beats."""
    marks = marks.copy()
    after = found.extra + 1
    marks[after] = np.maximum(marks[after], _BESIDE)
    out, marks = np.delete(times, found.extra), np.delete(marks, found.extra)
    missed, ectopic, longshort = (
        beats - np.searchsorted(found.extra, beats) for beats in (found.missed, found.ectopic, found.longshort)
    )
    sure, wrong = np.zeros(out.size, np.bool_), np.zeros(out.size, np.bool_)
    sure[ectopic] = wrong[ectopic] = wrong[longshort] = True
    missed = missed[missed > 0]
    out, marks = np.insert(out, missed, out[missed]), np.insert(marks, missed, _CHANGED)
    sure, wrong = np.insert(sure, missed, True), np.insert(wrong, missed, True)
    wrong[0] = wrong[-1] = False
    right, beat = np.flatnonzero(~wrong), np.flatnonzero(wrong)
    evenly, half_way = np.interp(beat, right, out[right]), (out[beat - 1] + out[beat + 1]) / 2
    out[beat] = np.where(_beside(sure, wrong), evenly, half_way)
    marks[beat] = _CHANGED
    return out, marks


def _beside(sure: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each wrong beat, in their order, whether a sure one is among those that are wrong beside each other."""
    first, last = np.flatnonzero(np.diff(wrong.astype(np.int8), prepend=0, append=0)).reshape(-1, 2).T
    counted = np.concatenate(([0], np.cumsum(sure)))
    return np.repeat(counted[last] > counted[first], last - first)
