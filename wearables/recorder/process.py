"""The recording process of one session: listens, keeps, says how it goes, and ends when it is asked to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.files import write_bytes
from touchline.origin import Origin
from touchline.presence import alone, boot_id
from touchline.store import Row, utc_now
from wearables.clock import SessionClock
from wearables.export import remove_export, write_export
from wearables.kept import Sessions, last_seq, recorder_store
from wearables.model import NS_PER_S, Event, EventKind, Frame, SessionState, Strap
from wearables.radio import Radio
from wearables.recorder.engine import Recorder
from wearables.recorder.limits import Limits
from wearables.recorder.settling import STOPPED, settle_held
from wearables.recorder.state import announce, beat, live_folder, lock_path, write_status, zero_of
from wearables.recorder.writing import JournalSink
from wearables.sent import SentLog, last_serials
from wearables.simulated import SimulatedRadio, Simulation

POLL_S = 0.5
_LOCK_WITHIN_S = 5.0
_AGAIN_S, _AGAIN_MOST_S = 1.0, 30.0
_CLOSE_WITHIN_S = 20.0
_END_WITHIN_S = 20.0


def simulation_path(home: Path, session_id: str) -> Path:
    """What a session simulates, beside its journal: it is taken up again as it was."""
    return live_folder(home, session_id) / "simulation.json"


def sent_path(home: Path, session_id: str) -> Path:
    """The log of what simulated straps sent (``wearables.sent``)."""
    return live_folder(home, session_id) / "sent"


def keep_simulation(home: Path, session_id: str, simulation: Simulation) -> None:
    """Write what a session simulates."""
    write_bytes(simulation_path(home, session_id), json.dumps(simulation.document()).encode())


def kept_simulation(home: Path, session_id: str) -> Simulation:
    """What a session simulates; where nothing was said, its straps with the usual troubles."""
    try:
        return Simulation.from_document(json.loads(simulation_path(home, session_id).read_bytes()))
    except FileNotFoundError:
        straps = tuple(strap.address for strap in Sessions(home).straps(session_id))
        return Simulation(straps, seed=int(session_id, 16) if session_id.isalnum() and _is_hex(session_id) else 1)


def _is_hex(text: str) -> bool:
    return all(sign in "0123456789abcdef" for sign in text)


@dataclass(slots=True)
class _Asked:
    """What others asked for since the last look."""

    stop: bool
    straps: tuple[Strap, ...]


class Recording:
    """Records one session until it is stopped. ``seconds`` are seconds of the session after which it ends by itself."""

    def __init__(self, home: Path, session_id: str, seconds: float | None = None) -> None:
        self.home, self.session_id, self.seconds = home, session_id, seconds
        self.sessions = Sessions(home)
        self.store = recorder_store(home, 1.0)
        self._asking = Sessions(home)
        self._asking.store = self.store  # its signs of life do not wait for a database that others hold
        self.stopping = False
        self.fault: str | None = None
        self._recorder: Recorder | None = None
        self._wake: asyncio.Event | None = None
        self._known: set[int] = set()
        self._failures = 0
        self._no_radio: str | None = None
        self._slept_told_ns = self._slept_kept_ns = 0
        self._straps: list[dict[str, Any]] = []
        self._simulated: SimulatedRadio | None = None

    def stop(self) -> None:
        """End properly, from a signal or a look into the database."""
        self.stopping = True
        if self._recorder is not None:
            self._recorder.stop()
        if self._wake is not None:
            self._wake.set()

    def put(self, row: Frame | Event) -> None:
        """Keep a row of the recorder (``recorder.sink.Sink``), and hear whether there is a radio."""
        if isinstance(row, Event) and row.kind is EventKind.RADIO:
            self._no_radio = None if row.detail.get("up") else str(row.detail.get("reason") or "radio_down")
        self._tell_sleep(row.at_ns)
        self.sink.put(row)

    def _tell_sleep(self, at_ns: int) -> None:
        """Note that the host slept, before anything that came after: that was no silence of a strap's."""
        slept_ns = self.clock.slept_ns()
        if slept_ns != self._slept_told_ns:
            detail = {"running": True, "reason": "slept", "slept_ns": slept_ns - self._slept_told_ns}
            self._slept_told_ns = slept_ns
            self.sink.put(Event(EventKind.RUN, at_ns, self.clock.utc_us(at_ns), None, detail))

    def _keep_sleep(self) -> None:
        """Move the zero that others read the session's clock from by what the host slept. Raises ``BadFile``."""
        slept_ns = self.clock.slept_ns()
        if slept_ns != self._slept_kept_ns:
            with self.store.write() as connection:
                connection.execute(
                    "UPDATE wear_session SET zero_ns = ? WHERE id = ?", (self.clock.zero_ns - slept_ns, self.session_id)
                )
            self._slept_kept_ns = slept_ns

    def run(self) -> bool:
        """Record; whether all of it is in the database. Raises ``BadValue`` where another process records the session
        or it has ended, ``BadFile`` where it cannot be written."""
        with alone(lock_path(self.home, self.session_id), _LOCK_WITHIN_S) as free:
            if not free:
                raise BadValue("wearables.errors.recorder_running", id=self.session_id)
            row = self.sessions.session_row(self.session_id)
            if row["state"] == SessionState.ENDED:
                raise BadValue("wearables.errors.session_ended", id=self.session_id)
            resumed = self._rest(row)
            self.clock = self._clock(row, resumed)
            self._begin()
            self.sink = JournalSink(self.home, self.session_id, self.clock)
            whole, reason = False, "fault"
            try:
                asyncio.run(self._record(resumed))
                reason = STOPPED
            finally:
                self._note(running=False, reason=reason)
                whole = self.sink.close(_CLOSE_WITHIN_S)
                self._tell()
            if self.sink.broken is not None:
                raise BadFile("wearables.errors.keeping_broke", fault=self.sink.broken)
            if whole:
                self._end()
        return whole

    # Before

    def _rest(self, row: Row) -> bool:
        """Bring what an earlier process left to rest; whether there was one."""
        if row["state"] == SessionState.RECORDING:
            settle_held(self.home, self.session_id)
            return True
        return row["state"] == SessionState.GONE or last_seq(self.store, self.session_id) > 0

    def _clock(self, row: Row, resumed: bool) -> SessionClock:
        """The clock of the session. It goes on through a restart; after a restart of the system only wall time joins
        the two, and it never falls behind what is kept. One that runs faster than life begins with its process."""
        zero_utc_us, speed = row["zero_utc_us"], row["speed"]
        if not resumed and speed != 1.0:
            return SessionClock.starting_now(speed)
        clock = SessionClock(zero_of(row), zero_utc_us, speed)
        last_ns = max(
            self.store.rows(f"SELECT coalesce(max(at_ns), 0) AS at_ns FROM {table} WHERE session_id = ?", [row["id"]])[
                0
            ]["at_ns"]
            for table in ("wear_frame", "wear_event")
        )
        if (behind_ns := last_ns + NS_PER_S - clock.now_ns()) > NS_PER_S:
            clock = SessionClock(clock.zero_ns - round(behind_ns / speed), zero_utc_us, speed)
        return clock

    def _begin(self) -> None:
        remove_export(self.home, self.session_id)
        clock, now_ns = self.clock, time.monotonic_ns()
        announce(self.home, self.session_id)  # no number of an earlier process stays where it could be signalled
        with self.sessions.store.write() as connection:
            connection.execute(
                "UPDATE wear_session SET zero_ns = ?, zero_utc_us = ?, boot = ?, state = ?, pid = ?, document = '{}',"
                " beat_ns = ?, beat_utc_us = ?, ended_utc = NULL WHERE id = ?",
                (
                    clock.zero_ns,
                    clock.zero_utc_us,
                    boot_id(),
                    SessionState.RECORDING.value,
                    os.getpid(),
                    now_ns,
                    time.time_ns() // 1000,
                    self.session_id,
                ),
            )

    # While it runs

    async def _record(self, resumed: bool) -> None:
        self._wake = asyncio.Event()
        with self._signals():
            self._note(running=True, reason="resumed" if resumed else "started")
            poll = asyncio.create_task(self._poll())
            poll.add_done_callback(lambda _: self.stop())  # nobody hears a recording that cannot be asked to stop
            try:
                while not self.stopping:
                    await self._listen()
                    if not self.stopping:
                        await self._pause(min(_AGAIN_S * 2**self._failures, _AGAIN_MOST_S))
            finally:
                poll.cancel()
                await asyncio.wait([poll])
                self._say()
        if not poll.cancelled() and (fault := poll.exception()) is not None:
            raise fault

    async def _listen(self) -> None:
        """One life of the recorder; what it stumbles over is noted, and the next one begins."""
        radio: Radio | None = None
        log: SentLog | None = None
        try:
            straps = await asyncio.to_thread(self.sessions.straps, self.session_id)
            radio, log = self._radio()
            self._known = {strap.number for strap in straps}
            limits = Limits()
            if self._simulated is not None:
                for strap in straps:  # also those that came in later than the simulation
                    self._simulated.take(strap.address)
                limits = Limits(connections=self._simulated.simulation.room)
            self._recorder = Recorder(radio, self.clock, straps, self, limits=limits)
            if self.stopping:  # asked while there was no recorder to tell
                self._recorder.stop()
            self.fault = None
            await self._recorder.run()
            self._failures = 0
        except Exception as fault:  # noqa: BLE001  nothing that a radio does may end the record of a session
            traceback.print_exc()
            self._failures += 1
            self.fault = fault.detail() if isinstance(fault, TouchlineError) else repr(fault)
            at_ns = self.clock.now_ns()
            detail = {"reason": getattr(fault, "reason", None) or type(fault).__name__}
            self.sink.put(Event(EventKind.FAULT, at_ns, self.clock.utc_us(at_ns), None, detail))
        finally:
            self._recorder = None
            if radio is not None:
                await radio.close()
            if log is not None:
                log.close()

    def _radio(self) -> tuple[Radio, SentLog | None]:
        if self.sessions.session(self.session_id).origin is not Origin.SIMULATED:
            from wearables.ble import BleRadio

            return BleRadio(), None
        path = sent_path(self.home, self.session_id)
        log = SentLog(path)
        self._simulated = SimulatedRadio(
            kept_simulation(self.home, self.session_id), self.clock, log, last_serials(path)
        )
        return self._simulated, log

    async def _pause(self, host_s: float) -> None:
        """Wait, unless somebody asks to stop."""
        assert self._wake is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), host_s)

    async def _poll(self) -> None:
        """Twice a second: what others ask for, and what is said of the recording."""
        while not self.stopping:
            self._tell_sleep(self.clock.now_ns())
            self._say()
            if self.sink.broken is not None:
                self.fault = repr(self.sink.broken)
                self.stop()
                return
            with contextlib.suppress(BadFile, sqlite3.Error):  # it is asked again in half a second
                asked = await asyncio.to_thread(self._look)
                if asked.stop:
                    self.stop()
                    return
                if self._recorder is not None:
                    for strap in asked.straps:
                        self._take(self._recorder, strap)
            wait_s = POLL_S
            if self.seconds is not None:
                left_s = self.seconds - self.clock.now_ns() / NS_PER_S
                if left_s <= 0:
                    self.stop()
                    return
                wait_s = min(wait_s, self.clock.host_s(left_s))
            await self._pause(wait_s)

    def _take(self, recorder: Recorder, strap: Strap) -> None:
        """Listen to a strap that came into the session while it is recorded."""
        if strap.number not in self._known:
            self._known.add(strap.number)
            if self._simulated is not None:
                self._simulated.take(strap.address)
            with contextlib.suppress(BadValue):  # a strap that it listens to already, under another number
                recorder.add(strap)

    def _look(self) -> _Asked:
        self._keep_sleep()
        row = self._asking.session_row(self.session_id)
        return _Asked(bool(row["stop"]), self._asking.straps(self.session_id))

    def _say(self) -> None:
        """Tell how it goes, also with the next rows that get into the database."""
        self.sink.say(self._tell())

    def _tell(self) -> dict[str, Any]:
        """Tell how it goes in the file beside the journal; what was told."""
        keeping = asdict(self.sink.keeping())
        if self._recorder is not None:
            self._straps = straps_told(self._recorder)
        document: dict[str, Any] = {
            **keeping,
            "pid": os.getpid(),
            "at_ns": self.clock.now_ns(),
            "stopping": self.stopping,
            "fault": self.fault,
            "no_radio": self._no_radio,
            "straps": self._straps,
            **beat(),
        }
        with contextlib.suppress(OSError):  # the database has it too
            write_status(live_folder(self.home, self.session_id) / "status", document)
        return document

    def _note(self, **detail: Any) -> None:
        at_ns = self.clock.now_ns()
        self.sink.put(Event(EventKind.RUN, at_ns, self.clock.utc_us(at_ns), None, detail))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the recording properly, a terminal that goes away does not."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self.stop)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.stop))
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        yield

    # After

    def _end(self) -> None:
        """Say that the session has ended, and write it for analysis. Where the database stays busy, the journal says
        so, and the next one who settles it hears that."""
        ends_s = time.monotonic() + _END_WITHIN_S
        while True:
            try:
                with self.store.write() as connection:
                    connection.execute(
                        "UPDATE wear_session SET state = ?, pid = NULL, ended_utc = ? WHERE id = ?",
                        (SessionState.ENDED.value, utc_now(), self.session_id),
                    )
                break
            except BadFile:
                if time.monotonic() > ends_s:
                    return
                time.sleep(POLL_S)
        try:
            write_export(self.home, self.session_id)
        except (OSError, TouchlineError):  # a full disk: it can be written at any time
            traceback.print_exc()


def straps_told(recorder: Recorder) -> list[dict[str, Any]]:
    """How each strap is, JSON-ready."""
    low = recorder.low_batteries()
    return [
        {"number": number, "state": state.value, "low_battery": number in low}
        for number, state in recorder.states().items()
    ]
