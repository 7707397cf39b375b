"""What happens in a match, on its way into the evidence log: noted in the database together with the thing itself, and
written to the match's ledger before whoever did it hears that it is done (docs/decisions/0015)."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.ledger import Author, Entry, Head, Ledger, Receipt, installation_key, ledger_path
from touchline.ledger.kept import KeptHead, keep_head, kept_head
from touchline.ledger.tail import last_lines, opened_alone
from touchline.store import Connection, Migration, Row, Store, utc_now

MIGRATION = Migration(
    "0007_evidence",
    """
    CREATE TABLE evidence (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, match_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        account TEXT);
    CREATE INDEX evidence_of_match ON evidence (match_id, seq)
    """,
)
"""``evidence`` holds what may not be in the ledger yet."""

LOCAL = "local"
"""Who acts on a machine without accounts, as the ledger names them: it holds no names of people."""

TAKEN_UP = "taken_up"
"""The kind of a ledger's first line of a match that was there before ledgers were."""

IMPORTED = "imported"
"""The kind of the line that says which match came from elsewhere, with which ledgers and in which state."""

BEGINNINGS = frozenset({"match", IMPORTED})
"""With one of these the ledger of a match begins, where it was there from the start."""

RETIRED = "ledgers"
"""The folder below the data home with the ledgers of matches that were removed for good."""

MEMBERS = ("seq", "match_id", "incident_id", "kind", "body", "by", "at_utc", "account")
"""What an entry's hash covers: all of it."""

SIGNED_EVERY, SIGNED_EACH_S = 16, 20.0

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Change:
    """One transaction, and what it tells the ledgers of the matches that it touches."""

    connection: Connection
    account: str | None
    matches: dict[str, None] = field(default_factory=dict)

    def tell(self, match_id: str, kind: str, body: Mapping[str, Any]) -> None:
        """Note for the ledger of a match what is done here; kept, or not, together with the rest."""
        self.matches[match_id] = None
        self.connection.execute(
            "INSERT INTO evidence (match_id, kind, body, account) VALUES (?, ?, ?, ?)",
            (match_id, kind, json.dumps(body, ensure_ascii=False, sort_keys=True), self.account),
        )


