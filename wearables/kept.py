"""Live sessions in the store: what a recorder writes, what people mark, what pages read.

Two kinds of writers. The recording process adds frames and events in one numbered row of their own (``seq``); people
add marks. Nothing of either is ever changed. Whoever shows something reads it from here, so what is shown is kept.
"""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from touchline.errors import BadValue, NotFound
from touchline.origin import Origin
from touchline.presence import boot_id
from touchline.rights import Action, Person, require
from touchline.store import Migration, Row, Store, store_at
from wearables.clock import SessionClock
from wearables.live.names import sort_key
from wearables.model import (
    NS_PER_S,
    Event,
    EventKind,
    Frame,
    LiveSession,
    Mark,
    MarkKind,
    Mode,
    Profile,
    SessionState,
    Source,
    Status,
    Strap,
)

OWNER = "wearables"
LONGEST_NS = 100 * 366 * 86_400 * NS_PER_S
"""Instants further from a session's beginning are nobody's."""
MIGRATIONS = (
    Migration(
        "001-live-sessions",
        """
        CREATE TABLE wear_session (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL, started_by TEXT NOT NULL,
            zero_ns BIGINT NOT NULL, zero_utc_us BIGINT NOT NULL, boot TEXT NOT NULL, speed DOUBLE PRECISION NOT NULL,
            state TEXT NOT NULL, pid BIGINT, beat_ns BIGINT NOT NULL, beat_utc_us BIGINT NOT NULL,
            stop INTEGER NOT NULL, journal_done BIGINT NOT NULL, ended_utc TEXT, document TEXT NOT NULL);
        CREATE TABLE wear_strap (
            session_id TEXT NOT NULL REFERENCES wear_session(id), number INTEGER NOT NULL, address TEXT NOT NULL,
            label TEXT NOT NULL, mode TEXT NOT NULL, PRIMARY KEY (session_id, number));
        CREATE TABLE wear_profile (
            session_id TEXT NOT NULL REFERENCES wear_session(id), athlete_id TEXT NOT NULL, document TEXT NOT NULL,
            PRIMARY KEY (session_id, athlete_id));
        CREATE TABLE wear_person (athlete_id TEXT PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE wear_frame (
            session_id TEXT NOT NULL, seq BIGINT NOT NULL, strap INTEGER NOT NULL, at_ns BIGINT NOT NULL,
            utc_us BIGINT NOT NULL, source TEXT NOT NULL, status TEXT NOT NULL, bpm INTEGER, data BLOB NOT NULL,
            PRIMARY KEY (session_id, seq));
        CREATE TABLE wear_event (
            session_id TEXT NOT NULL, seq BIGINT NOT NULL, strap INTEGER, at_ns BIGINT NOT NULL,
            utc_us BIGINT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (session_id, seq));
        CREATE TABLE wear_mark (
            session_id TEXT NOT NULL, id BIGINT NOT NULL, kind TEXT NOT NULL, at_ns BIGINT NOT NULL,
            utc_us BIGINT NOT NULL, by_whom TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (session_id, id));
        """,
    ),
)
"""``wear_session.document`` is what the recording process says of itself; ``journal_done`` how many bytes of its
journal are in these tables. ``wear_person`` holds names apart, so that one can be erased."""


FRAME = "seq, strap, at_ns, utc_us, source, status, bpm, data"
"""The columns that ``frame_of`` reads."""
ROWS = f"""
    SELECT {FRAME}, NULL AS kind, NULL AS detail
    FROM wear_frame WHERE session_id = ? AND seq > ? AND at_ns <= ?
    UNION ALL
    SELECT seq, strap, at_ns, utc_us, NULL, NULL, NULL, NULL, kind, detail
    FROM wear_event WHERE session_id = ? AND seq > ? AND at_ns <= ?
    ORDER BY seq LIMIT ?"""
"""Frames and events in one statement, so that both are of one instant: between two a writer could put a frame and an
event behind it, and who goes on from that event would never see the frame."""


_SOURCES = {source.value: source for source in Source}
_STATUSES = {status.value: status for status in Status}


