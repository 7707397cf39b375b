"""Scenes written as the documents that ``touchline offside``, ``goal-line`` and ``area`` read: read back, they give the
same verdict."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from var.measure.area import AreaScene, AreaSight
from var.measure.bundle_result import PITCH_UNKNOWNS
from var.measure.faults import LONGEST_EXACT
from var.measure.goal_line import BallScene
from var.measure.mark import LineMark, Mark
from var.measure.pitch import Pitch
from var.measure.scene import Observation, Scene
from var.measure.together import Together


def marks_document(points: Iterable[Mark], lines: Iterable[LineMark]) -> dict[str, Any]:
    """Points and lines as a document of the schema ``calibration_marks``."""
    written: dict[str, Any] = {
        "points": [
            {
                "name": mark.name,
                "pitch_m": list(mark.pitch_m),
                "image_px": list(mark.image_px),
                "sigma_px": mark.sigma_px,
            }
            for mark in points
        ],
        "lines": [
            {"name": line.name, "image_px": [list(pixel) for pixel in line.image_px], "sigma_px": line.sigma_px}
            for line in lines
        ],
    }
    return {key: value for key, value in written.items() if value}


def offside_document(scene: Scene) -> dict[str, Any]:
    """``scene`` as a document of the schema ``offside_scene``."""
    clocks = {seen.camera_id: seen.clock_sigma_s for seen in scene.observations}
    frames = {seen.camera_id: seen.frame_s for seen in scene.observations}
    kick: dict[str, Any] = {"time_s": _instant(scene.kick_s), "sigma_s": scene.kick_sigma_s}
    if scene.kick_camera is not None:
        kick["camera"] = scene.kick_camera
        if scene.kick_clock_measured:
            clocks[scene.kick_camera] = scene.kick_clock_s
        else:  # half a frame is what is taken of a clock that nobody measured
            frames.setdefault(scene.kick_camera, 2 * scene.kick_clock_s)
    document: dict[str, Any] = {
        "attack": scene.attack.value,
        "pitch_m": _pitch(scene.pitch),
        "calibrations": {name: found.document() for name, found in scene.calibrations.items()},
        "clock_sigma_s": {camera: sigma_s for camera, sigma_s in clocks.items() if sigma_s is not None},
        "frame_s": frames,
        "kick": kick,
        "observations": [
            {
                **({"player": seen.player} if seen.player else {}),
                "team": seen.role.value,
                "part": seen.part.value,
                **_seen(seen),
            }
            for seen in scene.observations
        ],
    }
    if scene.velocities:
        document["velocities"] = {
            player: {"mps": list(known.mps), "sigma_mps": known.sigma_mps} for player, known in scene.velocities.items()
        }
    if scene.ball is not None:
        document["ball"] = {"pitch_m": list(scene.ball.pitch_m), "sigma_m": scene.ball.sigma_m}
    if scene.together:
        document["together"] = [_together(one) for one in scene.together]
    if scene.stale:
        document["stale"] = sorted(scene.stale)
    return document


def ball_document(scene: BallScene) -> dict[str, Any]:
    """``scene`` as a document of the schema ``goal_line_scene``."""
    document: dict[str, Any] = {
        "line": scene.line.value,
        "pitch_m": _pitch(scene.pitch),
        "calibrations": {name: found.document() for name, found in scene.calibrations.items()},
        "clock_sigma_s": {camera: sigma_s for camera, sigma_s in scene.clocks_s.items() if sigma_s is not None},
        "frame_s": dict(scene.frames_s),
        "ball_radius_m": scene.radius_m,
        "observations": [
            {
                "camera": seen.camera_id,
                "time_s": seen.time_s,
                "px": list(seen.image_px),
                "sigma_px": seen.sigma_px,
            }
            for seen in scene.sights
        ],
    }
    if scene.touches:
        document["touches"] = [{"time_s": touch.time_s, "sigma_s": touch.sigma_s} for touch in scene.touches]
    if scene.stale:
        document["stale"] = sorted(scene.stale)
    return document


def area_document(scene: AreaScene) -> dict[str, Any]:
    """``scene`` as a document of the schema ``area_scene``."""
    contact: dict[str, Any] = {"time_s": _instant(scene.at_s), "sigma_s": scene.sigma_s}
    if scene.at_camera is not None:
        contact["camera"] = scene.at_camera
    clocks = {seen.camera_id: seen.clock_sigma_s for seen in scene.sights}
    frames = {seen.camera_id: seen.frame_s for seen in scene.sights}
    if scene.at_camera is not None:
        clock_s, frame_s = scene.contact_clock
        clocks[scene.at_camera], frames[scene.at_camera] = clock_s, frame_s
    document: dict[str, Any] = {
        "point": scene.spotted.value,
        "pitch_m": _pitch(scene.pitch),
        "calibrations": {name: found.document() for name, found in scene.calibrations.items()},
        "clock_sigma_s": {camera: sigma_s for camera, sigma_s in clocks.items() if sigma_s is not None},
        "frame_s": frames,
        "contact": contact,
        "observations": [_seen(seen) for seen in scene.sights],
    }
    if scene.area is not None:
        document["area"] = scene.area.value
    if scene.height is not None:
        document["height_m"], document["height_sigma_m"] = scene.height
    if scene.stale:
        document["stale"] = sorted(scene.stale)
    return document


def _together(one: Together) -> dict[str, Any]:
    """Calibrations that share errors. Their joint covariance has the rows of the pitch behind it, as that of a bundle:
    the crown's, and those of length and width, which a scene takes as known."""
    if one.covariance is None:
        return {"calibrations": list(one.views), "covariance": None}
    rest = len(PITCH_UNKNOWNS) - 1
    return {"calibrations": list(one.views), "covariance": np.pad(one.covariance, (0, rest)).tolist()}


def _pitch(pitch: Pitch) -> list[float]:
    return [pitch.length_m, pitch.width_m]


def _seen(seen: Observation | AreaSight) -> dict[str, Any]:
    """A click: camera, instant, pixel, and the calibration of this very picture where the camera moves."""
    return {
        "camera": seen.camera_id,
        **({"calibration": seen.pose} if seen.pose else {}),
        "time_s": _instant(seen.time_s),
        "px": list(seen.image_px),
        "sigma_px": seen.sigma_px,
    }


def _instant(seconds: Fraction) -> str | float:
    """Exact seconds as text, as long as a reader takes them; else the nearest number."""
    exact = str(seconds)
    return exact if len(exact) <= LONGEST_EXACT else float(seconds)
