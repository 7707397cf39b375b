"""A recording from outside: start it in a process of its own, stop it, ask how it is, take it up again after a fall."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from touchline import background
from touchline.errors import BadFile, BadValue
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.presence import alone
from touchline.rights import Action, Person, require
from touchline.store import utc_now
from wearables.export import write_export
from wearables.kept import Sessions
from wearables.model import LiveSession, SessionState
from wearables.radio import Seen
from wearables.recorder.process import keep_simulation
from wearables.recorder.settling import settle, settle_all
from wearables.recorder.state import (
    RecorderStatus,
    announce,
    beat,
    is_alive,
    live_folder,
    lock_path,
    status_of,
    zero_of,
)
from wearables.simulated import Simulation

__all__ = [
    "conclude",
    "find_straps",
    "last_words",
    "listed",
    "resume",
    "running",
    "settle",
    "settle_all",
    "start",
    "status",
    "stop",
]

_LAST_BYTES = 64 << 10
_FIND_MORE_S = 20.0
_LOCK_WITHIN_S = 5.0
_LIVES_S = 10.0
"""A process that said nothing for so long is not signalled by the number it had: another one may bear it now."""
MOST_FIND_S = 120.0


def start(
    home: Path,
    session_id: str,
    *,
    simulation: Simulation | None = None,
    seconds: float | None = None,
    lang: str = "vi",
    person: Person | None = None,
) -> None:
    """Begin to record a session that was made (``Sessions.create``) in a process of its own.

    ``simulation`` is what a simulated session simulates; without one its straps with the usual troubles. It ends by
    itself after ``seconds`` of the session. ``lang`` is the language of what the process prints.

    Raises ``NotFound``; ``BadValue`` where it is being recorded, has ended, broke off (``resume`` takes it up again),
    or is measured and has a ``simulation``; ``NotAllowed`` where ``person`` may not record; ``BadFile``.
    """
    require(person, Action.KEEP_TRAINING)
    sessions = Sessions(home)
    session = sessions.session(session_id)
    if is_alive(home, session_id):
        raise BadValue("wearables.errors.recorder_running", id=session_id)
    if session.state is SessionState.ENDED:
        raise BadValue("wearables.errors.session_ended", id=session_id)
    if session.state is not SessionState.STARTING:
        raise BadValue("wearables.errors.session_gone", id=session_id)
    if simulation is not None:
        if session.origin is not Origin.SIMULATED:
            raise BadValue("wearables.errors.not_simulated", id=session_id)
        keep_simulation(home, session_id, simulation)
    _spawn(home, session_id, seconds, lang)


def resume(
    home: Path, session_id: str, *, seconds: float | None = None, lang: str = "vi", person: Person | None = None
) -> None:
    """Take up again a session that broke off: the same session goes on, its clock too. What its journal still holds
    comes into the database first. Raises as ``start``."""
    require(person, Action.KEEP_TRAINING)
    sessions = Sessions(home)
    session = sessions.session(session_id)
    settle(home, session_id)
    if is_alive(home, session_id):
        raise BadValue("wearables.errors.recorder_running", id=session_id)
    if sessions.session(session_id).state is SessionState.ENDED:
        raise BadValue("wearables.errors.session_ended", id=session.id)
    _spawn(home, session_id, seconds, lang)


def _spawn(home: Path, session_id: str, seconds: float | None, lang: str) -> None:
    if lang not in LANGUAGES:
        raise ValueError(f"lang is one of {', '.join(LANGUAGES)}")
    home = home.absolute()
    sessions = Sessions(home)
    row, now = sessions.session_row(session_id), beat()
    with sessions.store.write() as connection:
        done = connection.execute(
            "UPDATE wear_session SET state = ?, stop = 0, pid = NULL, document = '{}', zero_ns = ?, beat_ns = ?,"
            " beat_utc_us = ?, boot = ? WHERE id = ? AND state IN (?, ?)",
            (
                SessionState.STARTING.value,
                zero_of(row),
                now["beat_ns"],
                now["beat_utc_us"],
                now["boot"],
                session_id,
                SessionState.STARTING.value,
                SessionState.GONE.value,
            ),
        )
        if not done.rowcount:  # somebody else was faster
            raise BadValue("wearables.errors.recorder_running", id=session_id)
    announce(home, session_id)
    log = live_folder(home, session_id) / "recorder.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    background.start("wearables.recorder", [str(home), session_id], log, {"seconds": seconds, "lang": lang})


def stop(home: Path, session_id: str, timeout_s: float = 45.0, *, person: Person | None = None) -> RecorderStatus:
    """End a recording properly and wait for it, at most ``timeout_s`` seconds of the host; how it is then.

    The state is still ``RECORDING`` where the process did not end in time. One that had broken off before is
    concluded; one that breaks off meanwhile is brought to rest. Raises ``NotFound``; ``NotAllowed`` where ``person``
    may not record.
    """
    require(person, Action.KEEP_TRAINING)
    sessions = Sessions(home)
    if status_of(home, sessions.session_row(session_id)).state is SessionState.GONE:
        return conclude(home, session_id, person=person)
    ends_s, asked, signalled = time.monotonic() + timeout_s, False, None
    while True:
        found = status_of(home, sessions.session_row(session_id))
        alive = is_alive(home, session_id)
        if found.state in (SessionState.ENDED, SessionState.GONE) and not alive:
            break
        if time.monotonic() > ends_s:
            return found
        if not asked:
            with contextlib.suppress(BadFile):  # a busy database: the signal reaches it too
                with sessions.store.write() as connection:
                    connection.execute("UPDATE wear_session SET stop = 1 WHERE id = ?", (session_id,))
                asked = True
        lives = alive and found.state is SessionState.RECORDING and found.heartbeat_age_s < _LIVES_S
        if lives and found.pid is not None and found.pid != signalled:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(found.pid, signal.SIGTERM)
            signalled = found.pid
        time.sleep(0.1)
    with contextlib.suppress(BadFile):
        settle(home, session_id)
    return status_of(home, sessions.session_row(session_id))


def conclude(home: Path, session_id: str, *, person: Person | None = None) -> RecorderStatus:
    """End a session whose recording broke off, as it is: what its journal still holds comes into the database, and it
    is written for analysis. One that runs or has ended stays as it is. How it is then.

    Raises ``NotFound``; ``NotAllowed``; ``BadFile`` where it cannot be written now.
    """
    require(person, Action.KEEP_TRAINING)
    sessions = Sessions(home)
    settle(home, session_id)
    with alone(lock_path(home, session_id), _LOCK_WITHIN_S) as free:
        if free:
            with sessions.store.write() as connection:
                done = connection.execute(
                    "UPDATE wear_session SET state = ?, pid = NULL, ended_utc = coalesce(ended_utc, ?)"
                    " WHERE id = ? AND state = ?",
                    (SessionState.ENDED.value, utc_now(), session_id, SessionState.GONE.value),
                )
            if done.rowcount:
                write_export(home, session_id)
    return status_of(home, sessions.session_row(session_id))


def status(home: Path, session_id: str, *, person: Person | None = None) -> RecorderStatus:
    """How the recording of a session is, or was last. Nothing is changed by looking. Raises ``NotFound``,
    ``NotAllowed``."""
    require(person, Action.SEE_TRAINING)
    return status_of(home, Sessions(home).session_row(session_id))


def listed(home: Path, *, person: Person | None = None) -> list[LiveSession]:
    """Every session, the newest first, each with the state that it really is in. What broke off is brought to rest on
    the way. Raises ``NotAllowed``."""
    require(person, Action.SEE_TRAINING)
    settle_all(home)
    sessions = Sessions(home)
    found = []
    for session in sessions.all():
        state = session.state
        if state not in (SessionState.ENDED, SessionState.GONE):
            state = status_of(home, sessions.session_row(session.id)).state
        found.append(replace(session, state=state))
    return found


def running(home: Path) -> list[str]:
    """The sessions that are recorded now, by their identifiers; asked of their locks alone."""
    locks = sorted((home / "live").glob("*/recorder.lock"))
    return [path.parent.name for path in locks if is_alive(home, path.parent.name)]


def last_words(home: Path, session_id: str, lines: int = 12) -> str:
    """What the recording process said last of faults, at its latest start; empty where it said nothing."""
    try:
        with (live_folder(home, session_id) / "recorder.log").open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LAST_BYTES))
            said = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    begins = max((k + 1 for k, line in enumerate(said) if line.startswith("--- ")), default=0)
    return "\n".join(said[begins:][-lines:]).strip()


def find_straps(home: Path, seconds: float, adapter: str | None = None, *, person: Person | None = None) -> list[Seen]:
    """The heart-rate straps that advertise within ``seconds``, the strongest first, heard by a short-lived process of
    its own.

    Raises ``NotAllowed``; ``BadValue`` for a time that cannot be, or while a recording has the radio;
    ``touchline.errors.Missing`` where there is no Bluetooth, or it does not answer.
    """
    require(person, Action.KEEP_TRAINING)
    if not 0 < seconds <= MOST_FIND_S:
        raise BadValue("wearables.errors.bad_find_seconds", seconds=seconds, most=MOST_FIND_S)
    for session_id in running(home):
        if Sessions(home).session(session_id).origin is not Origin.SIMULATED:
            raise BadValue("wearables.errors.radio_in_use", id=session_id)
    command = [sys.executable, "-m", "wearables.recorder.finding", str(seconds), adapter or ""]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds + _FIND_MORE_S, check=False)
        told: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as fault:
        raise _no_bluetooth(str(fault)) from fault
    if "fault" in told:
        raise _no_bluetooth(told["fault"])
    return [
        Seen(
            each["address"],
            each["name"],
            each["rssi_dbm"],
            each["adapter"],
            {int(company): bytes.fromhex(data) for company, data in each["manufacturer"].items()},
            tuple(each["services"]),
        )
        for each in told["seen"]
    ]


def _no_bluetooth(fault: str) -> Exception:
    from touchline.errors import Missing

    return Missing("wearables.errors.no_bluetooth", fault=fault)
