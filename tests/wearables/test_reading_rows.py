"""Who follows a session reads every row once, whatever is written meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

from squad_sessions import made

from wearables.kept import Sessions, keep_rows
from wearables.model import Event, EventKind, Frame, Source

BATCHES = 400


def test_a_reader_that_goes_on_from_the_last_row_it_saw_misses_none(tmp_path: Path) -> None:
    """A frame and the event behind it come in one transaction: who sees the event has seen the frame."""
    session, sessions = made(tmp_path), Sessions(tmp_path)

    def write() -> None:
        for k in range(BATCHES):
            frame = Frame(1, k, k, Source.HEART_RATE, b"\x00\x48", bpm=72, seq=2 * k + 1)
            event = Event(EventKind.STATE, k, k, 1, {"state": "live"}, 2 * k + 2)
            with sessions.store.write() as connection:
                keep_rows(connection, session.id, [frame, event])

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[int] = []
    try:
        while not seen or seen[-1] < 2 * BATCHES:
            assert writer.is_alive() or sessions.rows_since(session.id, seen[-1] if seen else 0)
            seen += [row.seq for row in Sessions(tmp_path).rows_since(session.id, seen[-1] if seen else 0, limit=50)]
    finally:
        writer.join()
    assert seen == list(range(1, 2 * BATCHES + 1))


def test_a_limit_cuts_frames_and_events_in_their_common_order(tmp_path: Path) -> None:
    session, sessions = made(tmp_path), Sessions(tmp_path)
    rows = [
        Frame(2, k, k, Source.POLAR, b"\xff", bpm=None, seq=k)
        if k % 3
        else Event(EventKind.RUN, k, k, None, {"a": "ê"}, k)
        for k in range(1, 31)
    ]
    with sessions.store.write() as connection:
        keep_rows(connection, session.id, rows)
    assert sessions.rows_since(session.id) == rows
    assert sessions.rows_since(session.id, 4, limit=7) == rows[4:11]
    assert sessions.rows_since(session.id, 4, until_ns=9) == rows[4:9]
    assert sessions.rows_since("another") == []
