"""Athletes and sessions in the store. What was saved stays: a file is kept once, deleting can be undone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from athletes.importers.common import Imported
from athletes.model import Athlete, Channel, Lap, Recording, Series, Session, Sex, ZoneMethod, ZoneSetting
from touchline.errors import NotFound
from touchline.files import write_bytes
from touchline.origin import Origin
from touchline.rights import Action, Person, require
from touchline.sealing import Seal, seal_of
from touchline.store import Connection, Migration, store_at, utc_now
from touchline.timebase import Timebase

MIGRATIONS = (
    Migration(
        "001-athletes-and-sessions",
        """
        CREATE TABLE athlete (id TEXT PRIMARY KEY, made_utc TEXT NOT NULL, deleted_utc TEXT);
        CREATE TABLE athlete_person (
            athlete_id TEXT PRIMARY KEY REFERENCES athlete(id), name TEXT NOT NULL, sex TEXT, birth_year INTEGER);
        CREATE TABLE athlete_zones (
            athlete_id TEXT NOT NULL REFERENCES athlete(id), valid_from TEXT NOT NULL, method TEXT NOT NULL,
            hr_max_bpm REAL, hr_rest_bpm REAL, PRIMARY KEY (athlete_id, valid_from));
        CREATE TABLE session (
            id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, athlete_id TEXT REFERENCES athlete(id),
            name TEXT NOT NULL, file_name TEXT NOT NULL, kind TEXT NOT NULL, origin TEXT NOT NULL, start_utc TEXT,
            sport TEXT, device TEXT, duration_s REAL, rr_ms BLOB, imported_utc TEXT NOT NULL, deleted_utc TEXT);
        CREATE TABLE session_series (
            session_id TEXT NOT NULL REFERENCES session(id), channel TEXT NOT NULL, tick_s TEXT NOT NULL,
            ticks BLOB NOT NULL, measured BLOB NOT NULL, PRIMARY KEY (session_id, channel));
        """,
    ),
    Migration(
        "002-records-and-measures",
        """
        ALTER TABLE athlete_person ADD COLUMN birth_date TEXT;
        ALTER TABLE athlete_person ADD COLUMN squad TEXT NOT NULL DEFAULT '';
        CREATE TABLE athlete_setting (
            athlete_id TEXT NOT NULL REFERENCES athlete(id), sport TEXT NOT NULL, valid_from TEXT NOT NULL,
            method TEXT NOT NULL, hr_max_bpm REAL, hr_rest_bpm REAL, threshold_bpm REAL, vt1_bpm REAL, vt2_bpm REAL,
            own_bpm TEXT NOT NULL, ftp_w REAL, PRIMARY KEY (athlete_id, sport, valid_from));
        INSERT INTO athlete_setting SELECT athlete_id, '', valid_from, method, hr_max_bpm, hr_rest_bpm,
            NULL, NULL, NULL, '', NULL FROM athlete_zones;
        DROP TABLE athlete_zones;
        ALTER TABLE session ADD COLUMN rr_end_s BLOB;
        ALTER TABLE session ADD COLUMN laps TEXT NOT NULL DEFAULT '[]';
        CREATE TABLE athlete_record (
            id TEXT PRIMARY KEY, athlete_id TEXT NOT NULL REFERENCES athlete(id), kind TEXT NOT NULL, day TEXT NOT NULL,
            until_day TEXT, session_id TEXT REFERENCES session(id), origin TEXT NOT NULL, source TEXT NOT NULL,
            replaces TEXT, made_utc TEXT NOT NULL, made_by TEXT NOT NULL, sealed BLOB NOT NULL, deleted_utc TEXT);
        CREATE INDEX athlete_record_of ON athlete_record (athlete_id, day);
        CREATE INDEX session_of ON session (athlete_id, start_utc);
        CREATE TABLE session_measure (
            session_id TEXT PRIMARY KEY REFERENCES session(id), recipe TEXT NOT NULL, sealed BLOB NOT NULL);
        """,
    ),
)
OWNER = "athletes"
FROM_THE_BEGINNING = ""
"""How ``valid_from`` is stored where a setting has no first day; it sorts before every date."""

INT, FLOAT = "<i8", "<f8"
"""Arrays are stored as raw little-endian bytes, NaN for what was not measured."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as a list shows it, without its samples."""

    id: str
    name: str
    athlete_id: str | None
    start: datetime | None
    sport: str | None
    duration_s: float | None
    origin: Origin
    kind: str
    file_name: str
    imported_at: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an import ended: the session's id, and whether it was there before."""

    session_id: str
    already_there: bool


