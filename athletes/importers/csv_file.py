"""Tables as text: delimiter, decimal comma, header and kind of time are found from the content.

The header is the first line that names both a time and a heart rate; what stands above it is a preamble. Times may be
seconds, ``[h:]mm:ss[.fff]`` from the start, or dates.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, tzinfo

from athletes.importers.common import Repair, Samples, to_recording
from athletes.importers.csv_time import EPOCH, Clock, clock_of
from athletes.importers.xml_stream import milliseconds
from athletes.model import Channel, Recording
from touchline.errors import BadFile

HEADER_WITHIN = 40
MAX_BAD_SHARE = 0.2
SHOWN_FAULTS = 12
DELIMITERS = (";", "\t", ",", "|")
NOTHING = {"", "-", "--", "null", "none", "nan", "na", "n/a"}

TIME_NAMES = {
    "time", "timestamp", "datetime", "date time", "date", "seconds", "second", "secs", "sec", "s", "t", "elapsed",
    "elapsed time", "time s", "moving time", "thoi gian", "thoi diem", "giay", "gio", "ngay",
}  # fmt: skip
NAMES = {
    Channel.HEART_RATE: {
        "hr",
        "heart rate",
        "heartrate",
        "bpm",
        "pulse",
        "hr bpm",
        "heart rate bpm",
        "nhip tim",
        "nhip",
    },
    Channel.SPEED: {"speed", "velocity", "toc do", "van toc"},
    Channel.POWER: {"power", "watts", "watt", "power w", "cong suat"},
    Channel.CADENCE: {"cadence", "cad", "nhip buoc", "guong chan"},
    Channel.ALTITUDE: {"altitude", "elevation", "ele", "do cao"},
}
DATE_NAMES = {"date", "ngay"}
"""A column of days: the time column where there is no other, for beside one it would put all samples at midnight."""

TIME_UNITS = {"ms": 1, "msec": 1, "milliseconds": 1, "s": 1000, "sec": 1000, "seconds": 1000, "min": 60_000,
              "minutes": 60_000, "h": 3_600_000, "hours": 3_600_000}  # fmt: skip
"""Milliseconds of the units that a time column may name in brackets; plain numbers without a unit are seconds."""

TO_MPS = {"m/s": 1.0, "mps": 1.0, "km/h": 1 / 3.6, "kmh": 1 / 3.6, "kph": 1 / 3.6}


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table begins and which column holds what."""

    line: int
    time: int
    columns: dict[Channel, int]
    speed_factor: float | None
    tick_ms: int = 1000


