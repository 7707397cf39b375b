"""What measured values can be true. What cannot is left out, named and counted; nothing takes its place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from athletes.importers.common import Repair
from athletes.model import Channel
from touchline.effort import HEART_RATE_LIMITS_BPM

LIMITS: dict[Channel, tuple[float, float]] = {
    Channel.SPEED: (0.0, 100.0),
    Channel.POWER: (0.0, 5000.0),
    Channel.CADENCE: (0.0, 400.0),
    Channel.ALTITUDE: (-500.0, 12_000.0),
    Channel.DISTANCE: (0.0, 2_000_000.0),
    Channel.LATITUDE: (-90.0, 90.0),
    Channel.LONGITUDE: (-180.0, 180.0),
}
"""The least and the greatest value of each channel that sport on earth gives, in the channel's unit."""

LONGEST_RR_MS = 5000.0
"""Longer is silence. Missed and extra beats below are the correction's matter."""
SHORTEST_RR_MS = 200.0
"""Shorter is no heart beat, but an extra one inside another interval: it is kept for the correction, which takes it out
and counts it. Left out here, its neighbour would stay cut and nobody would hear of it."""
LEAST_RR_MS = 1.0
"""What is under a millisecond was no clock's interval."""
LONGEST_ROW_MS = 31 * 86_400_000.0
"""A row of intervals that adds up to more than a month holds numbers that are no times."""


def possible_values(channel: Channel, values: NDArray[np.float64], repairs: list[Repair]) -> None:
    """Take out of ``values``, in place, what cannot be."""
    values[np.isinf(values)] = np.nan
    if channel is Channel.HEART_RATE:
        low, high = HEART_RATE_LIMITS_BPM
        values[values == 0] = np.nan  # a strap without a reading says 0: nothing to repair
        impossible = (values < low) | (values > high)
        if count := int(impossible.sum()):
            repairs.append(Repair("impossible_heart_rate", {"count": count, "low": low, "high": high}))
    else:
        low, high = LIMITS[channel]
        impossible = (values < low) | (values > high)
        if count := int(impossible.sum()):
            params = {"channel": channel.value, "count": count, "low": low, "high": high, "unit": channel.unit}
            repairs.append(Repair("impossible_value", params))
    values[impossible] = np.nan


def possible_positions(found: dict[Channel, NDArray[np.float64]], repairs: list[Repair]) -> None:
    """Take out, in place, half positions and 0° 0', which a receiver says while it knows none."""
    latitude, longitude = found.get(Channel.LATITUDE), found.get(Channel.LONGITUDE)
    if latitude is None or longitude is None:
        found.pop(Channel.LATITUDE, None)
        found.pop(Channel.LONGITUDE, None)
        return
    nowhere = (latitude == 0) & (longitude == 0)
    if count := int(nowhere.sum()):
        repairs.append(Repair("position_zero", {"count": count}))
    unknown = nowhere | np.isnan(latitude) | np.isnan(longitude)
    latitude[unknown] = longitude[unknown] = np.nan


def steady_distance(values: NDArray[np.float64], repairs: list[Repair]) -> NDArray[np.float64]:
    """Distance along the way that never goes back: a counter that began anew is carried on, and that is said."""
    known = np.flatnonzero(~np.isnan(values))
    steps = np.diff(values[known])
    if not np.any(steps < 0):
        return values
    if count := int((steps < -1.0).sum()):
        repairs.append(Repair("distance_restarted", {"count": count}))
    carried = values.copy()
    carried[known[1:]] = values[known[0]] + np.cumsum(np.maximum(steps, 0.0))
    return carried


def possible_beats(
    rr_ms: Sequence[float], end_ms: Sequence[float], repairs: list[Repair], *, told: int = 0
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """The intervals that can be, and when they ended; None where there are none.

    Where one is left out of a row without times, the times are counted from the row's own begin, so that a gap stands
    where it stood. Where nobody can know how long it was (0, less, or no number), one NaN stands for it and its
    neighbours of the same kind: what is measured of the intervals must not be measured across it. ``told`` of them are
    named by another repair.
    """
    intervals, ends = np.array(rr_ms, dtype=np.float64), np.array(end_ms, dtype=np.float64)
    possible = (intervals >= LEAST_RR_MS) & (intervals <= LONGEST_RR_MS)
    if count := int((~possible).sum()) - told:
        repairs.append(Repair("impossible_beats", {"count": count, "low": LEAST_RR_MS, "high": LONGEST_RR_MS}))
    if count := int((possible & (intervals < SHORTEST_RR_MS)).sum()):
        repairs.append(Repair("short_beats", {"count": count, "low": SHORTEST_RR_MS}))
    if not possible.any():
        return None, None
    if not possible.all() and np.all(np.isnan(ends)):
        if np.all(intervals >= LEAST_RR_MS) and float(intervals.sum()) <= LONGEST_ROW_MS:
            ends = np.cumsum(intervals)
        else:
            marked = np.where(possible, intervals, np.nan)
            inside = slice(int(np.argmax(possible)), intervals.size - int(np.argmax(possible[::-1])))
            kept = (possible | np.concatenate(([False], possible[:-1])))[inside]
            return marked[inside][kept], ends[inside][kept]
    return intervals[possible], ends[possible]
