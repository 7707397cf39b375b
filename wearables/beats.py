"""From frames to beats with times: the beat clock.

A strap sends RR intervals when it likes, so the time of a beat is counted, not read: ``t[k] = t[k-1] + RR[k]``. Where
that clock and the arrival of a frame are more than 2 s apart, beats were not heard: the clock is set anew by the
arrival (the last interval of a frame ends when it arrives), and the first beat after it bears a mark: what lies before
it is a gap. Nothing is made up for a gap, and no difference or sum may be taken over one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from touchline.errors import BadValue
from touchline.measure import RR_TICKS_PER_S
from wearables.gatt import heart_rate
from wearables.gatt.heart_rate import HeartRateMeasurement
from wearables.model import NS_PER_S, Frame, Source, Status
from wearables.worn import Worn

RESYNC_NS = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat: when it came (nanoseconds of the session), the RR interval that it ends (1/1024 s), and the number of
    the strap that told it. ``after_gap``: beats before it were not heard; its own interval is whole."""

    at_ns: int
    rr_1024: int
    strap: int
    after_gap: bool = False


def rr_ns(rr_1024: int) -> int:
    """An RR interval in nanoseconds, rounded to one."""
    return (rr_1024 * NS_PER_S + RR_TICKS_PER_S // 2) // RR_TICKS_PER_S


def measurement(frame: Frame) -> HeartRateMeasurement | None:
    """What a good heart-rate notification says; None for everything else."""
    if frame.source is not Source.HEART_RATE or frame.status is not Status.OK:
        return None
    try:
        return heart_rate.decode(frame.data)
    except BadValue:
        return None


def beats(frames: Iterable[Frame]) -> Iterator[Beat]:
    """The beats of one heart, of the frames of one athlete in the order of their arrival. A strap that was changed for
    another one, and a frame that says that there is no contact, are gaps too. The first beat bears a gap's mark. Times
    rise: what a clock that was set anew would put before the last beat is left out."""
    ticks, zero_ns, strap, broken = 0, 0, 0, True  # whole ticks are counted, so that no rounding adds up
    last_ns: int | None = None
    for frame in frames:
        told = measurement(frame)
        if told is None:
            continue
        if told.rate_bpm is None or told.contact is heart_rate.Contact.NOT_DETECTED:
            broken = True
            continue
        if frame.strap != strap:
            strap, broken = frame.strap, True
        rr = tuple(value for value in told.rr_1024 if value > 0)
        if not rr:
            continue
        ends_ns = zero_ns + rr_ns(ticks + sum(rr))
        if broken or abs(ends_ns - frame.at_ns) > RESYNC_NS:
            ticks, broken = 0, True
            zero_ns = frame.at_ns - rr_ns(sum(rr))
        for value in rr:
            ticks += value
            at_ns = zero_ns + rr_ns(ticks)
            if last_ns is not None and at_ns <= last_ns:
                broken = True
                continue
            yield Beat(at_ns, value, strap, broken)
            last_ns, broken = at_ns, False


def athlete_beats(frames: Iterable[Frame], worn: Worn, athlete_id: str) -> Iterator[Beat]:
    """The beats of an athlete, whichever straps they wore."""
    return beats(frame for frame in frames if worn.athlete_at(frame.strap, frame.at_ns) == athlete_id)
