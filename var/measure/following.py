"""Follows a camera that turns and zooms in its place, from a calibrated frame on, and stops rather than drifts.

Each frame is calibrated anew by the lines that it shows. From the calibrated frame it takes only what stays: where
the camera stands, its principal point and its lens, with their covariance. How it is turned and how far it is zoomed
in the frame before only tells where to look, so nothing adds up. Where a frame shows too few lines, or they do not
fit, following ends there with the reason, and no calibration is given from there on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from var.measure.calibration import Calibration, Refinement, StripeFit, other_picture
from var.measure.camera import Array, rotations, unpack
from var.measure.courses import Courses, courses
from var.measure.curves import HALF_WIDTH_M
from var.measure.motion import Motion
from var.measure.pitch import Pitch
from var.measure.refine import GIVEN_SIGMA_M, WIDTH_PRIOR_M, View, parted, refine, seek
from var.measure.settle import Known, Samples, Settled, settle
from var.measure.solve import inverse
from var.measure.sure import line_sigma
from var.measure.surface import extended

Picture = NDArray[np.uint8]

LEAST_LINES, LEAST_SAMPLES = 3, 20
LEAST_FOUND = 0.35
"""Of the paint that a frame should show so much must be found."""

WORST_EXCESS = 2.5
"""The samples may miss by so many times what they are said to."""

GROWTH, ALWAYS_CM = 4.0, 15.0
"""A line may become so many times less sure than in the calibrated frame; below ``ALWAYS_CM`` it may in any case."""

PER_COURSE = 24
TURN_PX, ZOOM = 2.5, 0.002
"""How well the motion of the picture tells where to look: pixels at the middle, and share of the focal length."""

WORST_CHI2 = 18.5
"""Of seven numbers that stay (lens, principal point, place), once in a hundred frames by chance if each frame were new
evidence; they share the calibrated frame, so hardly ever."""

_STAYS = np.array([1, 2, 3, 4, 8, 9, 10])
_NO_FINE = (1e-7, 1e-7, 1e-6)
_FREE_TURN, _FREE_ZOOM = 0.05, 0.2
"""Turn (radians) and logarithm of the focal length are as good as unknown in each frame."""


class StopReason(StrEnum):
    """Why following ended."""

    CUT = "cut"
    TOO_FEW_LINES = "too_few_lines"
    PAINT_MISSING = "paint_missing"
    RESIDUAL = "residual"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A frame with its calibration; ``refinement`` there says on how many lines it rests."""

    frame: int
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Stopped:
    """The first frame that has no calibration, and why."""

    frame: int
    reason: StopReason


def follow(
    pictures: Iterable[tuple[int, Picture]], first: Calibration, first_picture: Picture, pitch: Pitch
) -> Iterator[Followed | Stopped]:
    """A calibration for each of ``pictures`` (frame, blue-green-red or grey), which go on from ``first_picture``, the
    one that ``first`` calibrates; the last is a ``Stopped`` where a frame could not be calibrated.

    ``first`` is refined on its own picture where that was not done. Raises ``BadValue``: ``other_picture``.
    """
    follower = Follower(first, first_picture, pitch)
    for frame, picture in pictures:
        found = follower.step(picture)
        if isinstance(found, StopReason):
            yield Stopped(frame, found)
            return
        yield Followed(frame, found)


