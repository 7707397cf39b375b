"""Virtual devices (Bumble) with real GATT services over a link in this process: what arrives decodes to what was sent.

The strap's heart rate, battery and device information are written by Bumble's own services, so two writers agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("bumble")

from bumble.core import UUID, AdvertisingData
from bumble.device import Device, Peer
from bumble.gatt import Characteristic, CharacteristicValue, Service, TemplateService
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService
from bumble.profiles.heart_rate_service import HeartRateService
from bumble.testing.test_utils import Devices

from touchline.errors import BadValue
from wearables.gatt import machine_control, polar_broadcast
from wearables.gatt.characteristics import CHARACTERISTICS
from wearables.gatt.cross_trainer import CrossTrainerData
from wearables.gatt.cycling import CyclingMeasurement
from wearables.gatt.cycling_power import BalanceOf, PowerMeasurement, TorqueAt
from wearables.gatt.fitness_machine import MachineData, Merging
from wearables.gatt.heart_rate import Contact, Fault, HeartRateMeasurement
from wearables.gatt.indoor_bike import IndoorBikeData
from wearables.gatt.machine_control import Operation, Response, Result
from wearables.gatt.rower import RowerData
from wearables.gatt.running import RunningMeasurement
from wearables.gatt.treadmill import TreadmillData

Beats = HeartRateService.HeartRateMeasurement
WAIT_S = 30.0
RR = tuple(range(800, 820))


async def until(done: Callable[[], bool]) -> None:
    """Wait for a condition; generous, because machines are busy."""
    async with asyncio.timeout(WAIT_S):
        while not done():
            await asyncio.sleep(0.002)


@dataclass
class Link:
    """A device that others are connected to, and the client's side of the first of them."""

    devices: Devices
    peer: Peer
    heard: dict[str, list[bytes]] = field(default_factory=dict)

    @property
    def far(self) -> Device:
        """The virtual device."""
        return self.devices[1]

    async def read(self, key: str) -> Any:
        """What the device's characteristic ``key`` says when it is read."""
        (found,) = self.peer.get_characteristics_by_uuid(UUID(key[2:]))
        return CHARACTERISTICS[key].decode(bytes(await found.read_value()))

    async def listen(self, key: str) -> list[bytes]:
        """The list to which notifications of ``key`` are added from now on."""
        (found,) = self.peer.get_characteristics_by_uuid(UUID(key[2:]))
        heard = self.heard.setdefault(key, [])
        await self.peer.subscribe(found, lambda value: heard.append(bytes(value)))
        return heard

    async def told(self, key: str, attribute: Any, value: Any) -> bytes:
        """The bytes that arrive when the device notifies ``value``."""
        heard = self.heard[key]
        before = len(heard)
        await self.far.notify_subscribers(attribute, value)
        await until(lambda: len(heard) > before)
        return heard[-1]


@asynccontextmanager
async def linked(*services: Service | TemplateService, mtu: int | None = None) -> AsyncIterator[Link]:
    devices = Devices(2)
    for service in services:
        devices[1].add_service(service)
    await devices.setup_connection()
    peer = Peer(devices.connections[0])
    if mtu is not None:
        assert await peer.request_mtu(mtu) == mtu
    await peer.discover_services()
    await peer.discover_characteristics()
    try:
        yield Link(devices, peer)
    finally:
        await devices.connections[0].disconnect()
        for device in devices.devices:
            await device.power_off()


def live(trial: Callable[[], Awaitable[None]]) -> None:
    """Run ``trial``; no task of the virtual radio may be left behind."""

    async def alone() -> None:
        await trial()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left

    asyncio.run(alone())


def strap() -> HeartRateService:
    return HeartRateService(lambda connection: Beats(0), HeartRateService.BodySensorLocation.CHEST)


def beats(count: int, *, hr_bpm: int = 75, energy_kj: int | None = None) -> Any:
    return Beats(hr_bpm, True, energy_kj, [ticks / 1024 for ticks in RR[:count]])


