"""Tables of samples, whatever file they came in: what each column holds is found from the headings.

The header is the first line that names a time and something measured, or RR intervals; what stands above it is a
preamble. Times may be seconds, ``[h:]mm:ss[.fff]`` from the start, or dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from math import nan

import numpy as np

from athletes.importers.beat_times import BeatMessage, timed
from athletes.importers.common import Found, Repair
from athletes.importers.csv_time import EPOCH, Clock, clock_of
from athletes.importers.intervals import MAX_BAD_SHARE, SHOWN_FAULTS, unit_of, unit_said
from athletes.importers.numbers import Style, number_of, style_of
from athletes.importers.samples import Beats, LapMark, Samples, to_recording
from athletes.importers.units import FACTORS, INTERVAL_MS, NAMELESS, TIME_MS, plain, unit_in
from athletes.importers.xml_stream import milliseconds
from athletes.model import Channel
from touchline.errors import BadFile

HEADER_WITHIN = 40
Rows = Sequence[Sequence[str]]

TIME_NAMES = {
    "time", "timestamp", "datetime", "date time", "date", "seconds", "second", "secs", "sec", "s", "t", "elapsed",
    "elapsed time", "time s", "moving time", "phone timestamp", "phone data rx timestamp", "thoi gian", "thoi diem",
    "giay", "gio", "ngay",
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
    Channel.DISTANCE: {"distance", "distances", "quang duong", "cu ly"},
    Channel.LATITUDE: {"latitude", "lat", "vi do"},
    Channel.LONGITUDE: {"longitude", "lon", "lng", "long", "kinh do"},
}
RR_NAMES = {"rr", "rr interval", "rr intervals", "rr ms", "rri", "nn", "nn interval", "nn intervals", "nni", "ibi",
            "pp interval", "khoang rr"}  # fmt: skip
LAP_NAMES = {"lap", "vong", "hiep"}
DATE_NAMES = {"date", "ngay"}
"""A column of days: the time column where there is no other, for beside one it would put all samples at midnight."""

ALL_NAMES = set[str]().union(*NAMES.values(), TIME_NAMES, RR_NAMES)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table begins and which column holds what. ``tick_ms`` is what one of plain numbers of time counts."""

    line: int
    time: int | None
    columns: dict[Channel, int]
    units: dict[Channel, str | None]
    rr: int | None = None
    rr_words: str = ""
    lap: int | None = None
    tick_ms: float = 1000.0


