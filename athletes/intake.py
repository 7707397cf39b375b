"""Files in, one outcome a file: what the command and the page both do with what a person hands them.

Reading (``read_file``) needs no data folder and may be done by other processes; keeping (``Intake``) is done in one.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np

from athletes.archive import Archive
from athletes.import_journal import Journal
from athletes.importers import Diary, Imported, Repair, read_all
from athletes.importers.likeness import Trace, Traces, trace_of
from athletes.importers.read import Known
from athletes.people.standing import NoConsent
from athletes.record_store import Records
from touchline.errors import BadFile, TouchlineError
from touchline.i18n import t

Document = dict[str, Any]
FIELDS = ("path", "status", "kind", "heart_rate", "rr", "start", "seconds", "repairs", "reason")
"""What every outcome says; what does not apply is null."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A file that was read: its outcome so far, what was found and its bytes where they are to be kept, its trace."""

    document: Document
    sha256: str | None = None
    found: Imported | Diary | None = None
    data: bytes | None = None
    trace: Trace | None = None
    known: bool = False


def words(repair: Repair, lang: str) -> str:
    """A repair or a note in words."""
    params = dict(repair.params)
    for name in ("channel", "told"):
        if name in params:
            params[name] = t(f"athletes.repairs.{name}.{params[name]}", lang)
    return t(f"athletes.repairs.{repair.code}", lang, **params)


def _said(repairs: tuple[Repair, ...], lang: str) -> list[dict[str, str]]:
    return [{"code": repair.code, "detail": words(repair, lang)} for repair in repairs]


def refused(path: str, refusal: TouchlineError, lang: str) -> Document:
    """The outcome of a file that is refused."""
    told = refusal.document(lang)
    document: Document = dict.fromkeys(FIELDS)
    return document | {
        "path": path,
        "status": "refused",
        "repairs": [],
        "reason": told["code"],
        "detail": told["detail"],
        "hint": told["hint"],
    }


def document_of(path: str, found: Imported | Diary, lang: str) -> Document:
    """The outcome of a file that was read, as ``touchline import --json`` prints it."""
    document: Document = dict.fromkeys(FIELDS)
    document |= {"path": path, "status": found.status, "repairs": _said(found.repairs, lang)}
    if found.notes:
        document["notes"] = _said(found.notes, lang)
    if isinstance(found, Diary):
        days = [reading.day for reading in found.readings]
        readings = {"count": len(days), "first": min(days).isoformat(), "last": max(days).isoformat()}
        return document | {"kind": found.kind, "readings": readings}
    recording = found.recording
    pulse = recording.heart_rate
    rates = np.zeros(0) if pulse is None else pulse.values[pulse.measured]
    rr = np.zeros(0) if recording.rr_ms is None else recording.rr_ms[~np.isnan(recording.rr_ms)]
    document |= {
        "kind": recording.kind,
        "heart_rate": {"count": int(rates.size), "sum_bpm": float(rates.sum())},
        "rr": {"count": int(rr.size), "sum_s": round(float(rr.sum()) / 1000, 6)},
        "start": None if recording.start is None else recording.start.isoformat(),
        "seconds": recording.duration_s,
        "channels": {one.channel.value: one.count for one in recording.series},
        "laps": len(recording.laps),
    }
    return document


def read_file(
    source: Path | bytes,
    name: str,
    *,
    lang: str = "vi",
    now: datetime | None = None,
    zone: tzinfo | None = None,
    rr_unit: str | None = None,
    keeping: bool = False,
    known: Container[str] = (),
) -> Iterator[Taken]:
    """What one file holds, a refusal included; of a ZIP archive each member. Found values and bytes are handed over
    where they are to be kept. Raises ``BadValue`` for an unknown ``rr_unit``."""
    for part in read_all(source, name, now=now, zone=zone, rr_unit=rr_unit, known=known):
        path = f"{source}{part.name.removeprefix(name)}" if isinstance(source, Path) else part.name
        found = part.found
        if isinstance(found, BadFile):
            yield Taken(refused(path, found, lang))
        elif isinstance(found, Known):
            yield Taken({"path": path}, found.sha256, known=True)
        else:
            trace = trace_of(found.recording) if isinstance(found, Imported) else None
            document = document_of(path, found, lang)
            yield (
                Taken(document, found.sha256, found, part.data, trace)
                if keeping
                else Taken(document, found.sha256, trace=trace)
            )


