"""Packets whose flags say which groups of fields are there: read from a table, and written from it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Any, TypeVar

from touchline.errors import BadValue
from wearables.gatt.fields import Field, surplus, too_short

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that come together, present where ``bit`` of the flags is set; always where ``bit`` is None; where
    ``inverted``, present where it is not set."""

    bit: int | None
    fields: tuple[Field, ...]
    inverted: bool = False

    def is_in(self, flags: int) -> bool:
        """Whether a packet with ``flags`` has these fields."""
        return self.bit is None or bool(flags >> self.bit & 1) is not self.inverted


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """``flag_bytes`` bytes of flags, then the groups in their order. Flags of no group are the caller's own."""

    flag_bytes: int
    groups: tuple[Group, ...]

    def fields(self) -> Iterator[Field]:
        """All fields in their order."""
        for group in self.groups:
            yield from group.fields

    def flags(self, data: bytes) -> int:
        """The flags of ``data``. Raises ``BadValue`` (``packet_too_short``)."""
        if len(data) < self.flag_bytes:
            raise too_short("flags", self.flag_bytes, len(data))
        return int.from_bytes(data[: self.flag_bytes], "little")

    def read(self, data: bytes) -> tuple[int, dict[str, Any]]:
        """The flags of ``data``, and the values of its fields; None for a field that says "not available".

        Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``, ``reserved_value``.
        """
        flags = self.flags(data)
        present, form = _plan(self, flags)
        if len(data) != form.size:
            raise self._wrong_size(len(data), present)
        _, *numbers = form.unpack(data)
        values: dict[str, Any] = {}
        for field, raw in zip(present, numbers, strict=True):
            number = int.from_bytes(raw, "little") if field.size == ODD_SIZE else raw
            if field.most is not None:
                values[field.name] = field.value(number)
            elif number == field.missing:
                values[field.name] = None
            else:
                values[field.name] = number if field.per_unit == 1 else number / field.per_unit
        return flags, values

    def _wrong_size(self, got: int, present: Sequence[Field]) -> BadValue:
        ends = self.flag_bytes
        for field in present:
            ends += field.size
            if ends > got:
                return too_short(field.name, ends, got)
        return surplus(ends, got)

    def write(self, values: Mapping[str, Any], flags: int = 0) -> bytes:
        """The packet that has ``values`` (None or left out: not there), with ``flags`` of no group.

        A group is there where one of its values is. An inverted group is there unless its bit is set in ``flags``.

        Raises ``BadValue`` where a value does not fit, or a group lacks one that cannot say "not available".
        """
        body = b""
        for group in self.groups:
            if group.inverted or group.bit is None:
                there = group.is_in(flags)
            else:
                there = any(values.get(field.name) is not None for field in group.fields)
                flags |= there << group.bit
            if there:
                body += b"".join(field.write(values.get(field.name)) for field in group.fields)
        return flags.to_bytes(self.flag_bytes, "little") + body


ODD_SIZE = 3
_FORMS = {1: "B", 2: "H", 3: "3s", 4: "I"}


@lru_cache(maxsize=1024)
def _plan(layout: Layout, flags: int) -> tuple[tuple[Field, ...], struct.Struct]:
    """The fields of a packet with ``flags``, and how they are packed. A device sends few different flags, so this is
    worked out once; it depends on nothing else."""
    present = tuple(field for group in layout.groups if group.is_in(flags) for field in group.fields)
    signs = (_FORMS[field.size].lower() if field.signed else _FORMS[field.size] for field in present)
    return present, struct.Struct(f"<{layout.flag_bytes}s" + "".join(signs))


def read_one_of(layouts: Sequence[Layout], data: bytes) -> tuple[int, dict[str, Any]]:
    """As ``Layout.read``, by the layout that has exactly the length of ``data``.

    Layouts of one call differ in the widths of the same groups, so of two that fit both read the same. Raises as the
    first of them where none fits.
    """
    first, *others = layouts
    size, flags = len(data), first.flags(data)
    if _plan(first, flags)[1].size != size:
        for layout in others:
            if _plan(layout, flags)[1].size == size:
                return layout.read(data)
    return first.read(data)


def read_value(kind: type[T], values: Mapping[str, Any]) -> T:
    """A ``kind`` (a frozen dataclass) of ``values`` that were read from a packet, the rest as by default.

    What a field can hold needs no second look, so ``__post_init__``, which looks at what people give, is left out.
    """
    made = object.__new__(kind)
    keep, said = object.__setattr__, values.get
    for name, default in _defaults(kind):  # type: ignore[arg-type]
        keep(made, name, said(name, default))
    return made


@lru_cache(maxsize=64)
def _defaults(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, None if field.default is MISSING else field.default) for field in fields(kind))
