"""Body Sensor Location, characteristic 0x2A38 (Heart Rate Service 1.0, section 3.2): one byte; above 6 is reserved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.fields import Reader, with_units


class Location(StrEnum):
    """Where a sensor is worn, in the order of the numbers that are sent."""

    OTHER = "other"
    CHEST = "chest"
    WRIST = "wrist"
    FINGER = "finger"
    HAND = "hand"
    EAR_LOBE = "ear_lobe"
    FOOT = "foot"


_LOCATIONS = tuple(Location)


@dataclass(frozen=True, slots=True)
class SensorLocation:
    """Where the sensor says that it is worn."""

    location: Location

    def document(self) -> dict[str, Any]:
        """The place."""
        return with_units({"location": self.location.value}, {})


def decode(data: bytes) -> SensorLocation:
    """The place that ``data`` says.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, or ``reserved_value`` above 6.
    """
    reader = Reader(data)
    number = reader.unsigned(1, "location")
    reader.end()
    if number >= len(_LOCATIONS):
        raise BadValue("wearables.errors.reserved_value", field="location", value=number)
    return SensorLocation(_LOCATIONS[number])


def encode(place: SensorLocation) -> bytes:
    """The byte that says ``place``."""
    return bytes([_LOCATIONS.index(place.location)])
