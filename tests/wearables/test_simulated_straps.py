"""Simulated straps: hearts that could be, troubles when they are due, a radio that is as unkind as a real one."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from touchline.errors import BadValue
from touchline.measure import RR_TICKS_PER_S
from wearables.clock import SessionClock
from wearables.gatt import heart_rate, polar_broadcast
from wearables.model import NS_PER_S
from wearables.radio import RadioFault, Seen
from wearables.sent import SentLog, last_serials, read_sent
from wearables.simulated import Kind, Sent, SimulatedRadio, Simulation, addresses
from wearables.simulated_heart import CYCLE_S, Heart
from wearables.squad import simulated_squad

CALM = {"drops": 0, "stalls": 0.0, "contact_losses": 0.0, "bad_frames": 0.0, "doubles": 0.0}


def test_rates_and_intervals_of_a_heart_belong_together_through_all_phases() -> None:
    for seed in range(8):
        heart = Heart(f"{seed}")
        rates = []
        for second in range(1, round(CYCLE_S)):
            beats = heart.beats(float(second))
            assert all(256 <= rr <= 2048 for _, rr in beats)
            rates.append(heart.rate_bpm)
            if beats and second > 10:
                mean = statistics.mean(60 * RR_TICKS_PER_S / rr for _, rr in beats)
                assert abs(mean - heart.rate_bpm) < 0.25 * heart.rate_bpm
        assert heart.rest_bpm - 10 < min(rates) < 0.5 * heart.max_bpm
        assert 0.8 * heart.max_bpm < max(rates) <= 1.03 * heart.max_bpm
        assert max(abs(b - a) for a, b in pairwise(rates)) < 30


def test_athletes_differ_and_the_same_seed_is_the_same_squad() -> None:
    squad = simulated_squad(30, 5, "vi")
    assert squad == simulated_squad(30, 5, "vi")
    assert len({profile.hr_max_bpm for profile in squad.profiles}) > 10
    assert all("mô phỏng" in profile.name for profile in squad.profiles)
    assert len(squad.worn) == 30


def test_drops_come_as_often_as_asked_in_each_window_and_do_not_overlap() -> None:
    simulation = Simulation(addresses(30), 9, 3, 120.0, contact_losses=0.0, stalls=0.0)
    for address in simulation.straps:
        for window in range(4):
            found = simulation.troubles(address, round(window * 120 * NS_PER_S))
            assert [each.kind for each in found] == [Kind.AWAY] * 3
            assert found == simulation.troubles(address, round((window * 120 + 119) * NS_PER_S))
            times = [at_ns for each in found for at_ns in (each.from_ns, each.to_ns)]
            assert times == sorted(times)
            assert window * 120 * NS_PER_S < times[0]
            assert times[-1] < (window + 1) * 120 * NS_PER_S
    again = Simulation.from_document(simulation.document())
    assert again == simulation


@pytest.mark.parametrize(
    "bad",
    [
        {"straps": addresses(2), "drops": -1},
        {"straps": ("a",) * 501},
        {"straps": (), "window_s": 0},
        {"straps": (), "room": 0},
    ],
)
def test_what_cannot_be_simulated_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadValue):
        Simulation(**bad)  # type: ignore[arg-type]


def lived(simulation: Simulation, speed: float, work: Callable[[SimulatedRadio, SessionClock], object]) -> list[Sent]:
    """What was sent while ``work`` used the radio."""
    log: list[Sent] = []

    async def live() -> None:
        clock = SessionClock.starting_now(speed)
        radio = SimulatedRadio(simulation, clock, log.append)
        try:
            await work(radio, clock)  # type: ignore[misc]
        finally:
            await radio.close()
        assert len(asyncio.all_tasks()) == 1  # none is left behind

    asyncio.run(live())
    return log


async def linked(radio: SimulatedRadio, lost: Callable[[], None] = lambda: None, adapter: str = "sim0"):  # type: ignore[no-untyped-def]
    """A link to the first strap; an attempt may fail by chance."""
    for _ in range(20):
        try:
            return await radio.connect(radio.simulation.straps[0], adapter, lost, 30)
        except RadioFault:
            await radio.clock.sleep(0.5)
    raise AssertionError("never connected")


def test_frames_come_once_a_second_while_somebody_listens_and_carry_their_number() -> None:
    taken: list[bytes] = []

    async def work(radio: SimulatedRadio, clock: SessionClock) -> None:
        link = await linked(radio)
        await clock.sleep(5)
        assert taken == []
        await link.subscribe("0x2A37", taken.append)
        assert await link.read("0x2A29") == b"Touchline"
        assert 1 <= (await link.read("0x2A19"))[0] <= 100
        with pytest.raises(RadioFault, match="did not give"):
            await link.read("0x2A25")
        await clock.sleep(40)
        await link.disconnect()
        count = len(taken)
        await clock.sleep(5)
        assert len(taken) == count

    sent = lived(Simulation(addresses(1), **CALM), 40.0, work)
    assert [each.data for each in sent] == taken
    assert 20 <= len(sent) <= 45
    assert [heart_rate.decode(data).energy_kj for data in taken] == [each.serial for each in sent]
    assert [each.serial for each in sent] == list(range(1, len(sent) + 1))


def test_who_connects_again_before_the_lost_link_is_ended_hears_everything_twice() -> None:
    taken: list[bytes] = []

    async def work(radio: SimulatedRadio, clock: SessionClock) -> None:
        lost = asyncio.Event()
        first = await linked(radio, lost.set)
        await first.subscribe("0x2A37", taken.append)
        await lost.wait()
        before = len(taken)
        second = await linked(radio)
        await second.subscribe("0x2A37", taken.append)
        await clock.sleep(5)
        twice = taken[before:]
        assert len(twice) == 2 * len(set(twice)) > 0
        await first.disconnect()
        before = len(taken)
        await clock.sleep(5)
        assert len(taken[before:]) == len(set(taken[before:])) > 0

    lived(Simulation(addresses(1), **{**CALM, "drops": 1}, window_s=60.0), 20.0, work)


def test_advertisements_are_polar_s_and_an_adapter_has_room_for_so_many() -> None:
    seen: list[Seen] = []

    async def work(radio: SimulatedRadio, clock: SessionClock) -> None:
        assert await radio.adapters() == ["sim0", "sim1"]
        await radio.scan(seen.append, "sim1")
        await clock.sleep(6)
        await radio.stop_scan("sim1")
        count = len(seen)
        await clock.sleep(3)
        assert len(seen) == count
        links = [await linked(radio)]
        full = 0
        for address in radio.simulation.straps[1:]:
            for _ in range(20):
                try:
                    links.append(await radio.connect(address, "sim0", lambda: None, 30))
                    break
                except RadioFault:
                    full += len(links) == 2
        assert len(links) == 2
        assert full == 20

    lived(Simulation(addresses(3), **CALM, room=2), 20.0, work)
    assert {each.address for each in seen} == set(addresses(3))
    for each in seen:
        assert each.adapter == "sim1"
        told = polar_broadcast.decode(each.manufacturer[0x006B])
        assert told.rate_bpm is not None
        assert 40 < told.rate_bpm < 210


def test_a_log_of_what_was_sent_survives_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    log = SentLog(path)
    log(Sent("51:00", 1, 10, b"\x08\x48\x01\x00", True))
    log(Sent("51:00", 2, 20, b"\x09\x02", False))
    log.close()
    whole = read_sent(path)
    path.write_bytes(path.read_bytes() + b"51:00 3 30 go")
    again = SentLog(path)
    again(Sent("51:00", 4, 40, b"\x08\x48\x04\x00", True))
    again.close()
    assert read_sent(path) == [*whole, Sent("51:00", 4, 40, b"\x08\x48\x04\x00", True)]
    assert last_serials(path) == {"51:00": 4}
    assert read_sent(tmp_path / "nothing") == []
