"""The end of a ledger as a writer meets it: the last whole line, what is torn behind it, and one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from touchline.files import replacing
from touchline.ledger.line import Line, hash_of, read_line

BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a file of ``size`` bytes. Its whole lines end at the byte ``whole``; ``n`` and ``sha256`` are number
    and hash of the last of them (None without one), ``sound`` whether it could be read as a line."""

    size: int
    whole: int
    n: int | None = None
    sha256: str | None = None
    sound: bool = True


@contextlib.contextmanager
def opened_alone(path: Path) -> Iterator[int]:
    """A descriptor of ``path``, created where it is not there; in the block no other writer has one."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    file = os.open(path, flags, 0o600)
    try:
        lock(file)
        yield file
    finally:
        os.close(file)  # frees the lock


def settled_size(path: Path) -> int:
    """The size of a file at a moment at which no writer is within a line. Raises ``OSError``."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        with contextlib.suppress(OSError):  # a medium that knows no locks has no writers either
            lock(file, shared=True)
        return os.fstat(file).st_size
    finally:
        os.close(file)


def lock(file: int, *, shared: bool = False) -> None:
    """Wait until this descriptor may write, or with ``shared`` until nobody writes; closing it ends that."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 1 << 40, os.SEEK_SET)  # far behind the end: such a lock would keep readers out of the bytes
        while True:
            try:
                msvcrt.locking(file, msvcrt.LK_LOCK, 1)
                break
            except OSError as fault:  # it gives up after ten seconds
                if shared or fault.errno != errno.EDEADLOCK:
                    raise
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def read_at(file: int, at: int, size: int) -> bytes:
    """``size`` bytes from the byte ``at`` on; fewer at the end of the file."""
    os.lseek(file, at, os.SEEK_SET)
    parts = []
    while size > 0 and (part := os.read(file, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write_at(file: int, at: int, data: bytes) -> None:
    """Write all of ``data`` at the byte ``at`` and wait until the disk has it. Raises ``OSError``."""
    os.lseek(file, at, os.SEEK_SET)
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def tail_of(file: int) -> Tail:
    """The end of the ledger behind a descriptor. Only as much is read as the last line is long."""
    size = os.fstat(file).st_size
    whole = _last_lf(file, size) + 1
    if whole == 0:
        return Tail(size, 0)
    begins = _last_lf(file, whole - 1) + 1
    data = read_at(file, begins, whole - 1 - begins)
    try:
        line: Line | None = read_line(data)
    except ValueError:
        line = None
    if line is not None:
        return Tail(size, whole, line.n, hash_of(data))
    return Tail(size, whole, _lines(file, whole) - 1, hash_of(data), sound=False)


def _last_lf(file: int, before: int) -> int:
    """The place of the last LF before the byte ``before``; -1 without one."""
    while before > 0:
        begins = max(0, before - BLOCK)
        found = read_at(file, begins, before - begins).rfind(b"\n")
        if found >= 0:
            return begins + found
        before = begins
    return -1


def _lines(file: int, size: int) -> int:
    return sum(read_at(file, at, min(BLOCK, size - at)).count(b"\n") for at in range(0, size, BLOCK))


def set_aside(file: int, tail: Tail, path: Path) -> tuple[str, str]:
    """Copy what is torn behind the last whole line into a file beside ``path``, on the disk when this returns; its
    name and the hash of the bytes. The name is by the hash: to do it again after a crash leaves one copy."""
    digest = sha256()
    for at in range(tail.whole, tail.size, BLOCK):
        digest.update(read_at(file, at, min(BLOCK, tail.size - at)))
    name = f"{path.name}.torn-{digest.hexdigest()[:16]}"
    with replacing(path.with_name(name), private=True) as temporary, temporary.open("wb") as stream:
        for at in range(tail.whole, tail.size, BLOCK):
            stream.write(read_at(file, at, min(BLOCK, tail.size - at)))
    return name, digest.hexdigest()


def keep_names(folder: Path) -> None:
    """Wait until the disk has the names of the files in ``folder`` too; Windows needs and offers no such thing."""
    if sys.platform != "win32":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def last_lines(path: Path) -> Generator[Line | None]:
    """The whole lines of a ledger from its end on, None for one that cannot be read; nothing where there is no file.
    Only as much is read as is asked for. Raises ``OSError``."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return
    try:
        end = _last_lf(file, os.fstat(file).st_size)
        while end >= 0:
            begins = _last_lf(file, end) + 1
            try:
                yield read_line(read_at(file, begins, end - begins))
            except ValueError:
                yield None
            end = begins - 1
    finally:
        os.close(file)
