"""From the track points of a GPX or TCX file to a recording."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from athletes.importers.common import Found, Repair
from athletes.importers.samples import LapMark, Samples, to_recording
from athletes.importers.xml_stream import Stream, first, instant, local, milliseconds, number
from athletes.model import Channel
from touchline.errors import BadFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JOINED_MS = 10_000
"""A lap goes on to the next one's begin where that is no further from its last point: points are seconds apart."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a format names things: its point element, its time element, its channels, and where the sport stands.

    ``sport`` is (element, attribute), with attribute None where the element's text is the sport. ``lap`` is the
    element around the points of a lap, ``lap_start`` its attribute with the time it began, None where it has none.
    """

    kind: str
    point: str
    channels: Mapping[Channel, tuple[str, ...]]
    sport: tuple[str, str | None]
    device: str
    lap: str
    lap_start: str | None = None


@dataclass(slots=True)
class _Walk:
    """What was met on the way through a document."""

    samples: Samples = field(default_factory=Samples)
    untimed: int = 0
    sports: list[str] = field(default_factory=list)
    device: str | None = None
    laps: list[LapMark] = field(default_factory=list)
    lap_began: int | None = None
    lap_from: int = 0


def read_points(data: bytes, dialect: Dialect, *, now: datetime) -> Found:
    """The recording in ``data``, and what was repaired.

    Raises ``BadFile``: ``damaged``, ``no_samples``, ``nothing_measured``, ``unsafe_xml``.
    """
    stream, walk = Stream(data), _Walk()
    sport_tag, attribute = dialect.sport
    closed = {dialect.point, dialect.lap, dialect.device} | (set() if attribute else {sport_tag})
    opened = {dialect.lap} | ({sport_tag} if attribute else set())
    opened |= {"gpx"} if dialect.device == "@creator" else set()
    for element, complete in stream.elements(opened=frozenset(opened), closed=frozenset(closed)):
        _step(element, complete, dialect, walk)
    samples, repairs = walk.samples, list[Repair]()
    if stream.fault is not None:
        if not samples.ms:
            raise BadFile("athletes.errors.damaged", kind=dialect.kind.upper(), fault=stream.fault)
        repairs.append(Repair("cut_short", {"fault": stream.fault, "samples": len(samples.ms)}))
        _end_lap(walk)
    if walk.untimed:
        repairs.append(Repair("no_time", {"count": walk.untimed}))
    distinct = list(dict.fromkeys(sport.strip().lower() for sport in walk.sports if sport and sport.strip()))
    recording, mended = to_recording(
        samples,
        kind=dialect.kind,
        epoch=EPOCH,
        now=now,
        sport=(distinct[0] if len(distinct) == 1 else "multisport") if distinct else None,
        device=walk.device.strip() if walk.device else None,
        laps=_joined(walk.laps) if dialect.lap_start or len(walk.laps) > 1 else (),
    )
    return Found(recording, repairs + mended)


def _step(element: Element, complete: bool, dialect: Dialect, walk: _Walk) -> None:
    name, (sport_tag, attribute) = local(element), dialect.sport
    if name == dialect.lap and not complete:
        began = instant(element.get(dialect.lap_start)) if dialect.lap_start else None
        walk.lap_began = None if began is None else milliseconds(began, EPOCH)
        walk.lap_from = len(walk.samples.ms)
    elif name == dialect.lap:
        _end_lap(walk)
    elif not complete:
        if name == sport_tag and attribute and (sport := element.get(attribute)):
            walk.sports.append(sport)
        elif name == "gpx":
            walk.device = element.get("creator")
    elif name == dialect.device:
        walk.device = first(element, ("name",)) or walk.device
    elif name == sport_tag:
        walk.sports.append((element.text or "").strip())
    elif name == dialect.point and (at := instant(first(element, ("time",)))) is not None:
        walk.samples.add(milliseconds(at, EPOCH), _values(element, dialect))
    elif name == dialect.point:
        walk.untimed += 1


def _end_lap(walk: _Walk) -> None:
    times = walk.samples.ms[walk.lap_from :]
    if times:
        begin = times[0] if walk.lap_began is None else min(walk.lap_began, times[0])
        walk.laps.append(LapMark(begin, max(times)))
    walk.lap_began, walk.lap_from = None, len(walk.samples.ms)


def _joined(laps: list[LapMark]) -> list[LapMark]:
    """``laps``, each going on to the next one where that begins soon after its last point."""
    joined = list(laps)
    for index, (lap, following) in enumerate(itertools.pairwise(laps)):
        if 0 < following.from_ms - lap.to_ms <= JOINED_MS:
            joined[index] = replace(lap, to_ms=following.from_ms)
    return joined


def _values(element: Element, dialect: Dialect) -> dict[Channel, float]:
    found = {channel: number(first(element, names)) for channel, names in dialect.channels.items()}
    if (latitude := number(element.get("lat"))) is not None and (longitude := number(element.get("lon"))) is not None:
        found |= {Channel.LATITUDE: latitude, Channel.LONGITUDE: longitude}
    return {channel: value for channel, value in found.items() if value is not None}
