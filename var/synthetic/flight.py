"""The ball: pieces of rolling, flying and being led at the foot, one after the other without a gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.synthetic.paths import Path

Floats = NDArray[np.float64]

RADIUS_M = 0.11


@dataclass(frozen=True, eq=False)
class Pass:
    """From ``start_m`` at ``from_s`` to ``end_m`` at ``to_s``: slowing by ``drag`` (0 to 1), ``arc_m`` high midway."""

    from_s: float
    to_s: float
    start_m: Floats
    end_m: Floats
    drag: float = 0.0
    arc_m: float = 0.0

    def at(self, times_s: Floats) -> Floats:
        """Centre of the ball (times, 3)."""
        u = np.clip((times_s - self.from_s) / (self.to_s - self.from_s), 0.0, 1.0)
        done = (1.0 + self.drag) * u - self.drag * u * u
        place = self.start_m + done[:, None] * (self.end_m - self.start_m)
        place[:, 2] += 4.0 * self.arc_m * u * (1.0 - u)
        return place


@dataclass(frozen=True, eq=False)
class Lead:
    """Led at the foot: ``offset_m`` (3,) from the pelvis' ground point, ``push_m`` farther on between ``touches``.

    At both ends of the piece the ball is exactly at the offset.
    """

    from_s: float
    to_s: float
    path: Path
    offset_m: Floats
    push_m: float
    touches: int

    def at(self, times_s: Floats) -> Floats:
        """Centre of the ball (times, 3)."""
        place, velocity = self.path.at(times_s)
        speed = np.maximum(np.linalg.norm(velocity, axis=1, keepdims=True), 0.3)
        u = (times_s - self.from_s) / (self.to_s - self.from_s)
        push = self.push_m * np.sin(np.pi * self.touches * u) ** 2
        out = np.empty((len(times_s), 3))
        out[:, :2] = place + self.offset_m[:2] + push[:, None] * velocity / speed
        out[:, 2] = self.offset_m[2] + (RADIUS_M - self.offset_m[2]) * np.minimum(1.0, 8.0 * np.sin(np.pi * u) ** 2)
        return out


@dataclass(frozen=True, eq=False)
class Ball:
    """The ball over the whole scene: pieces in order of time; before the first and after the last it lies still."""

    pieces: tuple[Pass | Lead, ...]

    def at(self, times_s: Floats) -> Floats:
        """Centre of the ball (times, 3) in metres."""
        times = np.clip(times_s, self.pieces[0].from_s, self.pieces[-1].to_s)
        starts = np.array([piece.from_s for piece in self.pieces])
        which = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(self.pieces) - 1)
        out = np.empty((len(times), 3))
        for i, piece in enumerate(self.pieces):
            chosen = which == i
            if chosen.any():
                out[chosen] = piece.at(times[chosen])
        return out
