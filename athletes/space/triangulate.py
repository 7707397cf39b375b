"""One person in space from several views: the views that agree, by least squares, with what they leave unsure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Motion
from athletes.space.paired import Views
from athletes.space.solving import Flags, Floats, distances, inverted, linear, planes, refined
from touchline.errors import BadValue

MOST_CAMERAS = 8
"""The search for agreeing views tries every pair: 28 of eight cameras."""

AT_ONCE = 2000
"""Instants that are solved together: an hour would not fit into memory at once."""

CHI2_MEDIAN_5 = 4.3515
"""The median of chi squared with five degrees of freedom, as four views of a point have."""

METHOD = "triangulated"


@dataclass(frozen=True, slots=True)
class Agreement:
    """When views agree: a joint in one of them lies within ``gate`` standard deviations of where the others have it.

    The standard deviations are the views' own, times how much larger the scatter turns out to be (the variance factor
    of adjustment, at least 1). A view that is out by less is kept: a body model errs by some pixels in every view, and
    fewer views leave more of that. ``least_confidence``: a joint that its engine trusts less is not seen.
    """

    gate: float = 6.0
    least_confidence: float = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """p points: places (p, 3), which views were used (c, p), distances in pixels (c, p), and the variance factor."""

    xyz_m: Floats
    used: Flags
    off_px: Floats
    factor: float


def triangulated(views: Views, agreement: Agreement | None = None) -> Motion:
    """The person at every instant; NaN where fewer than two views agree. Raises ``BadValue`` (``camera_count``)."""
    return triangulation(views, agreement)[0]


def triangulation(views: Views, agreement: Agreement | None = None) -> tuple[Motion, Flags]:
    """The person at every instant, as ``triangulated``, and which views each joint was made of, (c, n, k)."""
    rule = agreement or Agreement()
    c, n, k, _ = views.px.shape
    if not 2 <= c <= MOST_CAMERAS:
        raise BadValue("athletes.errors.camera_count", count=c, most=MOST_CAMERAS)
    factor = scatter(views, rule)
    xyz, cov = np.full((n, k, 3), np.nan), np.full((n, k, 3, 3), np.nan)
    used = np.zeros((c, n, k), dtype=bool)
    for first in range(0, n, AT_ONCE):
        part = np.arange(first, min(first + AT_ONCE, n))
        some = at_instants(views, part)
        px, sigma, trust = flat(some, rule)
        found = agreed(some, px, sigma, trust, rule, factor=factor)
        shape = (len(part), k)
        xyz[part] = found.xyz_m.reshape(*shape, 3)
        cov[part] = _covariance(some, found, sigma, trust).reshape(*shape, 3, 3)
        used[:, part] = found.used.reshape(c, *shape)
    motion = Motion(
        views.t_s,
        xyz,
        cov,
        distances_at(views, used, xyz),
        used.sum(axis=0),
        views.frames,
        tuple(camera.name for camera in views.cameras),
        views.origin,
        f"{METHOD} (gate {rule.gate:g}, variance factor {factor**2:.2f}); {views.method}",
        views.skeleton,
    )
    return motion, used


def distances_at(views: Views, used: Flags, xyz_m: Floats) -> Floats:
    """How far points at ``xyz_m`` (n, k, 3) are from what the views ``used`` (c, n, k) saw: the root mean square in
    pixels, (n, k); NaN where none was used."""
    squares, count = np.zeros(xyz_m.shape[:2]), used.sum(axis=0)
    for camera, px, mine in zip(views.cameras, views.px, used, strict=True):
        away = np.linalg.norm(camera.project(xyz_m) - px, axis=-1)
        squares += np.where(mine, away**2, 0.0)
    return np.asarray(np.where(count > 0, np.sqrt(squares / np.maximum(count, 1)), np.nan))


def at_instants(views: Views, instants: NDArray[np.int64]) -> Views:
    """The views at some of their instants."""
    return replace(
        views,
        t_s=views.t_s[instants],
        px=views.px[:, instants],
        sigma_px=views.sigma_px[:, instants],
        confidence=views.confidence[:, instants],
        frames=views.frames[instants],
    )


def scatter(views: Views, rule: Agreement) -> float:
    """By how much the scatter exceeds the standard deviations, by up to ``AT_ONCE`` instants of the whole."""
    n = len(views.t_s)
    some = at_instants(views, np.unique(np.linspace(0, n - 1, min(n, AT_ONCE)).astype(np.int64))) if n else views
    return agreed(some, *flat(some, rule), rule).factor


def flat(views: Views, rule: Agreement) -> tuple[Floats, Floats, Floats]:
    """The views as points: pixels (c, p, 2), standard deviations (c, p), trust (c, p), which is 0 without a view.

    Trust is the engine's confidence: what is hidden errs by more than its standard deviation says.
    """
    c, n, k, _ = views.px.shape
    px, sigma = views.px.reshape(c, n * k, 2), views.sigma_px.reshape(c, n * k)
    confidence = views.confidence.reshape(c, n * k)
    trust = np.where(np.isnan(confidence), 1.0, confidence)
    seen = np.isfinite(px).all(axis=2) & (sigma > 0) & (trust >= rule.least_confidence)
    return px, np.where(seen, sigma, np.nan), np.where(seen, trust, 0.0)


def agreed(
    views: Views, px: Floats, sigma: Floats, trust: Floats, rule: Agreement, *, factor: float | None = None
) -> Points:
    """The places where views agree; ``factor`` None: found here."""
    cameras, plane = views.cameras, planes(views.cameras, px)
    seen = (trust > 0) & np.isfinite(plane).all(axis=2)
    weight = np.where(seen, trust / np.where(seen, sigma, 1.0) ** 2, 0.0)
    at = refined(cameras, px, weight, linear(cameras, plane, weight))
    at[seen.sum(axis=0) < 2] = np.nan
    off = distances(cameras, px, at)
    factor = variance_factor(off / sigma, seen) if factor is None else factor
    limit = rule.gate * factor * sigma
    used = seen & (off <= limit)
    doubtful = np.flatnonzero((seen & ~(off <= limit)).any(axis=0) & (seen.sum(axis=0) >= 2))
    if len(doubtful):
        start = _best_pair(views, plane[:, doubtful], px[:, doubtful], limit[:, doubtful], seen[:, doubtful])
        kept = seen[:, doubtful] & (distances(cameras, px[:, doubtful], start) <= limit[:, doubtful])
        for _ in range(2):
            start = refined(cameras, px[:, doubtful], np.where(kept, weight[:, doubtful], 0.0), start)
            kept = seen[:, doubtful] & (distances(cameras, px[:, doubtful], start) <= limit[:, doubtful])
        at[doubtful], used[:, doubtful] = start, kept
        at = np.where(used.sum(axis=0)[:, None] >= 2, at, np.nan)
        # Once more with exactly the views that are said to be used.
        again = refined(cameras, px[:, doubtful], np.where(used[:, doubtful], weight[:, doubtful], 0.0), at[doubtful])
        at[doubtful] = again
        off = distances(cameras, px, at)
    lost = ~np.isfinite(at[:, 0])
    used[:, lost] = False
    return Points(at, used, off, factor)


def variance_factor(normed: Floats, seen: Flags) -> float:
    """By how much the scatter exceeds the standard deviations, at least 1: of points with three views or more, the
    median of the summed squares over its expectation. 1 where there are too few to tell."""
    count = seen.sum(axis=0)
    usable = count >= 3
    if usable.sum() < 10:
        return 1.0
    squares = np.nansum(np.where(seen, normed, np.nan) ** 2, axis=0)[usable]
    ratio = float(np.nanmedian(squares / (2 * count[usable] - 3))) / (CHI2_MEDIAN_5 / 5)
    return float(np.sqrt(max(ratio, 1.0)))


def _best_pair(views: Views, plane: Floats, px: Floats, limit: Floats, seen: Flags) -> Floats:
    """For each point the place by the two views with which most others agree best, (p, 3); NaN where none do."""
    cameras = views.cameras
    p = plane.shape[1]
    best, best_cost = np.full((p, 3), np.nan), np.full(p, np.inf)
    for a, b in combinations(range(len(cameras)), 2):
        both = seen[a] & seen[b]
        pair = linear([cameras[a], cameras[b]], plane[[a, b]], np.where(both, 1.0, 0.0)[None].repeat(2, axis=0))
        ratio = distances(cameras, px, pair) / limit
        cost = np.where(seen, np.fmin(np.where(np.isnan(ratio), 1.0, ratio), 1.0) ** 2, 0.0).sum(axis=0)
        agree = (seen & (ratio <= 1)).sum(axis=0) >= 2
        better = both & agree & (cost < best_cost)
        best[better], best_cost[better] = pair[better], cost[better]
    return best


def _covariance(views: Views, found: Points, sigma: Floats, trust: Floats) -> NDArray[np.float64]:
    """Covariances (p, 3, 3): of the pixels, times the variance factor, and of the calibrations where they have one."""
    p = len(found.xyz_m)
    normal, spread = np.zeros((p, 3, 3)), np.zeros((p, 3, 3))
    slopes = []
    for camera, used, s, w in zip(views.cameras, found.used, sigma, trust, strict=True):
        slope = np.where(used[:, None, None], camera.slope(found.xyz_m), 0.0)
        weight = np.where(used, w / np.where(used, s, 1.0) ** 2, 0.0)[:, None, None]
        normal += weight * (slope.transpose(0, 2, 1) @ slope)
        spread += weight * np.where(used, w, 0.0)[:, None, None] * (slope.transpose(0, 2, 1) @ slope)
        slopes.append(weight * slope)
    inverse = inverted(normal)
    cov = found.factor**2 * inverse @ spread @ inverse
    for camera, weighted in zip(views.cameras, slopes, strict=True):
        if camera.cov is not None:
            by_pose = np.nan_to_num(camera.slope_by_pose(found.xyz_m))
            moved = inverse @ (weighted.transpose(0, 2, 1) @ by_pose)
            cov = cov + moved @ camera.cov @ moved.transpose(0, 2, 1)
    return np.asarray(np.where(np.isfinite(found.xyz_m[:, :1, None]), cov, np.nan))