class Follower:
    """Calibrates one picture after another. After a stop it gives that reason for ever."""

    def __init__(self, first: Calibration, first_picture: Picture, pitch: Pitch) -> None:
        grey = _grey(first_picture, first.picture_size)
        if first.refinement is None:
            first = refine(first_picture, first, pitch)
        self.first, self.pitch, self.paint = first, pitch, courses(pitch)
        if first.surface is not None:
            self.paint = self.paint.raised(first.surface.crown_m, first.surface.width_m)
        self._motion = Motion.start(grey)
        self._theta, self._covariance = first.theta, extended(first.covariance, first.surface)
        self._shared, self._information = _shared(first)
        self._first_cm = _median_cm(first)
        report = first.refinement
        measured = report is not None and report.stripe_m is not None and report.stripe_sigma_m is not None
        self._width = (
            (report.stripe_m / 2 - HALF_WIDTH_M, report.stripe_sigma_m / 2)
            if measured and report is not None and report.stripe_m is not None and report.stripe_sigma_m is not None
            else WIDTH_PRIOR_M
        )
        self._stopped: StopReason | None = None

    def step(self, picture: Picture) -> Calibration | StopReason:
        """The calibration of the next picture, or why there is none from here on."""
        if self._stopped is not None:
            return self._stopped
        found = self._next(_grey(picture, self.first.picture_size))
        if isinstance(found, StopReason):
            self._stopped = found
        return found

    def _next(self, grey: Picture) -> Calibration | StopReason:
        fixed, size = self.first.fixed, self.first.picture_size
        theta = self._motion.follow(grey, self._theta, fixed)
        if theta is None:
            return StopReason.CUT
        f = float(np.exp(theta[0]))
        turned = rotations(theta[None, 5:8])[0]
        # A turn moves tvec too, for the camera stays in its place.
        spread = _as_turn(turned, theta[8:11], self._covariance, (TURN_PX / f, ZOOM))
        view = seek(grey, None, theta, spread, fixed, size, self.paint, PER_COURSE)
        kept = tuple(number for number, agreed in view.lines.items() if agreed is not None and not agreed.ambiguous)
        if len(kept) < LEAST_LINES:
            return StopReason.TOO_FEW_LINES
        samples = view.samples(kept, size, len(self.paint.names))
        if len(samples.index) < LEAST_SAMPLES:
            return StopReason.TOO_FEW_LINES
        if len(samples.index) < LEAST_FOUND * len(view.sought.owner):
            return StopReason.PAINT_MISSING
        pivot = _Pivot(turned)
        mean = self._shared.copy()
        mean[0], mean[5:8] = theta[0], 0.0
        surface = self.first.surface
        known = Known(mean, self._information, None, pivot, None if surface is None else surface.width_m)
        settled = settle(
            mean[: len(theta)],
            fixed,
            samples,
            self.paint,
            known,
            width=self._width,
            size_px=size,
            fine=_NO_FINE,
            steps=4,
        )
        return self._gated(settled, samples, view, kept)

    def _gated(self, settled: Settled, samples: Samples, view: View, kept: tuple[int, ...]) -> Calibration | StopReason:
        excess = float(np.median(np.abs(settled.miss_px) / samples.sigma_px)) / 0.6745
        if not np.isfinite(settled.theta).all() or excess > WORST_EXCESS or not self._in_place(settled):
            return StopReason.RESIDUAL
        size, fixed = self.first.picture_size, settled.fixed
        covariance = settled.covariance * max(1.0, excess) ** 2
        alone, surface = parted(covariance, settled.crown_m, self.first.surface)
        grid = line_sigma(settled.theta, fixed, alone, size, self.pitch, surface)
        median = float(np.median([entry[2] for entry in grid])) if grid else np.inf
        if median > max(ALWAYS_CM, GROWTH * self._first_cm):
            return StopReason.UNSURE
        self._theta, self._covariance = settled.theta, covariance
        k, dist, rvec, tvec_m = unpack(settled.theta, fixed)
        report = _report(settled, samples, view, kept, self.paint)
        rms = float(np.sqrt((settled.whole_px**2).mean()))
        half = HALF_WIDTH_M + settled.width_m
        refinement = Refinement(None, report, 2 * half, 2 * self._width[1])
        return Calibration(size, k, dist, rvec, tvec_m, alone, rms, (), grid, surface=surface, refinement=refinement)

    def _in_place(self, settled: Settled) -> bool:
        """Whether the camera still stands where it stood and has the lens it had, over the pitch that it had."""
        stays = _stays(self.first)
        found = np.append(settled.unknowns, settled.crown_m)[: len(self._shared)]
        gap = (found - self._shared)[stays]
        return float(gap @ self._information[np.ix_(stays, stays)] @ gap) < WORST_CHI2


