"""The radio of this computer through bleak: the only file that imports it.

Linux: any number of adapters (``hci0``, ``hci1`` ...), through BlueZ on the system's D-Bus. A connection of this
module's own to that bus lists the adapters and notices what bleak does not tell: that the bus or the Bluetooth service
went away. Windows and macOS: the one adapter that the system has, called ``default``.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableError, BleakDeviceNotFoundError, BleakError

from wearables.radio import RadioFault, Seen

DEFAULT = "default"
BASE = "-0000-1000-8000-00805f9b34fb"
SHORT_PREFIX = "0000"
END_S = 15.0
"""Seconds of the host to end a link or a scan; bleak's own limit for the former is 10."""
GRACE_S = 5.0
"""Seconds that bleak gets beyond its own limit to clean up after a failed attempt."""
RELEASE_S = 1.0
"""Seconds to let go of a failed attempt: nothing is connected then. Where it was cut off while bleak opened its bus,
bleak would wait for that bus to end, for ever."""
OPEN_S = 5.0
MOST_DEVICES = 2000
"""Devices remembered, the latest seen: phones in a stadium change their addresses all the time."""

FAULTS: tuple[type[BaseException], ...] = (
    BleakError,
    OSError,  # the bus: TimeoutError and EOFError's kin are among them
    EOFError,  # dbus-fast where the bus ends within an answer
    AssertionError,  # bleak's own checks, where a bus ended between two of its lines
    LookupError,  # its caches, where a device was forgotten meanwhile
    AttributeError,  # a bus that is None by now
    RuntimeError,
)
"""What bleak and the bus below it raise where something ends under their hands. For whoever tries to reach a strap they
all mean the same: it did not work this time."""


def uuid_of(characteristic: str) -> str:
    """The whole UUID of an assigned number such as ``"0x2A37"``."""
    return f"{SHORT_PREFIX}{int(characteristic, 16):04x}{BASE}"


def short(uuid: str) -> str:
    """``"0x180D"`` for a UUID of an assigned number, else the UUID in lower case."""
    uuid = uuid.lower()
    if uuid.startswith(SHORT_PREFIX) and uuid.endswith(BASE):
        return f"0x{uuid[4:8].upper()}"
    return uuid


class BleLink:
    """A connection through bleak; see ``wearables.radio.Link``."""

    def __init__(self, address: str, links: set[BleLink]) -> None:
        self.address = address
        self._links = links
        """Where the radio holds it until it is ended."""
        links.add(self)
        self.stands = False
        """From the end of a good attempt until it breaks or is ended. Within an attempt bleak may see a link come and
        go and try again; that is no loss."""
        self.client: BleakClient | None = None

    async def read(self, characteristic: str) -> bytes:
        """The value of a characteristic. Raises ``RadioFault`` (``gatt_failed``)."""
        assert self.client is not None
        try:
            return bytes(await self.client.read_gatt_char(uuid_of(characteristic)))
        except FAULTS as fault:
            raise self._failed(characteristic, fault) from fault

    async def subscribe(self, characteristic: str, take: Callable[[bytes], None]) -> None:
        """Call ``take`` with every notification. Raises ``RadioFault`` (``gatt_failed``)."""
        assert self.client is not None
        try:
            await self.client.start_notify(uuid_of(characteristic), lambda _, data: take(bytes(data)))
        except FAULTS as fault:
            raise self._failed(characteristic, fault) from fault

    async def disconnect(self) -> None:
        """End the link for good. Never raises."""
        await self.end(END_S)

    async def end(self, within_s: float) -> None:
        """The same, within so many seconds of the host."""
        self.stands = False
        self._links.discard(self)
        if self.client is None:
            return
        with contextlib.suppress(*FAULTS):
            async with asyncio.timeout(within_s):
                await self.client.disconnect()

    def _failed(self, characteristic: str, fault: BaseException) -> RadioFault:
        return RadioFault(
            "wearables.errors.gatt_failed", address=self.address, name=characteristic, reason=_said(fault)
        )


