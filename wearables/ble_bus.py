"""The system's D-Bus on Linux: which Bluetooth adapters there are, and whether the Bluetooth service is still there."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio.message_bus import MessageBus

BLUEZ = "org.bluez"
ADAPTER = "org.bluez.Adapter1"
DBUS, DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
SETTLE_S = 0.01


class BusWatch:
    """A connection to the bus that only watches. ``fallen`` is True from the moment at which the bus or the Bluetooth
    service went away until ``reopen`` found both again, even if they came back at once: everything that bleak holds
    is worthless then."""

    def __init__(self) -> None:
        self.fallen = False
        self._bus: MessageBus | None = None
        self._watching: asyncio.Task[None] | None = None

    async def adapters(self) -> list[str]:
        """The adapters that are powered and can connect. Raises ``OSError`` where the bus or the service is away."""
        # Mostly somebody asks because a link broke. If that was the bus, its end is about to be read here as well, and
        # nothing should be sent into it: dbus-fast keeps the failure of a message that nobody waits for.
        await asyncio.sleep(SETTLE_S)
        if self.fallen:
            raise OSError("the Bluetooth service went away")
        bus = await self._open()
        reply = await self._call(bus, BLUEZ, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        found = []
        for path, interfaces in reply.body[0].items():
            said = interfaces.get(ADAPTER)
            if said is not None and said["Powered"].value and "central" in said["Roles"].value:
                found.append(path.rsplit("/", 1)[-1])
        return sorted(
            found, key=lambda name: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
        )

    async def reopen(self) -> None:
        """Look for the bus and the service anew. Raises ``OSError`` where either is still away."""
        await self.close()
        self.fallen = False
        try:
            await self.adapters()
        except BaseException:
            self.fallen = True
            raise

    async def close(self) -> None:
        """Leave the bus. Never raises."""
        watching, self._watching = self._watching, None
        bus, self._bus = self._bus, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        if bus is not None:
            bus.disconnect()

    async def _open(self) -> MessageBus:
        if self._bus is not None:
            if not self._bus.connected:
                raise OSError("the bus went away")
            return self._bus
        bus = MessageBus(bus_type=BusType.SYSTEM)
        try:
            await bus.connect()
            bus.add_message_handler(self._heard)
            rule = f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{BLUEZ}'"
            await self._call(bus, DBUS, DBUS_PATH, DBUS, "AddMatch", "s", [rule])
        except BaseException:
            bus.disconnect()
            raise
        self._bus = bus
        self._watching = asyncio.create_task(self._watch(bus), name="bus watch")
        return bus

    async def _watch(self, bus: MessageBus) -> None:
        with contextlib.suppress(OSError, EOFError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self.fallen = True

    def _heard(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, before, _ = message.body
            if name == BLUEZ and before:
                self.fallen = True

    async def _call(
        self, bus: MessageBus, to: str, path: str, interface: str, member: str, signature: str = "", body: Any = ()
    ) -> Message:
        reply = await bus.call(
            Message(destination=to, path=path, interface=interface, member=member, signature=signature, body=list(body))
        )
        if reply.message_type is MessageType.ERROR:
            raise OSError(str(reply.body[0]) if reply.body else reply.error_name)
        return reply