@dataclass(slots=True)
class _Gathered:
    samples: Samples = field(default_factory=Samples)
    rr: list[tuple[float, int | None]] = field(default_factory=list)
    laps: list[tuple[str, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    units: dict[Channel, set[str]] = field(default_factory=dict)
    rr_units: set[str] = field(default_factory=set)
    rr_unread: int = 0
    """NaN among ``rr``, each named in ``faults``."""


def has_header(rows: Rows, least: int = 1) -> bool:
    """True where one of the first lines names two things that tables of samples hold, or RR intervals among ``least``
    columns."""
    return any(
        sum(name in ALL_NAMES for name in names) >= 2 or (len(row) >= least and any(name in RR_NAMES for name in names))
        for row in rows[:HEADER_WITHIN]
        for names in [[plain(cell) for cell in row]]
    )


def header_of(rows: Rows) -> Header:
    """The header of a table. Raises ``BadFile``: ``nothing_measured``, ``no_time_column``."""
    time_seen = False
    for line, row in enumerate(rows[:HEADER_WITHIN]):
        names = [plain(cell) for cell in row]
        columns = {
            channel: names.index(next(name for name in names if name in known))
            for channel, known in NAMES.items()
            if any(name in known for name in names)
        }
        times = [index for index, name in enumerate(names) if name in TIME_NAMES]
        time = next((index for index in times if names[index] not in DATE_NAMES), times[0] if times else None)
        rr = next((index for index, name in enumerate(names) if name in RR_NAMES), None)
        time_seen |= time is not None
        if rr is None and (time is None or not columns):
            continue
        if rr is not None and time is None and columns:
            columns = {}  # without a time only the order of the beats is known
        unit = None if time is None else unit_in(row[time])
        return Header(
            line,
            time,
            columns,
            {channel: unit_in(row[column]) for channel, column in columns.items()},
            rr,
            "" if rr is None else row[rr],
            next((index for index, name in enumerate(names) if name in LAP_NAMES), None),
            TIME_MS.get(unit or "", 1000.0),
        )
    if time_seen:
        raise BadFile("athletes.errors.nothing_measured", kind="CSV", samples=max(len(rows) - 1, 0))
    raise BadFile("athletes.errors.no_time_column")


def read_rows(
    rows: Rows,
    *,
    kind: str,
    now: datetime,
    zone: tzinfo | None,
    divided_by_comma: bool = False,
    start: datetime | None = None,
    sport: str | None = None,
    device: str | None = None,
    rr_unit: str | None = None,
) -> Found:
    """The recording in a table and what was repaired; lines that cannot be read are named in one repair.

    ``start`` is when the session began where a preamble said so: times that name no date count from it.

    Raises ``BadFile``: ``no_time_column``, ``nothing_measured``, ``bad_lines`` (more than one line in five cannot be
    read; the faults are named), ``no_samples``, ``interval_unit_unknown``.
    """
    header = header_of(rows)
    body = [
        (number, row) for number, row in enumerate(rows[header.line + 1 :], header.line + 2) if any(map(str.strip, row))
    ]
    measured = [*header.columns.values(), *([] if header.rr is None else [header.rr])]
    cells = (row[column] for _, row in body for column in measured if column < len(row))
    style = style_of(cells, divided_by_comma=divided_by_comma)
    comma = not divided_by_comma or style in (Style.COMMA, Style.MIXED)
    stamps = [] if header.time is None else [row[header.time].strip() for _, row in body if header.time < len(row)]
    clock = clock_of(stamps, zone=zone, comma=comma, tick_ms=header.tick_ms)
    got = _gather(body, header, clock, style)
    repairs: list[Repair] = []
    notes: list[Repair] = []
    if got.faults:
        shown = "; ".join(got.faults[:SHOWN_FAULTS]) + ("; …" if len(got.faults) > SHOWN_FAULTS else "")
        if len(got.faults) > MAX_BAD_SHARE * len(body):
            raise BadFile("athletes.errors.bad_lines", count=len(got.faults), total=len(body), faults=shown)
        repairs.append(Repair("bad_lines", {"count": len(got.faults), "faults": shown}))
    if clock.zone_assumed:
        repairs.append(Repair("zone_assumed" if zone else "zone_unknown", {"zone": str(zone)} if zone else {}))
    if clock.midnights:
        notes.append(Repair("over_midnight"))
    if clock.day_first:
        notes.append(Repair("day_first"))
    repairs += [
        Repair(f"{channel.value}_unit_unknown")
        for channel in (Channel.SPEED, Channel.DISTANCE)
        if channel in header.columns and header.units[channel] is None and not got.units.get(channel)
    ]
    for channel, units in got.units.items():
        if len(units | ({header.units[channel] or ""} - {""})) > 1:
            notes.append(Repair("mixed_units", {"channel": channel.value, "units": ", ".join(sorted(units))}))
    epoch = EPOCH if clock.dated else start
    beats = _beats(got, header, rr_unit, notes)
    recording, mended = to_recording(
        got.samples if header.columns else Samples(),
        kind=kind,
        epoch=epoch,
        now=now,
        sport=sport,
        device=device,
        beats=beats,
        laps=_laps(got.laps),
    )
    return Found(recording, repairs + mended, notes)


def _gather(body: list[tuple[int, Sequence[str]]], header: Header, clock: Clock, style: Style) -> _Gathered:
    """The samples, and each faulty line as ``line: cell``. A line without a value is a sample without a value."""
    got = _Gathered()
    for number, row in body:
        at: int | None = None
        cell = row[header.time].strip() if header.time is not None and header.time < len(row) else ""
        interval = row[header.rr].strip() if header.rr is not None and header.rr < len(row) else ""
        if header.time is not None and (cell or not interval):
            stamp = clock.read(cell)
            if stamp is None:
                got.faults.append(f"{number}: {cell[:30]!r}")
                continue
            at = milliseconds(stamp, EPOCH) if isinstance(stamp, datetime) else stamp
        values, wrong = _values(row, header, style, got)
        if interval:
            try:
                read = number_of(interval, style)
                if read is not None:
                    got.rr.append((read[0], at))
                    got.rr_units |= {read[1]} & set(INTERVAL_MS)
            except ValueError:
                wrong.append(interval[:30])
                if at is None:
                    got.rr.append((nan, None))
                    got.rr_unread += 1
        if wrong:
            got.faults.append(f"{number}: {', '.join(map(repr, wrong))}")
        if at is not None and (values or not interval):
            got.samples.add(at, values)
            if header.lap is not None and header.lap < len(row):
                got.laps.append((row[header.lap].strip(), at))
    return got


def _values(row: Sequence[str], header: Header, style: Style, got: _Gathered) -> tuple[dict[Channel, float], list[str]]:
    values: dict[Channel, float] = {}
    wrong: list[str] = []
    for channel, column in header.columns.items():
        if column >= len(row):
            continue
        try:
            read = number_of(row[column], style)
        except ValueError:
            wrong.append(row[column].strip()[:30])
            continue
        if read is None:
            continue
        value, own = read
        known = FACTORS[channel]
        if own and own not in known:
            wrong.append(row[column].strip()[:30])
            continue
        if own:
            got.units.setdefault(channel, set()).add(own)
        factor = known.get(own or header.units[channel] or "", NAMELESS[channel])
        if factor is not None:
            values[channel] = value * factor
    return values, wrong


def _beats(got: _Gathered, header: Header, rr_unit: str | None, notes: list[Repair]) -> Beats | None:
    """The intervals of the table with the times that their rows tell."""
    if not got.rr:
        return None
    values = np.array([value for value, _ in got.rr])
    times = [at for _, at in got.rr if at is not None]
    elapsed = float(times[-1] - times[0]) if len(times) > 1 and len(times) == len(got.rr) else None
    said = rr_unit or unit_said(header.rr_words) or (next(iter(got.rr_units)) if len(got.rr_units) == 1 else None)
    unit, told = unit_of(values, said, elapsed)
    notes.append(Repair("interval_unit", {"unit": unit, "told": told}))
    factor = INTERVAL_MS[unit]
    messages: list[BeatMessage] = []
    for value, at in got.rr:
        if messages and at is not None and messages[-1].after_ms == at:
            messages[-1].rr_ms.append(value * factor)
        else:
            messages.append(BeatMessage([value * factor], at, at))
    beats = timed(messages)
    beats.told = got.rr_unread
    return beats


def _laps(cells: list[tuple[str, int]]) -> list[LapMark]:
    """Laps from a column that says of each sample in which it is; no word there, no lap."""
    laps: list[LapMark] = []
    begun: tuple[str, int] | None = None
    for name, at in cells:
        if begun is not None and name != begun[0]:
            laps.append(LapMark(begun[1], at, begun[0]))
            begun = None
        if begun is None and name:
            begun = (name, at)
    if begun is not None and cells:
        laps.append(LapMark(begun[1], cells[-1][1], begun[0]))
    return laps
