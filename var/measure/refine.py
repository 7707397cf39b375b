"""Makes a calibration surer by the painted lines of its picture.

Lines are taken one after another, the surest first: where a camera knows within a few pixels where a line must be,
what is found there is that line; each line makes the camera surer of the next. A line that two stripes may be is left
out until the camera tells them apart. What comes out must agree with the clicks it started from, and must find most
of the paint that it expects; otherwise the first calibration stays as it was, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile, BadValue
from var.measure.agreement import LEAST_PLACES, Agreement, agree, ways_of
from var.measure.calibration import Calibration, MarkFit, Refinement, StripeFit, other_picture
from var.measure.camera import Array, by_place, image, unpack, visible
from var.measure.consensus import tempered
from var.measure.courses import Courses, courses
from var.measure.curves import HALF_WIDTH_M
from var.measure.lined import lined_problem
from var.measure.mark import Lens, LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.settle import FINE_SIGMA, FINE_SIGMA_MEASURED, Known, Samples, Settled, crowned, sampled, settle
from var.measure.solve import CARRIED, fit, inverse
from var.measure.stripes import Expected, Sightings, expected, look, soft_colours
from var.measure.sure import line_sigma
from var.measure.surface import CROWN_M, CROWN_SIGMA_M, Surface, extended

ROUNDS = 7
REACH_SHARE = 0.02
"""A line is looked for within this share of the picture's width; where the camera is less sure, later."""

SIGMAS = 3.5
LEAST_LINES = 3
LEAST_SAMPLES = 24
LEAST_FOUND = 0.6
"""Of the paint that the refined camera expects, where it is thick enough to be seen (``PLAIN_PX``), this share must be
found. Right cameras found 0.75 to 1.0 of it, one real wide view among them; a goal area taken for a penalty area 0.55
to 0.73."""

LEAST_LINES_FOUND = 0.8
"""The same of whole lines: right cameras found all, the wrong ones 3 of 4 or 3 of 5."""

PLAIN_PX, PLAIN_PLACES = 1.2, 8

CLICK_CHI2_RARITY = 1e-4
"""Clicks that miss the refined camera more than once in so many cases say that it is another one."""

GIVEN_SIGMA_M = 0.001
"""How sure a crown is that was given: as good as wholly."""

WIDTH_PRIOR_M = (-0.005, 0.006)
"""How much half the width of the stripes differs from the widest legal one before anything is measured."""

Picture = NDArray[np.uint8]


