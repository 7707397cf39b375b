"""What the data of all fitness machines have in common (Fitness Machine Service 1.0), and records that came in parts.

**Bit 0 of the flags is "more data"**: where it is 0, the packet is the last (mostly the only) one of a record and has
the first field; where it is 1, the first field is not there, and further packets of the record follow.

All numbers of a machine that mean "not available" (0xFFFF, 0x7FFF, 0xFF of a field's width) are None here, never a
value. Reserved flags are passed over; bytes that only they could explain are refused like any surplus.

**Widths.** The resistance has two bytes, signed, in the service's specification and in every recording of a real
machine, and one byte in the Bluetooth supplement of characteristics (GSS). The length of the packet tells which; where
neither fits it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Generic, Self, TypeVar

from touchline.errors import BadValue
from wearables.gatt.fields import S16_MAX, U8_MAX, U16_MAX, Field, units_of, with_units
from wearables.gatt.layout import Group, Layout, read_one_of, read_value

MORE_DATA = 0x01
MERGED_WITHIN_NS = 500_000_000
"""Parts of one record come within this time; records come about every second."""

SPEED = Field("speed_kmh", 2, "km/h", 100, missing=U16_MAX)
AVG_SPEED = Field("avg_speed_kmh", 2, "km/h", 100, missing=U16_MAX)
DISTANCE = Field("distance_m", 3, "m")
POWER = Field("power_w", 2, "W", signed=True, missing=S16_MAX)
AVG_POWER = Field("avg_power_w", 2, "W", signed=True, missing=S16_MAX)
PACE = Field("pace_s_500m", 2, "s/500 m", missing=U16_MAX)
AVG_PACE = Field("avg_pace_s_500m", 2, "s/500 m", missing=U16_MAX)
ENERGY = (
    Field("energy_kcal", 2, "kcal", missing=U16_MAX),
    Field("energy_kcal_h", 2, "kcal/h", missing=U16_MAX),
    Field("energy_kcal_min", 1, "kcal/min", missing=U8_MAX),
)
SLOPE = (
    Field("inclination_percent", 2, "%", 10, signed=True, missing=S16_MAX),
    Field("ramp_deg", 2, "°", 10, signed=True, missing=S16_MAX),
)
HEART_RATE = Field("hr_bpm", 1, "bpm")
MET = Field("met", 1, "MET", 10)
ELAPSED = Field("elapsed_s", 2, "s")
REMAINING = Field("remaining_s", 2, "s", missing=U16_MAX)


def resistance(per_unit: int = 1) -> tuple[Field, Field]:
    """The resistance with two bytes, in steps of 1/``per_unit``, and with one."""
    wide = Field("resistance", 2, "levels", per_unit, signed=True, missing=S16_MAX)
    return wide, Field("resistance", 1, "levels")


def common(first_bit: int) -> tuple[Group, ...]:
    """Energy, heart rate, metabolic equivalent, elapsed and remaining time, which stand together on every machine."""
    together: tuple[tuple[Field, ...], ...] = (ENERGY, (HEART_RATE,), (MET,), (ELAPSED,), (REMAINING,))
    return tuple(Group(first_bit + place, group) for place, group in enumerate(together))


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineData:
    """What every machine may say; None is not said, or said to be not available. ``hr_bpm`` is the number as sent, 0
    where the machine has no reading (``rate_bpm`` is then None). Distance and energy count from the session's start."""

    LAYOUTS: ClassVar[tuple[Layout, ...]]
    EXTRA_FLAG: ClassVar[tuple[int, str] | None] = None

    more_follows: bool = False
    """Further packets of the same record follow, and the first field is not in this one."""
    distance_m: int | None = None
    energy_kcal: int | None = None
    energy_kcal_h: int | None = None
    energy_kcal_min: int | None = None
    hr_bpm: int | None = None
    met: float | None = None
    elapsed_s: int | None = None
    remaining_s: int | None = None

    def __post_init__(self) -> None:
        self.encode()

    @property
    def rate_bpm(self) -> int | None:
        """Beats a minute, or None where the machine has no reading or says nothing."""
        return self.hr_bpm or None

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The packet ``data``. Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``."""
        flags, values = read_one_of(cls.LAYOUTS, data)
        if cls.EXTRA_FLAG is not None:
            bit, name = cls.EXTRA_FLAG
            values[name] = bool(flags >> bit & 1)
        values["more_follows"] = bool(flags & MORE_DATA)
        return read_value(cls, values)

    def encode(self) -> bytes:
        """The packet that carries this, with the resistance in two bytes.

        Raises ``BadValue`` where a value does not fit, or the first field is given although more follows.
        """
        layout = self._layout()
        values = {field.name: getattr(self, field.name) for field in layout.fields()}
        flags = MORE_DATA if self.more_follows else 0
        for field in layout.groups[0].fields:
            if self.more_follows and values[field.name] is not None:
                raise BadValue("wearables.errors.first_field_too_early", field=field.name)
        if self.EXTRA_FLAG is not None:
            bit, name = self.EXTRA_FLAG
            flags |= getattr(self, name) << bit
        return layout.write(values, flags)

    def _layout(self) -> Layout:
        return self.LAYOUTS[0]

    def document(self) -> dict[str, Any]:
        """The fields that the packet carried, with their units. ``hr`` is the rate as sent, ``hr_bpm`` null for 0."""
        units: dict[str, str] = {}
        document: dict[str, Any] = {"more_follows": self.more_follows}
        for layout in self.LAYOUTS:
            units |= units_of(layout.fields())
            for field in layout.fields():
                value = getattr(self, field.name)
                if value is not None and field is HEART_RATE:
                    document |= {"hr": value, "hr_bpm": self.rate_bpm}
                elif value is not None:
                    document[field.name] = value
        if self.EXTRA_FLAG is not None:
            document[self.EXTRA_FLAG[1]] = getattr(self, self.EXTRA_FLAG[1])
        return with_units(document, units | {"hr": HEART_RATE.unit})


M = TypeVar("M", bound=MachineData)


@dataclass(frozen=True)  # without slots: Python 3.11 cannot make a ``Merging[X]()`` that is frozen and has them
class Merging(Generic[M]):
    """The parts so far of a record that comes in several packets. Begin with ``Merging()``.

    Never a mix of two records: a part that says again what is there already belongs to the next record, and so does
    one that comes more than half a second after the first. What was begun is then given up and counted in ``dropped``.
    """

    begun: M | None = None
    begun_ns: int = 0
    dropped: int = 0
    """How many packets belonged to records that never came whole."""
    parts: int = 0

    def take(self, packet: M, at_ns: int) -> tuple[Merging[M], M | None]:
        """What is left to merge after ``packet``, which arrived at ``at_ns``, and the whole record if it is one now."""
        begun, begun_ns, dropped, parts = self.begun, self.begun_ns, self.dropped, self.parts
        if begun is not None and (at_ns - begun_ns > MERGED_WITHIN_NS or not _belong(begun, packet)):
            begun, dropped, parts = None, dropped + parts, 0
        whole = packet if begun is None else replace(packet, **_said(begun))
        if packet.more_follows:
            return Merging(whole, begun_ns if begun is not None else at_ns, dropped, parts + 1), None
        return Merging(dropped=dropped), whole


def _said(data: MachineData) -> dict[str, Any]:
    flags = {"more_follows", data.EXTRA_FLAG[1] if data.EXTRA_FLAG is not None else ""}
    values = {field.name: getattr(data, field.name) for field in fields(data) if field.name not in flags}
    return {name: value for name, value in values.items() if value is not None}


def _groups(data: MachineData) -> set[tuple[int, int]]:
    """Which groups ``data`` says something of: the form of its packet, and their place in it."""
    said = _said(data).keys()
    return {
        (form, place)
        for form, layout in enumerate(data.LAYOUTS)
        for place, group in enumerate(layout.groups)
        if any(field.name in said for field in group.fields)
    }


def _belong(begun: MachineData, packet: MachineData) -> bool:
    """Whether both can be of one record: of one machine, no group twice, and no field in two units."""
    if type(begun) is not type(packet):
        return False
    first, second = _groups(begun), _groups(packet)
    return {place for _, place in first}.isdisjoint(place for _, place in second) and any(
        {place for _, place in first | second} <= {place for form, place in first | second if form == one}
        for one in range(len(begun.LAYOUTS))
    )