class Sessions:
    """The live sessions of a data folder. ``person`` is who reads or marks; what the roles do not allow is refused with
    ``NotAllowed``. Without one the machine's owner acts (``touchline.rights``)."""

    def __init__(self, home: Path, person: Person | None = None) -> None:
        self.home, self.person = home, person
        self.store = store_at(home, {OWNER: MIGRATIONS})

    # What is there

    def all(self) -> list[LiveSession]:
        """Every session, the newest first."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows("SELECT * FROM wear_session ORDER BY zero_utc_us DESC, id")
        return [_session(row) for row in rows]

    def session(self, session_id: str) -> LiveSession:
        """One session. Raises ``NotFound``."""
        require(self.person, Action.SEE_TRAINING)
        return _session(self.session_row(session_id))

    def session_row(self, session_id: str) -> Row:
        """The row of a session, for what belongs to the recorder. Raises ``NotFound``."""
        row = self.store.row("SELECT * FROM wear_session WHERE id = ?", (session_id,))
        if row is None:
            raise NotFound("wearables.errors.no_such_session", id=session_id)
        return row

    def clock(self, session_id: str) -> SessionClock:
        """The clock of a session, as its recorder reads it. Only on the machine and in the run of the system
        (``boot``) that the session was recorded in does ``now_ns`` mean anything. Raises ``NotFound``."""
        row = self.session_row(session_id)
        return SessionClock(row["zero_ns"], row["zero_utc_us"], row["speed"])

    def straps(self, session_id: str) -> tuple[Strap, ...]:
        """The straps of a session by their number."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows("SELECT * FROM wear_strap WHERE session_id = ? ORDER BY number", (session_id,))
        return tuple(Strap(row["number"], row["address"], row["label"], Mode(row["mode"])) for row in rows)

    def profiles(self, session_id: str) -> tuple[Profile, ...]:
        """The athletes of a session, by name."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows(
            "SELECT w.document, p.name, w.athlete_id FROM wear_profile w"
            " LEFT JOIN wear_person p ON p.athlete_id = w.athlete_id WHERE w.session_id = ?",
            (session_id,),
        )
        found = []
        for row in rows:
            told = json.loads(row["document"])
            floors = told.pop("floors_bpm", None)
            name = row["name"] or row["athlete_id"]
            found.append(Profile(row["athlete_id"], name, floors_bpm=tuple(floors) if floors else None, **told))
        return tuple(sorted(found, key=lambda profile: (sort_key(profile.name), profile.athlete_id)))

    def rows_since(
        self, session_id: str, seq: int = 0, *, until_ns: int | None = None, limit: int = 100_000
    ) -> list[Frame | Event]:
        """Frames and events after ``seq`` in their order, at most ``limit``; those up to ``until_ns`` where given."""
        require(self.person, Action.SEE_TRAINING)
        bound = 1 << 62 if until_ns is None else until_ns
        ask = (session_id, seq, bound)
        rows = self.store.rows(ROWS, (*ask, *ask, limit))
        return [frame_of(row) if row[8] is None else event_of(row) for row in rows]

    def marks(self, session_id: str, since_id: int = 0) -> list[Mark]:
        """What people marked after mark ``since_id``, in the order in which they did; those taken back included."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows(
            "SELECT * FROM wear_mark WHERE session_id = ? AND id > ? ORDER BY id", (session_id, since_id)
        )
        return [
            Mark(
                row["id"], MarkKind(row["kind"]), row["at_ns"], row["utc_us"], row["by_whom"], json.loads(row["detail"])
            )
            for row in rows
        ]

    # What people do

    def mark(self, session_id: str, kind: MarkKind, at_ns: int, detail: Mapping[str, Any], *, by: str = "") -> Mark:
        """Add a mark at an instant of the session. Whoever is signed in is named, else ``by``. Raises ``NotFound``;
        ``BadValue`` for an instant that no clock shows."""
        require(self.person, Action.KEEP_TRAINING)
        if abs(at_ns) > LONGEST_NS:
            raise BadValue("wearables.errors.bad_act", what="at_ns", value=at_ns)
        clock = self.clock(session_id)
        by = self.person.name if self.person is not None else by
        utc_us = clock.utc_us(at_ns)
        with self.store.write() as connection:
            (last,) = connection.execute(
                "SELECT coalesce(max(id), 0) FROM wear_mark WHERE session_id = ?", (session_id,)
            ).fetchone()
            connection.execute(
                "INSERT INTO wear_mark (session_id, id, kind, at_ns, utc_us, by_whom, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (session_id, last + 1, kind.value, at_ns, utc_us, by, json.dumps(dict(detail), ensure_ascii=False)),
            )
        return Mark(last + 1, kind, at_ns, utc_us, by, dict(detail))

    def save_profiles(self, session_id: str, profiles: Iterable[Profile]) -> None:
        """Keep what is known of athletes in a session; those named are replaced, others stay."""
        require(self.person, Action.KEEP_TRAINING)
        with self.store.write() as connection:
            keep_profiles(connection, session_id, profiles)

    def add_strap(self, session_id: str, address: str, label: str = "", mode: Mode = Mode.AUTO) -> Strap:
        """Take a strap into a session; a recorder that runs begins to listen to it within a second. One that is there
        already is given back. Raises ``NotFound``; ``BadValue`` for an empty address."""
        require(self.person, Action.KEEP_TRAINING)
        self.session_row(session_id)
        with self.store.write() as connection:
            rows = connection.execute("SELECT * FROM wear_strap WHERE session_id = ?", (session_id,)).fetchall()
            for row in rows:
                if row["address"].lower() == address.strip().lower():
                    return Strap(row["number"], row["address"], row["label"], Mode(row["mode"]))
            strap = Strap(1 + max((row["number"] for row in rows), default=0), address.strip(), readable(label), mode)
            keep_straps(connection, session_id, (strap,))
        return strap

    def create(
        self,
        name: str,
        straps: Sequence[Strap],
        profiles: Sequence[Profile] = (),
        worn: Mapping[int, str] | None = None,
        *,
        origin: Origin = Origin.MEASURED,
        speed: float = 1.0,
        by: str = "",
    ) -> LiveSession:
        """A new session that begins now: its straps, its athletes, and who wears which strap (number to athlete).

        Raises ``BadValue`` for an empty name, for straps that share a number or an address, and for a strap or athlete
        in ``worn`` who is not there.
        """
        require(self.person, Action.KEEP_TRAINING)
        by = self.person.name if self.person is not None else by
        name = readable(name)
        if not name:
            raise BadValue("wearables.errors.no_session_name")
        _once("number", [strap.number for strap in straps])
        _once("address", [strap.address.lower() for strap in straps])
        known = {strap.number for strap in straps}, {profile.athlete_id for profile in profiles}
        for number, athlete_id in (worn or {}).items():
            if number not in known[0] or athlete_id not in known[1]:
                raise BadValue("wearables.errors.bad_assignment", strap=number, athlete=athlete_id)
        session_id, clock = uuid.uuid4().hex[:12], SessionClock.starting_now(speed)
        values = (
            session_id,
            name,
            origin.value,
            by,
            clock.zero_ns,
            clock.zero_utc_us,
            boot_id(),
            speed,
            SessionState.STARTING.value,
            None,
            clock.zero_ns,
            clock.zero_utc_us,
            0,
            0,
            None,
            "{}",
        )
        with self.store.write() as connection:
            connection.execute(f"INSERT INTO wear_session VALUES ({', '.join('?' * len(values))})", values)
            keep_straps(connection, session_id, straps)
            keep_profiles(connection, session_id, profiles)
            for k, (number, athlete_id) in enumerate((worn or {}).items(), start=1):
                detail = json.dumps({"strap": number, "athlete_id": athlete_id})
                connection.execute(
                    "INSERT INTO wear_mark (session_id, id, kind, at_ns, utc_us, by_whom, detail)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (session_id, k, MarkKind.ASSIGN.value, 0, clock.zero_utc_us, by, detail),
                )
        return self.session(session_id)


