"""The list of what was deleted: rows that are only added, and an evidence log of the installation that has them too."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.ledger import Author, Entry, Head, Ledger, installation_key, read_head
from touchline.ledger.tail import last_lines, opened_alone
from touchline.store import Connection, Row, Store, utc_now
from var.evidence.outbox import LOCAL, RETIRED

LEDGER = "retention.jsonl"
SUBJECT = "retention"
POLICY, DELETING, DELETED, KEPT, RESTORED = "policy", "deleting", "deleted", "kept", "backup_restored"
"""Kinds of lines: another policy; something is about to be deleted; it was; it was not; a backup came back."""

_LOG = logging.getLogger(__name__)


def ledger_file(home: Path) -> Path:
    """Where the evidence log of what was deleted lies."""
    return home / RETIRED / LEDGER


def write(
    connection: Connection,
    kind: str,
    body: Mapping[str, Any],
    *,
    of: int | None = None,
    rule: str | None = None,
    match_id: str | None = None,
    by: str = "",
    account: str | None = None,
) -> int:
    """Add a line in a transaction; its number."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    row = connection.execute(
        "INSERT INTO retention_log (kind, of, rule, match_id, body, by, account, at_utc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq",
        (kind, of, rule, match_id, text, by, account, utc_now()),
    ).fetchone()
    return int(row["seq"])


def lines(store: Store) -> list[Row]:
    """All lines, the oldest first."""
    return store.rows("SELECT * FROM retention_log ORDER BY seq")


def open_lines(store: Store) -> list[Row]:
    """What was begun and neither done nor left: a run that was killed."""
    return store.rows(
        "SELECT * FROM retention_log AS one WHERE kind = ? AND NOT EXISTS"
        " (SELECT 1 FROM retention_log WHERE of = one.seq) ORDER BY seq",
        (DELETING,),
    )


def drain(home: Path, store: Store) -> bool:
    """Write what the evidence log does not have yet; whether it has everything now."""
    path = ledger_file(home)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened_alone(path.with_name(f".{LEDGER}.lock")):
            rows = store.rows("SELECT * FROM retention_log WHERE seq > ? ORDER BY seq", (_last(path),))
            if rows:
                ledger = Ledger.open(path, installation_key(home), subject=SUBJECT)
                ledger.append_many([_entry(row) for row in rows])
                ledger.checkpoint()
    except (BadFile, BadValue, OSError):
        _LOG.exception("the evidence log of what was deleted could not be written; it goes on with the next line")
        return False
    return True


def _last(path: Path) -> int:
    with suppress(OSError), closing(last_lines(path)) as found:
        for line in found:
            number = None if line is None else line.body.get("seq")
            if isinstance(number, int):
                return number
    return 0


def _entry(row: Row) -> Entry:
    """The line without names of people, as every ledger is."""
    body = {**json.loads(row["body"]), "seq": int(row["seq"]), "at_utc": row["at_utc"]}
    body |= {name: row[name] for name in ("of", "rule", "match_id") if row[name] is not None}
    account = row["account"]
    return Entry(row["kind"], body, Author(account or LOCAL, account))


def head(home: Path) -> Head | None:
    """The newest line of the evidence log by number and hash, for keeping elsewhere."""
    with suppress(BadFile):
        return read_head(ledger_file(home))
    return None
