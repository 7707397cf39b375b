"""Quantiles and medians in a window that moves along a series; at the ends the window is cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def quartiles(values: Values, window: int) -> tuple[Values, Values]:
    """The first and the third quartile (linear between ranks) of the ``window`` (odd) values around each one, each of
    shape (n,)."""
    first, third = _ranked(values, window, (0.25, 0.75))
    return first, third


def median(values: Values, window: int) -> Values:
    """The median of the ``window`` (odd) values around each one, shape (n,)."""
    (found,) = _ranked(values, window, (0.5,))
    return found


def _ranked(values: Values, window: int, shares: tuple[float, ...]) -> list[Values]:
    half = window // 2
    found = [np.empty_like(values) for _ in shares]
    inner = slice(half, values.size - half)
    whole = values.size >= window
    if whole:
        for out, share in zip(found, shares, strict=True):
            out[inner] = _whole(values, window, share)[inner]
    rows = np.arange(values.size) if not whole else np.r_[0:half, values.size - half : values.size]
    padded = np.concatenate((np.full(half, np.inf), values, np.full(half, np.inf)))
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, window)[rows], axis=1) if rows.size else None
    if around is None:
        return found
    counts = np.isfinite(around).sum(axis=1)
    line = np.arange(rows.size)
    for out, share in zip(found, shares, strict=True):
        place = share * (counts - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, counts - 1)
        below, above = around[line, low], around[line, high]
        out[rows] = below + (above - below) * (place - low)
    return found


def _whole(values: Values, window: int, share: float) -> Values:
    """As in ``_ranked`` where the window is whole; other places hold something else."""
    from scipy.ndimage import rank_filter

    place = share * (window - 1)
    low = int(place)
    below: Values = rank_filter(values, low, size=window)
    if place == low:
        return below
    above: Values = rank_filter(values, low + 1, size=window)
    return np.asarray(below + (above - below) * (place - low))
