"""``read``: a training file of any known format, recognised by what is in it, not by its name."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from athletes.importers import csv_file, diaries, fit, gpx, intervals, packages, table, tcx, vendors, xlsx
from athletes.importers.common import MAX_BYTES, Diary, Found, Imported, Repair
from athletes.importers.xml_stream import looks_like_xml, root_name
from touchline.errors import BadFile

MB = 2**20
KINDS = ("fit", "tcx", "gpx", "csv", "xlsx", "rr", "nn", "polar_flow", "polar_sensor_logger")
"""What sessions come in; ``DIARIES`` what diaries come in."""
DIARIES = ("hrv4training", "elite_hrv", "diary")


@dataclass(frozen=True, slots=True)
class Manner:
    """How files are read: ``zone`` for clock times that name none (without it such a file's start is unknown), ``now``
    to tell impossible dates, ``rr_unit`` where the person knows the unit of intervals (``intervals.UNITS``)."""

    now: datetime
    zone: tzinfo | None = None
    rr_unit: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A file that is not read again, because its digest was among those that the caller knows."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """One of the files that a file holds: what it is called, its bytes where they could be read, what it came to."""

    name: str
    data: bytes | None
    found: Imported | Diary | Known | BadFile


def read(
    source: Path | bytes,
    name: str | None = None,
    *,
    now: datetime | None = None,
    zone: tzinfo | None = None,
    rr_unit: str | None = None,
) -> Imported | Diary:
    """The training file ``source``, a path or its bytes; ``name`` is what people call it.

    Raises ``BadFile`` with a code that says why the file is refused: ``not_readable``, ``too_large``, ``empty``,
    ``not_a_training_file``, ``not_on_first_sheet``, ``not_an_activity``, ``no_samples``, ``nothing_measured``,
    ``damaged``, ``unsafe_xml``, ``several_files`` (a ZIP: ``read_all``), ``list_of_sessions``, ``list_of_laps``, for
    tables ``too_many_lines``, ``no_time_column``, ``bad_lines``, ``interval_unit_unknown``, for diaries
    ``several_people``, ``no_readings``; ``BadValue`` for an unknown ``rr_unit``.
    """
    intervals.check_unit(rr_unit)
    name = name or (source.name if isinstance(source, Path) else "?")
    return _known(bytes_of(source, name), name, Manner(now or datetime.now(UTC), zone, rr_unit))


def read_recording(
    source: Path | bytes,
    name: str | None = None,
    *,
    now: datetime | None = None,
    zone: tzinfo | None = None,
    rr_unit: str | None = None,
) -> Imported:
    """As ``read``, for who needs a recording. Raises ``BadFile`` (``not_a_session``) for a diary."""
    found = read(source, name, now=now, zone=zone, rr_unit=rr_unit)
    if isinstance(found, Diary):
        raise BadFile("athletes.errors.not_a_session", name=found.name)
    return found


def read_all(
    source: Path | bytes,
    name: str | None = None,
    *,
    now: datetime | None = None,
    zone: tzinfo | None = None,
    rr_unit: str | None = None,
    known: Container[str] = (),
) -> Iterator[Part]:
    """All that ``source`` holds: the members of a ZIP archive as ``name/member``, else the file itself. A refusal is a
    part too; what begins its SHA-256 with one of the sixteen digits in ``known`` is not read.

    Raises ``BadValue`` for an unknown ``rr_unit``.
    """
    intervals.check_unit(rr_unit)
    name = name or (source.name if isinstance(source, Path) else "?")
    manner = Manner(now or datetime.now(UTC), zone, rr_unit)
    data: bytes | None = None
    try:
        if _is_archive(source, name):
            for member in packages.members(source, name):
                yield _part(member.data, f"{name}/{member.name}", manner, known)
            return
        data = bytes_of(source, name)
    except BadFile as refusal:
        yield Part(name, data, refusal)
        return
    yield _part(data, name, manner, known)


def _part(data: bytes | BadFile, name: str, manner: Manner, known: Container[str]) -> Part:
    if isinstance(data, BadFile):
        return Part(name, None, data)
    if known != () and (digest := hashlib.sha256(data).hexdigest())[:16] in known:
        return Part(name, data, Known(digest))
    try:
        return Part(name, data, _known(data, name, manner))
    except BadFile as refusal:
        return Part(name, data, refusal)


def _is_archive(source: Path | bytes, name: str) -> bool:
    """Whether ``source`` is a ZIP archive and no workbook, by its first bytes and its table."""
    try:
        if isinstance(source, bytes):
            return packages.is_zip(source[:4]) and not packages.is_workbook(source)
        if not source.is_file():  # what a pipe gives can be read once
            return False
        with source.open("rb") as stream:
            return packages.is_zip(stream.read(4)) and not packages.is_workbook(source)
    except OSError as fault:
        raise BadFile("athletes.errors.not_readable", name=name, fault=fault.strerror or fault) from fault


def _known(data: bytes, name: str, manner: Manner) -> Imported | Diary:
    digest = hashlib.sha256(data).hexdigest()
    if packages.is_gzip(data):
        data = packages.gunzipped(data, name)
    if not data.strip(b"\x00 \t\r\n"):
        raise BadFile("athletes.errors.empty", name=name)
    if fit.is_fit(data):
        found: Found | Diary = fit.read(data, now=manner.now)
    elif looks_like_xml(data):
        found = _xml(data, name, manner)
    elif packages.is_zip(data):
        if not packages.is_workbook(data):
            raise BadFile("athletes.errors.several_files", name=name)
        found = _workbook(data, name, manner)
    elif data[:8] == xlsx.OLD_EXCEL:
        raise BadFile("athletes.errors.old_excel", name=name)
    elif intervals.is_npy(data):
        found = intervals.read_npy(data, name, now=manner.now, zone=manner.zone, unit=manner.rr_unit)
    elif (text := csv_file.text_of(data)) is not None:
        found = _text(text, name, manner)
    else:
        raise BadFile("athletes.errors.not_a_training_file", name=name)
    if isinstance(found, Diary):
        return Diary(found.kind, found.readings, found.repairs, name, digest, found.notes)
    return Imported(found.recording, tuple(found.repairs), name, digest, tuple(found.notes))


def _workbook(data: bytes, name: str, manner: Manner) -> Found | Diary:
    rows, others = xlsx.rows_of(data, name)
    named = ", ".join(others)[:200]
    if others and diaries.diary_kind(rows) is None and not table.has_header(rows):
        raise BadFile("athletes.errors.not_on_first_sheet", name=name, sheets=named)
    found = _rows(rows, "xlsx", name, manner, comma=False)
    if not others:
        return found
    note = Repair("other_sheets", {"sheets": named})
    if isinstance(found, Diary):
        return replace(found, notes=(*found.notes, note))
    return replace(found, notes=[*found.notes, note])


def _xml(data: bytes, name: str, manner: Manner) -> Found:
    root = root_name(data)
    if root == "TrainingCenterDatabase":
        return tcx.read(data, now=manner.now)
    if root == "gpx":
        return gpx.read(data, now=manner.now)
    raise BadFile("athletes.errors.not_a_training_file", name=name)


def _text(text: str, name: str, manner: Manner) -> Found | Diary:
    top = "\n".join(text.splitlines()[: table.HEADER_WITHIN])
    for delimiter in csv_file.DELIMITERS:
        first = csv_file.split(top, delimiter)
        if diaries.diary_kind(first) is not None or vendors.is_list(first) or table.has_header(first, least=2):
            csv_file.check_length(text, name)
            return _rows(csv_file.split(text, delimiter), "csv", name, manner, comma=delimiter == ",")
    if intervals.looks_like_intervals(text):
        return intervals.read(text, name, now=manner.now, zone=manner.zone, unit=manner.rr_unit)
    for delimiter in csv_file.DELIMITERS:
        if table.has_header(csv_file.split(top, delimiter)):
            csv_file.check_length(text, name)
            return _rows(csv_file.split(text, delimiter), "csv", name, manner, comma=delimiter == ",")
    raise BadFile("athletes.errors.not_a_training_file", name=name)


def _rows(rows: list[list[str]], kind: str, name: str, manner: Manner, *, comma: bool) -> Found | Diary:
    vendors.refuse_list(rows)
    if diaries.diary_kind(rows) is not None:
        return _diary(rows, manner, comma=comma)
    if not table.has_header(rows):
        raise BadFile("athletes.errors.not_a_training_file", name=name)
    told = vendors.preamble_of(rows, manner.zone) or vendors.Preamble(kind)
    found = table.read_rows(
        rows,
        kind=told.kind if kind == "csv" else kind,
        now=manner.now,
        zone=manner.zone,
        divided_by_comma=comma,
        start=told.start,
        sport=told.sport,
        device=told.device,
        rr_unit=manner.rr_unit,
    )
    said = [Repair("zone_unknown")] if told.zone_missing else []
    if told.start is not None:
        said.append(Repair("zone_assumed", {"zone": str(manner.zone)}))
    return Found(found.recording, [*said, *found.repairs], found.notes)


def _diary(rows: list[list[str]], manner: Manner, *, comma: bool) -> Diary:
    readings, repairs, notes = diaries.read(rows, zone=manner.zone, now=manner.now, comma=comma)
    kind = diaries.diary_kind(rows) or "diary"
    return Diary(kind, tuple(readings), tuple(repairs), "", "", tuple(notes))


def bytes_of(source: Path | bytes, name: str) -> bytes:
    """The content of ``source``. Raises ``BadFile``: ``not_readable``, ``too_large``."""
    if isinstance(source, bytes):
        data = source
    else:
        try:
            size = source.stat().st_size
            if size > MAX_BYTES:  # said before a byte is read: a file of 2 GB costs nothing
                raise BadFile("athletes.errors.too_large", name=name, mb=size // MB, limit_mb=MAX_BYTES // MB)
            with source.open("rb") as stream:  # a device or a pipe has no size, and may have no end
                data = stream.read(MAX_BYTES + 1)
        except OSError as fault:
            if isinstance(fault, BadFile):
                raise
            raise BadFile("athletes.errors.not_readable", name=name, fault=fault.strerror or fault) from fault
    if len(data) > MAX_BYTES:
        raise BadFile("athletes.errors.too_large", name=name, mb=len(data) // MB, limit_mb=MAX_BYTES // MB)
    return data
