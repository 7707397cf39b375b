"""Generalised cross-correlation with phase transform: where one stretch of sound lies in another.

Knapp and Carter, "The generalized correlation method for estimation of time delay", IEEE Trans. ASSP 24 (1976).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from var.sync.hearing import Hearing, Samples

Floats = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

COARSE_HZ = 4000
_SEGMENT_S = 20.0
_SEGMENTS = 24
_BLOCK_S = 1020.0  # of the reference at once: bounds the memory
_POOL_S = 0.016  # lags that count together: clocks that drift move the peak from segment to segment
LOW_HZ, HIGH_HZ = 100.0, 7200.0
_UPSAMPLE = 8
_TAPS = 32


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate for where the clip lies: ``lag_s`` is t_reference - t_clip. ``level`` is its evidence: how many
    standard deviations above what chance gives."""

    lag_s: float
    level: float


def _decimated(sound: Hearing) -> Samples:
    filled = np.nan_to_num(sound.samples)
    low: Samples = signal.resample_poly(filled, COARSE_HZ, sound.rate_hz).astype(np.float32)
    return low


def _whitened(spectrum: NDArray[np.complex64]) -> NDArray[np.complex64]:
    size = np.abs(spectrum)
    floor = 1e-3 * float(np.mean(size)) + 1e-20
    out: NDArray[np.complex64] = spectrum / (size + floor)
    return out


def coarse(reference: Hearing, clip: Hearing, progress: Callable[[float], None] = lambda share: None) -> list[Place]:
    """Where the clip may lie in the reference, the best first, to about 20 ms; empty where both are silent.

    Segments of the clip are correlated with the whole reference; what each finds at a lag is added up without regard
    to its phase, so that clocks that drift apart by tens of milliseconds still add up.
    """
    ref, own = _decimated(reference), _decimated(clip)
    if not ref.any() or not own.any():
        return []
    # A segment is at most a third of the clip: what is found must be found again.
    length = round(min(_SEGMENT_S, max(1.0, len(own) / COARSE_HZ / 3)) * COARSE_HZ)
    starts = np.unique(np.linspace(0, max(0, len(own) - length), _SEGMENTS).astype(int))
    starts = starts[[bool(own[k : k + length].any()) for k in starts]]
    pool = round(_POOL_S * COARSE_HZ)
    bins = (len(ref) + len(own)) // pool + 2
    total, sums = np.zeros(bins), np.zeros(bins)
    block = round(_BLOCK_S * COARSE_HZ)
    blocks = range(0, len(ref), block)
    done = 0
    for begin in blocks:
        piece = ref[begin : begin + block]
        size = fft.next_fast_len(len(piece) + length, real=True)
        far = _whitened(fft.rfft(piece, size))
        f = fft.rfftfreq(size, 1 / COARSE_HZ)
        far[(f < LOW_HZ) | (f > 0.47 * COARSE_HZ)] = 0
        for start in starts:
            near = _whitened(fft.rfft(own[start : start + length], size))
            row = fft.irfft(far * np.conj(near), size)
            row = np.concatenate([row[-length + 1 :], row[: len(piece)]])  # lags from -(length - 1) on
            spread = float(np.median(np.abs(row))) / 0.6745
            if spread <= 0:
                continue
            power = np.minimum((row / spread) ** 2, 1e4)
            # Lag of the whole clip: place in the reference less place in the clip, counted from -len(own).
            first = begin - (length - 1) - start + len(own)
            at = (first + np.arange(len(power))) // pool
            low, high = int(at[0]), int(at[-1]) + 1
            starts_at = np.flatnonzero(np.diff(at, prepend=at[0] - 1))
            total[low:high] += np.maximum.reduceat(power, starts_at)
            sums[low:high] += 1
            done += 1
            progress(done / (len(blocks) * len(starts)))
    smooth = np.convolve(total, [0.5, 1.0, 0.5], "same")
    counts = np.convolve(sums, [0.5, 1.0, 0.5], "same")
    # By chance the largest of a pool's squares is about 2 ln(pool), with a spread of about 2.
    score = np.where(counts >= 0.75, (smooth - counts * 2 * np.log(pool)) / np.sqrt(np.maximum(counts, 1)) / 3, 0.0)
    base = float(reference.start_s) - float(clip.start_s)
    return _peaks(score, lambda k: (k + 0.5) * pool / COARSE_HZ - len(own) / COARSE_HZ + base)


def _peaks(score: Floats, lag: Callable[[float], float], count: int = 4) -> list[Place]:
    """The highest places of ``score`` that are at least 0.25 s apart."""
    left, out = score.copy(), []
    apart = round(0.25 / _POOL_S)
    for _ in range(count):
        k = int(np.argmax(left))
        if left[k] <= 0:
            break
        near = slice(max(0, k - 1), k + 2)
        weights = np.maximum(score[near], 0)
        middle = float(np.average(np.arange(len(score))[near], weights=weights)) if weights.sum() else float(k)
        out.append(Place(lag(middle), float(left[k])))
        left[max(0, k - apart) : k + apart + 1] = 0
    return out


