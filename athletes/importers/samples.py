"""From loose samples, beats and laps, as readers find them, to a valid recording; what had to be mended is named."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import nan

import numpy as np
from numpy.typing import NDArray

from athletes.importers.common import Repair
from athletes.importers.possible import possible_beats, possible_positions, possible_values, steady_distance
from athletes.model import Channel, Lap, Recording, Series
from touchline.errors import BadFile

JUMP_S = 12 * 3600
"""A pause longer than this inside one session is a recorder's clock that jumped."""

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this there were no such files; an earlier date is a clock that was never set."""

FUTURE = timedelta(days=2)

TELLING = {Channel.HEART_RATE, Channel.SPEED, Channel.POWER, Channel.DISTANCE, Channel.LATITUDE}
"""A recording needs one of these, or RR intervals: of cadence or altitude alone nothing can be said."""


@dataclass(slots=True)
class Samples:
    """Loose samples as a reader finds them: a time in milliseconds and the values seen at that time."""

    ms: list[int] = field(default_factory=list)
    rows: list[Mapping[Channel, float]] = field(default_factory=list)

    def add(self, ms: int, values: Mapping[Channel, float]) -> None:
        """Keep one sample; ``values`` holds only what was measured."""
        self.ms.append(ms)
        self.rows.append(values)


@dataclass(slots=True)
class Beats:
    """RR intervals in milliseconds in their order, and when each ended in milliseconds of the samples' clock, NaN where
    nobody knows."""

    rr_ms: list[float] = field(default_factory=list)
    end_ms: list[float] = field(default_factory=list)
    told: int = 0
    """How many of the intervals are NaN for a cell that cannot be read, and are named by a repair already."""

    def add(self, rr_ms: float, end_ms: float = nan) -> None:
        """Keep one interval."""
        self.rr_ms.append(rr_ms)
        self.end_ms.append(end_ms)


@dataclass(frozen=True, slots=True)
class LapMark:
    """A lap in milliseconds of the samples' clock."""

    from_ms: int
    to_ms: int
    name: str = ""


def longest_forward(ms: Sequence[int]) -> list[int]:
    """Indices of the longest run of samples whose time never goes back, so that one bad stamp costs one sample."""
    ends: list[int] = []  # ends[k]: index that ends the best run of length k + 1
    keys: list[int] = []
    before: list[int] = []
    for index, at in enumerate(ms):
        place = bisect_right(keys, at)
        before.append(ends[place - 1] if place else -1)
        if place == len(ends):
            ends.append(index)
            keys.append(at)
        else:
            ends[place], keys[place] = index, at
    chain: list[int] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(index)
        index = before[index]
    return chain[::-1]


def _largest_block(ms: NDArray[np.int64]) -> slice:
    """The largest part of ``ms`` without a jump of the clock inside."""
    edges = [0, *(np.flatnonzero(np.diff(ms) > JUMP_S * 1000) + 1).tolist(), len(ms)]
    first, last = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
    return slice(first, last)


def to_recording(
    samples: Samples,
    *,
    kind: str,
    epoch: datetime | None,
    now: datetime,
    sport: str | None = None,
    device: str | None = None,
    beats: Beats | None = None,
    laps: Sequence[LapMark] = (),
) -> tuple[Recording, list[Repair]]:
    """Valid series from loose samples, and what had to be mended.

    ``epoch`` is the instant of millisecond 0, None where the file does not know it. Time that goes back, jumps of the
    clock and impossible values are left out and named; a start that cannot be true is unknown. Beats alone are a
    recording too.

    Raises ``BadFile``: ``no_samples``; ``nothing_measured`` without heart rate, speed, distance, position, power and
    beats.
    """
    repairs: list[Repair] = []
    rr_ms, end_ms = possible_beats(beats.rr_ms, beats.end_ms, repairs, told=beats.told) if beats else (None, None)
    if not samples.ms:
        if rr_ms is None:
            raise BadFile("athletes.errors.no_samples")
        zero_ms = _zero_of_beats(rr_ms, end_ms)
        start = None if zero_ms is None else _start(epoch, zero_ms, now, repairs)
        return Recording(kind, (), start, sport, device, rr_ms, _seconds(end_ms, zero_ms or 0)), repairs
    kept = longest_forward(samples.ms)
    if lost := len(samples.ms) - len(kept):
        repairs.append(Repair("time_went_back", {"count": lost}))
    ms = np.array([samples.ms[index] for index in kept], dtype=np.int64)
    block = _largest_block(ms)
    if lost := len(ms) - (block.stop - block.start):
        repairs.append(Repair("clock_jump", {"count": lost}))
    ms, kept = ms[block], kept[block]
    zero_ms = int(ms[0])
    start = _start(epoch, zero_ms, now, repairs)
    found = {
        channel: np.array([samples.rows[index].get(channel, nan) for index in kept], dtype=np.float64)
        for channel in Channel
        if any(channel in samples.rows[index] for index in kept)
    }
    for channel, values in found.items():
        possible_values(channel, values, repairs)
    possible_positions(found, repairs)
    if Channel.DISTANCE in found:
        found[Channel.DISTANCE] = steady_distance(found[Channel.DISTANCE], repairs)
    series = tuple(
        Series(channel, ms - zero_ms, found[channel])
        for channel in Channel
        if channel in found and not np.all(np.isnan(found[channel]))
    )
    if rr_ms is None and not any(one.channel in TELLING for one in series):
        raise BadFile("athletes.errors.nothing_measured", kind=kind.upper(), samples=len(ms))
    ends_s = _seconds(end_ms, zero_ms)
    marks = _laps(laps, zero_ms, int(ms[-1]))
    return Recording(kind, series, start, sport, device, rr_ms, ends_s, marks), repairs


def _zero_of_beats(rr_ms: NDArray[np.float64], end_ms: NDArray[np.float64] | None) -> int | None:
    """When the first beat with a time began, counted back over those before it; None without times."""
    if end_ms is None or np.all(np.isnan(end_ms)):
        return None
    first = int(np.flatnonzero(~np.isnan(end_ms))[0])
    return round(float(end_ms[first] - rr_ms[: first + 1].sum()))


def _seconds(end_ms: NDArray[np.float64] | None, zero_ms: int) -> NDArray[np.float64] | None:
    if end_ms is None or np.all(np.isnan(end_ms)):
        return None
    return (end_ms - zero_ms) / 1000.0


def _laps(laps: Sequence[LapMark], zero_ms: int, last_ms: int) -> tuple[Lap, ...]:
    """Laps in seconds from the start, cut to the session; what lies outside is left out."""
    found = []
    for lap in laps:
        first, last = max(lap.from_ms, zero_ms), min(lap.to_ms, last_ms)
        if first < last:
            found.append(Lap((first - zero_ms) / 1000.0, (last - zero_ms) / 1000.0, lap.name))
    return tuple(sorted(found, key=lambda lap: (lap.from_s, lap.to_s)))


def _start(epoch: datetime | None, first_ms: int, now: datetime, repairs: list[Repair]) -> datetime | None:
    if epoch is None:
        return None
    try:
        start = epoch + timedelta(milliseconds=first_ms)
    except OverflowError:
        start = datetime.min.replace(tzinfo=UTC)
    if OLDEST <= start <= now + FUTURE:
        return start
    repairs.append(Repair("impossible_date", {"date": start.date().isoformat()}))
    return None
