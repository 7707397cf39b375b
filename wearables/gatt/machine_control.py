"""Fitness Machine Control Point, characteristic 0x2AD9 (Fitness Machine Service 1.0): what is asked, what is answered.

A request is one byte of operation and its numbers; ``REQUEST_CONTROL`` comes first, or the machine answers that control
is not permitted. The answer, by indication, is 0x80, the operation asked for, the result; a spin down that succeeded
adds the speeds between which to coast. The target resistance has one byte of tenths; some machines take two, signed,
and both are read; one byte is written wherever the value fits it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.fields import Field, Number, Reader, named, surplus, with_units

RESPONSE = 0x80


class Operation(IntEnum):
    """What can be asked of a machine."""

    REQUEST_CONTROL = 0x00
    RESET = 0x01
    TARGET_SPEED = 0x02
    TARGET_INCLINATION = 0x03
    TARGET_RESISTANCE = 0x04
    TARGET_POWER = 0x05
    TARGET_HEART_RATE = 0x06
    START_OR_RESUME = 0x07
    STOP_OR_PAUSE = 0x08
    TARGET_ENERGY = 0x09
    TARGET_STEPS = 0x0A
    TARGET_STRIDES = 0x0B
    TARGET_DISTANCE = 0x0C
    TARGET_TIME = 0x0D
    TARGET_TIME_IN_2_ZONES = 0x0E
    TARGET_TIME_IN_3_ZONES = 0x0F
    TARGET_TIME_IN_5_ZONES = 0x10
    SIMULATION = 0x11
    WHEEL_CIRCUMFERENCE = 0x12
    SPIN_DOWN = 0x13
    TARGET_CADENCE = 0x14


class Result(IntEnum):
    """What became of a request."""

    SUCCESS = 0x01
    UNSUPPORTED = 0x02
    INVALID_PARAMETER = 0x03
    OPERATION_FAILED = 0x04
    CONTROL_NOT_PERMITTED = 0x05


def _zones(*names: str) -> tuple[Field, ...]:
    return tuple(Field(f"{name}_s", 2, "s") for name in names)


RESISTANCE = Field("resistance", 1, "levels", 10)
WIDE_RESISTANCE = Field("resistance", 2, "levels", 10, signed=True)
NUMBERS: dict[Operation, tuple[Field, ...]] = {
    Operation.TARGET_SPEED: (Field("speed_kmh", 2, "km/h", 100),),
    Operation.TARGET_INCLINATION: (Field("inclination_percent", 2, "%", 10, signed=True),),
    Operation.TARGET_RESISTANCE: (RESISTANCE,),
    Operation.TARGET_POWER: (Field("power_w", 2, "W", signed=True),),
    Operation.TARGET_HEART_RATE: (Field("hr_bpm", 1, "bpm"),),
    Operation.STOP_OR_PAUSE: (Field("stop_1_pause_2", 1, "1", most=2, missing=0),),
    Operation.TARGET_ENERGY: (Field("energy_kcal", 2, "kcal"),),
    Operation.TARGET_STEPS: (Field("steps", 2, "steps"),),
    Operation.TARGET_STRIDES: (Field("strides", 2, "strides"),),
    Operation.TARGET_DISTANCE: (Field("distance_m", 3, "m"),),
    Operation.TARGET_TIME: (Field("time_s", 2, "s"),),
    Operation.TARGET_TIME_IN_2_ZONES: _zones("fat_burn", "fitness"),
    Operation.TARGET_TIME_IN_3_ZONES: _zones("light", "moderate", "hard"),
    Operation.TARGET_TIME_IN_5_ZONES: _zones("very_light", "light", "moderate", "hard", "maximum"),
    Operation.SIMULATION: (
        Field("wind_m_s", 2, "m/s", 1000, signed=True),
        Field("grade_percent", 2, "%", 100, signed=True),
        Field("rolling_resistance", 1, "1", 10_000),
        Field("wind_resistance_kg_m", 1, "kg/m", 100),
    ),
    Operation.WHEEL_CIRCUMFERENCE: (Field("circumference_mm", 2, "mm", 10),),
    Operation.SPIN_DOWN: (Field("start_1_ignore_2", 1, "1", most=2, missing=0),),
    Operation.TARGET_CADENCE: (Field("cadence_rpm", 2, "rpm", 2),),
}
"""The numbers of the operations that have some, in their order."""

COASTING = (Field("speed_low_kmh", 2, "km/h", 100), Field("speed_high_kmh", 2, "km/h", 100))


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked of a machine, with its numbers in the units of ``NUMBERS``."""

    operation: Operation
    numbers: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        encode(self)

    def document(self) -> dict[str, Any]:
        """The operation and its numbers with their units."""
        fields = NUMBERS.get(self.operation, ())
        document: dict[str, Any] = {"operation": self.operation.name.lower()}
        document |= {field.name: number for field, number in zip(fields, self.numbers, strict=True)}
        return with_units(document, {field.name: field.unit for field in fields})


