"""From bytes to rows: what one strap sent, decoded, judged and kept, in the order in which it came.

**When a frame is a doubled one.** A system that holds two subscriptions of one strap delivers each notification twice,
back to back. A strap itself sends once a second, so the same bytes twice within 20 ms were not sent twice. Two things
bend that rule, and both are met here:

- In a session at twenty times the speed of life 20 ms are 1 ms of the host, and two deliveries lie further apart than
  that whenever the machine is busy. The window therefore has a lower bound in the host's time.
- What was sent seconds apart can *arrive* together: a busy host reads late, and a link that was shadowed hands over
  what it had kept. Two beats alike are usual at rest, so such frames would be thrown away for nothing. But who comes
  together was late, and whoever was late was missed before: a burst may hold as many equal frames as fit into the
  silence before it. Only what exceeds them is doubled. In doubt a frame counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from touchline.errors import BadValue
from wearables.clock import SessionClock
from wearables.gatt import battery, heart_rate, polar_broadcast
from wearables.gatt.heart_rate import Contact
from wearables.model import NS_PER_S, Frame, Source, Status
from wearables.recorder.limits import Limits

SEND_JITTER = 0.2
"""Of an interval: how much sooner than usual a strap may send. Two frames that came together after a silence of less
than 1.8 intervals were not both sent in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a frame says: ``contact`` is False where the strap says that it has none, or no reading."""

    frame: Frame
    contact: bool = True
    battery_low: bool = False
    """The bit of a broadcast."""


class Doubles:
    """Tells frames that were delivered twice. One for each strap and source."""

    def __init__(self, clock: SessionClock, limits: Limits, interval_s: float | None) -> None:
        """``interval_s`` is what usually lies between two frames; None: nothing is known of that, and nothing that
        comes within the window can be a late one."""
        floor_ns = limits.doubled_host_s * clock.speed * NS_PER_S
        most_ns = limits.doubled_most_s * NS_PER_S
        self.window_ns = round(max(limits.doubled_s * NS_PER_S, min(floor_ns, most_ns)))
        self.interval_ns = None if interval_s is None else interval_s * NS_PER_S
        self.begin()

    def begin(self) -> None:
        """A new link: nothing came before."""
        self._data: bytes | None = None
        self._at_ns = 0
        self._room = 1.0
        """How many frames the present burst may hold, by the silence before it."""
        self._burst = 0

    def doubled(self, data: bytes, at_ns: int) -> bool:
        """Whether ``data``, which came at ``at_ns``, is a second delivery of the frame before it."""
        gap_ns, same = at_ns - self._at_ns, data == self._data
        first = self._data is None
        self._data, self._at_ns = data, at_ns
        if first or gap_ns >= self.window_ns:
            self._burst = 1
            if self.interval_ns is None or first:
                self._room = 1.0
                return False
            self._room = gap_ns / self.interval_ns + SEND_JITTER
            if gap_ns < 1.5 * self.interval_ns:
                self.interval_ns += (gap_ns - self.interval_ns) / 8
            return False
        if not same or self._burst + 1 <= self._room:
            self._burst += 1
            return False
        return True


class Counter:
    """Tells broadcasts that bring a new reading from repeated ones: their counter of 3 bits moved on."""

    ROUND_NS = 4 * NS_PER_S
    """After so long the counter may have gone once round (eight readings, about eight seconds): another rate is a new
    reading then; the same one may be a strap that stands still."""
    LATE_NS = 2 * NS_PER_S
    """Two adapters hear one advertisement at moments of their own; what lags behind is no new reading."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._adapter = ""
        self._at_ns = 0

    def moved(self, counter: int, adapter: str, at_ns: int) -> bool:
        """Whether ``counter``, heard through ``adapter`` at ``at_ns``, is another one than before, and not an older
        one that a second adapter hands over late."""
        if self._last is None:
            moved = True
        else:
            forward = (counter - self._last) % (polar_broadcast.COUNTER_MAX + 1)
            late = forward > 4 and adapter != self._adapter and at_ns - self._at_ns < self.LATE_NS
            moved = forward != 0 and not late
        if moved:
            self._last, self._adapter, self._at_ns = counter, adapter, at_ns
        return moved


class Intake:
    """Takes what one strap sends. Every method gives the frame that was kept."""

    def __init__(self, strap: int, clock: SessionClock, limits: Limits, keep: Callable[[Frame], None]) -> None:
        self.strap, self.clock, self.keep = strap, clock, keep
        self._doubles = {
            Source.HEART_RATE: Doubles(clock, limits, limits.interval_s),
            Source.BATTERY: Doubles(clock, limits, None),
        }
        self._counter = Counter()
        self._rate = 0, 0
        """What the last broadcast that counted said, and when."""
        self._refused: bytes | None = None

    def begin(self) -> None:
        """A new link begins."""
        for doubles in self._doubles.values():
            doubles.begin()

    def heart_rate(self, data: bytes, at_ns: int) -> Reading:
        """A notification of 0x2A37. Without contact there is no rate, whatever number the strap repeats."""
        try:
            told = heart_rate.decode(data)
        except BadValue:
            return Reading(self._kept(Source.HEART_RATE, data, at_ns, Status.REFUSED, None))
        contact = told.rate_bpm is not None and told.contact is not Contact.NOT_DETECTED
        status = Status.DOUBLED if self._doubles[Source.HEART_RATE].doubled(data, at_ns) else Status.OK
        bpm = told.rate_bpm if contact else None
        return Reading(self._kept(Source.HEART_RATE, data, at_ns, status, bpm), contact)

    def battery(self, data: bytes, at_ns: int) -> int | None:
        """A notification or a value of 0x2A19: the percentage, None where the bytes are none."""
        try:
            percent = battery.decode(data).percent
        except BadValue:
            self._kept(Source.BATTERY, data, at_ns, Status.REFUSED, None)
            return None
        status = Status.DOUBLED if self._doubles[Source.BATTERY].doubled(data, at_ns) else Status.OK
        self._kept(Source.BATTERY, data, at_ns, status, None)
        return percent

    def broadcast(self, manufacturer: Mapping[int, bytes], adapter: str, at_ns: int) -> Reading | None:
        """An advertisement: None where it carries no rate, or one that was heard before. Bytes that cannot be read are
        kept once, not at each of their many repetitions."""
        data = manufacturer.get(polar_broadcast.COMPANY)
        if data is None:
            return None
        try:
            told = polar_broadcast.decode(data)
        except BadValue as fault:
            if fault.name == "no_heart_rate" or data == self._refused:
                return None
            self._refused = data
            return Reading(self._kept(Source.POLAR, data, at_ns, Status.REFUSED, None), False)
        moved = self._counter.moved(told.counter, adapter, at_ns)
        before, before_ns = self._rate
        if not moved and (told.hr_bpm == before or at_ns - before_ns < Counter.ROUND_NS):
            return None
        self._rate = told.hr_bpm, at_ns
        contact = told.rate_bpm is not None and told.contact
        bpm = told.rate_bpm if contact else None
        return Reading(self._kept(Source.POLAR, data, at_ns, Status.OK, bpm), contact, told.battery_low)

    def _kept(self, source: Source, data: bytes, at_ns: int, status: Status, bpm: int | None) -> Frame:
        frame = Frame(self.strap, at_ns, self.clock.utc_us(at_ns), source, data, status, bpm)
        self.keep(frame)
        return frame
