"""Whatever comes in whatever order: no strap has two links, no adapter two attempts, every link is awaited to its end
before the next, and once all is well again every strap is live."""

from __future__ import annotations

import asyncio
import random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from recording import Kept
from scripted import LeapingLoop, ScriptedRadio

from wearables.clock import SessionClock
from wearables.gatt import heart_rate
from wearables.gatt.heart_rate import HeartRateMeasurement
from wearables.model import Mode, Strap, StrapState
from wearables.recorder.engine import Recorder
from wearables.recorder.limits import Limits

ADAPTERS = {"hci0": 2, "hci1": 1}
STRAPS = 4
RATE = heart_rate.encode(HeartRateMeasurement(70, rr_1024=(870,)))
NO_RATE = heart_rate.encode(HeartRateMeasurement(0))
A_STRAP = st.integers(1, STRAPS)


def address_of(number: int) -> str:
    return f"AA:00:00:00:00:{number:02X}"


class Orders(RuleBasedStateMachine):
    """A recorder on a scripted radio."""

    @initialize(
        seed=st.integers(0, 9),
        last=st.sampled_from(list(Mode)),
        end_s=st.sampled_from([0.0, 12.0]),
        outcome=st.sampled_from([None, "connect_failed"]),
    )
    def begin(self, seed: int, last: Mode, end_s: float, outcome: str | None) -> None:
        self.loop = LeapingLoop()
        self.radio = ScriptedRadio(ADAPTERS)
        self.radio.end_s, self.radio.outcome = end_s, outcome
        self.kept = Kept()
        clock = SessionClock(0, 0, monotonic_ns=self.loop.monotonic_ns)
        modes = [Mode.AUTO] * (STRAPS - 1) + [last]
        straps = [Strap(number, address_of(number), mode=mode) for number, mode in enumerate(modes, start=1)]
        limits = Limits(connections_of=ADAPTERS)
        self.recorder = Recorder(self.radio, clock, straps, self.kept, limits=limits, chance=random.Random(seed))
        self.running = self.loop.create_task(self.recorder.run())
        self.last = last
        self.pass_by(1.0)

    def pass_by(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.3, 2.0, 6.0, 40.0]))
    def wait(self, seconds: float) -> None:
        self.pass_by(seconds)

    @rule(number=A_STRAP)
    def advertise(self, number: int) -> None:
        self.radio.advertise(address_of(number))

    @rule()
    def advertise_all_for_a_while(self) -> None:
        for _ in range(4):
            for number in range(1, STRAPS + 1):
                self.radio.advertise(address_of(number))
            self.pass_by(0.5)

    @rule(number=A_STRAP)
    def lose(self, number: int) -> None:
        link = self.radio.link_of(address_of(number))
        if link is not None:
            link.break_off()

    @rule(number=A_STRAP)
    def come_back_at_once(self, number: int) -> None:
        self.lose(number)
        for _ in range(4):
            self.radio.advertise(address_of(number))
            self.pass_by(1.0)

    @rule(number=A_STRAP, data=st.sampled_from([RATE, RATE, NO_RATE, b"\x10"]))
    def send(self, number: int, data: bytes) -> None:
        link = self.radio.link_of(address_of(number))
        if link is not None and link.take is not None:
            link.take(data)

    @rule(outcome=st.sampled_from([None, "connect_failed", "timed_out", "not_found", "hangs"]))
    def attempts_end_so(self, outcome: str | None) -> None:
        self.radio.outcome = outcome

    @rule(mute=st.booleans(), answer_s=st.sampled_from([0.0, 0.1, 30.0]), end_s=st.sampled_from([0.0, 0.1, 12.0]))
    def answers_come_so(self, mute: bool, answer_s: float, end_s: float) -> None:
        self.radio.mute, self.radio.answer_s, self.radio.end_s = mute, answer_s, end_s

    @rule()
    def fall(self) -> None:
        self.radio.fall()

    @precondition(lambda self: not self.radio.up)
    @rule()
    def rise(self) -> None:
        self.radio.up = True

    @rule(there=st.sampled_from([["hci0"], ["hci1"], ["hci0", "hci1"], []]))
    def have_adapters(self, there: list[str]) -> None:
        self.radio.there = there

    @invariant()
    def nothing_wrong_was_done(self) -> None:
        assert not self.radio.wrong
        assert not self.recorder.faults
        assert not self.running.done()
        for watch in self.recorder._watches.values():
            assert watch.adapter is not None or watch.state is not StrapState.CONNECTING, "nobody is at it"

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        try:
            self.all_becomes_well()
            self.recorder.stop()
            self.loop.run_until_complete(asyncio.wait_for(self.running, 60))
            assert not self.radio.wrong
            assert all(link.ended for link in self.radio.links), "every link was ended"
            assert not self.radio.scans
            assert self.radio.closed
            assert not asyncio.all_tasks(self.loop), "no task is left"
        finally:
            self.running.cancel()
            self.loop.run_until_complete(asyncio.gather(self.running, return_exceptions=True))
            self.loop.close()

    def all_becomes_well(self) -> None:
        radio = self.radio
        radio.up, radio.there, radio.outcome, radio.mute = True, list(ADAPTERS), None, False
        radio.connect_s = radio.answer_s = radio.end_s = 0.1
        for _ in range(250):
            for number in range(1, STRAPS + 1):
                link = radio.link_of(address_of(number))
                if link is None:
                    radio.advertise(address_of(number))
                elif link.take is not None:
                    link.take(RATE)
            self.pass_by(1.0)
            states = list(self.recorder.states().values())
            if states.count(StrapState.LIVE) == sum(ADAPTERS.values()):
                break
        assert not radio.wrong
        assert states.count(StrapState.LIVE) == sum(ADAPTERS.values())
        if self.last is Mode.BROADCAST:
            assert self.recorder.states()[STRAPS] is StrapState.SCANNING


Orders.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.generate],  # a found fault is told as it was found: making it smaller takes minutes
)
TestOrders = Orders.TestCase
