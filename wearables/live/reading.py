"""The one reader of a session in a process: it takes what is new and gives everybody who looks the same wall."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from wearables.kept import Sessions
from wearables.live.fold import Fold
from wearables.live.held import HeldStore
from wearables.live.wall import Wall
from wearables.model import NS_PER_S, LiveSession, SessionState
from wearables.recorder.control import status
from wearables.recorder.state import RecorderStatus

FRESH_S = 0.1
"""Host seconds for which a wall is given again instead of being made anew."""
KNOWN_S = 1.0
"""Host seconds after which straps, athletes and the recorder's word are looked at again."""
RUNS = frozenset({SessionState.STARTING, SessionState.RECORDING})
SLEPT_S = 2.0
"""By how much wall time may run ahead of the host's clock, which stands still while a computer sleeps, before what was
heard until then is taken to be of an unknown age."""
PIECE = 50_000


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody sees who looks: the session with the state that it really is in, its recorder's word, the wall."""

    session: LiveSession
    status: RecorderStatus
    wall: Wall
    number: int
    """Grows with each wall that was made."""

    @property
    def running(self) -> bool:
        """Whether it is being recorded."""
        return self.session.state in RUNS


class Reading:
    """A session of the data folder ``home``, read on from where it was. May be shared by threads. It has no person:
    whoever asks it must have the right to (``Sessions``). Raises ``NotFound``."""

    def __init__(
        self,
        home: Path,
        session_id: str,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        utc_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.home, self.session_id = home, session_id
        self._sessions = Sessions(home)
        self._sessions.store = HeldStore(self._sessions.store)
        self._now, self._utc = monotonic_ns, utc_ns
        self._apart_ns: int | None = None
        self._woke_ns = -1
        self._lock = threading.Lock()
        self._session = self._sessions.session(session_id)
        self._fold = Fold(self._sessions.straps(session_id), self._sessions.profiles(session_id))
        self._seq = self._mark = 0
        self._status: RecorderStatus | None = None
        self._clock = self._sessions.clock(session_id)
        self._known_ns: int | None = None
        self._look: Look | None = None
        self._made_ns = 0
        self._count = 0

    def look(self) -> Look:
        """The wall as it is now; the same one for all who ask within a tenth of a second. Raises ``BadFile`` where the
        database cannot be read."""
        with self._lock:
            now_ns = self._now()
            if self._look is None or now_ns - self._made_ns >= FRESH_S * NS_PER_S:
                self._look = self._made(now_ns)
                self._made_ns = now_ns
            return self._look

    def fold(self) -> Fold:
        """Everything folded until now, for a session that is over. Not to be led on by others."""
        self.look()
        return self._fold

    def forget(self) -> None:
        """Let the next look be a new one: somebody marked something, or the recorder was told something."""
        with self._lock:
            self._look = self._known_ns = None

    def _made(self, now_ns: int) -> Look:
        if self._known_ns is None or self._status is None or now_ns - self._known_ns >= KNOWN_S * NS_PER_S:
            session = self._sessions.session(self.session_id)
            clock, own = self._sessions.clock(self.session_id), self._clock
            if (clock.zero_ns, clock.zero_utc_us) != (own.zero_ns, own.zero_utc_us):
                self._clock = clock  # else ours goes on: it knows of a sleep that the recorder has not kept yet
            self._status = status(self.home, self.session_id)
            self._session = replace(session, state=self._status.state)
            straps = self._sessions.straps(self.session_id)
            self._fold.know(straps, self._sessions.profiles(self.session_id))
            self._known_ns = now_ns
        marks = self._sessions.marks(self.session_id, self._mark)
        if marks:
            self._mark = marks[-1].id
        self._fold.take((), marks)
        while rows := self._sessions.rows_since(self.session_id, self._seq, limit=PIECE):
            self._seq = rows[-1].seq
            self._fold.take(rows)
            if len(rows) < PIECE:
                break
        running = self._session.state in RUNS
        at_ns = self._clock.now_ns() if running else 0
        self._count += 1
        wall = self._fold.wall(at_ns)
        if self._slept(now_ns):
            self._woke_ns = wall.now_ns
        wall = wall.since(self._woke_ns) if running else wall.at_rest()
        return Look(self._session, self._status, wall, self._count)

    def _slept(self, now_ns: int) -> bool:
        """Whether the computer slept since the last look."""
        before, self._apart_ns = self._apart_ns, self._utc() - now_ns
        return before is not None and self._apart_ns - before > SLEPT_S * NS_PER_S
