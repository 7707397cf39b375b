"""One strap from the attempt to connect to the awaited end of its link."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from touchline.errors import BadValue
from wearables.gatt.device_information import STRINGS, decode_text
from wearables.model import NS_PER_S, EventKind, Source
from wearables.radio import Link, RadioFault
from wearables.recorder.adapters import Adapter
from wearables.recorder.intake import Intake
from wearables.recorder.watching import Watch

if TYPE_CHECKING:
    from wearables.recorder.engine import Recorder

T = TypeVar("T")
BLAMELESS = frozenset({"stopped", "radio_down", "no_adapter"})
"""Words for which the recorder ends a link or an attempt although the strap did nothing: no reason to wait longer."""


class Attendance:
    """Attends one strap through one adapter; ``task`` ends when the link was ended for good."""

    def __init__(self, recorder: Recorder, watch: Watch, adapter: Adapter, intake: Intake) -> None:
        self.recorder, self.watch, self.adapter, self.intake = recorder, watch, adapter, intake
        self.clock, self.limits = recorder.clock, recorder.limits
        self.ending = False
        self._blameless = False
        self._link: Link | None = None
        self._stands = False
        self._reason = "connect_failed"
        self._ended = asyncio.Event()
        self.task = asyncio.create_task(self._attend(), name=f"strap {watch.strap.number}")
        self.task.add_done_callback(self._leave)

    def end(self, reason: str) -> None:
        """End the link, or the attempt at one. What comes until it has ended is still kept."""
        if self.ending:
            return
        self.ending, self._reason, self._blameless = True, reason, reason in BLAMELESS
        self._ended.set()
        if self._link is None:
            self.task.cancel()
        else:
            self._unlink()

    def _lost(self) -> None:
        """What the radio calls where the link breaks by itself."""
        if self._link is None:
            self._ended.set()  # it broke before anybody could say that it stood
        else:
            self.end("link_lost")
        self.recorder.look_at_radio()

    def _unlink(self) -> None:
        if self._stands:
            self._stands = False
            now_ns = self.clock.now_ns()
            self.watch.unlink(now_ns, self._reason)
            self.recorder.judge(self.watch, now_ns)

    async def _attend(self) -> None:
        asking: asyncio.Task[None] | None = None
        try:
            if await self._connect() and await self._subscribe():
                asking = asyncio.create_task(self._ask(), name=f"asking strap {self.watch.strap.number}")
                await self._ended.wait()
        except asyncio.CancelledError:
            if not self.ending:
                self._reason = "stopped"
                raise
        finally:
            self.ending = True
            self._unlink()
            if asking is not None:
                await asyncio.sleep(0)  # an answer that failed with the link is taken, not left unread
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            if self._link is not None:
                # After every loss, and before anybody connects this strap again: see ``Link.disconnect``.
                await self._link.disconnect()

    def _leave(self, task: asyncio.Task[None]) -> None:
        """The task is over, perhaps before it began: the place is given back, and the next attempt gets its time."""
        if not task.cancelled() and task.exception() is not None:
            self.recorder.own_fault(self.watch.strap.number)
        watch, limits = self.watch, self.limits
        if not self._blameless and watch.heard_ns is None:
            watch.failures += 1
        pause_s = limits.again_s
        if watch.failures:
            pause_s = min(limits.retry_s * 2 ** min(watch.failures - 1, 16), limits.retry_most_s)
        if self._reason in ("not_found", "radio_down"):
            watch.sightings.clear()
        now_ns = self.clock.now_ns()
        watch.waiting_ns = now_ns
        watch.not_before_ns = now_ns + round(pause_s * self.recorder.chance.uniform(0.5, 1.5) * NS_PER_S)
        self.recorder.left(watch, self.adapter)

    async def _connect(self) -> bool:
        assert self.watch.address is not None
        timeout_s = max(self.clock.host_s(self.limits.connect_s), self.limits.connect_host_s)
        try:
            link = await self.recorder.radio.connect(self.watch.address, self.adapter.name, self._lost, timeout_s)
        except RadioFault as fault:
            self._reason = fault.reason
            self.recorder.places.attempted(self.watch, self.adapter, linked=False)
            self._fault(fault.reason, "connect")
            if fault.reason == "radio_down":
                self.recorder.look_at_radio()
            return False
        self._link = link
        self.recorder.places.attempted(self.watch, self.adapter, linked=True)
        if self._ended.is_set():
            self._reason = "link_lost"
            return False
        self._stands = True
        self.intake.begin()
        self.watch.link(self.clock.now_ns())
        self.recorder.judge(self.watch)
        self.recorder.deal()
        return True

    async def _subscribe(self) -> bool:
        assert self._link is not None
        try:
            await self._soon(self._link.subscribe(Source.HEART_RATE.value, self._take))
        except (RadioFault, TimeoutError) as fault:
            self._fault(_reason(fault), "subscribe")
            self.end(_reason(fault))
        return not self.ending

    def _take(self, data: bytes) -> None:
        self.recorder.take(self.watch, data)

    def _take_battery(self, data: bytes) -> None:
        self.recorder.take_battery(self.watch, data)

    async def _ask(self) -> None:
        """What else a strap can tell: its battery now, at every change and every ten minutes; what it is, once."""
        assert self._link is not None
        await self._ask_battery()
        if self.ending:
            return
        try:
            await self._soon(self._link.subscribe(Source.BATTERY.value, self._take_battery))
        except (RadioFault, TimeoutError) as fault:
            self._fault(_reason(fault), "battery")
        if not self.watch.device_told:
            await self._ask_device(self._link)
        while True:
            await self.clock.sleep(self.limits.battery_every_s)
            await self._ask_battery()

    async def _ask_battery(self) -> None:
        assert self._link is not None
        try:
            self._take_battery(await self._soon(self._link.read(Source.BATTERY.value)))
        except (RadioFault, TimeoutError) as fault:
            self._fault(_reason(fault), "battery")

    async def _ask_device(self, link: Link) -> None:
        told: dict[str, str] = {}
        for characteristic, name in STRINGS.items():
            try:
                text = decode_text(await self._soon(link.read(characteristic))).text
            except (RadioFault, TimeoutError, BadValue):
                continue  # most straps have some of them only
            if text:
                told[name] = text
        if told:
            self.watch.device_told = True
            self.recorder.note(EventKind.DEVICE, self.watch.strap.number, told)

    async def _soon(self, answer: Awaitable[T]) -> T:
        async with asyncio.timeout(max(self.clock.host_s(self.limits.gatt_s), self.limits.gatt_host_s)):
            return await answer

    def _fault(self, reason: str, doing: str) -> None:
        if not self.ending:
            self.recorder.note(EventKind.FAULT, self.watch.strap.number, {"reason": reason, "doing": doing})


def _reason(fault: RadioFault | TimeoutError) -> str:
    return fault.reason if isinstance(fault, RadioFault) else "timed_out"
