"""Frame tables that are asked for again and again: each is read once and, while it grows, on from where it ended."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from touchline.errors import NotFound
from var.footage.table import GAP, HIDDEN, MAGIC, RECORD, FrameTable, parse_head
from var.ticks import Ticks

BUDGET_BYTES = 256 << 20
"""How much the records of all tables may take together: those of some fifteen cameras of two hours."""

_ALIKE = 4096  # records before the end that must be as they were: on a full disk a recorder takes back what it wrote
_LARGEST_HEAD = 1 << 20


class _Row:
    """A row of values that grows. What was given out of it is never written again."""

    def __init__(self, kind: Any) -> None:
        self._values = np.empty(0, kind)
        self.count = 0

    @property
    def bytes(self) -> int:
        return self._values.nbytes

    def add(self, more: NDArray[Any]) -> None:
        after = self.count + len(more)
        if after > len(self._values):
            room = after if not self.count else after + after // 8 + 64  # most tables never grow
            larger = np.empty(room, self._values.dtype)
            _copy(self._values[: self.count], larger[: self.count])
            self._values = larger
        _copy(more, self._values[self.count : after])
        self.count = after

    def now(self) -> NDArray[Any]:
        found = self._values[: self.count]
        found.flags.writeable = False
        return found


def _copy(source: NDArray[Any], place: NDArray[Any]) -> None:
    """Copy as bytes: numpy would copy records field by field."""
    place.view(np.uint8)[:] = np.ascontiguousarray(source).view(np.uint8)


class _Settled:
    """The settled frames of a table that grows: what ``FrameTable`` makes of all records, made of the new ones."""

    def __init__(self) -> None:
        self._order, self._pts = _Row(np.int64), _Row(np.int64)
        self._gaps: tuple[int, ...] = ()
        self._ticks = Ticks(())
        self._loose = np.empty(0, np.int64)  # shown, but not settled yet
        self._looked_at, self._dts = 0, 0

    def take(self, table: FrameTable) -> bool:
        """Give ``table`` what is known of its frames; False where they do not follow those that were settled."""
        rows, begins = table.rows, self._looked_at
        if not len(rows) or (begins and int(rows["dts"][-1]) < self._dts):
            return False
        shown = np.flatnonzero((rows["flags"][begins:] & HIDDEN) == 0) + begins
        loose = np.concatenate([self._loose, shown])
        self._looked_at, self._dts = len(rows), int(rows["dts"][-1])
        pts = rows["pts"][loose]
        settled = pts < self._dts
        self._loose, new, pts = loose[~settled], loose[settled], pts[settled]
        sequence = np.argsort(pts, kind="stable")
        new, pts, first = new[sequence], pts[sequence], self._order.count
        if len(new) and (bool((np.diff(pts) <= 0).any()) or (first and int(pts[0]) <= self._ticks[-1])):
            return False
        self._order.add(new)
        self._pts.add(pts)
        self._gaps += tuple((np.flatnonzero(rows["flags"][new] & GAP) + first).tolist())
        self._ticks = self._ticks.longer(self._pts.now())
        vars(table).update(_order=self._order.now(), pts=self._ticks, gaps=self._gaps)
        return True


class _Known:
    """What is known of one table file."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._inode, self._seen = -1, (-1, -1)
        self._head: tuple[int, Any, Any] = (0, None, None)
        self._rows = _Row(RECORD)
        self._settled = _Settled()
        self._table: FrameTable | None = None

    @property
    def bytes(self) -> int:
        """How much memory the records take."""
        return self._rows.bytes

    def now(self, path: Path, growing: bool) -> FrameTable:
        """The table as it is on the disk now."""
        found = path.stat()
        if (found.st_ino, found.st_size, found.st_mtime_ns) != (self._inode, *self._seen):
            with path.open("rb") as stream:
                self._read(stream, path.name)
        if self._table is None or self._table.growing is not growing:
            self._table = FrameTable(self._head[1], self._head[2], self._rows.now(), growing)
            if growing and not self._settled.take(self._table):
                self._settled = _Settled()
                self._settled.take(self._table)
        return self._table

    def _read(self, stream: BinaryIO, name: str) -> None:
        found = os.fstat(stream.fileno())
        known = self._head[0] + self._rows.count * RECORD.itemsize
        if found.st_ino != self._inode or found.st_size < known or not self._alike(stream):
            self._inode, self._rows, self._settled, self._table = -1, _Row(RECORD), _Settled(), None
            stream.seek(0)
            start = stream.read(len(MAGIC) + 4)
            length = int.from_bytes(start[len(MAGIC) :], "little")
            rest = stream.read(min(length, _LARGEST_HEAD)) if start.startswith(MAGIC) else b""
            self._head = parse_head(start + rest, name)
        stream.seek(self._head[0] + self._rows.count * RECORD.itemsize)
        data = stream.read()
        if whole := len(data) // RECORD.itemsize:
            self._rows.add(np.frombuffer(data, RECORD, whole))
            self._table = None
        self._inode, self._seen = found.st_ino, (found.st_size, found.st_mtime_ns)

    def _alike(self, stream: BinaryIO) -> bool:
        """Whether the newest of the known records still stand in the file."""
        first = max(0, self._rows.count - _ALIKE)
        stream.seek(self._head[0] + first * RECORD.itemsize)
        return stream.read((self._rows.count - first) * RECORD.itemsize) == self._rows.now()[first:].tobytes()


class TableReader:
    """The tables that were asked for last; safe to share between threads."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._lock = threading.Lock()
        self._known: OrderedDict[Path, _Known] = OrderedDict()

    def of(self, path: Path, *, growing: bool = False) -> FrameTable:
        """What ``read_table`` says of ``path`` now. Raises as it does."""
        with self._lock:
            known = self._known.setdefault(path, _Known())
            self._known.move_to_end(path)
        try:
            with known.lock:
                table = known.now(path, growing)
        except FileNotFoundError as fault:
            with self._lock:
                self._known.pop(path, None)
            raise NotFound("var.errors.no_such_table", name=path.name) from fault
        with self._lock:
            while len(self._known) > 1 and sum(one.bytes for one in self._known.values()) > self._budget:
                self._known.popitem(last=False)
        return table


_tables = TableReader()


def table_of(path: Path, *, growing: bool = False) -> FrameTable:
    """The table in ``path`` as it is on the disk now; what is known of it is shared by all parts of the process.

    Raises ``NotFound`` where there is none and ``BadFile`` where the file is something else.
    """
    return _tables.of(path, growing=growing)
