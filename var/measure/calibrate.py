"""Finds a camera from clicked pitch points: robustly, with a covariance, naming the marks that do not fit.

The method: first guesses by PnP, a maximum a posteriori fit that a few wrong marks cannot pull (``var.measure.solve``),
rejection of marks by their deletion residual, and a final fit whose click noise is raised where the marks disagree
more than their stated uncertainty explains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from touchline.errors import BadValue
from var.measure.calibration import Calibration, MarkFit, Suggestion
from var.measure.camera import Array, by_camera, by_place, image, unpack, visible
from var.measure.consensus import (
    all_but_one_in_line,
    find_start,
    is_mirrored,
    noise_scale,
    sort_out,
    sort_out_marks,
)
from var.measure.lined import lined_problem, most_helpful, only_points, suggest_line
from var.measure.mark import CLICK_SIGMA_PX, Lens, LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.solve import Fit, Problem, fit, prior

__all__ = ["CLICK_SIGMA_PX", "Calibration", "Lens", "LineMark", "Mark", "MarkFit", "Suggestion", "calibrate"]

WEAK_CM = 150.0
"""Where a line parallel to the goal line is less sure than this over most of what is seen, the camera is refused."""

WORST_SCALE = 10.0
"""Where the marks disagree by more than ten times their uncertainty, they do not belong to one pitch and one
picture."""

GRID = (15, 9)
"""Places along the length and the width of the pitch at which ``line_sigma_cm`` is computed."""


def calibrate(
    marks: Sequence[Mark],
    size_px: tuple[int, int],
    pitch: Pitch,
    *,
    lines: Sequence[LineMark] = (),
    lens: Lens | None = None,
) -> Calibration:
    """The camera that saw ``marks`` and ``lines`` in a picture of ``size_px`` (width, height), with covariance and
    residuals.

    Eleven parameters are estimated: focal length, k1, k2, principal point and pose, with the priors of
    ``var.measure.solve`` or those of ``lens``. Marks that do not fit are rejected by name, given at least seven.

    Raises ``BadValue``: ``too_few_marks``, ``not_finite``, ``outside_picture``, ``duplicate_mark``,
    ``collinear_marks``, ``mirrored_marks``, ``behind_camera``, ``no_camera``, ``inconsistent_marks``, with lines
    ``unknown_line`` and ``weak_marks``.
    """
    if lines:
        return _with_lines(marks, lines, size_px, pitch, lens)
    _check(marks, size_px)
    mean, sigma = prior(size_px)
    fixed = np.zeros(3)
    if lens is not None:
        mean, sigma, fixed = lens.prior(size_px)
    problem = Problem(
        np.array([mark.pitch_m for mark in marks], dtype=np.float64),
        np.array([mark.image_px for mark in marks], dtype=np.float64),
        np.array([mark.sigma_px for mark in marks], dtype=np.float64),
        mean,
        sigma,
        fixed,
    )
    start = find_start(problem, size_px)
    if is_mirrored(problem, start, size_px):
        raise BadValue("var.errors.mirrored_marks")
    if start is None:
        raise BadValue("var.errors.no_camera")
    kept, found = sort_out(problem, start, size_px[0])
    scale = noise_scale(problem.only(kept), found)
    if scale > WORST_SCALE:
        worst = marks[int(np.flatnonzero(kept)[np.argmax(np.linalg.norm(found.misses, axis=1))])].name
        raise BadValue("var.errors.inconsistent_marks", rms_px=_rms(found.misses), worst=worst)
    if scale > 1:
        found = fit(problem.only(kept).noisier(scale), found.theta)
    if found.height_m <= 0 or not visible(found.theta, fixed, problem.places_m[kept]).all():
        raise BadValue("var.errors.behind_camera")
    fits = _mark_fits(marks, problem, kept, found, pitch, scale)
    k, dist, rvec, tvec_m = unpack(found.theta, fixed)
    grid = camera_line_sigma(found.theta, fixed, found.covariance, size_px, pitch)
    return Calibration(size_px, k, dist, rvec, tvec_m, found.covariance, _rms(found.misses), fits, grid)


def _with_lines(
    marks: Sequence[Mark], lines: Sequence[LineMark], size_px: tuple[int, int], pitch: Pitch, lens: Lens | None
) -> Calibration:
    problem, owners = lined_problem(marks, lines, size_px, pitch, lens)
    fixed = problem.fixed
    start = find_start(problem, size_px)
    if is_mirrored(problem, start, size_px):
        raise BadValue("var.errors.mirrored_marks")
    if start is None:
        raise BadValue("var.errors.no_camera")
    kept, found = sort_out_marks(problem, owners, start, size_px)
    names = [*(mark.name for mark in marks), *(line.called or line.name for line in lines)]
    scale = noise_scale(problem.only(kept), found)
    if scale > WORST_SCALE:
        worst = names[int(owners[kept][np.argmax(np.linalg.norm(found.misses, axis=1))])]
        raise BadValue("var.errors.inconsistent_marks", rms_px=_rms(found.misses), worst=worst)
    if scale > 1:
        found = fit(problem.only(kept).noisier(scale), found.theta)
    if found.height_m <= 0 or not visible(found.theta, fixed, problem.places(found.theta)[kept]).all():
        raise BadValue("var.errors.behind_camera")
    sigma_cm = camera_line_sigma(found.theta, fixed, found.covariance, size_px, pitch)
    if not sigma_cm or float(np.median([entry[2] for entry in sigma_cm])) > WEAK_CM:
        used = {mark.name for mark in marks} | {line.name for line in lines}
        raise BadValue("var.errors.weak_marks", helps=most_helpful(found, fixed, size_px, pitch, used))
    miss = np.linalg.norm(problem.misses(found.theta), axis=1)
    fits = _mark_fits(marks, only_points(problem), kept[: len(marks)], found, pitch, scale) if marks else ()
    for number, line in enumerate(lines, len(marks)):
        own = miss[owners == number]
        rejected = not kept[owners == number].any()
        other = suggest_line(line, found, fixed, pitch, scale) if rejected else None
        fits += (MarkFit(names[number], float(np.sqrt((own**2).mean())), rejected, other),)
    k, dist, rvec, tvec_m = unpack(found.theta, fixed)
    return Calibration(size_px, k, dist, rvec, tvec_m, found.covariance, _rms(found.misses), fits, sigma_cm)


def _check(marks: Sequence[Mark], size_px: tuple[int, int]) -> None:
    """Refuse marks that cannot be used, before anything is computed."""
    width, height = size_px
    for index, mark in enumerate(marks):
        name = mark.name or str(index + 1)
        if not np.isfinite([*mark.pitch_m, *mark.image_px, mark.sigma_px]).all() or mark.sigma_px <= 0:
            raise BadValue("var.errors.not_finite", mark=name)
        u, v = mark.image_px
        if not (-0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5):
            raise BadValue("var.errors.outside_picture", mark=name, u=u, v=v, width=width, height=height)
        for other in marks[:index]:
            if math.dist(mark.pitch_m, other.pitch_m) < 0.01 or math.dist(mark.image_px, other.image_px) < 0.01:
                raise BadValue("var.errors.duplicate_mark", mark=name, other=other.name)
    if len(marks) < 4:
        raise BadValue("var.errors.too_few_marks", count=len(marks))
    places = np.array([mark.pitch_m for mark in marks], dtype=np.float64)
    pixels = np.array([mark.image_px for mark in marks], dtype=np.float64)
    # A camera needs four points of which no three lie on a line; where one line holds all but one there are none.
    if all_but_one_in_line(places, 0.05) or all_but_one_in_line(pixels, 2.0):
        raise BadValue("var.errors.collinear_marks")


def _rms(misses: Array) -> float:
    """Root mean square of the distances, in pixels a mark."""
    return float(np.sqrt((misses**2).sum(axis=1).mean()))


def _mark_fits(
    marks: Sequence[Mark], problem: Problem, kept: Array, found: Fit, pitch: Pitch, scale: float
) -> tuple[MarkFit, ...]:
    seen = visible(found.theta, problem.fixed, problem.places_m)
    miss = np.linalg.norm(problem.misses(found.theta), axis=1)
    fits = []
    for index, mark in enumerate(marks):
        other = None if kept[index] else suggest(mark, found, problem.fixed, pitch, scale)
        text = None if other is None else str(other)
        fits.append(MarkFit(mark.name, float(miss[index]) if seen[index] else None, not kept[index], text))
    return tuple(fits)


def suggest(mark: Mark, found: Fit, fixed: Array, pitch: Pitch, scale: float = 1.0) -> Suggestion | None:
    """The pitch point that a wrong mark probably shows: the one that falls nearest to the click, or None if none does.

    Near means within four standard deviations of the click and of the camera's own uncertainty there.
    """
    names = list(pitch.points)
    places = np.array([pitch.points[name] for name in names])
    gap = image(found.theta[None], fixed, places)[0] - np.array(mark.image_px)
    slope = by_camera(found.theta, fixed, places)
    spread = np.einsum("nip,pq,njq->nij", slope, found.covariance, slope) + np.eye(2) * (mark.sigma_px * scale) ** 2
    chi2 = np.einsum("ni,ni->n", gap, np.linalg.solve(spread, gap[..., None])[..., 0])
    apart = np.linalg.norm(places - np.array(mark.pitch_m), axis=1) > 0.01
    chi2[~(visible(found.theta, fixed, places) & apart)] = np.inf
    best = int(np.argmin(chi2))
    if chi2[best] > 16.0:
        return None
    place = pitch.points[names[best]]
    return Suggestion(names[best], place, pitch.from_corner(place), float(np.linalg.norm(gap[best])))


def camera_line_sigma(
    theta: Array, fixed: Array, covariance: Array, size_px: tuple[int, int], pitch: Pitch
) -> tuple[tuple[float, float, float], ...]:
    """(x, y, sigma in cm) where the picture shows the ground: how far the camera's uncertainty moves x there."""
    x, y = np.meshgrid(
        np.linspace(-pitch.length_m / 2, pitch.length_m / 2, GRID[0]),
        np.linspace(-pitch.width_m / 2, pitch.width_m / 2, GRID[1]),
    )
    ground = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    ground = ground[visible(theta, fixed, ground)]
    pixels = image(theta[None], fixed, ground)[0] if len(ground) else np.empty((0, 2))
    inside = ((pixels >= -0.5) & (pixels <= np.array(size_px) - 0.5)).all(axis=1)
    sigma = ground_covariance(theta, fixed, covariance, ground[inside], 0.0)[:, 0, 0]
    return tuple((float(p[0]), float(p[1]), 100 * math.sqrt(s)) for p, s in zip(ground[inside], sigma, strict=True))


def ground_covariance(theta: Array, fixed: Array, covariance: Array, places_m: Array, sigma_px: float) -> Array:
    """Covariance (n, 2, 2) in square metres of x and y where sight lines meet the horizontal planes of ``places_m``.

    By the implicit function theorem: ``d place = -(d pixel / d place)^-1 (d pixel / d camera)`` and the same for
    clicks.
    """
    if not len(places_m):
        return np.empty((0, 2, 2))
    inverse = np.linalg.inv(by_place(theta, fixed, places_m)[:, :, :2])
    slope = inverse @ by_camera(theta, fixed, places_m)
    return np.asarray(
        slope @ covariance @ slope.transpose(0, 2, 1) + sigma_px**2 * inverse @ inverse.transpose(0, 2, 1),
        dtype=np.float64,
    )
