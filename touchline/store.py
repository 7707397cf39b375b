"""The database session: SQLite in WAL mode, one file in the data folder, named migrations that run once.

Every operation opens its own connection, so a store may be shared by threads and processes; WAL lets a page read
while a recorder writes. Statements use ``?`` placeholders.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.files import data_home

Row = sqlite3.Row


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the database's shape; ``name`` is unique for its owner and never reused."""

    name: str
    sql: str


def utc_now() -> str:
    """The present instant as ISO 8601 in UTC with microseconds, the form in which the store keeps wall time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Store:
    """A database at ``path``, for its owner alone. ``migrations`` maps a package to its migrations in order."""

    def __init__(self, path: Path, migrations: dict[str, Sequence[Migration]] | None = None) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _keep_private(path)
        except OSError as fault:
            raise BadFile("touchline.errors.store_unreadable", path=path, fault=fault) from fault
        # Looked at before it is written: who only reads never waits for whoever writes.
        if self.row("SELECT 1 FROM sqlite_master WHERE name = 'setting'") is None:
            with self.write() as connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS migration"
                    " (owner TEXT, name TEXT, at_utc TEXT, PRIMARY KEY (owner, name))"
                )
                connection.execute("CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT)")
        for owner, steps in (migrations or {}).items():
            self.migrate(owner, steps)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was shown as saved survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """A disk or a file that fails becomes a ``BadFile``; a statement that is wrong stays the fault it is."""
        try:
            yield
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError):
                raise
            raise BadFile("touchline.errors.store_unreadable", path=self.path, fault=fault) from fault

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: all of the block is kept, or nothing of it.

        Raises ``BadFile`` where the disk is full, the file is damaged, or another process holds it for too long.
        """
        with self._refusing(), contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # a full disk has rolled it back already
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """All rows that a query returns. Raises ``BadFile`` where the file is damaged."""
        with self._refusing(), contextlib.closing(self._connect()) as connection:
            return connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """The first row that a query returns, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def migrate(self, owner: str, steps: Sequence[Migration]) -> None:
        """Run those of ``steps`` that this database has not seen, each in its own transaction."""
        seen = {row["name"] for row in self.rows("SELECT name FROM migration WHERE owner = ?", (owner,))}
        for step in steps:
            if step.name in seen:
                continue
            with self.write() as connection:
                again = connection.execute(
                    "SELECT 1 FROM migration WHERE owner = ? AND name = ?", (owner, step.name)
                ).fetchone()
                if again:  # another process was faster
                    continue
                for statement in _statements(step.sql):
                    connection.execute(statement)
                connection.execute("INSERT INTO migration VALUES (?, ?, ?)", (owner, step.name, utc_now()))

    def setting(self, name: str) -> str | None:
        """The saved value of a setting, or None."""
        row = self.row("SELECT value FROM setting WHERE name = ?", (name,))
        return None if row is None else str(row["value"])

    def set_setting(self, name: str, value: str) -> None:
        """Save a setting."""
        with self.write() as connection:
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


def _keep_private(path: Path) -> None:
    """Let the database be its owner's alone, as SQLite then makes the files beside it: hashes of passwords and what was
    measured of athletes lie in it. One that others could read is closed to them, where that is ours to do."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            with contextlib.suppress(PermissionError):
                for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                    with contextlib.suppress(FileNotFoundError):
                        each.chmod(0o600)


def _statements(sql: str) -> Iterator[str]:
    """The statements of a migration one by one; those inside a trigger stay with it."""
    statement = ""
    for part in sql.split(";"):
        statement += part + ";"
        if statement.strip(" \n;") and sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip(" \n;"):  # a trigger without its end is refused by the database, and not left out in silence
        yield statement


def default_path(home: Path | None = None) -> Path:
    """Where the database lies: ``touchline.db`` in the data folder."""
    return (home or data_home()) / "touchline.db"
