"""What matches have in a data folder, for backups: places, what still grows, what a restore notes."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from touchline import jobs
from touchline.backup.database import has_table, opened
from touchline.backup.places import Bound, Keeping, Kind, Place, Restored
from touchline.errors import BadFile
from touchline.ledger import Ledger, installation_key, ledger_path
from touchline.ledger.tail import settled_size
from touchline.store import default_path
from var.capture import state
from var.capture.fragments import pieces, read_head
from var.capture.lock import taken
from var.evidence.outbox import Change
from var.footage.table import RECORD
from var.match_store import MIGRATIONS, SENT, MatchStore
from var.retention.log import LEDGER as RETENTION_LEDGER
from var.retention.log import RESTORED, drain, write

MEDIA = r"matches/[^/]+/media/(?!.*\.(frames|jsonl)$).*"
"""Recordings and proxies. Frame tables and journals are small, and without them no match can be opened."""


def _users(home: Path) -> list[str]:
    """Recordings and long work that go on now; asked without writing anything, and of a damaged database too."""
    locks = sorted((home / "matches").glob("*/capture.lock"))
    found = [path.parent.name for path in locks if taken(path)]
    with contextlib.suppress(sqlite3.Error), opened(default_path(home)) as connection:
        if has_table(connection, "job"):
            rows = connection.execute("SELECT id, kind, pid FROM job WHERE state = 'running'").fetchall()
            found += [f"{row['kind']} ({row['id']})" for row in rows if jobs.is_alive(row["pid"], row["id"])]
    return found


def _bound(home: Path, database: Path) -> Bound:
    """What of ledgers and open recordings belongs to a copy of the database: what came later would be told of, and
    not be there."""
    with opened(database) as connection:
        told = _sequence(connection, "evidence")
        removed = _sequence(connection, "retention_log")
        rows = []
        if has_table(connection, "clip"):
            rows = connection.execute("SELECT path, frames FROM clip WHERE recording = 1 AND frames != ''").fetchall()
    recordings = {row["path"]: row["frames"] for row in rows}
    tables = {row["frames"]: row["path"] for row in rows}
    whole: dict[str, tuple[int, int]] = {}

    def settled(path: str) -> tuple[int, int]:
        if path not in whole:
            whole[path] = _settled(home / path)
        return whole[path]

    def bound(path: str) -> int | None:
        if path in recordings:
            return settled(path)[0]
        if path in tables:
            return settled(tables[path])[1]
        if path == f"ledgers/{RETENTION_LEDGER}":
            return _told_until(home / path, removed)
        if path.startswith("matches/") and path.endswith("/ledger.jsonl") and path.count("/") == 2:
            return _told_until(home / path, told)
        return None

    return bound


def _sequence(connection: Any, table: str) -> int:
    """The last number that a table gave."""
    if not has_table(connection, "sqlite_sequence"):
        return 0
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 0 if row is None else int(row["seq"])


def _settled(path: Path) -> tuple[int, int]:
    """How many bytes of an open recording are whole fragments, and how many of its table tell of those."""
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size
            head = read_head(stream, size)
            if head is None:
                return size, 0
            ends, table = head.ends, len(head.table)
            for piece in pieces(stream, size, head.ends):
                if len(piece.rows) % RECORD.itemsize:
                    break
                ends, table = piece.ends, table + len(piece.rows)
    except FileNotFoundError:
        return 0, 0
    return ends, table


def _told_until(path: Path, most: int) -> int | None:
    """The byte at which the ledger's first line begins that tells of something above the number ``most``."""
    try:
        data = path.read_bytes()[: settled_size(path)]
    except FileNotFoundError:
        return None
    end = cut = data.rfind(b"\n") + 1
    while end > 0:
        begins = data.rfind(b"\n", 0, end - 1) + 1
        try:
            number = json.loads(data[begins:end])["body"].get("seq")
        except (ValueError, KeyError, AttributeError, TypeError):
            number = None
        if isinstance(number, int):
            if number <= most:
                break
            cut = begins
        end = begins
    return cut


def _outside(database: Path) -> list[str]:
    """Recordings that are read where they are, outside of the data folder."""
    with opened(database) as connection:
        rows = connection.execute("SELECT path FROM clip").fetchall() if has_table(connection, "clip") else []
    return [row["path"] for row in rows if Path(row["path"]).is_absolute()]


def _restored(home: Path, origin: Restored) -> dict[str, Any]:
    """Note in every match's ledger, and in that of what was deleted, from when and from what its state is."""
    store = MatchStore(home)
    jobs.Jobs(home).forget_running()
    body = {"made_utc": origin.made_utc, "backup_sha256": origin.sha256}
    rows = store.store.rows("SELECT id, known_as FROM match ORDER BY id")
    names = {row["id"]: row["known_as"] or row["id"] for row in rows}  # each with what its ledger calls it
    try:
        key = installation_key(home)
    except BadFile:  # a backup without keys: the lines wait for them
        with store.store.write() as connection:
            change = Change(connection, None)
            for name in names:
                change.tell(name, RESTORED, body)
            write(connection, RESTORED, body)
        return {"matches": len(names), "ledgers_behind": len(names) + 1}
    for name, subject in names.items():
        with store.changing() as change:
            change.tell(name, RESTORED, body)
        Ledger.open(ledger_path(home, name), key, subject=subject).checkpoint()  # what was restored is signed at once
    with store.store.write() as connection:
        write(connection, RESTORED, body)
    behind = sum(bool(store.outbox.behind(name)) for name in names) + (not drain(home, store.store))
    return {"matches": len(names), "ledgers_behind": behind}


def _places(*names: str, kind: Kind) -> tuple[Place, ...]:
    return tuple(Place(name, kind) for name in names)


KEEPING = Keeping(
    places=(
        *_places("matches", "ledgers", "reports", "scenes", "rules", kind=Kind.KEPT),
        Place("serve", Kind.PRIVATE),
        Place("datasets", Kind.FETCHED),
        Place("incoming", Kind.PASSING),
        Place(SENT, Kind.PASSING),
    ),
    migrations={"var": MIGRATIONS, jobs.OWNER: jobs.MIGRATIONS, "var.capture": state.MIGRATIONS},
    media=MEDIA,
    users=_users,
    bound=_bound,
    outside=_outside,
    restored=_restored,
)
