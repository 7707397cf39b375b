"""Just enough of FlatBuffers to put a new root before a TFLite model, without touching a byte of the model itself.

All references of the format lead forward and are relative. So a head with another root table can stand before an old
buffer, and may refer to every object of it: the old one is only shifted, by a multiple of 16 bytes, which keeps the
alignment of its weights. The result depends on nothing but the input: no library, no version of one.
Source: the FlatBuffers internals document and ``flatbuffers.h``; little-endian throughout.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

ALIGNMENT = 16
"""Bytes. The schema of TFLite asks it for the content of buffers; nothing in it asks more."""


@dataclass(frozen=True, slots=True)
class Old:
    """An object of the old buffer, by its place there."""

    place: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number that stands inside its table, as ``struct`` packs it: ``B`` is a ubyte, ``I`` a uint."""

    form: str
    value: int

    def packed(self) -> bytes:
        """Its bytes."""
        return struct.pack("<" + self.form, self.value)


@dataclass(frozen=True, slots=True)
class Floats:
    """A vector of 32-bit floats."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its fields by their number in the schema (a union takes two, the kind and the object)."""

    fields: dict[int, Field]


Node: TypeAlias = "Table | Floats | Old | str | bytes | Sequence[Table | Old]"
Field: TypeAlias = "Scalar | Node"


class _Writer:
    """Writes objects one after another and fills in a reference as soon as its object has a place."""

    def __init__(self, head: bytes) -> None:
        self.out = bytearray(head)
        self.waiting: list[tuple[int, Node]] = []
        self.old: list[tuple[int, int]] = []

    def align(self, size: int, ahead: int = 0) -> None:
        """Fill up so that what comes ``ahead`` bytes later stands at a multiple of ``size``."""
        self.out += bytes(-(len(self.out) + ahead) % size)

    def refer(self, node: Node) -> None:
        """Leave room for a reference to ``node``."""
        self.waiting.append((len(self.out), node))
        self.out += bytes(4)

    def table(self, table: Table) -> int:
        fields = sorted(
            table.fields.items(),
            key=lambda item: (-len(item[1].packed()) if isinstance(item[1], Scalar) else -4, item)[0],
        )
        places: dict[int, int] = {}
        size = 4
        for number, field in fields:
            places[number] = size
            size += len(field.packed()) if isinstance(field, Scalar) else 4
        count = max(table.fields, default=-1) + 1
        vtable = struct.pack(f"<{2 + count}H", 4 + 2 * count, size, *(places.get(i, 0) for i in range(count)))
        self.align(4, len(vtable))
        start = len(self.out)
        self.out += vtable
        place = len(self.out)
        self.out += struct.pack("<i", place - start)
        for _, field in fields:
            if isinstance(field, Scalar):
                self.out += field.packed()
            else:
                self.refer(field)
        return place

    def node(self, node: Table | Floats | str | bytes | Sequence[Table | Old]) -> int:
        """Write ``node`` and return its place."""
        if isinstance(node, Table):
            return self.table(node)
        self.align(ALIGNMENT if isinstance(node, bytes) else 4, 4 if isinstance(node, bytes) else 0)
        place = len(self.out)
        if isinstance(node, str):
            text = node.encode("utf-8")
            self.out += struct.pack("<I", len(text)) + text + b"\0"
        elif isinstance(node, bytes):
            self.out += struct.pack("<I", len(node)) + node
        elif isinstance(node, Floats):
            self.out += struct.pack(f"<I{len(node.values)}f", len(node.values), *node.values)
        else:
            self.out += struct.pack("<I", len(node))
            for item in node:
                self.refer(item)
        return place

    def finish(self) -> None:
        """Write all that was referred to; what is in the old buffer is noted for later."""
        while self.waiting:
            at, node = self.waiting.pop(0)
            if isinstance(node, Old):
                self.old.append((at, node.place))
            else:
                struct.pack_into("<I", self.out, at, self.node(node) - at)
        self.align(ALIGNMENT)


def write(root: Table, identifier: str, before: bytes = b"") -> bytes:
    """A buffer with the root table ``root`` and the four letters ``identifier``, followed by the buffer ``before``."""
    writer = _Writer(b"")
    writer.refer(root)
    writer.out += identifier.encode("ascii")
    writer.finish()
    for at, place in writer.old:
        struct.pack_into("<I", writer.out, at, len(writer.out) + place - at)
    return bytes(writer.out) + before


class Reader:
    """Reads tables of a buffer; places are counted from its start."""

    def __init__(self, data: bytes, identifier: str) -> None:
        if data[4:8] != identifier.encode("ascii"):
            raise ValueError(f"not a buffer of the kind {identifier}")
        self.data = data
        self.root = self.number(0)

    def number(self, place: int) -> int:
        """The unsigned 32-bit number at ``place``."""
        return int(struct.unpack_from("<I", self.data, place)[0])

    def size(self, table: int) -> int:
        """How many fields the table has room for."""
        vtable = table - int(struct.unpack_from("<i", self.data, table)[0])
        return (int(struct.unpack_from("<H", self.data, vtable)[0]) - 4) // 2

    def field(self, table: int, number: int) -> int | None:
        """Where the field ``number`` of a table stands; None where it is left out."""
        if number >= self.size(table):
            return None
        vtable = table - int(struct.unpack_from("<i", self.data, table)[0])
        offset = int(struct.unpack_from("<H", self.data, vtable + 4 + 2 * number)[0])
        return table + offset if offset else None

    def follow(self, table: int, number: int) -> int | None:
        """The object that the field refers to."""
        place = self.field(table, number)
        return None if place is None else place + self.number(place)

    def vector(self, table: int, number: int) -> list[int]:
        """The objects that the field's vector refers to; empty where it is left out."""
        place = self.follow(table, number)
        if place is None:
            return []
        items = range(place + 4, place + 4 + 4 * self.number(place), 4)
        return [item + self.number(item) for item in items]

    def text(self, table: int, number: int) -> str:
        """The text that the field refers to; empty where it is left out."""
        place = self.follow(table, number)
        return "" if place is None else self.data[place + 4 : place + 4 + self.number(place)].decode("utf-8")
