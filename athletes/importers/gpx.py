"""GPX 1.0 and 1.1; heart rate from Garmin's TrackPointExtension or any other extension that names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from athletes.importers.common import Found, Repair
from athletes.importers.way import along
from athletes.importers.xml_points import Dialect, read_points
from athletes.model import Channel, Series

GPX = Dialect(
    kind="gpx",
    point="trkpt",
    channels={
        Channel.HEART_RATE: ("hr", "heartrate", "heart_rate", "bpm"),
        Channel.SPEED: ("speed",),
        Channel.POWER: ("power", "powerinwatts", "watts"),
        Channel.CADENCE: ("cad", "cadence"),
        Channel.ALTITUDE: ("ele",),
        Channel.DISTANCE: ("distance",),
    },
    sport=("type", None),
    device="@creator",
    lap="trkseg",
)
"""A segment is what was recorded between two pauses or two presses of a button; several are told as laps."""


def read(data: bytes, *, now: datetime) -> Found:
    """The recording in a GPX file and what was repaired. Raises ``BadFile`` as ``read_points`` does.

    The format has no distance of its own; where no extension tells it, it is added up along the positions.
    """
    found = read_points(data, GPX, now=now)
    recording = found.recording
    latitude, longitude = recording.channel(Channel.LATITUDE), recording.channel(Channel.LONGITUDE)
    if latitude is None or longitude is None or recording.channel(Channel.DISTANCE) is not None:
        return found
    distance = Series(Channel.DISTANCE, latitude.ticks, along(latitude.values, longitude.values))
    series = sorted((*recording.series, distance), key=lambda one: list(Channel).index(one.channel))
    return Found(replace(recording, series=tuple(series)), found.repairs, [*found.notes, Repair("distance_added_up")])
