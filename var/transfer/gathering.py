"""Everything that the database holds of a match, read in one transaction together with the end of its ledger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.ledger import Ledger, installation_key, ledger_path
from touchline.ledger.following import earlier_ledgers
from touchline.ledger.line import read_line
from touchline.store import Connection
from var.archive import Archive
from var.evidence.outbox import evidence_id, line_of

TAKEN = frozenset({"match", "clip", "entry", "look", "look_lost", "arrival"})
"""The tables of a match that go along."""
LEFT = {
    "purging": "holds a match only while it is removed",
    "evidence": "what waits for the ledger is written there before, and the ledger goes along",
    "tournament_match": "tournaments are kept by each installation; the other one says where the match belongs there",
    "hold": "whoever keeps the match there decides how long; here it stays held",
    "media_removed": "what was deleted is told by the ledger, which goes along",
    "retention_log": "what this installation deleted, of all matches",
    "capture": "the clock of the host that recorded, and its processes; what they recorded goes along",
}
"""The tables with a match in them that do not, and why."""


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """A ledger that goes along: its id, its newest line that counts, and the file."""

    ledger: str
    n: int
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class Gathered:
    """A match as the database holds it. ``evidence_id`` is what its entries and ledgers call it; rows are as stored,
    ``entries`` as they are hashed, ``bodies`` (number and text) of those that are kept in another order of
    names; the first of ``ledgers`` is this installation's own."""

    evidence_id: str
    match: dict[str, Any]
    clips: tuple[dict[str, Any], ...]
    entries: tuple[bytes, ...]
    bodies: tuple[tuple[int, str], ...]
    last_entry: int | None
    looks: tuple[dict[str, Any], ...]
    lost: tuple[dict[str, Any], ...]
    arrivals: tuple[dict[str, Any], ...]
    ledgers: tuple[LedgerFile, ...]


def gather(archive: Archive, match_id: str, work: Path) -> Gathered:
    """The match, and copies of its ledgers in ``work``; nobody adds anything to it meanwhile.

    Raises ``NotFound`` for a match that is not there, ``BadValue`` for one that still records or whose ledger could not
    be written, ``BadFile`` where a ledger is not to be had.
    """
    archive.match(match_id)
    if not ledger_path(archive.home, match_id).is_file():  # nothing was changed since ledgers were: it begins now
        with archive.changing() as change:
            change.tell(match_id, "exported", {})
    archive.outbox.drain(match_id)
    with archive.store.write() as connection:
        if archive.outbox.behind(match_id):
            raise BadValue("var.errors.transfer_behind", match=match_id)
        match = dict(connection.execute("SELECT * FROM match WHERE id = ?", (match_id,)).fetchone())
        clips = _rows(connection, "SELECT * FROM clip WHERE match_id = ? ORDER BY position", match_id)
        if growing := [clip["label"] for clip in clips if clip["recording"]]:
            raise BadValue("var.errors.transfer_records", cameras=", ".join(growing))
        known = evidence_id(connection, match_id)
        entries = connection.execute("SELECT * FROM entry WHERE match_id = ? ORDER BY seq", (match_id,)).fetchall()
        looks = _rows(connection, "SELECT * FROM look WHERE match_id = ? ORDER BY seq", match_id)
        lost = _rows(connection, "SELECT * FROM look_lost WHERE match_id = ? ORDER BY screen", match_id)
        arrivals = _rows(connection, "SELECT * FROM arrival WHERE match_id = ? ORDER BY number", match_id)
        return Gathered(
            known,
            match,
            tuple(clips),
            tuple(lines := [line_of(row, known) for row in entries]),
            tuple(
                (row["seq"], row["body"])
                for row, line in zip(entries, lines, strict=True)
                if row["body"] != stored(json.loads(line)["body"])
            ),
            entries[-1]["seq"] if entries else None,
            tuple(looks),
            tuple(lost),
            tuple(json.loads(row["told"]) for row in arrivals),
            _ledgers(archive.home, match_id, known, work),
        )


def stored(body: Mapping[str, Any]) -> str:
    """The body of an entry as the database keeps it."""
    return json.dumps(body, ensure_ascii=False)


def _rows(connection: Connection, sql: str, match_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sql, (match_id,))]


def _ledgers(home: Path, match_id: str, known: str, work: Path) -> tuple[LedgerFile, ...]:
    """Sign the own ledger as it is now, and copy it and those from before."""
    path = ledger_path(home, match_id)
    if not path.is_file():
        raise BadFile("var.errors.transfer_no_ledger", match=match_id)
    receipt = Ledger.open(path, installation_key(home), subject=known).checkpoint()
    copy = work / path.name
    shutil.copyfile(path, copy)
    with copy.open("rb") as stream:
        try:
            ledger = str(read_line(stream.readline().removesuffix(b"\n")).body["ledger"])
        except (ValueError, KeyError) as fault:
            raise BadFile("touchline.errors.not_a_ledger", path=path) from fault
    found = [LedgerFile(ledger, receipt.n, receipt.sha256, copy)]
    for each in earlier_ledgers(path):
        if not each.path.is_file():
            raise BadFile("touchline.errors.ledger_earlier_gone", path=each.path)
        shutil.copyfile(each.path, work / each.path.name)
        found.append(LedgerFile(each.ledger, each.n, each.sha256, work / each.path.name))
    return tuple(found)
