"""The clock of a session: the host's monotonic clock since the session began, at the speed of the session.

A host that sleeps (a closed lid) stops its monotonic clock, and hearts go on beating: what it slept is added, so that
what was heard before is old after it, and wall time stays wall time.

Nothing in ``wearables`` asks the host for the time or sleeps but through one of these, so that ten minutes of a session
can be lived in half a minute, with every rule about seconds unchanged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from touchline.errors import BadValue
from wearables.model import NS_PER_S


def _awake_and_always() -> tuple[int, int] | None:
    """The clock that stands still while the host sleeps, and the one that does not; None where there are no two."""
    clocks = (("CLOCK_UPTIME_RAW", "CLOCK_MONOTONIC_RAW"), ("CLOCK_MONOTONIC", "CLOCK_BOOTTIME"))  # macOS, Linux
    found = [pair for pair in clocks if all(hasattr(time, name) for name in pair)]
    return (getattr(time, found[0][0]), getattr(time, found[0][1])) if found else None


_CLOCKS = _awake_and_always()
_TRIES = 3
"""Two clocks are not read at one instant, and who is kept waiting in between reads too much: the least counts."""


def asleep_ns() -> int:
    """How long this host slept since its system started, in nanoseconds; 0 where the monotonic clock goes on meanwhile
    (Windows), or nobody tells."""
    if _CLOCKS is None:
        return 0
    awake_ns = time.clock_gettime_ns(_CLOCKS[0])
    return time.clock_gettime_ns(_CLOCKS[1]) - awake_ns


class SessionClock:
    """Session time. ``zero_ns`` is the reading of ``monotonic_ns`` at the session's beginning, ``zero_utc_us`` the wall
    time of the same instant; ``speed`` is how many seconds of the session pass in one second of the host.

    Raises ``BadValue`` for a speed that is not above 0.
    """

    def __init__(
        self,
        zero_ns: int,
        zero_utc_us: int,
        speed: float = 1.0,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        asleep_ns: Callable[[], int] = asleep_ns,
    ) -> None:
        if not 0 < speed <= 1000:
            raise BadValue("wearables.errors.bad_speed", speed=speed)
        self.zero_ns, self.zero_utc_us, self.speed = zero_ns, zero_utc_us, speed
        self._monotonic_ns, self._asleep_ns = monotonic_ns, asleep_ns
        self._asleep_before_ns = min(asleep_ns() for _ in range(_TRIES))
        self._slept_ns = 0

    @classmethod
    def starting_now(cls, speed: float = 1.0) -> SessionClock:
        """A clock whose zero is this instant."""
        return cls(time.monotonic_ns(), time.time_ns() // 1000, speed)

    def slept_ns(self) -> int:
        """How many nanoseconds the host slept since this clock was made; less than a second is none."""
        slept_ns = self._asleep_ns() - self._asleep_before_ns
        if slept_ns - self._slept_ns >= NS_PER_S:
            slept_ns = min(self._asleep_ns() for _ in range(_TRIES)) - self._asleep_before_ns
            if slept_ns - self._slept_ns >= NS_PER_S:  # kept as it is then: no further reading would be the same
                self._slept_ns = slept_ns
        return self._slept_ns

    def now_ns(self) -> int:
        """Nanoseconds of the session until now."""
        passed = self._monotonic_ns() - self.zero_ns + self.slept_ns()
        return passed if self.speed == 1.0 else round(passed * self.speed)

    def utc_us(self, at_ns: int) -> int:
        """The wall time of an instant of the session, microseconds since 1970: with a speed above 1 the one that a
        session at the speed of life would have."""
        return self.zero_utc_us + at_ns // 1000

    def host_s(self, session_s: float) -> float:
        """How many seconds of the host ``session_s`` seconds of the session last."""
        return session_s / self.speed

    async def sleep(self, session_s: float) -> None:
        """Wait ``session_s`` seconds of the session."""
        await asyncio.sleep(max(0.0, self.host_s(session_s)))

    async def sleep_until(self, at_ns: int) -> None:
        """Wait until an instant of the session; not at all where it has passed."""
        await self.sleep((at_ns - self.now_ns()) / NS_PER_S)
