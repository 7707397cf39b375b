"""Calibrating by lines: the problem that clicked points and lines pose, and what to say of lines that do not fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.measure.camera import Array, by_camera, by_place, image, visible
from var.measure.curves import curve_of
from var.measure.mark import CLICK_SIGMA_PX, Lens, LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.solve import Fit, Problem, prior

_ENOUGH = 8
"""Numbers that marks must tell: six for the pose, one for the focal length, one to spare."""


def lined_problem(
    marks: Sequence[Mark], lines: Sequence[LineMark], size_px: tuple[int, int], pitch: Pitch, lens: Lens | None
) -> tuple[Problem, NDArray[np.int64]]:
    """The problem of ``marks`` and ``lines``, and for each click (n,) the number of its mark, points first.

    Raises ``BadValue``: ``unknown_line``, ``not_finite``, ``outside_picture``, ``duplicate_mark``, ``too_few_told``.
    """
    mean, sigma = prior(size_px)
    fixed = np.zeros(3)
    if lens is not None:
        mean, sigma, fixed = lens.prior(size_px)
    curves: list[Array] = []
    seen: set[str] = set()
    told = 2 * len(marks)
    for line in lines:
        curve, called = curve_of(pitch, line.name), line.called or line.name
        if curve is None:
            raise BadValue("var.errors.unknown_line", line=called, lines=", ".join([*pitch.lines, *pitch.arcs]))
        if line.name in seen:
            raise BadValue("var.errors.duplicate_mark", mark=called, other=called)
        seen.add(line.name)
        curves.append(curve)
        told += min(len(set(line.image_px)), 5 if line.name in pitch.arcs else 2)
    for name, pixels, sigma_px in (
        *((mark.name, (mark.image_px,), mark.sigma_px) for mark in marks),
        *((line.called or line.name, line.image_px, line.sigma_px) for line in lines),
    ):
        usable(name, pixels, sigma_px, size_px)
    once(marks)
    if told < _ENOUGH:
        raise BadValue("var.errors.too_few_told", told=told, needed=_ENOUGH)
    lines = [replace(line, image_px=tuple(dict.fromkeys(line.image_px))) for line in lines]  # a click counts once
    counts = [len(line.image_px) for line in lines]
    clicks = [click for line in lines for click in line.image_px]
    problem = Problem(
        np.array([*(mark.pitch_m for mark in marks), *[(0.0, 0.0, 0.0)] * len(clicks)], dtype=np.float64),
        np.array([*(mark.image_px for mark in marks), *clicks], dtype=np.float64),
        np.array([*(m.sigma_px for m in marks), *np.repeat([line.sigma_px for line in lines], counts)]),
        mean,
        sigma,
        fixed,
        tuple(curves),
        np.concatenate([np.full(len(marks), -1), np.repeat(np.arange(len(lines)), counts)]).astype(np.int64),
    )
    owners = np.concatenate([np.arange(len(marks)), len(marks) + np.repeat(np.arange(len(lines)), counts)])
    return problem, owners.astype(np.int64)


def once(marks: Sequence[Mark]) -> None:
    """Refuse points with a place that is none, and a point that was marked twice: it would count as two people's."""
    for index, mark in enumerate(marks):
        if not np.isfinite(mark.pitch_m).all():
            raise BadValue("var.errors.not_finite", mark=mark.name or str(index + 1))
        for other in marks[:index]:
            if math.dist(mark.pitch_m, other.pitch_m) < 0.01 or math.dist(mark.image_px, other.image_px) < 0.01:
                raise BadValue("var.errors.duplicate_mark", mark=mark.name or str(index + 1), other=other.name)


def usable(name: str, pixels: Sequence[tuple[float, float]], sigma_px: float, size_px: tuple[int, int]) -> None:
    """Refuse clicks that are no numbers or outside the picture."""
    width, height = size_px
    if not pixels or not np.isfinite([*np.ravel(pixels), sigma_px]).all() or sigma_px <= 0:
        raise BadValue("var.errors.not_finite", mark=name)
    for u, v in pixels:
        if not (-0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5):
            raise BadValue("var.errors.outside_picture", mark=name, u=u, v=v, width=width, height=height)


def only_points(problem: Problem) -> Problem:
    """The clicked points of a problem, without its lines."""
    points = problem.points
    parts = problem.places_m[points], problem.pixels[points], problem.sigma_px[points]
    return Problem(*parts, problem.mean, problem.sigma, problem.fixed)


def most_helpful(found: Fit, fixed: Array, size_px: tuple[int, int], pitch: Pitch, used: set[str]) -> str:
    """The named point in the picture, not used yet, that would make the lines over the picture surest."""
    names = [name for name in pitch.points if name not in used]
    places = np.array([pitch.points[name] for name in names])
    seen = visible(found.theta, fixed, places)
    pixels = image(found.theta[None], fixed, places)[0]
    inside = seen & ((pixels >= 0) & (pixels <= np.array(size_px) - 1)).all(axis=1)
    if not inside.any():
        return "\u2013"
    ground = places[inside & (places[:, 2] == 0)]
    ground = ground if len(ground) else places[inside]
    inverse = np.linalg.inv(by_place(found.theta, fixed, ground)[:, :, :2])
    moves = (inverse @ by_camera(found.theta, fixed, ground))[:, 0]  # of x with the camera, (m, 11)
    slopes = by_camera(found.theta, fixed, places)

    def left(number: int) -> float:
        slope = slopes[number]
        gain = found.covariance @ slope.T
        after = found.covariance - gain @ np.linalg.solve(slope @ gain + np.eye(2) * CLICK_SIGMA_PX**2, gain.T)
        return math.sqrt(max(0.0, float(np.mean(np.einsum("np,pq,nq->n", moves, after, moves)))))

    return names[min((int(k) for k in np.flatnonzero(inside)), key=left)]
