"""The match time line: steps in exact seconds, and at each step every camera's nearest frame, or none.

The steps are whole numbers of one unit of the master's clock, so every instant is exact; which frame is nearest to a
step is decided in 64-bit numbers where they hold it, and elsewhere in floats whose doubtful cases are decided exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.model import Clip, Match

MAX_STEPS = 3_000_000
"""More than sixteen hours at fifty steps a second: cameras that far apart are not of one match."""

REFRESH_STEPS = 500
"""How many of a live match's last published steps may still change: pictures come late, or the master comes back."""

_SAFE = 2**61  # sums and differences of two such numbers still fit 64 bits
_EXACT = 2**53  # whole numbers that a float holds
_NOTHING = Fraction(0)


def _most(values: NDArray[np.int64]) -> int:
    """The largest magnitude among ``values``, at least 1."""
    return max(1, abs(int(values.min())), abs(int(values.max()))) if len(values) else 1


class Affine(NamedTuple):
    """``(add + times * n) / per`` for whole numbers ``n``, all three whole."""

    add: int
    times: int
    per: int

    @classmethod
    def of(cls, offset: Fraction, scale: Fraction) -> Affine:
        """``offset + scale * n``."""
        per = offset.denominator * scale.denominator
        add, times = offset.numerator * scale.denominator, scale.numerator * offset.denominator
        common = np.gcd.reduce(np.array([add, times, per], object))
        return cls(int(add // common), int(times // common), int(per // common))

    def at(self, n: int) -> Fraction:
        """The exact value for ``n``."""
        return Fraction(self.add + self.times * n, self.per)

    def largest(self, values: NDArray[np.int64]) -> int:
        """A bound of the numerator for any of ``values``."""
        return abs(self.add) + self.times * _most(values)

    def floats(self, values: NDArray[np.int64], scale: int = 1) -> NDArray[np.float64]:
        """All values times ``scale``: the nearest float where 64 bits hold everything, else within two ulps of the
        larger of the two terms."""
        if self.largest(values) * scale < _EXACT and self.per < _EXACT:
            return np.asarray((self.add + self.times * values) * scale / self.per, np.float64)
        return np.asarray(float(Fraction(self.add * scale, self.per)) + self._slope(scale) * values, np.float64)

    def _slope(self, scale: int) -> float:
        return float(Fraction(self.times * scale, self.per))


class ExactSeconds(Sequence["Fraction | None"]):
    """Exact seconds, made on demand: ``line`` of each of ``ticks``, less ``other_line`` of each of ``others``.

    ``known`` is False where there is no value (None). Reads like a tuple of fractions.
    """

    def __init__(
        self,
        line: Affine,
        ticks: NDArray[np.int64],
        known: NDArray[np.bool_] | None = None,
        less: tuple[Affine, NDArray[np.int64]] | None = None,
    ) -> None:
        self._line, self._ticks, self._known, self._less = line, ticks, known, less

    def __len__(self) -> int:
        return len(self._ticks)

    @overload
    def __getitem__(self, at: int) -> Fraction | None: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Fraction | None, ...]: ...
    def __getitem__(self, at: int | slice) -> Fraction | tuple[Fraction | None, ...] | None:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        if self._known is not None and not self._known[at]:
            return None
        value = self._line.at(int(self._ticks[at]))
        return value if self._less is None else value - self._less[0].at(int(self._less[1][at]))

    def __iter__(self) -> Iterator[Fraction | None]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash(tuple(self))

    def floats(self, scale: int = 1) -> NDArray[np.float64]:
        """The values times ``scale`` as floats, NaN where unknown; errors as ``Affine.floats`` has them."""
        values = self._line.floats(self._ticks, scale)
        if self._less is not None:
            line, ticks = self._less
            per = int(np.lcm.reduce(np.array([line.per, self._line.per], object)))
            a, b = per // self._line.per, per // line.per
            if max(self._line.largest(self._ticks) * a, line.largest(ticks) * b) * scale < _EXACT and per < _EXACT:
                ours, theirs = self._line.add + self._line.times * self._ticks, line.add + line.times * ticks
                values = (ours * a - theirs * b) * scale / per
            else:
                values = values - line.floats(ticks, scale)
        return np.asarray(values if self._known is None else np.where(self._known, values, np.nan), np.float64)


class Frames(Sequence["int | None"]):
    """The frames shown at a row of steps, None where the camera has no picture. ``array`` holds -1 there (int32)."""

    def __init__(self, array: NDArray[np.int32]) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> int | None: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[int | None, ...]: ...
    def __getitem__(self, at: int | slice) -> int | tuple[int | None, ...] | None:
        if isinstance(at, slice):
            return tuple(None if i < 0 else i for i in self.array[at].tolist())
        found = int(self.array[at])
        return None if found < 0 else found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and self[:] == tuple(other)

    def __hash__(self) -> int:
        return hash(self.array.tobytes())


@dataclass(frozen=True, eq=False)
class _Angle:
    """A clip as the time line sees it: its frames in ticks after the first, and the way from a step to such ticks."""

    clip: Clip
    ticks: NDArray[np.int64]
    place: Affine
    """From a step's whole number to this clip's ticks after its first frame."""
    time: Affine
    """From this clip's ticks after its first frame to seconds of match time."""
    half: Fraction
    """Half the mean time between two frames, in ticks."""
    edges: NDArray[np.bool_]
    """Shape (n + 1,): whether frames are missing, or nothing is recorded, right before frame k."""

    def nearest(self, steps: NDArray[np.int64]) -> NDArray[np.int32]:
        """The frame at each step, as ``Clip.frame_at`` has it; -1 for none."""
        last = len(self.ticks) - 1
        exact = max(self.place.largest(steps), self.place.per * int(self.ticks[-1])) < _SAFE // 4
        if exact:
            wanted = self.place.add + self.place.times * steps
            right = np.searchsorted(self.ticks * self.place.per, wanted)
        else:
            right = np.searchsorted(self.ticks, self.place.floats(steps))
        before, after = np.maximum(right - 1, 0), np.minimum(right, last)
        middle = self.ticks[before] + self.ticks[after]
        frames = np.where(self._at_most(steps, middle, 2), before, after)
        edge = np.flatnonzero(self.edges[right])
        shown, there = self.ticks[frames[edge]], steps[edge]
        near = self._at_most(there, shown, 1, self.half) & ~self._at_most(there, shown, 1, -self.half, strictly=True)
        frames[edge[~near]] = -1
        return frames.astype(np.int32)

    def shows_as(self, before: _Angle, steps: NDArray[np.int64]) -> bool:
        """Whether each of ``steps`` shows the same frame as before. Only those are looked at that may not."""
        known = len(before.ticks)
        if len(self.ticks) < known or (self.place, self.half) != (before.place, before.half):
            return False
        if np.array_equal(self.edges[:known], before.edges[:known]):  # up to its last frame nothing has changed
            ends = int(
                np.searchsorted(steps, (int(before.ticks[-1]) * self.place.per - self.place.add) // self.place.times)
            )
            steps = steps[ends:]
        return not len(steps) or np.array_equal(self.nearest(steps), before.nearest(steps))

    def _at_most(
        self,
        steps: NDArray[np.int64],
        bound: NDArray[np.int64],
        times: int,
        more: Fraction = _NOTHING,
        *,
        strictly: bool = False,
    ) -> NDArray[np.bool_]:
        """Whether ``times`` the step's place is at most (``strictly``: less than) ``bound + more``, exactly."""
        add, slope, per = self.place
        scale = more.denominator
        add, slope, per, extra = add * scale * times, slope * scale * times, per * scale, per * more.numerator
        reach, most = _most(bound), _most(steps)
        if max(abs(add) + abs(slope) * most, per * reach + abs(extra)) < _SAFE:
            return _ordered(add + slope * steps, per * bound + extra, strictly=strictly)
        offset, factor = float(Fraction(add - extra, per)), float(Fraction(slope, per))
        off = offset + factor * steps - bound
        doubt = 16 * 2.0**-53 * (abs(offset) + abs(factor) * most + reach)
        decided = np.asarray(off < 0, np.bool_)
        unsure = np.flatnonzero(np.abs(off) <= doubt)
        if len(unsure):
            ours, theirs = steps[unsure].astype(object), bound[unsure].astype(object)
            decided[unsure] = _ordered(add + slope * ours, per * theirs + extra, strictly=strictly)
        return decided


def _ordered(left: NDArray[Any], right: NDArray[Any], *, strictly: bool) -> NDArray[np.bool_]:
    return np.asarray(left < right if strictly else left <= right, np.bool_)


@dataclass(frozen=True, eq=False)
class Timeline:
    """The steps of a match. ``t_s[n]`` is step ``n`` in match time; ``frames[camera_id][n]`` the frame shown there,
    None where the camera has no picture; ``residual_s[camera_id][n]`` that frame's time minus the step's.

    The steps are the master's frames. Before and after them, and where the master has a gap, steps go on at its mean
    frame time (``step_s``) while any camera has pictures. Frames are looked up when they are first asked for.
    """

    steps: NDArray[np.int64]
    first_master_step: int
    step_s: Fraction
    filled: bool
    """Whether there are steps that are no frame of the master, so that ``step_s`` matters."""
    _time: Affine
    _angles: dict[str, _Angle]

    def __len__(self) -> int:
        return len(self.steps)

    def continues(self, other: Timeline, count: int) -> bool:
        """Whether the first ``count`` steps of ``other``, which was made of the same cameras, are the same here."""
        if count <= 0:
            return True
        steps = self.steps[:count]
        return (
            self._time == other._time
            and self._angles.keys() == other._angles.keys()
            and np.array_equal(steps, other.steps[:count])
            and all(angle.shows_as(other._angles[name], steps) for name, angle in self._angles.items())
        )

    @cached_property
    def t_s(self) -> ExactSeconds:
        """Each step in match time."""
        return ExactSeconds(self._time, self.steps)

    @cached_property
    def frames(self) -> dict[str, Frames]:
        """The frame of each camera at each step."""
        return {name: Frames(angle.nearest(self.steps)) for name, angle in self._angles.items()}

    @cached_property
    def residual_s(self) -> dict[str, ExactSeconds]:
        """How much later than the step that frame is."""
        return {name: self._residual(name, self.steps, frames.array) for name, frames in self.frames.items()}

    def part(self, first: int) -> tuple[NDArray[np.float64], dict[str, tuple[NDArray[np.int32], NDArray[np.int32]]]]:
        """The steps from ``first`` on: their times in seconds, and for each camera the frames (-1: none) and how many
        microseconds later than the step each is shown."""
        steps = self.steps[first:]
        found = {}
        for name, angle in self._angles.items():
            frames = angle.nearest(steps)
            late_us = np.nan_to_num(np.rint(self._residual(name, steps, frames).floats(10**6)))
            found[name] = frames, np.clip(late_us, -(2**31), 2**31 - 1).astype(np.int32)
        return self._time.floats(steps), found

    def step_at(self, match_s: Fraction) -> int:
        """The step nearest to ``match_s`` (of two equally near ones the earlier); the first or the last beyond them."""
        wanted = (match_s * self._time.per - self._time.add) / self._time.times
        right = int(np.searchsorted(self.steps, min(max(-int(-wanted // 1), -_SAFE), _SAFE)))
        if right == 0 or right == len(self):
            return max(0, right - 1)
        return right - 1 if wanted - int(self.steps[right - 1]) <= int(self.steps[right]) - wanted else right

    def _residual(self, name: str, steps: NDArray[np.int64], frames: NDArray[np.int32]) -> ExactSeconds:
        angle = self._angles[name]
        return ExactSeconds(angle.time, angle.ticks[frames], frames >= 0, (self._time, steps))

    @classmethod
    def of(cls, match: Match, until_s: Fraction | None = None) -> Timeline:
        """The time line of ``match``; with ``until_s`` no step is later than that.

        Raises ``BadValue`` where a camera lies so far from the master that the line would be longer than ``MAX_STEPS``.
        """
        master = match.clips[match.master]
        own = _ticks(master)
        tick_s = master.to_match.rate * master.timebase.tick_s
        step = _step_ticks(master, own, live=any(clip.recording for clip in match.clips))
        unit, stride = step.denominator, step.numerator
        starts_s, ends_s = master.match_s(0), master.match_s(len(own) - 1)
        covers_s = [_covers_s(clip) for clip in match.clips]
        limit_s = max(high for _, high in covers_s) if until_s is None else until_s
        before = max(0, (starts_s - min(low for low, _ in covers_s)) // (step * tick_s))
        after = max(0, (limit_s - ends_s) // (step * tick_s))
        if before + len(own) + after > MAX_STEPS:
            far = max(match.clips, key=lambda clip: abs(clip.match_s(0) - starts_s))
            raise BadValue("var.errors.cameras_far_apart", camera=far.label, master=master.label)
        between, holes = _over_gaps(own * unit, master.gaps, stride)
        steps = np.concatenate(
            [np.arange(-before, 0) * stride, between, between[-1] + np.arange(1, after + 1) * stride]
        )
        if until_s is not None:
            steps = steps[: int(np.searchsorted(steps, (until_s - starts_s) / tick_s * unit // 1, side="right"))]
        return cls(
            steps,
            before,
            step * tick_s,
            holes or before > 0 or after > 0,
            Affine.of(starts_s, tick_s / unit),
            {clip.camera_id: _angle(clip, starts_s, tick_s / unit) for clip in match.clips},
        )


def _ticks(clip: Clip) -> NDArray[np.int64]:
    """When each frame is shown, in the clip's ticks after the first."""
    return np.asarray(clip.ticks.array - clip.ticks.array[0], np.int64)


def _angle(clip: Clip, starts_s: Fraction, unit_s: Fraction) -> _Angle:
    tick_s = clip.to_match.rate * clip.timebase.tick_s
    edges = np.zeros(len(clip) + 1, np.bool_)
    edges[[0, *clip.gaps, len(clip)]] = True
    return _Angle(
        clip,
        _ticks(clip),
        Affine.of((starts_s - clip.match_s(0)) / tick_s, unit_s / tick_s),
        Affine.of(clip.match_s(0), tick_s),
        clip.frame_s / 2 / tick_s,
        edges,
    )


def _covers_s(clip: Clip) -> tuple[Fraction, Fraction]:
    """The first and the last instant that ``clip`` covers, as ``Clip.covers`` has it."""
    half_s = clip.frame_s / 2
    return clip.match_s(0) - half_s, clip.match_s(len(clip) - 1) + half_s


def _step_ticks(master: Clip, own: NDArray[np.int64], *, live: bool) -> Fraction:
    """The mean time between two frames of the master in its ticks, gaps left out; of a live one, of its first."""
    step = master.settled_ticks if live else master.frame_s / (master.to_match.rate * master.timebase.tick_s)
    reach = max(int(own[-1]), 1) * 4  # room for steps that go on after the last frame
    return (
        step
        if step.denominator * reach < _SAFE and step.numerator < _SAFE // MAX_STEPS
        else Fraction(max(1, round(step)))
    )


def _over_gaps(own: NDArray[np.int64], gaps: Sequence[int], stride: int) -> tuple[NDArray[np.int64], bool]:
    """The master's frames with steps in its gaps up to half a step before it is back; and whether there are any."""
    pieces, holes = [], False
    for first, last in pairwise((0, *gaps, len(own))):
        pieces.append(own[first:last])
        if last < len(own):
            count = max(0, (2 * int(own[last] - own[last - 1]) - stride - 1) // (2 * stride))
            if 0 < count <= MAX_STEPS // 3:  # nobody watches hours in which nothing was recorded
                pieces.append(own[last - 1] + np.arange(1, count + 1) * stride)
                holes = True
    return (np.concatenate(pieces) if len(pieces) > 1 else own), holes
