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
    ``wait_s``: those who only look whether it is taken share it for an instant.

    Raises ``BadFile`` where the folder cannot be written.
    """
    ends_s = time.monotonic() + wait_s
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as fault:
        raise BadFile("var.errors.capture_disk_fault", name=path.name, fault=fault) from fault
    with contextlib.closing(connection):
        while not (free := _allowed(connection, "BEGIN EXCLUSIVE", path)) and time.monotonic() < ends_s:
            time.sleep(0.02)
        yield free


def _allowed(connection: sqlite3.Connection, statement: str, path: Path) -> bool:
    try:
        connection.execute(statement).fetchall()
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise BadFile("var.errors.capture_disk_fault", name=path.name, fault=fault) from fault
    return True


def taken(path: Path) -> bool:
    """Whether a living process holds the lock. Any number of processes may look at once; none takes another one that
    looks for a holder. Raises ``BadFile`` where the folder cannot be read."""
    if not path.exists():
        return False
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.OperationalError as fault:
        raise BadFile("var.errors.capture_disk_fault", name=path.name, fault=fault) from fault
    with contextlib.closing(connection):
        return not _allowed(connection, "SELECT count(*) FROM sqlite_master", path)
