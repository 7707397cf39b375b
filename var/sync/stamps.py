"""The clock of a stretch of sound: its packets' time stamps against its samples, averaged over all of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FASTEST = 500e-6
"""No recorder's samples run faster or slower than this against its own time stamps; more is a gap or a fault."""

_EXACT_S = 1e-6  # stamps that keep to the samples this well are taken as they are
_LEAST_S = 1e-7  # of the scatter: what floats leave
_SMALL_S = 1e-5  # a correction below this over the whole stretch is below what any method resolves


@dataclass(frozen=True, slots=True)
class RunClock:
    """``t_container = begins_s + pace * (sample / rate_hz)``, and the standard deviation of that at the worst end."""

    begins_s: Fraction
    pace: float = 1.0
    sigma_s: float = 0.0


def run_clock(samples: Sequence[int], at_s: Sequence[Fraction], rate_hz: int, tick_s: Fraction) -> RunClock:
    """The clock of a stretch without a gap from the stamps ``at_s`` of the frames that begin at ``samples``.

    Stamps that agree with the count of samples to a microsecond are exact, and the first holds. Others (rounded to
    ``tick_s``, set by another clock, by arrival) are averaged by a robust line whose slope is held near 1.
    """
    begins = at_s[0]
    x = np.asarray(samples, np.float64) / rate_hz
    off = np.array([float(at - begins) for at in at_s]) - (x - x[0])
    begins -= Fraction(int(samples[0]), rate_hz)
    rounding = _rounding_s(samples, rate_hz, tick_s)
    if np.abs(off).max() <= _EXACT_S:
        return RunClock(begins, sigma_s=rounding)
    first, drift, sigma = _line(x, off)
    return RunClock(begins + Fraction(round(first * 10**9), 10**9), 1 + drift, math.hypot(sigma, rounding))


def _rounding_s(samples: Sequence[int], rate_hz: int, tick_s: Fraction) -> float:
    """What averaging leaves of rounding to ticks: frames of p/q ticks meet only q places within a tick.

    Ticks no longer than a sample hold it exactly.
    """
    if tick_s * rate_hz <= 1 or len(samples) < 2:
        return 0.0 if tick_s * rate_hz <= 1 else float(tick_s) / math.sqrt(12)
    usual = Counter(np.diff(np.asarray(samples, np.int64)).tolist()).most_common(1)[0][0]
    places = min((Fraction(usual, rate_hz) / tick_s).denominator, len(samples))
    return float(tick_s) / places / math.sqrt(12)


def _line(x: Floats, off: Floats) -> tuple[float, float, float]:
    """Where the stamps put sample 0 beside the first of them, by how much they run faster, and the standard deviation
    at the worse end."""
    used = np.ones(len(x), bool)
    prior = (3 / FASTEST) ** 2
    scatter = max(_LEAST_S, 1.4826 * float(np.median(np.abs(off - np.median(off)))))
    for turn in range(8):
        centre, level = float(x[used].mean()), float(off[used].mean())
        square = float(((x[used] - centre) ** 2).sum()) + scatter**2 * prior
        drift = float(((x[used] - centre) * (off[used] - level)).sum()) / square
        drift = min(max(drift, -FASTEST), FASTEST)
        rest = off - level - drift * (x - centre)
        scatter = max(_LEAST_S, 1.4826 * float(np.median(np.abs(rest[used]))))
        again = np.abs(rest) <= max(3 * scatter, _EXACT_S)
        if again.sum() < 2 or (turn > 1 and (again == used).all()):  # at first the scatter is that without a slope
            break
        used = again
    scatter = max(scatter, float(rest[used].std()))
    # Neighbouring stamps err alike (they wait for the same bus, they round in turn), so their number counts half.
    level_sigma = scatter * math.sqrt(2 / used.sum())
    drift_sigma = scatter * math.sqrt(2 / square)
    length = float(x[-1] - x[0])
    if abs(drift) <= 3 * drift_sigma or abs(drift) * length <= _SMALL_S:
        drift = 0.0
    return level - drift * centre, drift, math.hypot(level_sigma, drift_sigma * length / 2)
