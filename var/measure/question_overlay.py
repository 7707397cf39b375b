"""Drawings over the pictures for a ball at a line and a place at the penalty area, in pixels of the source picture.

The forms and styles are those of ``var.measure.overlay``: the line or edge in the defender's blue, the ball or the
point in the attacker's orange.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from touchline.i18n import DEFAULT_LANGUAGE, number
from touchline.measure import CM_PER_M
from var.measure.area import SIDE_M, AreaVerdict
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.measure.goal_line import BallScene, BallVerdict, Line
from var.measure.overlay import RAISED_M, STEP_M, Drawing, clip_polygon, drawing_of, inside_picture, runs_of
from var.measure.pitch import GOAL_HEIGHT_M, GOAL_WIDTH_M, LINE_WIDTH_M, PENALTY_AREA_M, Pitch, segment
from var.measure.project import project
from var.model import AttackDirection, PitchPoints, SpotMark

ROUND = 40
"""Corners of the polygon that stands for the ball's outline."""

STRIP_M = 4.0
"""How far along the edge the band reaches on either side of the point."""


def spot_overlay(mark: SpotMark) -> list[Drawing]:
    """A click as a cross."""
    return [drawing_of("cross", np.array([[mark.click.u_px, mark.click.v_px]]), "mark")]


def line_overlay(line: Line, pitch: Pitch, calibration: Calibration) -> list[Drawing]:
    """Both edges of the line on the ground, the outer one in blue, and at a goal line the plane between the posts."""
    half, across = (
        (pitch.length_m / 2, pitch.width_m / 2) if line.axis == 0 else (pitch.width_m / 2, pitch.length_m / 2)
    )
    drawn: list[Drawing] = []
    if line.axis == 0:
        y = GOAL_WIDTH_M / 2
        mouth = [(-y, 0.0), (y, 0.0), (y, GOAL_HEIGHT_M), (-y, GOAL_HEIGHT_M), (-y, 0.0)]
        frame = np.concatenate(
            [
                segment(((line.sign * half, a, h), (line.sign * half, b, k)), STEP_M)
                for (a, h), (b, k) in pairwise(mouth)
            ]
        )
        drawn += _polygon(frame, calibration, "band_defender") + _way(frame, calibration, "pitch")
    for reach, style in ((half - LINE_WIDTH_M, "pitch"), (half, "defender")):
        at = line.sign * reach
        ends = ((at, -across, 0.0), (at, across, 0.0)) if line.axis == 0 else ((-across, at, 0.0), (across, at, 0.0))
        drawn += _way(segment(ends, STEP_M), calibration, style)
    return drawn


def ball_overlay(
    verdict: BallVerdict,
    scene: BallScene,
    calibration: Calibration,
    at_s: float,
    *,
    farthest: bool,
    lang: str = DEFAULT_LANGUAGE,
) -> list[Drawing]:
    """The ball's outline where it was at an instant; at its farthest also the plumb line of its innermost point, which
    has to be over the line, and the margin."""
    if verdict.flight is None:
        return []
    place = np.asarray(verdict.place_m) if farthest and verdict.place_m else verdict.flight.at(at_s)
    drawn = _way(outline(place, scene.radius_m, calibration.centre_m), calibration, "attacker")
    if farthest:
        inner = place.copy()
        inner[scene.line.axis] -= scene.line.sign * scene.radius_m
        ground = np.array([inner[0], inner[1], 0.0])
        plumb = segment(((inner[0], inner[1], inner[2]), (ground[0], ground[1], 0.0)), 0.05)
        drawn += [{**each, "role": "attacker"} for each in _way(plumb, calibration, "plumb")]
        drawn += _dot(ground, calibration, "attacker")
        if verdict.margin is not None:
            drawn += _label(place, calibration, f"{number(verdict.margin.value * CM_PER_M, lang, sign=True)} cm")
    return drawn


def outline(place: Array, radius_m: float, eye_m: Array) -> Array:
    """The ball's outline as seen from ``eye_m``: a closed ring (n, 3) across the sight line through its middle."""
    sight = place - eye_m
    sight = sight / np.linalg.norm(sight)
    # Any direction across will do; the axis that the sight line is least along makes a cross product that is not zero.
    right = np.cross(sight, np.eye(3)[np.argmin(np.abs(sight))])
    right = right / np.linalg.norm(right)
    turn = np.linspace(0, 2 * np.pi, ROUND + 1)[:, None]
    return np.asarray(place + radius_m * (np.cos(turn) * right + np.sin(turn) * np.cross(right, sight)))


