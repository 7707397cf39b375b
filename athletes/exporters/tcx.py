"""A session as TCX (Garmin Training Center Database v2, with the ActivityExtension for speed and power).

The form has no place for RR intervals, and needs to know when the session was. What is not known is left out, also
where Garmin's schema asks for a number: a 0 would say that somebody burned nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

import numpy as np

from athletes.exporters.rows import Grid, grid_of
from athletes.model import Channel, Lap, Recording, Session
from touchline.errors import BadValue
from touchline.origin import Origin

TCD = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
TPX = "http://www.garmin.com/xmlschemas/ActivityExtension/v2"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
JOINED_S = 10.0
"""A shorter stretch between two laps is the resolution of their times, and goes with the lap before it."""

SPORTS = {"running": "Running", "cycling": "Biking", "biking": "Biking"}


def tcx(session: Session) -> bytes:
    """The session as TCX. Raises ``BadValue`` (``no_date_for_form``, ``nothing_for_form``)."""
    recording = session.recording
    if recording.start is None:
        raise BadValue("athletes.errors.no_date_for_form", form="TCX")
    grid = grid_of(recording)
    if not grid.ms.size:
        raise BadValue("athletes.errors.nothing_for_form", form="TCX")
    for prefix, space in (("", TCD), ("ext", TPX), ("xsi", XSI)):
        register_namespace(prefix, space)
    root = Element(f"{{{TCD}}}TrainingCenterDatabase")
    sport = SPORTS.get(recording.sport or "", "Other")
    activity = _sub(_sub(root, "Activities"), "Activity")
    activity.set("Sport", sport)
    _sub(activity, "Id", _iso(recording.start, 0))
    for lap in _whole(recording, grid):
        _write_lap(activity, lap, recording.start, grid)
    if session.origin is Origin.SIMULATED:
        _sub(activity, "Notes", "simulated by Touchline")
    creator = _sub(activity, "Creator")
    creator.set(f"{{{XSI}}}type", "Device_t")
    _sub(creator, "Name", _legal(recording.device) if recording.device else "Touchline")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(root, encoding="utf-8"))


def _whole(recording: Recording, grid: Grid) -> list[Lap]:
    """Laps that hold every sample once: those of the recording cut at the next one's begin, and what lies between."""
    end = float(grid.ms[-1]) / 1000
    found: list[Lap] = []
    at = 0.0
    laps = [*recording.laps, Lap(max(end, 0.0), max(end, 0.0))]
    for lap in laps:
        begin = min(lap.from_s, end)
        if begin > at:
            if begin - at > JOINED_S or lap is laps[-1]:
                found.append(Lap(at, begin))
            elif found:
                found[-1] = replace(found[-1], to_s=begin)
            at = begin if found else at
        if lap.to_s > at and lap is not laps[-1]:
            following = min((other.from_s for other in laps if other.from_s > lap.from_s), default=end)
            until = min(lap.to_s, max(following, at), end)
            if until > at:
                found.append(Lap(at, until, lap.name))
                at = until
    return found or [Lap(0.0, end)]


def _write_lap(activity: Element, lap: Lap, start: datetime, grid: Grid) -> None:
    first = int(np.searchsorted(grid.ms, round(lap.from_s * 1000), side="left"))
    last = int(np.searchsorted(grid.ms, round(lap.to_s * 1000), side="left"))
    if round(lap.to_s * 1000) >= int(grid.ms[-1]):
        last = grid.ms.size
    element = _sub(activity, "Lap")
    element.set("StartTime", _iso(start, round(lap.from_s * 1000)))
    _sub(element, "TotalTimeSeconds", f"{lap.to_s - lap.from_s:.3f}")
    metres = grid.columns.get(Channel.DISTANCE)
    if metres is not None and np.any(known := ~np.isnan(metres[first:last])):
        inside = metres[first:last][known]
        _sub(element, "DistanceMeters", f"{inside[-1] - inside[0]:.2f}")
    _sub(element, "Intensity", "Active")
    _sub(element, "TriggerMethod", "Manual")
    track = _sub(element, "Track")
    for index in range(first, last):
        _write_point(track, index, start, grid)


def _write_point(track: Element, index: int, start: datetime, grid: Grid) -> None:
    values = {channel: float(column[index]) for channel, column in grid.columns.items() if not np.isnan(column[index])}
    point = _sub(track, "Trackpoint")
    _sub(point, "Time", _iso(start, int(grid.ms[index])))
    if Channel.LATITUDE in values and Channel.LONGITUDE in values:
        position = _sub(point, "Position")
        _sub(position, "LatitudeDegrees", f"{values[Channel.LATITUDE]:.9f}")
        _sub(position, "LongitudeDegrees", f"{values[Channel.LONGITUDE]:.9f}")
    if Channel.ALTITUDE in values:
        _sub(point, "AltitudeMeters", f"{values[Channel.ALTITUDE]:.3f}")
    if Channel.DISTANCE in values:
        _sub(point, "DistanceMeters", f"{values[Channel.DISTANCE]:.3f}")
    if Channel.HEART_RATE in values:
        _sub(_sub(point, "HeartRateBpm"), "Value", f"{values[Channel.HEART_RATE]:.0f}")
    if Channel.CADENCE in values:
        _sub(point, "Cadence", f"{values[Channel.CADENCE]:.0f}")
    if Channel.SPEED in values or Channel.POWER in values:
        more = SubElement(_sub(point, "Extensions"), f"{{{TPX}}}TPX")
        if Channel.SPEED in values:
            SubElement(more, f"{{{TPX}}}Speed").text = f"{values[Channel.SPEED]:.4f}"
        if Channel.POWER in values:
            SubElement(more, f"{{{TPX}}}Watts").text = f"{values[Channel.POWER]:.0f}"


def _sub(parent: Element, name: str, text: str | None = None) -> Element:
    element = SubElement(parent, f"{{{TCD}}}{name}")
    element.text = text
    return element


def _iso(start: datetime, ms: int) -> str:
    return (start + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _legal(text: str) -> str:
    """``text`` without what XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable())
