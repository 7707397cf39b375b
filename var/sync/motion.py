"""Synchronisation by what moves: two calibrated views of the same play, or body points found in both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from var.footage.recording import Index
from var.measure.calibration import Calibration
from var.measure.camera import Array, rotations
from var.sync.alignment import Fit, Peak, Signals, refine, search
from var.sync.coarse import frames_between, lumas
from var.sync.model import Estimate, Material, Method, Status
from var.sync.rectify import View, common_views

SEARCH_S = 10.0
MOST_WITHIN_S = 60.0
"""Further than this to either side nothing is searched at once: all pictures of the stretch are held in memory, 2 MB a
second of each camera."""
WHOLE_S = 30.0
"""Recordings that overlap for no longer than this are compared whole."""

WINDOWS, WINDOW_S = 4, 10.0
"""Of longer ones this many stretches of this length are compared."""

COARSE_TRIES = 3
LEAST_S = 1.2
"""Less than this of common time says too little."""

SHORT_S = 4.0
"""Less than this may hold but one stride: what fits it may fit another."""

RATE_SIGMA = 50e-6
"""How far a camera's clock usually is from another's rate; a fitted rate is held to it (crystals: 20 to 50 ppm)."""

NOISE, EDGE_LEVEL, FULL_LEVEL = 3.0, 8.0, 20.0
"""A pixel belongs to something that moves from ``NOISE`` spreads (at least ``EDGE_LEVEL`` grey levels) off the
background on, and counts in full ``FULL_LEVEL`` levels above that."""

CHANGE_LEVEL = 4.0
"""From frame to frame less changes, and coding adds less noise."""

SOUND_PEAK, POOR_PEAK = 0.25, 0.12
SOUND_RATIO, POOR_RATIO = 0.7, 0.9
SOUND_LIKENESS, SOUND_PATCHES = 0.3, 15

SCATTER_SHARE, FLOOR_S, FLOOR_SPAN_S, CROSSING_SHARE = 2.5, 0.0025, 10.0, 1.0
"""The claim of ``sigma_s``: the patches' own scatter, widened, and a floor for what all patches of ten seconds share:
outlines that differ between the views, the more so the more the views cross. Set on rendered matches and then tried on
others: docs/experiments/003-motion-synchronisation.md."""

CROSSING_UNKNOWN = 0.5


def estimate(
    reference: Material,
    clip: Material,
    *,
    prior_s: float = 0.0,
    search_s: float = SEARCH_S,
    progress: Callable[[float], None] = lambda share: None,
) -> Estimate:
    """The clip's clock on the reference's, from the movements that both calibrated views show.

    The offset is looked for within ``search_s`` of ``prior_s`` and refined; over long recordings the rate is fitted
    from several stretches, else it is 1. ``score`` is the films' correlation at the fit. The instant of a picture is
    its time stamp; with rolling shutters that is the read-out of the rows in which most moves.
    Failed where a calibration or pictures are missing, where the views share no pitch, nothing moves, the common time
    is too short, or nothing fits; weak where the peak is not distinct, the common time is less than ``SHORT_S``, or
    parts of the recording disagree.
    """
    if reference.index is None or clip.index is None:
        return Estimate.failed(Method.MOTION, "no_pictures")
    if reference.calibration is None or clip.calibration is None:
        return Estimate.failed(Method.MOTION, "not_calibrated")
    views = common_views(reference.calibration, clip.calibration, (reference.index.size_px, clip.index.size_px))
    if views is None:
        return Estimate.failed(Method.MOTION, "no_common_pitch")
    progress(0.05)
    found = _first(reference.index, clip.index, views, prior_s, search_s)
    progress(0.5)
    if isinstance(found, Estimate):
        return found
    peak, films = found
    if peak.height < POOR_PEAK or peak.second > POOR_RATIO * peak.height:
        return _nothing(round(peak.height, 2), prior_s, search_s)
    if films is not None:
        fits = [refine(*films, peak.offset_s)]
    else:
        fits = []
        starts = _starts(reference.index, clip.index, peak.offset_s)
        for n, from_s in enumerate(starts):
            progress(0.5 + 0.5 * n / len(starts))
            a = signals(reference.index, views[0], from_s + peak.offset_s - 1, from_s + peak.offset_s + WINDOW_S + 1)
            b = signals(clip.index, views[1], from_s, from_s + WINDOW_S)
            fits.append(None if a.still() or b.still() else refine(a, b, peak.offset_s))
    crossing = crossing_of(reference.calibration, clip.calibration)
    return combined([fit for fit in fits if fit is not None], peak, _end_s(clip.index), crossing)


def from_points(
    reference: tuple[Array, Array], clip: tuple[Array, Array], *, prior_s: float = 0.0, search_s: float = SEARCH_S
) -> Estimate:
    """The same from body points found in both views: times (n,) in seconds and pixels (n, points, 2) of each, NaN where
    a point was not found. The vertical movements are compared: up and down look alike from every side."""
    films = [_heights(*reference), _heights(*clip)]
    both = ~(np.isnan(films[0].values).any(axis=0) | np.isnan(films[1].values).any(axis=0))
    films = [Signals(film.times_s, film.values[:, both], sheet=False) for film in films]
    if not both.any() or any(film.still() for film in films):
        return Estimate.failed(Method.MOTION, "nothing_moves")
    if min(film.span_s for film in films) < LEAST_S:
        return Estimate.failed(Method.MOTION, "too_short", seconds=LEAST_S)
    peak = search(films[0], films[1], prior_s, search_s)
    if peak is None or peak.height < POOR_PEAK or peak.second > POOR_RATIO * peak.height:
        return Estimate.failed(Method.MOTION, "nothing_in_common", peak=round(peak.height, 2) if peak else 0.0)
    fit = refine(films[0], films[1], peak.offset_s)
    return combined([] if fit is None else [fit], peak, films[1].span_s, CROSSING_UNKNOWN)


def _heights(times_s: Array, pixels: Array) -> Signals:
    """How high each point is in the picture, gaps filled in by lines; NaN all along where half of it is missing."""
    columns = []
    for v in -pixels[:, :, 1].T:
        known = np.isfinite(v)
        filled = np.interp(times_s, times_s[known], v[known]) if known.mean() >= 0.5 else np.full(len(v), np.nan)
        spread = float(np.std(filled))
        columns.append(filled / spread if spread > 0 else filled)
    return Signals(np.asarray(times_s, dtype=np.float64), np.stack(columns, axis=1), sheet=False)


def signals(index: Index, view: View, from_s: float, to_s: float) -> Signals:
    """What moves on each plane over time: square roots of square metres in front of the background, (frames, planes).

    The background is each pixel's median over the stretch; a change of the whole picture's brightness is taken out. In
    a stretch so short that whoever moves may cover a place for most of it, what changes from the frame before to the
    frame after takes the background's part.
    """
    times: list[float] = []
    rows: list[Any] = []
    for i, picture in lumas(index, frames_between(index, from_s, to_s), size_px=view.size_px):
        times.append(float(index.clip_s(i)))
        rows.append(picture.ravel()[view.pixels])
    if len(rows) < 3:
        return Signals(np.array(times), np.zeros((len(rows), view.sums.shape[0])))
    pictures = np.stack(rows)
    if times[-1] - times[0] < SHORT_S:
        return _changes(times, pictures, view)
    background = np.median(pictures[:: max(1, len(pictures) // 40)], axis=0).astype(np.float32)
    some = [_difference(picture, background) for picture in pictures[:: max(1, len(pictures) // 12)]]
    noise = 1.4826 * float(np.median(np.abs(some)))
    edge = max(NOISE * noise, EDGE_LEVEL)
    values = np.empty((len(pictures), view.sums.shape[0]))
    for n, picture in enumerate(pictures):
        front = np.clip((np.abs(_difference(picture, background)) - edge) / FULL_LEVEL, 0.0, 1.0)
        values[n] = view.sums @ front
    return Signals(np.array(times), np.sqrt(values + 0.05))


def _changes(times: list[float], pictures: Any, view: View) -> Signals:
    """What changes on each plane around each frame but the first and the last."""
    values = np.empty((len(pictures) - 2, view.sums.shape[0]))
    for n in range(len(values)):
        change = np.abs(_difference(pictures[n + 2], pictures[n].astype(np.float32)))
        values[n] = view.sums @ np.clip(change - CHANGE_LEVEL, 0.0, FULL_LEVEL)
    # Cube roots: outlines, which both views share, count beside broad surfaces, which they do not.
    return Signals(np.array(times[1:-1]), np.cbrt(values + 1e-3 * values.max(initial=0.0)))


def _difference(picture: Any, background: Any) -> Any:
    change = picture.astype(np.float32) - background
    return change - np.median(change[::16])


def _end_s(index: Index) -> float:
    return float(index.clip_s(len(index) - 1))


def _common(reference: Index, clip: Index, offset_s: float) -> tuple[float, float]:
    """The clip's time that the reference covers too, at this offset."""
    return max(0.0, -offset_s), min(_end_s(clip), _end_s(reference) - offset_s)


