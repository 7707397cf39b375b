"""What the match clock burned into a clip's pictures says, by a vote of many readings, and whether a label contradicts
it. Reading single pictures is ``var.foul.clock_reading``'s; here nothing is looked at, only counted.

A running clock ties all readings of a clip together: at ``t`` seconds into the clip it shows the whole part of
``start + rate * t``. The rate is one of two: 1 where the clip runs as it was on air, or the annotated replay speed
where the published clip was made that many times faster, so that life runs at its own speed in it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

LOOK = re.compile(r"(?<![\d:.])(\d{1,3})[:.](\d{2})(?![\d:.])")
"""A match clock: minutes, a colon (which small pictures turn into a point), two digits of seconds."""

LONGEST_MIN = 150
"""Two halves, extra time and what is added to each."""

SLACK_S = 0.25
"""A graphic changes a few pictures after its second, and a replay speed is written to 0.1: at 2.5 s from the middle of
a clip that is 0.13 s. Both sides of a reading's second are widened by this much."""

LEAST = 4
"""So many readings must agree. Three can be one misread digit in a row of neighbouring pictures."""

SHARE = 0.6
"""Of what could be read as a clock so much must agree. Of a clock that stands, the readings of 1.5 s (a second and the
slack on both sides) fit a running one: 30 % of a clip of 5 s. Twice that share can no longer be a clock that stands,
and leaves no room for a second clock that more than 40 % agree on."""

LEAST_VALUES = 3
"""So many different seconds must have been seen; with fewer nobody knows whether the clock runs."""

TELL_S = 1.5
"""What label and picture may differ by in a clip that runs as on air: the second that a clock does not show further,
and half a second of graphics and cutting."""

FRAMES_S = 0.5
"""Published readers take the frames 63 to 87 of 125 for the annotated moment: half a second before and after. A faster
clip makes as many seconds more on air of it."""

PERIODS_MIN = (45, 90, 105)
"""What stands on the clock where a later half, extra time and its second half begin."""

PERIOD_S = 30.0
"""A recording of a half may begin so long before or after its first whistle."""

ADDED_S = 1200.0
"""Some broadcasts count added time from 0:00 beside a clock that stands; it does not last longer than this."""


class NotRead(StrEnum):
    """Why the clock of a clip is not known."""

    NO_CLOCK = "no_clock"
    FEW = "few"
    UNCLEAR = "unclear"
    STANDS = "stands"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock that was read in one picture: ``at_s`` into the clip, and what it shows in seconds."""

    at_s: float
    clock_s: int


@dataclass(frozen=True, slots=True)
class PictureClock:
    """The clock of a clip. Where it is not known ``why`` says why, and ``start_s`` and ``rate`` are None.

    Of ``looked`` pictures ``parsed`` showed something like a clock, and ``agreeing`` of those fit one that runs.
    """

    looked: int
    parsed: int
    agreeing: int = 0
    why: NotRead | None = None
    start_s: float | None = None
    rate: float | None = None

    def at_s(self, seconds: float) -> float | None:
        """What the clock is at ``seconds`` into the clip, to about half a second; None where it is not known."""
        if self.start_s is None or self.rate is None:
            return None
        return self.start_s + self.rate * seconds


def clocks(text: str) -> Iterator[tuple[int, int, int]]:
    """Everything in ``text`` that looks like a match clock: its seconds, and where in the text it begins and ends."""
    for found in LOOK.finditer(text):
        minutes, seconds = int(found[1]), int(found[2])
        if seconds < 60 and minutes <= LONGEST_MIN and not (len(found[1]) == 3 and found[1][0] == "0"):
            yield 60 * minutes + seconds, found.start(), found.end()


def vote(readings: Sequence[Reading], looked: int, speed: float | None = None) -> PictureClock:
    """The clock that a clear majority of the readings agrees on, or why there is none. ``speed`` is the annotated
    replay speed."""
    parsed = len(readings)
    if not parsed:
        return PictureClock(looked, 0, why=NotRead.NO_CLOCK)
    best = max((_fit(readings, rate) for rate in dict.fromkeys((1.0, speed or 1.0))), key=lambda fit: len(fit.agreeing))
    count = len(best.agreeing)
    standing = max(Counter(reading.clock_s for reading in readings).values())
    if standing >= max(LEAST, SHARE * parsed) and standing >= count:
        return PictureClock(looked, parsed, standing, NotRead.STANDS)
    if count < LEAST:
        return PictureClock(looked, parsed, count, NotRead.FEW)
    if count < SHARE * parsed or len({reading.clock_s for reading in best.agreeing}) < LEAST_VALUES:
        return PictureClock(looked, parsed, count, NotRead.UNCLEAR)
    return PictureClock(looked, parsed, count, None, best.start_s, best.rate)


@dataclass(frozen=True, slots=True)
class _Fit:
    """The start that most readings allow at a rate, in the middle of what they allow."""

    rate: float
    start_s: float
    agreeing: tuple[Reading, ...]


def _fit(readings: Sequence[Reading], rate: float) -> _Fit:
    """Each reading allows the starts of an interval; the point that most intervals hold is looked for."""
    spans = [(one.clock_s - rate * one.at_s - SLACK_S, one.clock_s + 1 - rate * one.at_s + SLACK_S) for one in readings]
    best: tuple[int, float, float] = (0, 0.0, 0.0)
    for low, _ in spans:  # the deepest point is where some interval begins
        ends = [end for start, end in spans if start <= low < end]
        if len(ends) > best[0]:
            best = (len(ends), low, min(ends))
    middle = (best[1] + best[2]) / 2
    agreeing = tuple(one for one, (low, high) in zip(readings, spans, strict=True) if low <= middle < high)
    return _Fit(rate, middle, agreeing)


class Told(StrEnum):
    """What label and picture say together. ``PERIOD``: they differ by what stands on the clock where a later period
    begins. ``ADDED``: the picture counts added time, which tells nothing against the label."""

    AGREES = "agrees"
    DIFFERS = "differs"
    PERIOD = "period"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Compared:
    """A label beside the picture: what the picture's clock shows at the annotated moment (whole seconds, as a viewer
    reads it), what the label says, how much more the picture says, and what that tells. ``minutes`` is the time on the
    clock that the label leaves out."""

    picture_s: int
    label_s: float
    difference_s: float
    told: Told
    minutes: int | None = None


def compare(clock: PictureClock, label_s: float, moments_s: tuple[float, float]) -> Compared | None:
    """The label beside the clock; None where the clock is not known. The annotated moment lies between two places of
    the clip (the same one twice in a clip of the usual length)."""
    first, last = (clock.at_s(seconds) for seconds in moments_s)
    if first is None or last is None or clock.rate is None:
        return None
    shown = min(max(label_s, first), last)  # of what the moment may show, what is nearest to the label
    apart = shown - label_s
    within = TELL_S + FRAMES_S * clock.rate

    def compared(told: Told, minutes: int | None = None) -> Compared:
        return Compared(math.floor(shown), label_s, round(apart, 1), told, minutes)

    if abs(apart) <= within:
        return compared(Told.AGREES)
    for minutes in PERIODS_MIN:
        if abs(apart - 60 * minutes) <= PERIOD_S:
            return compared(Told.PERIOD, minutes)
    if shown <= ADDED_S and any(abs(apart + 60 * minutes) <= PERIOD_S for minutes in (*PERIODS_MIN, 120)):
        return compared(Told.ADDED)
    return compared(Told.DIFFERS)