@dataclass(frozen=True, slots=True)
class Response:
    """A machine's answer. ``coasting_kmh`` are the speeds of a spin down: let it roll from above the higher to below
    the lower."""

    operation: Operation
    result: Result
    coasting_kmh: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        spins = self.operation is Operation.SPIN_DOWN and self.result is Result.SUCCESS
        if self.coasting_kmh is not None and not spins:
            raise BadValue("wearables.errors.no_coasting", operation=self.operation.name.lower())
        encode(self)

    def document(self) -> dict[str, Any]:
        """The operation that was answered, and the result by name."""
        document: dict[str, Any] = {"operation": "response", "of": self.operation.name.lower()}
        document["result"] = self.result.name.lower()
        if self.coasting_kmh is not None:
            document |= dict(zip((field.name for field in COASTING), self.coasting_kmh, strict=True))
        return with_units(document, {field.name: field.unit for field in COASTING})


def request_control() -> Request:
    """Ask for control; before it nothing else is done."""
    return Request(Operation.REQUEST_CONTROL)


def set_power(power_w: int) -> Request:
    """Ask for a power in W."""
    return Request(Operation.TARGET_POWER, (power_w,))


def start() -> Request:
    """Ask for the session to start or to go on."""
    return Request(Operation.START_OR_RESUME)


def stop() -> Request:
    """Ask for the session to end."""
    return Request(Operation.STOP_OR_PAUSE, (1,))


def pause() -> Request:
    """Ask for the session to pause."""
    return Request(Operation.STOP_OR_PAUSE, (2,))


def simulate(wind_m_s: float, grade_percent: float, rolling_resistance: float, wind_resistance_kg_m: float) -> Request:
    """Ask for the resistance of a road: head wind in m/s, grade in percent, coefficients of rolling and of wind (kg/m).
    Each is taken to the nearest step that can be sent."""
    given = (wind_m_s, grade_percent, rolling_resistance, wind_resistance_kg_m)
    fields = NUMBERS[Operation.SIMULATION]
    return Request(
        Operation.SIMULATION,
        tuple(round(value * field.per_unit) / field.per_unit for field, value in zip(fields, given, strict=True)),
    )


def decode(data: bytes) -> Request | Response:
    """The request, or where it begins with 0x80 the answer, in ``data``.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, ``reserved_value`` of an operation or a result.
    """
    reader = Reader(data)
    code = reader.unsigned(1, "operation")
    if code == RESPONSE:
        operation = named(Operation, reader.unsigned(1, "of"), "of")
        result = named(Result, reader.unsigned(1, "result"), "result")
        spins = operation is Operation.SPIN_DOWN and result is Result.SUCCESS and reader.left()
        coasting = [reader.unsigned(field.size, field.name) / field.per_unit for field in COASTING] if spins else None
        reader.end()
        return Response(operation, result, (coasting[0], coasting[1]) if coasting else None)
    operation = named(Operation, code, "operation")
    fields = NUMBERS.get(operation, ())
    if operation is Operation.TARGET_RESISTANCE and reader.left() == WIDE_RESISTANCE.size:
        fields = (WIDE_RESISTANCE,)
    numbers = []
    for field in fields:
        raw = int.from_bytes(reader.take(field.size, field.name), "little", signed=field.signed)
        number = field.value(raw)
        if number is None:
            raise BadValue("wearables.errors.reserved_value", field=field.name, value=raw)
        numbers.append(number)
    reader.end()
    return Request(operation, tuple(numbers))


def encode(asked: Request | Response) -> bytes:
    """The bytes of a request or an answer. Raises ``BadValue`` where a number does not fit or is missing."""
    if isinstance(asked, Response):
        coasting = zip(COASTING, asked.coasting_kmh or (), strict=False)
        return bytes([RESPONSE, asked.operation, asked.result]) + b"".join(f.write(value) for f, value in coasting)
    fields = NUMBERS.get(asked.operation, ())
    if len(asked.numbers) < len(fields):
        raise BadValue("wearables.errors.field_is_missing", field=fields[len(asked.numbers)].name)
    if len(asked.numbers) > len(fields):
        raise surplus(len(fields), len(asked.numbers))
    if asked.operation is Operation.TARGET_RESISTANCE and not 0 <= asked.numbers[0] <= RESISTANCE.bounds()[1] / 10:
        fields = (WIDE_RESISTANCE,)
    numbers = (field.write(number) for field, number in zip(fields, asked.numbers, strict=True))
    return bytes([asked.operation]) + b"".join(numbers)
