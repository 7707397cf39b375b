"""The equations of a bundle: all unknowns of several pictures in one vector, and how every click moves with them.

A picture has eleven numbers: focal length, k1, k2, principal point, turn and the place of its camera. Pictures of one
camera point to the same entries of the vector for what they share. Behind them stand what all cameras share: the
crown, the length and the width of the pitch, and the places of ties.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import PARAMETERS, Array, rotations
from var.measure.curves import UNSEEN_PX, curve_of
from var.measure.pitch import Pitch
from var.measure.rows import crosses, pixels_and_slopes, right_jacobians, seen_rows
from var.measure.solve import Problem, prior
from var.measure.surface import incline, shape
from var.measure.views import View

PARTS = {"focal": (0,), "distortion": (1, 2), "principal_point": (3, 4), "centre": (8, 9, 10)}
"""Which of a picture's eleven numbers each word of ``views.SHARED`` means."""

Index = NDArray[np.int64]
SIZE_STEP_M = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """The clicks along lines of one view: the ``problem`` they pose on a flat pitch of the said size; for each curve
    how its points move with the pitch's length and width, (n, 3, 2); the ``rows`` of the clicks."""

    view: int
    problem: Problem
    moves: tuple[Array, ...]
    rows: Index


class System:
    """The unknowns of ``views`` with their priors ``mean`` and ``sigma`` (infinite where nothing is known), and the
    clicks. ``marks`` (n,) says to which mark each click belongs, ``of_view`` to which view each mark."""

    def __init__(
        self,
        views: Sequence[View],
        pitch: Pitch,
        shared: Collection[str],
        crown: tuple[float, float] | None,
        pitch_sigma_m: float | None,
    ) -> None:
        self.views, self.pitch = tuple(views), pitch
        means: list[float] = []
        sigmas: list[float] = []
        fixed = []
        taken: dict[tuple[str, int], int] = {}
        columns = np.empty((len(views), len(PARAMETERS)), dtype=np.int64)
        held = {k for word in shared for k in PARTS[word]}
        for number, view in enumerate(views):
            mean, sigma = prior(view.size_px)
            terms = np.zeros(3)
            if view.lens is not None:
                mean, sigma, terms = view.lens.prior(view.size_px)
            fixed.append(terms)
            for k in range(len(PARAMETERS)):
                known = taken.get((view.camera_id, k)) if k in held else None
                if known is None:
                    known = taken[view.camera_id, k] = len(means)
                    means.append(float(mean[k]))
                    sigmas.append(float(sigma[k]))
                columns[number, k] = known
        self.columns, self.fixed = columns, np.array(fixed)
        self.crown_at = self.size_at = None
        if crown is not None:
            self.crown_at = len(means)
            means.append(crown[0])
            sigmas.append(crown[1])
        if pitch_sigma_m is not None:
            self.size_at = len(means)
            means += [pitch.length_m, pitch.width_m]
            sigmas += [pitch_sigma_m] * 2
        self.ties: dict[str, int] = {}
        for name in dict.fromkeys(tie.name for view in views for tie in view.ties):
            self.ties[name] = len(means)
            means += [0.0, 0.0]
            sigmas += [np.inf, np.inf]
        self.mean, self.sigma = np.array(means), np.array(sigmas)
        self._clicks()

    def _clicks(self) -> None:
        views: list[int] = []
        pixels: list[tuple[float, float]] = []
        sigma: list[float] = []
        places: list[tuple[float, float, float]] = []
        moves: list[Array] = []
        marks: list[int] = []
        tied: list[int] = []
        self.of_view: list[int] = []
        self.curves: list[Curves] = []
        flat = {name: point_moves(self.pitch, name) for name in self.pitch.points}
        for number, view in enumerate(self.views):
            for mark in view.marks:
                name, gap = self.pitch.nearest(mark.pitch_m)
                views.append(number)
                pixels.append(mark.image_px)
                sigma.append(mark.sigma_px)
                places.append(mark.pitch_m)
                moves.append(flat[name] if gap < 0.01 else np.zeros((3, 2)))
                marks.append(len(self.of_view))
                tied.append(-1)
                self.of_view.append(number)
            begin = len(views)
            for line in view.lines:
                clicks = list(dict.fromkeys(line.image_px))
                views += [number] * len(clicks)
                pixels += clicks
                sigma += [line.sigma_px] * len(clicks)
                places += [(0.0, 0.0, 0.0)] * len(clicks)
                moves += [np.zeros((3, 2))] * len(clicks)
                marks += [len(self.of_view)] * len(clicks)
                tied += [-1] * len(clicks)
                self.of_view.append(number)
            if view.lines:
                self.curves.append(self._curves(number, begin, marks, pixels, sigma))
            for tie in view.ties:
                views.append(number)
                pixels.append(tie.image_px)
                sigma.append(tie.sigma_px)
                places.append((0.0, 0.0, 0.0))
                moves.append(np.zeros((3, 2)))
                marks.append(len(self.of_view))
                tied.append(self.ties[tie.name])
                self.of_view.append(number)
        self.view, self.marks, self.tied = np.array(views), np.array(marks), np.array(tied)
        self.pixels, self.sigma_px = np.array(pixels, dtype=np.float64), np.array(sigma, dtype=np.float64)
        self.places, self.moves = np.array(places, dtype=np.float64), np.array(moves)
        self.owner_view = np.array(self.of_view)
        self.told = np.full(len(views), 2)
        for curves in self.curves:
            self.told[curves.rows] = 1

    def _curves(
        self, number: int, begin: int, marks: list[int], pixels: list[tuple[float, float]], sigma: list[float]
    ) -> Curves:
        names = [line.name for line in self.views[number].lines]
        found = [curve_of(self.pitch, name) for name in names]
        own = np.array(marks[begin:])
        problem = Problem(
            np.zeros((len(own), 3)),
            np.array(pixels[begin:], dtype=np.float64),
            np.array(sigma[begin:], dtype=np.float64),
            self.mean[:11],
            self.sigma[:11],
            self.fixed[number],
            tuple(curve for curve in found if curve is not None),
            own - own.min(),
        )
        moves = tuple(curve_moves(self.pitch, name) for name in names)
        return Curves(number, problem, moves, np.arange(begin, len(marks)))

    def size(self, x: Array) -> Array:
        """Length and width (2,) in metres at ``x``."""
        if self.size_at is None:
            return np.array([self.pitch.length_m, self.pitch.width_m])
        return np.asarray(x[self.size_at : self.size_at + 2])

    def thetas(self, x: Array) -> Array:
        """The cameras (m, 11) of all views, as ``var.measure.camera`` takes them."""
        own = x[self.columns]
        moved = -np.einsum("mij,mj->mi", rotations(own[:, 5:8]), own[:, 8:11])
        return np.concatenate([own[:, :8], moved], axis=1)

    def by_own(self, x: Array) -> Array:
        """How each camera moves with its entries of the vector, (m, 11, 11)."""
        own = x[self.columns]
        rotation = rotations(own[:, 5:8])
        slope = np.repeat(np.eye(11)[None], len(own), axis=0)
        slope[:, 8:11, 5:8] = rotation @ crosses(own[:, 8:11]) @ right_jacobians(own[:, 5:8])
        slope[:, 8:11, 8:11] = -rotation
        return slope

    def slopes(self, x: Array) -> Array:
        """How each camera moves with the whole vector, (m, 11, p)."""
        found = np.zeros((len(self.views), 11, len(self.mean)))
        for number, slope in enumerate(self.by_own(x)):
            found[number][:, self.columns[number]] = slope
        return found

    def linear(self, x: Array, crown_m: float, *, slopes: bool = True) -> tuple[Array, Array]:
        """The misses (n, 2) in pixels, of lines the part across them, and how they move with the vector (n, 2, p),
        empty without ``slopes``. ``crown_m`` counts where the crown is no unknown."""
        crown = crown_m if self.crown_at is None else float(x[self.crown_at])
        size, thetas = self.size(x), self.thetas(x)
        change = size - [self.pitch.length_m, self.pitch.width_m]
        places = self.places + self.moves @ change
        tie = self.tied >= 0
        places[tie, 0], places[tie, 1] = x[self.tied[tie]], x[self.tied[tie] + 1]
        lifted = places.copy()
        lifted[:, 2] += crown * shape(places[:, 1], size[1])
        moves = self.moves
        tells = np.repeat(np.eye(2)[None], len(places), axis=0)
        if self.curves:
            moves = moves.copy()
        for curves in self.curves:
            bent = []
            for base, move in zip(curves.problem.curves, curves.moves, strict=True):
                curve = base + move @ change
                curve[:, 2] += crown * shape(curve[:, 1], size[1])
                bent.append(curve)
            found, tell = replace(curves.problem, curves=tuple(bent), table=None).seen(thetas[curves.view])
            lifted[curves.rows], tells[curves.rows] = found, tell
            assert curves.problem.on is not None
            for number, curve in enumerate(bent):
                rows = curves.rows[curves.problem.on == number]
                way = curve[-1] - curve[0]
                share = (lifted[rows] - curve[0]) @ way / max(float(way @ way), 1e-12)
                first, last = curves.moves[number][0], curves.moves[number][-1]
                moves[rows] = first + share[:, None, None] * (last - first)
        pixels, by_theta, by_place = pixels_and_slopes(thetas, self.fixed, lifted, self.view)
        miss = pixels - self.pixels
        hidden = np.zeros(len(miss), dtype=bool)
        if self.curves:
            lines = self.told == 1
            hidden[lines] = ~seen_rows(thetas, self.fixed, lifted[lines], self.view[lines])
            miss = np.einsum("nij,nj->ni", tells, np.clip(miss, -UNSEEN_PX, UNSEEN_PX))
            miss[hidden] = UNSEEN_PX
        if not slopes:
            return miss, np.empty(0)
        slope = np.zeros((len(miss), 2, len(x)))
        by_own = by_theta @ self.by_own(x)[self.view]
        slope[np.arange(len(miss))[:, None], :, self.columns[self.view]] = by_own.transpose(0, 2, 1)
        along_y = by_place[:, :, 1] + by_place[:, :, 2] * (crown * incline(lifted[:, 1], size[1]))[:, None]
        if self.crown_at is not None:
            slope[:, :, self.crown_at] = by_place[:, :, 2] * shape(lifted[:, 1], size[1])[:, None]
        if self.size_at is not None:
            for k in (0, 1):
                moved = by_place[:, :, 0] * moves[:, 0, k, None] + along_y * moves[:, 1, k, None]
                slope[:, :, self.size_at + k] = moved
        rows = np.flatnonzero(tie)
        slope[rows, :, self.tied[rows]] = by_place[rows, :, 0]
        slope[rows, :, self.tied[rows] + 1] = along_y[rows]
        slope = np.einsum("nij,njp->nip", tells, slope) if self.curves else slope
        slope[hidden] = 0.0
        return miss, slope


