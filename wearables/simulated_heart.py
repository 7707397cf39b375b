"""A heart that nobody has: rates and RR intervals that belong together, through rest, warm-up, intervals, recovery."""

from __future__ import annotations

import math
import random
from collections import deque

from touchline.measure import RR_TICKS_PER_S

PROGRAMME: tuple[tuple[float, float, float], ...] = (
    (45.0, 0.08, 0.08),
    (120.0, 0.35, 0.62),
    *((45.0, effort, effort) for _ in range(6) for effort in (0.92, 0.55)),
    (120.0, 0.30, 0.15),
)
"""Seconds, and the share of the heart-rate reserve that is asked for at their beginning and at their end: rest,
warm-up, six intervals with easy running between, recovery. It begins anew when it is over."""
CYCLE_S = sum(seconds for seconds, _, _ in PROGRAMME)
_SHORTEST_S, _LONGEST_S = 0.25, 2.0
_BREATHS_HZ = 0.27
_CATCH_UP_S = 60.0


class Heart:
    """The heart of one simulated athlete; ``seed`` names it, and the same seed is the same heart.

    ``at_s`` is until when it has beaten, in seconds of the session.
    """

    def __init__(self, seed: str, at_s: float = 0.0) -> None:
        draw = self._draw = random.Random(seed)
        self.rest_bpm, self.max_bpm = draw.uniform(48, 68), draw.uniform(182, 205)
        self._up_s, self._down_s = draw.uniform(18, 32), draw.uniform(28, 60)
        self._strength, self._late_s = draw.uniform(0.93, 1.05), draw.uniform(0, 12)
        self._breath, self._noise = draw.uniform(0.02, 0.07), draw.uniform(0.006, 0.016)
        self._phase = draw.uniform(0, math.tau)
        self.at_s = at_s
        self._bpm = self._wanted_bpm(at_s)
        self._last: deque[int] = deque(maxlen=5)

    def effort(self, at_s: float) -> float:
        """The share of the heart-rate reserve that the programme asks for, 0 to 1."""
        left_s = max(0.0, at_s - self._late_s) % CYCLE_S
        for seconds, begins, ends in PROGRAMME:
            if left_s < seconds:
                return min(1.0, (begins + (ends - begins) * left_s / seconds) * self._strength)
            left_s -= seconds
        return PROGRAMME[-1][2]

    def _wanted_bpm(self, at_s: float) -> float:
        return self.rest_bpm + self.effort(at_s) * (self.max_bpm - self.rest_bpm)

    def _follow(self, seconds: float) -> None:
        wanted = self._wanted_bpm(self.at_s)
        slowness_s = self._up_s if wanted > self._bpm else self._down_s
        self._bpm += (wanted - self._bpm) * -math.expm1(-seconds / slowness_s)

    def beats(self, until_s: float) -> list[tuple[float, int]]:
        """The beats up to ``until_s`` that were not given yet: when each came in seconds, and its RR in 1/1024 s."""
        while (
            until_s - self.at_s > _CATCH_UP_S
        ):  # nobody listened for long: what nobody heard is not drawn beat by beat
            self._follow(1.0)
            self.at_s += 1.0
            self._last.clear()
        found: list[tuple[float, int]] = []
        while True:
            calm = (1 - self.effort(self.at_s)) ** 2
            waves = 1 + self._breath * calm * math.sin(math.tau * _BREATHS_HZ * self.at_s + self._phase)
            rr_s = 60 / self._bpm * (waves + self._draw.gauss(0, self._noise) * (0.2 + calm))
            rr_1024 = round(min(_LONGEST_S, max(_SHORTEST_S, rr_s)) * RR_TICKS_PER_S)
            if self.at_s + rr_1024 / RR_TICKS_PER_S > until_s:
                return found
            self._follow(rr_1024 / RR_TICKS_PER_S)
            self.at_s += rr_1024 / RR_TICKS_PER_S
            self._last.append(rr_1024)
            found.append((self.at_s, rr_1024))

    @property
    def rate_bpm(self) -> int:
        """The rate that a strap shows: that of the last beats, in whole beats a minute."""
        if not self._last:
            return round(self._bpm)
        return round(60 * RR_TICKS_PER_S * len(self._last) / sum(self._last))
