"""Whether what one document holds belongs together: its calibrations with each other and the pitch, and its clicks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import numpy as np

from var.measure.calibration import Calibration
from var.measure.faults import Faults
from var.measure.pitch import Pitch
from var.measure.sure import GRID

SAME_M = 0.1
"""Pitches that differ by less than this are one pitch, measured twice."""


def refuse_strangers(faults: Faults, calibrations: Mapping[str, Calibration], pitch: Pitch) -> None:
    """Note calibrations (by camera) of a pitch of another size than ``pitch``, and those of a flat pitch beside those
    of a crowned one: their places would be told of two different grounds."""
    crowned = {camera for camera, found in calibrations.items() if found.surface is not None}
    for camera, found in calibrations.items():
        at = f"$.calibrations.{camera}"
        if _of_another_size(found, pitch):
            faults.add(at, "other_pitch", length=f"{pitch.length_m:g}", width=f"{pitch.width_m:g}")
        if crowned and camera not in crowned:
            faults.add(f"{at}.surface", "flat_beside_crowned", camera=min(crowned))


def _of_another_size(found: Calibration, pitch: Pitch) -> bool:
    """Whether a calibration's own places (``line_sigma_cm``) or its surface are of a pitch of another size."""
    if found.surface is not None and abs(found.surface.width_m - pitch.width_m) > SAME_M:
        return True
    places = np.array(found.line_sigma_cm, dtype=np.float64).reshape(-1, 3)
    for axis, (side_m, count) in enumerate(zip((pitch.length_m, pitch.width_m), GRID, strict=True)):
        here = np.linspace(-side_m / 2, side_m / 2, count)
        if len(places) and np.abs(places[:, axis, None] - here).min(axis=1).max() > SAME_M:
            return True
    return False


def refuse_twice(faults: Faults, seen: Iterable[tuple[str, Hashable]]) -> None:
    """Note each click (its path, and what it shows on which picture) that shows what an earlier one shows: the same
    click given again is no second observation, and counting it would narrow the interval."""
    first: dict[Hashable, str] = {}
    for at, key in seen:
        if first.setdefault(key, at) != at:
            faults.add(at, "twice", other=first[key])
