"""Keeping what is heard while the database is held, the disk is full, and nobody waits for either."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from squad_sessions import frame, made, rows_of, until

from touchline.store import default_path
from wearables.clock import SessionClock
from wearables.kept import Sessions
from wearables.model import Event, EventKind, Frame, SessionState
from wearables.record_report import record_report
from wearables.recorder import control
from wearables.recorder.journal import read_from
from wearables.recorder.state import journal_path
from wearables.recorder.writing import JournalSink


@contextlib.contextmanager
def held(home: Path) -> Iterator[None]:
    """Somebody else writes into the database and does not come to an end."""
    with contextlib.closing(sqlite3.connect(default_path(home), isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def journaled(home: Path, session_id: str) -> list[int]:
    return [row.seq for row in read_from(journal_path(home, session_id), 0).rows]


def frames_of(home: Path, session_id: str) -> list[bytes]:
    return [row.data for row in rows_of(home, session_id) if isinstance(row, Frame)]


@pytest.mark.usefixtures("database")
def test_rows_get_their_numbers_in_order_and_are_in_the_journal_before_the_database(tmp_path: Path) -> None:
    session = made(tmp_path)
    clock = Sessions(tmp_path).clock(session.id)
    sink = JournalSink(tmp_path, session.id, clock)
    sent = [frame(clock, number) for number in range(200)]
    for each in sent:
        sink.put(each)
        shown = [row.seq for row in rows_of(tmp_path, session.id)] if each.data[2] % 20 == 0 else []
        assert set(shown) <= set(journaled(tmp_path, session.id))
    assert sink.close()
    assert [row.seq for row in rows_of(tmp_path, session.id)] == list(range(1, 201))
    assert frames_of(tmp_path, session.id) == [each.data for each in sent]
    row = Sessions(tmp_path).session_row(session.id)
    assert row["journal_done"] == journal_path(tmp_path, session.id).stat().st_size


@pytest.mark.parametrize(("speed", "held_s"), [(1.0, 5.0), (20.0, 3.0)])
def test_a_database_that_is_held_blocks_nobody_and_misses_nothing(speed: float, held_s: float, tmp_path: Path) -> None:
    """Five seconds of life, and sixty of a session at twenty times that."""
    session = made(tmp_path, speed=speed)
    clock = SessionClock.starting_now(speed)
    sink = JournalSink(tmp_path, session.id, clock, timeout_s=0.5)
    sent, slowest_s = [], 0.0
    with held(tmp_path):
        began_s = time.monotonic()
        while time.monotonic() - began_s < held_s:
            sent.append(frame(clock, len(sent)))
            before_s = time.monotonic()
            sink.put(sent[-1])
            slowest_s = max(slowest_s, time.monotonic() - before_s)
            time.sleep(0.02)
        there = len(sent) + 1  # and what is said of the database
        now = until(
            lambda: now if (now := sink.keeping()).waiting >= there and not now.in_memory else None,
            "rows in the journal",
        )
        assert frames_of(tmp_path, session.id) == []
        assert (now.store_reason, now.journal_since_ns, now.in_memory, now.lost) == ("locked", None, 0, 0)
        assert now.store_since_ns is not None
        assert len(journaled(tmp_path, session.id)) >= len(sent)
    assert slowest_s < held_s / 2  # far below on any machine; what it may not do is wait for the database
    until(lambda: sink.keeping().store_since_ns is None or None, "the database takes rows again")
    assert sink.close()
    assert frames_of(tmp_path, session.id) == [each.data for each in sent]
    told = [row.detail for row in rows_of(tmp_path, session.id) if isinstance(row, Event)]
    assert [(each["ok"], each["where"], each["reason"]) for each in told] == [
        (False, "store", "locked"),
        (True, "store", "locked"),
    ]
    assert told[1]["since_ns"] == now.store_since_ns
    assert told[1]["waiting"] >= 0


def test_a_database_that_stays_held_to_the_end_leaves_everything_in_the_journal(tmp_path: Path) -> None:
    session = made(tmp_path)
    clock = Sessions(tmp_path).clock(session.id)
    sink = JournalSink(tmp_path, session.id, clock, timeout_s=0.1)
    with held(tmp_path):
        for number in range(50):
            sink.put(frame(clock, number))
        assert not sink.close(1.0)
    assert rows_of(tmp_path, session.id) == []
    again = JournalSink(tmp_path, session.id, clock)
    again.put(frame(clock, 50))
    assert again.close()
    assert len(frames_of(tmp_path, session.id)) == 51
    assert [row.seq for row in rows_of(tmp_path, session.id)] == list(range(1, 1 + len(rows_of(tmp_path, session.id))))


def test_after_a_power_cut_numbers_go_on_behind_what_only_the_database_has(tmp_path: Path) -> None:
    """The disk confirmed the database and had not yet written the journal's end."""
    session = made(tmp_path)
    clock = Sessions(tmp_path).clock(session.id)
    sink = JournalSink(tmp_path, session.id, clock)
    for number in range(20):
        sink.put(frame(clock, number))
    assert sink.close()
    path = journal_path(tmp_path, session.id)
    os.truncate(path, path.stat().st_size // 2)
    again = JournalSink(tmp_path, session.id, clock)
    for number in range(20, 30):
        again.put(frame(clock, number))
    assert again.close()
    assert [row.seq for row in rows_of(tmp_path, session.id)] == list(range(1, 31))
    assert len(frames_of(tmp_path, session.id)) == 30


FULL = """
    import os, resource, sys, time
    from pathlib import Path
    from squad_sessions import frame
    from wearables.kept import Sessions
    from wearables.recorder.state import journal_path
    from wearables.recorder.writing import JournalSink

    home, session_id, way = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    clock = Sessions(home).clock(session_id)
    sink = JournalSink(home, session_id, clock, most_in_memory=300)
    number = 0

    def put(count):
        global number
        for _ in range(count):
            sink.put(frame(clock, number))
            number += 1
            time.sleep(0.0005)

    def until(look):
        ends_s = time.monotonic() + 60
        while not look():
            assert time.monotonic() < ends_s, sink.keeping()
            time.sleep(0.02)

    def fill():
        if way == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (journal_path(home, session_id).stat().st_size + 3000, -1))
        else:
            with (home / "ballast").open("wb", buffering=0) as stream:
                try:
                    while True:
                        stream.write(bytes(4096))
                except OSError:
                    pass

    def empty():
        if way == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        else:
            (home / "ballast").unlink()

    put(100)
    until(lambda: sink.keeping().kept >= 100)
    fill()
    put(250)
    until(lambda: sink.keeping().journal_since_ns is not None)
    full = sink.keeping()
    assert full.in_memory > 0 and full.lost == 0, full
    put(600)
    passed = sink.keeping()
    assert passed.in_memory >= 300 and passed.lost > 0, passed
    empty()
    until(lambda: sink.keeping().journal_since_ns is None and sink.keeping().in_memory == 0)
    put(50)
    whole = sink.close(60)
    print(full.journal_reason, passed.lost, number, int(whole))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes to set on Windows")
@pytest.mark.parametrize("way", ["limit", "disk"])
def test_a_full_disk_is_said_at_once_and_what_found_no_room_is_counted(way: str, tmp_path: Path) -> None:
    """``limit``: the system lets no file grow; ``disk``: a file system of four megabytes that is full."""
    home = tmp_path / "home"
    home.mkdir()
    if way == "disk":
        mounted = shutil.which("mount") and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(home)], check=False, capture_output=True
        )
        if not mounted or mounted.returncode:
            pytest.skip("a small file system can be mounted by root only")
    try:
        session = made(home)
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(FULL), str(home), session.id, way],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        assert done.returncode == 0, done.stderr
        reason, lost, count, whole = done.stdout.split()
        assert reason in ("full", "disk")
        kept = frames_of(home, session.id)
        assert len(kept) == int(count) - int(lost)
        assert len(set(kept)) == len(kept)
        assert whole == "1"  # all that found room
        told = [row.detail for row in rows_of(home, session.id) if isinstance(row, Event)]
        assert sum(each.get("lost", 0) for each in told) == int(lost)
        assert any(each["where"] == "journal" and each.get("since_ns") is not None for each in told)
        assert all(row.kind is EventKind.STORE for row in rows_of(home, session.id) if isinstance(row, Event))
    finally:
        if way == "disk":
            subprocess.run(["umount", str(home)], check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limits of another process")
def test_a_recorder_on_a_disk_that_takes_nothing_says_so_at_once_and_goes_on_when_it_does(tmp_path: Path) -> None:
    import resource

    session = made(tmp_path, 4, speed=10.0)
    control.start(tmp_path, session.id, lang="en")
    until(lambda: len(frames_of(tmp_path, session.id)) > 30, "frames")
    status = until(lambda: s if (s := control.status(tmp_path, session.id)).pid else None, "a status")
    assert status.pid is not None
    limits = resource.prlimit(status.pid, resource.RLIMIT_FSIZE)
    size = journal_path(tmp_path, session.id).stat().st_size
    resource.prlimit(status.pid, resource.RLIMIT_FSIZE, (max(size, 8192) + 500, limits[1]))
    try:
        full = until(
            lambda: s if (s := control.status(tmp_path, session.id)).journal_since_ns is not None else None,
            "word of it",
        )
        assert (full.journal_reason, full.lost, full.state) == ("disk", 0, SessionState.RECORDING)
        until(lambda: control.status(tmp_path, session.id).in_memory > 20 or None, "rows in memory")
    finally:
        resource.prlimit(status.pid, resource.RLIMIT_FSIZE, limits)
    until(
        lambda: ((s := control.status(tmp_path, session.id)).journal_since_ns is None and s.in_memory < 10) or None,
        "the disk takes them again",
    )
    control.stop(tmp_path, session.id)
    report = record_report(tmp_path, session.id)
    assert (report["state"], report["frames"]["missing"], report["interruptions"]) == ("ended", 0, [])
    assert {"journal"} <= {each["where"] for each in report["keeping"]}
    assert report["frames"]["received"] > 50
