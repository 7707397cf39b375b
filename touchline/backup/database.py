"""The database in a backup: a copy of one instant while others write, and what shape it has."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from touchline.accounts.model import now_utc, stamp
from touchline.errors import BadFile, BadValue


def copy_database(source: Path, place: Path) -> None:
    """Copy a database as it is at one instant, into one file; who writes meanwhile waits for nothing.

    Raises ``BadFile`` where it cannot be read or is damaged: a copy of damage is no backup.
    """
    try:
        with opened(source) as old, contextlib.closing(sqlite3.connect(place, isolation_level=None)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
            found = [str(row[0]) for row in new.execute("PRAGMA quick_check(1)")]
            if found != ["ok"]:
                raise BadFile("touchline.errors.store_unreadable", path=source, fault=found[0])
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise BadFile("touchline.errors.backup_disk_full", path=place.parent) from fault
        raise BadFile("touchline.errors.store_unreadable", path=source, fault=fault) from fault
    except sqlite3.DatabaseError as fault:
        raise BadFile("touchline.errors.store_unreadable", path=source, fault=fault) from fault


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database for reading alone. On a disk that cannot be written SQLite does not read one that was written in WAL
    mode, unless it is told that nobody changes it; nobody can, there, and nothing of it waits in a WAL."""
    with contextlib.closing(_connected(path, "mode=ro")) as connection:
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_CANTOPEN or _waits(path) or os.access(path.parent, os.W_OK):
                raise
        else:
            yield connection
            return
    with contextlib.closing(_connected(path, "mode=ro&immutable=1")) as connection:
        yield connection


def _connected(path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{how}"
    connection = sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _waits(path: Path) -> bool:
    """Whether something of a database lies in its WAL alone."""
    wal = path.with_name(f"{path.name}-wal")
    return wal.exists() and wal.stat().st_size > 0


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a database has this table."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def migrations(path: Path) -> list[tuple[str, str]]:
    """Owner and name of every change of shape that a database has seen. Raises ``BadFile``."""
    try:
        with opened(path) as connection:
            if not has_table(connection, "migration"):
                return []
            return [(row["owner"], row["name"]) for row in connection.execute("SELECT owner, name FROM migration")]
    except sqlite3.DatabaseError as fault:
        raise BadFile("touchline.errors.store_unreadable", path=path, fault=fault) from fault


def refuse_newer(path: Path, known: set[tuple[str, str]], program: str) -> None:
    """Nothing, where this program knows every change that a database has seen; else raises ``BadValue``."""
    new = [f"{owner}/{name}" for owner, name in migrations(path) if (owner, name) not in known]
    if new:
        raise BadValue("touchline.errors.backup_newer", migrations=", ".join(new), program=program)


def end_sessions(path: Path) -> int:
    """End every session that a restored database would open again; how many there were."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if not has_table(connection, "account_session"):
            return 0
        done = connection.execute(
            "UPDATE account_session SET ended_utc = ? WHERE ended_utc IS NULL", (stamp(now_utc()),)
        )
        return done.rowcount
