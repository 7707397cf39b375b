"""The match time line: steps in exact seconds, and at each step every camera's nearest frame, or none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.model import Clip, Match

MAX_STEPS = 3_000_000
"""More than sixteen hours at fifty steps a second: cameras that far apart are not of one match."""

_INT64_SAFE = 2**61  # sums and differences of two such numbers still fit 64 bits


class ExactSeconds(Sequence["Fraction | None"]):
    """Exact seconds kept as whole numbers over one denominator: as good as a tuple of fractions, made on demand.

    ``known`` is False where there is no value (None).
    """

    def __init__(self, ticks: NDArray[Any], per_s: int, known: NDArray[np.bool_] | None = None) -> None:
        self._ticks, self._per_s, self._known = ticks, per_s, known

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
        return Fraction(int(self._ticks[at]), self._per_s)

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
        """The values times ``scale`` as floats, each the nearest to the exact one within an ulp; NaN where unknown."""
        values = np.asarray(self._ticks * scale / self._per_s if self._fits(scale) else self._slow(scale), np.float64)
        return values if self._known is None else np.where(self._known, values, np.nan)

    def _fits(self, scale: int) -> bool:
        return self._ticks.dtype != object and (
            len(self) == 0 or (int(np.abs(self._ticks).max()) * scale < 2**53 and self._per_s < 2**53)
        )

    def _slow(self, scale: int) -> list[float]:
        return [int(tick) * scale / self._per_s for tick in self._ticks.tolist()]


@dataclass(frozen=True)
class Timeline:
    """The steps of a match. ``t_s[n]`` is step ``n`` in match time; ``frames[camera_id][n]`` the frame shown there,
    None where the camera has no picture; ``residual_s[camera_id][n]`` that frame's time minus the step's.

    The steps are the master's frames, and before and after them steps at its mean frame time while any camera has
    pictures.
    """

    t_s: ExactSeconds
    frames: dict[str, tuple[int | None, ...]]
    residual_s: dict[str, ExactSeconds]
    first_master_step: int

    def __len__(self) -> int:
        return len(self.t_s)

    @cached_property
    def _floats(self) -> NDArray[np.float64]:
        return self.t_s.floats()

    def step_at(self, match_s: Fraction) -> int:
        """The step nearest to ``match_s`` (of two equally near ones the earlier); the first or the last beyond them."""
        near = int(np.searchsorted(self._floats, float(match_s)))
        candidates = range(max(0, near - 2), min(len(self), near + 2))
        return min(candidates, key=lambda n: (abs(self._exact(n) - match_s), n))

    def _exact(self, step: int) -> Fraction:
        value = self.t_s[step]
        assert value is not None  # steps are always known
        return value

    @classmethod
    def of(cls, match: Match) -> Timeline:
        """The time line of ``match``.

        Raises ``BadValue`` where a camera lies so far from the master that the line would be longer than ``MAX_STEPS``.
        """
        master = match.clips[match.master]
        step_s = master.frame_s
        per_s = _denominator(match, step_s)
        bounds = [_coverage(clip, per_s) for clip in match.clips]
        own = _frame_ticks(master, per_s)
        step, first, last = int(step_s * per_s), int(own[0]), int(own[-1])
        before = max(0, (first - min(low for low, _ in bounds)) // step)
        after = max(0, (max(high for _, high in bounds) - last) // step)
        if before + len(own) + after > MAX_STEPS:
            far = max(match.clips, key=lambda clip: abs(clip.match_s(0) - master.match_s(0)))
            raise BadValue("var.errors.cameras_far_apart", camera=far.label, master=master.label)
        dtype = _dtype(max(abs(bound) for pair in bounds for bound in pair) + step)
        steps = np.concatenate(
            [
                np.array([first - k * step for k in range(before, 0, -1)], dtype),
                own.astype(dtype),
                np.array([last + k * step for k in range(1, after + 1)], dtype),
            ]
        )
        frames: dict[str, tuple[int | None, ...]] = {}
        residuals: dict[str, ExactSeconds] = {}
        for clip, (low, high) in zip(match.clips, bounds, strict=True):
            ticks = own.astype(dtype) if clip is master else _frame_ticks(clip, per_s).astype(dtype)
            nearest, off = _nearest(steps, ticks, per_s)
            known = np.asarray((steps >= low) & (steps <= high), np.bool_)
            frames[clip.camera_id] = tuple(
                frame if ok else None for frame, ok in zip(nearest.tolist(), known.tolist(), strict=True)
            )
            residuals[clip.camera_id] = ExactSeconds(off, per_s, known)
        return cls(ExactSeconds(steps, per_s), frames, residuals, before)


def _dtype(largest: int) -> type[Any]:
    """64-bit integers where they hold everything, Python's own where they do not (drifts found by a fit)."""
    return np.int64 if largest < _INT64_SAFE else object


def _denominator(match: Match, step_s: Fraction) -> int:
    """The ticks a second in which every frame of every camera and every step is a whole number."""
    parts = [step_s]
    for clip in match.clips:
        parts += [clip.match_s(0), clip.to_match.rate * clip.timebase.tick_s]
    return math.lcm(*(part.denominator for part in parts))


def _coverage(clip: Clip, per_s: int) -> tuple[int, int]:
    """The first and the last tick that ``clip`` covers, as ``Clip.covers`` has it."""
    half_s = clip.frame_s / 2
    return (
        math.ceil((clip.match_s(0) - half_s) * per_s),
        math.floor((clip.match_s(len(clip) - 1) + half_s) * per_s),
    )


def _frame_ticks(clip: Clip, per_s: int) -> NDArray[Any]:
    """When each frame is shown, in ticks of match time."""
    start, tick = int(clip.match_s(0) * per_s), int(clip.to_match.rate * clip.timebase.tick_s * per_s)
    largest = abs(start) + tick * (clip.pts[-1] - clip.pts[0])
    dtype = _dtype(max(largest, abs(clip.pts[0]), abs(clip.pts[-1]), tick))
    return start + tick * (np.array(clip.pts, dtype) - clip.pts[0])


def _nearest(steps: NDArray[Any], ticks: NDArray[Any], per_s: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """For each step the index of the nearest tick (the earlier of two) and how much later that tick is.

    Floats only guess the place; neighbours on both sides are then compared exactly.
    """
    guess = np.searchsorted((ticks / per_s).astype(np.float64), (steps / per_s).astype(np.float64))
    best = np.clip(guess - 2, 0, len(ticks) - 1)
    off = ticks[best] - steps
    for shift in (-1, 0, 1):
        other = np.clip(guess + shift, 0, len(ticks) - 1)
        other_off = ticks[other] - steps
        closer = np.asarray(np.abs(other_off) < np.abs(off), np.bool_)
        best, off = np.where(closer, other, best), np.where(closer, other_off, off)
    return best.astype(np.int64), off
