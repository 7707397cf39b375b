"""A radio that does what a script says, in a loop whose time passes by itself: hours of a session in a blink."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Mapping, Sequence

from wearables.radio import RadioFault, Seen


class _Leap(selectors.DefaultSelector):
    """Waits for nothing: what would be waited for has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nobody would ever wake this loop")
        self.passed_s += max(timeout, 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop in which an hour takes as long as what happens in it."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.passed_s

    def monotonic_ns(self) -> int:
        return round(self._leap.passed_s * 1e9)


def fault(reason: str) -> RadioFault:
    return RadioFault(f"wearables.errors.{reason}", address="", reason="", name="", adapter="")


class ScriptedLink:
    """A link; ``ended`` once ``disconnect`` has come back."""

    def __init__(self, radio: ScriptedRadio, address: str, adapter: str, lost: Callable[[], None]) -> None:
        self.radio, self.address, self.adapter, self.lost = radio, address, adapter, lost
        self.stands, self.ended = True, False
        self.take: Callable[[bytes], None] | None = None

    def break_off(self) -> None:
        if self.stands:
            self.stands = False
            self.lost()

    async def read(self, characteristic: str) -> bytes:
        await asyncio.sleep(self.radio.answer_s)
        if not self.stands or self.radio.mute:
            raise fault("gatt_failed")
        return b"\x50"

    async def subscribe(self, characteristic: str, take: Callable[[bytes], None]) -> None:
        await asyncio.sleep(self.radio.answer_s)
        if not self.stands or self.radio.mute:
            raise fault("gatt_failed")
        if characteristic == "0x2A37":
            self.take = take

    async def disconnect(self) -> None:
        self.stands = False
        await asyncio.sleep(self.radio.end_s)
        self.ended = True


class ScriptedRadio:
    """A radio of ``limits`` (connections by adapter). ``wrong`` says what the recorder should not have done."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self.limits = limits
        self.there = list(limits)
        self.up = True
        self.outcome: str | None = None
        """The word for which the next attempts fail; None: they do not. ``hangs``: they never come back."""
        self.connect_s = self.answer_s = self.end_s = 0.1
        self.mute = False
        self.scans: dict[str, Callable[[Seen], None]] = {}
        self.links: list[ScriptedLink] = []
        self.trying: dict[str, str] = {}
        self.wrong: list[str] = []
        self.closed = False

    def advertise(self, address: str, manufacturer: Mapping[int, bytes] | None = None) -> None:
        for adapter, seen in list(self.scans.items()):
            seen(Seen(address, None, -60, adapter, manufacturer or {}))

    def link_of(self, address: str) -> ScriptedLink | None:
        return next((link for link in self.links if link.address == address and link.stands), None)

    def fall(self) -> None:
        self.up = False
        self.scans.clear()
        for link in self.links:
            link.break_off()

    async def adapters(self) -> Sequence[str]:
        if not self.up:
            raise fault("radio_down")
        return list(self.there)

    async def scan(self, seen: Callable[[Seen], None], adapter: str) -> None:
        if not self.up:
            raise fault("radio_down")
        if adapter in self.scans:
            self.wrong.append(f"a second scan on {adapter}")
        self.scans[adapter] = seen

    async def stop_scan(self, adapter: str) -> None:
        self.scans.pop(adapter, None)

    async def connect(self, address: str, adapter: str, lost: Callable[[], None], timeout_s: float) -> ScriptedLink:
        if adapter in self.trying:
            self.wrong.append(f"two attempts at once on {adapter}")
        if address in self.trying.values():
            self.wrong.append(f"two attempts at once at {address}")
        if any(link.address == address and not link.ended for link in self.links):
            self.wrong.append(f"{address} is connected again before its last link was ended")
        if sum(link.adapter == adapter and not link.ended for link in self.links) >= self.limits[adapter]:
            self.wrong.append(f"more links than {adapter} holds")
        self.trying[adapter] = address
        try:
            if self.outcome == "hangs":
                await asyncio.sleep(timeout_s)
                raise fault("timed_out")
            await asyncio.sleep(min(self.connect_s, timeout_s))
            if not self.up or adapter not in self.there:
                raise fault("radio_down")
            if self.outcome is not None:
                raise fault(self.outcome)
        finally:
            del self.trying[adapter]
        link = ScriptedLink(self, address, adapter, lost)
        self.links = [*(one for one in self.links if not one.ended), link]
        return link

    async def close(self) -> None:
        self.closed = True
        self.scans.clear()

    async def reopen(self) -> None:
        if not self.up:
            raise fault("radio_down")
