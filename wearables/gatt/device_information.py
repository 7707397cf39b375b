"""Device Information Service 0x180A: who made a device, and which one it is.

The strings 0x2A24 to 0x2A29 are UTF-8 of any length; zero bytes at the end, which many devices send, are no part of
them. 0x2A23 is an EUI-64 sent from its last byte to its first, 0x2A50 says vendor, product and version.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.fields import Field, Reader, with_units

STRINGS = {
    "0x2A24": "model_number",
    "0x2A25": "serial_number",
    "0x2A26": "firmware_revision",
    "0x2A27": "hardware_revision",
    "0x2A28": "software_revision",
    "0x2A29": "manufacturer_name",
}
"""The characteristics that are strings, by their assigned number, and their names."""

EUI_SIZE = 8


@dataclass(frozen=True, slots=True)
class DeviceText:
    """One string of a device. It has no control characters."""

    text: str

    def __post_init__(self) -> None:
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in self.text):
            raise BadValue("wearables.errors.not_text")

    def document(self) -> dict[str, Any]:
        """The text."""
        return with_units({"text": self.text}, {})


def decode_text(data: bytes) -> DeviceText:
    """The string that ``data`` is, without zero bytes at its end.

    Raises ``BadValue`` (``not_text``) where it is not UTF-8, or has control characters.
    """
    try:
        return DeviceText(bytes(data).rstrip(b"\0").decode("utf-8"))
    except UnicodeDecodeError:
        raise BadValue("wearables.errors.not_text") from None


def encode_text(text: DeviceText) -> bytes:
    """The bytes of ``text``."""
    return text.text.encode("utf-8")


@dataclass(frozen=True, slots=True)
class SystemId:
    """A device's EUI-64, first byte of its maker first."""

    eui64: bytes

    def __post_init__(self) -> None:
        if len(self.eui64) != EUI_SIZE:
            raise BadValue("wearables.errors.bad_size", field="eui64", need=EUI_SIZE, got=len(self.eui64))

    def document(self) -> dict[str, Any]:
        """The identifier as it is written, ``00-22-D0-FF-FE-12-34-56``."""
        return with_units({"eui64": self.eui64.hex("-").upper()}, {})


def decode_system_id(data: bytes) -> SystemId:
    """The identifier in ``data``. Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``."""
    reader = Reader(data)
    held = reader.take(EUI_SIZE, "eui64")
    reader.end()
    return SystemId(held[::-1])


def encode_system_id(identifier: SystemId) -> bytes:
    """The bytes of ``identifier``."""
    return identifier.eui64[::-1]


class VendorSource(StrEnum):
    """Who gave the vendor its number."""

    BLUETOOTH = "bluetooth_sig"
    USB = "usb_forum"


_SOURCES = {1: VendorSource.BLUETOOTH, 2: VendorSource.USB}
_NUMBERS = tuple(Field(name, 2, "1") for name in ("vendor_id", "product_id", "product_version"))


@dataclass(frozen=True, slots=True)
class PnpId:
    """Vendor, product and version as numbers of 16 bits. What a version means is the maker's own."""

    vendor_source: VendorSource
    vendor_id: int
    product_id: int
    product_version: int

    def __post_init__(self) -> None:
        for field in _NUMBERS:
            field.raw(getattr(self, field.name))

    def document(self) -> dict[str, Any]:
        """The numbers."""
        numbers = {field.name: getattr(self, field.name) for field in _NUMBERS}
        return with_units({"vendor_source": self.vendor_source.value} | numbers, dict.fromkeys(numbers, "1"))


def decode_pnp_id(data: bytes) -> PnpId:
    """The numbers in ``data``.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, or ``reserved_value`` of the source.
    """
    reader = Reader(data)
    source = reader.unsigned(1, "vendor_source")
    numbers = [reader.unsigned(field.size, field.name) for field in _NUMBERS]
    reader.end()
    if source not in _SOURCES:
        raise BadValue("wearables.errors.reserved_value", field="vendor_source", value=source)
    return PnpId(_SOURCES[source], *numbers)


def encode_pnp_id(identifier: PnpId) -> bytes:
    """The bytes of ``identifier``."""
    source = next(number for number, known in _SOURCES.items() if known is identifier.vendor_source)
    return bytes([source]) + b"".join(field.write(getattr(identifier, field.name)) for field in _NUMBERS)
