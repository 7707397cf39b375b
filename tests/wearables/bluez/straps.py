"""A strap of the double: what it is, what it sends, and the log of what it sent to whom."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from typing import Any

CONTACT_AND_ENERGY_AND_RR = 0x1E
NO_CONTACT_AND_ENERGY = 0x0C
POLAR = 0x006B


def address_of(index: int) -> str:
    """The address of strap ``index`` of the double, from 0."""
    return f"C0:FF:EE:00:{index >> 8:02X}:{index & 0xFF:02X}"


@dataclass
class VirtualStrap:
    """One strap. Each second it makes a frame with a serial number in the field of the energy, whoever listens."""

    index: int
    in_range: bool = True
    stalled: bool = False
    contact: bool = True
    broadcasts: bool = False
    battery: int = 90
    bad: int = 0
    """How many of the next frames are cut short."""
    doubled: int = 0
    """How many of the next frames are handed over twice."""
    serial: int = 0
    log: list[tuple[int, str, int]] = field(default_factory=list)
    """Serial number, bytes in hexadecimal digits, how often it was handed over (0: nobody was connected and
    subscribed)."""
    adapter: str | None = None
    """What it is connected through."""
    resolved: bool = False
    connected_since: float = 0.0

    def __post_init__(self) -> None:
        self.address = address_of(self.index)
        self.name = f"Strap {self.index:02d}"
        self.chance = random.Random(self.index)
        self.hr = 60 + self.index % 60

    def beat(self) -> bytes:
        """The next frame."""
        self.serial += 1
        self.hr = max(45, min(199, self.hr + self.chance.choice((-1, 0, 0, 1))))
        number = struct.pack("<H", self.serial & 0xFFFF)
        if not self.contact:
            return bytes([NO_CONTACT_AND_ENERGY, 0]) + number
        rr = struct.pack("<H", round(60 / self.hr * 1024 + self.chance.gauss(0, 12)))
        frame = bytes([CONTACT_AND_ENERGY_AND_RR, self.hr]) + number + rr
        if self.bad:
            self.bad -= 1
            return frame[:3]
        return frame

    def advertised(self) -> dict[int, bytes]:
        """The manufacturer data of its advertisements: nothing, or its rate as Polar straps send it."""
        if not self.broadcasts:
            return {}
        low = self.battery <= 20
        status = 0x20 | (self.serial & 7) << 2 | (0x02 if self.contact else 0) | (0x01 if low else 0)
        rate = self.hr if self.contact else 0
        return {POLAR: bytes([status, 0, rate, rate])}

    def set(self, name: str, value: Any) -> None:
        """Change one of the fields that tests change."""
        if name not in ("in_range", "stalled", "contact", "broadcasts", "battery", "bad", "doubled"):
            raise KeyError(name)
        setattr(self, name, value)
