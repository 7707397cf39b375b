"""Cycling Power Measurement, characteristic 0x2A63 (Cycling Power Service 1.1).

Flags of 16 bits, power in W (signed), then what the flags say: bit 0 pedal balance in 1/2 %, 255 for not available (bit
1: of the left pedal, else of an unknown one), bit 2 accumulated torque in 1/32 N·m (bit 3: of the crank, else of the
wheel), bit 4 wheel turns with the time of the last one in **1/2048 s**, bit 5 crank turns in 1/1024 s, bits 6 and 7
largest and smallest force (N) and torque (1/32 N·m), bit 8 angles of the largest and the smallest force (12 bits each,
the largest's first), bits 9 and 10 dead spots (°), bit 11 energy in kJ, bit 12 offset compensation, 13-15 reserved.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.cycling import CRANKS
from wearables.gatt.fields import U8_MAX, Field, only_present, units_of, with_units
from wearables.gatt.layout import Group, Layout, read_value
from wearables.gatt.revolutions import CRANK, WHEEL_2048, Turns

OF_LEFT = 1 << 1
FROM_CRANK = 1 << 3
COMPENSATES = 1 << 12
ANGLE_BITS = 12
ANGLES = Field("extreme_angles", 3, "")
ANGLE = Field("angle_deg", 2, "°", most=(1 << ANGLE_BITS) - 1)


def _pair(name: str, unit: str, per_unit: int = 1) -> tuple[Field, Field]:
    return tuple(Field(f"{end}_{name}", 2, unit, per_unit, signed=True) for end in ("max", "min"))  # type: ignore[return-value]


LAYOUT = Layout(
    2,
    (
        Group(None, (Field("power_w", 2, "W", signed=True),)),
        Group(0, (Field("balance_percent", 1, "%", 2, missing=U8_MAX),)),
        Group(2, (Field("torque_nm", 2, "N·m", 32),)),
        Group(4, (Field("wheel_revolutions", 4, "revolutions"), Field("wheel_time_2048", 2, "1/2048 s"))),
        Group(5, CRANKS.fields),
        Group(6, _pair("force_n", "N")),
        Group(7, _pair("torque_nm", "N·m", 32)),
        Group(8, (ANGLES,)),
        Group(9, (Field("top_dead_spot_deg", 2, "°"),)),
        Group(10, (Field("bottom_dead_spot_deg", 2, "°"),)),
        Group(11, (Field("energy_kj", 2, "kJ"),)),
    ),
)
UNITS = units_of(LAYOUT.fields()) | {"max_angle_deg": "°", "min_angle_deg": "°"}


class BalanceOf(StrEnum):
    """Whose share the balance is."""

    LEFT = "left"
    UNKNOWN = "unknown"


class TorqueAt(StrEnum):
    """Where the accumulated torque was measured."""

    WHEEL = "wheel"
    CRANK = "crank"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerMeasurement:
    """One notification of a power meter. What the packet does not carry is None. ``torque_nm`` accumulates and rolls
    over at 2048 N·m; ``energy_kj`` accumulates."""

    power_w: int
    balance_percent: float | None = None
    balance_of: BalanceOf | None = None
    torque_nm: float | None = None
    torque_at: TorqueAt | None = None
    wheel_revolutions: int | None = None
    wheel_time_2048: int | None = None
    crank_revolutions: int | None = None
    crank_time_1024: int | None = None
    max_force_n: int | None = None
    min_force_n: int | None = None
    max_torque_nm: float | None = None
    min_torque_nm: float | None = None
    max_angle_deg: int | None = None
    min_angle_deg: int | None = None
    top_dead_spot_deg: int | None = None
    bottom_dead_spot_deg: int | None = None
    energy_kj: int | None = None
    compensates_offset: bool = False

    def __post_init__(self) -> None:
        encode(self)

    @property
    def wheel(self) -> Turns | None:
        """The wheel's turns for ``wearables.gatt.revolutions``, or None."""
        return Turns.of(self.wheel_revolutions, self.wheel_time_2048, WHEEL_2048)

    @property
    def crank(self) -> Turns | None:
        """The crank's turns likewise."""
        return Turns.of(self.crank_revolutions, self.crank_time_1024, CRANK)

    def document(self) -> dict[str, Any]:
        """The fields that the packet carried, with their units."""
        return with_units(only_present(asdict(self)), UNITS)


def decode(data: bytes) -> PowerMeasurement:
    """The measurement in ``data``; reserved flags are passed over.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``.
    """
    flags, values = LAYOUT.read(data)
    angles = values.pop(ANGLES.name, None)
    if angles is not None:
        values |= {"max_angle_deg": angles & (1 << ANGLE_BITS) - 1, "min_angle_deg": angles >> ANGLE_BITS}
    if values.get("balance_percent") is not None:
        values["balance_of"] = BalanceOf.LEFT if flags & OF_LEFT else BalanceOf.UNKNOWN
    if "torque_nm" in values:
        values["torque_at"] = TorqueAt.CRANK if flags & FROM_CRANK else TorqueAt.WHEEL
    values["compensates_offset"] = bool(flags & COMPENSATES)
    return read_value(PowerMeasurement, values)


def encode(measurement: PowerMeasurement) -> bytes:
    """The notification that carries ``measurement``. Raises ``BadValue`` where a value does not fit, or one that
    belongs to it is missing."""
    values = asdict(measurement)
    for value, says in (("balance_percent", "balance_of"), ("torque_nm", "torque_at")):
        if (values[value] is None) != (values[says] is None):
            raise _missing(value if values[value] is None else says)
    high, low = measurement.max_angle_deg, measurement.min_angle_deg
    if (high is None) != (low is None):
        raise _missing("max_angle_deg" if high is None else "min_angle_deg")
    if high is not None and low is not None:
        values[ANGLES.name] = ANGLE.raw(low) << ANGLE_BITS | ANGLE.raw(high)
    flags = COMPENSATES if measurement.compensates_offset else 0
    flags |= OF_LEFT if measurement.balance_of is BalanceOf.LEFT else 0
    flags |= FROM_CRANK if measurement.torque_at is TorqueAt.CRANK else 0
    return LAYOUT.write(values, flags)


def _missing(name: str) -> BadValue:
    return BadValue("wearables.errors.field_is_missing", field=name)
