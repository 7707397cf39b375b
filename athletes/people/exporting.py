"""Everything that is held of one person, in one ZIP of open formats: JSON, CSV, the original files, and pages to
read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.kinematics.analysis_file import read_analysis
from athletes.model import Athlete, Session
from athletes.motion.found import PointsSeal, tracks_path
from athletes.motion.model import Result, Trial
from athletes.motion.trials import Trials
from athletes.people.consent import Consents
from athletes.record_store import Records
from athletes.records import Record
from touchline import __version__
from touchline.access import Act, lines_of
from touchline.errors import BadValue, NotFound
from touchline.files import replacing
from touchline.i18n import LANGUAGES, clock, number, t
from touchline.personal import personals
from touchline.rights import Action, require
from touchline.sheets import is_formula
from touchline.store import utc_now


@dataclass(frozen=True, slots=True)
class Exported:
    """Where everything of an athlete was written, and how much of it there is."""

    path: Path
    athlete_id: str
    files: int
    sessions: int
    records: int

    def document(self) -> dict[str, Any]:
        """The answer as a JSON-ready document (schema ``athlete_export``)."""
        return {
            "status": "ok",
            "id": self.athlete_id,
            "path": str(self.path),
            "files": self.files,
            "sessions": self.sessions,
            "records": self.records,
        }


def export_person(archive: Archive, athlete_id: str, path: Path) -> Exported:
    """Write everything that is held of an athlete to a new ZIP file that its owner alone can read.

    It is not encrypted: it is for the person. Raises ``NotFound``, ``BadValue`` where ``path`` is there already,
    ``NotAllowed``, ``OSError``.
    """
    require(archive.person, Action.KEEP_TRAINING)
    archive.known(athlete_id)
    if path.exists():
        raise BadValue("athletes.errors.export_there", path=path)
    archive.note([athlete_id], Act.EXPORTED)
    count = 0
    with replacing(path, private=True) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bag:
        for name, data in files_of(archive, athlete_id):
            bag.writestr(name, data)
            count += 1
    return Exported(
        path, athlete_id, count, len(_ids(archive, "session", athlete_id)), len(_records(archive, athlete_id))
    )


def _ids(archive: Archive, table: str, athlete_id: str) -> list[str]:
    """Identifiers of an athlete's rows, those that were taken off the lists included: they are held too."""
    return [row["id"] for row in archive.store.rows(f"SELECT id FROM {table} WHERE athlete_id = ?", (athlete_id,))]


def _records(archive: Archive, athlete_id: str) -> list[Record]:
    found = [Records(archive).record(one) for one in _ids(archive, "athlete_record", athlete_id)]
    return sorted(found, key=lambda record: (record.day, record.made_utc))


def bytes_of_person(archive: Archive, athlete_id: str) -> bytes:
    """The same ZIP in memory, for a page to hand out. Raises as ``export_person``."""
    require(archive.person, Action.KEEP_TRAINING)
    archive.note([athlete_id], Act.EXPORTED)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bag:
        for name, data in files_of(archive, athlete_id):
            bag.writestr(name, data)
    return out.getvalue()


MOST_IN_MEMORY_BYTES = 256 << 20
"""A recording that is longer is named and lies where it lies: it is copied by hand."""


def _trials(archive: Archive, athlete_id: str) -> Iterator[tuple[str, bytes]]:
    """What was filmed of an athlete: each trial with its recordings and what was measured."""
    trials = Trials(archive)
    for row in archive.store.rows("SELECT id FROM trial WHERE athlete_id = ?", (athlete_id,)):
        trial = trials.held(row["id"])
        folder, left = trials.folder(trial.id), []
        for one in trial.shots:
            path = folder / one.shot.file
            if path.is_file() and path.stat().st_size <= MOST_IN_MEMORY_BYTES:
                yield f"trials/{trial.id}/{one.shot.file}", path.read_bytes()
            else:
                left.append(one.shot.file)
        yield f"trials/{trial.id}/trial.json", _json(trial.document() | {"left_out": left})
        for camera_id, kind, data in trials.held_results(trial.id):
            name = f"trials/{trial.id}/{kind.value}{camera_id and '-' + camera_id}"
            if kind is Result.ANALYSIS:
                yield f"{name}.json", _json(read_analysis(data).document())
            yield f"{name}.{'json' if kind is Result.READING else 'npz'}", data  # npz: curves and points, row by row
        yield from _found(trials, trial)


def _found(trials: Trials, trial: Trial) -> Iterator[tuple[str, bytes]]:
    """The body points that were found in a trial's recordings."""
    for one in trial.shots:
        path = tracks_path(trials, trial.id, one.shot.camera_id)
        if path.is_file():
            points = PointsSeal(trials.archive, trial.id, one.shot.camera_id).open(path.read_bytes())
            yield f"trials/{trial.id}/points-{one.shot.camera_id}.npz", points


