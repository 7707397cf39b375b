"""First guesses of a camera from clicked lines and arcs: the points in which they meet, else many likely cameras."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, image, rotation_vector
from var.measure.solve import Problem, guesses

_NEARLY_PARALLEL = math.sin(math.radians(3))
_FOCAL = (0.6, 0.9, 1.4, 2.2, 3.5, 5.5)
_BEST = 12
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
    aims = [middle + np.array([dx, dy]) for dx in (-25.0, -8.0, 8.0, 25.0) for dy in (-20.0, -6.0, 6.0, 20.0)]
    thetas = []
    for eye, aim in itertools.product(np.array(eyes), aims):
        pose = _looking(eye, np.array([*aim, 0.0]))
        if pose is not None:
            for factor in _FOCAL:
                theta = problem.mean.copy()
                theta[0], theta[5:8], theta[8:11] = math.log(factor * width_px), *pose
                thetas.append(theta)
    many = np.array(thetas)
    score = np.zeros(len(many))
    for begin in range(0, len(many), 2000):
        part = slice(begin, begin + 2000)
        score[part] = _scores(problem, many[part], 0.03 * width_px)
    return [many[k] for k in np.argsort(score)[:_BEST]]


def starts(problem: Problem, width_px: int) -> list[Array]:
    """First guesses (11,) for a problem with or without lines."""
    if problem.on is None:
        return guesses(problem, width_px)
    known = with_meetings(problem)
    found = guesses(known, width_px) if len(known.pixels) >= 4 and _spread(known.places_m) else []
    return found or likely_cameras(problem, width_px)


def _spread(places: Array) -> bool:
    """Whether the places do not lie on one line."""
    return bool(np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[1] > 0.5)


def _scores(problem: Problem, thetas: Array, spread_px: float) -> Array:
    """How badly cameras (m, 11) fit, by the nearest drawn point of each line; the pull of wrong clicks is limited."""
    total = np.zeros(len(thetas))
    rows = np.flatnonzero(problem.points)
    if len(rows):
        gap = image(thetas, problem.fixed, problem.places_m[rows]) - problem.pixels[rows]
        total += np.log1p((gap**2).sum(axis=2) / spread_px**2).sum(axis=1)
    for number, curve in enumerate(problem.curves):
        clicks = problem.pixels[problem.on == number][:6]
        if len(clicks):
            drawn = image(thetas, problem.fixed, curve[:: max(1, len(curve) // 40)])
            gap2 = ((drawn[:, None] - clicks[None, :, None]) ** 2).sum(axis=3).min(axis=2)
            total += np.log1p(gap2 / spread_px**2).sum(axis=1)
    return total


def _looking(eye: Array, at: Array) -> tuple[Array, Array] | None:
    """The pose of an upright camera at ``eye`` that looks at ``at``; None straight down."""
    forward = at - eye
    right = np.cross(forward, [0.0, 0.0, 1.0])
    if np.linalg.norm(right) < 1e-6:
        return None
    forward, right = forward / np.linalg.norm(forward), right / np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return rotation_vector(rotation), -rotation @ eye


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
