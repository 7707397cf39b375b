"""Thirty straps for ten minutes of a session, at twenty times the speed of life, through the real bleak client: every
frame that was handed over is kept once, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from bluez.double import Double, need_a_bus
from bluez.straps import address_of
from recording import Kept, recording, until

from touchline.errors import BadValue
from wearables.ble import BleRadio
from wearables.gatt.heart_rate import decode
from wearables.model import NS_PER_S, EventKind, Frame, Status, Strap, StrapState
from wearables.recorder.engine import Recorder
from wearables.recorder.limits import Limits

pytestmark = pytest.mark.slow

SPEED = 20.0
SQUAD, SPARES, DROPS = 30, 2, 5
MINUTES_S = 600.0
BUS_DIES_S, SERVICE_DIES_S = 300.0, 420.0
# Numbers are those of the recorder, from 1; the double counts from 0.
STALLED, NO_CONTACT, LOW, BAD, DOUBLED = (3, 11, 19), (4, 12, 20), (5, 13), (6, 14, 22), (7, 15, 23)
FAR, SWAPPED = (8, 16), (9, 17)
BAD_EACH, DOUBLED_EACH = 3, 4


LINKED = {StrapState.LIVE, StrapState.NO_CONTACT}


class Match:
    """What happens to the squad, in the session's time."""

    def __init__(self, double: Double, recorder: Recorder, kept: Kept) -> None:
        self.double, self.recorder, self.kept = double, recorder, kept
        self.chance = random.Random(20)

    async def at(self, at_s: float) -> None:
        await self.recorder.clock.sleep_until(round(at_s * NS_PER_S))

    async def arrived(self) -> bool:
        """Whether everything that was handed over is here."""
        log = await self.double.ask("log")
        handed = sum(copies for strap in log for _, _, copies in strap)
        return handed == sum(len(self.kept.frames(number)) for number in range(1, SQUAD + SPARES + 1))

    async def quietly(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do something that loses what is under way, at a moment at which nothing is."""
        await self.double.ask("hold", on=True)
        await until(self.arrived, "what was handed over arrives")
        await act()
        await self.double.ask("hold", on=False)

    async def drop(self, number: int) -> None:
        """Five times, at times of its own, each once it is connected again."""
        until_s = BUS_DIES_S - 20 if number in SWAPPED else MINUTES_S - 60
        for at_s in sorted(self.chance.uniform(40, until_s) for _ in range(DROPS)):
            await self.at(at_s)

            before = self.losses(number)

            async def dropped(before: int = before) -> bool:
                """A link that breaks while it is still being made is a failed attempt, and no drop."""
                if self.losses(number) == before and self.recorder.states()[number] in LINKED:
                    await self.double.ask("drop", number - 1)
                return self.losses(number) > before

            await until(dropped, f"strap {number} is connected, and then lost")

    def losses(self, number: int) -> int:
        """How many links of a strap were lost until now."""
        return self.kept.states(number).count(StrapState.LOST)

    async def for_a_while(self, number: int, at_s: float, long_s: float, name: str, value: bool) -> None:
        await self.at(at_s)
        await self.double.ask("set", number - 1, **{name: value})
        await self.at(at_s + long_s)
        await self.double.ask("set", number - 1, **{name: not value})

    async def once(self, number: int, at_s: float, do: str, **how: int) -> None:
        await self.at(at_s)
        await self.double.ask(do, number - 1, **how)

    async def swap(self, number: int, spare: int) -> None:
        """A strap is put away for good, and a spare one is taken in."""
        await self.at(BUS_DIES_S + 30 + number)
        await self.double.ask("set", number - 1, in_range=False)
        self.recorder.add(Strap(spare, address_of(spare - 1), "spare"))
        await self.double.ask("set", spare - 1, in_range=True)

    async def kill_the_bus(self) -> None:
        await self.at(BUS_DIES_S)

        async def kill() -> None:
            await asyncio.to_thread(self.double.kill_bus)
            await until(lambda: self.kept.events(EventKind.RADIO)[-1].detail["up"] is False, "the loss is noticed")
            await asyncio.to_thread(self.double.start_bus)

        await self.quietly(kill)

    async def restart_the_service(self) -> None:
        await self.at(SERVICE_DIES_S)
        await self.quietly(lambda: self.double.ask("restart", away_s=4.0))

    async def play(self) -> None:
        for spare in range(SQUAD + 1, SQUAD + SPARES + 1):
            await self.double.ask("set", spare - 1, in_range=False)
        doing = [self.drop(number) for number in range(1, SQUAD + 1)]
        doing += [self.for_a_while(number, 60 + 9 * number, 60, "stalled", True) for number in STALLED]
        doing += [self.for_a_while(number, 50 + 9 * number, 30, "contact", False) for number in NO_CONTACT]
        doing += [self.for_a_while(number, 60 + 9 * number, 120, "in_range", False) for number in FAR]
        doing += [self.once(number, 100, "battery", percent=15) for number in LOW]
        doing += [self.once(number, 80, "set", bad=BAD_EACH) for number in BAD]
        doing += [self.once(number, 120, "set", doubled=DOUBLED_EACH) for number in DOUBLED]
        doing += [self.swap(number, SQUAD + 1 + k) for k, number in enumerate(SWAPPED)]
        doing += [self.kill_the_bus(), self.restart_the_service(), self.at(MINUTES_S)]
        await asyncio.gather(*doing)
        worn = [number for number in self.recorder.states() if number not in SWAPPED]
        await until(
            lambda: all(self.recorder.states()[number] is StrapState.LIVE for number in worn), "all are live again"
        )
        await self.double.ask("hold", on=True)
        await until(self.arrived, "the last frames arrive")


async def record(double: Double) -> tuple[Kept, list[list[tuple[int, str, int]]], dict[str, int]]:
    straps = [Strap(number, address_of(number - 1)) for number in range(1, SQUAD + 1)]
    async with recording(BleRadio(), straps, speed=SPEED, limits=Limits(connections=18)) as (recorder, kept):
        await Match(double, recorder, kept).play()
    log, counts = await double.ask("log"), await double.ask("counts")
    assert await double.ask("links") == [None] * (SQUAD + SPARES), "every link was ended"
    await double.leave()
    return kept, log, counts


def assert_flagged(frames: list[Frame]) -> None:
    """Doubled frames and nothing else are flagged; but a frame counts where the machine was so late that it could have
    been sent: the two copies came far apart, or together after a silence in which two were sent."""
    for k, frame in enumerate(frames):
        again = k > 0 and frame.data == frames[k - 1].data
        if frame.status is Status.DOUBLED:
            assert again
        elif again:
            apart_ns = frame.at_ns - frames[k - 1].at_ns
            first = k - 1  # of the burst in which it came
            while first > 0 and frames[first].at_ns - frames[first - 1].at_ns < 0.45 * NS_PER_S:
                first -= 1
            silence_ns = frames[first].at_ns - frames[first - 1].at_ns if first else 0
            assert apart_ns > 0.35 * NS_PER_S or silence_ns > 1.5 * NS_PER_S, "flagged where nothing speaks for it"


def is_refused(data: bytes) -> bool:
    """Whether the decoder refuses a packet."""
    try:
        decode(data)
    except BadValue:
        return True
    return False


def test_thirty_straps_for_ten_minutes_lose_and_double_nothing() -> None:
    need_a_bus()
    adapters = {"hci0": 20, "hci1": 20}
    with Double(SQUAD + SPARES, adapters, SPEED) as double:
        kept, log, counts = asyncio.run(record(double))

    refused = 0
    for number, beats in enumerate(log, start=1):
        handed = [data for _, data, copies in beats for _ in range(copies)]
        frames = kept.frames(number)
        assert [frame.data.hex() for frame in frames] == handed, f"strap {number}: all, once, in order"
        assert len(handed) > 50
        twice = sum(copies == 2 for _, _, copies in beats)
        assert twice == (DOUBLED_EACH if number in DOUBLED else 0)
        assert_flagged(frames)
        # Of the bad packets only those count that were handed over: the others fell into a lost link.
        bad = sum(is_refused(bytes.fromhex(data)) for data in handed)
        assert [frame.status for frame in frames].count(Status.REFUSED) == bad
        assert bad <= BAD_EACH if number in BAD else not bad
        refused += bad
        good = [int.from_bytes(frame.data[2:4], "little") for frame in frames if frame.status is Status.OK]
        assert good == sorted(good if number in DOUBLED else set(good)), "what counts rises, each serial number once"
        assert [frame.at_ns for frame in frames] == sorted(frame.at_ns for frame in frames)
        assert all(frame.bpm is None for frame in frames if frame.status is Status.REFUSED or frame.data[1] == 0)

    assert refused > 0, "bad packets came"
    assert counts["most_sessions"] == 1, "no strap had two subscriptions at a time"
    assert counts["most_scans"] == 1, "one scan an adapter"
    assert counts["in_progress"] == 0, "no two connects at once on an adapter"

    assert counts["forgotten"] >= len(FAR) * len(adapters), "who was away for two minutes was forgotten"
    assert counts["stalled"] > 0

    for number in range(1, SQUAD + 1):
        assert kept.states(number).count(StrapState.LOST) >= DROPS
    for number in STALLED:
        assert "silent" in kept.reasons(number, StrapState.STALE)
    for number in NO_CONTACT:
        assert StrapState.NO_CONTACT in kept.states(number)
    for number in LOW:
        assert [event.detail["low"] for event in kept.events(EventKind.LOW_BATTERY, number)] == [True]
    assert {event.strap for event in kept.events(EventKind.LOW_BATTERY)} == set(LOW)
    for number in FAR:
        states = kept.states(number)
        assert StrapState.SCANNING in states[1:], "after a minute it is looked for like one never seen"
        assert states[-1] is StrapState.LIVE
    ups = [event.detail["up"] for event in kept.events(EventKind.RADIO)]
    assert ups == [True, False, True, False, True], "the bus and the service went, and came back"
