"""Heart-rate variability by frequency. There is no one right way, so the method is printed with every number.

Bands: LF 0.04-0.15 Hz, HF 0.15-0.40 Hz (Task Force 1996). Power is the integral of the density (trapezoids; the
density at a band's edge is interpolated). Welch: intervals over the time of their beats, cubic spline at 4 Hz, windows
of 300 s that overlap by half, in each the straight line taken off, Hann. Lomb-Scargle: the same windows of the
intervals as they are, nothing is made between beats and no taper; scaled so that its integral is the variance too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import nan, pi

import numpy as np
from numpy.typing import NDArray

from athletes.hrv.beats import Beats
from touchline.errors import BadValue

RATE_HZ = 4.0
WINDOW_S = 300.0
LF_HZ = (0.04, 0.15)
HF_HZ = (0.15, 0.40)
ROUNDING_MS2 = 1e-6
"""Less power is the rounding of the arithmetic, and its ratio is noise: intervals that are all alike have none."""


class SpectrumMethod(StrEnum):
    """How the density is estimated."""

    WELCH = "welch"
    LOMB_SCARGLE = "lomb_scargle"

    @property
    def said(self) -> str:
        """The whole method, as it is printed beside the numbers."""
        return _SAID[self.value] + "; density ms^2/Hz, trapezoid; LF 0.04-0.15 Hz, HF 0.15-0.40 Hz"


_SAID = {
    "welch": "welch: cubic spline at 4 Hz, Hann 300 s, 50 % overlap, linear detrend of each window",
    "lomb_scargle": "lomb-scargle: windows of 300 s, 50 % overlap, linear detrend of each window, no taper",
}


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """``density`` in ms^2/Hz at ``hz``, both of shape (m,), and what lies in the bands: powers in ms^2, their ratio
    (NaN where HF is nothing) and the frequency of each band's highest density."""

    method: SpectrumMethod
    hz: NDArray[np.float64]
    density: NDArray[np.float64]
    lf_ms2: float
    hf_ms2: float
    lf_hf: float
    lf_peak_hz: float
    hf_peak_hz: float
    window_s: float


def spectrum(series: Beats, method: SpectrumMethod = SpectrumMethod.WELCH) -> Spectrum:
    """The spectrum of normal intervals. Over a short gap the spline goes on; Lomb-Scargle needs nothing there.

    Raises ``BadValue`` for fewer than 16 intervals and over a gap of unknown length.
    """
    if series.count < 16 or not np.isfinite(series.end_s[-1]):
        raise BadValue("athletes.errors.no_spectrum", intervals=series.count)
    at_s = series.end_s - series.end_s[0]
    window_s = min(WINDOW_S, float(at_s[-1]))
    if method is SpectrumMethod.WELCH:
        hz, density = _welch(at_s, series.ms, window_s)
    else:
        hz, density = _lomb_scargle(at_s, series.ms, window_s)
    low, high = _power(hz, density, LF_HZ), _power(hz, density, HF_HZ)
    return Spectrum(
        method,
        hz,
        density,
        low,
        high,
        low / high if high > ROUNDING_MS2 else nan,
        _peak(hz, density, LF_HZ) if low > ROUNDING_MS2 else nan,
        _peak(hz, density, HF_HZ) if high > ROUNDING_MS2 else nan,
        window_s,
    )


def _welch(
    at_s: NDArray[np.float64], ms: NDArray[np.float64], window_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.interpolate import CubicSpline
    from scipy.signal import welch

    grid = np.arange(0.0, at_s[-1], 1.0 / RATE_HZ)
    even = CubicSpline(at_s, ms)(grid)
    size = min(round(window_s * RATE_HZ), grid.size)
    hz, density = welch(even, fs=RATE_HZ, window="hann", nperseg=size, noverlap=size // 2, detrend=_detrended)
    return np.asarray(hz), np.asarray(density)


def _detrended(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.signal import detrend

    return np.asarray(detrend(windows, axis=-1, type="linear"))


def _lomb_scargle(
    at_s: NDArray[np.float64], ms: NDArray[np.float64], window_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.signal import lombscargle

    hz = np.arange(1, int(np.ceil(HF_HZ[1] * window_s)) + 1) / window_s
    begins = np.arange(0.0, at_s[-1] - window_s + 1e-9, window_s / 2)
    total, count = np.zeros(hz.size), 0
    for begin in begins.tolist():
        first, last = np.searchsorted(at_s, (begin, begin + window_s + 1e-9))
        t, y = at_s[first:last] - begin, ms[first:last]
        if t.size < 16:
            continue
        y = y - np.polynomial.Polynomial.fit(t, y, 1)(t)
        lasts = (t[-1] - t[0]) * t.size / (t.size - 1)
        total += lombscargle(t, y, 2 * pi * hz) * 2 * lasts / t.size
        count += 1
    return hz, total / max(count, 1)


def _power(hz: NDArray[np.float64], density: NDArray[np.float64], band: tuple[float, float]) -> float:
    inside = hz[(hz > band[0] + 1e-9) & (hz < band[1] - 1e-9)]
    at = np.concatenate(([band[0]], inside, [band[1]]))
    return float(np.trapezoid(np.interp(at, hz, density), at))


def _peak(hz: NDArray[np.float64], density: NDArray[np.float64], band: tuple[float, float]) -> float:
    inside = np.flatnonzero((hz >= band[0] - 1e-9) & (hz <= band[1] + 1e-9))
    return float(hz[inside[np.argmax(density[inside])]]) if inside.size else nan