def recorder_store(home: Path, timeout_s: float) -> Store:
    """The store as a recorder writes it: who holds the database longer than ``timeout_s`` seconds is not waited for."""
    return store_at(home, {OWNER: MIGRATIONS}, timeout_s=timeout_s)


def last_seq(store: Store, session_id: str) -> int:
    """The last number of a row that the database has of a session; 0 where it has none."""
    row = store.row(
        "SELECT (SELECT max(seq) FROM wear_frame WHERE session_id = ?) AS frame,"
        " (SELECT max(seq) FROM wear_event WHERE session_id = ?) AS event",
        (session_id, session_id),
    )
    return 0 if row is None else max(row["frame"] or 0, row["event"] or 0)


def keep_rows(connection: Any, session_id: str, rows: Iterable[Frame | Event]) -> None:
    """Write frames and events that have their ``seq``; one that is there already is left as it is."""
    for row in rows:
        if isinstance(row, Frame):
            connection.execute(
                "INSERT INTO wear_frame (session_id, seq, strap, at_ns, utc_us, source, status, bpm, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    session_id,
                    row.seq,
                    row.strap,
                    row.at_ns,
                    row.utc_us,
                    row.source.value,
                    row.status.value,
                    row.bpm,
                    row.data,
                ),
            )
        else:
            connection.execute(
                "INSERT INTO wear_event (session_id, seq, strap, at_ns, utc_us, kind, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    session_id,
                    row.seq,
                    row.strap,
                    row.at_ns,
                    row.utc_us,
                    row.kind.value,
                    json.dumps(dict(row.detail), ensure_ascii=False),
                ),
            )


