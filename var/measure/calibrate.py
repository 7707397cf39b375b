"""Finds a camera from clicked pitch points: robustly, with a covariance, naming the marks that do not fit.

The method: first guesses by PnP, a maximum a posteriori fit that a few wrong marks cannot pull (``var.measure.solve``),
rejection of marks by their deletion residual, and a final fit whose click noise is raised where the marks disagree
more than their stated uncertainty explains.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from touchline.errors import BadValue
from var.measure.advice import Advice, not_law_1, other_size, refuse_other_size
from var.measure.calibration import Calibration, MarkFit, Suggestion
from var.measure.camera import Array, unpack, visible
from var.measure.consensus import (
    agree,
    agrees_mirrored,
    all_but_one_in_line,
    find_start,
    mirrored,
    noise_scale,
    sort_out,
    sort_out_marks,
    tells_tails,
    tempered,
)
from var.measure.fine import with_fine_terms
from var.measure.lined import lined_problem, most_helpful, only_points
from var.measure.mark import CLICK_SIGMA_PX, Lens, LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.solve import Fit, Problem, carried_by_marks, fit, prior
from var.measure.suggest import suggest, suggest_line
from var.measure.sure import GRID, line_sigma
from var.measure.surface import Crown

__all__ = [
    "CLICK_SIGMA_PX",
    "GRID",
    "Calibration",
    "Lens",
    "LineMark",
    "Mark",
    "MarkFit",
    "Suggestion",
    "calibrate",
]

WEAK_CM = 150.0
"""Where a line parallel to the goal line is less sure than this over most of what is seen, the camera is refused."""

ASK_SIZE = 2.0
"""Where the marks disagree by more than this, or one is rejected, it is asked whether the pitch has another size."""

WORST_SCALE = 10.0
"""Where the marks disagree by more than ten times their uncertainty, they do not belong to one pitch and one
picture."""


def calibrate(
    marks: Sequence[Mark],
    size_px: tuple[int, int],
    pitch: Pitch,
    *,
    lines: Sequence[LineMark] = (),
    lens: Lens | None = None,
    crown: Crown = None,
) -> Calibration:
    """The camera that saw ``marks`` and ``lines`` in a picture of ``size_px`` (width, height), with covariance and
    residuals.

    Eleven parameters are estimated: focal length, k1, k2, principal point and pose, with the priors of
    ``var.measure.solve`` or those of ``lens``. Marks that do not fit are rejected by name, given at least seven. The
    pitch is flat unless ``crown`` gives its height in the middle in metres, or ``"estimate"`` asks for it
    (``var.measure.surface``); marks are then as high above the ground as their z says.

    Raises ``BadValue``: ``too_few_marks``, ``not_finite``, ``outside_picture``, ``duplicate_mark``,
    ``collinear_marks``, ``mirrored_marks``, ``mirrored_sides``, ``other_pitch_size``, ``behind_camera``,
    ``no_camera``, ``inconsistent_marks``, with lines ``unknown_line`` and ``weak_marks``; with a crown ``bad_crown``.
    """
    if crown is not None:
        from var.measure.bundle import crowned

        return crowned(marks, size_px, pitch, lines, lens, crown)
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
    _refuse_mirrored(problem, start, size_px)
    if start is None:
        raise BadValue("var.errors.no_camera")
    kept, found = sort_out(problem, start, size_px[0])
    scale = noise_scale(problem.only(kept), found)
    advice = _advice(problem, marks, lines, size_px, pitch, lens, kept, start, found, scale)
    if scale > WORST_SCALE:
        worst = marks[int(np.flatnonzero(kept)[np.argmax(np.linalg.norm(found.misses, axis=1))])].name
        raise BadValue("var.errors.inconsistent_marks", rms_px=_rms(found.misses), worst=worst)
    problem, found, scale = _settled(problem, kept, found, pitch, size_px, lens)
    fixed = problem.fixed
    if found.height_m <= 0 or not visible(found.theta, fixed, problem.places_m[kept]).all():
        _refuse_mirrored(problem, None, size_px)  # a mirrored pitch is seen from below
        raise BadValue("var.errors.behind_camera")
    fits = _mark_fits(marks, problem, kept, found, pitch, scale)
    k, dist, rvec, tvec_m = unpack(found.theta, fixed)
    carried = carried_by_marks(found.covariance, problem.sigma)
    grid = _line_sigma(found, fixed, size_px, pitch)
    return Calibration(
        size_px, k, dist, rvec, tvec_m, found.covariance, _rms(found.misses), fits, grid, carried, None, advice
    )


def _settled(
    problem: Problem, kept: Array, found: Fit, pitch: Pitch, size_px: tuple[int, int], lens: Lens | None
) -> tuple[Problem, Fit, float]:
    """The last fit to the marks ``kept``, the problem with the lens that it found, and by how much the clicks' noise
    was raised."""
    part = problem.only(kept)
    there, scale = tempered(part, found)
    if there is not part:
        found = fit(there, found.theta)
    if lens is None and tells_tails(there):
        found, fixed = with_fine_terms(there, found, size_px, pitch)
        problem = replace(problem, fixed=fixed)
    return problem, found, scale


def _with_lines(
    marks: Sequence[Mark], lines: Sequence[LineMark], size_px: tuple[int, int], pitch: Pitch, lens: Lens | None
) -> Calibration:
    problem, owners = lined_problem(marks, lines, size_px, pitch, lens)
    fixed = problem.fixed
    start = find_start(problem, size_px)
    _refuse_mirrored(problem, start, size_px)
    if start is None:
        raise BadValue("var.errors.no_camera")
    kept, found = sort_out_marks(problem, owners, start, size_px)
    if not kept.all() and not agree(problem.only(kept), found) and agrees_mirrored(problem, size_px):
        _refuse_mirrored(problem, None, size_px)
    names = [*(mark.name for mark in marks), *(line.called or line.name for line in lines)]
    scale = noise_scale(problem.only(kept), found)
    advice = _advice(problem, marks, lines, size_px, pitch, lens, kept, start, found, scale)
    if scale > WORST_SCALE:
        worst = names[int(owners[kept][np.argmax(np.linalg.norm(found.misses, axis=1))])]
        raise BadValue("var.errors.inconsistent_marks", rms_px=_rms(found.misses), worst=worst)
    problem, found, scale = _settled(problem, kept, found, pitch, size_px, lens)
    fixed = problem.fixed
    if found.height_m <= 0 or not visible(found.theta, fixed, problem.places(found.theta)[kept]).all():
        _refuse_mirrored(problem, None, size_px)  # a mirrored pitch is seen from below
        raise BadValue("var.errors.behind_camera")
    sigma_cm = _line_sigma(found, fixed, size_px, pitch)
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
    carried = carried_by_marks(found.covariance, problem.sigma)
    return Calibration(
        size_px, k, dist, rvec, tvec_m, found.covariance, _rms(found.misses), fits, sigma_cm, carried, None, advice
    )


def _line_sigma(
    found: Fit, fixed: Array, size_px: tuple[int, int], pitch: Pitch
) -> tuple[tuple[float, float, float], ...]:
    """How sure lines are along the pitch. Raises ``no_camera`` for one that sees the ground edge-on."""
    try:
        return line_sigma(found.theta, fixed, found.covariance, size_px, pitch)
    except np.linalg.LinAlgError as fault:
        raise BadValue("var.errors.no_camera") from fault


def _refuse_mirrored(problem: Problem, start: Fit | None, size_px: tuple[int, int]) -> None:
    if (how := mirrored(problem, start, size_px)) is not None:
        raise BadValue(f"var.errors.mirrored_{how}")


def _advice(
    problem: Problem,
    marks: Sequence[Mark],
    lines: Sequence[LineMark],
    size_px: tuple[int, int],
    pitch: Pitch,
    lens: Lens | None,
    kept: Array,
    start: Fit,
    found: Fit,
    scale: float,
) -> tuple[Advice, ...]:
    """What the marks say beyond the camera. Raises ``other_pitch_size`` where they fit no pitch but one of another
    size."""
    odd = not_law_1(problem, marks, kept, found.theta, pitch) if len(marks) else []
    if not odd and (scale > ASK_SIZE or not kept.all()):
        other = other_size(marks, lines, size_px, pitch, lens, [start.theta, found.theta])
        if scale > WORST_SCALE:
            refuse_other_size(other, pitch)
        odd += [] if other is None else [other]
    return tuple(odd)


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
