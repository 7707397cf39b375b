"""Smooth paths through key positions: cubic Hermite pieces with position and velocity continuous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Key = tuple[float, float, float] | tuple[float, float, float, float, float]
"""(time in s, x, y in m), or with the velocity (vx, vy) in m/s that the path has there."""


@dataclass(frozen=True, eq=False)
class Path:
    """A path in the plane: times (n,), positions (n, 2) in metres, velocities (n, 2) in m/s at the keys."""

    times_s: Floats
    places_m: Floats
    velocities_mps: Floats

    def at(self, times_s: Floats) -> tuple[Floats, Floats]:
        """Positions and velocities, each (len(times), 2); outside the keys the body stands still."""
        i = np.clip(np.searchsorted(self.times_s, times_s, side="right") - 1, 0, len(self.times_s) - 2)
        span = (self.times_s[i + 1] - self.times_s[i])[:, None]
        inside = (times_s >= self.times_s[0]) & (times_s <= self.times_s[-1])
        u = np.clip((times_s - self.times_s[i])[:, None] / span, 0.0, 1.0)
        p0, p1 = self.places_m[i], self.places_m[i + 1]
        m0, m1 = self.velocities_mps[i] * span, self.velocities_mps[i + 1] * span
        a, b = 2.0 * (p0 - p1) + m0 + m1, 3.0 * (p1 - p0) - 2.0 * m0 - m1
        place = p0 + u * (m0 + u * (b + u * a))
        velocity = (m0 + u * (2.0 * b + u * 3.0 * a)) / span
        return place, np.where(inside[:, None], velocity, 0.0)

    def moved(self, dx_m: float) -> Path:
        """The same path ``dx_m`` farther along x."""
        return Path(self.times_s, self.places_m + np.array([dx_m, 0.0]), self.velocities_mps)


def path(keys: Sequence[Key]) -> Path:
    """The path through ``keys`` (at least two, in order of time); it starts and ends at rest unless a key says else."""
    times = np.array([key[0] for key in keys], dtype=float)
    places = np.array([key[1:3] for key in keys], dtype=float)
    slopes = np.zeros_like(places)
    slopes[1:-1] = (places[2:] - places[:-2]) / (times[2:] - times[:-2])[:, None]
    for i, key in enumerate(keys):
        if len(key) == 5:
            slopes[i] = key[3:]
    return Path(times, places, slopes)
