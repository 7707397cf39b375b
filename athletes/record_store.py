"""Records in the store: kept sealed, taken off and brought back, changed by a new one that replaces the old."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from athletes.archive import Archive
from athletes.people.standing import Scope, require_consent
from athletes.records import Record, RecordKind
from touchline.access import Act
from touchline.errors import NotFound
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.sealing import Seal
from touchline.store import utc_now


class Records:
    """The records of all athletes in ``archive``, for the archive's person."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def keep(self, *records: Record) -> list[Record]:
        """Keep records, all or none; returns them with their ids. The same reading of the same source and day is kept
        once, and answers with the one that is there.

        Raises ``NotFound`` for an athlete or a replaced record that does not exist, ``NoConsent`` where the athlete's
        consent to what a record tells was withdrawn, or is missing and required (plans and notes tell of training, all
        others of health).
        """
        require(self.archive.person, Action.KEEP_TRAINING)
        for athlete_id, scope in {(record.athlete_id, _scope(record.kind)) for record in records}:
            self.archive.known(athlete_id)
            require_consent(self.archive.store, athlete_id, scope)
        person, seal = self.archive.person, self.archive.seal  # a new key is noted before we write
        with self.archive.store.write() as connection:
            found = []
            for record in records:
                known = self._same(record) if record.source else None
                if known is not None:
                    found.append(known)
                    continue
                made = replace(
                    record, id=uuid.uuid4().hex[:12], made_utc=utc_now(), by=person.name if person else record.by
                )
                if made.replaces is not None:
                    self._off(connection, made.replaces, utc_now(), made.athlete_id)
                connection.execute(
                    "INSERT INTO athlete_record (id, athlete_id, kind, day, until_day, session_id, origin, source,"
                    " replaces, made_utc, made_by, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        made.id,
                        made.athlete_id,
                        made.kind.value,
                        made.day.isoformat(),
                        None if made.until is None else made.until.isoformat(),
                        made.session_id,
                        made.origin.value,
                        made.source,
                        made.replaces,
                        made.made_utc,
                        made.by,
                        _sealed(seal, made),
                    ),
                )
                found.append(made)
        self.archive.note({record.athlete_id for record in records}, Act.CHANGED)
        return found

    def of(
        self,
        athlete_ids: str | Iterable[str],
        kinds: Collection[RecordKind] = tuple(RecordKind),
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> list[Record]:
        """The records of one athlete or several that were not taken off, by day; those that touch ``since``..``until``,
        both days included. An injury without a last day goes on."""
        require(self.archive.person, Action.SEE_TRAINING)
        ids = [athlete_ids] if isinstance(athlete_ids, str) else list(dict.fromkeys(athlete_ids))
        found: list[Record] = []
        for athlete_id in ids:
            rows = self.archive.store.rows(
                "SELECT * FROM athlete_record WHERE athlete_id = ? AND deleted_utc IS NULL"
                " AND (CAST(? AS TEXT) IS NULL OR day <= ?) AND (CAST(? AS TEXT) IS NULL OR"
                " COALESCE(until_day, CASE WHEN kind = 'injury' THEN '9999' ELSE day END) >= ?) ORDER BY day, made_utc",
                (athlete_id, _text(until), _text(until), _text(since), _text(since)),
            )
            found += [self._record(row) for row in rows if RecordKind(row["kind"]) in kinds]
        self.archive.note({record.athlete_id for record in found}, Act.OPENED)
        return sorted(found, key=lambda record: (record.day, record.made_utc))

    def record(self, record_id: str) -> Record:
        """One record, also one that was taken off. Raises ``NotFound``."""
        require(self.archive.person, Action.SEE_TRAINING)
        row = self.archive.store.row("SELECT * FROM athlete_record WHERE id = ?", (record_id,))
        if row is None:
            raise NotFound("athletes.errors.no_such_record", id=record_id)
        self.archive.note([row["athlete_id"]], Act.OPENED)
        return self._record(row)

    def remove(self, record_id: str) -> None:
        """Take a record off; ``restore`` brings it back. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        with self.archive.store.write() as connection:
            whose = self._off(connection, record_id, utc_now())
        self.archive.note([whose], Act.CHANGED)

    def restore(self, record_id: str) -> None:
        """Undo ``remove``. Raises ``NotFound``, ``NoConsent`` as ``keep``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        row = self.archive.store.row("SELECT athlete_id, kind FROM athlete_record WHERE id = ?", (record_id,))
        if row is not None:
            require_consent(self.archive.store, row["athlete_id"], _scope(RecordKind(row["kind"])))
        with self.archive.store.write() as connection:
            whose = self._off(connection, record_id, None)
        self.archive.note([whose], Act.CHANGED)

    def _off(self, connection: Any, record_id: str, when: str | None, whose: str | None = None) -> str:
        """Take a record off, or bring it back; whose it is. Raises ``NotFound``, also where it is not ``whose``."""
        row = connection.execute("SELECT athlete_id FROM athlete_record WHERE id = ?", (record_id,)).fetchone()
        if row is None or whose not in (None, row["athlete_id"]):
            raise NotFound("athletes.errors.no_such_record", id=record_id)
        connection.execute("UPDATE athlete_record SET deleted_utc = ? WHERE id = ?", (when, record_id))
        return str(row["athlete_id"])

    def _same(self, record: Record) -> Record | None:
        rows = self.archive.store.rows(
            "SELECT * FROM athlete_record WHERE athlete_id = ? AND kind = ? AND day = ? AND source = ?"
            " AND deleted_utc IS NULL",
            (record.athlete_id, record.kind.value, record.day.isoformat(), record.source),
        )
        kept = (self._record(row) for row in rows)
        return next((one for one in kept if dict(one.values) == dict(record.values) and one.text == record.text), None)

    def _record(self, row: Any) -> Record:
        told = json.loads(self.archive.seal.open(bytes(row["sealed"]), _about(row["id"])))
        return Record(
            RecordKind(row["kind"]),
            row["athlete_id"],
            date.fromisoformat(row["day"]),
            told["values"],
            told["what"],
            told["text"],
            date.fromisoformat(row["until_day"]) if row["until_day"] else None,
            row["session_id"],
            Origin(row["origin"]),
            row["source"],
            row["made_by"],
            row["id"],
            row["replaces"],
            row["made_utc"],
        )


def _scope(kind: RecordKind) -> Scope:
    return Scope.TRAINING if kind in (RecordKind.PLAN, RecordKind.NOTE) else Scope.HEALTH


def _sealed(seal: Seal, record: Record) -> bytes:
    told = {"values": dict(record.values), "what": record.what, "text": record.text}
    data = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    return seal.close(data, _about(record.id))


def _about(record_id: str) -> str:
    return f"athlete_record {record_id}"


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