@dataclass(frozen=True, slots=True, eq=False)
class _Pivot:
    """Cameras from unknowns: log f, k1, k2, principal point, a small turn from ``turned`` (3, 3), and the centre."""

    turned: Array

    def __call__(self, unknowns: Array) -> Array:
        from scipy.spatial.transform import Rotation

        turns = rotations(unknowns[:, 5:8]) @ self.turned
        rvec = Rotation.from_matrix(turns).as_rotvec()
        if len(rvec) > 1:  # near half a turn two vectors say the same: take the ones that are neighbours
            length = np.linalg.norm(rvec, axis=1, keepdims=True)
            other = rvec - 2 * np.pi * rvec / np.maximum(length, 1e-12)
            nearer = np.linalg.norm(other - rvec[:1], axis=1) < np.linalg.norm(rvec - rvec[:1], axis=1)
            rvec = np.where(nearer[:, None], other, rvec)
        tvec = -np.einsum("mij,mj->mi", turns, unknowns[:, 8:11])
        return np.concatenate([unknowns[:, :5], rvec, tvec], axis=1)


def _shared(first: Calibration) -> tuple[Array, Array]:
    """What stays while a camera turns: the unknowns of ``_Pivot`` (11,), and the information (11, 11) about them that
    the calibrated frame gives; there is as good as none about turn and zoom. With a crown, that is one more."""
    centre, theta = first.centre_m, first.theta
    unknowns = np.concatenate([theta[:5], np.zeros(3), centre])
    pivot = _Pivot(rotations(first.rvec[None])[0])
    slope = Known(unknowns, np.eye(11), None, pivot).slope(unknowns)
    back = np.linalg.inv(slope)
    before = extended(first.covariance, first.surface)
    free = [1 / _FREE_ZOOM**2, *[0.0] * 4, *[1 / _FREE_TURN**2] * 3, 0.0, 0.0, 0.0]
    if first.surface is not None:
        before[-1, -1] += GIVEN_SIGMA_M**2
        back = np.block([[back, np.zeros((11, 1))], [np.zeros((1, 11)), np.eye(1)]])
        unknowns, free = np.append(unknowns, first.surface.crown_m), [*free, 0.0]
    covariance, stays = back @ before @ back.T, _stays(first)
    information = np.diag(free)
    information[np.ix_(stays, stays)] = inverse(covariance[np.ix_(stays, stays)])
    return unknowns, information


def _stays(first: Calibration) -> NDArray[np.int64]:
    """Which of the numbers of ``_shared`` stay."""
    return _STAYS if first.surface is None else np.append(_STAYS, 11)


def _as_turn(turned: Array, tvec: Array, covariance: Array, by: tuple[float, float]) -> Array:
    """The covariance for the search: that of the frame before, and a turn about the centre and a zoom since."""
    pivot = _Pivot(turned)
    unknowns = np.concatenate([np.zeros(8), -turned.T @ tvec])
    slope = Known(unknowns, np.eye(11), None, pivot).slope(unknowns)
    extra = np.zeros_like(covariance)
    extra[:11, :11] = slope[:, 5:8] @ slope[:, 5:8].T * by[0] ** 2
    extra[0, 0] += by[1] ** 2
    return np.asarray(covariance + extra, dtype=np.float64)


def _report(
    settled: Settled, samples: Samples, view: View, kept: tuple[int, ...], paint: Courses
) -> tuple[StripeFit, ...]:
    owner = paint.owner[samples.index]
    off = view.sightings.off_px[view.chosen(kept)]
    return tuple(
        StripeFit(
            paint.names[number],
            int((owner == number).sum()),
            float(np.sqrt((off[owner == number] ** 2).mean())),
            float(np.sqrt((settled.whole_px[owner == number] ** 2).mean())),
        )
        for number in kept
    )


def _median_cm(calibration: Calibration) -> float:
    return float(np.median([entry[2] for entry in calibration.line_sigma_cm])) if calibration.line_sigma_cm else np.inf


def _grey(picture: Picture, size_px: tuple[int, int]) -> Picture:
    if picture.shape[1::-1] != tuple(size_px):
        raise other_picture(picture.shape[1::-1], size_px)
    if picture.ndim == 2:
        return picture
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
