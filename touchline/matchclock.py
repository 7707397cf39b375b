"""The clock of a match, as somebody who knows nothing else of the match needs it: to tie another clock to it.

Whoever keeps matches gives it through the entry points ``touchline.match_clocks``: functions
``find(home, match_id, person) -> MatchClock | None``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import entry_points
from pathlib import Path

from touchline.errors import BadValue, NotFound
from touchline.origin import Origin
from touchline.rights import Person

GROUP = "touchline.match_clocks"
US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class HostInstant:
    """An instant as a host knew it: ``ns`` of its monotonic clock, which means something in the run of the system
    ``boot`` only (``touchline.presence.boot_id``), and wall time, ``utc_us`` microseconds since 1970. ``sigma_s`` is
    how sure the instant itself is, in seconds."""

    ns: int
    utc_us: int
    boot: str
    sigma_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period of a match: it begins at ``starts_s`` of match time, when the clock on the board shows ``clock_s``."""

    name: str
    starts_s: Fraction
    clock_s: Fraction


@dataclass(frozen=True, slots=True)
class MatchClock:
    """A match's time: from ``starts_s`` to ``ends_s`` there are pictures, in exact seconds of match time.

    ``stretches`` are its periods in their order, empty where nobody named them. ``zero`` is the instant of match time 0
    where the match was recorded on this host; None where no clock of this host knows it. ``growing`` says that it is
    being recorded now. ``sigma_s`` is how sure its pictures lie in match time, a standard deviation in seconds; None
    where nobody knows.
    """

    id: str
    name: str
    origin: Origin
    starts_s: Fraction
    ends_s: Fraction
    stretches: tuple[Stretch, ...] = ()
    zero: HostInstant | None = None
    growing: bool = False
    sigma_s: float | None = None

    def board_s(self, match_s: Fraction) -> Fraction | None:
        """What the clock on the board shows at ``match_s``; None where no period has begun."""
        begun = [stretch for stretch in self.stretches if stretch.starts_s <= match_s]
        return begun[-1].clock_s + match_s - begun[-1].starts_s if begun else None

    def match_s(self, board_s: Fraction, stretch: int | None = None) -> Fraction:
        """The match time at which the board shows ``board_s`` in the period of that place; without periods match time
        is all there is, and comes back as it is. Raises ``BadValue`` for a period that there is not, and for a reading
        from before it began."""
        if not self.stretches:
            return board_s
        if stretch is None or not 0 <= stretch < len(self.stretches):
            raise BadValue("touchline.errors.no_such_period", name=self.name)
        chosen = self.stretches[stretch]
        if board_s < chosen.clock_s:
            raise BadValue("touchline.errors.before_period", period=chosen.name)
        return chosen.starts_s + board_s - chosen.clock_s

    def covers(self, match_s: Fraction) -> bool:
        """Whether there may be pictures of that instant."""
        return self.starts_s <= match_s <= self.ends_s

    def nearest(self, match_s: Fraction) -> Fraction:
        """``match_s``, or the end of the pictures that is nearest to it."""
        return min(max(match_s, self.starts_s), self.ends_s)


Find = Callable[[Path, str, Person | None], MatchClock | None]


def find_match_clock(home: Path, match_id: str, person: Person | None = None) -> MatchClock:
    """The clock of a match, whoever keeps it. Raises ``NotFound``; ``NotAllowed`` for who may not watch it."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        find: Find = point.load()
        found = find(home, match_id, person)
        if found is not None:
            return found
    raise NotFound("touchline.errors.no_such_match_clock", id=match_id)
