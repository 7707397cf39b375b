"""Indoor Bike Data, characteristic 0x2AD2 (Fitness Machine Service 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wearables.gatt import fitness_machine as machine
from wearables.gatt.fields import U16_MAX, Field
from wearables.gatt.fitness_machine import MachineData
from wearables.gatt.layout import Group, Layout


def _layout(resistance: Field) -> Layout:
    return Layout(
        2,
        (
            Group(0, (machine.SPEED,), inverted=True),
            Group(1, (machine.AVG_SPEED,)),
            Group(2, (Field("cadence_rpm", 2, "rpm", 2, missing=U16_MAX),)),
            Group(3, (Field("avg_cadence_rpm", 2, "rpm", 2, missing=U16_MAX),)),
            Group(4, (machine.DISTANCE,)),
            Group(5, (resistance,)),
            Group(6, (machine.POWER,)),
            Group(7, (machine.AVG_POWER,)),
            *machine.common(8),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndoorBikeData(MachineData):
    """One packet of a bike or trainer, or a record merged of several."""

    LAYOUTS: ClassVar[tuple[Layout, ...]] = tuple(_layout(field) for field in machine.resistance())

    speed_kmh: float | None = None
    avg_speed_kmh: float | None = None
    cadence_rpm: float | None = None
    avg_cadence_rpm: float | None = None
    resistance: int | None = None
    power_w: int | None = None
    avg_power_w: int | None = None


def decode(data: bytes) -> IndoorBikeData:
    """The packet ``data``. Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``."""
    return IndoorBikeData.decode(data)


def encode(data: IndoorBikeData) -> bytes:
    """The packet that carries ``data``. Raises ``BadValue`` where a value does not fit."""
    return data.encode()
