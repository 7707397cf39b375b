"""One person while they are followed through what an engine found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from athletes.pose.chunks import Found
from athletes.pose.model import Floats

ALIKE = 12.0
"""Colours closer than this (CIELAB, mean of trunk and thighs) may be of one person; another light or the other side of
a shirt moves them about as far."""


@dataclass(slots=True, eq=False)
class Way:
    """A person's bodies: ``rows`` of a ``Found`` by place of the frame, and what is known of them by the newest."""

    rows: dict[int, int] = field(default_factory=dict)
    px: Floats = field(default_factory=lambda: np.empty((0, 2)))
    speed: Floats = field(default_factory=lambda: np.zeros(2))
    height: float = 0.0
    seen_s: float = 0.0
    colours: Floats = field(default_factory=lambda: np.full(6, np.nan))

    def expected(self, t_s: float) -> Floats:
        """Where the joints are expected, (k, 2): the speed of the whole dies away within half a second."""
        ahead_s = t_s - self.seen_s
        return np.asarray(self.px + self.speed * 0.5 * (1 - np.exp(-ahead_s / 0.5)))

    def take(self, place: int, row: int, found: Found) -> None:
        """The body ``row`` is this person's in the frame at ``place``."""
        px, t_s = found.px[row], float(found.t_s[place])
        if self.rows and t_s > self.seen_s:
            moved = np.median(px - self.px, axis=0) / (t_s - self.seen_s)
            self.speed = self.speed + (1 - np.exp(-(t_s - self.seen_s) / 0.08)) * (moved - self.speed)
        height = float(np.ptp(px[:, 1]) + np.ptp(px[:, 0])) / 1.3
        self.height = height if not self.rows else 0.9 * self.height + 0.1 * height
        fresh = found.colours[row]
        known = np.where(np.isfinite(self.colours), self.colours, fresh)
        self.colours = np.where(np.isfinite(fresh), 0.95 * known + 0.05 * fresh, known)
        self.px, self.seen_s = px, t_s
        self.rows[place] = row

    def exchange(self, other: Way, place: int) -> None:
        """From the frame at ``place`` on, what was this person's is the other's, and the other way round."""
        mine = {at: row for at, row in self.rows.items() if at >= place}
        theirs = {at: row for at, row in other.rows.items() if at >= place}
        self.rows = {at: row for at, row in self.rows.items() if at < place} | theirs
        other.rows = {at: row for at, row in other.rows.items() if at < place} | mine


def colour_distance(one: Floats, other: Floats) -> float:
    """How far two people's colours are apart (CIELAB, root mean square over trunk and thighs); NaN where no part was
    seen of both. Lightness counts half: shadows change it."""
    parts = ((one - other) * [0.5, 1, 1, 0.5, 1, 1]).reshape(2, 3)
    each = np.linalg.norm(parts, axis=1)
    return float(np.sqrt(np.mean(each[np.isfinite(each)] ** 2))) if np.isfinite(each).any() else float("nan")


def colours_between(way: Way, found: Found, first: int, last: int) -> Floats:
    """The median colours that were worn on the frames at the places ``first`` to ``last``, (6,); NaN where unseen."""
    rows = [row for place in range(max(0, first), last + 1) if (row := way.rows.get(place)) is not None]
    few = found.colours[rows]
    seen = np.isfinite(few).any(axis=0)
    medians = np.full(few.shape[1], np.nan)
    medians[seen] = np.nanmedian(few[:, seen], axis=0)
    return medians