def _first(
    reference: Index, clip: Index, views: tuple[View, View], prior_s: float, search_s: float
) -> tuple[Peak, tuple[Signals, Signals] | None] | Estimate:
    """The first search; with the signals of the whole overlap where it is short enough to compare it whole."""
    low = max(0.0, -prior_s - search_s), max(0.0, prior_s - search_s)
    high = (
        min(_end_s(clip), _end_s(reference) - prior_s + search_s),
        min(_end_s(reference), _end_s(clip) + prior_s + search_s),
    )
    if high[0] - low[0] < LEAST_S or high[1] - low[1] < LEAST_S:
        return Estimate.failed(Method.MOTION, "too_short", seconds=LEAST_S)
    if max(high[0] - low[0], high[1] - low[1]) <= WHOLE_S:
        films = signals(reference, views[0], low[1], high[1]), signals(clip, views[1], low[0], high[0])
        if films[0].still() or films[1].still():
            return Estimate.failed(Method.MOTION, "nothing_moves")
        peak = search(films[0], films[1], prior_s, search_s)
        return _nothing(0.0, prior_s, search_s) if peak is None else (peak, films)
    best: Peak | None = None
    moved = False
    for share in (0.5, 0.25, 0.75)[:COARSE_TRIES]:
        from_s = low[0] + share * (high[0] - low[0]) - WINDOW_S / 2
        b = signals(clip, views[1], from_s, from_s + WINDOW_S)
        a = signals(reference, views[0], from_s + prior_s - search_s, from_s + prior_s + WINDOW_S + search_s)
        if a.still() or b.still():
            continue
        moved = True
        peak = search(a, b, prior_s, search_s)
        if peak is not None and (best is None or _distinct(peak) > _distinct(best)):
            best = peak
        if best is not None and best.height >= SOUND_PEAK and best.second <= SOUND_RATIO * best.height:
            break
    if best is None:
        return _nothing(0.0, prior_s, search_s) if moved else Estimate.failed(Method.MOTION, "nothing_moves", peak=0.0)
    return best, None