class Outbox:
    """The way from a store to the ledgers of its matches. Threads and processes may share both."""

    def __init__(self, home: Path, store: Store) -> None:
        self.home, self.store = home, store
        self._heads: dict[str, tuple[int, Receipt]] = {}

    @contextmanager
    def change(self, account: str | None) -> Iterator[Change]:
        """A transaction that tells the ledgers what it does. When the block has ended well it is kept, and the ledgers
        have it; where a ledger cannot be written what was told waits (``behind``) and goes with the next change."""
        with self.store.write() as connection:
            change = Change(connection, account)
            yield change
            for match_id in change.matches:
                self._tidy(connection, match_id)
        for match_id in change.matches:
            self.drain(match_id)

    def drain(self, match_id: str) -> bool:
        """Write what waits into the ledger of a match; whether the ledger has everything now."""
        try:
            path = ledger_path(self.home, match_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened_alone(path.with_name(".ledger.lock")):
                self._write(match_id, path)
        except (BadFile, BadValue, OSError):
            _LOG.exception("the evidence log of %s could not be written; what is missing goes with the next", match_id)
            return False
        return True

    def behind(self, match_id: str) -> int:
        """How many things that happened the ledger of a match does not have."""
        return len(self._waiting(match_id, self._last(match_id, ledger_path(self.home, match_id))))

    def _write(self, match_id: str, path: Path) -> None:
        waiting = self._waiting(match_id, self._last(match_id, path))
        if not waiting:
            return
        entries = [_entry(row) for row in waiting]
        if not path.exists() and waiting[0]["kind"] not in BEGINNINGS:
            entries.insert(0, Entry(TAKEN_UP, self._before(match_id, waiting), Author(LOCAL)))
        receipts = self._ledger(path, match_id).append_many(entries)
        self._heads[match_id] = (int(waiting[-1]["seq"]), receipts[-1])

    def _waiting(self, match_id: str, after: int) -> list[Row]:
        return self.store.rows("SELECT * FROM evidence WHERE match_id = ? AND seq > ? ORDER BY seq", (match_id, after))

    def _last(self, match_id: str, path: Path) -> int:
        """The number of the last thing that the ledger has: by its own end, by the database where that is cut off."""
        kept = kept_head(self.store, match_id)
        known = 0 if kept is None else kept.seq
        with suppress(OSError), closing(last_lines(path)) as lines:
            for line in lines:
                found = None if line is None else line.body.get("seq")
                if isinstance(found, int):
                    return max(found, known)
        return known

    def _tidy(self, connection: Connection, match_id: str) -> None:
        """Forget what the ledger is known to have, and keep where it ended then."""
        known = self._heads.get(match_id)
        if known is None:
            return
        seq, receipt = known
        connection.execute("DELETE FROM evidence WHERE match_id = ? AND seq <= ?", (match_id, seq))
        keep_head(connection, match_id, KeptHead(seq, Head(receipt.n, receipt.sha256)))

    def retire(self, match_id: str, account: str | None) -> Path | None:
        """Close the ledger of a match that is removed for good, and keep it: it says that the match was there, and that
        it was removed. Where it lies from now on; None where there was none or it cannot be written."""
        path = ledger_path(self.home, match_id)
        if not path.exists():
            return None
        kept = self.home / RETIRED / f"{match_id}-{utc_now()[:26].replace(':', '')}.jsonl"
        try:
            with opened_alone(path.with_name(".ledger.lock")):
                ledger = self._ledger(path, match_id)
                ledger.append("purged", {}, by=Author(account or LOCAL, account))
                ledger.checkpoint()
                kept.parent.mkdir(parents=True, exist_ok=True)
                for file in path.parent.glob(f"{path.stem}*"):
                    file.replace(kept.with_name(file.name.replace(path.stem, kept.stem, 1)))
        except (BadFile, BadValue, OSError):
            _LOG.exception("the evidence log of %s could not be closed", match_id)
            return None
        _LEDGERS.pop(path, None)
        self._heads.pop(match_id, None)
        return kept

    def _before(self, match_id: str, waiting: list[Row]) -> dict[str, Any]:
        """What a match held when its ledger was begun: how many entries, up to which, and a hash over all of them."""
        told = {json.loads(row["body"]).get("entry") for row in waiting if row["kind"] == "entry"}
        with self.store.write() as connection:
            return state_of(connection, match_id, without=told)

    def _ledger(self, path: Path, match_id: str) -> Ledger:
        """The ledger of a match, opened once a process: it knows how much of it is unsigned."""
        found = _LEDGERS.get(path)
        if found is None or not path.exists():
            row = self.store.row("SELECT known_as FROM match WHERE id = ?", (match_id,))
            subject = (row["known_as"] if row is not None else None) or match_id
            found = _LEDGERS[path] = Ledger.open(
                path, installation_key(self.home), subject=subject, every_lines=SIGNED_EVERY, every_s=SIGNED_EACH_S
            )
        return found


def evidence_id(connection: Connection, match_id: str) -> str:
    """The identifier under which a match's evidence is written: its own, or the one that it came with."""
    row = connection.execute("SELECT known_as FROM match WHERE id = ?", (match_id,)).fetchone()
    return match_id if row is None or row["known_as"] is None else str(row["known_as"])


def state_of(connection: Connection, match_id: str, *, without: Collection[int] = ()) -> dict[str, Any]:
    """What a match holds: how many entries but those ``without``, up to which, a hash over all of them, its media."""
    known = evidence_id(connection, match_id)
    rows = connection.execute("SELECT * FROM entry WHERE match_id = ? ORDER BY seq", (match_id,)).fetchall()
    rows = [row for row in rows if row["seq"] not in without]
    clips = connection.execute(
        "SELECT camera_id, sha256, file_sha256 FROM clip WHERE match_id = ? ORDER BY position", (match_id,)
    )
    return {
        "entries": len(rows),
        "last_entry": rows[-1]["seq"] if rows else None,
        "sha256": whole_of(digest_of(row, known) for row in rows),
        "media": [
            {"camera": row["camera_id"], "sha256": row["sha256"], "file_sha256": row["file_sha256"]} for row in clips
        ],
    }


def whole_of(digests: Iterable[str]) -> str:
    """The hash over many entries: the SHA-256 of their hashes, one behind the other."""
    return sha256("".join(digests).encode("ascii")).hexdigest()


def line_of(row: Mapping[str, Any] | Row, known_as: str | None = None) -> bytes:
    """An entry as it is hashed, of its row or of its document (``Archive.entries``): the JSON of these of its members,
    sorted by name, in UTF-8 and without spaces. ``known_as`` is what the evidence calls its match, where that is not
    the identifier of the row."""
    entry = {name: row[name] for name in MEMBERS}
    if known_as is not None:
        entry["match_id"] = known_as
    if isinstance(entry["body"], str):
        entry["body"] = json.loads(entry["body"])
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")


def digest_of(row: Mapping[str, Any] | Row, known_as: str | None = None) -> str:
    """The hash of an entry: the SHA-256 of ``line_of``."""
    return sha256(line_of(row, known_as)).hexdigest()


def _entry(row: Row) -> Entry:
    body = {**json.loads(row["body"]), "seq": int(row["seq"])}
    account = row["account"]
    return Entry(row["kind"], body, Author(account or LOCAL, account))


_LEDGERS: dict[Path, Ledger] = {}