def text_of(data: bytes) -> str | None:
    """``data`` as text; None where it is not text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codings = ["utf-16"]
    elif b"\x00" in data:
        return None
    else:
        codings = ["utf-8-sig", "cp1258"]
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        strange = sum(not (sign.isprintable() or sign.isspace()) for sign in text[:4096])
        return text if strange <= len(text[:4096]) // 100 else None
    return None


def read(text: str, *, now: datetime, zone: tzinfo | None) -> tuple[Recording, list[Repair]]:
    """The recording in a table and what was repaired; lines that cannot be read are named in one repair.

    Raises ``BadFile``: ``not_a_training_file`` (no table), ``no_time_column``, ``no_heart_rate``, ``bad_lines`` (more
    than one line in five cannot be read; the faults are named), ``no_samples``.
    """
    delimiter, rows = _table(text)
    header = _header(rows)
    body = [
        (number, row) for number, row in enumerate(rows[header.line + 1 :], header.line + 2) if any(map(str.strip, row))
    ]
    stamps = [row[header.time].strip() for _, row in body if header.time < len(row)]
    clock = clock_of(stamps, zone=zone, comma=delimiter != ",", tick_ms=header.tick_ms)
    samples, faults = _samples(body, header, clock, comma=delimiter != ",")
    repairs: list[Repair] = []
    if faults:
        shown = "; ".join(faults[:SHOWN_FAULTS]) + ("; …" if len(faults) > SHOWN_FAULTS else "")
        if len(faults) > MAX_BAD_SHARE * len(body):
            raise BadFile("athletes.errors.bad_lines", count=len(faults), total=len(body), faults=shown)
        repairs.append(Repair("bad_lines", {"count": len(faults), "faults": shown}))
    if clock.zone_assumed:
        repairs.append(Repair("zone_assumed" if zone else "zone_unknown", {"zone": str(zone)} if zone else {}))
    if Channel.SPEED in header.columns and header.speed_factor is None:
        repairs.append(Repair("speed_unit_unknown"))
    recording, mended = to_recording(samples, kind="csv", epoch=EPOCH if clock.dated else None, now=now)
    return recording, repairs + mended


def _table(text: str) -> tuple[str, list[list[str]]]:
    """The delimiter under which a header is found, and all rows."""
    lines = text.splitlines()
    for delimiter in DELIMITERS:
        rows = _rows(lines[:HEADER_WITHIN], delimiter)
        if any(_named(row, set().union(*NAMES.values(), TIME_NAMES)) >= 2 for row in rows):
            return delimiter, _rows(lines, delimiter)
    raise BadFile("athletes.errors.not_a_training_file")


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as fault:
        raise BadFile("athletes.errors.damaged", kind="CSV", fault=fault) from fault


def _plain(cell: str) -> str:
    """A header cell without accents, units in brackets, underscores and capitals."""
    text = unicodedata.normalize("NFD", cell.strip().lower().replace("đ", "d"))
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return re.sub(r"[\s_]+", " ", re.sub(r"[(\[].*?[)\]]", " ", text)).strip(" .:*")


def _named(row: list[str], names: set[str]) -> int:
    return sum(_plain(cell) in names for cell in row)


def _header(rows: list[list[str]]) -> Header:
    time_seen = False
    for line, row in enumerate(rows[:HEADER_WITHIN]):
        plain = [_plain(cell) for cell in row]
        columns = {
            channel: plain.index(next(name for name in plain if name in names))
            for channel, names in NAMES.items()
            if any(name in names for name in plain)
        }
        times = [index for index, name in enumerate(plain) if name in TIME_NAMES]
        time = next((index for index in times if plain[index] not in DATE_NAMES), times[0] if times else None)
        time_seen |= time is not None
        if time is not None and Channel.HEART_RATE in columns:
            cell = row[columns[Channel.SPEED]].lower() if Channel.SPEED in columns else ""
            factor = next((factor for unit, factor in TO_MPS.items() if unit in cell), None)
            unit = re.search(r"[(\[]\s*([a-z]+)\s*[)\]]", row[time].lower())
            return Header(line, time, columns, factor, TIME_UNITS.get(unit[1], 1000) if unit else 1000)
    if time_seen:
        raise BadFile("athletes.errors.no_heart_rate", kind="CSV", samples=max(len(rows) - 1, 0))
    raise BadFile("athletes.errors.no_time_column")


def _cell(text: str, *, comma: bool) -> float | None:
    """The number in a cell, None where it says that there is none. Raises ``ValueError`` for anything else."""
    text = text.strip()
    if text.lower() in NOTHING:
        return None
    return float(text.replace(",", ".") if comma else text)


def _samples(
    body: list[tuple[int, list[str]]], header: Header, clock: Clock, *, comma: bool
) -> tuple[Samples, list[str]]:
    """The samples, and each faulty line as ``line: cell``. A line without a value is a sample without a value."""
    samples, faults = Samples(), []
    for number, row in body:
        if header.time >= len(row) or (at := clock.read(row[header.time].strip())) is None:
            faults.append(f"{number}: {row[header.time].strip()[:30] if header.time < len(row) else '…'!r}")
            continue
        values: dict[Channel, float] = {}
        wrong: list[str] = []
        for channel, column in header.columns.items():
            factor = header.speed_factor if channel is Channel.SPEED else 1.0
            try:
                value = _cell(row[column], comma=comma) if column < len(row) else None
            except ValueError:
                wrong.append(row[column].strip()[:30])
                continue
            if value is not None and factor is not None:
                values[channel] = value * factor
        if wrong:
            faults.append(f"{number}: {', '.join(map(repr, wrong))}")
        samples.add(milliseconds(at, EPOCH) if isinstance(at, datetime) else at, values)
    return samples, faults
