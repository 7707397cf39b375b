"""The heart rate that Polar straps put into their advertisements (manufacturer data of company 0x006B).

Polar documents it nowhere but in the sources of its kit. The data begins after the two bytes of the company. Blocks
whose first byte has bit 6 set (``header, length, length bytes``) say other things and are passed over. Then comes the
heart rate, 3 or 4 bytes to the end: status (bit 0: battery low, bit 1: skin contact, bits 2-4: a counter that moves on
with each new rate, bit 5: this is a broadcast, bit 7 unknown), a code that is kept as it is, a fast average, and the
average that the strap shows. A block of 3 bytes has no fast average. There are no RR intervals in it. All frames of
straps that are known here have the bit of the battery set: it is told as Polar's kit reads it, and no ground for an
alarm by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.fields import Field, Reader, only_present, with_units
from wearables.gatt.layout import read_value

COMPANY = 0x006B
OTHER_BLOCK = 0x40
BATTERY_LOW = 0x01
SKIN_CONTACT = 0x02
COUNTER_SHIFT = 2
COUNTER_MAX = 7
BROADCAST = 0x20
SHORT = 3

_FIELDS = (
    Field("hr_bpm", 1, "bpm"),
    Field("fast_hr_bpm", 1, "bpm"),
    Field("counter", 1, "1", most=COUNTER_MAX),
    Field("code", 1, "1"),
)
UNITS = {"hr": "bpm", "hr_bpm": "bpm", "fast_hr": "bpm", "fast_hr_bpm": "bpm", "counter": "1", "code": "1"}


@dataclass(frozen=True, slots=True)
class PolarBroadcast:
    """What an advertisement says. ``hr_bpm`` is the number as sent, 0 where the strap has no reading (``rate_bpm`` is
    then None); ``fast_hr_bpm`` likewise, None in the short form. ``others`` are the blocks before it: header, bytes."""

    hr_bpm: int
    contact: bool = False
    counter: int = 0
    battery_low: bool = False
    broadcast: bool = True
    fast_hr_bpm: int | None = None
    code: int = 0
    others: tuple[tuple[int, bytes], ...] = ()

    def __post_init__(self) -> None:
        for field in _FIELDS:
            value = getattr(self, field.name)
            if value is not None:
                field.raw(value)
        for header, held in self.others:
            if not (0 <= header <= 0xFF and header & OTHER_BLOCK and len(held) <= 0xFF):
                raise BadValue("wearables.errors.bad_block", header=header, size=len(held))

    @property
    def rate_bpm(self) -> int | None:
        """Beats a minute, or None where the strap sent 0: no reading."""
        return self.hr_bpm or None

    def document(self) -> dict[str, Any]:
        """The fields with their units; the fast average only where there is one."""
        fast = (
            {} if self.fast_hr_bpm is None else {"fast_hr": self.fast_hr_bpm, "fast_hr_bpm": self.fast_hr_bpm or None}
        )
        document = {"hr": self.hr_bpm, "hr_bpm": self.rate_bpm} | fast
        document |= {"contact": self.contact, "counter": self.counter, "battery_low": self.battery_low}
        document |= {"broadcast": self.broadcast, "code": self.code}
        return with_units(document, UNITS)


def is_new(broadcast: PolarBroadcast, before: PolarBroadcast | None) -> bool:
    """Whether ``broadcast`` brings another reading than ``before``: its counter moved. Straps repeat an advertisement
    many times a second; a repeated one is no second reading, whatever else in it changed."""
    return before is None or broadcast.counter != before.counter


def decode(data: bytes) -> PolarBroadcast:
    """What the manufacturer data ``data`` (without the company's two bytes) says.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, or ``no_heart_rate`` where only other blocks came,
    as from a strap that is not worn.
    """
    reader = Reader(data)
    others = []
    while reader.left() and reader.data[reader.at] & OTHER_BLOCK:
        header = reader.unsigned(1, "header")
        others.append((header, reader.take(reader.unsigned(1, "length"), "block")))
    if others and not reader.left():
        raise BadValue("wearables.errors.no_heart_rate", blocks=len(others))
    short = reader.left() <= SHORT
    status = reader.unsigned(1, "status")
    code = reader.unsigned(1, "code")
    fast = None if short else reader.unsigned(1, "fast_hr_bpm")
    hr_bpm = reader.unsigned(1, "hr_bpm")
    reader.end()
    values = {
        "hr_bpm": hr_bpm,
        "contact": bool(status & SKIN_CONTACT),
        "counter": status >> COUNTER_SHIFT & COUNTER_MAX,
        "battery_low": bool(status & BATTERY_LOW),
        "broadcast": bool(status & BROADCAST),
        "fast_hr_bpm": fast,
        "code": code,
        "others": tuple(others),
    }
    return read_value(PolarBroadcast, values)


def encode(broadcast: PolarBroadcast) -> bytes:
    """The manufacturer data that says ``broadcast``: the short form where it has no fast average."""
    status = broadcast.counter << COUNTER_SHIFT
    status |= BATTERY_LOW if broadcast.battery_low else 0
    status |= SKIN_CONTACT if broadcast.contact else 0
    status |= BROADCAST if broadcast.broadcast else 0
    before = b"".join(bytes([header, len(held)]) + held for header, held in broadcast.others)
    rates = only_present({"fast": broadcast.fast_hr_bpm, "hr": broadcast.hr_bpm})
    return before + bytes([status, broadcast.code, *rates.values()])
