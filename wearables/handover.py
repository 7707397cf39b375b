"""An ended live session becomes training: one session for each athlete who wore a strap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from touchline.errors import BadValue
from touchline.measure import RR_TICKS_PER_S
from touchline.rights import Action, Person, require
from touchline.training import Taken, WornSession, taker
from wearables.beats import athlete_beats, measurement
from wearables.gatt.heart_rate import Contact
from wearables.kept import Sessions
from wearables.model import NS_PER_S, Frame, LiveSession, Mark, MarkKind, Profile, SessionState, Source, Status
from wearables.standing import standing
from wearables.worn import Worn

_NS_PER_MS = 1_000_000
_AT_ONCE = 50_000


def hand_over(home: Path, session_id: str, *, person: Person | None = None, enrol: bool = False) -> list[Taken]:
    """Keep an ended session as training, one session for each athlete who wore a strap; doing it again changes nothing.
    ``enrol`` takes in athletes whom training does not know.

    Raises ``NotFound``; ``BadValue`` while it is recorded; ``NotAllowed``.
    """
    require(person, Action.KEEP_TRAINING)
    return taker()(home, person, worn_sessions(home, session_id, person=person), enrol)


def worn_sessions(home: Path, session_id: str, *, person: Person | None = None) -> list[WornSession]:
    """What each athlete's straps told in an ended session, by name of athlete; those of whom nothing was heard are left
    out. Raises as ``hand_over``."""
    require(person, Action.SEE_TRAINING)
    sessions = Sessions(home, person)
    session = sessions.session(session_id)
    if session.state not in (SessionState.ENDED, SessionState.GONE):
        raise BadValue("wearables.errors.export_while_recorded", id=session_id)
    marks = sessions.marks(session_id)
    worn, frames = Worn(marks), _frames(sessions, session_id)
    by_athlete: dict[str, list[Frame]] = {}
    for frame in frames:
        athlete_id = worn.athlete_at(frame.strap, frame.at_ns)
        if athlete_id is not None:
            by_athlete.setdefault(athlete_id, []).append(frame)
    labels = {strap.number: strap.label or strap.address for strap in sessions.straps(session_id)}
    found = []
    for profile in sessions.profiles(session_id):
        mine = by_athlete.get(profile.athlete_id, [])
        if any(frame.bpm is not None for frame in mine):
            device = ", ".join(dict.fromkeys(labels.get(frame.strap, "") for frame in mine))
            found.append(_worn(session, profile, mine, worn, marks, device))
    return found


def _frames(sessions: Sessions, session_id: str) -> list[Frame]:
    """The frames that count, in the order of their time."""
    found: list[Frame] = []
    seq = 0
    while rows := sessions.rows_since(session_id, seq, limit=_AT_ONCE):
        seq = rows[-1].seq
        found += [row for row in rows if isinstance(row, Frame) and _counts(row)]
    return sorted(found, key=lambda frame: (frame.at_ns, frame.seq))


def _counts(frame: Frame) -> bool:
    return frame.status is Status.OK and frame.source in (Source.HEART_RATE, Source.POLAR)


def _bpm(frame: Frame) -> float:
    told = measurement(frame)
    if frame.bpm is None or (told is not None and told.contact is Contact.NOT_DETECTED):
        return float("nan")
    return float(frame.bpm)


def _worn(
    session: LiveSession, profile: Profile, frames: Sequence[Frame], worn: Worn, marks: Iterable[Mark], device: str
) -> WornSession:
    zero_ns, last_ns = frames[0].at_ns, frames[-1].at_ns
    at_ms = np.array([(frame.at_ns - zero_ns) // _NS_PER_MS for frame in frames], dtype=np.int64)
    bpm = np.array([_bpm(frame) for frame in frames], dtype=np.float64)
    heard = list(athlete_beats(frames, worn, profile.athlete_id))
    rr = np.array([1000.0 * beat.rr_1024 / RR_TICKS_PER_S for beat in heard])
    ends = np.array([(beat.at_ns - zero_ns) / NS_PER_S for beat in heard])
    return WornSession(
        key=f"touchline live {session.id} {profile.athlete_id}",
        athlete_id=profile.athlete_id,
        athlete=profile.name,
        sex=profile.sex,
        title=session.name,
        start=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=session.zero_utc_us + zero_ns // 1000),
        at_ms=at_ms,
        bpm=bpm,
        rr_ms=rr if rr.size else None,
        rr_end_s=ends if rr.size else None,
        phases=_phases(marks, zero_ns, last_ns),
        origin=session.origin,
        device=device,
    )


def _phases(marks: Iterable[Mark], zero_ns: int, last_ns: int) -> tuple[tuple[float, float, str], ...]:
    """The phases of a session as far as they lie between two instants of it, in seconds from the first."""
    begun = sorted(
        (mark for mark in standing(marks) if mark.kind is MarkKind.PHASE), key=lambda mark: (mark.at_ns, mark.id)
    )
    ends = [mark.at_ns for mark in begun[1:]] + [last_ns]
    found = []
    for mark, end_ns in zip(begun, ends, strict=False):
        first, last = max(mark.at_ns, zero_ns), min(end_ns, last_ns)
        if first < last:
            name = str(mark.detail.get("text") or mark.detail.get("phase") or "")
            found.append(((first - zero_ns) / NS_PER_S, (last - zero_ns) / NS_PER_S, name))
    return tuple(found)
