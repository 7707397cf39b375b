"""Sessions and matches that were tied, out of the store: which session goes with a match, and what is known at an
instant of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from touchline.matchclock import HostInstant, MatchClock
from touchline.rights import Action, require
from wearables.kept import FRAME, Sessions, event_of, frame_of
from wearables.model import (
    NS_PER_S,
    US_PER_S,
    EventKind,
    LiveSession,
    Mark,
    MarkKind,
    SessionState,
    Status,
)
from wearables.moment import HOLD_NS, RATES, Heard, Reading, heard, readings
from wearables.tie import Span, Tie, automatic, ties

_LONGEST_US = 2 * 24 * 3600 * US_PER_S
"""A session that began farther than this from a match is not looked at for a tie by the host's clocks."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of a session: when, and every athlete's heart rate."""

    session: LiveSession
    at_ns: int
    readings: tuple[Reading, ...]

    @property
    def utc_us(self) -> int:
        """The wall time of the instant."""
        return self.session.zero_utc_us + self.at_ns // 1000


def moments_of(sessions: Sessions, start: datetime, length_s: float) -> list[tuple[LiveSession, Fraction]]:
    """The live sessions that were recorded while something else began and lasted ``length_s``, each with the instant
    from which both ran, in seconds of the live session."""
    begun_us = round(start.timestamp() * US_PER_S)
    found = []
    for live in sessions.all():
        after_us = begun_us - live.zero_utc_us
        if not -length_s * US_PER_S < after_us < _LONGEST_US:
            continue
        at_ns = max(after_us, 0) * (NS_PER_S // US_PER_S)
        if at_ns <= span(sessions, live.id).last_ns:
            found.append((live, Fraction(at_ns, NS_PER_S)))
    return found


def span(sessions: Sessions, session_id: str) -> Span:
    """A session on its host's clocks. Raises ``NotFound``."""
    require(sessions.person, Action.SEE_TRAINING)
    row = sessions.session_row(session_id)
    last_ns = 0
    for table in ("wear_frame", "wear_event"):
        found = sessions.store.row(
            f"SELECT at_ns FROM {table} WHERE session_id = ? ORDER BY seq DESC LIMIT 1", (session_id,)
        )
        last_ns = max(last_ns, 0 if found is None else found["at_ns"])
    zero = HostInstant(row["zero_ns"], row["zero_utc_us"], row["boot"])
    if row["state"] in (SessionState.STARTING, SessionState.RECORDING):
        passed_ns = row["beat_ns"] - row["zero_ns"]  # what the recorder said last: it was there until then
        last_ns = max(last_ns, round(passed_ns * Fraction(row["speed"])))
    return Span(zero, Fraction(row["speed"]), last_ns, _sleeps(sessions, session_id))


def _sleeps(sessions: Sessions, session_id: str) -> tuple[tuple[int, int], ...]:
    rows = sessions.store.rows(
        "SELECT at_ns, detail FROM wear_event WHERE session_id = ? AND kind = ? ORDER BY seq",
        (session_id, EventKind.RUN.value),
    )
    told = ((row["at_ns"], json.loads(row["detail"]).get("slept_ns")) for row in rows)
    return tuple((at_ns, slept_ns) for at_ns, slept_ns in told if slept_ns)


def heard_at(sessions: Sessions, session_id: str, at_ns: int) -> Heard:
    """What the instant ``at_ns`` of a session needs of its record."""
    require(sessions.person, Action.SEE_TRAINING)
    rates = ", ".join("?" * len(RATES))
    counts = f"session_id = ? AND at_ns <= ? AND status = ? AND source IN ({rates})"
    ask = (session_id, at_ns, Status.OK.value, *(source.value for source in RATES))
    frames = sessions.store.rows(
        f"SELECT {FRAME} FROM wear_frame WHERE {counts} AND at_ns >= ? ORDER BY seq", (*ask, at_ns - HOLD_NS)
    )
    before = sessions.store.rows(
        f"SELECT strap, max(at_ns) AS at_ns FROM wear_frame WHERE {counts} AND at_ns < ? AND bpm IS NOT NULL"
        " GROUP BY strap",
        (*ask, at_ns - HOLD_NS),
    )
    states = sessions.store.rows(
        "SELECT e.* FROM wear_event e JOIN (SELECT strap, max(seq) AS seq FROM wear_event WHERE session_id = ?"
        " AND kind = ? AND at_ns <= ? AND strap IS NOT NULL GROUP BY strap) last ON last.seq = e.seq"
        " WHERE e.session_id = ?",
        (session_id, EventKind.STATE.value, at_ns, session_id),
    )
    now = heard((frame_of(row) for row in frames), at_ns)
    return Heard(
        now.frames,
        {row["strap"]: row["at_ns"] for row in before} | dict(now.last_ns),
        {row["strap"]: event_of(row) for row in states},
    )


def moment(sessions: Sessions, session_id: str, at_ns: int) -> Moment:
    """Every athlete's heart rate at the instant ``at_ns`` of a session. Raises ``NotFound``."""
    session = sessions.session(session_id)
    until_ns = span(sessions, session_id).last_ns
    found = readings(
        session,
        sessions.straps(session_id),
        sessions.profiles(session_id),
        sessions.marks(session_id),
        heard_at(sessions, session_id, at_ns) if 0 <= at_ns <= until_ns else Heard(),
        at_ns=at_ns,
        until_ns=until_ns,
    )
    return Moment(session, at_ns, found)


def tie_between(sessions: Sessions, session_id: str, match: MatchClock) -> Tie | None:
    """The tie of a session with a match that counts: the one that people made last, else what the host's clocks say;
    None where neither is known. Raises ``NotFound``."""
    made = ties(sessions.marks(session_id)).get(match.id)
    return made or automatic(span(sessions, session_id), match)


def tied_sessions(sessions: Sessions, match: MatchClock) -> list[tuple[LiveSession, Tie]]:
    """The sessions that are tied to a match, each with its tie, the newest first."""
    require(sessions.person, Action.SEE_TRAINING)
    by_hand = sessions.store.rows("SELECT DISTINCT session_id FROM wear_mark WHERE kind = ?", (MarkKind.TIE.value,))
    asked = {row["session_id"] for row in by_hand}
    near_us = None if match.zero is None else match.zero.utc_us
    found = []
    for session in sessions.all():
        near = near_us is not None and abs(session.zero_utc_us - near_us) <= _LONGEST_US
        tie = tie_between(sessions, session.id, match) if near or session.id in asked else None
        if tie is not None:
            found.append((session, tie))
    return found


def keep_tie(sessions: Sessions, session_id: str, tie: Tie, *, by: str = "") -> Mark:
    """Keep a tie that somebody made. Raises ``NotFound``; ``NotAllowed`` for who may not change training."""
    return sessions.mark(session_id, MarkKind.TIE, tie.session_ns, tie.detail(), by=by)


def take_back(sessions: Sessions, session_id: str, tie: Tie, *, by: str = "") -> Mark | None:
    """Take a tie back that somebody made: the one before counts again, else what the host's clocks say. None where
    nobody made it. Raises ``NotFound``; ``NotAllowed`` for who may not change training."""
    if tie.mark is None:
        return None
    return sessions.mark(session_id, MarkKind.UNDO, tie.session_ns, {"mark": tie.mark}, by=by)


def seconds(at_ns: int) -> Fraction:
    """An instant of a session in exact seconds."""
    return Fraction(at_ns, NS_PER_S)
