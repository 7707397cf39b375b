"""Heart Rate Measurement, characteristic 0x2A37: bytes in, value out, and back.

Layout after the Bluetooth Heart Rate Service 1.0, section 3.1, all little-endian: flags (bit 0: rate is 16 bit,
bits 1-2: skin contact, bit 3: energy present, bit 4: RR intervals present, bits 5-7 reserved), rate, energy in kJ,
then RR intervals in 1/1024 s, oldest first, to the end of the packet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from touchline.errors import BadValue
from touchline.measure import MS_PER_S, RR_TICKS_PER_S
from wearables.gatt.fields import U8_MAX, U16_MAX, surplus, too_short, with_units
from wearables.gatt.layout import read_value

RATE_IS_16_BIT = 0x01
CONTACT = 0x06
CONTACT_SUPPORTED = 0x04
CONTACT_DETECTED = 0x02
ENERGY_PRESENT = 0x08
RR_PRESENT = 0x10
UNITS = {"hr": "bpm", "hr_bpm": "bpm", "energy_kj": "kJ", "rr_1024": "1/1024 s", "rr_ms": "ms"}


class Contact(StrEnum):
    """What the strap says about its contact with the skin. Not supported is another thing than lost."""

    NOT_SUPPORTED = "not_supported"
    NOT_DETECTED = "not_detected"
    DETECTED = "detected"


class Fault(StrEnum):
    """What was wrong in a packet that could still be read in part."""

    PARTIAL_RR = "partial_rr"


@dataclass(frozen=True, slots=True)
class HeartRateMeasurement:
    """One notification of a strap.

    ``hr_bpm`` is the number as sent, 0 where the strap has no reading (``rate_bpm`` is then None). ``rr_1024`` are the
    RR intervals in 1/1024 s, oldest first. ``energy_kj`` is cumulative and stays at 65535 once it got there; None
    where the packet carries none.
    """

    hr_bpm: int
    contact: Contact = Contact.NOT_SUPPORTED
    energy_kj: int | None = None
    rr_1024: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        fields = {"hr_bpm": self.hr_bpm, "energy_kj": self.energy_kj or 0}
        fields |= {f"rr_1024[{index}]": value for index, value in enumerate(self.rr_1024)}
        for name, value in fields.items():
            if not 0 <= value <= U16_MAX:
                raise BadValue("wearables.errors.not_16_bit", field=name, value=value)

    @property
    def rate_bpm(self) -> int | None:
        """Beats a minute, or None where the strap sent 0: no reading."""
        return self.hr_bpm or None

    @property
    def rr_ms(self) -> tuple[float, ...]:
        """RR intervals in milliseconds, not rounded."""
        return tuple(value * MS_PER_S / RR_TICKS_PER_S for value in self.rr_1024)

    def document(self) -> dict[str, Any]:
        """The fields that the packet carried, with their units in the names; absent fields are absent."""
        document: dict[str, Any] = {"hr": self.hr_bpm, "hr_bpm": self.rate_bpm, "contact": self.contact.value}
        if self.energy_kj is not None:
            document["energy_kj"] = self.energy_kj
        document |= {"rr_1024": list(self.rr_1024), "rr_ms": list(self.rr_ms)}
        return with_units(document | {"faults": [fault.value for fault in self.faults]}, UNITS)


def _need(data: bytes, size: int, field: str) -> None:
    if len(data) < size:
        raise too_short(field, size, len(data))


def decode(data: bytes) -> HeartRateMeasurement:
    """The measurement that the notification ``data`` carries.

    One odd byte after the RR intervals is a fault that costs only that interval: ``faults`` names it. Reserved flags
    are passed over.

    Raises ``BadValue``: ``packet_too_short`` where a field that the flags announce is missing, ``surplus_bytes`` where
    bytes follow that they do not announce.
    """
    _need(data, 2, "hr_bpm")
    flags = data[0]
    if flags & RATE_IS_16_BIT:
        _need(data, 3, "hr_bpm")
        hr_bpm, at = struct.unpack_from("<H", data, 1)[0], 3
    else:
        hr_bpm, at = data[1], 2
    contact = Contact.NOT_SUPPORTED
    if flags & CONTACT_SUPPORTED:
        contact = Contact.DETECTED if flags & CONTACT_DETECTED else Contact.NOT_DETECTED
    energy_kj = None
    if flags & ENERGY_PRESENT:
        _need(data, at + 2, "energy_kj")
        energy_kj, at = struct.unpack_from("<H", data, at)[0], at + 2
    rr: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()
    if flags & RR_PRESENT:
        count, odd = divmod(len(data) - at, 2)
        rr = struct.unpack_from(f"<{count}H", data, at)
        faults = (Fault.PARTIAL_RR,) if odd else ()
    elif at < len(data):
        raise surplus(at, len(data))
    values = {"hr_bpm": hr_bpm, "contact": contact, "energy_kj": energy_kj, "rr_1024": rr, "faults": faults}
    return read_value(HeartRateMeasurement, values)


def has_partial_rr(data: bytes) -> bool:
    """Whether a packet that ``decode`` takes has the fault ``PARTIAL_RR``; told from its length alone, for many."""
    flags = data[0] if data else 0
    before = 2 + bool(flags & RATE_IS_16_BIT) + 2 * bool(flags & ENERGY_PRESENT)
    return bool(flags & RR_PRESENT) and (len(data) - before) % 2 == 1


def encode(measurement: HeartRateMeasurement) -> bytes:
    """The notification that carries ``measurement``: the rate in 8 bit where it fits. Faults are not written."""
    wide = measurement.hr_bpm > U8_MAX
    flags = RATE_IS_16_BIT if wide else 0
    if measurement.contact is not Contact.NOT_SUPPORTED:
        flags |= CONTACT if measurement.contact is Contact.DETECTED else CONTACT_SUPPORTED
    body = struct.pack("<H" if wide else "<B", measurement.hr_bpm)
    if measurement.energy_kj is not None:
        flags |= ENERGY_PRESENT
        body += struct.pack("<H", measurement.energy_kj)
    if measurement.rr_1024:
        flags |= RR_PRESENT
        body += struct.pack(f"<{len(measurement.rr_1024)}H", *measurement.rr_1024)
    return bytes([flags]) + body
