"""Drawings of what was measured, in pixels of the source picture (the form is in docs/architecture.md).

Everything on the pitch is projected through the calibrated lens, so straight lines come out as dense polylines; they
are cut where the picture ends and where the camera has no image of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.i18n import DEFAULT_LANGUAGE, number
from touchline.measure import Z95
from var.measure.calibrate import Mark
from var.measure.calibration import Calibration, MarkFit
from var.measure.camera import Array
from var.measure.offside import Verdict
from var.measure.pitch import BALL_RADIUS_M, LINE_WIDTH_M, Pitch, segment
from var.measure.project import project
from var.measure.scene import Placed, Scene
from var.model import BodyMark, ImagePoints, LineClick, Outcome, PitchMark, PitchPoints, Role

Drawing = dict[str, Any]

STEP_M = 0.25
RAISED_M = 0.15
"""Points higher than this get a plumb line; a foot on the ground does not."""

LABEL_ROOM = (0.075, 0.04)
"""What the letters of a residual take of a picture's width and height."""

LETTERS = {Role.ATTACKER: "A", Role.DEFENDER: "D"}


def pitch_overlay(calibration: Calibration, pitch: Pitch) -> list[Drawing]:
    """The pitch's markings and goals as the calibrated camera sees them."""
    drawn: list[Drawing] = []
    for _, places in pitch.outline(STEP_M):
        runs = runs_of(project(calibration, PitchPoints(places)), calibration.picture_size)
        drawn += [drawing_of("polyline", part, "pitch") for part in runs]
    return drawn


def marks_overlay(
    marks: Sequence[Mark | PitchMark], calibration: Calibration | None, lang: str = DEFAULT_LANGUAGE
) -> list[Drawing]:
    """Each click as a cross; with a calibration also the way to where the model sees the point, and its length in
    pixels as ``lang`` writes it.

    Rejected marks have a style of their own. Of lengths that would cover each other the larger is told. ``marks`` are
    in the order in which they were calibrated; lines come after.
    """
    drawn: list[Drawing] = []
    fits = calibration.marks if calibration is not None and len(calibration.marks) >= len(marks) else None
    told = _told(marks, fits, calibration)
    for index, mark in enumerate(marks):
        fit = None if fits is None else fits[index]
        style = "mark_bad" if fit is not None and fit.rejected else "mark"
        click = np.array([_clicked(mark)], dtype=np.float64)
        drawn.append(drawing_of("cross", click, style))
        if fit is None or fit.residual_px is None or calibration is None:
            continue
        model = project(calibration, PitchPoints(np.array([mark.pitch_m])))
        if np.isfinite(model).all() and inside_picture(model, calibration.picture_size).all():
            drawn.append(drawing_of("polyline", np.concatenate([click, model]), style))
        if index in told:
            drawn.append(drawing_of("label", click, style, f"{number(fit.residual_px, lang, 1)} px"))
    return drawn


def _clicked(mark: Mark | PitchMark) -> tuple[float, float]:
    return mark.image_px if isinstance(mark, Mark) else (mark.click.u_px, mark.click.v_px)


def _told(
    marks: Sequence[Mark | PitchMark], fits: Sequence[MarkFit] | None, calibration: Calibration | None
) -> set[int]:
    """The marks whose residual is written: rejected ones first, then the larger, each with room for its letters."""
    if fits is None or calibration is None:
        return set()
    room = np.array(LABEL_ROOM) * calibration.picture_size
    known = [index for index in range(len(marks)) if fits[index].residual_px is not None]
    told: list[int] = []
    for index in sorted(known, key=lambda k: (not fits[k].rejected, -(fits[k].residual_px or 0.0))):
        gaps = [np.abs(np.subtract(_clicked(marks[index]), _clicked(marks[other]))) for other in told]
        if all((gap >= room).any() for gap in gaps):
            told.append(index)
    return set(told)


