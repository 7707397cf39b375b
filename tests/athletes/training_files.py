"""Training files written by the tests: FIT messages byte by byte, GPX, TCX and tables."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from athletes.importers import Imported, read
from touchline.errors import BadFile

NOW = datetime(2026, 6, 1, tzinfo=UTC)
START = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
ENUM, UINT8, UINT16, UINT32 = 0x00, 0x02, 0x84, 0x86
ACTIVITY = 4


def attempt(data: bytes) -> Imported | BadFile:
    """What ``read`` gives, or how it refuses; any other error is the test's failure."""
    try:
        return read(data, "x", now=NOW)
    except BadFile as refusal:
        return refusal


def fit_seconds(at: datetime = START) -> int:
    return int((at - FIT_EPOCH).total_seconds())


def crc(data: bytes) -> int:
    """CRC-16 (reflected 0x8005, ARC), which FIT uses, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return value


def definition(local: int, message: int, fields: Sequence[tuple[int, int, int]]) -> bytes:
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields))
    return head + b"".join(struct.pack("<BBB", *field) for field in fields)


def fit_file(samples: Sequence[tuple[int, int]], *, file_type: int = ACTIVITY, rr: Sequence[int] = ()) -> bytes:
    """A FIT file with (FIT seconds, bpm) records; 0xFF is FIT's "no value"; ``rr`` is in 1/1000 s."""
    body = definition(0, 0, [(0, 1, ENUM)]) + struct.pack("<BB", 0, file_type)
    body += definition(1, 20, [(253, 4, UINT32), (3, 1, UINT8)])
    body += b"".join(struct.pack("<BIB", 1, at, bpm) for at, bpm in samples)
    if rr:
        body += definition(2, 78, [(0, 10, UINT16)])
        for i in range(0, len(rr), 5):
            part = [*rr[i : i + 5], *[0xFFFF] * 5][:5]
            body += struct.pack("<B5H", 2, *part)
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", crc(head))
    return head + body + struct.pack("<H", crc(head + body))


def gpx(rates: Sequence[int | None], *, tag: str = "gpxtpx:hr", step_s: int = 1, start: datetime = START) -> str:
    points = []
    for i, bpm in enumerate(rates):
        at = (start + timedelta(seconds=i * step_s)).isoformat().replace("+00:00", "Z")
        inner = "" if bpm is None else f"<extensions><x:TPE><{tag}>{bpm}</{tag}></x:TPE></extensions>"
        points.append(f'<trkpt lat="16.46" lon="107.59"><ele>{10 + i}</ele><time>{at}</time>{inner}</trkpt>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Đồng hồ" xmlns="http://www.topografix.com/GPX/1/1"'
        ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1" xmlns:x="urn:x" xmlns:ns3="urn:y">'
        f"<trk><type>running</type><trkseg>{''.join(points)}</trkseg></trk></gpx>"
    )


def tcx(rates: Sequence[int | None], *, start: datetime = START) -> str:
    points = []
    for i, bpm in enumerate(rates):
        at = (start + timedelta(seconds=i)).isoformat().replace("+00:00", ".000Z")
        pulse = "" if bpm is None else f"<HeartRateBpm><Value>{bpm}</Value></HeartRateBpm>"
        inner = f"<n:Speed>{2 + i / 10}</n:Speed><n:Watts>{200 + i}</n:Watts>"
        extra = f'<Extensions><n:TPX xmlns:n="http://www.garmin.com/xmlschemas/ActivityExtension/v2">{inner}</n:TPX></Extensions>'
        points.append(f"<Trackpoint><Time>{at}</Time>{pulse}<Cadence>80</Cadence>{extra}</Trackpoint>")
    return (
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="Biking"><Id>1</Id><Lap>'
        f"<AverageHeartRateBpm><Value>1</Value></AverageHeartRateBpm><Track>{''.join(points)}</Track>"
        "</Lap><Creator><Name>Edge</Name></Creator></Activity></Activities></TrainingCenterDatabase>"
    )
