"""The record of a session before it is in the database: a file that is only added to, whose records check themselves.

It begins with ``MAGIC``. A record is a mark of four bytes, the length of its text (u32), a CRC-32 of length and text
(u32), all little-endian, and the text: a JSON array of a frame or an event with its ``seq``. A power cut or a kill may
leave half a record at the end: it is cut off, and that is said. A damaged stretch in the middle costs its own records.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.presence import keep_names
from wearables.model import Event, EventKind, Frame, Source, Status

MAGIC = b"touchline live 1\n"
MARK = b"\xf5TL\n"
_HEAD = struct.Struct("<4sII")
_MOST_TEXT = 1 << 20
_BLOCK = 1 << 20
Row = Frame | Event


def encode(row: Row) -> bytes:
    """One record of the journal."""
    text = json.dumps(_told(row), ensure_ascii=False, separators=(",", ":"), default=str).encode()
    return _HEAD.pack(MARK, len(text), _check(text)) + text


def _check(text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32(struct.pack("<I", len(text))))


def _told(row: Row) -> list[Any]:
    if isinstance(row, Frame):
        values = (row.strap, row.at_ns, row.utc_us, row.source.value, row.status.value, row.bpm, row.data.hex())
        return ["f", row.seq, *values]
    return ["e", row.seq, row.strap, row.at_ns, row.utc_us, row.kind.value, dict(row.detail)]


def _row(text: bytes) -> Row:
    kind, seq, strap, at_ns, utc_us, *more = json.loads(text)
    if kind == "f":
        source, status, bpm, data = more
        return Frame(strap, at_ns, utc_us, Source(source), bytes.fromhex(data), Status(status), bpm, seq)
    name, detail = more
    return Event(EventKind(name), at_ns, utc_us, strap, detail, seq)


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a journal that are no record: where they begin and end. At the end of the file it is a torn tail."""

    begins: int
    ends: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.ends - self.begins


def scan(data: bytes, at: int = 0) -> Iterator[tuple[Row, int] | Damage]:
    """What lies in ``data`` from ``at`` on: each whole record with the place behind it, and what is damaged between.

    ``data`` may be a part of a journal that begins at a record; the last damage may then be a record that goes on.
    """
    while at < len(data):
        found = _record(data, at)
        if found is not None:
            yield found
            at = found[1]
            continue
        begins, at = at, at + 1
        while (at := data.find(MARK, at)) >= 0 and _record(data, at) is None:
            at += 1
        if at < 0:
            yield Damage(begins, len(data))
            return
        yield Damage(begins, at)


def _record(data: bytes, at: int) -> tuple[Row, int] | None:
    if at + _HEAD.size > len(data):
        return None
    mark, length, check = _HEAD.unpack_from(data, at)
    ends = at + _HEAD.size + length
    if mark != MARK or not 0 < length <= _MOST_TEXT or ends > len(data):
        return None
    text = data[at + _HEAD.size : ends]
    if _check(text) != check:
        return None
    try:
        return _row(text), ends
    except (ValueError, TypeError, KeyError):  # whole, and written by a newer program
        return None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows read from a journal, the place behind the last of them, and what was damaged between."""

    rows: tuple[Row, ...]
    ends: int
    damage: tuple[Damage, ...] = ()


def read_from(path: Path, at: int, until: int | None = None, most: int = _BLOCK) -> Batch:
    """The rows of a journal that begin at ``at`` or behind it: about ``most`` bytes of them, up to the place ``until``
    (None: the end of the file). ``ends`` is ``at`` where there is none, also where only a torn record follows.

    Raises ``OSError`` where it cannot be read; a file that is not there is an empty one.
    """
    begins = at = max(at, len(MAGIC))
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            end = size if until is None else min(until, size)
            while True:
                stream.seek(at)
                # A record that begins within the block is there whole.
                data = stream.read(min(max(0, end - at), most + _MOST_TEXT + _HEAD.size))
                found = _found(data, at, begins, most)
                if found.rows or end - at <= len(data):
                    return found
                at += most
    except FileNotFoundError:
        return Batch((), begins)


def _found(data: bytes, at: int, begins: int, most: int) -> Batch:
    """What lies in ``data``, which begins at the place ``at``; before it, from ``begins`` on, there was no record."""
    rows: list[Row] = []
    damage: list[Damage] = []
    ends, last = begins, Damage(begins, at) if at > begins else None
    for each in scan(data):
        if isinstance(each, Damage):
            last = Damage(last.begins if last else at + each.begins, at + each.ends)
            continue
        if last is not None:
            damage.append(last)
            last = None
        rows.append(each[0])
        ends = at + each[1]
        if each[1] >= most:
            break
    return Batch(tuple(rows), ends, tuple(damage))


class Journal:
    """The journal of a session, opened for adding; one process at a time has it. ``size`` is the place behind its last
    whole record, ``last_seq`` that record's number, ``cut`` the bytes of a torn tail that were taken off."""

    def __init__(self, path: Path) -> None:
        """Raises ``BadFile`` where it cannot be opened, or is no journal."""
        self.path, self.size, self.last_seq, self.cut = path, 0, 0, 0
        self.damage: tuple[Damage, ...] = ()
        self._handle = -1
        self._torn = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            self._begin()
            keep_names(path.parent)
        except OSError as fault:
            self.close()
            raise BadFile("wearables.errors.journal_fault", path=path, fault=fault) from fault

    def _begin(self) -> None:
        there = os.fstat(self._handle).st_size
        head = os.read(self._handle, len(MAGIC))
        if head != MAGIC:
            if not MAGIC.startswith(head):
                raise OSError("not a journal of a live session")
            os.ftruncate(self._handle, 0)  # not even its first line was whole
            os.lseek(self._handle, 0, os.SEEK_SET)
            self.cut = len(head)
            self._write(MAGIC)
            self.size = len(MAGIC)
            return
        self.size = len(MAGIC)
        damage: list[Damage] = []
        while (batch := read_from(self.path, self.size)).rows:
            self.size, damage = batch.ends, damage + list(batch.damage)
            self.last_seq = max(self.last_seq, *(row.seq for row in batch.rows))
        self.damage, self.cut = tuple(damage), there - self.size
        os.ftruncate(self._handle, self.size)
        os.lseek(self._handle, self.size, os.SEEK_SET)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]

    def append(self, rows: Iterable[Row]) -> int:
        """Write rows that have their ``seq``, all in one; the place behind them. When it returns the system has them: a
        process that is killed then loses none.

        Raises ``OSError`` where the disk takes them not or not whole, and nothing of them stays then.
        """
        rows = list(rows)
        data = b"".join(map(encode, rows))
        if self._torn:
            self._take_back()
        try:
            self._write(data)
        except OSError:
            self._torn = True
            with contextlib.suppress(OSError):
                self._take_back()
            raise
        self.size += len(data)
        self.last_seq = max([self.last_seq, *(row.seq for row in rows)])
        return self.size

    def _take_back(self) -> None:
        os.ftruncate(self._handle, self.size)
        os.lseek(self._handle, self.size, os.SEEK_SET)
        self._torn = False

    def sync(self) -> None:
        """Wait until the disk has what was written. Raises ``OSError``."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Let the file go."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
