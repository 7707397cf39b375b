"""Whether two recordings are of the same session: two devices on one body, or one file in two formats.

Both are cut into ten seconds of the clock. They are the same where they began within ten minutes of each other and
their heart rates agree over most of the shorter one, with clocks up to half a minute apart. It is told, never acted on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from athletes.model import Recording

STEP_S = 10
STARTS_WITHIN_S = 600
SHIFTS = (0, -1, 1, -2, 2, -3, 3)
LEAST_STEPS = 6
SHARE = 0.6
MEDIAN_BPM, MOST_BPM = 2.0, 6.0
"""Half of all steps agree within the first, nine in ten within the second: chest and wrist differ by about as much."""

EXACT_S = 5.0
MOST_COMPARED = 60


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A session on the clock: its first second and its length, and mean heart rates, shape (n,), of each ten seconds
    from ``first_step`` on (counted from 1970), NaN without one."""

    start_s: float
    seconds: float
    first_step: int
    bpm: NDArray[np.float32]


def trace_of(recording: Recording) -> Trace | None:
    """The trace of ``recording``; None where nobody knows when it was."""
    if recording.start is None or recording.duration_s is None:
        return None
    start_s = recording.start.timestamp()
    pulse = recording.heart_rate
    if pulse is None or not pulse.count:
        return Trace(start_s, recording.duration_s, int(start_s // STEP_S), np.zeros(0, dtype=np.float32))
    steps = ((start_s + pulse.seconds[pulse.measured]) // STEP_S).astype(np.int64)
    first = int(steps[0])
    places = steps - first
    counts = np.bincount(places)
    sums = np.bincount(places, weights=pulse.values[pulse.measured])
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return Trace(start_s, recording.duration_s, first, means.astype(np.float32))


def alike(one: Trace, other: Trace) -> bool:
    """Whether two traces look like the same session."""
    if abs(one.start_s - other.start_s) > STARTS_WITHIN_S:
        return False
    if not one.bpm.size or not other.bpm.size:
        same_length = abs(one.seconds - other.seconds) <= EXACT_S
        return same_length and abs(one.start_s - other.start_s) <= EXACT_S
    least = min(np.count_nonzero(~np.isnan(one.bpm)), np.count_nonzero(~np.isnan(other.bpm)))
    needed = max(LEAST_STEPS, SHARE * least)
    for shift in SHIFTS:
        differences = _differences(one, other, shift)
        if differences.size >= needed and np.median(differences) <= MEDIAN_BPM:
            return bool(np.percentile(differences, 90) <= MOST_BPM)
    return False


def _differences(one: Trace, other: Trace, shift: int) -> NDArray[np.float32]:
    begin = max(one.first_step, other.first_step + shift)
    end = min(one.first_step + one.bpm.size, other.first_step + shift + other.bpm.size)
    if end <= begin:
        return np.zeros(0, dtype=np.float32)
    mine = one.bpm[begin - one.first_step : end - one.first_step]
    theirs = other.bpm[begin - other.first_step - shift : end - other.first_step - shift]
    both: NDArray[np.float32] = np.abs(mine - theirs)
    return np.asarray(both[~np.isnan(both)], dtype=np.float32)


@dataclass(slots=True)
class Traces:
    """Traces by what they are called, found by when they began."""

    by_time: dict[int, list[tuple[Hashable, Trace]]] = field(default_factory=dict)

    def add(self, name: Hashable, trace: Trace) -> None:
        """Remember a trace."""
        self.by_time.setdefault(int(trace.start_s // STARTS_WITHIN_S), []).append((name, trace))

    def like(self, trace: Trace) -> Iterator[Hashable]:
        """What was remembered that looks like ``trace``; of very many at one time the latest are looked at."""
        slot = int(trace.start_s // STARTS_WITHIN_S)
        for near in (slot - 1, slot, slot + 1):
            for name, other in self.by_time.get(near, [])[-MOST_COMPARED:]:
                if alike(trace, other):
                    yield name
