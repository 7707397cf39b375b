"""Who works in a data folder: any number at once, or one alone who takes its place.

The locks are SQLite's on empty files: the system frees them when a process ends, however that happens.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from touchline.errors import BadFile, BadValue

IN_USE = ".in-use.lock"
"""The file in a data folder that the app shares while it runs."""


def marker(home: Path) -> Path:
    """The file beside a data folder that says which folders take each other's place."""
    return home.with_name(f".{home.name}.restore.json")


def restore_lock(home: Path) -> Path:
    """The file beside a data folder that a restore holds."""
    return home.with_name(f".{home.name}.restore.lock")


def boot_id() -> str:
    """A name for this run of the system: monotonic times of another run mean nothing here."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return f"{round(time.time() - time.monotonic(), -1):.0f}"


@contextlib.contextmanager
def alone(path: Path, wait_s: float = 0.0) -> Iterator[bool]:
    """True inside the block where nobody else holds or shares ``path``, else False after ``wait_s``.

    Raises ``BadFile`` where such a file cannot be made.
    """
    with _held(path, "BEGIN EXCLUSIVE", wait_s) as free:
        yield free


@contextlib.contextmanager
def _held(path: Path, begin: str, wait_s: float = 0.0) -> Iterator[bool]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It may be let go by another thread than the one that took it.
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as fault:
        raise BadFile("touchline.errors.lock_fault", path=path, fault=fault) from fault
    with contextlib.closing(connection):
        ends_s = time.monotonic() + wait_s
        while not (free := _begun(connection, begin, path)) and time.monotonic() < ends_s:
            time.sleep(0.05)
        yield free


def _begun(connection: sqlite3.Connection, begin: str, path: Path) -> bool:
    try:
        connection.execute(begin)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as fault:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if fault.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise BadFile("touchline.errors.lock_fault", path=path, fault=fault) from fault
    return True


def taken(path: Path) -> bool:
    """Whether a living process holds ``path`` alone. Raises ``BadFile`` where that cannot be asked."""
    if not path.exists():
        return False
    with _held(path, "BEGIN") as free:
        return not free


@contextlib.contextmanager
def using(home: Path) -> Iterator[None]:
    """Work in a data folder: in the block no restore takes its place. What a killed restore left is taken back first.

    Raises ``BadValue`` where a restore is at work. On a disk that cannot be written the block runs without a lock:
    nothing can be restored there either.
    """
    settle(home)
    with contextlib.ExitStack() as stack:
        try:
            free = stack.enter_context(_held(home / IN_USE, "BEGIN", wait_s=2.0))
        except BadFile:
            free = True
        if not free or taken(restore_lock(home)):
            raise BadValue("touchline.errors.restore_at_work", home=home)
        yield


def settle(home: Path) -> bool:
    """Take back what a killed restore left half done beside ``home``; whether there was anything.

    The former data folder gets its name back where it had lost it. Raises ``BadValue`` while that restore runs.
    """
    said = marker(home)
    if not said.exists():
        return False
    with alone(restore_lock(home)) as free:
        if not free:
            raise BadValue("touchline.errors.restore_at_work", home=home)
        take_back(home)
    return True


def take_back(home: Path) -> None:
    """``settle`` for who holds the restore's lock. Raises ``BadFile`` where the disk refuses."""
    said = marker(home)
    try:
        try:
            told = json.loads(said.read_text("utf-8"))
            work, aside = home.with_name(told["work"]), told["aside"]
        except FileNotFoundError:
            return
        if aside is not None and home.with_name(aside).exists() and not _there(home):
            with contextlib.suppress(OSError):
                home.rmdir()  # an empty one that somebody made meanwhile
            home.with_name(aside).rename(home)
        shutil.rmtree(work, ignore_errors=True)
        said.unlink(missing_ok=True)
        keep_names(home.parent)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise BadFile("touchline.errors.restore_left", path=said, fault=fault) from fault


def _there(home: Path) -> bool:
    return home.is_dir() and any(home.iterdir())


def keep_names(folder: Path) -> None:
    """Wait until the disk has the names of the files in ``folder`` too, where the system knows such a wish."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
