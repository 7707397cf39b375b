"""Polar Measurement Data: the electrocardiogram and the acceleration of Polar straps (H10, Verity Sense).

Service FB005C80-02E7-F387-1CAD-8ACD2D8DF0C8; requests and answers go over the control point (...81), data comes as
notifications (...82). Written after Polar's public description of the format. A data frame is: type of measurement (1
byte), time of its **last** sample in nanoseconds since 2000-01-01 on the strap's own clock (8 bytes), type of frame (1
byte), samples. Read are electrocardiograms of frame type 0 (24 bits signed, microvolts) and accelerations of frame type
1 (three times 16 bits signed, thousandths of g). Other frames are refused by their number; with bit 7 set (128 and
more) they are delta frames, which are not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.fields import Field, Reader, with_units
from wearables.gatt.layout import read_value

CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
EPOCH_UTC_S = 946_684_800
"""2000-01-01T00:00:00Z, the zero of a strap's clock, in seconds since 1970."""
NS_PER_S = 1_000_000_000


class Measurement(IntEnum):
    """What a strap can stream and is read here."""

    ECG = 0
    ACCELERATION = 2


class FrameType(IntEnum):
    """How samples are written."""

    ECG_24 = 0
    ACCELERATION_16 = 1


TIME = Field("last_sample_ns", 8, "ns since 2000-01-01")
ECG = Field("ecg_uv", 3, "µV", signed=True)
ACCELERATION = Field("acceleration_mg", 2, "mg", signed=True)
AXES = 3
DELTA = 0x80


def _times_ns(last_ns: int, count: int, rate_hz: Fraction | int) -> tuple[int, ...]:
    step_ns = Fraction(NS_PER_S) / rate_hz
    return tuple(last_ns - round((count - 1 - place) * step_ns) for place in range(count))


@dataclass(frozen=True, slots=True)
class EcgFrame:
    """Voltages of an electrocardiogram in microvolts, oldest first, and when the last of them was."""

    last_sample_ns: int
    ecg_uv: tuple[int, ...]

    def __post_init__(self) -> None:
        encode(self)

    def times_ns(self, rate_hz: Fraction | int) -> tuple[int, ...]:
        """When each sample was, on the strap's clock, at ``rate_hz`` samples a second (130 on an H10)."""
        return _times_ns(self.last_sample_ns, len(self.ecg_uv), rate_hz)

    def document(self) -> dict[str, Any]:
        """The samples with their units."""
        return with_units({"measurement": "ecg"} | _fields(self.last_sample_ns, ECG, list(self.ecg_uv)), _UNITS)


@dataclass(frozen=True, slots=True)
class AccelerationFrame:
    """Accelerations along x, y and z in thousandths of g, oldest first, and when the last of them was."""

    last_sample_ns: int
    acceleration_mg: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        encode(self)

    def times_ns(self, rate_hz: Fraction | int) -> tuple[int, ...]:
        """When each sample was, on the strap's clock, at ``rate_hz`` samples a second."""
        return _times_ns(self.last_sample_ns, len(self.acceleration_mg), rate_hz)

    def document(self) -> dict[str, Any]:
        """The samples with their units."""
        samples = [list(sample) for sample in self.acceleration_mg]
        return with_units({"measurement": "acceleration"} | _fields(self.last_sample_ns, ACCELERATION, samples), _UNITS)


_UNITS = {field.name: field.unit for field in (TIME, ECG, ACCELERATION)}


def _fields(last_ns: int, field: Field, samples: list[Any]) -> dict[str, Any]:
    return {TIME.name: last_ns, field.name: samples}


def decode(data: bytes) -> EcgFrame | AccelerationFrame:
    """The samples of the data frame ``data``.

    Raises ``BadValue``: ``packet_too_short`` (also without any sample), ``surplus_bytes`` (a sample that is cut),
    ``delta_frame`` and ``unknown_frame`` for measurements and frames that are not read here.
    """
    reader = Reader(data)
    kind = reader.unsigned(1, "measurement")
    last_ns = reader.unsigned(TIME.size, TIME.name)
    frame = reader.unsigned(1, "frame_type")
    if (kind, frame) == (Measurement.ECG, FrameType.ECG_24):
        return read_value(EcgFrame, {TIME.name: last_ns, ECG.name: tuple(_samples(reader, ECG, 1))})
    if (kind, frame) == (Measurement.ACCELERATION, FrameType.ACCELERATION_16):
        flat = _samples(reader, ACCELERATION, AXES)
        samples = tuple(zip(flat[::AXES], flat[1::AXES], flat[2::AXES], strict=True))
        return read_value(AccelerationFrame, {TIME.name: last_ns, ACCELERATION.name: samples})
    if frame & DELTA:
        raise BadValue("wearables.errors.delta_frame", measurement=kind, frame=frame)
    raise BadValue("wearables.errors.unknown_frame", measurement=kind, frame=frame)


def _samples(reader: Reader, field: Field, channels: int) -> list[int]:
    size = field.size * channels
    count = max(reader.left() // size, 1)
    held = reader.take(count * size, field.name)
    reader.end()
    places = range(0, len(held), field.size)
    return [int.from_bytes(held[at : at + field.size], "little", signed=True) for at in places]


def encode(frame: EcgFrame | AccelerationFrame) -> bytes:
    """The data frame that carries ``frame``. Raises ``BadValue`` where a value does not fit, or there is no sample."""
    if isinstance(frame, EcgFrame):
        kind, form, field, flat = Measurement.ECG, FrameType.ECG_24, ECG, list(frame.ecg_uv)
    else:
        kind, form, field = Measurement.ACCELERATION, FrameType.ACCELERATION_16, ACCELERATION
        flat = [value for sample in frame.acceleration_mg for value in sample]
    if not flat:
        raise BadValue("wearables.errors.field_is_missing", field=field.name)
    head = bytes([kind]) + TIME.write(frame.last_sample_ns) + bytes([form])
    return head + b"".join(field.write(value) for value in flat)
