"""Writes a match that came into the database, and tells the ledger with what it begins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of
from touchline.rights import Action, require
from touchline.store import Connection, utc_now
from var.archive import Archive
from var.evidence.layout import PAYLOAD
from var.evidence.outbox import IMPORTED, Change, digest_of, evidence_id, state_of
from var.transfer.comparing import own_ledger
from var.transfer.entry_lines import EntryLine
from var.transfer.form import MEDIA
from var.transfer.rows import Came, ClipRow
from var.transfer.unpacking import Package


def ask_incidents(connection: Connection, came: Came, match_id: str) -> None:
    """Nothing, where no entry of the match is about an incident of another match here: an incident is found by its
    identifier alone. Raises ``BadFile`` by its line."""
    asked: set[str] = set()
    for line, entry in enumerate(came.entries, 1):
        incident = entry.row["incident_id"]
        if incident is None or incident in asked:
            continue
        asked.add(incident)
        row = connection.execute(
            "SELECT match_id FROM entry WHERE incident_id = ? AND match_id != ? LIMIT 1", (incident, match_id)
        ).fetchone()
        if row is not None:
            raise BadFile("var.errors.transfer_entry", line=line, fault=f"{incident}: {row['match_id']}")


def insert_match(change: Change, match_id: str, came: Came) -> None:
    known = None if match_id == came.evidence_id else came.evidence_id
    values = {"id": match_id, **came.match, "known_as": known}
    _insert(change.connection, "match", values)


def insert_clip(change: Change, match_id: str, clip: ClipRow) -> None:
    folder = f"matches/{match_id}/{MEDIA}"
    paths = {
        "path": f"{folder}/{clip.stem}{clip.ending}",
        "proxy": f"{folder}/{clip.stem}.proxy",
        "frames": f"{folder}/{clip.stem}.frames" if clip.frames else "",
    }
    _insert(change.connection, "clip", {"match_id": match_id, **clip.values, **paths})


def insert_rest(connection: Connection, match_id: str, came: Came, entries: Sequence[EntryLine]) -> None:
    for entry in entries:
        _insert(connection, "entry", {**entry.row, "match_id": match_id})
    for look in came.looks:
        _insert(connection, "look", {"match_id": match_id, **look})
    for lost in came.record["looks_lost"]:
        _insert(connection, "look_lost", {"match_id": match_id, **lost})


def _insert(connection: Connection, table: str, values: Mapping[str, Any]) -> None:
    places = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", tuple(values.values()))


def agreeing(connection: Connection, match_id: str, came: Came) -> int:
    """How many entries are here, where they are the first ones of what came. Raises ``BadValue`` where not."""
    known = evidence_id(connection, match_id)
    rows = connection.execute("SELECT * FROM entry WHERE match_id = ? ORDER BY seq", (match_id,)).fetchall()
    here = [digest_of(row, known) for row in rows]
    if here != [entry.digest for entry in came.entries[: len(here)]]:
        raise BadValue("var.errors.match_diverged", match=match_id)
    return len(here)


def replace_rows(change: Change, match_id: str, came: Came) -> None:
    """Everything that is no entry as it came; where recordings lie here stays."""
    connection = change.connection
    columns = ", ".join(f"{name} = ?" for name in came.match)
    connection.execute(f"UPDATE match SET {columns} WHERE id = ?", (*came.match.values(), match_id))
    known = {row["camera_id"] for row in connection.execute("SELECT * FROM clip WHERE match_id = ?", (match_id,))}
    for clip in came.clips:
        if clip.camera not in known:
            insert_clip(change, match_id, clip)
            continue
        kept = {name: value for name, value in clip.values.items() if name not in ("camera_id", "pts")}
        assignments = ", ".join(f"{name} = ?" for name in kept)
        connection.execute(
            f"UPDATE clip SET {assignments} WHERE match_id = ? AND camera_id = ?",
            (*kept.values(), match_id, clip.camera),
        )
    for table in ("look", "look_lost"):
        connection.execute(f"DELETE FROM {table} WHERE match_id = ?", (match_id,))


def tell(archive: Archive, change: Change, match_id: str, package: Package, came: Came, *, updated: bool) -> None:
    """Note for the match's own ledger with what it begins, or goes on, and keep where the match came from."""
    connection = change.connection
    row = connection.execute("SELECT MAX(number) AS last FROM arrival WHERE match_id = ?", (match_id,)).fetchone()
    number = int(row["last"] or 0)
    if not updated:
        for told in came.record["arrivals"]:
            number += 1
            values = (match_id, number, str(told.get("at_utc", "")), json.dumps(told, ensure_ascii=False))
            connection.execute("INSERT INTO arrival VALUES (?, ?, ?, ?)", values)
    verdict, signer = package.verdict, package.signer
    zip_sha256 = None if package.path.is_dir() else sha256_of(package.path)
    ledgers = [
        {
            "ledger": each["ledger"],
            "n": each["n"],
            "sha256": each["sha256"],
            "keys": [
                {"key": key.key, "trusted": key.trusted}
                for key in verdict.signatures
                if key.what == "ledger" and key.path == f"{PAYLOAD}/{each['file']}"
            ],
        }
        for each in came.record["ledgers"]
    ]
    if updated:
        own = own_ledger(archive.home, match_id)
        ledgers = [each for each in ledgers if each["ledger"] != own]
    body = {
        "match": came.evidence_id,
        "package": package.sha256,
        "zip": zip_sha256,
        "status": verdict.status.value,
        "signer": None if signer is None else signer.key,
        "ledgers": ledgers,
        "state": state_of(connection, match_id),
        "updated": updated,
    }
    change.tell(match_id, IMPORTED, body)
    now = utc_now()
    told = {
        "at_utc": now,
        "package": package.sha256,
        "zip": zip_sha256,
        "name": package.path.name,
        "status": verdict.status.value,
        "signer": None if signer is None else signer.key,
        "holder": None if signer is None else signer.holder,
        "ledger": came.record["ledgers"][0]["ledger"],
        "entries": len(came.entries),
        "by": package.by,
        "account": archive.account,
    }
    values = (match_id, number + 1, now, json.dumps(told, ensure_ascii=False))
    connection.execute("INSERT INTO arrival VALUES (?, ?, ?, ?)", values)


def arrivals(archive: Archive, match_id: str) -> list[dict[str, Any]]:
    """Where a match came from, the oldest first; empty for one that was made here. Raises ``NotAllowed``."""
    require(archive.person, Action.WATCH)
    rows = archive.store.rows("SELECT told FROM arrival WHERE match_id = ? ORDER BY number", (match_id,))
    return [json.loads(row["told"]) for row in rows]