def lines_overlay(
    clicks: Mapping[str, Sequence[LineClick]], rejected: Collection[str], names: Mapping[str, str]
) -> list[Drawing]:
    """Each click along a line as a cross with its number, the first with the line's name as ``names`` has it."""
    drawn: list[Drawing] = []
    for name, own in clicks.items():
        style = "mark_bad" if name in rejected else "mark"
        for count, mark in enumerate(own, 1):
            at = np.array([[mark.click.u_px, mark.click.v_px]])
            text = f"{names.get(name, name)} \u00b7 1" if count == 1 else str(count)
            drawn += [drawing_of("cross", at, style), drawing_of("label", at, style, text)]
    return drawn


def body_overlay(mark: BodyMark) -> list[Drawing]:
    """The click on a body point as a cross in its role's colour, with its letter."""
    click = np.array([[mark.click.u_px, mark.click.v_px]])
    style = mark.role.value
    return [drawing_of("cross", click, style), drawing_of("label", click, style, LETTERS[mark.role])]


def offside_overlay(verdict: Verdict, scene: Scene, calibration: Calibration) -> list[Drawing]:
    """Both players' lines across the pitch with their 95 % bands, plumb lines of raised points, dots and labels.

    Where the halfway line or the ball governs, the attacker is measured against that line, which is drawn, too, and the
    defender's is still there. Empty where nothing was measured.
    """
    if verdict.outcome is Outcome.NOT_MEASURABLE:
        return []
    bands: list[Drawing] = []
    lines: list[Drawing] = []
    for at in (verdict.defender, verdict.attacker):
        if at is not None:
            bands += _band(at, scene.pitch, calibration)
            lines += _line(at, scene.pitch, calibration)
    passed_m = None
    if verdict.governs == "ball" and scene.ball is not None:
        passed_m = scene.ball.pitch_m[0] + scene.attack.sign * BALL_RADIUS_M
    elif verdict.halfway_governs:
        passed_m = scene.attack.sign * LINE_WIDTH_M / 2
    if passed_m is not None:
        lines += [drawing_of("polyline", part, "mark") for part in _across(passed_m, scene.pitch, calibration)]
    return bands + lines


def _line(at: Placed, pitch: Pitch, calibration: Calibration) -> list[Drawing]:
    style, size = at.role.value, calibration.picture_size
    drawn = [drawing_of("polyline", part, style) for part in _across(at.line_x_m, pitch, calibration)]
    foot, point = np.array(at.ground_m), np.array(at.xyz_m)
    if point[2] > RAISED_M:
        plumb = segment((at.xyz_m, at.ground_m), 0.05)
        runs = runs_of(project(calibration, PitchPoints(plumb)), size)
        drawn += [{**drawing_of("polyline", part, "plumb"), "role": style} for part in runs]
    for place in (point, foot) if point[2] > RAISED_M else (point,):
        pixel = project(calibration, PitchPoints(place[None]))
        if np.isfinite(pixel).all() and inside_picture(pixel, size).all():
            drawn.append(drawing_of("dot", pixel, style))
    label = project(calibration, PitchPoints(point[None]))
    if np.isfinite(label).all() and inside_picture(label, size).all():
        drawn.append(drawing_of("label", label, style, LETTERS[at.role]))
    return drawn


def _band(at: Placed, pitch: Pitch, calibration: Calibration) -> list[Drawing]:
    """The ground between the ends of the 95 % interval of a line."""
    half = Z95 * at.sigma_x_m
    y = pitch.width_m / 2
    low = segment(((at.line_x_m - half, -y, 0.0), (at.line_x_m - half, y, 0.0)), STEP_M)
    high = segment(((at.line_x_m + half, -y, 0.0), (at.line_x_m + half, y, 0.0)), STEP_M)
    corners = np.stack([low[:-1], high[:-1], high[1:], low[1:]], axis=1)
    pixels = project(calibration, PitchPoints(corners.reshape(-1, 3))).reshape(-1, 4, 2)
    whole = np.asarray(np.isfinite(pixels).all(axis=(1, 2)))
    drawn: list[Drawing] = []
    for run in _consecutive(whole):
        strip = pixels[run]
        ring = np.concatenate([strip[:, 0], strip[-1:, 3], strip[-1:, 2], strip[::-1, 1]])
        clipped = clip_polygon(ring, calibration.picture_size)
        if len(clipped) > 2:
            drawn.append(drawing_of("polygon", clipped, f"band_{at.role.value}"))
    return drawn


