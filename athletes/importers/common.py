"""What all importers share: the result, repairs, and from loose samples to valid series."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athletes.model import Channel, Recording, Series
from athletes.records import Reading
from touchline.effort import HEART_RATE_LIMITS_BPM
from touchline.errors import BadFile

MAX_BYTES = 64 * 2**20
"""A day of one-second samples with every channel is under 10 MB, in the wordiest format; more is another thing."""

JUMP_S = 12 * 3600
"""A pause longer than this inside one session is a recorder's clock that jumped."""

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this there were no such files; an earlier date is a clock that was never set."""

FUTURE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Repair:
    """What was mended or left out while a file was read: a code with its numbers; panels and commands word it."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Diary:
    """A diary of morning readings that was read: by day, what had to be repaired, its file's name and SHA-256.

    ``kind`` names the app or the form it came in.
    """

    kind: str
    readings: tuple[Reading, ...]
    repairs: tuple[Repair, ...]
    name: str
    sha256: str

    @property
    def status(self) -> str:
        """``repaired`` where anything had to be mended or left out, else ``ok``."""
        return "repaired" if self.repairs else "ok"


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A file that was read: its recording, what had to be repaired, its name and SHA-256."""

    recording: Recording
    repairs: tuple[Repair, ...]
    name: str
    sha256: str

    @property
    def status(self) -> str:
        """``repaired`` where anything had to be mended or left out, else ``ok``."""
        return "repaired" if self.repairs else "ok"


@dataclass(slots=True)
class Samples:
    """Loose samples as a reader finds them: a time in milliseconds and the values seen at that time."""

    ms: list[int] = field(default_factory=list)
    rows: list[Mapping[Channel, float]] = field(default_factory=list)

    def add(self, ms: int, values: Mapping[Channel, float]) -> None:
        """Keep one sample; ``values`` holds only what was measured."""
        self.ms.append(ms)
        self.rows.append(values)


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
    rr_ms: NDArray[np.float64] | None = None,
) -> tuple[Recording, list[Repair]]:
    """Valid series from loose samples, and what had to be mended.

    ``epoch`` is the instant of millisecond 0, None where the file does not know it. Time that goes back, jumps of the
    clock and impossible heart rates are left out and named; a start that cannot be true is unknown.

    Raises ``BadFile`` (``no_samples``, ``no_heart_rate``).
    """
    if not samples.ms:
        raise BadFile("athletes.errors.no_samples")
    repairs: list[Repair] = []
    kept = longest_forward(samples.ms)
    if lost := len(samples.ms) - len(kept):
        repairs.append(Repair("time_went_back", {"count": lost}))
    ms = np.array([samples.ms[index] for index in kept], dtype=np.int64)
    block = _largest_block(ms)
    if lost := len(ms) - (block.stop - block.start):
        repairs.append(Repair("clock_jump", {"count": lost}))
    ms, kept = ms[block], kept[block]
    start = _start(epoch, int(ms[0]), now, repairs)
    series: list[Series] = []
    for channel in Channel:
        values = np.array([samples.rows[index].get(channel, np.nan) for index in kept], dtype=np.float64)
        values[np.isinf(values)] = np.nan
        if channel is Channel.HEART_RATE:
            values = _possible_heart_rate(values, repairs)
        if not np.all(np.isnan(values)):
            series.append(Series(channel, ms - ms[0], values))
    if not any(one.channel is Channel.HEART_RATE for one in series):
        raise BadFile("athletes.errors.no_heart_rate", kind=kind.upper(), samples=len(ms))
    return Recording(kind, tuple(series), start, sport, device, rr_ms), repairs


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


def _possible_heart_rate(values: NDArray[np.float64], repairs: list[Repair]) -> NDArray[np.float64]:
    low, high = HEART_RATE_LIMITS_BPM
    values[values == 0] = np.nan  # a strap without a reading says 0: nothing to repair
    impossible = (values < low) | (values > high)
    if count := int(impossible.sum()):
        repairs.append(Repair("impossible_heart_rate", {"count": count, "low": low, "high": high}))
        values[impossible] = np.nan
    return values
