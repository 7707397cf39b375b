"""The head: number and hash of the newest line, kept beside the ledger and handed to whoever keeps it elsewhere.

The file ``NAME.head`` is written after each append, in place and without waiting for the disk: it may lie behind the
ledger after a crash, never ahead of it. It finds what was cut off by accident or in haste; who can rewrite both
files is found out only by a head that was kept elsewhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from touchline.errors import BadFile
from touchline.ledger.line import encode, read_object

_BYTES = 160
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """Line ``n`` of a ledger has the hash ``sha256``; ``ledger`` is the ledger's id where it is known."""

    n: int
    sha256: str
    ledger: str | None = None


def head_path(ledger: Path) -> Path:
    """Where the head of the ledger in the file ``ledger`` is kept."""
    return ledger.with_name(f"{ledger.name}.head")


def read_head(ledger: Path) -> Head | None:
    """The head that is kept beside a ledger; None without one. Raises ``BadFile`` where it cannot be read as one."""
    path = head_path(ledger)
    try:
        with path.open("rb") as stream:
            found = read_object(stream.read(_BYTES + 1).rstrip(b" \n"))
        n, digest, name = found.pop("n"), found.pop("sha256"), found.pop("ledger")
        good = isinstance(n, int) and n >= 0 and isinstance(digest, str) and _HASH.fullmatch(digest)
        if found or not good or not isinstance(name, str | None):
            raise ValueError("no head of a ledger")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as fault:
        raise BadFile("touchline.errors.ledger_head", path=path, fault=fault) from fault
    return Head(n, digest, name)


def write_head(ledger: Path, head: Head) -> None:
    """Keep ``head`` beside its ledger: one small record that is overwritten. Raises ``OSError``."""
    data = encode(asdict(head)).ljust(_BYTES - 1) + b"\n"
    file = os.open(head_path(ledger), os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(file, data)
    finally:
        os.close(file)
