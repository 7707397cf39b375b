"""What people do with a picture: clicks with heavy tails, kicks marked late, names confused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.synthetic.body import LAW11_PARTS

Floats = NDArray[np.float64]

NEIGHBOURS = {
    "toe": ("heel", "knee"), "heel": ("toe", "knee"), "knee": ("hip", "toe"),
    "hip": ("knee", "shoulder"), "shoulder": ("head", "hip"), "head": ("shoulder",),
}  # fmt: skip
"""For which other part a body part is taken by mistake."""


@dataclass(frozen=True, slots=True)
class Observer:
    """How a careful person with a loupe and a frame-by-frame player errs. All spreads are standard deviations.

    Clicks are Student-distributed with ``tail`` degrees of freedom: at 4, one in a hundred lies beyond 3.3 standard
    deviations. ``late`` holds the shares of kicks that are marked one, two, ... frames late.
    """

    mark_px: float = 1.5
    click_px: float = 2.0
    tail: float = 4.0
    late: tuple[float, ...] = (0.08, 0.01)
    misnamed_mark: float = 0.02
    misnamed_part: float = 0.02
    other_side: float = 0.01
    choice_m: float = 0.03
    inside_m: float = 0.02
    edge_m: float = 0.015

    def miss(self, random: np.random.Generator, sigma_px: float) -> Floats:
        """How far a click misses, (2,) in pixels."""
        scale = sigma_px * np.sqrt((self.tail - 2.0) / self.tail)
        return np.asarray(scale * random.standard_t(self.tail, 2), dtype=np.float64)

    def late_frames(self, random: np.random.Generator) -> int:
        """By how many frames a kick is marked late."""
        drawn, passed = float(random.uniform()), 0.0
        for frames, share in enumerate(self.late, start=1):
            passed += share
            if drawn < passed:
                return frames
        return 0

    def chosen(self, random: np.random.Generator, reach_m: Floats) -> str:
        """Which Law 11 point is taken for the foremost of those that reach ``reach_m`` (12,)."""
        return LAW11_PARTS[int(np.argmax(reach_m + random.normal(0.0, self.choice_m, len(reach_m))))]

    def said(self, random: np.random.Generator, part: str) -> str:
        """As what a body part (without its side) is named."""
        others = NEIGHBOURS[part]
        return others[int(random.integers(len(others)))] if random.uniform() < self.misnamed_part else part

    def clicked(self, random: np.random.Generator, part: str) -> str:
        """Which point is clicked in one more view that means ``part``: now and then that of the other side."""
        side, _, bare = part.partition("_")
        if not bare or random.uniform() >= self.other_side:
            return part
        return f"{'left' if side == 'right' else 'right'}_{bare}"

    def names(self, random: np.random.Generator, names: Sequence[str]) -> list[str]:
        """As what marks of the pitch are named: now and then two are exchanged."""
        called = list(names)
        for i in range(len(called)):
            if len(called) > 1 and random.uniform() < self.misnamed_mark / 2:
                j = int(random.integers(len(called)))
                called[i], called[j] = called[j], called[i]
        return called
