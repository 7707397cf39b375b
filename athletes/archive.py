"""Athletes and sessions in the store. What was saved stays: a file is kept once, deleting can be undone."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from athletes import sealed
from athletes.importers.common import Imported
from athletes.model import Athlete, Channel, Recording, Session, Sex, ZoneSetting
from athletes.people import standing
from athletes.people.standing import Scope
from athletes.tables import FLOAT, INT, MIGRATIONS, OWNER
from touchline import access
from touchline.access import Act
from touchline.errors import NotFound
from touchline.origin import Origin
from touchline.rights import Action, Person, require
from touchline.sealing import Seal, seal_for
from touchline.store import Connection, store_at, utc_now

FROM_THE_BEGINNING = ""
"""How ``valid_from`` is stored where a setting has no first day; it sorts before every date."""


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
    """Where an import ended: the session's id, whether it was there before, and whether the athlete's consent to it is
    missing, where the installation asks for it and does not require it."""

    session_id: str
    already_there: bool
    unconsented: bool = False


class Archive:
    """Athletes and sessions under the data folder ``home``. ``person`` is who reads or changes them; what the roles do
    not allow is refused with ``NotAllowed``. Without one the machine's owner acts (``touchline.rights``)."""

    def __init__(self, home: Path, person: Person | None = None) -> None:
        self.home, self.person = home, person
        self.store = store_at(home, {OWNER: MIGRATIONS, access.OWNER: access.MIGRATIONS})

    @cached_property
    def seal(self) -> Seal:
        """What closes and opens health data here. Raises ``BadFile`` where its key is missing or another one."""
        return seal_for(self.store, self.home, sealed=sealed.holds_sealed(self.store, self.home))

    @property
    def account(self) -> str:
        """The opaque id of who acts; empty for the machine's owner."""
        return "" if self.person is None else self.person.id

    def source_path(self, sha256: str, kind: str) -> Path:
        """Where the bytes of an imported file are kept, sealed; ``source_bytes`` opens them."""
        return sealed.sealed_path(self.home, sha256, kind)

    def source_bytes(self, session_id: str) -> bytes:
        """The file a session came from, as it was. Raises ``NotFound``, also where no file was kept; ``BadFile``."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row("SELECT athlete_id, sha256, kind FROM session WHERE id = ?", (session_id,))
        if row is None:
            raise NotFound("athletes.errors.no_such_session", id=session_id)
        data = sealed.open_source(self.home, lambda: self.seal, row["sha256"], row["kind"])
        self.note([row["athlete_id"]], Act.OPENED)
        return data

    def seal_old(self, progress: Callable[[str], None] = lambda line: None) -> int:
        """Seal what an older program left open here; how many rows and files were closed. Told to be done at the start
        of the app; a fall in between leaves everything readable, and the next start goes on."""
        require(self.person, Action.KEEP_TRAINING)
        return sealed.seal_old(self.store, self.home, lambda: self.seal, progress)

    def note(self, athlete_ids: Iterable[str | None], act: Act) -> None:
        """Note in the access log that health data of athletes were opened, changed or exported by who acts here. What
        is noted within a quarter of an hour already is not noted again."""
        require(self.person, Action.SEE_TRAINING)
        access.note(self.store, self.account, athlete_ids, act)

    # Athletes

    def athletes(self) -> list[Athlete]:
        """All athletes who are not deleted, by name."""
        require(self.person, Action.SEE_TRAINING)
        rows = self.store.rows(
            "SELECT a.id, p.* FROM athlete a"
            " JOIN athlete_person p ON p.athlete_id = a.id"
            " WHERE a.deleted_utc IS NULL ORDER BY lower(p.name), p.name, a.id"
        )
        settings: dict[str, list[ZoneSetting]] = {}
        for item in self.store.rows("SELECT * FROM athlete_setting ORDER BY valid_from, sport"):
            settings.setdefault(item["athlete_id"], []).append(sealed.setting_of(self.seal, item))
        return [self._athlete(row, tuple(settings.get(row["id"], ()))) for row in rows]

    def athlete(self, athlete_id: str) -> Athlete:
        """The athlete ``athlete_id``. Raises ``NotFound``."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row(
            "SELECT a.id, p.* FROM athlete a"
            " JOIN athlete_person p ON p.athlete_id = a.id"
            " WHERE a.id = ? AND a.deleted_utc IS NULL",
            (athlete_id,),
        )
        if row is None:
            raise NotFound("athletes.errors.no_such_athlete", id=athlete_id)
        return self._athlete(row, self._settings(athlete_id))

    def _settings(self, athlete_id: str) -> tuple[ZoneSetting, ...]:
        sql = "SELECT * FROM athlete_setting WHERE athlete_id = ? ORDER BY valid_from, sport"
        return tuple(sealed.setting_of(self.seal, item) for item in self.store.rows(sql, (athlete_id,)))

    def _athlete(self, row: Any, settings: tuple[ZoneSetting, ...]) -> Athlete:
        year, born = (None, None)
        if row["sealed"] is not None or row["birth_year"] is not None or row["birth_date"] is not None:
            year, born = sealed.person_values(self.seal, row)
        return Athlete(
            id=row["id"],
            name=row["name"],
            sex=Sex(row["sex"]) if row["sex"] else None,
            birth_year=year,
            birth_date=born,
            group=row["squad"],
            zone_settings=settings,
        )

    def save_athlete(self, athlete: Athlete) -> Athlete:
        """Save ``athlete`` with all zone settings; one with the empty id gets a new one. Returns what was saved.

        Raises ``NotFound`` for who was erased; ``NoConsent`` for new zone settings after a withdrawal of health data.
        """
        require(self.person, Action.KEEP_TRAINING)
        athlete_id = athlete.id or uuid.uuid4().hex[:12]
        if self.store.row("SELECT 1 FROM erasure WHERE athlete_id = ?", (athlete_id,)) is not None:
            raise NotFound("athletes.errors.erased_athlete", id=athlete_id)
        seal, settings, known = self.seal, athlete.zone_settings, self._settings(athlete_id)
        if set(settings) - set(known) and standing.stands(self.store, athlete_id, Scope.HEALTH) is False:
            standing.require_consent(self.store, athlete_id, Scope.HEALTH)
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO athlete (id, made_utc) VALUES (?, ?) ON CONFLICT DO NOTHING", (athlete_id, utc_now())
            )
            connection.execute("UPDATE athlete SET deleted_utc = NULL WHERE id = ?", (athlete_id,))
            connection.execute(
                "INSERT INTO athlete_person (athlete_id, name, sex, squad, sealed) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (athlete_id) DO UPDATE SET name = excluded.name, sex = excluded.sex,"
                " squad = excluded.squad, sealed = excluded.sealed, birth_year = NULL, birth_date = NULL",
                (
                    athlete_id,
                    athlete.name.strip(),
                    athlete.sex,
                    athlete.group.strip(),
                    sealed.close_person(seal, athlete_id, athlete.birth_year, athlete.birth_date),
                ),
            )
            if set(settings) != set(known):
                connection.execute("DELETE FROM athlete_setting WHERE athlete_id = ?", (athlete_id,))
                _keep_settings(connection, seal, athlete_id, settings)
        if set(settings) != set(known):
            self.note([athlete_id], Act.CHANGED)
        return self.athlete(athlete_id)

    def change_settings(
        self, athlete_id: str, *, gone: Iterable[ZoneSetting] = (), come: Iterable[ZoneSetting] = ()
    ) -> None:
        """Take the zone settings ``gone`` off and keep those that ``come``, each by its sport and first day; whatever
        others there are, also those that somebody else saved meanwhile, stay. Raises ``NotFound``; ``NoConsent`` as
        ``keep``, where any come."""
        require(self.person, Action.KEEP_TRAINING)
        made, seal = tuple(come), self.seal
        if made:
            self._may_hold(athlete_id)
        with self.store.write() as connection:
            _still_there(connection, athlete_id)
            connection.executemany(
                "DELETE FROM athlete_setting WHERE athlete_id = ? AND sport = ? AND valid_from = ?",
                [(athlete_id, item.sport or "", _day(item.valid_from)) for item in (*gone, *made)],
            )
            _keep_settings(connection, seal, athlete_id, made)
        self.note([athlete_id], Act.CHANGED)

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

        Raises ``NotFound`` for an athlete who does not exist, ``NoConsent`` where the athlete's consent to health data
        was withdrawn, or is missing and required (``athletes.people.standing``).
        """
        require(self.person, Action.KEEP_TRAINING)
        unconsented = self._may_hold(athlete_id)
        recording, sha256, seal = imported.recording, imported.sha256, self.seal  # a new key is noted before we write
        with self._files_too(sha256, recording.kind) as connection:
            _still_there(connection, athlete_id)
            if data is not None:
                sealed.keep_source(self.home, seal, sha256, recording.kind, data)
            found = connection.execute("SELECT * FROM session WHERE sha256 = ?", (sha256,)).fetchone()
            if found is not None:
                there = found["deleted_utc"] is None
                if not there:
                    if athlete_id is None and found["athlete_id"] is not None:
                        standing.require_consent(self.store, found["athlete_id"], Scope.HEALTH)
                    connection.execute(
                        "UPDATE session SET deleted_utc = NULL, athlete_id = COALESCE(?, athlete_id) WHERE id = ?",
                        (athlete_id, found["id"]),
                    )
                return Kept(found["id"], already_there=there, unconsented=unconsented)
            session_id = sha256[:16]
            _insert(connection, seal, session_id, imported, athlete_id, origin, name or Path(imported.name).stem)
        self.note([athlete_id], Act.CHANGED)
        return Kept(session_id, already_there=False, unconsented=unconsented)

    def keep_all(self, found: Sequence[Imported], *, athlete_id: str, origin: Origin) -> list[str]:
        """Save several sessions of one athlete in one transaction; what is there already, also deleted, stays as it is.
        Returns the ids of those that are new.

        Raises ``NotFound`` and ``NoConsent`` as ``keep`` does.
        """
        require(self.person, Action.KEEP_TRAINING)
        self._may_hold(athlete_id)
        made = []
        with self.store.write() as connection:
            _still_there(connection, athlete_id)
            for one in found:
                if connection.execute("SELECT 1 FROM session WHERE sha256 = ?", (one.sha256,)).fetchone() is None:
                    made.append(one.sha256[:16])
                    _insert(connection, self.seal, made[-1], one, athlete_id, origin, Path(one.name).stem)
        self.note([athlete_id], Act.CHANGED)
        return made

    @contextmanager
    def _files_too(self, sha256: str, kind: str) -> Iterator[Connection]:
        """A transaction of which no file stays that nobody's session names, where it comes to nothing: erasing a person
        finds files by their sessions."""
        path = self.source_path(sha256, kind)
        new = not path.exists()
        try:
            with self.store.write() as connection:
                yield connection
        except BaseException:
            if new:
                path.unlink(missing_ok=True)
            raise

    def _may_hold(self, athlete_id: str | None) -> bool:
        """Whether consent to health data of an athlete is missing and was only to be asked for."""
        if athlete_id is None:
            return False
        self.known(athlete_id)
        return not standing.require_consent(self.store, athlete_id, Scope.HEALTH)

    def known(self, athlete_id: str) -> None:
        """Nothing, where there is an athlete of this id who is not deleted. Raises ``NotFound``."""
        require(self.person, Action.SEE_TRAINING)
        if self.store.row("SELECT 1 FROM athlete WHERE id = ? AND deleted_utc IS NULL", (athlete_id,)) is None:
            raise NotFound("athletes.errors.no_such_athlete", id=athlete_id)

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

    def session(self, session_id: str, *, also_deleted: bool = False) -> Session:
        """The session ``session_id`` with its samples; one that was deleted only where ``also_deleted`` asks for it.
        Raises ``NotFound``."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row("SELECT * FROM session WHERE id = ?", (session_id,))
        if row is None or (row["deleted_utc"] is not None and not also_deleted):
            raise NotFound("athletes.errors.no_such_session", id=session_id)
        rows = self.store.rows("SELECT * FROM session_series WHERE session_id = ?", (session_id,))
        parts = {
            one.channel: one
            for one in (sealed.series_of(self.seal, item, sealed=row["sealed"] is not None) for item in rows)
        }
        rr, ends, laps = sealed.session_values(self.seal, row)
        series = tuple(parts[channel] for channel in Channel if channel in parts)
        self.note([row["athlete_id"]], Act.OPENED)
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
        """Give a session to an athlete, or to nobody. Raises ``NotFound``, ``NoConsent`` as ``keep``."""
        require(self.person, Action.KEEP_TRAINING)
        self._may_hold(athlete_id)
        self._update(session_id, "UPDATE session SET athlete_id = ? WHERE id = ?", athlete_id, athlete_id)

    def delete(self, session_id: str) -> None:
        """Take a session off the lists; ``restore`` brings it back. Raises ``NotFound``."""
        require(self.person, Action.KEEP_TRAINING)
        self._update(session_id, "UPDATE session SET deleted_utc = ? WHERE id = ?", utc_now())

    def restore(self, session_id: str) -> None:
        """Undo ``delete``. Raises ``NotFound``, ``NoConsent`` where the athlete's consent was withdrawn meanwhile."""
        require(self.person, Action.KEEP_TRAINING)
        row = self.store.row("SELECT athlete_id FROM session WHERE id = ?", (session_id,))
        if row is not None:
            self._may_hold(row["athlete_id"])
        self._update(session_id, "UPDATE session SET deleted_utc = ? WHERE id = ?", None)

    def is_deleted(self, session_id: str) -> bool:
        """True where the session was saved once and is deleted now."""
        require(self.person, Action.SEE_TRAINING)
        row = self.store.row("SELECT deleted_utc FROM session WHERE id = ?", (session_id,))
        return row is not None and row["deleted_utc"] is not None

    def _update(self, session_id: str, sql: str, value: str | None, *whose: str | None) -> None:
        with self.store.write() as connection:
            row = connection.execute("SELECT athlete_id FROM session WHERE id = ?", (session_id,)).fetchone()
            if row is None:
                raise NotFound("athletes.errors.no_such_session", id=session_id)
            connection.execute(sql, (value, session_id))
        self.note([row["athlete_id"], *whose], Act.CHANGED)