def test_a_strap_is_read_and_heard() -> None:
    async def trial() -> None:
        heart = strap()
        battery = BatteryService(lambda connection: 87)
        information = DeviceInformationService(
            manufacturer_name="Polar Electro Oy", model_number="H10", serial_number="Đai 1", firmware_revision="5.0.0",
            hardware_revision="00760690.03", software_revision="3.1.1", system_id=(0x0022D0, 0xFFFE123456),
        )  # fmt: skip
        async with linked(heart, battery, information) as link:
            assert (await link.read("0x2A19")).percent == 87
            assert (await link.read("0x2A38")).location.value == "chest"
            said = {key: (await link.read(key)).text for key in ("0x2A29", "0x2A24", "0x2A25", "0x2A26")}
            said |= {key: (await link.read(key)).text for key in ("0x2A27", "0x2A28")}
            assert said == {
                "0x2A29": "Polar Electro Oy", "0x2A24": "H10", "0x2A25": "Đai 1", "0x2A26": "5.0.0",
                "0x2A27": "00760690.03", "0x2A28": "3.1.1",
            }  # fmt: skip
            assert (await link.read("0x2A23")).document()["eui64"] == "00-22-D0-FF-FE-12-34-56"
            await link.listen("0x2A37")
            for sent, expected in (
                (beats(2), HeartRateMeasurement(75, Contact.DETECTED, None, RR[:2])),
                (Beats(0, False), HeartRateMeasurement(0, Contact.NOT_DETECTED)),
                (Beats(300, None, 65535), HeartRateMeasurement(300, Contact.NOT_SUPPORTED, 65535)),
            ):
                data = await link.told("0x2A37", heart.heart_rate_measurement_characteristic, sent)
                assert CHARACTERISTICS["0x2A37"].decode(data) == expected

    live(trial)


@pytest.mark.parametrize(
    ("mtu", "sent", "arrive", "faults"),
    [
        (None, beats(9), 9, ()),  # 20 bytes: all that the smallest MTU, 23, carries
        (None, beats(12), 9, ()),  # cut between two intervals: nothing tells that there were more
        (None, beats(9, energy_kj=5), 8, ()),
        (None, beats(9, hr_bpm=300), 8, (Fault.PARTIAL_RR,)),  # cut within an interval
        (64, beats(12, hr_bpm=300), 12, ()),
    ],
)
def test_a_long_packet_is_cut_at_the_mtu(mtu: int | None, sent: Any, arrive: int, faults: tuple[Fault, ...]) -> None:
    async def trial() -> None:
        heart = strap()
        async with linked(heart, mtu=mtu) as link:
            await link.listen("0x2A37")
            data = await link.told("0x2A37", heart.heart_rate_measurement_characteristic, sent)
        found = CHARACTERISTICS["0x2A37"].decode(data)
        assert (found.hr_bpm, found.rr_1024, found.faults) == (sent.heart_rate, RR[:arrive], faults)
        assert len(data) <= (mtu or 23) - 3

    live(trial)


def notifying(key: str) -> Characteristic[bytes]:
    properties = Characteristic.Properties.NOTIFY
    return Characteristic(key[2:], properties, Characteristic.Permissions(0), b"")


def test_pods_meters_and_machines_are_heard() -> None:
    packets: dict[str, Any] = {
        "0x2A53": RunningMeasurement(3.5, 178, 1.18, 1234.5, running=True),
        "0x2A5B": CyclingMeasurement(4_000_000_000, 65535, 65535, 1),
        "0x2A63": PowerMeasurement(
            power_w=-12, balance_percent=48.5, balance_of=BalanceOf.LEFT, torque_nm=12.5, torque_at=TorqueAt.CRANK,
            crank_revolutions=9, crank_time_1024=8,
        ),
        "0x2ACD": TreadmillData(speed_kmh=12.5, inclination_percent=-1.5, ramp_deg=None, elapsed_s=61),
        "0x2ACE": CrossTrainerData(speed_kmh=8.5, resistance=4.5, backward=True, hr_bpm=121),
        "0x2AD1": RowerData(stroke_rate=24.5, stroke_count=100, pace_s_500m=118, power_w=210),
        "0x2AD2": IndoorBikeData(speed_kmh=32.74, cadence_rpm=80.0, distance_m=42195, power_w=300, hr_bpm=143),
    }  # fmt: skip
    of_service = {"1814": ["0x2A53"], "1816": ["0x2A5B"], "1818": ["0x2A63"]}
    of_service["1826"] = ["0x2ACD", "0x2ACE", "0x2AD1", "0x2AD2"]

    async def trial() -> None:
        attributes = {key: notifying(key) for key in packets}
        services = [Service(uuid, [attributes[key] for key in keys]) for uuid, keys in of_service.items()]
        async with linked(*services) as link:
            for key, packet in packets.items():
                await link.listen(key)
                data = await link.told(key, attributes[key], CHARACTERISTICS[key].encode(packet))
                assert CHARACTERISTICS[key].decode(data) == packet

    live(trial)


