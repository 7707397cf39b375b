"""One athlete's heart over a session: how long each rate was held, and what the alarms' rules follow.

The time that each rate was held is kept as a table of nanoseconds by rate. Sums of whole numbers do not depend on the
order in which they were made, and zones, means and loads are all read from that one table.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from touchline.effort import HEART_RATE_LIMITS_BPM, banister_a_minute, edwards_a_minute, zone_numbers
from wearables.live.alarms import HOLD_NS, Rules, Samples, Watch
from wearables.live.wall import Load, LoadMethod
from wearables.live.wearing import Span
from wearables.model import NS_PER_S, Profile

TOP_BPM = round(HEART_RATE_LIMITS_BPM[1])
RATES = np.arange(TOP_BPM + 1, dtype=np.float64)
TREND_S, TREND_NEEDS, TREND_SPAN_S = 30.0, 8, 15.0
"""A trend looks back over 30 s, and says nothing with fewer than 8 rates or with less than 15 s between the first and
the last of them."""
NS_PER_MIN = 60 * NS_PER_S


class Weights:
    """What one minute at each rate is worth for an athlete, looked up by the rate; computed once a profile."""

    def __init__(self, profile: Profile | None) -> None:
        self.profile = profile
        self.method: LoadMethod | None = None
        self._load: NDArray[np.float64] | None = None
        self.zone: NDArray[np.int64] | None = None
        if profile is None:
            return
        if profile.floors_bpm is not None:
            self.zone = zone_numbers(RATES, profile.floors_bpm)
        top, rest, sex = profile.hr_max_bpm, profile.hr_rest_bpm, profile.sex
        if top is not None and rest is not None and sex is not None and rest < top:
            self.method, self._load = LoadMethod.BANISTER, banister_a_minute(RATES, rest, top, sex)
        elif top is not None:
            self.method, self._load = LoadMethod.EDWARDS, edwards_a_minute(RATES, top)

    def load(self, held_ns: NDArray[np.int64]) -> Load | None:
        """The load of the time held at each rate; None where the maximum is unknown."""
        if self.method is None or self._load is None:
            return None
        return Load(float((held_ns / NS_PER_MIN * self._load).sum()), self.method)

    def zone_s(self, held_ns: NDArray[np.int64]) -> tuple[float, ...] | None:
        """Seconds under zone 1 and in zones 1 to 5; None where the zones are unknown."""
        if self.zone is None:
            return None
        return tuple(float(held_ns[self.zone == zone].sum() / NS_PER_S) for zone in range(6))


class Heart:
    """What an athlete's straps said while they wore them. Packets come in the order of time."""

    def __init__(self, profile: Profile | None, rules: Rules) -> None:
        self.at_ns, self.bpm = array("q"), array("h")
        self.weights = Weights(profile)
        self.watch = Watch.of(profile, rules)
        self._held = [0] * (TOP_BPM + 1)
        self._worn_ns = 0
        self.span: Span | None = None
        """What is worn at present."""
        self._rate: tuple[int, int] | None = None
        """The rate that is held at present, with its instant."""
        self.newest: tuple[int, int] | None = None
        """The newest rate of all, with its instant."""
        self.spans = 0
        self._left_ns = -1

    @property
    def last_ns(self) -> int:
        """The instant up to which this was led on."""
        newest = self.at_ns[-1] if self.at_ns else -1
        return max(newest, -1 if self.span is None else self.span.from_ns)

    @property
    def led_ns(self) -> int:
        """The instant up to which the alarms' rules were led on; the end of a span may lie ahead of the packets."""
        return max(self.last_ns, self._left_ns)

    @property
    def samples(self) -> Samples:
        """All packets."""
        return Samples(self.at_ns, self.bpm)

    def wear(self, span: Span) -> None:
        """Begin a span; one that is open ends where it ends, at the latest here."""
        self._leave(span.from_ns)
        self.span = span
        self.spans += 1
        self.watch.begin(span.from_ns)

    def packet(self, at_ns: int, bpm: int) -> None:
        """Take a packet of the strap that is worn; 0 where it carries no rate."""
        self._settle(at_ns)
        self.watch.packet(at_ns, bpm > 0)
        self.at_ns.append(at_ns)
        self.bpm.append(bpm)
        self._rate = (at_ns, bpm) if bpm else None
        if bpm:
            self.newest = self._rate
        else:
            self.watch.unknown(at_ns)

    def close(self, at_ns: int) -> None:
        """End the open span at an instant."""
        self._leave(at_ns)

    def _settle(self, to_ns: int) -> None:
        """Give the time since the last packet to the rate that was held."""
        if self._rate is None:
            return
        from_ns, bpm = self._rate
        until = min(to_ns, from_ns + HOLD_NS)
        self._held[bpm] += until - from_ns
        self.watch.hold(from_ns, until, bpm)
        if until < to_ns:
            self.watch.unknown(until)
        self._rate = None

    def _leave(self, at_ns: int) -> None:
        if self.span is None:
            return
        self._settle(at_ns)
        self.watch.unknown(at_ns)
        self.watch.end(at_ns)
        self._worn_ns += at_ns - self.span.from_ns
        self.span, self._left_ns = None, at_ns

    # At an instant

    def held_ns(self, now_ns: int) -> NDArray[np.int64]:
        """Nanoseconds that each rate was held until ``now_ns``, shape (261,)."""
        held = np.array(self._held, dtype=np.int64)
        if self._rate is not None:
            from_ns, bpm = self._rate
            held[bpm] += max(0, min(now_ns, from_ns + HOLD_NS) - from_ns)
        return held

    def worn_ns(self, now_ns: int) -> int:
        """Nanoseconds in which a strap was worn until ``now_ns``."""
        return self._worn_ns + (0 if self.span is None else max(0, now_ns - self.span.from_ns))

    def watched(self, now_ns: int) -> Watch:
        """The alarms' rules led on until ``now_ns``."""
        watch = self.watch.copy()
        if self._rate is not None:
            from_ns, bpm = self._rate
            until = min(now_ns, from_ns + HOLD_NS)
            if until > from_ns:
                watch.hold(from_ns, until, bpm)
            if until < now_ns:
                watch.unknown(until)
        watch.until(now_ns)
        return watch

    def trend(self, now_ns: int, from_ns: int) -> float | None:
        """The slope of the rates of the last 30 s by least squares, bpm a minute; None without enough of them."""
        since = max(from_ns, now_ns - round(TREND_S * NS_PER_S))
        found = Samples(self.at_ns, self.bpm).between(since - 1, now_ns)
        if len(found) < TREND_NEEDS or found[-1][0] - found[0][0] < TREND_SPAN_S * NS_PER_S:
            return None
        minutes = [(at - found[0][0]) / NS_PER_MIN for at, _ in found]
        middle, mean = sum(minutes) / len(found), sum(bpm for _, bpm in found) / len(found)
        square = sum((x - middle) ** 2 for x in minutes)
        return sum((x - middle) * (bpm - mean) for x, (_, bpm) in zip(minutes, found, strict=True)) / square


def replayed(
    heart: Heart, worn: Sequence[Span], packets: Sequence[tuple[Sequence[int], Sequence[int]]], restarts: Sequence[int]
) -> Heart:
    """``heart`` after everything that its spans hold: ``packets[k]`` are instants and rates of ``worn[k]``'s strap.

    Spans of one athlete follow one another. Beginnings go before packets of the same instant.
    """
    happened: list[tuple[int, int, int, int]] = [(at, 1, 0, 0) for at in restarts]
    for k, span in enumerate(worn):
        happened.append((span.from_ns, 2, k, 0))
        if span.to_ns is not None:
            happened.append((span.to_ns, 0, k, 0))
        happened += [(at, 3, k, bpm) for at, bpm in zip(*packets[k], strict=True) if span.holds(at)]
    happened.sort(key=lambda one: (one[0], one[1]))
    for at_ns, what, k, bpm in happened:
        if what == 0:
            heart.close(at_ns)
        elif what == 1:
            heart.watch.restart(at_ns)
        elif what == 2:
            heart.wear(worn[k])
        else:
            heart.packet(at_ns, bpm)
    return heart
