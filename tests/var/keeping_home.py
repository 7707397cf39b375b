"""A data folder that holds something of everything, to back up, restore and delete from."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from test_bookmarks import clip

from athletes.archive import Archive as Training
from touchline.accounts.kept import Accounts
from touchline.backup.places import Kind, kind_of
from touchline.files import sha256_of
from touchline.jobs import Jobs
from touchline.ledger import check, ledger_path, trusted_keys
from touchline.ledger.kept import kept_head
from touchline.origin import Origin
from touchline.store import default_path
from var.archive import Archive
from var.capture.state import Captures
from var.evidence.authority import authority
from var.jobs import STARTING
from var.model import Match, Setup

OLD = "2020-01-02T03:04:05.000000+00:00"


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def add_match(
    home: Path, name: str, *, date: str = "2020-01-02", created: str = OLD, incident: bool = False
) -> Archive:
    """A match with two recordings and proxies below ``home``; with an ``incident`` one is decided, and shown again."""
    archive = Archive(home)
    clips = []
    for camera in ("cam1", "cam2"):
        path = write(archive.folder(name) / "media" / f"{camera}.mp4", f"{name} {camera}".encode() * 9000)
        proxy = archive.folder(name) / "media" / f"{camera}.proxy"
        write(proxy / "00000000.mp4", b"proxy" * 500)
        digest = sha256_of(path)
        clips.append(replace(clip(camera, Fraction(0)), path=path, proxy=proxy, sha256=digest, file_sha256=digest))
    archive.add_match(Match(name, f"Trận {name}", Origin.MEASURED, created, Setup(date=date), tuple(clips)))
    if incident:
        found = archive.add_incident(name, at_s=Fraction(1), by="Ánh")
        archive.decide(found.id, "onside", by="Ánh")
        write(home / "scenes" / f"{name}-{found.id}-vi" / "one" / "scene.png", b"png")
    return archive


def furnish(home: Path) -> Archive:
    """Everything that lies in a data folder; matches ``quiet`` (no incident) and ``busy``."""
    home.mkdir(parents=True, exist_ok=True)
    archive = add_match(home, "quiet")
    add_match(home, "busy", incident=True)
    authority(home, host="test")
    Accounts(home).add("lan", "Lan", ["administrator"], password="đường-dài-hơn-10")
    Training(home).athletes()
    Captures(home).all()
    Jobs(home).unseen(STARTING)
    write(home / "training" / "ab" / "abc.fit", b"fit")
    report = home / "reports" / "busy-incident-1"
    write(report / "data" / "incident.json", json.dumps({"match": {"id": "busy"}}).encode())
    write(report / "data" / "report.pdf", b"pdf")
    write(home / "reports" / "busy-incident-1.zip", b"zip")
    write(home / "rules" / "venue.toml", b"x = 1")
    write(home / "serve" / "keys.json", b"{}")
    write(home / "models" / "pose.tflite", b"model" * 100)
    write(home / "datasets" / "open" / "a.mp4", b"fetched")
    write(home / "incoming" / "0123" / "half.mp4", b"half")
    write(home / "matches" / "busy" / "media" / "cam1.journal.jsonl", b'{"event": "connected"}\n{"event": "torn')
    return archive


def intact(home: Path, name: str) -> bool:
    """Whether the ledger of a match is whole by its own head and by that in the database."""
    kept = kept_head(Archive(home).store, name)
    head = None if kept is None else kept.head
    return check(ledger_path(home, name), trusted=trusted_keys(home), head=head).status.value == "intact"


def contents(home: Path) -> dict[str, bytes]:
    """Every file below a folder that is no lock, with its bytes; of the database what is in it."""
    found = {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and kind_of(path.relative_to(home).as_posix()) is not Kind.PASSING
    }
    with contextlib.closing(sqlite3.connect(default_path(home))) as connection:
        found["touchline.db"] = "\n".join(connection.iterdump()).encode()
    return found