def test_a_record_that_the_mtu_would_cut_comes_in_parts() -> None:
    whole = IndoorBikeData(
        speed_kmh=30.0, avg_speed_kmh=29.0, cadence_rpm=90.0, avg_cadence_rpm=88.5, distance_m=9000, resistance=20,
        power_w=210, avg_power_w=205, energy_kcal=120, energy_kcal_h=600, energy_kcal_min=10, hr_bpm=150,
        elapsed_s=1200,
    )  # fmt: skip
    parts = [
        IndoorBikeData(
            more_follows=True, avg_speed_kmh=29.0, avg_cadence_rpm=88.5, distance_m=9000, avg_power_w=205,
            energy_kcal=120, energy_kcal_h=600, energy_kcal_min=10, elapsed_s=1200,
        ),
        IndoorBikeData(speed_kmh=30.0, cadence_rpm=90.0, resistance=20, power_w=210, hr_bpm=150),
    ]  # fmt: skip

    async def trial() -> None:
        bike = notifying("0x2AD2")
        async with linked(Service("1826", [bike])) as link:
            await link.listen("0x2AD2")
            cut = await link.told("0x2AD2", bike, whole.encode())
            assert len(cut) == 20 < len(whole.encode())
            with pytest.raises(BadValue):
                IndoorBikeData.decode(cut)
            merging: Merging[MachineData] = Merging()
            record: MachineData | None = None
            for place, part in enumerate(parts):
                data = await link.told("0x2AD2", bike, part.encode())
                merging, record = merging.take(IndoorBikeData.decode(data), place)
            assert record == whole

    live(trial)


def test_a_machine_is_controlled() -> None:
    """The machine follows its control point's rules: control first, then targets; it answers by indication."""

    async def trial() -> None:
        asked: list[Any] = []
        answers: asyncio.Queue[Response] = asyncio.Queue()

        def write(connection: Any, value: bytes) -> None:
            request = machine_control.decode(value)
            assert isinstance(request, machine_control.Request)
            asked.append(request)
            held = asked[0].operation is Operation.REQUEST_CONTROL
            result = Result.SUCCESS if held else Result.CONTROL_NOT_PERMITTED
            answers.put_nowait(Response(request.operation, result))

        properties = Characteristic.Properties.WRITE | Characteristic.Properties.INDICATE
        point: Characteristic[bytes] = Characteristic(
            "2AD9", properties, Characteristic.WRITEABLE, CharacteristicValue(write=write)
        )
        async with linked(Service("1826", [point])) as link:
            heard = await link.listen("0x2AD9")
            (found,) = link.peer.get_characteristics_by_uuid(UUID("2AD9"))

            async def ask(request: machine_control.Request) -> Any:
                await found.write_value(machine_control.encode(request), with_response=True)
                answer = await answers.get()
                before = len(heard)
                await link.far.indicate_subscribers(point, machine_control.encode(answer))
                await until(lambda: len(heard) > before)
                return machine_control.decode(heard[-1])

            refused = await ask(machine_control.set_power(250))
            assert refused == Response(Operation.TARGET_POWER, Result.CONTROL_NOT_PERMITTED)
            asked.clear()
            requests = [
                machine_control.request_control(),
                machine_control.set_power(250),
                machine_control.start(),
                machine_control.simulate(-1.5, 4.25, 0.0040, 0.51),
                machine_control.pause(),
                machine_control.stop(),
            ]
            for request in requests:
                assert await ask(request) == Response(request.operation, Result.SUCCESS)
            assert asked == requests

    live(trial)


def test_a_broadcast_is_heard_without_a_connection() -> None:
    async def trial() -> None:
        devices = Devices(2)
        for device in devices.devices:
            await device.power_on()
        heard: list[bytes] = []

        def hear(advertisement: Any) -> None:
            for company, data in advertisement.data.get_all(AdvertisingData.MANUFACTURER_SPECIFIC_DATA):
                if company == polar_broadcast.COMPANY:
                    heard.append(bytes(data))

        devices[0].on("advertisement", hear)
        await devices[0].start_scanning(filter_duplicates=False)
        sent = polar_broadcast.PolarBroadcast(142, True, 5, fast_hr_bpm=145, code=27, others=((0x72, b"\x7fD7"),))
        data = polar_broadcast.COMPANY.to_bytes(2, "little") + polar_broadcast.encode(sent)
        block = bytes(AdvertisingData([(AdvertisingData.MANUFACTURER_SPECIFIC_DATA, data)]))
        await devices[1].start_advertising(advertising_data=block)
        await until(lambda: bool(heard))
        await devices[1].stop_advertising()
        await devices[0].stop_scanning()
        for device in devices.devices:
            await device.power_off()
        assert polar_broadcast.decode(heard[0]) == sent

    live(trial)
