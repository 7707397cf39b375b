"""How a recorder ends, and that nothing it meets becomes a storm of events or a strap that nobody looks after."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from recording import Kept
from scripted import LeapingLoop, ScriptedRadio

from touchline.errors import BadValue
from wearables.clock import SessionClock
from wearables.gatt import heart_rate
from wearables.gatt.heart_rate import HeartRateMeasurement
from wearables.model import Event, EventKind, Frame, Strap, StrapState
from wearables.recorder.engine import Recorder
from wearables.recorder.limits import Limits

RATE = heart_rate.encode(HeartRateMeasurement(70, rr_1024=(870,)))
ADDRESS = "AA:00:00:00:00:01"
Act = Callable[[Recorder, ScriptedRadio, Kept, asyncio.Task[None]], Awaitable[None]]


def play(act: Act, limits: Limits | None = None, sink: Kept | None = None) -> Kept:
    """Let ``act`` happen to a recorder of one strap; afterwards nothing of it may be left."""
    loop, kept, radio = LeapingLoop(), sink or Kept(), ScriptedRadio({"hci0": 7})

    async def go() -> None:
        clock = SessionClock(0, 0, monotonic_ns=loop.monotonic_ns)
        straps = [Strap(1, ADDRESS)]
        recorder = Recorder(radio, clock, straps, kept, limits=limits or Limits(), chance=random.Random(3))
        running = asyncio.create_task(recorder.run())
        await act(recorder, radio, kept, running)
        recorder.stop()
        await asyncio.gather(running, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "no task is left"
        assert all(link.ended for link in radio.links)
        assert not radio.scans
        assert not radio.wrong

    try:
        loop.run_until_complete(go())
    finally:
        loop.close()
    return kept


async def beat(radio: ScriptedRadio, seconds: float) -> None:
    """A strap that does what straps do."""
    for _ in range(round(seconds * 2)):
        link = radio.link_of(ADDRESS)
        if link is None:
            radio.advertise(ADDRESS)
        elif link.take is not None:
            link.take(RATE)
        await asyncio.sleep(0.5)


def test_a_recorder_that_is_cancelled_ends_its_links_and_takes_up_none() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        await beat(radio, 10)
        assert recorder.states()[1] is StrapState.LIVE
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        radio.advertise(ADDRESS)
        await asyncio.sleep(30)
        assert radio.closed

    kept = play(act)
    assert StrapState.LOST not in kept.states(1), "the end of a recording is no loss"


def test_the_end_within_an_attempt_and_within_a_read() -> None:
    for wait_s in (0.3, 0.6):

        async def act(
            recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None], wait_s: float = wait_s
        ) -> None:
            await asyncio.sleep(0.1)
            radio.connect_s = 0.3
            radio.answer_s = 5.0
            radio.advertise(ADDRESS)
            await asyncio.sleep(wait_s)

        play(act)


def test_a_strap_that_can_never_be_connected_is_tried_for_ever_and_ever_less_often() -> None:
    for outcome in ("connect_failed", "not_found", "radio_down"):

        async def act(
            recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None], outcome: str = outcome
        ) -> None:
            radio.outcome = outcome
            await beat(radio, 1200)
            radio.outcome = None
            await beat(radio, 90)
            assert recorder.states()[1] is StrapState.LIVE

        kept = play(act)
        tries = [event.at_ns / 1e9 for event in kept.events(EventKind.FAULT, 1)]
        assert 1200 / 45 <= len(tries) <= 1200 / 15 + 10, outcome
        assert len(kept.rows) < 600


def test_a_strap_that_flaps_writes_no_more_than_it_does() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        for _ in range(100):
            await beat(radio, 4)
            link = radio.link_of(ADDRESS)
            if link is not None:
                link.break_off()

    kept = play(act)
    assert len(kept.events(EventKind.STATE)) <= 3 * 100 + 3


def test_a_radio_that_flaps_is_told_at_each_change_only() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        await beat(radio, 5)
        radio.fall()
        await asyncio.sleep(600)
        radio.up = True
        await beat(radio, 60)
        assert recorder.states()[1] is StrapState.LIVE

    kept = play(act)
    assert [event.detail["up"] for event in kept.events(EventKind.RADIO)] == [True, False, True]


def test_a_scan_that_ends_by_a_fault_of_its_own_is_begun_again() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        good, radio.scan = radio.scan, None  # type: ignore[assignment, method-assign]  calling it is a TypeError
        await asyncio.sleep(10)
        radio.scan = good  # type: ignore[method-assign]
        await beat(radio, 30)
        assert recorder.states()[1] is StrapState.LIVE

    kept = play(act)
    assert "callback" in {event.detail["reason"] for event in kept.events(EventKind.FAULT)}


def test_a_scan_that_hears_nothing_is_begun_anew() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        await asyncio.sleep(1)
        first = radio.scans["hci0"]
        radio.scans["hci0"] = lambda seen: None
        await asyncio.sleep(70)
        assert radio.scans["hci0"] == first, "a new one"

    play(act)


def test_a_sink_that_fails_does_not_stop_what_comes_after_and_is_counted() -> None:
    class Torn(Kept):
        torn = False

        def put(self, row: Frame | Event) -> None:
            if self.torn and isinstance(row, Frame):
                raise OSError("no room")
            super().put(row)

    sink = Torn()

    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        await beat(radio, 5)
        sink.torn = True
        await beat(radio, 5)
        sink.torn = False
        before = len(kept.frames(1))
        await beat(radio, 5)
        assert len(kept.frames(1)) > before
        assert recorder.faults[1] > 3

    play(act, sink=sink)
    assert [event.detail for event in sink.events(EventKind.FAULT)] == [{"reason": "callback"}], "told once"


def test_a_fault_within_a_tick_ends_the_recording_loudly() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        await beat(radio, 5)
        recorder.places.deal = None  # type: ignore[method-assign, assignment]
        with pytest.raises(TypeError):
            await running
        assert radio.closed

    play(act)


def test_a_strap_is_taken_in_once() -> None:
    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        for again in (Strap(1, "AA:00:00:00:00:02"), Strap(2, ADDRESS.lower())):
            with pytest.raises(BadValue):
                recorder.add(again)

    play(act)


def test_an_hour_of_silence_costs_a_strap_few_links() -> None:
    """Connected and silent: it is put through a new link ever more rarely, and its state never says more than that."""

    async def act(recorder: Recorder, radio: ScriptedRadio, kept: Kept, running: asyncio.Task[None]) -> None:
        for _ in range(3600):
            if radio.link_of(ADDRESS) is None:
                radio.advertise(ADDRESS)
            await asyncio.sleep(1)

    kept = play(act)
    assert 30 < kept.states(1).count(StrapState.LOST) < 120
    assert StrapState.LIVE not in kept.states(1)
