"""How a zero-lag low pass changes noise: exact factors of the variance, at the edges of a stretch too.

The filter is linear, so what it does to white noise and to noise that wanders follows from its matrix on a stretch of n
samples. In the middle of a long stretch the factors do not change any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float64]

PASSES = 2
EXACT_SAMPLES = 181
"""Stretches up to this length are computed as they are; longer ones have its edges and its middle."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a variance consists of, shares that sum to 1: new in each frame, wandering (Matern 3/2 with ``slow_s``), and
    constant for a whole recording."""

    white: float = 1.0
    slow: float = 0.0
    constant: float = 0.0
    slow_s: float = 0.15

    def covariance(self, t_s: Floats, constant: bool = True) -> Floats:
        """The covariance (n, n) between the times ``t_s`` (n,) of noise with variance 1; without the constant part
        where only differences matter."""
        whole = self.white * np.eye(len(t_s)) + self.slow * wandering(t_s, self.slow_s)
        return np.asarray(whole + self.constant) if constant else whole


@dataclass(frozen=True, slots=True)
class Pass:
    """A zero-lag low pass of order 4: ``cutoff_hz`` (-3 dB after both passes) at ``rate_hz``."""

    rate_hz: float
    cutoff_hz: float

    @property
    def possible(self) -> bool:
        """Whether the rate carries the cutoff."""
        return self._single_hz < 0.45 * self.rate_hz

    @property
    def _single_hz(self) -> float:
        # Two passes of a 2nd-order filter lower its -3 dB point by (2^(1/2) - 1)^(1/4) (Winter 2009, section 2.2.4.4).
        return float(self.cutoff_hz / (2 ** (1 / PASSES) - 1) ** 0.25)

    @property
    def pad(self) -> int:
        """Samples by which an end is continued; a stretch needs three times as many."""
        return max(9, round(0.5 * self.rate_hz / self.cutoff_hz))

    def run(self, values: Floats) -> Floats:
        """``values`` (n, ...) filtered forwards and backwards along the first axis, ends continued by point mirror."""
        b, a = _butterworth(self._single_hz, self.rate_hz)
        return np.asarray(signal.filtfilt(b, a, values, axis=0, padtype="odd", padlen=self.pad))


@lru_cache(maxsize=64)
def _butterworth(cutoff_hz: float, rate_hz: float) -> tuple[Floats, Floats]:
    b, a = signal.butter(2, cutoff_hz, fs=rate_hz)
    return np.asarray(b), np.asarray(a)


def gain(count: int, low: Pass, parts: Parts, kind: str = "level") -> Floats:
    """The factor (count,) on the variance of noise of ``parts``, by place in a stretch of ``count`` samples.

    ``kind``: ``level`` the filtered values; ``rate`` their derivative by time (1/s^2); ``missing`` what twice the
    cutoff lets through and ``low`` does not.
    """
    exact = min(count, EXACT_SAMPLES)
    white, slow = _gains(exact, (round(low.rate_hz, 3), low.cutoff_hz), parts.slow_s, kind)
    factor = parts.white * white + parts.slow * slow + (parts.constant if kind == "level" else 0.0)
    if count <= exact:
        return factor
    half = exact // 2
    return np.concatenate((factor[:half], np.full(count - exact, factor[half]), factor[half:]))


@lru_cache(maxsize=512)
def _gains(count: int, low_pass: tuple[float, float], slow_s: float, kind: str) -> tuple[Floats, Floats]:
    turned = _matrix(count, low_pass, kind)
    wander = wandering(np.arange(count) / low_pass[0], slow_s)
    return np.sum(turned**2, axis=1), np.sum((turned @ wander) * turned, axis=1)


@lru_cache(maxsize=64)
def _matrix(count: int, low_pass: tuple[float, float], kind: str) -> Floats:
    low = Pass(*low_pass)
    turned = low.run(np.eye(count))
    if kind == "rate":
        turned = derivative(turned, 1.0 / low.rate_hz)
    if kind == "missing":
        high = Pass(low.rate_hz, 2.0 * low.cutoff_hz)
        turned = (high.run(np.eye(count)) if high.possible else np.eye(count)) - turned
    return turned


def derivative(values: Floats, step_s: float) -> Floats:
    """The derivative of ``values`` (n, ...) by time, by five samples each (three and two at the ends)."""
    out = np.asarray(np.gradient(values, step_s, axis=0))
    if len(values) > 4:
        near, far = values[3:-1] - values[1:-3], values[4:] - values[:-4]
        out[2:-2] = (8.0 * near - far) / (12.0 * step_s)
    return out


def wandering(t_s: Floats, slow_s: float) -> Floats:
    """The correlation (n, n) of slow noise between the times ``t_s`` (n,): (1 + a) exp(-a), a = sqrt(3) lag /
    slow_s."""
    a = np.sqrt(3.0) * np.abs(t_s[:, None] - t_s[None, :]) / slow_s
    return np.asarray((1.0 + a) * np.exp(-a))
