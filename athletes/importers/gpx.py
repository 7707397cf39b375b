"""GPX 1.0 and 1.1; heart rate from Garmin's TrackPointExtension or any other extension that names it."""

from __future__ import annotations

from datetime import datetime

from athletes.importers.common import Repair
from athletes.importers.xml_points import Dialect, read_points
from athletes.model import Channel, Recording

GPX = Dialect(
    kind="gpx",
    point="trkpt",
    channels={
        Channel.HEART_RATE: ("hr", "heartrate", "heart_rate", "bpm"),
        Channel.SPEED: ("speed",),
        Channel.POWER: ("power", "powerinwatts", "watts"),
        Channel.CADENCE: ("cad", "cadence"),
        Channel.ALTITUDE: ("ele",),
    },
    sport=("type", None),
    device="@creator",
)


def read(data: bytes, *, now: datetime) -> tuple[Recording, list[Repair]]:
    """The recording in a GPX file and what was repaired. Raises ``BadFile`` as ``read_points`` does."""
    return read_points(data, GPX, now=now)
