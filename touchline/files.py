"""Where data lives and how a file is written so that a crash leaves the old one or the new one, never half of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def data_home() -> Path:
    """The data folder: ``TOUCHLINE_HOME`` where it is set, else the platform's folder for a user's data.

    The folder is not created; see the XDG Base Directory specification, Apple's File System Programming Guide and
    Microsoft's Known Folders for the three defaults.
    """
    if chosen := os.environ.get("TOUCHLINE_HOME"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "touchline"


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A temporary path beside ``path`` to write to; it takes the place of ``path`` when the block ends without error.

    The suffix is kept, because some writers choose a format by it. The data are on the disk before the name changes.
    The file may be read by whom the system lets read new files (its umask); a ``private`` one by its owner alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _new_beside(path, 0o600 if private else 0o666)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _new_beside(path: Path, mode: int) -> Path:
    """A new empty file beside ``path`` under a name that nobody has; the system takes its umask from ``mode``."""
    while True:
        new = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
        with contextlib.suppress(FileExistsError):
            os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
            return new


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Run the block in one process at a time; the others wait, and call ``waiting`` once before they do. ``path`` is a
    file for this purpose alone.

    The lock is SQLite's on an empty database: the system frees it when a process ends, however that happens.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        said = False
        while True:
            try:
                connection.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError as fault:
                if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
            if not said:
                waiting()
                said = True
            time.sleep(0.2)
        yield


def write_bytes(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write ``data`` to ``path`` whole or not at all; a ``private`` file is readable by its owner alone."""
    with replacing(path, private=private) as temporary:
        temporary.write_bytes(data)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
