"""Records in the store: kept sealed, taken off and brought back, changed by a new one that replaces the old."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from athletes.archive import Archive
from athletes.records import Record, RecordKind
from touchline.errors import NotFound
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.store import utc_now


class Records:
    """The records of all athletes in ``archive``, for the archive's person."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def keep(self, *records: Record) -> list[Record]:
        """Keep records, all or none; returns them with their ids. The same reading of the same source and day is kept
        once, and answers with the one that is there.

        Raises ``NotFound`` for an athlete or a replaced record that does not exist.
        """
        require(self.archive.person, Action.KEEP_TRAINING)
        for athlete_id in {record.athlete_id for record in records}:
            self.archive.athlete(athlete_id)
        person = self.archive.person
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
                    self._off(connection, made.replaces, utc_now())
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
                        self._sealed(made),
                    ),
                )
                found.append(made)
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
        return sorted(found, key=lambda record: (record.day, record.made_utc))

    def record(self, record_id: str) -> Record:
        """One record, also one that was taken off. Raises ``NotFound``."""
        require(self.archive.person, Action.SEE_TRAINING)
        row = self.archive.store.row("SELECT * FROM athlete_record WHERE id = ?", (record_id,))
        if row is None:
            raise NotFound("athletes.errors.no_such_record", id=record_id)
        return self._record(row)

    def remove(self, record_id: str) -> None:
        """Take a record off; ``restore`` brings it back. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        with self.archive.store.write() as connection:
            self._off(connection, record_id, utc_now())

    def restore(self, record_id: str) -> None:
        """Undo ``remove``. Raises ``NotFound``."""
        require(self.archive.person, Action.KEEP_TRAINING)
        with self.archive.store.write() as connection:
            self._off(connection, record_id, None)

    def _off(self, connection: Any, record_id: str, when: str | None) -> None:
        changed = connection.execute("UPDATE athlete_record SET deleted_utc = ? WHERE id = ?", (when, record_id))
        if changed.rowcount == 0:
            raise NotFound("athletes.errors.no_such_record", id=record_id)

    def _same(self, record: Record) -> Record | None:
        rows = self.archive.store.rows(
            "SELECT * FROM athlete_record WHERE athlete_id = ? AND kind = ? AND day = ? AND source = ?"
            " AND deleted_utc IS NULL",
            (record.athlete_id, record.kind.value, record.day.isoformat(), record.source),
        )
        kept = (self._record(row) for row in rows)
        return next((one for one in kept if dict(one.values) == dict(record.values) and one.text == record.text), None)

    def _sealed(self, record: Record) -> bytes:
        told = {"values": dict(record.values), "what": record.what, "text": record.text}
        data = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        return self.archive.seal.close(data, _about(record.id))

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


def _about(record_id: str) -> str:
    return f"athlete_record {record_id}"


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
