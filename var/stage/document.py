"""One document of what is to be shown of a measured scene: pitch, lines with bands, points, figures, cameras, margin.

Everything else of this package draws from this document alone, so a picture can show nothing that it does not say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from touchline.measure import Z95
from touchline.origin import Origin
from var.measure.camera import Array
from var.measure.offside import Verdict
from var.measure.pitch import BALL_RADIUS_M, GOAL_HEIGHT_M, GOAL_WIDTH_M, LINE_WIDTH_M
from var.measure.scene import Placed, Scene
from var.model import Role
from var.stage.figure import standing

CHI2_95_2 = -2 * math.log(0.05)
"""The 95 % point of a chi-square with two degrees of freedom: an ellipse that holds a point of the plane so often."""

Document = dict[str, Any]


def stage_document(
    scene: Scene,
    verdict: Verdict,
    *,
    origin: Origin | None = None,
    labels: Mapping[str, str] | None = None,
) -> Document:
    """The scene as a JSON-ready document (schema ``scene``), lengths in metres of the pitch frame.

    ``labels`` are what people call the cameras. ``origin`` says where the pictures come from, None where nobody said.
    Without a measured margin there are no lines, points and
    figures: nothing is shown that was not measured.
    """
    lines, points = _lines(scene, verdict), _points(scene, verdict)
    return {
        "origin": None if origin is None else origin.value,
        "attack": scene.attack.value,
        "pitch": {
            "length_m": scene.pitch.length_m,
            "width_m": scene.pitch.width_m,
            "line_width_m": LINE_WIDTH_M,
            "goal_m": [GOAL_WIDTH_M, GOAL_HEIGHT_M],
        },
        "outcome": verdict.outcome.value,
        "margin_m": None if verdict.margin is None else verdict.margin.value,
        "sigma_m": None if verdict.margin is None else verdict.margin.sigma,
        "interval95_m": None if verdict.interval95 is None else list(verdict.interval95),
        "halfway_governs": verdict.halfway_governs,
        "reasons": [str(reason) for reason in verdict.reasons],
        "lines": lines,
        "points": points,
        "figures": _figures(points, scene.attack.sign),
        "cameras": _cameras(scene, labels or {}),
        "ball_m": None if scene.ball is None else [*scene.ball.pitch_m, BALL_RADIUS_M],
    }


def _lines(scene: Scene, verdict: Verdict) -> list[Document]:
    """The attacker's line, then what he had to pass; the defender's is told even where the halfway line governs."""
    if verdict.margin is None:
        return []
    found = []
    for at in (verdict.attacker, verdict.defender):
        if at is not None:
            governs = at.role is Role.ATTACKER or verdict.governs == Role.DEFENDER.value
            found.append(_line(at.role.value, at.line_x_m, Z95 * at.sigma_x_m, governs=governs))
    sign = scene.attack.sign
    if verdict.halfway_governs:  # the far edge of the halfway line, which is exact
        found.append(_line("halfway", sign * LINE_WIDTH_M / 2, 0.0, governs=True))
    if verdict.governs == "ball" and scene.ball is not None:  # its foremost point
        x = scene.ball.pitch_m[0] + sign * BALL_RADIUS_M
        found.append(_line("ball", x, Z95 * scene.ball.sigma_m, governs=True))
    return found


def _line(role: str, x_m: float, half_m: float, *, governs: bool) -> Document:
    return {"role": role, "x_m": x_m, "band95_m": [x_m - half_m, x_m + half_m], "governs": governs}


def _points(scene: Scene, verdict: Verdict) -> list[Document]:
    """Every placed body point with the ellipse in which its plumb point lies with 95 %."""
    joint = verdict.joint
    if joint is None or verdict.margin is None:
        return []
    governing = (verdict.attacker, verdict.defender)
    placed = [(joint.place(body), joint.ground_covariance(body)) for body in joint.bodies]
    return [_point(at, covariance, governs=at in governing) for at, covariance in placed]


def _point(at: Placed, covariance: Array, *, governs: bool) -> Document:
    variances, axes = np.linalg.eigh(covariance)
    long = axes[:, 1] if axes[0, 1] >= 0 else -axes[:, 1]
    semi = [float(math.sqrt(CHI2_95_2 * max(0.0, value))) for value in variances[::-1]]
    return {
        "role": at.role.value,
        "player": at.player,
        "part": at.part.value,
        "xyz_m": list(at.xyz_m),
        "sigma_x_m": at.sigma_x_m,
        "ellipse95": {"semi_m": semi, "angle_rad": float(math.atan2(long[1], long[0]))},
        "governs": governs,
    }


def _figures(points: list[Document], sign: int) -> list[Document]:
    """One neutral figure a player, through the point that governs, else through his foremost one."""
    found = {}
    for point in sorted(points, key=lambda point: (point["governs"], sign * point["xyz_m"][0])):
        found[point["role"], point["player"]] = point
    return [
        {"role": role, "player": player, "governs": point["governs"], "illustration": True}
        | standing(point["xyz_m"], sign)
        for (role, player), point in sorted(found.items())
    ]


def _cameras(scene: Scene, labels: Mapping[str, str]) -> list[Document]:
    """Where each calibrated camera stands; one that moves is told once, by its last pose."""
    names = {seen.view: seen.camera_id for seen in scene.observations}
    used = {seen.camera_id for seen in scene.observations}
    found: dict[str, Document] = {}
    for view, calibration in scene.calibrations.items():
        name = names.get(view, view)
        place = [float(value) for value in calibration.centre_m]
        found[name] = {"name": name, "label": labels.get(name, name), "centre_m": place, "used": name in used}
    return list(found.values())
