"""CSC Measurement, characteristic 0x2A5B (Cycling Speed and Cadence Service 1.0): turns of wheel and crank.

Flags of 8 bits (bit 0: wheel, bit 1: crank, the rest reserved), wheel turns (32 bits) and the time of the last one,
crank turns (16 bits) and the time of the last one; times in 1/1024 s, rolling over every 64 s. One packet says no
speed: ``wearables.gatt.revolutions`` makes rates of two.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wearables.gatt.fields import Field, only_present, units_of, with_units
from wearables.gatt.layout import Group, Layout, read_value
from wearables.gatt.revolutions import CRANK, WHEEL_1024, Turns

WHEEL = Group(0, (Field("wheel_revolutions", 4, "revolutions"), Field("wheel_time_1024", 2, "1/1024 s")))
CRANKS = Group(1, (Field("crank_revolutions", 2, "revolutions"), Field("crank_time_1024", 2, "1/1024 s")))
LAYOUT = Layout(1, (WHEEL, CRANKS))
UNITS = units_of(LAYOUT.fields())


@dataclass(frozen=True, slots=True)
class CyclingMeasurement:
    """One notification of a sensor for speed or cadence: turns so far, and when the last of them was, in 1/1024 s. Both
    of a pair are None where the packet has none."""

    wheel_revolutions: int | None = None
    wheel_time_1024: int | None = None
    crank_revolutions: int | None = None
    crank_time_1024: int | None = None

    def __post_init__(self) -> None:
        encode(self)

    @property
    def wheel(self) -> Turns | None:
        """The wheel's turns for ``wearables.gatt.revolutions``, or None."""
        return Turns.of(self.wheel_revolutions, self.wheel_time_1024, WHEEL_1024)

    @property
    def crank(self) -> Turns | None:
        """The crank's turns likewise."""
        return Turns.of(self.crank_revolutions, self.crank_time_1024, CRANK)

    def document(self) -> dict[str, Any]:
        """The fields that the packet carried, with their units."""
        return with_units(only_present(asdict(self)), UNITS)


def decode(data: bytes) -> CyclingMeasurement:
    """The measurement in ``data``; reserved flags are passed over.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``.
    """
    return read_value(CyclingMeasurement, LAYOUT.read(data)[1])


def encode(measurement: CyclingMeasurement) -> bytes:
    """The notification that carries ``measurement``. Raises ``BadValue`` where a value does not fit, or its pair is
    missing."""
    return LAYOUT.write(asdict(measurement))
