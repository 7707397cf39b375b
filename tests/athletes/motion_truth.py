"""People in front of a camera whose every point is known: where they are in a frame can be told from no other frame."""

from __future__ import annotations

import numpy as np

from athletes.kinematics.model import Analysis, Curve, Event, Movement, Side
from athletes.motion.found import keep_analysis, keep_tracks
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.pose.model import BODY33, Track
from touchline.origin import Origin

SIZE = (640, 360)
GAP = range(20, 26)
"""Frames in which the left knee's angle was not measured."""
UNLOOKED = 50
"""A frame in which the person who is followed was not looked for."""
NOBODY = 58
"""A frame that was not looked at."""
HEAD = ("nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer")
_FIGURE = {
    "shoulder": (18, 60),
    "elbow": (30, 95),
    "wrist": (36, 125),
    "pinky": (38, 132),
    "index": (36, 134),
    "thumb": (34, 131),
    "hip": (13, 130),
    "knee": (15, 180),
    "ankle": (16, 232),
    "heel": (13, 240),
    "foot_index": (26, 242),
}


def figure() -> np.ndarray:
    """A person seen from the front, (33, 2) pixels about their own corner; their left is on the picture's right."""
    points = np.zeros((len(BODY33), 2))
    for place, name in enumerate(BODY33.joints):
        side = 1 if "left" in name else -1 if "right" in name else 0
        part = name.removeprefix("left_").removeprefix("right_")
        x, y = _FIGURE.get(part, (4, 28))
        points[place] = (50 + side * x, y)
    return points


def place_of(frame: int) -> tuple[int, int]:
    """Where the figure's corner is in a frame: nowhere near its place in the frames beside it."""
    return 20 + (frame * 211) % 500, 40 + (frame * 37) % 60


def followed(frames: int, rate: float) -> Track:
    """The person who is followed; wrists are unsure, the right ankle is never seen."""
    px = np.array([figure() + place_of(frame) for frame in range(frames)], np.float64)
    sure = np.full(px.shape[:2], 0.95)
    sure[:, BODY33.places("left_wrist", "right_wrist")] = 0.2
    px[:, BODY33.place("right_ankle")] = np.nan
    kept = np.array([frame for frame in range(frames) if frame not in (UNLOOKED, NOBODY)])
    sigma = np.full(sure.shape, 1.5)
    return Track(1, kept, kept / rate, px[kept], sure[kept], sigma[kept], SIZE, Origin.SIMULATED, "")


def another(frames: int, rate: float) -> Track:
    """A smaller person who stands still at the left edge."""
    px = np.repeat((figure()[None] * 0.5 + (2, 200)), frames, axis=0)
    kept = np.array([frame for frame in range(frames) if frame != NOBODY])
    sure = np.full((len(kept), len(BODY33)), 0.9)
    return Track(2, kept, kept / rate, px[kept], sure, sure, SIZE, Origin.SIMULATED, "")


def angle_of(frame: int, rate: float, turn: int = 0) -> float:
    """The left knee's angle in a frame, degrees."""
    return 120.0 + 50.0 * float(np.cos(2 * np.pi * frame / rate)) + 3.0 * turn


def measured(frames: int, rate: float, turn: int = 0) -> Analysis:
    """The left knee with a gap, the right one, and the height of the hip; two events."""
    every = np.arange(frames)
    knee = np.array([angle_of(frame, rate, turn) for frame in every])
    left = np.where(np.isin(every, GAP), np.nan, knee)

    def curve(key: str, unit: str, value: np.ndarray, side: Side | None) -> Curve:
        sigma = np.where(np.isfinite(value), 0.02 * np.abs(value), np.nan)
        return Curve(key, unit, every, every / rate, value, sigma, side)

    curves = (
        curve("knee", "deg", left, Side.LEFT),
        curve("knee", "deg", knee - 10, Side.RIGHT),
        curve("hip_height", "m", 0.9 + knee / 1000, None),
    )
    low, off = round(rate / 2), round(rate)
    events = (
        Event("lowest", low / rate, 0.004, low),
        Event("touch_down", off / rate, 0.004, off, Side.LEFT, 1),
    )
    return Analysis(Movement.CMJ, (), curves, events)


def keep_measured(trials: Trials, trial: Trial, *, turn: int = 0) -> None:
    """Keep all of that for every camera of a trial, for as many frames as its recording has, as the work keeps it."""
    for one in trial.shots:
        camera, count = one.shot.camera_id, one.shot.frames
        rate = (count - 1) / one.shot.length_s
        keep_tracks(trials, trial.id, camera, [followed(count, rate), another(count, rate)])
        keep_analysis(trials, trial.id, measured(count, rate, turn), camera_id=camera, recipe="1")
