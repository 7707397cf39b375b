"""Linear time code on a sound track: biphase mark, eighty bits a frame, at any level and either polarity.

SMPTE ST 12-1: the level changes at the start of every bit, and once more in the middle of a one. The address belongs to
the frame that begins with the first of its bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from var.sync.hearing import Hearing
from var.sync.smpte import SYNC_WORD, Code, nearest_rate, of_bits

Floats = NDArray[np.float64]

_LEAST_HZ = 8000  # the shortest half bit is 0.2 ms
_BREAK = 2  # in the row of bits: something that is no bit
_BLOCK_S = 600
_LAP_S = 1  # that blocks have in common


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame of time code: when its first bit begins on the material's clock, and its address."""

    at_s: float
    code: Code


def decode(sound: Hearing, progress: Callable[[float], None] = lambda share: None) -> list[Heard]:
    """All whole frames of time code in a signal, in order; empty where there is none."""
    if sound.rate_hz < _LEAST_HZ:
        return []
    out: list[Heard] = []
    step = _BLOCK_S * sound.rate_hz
    for begin in range(0, len(sound.samples), step):
        piece = np.nan_to_num(sound.samples[begin : begin + step + _LAP_S * sound.rate_hz]).astype(np.float64)
        start = float(sound.start_s) + begin / sound.rate_hz
        for frame in _frames(*_bits(_crossings(piece, sound.rate_hz) / sound.rate_hz)):
            at = frame.at_s + start
            if not out or at > out[-1].at_s + 0.01:
                out.append(Heard(at, frame.code))
        progress(min(1.0, (begin + step) / max(1, len(sound.samples))))
    return out


def _crossings(samples: Floats, rate_hz: int) -> Floats:
    """Where the level changes, in samples, to a part of a sample.

    Between the running least and greatest level: an offset does not matter, and noise smaller than a third of the
    signal makes no crossing of its own.
    """
    if len(samples) < rate_hz // 20 or not samples.any():
        return np.empty(0)
    high = min(9000.0, 0.45 * rate_hz)
    smooth = signal.sosfiltfilt(signal.butter(2, [60.0, high], "bandpass", fs=rate_hz, output="sos"), samples)
    window = max(3, rate_hz // 200)  # 5 ms: about ten bits
    envelope = ndimage.uniform_filter1d(np.abs(smooth), 4 * window)
    margin = 0.3 * envelope
    state = np.where(smooth > margin, 1, np.where(smooth < -margin, -1, 0)).astype(np.int8)
    state[envelope < 1e-4] = 0
    firm = np.flatnonzero(state)
    turns = np.flatnonzero(np.diff(state[firm]))
    left, right = firm[turns], firm[turns + 1]
    places = np.empty(len(turns))
    for k, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        piece = smooth[a : b + 1]
        change = np.flatnonzero(np.signbit(piece[1:]) != np.signbit(piece[:-1]))
        i = a + int(change[len(change) // 2]) if len(change) else a
        places[k] = i + smooth[i] / (smooth[i] - smooth[i + 1]) if smooth[i] != smooth[i + 1] else i
    return places


def _bits(crossings: Floats) -> tuple[NDArray[np.int8], Floats]:
    """The row of bits (with breaks) and when each begins, from the instants of the crossings in seconds."""
    values: list[int] = []
    begins: list[float] = []
    bit = 0.00046  # follows the track; between the bit of 24 (0.521 ms) and that of 30 frames a second (0.417 ms)
    half: float | None = None
    for at, gap in zip(crossings[:-1].tolist(), np.diff(crossings).tolist(), strict=True):
        share = gap / bit
        if 0.3 <= share < 0.75:
            if half is None:
                half = at
            else:
                values.append(1)
                begins.append(half)
                bit += 0.05 * (min(max(at + gap - half, 0.7 * bit), 1.3 * bit) - bit)
                half = None
            continue
        if half is not None:  # a half without its other half: out of step
            values.append(_BREAK)
            begins.append(half)
            half = None
        if 0.75 <= share < 1.4:
            values.append(0)
            begins.append(at)
            bit += 0.05 * (gap - bit)
        else:
            values.append(_BREAK)
            begins.append(at)
        bit = min(max(bit, 0.00036), 0.0006)
    return np.array(values, np.int8), np.array(begins)


def _frames(bits: NDArray[np.int8], begins: Floats) -> list[Heard]:
    if len(bits) < 80:
        return []
    matches = np.ones(len(bits) - 79, bool)
    for k, value in enumerate(SYNC_WORD):
        matches &= bits[64 + k : len(bits) - 15 + k] == value
    out = []
    for i in np.flatnonzero(matches):
        whole = bits[i : i + 64]
        if (whole == _BREAK).any():
            continue
        code = of_bits(whole.tolist())
        if code is not None:
            # The start of the first bit by all starts of the frame: one edge in noise is worth little.
            places = np.arange(80)
            slope, first = np.polyfit(places, begins[i : i + 80], 1)
            if np.abs(begins[i : i + 80] - first - slope * places).max() < slope / 2:
                out.append(Heard(float(first), code))
    return out


def rate_of(frames: list[Heard]) -> Fraction | None:
    """How many frames a second the code counts, by how fast its addresses follow each other; None where that is none
    of the rates that exist."""
    if len(frames) < 10:
        return None
    at = np.array([frame.at_s for frame in frames])
    steps = np.diff(at)
    step = float(np.median(steps))
    run = steps < 1.5 * step  # no frame between them is missing
    return nearest_rate(1 / float(steps[run].mean()))
