"""A backup while a squad is recorded: the journal goes as far as the database that was copied."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from squad_sessions import frame, made, rows_of, until

from touchline.backup import back_up, restore
from touchline.backup.places import DATABASE, users
from touchline.presence import alone
from touchline.store import default_path
from wearables.kept import Sessions
from wearables.model import Frame, MarkKind, SessionState
from wearables.recorder import control
from wearables.recorder.journal import read_from
from wearables.recorder.settling import settle
from wearables.recorder.state import journal_path, lock_path
from wearables.recorder.writing import JournalSink


def test_a_backup_of_a_recording_that_goes_on_restores_to_one_state(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    session = made(home, 4, speed=10.0)
    control.start(home, session.id, lang="en")
    try:
        until(lambda: len(rows_of(home, session.id)) > 60, "rows")
        assert session.id in users(home)
        backup = back_up(home, tmp_path / "out").path
        until(lambda: len(rows_of(home, session.id)) > 120, "more rows")
    finally:
        control.stop(home, session.id)
    assert session.id not in users(home)
    restore(backup, elsewhere)
    rows = rows_of(elsewhere, session.id)
    assert len(rows) > 60
    row = Sessions(elsewhere).session_row(session.id)
    assert row["journal_done"] == journal_path(elsewhere, session.id).stat().st_size
    assert list(read_from(journal_path(elsewhere, session.id), 0).rows) == rows
    assert control.status(elsewhere, session.id).state is SessionState.GONE
    settled = settle(elsewhere, session.id)
    assert settled is not None
    assert (settled.rows, settled.cut_bytes) == (0, 0)
    assert rows_of(elsewhere, session.id)[: len(rows)] == rows
    control.resume(elsewhere, session.id, lang="en")
    until(lambda: len(rows_of(elsewhere, session.id)) > len(rows) + 20, "rows behind it")
    assert control.stop(elsewhere, session.id).state is SessionState.ENDED
    numbers = [each.seq for each in rows_of(elsewhere, session.id)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_waits_in_the_journal_of_a_fallen_recording_is_in_the_backup(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    session = made(home)
    clock = Sessions(home).clock(session.id)
    sink = JournalSink(home, session.id, clock, timeout_s=0.1)
    with contextlib.closing(sqlite3.connect(default_path(home), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for number in range(40):
            sink.put(frame(clock, number))
        assert not sink.close(1.0)
    with Sessions(home).store.write() as connection:
        connection.execute("UPDATE wear_session SET state = 'recording' WHERE id = ?", (session.id,))
    backup = back_up(home, tmp_path / "out").path
    restore(backup, elsewhere)
    assert rows_of(elsewhere, session.id) == []
    assert settle(elsewhere, session.id) is not None
    assert sum(isinstance(row, Frame) for row in rows_of(elsewhere, session.id)) == 40


def test_what_came_after_the_copy_of_the_database_stays_out(tmp_path: Path) -> None:
    """Straps that are swapped a moment later: what was heard after that must not go to the wrong athletes."""
    home = tmp_path / "home"
    session = made(home)
    sessions, clock = Sessions(home), Sessions(home).clock(session.id)
    with alone(lock_path(home, session.id)) as free:  # a recording goes on
        assert free
        sink = JournalSink(home, session.id, clock)
        sink.put(frame(clock, 1))
        until(lambda: rows_of(home, session.id) or None, "the first row")
        until(lambda: sessions.session_row(session.id)["journal_done"] > 20 or None, "its place")

        def later(share: float, what: str) -> None:
            if what == DATABASE and share > 0:  # it has been copied
                sessions.mark(session.id, MarkKind.ASSIGN, clock.now_ns(), {"strap": 1, "athlete_id": None})
                sink.put(frame(clock, 2))
                until(lambda: len(rows_of(home, session.id)) > 1 or None, "the second row")

        backup = back_up(home, tmp_path / "out", progress=later).path
        assert len(sessions.marks(session.id)) == 3
        sink.put(frame(clock, 3))
        assert sink.close()
    kept = backup / "data" / "live" / session.id / "journal"
    assert len(read_from(kept, 0).rows) == 1
