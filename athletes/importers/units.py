"""Units that tables name, in a heading or behind a number, and what they are in ours."""

from __future__ import annotations

import re
import unicodedata

from athletes.model import Channel

FACTORS: dict[Channel, dict[str, float]] = {
    Channel.HEART_RATE: {"bpm": 1.0, "1/min": 1.0, "/min": 1.0},
    Channel.SPEED: {
        "m/s": 1.0,
        "mps": 1.0,
        "km/h": 1 / 3.6,
        "kmh": 1 / 3.6,
        "kph": 1 / 3.6,
        "mph": 0.44704,
        "mi/h": 0.44704,
        "kn": 1852 / 3600,
        "knots": 1852 / 3600,
    },
    Channel.POWER: {"w": 1.0, "watt": 1.0, "watts": 1.0, "kw": 1000.0},
    Channel.CADENCE: {"rpm": 1.0, "spm": 1.0, "1/min": 1.0, "/min": 1.0},
    Channel.ALTITUDE: {"m": 1.0, "ft": 0.3048, "feet": 0.3048},
    Channel.DISTANCE: {"m": 1.0, "km": 1000.0, "mi": 1609.344, "miles": 1609.344, "yd": 0.9144, "ft": 0.3048},
    Channel.LATITUDE: {"deg": 1.0, "°": 1.0},
    Channel.LONGITUDE: {"deg": 1.0, "°": 1.0},
}
NAMELESS: dict[Channel, float | None] = {
    Channel.HEART_RATE: 1.0,
    Channel.SPEED: None,
    Channel.POWER: 1.0,
    Channel.CADENCE: 1.0,
    Channel.ALTITUDE: 1.0,
    Channel.DISTANCE: None,
    Channel.LATITUDE: 1.0,
    Channel.LONGITUDE: 1.0,
}
"""What a column without a unit is taken in; None: it may be m/s or km/h, m or km, and is not used."""

TIME_MS = {
    "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "msec": 1.0, "milliseconds": 1.0, "s": 1000.0, "sec": 1000.0,
    "seconds": 1000.0, "min": 60_000.0, "minutes": 60_000.0, "h": 3_600_000.0, "hours": 3_600_000.0,
}  # fmt: skip
INTERVAL_MS = {
    "ms": 1.0,
    "s": 1000.0,
    "sec": 1000.0,
    "1/1024 s": 1000 / 1024,
    "1/1024s": 1000 / 1024,
    "1/1024": 1000 / 1024,
}

_UNIT = re.compile(r"[(\[]\s*([^()\[\]]{1,20}?)\s*[)\]]")


def plain(cell: str) -> str:
    """A heading without accents, units in brackets, hyphens, underscores and capitals."""
    text = unicodedata.normalize("NFD", cell.strip().lower().replace("đ", "d"))
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return re.sub(r"[\s_-]+", " ", re.sub(r"[(\[].*?[)\]]", " ", text)).strip(" .:*#'\"")


def unit_in(cell: str) -> str | None:
    """The unit that a heading names in brackets, in lower case; None without one."""
    match = _UNIT.search(cell.lower())
    return match[1] if match else None
