"""What the tests of the recorder share: a sink that holds rows, waiting for a condition, a running recorder."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from wearables.clock import SessionClock
from wearables.model import Event, EventKind, Frame, Source, Status, Strap, StrapState
from wearables.radio import Radio
from wearables.recorder.engine import Recorder
from wearables.recorder.limits import Limits

PATIENCE_S = 120.0
"""Host seconds that a condition is waited for: no test is judged by them, a machine under load only takes longer."""


class Kept:
    """A sink that holds everything in the order in which it came."""

    def __init__(self) -> None:
        self.rows: list[Frame | Event] = []

    def put(self, row: Frame | Event) -> None:
        self.rows.append(row)

    def frames(self, strap: int, source: Source = Source.HEART_RATE) -> list[Frame]:
        """Frames of one strap."""
        return [row for row in self.rows if isinstance(row, Frame) and row.strap == strap and row.source is source]

    def good(self, strap: int, source: Source = Source.HEART_RATE) -> list[Frame]:
        """Those that count."""
        return [frame for frame in self.frames(strap, source) if frame.status is Status.OK]

    def events(self, kind: EventKind, strap: int | None = None) -> list[Event]:
        """Events of one kind, of one strap or of whatever."""
        found = [row for row in self.rows if isinstance(row, Event) and row.kind is kind]
        return found if strap is None else [event for event in found if event.strap == strap]

    def states(self, strap: int) -> list[StrapState]:
        """The states of one strap in their order."""
        return [StrapState(event.detail["state"]) for event in self.events(EventKind.STATE, strap)]

    def reasons(self, strap: int, state: StrapState) -> set[str | None]:
        """The reasons that a strap was in a state for."""
        events = self.events(EventKind.STATE, strap)
        return {event.detail.get("reason") for event in events if event.detail["state"] == state.value}


async def until(condition: Callable[[], object] | Callable[[], Awaitable[object]], what: str = "") -> None:
    """Wait until ``condition`` holds."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        held = condition()
        if isinstance(held, Awaitable):
            held = await held
        if held:
            return
        assert time.monotonic() < ends, f"it did not come to pass: {what}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def recording(
    radio: Radio, straps: Sequence[Strap], *, speed: float = 20.0, limits: Limits | None = None
) -> AsyncIterator[tuple[Recorder, Kept]]:
    """A recorder that runs, and what it keeps; it is stopped at the end, and must have ended every link then."""
    kept = Kept()
    clock = SessionClock.starting_now(speed)
    recorder = Recorder(radio, clock, straps, kept, limits=limits or Limits(), chance=random.Random(1))
    running = asyncio.create_task(recorder.run())
    try:
        yield recorder, kept
    finally:
        recorder.stop()
        await asyncio.wait_for(running, PATIENCE_S)
    gc.collect()  # what dbus-fast left of messages into a bus that died is told now, not within another test
    assert not recorder.faults, f"faults of the recorder itself: {recorder.faults}"


def all_live(recorder: Recorder) -> bool:
    """Whether every strap is live."""
    return set(recorder.states().values()) == {StrapState.LIVE}