@dataclass(frozen=True, slots=True)
class Peak:
    """What correlating two equally long stretches gives: ``lag_s`` (later in the first is positive), ``height`` (0 to
    1), ``noise`` (standard deviation of the rest), ``second`` (the highest other peak), ``width_s`` of half the
    height, ``likeness`` (ordinary correlation at that lag, 0 to 1: 1 for one signal recorded once)."""

    lag_s: float
    height: float
    noise: float
    second: float
    width_s: float
    likeness: float

    @property
    def level(self) -> float:
        """How far the peak stands above the rest, in its standard deviations."""
        return self.height / self.noise if self.noise > 0 else 0.0


def peak(first: Samples, second: Samples, rate_hz: int, search_s: float) -> Peak | None:
    """The best lag within ``search_s``, found to a small part of a sample; None where either is silent."""
    if not first.any() or not second.any():
        return None
    taper = signal.windows.tukey(len(first), 0.1).astype(np.float32)
    size = fft.next_fast_len(2 * len(first), real=True)
    a, b = fft.rfft(first * taper, size), fft.rfft(second * taper, size)
    f = fft.rfftfreq(size, 1 / rate_hz)
    band = (f >= LOW_HZ) & (f <= min(HIGH_HZ, 0.45 * rate_hz))
    cross = np.where(band, a * np.conj(b), 0)
    # Where either has (nearly) nothing, a phase is noise: what lies 50 dB below the loudest counts less.
    weak = 10**-2.5 * min(float(np.abs(a[band]).max()), float(np.abs(b[band]).max()))
    trust = (np.abs(a) / (np.abs(a) + weak)) * (np.abs(b) / (np.abs(b) + weak)) * band
    phase = cross / (np.abs(cross) + 1e-20) * trust
    gain = size / max(1e-20, float(trust.sum()) * 2)
    row = fft.irfft(phase, size) * gain
    reach = min(round(search_s * rate_hz), len(first) - 1)
    around = np.concatenate([row[-reach:], row[: reach + 1]])
    k = int(np.argmax(around))
    top = k - reach
    fine = _zoom(row, top)
    j = int(np.argmax(fine))
    shift = 0.0
    if 0 < j < len(fine) - 1:
        below, here, above = fine[j - 1 : j + 2]
        bend = below - 2 * here + above
        shift = 0.5 * (below - above) / bend if bend < 0 else 0.0
    lag = top + (j + shift - len(fine) // 2) / _UPSAMPLE
    wide = round(0.001 * rate_hz)
    rest = np.ones(len(around), bool)
    rest[max(0, k - wide) : k + wide + 1] = False
    others = around[rest]
    high = np.flatnonzero(fine < fine[j] / 2)
    left, right = high[high < j], high[high > j]
    width = (right[0] if len(right) else len(fine)) - (left[-1] if len(left) else 0)
    likeness = _likeness(cross, a, b, band, lag / size)
    return Peak(
        lag_s=lag / rate_hz,
        height=float(fine[j]),
        noise=float(np.sqrt(np.mean(np.square(row)))),
        second=float(others.max()) if len(others) else 0.0,
        width_s=float(width) / _UPSAMPLE / rate_hz,
        likeness=likeness,
    )


def _zoom(row: Floats, top: int) -> Floats:
    """The correlation from two samples before ``top`` to two after it, in steps of an eighth of a sample.

    A band-limited signal is known between its samples; the sinc is cut off by a Kaiser window.
    """
    taps = np.arange(-_TAPS, _TAPS + 1)
    away = np.arange(-2 * _UPSAMPLE, 2 * _UPSAMPLE + 1)[:, None] / _UPSAMPLE - taps[None, :]
    inside = np.clip(1 - (away / (_TAPS + 2)) ** 2, 0, None)
    kernel = np.sinc(away) * np.i0(6 * np.sqrt(inside)) / np.i0(6.0)
    out: Floats = kernel @ row[(top + taps) % len(row)]
    return out


def _likeness(cross: Spectrum, a: Spectrum, b: Spectrum, band: NDArray[np.bool_], turns: float) -> float:
    bins = np.flatnonzero(band)
    together = float((cross[bins] * np.exp(2j * np.pi * bins * turns)).real.sum())
    alone = float(np.sqrt((np.abs(a[bins]) ** 2).sum() * (np.abs(b[bins]) ** 2).sum()))
    return max(0.0, together / alone) if alone > 0 else 0.0
