"""The radio of this computer through the real bleak client, on the double of the Bluetooth service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient, BleakScanner
from bluez.double import Double, need_a_bus
from bluez.straps import address_of
from bluez.tree import uuid
from recording import until

from wearables.ble import DEFAULT, BleRadio, short, uuid_of
from wearables.radio import RadioFault, Seen

HEART_RATE, BATTERY = "0x2A37", "0x2A19"
TIMEOUT_S = 30.0
QUICK = {"connect_s": 0.05, "resolve_s": 0.05, "advertise_s": 0.3}


@asynccontextmanager
async def scanned(radio: BleRadio, straps: int, adapter: str = "hci0") -> AsyncIterator[list[Seen]]:
    """A radio that scans and has seen so many straps; it is closed at the end."""
    found: list[Seen] = []
    await radio.scan(found.append, adapter)
    await until(lambda: len({seen.address for seen in found}) >= straps, "straps are seen")
    try:
        yield found
    finally:
        await radio.close()


def nothing(*_: object) -> None:
    """What is called where a loss does not matter."""


@pytest.fixture(autouse=True)
def _bus() -> None:
    need_a_bus()


def test_a_strap_is_seen_connected_read_and_heard_and_its_loss_is_told_once() -> None:
    async def go(double: Double) -> None:
        radio, losses, heard = BleRadio(), [], []
        assert await radio.adapters() == ["hci0"]
        async with scanned(radio, 2) as found:
            seen = next(one for one in found if one.address == address_of(1))
            assert (seen.name, seen.adapter, seen.services) == ("Strap 01", "hci0", ("0x180D", "0x180F"))
            assert seen.rssi_dbm is not None
            link = await radio.connect(address_of(1).lower(), "hci0", lambda: losses.append(1), TIMEOUT_S)
            assert await link.read(BATTERY) == bytes([90])
            with pytest.raises(RadioFault) as refused:
                await link.read("0x2A9D")
            assert refused.value.reason == "gatt_failed"
            assert refused.value.detail("vi") != refused.value.detail("en")
            await link.subscribe(HEART_RATE, heard.append)
            await until(lambda: len(heard) >= 3)
            await double.ask("drop", 1)
            await until(lambda: losses)
            with pytest.raises(RadioFault):
                await link.read(BATTERY)
            await link.disconnect()
            await link.disconnect()
            again = await radio.connect(address_of(1), "hci0", lambda: losses.append(2), TIMEOUT_S)
            await again.disconnect()
        assert losses == [1], "a link that is ended is not lost"
        assert [type(data) for data in heard] == [bytes] * len(heard)
        assert await double.ask("links") == [None, None]
        await double.leave()

    with Double(2, timing=QUICK) as double:
        asyncio.run(go(double))


@pytest.mark.parametrize("polite", [False, True])
def test_a_rude_reconnect_doubles_every_beat_and_ours_does_not(polite: bool) -> None:
    """Connecting again without ending the old link first: the old subscription is still there, as on real systems."""

    async def rude(double: Double, heard: list[bytes]) -> list[BleakClient]:
        lost = asyncio.Event()
        device = await BleakScanner.find_device_by_address(address_of(0), timeout=TIMEOUT_S)
        assert device is not None
        clients = [BleakClient(device, lambda _: lost.set())]
        await clients[0].connect()
        await clients[0].start_notify(uuid(0x2A37), lambda _, data: heard.append(bytes(data)))
        await until(lambda: heard)
        await double.ask("drop", 0)
        await asyncio.wait_for(lost.wait(), TIMEOUT_S)
        clients.append(BleakClient(device))
        await clients[1].connect()
        await clients[1].start_notify(uuid(0x2A37), lambda _, data: heard.append(bytes(data)))
        return clients

    async def ours(double: Double, heard: list[bytes]) -> BleRadio:
        radio, lost = BleRadio(), asyncio.Event()
        await radio.scan(nothing, "hci0")

        async def connect() -> bool:
            try:
                link = await radio.connect(address_of(0), "hci0", lost.set, TIMEOUT_S)
            except RadioFault:
                return False
            await link.subscribe(HEART_RATE, heard.append)
            links.append(link)
            return True

        links: list = []
        await until(connect)
        await until(lambda: heard)
        await double.ask("drop", 0)
        await asyncio.wait_for(lost.wait(), TIMEOUT_S)
        await links[0].disconnect()
        await until(connect)
        return radio

    async def go(double: Double) -> None:
        heard: list[bytes] = []
        held = await (ours if polite else rude)(double, heard)
        since = len(heard)
        await until(lambda: len(heard) >= since + 8)
        fresh = heard[since + 2 :]
        if polite:
            assert len(fresh) == len(set(fresh)), "every beat once"
            assert (await double.ask("counts"))["most_sessions"] == 1
            await held.close()
        else:
            assert len(set(fresh)) <= len(fresh) / 2 + 1, "every beat twice"
            assert (await double.ask("counts"))["most_sessions"] == 2
            for client in held:
                await client.disconnect()
        await double.leave()

    with Double(1, timing=QUICK) as double:
        asyncio.run(go(double))


def test_a_forgotten_strap_is_not_found_and_is_there_again_after_a_scan() -> None:
    async def go(double: Double) -> None:
        radio = BleRadio()
        async with scanned(radio, 1):
            await radio.stop_scan("hci0")

            async def forgotten() -> bool:
                return await double.ask("known") == {"hci0": 0}

            await until(forgotten, "30 s after scanning ended straps are forgotten")
            with pytest.raises(RadioFault) as refused:
                await radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S)
            assert refused.value.reason == "not_found"
            with pytest.raises(RadioFault) as unseen:
                await radio.connect("C0:FF:EE:00:00:99", "hci0", nothing, TIMEOUT_S)
            assert unseen.value.reason == "not_found"
        async with scanned(radio, 1):
            await (await radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S)).disconnect()
        await double.leave()

    with Double(1, speed=60.0, timing=QUICK) as double:
        asyncio.run(go(double))


def test_a_strap_out_of_range_times_out_and_leaves_the_adapter_free() -> None:
    async def go(double: Double) -> None:
        radio = BleRadio()
        async with scanned(radio, 2):
            await double.ask("set", 0, in_range=False)
            with pytest.raises(RadioFault) as refused:
                await radio.connect(address_of(0), "hci0", nothing, 0.5)
            assert refused.value.reason == "timed_out"
            link = await radio.connect(address_of(1), "hci0", nothing, TIMEOUT_S)
            await link.disconnect()
        await double.leave()

    with Double(2, timing=QUICK) as double:
        asyncio.run(go(double))


def test_an_attempt_that_is_given_up_leaves_nothing_behind() -> None:
    async def go(double: Double) -> None:
        radio = BleRadio()
        async with scanned(radio, 1):
            await double.ask("set", 0, in_range=False)
            attempt = asyncio.create_task(radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S))

            async def asked() -> bool:
                return (await double.ask("counts"))["connects"] > 0

            await until(asked)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await double.ask("set", 0, in_range=True)
            await (await radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S)).disconnect()
        await double.leave()

    with Double(1, timing=QUICK) as double:
        asyncio.run(go(double))


def test_an_adapter_that_is_full_refuses_in_time_and_losses_within_an_attempt_are_none() -> None:
    async def go(double: Double) -> None:
        radio, losses = BleRadio(), []
        async with scanned(radio, 2):
            link = await radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S)
            with pytest.raises(RadioFault) as refused:
                await radio.connect(address_of(1), "hci0", lambda: losses.append(1), 0.5)
            assert refused.value.reason == "timed_out"
            assert (await double.ask("counts"))["no_room"] > 1, "bleak tries again and again by itself"
            await link.disconnect()
            await (await radio.connect(address_of(1), "hci0", lambda: losses.append(1), TIMEOUT_S)).disconnect()
        assert not losses
        await double.leave()

    with Double(2, {"hci0": 1}, timing=QUICK) as double:
        asyncio.run(go(double))


@pytest.mark.parametrize("whole_bus", [True, False], ids=["bus", "service"])
def test_the_loss_of_the_bus_or_the_service_is_told_until_the_radio_is_opened_anew(whole_bus: bool) -> None:
    async def go(double: Double) -> None:
        radio, losses, heard = BleRadio(), [], []
        async with scanned(radio, 1):
            assert await radio.adapters() == ["hci0"]
            link = await radio.connect(address_of(0), "hci0", lambda: losses.append(1), TIMEOUT_S)
            await link.subscribe(HEART_RATE, heard.append)
            await until(lambda: heard)
            if whole_bus:
                await asyncio.to_thread(double.kill_bus)
                await asyncio.to_thread(double.start_bus)
            else:
                await double.ask("restart", away_s=1.0)

            async def down() -> bool:
                try:
                    await radio.adapters()
                except RadioFault as fault:
                    return fault.reason == "radio_down"
                return False

            await until(down, "the loss is told, though the bus is back")
            for attempt in (radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S), radio.scan(nothing, "hci0")):
                with pytest.raises(RadioFault) as refused:
                    await attempt
                assert refused.value.reason == "radio_down"
            await link.disconnect()

            async def reopened() -> bool:
                try:
                    await radio.reopen()
                except RadioFault:
                    return False
                return await radio.adapters() == ["hci0"]

            await until(reopened)
        heard.clear()
        found: list[Seen] = []
        await radio.scan(found.append, "hci0")
        await until(lambda: found)
        link = await radio.connect(address_of(0), "hci0", nothing, TIMEOUT_S)
        await link.subscribe(HEART_RATE, heard.append)
        await until(lambda: len(heard) > 3)
        assert len(heard) == len(set(heard))
        await radio.close()
        assert (await double.ask("counts"))["most_scans"] == 1
        assert len(losses) == (1 if whole_bus else 0), "a service that ends says nothing of its links"
        await double.leave()

    with Double(1, timing=QUICK) as double:
        asyncio.run(go(double))


def test_several_adapters_each_have_their_own_scan_and_links() -> None:
    async def go(double: Double) -> None:
        radio = BleRadio()
        assert await radio.adapters() == ["hci0", "hci1", "hci10"]
        async with scanned(radio, 2, "hci0"), scanned(radio, 2, "hci10") as found:
            assert {seen.adapter for seen in found} == {"hci10"}
            links = [
                await radio.connect(address_of(k), name, nothing, TIMEOUT_S) for k, name in ((0, "hci0"), (1, "hci10"))
            ]
            assert await double.ask("links") == ["hci0", "hci10"]
            assert await double.ask("scanning") == {"hci0": 1, "hci1": 0, "hci10": 1}
            for link in links:
                await link.disconnect()
        await double.leave()

    with Double(2, {"hci10": 5, "hci0": 5, "hci1": 5}, timing=QUICK) as double:
        asyncio.run(go(double))


def test_without_a_service_there_is_no_radio_and_a_word_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")

    async def go() -> None:
        radio = BleRadio()
        with pytest.raises(RadioFault) as refused:
            await radio.adapters()
        assert refused.value.reason == "radio_down"
        with pytest.raises(RadioFault):
            await radio.reopen()
        await radio.stop_scan("hci0")
        await radio.close()

    asyncio.run(go())


def test_other_systems_have_one_adapter() -> None:
    radio = BleRadio(platform="darwin")
    assert asyncio.run(radio.adapters()) == [DEFAULT]
    assert radio._through(DEFAULT) == {}
    assert BleRadio(platform="linux")._through("hci1") == {"bluez": {"adapter": "hci1"}}


def test_short_and_whole_uuids() -> None:
    assert uuid_of("0x2A37") == "00002a37-0000-1000-8000-00805f9b34fb"
    assert short(uuid_of("0x2A37").upper()) == "0x2A37"
    assert short("FB005C80-02E7-F387-1CAD-8ACD2D8DF0C8") == "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