def _across(x_m: float, pitch: Pitch, calibration: Calibration) -> list[Array]:
    y = pitch.width_m / 2
    places = segment(((x_m, -y, 0.0), (x_m, y, 0.0)), STEP_M)
    return runs_of(project(calibration, PitchPoints(places)), calibration.picture_size)


def inside_picture(pixels: Array, size_px: tuple[int, int]) -> Array:
    """Which of ``pixels`` (n, 2) lie in the picture, (n,)."""
    limit = np.array(size_px) - 0.5
    return np.asarray(((pixels >= -0.5) & (pixels <= limit)).all(axis=1))


def _consecutive(flags: NDArray[np.bool_]) -> Iterable[slice]:
    """The runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def runs_of(pixels: ImagePoints, size_px: tuple[int, int]) -> list[Array]:
    """The parts of a polyline (n, 2) that lie in the picture, cut exactly at its edge; parts of one point are left
    out."""
    parts: list[Array] = []
    current: list[Array] = []
    for first, last in pairwise(pixels):
        cut = _clip_step(first, last, size_px) if np.isfinite([first, last]).all() else None
        if cut is None:
            if len(current) > 1:
                parts.append(np.array(current))
            current = []
            continue
        if not current or not np.array_equal(current[-1], cut[0]):
            if len(current) > 1:
                parts.append(np.array(current))
            current = [cut[0]]
        current.append(cut[1])
    if len(current) > 1:
        parts.append(np.array(current))
    return parts


def _clip_step(first: Array, last: Array, size_px: tuple[int, int]) -> tuple[Array, Array] | None:
    """The part of a straight step inside the picture, or None (Liang and Barsky, 1984)."""
    way = last - first
    enter, leave = 0.0, 1.0
    for axis in (0, 1):
        for bound, sign in ((-0.5, 1.0), (size_px[axis] - 0.5, -1.0)):
            speed, gap = sign * way[axis], sign * (bound - first[axis])
            if speed == 0:
                if gap > 0:
                    return None
            elif speed > 0:
                enter = max(enter, gap / speed)
            else:
                leave = min(leave, gap / speed)
    if enter >= leave:
        return None
    return first + enter * way if enter > 0 else first, first + leave * way if leave < 1 else last


def clip_polygon(ring: Array, size_px: tuple[int, int]) -> Array:
    """The part of a polygon (n, 2) inside the picture, (m, 2), empty where there is none (Sutherland and Hodgman,
    1974)."""
    for axis in (0, 1):
        for bound, sign in ((-0.5, 1.0), (size_px[axis] - 0.5, -1.0)):
            if not len(ring):
                return ring
            kept: list[Array] = []
            depth = sign * (ring[:, axis] - bound)
            for index in range(len(ring)):
                before = index - 1
                if (depth[index] >= 0) != (depth[before] >= 0):
                    share = depth[before] / (depth[before] - depth[index])
                    kept.append(ring[before] + share * (ring[index] - ring[before]))
                if depth[index] >= 0:
                    kept.append(ring[index])
            ring = np.array(kept).reshape(-1, 2)
    return ring


def drawing_of(shape: str, pixels: Array, style: str, text: str | None = None) -> Drawing:
    """One drawing; pixels to a hundredth, which is finer than any screen shows."""
    drawing: Drawing = {"shape": shape, "px": np.round(pixels, 2).tolist(), "style": style}
    return drawing if text is None else {**drawing, "text": text}
