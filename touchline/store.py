"""The database session: SQLite in WAL mode, one file in the data folder, or PostgreSQL by URL; named migrations that
run once.

Statements use ``?`` placeholders and what both databases understand (docs/storage.md). With SQLite every operation
opens its own connection, with PostgreSQL it borrows one; either way a store may be shared by threads and processes, and
a page reads while a recorder writes. One transaction writes at a time.
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
from typing import Any, Protocol

from touchline.errors import BadFile
from touchline.files import data_home

DATABASE_URL = "TOUCHLINE_DATABASE_URL"
"""The environment variable with the URL of a PostgreSQL database. It holds a password: it is never an argument of a
command, and never shown whole."""


class Row(Protocol):
    """A row: by name and by place; iterating gives its values, as ``in`` asks for them."""

    def __getitem__(self, key: Any, /) -> Any:
        """The value of a column, by its name or place."""

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> list[str]:
        """The names of the columns."""


class Cursor(Protocol):
    """What a statement found."""

    @property
    def rowcount(self) -> int:
        """How many rows a statement changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection inside a transaction."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement with its values."""

    def executemany(self, sql: str, parameters: Any, /) -> Cursor:
        """Run a statement once for each row of values."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the database's shape; ``name`` is unique for its owner and never reused.

    ``sql`` is what SQLite runs; PostgreSQL runs ``postgres_sql`` where it is given, else the same with the types
    written as it knows them. What both databases run makes tables of the same names and columns.
    """

    name: str
    sql: str
    postgres_sql: str | None = None


class Backend(Protocol):
    """A database as the store needs it. Faults come as ``BadFile``; a statement that meets a rule of the database as
    ``sqlite3.IntegrityError``."""

    @property
    def place(self) -> Path | str:
        """Where it is, for people: a file, or a URL without its password."""

    def write(self) -> contextlib.AbstractContextManager[Connection]:
        """A connection inside one transaction, alone in writing."""

    def rows(self, sql: str, params: Sequence[Any]) -> list[Any]:
        """All rows that a query returns."""

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""

    def change_shape(self, connection: Connection, step: Migration) -> None:
        """Run a migration's statements."""

    def scrub(self, tables: Sequence[str]) -> bool:
        """Write ``tables`` anew, so that nothing deleted is left in the files of the database."""


def utc_now() -> str:
    """The present instant as ISO 8601 in UTC with microseconds, the form in which the store keeps wall time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Store:
    """A database: a file at ``place`` for its owner alone, or PostgreSQL where ``place`` is a URL. ``migrations`` maps
    a package to its migrations in order; ``timeout_s`` is how long a writer waits for another one before it is
    refused."""

    backend: Backend
    timeout_s: float

    def __init__(
        self, place: Path | str, migrations: dict[str, Sequence[Migration]] | None = None, *, timeout_s: float = 30.0
    ) -> None:
        self.backend, self.timeout_s = _backend(place, timeout_s), timeout_s
        # Looked at before it is written: who only reads never waits for whoever writes.
        if not self.backend.has_table("setting"):
            with self.write() as connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS migration"
                    " (owner TEXT, name TEXT, at_utc TEXT, PRIMARY KEY (owner, name))"
                )
                connection.execute("CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT)")
        for owner, steps in (migrations or {}).items():
            self.migrate(owner, steps)

    @property
    def path(self) -> Path | str:
        """Where the database is: its file, or the URL of its server without the password, for people to read."""
        return self.backend.place

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection inside one transaction: all of the block is kept, or nothing of it.

        Raises ``BadFile`` where the disk is full, the file is damaged, the server is away, or somebody else writes for
        too long.
        """
        with self.backend.write() as connection:
            yield connection

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """All rows that a query returns. Raises ``BadFile`` where the file is damaged or the server is away."""
        return self.backend.rows(sql, params)

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
                self.backend.change_shape(connection, step)
                connection.execute("INSERT INTO migration VALUES (?, ?, ?)", (owner, step.name, utc_now()))

    def scrub(self, tables: Sequence[str]) -> bool:
        """Write the database anew, so that nothing of what was deleted or replaced in ``tables`` is left in its files;
        a file is written whole, whatever ``tables`` says. Who writes meanwhile waits. False where somebody read on so
        long that the last changes still stand in the file beside it (SQLite's WAL): then it is to be done again.

        Copies that others made (backups, a server's own log) hold it still. Raises ``BadFile``.
        """
        return self.backend.scrub(tables)

    def setting(self, name: str) -> str | None:
        """The saved value of a setting, or None."""
        row = self.row("SELECT value FROM setting WHERE name = ?", (name,))
        return None if row is None else str(row["value"])

    def set_setting(self, name: str, value: str) -> None:
        """Save a setting."""
        with self.write() as connection:
            put_setting(connection, name, value)


def put_setting(connection: Connection, name: str, value: str) -> None:
    """Save a setting with the rest of a transaction."""
    connection.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )


def _backend(place: Path | str, timeout_s: float) -> Backend:
    if isinstance(place, Path):
        return SQLite(place, timeout_s)
    from touchline.postgres import Postgres  # the driver is loaded where it is used

    return Postgres.at(place, timeout_s)


class SQLite:
    """A database in one file at ``path``. Every operation opens its own connection."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self.place, self._timeout_s = path, timeout_s
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _keep_private(path)
        except OSError as fault:
            raise BadFile("touchline.errors.store_unreadable", path=path, fault=fault) from fault

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.place, timeout=self._timeout_s, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was shown as saved survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        return connection

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """A disk or a file that fails becomes a ``BadFile``; a statement that is wrong stays the fault it is."""
        try:
            yield
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError):
                raise
            raise BadFile("touchline.errors.store_unreadable", path=self.place, fault=fault) from fault

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction."""
        with self.refusing(), contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # a full disk has rolled it back already
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, sql: str, params: Sequence[Any]) -> list[Any]:
        """All rows that a query returns."""
        with self.refusing(), contextlib.closing(self._connect()) as connection:
            return connection.execute(sql, params).fetchall()

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def change_shape(self, connection: Connection, step: Migration) -> None:
        """Run a migration's statements."""
        for statement in _statements(step.sql):
            connection.execute(statement)

    def scrub(self, tables: Sequence[str]) -> bool:
        """Write the file anew, and empty the log beside it."""
        with self.refusing(), contextlib.closing(self._connect()) as connection:
            connection.execute("VACUUM")
            return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


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
    """Where the database lies as a file: ``touchline.db`` in the data folder."""
    return (home or data_home()) / "touchline.db"


def database_url() -> str | None:
    """The URL of the PostgreSQL database that is to be used, with its password; None: the file in the data folder."""
    return os.environ.get(DATABASE_URL, "").strip() or None


def store_at(home: Path, migrations: dict[str, Sequence[Migration]] | None = None, *, timeout_s: float = 30.0) -> Store:
    """The store of a data folder: what ``TOUCHLINE_DATABASE_URL`` names, else the file there. Raises ``BadFile``."""
    return Store(database_url() or default_path(home), migrations, timeout_s=timeout_s)


def is_there(home: Path) -> bool:
    """Whether a data folder has a database; one on a server is taken to be there."""
    return database_url() is not None or default_path(home).is_file()