def _nothing(peak: float, prior_s: float, search_s: float) -> Estimate:
    """Nothing fits, and where it was looked for: further away it may."""
    facts = {"peak": peak, "from_s": prior_s - search_s, "to_s": prior_s + search_s}
    return Estimate.failed(Method.MOTION, "nothing_within", **facts)


def _distinct(peak: Peak) -> float:
    return peak.height - peak.second


def _starts(reference: Index, clip: Index, offset_s: float) -> Sequence[float]:
    """Where the compared stretches begin, in the clip's seconds, spread evenly over the common time."""
    low, high = _common(reference, clip, offset_s)
    if high - low < 2 * WINDOW_S:
        return [max(low, (low + high - WINDOW_S) / 2)]
    count = min(WINDOWS, int((high - low) / WINDOW_S))
    return [float(start) for start in np.linspace(low, high - WINDOW_S, count)]


def crossing_of(reference: Calibration, clip: Calibration) -> float:
    """By how much two views cross, seen from above: 0 for views from one side or from opposite ones, which show the
    same outline of a person, 1 for one from the front and one from the side."""
    ways = [rotations(camera.rvec[None])[0][2, :2] for camera in (reference, clip)]
    lengths = [float(np.linalg.norm(way)) for way in ways]
    if min(lengths) < 0.1:  # straight down
        return 1.0
    return 1.0 - min(1.0, float(ways[0] @ ways[1]) / lengths[0] / lengths[1]) ** 2


