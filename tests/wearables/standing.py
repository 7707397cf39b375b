"""A session that stands as if it were recorded: its lock is held here, and its rows are written by the test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live_rows import AN, BINH, CHI, STRAPS, Tape

from touchline.origin import Origin
from touchline.presence import alone
from wearables.kept import Sessions, keep_rows
from wearables.model import LiveSession, Profile, SessionState, Strap
from wearables.recorder.state import lock_path


@contextmanager
def standing(
    home: Path,
    tape: Tape,
    passed_s: float,
    profiles: tuple[Profile, ...] = (AN, BINH, CHI),
    straps: tuple[Strap, ...] = STRAPS,
    worn: dict[int, str] | None = None,
) -> Iterator[LiveSession]:
    """A session that began ``passed_s`` seconds ago, with the rows of ``tape``; recorded while the block lasts."""
    sessions = Sessions(home)
    made = sessions.create(
        "U19 sáng thứ hai", straps, profiles, worn or {1: "an", 2: "binh"}, origin=Origin.MEASURED, by="Thầy Minh"
    )
    with sessions.store.write() as connection:
        keep_rows(connection, made.id, tape.rows)
    beat(home, made.id, round(passed_s * 1e9))  # last, so that what is written here makes nothing older
    path = lock_path(home, made.id)
    with alone(path) as free:
        assert free
        yield made


def beat(home: Path, session_id: str, back_ns: int = 0) -> None:
    """Let the recorder's heart beat now; move the session's beginning ``back_ns`` back."""
    with Sessions(home).store.write() as connection:
        connection.execute(
            "UPDATE wear_session SET state = ?, beat_ns = ?, beat_utc_us = ?, zero_ns = zero_ns - ?,"
            " zero_utc_us = zero_utc_us - ? WHERE id = ?",
            (
                SessionState.RECORDING.value,
                time.monotonic_ns(),
                time.time_ns() // 1000,
                back_ns,
                back_ns // 1000,
                session_id,
            ),
        )
