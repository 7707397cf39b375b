"""Little-endian numbers in packets: a cursor that refuses what is short or long, and fields with their steps and units.

Nothing here knows a characteristic. What cannot be read raises ``BadValue`` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from touchline.errors import BadValue

U8_MAX = 0xFF
U16_MAX = 0xFFFF
S16_MAX = 0x7FFF

Number = int | float


def too_short(field: str, need: int, got: int) -> BadValue:
    """The refusal of a packet of ``got`` bytes in which ``field`` would end after ``need``."""
    return BadValue("wearables.errors.packet_too_short", field=field, need=need, got=got)


def surplus(need: int, got: int) -> BadValue:
    """The refusal of a packet of ``got`` bytes that should have ended after ``need``."""
    return BadValue("wearables.errors.surplus_bytes", need=need, got=got)


class Reader:
    """A place in ``data`` that moves on with what is taken."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = bytes(data)
        self.at = at

    def take(self, size: int, field: str) -> bytes:
        """The next ``size`` bytes. Raises ``BadValue`` (``packet_too_short``) naming ``field``."""
        ends = self.at + size
        if len(self.data) < ends:
            raise too_short(field, ends, len(self.data))
        taken = self.data[self.at : ends]
        self.at = ends
        return taken

    def unsigned(self, size: int, field: str) -> int:
        """The next ``size`` bytes as a whole number from 0."""
        return int.from_bytes(self.take(size, field), "little")

    def left(self) -> int:
        """How many bytes are left."""
        return len(self.data) - self.at

    def end(self) -> None:
        """Nothing may be left. Raises ``BadValue`` (``surplus_bytes``)."""
        if self.left():
            raise surplus(self.at, len(self.data))


@dataclass(frozen=True, slots=True)
class Field:
    """A number of ``size`` bytes that counts steps of 1/``per_unit`` of ``unit``. The raw number ``missing`` says "not
    available" and is never a value; raw numbers above ``most`` are reserved."""

    name: str
    size: int
    unit: str
    per_unit: int = 1
    signed: bool = False
    missing: int | None = None
    most: int | None = None

    def value(self, raw: int) -> Number | None:
        """What the raw number means, in ``unit``: an int where the step is 1. None where it says "not available".

        Raises ``BadValue`` (``reserved_value``) above ``most``.
        """
        if raw == self.missing:
            return None
        if self.most is not None and raw > self.most:
            raise BadValue("wearables.errors.reserved_value", field=self.name, value=raw)
        return raw if self.per_unit == 1 else raw / self.per_unit

    def raw(self, value: Number) -> int:
        """The raw number of ``value``. Raises ``BadValue`` (``not_in_field``) out of bounds or between steps."""
        try:
            raw = round(value * self.per_unit)
        except (ValueError, OverflowError):
            raise self._refused(value) from None
        low, high = self.bounds()
        if (
            not low <= raw <= high
            or raw == self.missing
            or (raw if self.per_unit == 1 else raw / self.per_unit) != value
        ):
            raise self._refused(value)
        return raw

    def bounds(self) -> tuple[int, int]:
        """The lowest and the highest raw number."""
        bits = 8 * self.size
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)
        return low, high if self.most is None else min(high, self.most)

    def write(self, value: Number | None) -> bytes:
        """The bytes of ``value``; of None those that say "not available".

        Raises ``BadValue`` (``field_is_missing``) for None where nothing says that.
        """
        raw = self.missing if value is None else self.raw(value)
        if raw is None:
            raise BadValue("wearables.errors.field_is_missing", field=self.name)
        return raw.to_bytes(self.size, "little", signed=self.signed)

    def _refused(self, value: Number) -> BadValue:
        low, high = (bound / self.per_unit for bound in self.bounds())
        return BadValue(
            "wearables.errors.not_in_field", field=self.name, value=value, low=f"{low:g}", high=f"{high:g}",
            step=f"1/{self.per_unit}" if self.per_unit > 1 else "1", unit=self.unit,
        )  # fmt: skip


N = TypeVar("N", bound=IntEnum)


def named(names: type[N], number: int, field: str) -> N:
    """The one of ``names`` that ``number`` is. Raises ``BadValue`` (``reserved_value``)."""
    try:
        return names(number)
    except ValueError:
        raise BadValue("wearables.errors.reserved_value", field=field, value=number) from None


def only_present(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without those that are None."""
    return {name: value for name, value in values.items() if value is not None}


def with_units(document: dict[str, Any], units: Mapping[str, str]) -> dict[str, Any]:
    """``document`` and, under ``units``, the units of those of its keys that have one."""
    return document | {"units": {name: units[name] for name in document if name in units}}


def units_of(fields: Iterable[Field]) -> dict[str, str]:
    """The units of ``fields`` by their names."""
    return {field.name: field.unit for field in fields}
