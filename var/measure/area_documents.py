"""Reads the scene of a point at the penalty area, as ``touchline area`` takes it; names every fault with its path."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from var.measure.area import AreaScene, AreaSight, Spotted
from var.measure.belonging import refuse_strangers, refuse_twice
from var.measure.documents import calibrations_of, instant, named_calibration, optional, pitch_of, word
from var.measure.faults import Faults
from var.measure.kinds import AREA, refuse_other
from var.measure.scene import FRAME_S
from var.model import AttackDirection

CLICK_SIGMA_PX = 2.0


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
    spotted = word(faults, document, "point", "$", Spotted)
    area = None if document.get("area") is None else word(faults, document, "area", "$", AttackDirection)
    pitch = pitch_of(faults, document)
    calibrations = calibrations_of(faults, faults.mapping(document, "calibrations", "$"))
    clocks, frames = optional(faults, document, "clock_sigma_s"), optional(faults, document, "frame_s")
    refuse_strangers(faults, calibrations, pitch)
    read = {at: _sight(faults, at, seen, clocks, frames) for at, seen in faults.items(document, "observations", "$")}
    refuse_twice(faults, ((at, (seen.camera_id, seen.time_s)) for at, seen in read.items() if seen is not None))
    sights = [sight for sight in read.values() if sight is not None]
    contact = optional(faults, document, "contact")
    first = sights[0] if sights else AreaSight("", Fraction(0), (0.0, 0.0))
    at_s = instant(faults, contact, "time_s", "$.contact") if contact else first.time_s
    camera = contact.get("camera") if contact else first.camera_id
    if not isinstance(camera, str | None):
        faults.add("$.contact.camera", "text")
    sigma_s = faults.maybe_number(contact, "sigma_s", "$.contact", 0.0)
    height_m = faults.maybe_number(document, "height_m", "$", 0.0)
    height_sigma_m = faults.maybe_number(document, "height_sigma_m", "$", 0.0)
    if height_sigma_m is not None and height_m is None:
        faults.add("$.height_m", "missing")
    faults.refuse_any()
    return AreaScene(
        spotted=spotted,
        pitch=pitch,
        calibrations=calibrations,
        at_s=at_s,
        sigma_s=first.frame_s / math.sqrt(12) if sigma_s is None else sigma_s,
        sights=tuple(sights),
        at_camera=camera or None,
        area=area,
        height=None if height_m is None else (height_m, 0.02 if height_sigma_m is None else height_sigma_m),
    )


def _sight(
    faults: Faults, at: str, seen: Mapping[str, Any], clocks: Mapping[str, Any], frames: Mapping[str, Any]
) -> AreaSight | None:
    time_s = instant(faults, seen, "time_s", at)
    pixel = faults.numbers(seen.get("px"), f"{at}.px", (2,))
    sigma_px = faults.maybe_number(seen, "sigma_px", at, 0.05)
    camera = seen.get("camera")
    if not isinstance(camera, str):
        faults.add(f"{at}.camera", "missing" if camera is None else "text")
        return None
    pose = named_calibration(faults, seen, at)
    clock_s = faults.maybe_number(clocks, camera, "$.clock_sigma_s", 0.0)
    frame_s = faults.maybe_number(frames, camera, "$.frame_s", 1e-4)
    if np.isnan(pixel).any():
        return None
    return AreaSight(
        camera,
        time_s,
        (float(pixel[0]), float(pixel[1])),
        CLICK_SIGMA_PX if sigma_px is None else sigma_px,
        clock_s,
        FRAME_S if frame_s is None else frame_s,
        pose,
    )
