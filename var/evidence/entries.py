"""The entries of a match as a package holds them: whole, one a line, each line the bytes that the ledger hashed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.files import write_bytes
from var.evidence.outbox import line_of

if TYPE_CHECKING:
    from var.archive import Archive

APART = frozenset({"bookmark", "bookmark_change"})
"""Kinds of no incident that no incident rests on: other people's notes stay out of an incident's package."""


def entries_of(archive: Archive, match_id: str, incident_id: str | None = None) -> tuple[dict[str, Any], ...]:
    """The entries of a match, in their order; with ``incident_id`` those of that incident, and those of none that it
    may rest on: marks on the pitch, calibrations, rules, failures, and what was taken back of them. ``match_id`` is
    what the evidence calls the match."""
    known = archive.match(match_id).evidence_id
    every = [{**each, "match_id": known} for each in archive.entries(match_id)]
    return tuple(every if incident_id is None else (each for each in every if belongs(each, incident_id)))


def belongs(entry: Mapping[str, Any], incident_id: str) -> bool:
    """Whether an entry (its ``incident_id`` and ``kind``) goes along with an incident."""
    owner = entry["incident_id"]
    return bool(owner == incident_id) if owner is not None else entry["kind"] not in APART


def write_entries(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write one entry a line: the SHA-256 of a line without its LF is the hash that the ledger has of the entry."""
    write_bytes(path, b"".join(line_of(each) + b"\n" for each in entries))


def write_document(path: Path, document: Any) -> None:
    """Write a JSON document for people to read: indented, ended by LF. Raises ``ValueError`` for NaN."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    write_bytes(path, text.encode("utf-8"))
