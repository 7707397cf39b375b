"""FIT activity files (fitdecode), read as far as they go.

Traps that real files hold: time stamps below 0x10000000 count seconds since the device was switched on, so the date is
unknown; a chest strap's swim memory comes as separate ``hr`` messages in chained files (``fit_swim``); a damaged or
truncated file is good up to the fault; 0xFFFF in ``hrv`` messages is padding.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from athletes.importers.beat_times import BeatMessage, timed
from athletes.importers.common import Found, Repair
from athletes.importers.fit_swim import HeartRateMessage, merge
from athletes.importers.samples import LapMark, Samples, to_recording
from athletes.model import Channel
from touchline.errors import BadFile

EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
FIRST_DATE = 0x10000000
"""Smaller time stamps are seconds since power-up (FIT protocol, type date_time)."""

MS = 1000
HEADER_BYTES = 12
MOST_MESSAGES = 2_000_000
"""A day at one record a second has 86,400; a made file of millions of empty messages would take hours."""

SEMICIRCLE_DEG = 180.0 / 2**31
NAMES = {
    Channel.HEART_RATE: ("heart_rate",),
    Channel.SPEED: ("enhanced_speed", "speed"),
    Channel.POWER: ("power",),
    Channel.CADENCE: ("cadence",),
    Channel.ALTITUDE: ("enhanced_altitude", "altitude"),
    Channel.DISTANCE: ("distance",),
    Channel.LATITUDE: ("position_lat",),
    Channel.LONGITUDE: ("position_long",),
}
SCALES = {Channel.LATITUDE: SEMICIRCLE_DEG, Channel.LONGITUDE: SEMICIRCLE_DEG}


@dataclass(slots=True)
class Content:
    """What was found in the messages so far; time stamps are raw FIT seconds."""

    file_type: str | None = None
    device: str | None = None
    sports: list[str] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    rows: list[dict[Channel, float]] = field(default_factory=list)
    unstamped: int = 0
    clock_s: int | None = None
    beats: list[BeatMessage] = field(default_factory=list)
    untimed_beats: int = 0
    laps: list[LapMark] = field(default_factory=list)
    swim: list[HeartRateMessage] = field(default_factory=list)
    bad_checksum: bool = False


def is_fit(data: bytes) -> bool:
    """True where ``data`` begins with a FIT header."""
    return data[8:12] == b".FIT" and data[0] in (12, 14)


def read(data: bytes, *, now: datetime) -> Found:
    """The recording in a FIT file and what was repaired.

    Raises ``BadFile``: ``not_an_activity`` for settings, courses, day-long monitoring; ``damaged`` where nothing could
    be read before the fault; ``nothing_measured``, ``no_samples``.
    """
    content = Content()
    fault = _gather(data, content)
    repairs: list[Repair] = []
    if fault is not None:
        if not content.stamps and not content.beats:
            raise BadFile("athletes.errors.damaged", kind="FIT", fault=fault)
        repairs.append(Repair("cut_short", {"fault": fault, "samples": len(content.stamps)}))
    elif content.bad_checksum:
        repairs.append(Repair("bad_checksum"))
    if content.file_type not in (None, "activity") and not content.stamps and not content.beats:
        raise BadFile("athletes.errors.not_an_activity", type=content.file_type)
    if content.unstamped:
        repairs.append(Repair("no_time", {"count": content.unstamped}))
    if filled := _merge_swim(content):
        repairs.append(Repair("strap_memory_merged", {"count": filled}))
    samples = Samples([stamp * MS for stamp in content.stamps], list(content.rows))
    first_s = content.stamps[0] if content.stamps else content.clock_s
    recording, mended = to_recording(
        samples,
        kind="fit",
        epoch=EPOCH if first_s is not None and first_s >= FIRST_DATE else None,
        now=now,
        sport=_sport(content.sports),
        device=content.device,
        beats=timed(content.beats) if content.beats else None,
        laps=content.laps,
    )
    return Found(recording, repairs + mended)


def _sport(sports: list[str]) -> str | None:
    distinct = list(dict.fromkeys(sport for sport in sports if sport not in ("transition", "generic")))
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else "multisport"


def _merge_swim(content: Content) -> int:
    """Fill heart rates that the watch has not recorded from the strap's own memory; returns how many."""
    rates = merge(content.swim, content.stamps)
    filled = 0
    for row, bpm in zip(content.rows, rates, strict=True):
        if bpm is not None and Channel.HEART_RATE not in row:
            row[Channel.HEART_RATE] = bpm
            filled += 1
    return filled


