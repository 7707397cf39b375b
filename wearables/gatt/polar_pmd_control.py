"""Polar Measurement Data, control point (FB005C81-...): asking a strap for a stream, and its answers.

A request is an operation (1: what can be set, 2: start, 3: stop), the type of measurement, and for a start its settings
(type, how many values, values; all little-endian). An answer is 0xF0, operation, type, status, and where that is
success whether more comes and what can be set or what was set.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.fields import Reader, named
from wearables.gatt.polar_pmd import Measurement

RESPONSE = 0xF0


class Operation(IntEnum):
    """What can be asked of the control point."""

    SETTINGS = 1
    START = 2
    STOP = 3


class Setting(IntEnum):
    """What a stream can be set to."""

    RATE_HZ = 0
    RESOLUTION_BITS = 1
    RANGE_G = 2
    RANGE_MILLIUNIT = 3
    CHANNELS = 4
    FACTOR = 5
    """A factor for delta frames, as the bits of a 32-bit float."""


_SIZES = {
    Setting.RATE_HZ: 2,
    Setting.RESOLUTION_BITS: 2,
    Setting.RANGE_G: 2,
    Setting.RANGE_MILLIUNIT: 4,
    Setting.CHANNELS: 1,
    Setting.FACTOR: 4,
}
_UNITS = {Setting.RATE_HZ: "Hz", Setting.RESOLUTION_BITS: "bit", Setting.RANGE_G: "g"}


class Status(IntEnum):
    """What a strap answers."""

    SUCCESS = 0
    INVALID_OPERATION = 1
    INVALID_MEASUREMENT = 2
    UNSUPPORTED = 3
    INVALID_LENGTH = 4
    INVALID_PARAMETER = 5
    ALREADY_IN_STATE = 6
    INVALID_RESOLUTION = 7
    INVALID_RATE = 8
    INVALID_RANGE = 9
    INVALID_MTU = 10
    INVALID_CHANNELS = 11
    INVALID_STATE = 12
    IN_CHARGER = 13
    DISK_FULL = 14


Settings = tuple[tuple[Setting, tuple[int, ...]], ...]


def _write(settings: Settings) -> bytes:
    written = b""
    for setting, values in settings:
        size = _SIZES[setting]
        if not (0 < len(values) <= 0xFF and all(0 <= value < 1 << 8 * size for value in values)):
            raise BadValue("wearables.errors.bad_setting", setting=setting.name.lower(), values=values, bits=8 * size)
        written += bytes([setting, len(values)]) + b"".join(value.to_bytes(size, "little") for value in values)
    return written


def _read(reader: Reader) -> Settings:
    settings = []
    while reader.left():
        setting = named(Setting, reader.unsigned(1, "setting"), "setting")
        count = reader.unsigned(1, "count")
        if not count:
            raise BadValue("wearables.errors.reserved_value", field="count", value=count)
        values = tuple(reader.unsigned(_SIZES[setting], setting.name.lower()) for _ in range(count))
        settings.append((setting, values))
    return tuple(settings)


def _document(settings: Settings) -> dict[str, Any]:
    found = [{"setting": setting.name.lower(), "values": list(values)} for setting, values in settings]
    units = {setting.name.lower(): _UNITS[setting] for setting, _ in settings if setting in _UNITS}
    return {"settings": found, "units": units}


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked of a strap. Only a start has settings."""

    operation: Operation
    measurement: Measurement
    settings: Settings = ()

    def __post_init__(self) -> None:
        if self.settings and self.operation is not Operation.START:
            raise BadValue("wearables.errors.no_settings", operation=self.operation.name.lower())
        _write(self.settings)

    def document(self) -> dict[str, Any]:
        """The operation, the measurement, the settings with their units."""
        head = {"operation": self.operation.name.lower(), "measurement": self.measurement.name.lower()}
        return head | _document(self.settings)


@dataclass(frozen=True, slots=True)
class Response:
    """A strap's answer; ``settings`` is what can be set, or what was."""

    operation: Operation
    measurement: Measurement
    status: Status
    more_follows: bool = False
    settings: Settings = ()

    def __post_init__(self) -> None:
        if self.status is not Status.SUCCESS and self.settings:
            raise BadValue("wearables.errors.no_settings", operation=self.status.name.lower())
        _write(self.settings)

    def document(self) -> dict[str, Any]:
        """The operation that was answered, the status by name, the settings with their units."""
        head: dict[str, Any] = {"operation": "response", "of": self.operation.name.lower()}
        head |= {"measurement": self.measurement.name.lower(), "result": self.status.name.lower()}
        return head | {"more_follows": self.more_follows} | _document(self.settings)


def start_ecg(rate_hz: int = 130, resolution_bits: int = 14) -> Request:
    """Ask for the electrocardiogram: an H10 has 130 Hz and 14 bits."""
    settings: Settings = ((Setting.RATE_HZ, (rate_hz,)), (Setting.RESOLUTION_BITS, (resolution_bits,)))
    return Request(Operation.START, Measurement.ECG, settings)


def start_acceleration(rate_hz: int = 200, resolution_bits: int = 16, range_g: int = 8) -> Request:
    """Ask for the acceleration: an H10 has 25, 50, 100 or 200 Hz, 16 bits, and 2, 4 or 8 g."""
    settings: Settings = (
        (Setting.RATE_HZ, (rate_hz,)),
        (Setting.RESOLUTION_BITS, (resolution_bits,)),
        (Setting.RANGE_G, (range_g,)),
    )
    return Request(Operation.START, Measurement.ACCELERATION, settings)


def stop(measurement: Measurement) -> Request:
    """Ask for the end of a stream."""
    return Request(Operation.STOP, measurement)


def ask_settings(measurement: Measurement) -> Request:
    """Ask what a stream can be set to."""
    return Request(Operation.SETTINGS, measurement)


def decode(data: bytes) -> Request | Response:
    """The request, or where it begins with 0xF0 the answer, in ``data``. An answer that is no success may end after its
    status.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, ``reserved_value`` of an operation, a measurement that
    is not read here, a status or a setting.
    """
    reader = Reader(data)
    code = reader.unsigned(1, "operation")
    answers = code == RESPONSE
    operation = named(Operation, reader.unsigned(1, "of") if answers else code, "operation")
    measurement = named(Measurement, reader.unsigned(1, "measurement"), "measurement")
    if not answers:
        settings = _read(reader) if operation is Operation.START else ()
        reader.end()
        return Request(operation, measurement, settings)
    status = named(Status, reader.unsigned(1, "status"), "status")
    succeeded = status is Status.SUCCESS
    more = bool(reader.unsigned(1, "more_follows")) if succeeded or reader.left() else False
    settings = _read(reader) if succeeded else ()
    reader.end()
    return Response(operation, measurement, status, more, settings)


def encode(said: Request | Response) -> bytes:
    """The bytes of a request or an answer."""
    if isinstance(said, Response):
        head = bytes([RESPONSE, said.operation, said.measurement, said.status, said.more_follows])
    else:
        head = bytes([said.operation, said.measurement])
    return head + _write(said.settings)
