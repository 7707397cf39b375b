"""Left and right that an engine mixed up, found by continuity and undone: of the whole body, or of arms or legs alone.

What is followed is the vector from each right joint to its left one. In a swap all vectors of a group turn round from
one picture to the next; in a turn of the athlete, and where legs pass each other, they shrink through zero at a speed
that was there before. The cheapest course through all frames is found at once (Viterbi, 1967): each step costs what
the vectors jump beyond their motion, a swap costs ``SWAP``, and a frame that fits neither side costs ``LEFT_OUT`` and
becomes a gap, because an engine that smooths draws its points from one side to the other in three to five pictures.

Which of the two courses is the true one continuity cannot say: most frames are taken to be right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Floats, Skeleton, Track
from athletes.pose.swap_costs import GROUPS, Steps, steps_of

SWAP, ODD_SWAP = 9.0, 14.0
"""What a swap costs: of everything, of the arms or of the legs; of the trunk without one of them."""

TURNED_A_S = 3.0
"""What a second of everything exchanged costs: where a swap's end was missed, the next time that legs pass each other
ends it."""

LEFT_OUT, LEFT_OUT_FOR_NOTHING = 3.0, 5.0
"""What a frame costs that is left out, in a swap and without one."""

HALFWAY = 0.5
"""Vectors that differ by more than this share of themselves from where they should be are on neither side."""

NOTHING = 0.02
"""Left and right that lie closer, in parts of the body height, are in one place."""

States = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Swap:
    """A stretch of frames ``first`` to ``last`` in which ``groups`` (``trunk``, ``arms``, ``legs``) were mixed up."""

    first: int
    last: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Swaps:
    """What was undone: ``found`` stretches, the ``frames`` in them, and those ``left_out`` between two sides."""

    found: tuple[Swap, ...]
    frames: tuple[int, ...]
    left_out: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many stretches were mixed up."""
        return len(self.found)


def undone(track: Track) -> tuple[Track, Swaps]:
    """``track`` with left and right as they go on from frame to frame, and what was changed for that."""
    seen = np.flatnonzero(np.isfinite(track.px).any(axis=(1, 2)))
    if len(seen) < 3:
        return track, Swaps((), (), ())
    steps = steps_of(track, seen)
    course = _course(steps, _sureness(track, seen))
    state = np.zeros(len(track), dtype=np.int64)
    gap = np.zeros((len(track), len(GROUPS)), dtype=bool)
    for before, at in pairwise(course):
        for between in range(before[0] + 1, at[0]):
            state[seen[between]], gap[seen[between]] = _between(steps, before, at, between)
    for place, one in course:
        state[seen[place]] = one
    return _mended(track, state, gap), _told(track, state, gap)


