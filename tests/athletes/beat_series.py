"""Simulated intervals, and what goes wrong with real ones: for the tests of heart-rate variability."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def resting(beats: int, seed: int, mean_ms: float = 900.0) -> Values:
    """Simulated normal intervals, shape (beats,), in ms: breathing at a quarter of a hertz, blood-pressure waves at a
    tenth, and noise that remembers itself."""
    rng = np.random.default_rng(seed)
    at_s = np.arange(beats) * mean_ms / 1000.0
    noise = np.zeros(beats)
    for k in range(1, beats):
        noise[k] = 0.9 * noise[k - 1] + rng.normal(0.0, 9.0)
    return np.asarray(mean_ms + 30 * np.sin(2 * np.pi * 0.25 * at_s) + 25 * np.sin(2 * np.pi * 0.1 * at_s) + noise)


def spoiled(intervals: Values, kind: str, share: float, seed: int) -> tuple[Values, NDArray[np.int64]]:
    """The intervals with artefacts of a ``kind`` at ``share`` of the beats, apart from each other and from both ends,
    and the beats that are wrong then (beat k ends interval k - 1)."""
    rng = np.random.default_rng(seed)
    times = np.concatenate(([0.0], np.cumsum(intervals)))
    chosen = np.sort(rng.choice(np.arange(6, times.size - 6), int(share * times.size), replace=False))
    at = chosen[np.diff(chosen, prepend=-9) > 4]
    if kind == "missed":
        return np.diff(np.delete(times, at)), at - np.arange(at.size)
    if kind == "extra":
        new = times[at] + (times[at + 1] - times[at]) * rng.uniform(0.35, 0.65, at.size)
        return np.diff(np.sort(np.append(times, new))), at + 1 + np.arange(at.size)
    times[at] -= 0.3 * (times[at] - times[at - 1])  # premature, the pause after it makes up for it
    return np.diff(times), at


def premature_beats(path: Path) -> Values:
    """The RR intervals of a real Polar H10 with very frequent premature beats, in ms."""
    with path.open(encoding="utf-8") as lines:
        return np.array([float(row["rr"]) for row in csv.DictReader(lines) if row["rr"] not in {"", "NA"}])