def refine(
    picture: Picture,
    first: Calibration,
    pitch: Pitch,
    *,
    marks: Sequence[Mark] = (),
    lines: Sequence[LineMark] = (),
    lens: Lens | None = None,
) -> Calibration:
    """``first`` refined on the painted lines of ``picture``, grey (h, w) or blue-green-red (h, w, 3).

    With the ``marks`` and ``lines`` that ``first`` was calibrated from, all are fitted together; without them its own
    covariance stands for them. ``refinement`` of the result says which lines were found; where it has a ``reason``
    the camera is that of ``first``, unchanged. Where ``first`` has a crown, the lines lie on it and tell its height
    too; of a flat one the result is flat.

    Raises ``BadValue``: ``other_picture`` where the picture has another size than the calibration's.
    """
    grey, colour = _planes(picture, first.picture_size)
    flat, surface = courses(pitch), first.surface
    paint = flat if surface is None else flat.raised(surface.crown_m, surface.width_m)
    fine = FINE_SIGMA if lens is None else FINE_SIGMA_MEASURED
    known = _known(first, marks, lines, lens, pitch)
    # Clicks tell the finer terms of the lens anew, so that those begin where they were known before any click.
    fixed, begin = first.fixed, first.fixed if known.clicks is None else known.clicks.fixed
    theta, covariance = first.theta, extended(first.covariance, surface)
    width = WIDTH_PRIOR_M
    found: _Found | None = None
    for _ in range(ROUNDS):
        view = seek(grey, colour, theta, covariance, fixed, first.picture_size, paint)
        kept = _surest(view, found)
        if not kept:
            break
        samples = view.samples(kept, first.picture_size, len(paint.names))
        width = half_width(view, kept)
        settled = settle(theta, begin, samples, paint, known, width=width, size_px=first.picture_size, fine=fine)
        before = image(theta[None], fixed, paint.places_m[samples.index])[0]
        if surface is not None:
            paint = flat.raised(settled.crown_m, surface.width_m)
        moved = image(settled.theta[None], settled.fixed, paint.places_m[samples.index])[0]
        shift = float(np.abs(moved - before).max())
        same = found is not None and set(kept) == set(found.kept)
        theta, covariance, fixed = settled.theta, settled.covariance, settled.fixed
        found = _Found(kept, samples, settled, view, width)
        if same and shift < 0.1:
            break
    return _judged(first, found, known, pitch, paint)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a picture shows near where a camera expects paint: ``sought``, the ``reach_px`` (n,) of the search, the
    ``sightings``, and for each line (its number) the agreement, None where there is none."""

    sought: Expected
    reach_px: Array
    sightings: Sightings
    lines: dict[int, Agreement | None]
    sure: dict[int, float]

    def chosen(self, kept: Sequence[int]) -> NDArray[np.int64]:
        """The sightings of the lines ``kept``."""
        parts = [agreed.chosen for number in kept if (agreed := self.lines[number]) is not None]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def samples(self, kept: Sequence[int], size_px: tuple[int, int], count: int) -> Samples:
        """The samples of the lines ``kept``."""
        rows = self.chosen(kept)
        return sampled(self.sought, self.sightings.row[rows], self.sightings.off_px[rows], size_px, count)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    kept: tuple[int, ...]
    samples: Samples
    settled: Settled
    view: View
    width: tuple[float, float]


def seek(
    grey: Picture,
    colour: Picture | None,
    theta: Array,
    covariance: Array,
    fixed: Array,
    size_px: tuple[int, int],
    paint: Courses,
    per_course: int = 60,
) -> View:
    """What ``grey`` shows of each line where the camera is sure enough to look for it; ``covariance`` is that of the
    camera, or of camera and crown."""
    sought = expected(theta, fixed, size_px, paint, per_course)
    if len(covariance) > len(theta) and len(sought.px):
        rise = by_place(theta, fixed, paint.places_m[sought.index])[:, :, 2] * paint.crown[sought.index, None]
        sought = replace(sought, slope=np.column_stack([sought.slope, (sought.normal * rise).sum(axis=1)]))
    elif len(covariance) > len(theta):
        sought = replace(sought, slope=np.empty((0, len(covariance))))
    spread = np.sqrt(np.maximum(np.einsum("np,pq,nq->n", sought.slope, covariance, sought.slope), 0.0))
    most = REACH_SHARE * size_px[0]
    reach = SIGMAS * spread + 1.5 + 0.02 * sought.per_m  # a stripe may lie two centimetres wrong
    count = len(paint.names)
    whole = np.bincount(sought.owner, minlength=count)
    within = np.bincount(sought.owner, weights=reach <= most, minlength=count)
    near = (reach <= most) & (within >= LEAST_PLACES)[sought.owner]
    # A line is judged by the part of it that the camera is sure of, which must be a good part of it.
    near &= (within >= 0.3 * whole)[sought.owner]
    sought, reach, spread = sought.only(near), reach[near], spread[near]
    sightings = look(grey, sought, reach, colour)
    lines: dict[int, Agreement | None] = {}
    sure: dict[int, float] = {}
    owner = sought.owner[sightings.row]
    ways = ways_of(covariance)
    for number in np.unique(sought.owner):
        rows = np.flatnonzero(sought.owner == number)
        mine = np.flatnonzero(owner == number)
        place = sightings.row[mine] - rows[0]
        tolerance = 0.7 + 0.1 * sought.wide_px[rows]
        agreed = agree(place, sightings.off_px[mine], len(rows), sought.slope[rows], ways, tolerance)
        lines[int(number)] = None if agreed is None else replace(agreed, chosen=mine[agreed.chosen])
        sure[int(number)] = float(np.median(spread[rows]))
    return View(sought, reach, sightings, lines, sure)


def _surest(view: View, found: _Found | None) -> tuple[int, ...]:
    """The lines to go by now: those that are no other one's, the surest half of the new ones."""
    usable = [number for number, agreed in view.lines.items() if agreed is not None and not agreed.ambiguous]
    old = set() if found is None else set(found.kept)
    fresh = sorted((number for number in usable if number not in old), key=lambda number: view.sure[number])
    certain = [number for number in fresh if view.sure[number] < 1.0]
    take = max(len(certain), (len(fresh) + 1) // 2, 2)
    return tuple(sorted([number for number in usable if number in old] + fresh[:take]))


def half_width(view: View, kept: Sequence[int]) -> tuple[float, float]:
    """How much half the stripes' width differs from ``HALF_WIDTH_M``, and its sigma in metres.

    What is measured between the edges is the stripe's width and a blur that adds to it alike everywhere: near and far
    places tell the two apart, with priors for both.
    """
    prior, sigma = WIDTH_PRIOR_M
    rows = view.chosen(kept)
    if not len(rows):
        return prior, sigma
    wide = view.sought.wide_px[view.sightings.row[rows]]
    measured = view.sightings.wide_px[rows]
    design = np.stack([wide, np.ones(len(wide))], axis=1)
    each = 0.3 + 0.05 * wide
    weight = 1 / (each**2 * np.maximum(1.0, len(rows) / (4.0 * len(kept))))  # four independent places a line
    mean = np.array([1 + prior / HALF_WIDTH_M, 0.7])
    information = np.diag([(HALF_WIDTH_M / sigma) ** 2, 1 / 0.7**2])
    for _ in range(5):
        normal = design.T @ (design * weight[:, None]) + information
        answer = np.linalg.solve(normal, design.T @ (weight * measured) + information @ mean)
        weight = weight / (1 + ((measured - design @ answer) / (2 * each)) ** 2)
    spread = float(np.sqrt(np.linalg.inv(normal)[0, 0])) * HALF_WIDTH_M
    return float(answer[0] - 1) * HALF_WIDTH_M, max(spread, 0.002)


def _judged(first: Calibration, found: _Found | None, known: Known, pitch: Pitch, paint: Courses) -> Calibration:
    """The refined calibration, or ``first`` with the reason why it stays."""
    if found is None:
        return replace(first, refinement=Refinement("no_lines", (), None, None))
    report = _report(first, found, pitch)
    half = HALF_WIDTH_M + found.settled.width_m
    refinement = Refinement(None, report, 2 * half, 2 * found.width[1])
    reason = _doubt(first, found, known, paint)
    if reason is not None:
        return replace(first, refinement=replace(refinement, reason=reason))
    settled = found.settled
    scale = max(1.0, _excess(found))
    covariance, surface = parted(settled.covariance * scale**2, settled.crown_m, first.surface)
    fixed = settled.fixed
    k, dist, rvec, tvec_m = unpack(settled.theta, fixed)
    grid = line_sigma(settled.theta, fixed, covariance, first.picture_size, pitch, surface)
    fits, rms_px = _click_fits(first, known, settled)
    return Calibration(
        first.picture_size, k, dist, rvec, tvec_m, covariance, rms_px, fits, grid, surface=surface,
        refinement=refinement,
    )  # fmt: skip


def parted(covariance: Array, crown_m: float, before: Surface | None) -> tuple[Array, Surface | None]:
    """The covariance (11, 11) of the camera, and the surface with the rest of one of camera and crown (12, 12)."""
    if before is None:
        return covariance, None
    sigma_m = math.sqrt(max(float(covariance[-1, -1]), 0.0))
    source = before.source
    if source == "prior" and sigma_m < CARRIED * CROWN_SIGMA_M:
        source = "marks"
    surface = replace(before, crown_m=crown_m, sigma_m=sigma_m, with_camera=covariance[:-1, -1], source=source)
    return covariance[:-1, :-1], surface


def _doubt(first: Calibration, found: _Found, known: Known, paint: Courses) -> str | None:
    from scipy.special import chdtrc

    if len(found.kept) < LEAST_LINES or len(found.samples.index) < LEAST_SAMPLES:
        return "few_lines"
    theta, fixed = found.settled.theta, found.settled.fixed
    if not visible(theta, fixed, paint.places_m[found.samples.index]).all():
        return "no_camera"
    if not _paint_is_there(found, first.picture_size, paint):
        return "paint_missing"
    if known.clicks is None:
        gap = _state(theta, found.settled.crown_m, first.surface) - known.mean
        far, free = float(gap @ known.information @ gap), len(gap)
    else:
        points = known.clicks.points
        far, free = found.settled.clicks_cost, int(2 * points.sum() + (~points).sum())
    if chdtrc(free, far) < CLICK_CHI2_RARITY:
        return "against_clicks"
    if _excess(found) > 3.0:
        return "residual"
    return None


def _paint_is_there(found: _Found, size_px: tuple[int, int], paint: Courses) -> bool:
    """Whether the picture has the paint that the refined camera says it must have."""
    due = expected(found.settled.theta, found.settled.fixed, size_px, paint)
    plain = due.owner[due.wide_px >= PLAIN_PX]
    sought, chosen = found.view.sought, found.view.sightings.row[found.view.chosen(found.kept)]
    hit = int((sought.wide_px[np.unique(chosen)] >= PLAIN_PX).sum())
    counts = np.bincount(plain, minlength=len(paint.names))
    lines = np.flatnonzero(counts >= PLAIN_PLACES)
    there = np.isin(lines, found.kept).sum()
    return bool(hit >= LEAST_FOUND * len(plain) and there >= LEAST_LINES_FOUND * len(lines))


def _excess(found: _Found) -> float:
    """By how much the samples miss by more than they are said to; a robust measure, 1 where they do not."""
    standard = np.abs(found.settled.miss_px) / found.samples.sigma_px
    return float(np.median(standard)) / 0.6745


def _report(first: Calibration, found: _Found, pitch: Pitch) -> tuple[StripeFit, ...]:
    samples, paint = found.samples, courses(pitch)
    places = first.lifted(paint.places_m[samples.index])
    before = image(first.theta[None], first.fixed, places)[0] - samples.at_px
    across = (before * samples.normal).sum(axis=1)
    owner = paint.owner[samples.index]
    return tuple(
        StripeFit(
            paint.names[number],
            int((owner == number).sum()),
            float(np.sqrt((across[owner == number] ** 2).mean())),
            float(np.sqrt((found.settled.whole_px[owner == number] ** 2).mean())),
        )
        for number in found.kept
    )


def _click_fits(first: Calibration, known: Known, settled: Settled) -> tuple[tuple[MarkFit, ...], float]:
    """How well the clicks that were kept fit now, in the order of ``first``."""
    if known.clicks is None:
        return first.marks, first.rms_px
    problem = known.problem(settled.fixed, settled.crown_m)
    assert problem is not None
    miss = np.linalg.norm(problem.misses(settled.theta), axis=1)
    on = known.clicks.on
    owner = np.arange(len(miss)) if on is None else np.where(on < 0, np.arange(len(miss)), (on < 0).sum() + on)
    kept = [number for number, mark in enumerate(first.marks) if not mark.rejected]
    fits = list(first.marks)
    for place, number in enumerate(np.unique(owner)):
        own = miss[owner == number]
        index = kept[place]
        fits[index] = replace(fits[index], residual_px=float(np.sqrt((own**2).mean())))
    return tuple(fits), float(np.sqrt((miss**2).mean()))


def read_still(path: Path) -> Picture:
    """The picture of a PNG or JPEG file, (h, w, 3) blue-green-red, as it was stored.

    Raises ``BadFile``: ``not_a_still``."""
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        found = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION) if data.size else None
    except (OSError, ValueError, cv2.error):
        found = None
    if found is None:
        raise BadFile("var.errors.not_a_still", name=path.name)
    return np.asarray(found, dtype=np.uint8)


