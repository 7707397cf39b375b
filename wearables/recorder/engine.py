"""The recorder: listens to a squad's straps through whatever radio it is given, and keeps everything that they send.

One loop. Four times a second it works out each strap's state and deals out connections; each connection is a task from
the attempt to the awaited end of its link, and a strap that has such a task gets no second one. What a strap sends is
stamped first thing, kept as it came, and only then looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from touchline.errors import BadValue
from wearables.clock import SessionClock
from wearables.model import NS_PER_S, Event, EventKind, Mode, Status, Strap, StrapState
from wearables.radio import Radio, RadioFault, Seen
from wearables.recorder.adapters import Adapter, Places
from wearables.recorder.attending import Attendance
from wearables.recorder.intake import Intake
from wearables.recorder.limits import Limits
from wearables.recorder.scanning import Scans
from wearables.recorder.sink import Sink
from wearables.recorder.watching import Watch


class Recorder:
    """Records ``straps`` through ``radio`` into ``sink``. ``chance`` draws the pauses between attempts.

    Raises ``BadValue`` where two straps have the same number or address.
    """

    def __init__(
        self,
        radio: Radio,
        clock: SessionClock,
        straps: Sequence[Strap],
        sink: Sink,
        *,
        limits: Limits = Limits(),  # noqa: B008  frozen
        chance: random.Random | None = None,
    ) -> None:
        self.radio, self.clock, self.sink, self.limits = radio, clock, sink, limits
        self.chance = random.Random() if chance is None else chance
        self.faults: Counter[int] = Counter()
        """Exceptions within callbacks, by strap (0: of no strap). They are the recorder's own and should be none."""
        self.places = Places(limits)
        self.scans = Scans(radio, clock, limits, self._saw, self._wanted, self._scan_fault)
        self._watches: dict[int, Watch] = {}
        self._intakes: dict[int, Intake] = {}
        self._by_address: dict[str, Watch] = {}
        self._attendances: dict[int, Attendance] = {}
        self._stopping = asyncio.Event()
        self._check = asyncio.Event()
        self._up: bool | None = None
        self._ticked_ns = 0
        for strap in straps:
            self.add(strap)

    # From outside

    def add(self, strap: Strap) -> None:
        """Take a strap in, before the session or during it. Raises ``BadValue`` where number or address are taken."""
        for watch in self._watches.values():
            if watch.strap.number == strap.number:
                raise BadValue("wearables.errors.strap_twice", what="number", value=strap.number)
            if watch.strap.address.lower() == strap.address.lower():
                raise BadValue("wearables.errors.strap_twice", what="address", value=strap.address)
        watch = Watch(strap, self.limits, waiting_ns=self.clock.now_ns())
        self._watches[strap.number] = watch
        self._intakes[strap.number] = Intake(strap.number, self.clock, self.limits, self.sink.put)
        self._bind(watch)
        self.note(EventKind.STATE, strap.number, {"state": watch.state.value})

    def states(self) -> Mapping[int, StrapState]:
        """The state of each strap by its number, as it was last told."""
        return {number: watch.state for number, watch in self._watches.items()}

    def low_batteries(self) -> frozenset[int]:
        """The numbers of the straps whose battery is low."""
        return frozenset(number for number, watch in self._watches.items() if watch.low)

    def stop(self) -> None:
        """End the recording: ``run`` ends every link and returns."""
        self._stopping.set()
        self._check.set()

    async def run(self) -> None:
        """Record until ``stop``. Nothing that a radio does ends it: where there is none, it waits for one."""
        ticking = asyncio.create_task(self._tick_on(), name="ticks")
        ticking.add_done_callback(lambda _: self.stop())
        try:
            while not self._stopping.is_set():
                if await self._open():
                    await self._serve()
                await self._end_links("stopped" if self._stopping.is_set() else "radio_down")
        finally:
            self.stop()  # also where this task was cancelled: nobody is connected any more
            await self._end_links("stopped")
            await self.radio.close()
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking  # raises what ended it, if something did

    # What happens, as rows

    def note(self, kind: EventKind, strap: int | None, detail: Mapping[str, Any], at_ns: int | None = None) -> None:
        """Put an event into the record."""
        at_ns = self.clock.now_ns() if at_ns is None else at_ns
        self.sink.put(Event(kind, at_ns, self.clock.utc_us(at_ns), strap, detail))

    def judge(self, watch: Watch, now_ns: int | None = None) -> None:
        """Tell the state of a strap where it changed."""
        if self._stopping.is_set():
            return
        event = watch.changed(self.clock.now_ns() if now_ns is None else now_ns, self.clock.utc_us)
        if event is not None:
            self.sink.put(event)

    def tell_battery(self, watch: Watch, at_ns: int, percent: int | None = None, low: bool | None = None) -> None:
        """Take in what a strap says of its battery: a percentage, or the bit of a broadcast."""
        before = watch.low
        if percent is not None:
            if percent != watch.percent:
                self.note(EventKind.BATTERY, watch.strap.number, {"percent": percent}, at_ns)
            watch.percent = percent
            bound = self.limits.battery_good_percent - 1 if watch.low_by_percent else self.limits.low_battery_percent
            watch.low_by_percent = percent <= bound
        if low is not None:
            watch.low_by_bit = low
            watch.bit_was_clear = watch.bit_was_clear or not low
        if watch.low is not before:
            self.note(EventKind.LOW_BATTERY, watch.strap.number, {"low": watch.low}, at_ns)

    # What the radio calls

    def take(self, watch: Watch, data: bytes) -> None:
        """A notification of a rate. Never raises: bleak would only log it, and the frame would be gone."""
        at_ns = self.clock.now_ns()
        try:
            reading = self._intakes[watch.strap.number].heart_rate(bytes(data), at_ns)
            if reading.frame.status is Status.OK:
                watch.hear(at_ns, reading.contact)
            elif reading.frame.status is Status.REFUSED:
                if watch.refused_ns is None:
                    self.note(EventKind.FAULT, watch.strap.number, {"reason": "bad_frame"}, at_ns)
                watch.refused_ns = at_ns
            self.judge(watch, at_ns)
        except Exception:  # noqa: BLE001  see above: whatever it was, the next frame must find its way
            self.own_fault(watch.strap.number)

    def take_battery(self, watch: Watch, data: bytes) -> None:
        """A notification or a value of a battery. Never raises."""
        at_ns = self.clock.now_ns()
        try:
            percent = self._intakes[watch.strap.number].battery(bytes(data), at_ns)
            if percent is not None:
                self.tell_battery(watch, at_ns, percent=percent)
        except Exception:  # noqa: BLE001  as in ``take``
            self.own_fault(watch.strap.number)

    def _saw(self, seen: Seen) -> None:
        at_ns = self.clock.now_ns()
        try:
            watch = self._by_address.get(seen.address.lower()) or self._by_name(seen)
            if watch is None:
                return
            watch.saw(seen, at_ns)
            self.places.seen(watch, seen.adapter, at_ns)
            if watch.linked_ns is None and seen.manufacturer:
                self._take_broadcast(watch, seen, at_ns)
        except Exception:  # noqa: BLE001  as in ``take``
            self.own_fault(0)

    def _take_broadcast(self, watch: Watch, seen: Seen, at_ns: int) -> None:
        reading = self._intakes[watch.strap.number].broadcast(seen.manufacturer, seen.adapter, at_ns)
        if reading is None or reading.frame.status is not Status.OK:
            return
        watch.hear_broadcast(at_ns, reading.contact)
        self.tell_battery(watch, at_ns, low=reading.battery_low)
        self.judge(watch, at_ns)

    def _by_name(self, seen: Seen) -> Watch | None:
        if seen.name is None:
            return None
        for watch in self._watches.values():
            if watch.address is None and watch.matches(seen):
                watch.address = seen.address
                self._bind(watch)
                return watch
        return None

    def _bind(self, watch: Watch) -> None:
        if watch.address is not None:
            self._by_address.setdefault(watch.address.lower(), watch)

    def own_fault(self, strap: int) -> None:
        """Count a fault of this program; the first of each strap is told."""
        self.faults[strap] += 1
        if self.faults[strap] == 1:
            self.note(EventKind.FAULT, strap or None, {"reason": "callback"})

    # Scanning and connecting

    def _wanted(self) -> bool:
        return any(watch.linked_ns is None or watch.strap.mode is Mode.BROADCAST for watch in self._watches.values())

    def _scan_fault(self, adapter: str, reason: str) -> None:
        self.note(EventKind.FAULT, None, {"reason": reason, "adapter": adapter, "doing": "scan"})
        if reason == "radio_down":
            self._check.set()

    def deal(self) -> None:
        """Give out what connections there are to those who wait for one."""
        if self._stopping.is_set() or not self._up:
            return
        now_ns = self.clock.now_ns()
        for watch, adapter in self.places.deal(self._watches.values(), now_ns):
            watch.begin_attempt(adapter.name)
            self.judge(watch, now_ns)
            self._attendances[watch.strap.number] = Attendance(self, watch, adapter, self._intakes[watch.strap.number])

    def left(self, watch: Watch, adapter: Adapter) -> None:
        """An attendance is over: its link was ended for good."""
        self._attendances.pop(watch.strap.number, None)
        self.places.leave(watch, adapter)
        watch.leave()
        self.judge(watch)
        self.deal()

    def look_at_radio(self) -> None:
        """A link broke: perhaps it was not the only one, and the radio is gone."""
        self._check.set()

    async def _end_links(self, reason: str) -> None:
        await self.scans.end_all()
        attendances = list(self._attendances.values())
        for attendance in attendances:
            attendance.end(reason)
        await asyncio.gather(*(attendance.task for attendance in attendances), return_exceptions=True)

    # The radio as a whole

    async def _open(self) -> bool:
        """Whether there are adapters; False where the recording ends before there are."""
        failures = 0
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(max(self.clock.host_s(self.limits.gatt_s), self.limits.reopen_host_s)):
                    if self._up is False:
                        await self.radio.reopen()
                    names = await self.radio.adapters()
                if names:
                    self._bring(names)
                    if not self._up:
                        self.note(EventKind.RADIO, None, {"up": True, "adapters": list(names)})
                    self._up = True
                    return True
                reason = "no_adapter"
            except (RadioFault, TimeoutError) as fault:
                reason = fault.reason if isinstance(fault, RadioFault) else "timed_out"
            self._tell_down(reason)
            failures += 1
            pause_s = min(self.limits.again_s * 2**failures, self.limits.reopen_most_s)
            await self._wait(pause_s)
        return False

    async def _serve(self) -> None:
        """Until the radio is gone or the recording ends."""
        for name in self.places.adapters:
            self.scans.begin(name)
        self.deal()
        while not self._stopping.is_set():
            await self._wait(max(self.limits.radio_every_s, self.limits.radio_host_s * self.clock.speed))
            try:
                async with asyncio.timeout(max(self.clock.host_s(self.limits.gatt_s), self.limits.reopen_host_s)):
                    names = await self.radio.adapters()
            except (RadioFault, TimeoutError) as fault:
                self._tell_down(fault.reason if isinstance(fault, RadioFault) else "timed_out")
                return
            if not names:
                self._tell_down("no_adapter")
                return
            gone = self._bring(names)
            for name in gone:
                await self.scans.end(name)
            for name in names:
                self.scans.begin(name)

    def _bring(self, names: Sequence[str]) -> list[str]:
        _, gone = self.places.bring(names)
        for attendance in list(self._attendances.values()):
            if attendance.adapter.name in gone:
                attendance.end("no_adapter")
        return gone

    def _tell_down(self, reason: str) -> None:
        if self._up is not False:
            self.note(EventKind.RADIO, None, {"up": False, "reason": reason})
        self._up = False
        for watch in self._watches.values():
            watch.sightings.clear()
        for attendance in list(self._attendances.values()):
            attendance.end("radio_down")

    async def _wait(self, session_s: float) -> None:
        """Wait so long, or until something asks for a look at the radio."""
        try:
            async with asyncio.timeout(self.clock.host_s(session_s)):
                await self._check.wait()
        except TimeoutError:
            pass
        if not self._stopping.is_set():
            self._check.clear()

    # Time

    async def _tick_on(self) -> None:
        every_s = max(self.limits.tick_s, self.limits.tick_host_s * self.clock.speed)
        self._ticked_ns = self.clock.now_ns()
        while True:
            await self.clock.sleep(every_s)
            self._tick(every_s)

    def _tick(self, every_s: float) -> None:
        now_ns = self.clock.now_ns()
        late_ns = now_ns - self._ticked_ns - round(every_s * NS_PER_S)
        self._ticked_ns = now_ns
        # Where this process itself was held up, straps were not silent: what they sent is still on its way in.
        held_up = late_ns > max(self.limits.stale_s, self.limits.silent_host_s * self.clock.speed) / 2 * NS_PER_S
        for number, watch in list(self._watches.items()):
            if held_up:
                watch.excuse(now_ns)
            self.judge(watch, now_ns)
            attendance = self._attendances.get(number)
            if attendance is not None and not attendance.ending and watch.outworn(now_ns, self.clock.speed):
                watch.silences += 1
                attendance.end(watch.reason or "silent")
        self.deal()
