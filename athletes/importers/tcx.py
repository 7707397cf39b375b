"""TCX (Garmin Training Center Database v2, with the ActivityExtension for speed, cadence and power)."""

from __future__ import annotations

from datetime import datetime

from athletes.importers.common import Found
from athletes.importers.xml_points import Dialect, read_points
from athletes.model import Channel

TCX = Dialect(
    kind="tcx",
    point="Trackpoint",
    channels={
        Channel.HEART_RATE: ("heartratebpm",),
        Channel.SPEED: ("speed",),
        Channel.POWER: ("watts",),
        Channel.CADENCE: ("cadence", "runcadence"),
        Channel.ALTITUDE: ("altitudemeters",),
        Channel.DISTANCE: ("distancemeters",),
        Channel.LATITUDE: ("latitudedegrees",),
        Channel.LONGITUDE: ("longitudedegrees",),
    },
    sport=("Activity", "Sport"),
    device="Creator",
    lap="Lap",
    lap_start="StartTime",
)


def read(data: bytes, *, now: datetime) -> Found:
    """The recording in a TCX file and what was repaired. Raises ``BadFile`` as ``read_points`` does."""
    return read_points(data, TCX, now=now)