def keep_straps(connection: Any, session_id: str, straps: Iterable[Strap]) -> None:
    """Write straps of a session."""
    for strap in straps:
        connection.execute(
            "INSERT INTO wear_strap (session_id, number, address, label, mode) VALUES (?, ?, ?, ?, ?)",
            (session_id, strap.number, strap.address.strip(), readable(strap.label), strap.mode.value),
        )


def keep_profiles(connection: Any, session_id: str, profiles: Iterable[Profile]) -> None:
    """Write athletes of a session; their names lie apart."""
    for profile in profiles:
        told = {
            "group": profile.group,
            "hr_max_bpm": profile.hr_max_bpm,
            "hr_max_estimated": profile.hr_max_estimated,
            "hr_rest_bpm": profile.hr_rest_bpm,
            "sex": profile.sex,
            "floors_bpm": profile.floors_bpm,
            "limit_bpm": profile.limit_bpm,
        }
        connection.execute(
            "INSERT INTO wear_person (athlete_id, name) VALUES (?, ?)"
            " ON CONFLICT (athlete_id) DO UPDATE SET name = excluded.name",
            (profile.athlete_id, readable(profile.name)),
        )
        connection.execute(
            "INSERT INTO wear_profile (session_id, athlete_id, document) VALUES (?, ?, ?)"
            " ON CONFLICT (session_id, athlete_id) DO UPDATE SET document = excluded.document",
            (session_id, profile.athlete_id, json.dumps(told)),
        )


def readable(text: str) -> str:
    """A text that people gave, or a strap: without signs that steer machines. Straps pad their names with zeros, which
    not every database takes."""
    signs = (" " if sign.isspace() else sign for sign in text)
    return "".join(sign for sign in signs if unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def _once(what: str, values: Sequence[Any]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise BadValue("wearables.errors.strap_twice", what=what, value=value)


def _session(row: Row) -> LiveSession:
    return LiveSession(
        row["id"],
        row["name"],
        Origin(row["origin"]),
        row["zero_utc_us"],
        row["speed"],
        SessionState(row["state"]),
        row["started_by"],
        row["ended_utc"],
    )


def frame_of(row: Row) -> Frame:
    """The frame of a row that begins with ``FRAME``. Hours of a squad are more than half a million of them."""
    seq, strap, at_ns, utc_us, source, status, bpm, data = row[:8]
    return Frame(strap, at_ns, utc_us, _SOURCES[source], data, _STATUSES[status], bpm, seq)


def event_of(row: Row) -> Event:
    """The event of a row with the columns of ``wear_event``."""
    return Event(
        EventKind(row["kind"]),
        row["at_ns"],
        row["utc_us"],
        row["strap"],
        json.loads(row["detail"]),
        row["seq"],
    )
