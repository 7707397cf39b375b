"""Treadmill Data, characteristic 0x2ACD (Fitness Machine Service 1.0).

**The pace** has one byte of 1/10 km/min in the service's specification and two bytes of s/500 m in the Bluetooth
supplement of characteristics. The length of the packet tells which, for both paces of a packet alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from touchline.errors import BadValue
from wearables.gatt import fitness_machine as machine
from wearables.gatt.fields import S16_MAX, U8_MAX, U16_MAX, Field
from wearables.gatt.fitness_machine import MachineData
from wearables.gatt.layout import Group, Layout

ELEVATION = (
    Field("elevation_up_m", 2, "m", 10, missing=U16_MAX),
    Field("elevation_down_m", 2, "m", 10, missing=U16_MAX),
)
BELT = (Field("force_n", 2, "N", signed=True, missing=S16_MAX), machine.POWER)
PACE = Field("pace_km_min", 1, "km/min", 10, missing=U8_MAX)
AVG_PACE = Field("avg_pace_km_min", 1, "km/min", 10, missing=U8_MAX)


def _layout(pace: Field, avg_pace: Field) -> Layout:
    return Layout(
        2,
        (
            Group(0, (machine.SPEED,), inverted=True),
            Group(1, (machine.AVG_SPEED,)),
            Group(2, (machine.DISTANCE,)),
            Group(3, machine.SLOPE),
            Group(4, ELEVATION),
            Group(5, (pace,)),
            Group(6, (avg_pace,)),
            *machine.common(7),
            Group(12, BELT),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TreadmillData(MachineData):
    """One packet of a treadmill, or a record merged of several. Paces are in one unit or in the other."""

    LAYOUTS: ClassVar[tuple[Layout, ...]] = (_layout(PACE, AVG_PACE), _layout(machine.PACE, machine.AVG_PACE))

    speed_kmh: float | None = None
    avg_speed_kmh: float | None = None
    inclination_percent: float | None = None
    ramp_deg: float | None = None
    elevation_up_m: float | None = None
    elevation_down_m: float | None = None
    pace_km_min: float | None = None
    avg_pace_km_min: float | None = None
    pace_s_500m: int | None = None
    avg_pace_s_500m: int | None = None
    force_n: int | None = None
    power_w: int | None = None

    def _layout(self) -> Layout:
        by_time = self.pace_s_500m is not None or self.avg_pace_s_500m is not None
        by_way = self.pace_km_min is not None or self.avg_pace_km_min is not None
        if by_time and by_way:
            raise BadValue("wearables.errors.two_paces")
        return self.LAYOUTS[by_time]


def decode(data: bytes) -> TreadmillData:
    """The packet ``data``. Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``."""
    return TreadmillData.decode(data)


def encode(data: TreadmillData) -> bytes:
    """The packet that carries ``data``. Raises ``BadValue`` where a value does not fit."""
    return data.encode()
