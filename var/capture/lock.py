"""Who records a match: the system frees the lock when that process ends, however that happens."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from touchline.errors import BadFile


@contextlib.contextmanager
def alone(path: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """True inside the block where no other process is in such a block of the same ``path``, else False after
    ``wait_s``: who only looks whether it is taken holds it for an instant.

    Raises ``BadFile`` where the folder cannot be written.
    """
    ends_s = time.monotonic() + wait_s
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as fault:
        raise BadFile("var.errors.capture_disk_fault", name=path.name, fault=fault) from fault
    with contextlib.closing(connection):
        while not (free := _begun(connection, path)) and time.monotonic() < ends_s:
            time.sleep(0.02)
        yield free


def _begun(connection: sqlite3.Connection, path: Path) -> bool:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise BadFile("var.errors.capture_disk_fault", name=path.name, fault=fault) from fault
    return True


def taken(path: Path) -> bool:
    """Whether a living process holds the lock."""
    if not path.exists():
        return False
    with alone(path) as free:
        return not free
