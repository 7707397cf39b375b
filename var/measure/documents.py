"""Reads the JSON documents that the measuring commands take: marks and scenes. Every fault is named with its path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from touchline.errors import BadValue, TouchlineError
from var.measure.belonging import refuse_strangers, refuse_twice
from var.measure.bundle_result import PITCH_UNKNOWNS
from var.measure.calibrate import CLICK_SIGMA_PX, LineMark, Mark
from var.measure.calibration import Calibration
from var.measure.camera import PARAMETERS
from var.measure.faults import BadDocument, Faults, exact, is_number
from var.measure.kinds import MARKS, OFFSIDE, OtherDocument, refuse_other
from var.measure.pitch import Pitch
from var.measure.scene import FRAME_S, BallPlace, Observation, Scene, Velocity
from var.measure.soccernet import NAMES as SOCCERNET
from var.measure.soccernet import is_soccernet
from var.measure.together import Together
from var.model import AttackDirection, BodyPart, Role

Word = TypeVar("Word", bound=StrEnum)

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
    attack = word(faults, document, "attack", "$", AttackDirection)
    pitch = pitch_of(faults, document)
    calibrations = calibrations_of(faults, faults.mapping(document, "calibrations", "$"))
    kick = faults.mapping(document, "kick", "$")
    kick_s = instant(faults, kick, "time_s", "$.kick") if kick else Fraction(0)
    kick_sigma_s = faults.number(kick, "sigma_s", "$.kick", 0.0) if kick else 0.0
    clocks = optional(faults, document, "clock_sigma_s")
    frames = optional(faults, document, "frame_s")
    refuse_strangers(faults, calibrations, pitch)
    read = {
        at: _observation(faults, at, seen, clocks, frames) for at, seen in faults.items(document, "observations", "$")
    }
    observations = {at: seen for at, seen in read.items() if seen is not None}
    for at, seen in observations.items():
        if seen.pose and seen.pose not in calibrations:
            faults.add(f"{at}.calibration", "no_calibration", name=seen.pose)
    refuse_twice(faults, ((at, (seen.body, seen.camera_id, seen.time_s)) for at, seen in observations.items()))
    velocities = {}
    for player in optional(faults, document, "velocities"):
        known, at = faults.mapping(document["velocities"], player, "$.velocities"), f"$.velocities.{player}"
        vx, vy = faults.array(known, "mps", at, (2,))
        if known:
            velocities[str(player)] = Velocity((float(vx), float(vy)), faults.number(known, "sigma_mps", at, 0.0))
    ball = optional(faults, document, "ball")
    ball_m = faults.array(ball, "pitch_m", "$.ball", (2,)) if ball else np.zeros(2)
    ball_sigma_m = faults.number(ball, "sigma_m", "$.ball", 0.0) if ball else 0.0
    camera = kick.get("camera")
    if not isinstance(camera, str | None):
        faults.add("$.kick.camera", "text")
    kick_clock_s = faults.maybe_number(clocks, str(camera), "$.clock_sigma_s", 0.0)
    kick_frame_s = faults.maybe_number(frames, str(camera), "$.frame_s", 0.0)
    stale = document.get("stale", [])
    if not isinstance(stale, list):
        faults.add("$.stale", "list")
    together = tuple(
        _together(faults, at, one, calibrations)
        for at, one in (faults.items(document, "together", "$") if document.get("together") else ())
    )
    grouped = [view for one in together if one is not None for view in one.views]
    for view in sorted({view for view in grouped if grouped.count(view) > 1}):
        faults.add("$.together", "in_two_groups", name=view)
    faults.refuse_any()
    return Scene(
        attack=attack,
        pitch=pitch,
        calibrations=calibrations,
        kick_s=kick_s,
        kick_sigma_s=kick_sigma_s,
        observations=tuple(observations.values()),
        kick_camera=None if camera is None else str(camera),
        kick_clock_s=(FRAME_S if kick_frame_s is None else kick_frame_s) / 2 if kick_clock_s is None else kick_clock_s,
        kick_clock_measured=kick_clock_s is not None,
        stale=frozenset(map(str, stale)),
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


def optional(faults: Faults, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object that may be left out."""
    return faults.mapping(document, key, "$") if document.get(key) is not None else {}


