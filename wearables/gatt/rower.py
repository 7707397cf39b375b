"""Rower Data, characteristic 0x2AD1 (Fitness Machine Service 1.0).

Paces of 0xFFFF, which rowers at rest send, are None. The first field is two: the stroke rate (1/2 a minute) and the
count of strokes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wearables.gatt import fitness_machine as machine
from wearables.gatt.fields import U8_MAX, U16_MAX, Field
from wearables.gatt.fitness_machine import MachineData
from wearables.gatt.layout import Group, Layout

STROKES = (
    Field("stroke_rate", 1, "strokes/min", 2, missing=U8_MAX),
    Field("stroke_count", 2, "strokes", missing=U16_MAX),
)


def _layout(resistance: Field) -> Layout:
    return Layout(
        2,
        (
            Group(0, STROKES, inverted=True),
            Group(1, (Field("avg_stroke_rate", 1, "strokes/min", 2, missing=U8_MAX),)),
            Group(2, (machine.DISTANCE,)),
            Group(3, (machine.PACE,)),
            Group(4, (machine.AVG_PACE,)),
            Group(5, (machine.POWER,)),
            Group(6, (machine.AVG_POWER,)),
            Group(7, (resistance,)),
            *machine.common(8),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowerData(MachineData):
    """One packet of a rower, or a record merged of several. Rates are strokes a minute."""

    LAYOUTS: ClassVar[tuple[Layout, ...]] = tuple(_layout(field) for field in machine.resistance())

    stroke_rate: float | None = None
    stroke_count: int | None = None
    avg_stroke_rate: float | None = None
    pace_s_500m: int | None = None
    avg_pace_s_500m: int | None = None
    power_w: int | None = None
    avg_power_w: int | None = None
    resistance: int | None = None


def decode(data: bytes) -> RowerData:
    """The packet ``data``. Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``."""
    return RowerData.decode(data)


def encode(data: RowerData) -> bytes:
    """The packet that carries ``data``. Raises ``BadValue`` where a value does not fit."""
    return data.encode()
