"""Trials for tests: small recordings whose frames say their number, and people whose points are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
from recordings import write

from athletes.archive import Archive
from athletes.kinematics.model import Movement
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.pose.model import BODY33, Track
from touchline.origin import Origin

DAY = date(2026, 11, 3)
X264 = {"preset": "ultrafast", "sc_threshold": "0"}  # without pictures that refer to later ones: the original plays


def film(path: Path, count: int = 60, *, rate: int = 30, camera: int = 0, size: tuple[int, int] = (320, 180)) -> Path:
    """A recording of ``count`` numbered frames."""
    return write(path, count, rate=Fraction(rate), camera=camera, size=size, gop=10, options=X264)


def kept_trial(
    archive: Archive,
    folder: Path,
    *,
    athlete_id: str | None = None,
    rates: Sequence[int] = (30,),
    movement: Movement = Movement.CMJ,
    name: str = "Bật nhảy 1",
) -> Trial:
    """A trial of one recording a rate, two seconds each."""
    sources = [
        (film(folder / f"{name}-{turn}.mp4", 2 * rate, rate=rate, camera=turn), f"Máy {turn + 1}")
        for turn, rate in enumerate(rates)
    ]
    return Trials(archive).add(name, movement, DAY, sources, athlete_id=athlete_id, origin=Origin.SIMULATED)


def standing_track(frames: int, rate: float, *, size: tuple[int, int] = (320, 180), person: int = 1) -> Track:
    """Somebody who stands and sways: a body 100 pixels high, each joint somewhere of its own."""
    k = len(BODY33)
    t_s = np.arange(frames) / rate
    base = np.column_stack([130 + 2.0 * (np.arange(k) % 9), 40 + 100 * np.arange(k) / (k - 1)])
    px = base[None] + np.stack([4 * np.sin(2 * np.pi * t_s), np.zeros(frames)], axis=1)[:, None]
    return Track(
        person,
        np.arange(frames),
        t_s,
        px,
        np.full((frames, k), 0.9),
        np.full((frames, k), 1.0),
        size,
        Origin.SIMULATED,
        "simulated",
    )
