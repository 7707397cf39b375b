"""Heart-rate variability in time: SDNN, RMSSD and pNN50, and the plot of each interval against the next (Poincare).

Source: Task Force of the ESC and NASPE, Circulation 93 (1996) 1043-1065; for SD1 and SD2 M. Brennan et al., IEEE Trans
Biomed Eng 48 (2001) 1342-1347. No difference is taken over a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, nan, sqrt

import numpy as np

from athletes.hrv.beats import Beats

NN50_MS = 50.0
TIME_DOMAIN = "sdnn: ddof 1; rmssd: root mean square of differences; pnn50: > 50 ms, of all differences (N-1)"
POINCARE = "sd1: sd of differences (ddof 1) / sqrt 2; sd2: sqrt(2 sdnn^2 - sd1^2)"


@dataclass(frozen=True, slots=True)
class TimeDomain:
    """Milliseconds, percent and beats a minute; NaN where there are too few intervals for a number."""

    mean_nn_ms: float
    sdnn_ms: float
    rmssd_ms: float
    ln_rmssd: float
    """Natural logarithm of RMSSD in ms; NaN where that is 0."""
    pnn50_pct: float
    """Of the differences, that is of N - 1 where there is no gap."""
    mean_bpm: float
    """60000 by the mean interval."""


@dataclass(frozen=True, slots=True)
class Poincare:
    """Half axes of the ellipse in the plot of each interval against the next, in milliseconds. ``sd2_ms`` is NaN where
    it is not real: intervals that alternate have no long axis."""

    sd1_ms: float
    sd2_ms: float


def time_domain(series: Beats) -> TimeDomain:
    """The time domain of normal intervals."""
    steps = series.successive
    mean = float(series.ms.mean()) if series.count else nan
    rmssd = sqrt(float(np.mean(steps**2))) if steps.size else nan
    return TimeDomain(
        mean_nn_ms=mean,
        sdnn_ms=_sd(series.ms),
        rmssd_ms=rmssd,
        ln_rmssd=log(rmssd) if rmssd > 0 else nan,
        pnn50_pct=100.0 * float(np.mean(np.abs(steps) > NN50_MS)) if steps.size else nan,
        mean_bpm=60000.0 / mean if series.count else nan,
    )


def poincare(series: Beats) -> Poincare:
    """SD1 and SD2 of normal intervals."""
    sd1 = _sd(series.successive) / sqrt(2.0)
    square = 2.0 * _sd(series.ms) ** 2 - sd1**2
    return Poincare(sd1, sqrt(square) if square >= 0 else nan)


def _sd(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else nan