class Intake:
    """What is done with files one after the other: kept where an ``archive`` is given, for ``athlete_id`` where one is;
    the same bytes and the same session in two recordings are told.

    Raises ``NotFound`` for an athlete who does not exist.
    """

    def __init__(self, archive: Archive | None = None, athlete_id: str | None = None, lang: str = "vi") -> None:
        self.archive, self.athlete_id, self.lang = archive, athlete_id, lang
        self._seen: dict[str, str] = {}
        self._traces = Traces()
        self._starts: dict[str, datetime] = {}
        self._whose: dict[str, str | None] = {}
        self._journal = Journal(archive) if archive is not None else None
        if archive is not None:
            if athlete_id is not None:
                archive.athlete(athlete_id)
            entries = archive.entries()
            self.known = frozenset(entry.id for entry in entries)
            self._whose = {entry.id: entry.athlete_id for entry in entries}
            mine = [entry for entry in entries if entry.athlete_id == athlete_id and entry.start is not None]
            self._starts = {entry.id: entry.start for entry in mine if entry.start is not None}
        else:
            self.known = frozenset[str]()

    def add(self, taken: Taken) -> Document:
        """The outcome of a file that was read, kept where it is to be.

        Raises ``NotAllowed`` where the archive's person may not keep sessions.
        """
        document, path = dict(taken.document), taken.document["path"]
        if taken.known and taken.sha256 is not None:
            return self._again(path, taken.sha256)
        if taken.sha256 is None:
            return document
        if (first := self._seen.setdefault(taken.sha256, path)) != path:
            document["duplicate_of"] = first
        elif taken.trace is not None:
            same = [str(name) for name in self._traces.like(taken.trace)] + self._kept_like(taken)
            if same:
                document["same_session_as"] = same
            self._traces.add(path, taken.trace)
        if self.archive is None or taken.found is None:
            return document
        try:
            if isinstance(taken.found, Diary):
                return document | self._keep_diary(self.archive, taken.found)
            kept = self.archive.keep(taken.found, taken.data, athlete_id=self.athlete_id)
        except (BadFile, NoConsent) as refusal:
            return refused(path, refusal, self.lang)
        if self._journal is not None and not kept.already_there:
            self._journal.note(kept.session_id, document, taken.found.repairs)
        told = {"unconsented": True} if kept.unconsented else {}
        return document | {"session": kept.session_id, "already_there": kept.already_there} | told

    def _keep_diary(self, archive: Archive, diary: Diary) -> Document:
        if self.athlete_id is None:
            raise BadFile("athletes.errors.diary_without_athlete", name=diary.name)
        records = [record for reading in diary.readings for record in reading.records(self.athlete_id, diary.kind)]
        return {"records": len(Records(archive).keep(*records))}

    def _again(self, path: str, sha256: str) -> Document:
        """The outcome of a file that an earlier import kept: as it was told then, or what the session itself says."""
        session_id = sha256[:16]
        told = self._journal.told(session_id) if self._journal is not None else None
        document: Document = dict.fromkeys(FIELDS)
        if told is not None:
            document |= told[0] | {"repairs": _said(told[1], self.lang)}
        elif self.archive is not None:
            session = self.archive.session(session_id)
            document = document_of(path, Imported(session.recording, (), session.name, sha256), self.lang)
        note = _said((Repair("kept_before"), *self._kept_elsewhere(session_id)), self.lang)
        return document | {"path": path, "session": session_id, "already_there": True, "notes": note}

    def _kept_elsewhere(self, session_id: str) -> tuple[Repair, ...]:
        """That a session which was there before is not the athlete's for whom the file was given now."""
        whose = self._whose.get(session_id)
        if self.archive is None or self.athlete_id is None or whose == self.athlete_id:
            return ()
        if whose is None:
            return (Repair("kept_for_nobody"),)
        return (Repair("kept_for_other", {"name": self.archive.athlete(whose).name}),)

    def _kept_like(self, taken: Taken) -> list[str]:
        """Kept sessions of the same athlete that look like the same one."""
        if self.archive is None or taken.trace is None or taken.sha256 is None:
            return []
        found = []
        for session_id, start in self._starts.items():
            if session_id == taken.sha256[:16] or abs(start.timestamp() - taken.trace.start_s) > 600:
                continue
            trace = trace_of(self.archive.session(session_id).recording)
            near = Traces()
            if trace is not None:
                near.add(session_id, trace)
            found += [str(name) for name in near.like(taken.trace)]
        return found


def take_in(
    source: Path | bytes,
    name: str,
    *,
    archive: Archive | None = None,
    athlete_id: str | None = None,
    now: datetime | None = None,
    zone: tzinfo | None = None,
    lang: str = "vi",
) -> list[Document]:
    """The outcomes of reading one file, and of keeping it where an ``archive`` is given. A refusal is an outcome too.

    Raises ``NotFound`` for an athlete who does not exist, ``NotAllowed``.
    """
    intake = Intake(archive, athlete_id, lang)
    parts = read_file(source, name, lang=lang, now=now, zone=zone, keeping=archive is not None)
    return [intake.add(taken) for taken in parts]


def files_in(paths: list[Path]) -> Iterator[Path]:
    """``paths`` with every folder replaced by the files below it, sorted; hidden files are left out.

    Raises ``BadFile`` (``not_readable``) for a folder that cannot be listed.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        try:
            found = sorted(item for item in path.rglob("*") if item.is_file() and not item.name.startswith("."))
        except OSError as fault:
            raise BadFile("athletes.errors.not_readable", name=path, fault=fault.strerror or fault) from fault
        yield from found
