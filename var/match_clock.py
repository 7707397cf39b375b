"""The clock of a match for others to tie theirs to (``touchline.matchclock``)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from touchline.matchclock import MatchClock, Stretch
from touchline.rights import Action, Person, require
from var.archive import Archive
from var.capture.state import Captures
from var.model import Match


def match_clock(home: Path, match: Match) -> MatchClock:
    """The clock of ``match``: what its angles cover together, its periods, and the instant of its zero where it was
    recorded live on this host."""
    periods = sorted(match.setup.periods, key=lambda period: period.starts_s)
    return MatchClock(
        match.id,
        match.name,
        match.origin,
        min(clip.match_s(0) for clip in match.clips),
        max(clip.match_s(len(clip) - 1) for clip in match.clips),
        tuple(Stretch(period.name, period.starts_s, Fraction(period.clock_s)) for period in periods),
        Captures(home).zero(match.id),
        any(clip.recording for clip in match.clips),
        match.clips[match.master].to_match.sigma_s,
    )


def find(home: Path, match_id: str, person: Person | None = None) -> MatchClock | None:
    """The clock of the match ``match_id``, or None where there is no such match. Raises ``NotAllowed``."""
    require(person, Action.WATCH)
    match = Archive(home, person).find(match_id)
    return None if match is None else match_clock(home, match)
