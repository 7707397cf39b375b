"""A session as rows to draw: few enough for a screen, with peaks kept and gaps left open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.model import Channel, Recording
from athletes.zones import HOLD_S

MAX_ROWS = 1400
"""More rows than a chart has pixels cost time and show nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What to draw: ``seconds``, each channel's ``values`` (NaN = not measured) and ``segment``, all of shape (n,).

    Only rows of one segment may be joined by a line: between two segments the heart rate was not measured.
    """

    seconds: NDArray[np.float64]
    values: dict[Channel, NDArray[np.float64]]
    segment: NDArray[np.int64]


def rows(recording: Recording, max_rows: int = MAX_ROWS) -> Rows:
    """The rows of a recording, thinned to about ``max_rows``: of each stretch the first and its extreme heart rates."""
    seconds = np.unique(np.concatenate([one.seconds for one in recording.series]))
    values: dict[Channel, NDArray[np.float64]] = {}
    for one in recording.series:
        column = np.full(seconds.size, np.nan)
        known = one.measured
        column[np.searchsorted(seconds, one.seconds[known])] = one.values[known]
        values[one.channel] = column
    pulse = values.get(Channel.HEART_RATE, np.full(seconds.size, np.nan))
    segment = _segments(seconds, pulse)
    rare = [column for column in values.values() if is_rare(column)]
    keep = np.unique(np.concatenate([_peaks(pulse, max_rows), *(np.flatnonzero(~np.isnan(column)) for column in rare)]))
    return Rows(seconds[keep], {channel: column[keep] for channel, column in values.items()}, segment[keep])


def is_rare(column: NDArray[np.float64]) -> bool:
    """True where a channel has a value in less than half of the rows: its samples are dots, not a line.

    A pool watch writes speed once a length. Such samples are few and are all kept.
    """
    return bool(2 * np.count_nonzero(~np.isnan(column)) < column.size)


def _segments(seconds: NDArray[np.float64], pulse: NDArray[np.float64]) -> NDArray[np.int64]:
    known = np.flatnonzero(~np.isnan(pulse))
    breaks = known[1:][np.diff(seconds[known]) > HOLD_S]
    segment = np.zeros(seconds.size, dtype=np.int64)
    segment[breaks] = 1
    return np.cumsum(segment)


def _peaks(pulse: NDArray[np.float64], max_rows: int) -> NDArray[np.int64]:
    if pulse.size <= max_rows:
        return np.arange(pulse.size)
    kept: set[int] = {0, pulse.size - 1}
    for part in np.array_split(np.arange(pulse.size), max(max_rows // 3, 1)):
        kept.add(int(part[0]))
        known = part[~np.isnan(pulse[part])]
        if known.size:
            kept |= {int(known[np.argmin(pulse[known])]), int(known[np.argmax(pulse[known])])}
    return np.array(sorted(kept), dtype=np.int64)
