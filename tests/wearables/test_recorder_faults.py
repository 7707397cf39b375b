"""One fault at a time, through the real bleak client: what the recorder makes of it and what it writes down."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest
from bluez.double import Double, need_a_bus
from bluez.straps import address_of
from recording import Kept, all_live, recording, until

from wearables.ble import BleRadio
from wearables.model import EventKind, Mode, Source, Status, Strap, StrapState
from wearables.radio import Seen
from wearables.recorder.engine import Recorder
from wearables.recorder.limits import Limits

SPEED = 20.0
Act = Callable[[Double, Recorder, Kept], Awaitable[None]]


def straps(count: int, mode: Mode = Mode.AUTO) -> list[Strap]:
    return [Strap(number, address_of(number - 1), mode=mode) for number in range(1, count + 1)]


def play(
    act: Act,
    wearing: list[Strap],
    *,
    made: int | None = None,
    adapters: dict[str, int] | None = None,
    limits: Limits | None = None,
    speed: float = SPEED,
    timing: dict[str, float] | None = None,
) -> Kept:
    """Let ``act`` happen to a recorder of these straps; what was kept. What was handed over is there once, in order,
    unless the act says otherwise by its own asserts."""
    need_a_bus()
    timing = {"connect_s": 0.2, "resolve_s": 0.2} | (timing or {})

    async def go(double: Double) -> Kept:
        async with recording(BleRadio(), wearing, speed=speed, limits=limits) as (recorder, kept):
            await act(double, recorder, kept)
        assert await double.ask("links") == [None] * (made or len(wearing)), "every link was ended"
        counts = await double.ask("counts")
        assert counts["most_sessions"] <= 1
        assert counts["most_scans"] <= 1
        assert counts["in_progress"] == 0
        await double.leave()
        return kept

    with Double(made or len(wearing), adapters, speed, timing) as double:
        return asyncio.run(go(double))


async def assert_whole(double: Double, kept: Kept, number: int) -> None:
    """Everything that was handed over of a strap is kept once, in order."""
    await double.ask("hold", on=True)

    async def whole() -> bool:
        beats = (await double.ask("log"))[number - 1]
        handed = [data for _, data, copies in beats for _ in range(copies)]
        return [frame.data.hex() for frame in kept.frames(number)] == handed

    await until(whole, f"strap {number} is whole")


def test_a_broken_link_is_lost_at_once_and_taken_up_again() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        for _ in range(3):
            before = kept.states(1).count(StrapState.LOST)
            assert await double.ask("drop", 0)
            await until(lambda: kept.states(1).count(StrapState.LOST) > before)  # noqa: B023  awaited here
            await until(lambda: all_live(recorder))
        await assert_whole(double, kept, 1)

    kept = play(act, straps(2))
    assert kept.states(1) == [
        StrapState.SCANNING,
        *[StrapState.CONNECTING, StrapState.LIVE, StrapState.LOST] * 3,
        StrapState.CONNECTING,
        StrapState.LIVE,
    ]
    assert kept.reasons(1, StrapState.LOST) == {"link_lost"}
    assert StrapState.LOST not in kept.states(2)
    told = kept.events(EventKind.DEVICE, 1)
    assert len(told) == 1, "what a strap is is asked once a session"
    assert told[0].detail == {
        "manufacturer_name": "Double",
        "model_number": "D0",
        "serial_number": "000000",
        "firmware_revision": "1.0",
    }


def test_a_silent_strap_is_stale_and_put_through_a_new_link_ever_more_patiently() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        await double.ask("set", 0, stalled=True)
        await until(lambda: kept.states(1).count(StrapState.STALE) >= 3)
        await double.ask("set", 0, stalled=False)
        await until(lambda: all_live(recorder))

    kept = play(act, straps(2), limits=Limits(silent_host_s=0.25))
    assert kept.reasons(1, StrapState.STALE) == {"silent"}
    assert "silent" in kept.reasons(1, StrapState.LOST), "the link was ended for it"
    assert StrapState.STALE not in kept.states(2)
    stale = [event.at_ns for event in kept.events(EventKind.STATE, 1) if event.detail["state"] == "stale"]
    last = max(frame.at_ns for frame in kept.frames(1) if frame.at_ns < stale[0])
    assert stale[0] - last >= 5e9, "five seconds of the session without a rate"


def test_contact_lost_is_no_rate_and_no_loss() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        await double.ask("set", 0, contact=False)
        await until(lambda: recorder.states()[1] is StrapState.NO_CONTACT)
        await until(lambda: kept.frames(1)[-2].bpm is None)
        await double.ask("set", 0, contact=True)
        await until(lambda: all_live(recorder))
        await assert_whole(double, kept, 1)

    kept = play(act, straps(1))
    assert StrapState.LOST not in kept.states(1)
    assert kept.states(1)[-2:] == [StrapState.NO_CONTACT, StrapState.LIVE]
    assert {frame.bpm is None for frame in kept.good(1)} == {True, False}


def test_batteries_are_read_heard_and_low_is_told_once() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: len(kept.frames(1, Source.BATTERY)) >= 1 and all_live(recorder))
        await until(lambda: kept.events(EventKind.DEVICE, 1))  # then the battery is subscribed
        for percent in (21, 20, 21, 19, 24):
            await double.ask("battery", 0, percent=percent)
            await until(lambda: kept.events(EventKind.BATTERY, 1)[-1].detail == {"percent": percent})  # noqa: B023
        assert recorder.low_batteries() == {1}
        assert recorder.states()[1] is StrapState.LIVE, "low stands beside, it takes no state's place"
        await double.ask("battery", 0, percent=80)
        await until(lambda: not recorder.low_batteries())

    kept = play(act, straps(1))
    assert [event.detail["percent"] for event in kept.events(EventKind.BATTERY, 1)] == [90, 21, 20, 21, 19, 24, 80]
    assert [event.detail["low"] for event in kept.events(EventKind.LOW_BATTERY, 1)] == [True, False]
    assert all(frame.bpm is None for frame in kept.frames(1, Source.BATTERY))


def test_the_battery_is_asked_for_again() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: len(kept.frames(1, Source.BATTERY)) >= 3)

    kept = play(act, straps(1), limits=Limits(battery_every_s=3.0))
    assert len(kept.events(EventKind.BATTERY, 1)) == 1, "the same percentage is no news"


def test_bad_frames_are_kept_and_refused_and_doubled_ones_kept_and_flagged() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        await double.ask("set", 0, bad=3)
        await until(lambda: [frame.status for frame in kept.frames(1)].count(Status.REFUSED) == 3)
        await double.ask("set", 0, doubled=100_000)
        await until(lambda: [frame.status for frame in kept.frames(1)].count(Status.DOUBLED) >= 5)
        await double.ask("set", 0, doubled=0)
        await until(lambda: all_live(recorder))
        await assert_whole(double, kept, 1)

    kept = play(act, straps(1))
    faults = [event.detail["reason"] for event in kept.events(EventKind.FAULT, 1)]
    assert faults == ["bad_frame"], "one word for a row of them"
    assert StrapState.LOST not in kept.states(1)


def test_a_strap_that_sends_rubbish_only_is_stale() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        await double.ask("set", 0, bad=100_000)
        await until(lambda: "bad_frames" in kept.reasons(1, StrapState.STALE))

    play(act, straps(1))


def test_who_was_forgotten_is_found_again() -> None:
    """Both are connected, so nobody scans; one goes for a minute, and the service forgets it meanwhile."""

    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))

        async def rests() -> bool:
            return await double.ask("scanning") == {"hci0": 0}

        await until(rests, "nobody is looked for")
        await double.ask("set", 0, in_range=False)

        async def forgotten() -> bool:
            return await double.ask("known") == {"hci0": 1}

        await until(forgotten, "it is forgotten")
        await double.ask("set", 0, in_range=True)
        await until(lambda: all_live(recorder))
        await assert_whole(double, kept, 2)

    kept = play(act, straps(2), speed=40.0)
    assert StrapState.LOST in kept.states(1)
    assert not [event for event in kept.events(EventKind.FAULT) if event.detail["reason"] != "not_found"]


def test_what_an_adapter_cannot_hold_is_heard_by_broadcast_and_gets_a_place_that_comes_free() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        for number in range(8):
            await double.ask("set", number, broadcasts=True)

        def shared() -> bool:
            states = list(recorder.states().values())
            return states.count(StrapState.LIVE) == 5 and states.count(StrapState.BROADCAST_ONLY) == 3

        await until(shared, "five are connected, three heard")
        links = await double.ask("links")
        assert (links.count("hci0"), links.count("hci1"), links.count(None)) == (3, 2, 3)
        waiting = [number for number, state in recorder.states().items() if state is StrapState.BROADCAST_ONLY]
        await until(lambda: all(len(kept.good(number, Source.POLAR)) >= 3 for number in waiting))
        for number in waiting:
            assert not kept.frames(number), "no connection, so no RR intervals"
            rates = kept.good(number, Source.POLAR)
            assert all(frame.bpm for frame in rates)
            counters = [frame.data[0] >> 2 & 7 for frame in rates]
            assert all(one != other for one, other in itertools.pairwise(counters)), "each counter once"
        gone = next(k for k, adapter in enumerate(links) if adapter == "hci1")
        await double.ask("set", gone, in_range=False)
        await until(lambda: sum(recorder.states()[number] is StrapState.LIVE for number in waiting) == 1)
        assert (await double.ask("links")).count(None) == 3

    limits = Limits(connections_of={"hci0": 3, "hci1": 2})
    kept = play(act, straps(8), adapters={"hci0": 3, "hci1": 2}, limits=limits)
    assert not [event for event in kept.events(EventKind.FAULT) if event.detail.get("doing") == "connect"]


def test_an_adapter_that_holds_less_than_it_was_told_is_found_out() -> None:
    """The recorder believes in seven; the adapter takes two. It stops trying for a while, and says why."""

    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: list(recorder.states().values()).count(StrapState.LIVE) == 2)
        await until(lambda: recorder.places.adapters["hci0"].ceiling == 2, "the adapter is full with two")
        await until(lambda: any("no_room" in kept.reasons(number, StrapState.SCANNING) for number in recorder.states()))
        assert list(recorder.states().values()).count(StrapState.LIVE) == 2

    play(act, straps(4), adapters={"hci0": 2}, limits=Limits(connect_host_s=0.2, connect_s=4.0))


def test_a_strap_that_is_only_to_be_heard_is_never_connected() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await double.ask("set", 0, broadcasts=True)
        await until(lambda: recorder.states()[1] is StrapState.BROADCAST_ONLY)
        await double.ask("set", 0, contact=False)
        await until(lambda: recorder.states()[1] is StrapState.NO_CONTACT)
        await double.ask("set", 0, contact=True, battery=10)
        await until(lambda: recorder.low_batteries() == {1})
        await double.ask("set", 0, in_range=False)
        await until(lambda: recorder.states()[1] is StrapState.STALE, "a rate heard five seconds ago is old")
        await until(lambda: recorder.states()[1] is StrapState.SCANNING)
        assert (await double.ask("counts"))["connects"] == 0

    kept = play(act, straps(1, Mode.BROADCAST), timing={"advertise_s": 0.5})
    assert kept.reasons(1, StrapState.STALE) == {"broadcast_silent"}


def test_one_out_of_range_does_not_hold_up_the_others_for_ever() -> None:
    """It is in sight until the attempt begins, then gone: the attempt takes long and fails, and the next one comes."""

    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: recorder.states()[1] is StrapState.CONNECTING)
        await double.ask("set", 0, in_range=False)
        await until(lambda: recorder.states()[2] is StrapState.LIVE)
        await double.ask("set", 0, in_range=True)
        await until(lambda: all_live(recorder))

    play(act, straps(2), limits=Limits(connect_host_s=0.5), timing={"connect_s": 2.0})


@pytest.mark.parametrize("whole_bus", [True, False], ids=["bus", "service"])
def test_the_radio_goes_and_comes_back(whole_bus: bool) -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        if whole_bus:
            await asyncio.to_thread(double.kill_bus)
        else:
            await double.ask("restart", away_s=10.0)
        await until(lambda: kept.events(EventKind.RADIO)[-1].detail["up"] is False)
        await until(lambda: set(recorder.states().values()) == {StrapState.LOST})
        if whole_bus:
            await asyncio.to_thread(double.start_bus)
        await until(lambda: kept.events(EventKind.RADIO)[-1].detail["up"] is True)
        await until(lambda: all_live(recorder))
        await until(lambda: len(kept.frames(1)) > 20)

    kept = play(act, straps(3))
    for number in (1, 2, 3):
        serials = [int.from_bytes(frame.data[2:4], "little") for frame in kept.frames(number)]
        assert serials == sorted(set(serials)), "nothing twice, nothing out of order"


def test_a_recorder_waits_for_a_radio_that_is_not_there_yet() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: kept.events(EventKind.RADIO))
        assert kept.events(EventKind.RADIO)[0].detail == {"up": False, "reason": "radio_down"}
        await asyncio.to_thread(double.start_bus)
        await until(lambda: all_live(recorder))

    need_a_bus()

    async def go(double: Double) -> None:
        await asyncio.to_thread(double.kill_bus)
        async with recording(BleRadio(), straps(1)) as (recorder, kept):
            await act(double, recorder, kept)
        await double.leave()

    with Double(1, speed=SPEED) as double:
        asyncio.run(go(double))


def test_links_that_a_killed_program_left_behind_are_taken_over() -> None:
    """The system keeps them, and a strap with a link does not advertise."""
    need_a_bus()

    async def leave_behind(double: Double) -> None:
        radio = BleRadio()
        seen: list[Seen] = []
        await radio.adapters()
        await radio.scan(seen.append, "hci0")
        await until(lambda: seen)
        link = await radio.connect(address_of(0), "hci0", lambda: None, 30.0)
        await link.subscribe("0x2A37", lambda data: None)
        assert link.client is not None
        # As the end of a process does it: every connection to the bus ends, and nobody says good-bye to the strap.
        await link.client._backend._release_bus()
        link.client = None
        await radio.close()

    async def go(double: Double) -> None:
        await leave_behind(double)
        assert await double.ask("links") == ["hci0"]
        async with recording(BleRadio(), straps(1), speed=SPEED) as (recorder, kept):
            await until(lambda: all_live(recorder), "its link is taken over")
            await until(lambda: len(kept.frames(1)) > 5)
            assert len({frame.data for frame in kept.frames(1)}) == len(kept.frames(1))
        assert await double.ask("links") == [None]
        assert (await double.ask("counts"))["connects"] == 1
        await double.leave()

    with Double(1, speed=SPEED) as double:
        asyncio.run(go(double))


def test_straps_by_name_and_straps_that_come_later() -> None:
    async def act(double: Double, recorder: Recorder, kept: Kept) -> None:
        await until(lambda: all_live(recorder))
        recorder.add(Strap(7, address_of(1).lower()))
        assert kept.states(7) == [StrapState.SCANNING]
        await until(lambda: all_live(recorder))
        await until(lambda: len(kept.frames(7)) > 3)
        await assert_whole(double, kept, 1)

    play(act, [Strap(1, "name: strap 00")], made=2)
