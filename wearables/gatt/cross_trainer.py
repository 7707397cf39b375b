"""Cross Trainer Data, characteristic 0x2ACE (Fitness Machine Service 1.0). **Its flags have 24 bits**, three bytes.

Bit 15 says that the pedals go backward. Strides count in tenths; the elevation counts in whole metres, where a
treadmill counts tenths; the resistance with two bytes counts tenths, with one byte whole levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wearables.gatt import fitness_machine as machine
from wearables.gatt.fields import U16_MAX, Field
from wearables.gatt.fitness_machine import MachineData
from wearables.gatt.layout import Group, Layout

STEPS = (
    Field("steps_per_min", 2, "steps/min", missing=U16_MAX),
    Field("avg_steps_per_min", 2, "steps/min", missing=U16_MAX),
)
ELEVATION = (
    Field("elevation_up_m", 2, "m", missing=U16_MAX),
    Field("elevation_down_m", 2, "m", missing=U16_MAX),
)


def _layout(resistance: Field) -> Layout:
    return Layout(
        3,
        (
            Group(0, (machine.SPEED,), inverted=True),
            Group(1, (machine.AVG_SPEED,)),
            Group(2, (machine.DISTANCE,)),
            Group(3, STEPS),
            Group(4, (Field("stride_count", 2, "strides", 10),)),
            Group(5, ELEVATION),
            Group(6, machine.SLOPE),
            Group(7, (resistance,)),
            Group(8, (machine.POWER,)),
            Group(9, (machine.AVG_POWER,)),
            *machine.common(10),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTrainerData(MachineData):
    """One packet of a cross trainer, or a record merged of several. A stride is a pair of steps."""

    LAYOUTS: ClassVar[tuple[Layout, ...]] = tuple(_layout(field) for field in machine.resistance(10))
    EXTRA_FLAG: ClassVar[tuple[int, str] | None] = (15, "backward")

    backward: bool = False
    speed_kmh: float | None = None
    avg_speed_kmh: float | None = None
    steps_per_min: int | None = None
    avg_steps_per_min: int | None = None
    stride_count: float | None = None
    elevation_up_m: int | None = None
    elevation_down_m: int | None = None
    inclination_percent: float | None = None
    ramp_deg: float | None = None
    resistance: float | None = None
    power_w: int | None = None
    avg_power_w: int | None = None


def decode(data: bytes) -> CrossTrainerData:
    """The packet ``data``. Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``."""
    return CrossTrainerData.decode(data)


def encode(data: CrossTrainerData) -> bytes:
    """The packet that carries ``data``. Raises ``BadValue`` where a value does not fit."""
    return data.encode()
