"""What a recording left whose process ended without saying so: the rest of its journal comes into the database."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from touchline.errors import BadFile
from touchline.presence import alone, boot_id
from touchline.store import Row, Store, is_there, utc_now
from wearables.kept import Sessions, keep_rows, recorder_store
from wearables.model import Event, EventKind, Frame, SessionState
from wearables.recorder.journal import MAGIC, Damage, Journal, read_from
from wearables.recorder.state import STARTS_WITHIN_S, is_alive, journal_path, live_folder, lock_path, read_status

_LOCK_WITHIN_S = 5.0
STORE_TIMEOUT_S = 5.0
STOPPED = "stopped"
"""The reason that a process gives for its end when it ends as it should."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling a session did: how many ``rows`` its journal had for the database, how many bytes of a torn record
    were cut off, what was damaged before that. ``state`` is how the session is now; ``at_ns`` the last instant of it
    that is kept."""

    session_id: str
    state: SessionState
    rows: int = 0
    cut_bytes: int = 0
    damage: tuple[Damage, ...] = ()
    at_ns: int = 0


def settle(home: Path, session_id: str) -> Settled | None:
    """Bring a session that nobody records to rest: rows that wait in its journal come into the database, a torn record
    is cut off, and an event says so. It is ended where its process said that in the journal, else ``GONE``. None where
    it is being recorded, or rests already. Doing it twice, or being killed at it, does no harm.

    Raises ``NotFound``; ``BadFile`` where journal or database cannot be written now: then it can be tried again.
    """
    row = Sessions(home).session_row(session_id)
    if row["state"] in (SessionState.ENDED, SessionState.GONE) or _announced(row) or is_alive(home, session_id):
        return None
    with alone(lock_path(home, session_id), _LOCK_WITHIN_S) as free:
        if not free:
            return None
        return settle_held(home, session_id)


def _announced(row: Row) -> bool:
    """Whether a process may still be starting for a session that was made or taken up a moment ago."""
    if row["state"] != SessionState.STARTING or row["boot"] != boot_id():
        return False
    return bool((time.monotonic_ns() - row["beat_ns"]) / 1e9 < STARTS_WITHIN_S)


def settle_held(home: Path, session_id: str) -> Settled | None:
    """``settle`` for who holds the session's lock; a session that is only announced is settled too."""
    sessions = Sessions(home)
    row = sessions.session_row(session_id)
    if row["state"] in (SessionState.ENDED, SessionState.GONE):
        return None
    store = recorder_store(home, STORE_TIMEOUT_S)
    path = journal_path(home, session_id)
    rows, last = 0, None
    state = SessionState.GONE
    cut, damage = 0, tuple[Damage, ...]()
    if path.exists():
        with contextlib.closing(Journal(path)) as journal:
            cut, damage = journal.cut, journal.damage
            try:
                rows, last = _bring(store, session_id, journal, min(row["journal_done"], journal.size))
                last = last or _last_row(store, session_id)
                if _said_end(store, session_id):
                    state = SessionState.ENDED
                else:
                    event = _gone(store, sessions, row, home, last, journal, rows)
                    journal.append([event])
                    journal.sync()
                    last = event
                    _bring(store, session_id, journal, journal.size, [event])
            except (OSError, sqlite3.Error) as fault:
                if isinstance(fault, BadFile):
                    raise
                raise BadFile("wearables.errors.journal_fault", path=path, fault=fault) from fault
    ended_utc = utc_now() if state is SessionState.ENDED else None
    with store.write() as connection:
        connection.execute(
            "UPDATE wear_session SET state = ?, pid = NULL, ended_utc = coalesce(ended_utc, ?) WHERE id = ?",
            (state.value, ended_utc, session_id),
        )
    return Settled(session_id, state, rows, cut, damage, last.at_ns if last is not None else 0)


def _bring(
    store: Store, session_id: str, journal: Journal, done: int, rows: list[Event] | None = None
) -> tuple[int, Frame | Event | None]:
    """Bring what follows the place ``done`` into the database, or these ``rows``; how many there were, and the last."""
    count, last = 0, None
    while True:
        batch = read_from(journal.path, max(done, len(MAGIC))) if rows is None else None
        new = list(batch.rows) if batch is not None else list(rows or ())
        ends = batch.ends if batch is not None and batch.rows else journal.size
        with store.write() as connection:
            keep_rows(connection, session_id, new)
            connection.execute("UPDATE wear_session SET journal_done = ? WHERE id = ?", (ends, session_id))
        count, last = count + len(new), new[-1] if new else last
        if ends >= journal.size:
            return count, last
        done = ends


def _last_row(store: Store, session_id: str) -> Event | None:
    """An event that stands for the latest row that is kept."""
    found = [
        store.row(
            f"SELECT seq, at_ns, utc_us FROM {table} WHERE session_id = ? ORDER BY seq DESC LIMIT 1", (session_id,)
        )
        for table in ("wear_frame", "wear_event")
    ]
    rows = [row for row in found if row is not None]
    if not rows:
        return None
    row = max(rows, key=lambda each: int(each["seq"]))
    return Event(EventKind.RUN, row["at_ns"], row["utc_us"], seq=row["seq"])


def _said_end(store: Store, session_id: str) -> bool:
    """Whether the last thing that the recording said of itself is that it ended."""
    row = store.row(
        "SELECT detail FROM wear_event WHERE session_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
        (session_id, EventKind.RUN.value),
    )
    if row is None:
        return False
    told = json.loads(row["detail"])
    return told.get("running") is False and told.get("reason") == STOPPED


def _gone(
    store: Store,
    sessions: Sessions,
    row: Row,
    home: Path,
    last: Frame | Event | None,
    journal: Journal,
    rows: int,
) -> Event:
    """What is noted of a process that ended without a word: when it was last alive, and what is missing."""
    clock = sessions.clock(row["id"])
    at_ns = last.at_ns if last is not None else 0
    told = read_status(live_folder(home, row["id"]) / "status") or {}
    alive_ns = max(at_ns, int(told.get("at_ns", 0)))
    stored = _last_row(store, row["id"])
    seq = 1 + max(journal.last_seq, stored.seq if stored is not None else 0)
    detail = {
        "running": False,
        "reason": "gone",
        "kept_until_ns": at_ns,
        "alive_ns": alive_ns,
        "settled": rows,
        "cut_bytes": journal.cut,
        "damaged_bytes": sum(each.size for each in journal.damage),
    }
    unkept = {name: told[name] for name in ("in_memory", "lost") if told.get(name)}
    return Event(EventKind.RUN, alive_ns, clock.utc_us(alive_ns), None, {**detail, **unkept}, seq)


def say_gone(home: Path, session_id: str) -> None:
    """Say of a session whose process could not begin that nobody waits for it any more. Raises ``BadFile``."""
    with Sessions(home).store.write() as connection:
        connection.execute(
            "UPDATE wear_session SET state = ? WHERE id = ? AND state = ?",
            (SessionState.GONE.value, session_id, SessionState.STARTING.value),
        )


def settle_all(home: Path) -> list[Settled]:
    """``settle`` every session that is not at rest. What a full disk or a busy database keeps from it is tried again
    by the next one who asks."""
    if not is_there(home):
        return []
    found = []
    for row in Sessions(home).store.rows(
        "SELECT id FROM wear_session WHERE state NOT IN (?, ?)", (SessionState.ENDED.value, SessionState.GONE.value)
    ):
        with contextlib.suppress(BadFile, OSError):
            done = settle(home, row["id"])
            if done is not None:
                found.append(done)
    return found