def _course(steps: Steps, sure: Floats) -> list[tuple[int, int]]:
    """The cheapest course: places among the seen frames and the state there, a bit a group."""
    n, reach = steps.fits.shape[:2]
    states = np.arange(8)
    flips = states[:, None] ^ states[None, :]  # from, to
    bits = (states[:, None] >> np.arange(len(GROUPS))) & 1
    swap_cost = np.array([_swap_cost(one) for one in range(8)])
    left_out = np.where(states > 0, LEFT_OUT, LEFT_OUT_FOR_NOTHING)
    apart = (bits[:, [0]] ^ bits[:, 1:]).astype(np.int64)  # (states, arms and legs): not on the trunk's side
    wrong = bits.mean(axis=1) * TURNED_A_S * steps.usual_s * sure[:, None]
    wrong = wrong + steps.limbs[:, 0, apart[:, 0]] + steps.limbs[:, 1, apart[:, 1]]  # (n, states)
    value, came = np.full((n, 8), np.inf), np.zeros((n, 8, 2), dtype=np.int64)
    value[0] = wrong[0]
    for j in range(1, n):
        lags = np.arange(1, min(reach, j) + 1)
        each = steps.fits[j - lags, lags - 1]  # (lags, groups, 2)
        cost = sum(each[:, g, :][:, bits[:, g]] for g in range(len(GROUPS)))  # (lags, flip pattern)
        cost = cost + swap_cost + left_out * (lags - 1)[:, None]
        total = value[j - lags][:, :, None] + cost[:, flips]  # (lags, from, to)
        flat = total.reshape(-1, 8)
        best = flat.argmin(axis=0)
        value[j] = flat[best, states] + wrong[j]
        came[j, :, 0], came[j, :, 1] = j - lags[best // 8], best % 8
    place, one = n - 1, int(value[-1].argmin())
    course = [(place, one)]
    while place > 0:
        place, one = int(came[place, one, 0]), int(came[place, one, 1])
        course.append((place, one))
    return course[::-1]


def _swap_cost(flip: int) -> float:
    trunk, arms, legs = flip & 1, flip >> 1 & 1, flip >> 2 & 1
    if not flip:
        return 0.0
    if trunk:
        return SWAP if arms and legs else ODD_SWAP
    return SWAP * (arms + legs)


def _between(steps: Steps, before: tuple[int, int], at: tuple[int, int], place: int) -> tuple[int, NDArray[np.bool_]]:
    """The state of a frame that the course left out, and which groups are on their way from one side to the other
    there: by the way from the frame before it to the one after it."""
    flip = before[1] ^ at[1]
    sign = np.array([-1.0 if flip >> g & 1 else 1.0 for g in range(len(GROUPS))])
    share = (place - before[0]) / (at[0] - before[0])
    start, here, end = steps.vectors[before[0]], steps.vectors[place], steps.vectors[at[0]]
    state, gap = 0, np.zeros(len(GROUPS), dtype=bool)
    for g, pairs in enumerate(steps.of_group.astype(bool)):
        meant = (1 - share) * start[pairs] + share * sign[g] * end[pairs]
        known = np.isfinite(meant + here[pairs]).all(axis=1)
        size = float(np.linalg.norm(meant[known], axis=1).sum())
        kept, turned = (float(np.linalg.norm(here[pairs][known] - way * meant[known], axis=1).sum()) for way in (1, -1))
        if size < NOTHING * max(int(known.sum()), 1):  # side by side in the picture: nothing to mix up
            kept = turned = 0.0
        state |= int((before[1] >> g & 1) ^ (turned < kept)) << g
        gap[g] = min(kept, turned) > HALFWAY * size and (bool(flip >> g & 1) or turned < kept)
    return state, gap


def _sureness(track: Track, seen: States) -> Floats:
    few = np.nan_to_num(track.confidence[seen], nan=0.0)
    return np.asarray(few.mean(axis=1) + 1e-3)


def joints_of(skeleton: Skeleton) -> list[list[tuple[int, int]]]:
    """The (left, right) places of each group; what belongs to no limb goes with the trunk."""
    arms, legs = GROUPS["arms"], GROUPS["legs"]
    made: list[list[tuple[int, int]]] = [[], [], []]
    for left, right in skeleton.mirrored:
        name = skeleton.joints[left]
        group = 1 if name.endswith(arms) else 2 if name.endswith(legs) else 0
        made[group].append((left, right))
    return made


def _mended(track: Track, state: States, gap: NDArray[np.bool_]) -> Track:
    px, confidence, sigma = track.px.copy(), track.confidence.copy(), track.sigma_px.copy()
    for group, pairs in enumerate(joints_of(track.skeleton)):
        turned, lost = (state >> group & 1).astype(bool), gap[:, group]
        for left, right in pairs:
            for values in (px, confidence, sigma):
                held = values[turned, left].copy()
                values[turned, left], values[turned, right] = values[turned, right], held
            for joint in (left, right):
                px[lost, joint], sigma[lost, joint] = np.nan, np.nan
    return replace(track, px=px, confidence=confidence, sigma_px=sigma)


def _told(track: Track, state: States, gap: NDArray[np.bool_]) -> Swaps:
    found: list[Swap] = []
    turned = np.concatenate([[0], (state > 0).astype(np.int64), [0]])
    for start, end in zip(np.flatnonzero(np.diff(turned) > 0), np.flatnonzero(np.diff(turned) < 0), strict=True):
        whole = int(np.bitwise_or.reduce(state[start:end]))
        groups = tuple(name for g, name in enumerate(GROUPS) if whole >> g & 1)
        found.append(Swap(int(track.frames[start]), int(track.frames[end - 1]), groups))
    frames = tuple(int(frame) for frame in track.frames[state > 0])
    return Swaps(tuple(found), frames, tuple(int(frame) for frame in track.frames[gap.any(axis=1)]))
