"""A session as a table: CSV and XLSX by ``touchline.sheets`` (no text becomes a formula), Parquet by pyarrow."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

from athletes.exporters.rows import rows_of
from athletes.model import Channel, Session
from touchline import __version__
from touchline.origin import Origin
from touchline.sheets import Kind, Sheet, Value, csv_bytes, xlsx_bytes

HEADINGS = {channel: f"{channel.value.replace('_', ' ')} [{channel.unit}]" for channel in Channel}


def csv(session: Session) -> bytes:
    """The session as CSV in UTF-8 with a mark: a row an instant and a row a beat, a decimal point, unknown is empty.

    A simulated session says so in a line above the headings.
    """
    data = csv_bytes(_sheet(session))
    if session.origin is not Origin.SIMULATED:
        return data
    mark = "\ufeff".encode()
    return mark + b"# simulated by Touchline\r\n" + data.removeprefix(mark)


def xlsx(session: Session) -> bytes:
    """The session as a workbook: the same table, its laps, and what is known of it."""
    return xlsx_bytes([_sheet(session), _laps(session), _about(session)], "Touchline")


def parquet(session: Session) -> bytes:
    """The session as Parquet: the same rows, typed; laps and what is known of it in the metadata ``touchline``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, recording = rows_of(session.recording), session.recording
    columns: dict[str, Any] = {
        "seconds": pa.array([None if row.ms is None else row.ms / 1000 for row in rows], pa.float64())
    }
    if recording.start is not None:
        instants = [_instant(recording.start, row.ms) for row in rows]
        columns["time"] = pa.array(instants, pa.timestamp("ms", "UTC"))
    for one in recording.series:
        columns[one.channel.value] = pa.array([row.values.get(one.channel) for row in rows], pa.float64())
    if recording.rr_ms is not None:
        columns["rr_ms"] = pa.array([row.rr_ms for row in rows], pa.float64())
    if recording.laps:
        columns["lap"] = pa.array([row.lap for row in rows], pa.int32())
    units = {one.channel.value: one.channel.unit for one in recording.series}
    laps = [{"from_s": lap.from_s, "to_s": lap.to_s, "name": lap.name} for lap in recording.laps]
    told = dict(facts(session)) | {"units": units, "laps": laps}
    table = pa.table(columns).replace_schema_metadata({"touchline": json.dumps(told, ensure_ascii=False)})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def facts(session: Session) -> list[tuple[str, Value]]:
    """What is known of a session besides its samples; nobody's name, and not what people called it."""
    recording = session.recording
    return [
        ("session", session.id),
        ("origin", session.origin.value),
        ("start", None if recording.start is None else recording.start.isoformat()),
        ("seconds", recording.duration_s),
        ("sport", recording.sport),
        ("device", recording.device),
        ("form", recording.kind),
        ("sha256", session.sha256),
        ("written_by", f"Touchline {__version__}"),
    ]


def _instant(start: datetime, ms: int | None) -> datetime | None:
    return None if ms is None else start + timedelta(milliseconds=ms)


def _sheet(session: Session) -> Sheet:
    recording = session.recording
    channels = [one.channel for one in recording.series]
    headings = [*(["time"] if recording.start is not None else []), "seconds"]
    kinds: list[Kind] = [*(["text"] if recording.start is not None else []), "seconds"]  # type: ignore[list-item]
    headings += [HEADINGS[channel] for channel in channels]
    kinds += ["number"] * len(channels)
    if recording.rr_ms is not None:
        headings.append("rr [ms]")
        kinds.append("number")
    if recording.laps:
        headings.append("lap")
        kinds.append("text")
    rows: list[list[Value]] = []
    for row in rows_of(recording):
        cells: list[Value] = []
        if recording.start is not None:
            at = _instant(recording.start, row.ms)
            cells.append(None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        cells.append(None if row.ms is None else row.ms / 1000)
        cells += [row.values.get(channel) for channel in channels]
        if recording.rr_ms is not None:
            cells.append(row.rr_ms)
        if recording.laps:
            cells.append(None if row.lap is None else recording.laps[row.lap - 1].name or str(row.lap))
        rows.append(cells)
    return Sheet("session", headings, kinds, [max(12, len(heading) + 2) for heading in headings], rows)


def _laps(session: Session) -> Sheet:
    rows: list[list[Value]] = [
        [number, lap.from_s, lap.to_s, lap.name or None] for number, lap in enumerate(session.recording.laps, 1)
    ]
    kinds: list[Kind] = ["whole", "seconds", "seconds", "text"]
    return Sheet("laps", ["number", "from [s]", "to [s]", "name"], kinds, [10, 12, 12, 30], rows)


def _about(session: Session) -> Sheet:
    rows: list[list[Value]] = [[name, None if value is None else str(value)] for name, value in facts(session)]
    return Sheet("about", ["what", "value"], ["text", "text"], [16, 70], rows)
