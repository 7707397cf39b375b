"""``org.bluez`` itself: adapters, discovery, connections, notifications. ``python -m bluez.service SOCKET OPTIONS``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from bluez import tree
from bluez.control import serve
from bluez.parts import Counts, Patient, Timing, VirtualAdapter
from bluez.straps import VirtualStrap

PROPERTIES, MANAGER = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"
DBUS, DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
FAILED, IN_PROGRESS = "org.bluez.Error.Failed", "org.bluez.Error.InProgress"
ABORTED = "le-connection-abort-by-local"
HEART_RATE, BATTERY = 0x2A37, 0x2A19


class Service:
    """The service: one for all adapters."""

    def __init__(self, straps: int, adapters: dict[str, int], speed: float, timing: Timing) -> None:
        self.straps = [VirtualStrap(index) for index in range(straps)]
        self.adapters = {name: VirtualAdapter(name, limit) for name, limit in adapters.items()}
        self.speed, self.timing = speed, timing
        self.chance = random.Random(7)
        self.sessions: dict[str, set[str]] = {}
        """Notification sessions: names of clients by the path of a characteristic. They outlive a link."""
        self.bus: MessageBus | None = None
        self.counts = Counts()
        self.held = False
        self.away_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    def now_s(self) -> float:
        """Seconds of the session."""
        return time.monotonic() * self.speed

    async def sleep(self, session_s: float) -> None:
        await asyncio.sleep(session_s / self.speed)

    def go(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Signals

    def signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        message = Message(
            message_type=MessageType.SIGNAL,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body,
        )
        self.send(message)

    def changed(self, path: str, interface: str, props: dict[str, Any]) -> None:
        self.signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, props, []])

    def appeared(self, objects: tree.Objects) -> None:
        for path, interfaces in objects.items():
            self.signal("/", MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def went(self, objects: tree.Objects) -> None:
        for path, interfaces in reversed(list(objects.items())):
            self.signal("/", MANAGER, "InterfacesRemoved", "oas", [path, list(interfaces)])

    # What straps do

    async def live(self, strap: VirtualStrap) -> None:
        """Beat once a second. One that was held up does not catch up: it is a strap, not a recording."""
        at_s = self.now_s() + strap.chance.random() * self.timing.beat_s
        while True:
            await self.sleep(at_s - self.now_s())
            at_s = max(at_s + self.timing.beat_s, self.now_s())
            if not self.held:
                self.beat(strap)

    def beat(self, strap: VirtualStrap) -> None:
        data = strap.beat()
        copies = 0
        if strap.adapter is not None and strap.resolved:
            path = tree.characteristic_path(strap.adapter, strap, HEART_RATE)
            copies = len(self.sessions.get(path, ()))
            if strap.stalled:
                self.counts.stalled += bool(copies)
                copies = 0
            elif copies and strap.doubled:
                strap.doubled -= 1
                copies *= 2
            for _ in range(copies):
                self.changed(path, tree.CHARACTERISTIC, {"Value": Variant("ay", data)})
        strap.log.append((strap.serial, data.hex(), copies))

    async def advertise(self, strap: VirtualStrap) -> None:
        await self.sleep(strap.chance.random() * self.timing.advertise_s)
        while True:
            if strap.adapter is None and strap.in_range:
                for adapter in self.adapters.values():
                    if adapter.scanners:
                        self.see(adapter, strap)
            await self.sleep(self.timing.advertise_s * strap.chance.uniform(0.9, 1.1))

    def see(self, adapter: VirtualAdapter, strap: VirtualStrap) -> None:
        path = tree.device_path(adapter.name, strap)
        adapter.seen_s[path] = self.now_s()
        if path not in adapter.known:
            adapter.known[path] = strap
            self.appeared(tree.device_objects(adapter.name, strap))
        else:
            self.changed(path, tree.DEVICE, tree.advertisement(strap))

    async def forget_old(self) -> None:
        while True:
            await self.sleep(0.5)
            for adapter in self.adapters.values():
                for path, strap in list(adapter.known.items()):
                    age_s = self.now_s() - adapter.seen_s[path]
                    if strap.adapter != adapter.name and age_s > self.timing.forget_s:
                        self.forget(adapter, path)

    def forget(self, adapter: VirtualAdapter, path: str) -> None:
        strap = adapter.known.pop(path)
        self.counts.forgotten += 1
        objects = tree.device_objects(adapter.name, strap)
        if path in adapter.resolved_once:
            adapter.resolved_once.discard(path)
            gatt = tree.gatt_objects(adapter.name, strap)
            for one in gatt:
                self.sessions.pop(one, None)
            objects |= gatt
        self.went(objects)

    # Links

    def start_connect(self, adapter: VirtualAdapter, strap: VirtualStrap, message: Message) -> None:
        task = self.go(self.establish(adapter, strap, message))
        adapter.pending = (message, strap, task)

    async def establish(self, adapter: VirtualAdapter, strap: VirtualStrap, message: Message) -> None:
        path = tree.device_path(adapter.name, strap)
        await self.sleep(self.timing.connect_s * self.chance.uniform(0.5, 1.5))
        if not strap.in_range or strap.adapter is not None:
            self.counts.out_of_range += 1
            await self.sleep(self.timing.give_up_s)
            self.refuse(adapter, message, ABORTED)
        elif adapter.linked >= adapter.limit:
            # Seen on real adapters: the link comes up for a moment before it is given up.
            self.counts.no_room += 1
            self.changed(path, tree.DEVICE, {"Connected": Variant("b", True)})
            self.changed(path, tree.DEVICE, {"Connected": Variant("b", False)})
            self.refuse(adapter, message, ABORTED)
        else:
            adapter.pending = None
            adapter.linked += 1
            strap.adapter, strap.resolved, strap.connected_since = adapter.name, False, self.now_s()
            self.changed(path, tree.DEVICE, {"Connected": Variant("b", True)})
            self.send(Message.new_method_return(message))
            since = strap.connected_since
            await self.sleep(self.timing.resolve_s * self.chance.uniform(0.5, 1.5))
            if strap.adapter == adapter.name and strap.connected_since == since:
                self.resolve(adapter, strap)

    def refuse(self, adapter: VirtualAdapter, message: Message, text: str) -> None:
        adapter.pending = None
        self.send(Message.new_error(message, FAILED, text))

    def resolve(self, adapter: VirtualAdapter, strap: VirtualStrap) -> None:
        path = tree.device_path(adapter.name, strap)
        if path not in adapter.resolved_once:
            adapter.resolved_once.add(path)
            self.appeared(tree.gatt_objects(adapter.name, strap))
        strap.resolved = True
        self.changed(path, tree.DEVICE, {"ServicesResolved": Variant("b", True)})

    def drop(self, strap: VirtualStrap) -> bool:
        """End a link, whoever wants it."""
        if strap.adapter is None:
            return False
        adapter = self.adapters[strap.adapter]
        path = tree.device_path(adapter.name, strap)
        adapter.linked -= 1
        adapter.seen_s[path] = self.now_s()
        strap.adapter, strap.resolved = None, False
        self.changed(path, tree.DEVICE, {"ServicesResolved": Variant("b", False), "Connected": Variant("b", False)})
        return True

    # Calls

    def heard(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, owner = message.body
            if not owner:
                self.left(name)
            return None
        if message.message_type is not MessageType.METHOD_CALL or message.destination == DBUS:
            return None
        with contextlib.suppress(KeyError):
            return self.answer(message)
        return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "no such object or method")

    def left(self, client: str) -> None:
        """A client left the bus: its notification sessions, its scans and its attempts end."""
        for clients in self.sessions.values():
            clients.discard(client)
        for adapter in self.adapters.values():
            adapter.scanners = [name for name in adapter.scanners if name != client]
            if adapter.pending is not None and adapter.pending[0].sender == client:
                adapter.pending[2].cancel()
                adapter.pending = None

    def answer(self, message: Message) -> Message | bool:
        """The reply, or True where it comes later. Raises ``KeyError`` for what is not there."""
        done = Message.new_method_return(message)
        what = (message.interface, message.member)
        if what == (MANAGER, "GetManagedObjects"):
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self.objects()])
        if what == (PROPERTIES, "Set"):
            return done
        parts = str(message.path).split("/")
        adapter = self.adapters[parts[3]]
        if message.interface == tree.ADAPTER:
            return self.answer_adapter(adapter, message) or done
        device = "/".join(parts[:5])
        strap = adapter.known[device]
        if what == (tree.DEVICE, "Connect"):
            return self.answer_connect(adapter, strap, message)
        if what == (tree.DEVICE, "Disconnect"):
            if adapter.pending is not None and adapter.pending[1] is strap:
                pending, _, task = adapter.pending
                task.cancel()
                self.refuse(adapter, pending, ABORTED)
            if strap.adapter == adapter.name:
                self.drop(strap)
            return done
        if message.interface == tree.CHARACTERISTIC:
            return self.answer_gatt(adapter, strap, message)
        raise KeyError(what)

    def answer_adapter(self, adapter: VirtualAdapter, message: Message) -> Message | None:
        client = str(message.sender)
        if message.member == "StartDiscovery":
            if client in adapter.scanners:
                return Message.new_error(message, IN_PROGRESS, "Operation already in progress")
            adapter.scanners.append(client)
            self.counts.scans += 1
            self.counts.most_scans = max(self.counts.most_scans, len(adapter.scanners))
        elif message.member == "StopDiscovery":
            if client not in adapter.scanners:
                return Message.new_error(message, FAILED, "No discovery started")
            adapter.scanners.remove(client)
        elif message.member == "RemoveDevice":
            self.drop(adapter.known[message.body[0]])
            self.forget(adapter, message.body[0])
        elif message.member != "SetDiscoveryFilter":
            raise KeyError(message.member)
        return None

    def answer_connect(self, adapter: VirtualAdapter, strap: VirtualStrap, message: Message) -> Message | bool:
        self.counts.connects += 1
        if strap.adapter == adapter.name:
            return Message.new_method_return(message)
        if adapter.pending is not None:
            self.counts.in_progress += 1
            return Message.new_error(message, IN_PROGRESS, "In Progress")
        self.start_connect(adapter, strap, message)
        return True

    def answer_gatt(self, adapter: VirtualAdapter, strap: VirtualStrap, message: Message) -> Message:
        path, client = str(message.path), str(message.sender)
        known = tree.gatt_objects(adapter.name, strap)[path][tree.CHARACTERISTIC]
        flags, number = known["Flags"].value, int(known["UUID"].value[4:8], 16)
        if strap.adapter != adapter.name:
            return Message.new_error(message, FAILED, "Not connected")
        if message.member == "ReadValue":
            if "read" not in flags:
                return Message.new_error(message, "org.bluez.Error.NotPermitted", "Read not permitted")
            return Message.new_method_return(message, "ay", [tree.value(strap, number)])
        if "notify" not in flags:
            return Message.new_error(message, "org.bluez.Error.NotSupported", "Operation is not supported")
        clients = self.sessions.setdefault(path, set())
        if message.member == "StartNotify":
            if client in clients:
                return Message.new_error(message, IN_PROGRESS, "Already notifying")
            clients.add(client)
            self.counts.most_sessions = max(self.counts.most_sessions, len(clients))
            self.changed(path, tree.CHARACTERISTIC, {"Notifying": Variant("b", True)})
        elif message.member == "StopNotify":
            clients.discard(client)
        return Message.new_method_return(message)

    def objects(self) -> tree.Objects:
        """Everything that is shown."""
        found: tree.Objects = {tree.ROOT: {}}
        for adapter in self.adapters.values():
            found |= tree.adapter_objects(adapter.name, bool(adapter.scanners))
            for path, strap in adapter.known.items():
                found |= tree.device_objects(adapter.name, strap)
                if path in adapter.resolved_once:
                    found |= tree.gatt_objects(adapter.name, strap)
        return found

    def send(self, message: Message) -> None:
        """Send something. What cannot be sent because the bus goes away just now is nobody's fault."""
        if self.bus is not None and self.bus.connected:
            with contextlib.suppress(OSError):
                self.bus.send(message).add_done_callback(_quietly)

    # The bus

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve, on whatever bus is there: where it goes away, begin anew on the next one, as after a crash."""
        for strap in self.straps:
            self.go(self.live(strap))
            self.go(self.advertise(strap))
        self.go(self.forget_old())
        while True:
            await asyncio.sleep(max(0.0, self.away_until - time.monotonic()))
            try:
                bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
            except (OSError, EOFError):
                await asyncio.sleep(0.02)
                continue
            bus._writer.sock = Patient(bus._writer.sock)
            bus.add_message_handler(self.heard)
            rule = f"type='signal',sender='{DBUS}',member='NameOwnerChanged'"
            await bus.call(
                Message(destination=DBUS, path=DBUS_PATH, interface=DBUS, member="AddMatch", signature="s", body=[rule])
            )
            self.bus = bus
            await bus.request_name("org.bluez")
            ready()
            with contextlib.suppress(OSError, EOFError):
                await bus.wait_for_disconnect()
            self.crash()

    def crash(self) -> None:
        """Nothing of what clients had is left."""
        self.bus = None
        self.sessions.clear()
        for strap in self.straps:
            strap.adapter, strap.resolved = None, False
        for adapter in self.adapters.values():
            adapter.known.clear()
            adapter.seen_s.clear()
            adapter.resolved_once.clear()
            adapter.scanners.clear()
            adapter.linked = 0
            if adapter.pending is not None:
                adapter.pending[2].cancel()
                adapter.pending = None

    def restart(self, away_s: float) -> None:
        """The service alone goes away for so long; the bus stays."""
        self.away_until = time.monotonic() + away_s / self.speed
        if self.bus is not None:
            self.bus.disconnect()


def _quietly(future: asyncio.Future[Any]) -> None:
    """What could not be sent because the bus went away is nobody's fault."""
    if not future.cancelled():
        future.exception()


async def main(socket_path: str, options: dict[str, Any]) -> None:
    timing = Timing(**options.get("timing", {}))
    service = Service(options["straps"], options["adapters"], options["speed"], timing)
    ready = asyncio.Event()
    serving = asyncio.create_task(serve(socket_path, service, ready))
    running = asyncio.create_task(service.run(ready.set))
    await asyncio.wait({serving, running}, return_when=asyncio.FIRST_COMPLETED)
    for task in (serving, running):
        if task.done():
            task.result()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