def word(faults: Faults, parent: Mapping[str, Any], key: str, path: str, words: type[Word]) -> Word:
    """One of the words of an enumeration; the first one after noting a fault."""
    value = parent.get(key)
    try:
        return words(str(value))
    except ValueError:
        choices = ", ".join(word.value for word in words)
        faults.add(
            f"{path}.{key}", "missing" if value is None else "choice", **({} if value is None else {"choices": choices})
        )
        return next(iter(words))


def instant(faults: Faults, parent: Mapping[str, Any], key: str, path: str) -> Fraction:
    """Exact seconds, written as a number or as ``"numerator/denominator"``."""
    value = parent.get(key)
    found = exact(str(value)) if is_number(value) or isinstance(value, str) else None
    if found is not None:
        return found
    faults.add(f"{path}.{key}", "missing" if value is None else "instant")
    return Fraction(0)


def pitch_of(faults: Faults, document: Mapping[str, Any]) -> Pitch:
    """The pitch of ``pitch_m``; one of the usual size where nothing is said."""
    if document.get("pitch_m") is None:
        return Pitch()
    length, width = faults.array(document, "pitch_m", "$", (2,))
    if math.isnan(length):
        return Pitch()
    try:
        return Pitch(float(length), float(width))
    except BadValue:
        faults.add("$.pitch_m", "pitch")
        return Pitch()


def calibrations_of(faults: Faults, documents: Mapping[str, Any]) -> dict[str, Calibration]:
    """The calibrations by camera; a refused one is a fault."""
    found: dict[str, Calibration] = {}
    for camera, document in documents.items():
        try:
            found[camera] = Calibration.from_document(document, f"$.calibrations.{camera}")
        except BadDocument as bad:
            faults.found += bad.faults
        except OtherDocument:
            faults.add(f"$.calibrations.{camera}", "other_kind")
        except TouchlineError:
            faults.add(f"$.calibrations.{camera}", "refused")
    return found


def _observation(
    faults: Faults, at: str, seen: Mapping[str, Any], clocks: Mapping[str, Any], frames: Mapping[str, Any]
) -> Observation | None:
    role, part = word(faults, seen, "team", at, Role), word(faults, seen, "part", at, BodyPart)
    time_s = instant(faults, seen, "time_s", at)
    pixel = faults.numbers(seen.get("px"), f"{at}.px", (2,))
    sigma_px = faults.maybe_number(seen, "sigma_px", at, 0.05)
    camera = seen.get("camera")
    if not isinstance(camera, str):
        faults.add(f"{at}.camera", "missing" if camera is None else "text")
        return None
    player = seen.get("player")
    if not isinstance(player, str | None):
        faults.add(f"{at}.player", "text")
        return None
    pose = named_calibration(faults, seen, at)
    clock_s = faults.maybe_number(clocks, camera, "$.clock_sigma_s", 0.0)
    frame_s = faults.maybe_number(frames, camera, "$.frame_s", 0.0)
    if np.isnan(pixel).any():
        return None
    return Observation(
        role=role,
        part=part,
        camera_id=camera,
        time_s=time_s,
        image_px=(float(pixel[0]), float(pixel[1])),
        sigma_px=2.0 if sigma_px is None else sigma_px,
        clock_sigma_s=clock_s,
        frame_s=FRAME_S if frame_s is None else frame_s,
        player=player or "",
        pose=pose,
    )


def named_calibration(faults: Faults, seen: Mapping[str, Any], at: str) -> str:
    """The name of the calibration that belongs to this very picture; empty where it is that of the camera."""
    pose = seen.get("calibration")
    if not isinstance(pose, str | None):
        faults.add(f"{at}.calibration", "text")
        return ""
    return pose or ""
