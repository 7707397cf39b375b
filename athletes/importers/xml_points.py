"""From the track points of a GPX or TCX file to a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from athletes.importers.common import Repair, Samples, to_recording
from athletes.importers.xml_stream import Stream, first, instant, local, milliseconds, number
from athletes.model import Channel, Recording
from touchline.errors import BadFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a format names things: its point element, its time element, its channels, and where the sport stands.

    ``sport`` is (element, attribute), with attribute None where the element's text is the sport.
    """

    kind: str
    point: str
    channels: Mapping[Channel, tuple[str, ...]]
    sport: tuple[str, str | None]
    device: str


def read_points(data: bytes, dialect: Dialect, *, now: datetime) -> tuple[Recording, list[Repair]]:
    """The recording in ``data``, and what was repaired.

    Raises ``BadFile``: ``damaged``, ``no_samples``, ``no_heart_rate``, ``unsafe_xml``.
    """
    stream, samples = Stream(data), Samples()
    untimed, sports, device = 0, [], None
    sport_tag, attribute = dialect.sport
    closed = {dialect.point} if attribute else {dialect.point, sport_tag}
    opened = frozenset({sport_tag} if attribute else ()) | ({"gpx"} if dialect.device == "@creator" else set())
    for element, complete in stream.elements(opened=opened, closed=frozenset(closed | {dialect.device})):
        name = local(element)
        if not complete:
            if name == sport_tag and attribute and (sport := element.get(attribute)):
                sports.append(sport)
            elif name == "gpx":
                device = element.get("creator")
        elif name == dialect.device:
            device = first(element, ("name",)) or device
        elif name == sport_tag:
            sports.append((element.text or "").strip())
        elif (at := instant(first(element, ("time",)))) is None:
            untimed += 1
        else:
            samples.add(milliseconds(at, EPOCH), _values(element, dialect))
    repairs: list[Repair] = []
    if stream.fault is not None:
        if not samples.ms:
            raise BadFile("athletes.errors.damaged", kind=dialect.kind.upper(), fault=stream.fault)
        repairs.append(Repair("cut_short", {"fault": stream.fault, "samples": len(samples.ms)}))
    if untimed:
        repairs.append(Repair("no_time", {"count": untimed}))
    distinct = list(dict.fromkeys(sport.strip().lower() for sport in sports if sport and sport.strip()))
    recording, mended = to_recording(
        samples,
        kind=dialect.kind,
        epoch=EPOCH,
        now=now,
        sport=(distinct[0] if len(distinct) == 1 else "multisport") if distinct else None,
        device=device.strip() if device else None,
    )
    return recording, repairs + mended


def _values(element: Element, dialect: Dialect) -> dict[Channel, float]:
    found = ((channel, number(first(element, names))) for channel, names in dialect.channels.items())
    return {channel: value for channel, value in found if value is not None}