def _still_there(connection: Connection, athlete_id: str | None) -> None:
    """Nothing, where an athlete was not erased since they were asked for. Raises ``NotFound``."""
    if athlete_id is not None:
        row = connection.execute("SELECT 1 FROM athlete WHERE id = ? AND deleted_utc IS NULL", (athlete_id,)).fetchone()
        if row is None:
            raise NotFound("athletes.errors.no_such_athlete", id=athlete_id)


def _keep_settings(connection: Connection, seal: Seal, athlete_id: str, settings: Iterable[ZoneSetting]) -> None:
    connection.executemany(
        "INSERT INTO athlete_setting (athlete_id, sport, valid_from, method, own_bpm, sealed)"
        " VALUES (?, ?, ?, ?, '', ?)",
        [
            (athlete_id, item.sport or "", _day(item.valid_from), item.method.value, closed)
            for item in settings
            for closed in (sealed.close_setting(seal, athlete_id, item),)
        ],
    )


def _day(day: date | None) -> str:
    return FROM_THE_BEGINNING if day is None else day.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _insert(
    connection: Connection,
    seal: Seal,
    session_id: str,
    imported: Imported,
    athlete_id: str | None,
    origin: Origin,
    name: str,
) -> None:
    recording = imported.recording
    values: dict[str, Any] = {
        "id": session_id,
        "sha256": imported.sha256,
        "athlete_id": athlete_id,
        "name": name,
        "file_name": imported.name,
        "kind": recording.kind,
        "origin": origin.value,
        "start_utc": None if recording.start is None else recording.start.isoformat(),
        "sport": recording.sport,
        "device": recording.device,
        "duration_s": recording.duration_s,
        "imported_utc": utc_now(),
        "sealed": sealed.close_session(seal, session_id, recording),
    }
    connection.execute(
        f"INSERT INTO session ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )
    rows = []
    for one in recording.series:
        ticks, measured = one.ticks.astype(INT).tobytes(), one.values.astype(FLOAT).tobytes()
        closed = sealed.close_series(seal, session_id, one.channel.value, ticks, measured)
        rows.append((session_id, one.channel.value, str(one.timebase.tick_s), *closed))
    connection.executemany(
        "INSERT INTO session_series (session_id, channel, tick_s, ticks, measured) VALUES (?, ?, ?, ?, ?)", rows
    )
