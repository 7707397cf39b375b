"""Reads the scene of a point at the penalty area, as ``touchline area`` takes it; names every fault with its path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from var.measure.area import AreaScene, AreaSight, Spotted
from var.measure.belonging import refuse_twice
from var.measure.faults import Faults
from var.measure.kinds import AREA, refuse_other
from var.measure.scene import FRAME_S
from var.measure.scene_documents import (
    MOST_S,
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
from var.model import AttackDirection

KNOWN = frozenset(
    {
        "point",
        "area",
        "pitch_m",
        "calibrations",
        "clock_sigma_s",
        "frame_s",
        "stale",
        "contact",
        "observations",
        "height_m",
        "height_sigma_m",
    }
)
"""What the scene of a contact may say."""

HEIGHT_SIGMA_M = 0.02
"""How sure a height is that is given without its uncertainty."""

MOST_HEIGHT_M = 10.0
"""No point that anybody asks about is higher."""


def read_area_scene(document: Any) -> AreaScene:
    """The scene that a document of the schema ``area_scene`` describes. Raises ``BadDocument`` naming every fault.

    Without ``contact`` it was at the first click, evenly likely within one frame of that camera.
    A document of another kind raises ``OtherDocument``.
    """
    refuse_other(document, AREA)
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    refuse_unknown(faults, document, KNOWN, "$")
    spotted = word(faults, document, "point", "$", Spotted)
    area = None if document.get("area") is None else word(faults, document, "area", "$", AttackDirection)
    angles = read_angles(faults, document)
    sights = {
        at: AreaSight(
            seen.camera_id,
            seen.time_s,
            seen.image_px,
            seen.sigma_px,
            angles.clocks_s.get(seen.camera_id),
            angles.frames_s.get(seen.camera_id, FRAME_S),
            named_calibration(faults, given, at),
        )
        for at, given, seen in read_clicks(faults, document)
        if seen is not None
    }
    refuse_twice(faults, ((at, (angles.camera(sight.camera_id), sight.time_s)) for at, sight in sights.items()))
    contact = optional(faults, document, "contact")
    first = next(iter(sights.values()), AreaSight("", Fraction(0), (0.0, 0.0)))
    at_s = instant(faults, contact, "time_s", "$.contact") if contact else first.time_s
    refuse_empty(faults, document, "contact", "time_s")
    if sights:
        refuse_far(faults, "$.contact.time_s", at_s, first.time_s)
    camera = contact.get("camera") if contact else first.camera_id
    if not isinstance(camera, str | None):
        faults.add("$.contact.camera", "text")
    sigma_s = faults.maybe_number(contact, "sigma_s", "$.contact", 0.0, MOST_S)
    height_m = faults.maybe_number(document, "height_m", "$", 0.0, MOST_HEIGHT_M)
    height_sigma_m = faults.maybe_number(document, "height_sigma_m", "$", 0.0, MOST_HEIGHT_M)
    if height_sigma_m is not None and document.get("height_m") is None:
        faults.add("$.height_m", "missing")
    faults.refuse_any()
    return AreaScene(
        spotted=spotted,
        pitch=angles.pitch,
        calibrations=angles.calibrations,
        at_s=at_s,
        sigma_s=first.frame_s / math.sqrt(12) if sigma_s is None else sigma_s,
        sights=tuple(sights.values()),
        at_camera=camera or None,
        area=area,
        height=None if height_m is None else (height_m, HEIGHT_SIGMA_M if height_sigma_m is None else height_sigma_m),
        stale=angles.stale,
        at_clock_s=angles.clocks_s.get(str(camera)),
        at_frame_s=angles.frames_s.get(str(camera), FRAME_S),
    )
