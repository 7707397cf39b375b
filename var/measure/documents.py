"""Reads the JSON documents that the measuring commands take: marks and scenes. Every fault is named with its path."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.belonging import refuse_twice
from var.measure.bundle_result import PITCH_UNKNOWNS
from var.measure.calibrate import CLICK_SIGMA_PX, LineMark, Mark
from var.measure.calibration import Calibration
from var.measure.camera import PARAMETERS
from var.measure.clicks import assumed_clock_s
from var.measure.faults import Faults
from var.measure.kinds import MARKS, OFFSIDE, refuse_other
from var.measure.scene import FRAME_S, BallPlace, Observation, Scene, Velocity
from var.measure.scene_documents import (
    MOST_M,
    MOST_MPS,
    MOST_S,
    Angles,
    Seen,
    instant,
    named_calibration,
    optional,
    read_angles,
    read_clicks,
    refuse_empty,
    refuse_far,
    refuse_unknown,
    word,
)
from var.measure.soccernet import NAMES as SOCCERNET
from var.measure.soccernet import is_soccernet
from var.measure.together import Together
from var.model import AttackDirection, BodyPart, Role

KNOWN = frozenset(
    {
        "attack",
        "pitch_m",
        "calibrations",
        "clock_sigma_s",
        "frame_s",
        "kick",
        "observations",
        "velocities",
        "ball",
        "stale",
        "together",
    }
)
"""What the scene of an offside may say."""

MOST_BALL_M = 80.0
"""From the centre spot, along either axis: a ball that is played is on the longest pitch, or just beside it."""

SOCCERNET_SIGMA = 2.0 / 1920
"""How well people marked the lines of broadcast pictures, in picture widths."""


def read_marks(document: Any, size_px: tuple[int, int]) -> tuple[tuple[Mark, ...], tuple[LineMark, ...]]:
    """The points and lines of ``{"points": [{"pitch_m": [x, y, z], "image_px": [u, v], "name"?, "sigma_px"?}],
    "lines": [{"name", "image_px": [[u, v], ...], "sigma_px"?}]}``, either of which may be left out, or of one of
    SoccerNet's documents for a picture of ``size_px``.

    A point without a name is called by its place in the list, ``point 1`` being the first. Raises ``BadDocument``
    naming every fault, ``OtherDocument`` for a document of another kind.
    """
    refuse_other(document, MARKS)
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    if is_soccernet(document):
        return (), _soccernet(faults, document, size_px)
    lines = tuple(
        LineMark(
            SOCCERNET.get(str(line.get("name")).strip(), str(line.get("name"))),
            tuple((float(u), float(v)) for u, v in faults.rows(line.get("image_px"), f"{at}.image_px", 2)),
            faults.maybe_number(line, "sigma_px", at, 0.05) or CLICK_SIGMA_PX,
            str(line.get("name")),
        )
        for at, line in (faults.items(document, "lines", "$") if document.get("lines") else ())
    )
    marks: list[Mark] = []
    for index, (at, point) in enumerate(
        faults.items(document, "points", "$") if not lines or document.get("points") else ()
    ):
        place = faults.array(point, "pitch_m", at, (3,)) if point else faults.numbers(None, f"{at}.pitch_m", (3,))
        pixel = faults.array(point, "image_px", at, (2,)) if point else faults.numbers(None, f"{at}.image_px", (2,))
        sigma = faults.maybe_number(point, "sigma_px", at, 0.05)
        name = str(point.get("name") or f"point {index + 1}")
        x, y, z = (float(value) for value in place)
        u, v = (float(value) for value in pixel)
        marks.append(Mark(name, (x, y, z), (u, v), CLICK_SIGMA_PX if sigma is None else sigma))
    faults.refuse_any()
    return tuple(marks), lines


def _soccernet(faults: Faults, document: Mapping[str, Any], size_px: tuple[int, int]) -> tuple[LineMark, ...]:
    """The lines of one of SoccerNet's documents: points from 0 to 1 of the picture. Lines that it calls unknown, and
    clicks beyond the picture's edge, are left out."""
    width, height = size_px
    found = []
    for name in document:
        clicks = []
        for at, click in faults.items(document, name, "$"):
            x, y = faults.number(click, "x", at), faults.number(click, "y", at)
            if 0 <= x <= 1 and 0 <= y <= 1:
                clicks.append((x * width - 0.5, y * height - 0.5))
        if clicks and name.strip() in SOCCERNET:
            found.append(LineMark(SOCCERNET[name.strip()], tuple(clicks), SOCCERNET_SIGMA * width, name.strip()))
    faults.refuse_any()
    return tuple(found)


