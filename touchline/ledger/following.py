"""Ledgers that a ledger goes on from: of a match that was written elsewhere first, kept unchanged beside its own.

A line of the kind ``imported`` names them: its body has ``ledgers``, a list of objects with ``ledger`` (its id), ``n``
and ``sha256`` (its head then), and ``keys`` (``key``: who signed it, ``trusted``: whether that was somebody trusted).
The last line that names a ledger counts: it may have grown elsewhere, and come again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.ledger.checking import Report, Status, check
from touchline.ledger.head import Head
from touchline.ledger.line import read_line
from touchline.ledger.scanning import whole_lines
from touchline.ledger.tail import settled_size

IMPORTED = "imported"
_ID, _HASH = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A ledger that was written elsewhere: its id, its head when it came, where it lies, and the ids of the keys that
    were trusted then."""

    ledger: str
    n: int
    sha256: str
    path: Path
    trusted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Followed:
    """What a check of an earlier ledger found; ``report`` is None where its file is gone or no ledger any more.
    ``status`` counts whom the own ledger trusted when it came."""

    earlier: Earlier
    status: Status
    report: Report | None


def earlier_ledgers(path: Path) -> list[Earlier]:
    """The ledgers that the ledger in the file ``path`` goes on from, the newest first. Raises ``BadFile``."""
    found: dict[str, Earlier] = {}
    try:
        with path.open("rb", 1 << 20) as stream:
            for _, data, ended in whole_lines(stream, settled_size(path)):
                if not ended or data is None or b'"kind":"imported"' not in data:
                    continue
                try:
                    line = read_line(data)
                except ValueError:  # the check of the ledger says so
                    continue
                if line.kind == IMPORTED:
                    named = [each for told in _listed(line.body) if (each := _earlier(told, path)) is not None]
                    found = {**{each.ledger: each for each in named}, **_but(found, named)}
    except OSError as fault:
        raise BadFile("touchline.errors.ledger_unreadable", path=path, fault=fault) from fault
    return list(found.values())


def _but(found: dict[str, Earlier], named: list[Earlier]) -> dict[str, Earlier]:
    known = {each.ledger for each in named}
    return {ledger: each for ledger, each in found.items() if ledger not in known}


def _listed(body: dict[str, Any]) -> list[Any]:
    told = body.get("ledgers")
    return told if isinstance(told, list) else []


def _earlier(told: Any, path: Path) -> Earlier | None:
    if not isinstance(told, dict):
        return None
    ledger, n, digest, keys = (told.get(name) for name in ("ledger", "n", "sha256", "keys"))
    if not isinstance(ledger, str) or not _ID.fullmatch(ledger) or not isinstance(n, int) or not isinstance(keys, list):
        return None
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        return None
    trusted = frozenset(str(each.get("key")) for each in keys if isinstance(each, dict) and each.get("trusted") is True)
    return Earlier(ledger, n, digest, path.with_name(f"ledger.from-{ledger}.jsonl"), trusted)


def check_earlier(path: Path) -> list[Followed]:
    """What is wrong with the ledgers that the one in ``path`` goes on from, if anything; the newest first."""
    return [_followed(each) for each in earlier_ledgers(path)]


def _followed(each: Earlier) -> Followed:
    try:
        report = check(each.path, head=Head(each.n, each.sha256, each.ledger))
    except BadFile:
        return Followed(each, Status.BROKEN, None)
    signatures = tuple(replace(key, trusted=key.key in each.trusted) for key in report.signatures)
    status = report.status
    if report.ledger != each.ledger:
        status = Status.BROKEN
    elif status is Status.INTACT and not all(key.trusted for key in signatures):
        status = Status.UNTRUSTED
    return Followed(each, status, replace(report, signatures=signatures, status=status))
