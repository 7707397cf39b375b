"""Keeps what a recorder hears: first in the journal, then in the database, without making anybody wait.

Three threads. One takes rows from memory into the journal, twenty times a second at most; one has the disk confirm them
once a second. The third brings what the journal has into the database, in one transaction with how far it came. Where
the database is held by others or its disk is full, rows wait in the journal; only where that cannot be written either
do they wait in memory, as many as are allowed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.presence import boot_id
from wearables.clock import SessionClock
from wearables.kept import keep_rows, last_seq, recorder_store
from wearables.model import Event, EventKind, Frame
from wearables.recorder.journal import MAGIC, Journal, read_from
from wearables.recorder.state import journal_path

GATHER_S, SYNC_S, KEEP_S, BEAT_S, AGAIN_S = 0.05, 1.0, 0.15, 0.5, 0.5
"""Host seconds: rows gather before they are written; between two confirmations of the disk, between two transactions,
between two signs of life, and before what failed is tried again."""
STORE_TIMEOUT_S = 1.0
MOST_IN_MEMORY = 100_000
_MOST_AT_ONCE = 5_000
Row = Frame | Event


@dataclass(frozen=True, slots=True)
class Keeping:
    """How keeping goes. ``waiting`` rows are in the journal and not yet in the database, ``in_memory`` in neither,
    ``lost`` found no room there. ``journal_since_ns`` and ``store_since_ns``: since when (session time) the journal and
    the database refuse rows, None where they take them, and then why: ``locked``, ``full``, ``disk``."""

    kept: int = 0
    waiting: int = 0
    in_memory: int = 0
    lost: int = 0
    journal_since_ns: int | None = None
    journal_reason: str | None = None
    store_since_ns: int | None = None
    store_reason: str | None = None


def reason_of(fault: BaseException) -> str:
    """Why something could not be written: ``locked``, ``full`` or ``disk``."""
    if isinstance(fault, BadFile) and fault.name in ("store_busy", "store_full"):  # a server says it so
        return "locked" if fault.name == "store_busy" else "full"
    cause = fault.__cause__ if isinstance(fault.__cause__, sqlite3.Error) else fault
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "locked"
    if code == sqlite3.SQLITE_FULL or getattr(cause, "errno", None) in (28, 122):  # ENOSPC, EDQUOT
        return "full"
    return "disk"


class JournalSink:
    """Keeps the rows of one session (``recorder.sink.Sink``). Whoever makes one holds the session's lock, and what an
    earlier process left has been settled. Raises ``BadFile`` where journal or database cannot be opened."""

    def __init__(
        self,
        home: Path,
        session_id: str,
        clock: SessionClock,
        *,
        most_in_memory: int = MOST_IN_MEMORY,
        timeout_s: float = STORE_TIMEOUT_S,
    ) -> None:
        self.session_id, self.clock, self.most_in_memory = session_id, clock, most_in_memory
        self.store = recorder_store(home, timeout_s)
        self.broken: BaseException | None = None
        """What ended a thread that should not have ended."""
        self._journal = Journal(journal_path(home, session_id))
        self._place = self._journal.size
        self._done, self._seq_done = self._where_it_stands()
        self._seq = max(self._journal.last_seq, self._seq_done)
        self._rows: deque[Row] = deque()
        self._kept = self._lost = self._lost_told = 0
        self._journal_since: tuple[int, str] | None = None
        self._store_since: tuple[int, str] | None = None
        self._document: str | None = None
        self._dirty = False
        self._guard = threading.Lock()
        self._news, self._journaled, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._give_up_s = float("inf")
        self._threads = [
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
            for name, work in (
                ("journal", self._keep_journal),
                ("sync", self._keep_synced),
                ("store", self._keep_store),
            )
        ]
        for thread in self._threads:
            thread.start()

    def _where_it_stands(self) -> tuple[int, int]:
        """How far the journal is in the database, and the last number there. After a power cut the journal may be
        shorter than what the database has of it: what is added to it now must not count as there."""
        row = self.store.row("SELECT journal_done FROM wear_session WHERE id = ?", (self.session_id,))
        done, last = 0 if row is None else int(row["journal_done"]), last_seq(self.store, self.session_id)
        if done > self._journal.size:
            with self.store.write() as connection:
                connection.execute(
                    "UPDATE wear_session SET journal_done = ? WHERE id = ?", (self._journal.size, self.session_id)
                )
        return max(len(MAGIC), min(done, self._journal.size)), last

    # What the loop calls

    def put(self, row: Row) -> None:
        """Keep ``row``; returns at once."""
        with self._guard:
            if len(self._rows) >= self.most_in_memory:
                self._lost += 1
                return
            self._rows.append(row)
        self._news.set()

    def say(self, document: Mapping[str, Any]) -> None:
        """Write with the next rows what the process says of itself."""
        text = json.dumps(document, ensure_ascii=False)
        with self._guard:
            self._document = text

    def keeping(self) -> Keeping:
        """How keeping goes at this instant."""
        with self._guard:
            journal, store = self._journal_since, self._store_since
            return Keeping(
                self._kept,
                self._seq - self._seq_done,
                len(self._rows),
                self._lost,
                journal[0] if journal else None,
                journal[1] if journal else None,
                store[0] if store else None,
                store[1] if store else None,
            )

    def close(self, timeout_s: float = 20.0) -> bool:
        """Bring everything into journal and database and end the threads; whether all that found room got into the
        database within ``timeout_s`` host seconds. What did not waits in the journal."""
        self._give_up_s = time.monotonic() + timeout_s
        self._closing.set()
        self._news.set()
        self._journaled.set()
        for thread in self._threads:
            thread.join()
        self._sync()
        self._journal.close()
        now = self.keeping()
        return not now.waiting and not now.in_memory

    # Threads

    def _run(self, work: Any) -> None:
        try:
            work()
        except BaseException as fault:
            self.broken = fault  # the process looks at it and ends: nothing may look as if it were kept
            raise

    def _ended(self) -> bool:
        """Whether a thread has nothing left to do; asked with the guard held."""
        if not self._closing.is_set():
            return False
        return (not self._rows and self._done >= self._place) or time.monotonic() >= self._give_up_s

    def _keep_journal(self) -> None:
        ended = False
        while not ended:
            closing = self._closing.is_set()
            self._news.wait(GATHER_S if closing else SYNC_S)
            if not closing:
                self._closing.wait(GATHER_S)
            self._news.clear()  # before looking: what comes after that sets it again
            self._journal_some()
            with self._guard:
                ended = self._ended()
                left, failing = bool(self._rows), self._journal_since is not None
            if left and failing and not ended:
                self._closing.wait(AGAIN_S)
                time.sleep(GATHER_S)
            if left:
                self._news.set()

    def _journal_some(self) -> None:
        """Take rows from memory into the journal. Only this thread takes some away, and only it counts them."""
        with self._guard:
            rows = list(islice(self._rows, _MOST_AT_ONCE))
        count = len(rows)
        if not rows:
            return
        try:
            place = self._journal.append(replace(row, seq=self._seq + 1 + k) for k, row in enumerate(rows))
        except OSError as fault:
            self._fail_journal(fault)
            return
        self._dirty = True
        with self._guard:
            for _ in range(count):
                self._rows.popleft()
            self._seq, self._place = self._seq + count, place
            since, self._journal_since = self._journal_since, None
            lost, self._lost_told = self._lost - self._lost_told, self._lost
            if since is not None or lost:
                told: dict[str, Any] = {"ok": True, "where": "journal", "waiting": count}
                told |= {"since_ns": since[0], "reason": since[1]} if since is not None else {}
                self._tell({**told, "lost": lost} if lost else told)
        self._journaled.set()

    def _keep_synced(self) -> None:
        """Apart from the thread that writes: a slow disk that confirms must not keep rows in memory."""
        while not self._closing.wait(SYNC_S):
            self._sync()

    def _sync(self) -> None:
        if not self._dirty:
            return
        self._dirty = False  # before: what is written meanwhile is confirmed the next time
        try:
            self._journal.sync()
        except OSError as fault:
            self._dirty = True
            self._fail_journal(fault)

    def _fail_journal(self, fault: OSError) -> None:
        with self._guard:
            if self._journal_since is None:
                self._journal_since = self.clock.now_ns(), reason_of(fault)

    def _keep_store(self) -> None:
        beat_s, ended = 0.0, False
        while not ended:
            self._journaled.wait(GATHER_S if self._closing.is_set() else BEAT_S)
            self._journaled.clear()
            began_s = time.monotonic()
            with self._guard:
                behind = self._done < self._place
            if behind or (self._document is not None and began_s - beat_s >= BEAT_S):
                if self._store_some():
                    beat_s = began_s
                else:
                    self._closing.wait(AGAIN_S)
            with self._guard:
                ended, behind = self._ended(), self._done < self._place
            if behind:
                self._journaled.set()
            self._closing.wait(max(0.0, KEEP_S - (time.monotonic() - began_s)))
            if behind and not ended and self._store_since is not None:
                time.sleep(GATHER_S)  # also while it ends: what is refused at once is not tried without a pause

    def _store_some(self) -> bool:
        """Bring rows of the journal, how far they go, and what the process says into the database in one transaction;
        whether it took them."""
        with self._guard:
            done, place = self._done, self._place
            document, self._document = self._document, None
        try:
            batch = read_from(self._journal.path, done, place)
            if done < place and not batch.rows:
                raise OSError(f"{self._journal.path} has nothing between {done} and {place}")
            with self.store.write() as connection:
                keep_rows(connection, self.session_id, batch.rows)
                connection.execute(
                    "UPDATE wear_session SET journal_done = ?, document = coalesce(?, document), beat_ns = ?,"
                    " beat_utc_us = ?, boot = ? WHERE id = ?",
                    (batch.ends, document, time.monotonic_ns(), time.time_ns() // 1000, boot_id(), self.session_id),
                )
        except (OSError, sqlite3.Error) as fault:
            with self._guard:
                if self._document is None:  # else a newer one came meanwhile
                    self._document = document
                if self._store_since is None:
                    self._store_since = self.clock.now_ns(), reason_of(fault)
                    waiting = self._seq - self._seq_done
                    self._tell({"ok": False, "where": "store", "waiting": waiting, "reason": reason_of(fault)})
            return False
        with self._guard:
            self._done = batch.ends
            self._kept += len(batch.rows)
            self._seq_done = batch.rows[-1].seq if batch.rows else self._seq_done
            since, self._store_since = self._store_since, None
            if since is not None:
                waiting = self._seq - self._seq_done
                told = {"ok": True, "where": "store", "waiting": waiting, "since_ns": since[0], "reason": since[1]}
                self._tell(told)
        return True

    def _tell(self, detail: dict[str, Any]) -> None:
        """Note in the session itself how keeping goes; asked with the guard held, so that no thread ends before."""
        at_ns = self.clock.now_ns()
        self._rows.append(Event(EventKind.STORE, at_ns, self.clock.utc_us(at_ns), None, detail))
        self._news.set()