class Archive:
    """Athletes and sessions under the data folder ``home``. ``person`` is who reads or changes them; what the roles do
    not allow is refused with ``NotAllowed``. Without one the machine's owner acts (``touchline.rights``)."""

    def __init__(self, home: Path, person: Person | None = None) -> None:
        self.home, self.person = home, person
        self.store = store_at(home, {OWNER: MIGRATIONS})

    @cached_property
    def seal(self) -> Seal:
        """What closes and opens health data here."""
        return seal_of(self.home)

    def source_path(self, sha256: str, kind: str) -> Path:
        """Where the bytes of an imported file are kept."""
        return self.home / "training" / sha256[:2] / f"{sha256}.{kind}"

    # Athletes

    def athletes(self) -> list[Athlete]:
        """All athletes who are not deleted, by name."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows(
            "SELECT a.id, p.name, p.sex, p.birth_year, p.birth_date, p.squad FROM athlete a"
            " JOIN athlete_person p ON p.athlete_id = a.id"
            " WHERE a.deleted_utc IS NULL ORDER BY lower(p.name), p.name, a.id"
        )
        return [self._athlete(row) for row in rows]

    def athlete(self, athlete_id: str) -> Athlete:
        """The athlete ``athlete_id``. Raises ``NotFound``."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row(
            "SELECT a.id, p.name, p.sex, p.birth_year, p.birth_date, p.squad FROM athlete a"
            " JOIN athlete_person p ON p.athlete_id = a.id"
            " WHERE a.id = ? AND a.deleted_utc IS NULL",
            (athlete_id,),
        )
        if row is None:
            raise NotFound("athletes.errors.no_such_athlete", id=athlete_id)
        return self._athlete(row)

    def _athlete(self, row: Any) -> Athlete:
        settings = self.store.rows(
            "SELECT * FROM athlete_setting WHERE athlete_id = ? ORDER BY valid_from, sport", (row["id"],)
        )
        return Athlete(
            id=row["id"],
            name=row["name"],
            sex=Sex(row["sex"]) if row["sex"] else None,
            birth_year=row["birth_year"],
            birth_date=date.fromisoformat(row["birth_date"]) if row["birth_date"] else None,
            group=row["squad"],
            zone_settings=tuple(
                ZoneSetting(
                    date.fromisoformat(item["valid_from"]) if item["valid_from"] else None,
                    ZoneMethod(item["method"]),
                    item["hr_max_bpm"],
                    item["hr_rest_bpm"],
                    item["sport"] or None,
                    item["threshold_bpm"],
                    item["vt1_bpm"],
                    item["vt2_bpm"],
                    tuple(float(bound) for bound in item["own_bpm"].split()),
                    item["ftp_w"],
                )
                for item in settings
            ),
        )

    def save_athlete(self, athlete: Athlete) -> Athlete:
        """Save ``athlete`` with all zone settings; one with the empty id gets a new one. Returns what was saved."""
        require(self.person, Action.KEEP_TRAINING)
        athlete_id = athlete.id or uuid.uuid4().hex[:12]
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO athlete (id, made_utc) VALUES (?, ?) ON CONFLICT DO NOTHING", (athlete_id, utc_now())
            )
            connection.execute("UPDATE athlete SET deleted_utc = NULL WHERE id = ?", (athlete_id,))
            connection.execute(
                "INSERT INTO athlete_person (athlete_id, name, sex, birth_year, birth_date, squad)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (athlete_id) DO UPDATE SET name = excluded.name,"
                " sex = excluded.sex, birth_year = excluded.birth_year, birth_date = excluded.birth_date,"
                " squad = excluded.squad",
                (
                    athlete_id,
                    athlete.name.strip(),
                    athlete.sex,
                    athlete.birth_year,
                    None if athlete.birth_date is None else athlete.birth_date.isoformat(),
                    athlete.group.strip(),
                ),
            )
            connection.execute("DELETE FROM athlete_setting WHERE athlete_id = ?", (athlete_id,))
            connection.executemany(
                "INSERT INTO athlete_setting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        athlete_id,
                        item.sport or "",
                        _day(item.valid_from),
                        item.method.value,
                        item.hr_max_bpm,
                        item.hr_rest_bpm,
                        item.threshold_bpm,
                        item.vt1_bpm,
                        item.vt2_bpm,
                        " ".join(repr(float(bound)) for bound in item.own_bpm),
                        item.ftp_w,
                    )
                    for item in athlete.zone_settings
                ],
            )
        return self.athlete(athlete_id)

    # Sessions

    def keep(
        self,
        imported: Imported,
        data: bytes | None = None,
        *,
        athlete_id: str | None = None,
        origin: Origin = Origin.IMPORTED,
        name: str | None = None,
    ) -> Kept:
        """Save an imported file with its bytes ``data``; the same bytes are kept once, and come back if deleted: then
        they are ``athlete_id``'s where one is given, else whose they were.

        Raises ``NotFound`` for an athlete who does not exist.
        """
        require(self.person, Action.KEEP_TRAINING)
        if athlete_id is not None:
            self.athlete(athlete_id)
        recording, sha256 = imported.recording, imported.sha256
        if data is not None:
            path = self.source_path(sha256, recording.kind)
            if not path.exists():
                write_bytes(path, data, private=True)
        with self.store.write() as connection:
            found = connection.execute("SELECT id, deleted_utc FROM session WHERE sha256 = ?", (sha256,)).fetchone()
            if found is not None:
                there = found["deleted_utc"] is None
                if not there:
                    connection.execute(
                        "UPDATE session SET deleted_utc = NULL, athlete_id = COALESCE(?, athlete_id) WHERE id = ?",
                        (athlete_id, found["id"]),
                    )
                return Kept(found["id"], already_there=there)
            session_id = sha256[:16]
            _insert(connection, session_id, imported, athlete_id, origin, name or Path(imported.name).stem)
        return Kept(session_id, already_there=False)

    def entries(self, athlete_id: str | None = None) -> list[Entry]:
        """Sessions that are not deleted, newest first, those without a date last; of one athlete where given."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows(
            "SELECT * FROM session WHERE deleted_utc IS NULL AND (CAST(? AS TEXT) IS NULL OR athlete_id = ?)"
            " ORDER BY start_utc IS NULL, start_utc DESC, imported_utc DESC",
            (athlete_id, athlete_id),
        )
        return [
            Entry(
                row["id"],
                row["name"],
                row["athlete_id"],
                _instant(row["start_utc"]),
                row["sport"],
                row["duration_s"],
                Origin(row["origin"]),
                row["kind"],
                row["file_name"],
                row["imported_utc"],
            )
            for row in rows
        ]

    def session(self, session_id: str) -> Session:
        """The session ``session_id`` with its samples. Raises ``NotFound``."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row("SELECT * FROM session WHERE id = ? AND deleted_utc IS NULL", (session_id,))
        if row is None:
            raise NotFound("athletes.errors.no_such_session", id=session_id)
        parts = {
            item["channel"]: Series(
                Channel(item["channel"]),
                np.frombuffer(item["ticks"], INT).astype(np.int64),
                np.frombuffer(item["measured"], FLOAT).astype(np.float64),
                Timebase(Fraction(item["tick_s"])),
            )
            for item in self.store.rows("SELECT * FROM session_series WHERE session_id = ?", (session_id,))
        }
        rr = None if row["rr_ms"] is None else np.frombuffer(row["rr_ms"], FLOAT).astype(np.float64)
        series = tuple(parts[channel] for channel in Channel if channel in parts)
        ends = None if row["rr_end_s"] is None else np.frombuffer(row["rr_end_s"], FLOAT).astype(np.float64)
        laps = tuple(Lap(*lap) for lap in json.loads(row["laps"]))
        start = _instant(row["start_utc"])
        recording = Recording(row["kind"], series, start, row["sport"], row["device"], rr, ends, laps)
        return Session(
            row["id"],
            row["name"],
            row["file_name"],
            row["sha256"],
            Origin(row["origin"]),
            recording,
            row["athlete_id"],
            row["imported_utc"],
        )

    def assign(self, session_id: str, athlete_id: str | None) -> None:
        """Give a session to an athlete, or to nobody. Raises ``NotFound``."""
        require(self.person, Action.KEEP_TRAINING)
        if athlete_id is not None:
            self.athlete(athlete_id)
        self._update(session_id, "UPDATE session SET athlete_id = ? WHERE id = ?", athlete_id)

    def delete(self, session_id: str) -> None:
        """Take a session off the lists; ``restore`` brings it back. Raises ``NotFound``."""
        require(self.person, Action.KEEP_TRAINING)
        self._update(session_id, "UPDATE session SET deleted_utc = ? WHERE id = ?", utc_now())

    def restore(self, session_id: str) -> None:
        """Undo ``delete``. Raises ``NotFound``."""
        require(self.person, Action.KEEP_TRAINING)
        self._update(session_id, "UPDATE session SET deleted_utc = ? WHERE id = ?", None)

    def is_deleted(self, session_id: str) -> bool:
        """True where the session was saved once and is deleted now."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row("SELECT deleted_utc FROM session WHERE id = ?", (session_id,))
        return row is not None and row["deleted_utc"] is not None

    def _update(self, session_id: str, sql: str, value: str | None) -> None:
        with self.store.write() as connection:
            if connection.execute(sql, (value, session_id)).rowcount == 0:
                raise NotFound("athletes.errors.no_such_session", id=session_id)


def _day(day: date | None) -> str:
    return FROM_THE_BEGINNING if day is None else day.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _insert(
    connection: Connection, session_id: str, imported: Imported, athlete_id: str | None, origin: Origin, name: str
) -> None:
    recording = imported.recording
    values: Sequence[Any] = (
        session_id,
        imported.sha256,
        athlete_id,
        name,
        imported.name,
        recording.kind,
        origin.value,
        None if recording.start is None else recording.start.isoformat(),
        recording.sport,
        recording.device,
        recording.duration_s,
        None if recording.rr_ms is None else recording.rr_ms.astype(FLOAT).tobytes(),
        utc_now(),
        None if recording.rr_end_s is None else recording.rr_end_s.astype(FLOAT).tobytes(),
        json.dumps([[lap.from_s, lap.to_s, lap.name] for lap in recording.laps], ensure_ascii=False),
    )
    connection.execute(
        "INSERT INTO session (id, sha256, athlete_id, name, file_name, kind, origin, start_utc, sport, device,"
        f" duration_s, rr_ms, imported_utc, rr_end_s, laps) VALUES ({', '.join('?' * len(values))})",
        values,
    )
    connection.executemany(
        "INSERT INTO session_series VALUES (?, ?, ?, ?, ?)",
        [
            (
                session_id,
                one.channel.value,
                str(one.timebase.tick_s),
                one.ticks.astype(INT).tobytes(),
                one.values.astype(FLOAT).tobytes(),
            )
            for one in recording.series
        ],
    )