class BleRadio:
    """This computer's Bluetooth; see ``wearables.radio.Radio``. It lives in one loop."""

    def __init__(self, platform: str = sys.platform) -> None:
        self._watch: Any = None
        if platform == "linux":
            from wearables.ble_bus import BusWatch

            self._watch = BusWatch()
        self._scanners: dict[str, BleakScanner] = {}
        self._seen: dict[str, Callable[[Seen], None]] = {}
        self._dead: list[BleakScanner] = []
        """Scanners of a bus that is gone. They can only be taken out of bleak's hands once there is a bus again."""
        self._devices: dict[tuple[str, str], BLEDevice] = {}
        self._links: set[BleLink] = set()

    async def adapters(self) -> Sequence[str]:
        """The adapters that are on, in the order of their names; ``default`` where the system has but one for all.
        Raises ``RadioFault`` (``radio_down``), from a fall of the bus until ``reopen``."""
        names = [DEFAULT]
        if self._watch is not None:
            try:
                async with asyncio.timeout(OPEN_S):
                    names = await self._watch.adapters()
            except FAULTS as fault:
                raise _down(fault) from fault
        for adapter in list(self._scanners):
            await self._tell_left_over(adapter)
        return names

    async def scan(self, seen: Callable[[Seen], None], adapter: str) -> None:
        """Begin to listen on one adapter. Raises ``RadioFault`` (``radio_down``, ``scan_failed``)."""
        await self.stop_scan(adapter)
        if self._fallen():
            raise _down(None)

        def detected(device: BLEDevice, said: AdvertisementData) -> None:
            if self._scanners.get(adapter) is not scanner or self._connected(said):
                return
            self._devices.pop((adapter, device.address.lower()), None)
            self._devices[adapter, device.address.lower()] = device
            if len(self._devices) > MOST_DEVICES:
                del self._devices[next(iter(self._devices))]
            seen(
                Seen(
                    device.address,
                    said.local_name or device.name,
                    said.rssi if said.rssi > -127 else None,
                    adapter,
                    said.manufacturer_data,
                    tuple(short(uuid) for uuid in said.service_uuids),
                )
            )

        scanner = BleakScanner(detected, **self._through(adapter))
        self._scanners[adapter], self._seen[adapter] = scanner, seen
        try:
            async with asyncio.timeout(OPEN_S):
                await scanner.start()
        except BleakBluetoothNotAvailableError as fault:
            raise _down(fault) from fault
        except FAULTS as fault:
            if self._fallen():
                raise _down(fault) from fault
            raise RadioFault("wearables.errors.scan_failed", adapter=adapter, reason=_said(fault)) from fault
        await self._tell_left_over(adapter)

    async def stop_scan(self, adapter: str) -> None:
        """End listening. Never raises."""
        scanner = self._scanners.pop(adapter, None)
        self._seen.pop(adapter, None)
        if scanner is None:
            return
        if self._fallen():
            self._dead.append(scanner)
            return
        await _stop(scanner)

    async def connect(self, address: str, adapter: str, lost: Callable[[], None], timeout_s: float) -> BleLink:
        """A link to a strap that was seen through ``adapter``. Raises ``RadioFault``: ``not_found`` where it was not
        seen or the system has forgotten it, ``timed_out``, ``connect_failed``, ``radio_down``."""
        device = self._devices.get((adapter, address.lower()))
        if device is None:
            raise RadioFault("wearables.errors.not_found", address=address)
        if self._fallen():
            raise _down(None)
        link = BleLink(address, self._links)

        def gone(_: BleakClient) -> None:
            if link.stands:
                link.stands = False
                lost()

        link.client = BleakClient(device, disconnected_callback=gone, timeout=timeout_s, **self._through(adapter))
        try:
            async with asyncio.timeout(timeout_s + GRACE_S):
                await link.client.connect()
            if not link.client.is_connected:
                raise BleakError("the link broke at once")
        except BaseException as fault:
            await link.end(RELEASE_S)
            if not isinstance(fault, FAULTS):
                raise
            raise self._refused(address, fault) from fault
        link.stands = True
        return link

    async def close(self) -> None:
        """End everything. Never raises."""
        for adapter in list(self._scanners):
            await self.stop_scan(adapter)
        await asyncio.gather(*(link.disconnect() for link in list(self._links)), return_exceptions=True)
        self._devices.clear()
        if self._watch is not None:
            await self._watch.close()

    async def reopen(self) -> None:
        """Begin anew. Raises ``RadioFault`` (``radio_down``) while the Bluetooth service is away."""
        await self.close()
        if self._watch is None:
            return
        try:
            async with asyncio.timeout(OPEN_S):
                await self._watch.reopen()
                await _renew_bleak()
        except FAULTS as fault:
            raise _down(fault) from fault
        dead, self._dead = self._dead, []
        for scanner in dead:
            await _stop(scanner)

    async def _tell_left_over(self, adapter: str) -> None:
        """Take straps that the system holds a link to, and we do not, for seen: a program that was killed leaves its
        links behind, and a strap with a link does not advertise. Who connects it takes that link over."""
        held: list[BLEDevice] = []
        with contextlib.suppress(*FAULTS):
            async with asyncio.timeout(OPEN_S):
                system = await BleakAdapter.get(**self._through(adapter))
                held = await system.get_connected_devices([uuid_of("0x180D")])
        ours = {link.address.lower() for link in self._links}
        seen = self._seen.get(adapter)
        for device in held:
            if device.address.lower() not in ours and seen is not None:
                self._devices[adapter, device.address.lower()] = device
                seen(Seen(device.address, device.name, None, adapter))

    def _through(self, adapter: str) -> Mapping[str, Any]:
        return {} if adapter == DEFAULT else {"bluez": {"adapter": adapter}}

    def _connected(self, said: AdvertisementData) -> bool:
        """On Linux bleak takes every change of a device for an advertisement, those of a connected one too."""
        return self._watch is not None and bool(said.platform_data[1].get("Connected"))

    def _fallen(self) -> bool:
        return self._watch is not None and bool(self._watch.fallen)

    def _refused(self, address: str, fault: BaseException) -> RadioFault:
        if self._fallen() or isinstance(fault, BleakBluetoothNotAvailableError):
            return _down(fault)
        if isinstance(fault, BleakDeviceNotFoundError) or "not found" in str(fault):
            return RadioFault("wearables.errors.not_found", address=address)
        code = "wearables.errors.timed_out" if isinstance(fault, TimeoutError) else "wearables.errors.connect_failed"
        return RadioFault(code, address=address, reason=_said(fault))


async def _stop(scanner: BleakScanner) -> None:
    with contextlib.suppress(*FAULTS):
        async with asyncio.timeout(END_S):
            await scanner.stop()


def _down(fault: BaseException | None) -> RadioFault:
    return RadioFault("wearables.errors.radio_down", reason="" if fault is None else _said(fault))


def _said(fault: BaseException) -> str:
    return str(fault) or type(fault).__name__


async def _renew_bleak() -> None:
    """Have bleak forget what it remembers of a Bluetooth service that went away while the bus stayed: it would take
    straps for connected that nobody is connected to. Its own way to forget is to lose its bus."""
    from bleak.backends.bluezdbus.manager import get_global_bluez_manager

    manager = await get_global_bluez_manager()
    bus: Any = getattr(manager, "_bus", None)
    if bus is not None:
        bus.disconnect()
        with contextlib.suppress(*FAULTS):
            await bus.wait_for_disconnect()
        await get_global_bluez_manager()
