"""A finished session for analysis: Parquet files that every table tool reads.

``frames.parquet`` holds what was heard, ``events.parquet`` what the recorder noted, ``marks.parquet`` what people
added; the metadata of each say where it comes from. No names: athletes are their identifiers. The files beside the
journal are encrypted (``wearables.sealed_parquet``) and open with ``read_export``; plain ones are written to a folder
that somebody names, and who did that stands in the access log.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline import __version__
from touchline.access import Act, access_store, note
from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.files import replacing
from touchline.rights import Action, Person, require
from touchline.sealing import Seal, seal_for
from wearables.beats import measurement
from wearables.kept import Sessions
from wearables.model import Event, Frame, LiveSession, SessionState, Source
from wearables.recorder.state import live_folder
from wearables.sealed_parquet import closing, opening
from wearables.worn import Worn

NAMES = ("frames", "events", "marks")
ENCRYPTED = b"PARE"
"""How an encrypted Parquet file with an encrypted footer begins."""
_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of an export, and how many rows each has: ``frames``, ``events``, ``marks``."""

    folder: Path
    rows: dict[str, int]

    def document(self) -> dict[str, Any]:
        """The export as a JSON-ready document."""
        return {name: {"path": str(self.folder / f"{name}.parquet"), "rows": self.rows[name]} for name in NAMES}


def write_export(home: Path, session_id: str, *, person: Person | None = None, plain: Path | None = None) -> Exported:
    """Write a session's Parquet files, each whole or not at all: encrypted beside its journal, or for everybody to read
    in the folder ``plain``.

    Raises ``NotFound``; ``BadValue`` while the session is recorded: there would be more the next moment; ``OSError``;
    ``NotAllowed`` where ``person`` may not see training.
    """
    require(person, Action.SEE_TRAINING)
    sessions = Sessions(home)
    session = sessions.session(session_id)
    if session.state not in (SessionState.ENDED, SessionState.GONE):
        raise BadValue("wearables.errors.export_while_recorded", id=session_id)
    folder, marks = plain or live_folder(home, session_id), sessions.marks(session_id)
    if plain is not None:
        note_health(home, session_id, Act.EXPORTED, person)
    seal = None if plain is not None else seal_for(sessions.store, home)
    rows = _write_rows(folder, session, _chunks(sessions, session_id, Worn(marks)), seal)
    told = [
        {
            "id": mark.id,
            "at_ns": mark.at_ns,
            "utc": mark.utc_us,
            "kind": mark.kind.value,
            "by": mark.by,
            "detail": json.dumps(dict(mark.detail), ensure_ascii=False),
        }
        for mark in marks
    ]
    rows |= _write(folder, session, "marks", told, seal)
    return Exported(folder, rows)


def read_export(home: Path, session_id: str, name: str = "frames", *, person: Person | None = None) -> Any:
    """One of a session's encrypted files as an Arrow table; files of older programs, which are plain, too.

    Raises ``NotFound`` where it was not written, ``NotAllowed``, ``BadFile`` where the key is missing or another one.
    """
    import pyarrow.parquet as pq

    require(person, Action.SEE_TRAINING)
    path = live_folder(home, session_id) / f"{name}.parquet"
    if name not in NAMES or not path.exists():
        raise NotFound("wearables.errors.no_export", id=session_id)
    note_health(home, session_id, Act.OPENED, person)
    with path.open("rb") as stream:
        sealed = stream.read(4) == ENCRYPTED
    seal = seal_for(Sessions(home).store, home, sealed=True) if sealed else None
    return pq.read_table(path, decryption_properties=None if seal is None else opening(seal))


def plain_bytes(home: Path, session_id: str, name: str = "frames", *, person: Person | None = None) -> bytes:
    """One of a session's files for everybody to read, for somebody who takes it away. Raises as ``read_export``."""
    import io

    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(read_export(home, session_id, name, person=person), out, compression="zstd")
    note_health(home, session_id, Act.EXPORTED, person)
    return out.getvalue()


def note_health(home: Path, session_id: str, act: Act, person: Person | None = None) -> None:
    """Note in the access log that heart rates of everybody in a session were opened or exported."""
    store = access_store(home)
    ids = [profile.athlete_id for profile in Sessions(home).profiles(session_id)]
    note(store, "" if person is None else person.id, ids, act)