def read_scene(document: Any) -> Scene:
    """The scene that a document of the schema ``offside_scene`` describes. Raises ``BadDocument`` naming every
    fault, ``OtherDocument`` for a document of another kind."""
    refuse_other(document, OFFSIDE)
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    refuse_unknown(faults, document, KNOWN, "$")
    attack = word(faults, document, "attack", "$", AttackDirection)
    angles = read_angles(faults, document)
    kick = faults.mapping(document, "kick", "$")
    kick_s = instant(faults, kick, "time_s", "$.kick") if kick else Fraction(0)
    kick_sigma_s = faults.number(kick, "sigma_s", "$.kick", 0.0, MOST_S) if kick else 0.0
    read = {at: _observation(faults, at, given, seen, angles) for at, given, seen in read_clicks(faults, document)}
    observations = {at: seen for at, seen in read.items() if seen is not None}
    for at, seen in observations.items():
        if seen.pose and seen.pose not in angles.calibrations:
            faults.add(f"{at}.calibration", "no_calibration", name=seen.pose)
    if observations and kick:
        refuse_far(faults, "$.kick.time_s", kick_s, next(iter(observations.values())).time_s)
    refuse_twice(
        faults, ((at, (seen.body, angles.camera(seen.camera_id), seen.time_s)) for at, seen in observations.items())
    )
    velocities = {}
    for player in optional(faults, document, "velocities"):
        known, at = faults.mapping(document["velocities"], player, "$.velocities"), f"$.velocities.{player}"
        speed = faults.array(known, "mps", at, (2,))
        faults.within(speed, f"{at}.mps", MOST_MPS)
        if known:
            sigma_mps = faults.number(known, "sigma_mps", at, 0.0, MOST_MPS)
            velocities[str(player)] = Velocity((float(speed[0]), float(speed[1])), sigma_mps)
    refuse_empty(faults, document, "kick", "time_s")
    refuse_empty(faults, document, "ball", "pitch_m")
    ball = optional(faults, document, "ball")
    ball_m = faults.array(ball, "pitch_m", "$.ball", (2,)) if ball else np.zeros(2)
    faults.within(ball_m, "$.ball.pitch_m", MOST_BALL_M)
    ball_sigma_m = faults.number(ball, "sigma_m", "$.ball", 0.0, MOST_M) if ball else 0.0
    camera = kick.get("camera")
    if not isinstance(camera, str | None):
        faults.add("$.kick.camera", "text")
    kick_clock_s = angles.clocks_s.get(str(camera))
    together = tuple(
        _together(faults, at, one, angles.calibrations)
        for at, one in (faults.items(document, "together", "$") if document.get("together") else ())
    )
    grouped = [view for one in together if one is not None for view in one.views]
    for view in sorted({view for view in grouped if grouped.count(view) > 1}):
        faults.add("$.together", "in_two_groups", name=view)
    faults.refuse_any()
    return Scene(
        attack=attack,
        pitch=angles.pitch,
        calibrations=angles.calibrations,
        kick_s=kick_s,
        kick_sigma_s=kick_sigma_s,
        observations=tuple(observations.values()),
        kick_camera=None if camera is None else str(camera),
        kick_clock_s=assumed_clock_s(kick_clock_s, angles.frames_s.get(str(camera), FRAME_S)),
        kick_clock_measured=kick_clock_s is not None,
        stale=angles.stale,
        velocities=velocities,
        ball=BallPlace((float(ball_m[0]), float(ball_m[1])), ball_sigma_m) if ball else None,
        together=tuple(one for one in together if one is not None),
    )


def _together(
    faults: Faults, at: str, one: Mapping[str, Any], calibrations: Mapping[str, Calibration]
) -> Together | None:
    """Calibrations that share errors: their names, and their joint covariance as ``bundle`` prints it, or none."""
    views = one.get("calibrations")
    if not (isinstance(views, list) and views and all(isinstance(view, str) for view in views)):
        faults.add(f"{at}.calibrations", "missing" if views is None else "texts")
        return None
    for index, view in enumerate(views):
        if view not in calibrations:
            faults.add(f"{at}.calibrations[{index}]", "no_calibration", name=view)
    if one.get("covariance") is None:
        known = None
    else:
        size = len(PARAMETERS) * len(views)
        given = one["covariance"]
        rows = size + len(PITCH_UNKNOWNS) if isinstance(given, list) and len(given) != size else size
        matrix = faults.numbers(given, f"{at}.covariance", (rows, rows))
        if np.isnan(matrix).any():
            return None
        known = np.zeros((size + 1, size + 1))
        last = min(size + 1, rows)
        known[:last, :last] = matrix[:last, :last]
    try:
        found = Together(tuple(views), known)
    except BadValue:
        faults.add(f"{at}.covariance", "joint")
        return None
    for index, view in enumerate(views):
        if view in calibrations and not found.agrees(view, calibrations[view]):
            faults.add(f"{at}.calibrations[{index}]", "joint_differs", name=view)
    return found


def _observation(
    faults: Faults, at: str, given: Mapping[str, Any], seen: Seen | None, angles: Angles
) -> Observation | None:
    role, part = word(faults, given, "team", at, Role), word(faults, given, "part", at, BodyPart)
    player = given.get("player")
    if not isinstance(player, str | None):
        faults.add(f"{at}.player", "text")
        return None
    pose = named_calibration(faults, given, at)
    if seen is None:
        return None
    return Observation(
        role=role,
        part=part,
        camera_id=seen.camera_id,
        time_s=seen.time_s,
        image_px=seen.image_px,
        sigma_px=seen.sigma_px,
        clock_sigma_s=angles.clocks_s.get(seen.camera_id),
        frame_s=angles.frames_s.get(seen.camera_id, FRAME_S),
        player=player or "",
        pose=pose,
    )
