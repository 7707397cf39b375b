"""Who records a match: the system frees the lock when that process ends, however that happens."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """True inside the block where no other process is in such a block of the same ``path``, else False at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            yield False
            return
        yield True


def taken(path: Path) -> bool:
    """Whether a living process holds the lock."""
    if not path.exists():
        return False
    with alone(path) as free:
        return not free
