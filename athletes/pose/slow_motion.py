"""Whether a recording shows what happened more slowly than it was: a suggestion with its reason, never a decision.

A phone that films 240 pictures a second may say so (Android's ``com.android.capture.fps``), or not at all. Then the
body says it: in the air everything falls at 9.81 m/s^2, and in a recording that is ``f`` times too slow it seems to
fall ``f^2`` times more slowly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from athletes.pose.model import Floats, Track
from athletes.pose.noise import body_height_px
from athletes.worded import Worded

GRAVITY_MPS2 = 9.80665
USUAL = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Phones and cameras slow down by these: 60, 120, 240, 480 or 960 pictures a second shown as 30."""

STATURE_M = 1.70
"""A body height that is within 10 % of most people's."""

STATURE_SHARE = 0.10

CAPTURE_TAGS = ("com.android.capture.fps", "com.apple.quicktime.video-frame-rate", "capture_fps")
ATHLETE_LEAVES = 0.03
"""Both feet rise by more than this part of the body height in a jump."""

LEAST_FRAMES = 6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``factor``: how many times too slow the recording probably is; ``reason`` is ``tag`` or ``fall``; ``frames`` are
    those of the fall. ``values`` say by what: the tag's rate, or the acceleration seen, in m/s^2, with its error."""

    factor: float
    reason: str
    frames: tuple[int, int] | None
    values: Mapping[str, float]

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "factor": self.factor,
            "reason": self.reason,
            "frames": None if self.frames is None else list(self.frames),
            "values": dict(self.values),
        }


def by_tags(tags: Mapping[str, str], times_s: Floats) -> Suggestion | None:
    """What the container says of itself; None where it says nothing, or that it is shown as it was taken."""
    if len(times_s) < 2:
        return None
    shown = 1.0 / float(np.median(np.diff(times_s)))
    for name in CAPTURE_TAGS:
        try:
            taken = float(tags[name])
        except (KeyError, ValueError):
            continue
        factor = taken / shown
        if np.isfinite(factor) and 1.5 <= factor <= 100:
            return Suggestion(round(factor, 3), "tag", None, {"taken_fps": taken, "shown_fps": round(shown, 3)})
    return None


def by_falls(track: Track, slow: float = 1.0) -> Suggestion | None:
    """What flights of the body say, on a ``track`` whose times were divided by ``slow`` already; None where there is
    no flight, or gravity is as it should be, or what is seen is no usual slowing.

    The athlete is taken to be 1.70 m +- 10 % tall and to jump about as far from the camera as they stand.
    """
    flights = flights_of(track)
    if not flights:
        return None
    seen = np.array([flight[2] for flight in flights])
    pull = float(np.median(seen))
    spread = float(1.4826 * np.median(np.abs(seen - pull))) / np.sqrt(len(seen))
    sigma = float(np.hypot(spread, STATURE_SHARE * pull))
    if not pull > 0:
        return None
    ratio = float(np.sqrt(GRAVITY_MPS2 / pull))
    # an error of the acceleration counts half in its root; the filter of an engine makes flights look longer too
    sigma_ratio = ratio * (0.5 * sigma / pull + 0.05)
    near = min(USUAL, key=lambda factor: abs(np.log(factor / ratio)))
    if abs(near - ratio) > 3 * sigma_ratio or abs(ratio - 1) < 3 * sigma_ratio:
        return None
    longest = max(flights, key=lambda flight: flight[1] - flight[0])
    values = {"seen_m_s2": round(pull, 2), "sigma_m_s2": round(sigma, 2), "flights": float(len(flights))}
    return Suggestion(near * slow, "fall", longest[:2], values)


def flights_of(track: Track) -> list[tuple[int, int, float]]:
    """First frame, last frame and downward acceleration (m/s^2, by a body of 1.70 m) of each stretch in which both feet
    are off the ground and hips and shoulders fly in one parabola."""
    height = body_height_px(track.px, track.skeleton)
    places = track.skeleton.places
    feet = track.px[:, places("left_foot_index", "right_foot_index", "left_heel", "right_heel"), 1]
    middle = track.px[:, places("left_hip", "right_hip", "left_shoulder", "right_shoulder"), 1].mean(axis=1)
    if not np.isfinite(height) or not np.isfinite(feet).any():
        return []
    lowest = np.where(np.isfinite(feet).all(axis=1), feet.max(axis=1), np.nan)
    ground = float(np.nanpercentile(lowest, 90))
    off = (ground - lowest > ATHLETE_LEAVES * height) & np.isfinite(middle)
    flights = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], off.astype(np.int64), [0]])))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start < LEAST_FRAMES:
            continue
        t_s, v = track.t_s[start:end], middle[start:end]
        curve, down, _ = np.polyfit(t_s - t_s.mean(), v, 2)
        left = v - np.polyval([curve, down, v.mean()], t_s - t_s.mean())
        rise = abs(curve) * ((t_s[-1] - t_s[0]) / 2) ** 2
        if curve > 0 and rise > 0.02 * height and float(np.std(left - left.mean())) < 0.15 * rise + 0.004 * height:
            pull = 2 * float(curve) * STATURE_M / height
            flights.append((int(track.frames[start]), int(track.frames[end - 1]), pull))
    return flights


def checked_factor(slow: float) -> float:
    """``slow`` itself. Raises ``BadValue`` for a factor below 1 or above 100."""
    if not 1 <= slow <= 100:
        raise Worded("athletes.errors.bad_slow_factor", factor=float(slow))
    return slow
