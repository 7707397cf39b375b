"""What a bundle is made of: pictures with their marks, and points that several of them show at an unknown place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from var.measure.mark import CLICK_SIGMA_PX, Lens, LineMark, Mark

SHARED = ("centre", "distortion", "principal_point", "focal")
"""What the pictures of one camera have in common where nothing else is said; one that zooms shares no ``focal``."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A point on the ground whose place nobody knows, seen in several pictures under one ``name``: a divot, the foot of
    a bench, the end of a chalk mark."""

    name: str
    image_px: tuple[float, float]
    sigma_px: float = CLICK_SIGMA_PX


@dataclass(frozen=True, slots=True)
class View:
    """One picture of ``camera_id``, of ``size_px`` (width, height): its marks, lines and ties, and the lens where it
    was measured. ``frame`` tells the pictures of a camera apart."""

    camera_id: str
    size_px: tuple[int, int]
    marks: Sequence[Mark] = ()
    lines: Sequence[LineMark] = ()
    ties: Sequence[Tie] = ()
    frame: int | None = None
    lens: Lens | None = None

    @property
    def key(self) -> tuple[str, int | None]:
        """How the picture is told from others."""
        return self.camera_id, self.frame

    @property
    def names(self) -> list[str]:
        """What its marks are called: points, lines, ties."""
        points = [mark.name for mark in self.marks]
        return [*points, *(line.called or line.name for line in self.lines), *(tie.name for tie in self.ties)]

    @property
    def told(self) -> int:
        """How many numbers its points and lines may tell at most."""
        return 2 * len(self.marks) + sum(min(2, len(set(line.image_px))) for line in self.lines) + 2 * len(self.ties)