def sigma_of(fit: Fit, crossing: float) -> float:
    """How sure a fit is, in seconds: its patches' scatter and the floor that they share."""
    floor = FLOOR_S * FLOOR_SPAN_S / max(min(fit.span_s, FLOOR_SPAN_S), 1.0) / max(fit.likeness, 0.05) ** 1.5
    return math.hypot(SCATTER_SHARE * fit.scatter_s, floor * (1 + CROSSING_SHARE * crossing))


def combined(fits: Sequence[Fit], peak: Peak, end_s: float, crossing: float) -> Estimate:
    """One estimate from the fits of the stretches; ``end_s`` is the clip's end in its own seconds, ``crossing`` by how
    much the views cross."""
    if not fits:
        return Estimate.failed(Method.MOTION, "nothing_in_common", peak=round(peak.height, 2))
    at = np.array([fit.clip_s for fit in fits])
    offsets, sigmas = np.array([fit.offset_s for fit in fits]), np.array([sigma_of(fit, crossing) for fit in fits])
    middle = float((at / sigmas**2).sum() / (1 / sigmas**2).sum())
    # offset at the middle and rate - 1, which is held near 0 as far as clocks are known to keep time
    design = np.stack([np.ones(len(at)), at - middle], axis=1)
    information = (design / sigmas[:, None] ** 2).T @ design
    information[1, 1] += 1 / RATE_SIGMA**2
    covariance = np.linalg.inv(information)
    solved = covariance @ ((design / sigmas[:, None] ** 2).T @ offsets)
    misfit = (offsets - design @ solved) / sigmas
    excess = float((misfit**2).sum() / max(1, len(fits) - 1)) if len(fits) > 1 else 1.0
    if len(fits) < 3:
        solved[1] = 0.0
    ends = np.array([[1.0, -middle], [1.0, end_s - middle]])
    worst = float(np.einsum("ni,ij,nj->n", ends, covariance, ends).max())
    sigma_s = math.sqrt(worst * max(1.0, excess))
    likeness = float(np.mean([fit.likeness for fit in fits]))
    rate = 1.0 + float(solved[1])
    offset_s = float(solved[0]) - float(solved[1]) * middle
    reason = _doubt(fits, peak, excess, likeness, crossing)
    return Estimate(
        Method.MOTION,
        Status.WEAK if reason else Status.OK,
        Fraction(round(offset_s * 1e7), 10**7),
        Fraction(round(rate * 1e9), 10**9),
        sigma_s,
        round(min(1.0, max(0.0, likeness)), 4),
        reason,
        {"peak": round(peak.height, 3), "second": round(peak.second, 3), "stretches": len(fits)},
    )


def _doubt(fits: Sequence[Fit], peak: Peak, excess: float, likeness: float, crossing: float) -> str:
    """Why a person should look before this is used, as a key; empty where nothing speaks against it."""
    if sum(fit.span_s for fit in fits) < SHORT_S:
        return "short"
    if peak.edge:
        return "peak_at_edge"
    if peak.height < SOUND_PEAK or peak.second > SOUND_RATIO * peak.height:
        return "weak_peak"
    if likeness < SOUND_LIKENESS or sum(fit.patches for fit in fits) < SOUND_PATCHES:
        return "weak_peak"
    for fit in fits:
        if abs(fit.halves_s[0] - fit.halves_s[1]) > max(0.04, 5 * sigma_of(fit, crossing)):
            return "parts_disagree"
    return "parts_disagree" if excess > 9 else ""
