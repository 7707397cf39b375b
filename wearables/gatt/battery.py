"""Battery Level, characteristic 0x2A19 (Battery Service 1.1): one byte, 0 to 100 percent; more is reserved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wearables.gatt.fields import Field, Reader, with_units

PERCENT = Field("percent", 1, "%", most=100)


@dataclass(frozen=True, slots=True)
class BatteryLevel:
    """How full the battery is: 0 to 100 percent."""

    percent: int

    def __post_init__(self) -> None:
        PERCENT.raw(self.percent)

    def document(self) -> dict[str, Any]:
        """The level with its unit."""
        return with_units({"percent": self.percent}, {"percent": PERCENT.unit})


def decode(data: bytes) -> BatteryLevel:
    """The level that ``data`` says.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, or ``reserved_value`` above 100.
    """
    reader = Reader(data)
    raw = reader.unsigned(1, PERCENT.name)
    reader.end()
    PERCENT.value(raw)
    return BatteryLevel(raw)


def encode(level: BatteryLevel) -> bytes:
    """The byte that says ``level``."""
    return PERCENT.write(level.percent)
