"""Listening: one scan an adapter, begun where somebody is looked for and ended where nobody is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wearables.clock import SessionClock
from wearables.model import NS_PER_S
from wearables.radio import Radio, RadioFault, Seen
from wearables.recorder.limits import Limits


class Scans:
    """The scans of all adapters. ``wanted`` says whether anybody is looked for; ``fault`` is told what went wrong."""

    def __init__(
        self,
        radio: Radio,
        clock: SessionClock,
        limits: Limits,
        seen: Callable[[Seen], None],
        wanted: Callable[[], bool],
        fault: Callable[[str, str], None],
    ) -> None:
        self.radio, self.clock, self.limits = radio, clock, limits
        self._seen, self._wanted, self._fault = seen, wanted, fault
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._heard_ns: dict[str, int] = {}

    def begin(self, adapter: str) -> None:
        """Look after one adapter from now on; again, where what did so ended by a fault of its own."""
        before = self._tasks.get(adapter)
        if before is not None and before.done() and not before.cancelled():
            self._fault(adapter, "callback" if before.exception() is not None else "ended")
        if before is None or before.done():
            self._tasks[adapter] = asyncio.create_task(self._keep(adapter), name=f"scan {adapter}")

    async def end(self, adapter: str) -> None:
        """Leave one adapter; its scan is ended."""
        task = self._tasks.pop(adapter, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def end_all(self) -> None:
        """Leave every adapter."""
        for adapter in list(self._tasks):
            await self.end(adapter)

    def hear(self, seen: Seen) -> None:
        """What every scan calls."""
        self._heard_ns[seen.adapter] = self.clock.now_ns()
        self._seen(seen)

    async def _keep(self, adapter: str) -> None:
        on, needed_ns, failures = False, self.clock.now_ns(), 0
        try:
            while True:
                now_ns = self.clock.now_ns()
                wanted = self._wanted()
                if wanted:
                    needed_ns = now_ns
                rested = now_ns - needed_ns > self.limits.scan_rest_s * NS_PER_S
                deaf = wanted and now_ns - self._heard_ns.get(adapter, 0) > self.limits.deaf_s * NS_PER_S
                if on and (rested or deaf):
                    on = False
                    await self.radio.stop_scan(adapter)
                if wanted and not on:
                    try:
                        await self.radio.scan(self.hear, adapter)
                    except RadioFault as fault:
                        self._fault(adapter, fault.reason)
                        failures += 1
                        await self.clock.sleep(min(self.limits.retry_s * 2**failures, self.limits.retry_most_s))
                        continue
                    on, failures = True, 0
                    self._heard_ns[adapter] = self.clock.now_ns()
                await self.clock.sleep(max(self.limits.tick_s, self.limits.tick_host_s * self.clock.speed))
        finally:
            # Also where a scan was cut off while it began: ending one that never was does nothing.
            await self.radio.stop_scan(adapter)
