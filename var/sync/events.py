"""Two rows of instants that may be of the same events: which pair belongs together, and how surely."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.sync.fit import Line, line

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Instants in seconds, how sure each is (standard deviation), and their kind (only like goes with like)."""

    at_s: Floats
    sigma_s: Floats
    kind: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at_s)


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """``pairs`` are (event of the reference, event of the clip) that lie on ``line``; ``chance`` is about how
    often two rows that share nothing would agree as well; ``rival`` how many pairs the next best lag has."""

    pairs: list[tuple[int, int]]
    line: Line
    chance: float
    rival: int


def pair(reference: Events, clip: Events, near_s: float, span_s: float) -> Pairing | None:
    """The lag at which most events of the clip have one of the reference within ``near_s``; None without events.

    ``span_s`` is how long the longer recording lasts: it says how often chance brings two events together.
    """
    if not len(reference) or not len(clip):
        return None
    i, j = np.nonzero(reference.kind[:, None] == clip.kind[None, :])
    if not len(i):
        return None
    lags = reference.at_s[i] - clip.at_s[j]
    drift = 200e-6 * span_s
    counts = np.array([_together(reference, clip, lag, near_s + drift)[0] for lag in lags])
    errors = np.array([_together(reference, clip, lag, near_s + drift)[1] for lag in lags])
    best = int(np.lexsort((errors, -counts))[0])
    pairs = _pairs(reference, clip, float(lags[best]), near_s + drift)
    a, b = np.array(pairs).T
    sigma = np.hypot(reference.sigma_s[a], clip.sigma_s[b])
    fitted = line(
        clip.at_s[b],
        reference.at_s[a] - clip.at_s[b],
        floor_s=float(np.median(sigma)),
        near_s=near_s,
        weights=1 / sigma**2,
    )
    if fitted is None:
        return None
    kept = [p for p, ok in zip(pairs, fitted.used, strict=True) if ok]
    others = np.abs(lags - lags[best]) > 4 * (near_s + drift)
    rival = int(counts[others].max()) if others.any() else 0
    chance = len(lags) * _by_chance(len(reference) * (len(clip) - 1) * 2 / max(span_s, 1e-3), near_s, drift, len(kept))
    return Pairing(kept, fitted, chance, rival)


def _together(reference: Events, clip: Events, lag: float, near_s: float) -> tuple[int, float]:
    pairs = _pairs(reference, clip, lag, near_s)
    if not pairs:
        return 0, 0.0
    a, b = np.array(pairs).T
    return len(pairs), float(np.abs(reference.at_s[a] - clip.at_s[b] - lag).mean())


def _pairs(reference: Events, clip: Events, lag: float, near_s: float) -> list[tuple[int, int]]:
    """Each event of the clip with the nearest like one of the reference, one to one."""
    out: list[tuple[int, int]] = []
    taken: set[int] = set()
    for j, at in enumerate(clip.at_s + lag):
        away = np.where(reference.kind == clip.kind[j], np.abs(reference.at_s - at), np.inf)
        k = int(np.argmin(away))
        if away[k] <= near_s and k not in taken:
            taken.add(k)
            out.append((k, j))
    return out


def _by_chance(density: float, near_s: float, drift_s: float, pairs: int) -> float:
    """How likely at one lag so many pairs agree that have nothing to do with each other: the second may lie as far off
    as two clocks drift apart, and sets the drift; the others must then lie near."""
    if pairs < 2:
        return 1.0
    near = density * near_s
    tail = 1.0 - sum(math.exp(-near) * near**k / math.factorial(k) for k in range(pairs - 2))
    return min(1.0, density * (near_s + drift_s)) * max(0.0, tail)