def seal_exports(home: Path) -> int:
    """Write the plain files of an older program anew, encrypted; how many sessions that were."""
    count = 0
    for path in sorted((home / "live").glob("*/frames.parquet")):
        with path.open("rb") as stream:
            plain = stream.read(4) != ENCRYPTED
        if plain:
            with contextlib.suppress(TouchlineError):  # one that is taken up again writes its files at its end
                write_export(home, path.parent.name)
                count += 1
    return count


def remove_export(home: Path, session_id: str) -> None:
    """Take away the files of a session that is taken up again: they would be of its first part only."""
    for name in NAMES:
        (live_folder(home, session_id) / f"{name}.parquet").unlink(missing_ok=True)


def _chunks(sessions: Sessions, session_id: str, worn: Worn) -> Iterator[tuple[list[Any], list[Any]]]:
    seq = 0
    while rows := sessions.rows_since(session_id, seq, limit=_AT_ONCE):
        seq = rows[-1].seq
        frames = [_frame(row, worn) for row in rows if isinstance(row, Frame)]
        yield frames, [_event(row) for row in rows if isinstance(row, Event)]


def _frame(frame: Frame, worn: Worn) -> dict[str, Any]:
    told = measurement(frame)
    return {
        "seq": frame.seq,
        "at_ns": frame.at_ns,
        "utc": frame.utc_us,
        "strap": frame.strap,
        "athlete_id": worn.athlete_at(frame.strap, frame.at_ns),
        "source": frame.source.value,
        "status": frame.status.value,
        "bpm": frame.bpm,
        "rr_1024": list(told.rr_1024) if told is not None and frame.source is Source.HEART_RATE else None,
        "contact": told.contact.value if told is not None else None,
        "data": frame.data,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "at_ns": event.at_ns,
        "utc": event.utc_us,
        "strap": event.strap,
        "kind": event.kind.value,
        "detail": json.dumps(dict(event.detail), ensure_ascii=False),
    }


def _schema(name: str, session: LiveSession) -> Any:
    import pyarrow as pa

    moment = [("at_ns", pa.int64()), ("utc", pa.timestamp("us", tz="UTC"))]
    fields = {
        "frames": [
            ("seq", pa.int64()),
            *moment,
            ("strap", pa.int32()),
            ("athlete_id", pa.string()),
            ("source", pa.string()),
            ("status", pa.string()),
            ("bpm", pa.int32()),
            ("rr_1024", pa.list_(pa.int32())),
            ("contact", pa.string()),
            ("data", pa.binary()),
        ],
        "events": [
            ("seq", pa.int64()),
            *moment,
            ("strap", pa.int32()),
            ("kind", pa.string()),
            ("detail", pa.string()),
        ],
        "marks": [
            ("id", pa.int64()),
            *moment,
            ("kind", pa.string()),
            ("by", pa.string()),
            ("detail", pa.string()),
        ],
    }[name]
    told = {
        "origin": session.origin.value,
        "session": session.id,
        "name": session.name,
        "zero_utc_us": str(session.zero_utc_us),
        "speed": str(session.speed),
        "state": session.state.value,
        "program": f"touchline {__version__}",
    }
    return pa.schema(fields, metadata={f"touchline.{key}": value for key, value in told.items()})


def _write_rows(
    folder: Path, session: LiveSession, chunks: Iterator[tuple[list[Any], list[Any]]], seal: Seal | None
) -> dict[str, int]:
    """Frames and events, which come in one row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts = {"frames": 0, "events": 0}
    schemas = {name: _schema(name, session) for name in counts}
    # A writer each: what encrypts a file holds its keys.
    how: list[dict[str, Any]] = [{"compression": "zstd"} for _ in counts]
    if seal is not None:
        for each in how:
            each["encryption_properties"] = closing(seal)
    with (
        replacing(folder / "frames.parquet", private=True) as frames_path,
        replacing(folder / "events.parquet", private=True) as events_path,
        pq.ParquetWriter(frames_path, schemas["frames"], **how[0]) as frames,
        pq.ParquetWriter(events_path, schemas["events"], **how[1]) as events,
    ):
        for chunk in chunks:
            for name, writer, rows in zip(counts, (frames, events), chunk, strict=True):
                writer.write_table(pa.Table.from_pylist(rows, schema=schemas[name]))
                counts[name] += len(rows)
    return counts


def _write(folder: Path, session: LiveSession, name: str, rows: list[Any], seal: Seal | None) -> dict[str, int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(name, session)
    with replacing(folder / f"{name}.parquet", private=True) as path:
        how = {} if seal is None else {"encryption_properties": closing(seal)}
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd", **how)
    return {name: len(rows)}
