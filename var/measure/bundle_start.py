"""Where a bundle's search begins: cameras that calibrate by themselves, and turns of those that do not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchline.errors import BadValue
from var.measure.bundle_system import Index
from var.measure.calibrate import calibrate
from var.measure.calibration import Calibration
from var.measure.camera import Array, rotation_vector, rotations, straighten
from var.measure.curves import curve_of
from var.measure.pitch import Pitch
from var.measure.solve import Problem, guesses, prior
from var.measure.starts import with_meetings
from var.measure.views import View

ZOOMS = tuple(float(step) for step in np.exp(np.linspace(-1.2, 1.2, 17)))
"""Focal lengths that are tried beside the one of another picture of a camera that zooms."""

MOST_VIEWS, MOST_PAIRS = 8, 20
"""So many pictures judge a first guess, and so many pairs of points a turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A view's first guess: ``head`` (5,) is focal length (logarithm), k1, k2, principal point; ``rvec`` (3,) its turn;
    ``centre_m`` (3,) where it stands."""

    head: Array
    rvec: Array
    centre_m: Array

    def theta(self) -> Array:
        """The camera (11,)."""
        return np.concatenate([self.head, self.rvec, -rotations(self.rvec[None])[0] @ self.centre_m])


def alone(view: View, pitch: Pitch) -> Calibration | BadValue:
    """The calibration of one picture by itself, or why there is none."""
    try:
        return calibrate(view.marks, view.size_px, pitch, lines=view.lines, lens=view.lens)
    except BadValue as refusal:
        return refusal


def flat_problem(view: View, pitch: Pitch) -> Problem:
    """The problem of a view's points and lines on a flat pitch, ties left out."""
    mean, sigma = prior(view.size_px)
    fixed = np.zeros(3)
    if view.lens is not None:
        mean, sigma, fixed = view.lens.prior(view.size_px)
    curves = [curve for line in view.lines if (curve := curve_of(pitch, line.name)) is not None]
    clicks = [click for line in view.lines for click in line.image_px]
    counts = [len(line.image_px) for line in view.lines]
    return Problem(
        np.array([*(mark.pitch_m for mark in view.marks), *[(0.0, 0.0, 0.0)] * len(clicks)]).reshape(-1, 3),
        np.array([*(mark.image_px for mark in view.marks), *clicks], dtype=np.float64).reshape(-1, 2),
        np.array(
            [*(m.sigma_px for m in view.marks), *np.repeat([line.sigma_px for line in view.lines], counts)],
            dtype=np.float64,
        ),
        mean,
        sigma,
        fixed,
        tuple(curves),
        np.concatenate([np.full(len(view.marks), -1), np.repeat(np.arange(len(counts)), counts)]).astype(np.int64)
        if counts
        else None,
    )


def starts_of(views: Sequence[View], singles: Mapping[int, Calibration], zooms: bool, pitch: Pitch) -> dict[int, Start]:
    """First guesses for the views (by number) of one camera whose pictures share a centre; those that none was found
    for are left out. ``singles`` are the views that calibrate by themselves."""
    problems = [flat_problem(view, pitch) for view in views]
    points = [with_meetings(problem) if problem.on is not None else problem for problem in problems]
    judges = sorted(range(len(views)), key=lambda number: -len(points[number].pixels))[:MOST_VIEWS]
    heads = [
        (found.theta[:5], found.centre_m) for found in sorted(singles.values(), key=_sureness)[:4] if _sureness(found)
    ]
    if not heads:
        heads = _guessed(points, judges, views)
    best: tuple[float, Array, Array] | None = None
    for head, centre in heads:
        costs = [_turn(problems[k], points[k], head, centre, zooms, views[k].size_px[0]) for k in judges]
        cost = sum(10.0 if found is None else found[0] for found in costs)
        if best is None or cost < best[0]:
            best = cost, head, centre
    if best is None:
        return {}
    found = {}
    for number, view in enumerate(views):
        turned = _turn(problems[number], points[number], best[1], best[2], zooms, view.size_px[0])
        if turned is not None:
            found[number] = Start(turned[1], turned[2], best[2])
    return found


def _sureness(found: Calibration) -> float:
    return float(np.median([sigma for _, _, sigma in found.line_sigma_cm])) if found.line_sigma_cm else math.inf


def _guessed(points: Sequence[Problem], judges: Sequence[int], views: Sequence[View]) -> list[tuple[Array, Array]]:
    """Heads and centres from pictures that do not calibrate alone: three points and a guessed focal length make one."""
    found = []
    for number in judges:
        if len(points[number].pixels) >= 3:
            for theta in guesses(points[number], views[number].size_px[0]):
                centre = -rotations(theta[None, 5:8])[0].T @ theta[8:11]
                if theta[1] == 0 and np.linalg.norm(centre) < 400:
                    found.append((theta[:5], centre))
    return found


def _turn(
    problem: Problem, points: Problem, head: Array, centre_m: Array, zooms: bool, width_px: int
) -> tuple[float, Array, Array] | None:
    """The turn that a camera at ``centre_m`` with the lens ``head`` has where it sees ``points``: how badly the whole
    problem fits a click, the head with its zoom, and the rotation vector. None for fewer than two points."""
    if len(points.pixels) < 2:
        return None
    best: tuple[float, Array, Array] | None = None
    ways = points.places_m - centre_m
    ways = ways / np.linalg.norm(ways, axis=1)[:, None]
    pairs = list(itertools.combinations(range(len(ways)), 2))
    pairs = sorted(pairs, key=lambda pair: float(ways[pair[0]] @ ways[pair[1]]))[:MOST_PAIRS]
    sets: list[Index] = [np.arange(len(ways)), *(np.array(pair) for pair in pairs if len(ways) > 2)]
    for zoom in ZOOMS if zooms else (1.0,):
        theta = np.concatenate([head, np.zeros(6)])
        theta[0] += math.log(zoom)
        xy = straighten(points.pixels, theta, points.fixed)
        if not np.isfinite(xy).all():
            continue
        rays = np.concatenate([xy, np.ones((len(xy), 1))], axis=1)
        rays = rays / np.linalg.norm(rays, axis=1)[:, None]
        for chosen in sets:
            rotation = _kabsch(ways[chosen], rays[chosen])
            start = Start(theta[:5], rotation_vector(rotation), centre_m)
            miss2 = (problem.misses(start.theta()) ** 2).sum(axis=1)
            cost = float(np.log1p(miss2 / (0.005 * width_px) ** 2).mean())
            if best is None or cost < best[0]:
                best = cost, start.head, start.rvec
    return best


def _kabsch(ways: Array, rays: Array) -> Array:
    """The rotation (3, 3) that turns the directions ``ways`` (n, 3) into ``rays`` (n, 3) best (W. Kabsch, Acta
    Crystallographica A32, 1976)."""
    u, _, vt = np.linalg.svd(ways.T @ rays)
    turn = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(vt.T @ u.T)))])
    return np.asarray(vt.T @ turn @ u.T)


def without_ties(view: View) -> View:
    """The same picture without its points of unknown place."""
    return replace(view, ties=())
