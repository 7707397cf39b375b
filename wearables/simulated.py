"""Straps that nobody wears: N of them in this process, with the troubles that real ones have, at seeded times.

What a strap sends carries its serial number in the field for energy (one kJ a frame, as hard work costs about one a
second), so that of every frame it can be told whether, how often and in which order it arrived.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from touchline.errors import BadValue
from wearables.clock import SessionClock
from wearables.gatt import heart_rate
from wearables.gatt.heart_rate import Contact, HeartRateMeasurement
from wearables.model import NS_PER_S
from wearables.radio import RadioFault, Seen
from wearables.simulated_heart import Heart

MOST_STRAPS = 500
POLAR_COMPANY = 0x006B
_TICK_S = 0.5
_FRESH_S = 1.3
"""A strap does not send beats that are older: what nobody heard in a drop-out stays unheard."""
_LOW_PERCENT = 20


class Kind(StrEnum):
    """What goes wrong with a strap for a while."""

    AWAY = "away"
    """Out of range: a link breaks, nothing is heard."""
    STALLED = "stalled"
    """The link stands, and nothing comes."""
    NO_CONTACT = "no_contact"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble of one strap, in nanoseconds of the session."""

    kind: Kind
    from_ns: int
    to_ns: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated. ``drops`` are the links that break of each strap in each ``window_s`` seconds of the session;
    the others are the mean numbers of what befalls a strap in that time: ``doubles`` are frames that the system hands
    over twice. ``room`` is how many connections an adapter has. The same values make the same troubles.

    Raises ``BadValue`` for numbers that cannot be.
    """

    straps: tuple[str, ...]
    seed: int = 1
    drops: int = 1
    window_s: float = 600.0
    stalls: float = 0.2
    contact_losses: float = 0.3
    bad_frames: float = 0.3
    doubles: float = 0.0
    room: int = 7

    def __post_init__(self) -> None:
        if len(self.straps) > MOST_STRAPS:
            raise BadValue("wearables.errors.bad_simulation", what="straps", value=len(self.straps), most=MOST_STRAPS)
        if not 0 <= self.drops <= 50:
            raise BadValue("wearables.errors.bad_simulation", what="drops", value=self.drops, most=50)
        if not 1 <= self.room <= MOST_STRAPS:
            raise BadValue("wearables.errors.bad_simulation", what="room", value=self.room, most=MOST_STRAPS)
        if not 1 <= self.window_s <= 86400:
            raise BadValue("wearables.errors.bad_simulation", what="seconds", value=self.window_s, most=86400)

    def document(self) -> dict[str, Any]:
        """The simulation as a JSON-ready document."""
        return {**asdict(self), "straps": list(self.straps)}

    @classmethod
    def from_document(cls, told: Mapping[str, Any]) -> Simulation:
        """The simulation that ``document`` wrote."""
        return cls(**{**told, "straps": tuple(told["straps"])})

    def troubles(self, address: str, at_ns: int) -> tuple[Trouble, ...]:
        """What befalls a strap in the window that holds ``at_ns``, by its beginning."""
        return _troubles(self, address, int(at_ns / NS_PER_S // self.window_s))


def addresses(count: int) -> tuple[str, ...]:
    """The addresses of ``count`` straps; ``51:`` says to who reads that they are simulated. Raises ``BadValue``."""
    if not 1 <= count <= MOST_STRAPS:
        raise BadValue("wearables.errors.bad_simulation", what="straps", value=count, most=MOST_STRAPS)
    return tuple(f"51:00:00:00:{n >> 8:02X}:{n & 255:02X}" for n in range(1, count + 1))


@lru_cache(maxsize=2048)
def _troubles(simulation: Simulation, address: str, window: int) -> tuple[Trouble, ...]:
    draw = random.Random(f"{simulation.seed}/{address}/{window}")
    begins_s, length_s = window * simulation.window_s, simulation.window_s
    found: list[tuple[Kind, float, float]] = []
    slot_s = 0.8 * length_s / max(1, simulation.drops)
    for k in range(simulation.drops):
        from_s = begins_s + 0.1 * length_s + slot_s * (k + draw.uniform(0, 0.55))
        lasts_s = draw.uniform(1.5, 4) if draw.random() < 0.6 else draw.uniform(6, 20)
        found.append((Kind.AWAY, from_s, from_s + min(lasts_s, 0.3 * slot_s)))
    for kind, mean in ((Kind.STALLED, simulation.stalls), (Kind.NO_CONTACT, simulation.contact_losses)):
        for _ in range(int(mean) + (draw.random() < mean % 1)):
            from_s = begins_s + draw.uniform(0.1, 0.85) * length_s
            found.append((kind, from_s, from_s + min(draw.uniform(7, 25), 0.1 * length_s)))
    nanos = sorted((round(from_s * NS_PER_S), round(to_s * NS_PER_S), kind) for kind, from_s, to_s in found)
    return tuple(Trouble(kind, from_ns, to_ns) for from_ns, to_ns, kind in nanos)


@dataclass(frozen=True, slots=True)
class Sent:
    """One notification that a strap sent. ``good``: it is a whole packet; a bad one has no serial number in it."""

    address: str
    serial: int
    at_ns: int
    data: bytes
    good: bool


@dataclass(slots=True)
class _Strap:
    """One simulated strap, as it is now."""

    address: str
    name: str
    simulation: Simulation
    heart: Heart
    draw: random.Random
    serial: int = 0
    link: SimulatedLink | None = None
    takers: list[tuple[object, str, Callable[[bytes], None]]] = field(default_factory=list)
    shows_contact: bool = True
    charge: float = 80.0
    hours: float = 30.0
    heard: int = -1

    def trouble(self, kind: Kind, at_ns: int) -> Trouble | None:
        """The trouble of a kind that the strap is in."""
        here = self.simulation.troubles(self.address, at_ns)
        return next((each for each in here if each.kind is kind and each.from_ns <= at_ns < each.to_ns), None)

    def percent(self, at_ns: int) -> int:
        """What is left in its battery."""
        return max(1, round(self.charge - 100 * at_ns / NS_PER_S / 3600 / self.hours))

    def measured(self, at_ns: int) -> HeartRateMeasurement:
        """What the strap measures at an instant, without its serial number."""
        beats = self.heart.beats(at_ns / NS_PER_S)
        lost = self.trouble(Kind.NO_CONTACT, at_ns) is not None
        contact = Contact.NOT_SUPPORTED
        if self.shows_contact:
            contact = Contact.NOT_DETECTED if lost else Contact.DETECTED
        if lost:
            return HeartRateMeasurement(0, contact)
        rr = tuple(rr_1024 for beat_s, rr_1024 in beats if beat_s > at_ns / NS_PER_S - _FRESH_S)
        return HeartRateMeasurement(self.heart.rate_bpm, contact, rr_1024=rr)

    def happens(self, mean: float) -> bool:
        """Whether what happens ``mean`` times a window happens with this frame."""
        return self.draw.random() < mean / self.simulation.window_s


class SimulatedRadio:
    """A radio (``wearables.radio.Radio``) with simulated straps. ``sent`` hears every notification as it leaves its
    strap; ``serials`` are the last ones of an earlier run of the same session."""

    def __init__(
        self,
        simulation: Simulation,
        clock: SessionClock,
        sent: Callable[[Sent], None] = lambda each: None,
        serials: Mapping[str, int] | None = None,
    ) -> None:
        self.simulation, self.clock, self.sent = simulation, clock, sent
        self._serials = dict(serials or {})
        self._straps: dict[str, _Strap] = {}
        self._scans: dict[str, asyncio.Task[None]] = {}
        for address in simulation.straps:
            self.take(address)

    def take(self, address: str) -> None:
        """Let there be a strap of this address, if there is none."""
        if address.lower() in self._straps:
            return
        seed = f"{self.simulation.seed}/{address.lower()}"
        draw = random.Random(seed)
        strap = self._straps[address.lower()] = _Strap(
            address,
            f"Sim HR {len(self._straps) + 1:02}",
            self.simulation,
            Heart(seed, self.clock.now_ns() / NS_PER_S),
            draw,
            self._serials.get(address, 0),
        )
        strap.shows_contact = draw.random() < 0.7
        strap.charge = draw.uniform(16, 24) if draw.random() < 0.1 else draw.uniform(35, 100)
        strap.hours = draw.uniform(12, 40)

    async def adapters(self) -> Sequence[str]:
        """``sim0``, ``sim1`` and so on: as many as it needs."""
        return [f"sim{k}" for k in range(max(1, -(-len(self._straps) // self.simulation.room)))]

    async def scan(self, seen: Callable[[Seen], None], adapter: str) -> None:
        """Call ``seen`` with what the straps that are free and in range advertise, about once a second each."""
        await self.stop_scan(adapter)
        self._scans[adapter] = asyncio.create_task(self._scan(seen, adapter))

    async def _scan(self, seen: Callable[[Seen], None], adapter: str) -> None:
        while True:
            await self.clock.sleep(_TICK_S)
            at_ns = self.clock.now_ns()
            for strap in list(self._straps.values()):
                if strap.link is None and strap.trouble(Kind.AWAY, at_ns) is None and strap.draw.random() < 0.7:
                    seen(self._advertised(strap, at_ns, adapter))

    def _advertised(self, strap: _Strap, at_ns: int, adapter: str) -> Seen:
        if strap.heard < at_ns // NS_PER_S:
            strap.heard = at_ns // NS_PER_S
        now = strap.measured(strap.heard * NS_PER_S)
        low = strap.percent(at_ns) <= _LOW_PERCENT
        block = bytes(
            [
                low | (now.hr_bpm > 0) << 1 | (strap.heard & 7) << 2 | 1 << 5,
                0,
                min(255, now.hr_bpm),
                min(255, now.hr_bpm),
            ]
        )
        dbm = -55 - strap.draw.randrange(25)
        return Seen(strap.address, strap.name, dbm, adapter, {POLAR_COMPANY: block}, ("0x180D",))

    async def stop_scan(self, adapter: str) -> None:
        """End listening on an adapter."""
        task = self._scans.pop(adapter, None)
        if task is not None:
            await _ended(task)

    async def connect(self, address: str, adapter: str, lost: Callable[[], None], timeout_s: float) -> SimulatedLink:
        """A link to a strap. Raises ``RadioFault``: ``not_found`` out of range, ``connect_failed`` where an adapter has
        no room, the strap has a link, or by chance; ``timed_out``."""
        strap = self._straps.get(address.lower())
        try:
            async with asyncio.timeout(timeout_s):
                await self.clock.sleep(0.1 if strap is None else strap.draw.uniform(0.1, 0.5))
        except TimeoutError:
            raise RadioFault("wearables.errors.timed_out", address=address, reason="simulated") from None
        if strap is None or strap.trouble(Kind.AWAY, self.clock.now_ns()) is not None:
            raise RadioFault("wearables.errors.not_found", address=address)
        links = [each.link for each in self._straps.values() if each.link is not None]
        full = sum(link.adapter == adapter for link in links) >= self.simulation.room
        if full or strap.link is not None or strap.draw.random() < 0.03:
            raise RadioFault("wearables.errors.connect_failed", address=address, reason="simulated")
        return SimulatedLink(self, strap, adapter, lost)

    async def close(self) -> None:
        """End every scan and every link."""
        for adapter in list(self._scans):
            await self.stop_scan(adapter)
        for strap in self._straps.values():
            strap.takers.clear()
            if strap.link is not None:
                await strap.link.disconnect()

    async def reopen(self) -> None:
        """Begin anew."""
        await self.close()


class SimulatedLink:
    """A link to a simulated strap. One that was lost still listens until ``disconnect``, as the system's does: who
    connects again before that hears everything twice."""

    def __init__(self, radio: SimulatedRadio, strap: _Strap, adapter: str, lost: Callable[[], None]) -> None:
        self.address, self.adapter = strap.address, adapter
        self._radio, self._strap, self._lost = radio, strap, lost
        strap.link = self
        self._task = asyncio.create_task(self._live())

    async def read(self, characteristic: str) -> bytes:
        """Battery, maker, model, firmware. Raises ``RadioFault``."""
        await self._radio.clock.sleep(0.03)
        strap, at_ns = self._strap, self._radio.clock.now_ns()
        if strap.link is not self:
            raise RadioFault(
                "wearables.errors.gatt_failed", address=self.address, name=characteristic, reason="simulated"
            )
        values = {
            "0x2A19": bytes([strap.percent(at_ns)]),
            "0x2A29": b"Touchline",
            "0x2A24": b"Simulated strap",
            "0x2A26": b"1.0",
        }
        if characteristic not in values:
            raise RadioFault(
                "wearables.errors.gatt_failed", address=self.address, name=characteristic, reason="simulated"
            )
        return values[characteristic]

    async def subscribe(self, characteristic: str, take: Callable[[bytes], None]) -> None:
        """Hear the heart rate (``0x2A37``) or the battery (``0x2A19``). Raises ``RadioFault``."""
        await self._radio.clock.sleep(0.03)
        if self._strap.link is not self or characteristic not in ("0x2A37", "0x2A19"):
            raise RadioFault(
                "wearables.errors.gatt_failed", address=self.address, name=characteristic, reason="simulated"
            )
        self._strap.takers.append((self, characteristic, take))

    async def disconnect(self) -> None:
        """End the link, whether it stands or was lost."""
        self._strap.takers = [taker for taker in self._strap.takers if taker[0] is not self]
        if self._strap.link is self:
            self._strap.link = None
        await _ended(self._task)

    async def _live(self) -> None:
        """Send until the strap gets out of range."""
        strap, clock = self._strap, self._radio.clock
        due_ns = clock.now_ns()
        percent = strap.percent(due_ns)
        while True:
            due_ns += round(NS_PER_S * strap.draw.uniform(0.985, 1.015))
            broke = await self._wait(due_ns)
            if broke:
                strap.link = None
                self._lost()
                return
            at_ns = clock.now_ns()
            if percent != strap.percent(at_ns):
                percent = strap.percent(at_ns)
                self._tell("0x2A19", bytes([percent]))
            listening = any(characteristic == "0x2A37" for _, characteristic, _ in strap.takers)
            if listening and strap.trouble(Kind.STALLED, at_ns) is None:
                self._send(at_ns)

    async def _wait(self, due_ns: int) -> bool:
        """Wait for the next frame's time; whether the strap got out of range on the way."""
        strap, clock = self._strap, self._radio.clock
        began_ns = clock.now_ns()
        for each in strap.simulation.troubles(strap.address, due_ns):
            if each.kind is Kind.AWAY and each.from_ns <= due_ns and each.to_ns > began_ns:
                await clock.sleep_until(each.from_ns)
                return True
        await clock.sleep_until(due_ns)
        return strap.trouble(Kind.AWAY, clock.now_ns()) is not None

    def _send(self, at_ns: int) -> None:
        strap = self._strap
        strap.serial += 1
        now, good = strap.measured(at_ns), not strap.happens(strap.simulation.bad_frames)
        data = heart_rate.encode(HeartRateMeasurement(now.hr_bpm, now.contact, strap.serial & 0xFFFF, now.rr_1024))
        if not good:
            data = bytes([data[0] | 1, strap.serial & 0xFF])
        self._radio.sent(Sent(strap.address, strap.serial, at_ns, data, good))
        twice = good and strap.happens(strap.simulation.doubles)
        for _ in range(1 + twice):
            self._tell("0x2A37", data)

    def _tell(self, characteristic: str, data: bytes) -> None:
        for _, wanted, take in list(self._strap.takers):
            if wanted == characteristic:
                take(data)


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, unless it is the one that asks."""
    if task is asyncio.current_task() or task.done():
        return
    task.cancel()
    await asyncio.wait([task])
