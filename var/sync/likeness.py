"""Whether two tracks carry one and the same signal, or are what two microphones heard of the same events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from var.sync.correlation import HIGH_HZ, LOW_HZ
from var.sync.hearing import Hearing, overlap_s

Floats = NDArray[np.float64]

SAME = 0.9
"""Median correlation from which two tracks may be one signal. AAC and MP3 at 64 kbit/s leave 0.94 of pink noise, which
no codec likes, and 0.99 of voices."""

SAME_IN_PAUSES = 0.7
"""What the poorest windows must reach as well: one feed is the same in its pauses, where two microphones hear each its
own surroundings. The poorest of voices at 64 kbit/s have 0.92."""

_POOREST = 0.05  # the share of windows that may lie below: edges of holes, a codec that gave a breath no bits
_WINDOW_S = 0.5
_WINDOWS = 1200
_LEAST = (
    6  # windows with sound in them, and half of all: from claps between muted stretches nothing is learnt of pauses
)
_SILENT = 6e-5  # RMS of two steps of 16 bits: digital silence, with or without dither


def one_signal(ref: Hearing, own: Hearing, lag_s: float, drift: float) -> bool:
    """Whether both carry the same signal all over their overlap, at ``t_ref = t_clip + lag_s + drift * t_clip``.

    Windows of half a second; those that are digital silence in both say nothing, and where they are most nothing is
    known of the pauses: then False.
    """
    found = likenesses(ref, own, lag_s, drift)
    sounding = found[~np.isnan(found)]
    if len(sounding) < max(_LEAST, len(found) / 2):
        return False
    return bool(np.median(sounding) >= SAME and np.quantile(sounding, _POOREST) >= SAME_IN_PAUSES)


def likenesses(ref: Hearing, own: Hearing, lag_s: float, drift: float) -> Floats:
    """The ordinary correlation (-1 to 1) of windows over the overlap; NaN for one that is silent in both. Windows that
    were not recorded whole in both are left out."""
    length = round(_WINDOW_S * own.rate_hz)
    first, last = overlap_s(ref, own, lag_s + drift * float(own.start_s))
    count = min(_WINDOWS, int((last - first) / _WINDOW_S))
    f = fft.rfftfreq(length, 1 / own.rate_hz)
    band = (f >= LOW_HZ) & (f <= min(HIGH_HZ, 0.45 * own.rate_hz))
    taper = np.hanning(length).astype(np.float32)
    out = []
    for start in np.linspace(first, last - _WINDOW_S, max(0, count)):
        i = round((start - float(own.start_s)) * own.rate_hz)
        at_s = float(own.start_s) + i / own.rate_hz
        exact = (at_s + lag_s + drift * (at_s + _WINDOW_S / 2) - float(ref.start_s)) * ref.rate_hz
        j = round(exact)
        a, b = ref.samples[max(0, j) : j + length], own.samples[max(0, i) : i + length]
        if len(a) < length or len(b) < length or np.isnan(a).any() or np.isnan(b).any():
            continue
        if max(float(a.std()), float(b.std())) < _SILENT:
            out.append(np.nan)
            continue
        turn = np.exp(2j * np.pi * f[band] * (exact - j) / ref.rate_hz)
        left, right = (fft.rfft(part * taper)[band] for part in (a, b))
        alone = float(np.sqrt((np.abs(left) ** 2).sum() * (np.abs(right) ** 2).sum()))
        out.append(float((left * np.conj(right) * turn).real.sum()) / alone if alone > 0 else 0.0)
    return np.array(out)
