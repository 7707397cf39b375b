"""Synchronisation by a match clock that both pictures show: the instants at which its seconds change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.footage.recording import Index
from var.measure.camera import Array
from var.sync.coarse import frames_between, lumas
from var.sync.model import Estimate, Material, Method
from var.sync.pairs import RATE_SIGMA, ClockRead, fitted, said_of

STRETCH_S = 6.0
"""So much of the recording around each reading is watched: a running clock changes five or six times in it."""

FEWEST_CHANGES = 3
CLEAR = 4.0
"""A change of the digits stands out from the usual difference of neighbouring frames by this factor."""

LEAST_LEVELS = 1.5  # grey levels on average over the region's liveliest tenth: less is noise of the coding
AGREE_S = 0.15  # the clock's own seconds are this even; changes farther off the beat are something else in the region
UNEVEN = 0.001  # a match clock and a camera's do not drift apart by more


@dataclass(frozen=True, slots=True)
class _Mark:
    """What one reading says: the clock would have shown 0:00 at ``zero_s`` of the recording, known to ``width_s``."""

    second: int
    zero_s: float
    width_s: float


def estimate(reference: Material, clip: Material, *, pairs: Mapping[str, Any] | None = None) -> Estimate:
    """The clip's clock from a match clock that both pictures show and that runs forward, and a reading or more in each.

    In a few seconds around each reading the frames at which the seconds change are found; they are put at the reading
    that they bring, and the same clock instants in both recordings are pairs. A change lies anywhere between the last
    frame before and the first one after it, which makes each sure to a frame's length / sqrt(12); ``score`` is the
    share of changes that keep the beat.
    ``pairs`` is what ``read_pairs`` gave: it must hold a clock for both.
    Failed where the region does not change (a stopped clock), where changes are not a second apart, or where the two
    recordings show no common time. Raises ``BadValue`` for readings that contradict one another or the picture, and for
    a region outside of it.
    """
    sides = []
    if reference.index is None or clip.index is None:
        return Estimate.failed(Method.CLOCK, "no_pictures")
    for side, index in ((reference, reference.index), (clip, clip.index)):
        name, clock = side.label or side.path.name, said_of(pairs, side).clock
        if clock is None:
            return Estimate.failed(Method.CLOCK, "no_clock", clip=name)
        found = _marks(index, clock, name)
        if isinstance(found, str):
            return Estimate.failed(Method.CLOCK, found, clip=name)
        sides.append(found)
    (held_a, share_a), (held_b, share_b) = sides
    end_a, end_b = _end_s(reference.index), _end_s(clip.index)
    offset = held_a[0].zero_s - held_b[0].zero_s
    if offset > end_a or offset + end_b < 0:
        return Estimate.failed(Method.CLOCK, "no_common_clock")
    rows, sigmas = [], []
    for mark in held_b:
        other = min(held_a, key=lambda candidate: abs(candidate.second - mark.second))
        rows.append((_fraction(other.zero_s + mark.second), _fraction(mark.zero_s + mark.second)))
        frames = math.hypot(other.width_s, mark.width_s) / math.sqrt(12)
        # Where other stretches were watched, the clock's own beat carries the instant over.
        sigmas.append(math.hypot(frames, RATE_SIGMA * abs(other.second - mark.second)))
    line = fitted(rows, max(sigmas), end_b, Method.CLOCK)
    facts = {"readings": len(rows)}
    return replace(
        line, score=round(min(share_a, share_b), 4), reason=line.reason and "clock_uneven", facts=line.facts or facts
    )


def _end_s(index: Index) -> float:
    return float(index.clip_s(len(index) - 1))


def _fraction(value_s: float) -> Fraction:
    return Fraction(round(value_s * 1e7), 10**7)


def _marks(index: Index, clock: ClockRead, name: str) -> tuple[list[_Mark], float] | str:
    """What each reading says about the clock, and the share of changes on the beat; or the reason why nothing.

    Raises ``BadValue`` where readings contradict each other, or lie outside of the recording or the picture.
    """
    x, y, w, h = clock.region
    if x + w > index.size_px[0] or y + h > index.size_px[1]:
        size = f"{index.size_px[0]}×{index.size_px[1]}"
        raise BadValue("var.errors.region_outside", clip=name, region=f"{x}, {y}, {w}, {h}", size=size)
    end_s = _end_s(index)
    marks: list[_Mark] = []
    kept = seen = 0
    for at, reading in clock.reads:
        at_s = float(at)
        if not 0 <= at_s <= end_s:
            raise BadValue("var.errors.reading_outside", clip=name, at=round(at_s, 3), end=round(end_s, 3))
        low = max(0.0, min(at_s - STRETCH_S / 2, end_s - STRETCH_S))
        found = _beats(index, clock, low, min(end_s, low + STRETCH_S))
        if isinstance(found, str):
            return found
        before, after, count = found
        kept, seen = kept + len(after), seen + count
        low_s, high_s = _interval(before, after)
        # The picture at the reading shows the second that began last, so the beat there is that second's.
        begun = (low_s + high_s) / 2 + math.floor(at_s - (low_s + high_s) / 2)
        marks.append(_Mark(reading, begun - reading, high_s - low_s))
        apart = abs(marks[-1].zero_s - marks[0].zero_s)
        if apart > 2 * AGREE_S + UNEVEN * abs(reading - marks[0].second):
            raise BadValue("var.errors.clock_contradicts", clip=name, at=round(at_s, 3))
    return marks, kept / seen


def _interval(before: Array, after: Array) -> tuple[float, float]:
    """Between which instants the beat lies, folded into the first change's second.

    A change is somewhere between the last picture before it and the first one after; what all of them allow is the
    answer. At whole frame rates every second falls alike between pictures and many changes say no more than one. Where
    no instant suits all (a picture was late) it is the usual place, to a whole step.
    """
    whole = np.round(after - after[0])
    low, high = before - whole, after - whole
    if low.max() < high.min():
        return float(low.max()), float(high.min())
    middle, width = float(np.median((low + high) / 2)), float((high - low).max())
    return middle - width / 2, middle + width / 2


def _beats(index: Index, clock: ClockRead, low_s: float, high_s: float) -> tuple[Array, Array, int] | str:
    """The last pictures before and the first after the seconds change, on one even beat, and how many changes there
    were; or why none."""
    times, lively = [], []
    last: tuple[float, Array] | None = None  # when, and what
    for i, picture in lumas(index, frames_between(index, low_s, high_s), region=clock.region):
        now = float(index.clip_s(i)), picture.astype(np.float64)
        if last is not None:
            change = now[1] - last[1]
            change = np.sort(np.abs(change - np.median(change)).ravel())
            lively.append(float(change[-max(1, len(change) // 10) :].mean()))
            times.append((last[0], now[0]))
        last = now
    values = np.array(lively)
    if len(values) < 5:
        return "clock_unreadable"
    edge = max(CLEAR * float(np.median(values)), LEAST_LEVELS)
    peaks = [n for n in np.flatnonzero(values >= edge) if values[n] == values[max(0, n - 3) : n + 4].max()]
    if len(peaks) < FEWEST_CHANGES:
        return "clock_stopped"
    before, at = np.array([times[n] for n in peaks]).T
    near = [np.abs(_wrapped(at - one)) < AGREE_S for one in at]
    beat = near[int(np.argmax([held.sum() for held in near]))]
    expected = math.floor(high_s - low_s)
    if beat.sum() < max(FEWEST_CHANGES, 0.6 * expected) or beat.mean() < 0.5:
        return "clock_unreadable"
    return before[beat], at[beat], len(at)


def _wrapped(value: Array) -> Array:
    """How far from the next whole number."""
    return np.asarray(value - np.round(value), dtype=np.float64)
