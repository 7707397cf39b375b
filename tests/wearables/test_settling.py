"""What a recording that fell left is brought to rest, and a session goes on through restarts of process and system."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest
from squad_sessions import frame, made, rows_of, until

from touchline.errors import BadValue
from touchline.presence import alone, restore_lock
from touchline.store import default_path
from wearables.kept import Sessions, keep_rows
from wearables.model import NS_PER_S, Event, EventKind, Frame, SessionState, Source
from wearables.record_report import record_report
from wearables.recorder import control
from wearables.recorder.journal import Journal
from wearables.recorder.settling import STOPPED, settle
from wearables.recorder.state import journal_path, live_folder, lock_path, read_status, write_status
from wearables.recorder.writing import JournalSink


def set_row(home: Path, session_id: str, **values: object) -> None:
    names = ", ".join(f"{name} = ?" for name in values)
    with Sessions(home).store.write() as connection:
        connection.execute(f"UPDATE wear_session SET {names} WHERE id = ?", (*values.values(), session_id))


def fallen(home: Path, *last: Event, count: int = 30) -> str:
    """A session whose rows are in the journal alone, and whose process is gone."""
    session = made(home)
    clock = Sessions(home).clock(session.id)
    sink = JournalSink(home, session.id, clock, timeout_s=0.1)
    with contextlib.closing(sqlite3.connect(default_path(home), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for number in range(count):
            sink.put(frame(clock, number))
        for event in last:
            sink.put(event)
        sink.close(0.5)
    set_row(home, session.id, state="recording")
    return session.id


def test_what_broke_off_can_be_ended_as_it_is(tmp_path: Path) -> None:
    session_id = fallen(tmp_path)
    assert control.stop(tmp_path, session_id).state is SessionState.ENDED
    assert len([row for row in rows_of(tmp_path, session_id) if isinstance(row, Frame)]) == 30
    assert (live_folder(tmp_path, session_id) / "frames.parquet").exists()
    assert Sessions(tmp_path).session(session_id).ended_utc is not None
    with pytest.raises(BadValue):
        control.resume(tmp_path, session_id)
    assert control.conclude(tmp_path, session_id).state is SessionState.ENDED


def test_the_rest_of_a_journal_comes_into_the_database_once_and_a_torn_record_is_told(tmp_path: Path) -> None:
    session_id = fallen(tmp_path)
    path = journal_path(tmp_path, session_id)
    path.write_bytes(path.read_bytes() + path.read_bytes()[-40:-3])
    assert rows_of(tmp_path, session_id) == []
    assert control.status(tmp_path, session_id).state is SessionState.GONE
    (settled,) = control.settle_all(tmp_path)
    frames = [row for row in rows_of(tmp_path, session_id) if isinstance(row, Frame)]
    assert (len(frames), settled.state, settled.cut_bytes) == (30, SessionState.GONE, 37)
    assert control.settle_all(tmp_path) == []
    told = rows_of(tmp_path, session_id)[-1]
    assert isinstance(told, Event)
    assert (told.detail["reason"], told.detail["cut_bytes"]) == ("gone", 37)
    assert told.detail["settled"] == settled.rows
    report = record_report(tmp_path, session_id)
    assert (report["state"], report["interruptions"][0]["cut_bytes"]) == ("gone", 37)


def test_being_killed_at_settling_and_doing_it_again_does_no_harm(tmp_path: Path) -> None:
    session_id = fallen(tmp_path)
    settle(tmp_path, session_id)
    first = rows_of(tmp_path, session_id)
    set_row(tmp_path, session_id, state="recording", journal_done=0)  # as if it had got no further
    settle(tmp_path, session_id)
    again = rows_of(tmp_path, session_id)
    assert again[: len(first)] == first
    assert [row.seq for row in again] == list(range(1, len(again) + 1))


def test_a_session_that_ended_properly_while_the_database_was_held_is_ended(tmp_path: Path) -> None:
    end = Event(EventKind.RUN, 5 * NS_PER_S, 0, None, {"running": False, "reason": STOPPED})
    session_id = fallen(tmp_path, end)
    settled = settle(tmp_path, session_id)
    assert settled is not None
    assert settled.state is SessionState.ENDED
    assert control.status(tmp_path, session_id).state is SessionState.ENDED
    assert Sessions(tmp_path).session(session_id).ended_utc is not None


def test_nobody_settles_a_session_that_is_recorded_or_is_about_to_be(tmp_path: Path) -> None:
    session_id = fallen(tmp_path)
    with alone(lock_path(tmp_path, session_id)) as free:
        assert free
        assert settle(tmp_path, session_id) is None
    assert rows_of(tmp_path, session_id) == []
    set_row(tmp_path, session_id, state="starting", beat_ns=time.monotonic_ns())
    assert settle(tmp_path, session_id) is None
    set_row(tmp_path, session_id, beat_ns=time.monotonic_ns() - 60 * NS_PER_S)
    assert settle(tmp_path, session_id) is not None


def test_a_status_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "status"
    assert read_status(path) is None
    write_status(path, {"at_ns": 1, "text": "ê" * 2000})
    size = path.stat().st_size
    write_status(path, {"at_ns": 2})
    assert read_status(path) == {"at_ns": 2}
    assert path.stat().st_size == size  # its room stays its own, so that a full disk does not silence it
    data = bytearray(path.read_bytes())
    data[14] ^= 1
    path.write_bytes(data)
    assert read_status(path) is None


@pytest.mark.parametrize(("away_s", "least_s"), [(100.0, 100.0), (-5000.0, 50.0)])
def test_after_a_restart_of_the_system_wall_time_joins_the_two_and_nothing_goes_back(
    away_s: float, least_s: float, tmp_path: Path
) -> None:
    """The second time the wall clock was set back meanwhile."""
    session = made(tmp_path, 1)
    old = Frame(1, 50 * NS_PER_S, session.zero_utc_us + 50 * 10**6, Source.HEART_RATE, b"\x00\x48", bpm=72, seq=1)
    with contextlib.closing(Journal(journal_path(tmp_path, session.id))) as journal:
        done = journal.append([old])
    with Sessions(tmp_path).store.write() as connection:
        keep_rows(connection, session.id, [old])
    zero_utc_us = time.time_ns() // 1000 - round(away_s * 1e6)
    set_row(
        tmp_path, session.id, boot="another", zero_ns=12345, zero_utc_us=zero_utc_us, journal_done=done, state="gone"
    )
    control.resume(tmp_path, session.id, lang="en")
    rows = until(lambda: r if len(r := rows_of(tmp_path, session.id)) > 3 else None, "new rows")
    begun = next(row for row in rows if isinstance(row, Event) and row.detail.get("running"))
    control.stop(tmp_path, session.id)
    assert least_s * NS_PER_S < begun.at_ns < (least_s + 60) * NS_PER_S
    assert begun.detail["reason"] == "resumed"
    assert begun.utc_us == zero_utc_us + begun.at_ns // 1000
    assert abs(Sessions(tmp_path).clock(session.id).now_ns() - begun.at_ns) < 60 * NS_PER_S
    assert [row.seq for row in rows_of(tmp_path, session.id)][:3] == [1, 2, 3]
    assert live_folder(tmp_path, session.id).is_dir()


def test_a_process_that_may_not_begin_says_why_and_nobody_waits_for_it(tmp_path: Path) -> None:
    """A restore is about to take the folder's place."""
    home = tmp_path / "home"
    session = made(home, 1)
    with alone(restore_lock(home)) as free:
        assert free
        control.start(home, session.id, lang="en")
        until(lambda: control.status(home, session.id).state is SessionState.GONE or None, "its end")
    assert "restore" in control.last_words(home, session.id)
    control.resume(home, session.id, lang="en")
    until(lambda: rows_of(home, session.id) or None, "rows")
    assert control.stop(home, session.id).state is SessionState.ENDED
