"""What live sessions hold of one person (``touchline.personal``): heart rates, beats, profile, name."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from touchline.errors import BadFile, TouchlineError
from touchline.files import replacing
from touchline.personal import Personal
from wearables.beats import measurement
from wearables.cells import guarded
from wearables.export import remove_export, write_export
from wearables.kept import Sessions
from wearables.model import NS_PER_S, Frame, MarkKind
from wearables.recorder.journal import MAGIC, encode, read_from
from wearables.recorder.settling import settle
from wearables.recorder.state import is_alive, journal_path, live_folder
from wearables.worn import Worn

TABLES = ("wear_person", "wear_profile", "wear_frame", "wear_mark")
_AT_ONCE = 50_000


def _of(sessions: Sessions, athlete_id: str) -> list[str]:
    """The sessions in which somebody is."""
    rows = sessions.store.rows(
        "SELECT DISTINCT session_id FROM wear_profile WHERE athlete_id = ?"
        " UNION SELECT DISTINCT session_id FROM wear_mark WHERE kind IN (?, ?) AND detail LIKE ?",
        (athlete_id, MarkKind.ASSIGN.value, MarkKind.NOTE.value, f'%"athlete_id": {json.dumps(athlete_id)}%'),
    )
    return sorted(row["session_id"] for row in rows)


def _frames(sessions: Sessions, session_id: str, athlete_id: str, worn: Worn) -> Iterator[Frame]:
    seq = 0
    while rows := sessions.rows_since(session_id, seq, limit=_AT_ONCE):
        seq = rows[-1].seq
        for row in rows:
            if isinstance(row, Frame) and worn.athlete_at(row.strap, row.at_ns) == athlete_id:
                yield row


def held(home: Path, athlete_id: str) -> Iterator[tuple[str, bytes]]:
    """Each live session of a person: profile and notes as JSON, every packet as CSV."""
    sessions = Sessions(home)
    for session_id in _of(sessions, athlete_id):
        session, marks = sessions.session(session_id), sessions.marks(session_id)
        profile = next((one for one in sessions.profiles(session_id) if one.athlete_id == athlete_id), None)
        notes = [
            {"at_s": mark.at_ns / NS_PER_S, "by": mark.by, "text": mark.detail.get("text")}
            for mark in marks
            if mark.kind is MarkKind.NOTE and mark.detail.get("athlete_id") == athlete_id
        ]
        told = {
            "id": session.id,
            "name": session.name,
            "origin": session.origin.value,
            "zero_utc_us": session.zero_utc_us,
            "hr_max_bpm": profile and profile.hr_max_bpm,
            "hr_rest_bpm": profile and profile.hr_rest_bpm,
            "limit_bpm": profile and profile.limit_bpm,
            "sex": profile and profile.sex,
            "notes": notes,
        }
        yield f"live/{session_id}/session.json", json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(["at_s", "utc_us", "strap", "source", "status", "bpm", "rr_1024"])
        for frame in _frames(sessions, session_id, athlete_id, Worn(marks)):
            measured = measurement(frame)
            rr = "" if measured is None else " ".join(str(value) for value in measured.rr_1024)
            where = (frame.strap, guarded(frame.source.value), frame.status.value)
            writer.writerow([frame.at_ns / NS_PER_S, frame.utc_us, *where, frame.bpm, rr])
        yield f"live/{session_id}/packets.csv", out.getvalue().encode("utf-8-sig")


def hindered(home: Path, athlete_id: str) -> list[str]:
    """The sessions of a person that are being recorded now."""
    sessions = Sessions(home)
    return [sessions.session(one).name for one in _of(sessions, athlete_id) if is_alive(home, one)]


def erase(home: Path, athlete_id: str) -> Mapping[str, int]:
    """Take away a person's frames from database, journals and Parquet files, their notes' texts, profiles and name.
    What other people's straps told stays; so do who wore which strap when, by the opaque id."""
    sessions = Sessions(home)
    frames = 0
    for session_id in _of(sessions, athlete_id):
        with contextlib.suppress(BadFile):
            settle(home, session_id)
        frames += _erase_frames(sessions, session_id, athlete_id)
    with sessions.store.write() as connection:
        profiles = connection.execute("DELETE FROM wear_profile WHERE athlete_id = ?", (athlete_id,)).rowcount
        names = connection.execute("DELETE FROM wear_person WHERE athlete_id = ?", (athlete_id,)).rowcount
    return {"wear_frame": frames, "wear_profile": profiles, "wear_person": names}


def _erase_frames(sessions: Sessions, session_id: str, athlete_id: str) -> int:
    home, marks = sessions.home, sessions.marks(session_id)
    worn = Worn(marks)
    exported = (live_folder(home, session_id) / "frames.parquet").exists()
    remove_export(home, session_id)
    _erase_journal(home, session_id, athlete_id, worn)
    count = 0
    with sessions.store.write() as connection:
        path = journal_path(home, session_id)
        if path.exists():
            size = path.stat().st_size
            connection.execute(
                "UPDATE wear_session SET journal_done = ? WHERE id = ? AND journal_done > ?", (size, session_id, size)
            )
        for strap in {strap.number for strap in sessions.straps(session_id)}:
            changes = worn.stretches(strap)
            ends = [at_ns for at_ns, _ in changes[1:]] + [1 << 62]
            for (from_ns, who), to_ns in zip(changes, ends, strict=True):
                if who == athlete_id:
                    done = connection.execute(
                        "DELETE FROM wear_frame WHERE session_id = ? AND strap = ? AND at_ns >= ? AND at_ns < ?",
                        (session_id, strap, from_ns, to_ns),
                    )
                    count += done.rowcount
        for mark in marks:
            if mark.kind is MarkKind.NOTE and mark.detail.get("athlete_id") == athlete_id:
                connection.execute(
                    "UPDATE wear_mark SET detail = ? WHERE session_id = ? AND id = ?",
                    (json.dumps({**mark.detail, "text": ""}, ensure_ascii=False), session_id, mark.id),
                )
    if exported:
        with contextlib.suppress(TouchlineError):  # it can be written at any time
            write_export(home, session_id)
    return count


def _erase_journal(home: Path, session_id: str, athlete_id: str, worn: Worn) -> None:
    """Write a journal anew without a person's frames. Everything of it is in the database already."""
    path = journal_path(home, session_id)
    if not path.exists():
        return
    with replacing(path, private=True) as part, part.open("wb") as out:
        out.write(MAGIC)
        at = len(MAGIC)
        while True:
            batch = read_from(path, at)
            for row in batch.rows:
                if not isinstance(row, Frame) or worn.athlete_at(row.strap, row.at_ns) != athlete_id:
                    out.write(encode(row))
            if not batch.rows:
                return
            at = batch.ends


def named(home: Path, name: str) -> list[str]:
    """Where names of sessions, labels of straps and notes still have a name."""
    sessions, wanted = Sessions(home), name.casefold()
    found = []
    for session in sessions.all():
        texts = [session.name, *(strap.label for strap in sessions.straps(session.id))]
        texts += [str(mark.detail.get("text", "")) for mark in sessions.marks(session.id)]
        if any(wanted in text.casefold() for text in texts):
            found.append(f"live {session.id}")
    return found


PERSONAL = Personal(held, hindered, erase, named, TABLES)