def point_moves(pitch: Pitch, name: str) -> Array:
    """How the point ``name`` moves with the pitch's length and width, (3, 2): by Law 1 every place is linear in
    them."""
    longer, wider = _larger(pitch)
    here = np.array(pitch.points[name])
    return np.stack([np.array(longer.points[name]) - here, np.array(wider.points[name]) - here], axis=1) / SIZE_STEP_M


def curve_moves(pitch: Pitch, name: str) -> Array:
    """How the points of the curve ``name`` move with length and width, (n, 3, 2)."""
    longer, wider = _larger(pitch)
    here, *others = (curve_of(size, name) for size in (pitch, longer, wider))
    assert here is not None
    ends = [[(other[k] - here[k]) / SIZE_STEP_M for k in (0, -1)] for other in others if other is not None]
    share = np.linspace(0.0, 1.0, len(here))[:, None]
    return np.stack([first + share * (last - first) for first, last in ends], axis=2)


def _larger(pitch: Pitch) -> tuple[Pitch, Pitch]:
    """The pitch a step longer, and a step wider; not held to Law 1's limits, which a difference may pass."""
    found = []
    for length, width in ((SIZE_STEP_M, 0.0), (0.0, SIZE_STEP_M)):
        other = object.__new__(Pitch)
        object.__setattr__(other, "length_m", pitch.length_m + length)
        object.__setattr__(other, "width_m", pitch.width_m + width)
        found.append(other)
    return found[0], found[1]