def _gather(data: bytes, content: Content) -> str | None:
    """Read messages into ``content`` until the end or the first fault, whose description is returned."""
    import fitdecode

    reader = fitdecode.FitReader(
        data,
        processor=None,  # it would only turn numbers into dates, and takes a third of the time
        check_crc=fitdecode.CrcCheck.READONLY,
        error_handling=fitdecode.ErrorHandling.IGNORE,
    )
    messages = 0
    try:
        with reader:
            for frame in reader:
                if isinstance(frame, fitdecode.FitDataMessage):
                    _take(frame, content)
                    messages += 1
                    if messages >= MOST_MESSAGES:
                        return f"more than {MOST_MESSAGES} messages"
                elif isinstance(frame, fitdecode.FitCRC):
                    content.bad_checksum |= not frame.matched
    except (
        # A damaged file lets the decoder's own arithmetic fail in all these ways before it sees that anything is wrong.
        fitdecode.FitError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        OSError,
        struct.error,
    ) as fault:
        return str(fault) or type(fault).__name__
    return None


def _take(message: Any, content: Content) -> None:
    match message.name:
        case "record":
            _take_record(message, content)
        case "event":
            stamp = message.get_raw_value("timestamp", fallback=None)
            if isinstance(stamp, int):
                _clock(stamp, content)
        case "hr":
            content.swim.append(HeartRateMessage.from_fields(_raw_fields(message)))
        case "hrv":
            intervals = [seconds * MS for seconds in _numbers(message.get_value("time", fallback=None))]
            if intervals:
                content.beats.append(BeatMessage(intervals, None if content.clock_s is None else content.clock_s * MS))
        case "lap":
            _take_lap(message, content)
        case "sport" | "session":
            if isinstance(sport := message.get_value("sport", fallback=None), str):
                content.sports.append(sport)
        case "file_id" if content.file_type is None:
            file_type = message.get_value("type", fallback=None)
            content.file_type = None if file_type is None else str(file_type)
            maker = message.get_value("manufacturer", fallback=None)
            product = message.get_value("garmin_product", fallback=None)
            name = message.get_value("product_name", fallback=None)
            content.device = " ".join(str(part) for part in (name or maker, product) if part is not None) or None


def _clock(stamp: int, content: Content) -> None:
    """Note the time of a message that has one: it stands after the beats before it and before those after it."""
    for message in content.beats[content.untimed_beats :]:
        message.before_ms = stamp * MS
    content.untimed_beats = len(content.beats)
    content.clock_s = stamp


def _take_lap(message: Any, content: Content) -> None:
    start, end = (message.get_raw_value(name, fallback=None) for name in ("start_time", "timestamp"))
    length = next(_numbers(message.get_value("total_elapsed_time", fallback=None)), None)
    if not isinstance(start, int):
        return
    if length is not None:
        content.laps.append(LapMark(start * MS, start * MS + round(length * MS)))
    elif isinstance(end, int):
        content.laps.append(LapMark(start * MS, end * MS))


def _take_record(message: Any, content: Content) -> None:
    stamp = message.get_raw_value("timestamp", fallback=None)
    if not isinstance(stamp, int):
        content.unstamped += 1
        return
    _clock(stamp, content)
    row: dict[Channel, float] = {}
    for channel, names in NAMES.items():
        for name in names:
            value = next(_numbers(message.get_value(name, fallback=None)), None)
            if value is not None:
                row[channel] = value * SCALES.get(channel, 1.0)
                break
    if row.get(Channel.HEART_RATE) == 0:
        del row[Channel.HEART_RATE]
    content.stamps.append(stamp)
    content.rows.append(row)


def _numbers(value: Any) -> Iterator[float]:
    for item in value if isinstance(value, tuple | list) else (value,):
        if isinstance(item, int | float) and not isinstance(item, bool):
            yield float(item)


def _raw_fields(message: Any) -> dict[int, Any]:
    """Raw values by field number of those fields that stand in the file, without what the decoder derived."""
    return {item.field_def.def_num: item.raw_value for item in message.fields if item.field_def is not None}