def _planes(picture: Picture, size_px: tuple[int, int]) -> tuple[Picture, Picture | None]:
    """The picture in grey, and in colour where it has any."""
    if picture.shape[1::-1] != tuple(size_px):
        raise other_picture(picture.shape[1::-1], size_px)
    if picture.ndim == 2:
        return picture, None
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8), soft_colours(picture)


def _known(
    first: Calibration, marks: Sequence[Mark], lines: Sequence[LineMark], lens: Lens | None, pitch: Pitch
) -> Known:
    """What the clicks tell: those that ``first`` kept, as uncertain as it found them."""
    good = [not fit.rejected for fit in first.marks]
    surface = first.surface
    width_m = None if surface is None else surface.width_m
    if not marks and not lines:
        covariance = extended(first.covariance, surface)
        if surface is not None:
            covariance[-1, -1] += GIVEN_SIGMA_M**2  # one that was given is sure; its inverse must exist
        return Known(_state(first.theta, 0.0, surface, first=True), inverse(covariance), width_m=width_m)
    if len(good) != len(marks) + len(lines):
        raise BadValue("var.errors.other_clicks")
    points = [mark for mark, use in zip(marks, good, strict=False) if use]
    along = [line for line, use in zip(lines, good[len(marks) :], strict=True) if use]
    problem, _ = lined_problem(points, along, first.picture_size, pitch, lens)
    finite = np.isfinite(problem.sigma)
    information = np.diag(np.where(finite, 1 / np.where(finite, problem.sigma, 1.0) ** 2, 0.0))
    problem = problem if along else replace(problem, curves=(), on=None)
    # As uncertain as the first calibration found them: it raised their noise where they disagreed.
    if surface is None:
        return Known(problem.mean, information, tempered(problem, fit(problem, first.theta))[0])
    there = crowned(problem, surface.crown_m, surface.width_m)
    sigma_px = tempered(there, fit(there, first.theta))[0].sigma_px
    mean_m, sigma_m = (surface.crown_m, GIVEN_SIGMA_M) if surface.source == "given" else (CROWN_M, CROWN_SIGMA_M)
    whole = np.zeros((len(information) + 1, len(information) + 1))
    whole[:-1, :-1], whole[-1, -1] = information, 1 / sigma_m**2
    return Known(np.append(problem.mean, mean_m), whole, replace(problem, sigma_px=sigma_px), width_m=width_m)


def _state(theta: Array, crown_m: float, surface: Surface | None, *, first: bool = False) -> Array:
    """What ``Known`` speaks of: the camera, and the crown where there is one; ``first`` takes that of ``surface``."""
    if surface is None:
        return theta
    return np.append(theta, surface.crown_m if first else crown_m)
