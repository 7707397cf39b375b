"""The clock of a session tied to the clock of a match: from what is known to a map between them, and how sure it is.

A map goes from match seconds to session seconds, exactly; back it is as exact. Of the ties that people made the latest
counts; where nobody made one, the clocks of the host that recorded both tie them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue
from touchline.matchclock import HostInstant, MatchClock
from touchline.timebase import ClockMap
from wearables.model import NS_PER_S, US_PER_S, Mark, MarkKind
from wearables.standing import standing

PRESS_SIGMA_S = 0.5
"""How sure a reading of a running clock is that somebody types beside an instant of the session: they look, and press.
It is a rule of thumb for the standard deviation and measured for nobody; it can be said otherwise."""
PHASE_SIGMA_S = 2.0
"""The same for a phase that a coach marked when it began, beside the kick-off in the pictures: a rule of thumb too."""
WALL_SIGMA_S = 0.5
"""How sure wall time is between two runs of the system, whose clock may have been set meanwhile; the recordings of
matches use the same figure."""
_READING = re.compile(r"(?:[0-9]{1,6}:){0,2}[0-9]{1,9}(?:[.,][0-9]{1,9})?", re.ASCII)
_LONGEST_SHOWN = 40
STEPS_S = (Fraction(-1), Fraction(-1, 10), Fraction(1, 10), Fraction(1))
"""The steps in which a tie is nudged, in seconds of the session."""


class Method(StrEnum):
    """How two clocks were tied."""

    SAME_CLOCK = "same_clock"
    """Both were recorded by one host in one run of its system: its monotonic clock joins them exactly."""
    WALL_CLOCK = "wall_clock"
    """Both were recorded by one host, with a restart between: its wall time joins them."""
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Tie:
    """Match time ``match_s`` was the instant ``session_ns`` of the session; ``rate`` seconds of the session pass in a
    second of the match. ``sigma_s`` is how sure that is, a standard deviation in seconds of the session; None where
    nobody said it. ``mark`` and ``by`` are of the mark that people made; None and empty where the host's clocks tie."""

    match_id: str
    match_s: Fraction
    session_ns: int
    method: Method
    rate: Fraction = Fraction(1)
    sigma_s: float | None = None
    mark: int | None = None
    by: str = ""

    def __post_init__(self) -> None:
        known = self.sigma_s is None or (math.isfinite(self.sigma_s) and self.sigma_s >= 0)
        if self.rate <= 0 or not known:
            raise BadValue("wearables.errors.bad_tie", mark=self.mark or 0)

    @property
    def clock_map(self) -> ClockMap:
        """From match seconds to seconds of the session."""
        return ClockMap(Fraction(self.session_ns, NS_PER_S) - self.rate * self.match_s, self.rate, self.sigma_s)

    def to_session_ns(self, match_s: Fraction) -> int:
        """The instant of the session at a match time, to the nearest nanosecond."""
        return round(self.clock_map.forward(match_s) * NS_PER_S)

    def to_match_s(self, at_ns: int) -> Fraction:
        """The match time at an instant of the session, exactly."""
        return self.clock_map.backward(Fraction(at_ns, NS_PER_S))

    def nudged(self, by_s: Fraction) -> Tie:
        """The same moment of the match that much later in the session, by hand. How sure it is stays what it was where
        people had tied it; what the host's clocks said counts as a press from then on."""
        by_hand = self.method is Method.BY_HAND
        sigma_s = self.sigma_s if by_hand else PRESS_SIGMA_S * float(self.rate)
        moved_ns = self.session_ns + round(by_s * NS_PER_S)
        return Tie(self.match_id, self.match_s, moved_ns, Method.BY_HAND, self.rate, sigma_s)

    def detail(self) -> dict[str, Any]:
        """What a mark of kind ``TIE`` keeps of it."""
        return {
            "match_id": self.match_id,
            "match_s": str(self.match_s),
            "session_ns": self.session_ns,
            "rate": str(self.rate),
            "sigma_s": self.sigma_s,
            "method": self.method.value,
        }

    def document(self) -> dict[str, Any]:
        """The tie as a JSON-ready document: the mark's, who made it, and the map."""
        return self.detail() | {"by": self.by, "mark": self.mark, "map": self.clock_map.document()}