def files_of(archive: Archive, athlete_id: str) -> Iterator[tuple[str, bytes]]:
    """The files of an export: path in it, and content."""
    athlete = archive.athlete(athlete_id)
    sessions = [archive.session(one, also_deleted=True) for one in _ids(archive, "session", athlete_id)]
    records, consents = _records(archive, athlete_id), Consents(archive).of(athlete_id)
    accesses = lines_of(archive.store, athlete_id)
    for lang in LANGUAGES:
        yield f"{'TOM-TAT' if lang == 'vi' else 'SUMMARY'}.txt", _summary(athlete, sessions, len(records), lang)
    yield "person.json", _json(_person(athlete))
    yield "consents.json", _json([line.document() for line in consents])
    yield from _trials(archive, athlete_id)
    told = [
        {
            "kind": record.kind.value,
            "day": record.day.isoformat(),
            "until": None if record.until is None else record.until.isoformat(),
            "values": dict(record.values),
            "what": record.what,
            "text": record.text,
            "session": record.session_id,
            "origin": record.origin.value,
            "source": record.source,
            "entered_by": record.by,
            "entered_utc": record.made_utc,
        }
        for record in records
    ]
    yield "records.json", _json(told)
    names = sorted({name for record in records for name in record.values})
    rows = (
        [
            record.day.isoformat(),
            record.kind.value,
            record.what,
            record.text,
            *(record.values.get(name) for name in names),
        ]
        for record in records
    )
    yield "records.csv", _csv(["day", "kind", "what", "text", *names], rows)
    lines = ([line.at_utc, line.act.value, line.account] for line in accesses)
    yield "access.csv", _csv(["at_utc", "act", "account"], lines)
    for session in sessions:
        yield from _session(archive, session)
    for personal in personals():
        yield from personal.held(archive.home, athlete_id)


def _person(athlete: Athlete) -> dict[str, Any]:
    return {
        "program": f"touchline {__version__}",
        "made_utc": utc_now(),
        "id": athlete.id,
        "name": athlete.name,
        "sex": athlete.sex,
        "birth_year": athlete.birth_year,
        "birth_date": None if athlete.birth_date is None else athlete.birth_date.isoformat(),
        "squad": athlete.group,
        "zone_settings": [
            {
                "valid_from": None if one.valid_from is None else one.valid_from.isoformat(),
                "sport": one.sport,
                "method": one.method.value,
                "hr_max_bpm": one.hr_max_bpm,
                "hr_rest_bpm": one.hr_rest_bpm,
                "threshold_bpm": one.threshold_bpm,
                "vt1_bpm": one.vt1_bpm,
                "vt2_bpm": one.vt2_bpm,
                "own_bpm": list(one.own_bpm),
                "ftp_w": one.ftp_w,
            }
            for one in athlete.zone_settings
        ],
    }


def _session(archive: Archive, session: Session) -> Iterator[tuple[str, bytes]]:
    recording, folder = session.recording, f"sessions/{session.id}"
    yield (
        f"{folder}/session.json",
        _json(
            {
                "id": session.id,
                "name": session.name,
                "file_name": session.file_name,
                "sha256": session.sha256,
                "origin": session.origin.value,
                "kind": recording.kind,
                "start": None if recording.start is None else recording.start.isoformat(),
                "sport": recording.sport,
                "device": recording.device,
                "duration_s": recording.duration_s,
                "laps": [{"from_s": lap.from_s, "to_s": lap.to_s, "name": lap.name} for lap in recording.laps],
                "units": {one.channel.value: one.channel.unit for one in recording.series},
                "imported_utc": session.imported_at,
            }
        ),
    )
    for one in recording.series:
        yield (
            f"{folder}/{one.channel.value}.csv",
            _csv(["seconds", one.channel.value], zip(one.seconds.tolist(), one.values.tolist(), strict=True)),
        )
    if recording.rr_ms is not None:
        ends = [None] * recording.rr_ms.size if recording.rr_end_s is None else recording.rr_end_s.tolist()
        yield f"{folder}/rr.csv", _csv(["rr_ms", "ends_s"], zip(recording.rr_ms.tolist(), ends, strict=True))
    try:
        yield f"{folder}/original.{recording.kind}", archive.source_bytes(session.id)
    except NotFound:  # recorded or simulated: there never was a file
        return


def _summary(athlete: Athlete, sessions: Sequence[Session], records: int, lang: str) -> bytes:
    def said(key: str, **more: Any) -> str:
        return t(f"athletes.people.summary.{key}", lang, **more)

    born = athlete.birth_date.isoformat() if athlete.birth_date else str(athlete.birth_year or "–")
    lines = [
        said("title", name=athlete.name),
        "",
        said("what", id=athlete.id, made=utc_now()[:16].replace("T", " ")),
        said("person", name=athlete.name, born=born, squad=athlete.group or "–"),
        said("counts", sessions=number(len(sessions), lang), records=number(records, lang)),
        "",
        said("files"),
        "",
    ]
    for session in sessions:
        recording = session.recording
        start = "–" if recording.start is None else recording.start.isoformat(timespec="minutes")
        lines.append(f"{start}  {clock(recording.duration_s, lang, 0)}  {session.name}  ({session.id})")
    return "\r\n".join([*lines, "", said("rights")]).encode("utf-8-sig")


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV file (UTF-8 with mark, commas, points); unknown is empty, and no text becomes a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value
