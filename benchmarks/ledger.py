"""Appending to the evidence ledger beside SQLite that waits for the disk, and checking it beside hashing the file.

    python benchmarks/ledger.py [--entries 400] [--lines 50000] [--work DIR] [--json]

The same entries are appended one by one to a ledger and inserted one by one into a SQLite table (WAL, synchronous =
FULL), in turns of 50 so that other work on the machine slows both alike; each is on the disk before the next. Groups of
ten are one wait for the disk each. A long ledger is checked, and its bytes are hashed by ``sha256``, three times each.
``--work`` says on which disk. Prints a JSON document with ``--json``, else a table; with machine and date.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from touchline.ledger import Author, Entry, Ledger, Status, check
from touchline.ledger.keys import new_key

TURN, GROUP = 50, 10
BY = Author("Nguyễn Thị Ánh Tuyết", "a-1")


def entry(k: int) -> Entry:
    """A click as the booth keeps it."""
    click = {"camera_id": "cam1", "frame": k, "sha256": "ab" * 32, "u_px": 960 + k / 7, "v_px": 540 - k / 9}
    return Entry("body_mark", {"role": "attacker", "part": "foot_left", "click": click}, BY)


def spent(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def appending(folder: Path, entries: int) -> dict[str, float]:
    """Appends a second: one by one to the ledger, one by one into SQLite, and in groups of ten to the ledger."""
    ledger = Ledger.open(folder / "ledger.jsonl", new_key(), subject="benchmark")
    table = sqlite3.connect(folder / "peer.db", isolation_level=None)
    table.execute("PRAGMA journal_mode = WAL")
    table.execute("PRAGMA synchronous = FULL")
    table.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, kind TEXT, body TEXT, by TEXT, at_utc TEXT)")
    now = datetime.datetime.now(datetime.UTC).isoformat()

    def insert(one: Entry) -> None:
        body = json.dumps(one.body, ensure_ascii=False)
        table.execute(
            "INSERT INTO entry (kind, body, by, at_utc) VALUES (?, ?, ?, ?)", (one.kind, body, one.by.name, now)
        )

    took = {"ledger": 0.0, "sqlite": 0.0, "ledger_groups": 0.0}
    for turn in range(0, entries, TURN):
        some = [entry(turn + k) for k in range(TURN)]
        took["ledger"] += spent(lambda some=some: [ledger.append(one.kind, one.body, by=one.by) for one in some])
        took["sqlite"] += spent(lambda some=some: [insert(one) for one in some])
        groups = [some[k : k + GROUP] for k in range(0, TURN, GROUP)]
        took["ledger_groups"] += spent(lambda groups=groups: [ledger.append_many(group) for group in groups])
    table.close()
    done = -(-entries // TURN) * TURN
    return {f"{name}_per_s": round(done / s, 1) for name, s in took.items()}


def checking(folder: Path, lines: int) -> dict[str, float]:
    """MB a second of a check and of plain SHA-256 over the same file, medians of three."""
    path = folder / "long.jsonl"
    ledger = Ledger.open(path, new_key(), subject="benchmark")
    for first in range(0, lines, 60):
        ledger.append_many([entry(k) for k in range(first, min(first + 60, lines))])
    ledger.close()
    size_mb = path.stat().st_size / 1e6
    rounds: dict[str, list[float]] = {"check": [], "sha256": []}
    for _ in range(3):
        rounds["check"].append(spent(lambda: _intact(path)))
        rounds["sha256"].append(spent(lambda: hashlib.sha256(path.read_bytes()).hexdigest()))
    found = {f"{name}_mb_per_s": round(size_mb / statistics.median(took), 1) for name, took in rounds.items()}
    return {"size_mb": round(size_mb, 1), "lines": lines, **found}


def _intact(path: Path) -> None:
    if check(path).status is not Status.INTACT:
        raise SystemExit("the ledger is not intact")


def measure(folder: Path, entries: int, lines: int) -> dict[str, Any]:
    """The whole document of one run."""
    appended, checked = appending(folder, entries), checking(folder, lines)
    return {
        "benchmark": "ledger",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "append": appended,
        "check": checked,
        "ratio_append": round(appended["ledger_per_s"] / appended["sqlite_per_s"], 2),
        "ratio_groups": round(appended["ledger_groups_per_s"] / appended["sqlite_per_s"], 2),
        "ratio_check": round(checked["check_mb_per_s"] / checked["sha256_mb_per_s"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=400)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--work", type=Path, help="a folder on the disk to measure; it is left empty")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.work) as temporary:
        found = measure(Path(temporary), args.entries, args.lines)
    if args.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['machine']}, {found['date']}, load {found['load']}")
    print("append  " + "  ".join(f"{name} {value}" for name, value in found["append"].items()))
    print("check   " + "  ".join(f"{name} {value}" for name, value in found["check"].items()))
    print(
        f"ledger by SQLite: {found['ratio_append']} one by one, {found['ratio_groups']} in groups of {GROUP}; "
        f"check by sha256: {found['ratio_check']}"
    )


if __name__ == "__main__":
    main()
