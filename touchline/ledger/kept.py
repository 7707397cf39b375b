"""The head of a ledger in the database of the installation: where a ledger that was cut off had ended is known there,
whatever became of the files beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from touchline.ledger.head import Head
from touchline.store import Connection, Store, put_setting

_NAME = "ledger/{}"


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A line that the ledger had, and ``seq``, the number of the last thing that had been told to it by then."""

    seq: int
    head: Head


def keep_head(connection: Connection, subject: str, kept: KeptHead) -> None:
    """Keep the head of the ledger about ``subject`` with the rest of a transaction; one that lags behind the kept one
    is passed over, because each process knows only what it wrote itself."""
    name = _NAME.format(subject)
    known = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    if known is None or kept.seq > int(json.loads(known["value"])["seq"]):
        put_setting(connection, name, json.dumps({"n": kept.head.n, "seq": kept.seq, "sha256": kept.head.sha256}))


def forget_head(connection: Connection, subject: str) -> None:
    """Forget it, when the ledger is closed for good."""
    connection.execute("DELETE FROM setting WHERE name = ?", (_NAME.format(subject),))


def kept_head(store: Store, subject: str) -> KeptHead | None:
    """The head that was kept; None where there is none. It may lag behind the ledger, and never leads."""
    text = store.setting(_NAME.format(subject))
    if text is None:
        return None
    value = json.loads(text)
    return KeptHead(int(value["seq"]), Head(int(value["n"]), str(value["sha256"])))
