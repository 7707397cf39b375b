"""A recording as rows: one for each instant at which anything was measured, and one for each beat."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from athletes.model import Channel, Lap, Recording


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """All samples on one time axis: ``ms`` from the start, shape (n,), never going back; ``columns`` shape (n,) each,
    NaN where a channel has no value at that time."""

    ms: NDArray[np.int64]
    columns: dict[Channel, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``ms`` from the start, None where nobody knows; what was measured, a beat's interval, the lap."""

    ms: int | None
    values: dict[Channel, float]
    rr_ms: float | None = None
    lap: int | None = None


def grid_of(recording: Recording) -> Grid:
    """All channels of ``recording`` on one axis. Two readings of a channel at one time stay two."""
    keys: dict[Channel, NDArray[np.int64]] = {}
    for one in recording.series:
        ms = np.rint(one.seconds * 1000).astype(np.int64)
        first = np.searchsorted(ms, ms, side="left")
        keys[one.channel] = ms * 4096 + np.minimum(np.arange(ms.size) - first, 4095)
    if not keys:
        return Grid(np.zeros(0, dtype=np.int64), {})
    axis = np.unique(np.concatenate(list(keys.values())))
    columns = {}
    for one in recording.series:
        column = np.full(axis.size, np.nan)
        column[np.searchsorted(axis, keys[one.channel])] = one.values
        columns[one.channel] = column
    return Grid(axis // 4096, columns)


def lap_at(laps: tuple[Lap, ...], seconds: float) -> int | None:
    """The number, from 1, of the lap that ``seconds`` lies in; the later one at a border; None outside of all."""
    inside = [number for number, lap in enumerate(laps, 1) if lap.from_s <= seconds <= lap.to_s]
    return inside[-1] if inside else None


def rows_of(recording: Recording) -> list[Row]:
    """Samples and beats in the order of time; beats without a time follow the beat before them, or come last."""
    grid = grid_of(recording)
    timed: list[tuple[float, int, Row]] = []
    for index, ms in enumerate(grid.ms.tolist()):
        values = {channel: float(column[index]) for channel, column in grid.columns.items() if not isnan(column[index])}
        timed.append((ms, 0, Row(ms, values, lap=lap_at(recording.laps, ms / 1000))))
    if recording.rr_ms is None:
        return [row for _, _, row in timed]
    ends = recording.rr_end_s
    last = float("inf")
    for number, interval in enumerate(recording.rr_ms.tolist(), 1):
        end = float("nan") if ends is None else float(ends[number - 1])
        if isnan(end):
            timed.append((last, number, Row(None, {}, None if isnan(interval) else interval)))
        else:
            last = round(end * 1000)
            timed.append((last, number, Row(int(last), {}, interval, lap_at(recording.laps, end))))
    return [row for _, _, row in sorted(timed, key=lambda item: item[:2])]
