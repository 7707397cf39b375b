"""What it costs to go on from one frame to a later one with left and right as they are, or exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Floats, Track
from athletes.pose.noise import local_heights_px

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "trunk": ("shoulder", "hip"),
        "arms": ("elbow", "wrist", "pinky", "index", "thumb"),
        "legs": ("knee", "ankle", "heel", "foot_index"),
    }
)
"""Which joints an engine mixes up together."""

COMPARED = ("shoulder", "hip", "elbow", "wrist", "knee", "ankle", "heel", "foot_index")

REACH_S = 0.25
"""Frames in between that fit neither side are left out up to here; later on nothing is known of what was before."""

NOISE = 0.012
"""How much a vector shakes, in parts of the body height (docs/experiments/011)."""

UNEVEN = 25.0
"""How much the motion between two frames differs from what its neighbours say, heights a second squared: a sprinter's
feet at 30 frames a second."""

LOOSER_A_S = 0.3
"""How much less is known for every second that lies between two frames, in heights."""

CAP = 6.0

LONGER, LIMB = 0.1, 0.2
"""A limb may look so much longer than nearly always; what twice that costs a frame is four times ``LIMB``."""

SLOPE_S = 0.035
"""The stretch by which a speed is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """``fits`` (n, reach, groups, 2): the cost from seen frame i to i + 1 + lag as they are (0) and exchanged (1);
    ``limbs`` (n, 2, 2): what arms and legs cost a frame on the trunk's side (0) and on the other (1), because upper
    arms and thighs would be longer than they ever are; ``vectors`` (n, pairs, 2) from each right joint to the left one,
    in body heights; ``of_group`` (groups, pairs), 1 where they belong; ``usual_s``, the time from frame to frame."""

    fits: Floats
    limbs: Floats
    vectors: Floats
    of_group: Floats
    usual_s: float


def steps_of(track: Track, seen: NDArray[np.int64]) -> Steps:
    """The costs between the frames at the places ``seen`` of ``track``, whose times must be real: what slow motion
    shows as slow would be let jump as far as a film of few pictures a second is."""
    skeleton = track.skeleton
    left = skeleton.places(*(f"left_{joint}" for joint in COMPARED))
    right = skeleton.places(*(f"right_{joint}" for joint in COMPARED))
    of_group = np.array([[joint in joints for joint in COMPARED] for joints in GROUPS.values()], dtype=np.float64)
    height = local_heights_px(track.px, skeleton)[seen]
    vectors = (track.px[seen][:, left] - track.px[seen][:, right]) / np.maximum(height, 1.0)[:, None, None]
    sure = np.minimum(np.nan_to_num(track.confidence[seen][:, left]), np.nan_to_num(track.confidence[seen][:, right]))
    t_s = track.t_s[seen]
    n = len(seen)
    usual_s = float(np.median(np.diff(t_s)))
    reach = max(1, min(n - 1, round(REACH_S / usual_s)))
    before, after = _speeds(vectors, t_s, of_group)
    fits = np.zeros((n, reach, len(GROUPS), 2))
    for lag in range(1, reach + 1):
        a, b = slice(0, n - lag), slice(lag, n)
        dt = (t_s[b] - t_s[a])[:, None]
        sigma = NOISE + UNEVEN * usual_s**2 + LOOSER_A_S * (dt - usual_s).clip(0)
        weight = np.minimum(sure[a], sure[b])
        for turned, sign in ((0, 1.0), (1, -1.0)):
            cost = np.full(weight.shape, np.inf)
            for early, late in product(before, after):
                motion = _mean(early[a], sign * late[b]) * dt[:, :, None]
                away = sign * vectors[b] - vectors[a] - motion
                cost = np.fmin(cost, (away**2).sum(axis=2) / (2 * sigma**2))
            known = np.isfinite(cost) & (dt <= REACH_S * 1.5)
            fits[a, lag - 1, :, turned] = (np.where(known, np.minimum(cost, CAP), 0.0) * weight) @ of_group.T
    return Steps(fits, _limbs(track, seen, height), vectors, of_group, usual_s)


def _limbs(track: Track, seen: NDArray[np.int64], height: Floats) -> Floats:
    places, px = track.skeleton.places, track.px[seen]
    made = np.zeros((len(seen), 2, 2))
    for group, (near, far) in enumerate((("shoulder", "elbow"), ("hip", "knee"))):
        root, tip = px[:, places(f"left_{near}", f"right_{near}")], px[:, places(f"left_{far}", f"right_{far}")]
        lengths = np.stack([np.linalg.norm(root - tip, axis=2), np.linalg.norm(root - tip[:, ::-1], axis=2)], axis=1)
        lengths = lengths / np.maximum(height, 1.0)[:, None, None]
        given = lengths[:, 0][np.isfinite(lengths[:, 0])]
        longest = np.percentile(given, 90) if len(given) else np.inf
        too_long = (lengths / max(float(longest), 1e-6) - 1.0 - LONGER).clip(0) / LONGER
        made[:, group] = LIMB * np.minimum(np.nan_to_num(too_long) ** 2, 4.0).sum(axis=2)
    return made


def _mean(one: Floats, other: Floats) -> Floats:
    """The mean of what is known of two speeds; zero where nothing is."""
    both = np.where(np.isfinite(one), np.where(np.isfinite(other), (one + other) / 2, one), other)
    return np.asarray(np.nan_to_num(both))


def _speeds(vectors: Floats, t_s: Floats, of_group: Floats) -> tuple[list[Floats], list[Floats]]:
    """How fast the vectors change just before and just after each frame, heights a second; NaN where nothing is known.

    By the ends of a stretch of ``SLOPE_S``; by the median of its steps and one more; and by its ends again, each frame
    turned as it fits its neighbour best: of these at least one has no swap in it.
    """
    n = len(vectors)
    width = min(max(1, round(SLOPE_S / float(np.median(np.diff(t_s))))), n - 1)
    some = max(3, width + 1)
    early, late = np.full((3, *vectors.shape), np.nan), np.full((3, *vectors.shape), np.nan)
    steps_s = np.diff(t_s)[:, None, None]
    steps, turned = np.diff(vectors, axis=0), -vectors[1:] - vectors[:-1]
    better = (np.nan_to_num(turned**2 - steps**2).sum(axis=2) @ of_group.T) < 0  # (n - 1, groups)
    sign = np.where(better @ of_group.astype(bool), -1.0, 1.0)[:, :, None]
    whole_s = (t_s[width:] - t_s[:-width])[:, None, None]
    early[0, width:] = late[0, : n - width] = (vectors[width:] - vectors[:-width]) / whole_s
    if n > some:
        middle = np.median(np.lib.stride_tricks.sliding_window_view(steps / steps_s, some, axis=0), axis=-1)
        early[1, some:], late[1, : n - some] = middle, middle
    back, ahead = np.ones((n - width, vectors.shape[1], 1)), np.ones((n - width, vectors.shape[1], 1))
    for k in range(width):
        back *= sign[width - 1 - k : n - 1 - k]
        ahead *= sign[k : n - width + k]
    early[2, width:] = (vectors[width:] - back * vectors[:-width]) / whole_s
    late[2, : n - width] = (ahead * vectors[width:] - vectors[:-width]) / whole_s
    return list(early), list(late)
