"""Reads the scene of a ball at a line, as ``touchline goal-line`` takes it. Every fault is named with its path."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from var.measure.belonging import refuse_twice
from var.measure.faults import Faults
from var.measure.flight import Sight, Touch
from var.measure.goal_line import BallScene, Line
from var.measure.kinds import BALL, refuse_other
from var.measure.pitch import BALL_RADIUS_M
from var.measure.scene_documents import MOST_S, instant, read_angles, read_clicks, refuse_far, refuse_unknown, word

KNOWN = frozenset(
    {
        "line",
        "pitch_m",
        "calibrations",
        "clock_sigma_s",
        "frame_s",
        "stale",
        "observations",
        "touches",
        "ball_radius_m",
    }
)
"""What the scene of a ball may say."""

TOUCH_SIGMA_S, MOST_TOUCHES = 0.02, 10

LEAST_RADIUS_M, MOST_RADIUS_M = 0.05, 0.5
"""Balls for children and for a demonstration included: one of Law 2 has 0.11 m."""


def read_ball_scene(document: Any) -> BallScene:
    """The scene that a document of the schema ``goal_line_scene`` describes. Raises ``BadDocument`` naming every
    fault, ``OtherDocument`` for a document of another kind."""
    refuse_other(document, BALL)
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    refuse_unknown(faults, document, KNOWN, "$")
    line = word(faults, document, "line", "$", Line)
    angles = read_angles(faults, document)
    sights = {
        at: Sight(seen.camera_id, float(seen.time_s), seen.image_px, seen.sigma_px)
        for at, _, seen in read_clicks(faults, document)
        if seen is not None
    }
    refuse_twice(faults, ((at, (angles.camera(sight.camera_id), sight.time_s)) for at, sight in sights.items()))
    touches = []
    for at, touch in faults.items(document, "touches", "$") if document.get("touches") is not None else ():
        sigma_s = faults.maybe_number(touch, "sigma_s", at, 1e-4, MOST_S)
        touched_s = instant(faults, touch, "time_s", at)
        for sight in itertools.islice(sights.values(), 1):
            refuse_far(faults, f"{at}.time_s", touched_s, Fraction(sight.time_s))
        touches.append(Touch(float(touched_s), sigma_s or TOUCH_SIGMA_S))
    if len(touches) > MOST_TOUCHES:
        faults.add("$.touches", "too_many", most=MOST_TOUCHES, count=len(touches))
    radius_m = faults.maybe_number(document, "ball_radius_m", "$", LEAST_RADIUS_M, MOST_RADIUS_M)
    faults.refuse_any()
    names = sorted({sight.camera_id for sight in sights.values()})
    return BallScene(
        line=line,
        pitch=angles.pitch,
        calibrations=angles.calibrations,
        clocks_s={name: angles.clocks_s.get(name) for name in names},
        frames_s={name: angles.frames_s[name] for name in names if name in angles.frames_s},
        sights=tuple(sights.values()),
        touches=tuple(touches),
        radius_m=BALL_RADIUS_M if radius_m is None else radius_m,
        stale=angles.stale,
    )
