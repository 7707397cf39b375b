"""Everything that is computed of one session, as a document that can be kept: the part of a season that takes time."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from athletes.load.bests import bests_of
from athletes.load.external import external
from athletes.load.fitness import decoupling, recovery
from athletes.load.impulse import loads_of
from athletes.model import Recording
from athletes.zones import Limits, time_in_zones, why_no_zones, zones_of

VERSION = "load-2"
"""Changes whenever a method below changes, so that what was kept of the old one is computed anew."""


def recipe(limits: Limits) -> str:
    """How ``measured`` would compute a session under ``limits``: the version of the methods and a digest of all that is
    in force. Equal recipes give equal documents."""
    setting = limits.setting
    told = [
        setting.method.value,
        limits.hr_max_bpm,
        limits.hr_max_estimated,
        setting.hr_rest_bpm,
        setting.threshold_bpm,
        setting.vt1_bpm,
        setting.vt2_bpm,
        list(setting.own_bpm),
        setting.ftp_w,
        setting.sport,
        limits.sport,
        limits.sex,
    ]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    return f"{VERSION} {digest}"


def measured(recording: Recording, limits: Limits) -> dict[str, Any]:
    """What a session is worth, as plain JSON: ``duration_s``, ``quality``, ``zones``, ``figures``, ``external``,
    ``bests``. Every figure has its method, and None with a reason where the data do not carry it."""
    series, duration_s = recording.heart_rate, recording.duration_s
    loads = loads_of(series, duration_s, limits)
    figures = {method.value: figure.document() for method, figure in loads.items()}
    figures["hr_recovery"] = recovery(recording, limits.hr_max_bpm).document()
    figures["decoupling"] = decoupling(recording).document()
    quality = next(iter(loads.values())).quality
    return {
        "duration_s": duration_s,
        "quality": quality,
        "zones": _zones(recording, limits),
        "figures": figures,
        "external": {name: figure.document() for name, figure in external(recording).items()},
        "bests": bests_of(recording),
    }


def _zones(recording: Recording, limits: Limits) -> dict[str, Any]:
    series, zones = recording.heart_rate, zones_of(limits)
    found: dict[str, Any] = {"method": limits.setting.method.value, "reason": None, "names": [], "lower_bpm": []}
    if series is None or zones is None:
        reason = "no_heart_rate" if series is None else why_no_zones(limits)
        return {**found, "reason": reason, "seconds": [], "unknown_s": None, "hr_max_estimated": False}
    times = time_in_zones(series, zones)
    return {
        **found,
        "names": list(zones.names),
        "lower_bpm": list(zones.lower_bpm),
        "seconds": list(times.seconds),
        "unknown_s": times.unknown_s,
        "hr_max_estimated": zones.hr_max_estimated,
    }
