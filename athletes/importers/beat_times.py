"""When beats ended, where a file tells them in messages between samples that have times.

A beat clock adds up the intervals. As long as it stays between the sample before a message and the one after it, within
two seconds, it is right; else beats are missing, and it is set anew: a gap that everybody can see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan

from athletes.importers.samples import Beats

SLACK_MS = 2000.0
"""How far a beat clock may be from the samples around it; receivers hand beats over late by about a second."""


@dataclass(slots=True)
class BeatMessage:
    """Intervals in milliseconds that came in one message, and the sample times around it in ms, None without one."""

    rr_ms: list[float]
    after_ms: float | None
    before_ms: float | None = field(default=None)


def timed(messages: Sequence[BeatMessage]) -> Beats:
    """All intervals with the time that each of them ended, NaN where no sample tells."""
    beats = Beats()
    clock: float | None = None
    for message in messages:
        length = sum(message.rr_ms)
        low, high = message.after_ms, message.before_ms
        if low is None and high is None:
            for interval in message.rr_ms:
                beats.add(interval, nan)
            clock = None
            continue
        least = (high if low is None else low) or 0.0
        most = (low if high is None else high) or 0.0
        if clock is None or not least - SLACK_MS <= clock + length <= most + SLACK_MS:
            clock = min(least, most - length)  # they came after one sample, and were there at the next one
        for interval in message.rr_ms:
            clock += interval
            beats.add(interval, clock)
    return beats
