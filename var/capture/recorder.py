"""One angle on the disk: fragments and frame table, each byte there before anything names it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from touchline.errors import BadFile, TouchlineError
from touchline.timebase import Timebase
from var.capture.fragments import ROWS_ID, Sample, closing, fragment, head_of, own_box
from var.footage.table import IDR, KEY, RECORD, Coding, TableWriter

VIDEO, SOUND = 1, 2
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Recorder:
    """Writes a recording and its table. After a fault both end where the last whole fragment ended."""

    def __init__(self, path: Path, init: bytes, coding: Coding, rate_hz: int) -> None:
        self.path = path
        self.table = path.with_suffix(".frames")
        self.rows = 0
        self._fragments = 0
        self._keys: list[tuple[int, int]] = []
        self._hash = hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._rows_file = -1
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            TableWriter(self.table, Timebase(Fraction(1, rate_hz)), coding).close()
            table_head = self.table.read_bytes()
            self._rows_file = os.open(self.table, os.O_WRONLY)
            self.bytes, self._table_bytes = 0, len(table_head)
            head = head_of(init, secrets.token_bytes(16), table_head)
            self._write(head)
            _keep_names(path.parent)
        except OSError as fault:
            self._close()
            path.unlink(missing_ok=True)
            self.table.unlink(missing_ok=True)
            raise disk_fault(fault, path) from fault
        self.head_sha256 = hashlib.sha256(head).hexdigest()

    def _close(self) -> None:
        for handle in (self._file, self._rows_file):
            if handle >= 0:
                os.close(handle)

    def _write(self, data: bytes, rows: bytes = b"") -> None:
        """The bytes, then the records that name them, each on the disk before the next; or nothing of either."""
        try:
            _all(self._file, data, self.bytes)
            os.fsync(self._file)
            if rows:
                _all(self._rows_file, rows, self._table_bytes)
                os.fsync(self._rows_file)
        except OSError as fault:
            with contextlib.suppress(OSError):  # else the next fragment is written over what this one left
                os.ftruncate(self._rows_file, self._table_bytes)
                os.ftruncate(self._file, self.bytes)
            raise disk_fault(fault, self.path) from fault
        self._hash.update(data)
        self.bytes += len(data)
        self._table_bytes += len(rows)

    def add(self, pictures: Sequence[Sample], facts: Sequence[tuple[int, int, int]], sound: Sequence[Sample]) -> None:
        """Write one fragment. ``facts`` are source pts, arrival and flags for each picture.

        Raises ``BadFile`` (``capture_disk_full``, ``capture_disk_fault``); the fragment is then not recorded.
        """
        rows = np.zeros(len(pictures), RECORD)
        body, begins = fragment(self._fragments + 1, [(VIDEO, pictures), (SOUND, sound)])
        before = len(own_box(ROWS_ID, b"")) + rows.nbytes
        at = self.bytes + before + begins
        for row, picture, (source_pts, arrival_ns, flags) in zip(rows, pictures, facts, strict=True):
            size = len(picture.data)
            row["pts"], row["dts"], row["source_pts"] = picture.pts, picture.dts, source_pts
            row["arrival_ns"], row["pos"], row["size"], row["flags"] = arrival_ns, at, size, flags
            at += size
        place = self.bytes + before
        self._write(own_box(ROWS_ID, rows.tobytes()) + body, rows.tobytes())
        self._fragments += 1
        self.rows += len(pictures)
        if pictures and facts[0][2] & (KEY | IDR):
            self._keys.append((pictures[0].pts, place))

    def finish(self) -> str:
        """End the recording; the hash of the whole file."""
        with contextlib.suppress(BadFile):  # on a full disk the recording is whole without its list
            self._write(closing(self._keys))
        self._close()
        return self._hash.hexdigest()


def _keep_names(folder: Path) -> None:
    """Put the names of new files on the disk: without that a power cut may lose whole files that were written well."""
    with contextlib.suppress(OSError):  # Windows does not open folders, some network disks know no such wish
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _all(handle: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, at)
        view, at = view[written:], at + written


def disk_fault(fault: OSError, path: Path) -> TouchlineError:
    """A write error as a named refusal."""
    if isinstance(fault, TouchlineError):
        return fault
    if fault.errno in _FULL:
        return BadFile("var.errors.capture_disk_full", name=path.name)
    return BadFile("var.errors.capture_disk_fault", name=path.name, fault=fault.strerror or fault)
