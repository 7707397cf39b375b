"""TCX (Garmin Training Center Database v2, with the ActivityExtension for speed, cadence and power)."""

from __future__ import annotations

from datetime import datetime

from athletes.importers.common import Repair
from athletes.importers.xml_points import Dialect, read_points
from athletes.model import Channel, Recording

TCX = Dialect(
    kind="tcx",
    point="Trackpoint",
    channels={
        Channel.HEART_RATE: ("heartratebpm",),
        Channel.SPEED: ("speed",),
        Channel.POWER: ("watts",),
        Channel.CADENCE: ("cadence", "runcadence"),
        Channel.ALTITUDE: ("altitudemeters",),
    },
    sport=("Activity", "Sport"),
    device="Creator",
)


def read(data: bytes, *, now: datetime) -> tuple[Recording, list[Repair]]:
    """The recording in a TCX file and what was repaired. Raises ``BadFile`` as ``read_points`` does."""
    return read_points(data, TCX, now=now)
