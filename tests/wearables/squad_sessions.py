"""Simulated sessions for tests, and waiting for what a process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from touchline.origin import Origin
from wearables.clock import SessionClock
from wearables.kept import Sessions
from wearables.model import Event, Frame, LiveSession, Source
from wearables.recorder.process import keep_simulation
from wearables.simulated import Simulation, addresses
from wearables.squad import simulated_squad

T = TypeVar("T")
PATIENCE_S = 60.0
"""How long a condition may take on a machine with much else to do."""


def made(home: Path, count: int = 2, *, speed: float = 1.0, drops: int = 0, window_s: float = 600.0) -> LiveSession:
    """A simulated session that nobody records yet."""
    roster = simulated_squad(count, 1, "en")
    session = Sessions(home).create(
        "Test", roster.straps, roster.profiles, roster.worn, origin=Origin.SIMULATED, speed=speed
    )
    keep_simulation(home, session.id, Simulation(addresses(count), 1, drops, window_s))
    return session


def until(look: Callable[[], T | None], what: str) -> T:
    """What ``look`` gives once it gives something."""
    ends_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_s:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


def frame(clock: SessionClock, number: int, strap: int = 1) -> Frame:
    """A frame of now whose bytes say which one it is."""
    at_ns = clock.now_ns()
    return Frame(
        strap, at_ns, clock.utc_us(at_ns), Source.HEART_RATE, b"\x08\x48" + number.to_bytes(2, "little"), bpm=72
    )


def rows_of(home: Path, session_id: str) -> list[Frame | Event]:
    """All that the database has of a session."""
    return Sessions(home).rows_since(session_id)
