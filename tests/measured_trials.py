"""Trials that are measured already, for tests: a simulated jump or squat whose points lie on a numbered recording."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
from recordings import write

from athletes.archive import Archive
from athletes.kinematics.analysis import analyse
from athletes.kinematics.model import Analysis, Movement
from athletes.kinematics.scale import from_length
from athletes.motion.found import keep_analysis, keep_tracks
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.pose.model import Track
from athletes.synthetic_motion.camera import Camera, Shutter, observe
from athletes.synthetic_motion.jumping import cmj
from athletes.synthetic_motion.movements import squats
from touchline.origin import Origin
from touchline.timebase import ClockMap

DAY = date(2026, 11, 3)
X264 = {"preset": "ultrafast", "sc_threshold": "0"}
SIZE = (320, 180)


def seen(movement: Movement, fps: float, *, seed: int = 0, size: tuple[int, int] = SIZE, rise_m: float = 0.35) -> Track:
    """A simulated athlete of 1.72 m as a pose model would find them, in a picture of ``size`` that shows 2.7 m of
    height (or of width, where it is narrower)."""
    focal_px = 8.0 * min(size) / 2.7
    camera = Camera((0.0, -8.0, 1.1), (0.0, 0.0, 1.05), focal_px, size)
    performed = cmj(1.72, rise_m) if movement is Movement.CMJ else squats(1.72, (0.4,))
    times_s = Shutter(fps).times(performed.seconds)
    return observe(performed.at(times_s), times_s, camera, np.random.default_rng(seed))


def analysis_of(track: Track, movement: Movement) -> Analysis:
    """What is measured of it, with a known length of 1 m."""
    px_per_m = min(track.size_px) / 2.7
    return analyse(track, movement, from_length((10.0, 10.0, 10.0, 10.0 + px_per_m), 1.0, click_px=0.2))


def measured_trial(
    archive: Archive,
    folder: Path,
    *,
    name: str = "Bật nhảy 1",
    movement: Movement = Movement.CMJ,
    athlete_id: str | None = None,
    origin: Origin = Origin.SIMULATED,
    fps: int = 60,
    slow: int = 1,
    seed: int = 0,
    size: tuple[int, int] = SIZE,
    rotation: tuple[float, bool] | None = None,
    rise_m: float = 0.35,
) -> Trial:
    """Keep such a trial, measured. ``fps`` are real; the file shows them ``slow`` times slower. Where ``rotation``
    turns the recording upright, ``size`` is that of the coded picture."""
    turned = size if rotation is None else size[::-1]
    track = seen(movement, fps, seed=seed, size=turned, rise_m=rise_m)
    track = replace(
        track, origin=origin, method="simulated body points" if origin is Origin.SIMULATED else "test engine"
    )
    path = folder / f"{name}-{seed}.mp4"
    write(path, len(track), rate=Fraction(fps, slow), size=size, gop=10, options=X264, rotation=rotation)
    trials = Trials(archive)
    trial = trials.add(name, movement, DAY, [(path, "Máy 1")], athlete_id=athlete_id, origin=origin, move=True)
    if slow != 1:
        trial = trials.change(trial.with_shot(replace(trial.shots[0], to_trial=ClockMap(rate=Fraction(1, slow)))))
    recorded = replace(track, t_s=track.t_s * slow)  # tracks are kept on the recording's own clock
    keep_tracks(trials, trial.id, "cam1", [recorded])
    keep_analysis(trials, trial.id, analysis_of(track, movement), camera_id="cam1", recipe="test")
    return trial
