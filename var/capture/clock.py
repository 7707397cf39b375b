"""The clock of a source: its time stamps made one row that rises, kept beside the host's clock, with losses counted.

All times here are whole ticks of the recording's track, or nanoseconds of the host's monotonic clock. Nothing is
guessed: a packet without a usable time stamp is dropped and counted, and where the source's clock cannot be right any
more (it jumped, or was set anew) the source is set again by when its packets arrive.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

JUMP_S = 0.5
"""How far time stamps of packets that come as they are made may leave the host's clock before they count as another
clock."""

_WINDOW_NS = 5_000_000_000
_REGULAR = 25  # intervals that must agree before a longer one counts as loss
_WRAP_BITS = 33


def unwrapped(value: int, near: int, bits: int = _WRAP_BITS) -> int:
    """``value``, of which only the lowest ``bits`` came over, as the whole number nearest to ``near``."""
    span = 1 << bits
    return value + (near - value + span // 2) // span * span


class Verdict(StrEnum):
    """What becomes of a packet."""

    TAKE = "take"
    DROP = "drop"  # its time stamps cannot be used, or what they name is recorded already
    JUMPED = "jumped"  # the source's clock is another one from here on


@dataclass(frozen=True, slots=True)
class Placed:
    """When a packet is decoded and shown, in ticks of the recording; ``lost`` frames are missing before it."""

    verdict: Verdict
    dts: int = 0
    pts: int = 0
    lost: int = 0


class Clock:
    """Places the packets of one angle. ``rate_hz`` is ticks a second; ``jump_s`` as ``JUMP_S``, more for packets that
    come in heaps."""

    def __init__(self, rate_hz: int, *, jump_s: float = JUMP_S) -> None:
        self.rate_hz = rate_hz
        self.jump_s = jump_s
        self.shift = 0
        self.last_dts: int | None = None
        self._intervals: deque[int] = deque(maxlen=_REGULAR)
        self._reference: float | None = None  # ticks by which packets come later than they are shown, at the fastest
        self._bucket: float | None = None
        self._bucket_ends_ns = 0
        self._shown: deque[int] = deque(maxlen=64)

    @property
    def interval(self) -> int:
        """The usual time between two pictures in ticks; 1/25 s before it is known."""
        return round(median(self._intervals)) if self._intervals else self.rate_hz // 25

    @property
    def regular(self) -> bool:
        """Whether the camera's rate is so regular that a longer interval means missing pictures."""
        if len(self._intervals) < _REGULAR:
            return False
        usual = median(self._intervals)
        return all(usual * 0.6 < each < usual * 1.4 for each in self._intervals)

    def _late(self, ticks: int, arrival_ns: int) -> float:
        return arrival_ns * self.rate_hz / 1e9 - ticks

    def connect(self, stamps: list[tuple[int, int]]) -> tuple[bool, float, float]:
        """Set the clock from the first packets' (source ticks, arrival): whether the source's clock went on, by how
        many seconds it differs from before (0 at first), and the spread of the arrivals in seconds.

        The packet that came fastest counts: others waited somewhere on their way.
        """
        lates = sorted(self._late(ticks, arrival_ns) for ticks, arrival_ns in stamps)
        fastest = lates[0]
        spread_s = (lates[len(lates) // 4] - fastest) / self.rate_hz
        went_on, differs = False, 0.0
        if self._reference is None:
            self.shift = round(fastest)
            self._reference = 0.0
        else:
            differs = (fastest - self.shift - self._reference) / self.rate_hz
            went_on = abs(differs) <= self.jump_s
            if not went_on:
                self.shift = round(fastest - self._reference)
        self._bucket = None
        self._intervals.clear()
        return went_on, differs, spread_s

    def place(self, dts: int | None, pts: int | None, arrival_ns: int, *, after_gap: bool = False) -> Placed:
        """Where a packet with these source ticks belongs. ``after_gap``: packets before it are known to be missing."""
        if pts is None:
            return Placed(Verdict.DROP)
        shown = pts + self.shift
        last = self.last_dts
        if dts is not None:
            decoded = min(dts, pts) + self.shift
        elif last is None:
            decoded = shown
        else:  # the latest that is certainly not too late
            decoded = max(last + 1, min(shown, last + self.interval))
        if last is not None and (decoded <= last or shown < decoded or shown in self._shown):
            return Placed(Verdict.DROP)
        if self._has_jumped(decoded, arrival_ns):
            return Placed(Verdict.JUMPED)
        lost = 0 if last is None or after_gap else self._missing(decoded - last)
        if last is not None and not after_gap and not lost:
            self._intervals.append(decoded - last)
        self.last_dts = decoded
        self._shown.append(shown)
        return Placed(Verdict.TAKE, decoded, shown, lost)

    def behind(self, ticks: int) -> bool:
        """Whether a packet with these source ticks would be decoded before what is recorded already."""
        return self.last_dts is not None and ticks + self.shift <= self.last_dts

    def _has_jumped(self, ticks: int, arrival_ns: int) -> bool:
        if self._reference is None:
            return False
        late, limit = self._late(ticks, arrival_ns), self.jump_s * self.rate_hz
        if late < self._reference - limit:
            return True
        if self._bucket is None or arrival_ns >= self._bucket_ends_ns:
            if self._bucket is not None:
                if self._bucket > self._reference + limit:  # nothing came in time for a whole while: it was paused
                    self._bucket = None
                    return True
                self._reference = self._bucket  # follows the drift of two good clocks
            self._bucket, self._bucket_ends_ns = late, arrival_ns + _WINDOW_NS
        self._bucket = min(self._bucket, late)
        return False

    def _missing(self, interval: int) -> int:
        """How many pictures are missing in an interval; 0 where the camera's rate is not regular enough to know."""
        if not self.regular:
            return 0
        usual = median(self._intervals)
        return max(0, round(interval / usual) - 1) if interval > 1.5 * usual else 0

    def fastest(self) -> float:
        """Seconds by which packets come later than they are shown, at the fastest since the clock was last set."""
        values = [value for value in (self._reference, self._bucket) if value is not None]
        return min(values) / self.rate_hz if values else 0.0