def area_edges(verdict: AreaVerdict, pitch: Pitch, calibration: Calibration) -> list[Drawing]:
    """The outer edge of the penalty area in question, of both where none is known yet."""
    drawn: list[Drawing] = []
    for side in AttackDirection if verdict.area is None else (verdict.area,):
        front, line = side.sign * (pitch.length_m / 2 - PENALTY_AREA_M), side.sign * pitch.length_m / 2
        ring = [(line, -SIDE_M), (front, -SIDE_M), (front, SIDE_M), (line, SIDE_M)]
        for (a, b), (c, d) in pairwise(ring):
            drawn += _way(segment(((a, b, 0.0), (c, d, 0.0)), STEP_M), calibration, "defender")
    return drawn


def area_overlay(
    verdict: AreaVerdict, pitch: Pitch, calibration: Calibration, lang: str = DEFAULT_LANGUAGE
) -> list[Drawing]:
    """The point with its plumb line, and along the governing edge the band in which it would be too close to call."""
    if verdict.margin is None or verdict.place_m is None or verdict.area is None:
        return []
    sign, half = verdict.area.sign, verdict.margin.half_width95
    place = np.array(verdict.place_m)
    front, goal = pitch.length_m / 2 - PENALTY_AREA_M, pitch.length_m / 2
    drawn: list[Drawing] = []
    if verdict.edge in ("front", "corner"):
        low, high = (float(np.clip(place[1] + s * STRIP_M, -SIDE_M, SIDE_M)) for s in (-1, 1))
        ring = [(front - half, low), (front - half, high), (front + half, high), (front + half, low)]
        drawn += _strip([(sign * x, y) for x, y in ring], calibration)
    if verdict.edge in ("side_near", "side_far", "corner"):
        side = 1 if place[1] > 0 else -1
        low, high = (float(np.clip(sign * place[0] + s * STRIP_M, front, goal)) for s in (-1, 1))
        ring = [(low, SIDE_M - half), (high, SIDE_M - half), (high, SIDE_M + half), (low, SIDE_M + half)]
        drawn += _strip([(sign * x, side * y) for x, y in ring], calibration)
    foot = np.array([place[0], place[1], 0.0])
    if place[2] > RAISED_M:
        plumb = segment(((place[0], place[1], place[2]), (foot[0], foot[1], 0.0)), 0.05)
        drawn += [{**each, "role": "attacker"} for each in _way(plumb, calibration, "plumb")]
        drawn += _dot(place, calibration, "attacker")
    drawn += _dot(foot, calibration, "attacker")
    drawn += _label(place, calibration, f"{number(verdict.margin.value * CM_PER_M, lang, sign=True)} cm")
    return drawn


def _strip(corners: list[tuple[float, float]], calibration: Calibration) -> list[Drawing]:
    closed = [*corners, corners[0]]
    ring = np.concatenate([segment(((a, b, 0.0), (c, d, 0.0)), STEP_M) for (a, b), (c, d) in pairwise(closed)])
    return _polygon(ring, calibration, "band_defender")


def _way(places: Array, calibration: Calibration, style: str) -> list[Drawing]:
    parts = runs_of(project(calibration, PitchPoints(places)), calibration.picture_size)
    return [drawing_of("polyline", part, style) for part in parts]


def _polygon(ring: Array, calibration: Calibration, style: str) -> list[Drawing]:
    pixels = project(calibration, PitchPoints(ring))
    if not np.isfinite(pixels).all():
        return []
    clipped = clip_polygon(pixels, calibration.picture_size)
    return [drawing_of("polygon", clipped, style)] if len(clipped) > 2 else []


def _dot(place: Array, calibration: Calibration, style: str) -> list[Drawing]:
    pixel = project(calibration, PitchPoints(place[None]))
    seen = np.isfinite(pixel).all() and inside_picture(pixel, calibration.picture_size).all()
    return [drawing_of("dot", pixel, style)] if seen else []


def _label(place: Array, calibration: Calibration, text: str) -> list[Drawing]:
    pixel = project(calibration, PitchPoints(place[None]))
    seen = np.isfinite(pixel).all() and inside_picture(pixel, calibration.picture_size).all()
    return [drawing_of("label", pixel, "attacker", text)] if seen else []
