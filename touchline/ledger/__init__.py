"""The evidence log: an append-only file of hash-chained lines with signed checkpoints. It knows no sport.

One ledger is one file about one subject (docs/formats.md). What it can prove and what it cannot:

- A byte that was changed, a line that was removed, moved or inserted is found and located, also by somebody who has
  only the file and the public key.
- Lines cut off at the end, and changes behind the last checkpoint, are found by a head (number and hash of a line)
  that was kept elsewhere: beside the file, in a database, printed on a report, in another's hands.
- Who may write as this installation's user may also read its key, and can write another history and sign it. Only
  what left the machine before proves the first one: a printed head, an exported slice, a foreign time stamp.
"""

from __future__ import annotations

from pathlib import Path

from touchline.errors import NotFound
from touchline.ledger.checking import HeadState, Report, Signature, Status, check, words
from touchline.ledger.diagnosing import Break, Kind
from touchline.ledger.head import Head, read_head
from touchline.ledger.keys import SigningKey, installation_key, key_id, read_public, trusted_keys
from touchline.ledger.line import Author, Line, read_line
from touchline.ledger.slicing import Excerpt, write_slice
from touchline.ledger.writing import Entry, Ledger, Receipt

__all__ = [
    "Author",
    "Break",
    "Entry",
    "Excerpt",
    "Head",
    "HeadState",
    "Kind",
    "Ledger",
    "Line",
    "Receipt",
    "Report",
    "Signature",
    "SigningKey",
    "Status",
    "check",
    "installation_key",
    "key_id",
    "ledger_path",
    "read_head",
    "read_line",
    "read_public",
    "trusted_keys",
    "words",
    "write_slice",
]


def ledger_path(home: Path, match: str) -> Path:
    """Where the ledger of a match lies, beside its media. Raises ``NotFound`` for what is no identifier but a path."""
    if match in ("", ".", "..") or any(sign in match for sign in "/\\\0"):
        raise NotFound("touchline.errors.no_such_ledger", name=match)
    return home / "matches" / match / "ledger.jsonl"