def tie_of_mark(mark: Mark) -> Tie:
    """The tie that a mark of kind ``TIE`` keeps. Raises ``BadValue`` where it keeps none."""
    told = mark.detail
    try:
        sigma_s = told.get("sigma_s")
        return Tie(
            str(told["match_id"]),
            Fraction(told["match_s"]),
            int(told["session_ns"]),
            Method(told["method"]),
            Fraction(told.get("rate", "1")),
            None if sigma_s is None else float(sigma_s),
            mark.id,
            mark.by,
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise BadValue("wearables.errors.bad_tie", mark=mark.id) from fault


def ties(marks: Iterable[Mark]) -> dict[str, Tie]:
    """The ties that people made and that count, by match: of each match the latest that was not taken back."""
    found = (tie_of_mark(mark) for mark in standing(marks) if mark.kind is MarkKind.TIE)
    return {tie.match_id: tie for tie in found}


@dataclass(frozen=True, slots=True)
class Span:
    """A session on its host's clocks: the instant of its zero, how many of its seconds pass in one of the host, and
    until when (``last_ns``) there is something of it. ``sleeps`` of its host: when it woke (session nanoseconds), and
    how long it had slept (host nanoseconds), in their order; ``zero`` is as read on the clock after all of them."""

    zero: HostInstant
    speed: Fraction
    last_ns: int
    sleeps: tuple[tuple[int, int], ...] = ()

    def passed_ns(self, monotonic_ns: int) -> Fraction:
        """Host nanoseconds from the session's zero to a reading of the host's monotonic clock, which stood still while
        the host slept."""
        passed_ns = monotonic_ns - self.zero.ns
        for woke_ns, slept_ns in reversed(self.sleeps):
            if passed_ns * self.speed >= woke_ns:
                break
            passed_ns -= slept_ns
        return Fraction(passed_ns)


def automatic(span: Span, match: MatchClock) -> Tie | None:
    """The tie that the host's clocks give; None where they know nothing of the match, or where session and match do
    not overlap. One monotonic clock ties exactly: how sure the tie is, is then how sure the pictures lie on it."""
    if match.zero is None:
        return None
    same = match.zero.boot == span.zero.boot
    # The zero of a match that was taken up again after a restart is as sure as wall time; its pictures say so too.
    apart_s = [match.zero.sigma_s, span.zero.sigma_s, *([] if same else [WALL_SIGMA_S])]
    sigma_s = None if match.sigma_s is None else max(match.sigma_s, math.hypot(*apart_s)) * float(span.speed)
    if same:
        away_ns = span.passed_ns(match.zero.ns)
    else:
        away_ns = Fraction(match.zero.utc_us - span.zero.utc_us) * NS_PER_S / US_PER_S
    method = Method.SAME_CLOCK if same else Method.WALL_CLOCK
    tie = Tie(match.id, Fraction(0), round(away_ns * span.speed), method, span.speed, sigma_s)
    overlaps = tie.to_match_s(0) <= match.ends_s and tie.to_match_s(span.last_ns) >= match.starts_s
    return tie if overlaps else None


def by_hand(match_id: str, match_s: Fraction, at_ns: int, speed: Fraction, sigma_s: float | None) -> Tie:
    """The tie that somebody makes: match time ``match_s`` was the instant ``at_ns`` of a session that runs at
    ``speed``. ``sigma_s`` is how sure that is in seconds of the host."""
    said = None if sigma_s is None else sigma_s * float(speed)
    return Tie(match_id, match_s, at_ns, Method.BY_HAND, speed, said)


def read_clock_s(text: str) -> Fraction:
    """Seconds that people write as a clock: ``12:34.5``, ``12:34,5``, ``1:02:03`` or ``754.5``, exactly.

    Raises ``BadValue`` for anything else.
    """
    if not _READING.fullmatch(text.strip()):
        raise BadValue("wearables.errors.bad_clock_reading", text=text[:_LONGEST_SHOWN])
    parts = text.strip().replace(",", ".").split(":")
    whole, seconds = [int(part) for part in parts[:-1]], Fraction(parts[-1])
    if (len(parts) > 1 and seconds >= 60) or (len(parts) == 3 and whole[1] >= 60):
        raise BadValue("wearables.errors.bad_clock_reading", text=text[:_LONGEST_SHOWN])
    for place, value in enumerate(reversed(whole), start=1):
        seconds += value * 60**place
    return seconds
