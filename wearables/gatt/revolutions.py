"""Rates and ways from counters that roll over: turns of wheels and cranks, and distances.

All is pure: times of arrival come in as arguments. A rate needs two packets with different event times. The same event
time means that nothing turned since, which is no reading of its own: the last rate is held for 3 s at most, and is 0
after that.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

HELD_S = 3.0
"""How long a rate is held while no further turn is told."""
SILENT_S = 3.0
"""After how long without any packet nothing is known any more."""
TIME_BITS = 16


@dataclass(frozen=True, slots=True)
class Kind:
    """A counter of turns: its width, the ticks of its event time a second, and the most turns a second that are
    possible; above that the counter was set anew."""

    bits: int
    ticks_per_s: int
    most_per_s: float


WHEEL_1024 = Kind(32, 1024, 30.0)
"""A wheel in CSC packets: 30 turns a second are 227 km/h on a road wheel."""
WHEEL_2048 = Kind(32, 2048, 30.0)
"""A wheel in packets of power meters: a tick is half as long there."""
CRANK = Kind(16, 1024, 5.0)
"""A crank in both: 5 turns a second are 300 a minute."""


@dataclass(frozen=True, slots=True)
class Turns:
    """A counter as a packet told it."""

    revolutions: int
    event_ticks: int
    kind: Kind

    @classmethod
    def of(cls, revolutions: int | None, event_ticks: int | None, kind: Kind) -> Turns | None:
        """The counter, or None where a packet has none."""
        return None if revolutions is None or event_ticks is None else cls(revolutions, event_ticks, kind)


def advance(before: int, after: int, bits: int) -> int | None:
    """By how much a counter of ``bits`` bits went on from ``before`` to ``after``, its roll-over counted. None where
    that would be half its range or more: it went backwards, or was set anew."""
    moved = (after - before) % (1 << bits)
    return moved if moved < 1 << bits - 1 else None


def event_span_s(before: Turns, after: Turns, arrival_s: float) -> Fraction:
    """Seconds between the last turns of two packets that came ``arrival_s`` seconds apart. The event time rolls over
    every 32 or 64 s; how often it did is what brings it nearest to the arrival."""
    ticks = (after.event_ticks - before.event_ticks) % (1 << TIME_BITS)
    over = round((arrival_s * after.kind.ticks_per_s - ticks) / (1 << TIME_BITS))
    return Fraction(ticks + max(over, 0) * (1 << TIME_BITS), after.kind.ticks_per_s)


def rate_per_s(before: Turns, after: Turns, arrival_s: float = 0.0) -> float | None:
    """Turns a second between two packets that came ``arrival_s`` seconds apart.

    None where there is nothing new (the same event time), and where the counter cannot have gone on so far: it was set
    anew, or a wheel rolled backwards.
    """
    span_s = event_span_s(before, after, arrival_s)
    moved = advance(before.revolutions, after.revolutions, after.kind.bits)
    if moved is None or span_s == 0:
        return None
    rate = float(moved / span_s)
    return rate if rate <= after.kind.most_per_s else None


def distance_m(before: Turns, after: Turns, circumference_m: float) -> float | None:
    """The way of a wheel between two packets in metres; None as of ``advance``."""
    moved = advance(before.revolutions, after.revolutions, after.kind.bits)
    return None if moved is None else moved * circumference_m


def way_m(before_m: float, after_m: float, *, bits: int, per_m: int = 1) -> float | None:
    """The way in metres between two readings of a distance that counts 1/``per_m`` m and rolls over at ``bits`` bits:
    32 bits and 10 of foot pods, 24 bits and 1 of fitness machines. None as of ``advance``."""
    moved = advance(round(before_m * per_m), round(after_m * per_m), bits)
    return None if moved is None else moved / per_m


@dataclass(frozen=True, slots=True)
class Turning:
    """How fast something turns, told by the packets so far. Begin with ``Turning()``, go on with ``told``."""

    last: Turns | None = None
    changed_s: float = 0.0
    """When the last new event arrived."""
    heard_s: float = 0.0
    """When the last packet arrived."""
    held_per_s: float | None = None

    def told(self, turns: Turns, at_s: float) -> Turning:
        """The same after a packet with ``turns`` that arrived at ``at_s`` (seconds of any clock that only goes on)."""
        if self.last is None or turns.kind != self.last.kind:
            return Turning(turns, at_s, at_s)
        if turns == self.last or event_span_s(self.last, turns, at_s - self.changed_s) == 0:
            return Turning(self.last, self.changed_s, at_s, self.held_per_s)
        return Turning(turns, at_s, at_s, rate_per_s(self.last, turns, at_s - self.changed_s))

    def rate_per_s(self, now_s: float) -> float | None:
        """Turns a second at ``now_s``: held for 3 s after the last new event, then 0 while packets still come. None
        where nothing is known: no two events yet, a counter that was set anew, or no packet for 3 s."""
        if self.last is None or now_s - self.heard_s > SILENT_S:
            return None
        if now_s - self.changed_s > HELD_S:
            return 0.0
        return self.held_per_s

    def rate_per_min(self, now_s: float) -> float | None:
        """The same a minute."""
        rate = self.rate_per_s(now_s)
        return None if rate is None else 60 * rate
