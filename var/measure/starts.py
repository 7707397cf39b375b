"""First guesses of a camera from clicked lines and arcs: the points in which they meet, else many likely cameras."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, rotation_vector
from var.measure.solve import Problem, guesses

_NEARLY_PARALLEL = math.sin(math.radians(3))
_FOCAL = (0.6, 0.9, 1.4, 2.2, 3.5, 5.5)
_BEST = 12
_ROUGH, _FINE, _FINER = (2, 12), (6, 40), 1500
"""Clicks and drawn points a line that judge all cameras, and the best of them."""
_HIDDEN = np.float32(1e6)
_BESIDE_M, _HEIGHT_M = (6.0, 18.0, 40.0, 70.0), (3.0, 8.0, 16.0, 28.0)


def with_meetings(problem: Problem) -> Problem:
    """The points of a problem with those in which its clicked ground lines meet, or meet its arcs; no lines."""
    points = problem.points
    places, pixels = [problem.places_m[points]], [problem.pixels[points]]
    straight: list[tuple[Array, Array, Array]] = []
    round_: list[tuple[Array, Array]] = []
    for number, curve in enumerate(problem.curves):
        clicks = problem.pixels[problem.on == number]
        if np.abs(curve[:, 2]).max() > 1e-9:
            continue
        if len(curve) > 2 and _bulge(curve) > 0.1:
            if len(clicks) >= 5:
                round_.append((curve, clicks))
        elif len(clicks) >= 2:
            straight.append((curve[0], curve[-1], _line_through(clicks)))
    for (a, b, first), (c, d, second) in itertools.combinations(straight, 2):
        place, pixel = _crossing(a, b, c, d), np.cross(first, second)
        if place is not None and abs(pixel[2]) > _NEARLY_PARALLEL:
            places.append(place[None])
            pixels.append(pixel[None, :2] / pixel[2])
    for curve, clicks in round_:
        for a, b, line in straight:
            found = _on_arc(curve, a, b), _on_ellipse(clicks, line)
            if found[0] is not None and found[1] is not None:
                order = np.argsort(found[0][:, 1])[::-1], np.argsort(found[1][:, 1])  # the far one is higher up
                places.append(found[0][order[0]])
                pixels.append(found[1][order[1]])
    flat = np.concatenate(places), np.concatenate(pixels)
    sigma = np.full(len(flat[0]), float(np.median(problem.sigma_px)))
    return Problem(flat[0], flat[1], sigma, problem.mean, problem.sigma, problem.fixed)


def likely_cameras(problem: Problem, width_px: int) -> list[Array]:
    """The best of many cameras around the pitch, each (11,): for marks that meet in too few points for a pose."""
    return likely_without(problem, width_px, np.ones((1, len(problem.pixels)), dtype=bool))[0]


def likely_without(problem: Problem, width_px: int, used: NDArray[np.bool_]) -> list[list[Array]]:
    """As ``likely_cameras``, for several choices of the clicks, ``used`` (s, n): the best for each of them.

    All cameras are judged by a few drawn points a line, the best of these by more; how a mark judges them is computed
    once, whoever leaves it out.
    """
    turns, moves, focal, judged = _around(problem, width_px)
    spread_px = 0.03 * width_px
    heard = np.array([[own[clicks].any() for clicks in _marks(problem)] for own in used], dtype=np.float32)
    rough = np.tensordot(heard, judged, axes=1)
    finer = [np.argpartition(one, _FINER, axis=None)[:_FINER] for one in rough]
    every = np.unique(np.concatenate(finer))
    pair, lens = np.unravel_index(every, rough.shape[1:])
    fine = _scores(problem, turns[pair], moves[pair], focal[lens], spread_px, *_FINE)
    found = []
    for own, mine in zip(heard, finer, strict=True):
        score = np.where(np.isin(every, mine), own @ fine, np.inf)
        best = []
        for k in np.argsort(score)[:_BEST]:
            theta = problem.mean.copy()
            theta[0], theta[5:8] = math.log(focal[lens[k]]), rotation_vector(turns[pair[k]])
            theta[8:11] = moves[pair[k]]
            best.append(theta)
        found.append(best)
    return found


@lru_cache(maxsize=4)
def _around(problem: Problem, width_px: int) -> tuple[Array, Array, Array, NDArray[np.float32]]:
    """Cameras around the pitch: their turns (m, 3, 3) and moves (m, 3), the focal lengths (f,) each of them may have,
    and how badly they fit each mark, (marks, m, f), roughly; remembered, for a problem is searched several times."""
    everything = np.concatenate([problem.places_m[problem.points], *problem.curves])
    middle, reach = everything[:, :2].mean(axis=0), np.abs(everything[:, :2]).max(axis=0)
    eyes = [
        (x, side * (reach[1] + out), z)
        for side in (-1, 1)
        for x in (-40.0, -15.0, 0.0, 15.0, 40.0)
        for out in _BESIDE_M
        for z in _HEIGHT_M
    ]
    eyes += [
        (side * (reach[0] + out), y, z)
        for side in (-1, 1)
        for y in (-20.0, 0.0, 20.0)
        for out in _BESIDE_M[:2]
        for z in _HEIGHT_M
    ]
    aims = [(middle[0] + dx, middle[1] + dy, 0.0) for dx in (-25.0, -8.0, 8.0, 25.0) for dy in (-20.0, -6.0, 6.0, 20.0)]
    pairs = np.array(list(itertools.product(eyes, aims)))
    turns = _looking(pairs[:, 0], pairs[:, 1])
    moves = -np.einsum("nij,nj->ni", turns, pairs[:, 0])
    focal = np.array(_FOCAL) * width_px
    judged = [_scores(problem, turns, moves, np.full(len(turns), f), 0.03 * width_px, *_ROUGH) for f in focal]
    return turns, moves, focal, np.stack(judged, axis=2)


def _marks(problem: Problem) -> list[NDArray[np.int64]]:
    """The clicks of each point, and of each line that has any, in the order in which ``_scores`` has them."""
    on = np.full(len(problem.pixels), -1) if problem.on is None else problem.on
    lines = (np.flatnonzero(on == number) for number in range(len(problem.curves)))
    return [*np.flatnonzero(problem.points)[:, None], *(own for own in lines if len(own))]


def starts(problem: Problem, width_px: int) -> list[Array]:
    """First guesses (11,) for a problem with or without lines."""
    found = guessed(problem, width_px)
    return found if found or problem.on is None else likely_cameras(problem, width_px)


def guessed(problem: Problem, width_px: int) -> list[Array]:
    """First guesses (11,) from points, and from those in which lines meet; none where these are too few."""
    if problem.on is None:
        return guesses(problem, width_px)
    known = with_meetings(problem)
    return guesses(known, width_px) if len(known.pixels) >= 4 and _spread(known.places_m) else []


def _spread(places: Array) -> bool:
    """Whether the places do not lie on one line."""
    return bool(np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[1] > 0.5)


def _scores(
    problem: Problem, turns: Array, moves: Array, focal_px: Array, spread_px: float, clicks: int, drawn: int
) -> NDArray[np.float32]:
    """How badly pinholes of m poses (``turns`` (m, 3, 3), ``moves`` (m, 3)) and focal lengths (m,) fit each mark,
    (marks, m): by the nearest of ``drawn`` points of a line to some ``clicks`` on it; the pull of wrong clicks is
    limited."""
    centre = problem.mean[3:5]
    rows = np.flatnonzero(problem.points)
    groups = [(problem.places_m[row][None], problem.pixels[row][None]) for row in rows]
    for number, curve in enumerate(problem.curves):
        own = problem.pixels[problem.on == number]
        if len(own):
            picked = np.unique(np.linspace(0, len(own) - 1, min(clicks, len(own))).round().astype(int))
            spots = np.unique(np.linspace(0, len(curve) - 1, min(drawn, len(curve))).round().astype(int))
            groups.append((curve[spots], own[picked]))
    total = np.zeros((len(groups), len(turns)), dtype=np.float32)
    nearness = ((focal_px / spread_px) ** 2).astype(np.float32)
    for number, (places, pixels) in enumerate(groups):
        seen = (np.einsum("mij,nj->min", turns, places) + moves[:, :, None]).astype(np.float32)
        depth = np.where(seen[:, 2] > 0.1, seen[:, 2], np.float32(np.nan))
        x, y = seen[:, 0] / depth, seen[:, 1] / depth
        for u, v in pixels - centre:
            gap2 = _gap2(x - (u / focal_px)[:, None].astype(np.float32), y - (v / focal_px)[:, None].astype(np.float32))
            total[number] += np.log1p(gap2 * nearness)
    return total


def _gap2(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """The squared distances (m,) of the origin from lines of n drawn points (m, n), far where none is seen."""
    if x.shape[1] == 1:
        found = (x * x + y * y)[:, 0]
    else:
        dx, dy = x[:, 1:] - x[:, :-1], y[:, 1:] - y[:, :-1]
        share = -(x[:, :-1] * dx + y[:, :-1] * dy) / np.maximum(dx * dx + dy * dy, np.float32(1e-12))
        share = np.clip(share, 0.0, 1.0)
        gap2 = (x[:, :-1] + share * dx) ** 2 + (y[:, :-1] + share * dy) ** 2
        found = np.where(np.isnan(gap2), _HIDDEN, gap2).min(axis=1)
    return np.asarray(np.where(np.isnan(found), _HIDDEN, found), dtype=np.float32)


def _looking(eyes: Array, aims: Array) -> Array:
    """The turns (n, 3, 3) of upright cameras at ``eyes`` (n, 3) that look at ``aims`` (n, 3), none straight down."""
    forward = aims - eyes
    forward = forward / np.linalg.norm(forward, axis=1)[:, None]
    right = np.stack([forward[:, 1], -forward[:, 0], np.zeros(len(forward))], axis=1)
    right = right / np.maximum(np.linalg.norm(right, axis=1), 1e-9)[:, None]
    return np.stack([right, np.cross(forward, right), forward], axis=1)


def _bulge(curve: Array) -> float:
    """How far a curve leaves the straight line between its ends; of a closed one, its extent."""
    way = curve[-1] - curve[0]
    length = float(np.linalg.norm(way))
    if length < 1e-6:
        return float(np.ptp(curve, axis=0).max())
    return float(np.linalg.norm(np.cross(curve - curve[0], way / length), axis=1).max())


def _line_through(clicks: Array) -> Array:
    """The line (3,) of unit normal through ``clicks``."""
    middle = clicks.mean(axis=0)
    way = np.linalg.svd(clicks - middle, full_matrices=False)[2][0]
    normal = np.array([-way[1], way[0]])
    return np.array([*normal, -normal @ middle])


def _crossing(a: Array, b: Array, c: Array, d: Array) -> Array | None:
    """Where the ground lines a-b and c-d meet, (3,); None for parallel ones."""
    first, second = (b - a)[:2], (d - c)[:2]
    cross = first[0] * second[1] - first[1] * second[0]
    if abs(cross) < 1e-6 * np.linalg.norm(first) * np.linalg.norm(second):
        return None
    gap = (c - a)[:2]
    share = (gap[0] * second[1] - gap[1] * second[0]) / cross
    return np.array([*(a[:2] + share * first), 0.0])


def _on_arc(curve: Array, a: Array, b: Array) -> Array | None:
    """The two places (2, 3) in which the ground line a-b meets an arc; None where it does not twice."""
    across = np.array([-(b - a)[1], (b - a)[0]]) / np.linalg.norm((b - a)[:2])
    side = (curve[:, :2] - a[:2]) @ across
    side = np.where(np.abs(side) < 1e-6, 0.0, side)
    changes = np.flatnonzero((side[:-1] * side[1:] < 0) | (side[:-1] == 0))
    if side[-1] == 0 and side[0] != 0:
        changes = np.append(changes, len(curve) - 1)
    return curve[changes] if len(changes) == 2 else None


def _on_ellipse(clicks: Array, line: Array) -> Array | None:
    """The two pixels (2, 2) in which a line meets the ellipse through ``clicks``; None where it does not."""
    import cv2

    try:
        (u, v), (wide, high), turn = cv2.fitEllipse(clicks.astype(np.float32))
    except cv2.error:
        return None
    if min(wide, high) <= 0 or not np.isfinite([u, v, wide, high, turn]).all():
        return None
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    shape = np.diag([2 / wide, 2 / high]) @ np.array([[cosine, sine], [-sine, cosine]])
    normal = np.linalg.inv(shape).T @ line[:2]
    offset = float(line @ [u, v, 1.0])
    length = float(np.linalg.norm(normal))
    away = -offset / length
    if abs(away) >= 1:
        return None
    unit = normal / length
    along = math.sqrt(1 - away**2) * np.array([-unit[1], unit[0]])
    circle = np.stack([away * unit - along, away * unit + along])
    return np.asarray(circle @ np.linalg.inv(shape).T + [u, v], dtype=np.float64)


def groups_of(names: list[str]) -> NDArray[np.int64]:
    """For each click the number of its mark: clicks of one name in a row belong together."""
    numbers = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], dtype=np.int64)
