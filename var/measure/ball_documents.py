"""Reads the scene of a ball at a line, as ``touchline goal-line`` takes it. Every fault is named with its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from var.measure.belonging import refuse_strangers, refuse_twice
from var.measure.documents import calibrations_of, instant, optional, pitch_of, word
from var.measure.faults import Faults
from var.measure.flight import Sight, Touch
from var.measure.goal_line import BallScene, Line
from var.measure.kinds import BALL, refuse_other
from var.measure.pitch import BALL_RADIUS_M

CLICK_SIGMA_PX = 2.0
"""How well people click the middle of a ball that moves."""

TOUCH_SIGMA_S = 0.02


def read_ball_scene(document: Any) -> BallScene:
    """The scene that a document of the schema ``goal_line_scene`` describes. Raises ``BadDocument`` naming every
    fault, ``OtherDocument`` for a document of another kind."""
    refuse_other(document, BALL)
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    line = word(faults, document, "line", "$", Line)
    pitch = pitch_of(faults, document)
    calibrations = calibrations_of(faults, faults.mapping(document, "calibrations", "$"))
    clocks, frames = optional(faults, document, "clock_sigma_s"), optional(faults, document, "frame_s")
    refuse_strangers(faults, calibrations, pitch)
    sights: dict[str, Sight] = {}
    for at, seen in faults.items(document, "observations", "$"):
        time_s = float(instant(faults, seen, "time_s", at))
        pixel = faults.numbers(seen.get("px"), f"{at}.px", (2,))
        sigma_px = faults.maybe_number(seen, "sigma_px", at, 0.05)
        camera = seen.get("camera")
        if not isinstance(camera, str):
            faults.add(f"{at}.camera", "missing" if camera is None else "text")
        elif np.isfinite(pixel).all():
            u, v = (float(value) for value in pixel)
            sights[at] = Sight(camera, time_s, (u, v), CLICK_SIGMA_PX if sigma_px is None else sigma_px)
    refuse_twice(faults, ((at, (sight.camera_id, sight.time_s)) for at, sight in sights.items()))
    touches = []
    for at, touch in faults.items(document, "touches", "$") if document.get("touches") else ():
        sigma_s = faults.maybe_number(touch, "sigma_s", at, 1e-4)
        touches.append(Touch(float(instant(faults, touch, "time_s", at)), sigma_s or TOUCH_SIGMA_S))
    radius_m = faults.maybe_number(document, "ball_radius_m", "$", 0.01)
    names = sorted({sight.camera_id for sight in sights.values()})
    found = BallScene(
        line=line,
        pitch=pitch,
        calibrations=calibrations,
        clocks_s={name: faults.maybe_number(clocks, name, "$.clock_sigma_s", 0.0) for name in names},
        frames_s={
            name: value for name in names if (value := faults.maybe_number(frames, name, "$.frame_s", 1e-4)) is not None
        },
        sights=tuple(sights.values()),
        touches=tuple(touches),
        radius_m=BALL_RADIUS_M if radius_m is None else radius_m,
    )
    faults.refuse_any()
    return found
