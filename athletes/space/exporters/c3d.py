"""C3D (c3d.org) through ezc3d (MIT): points in millimetres with residuals, units, rate and events."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from athletes.kinematics.model import Event
from athletes.pose.model import Motion
from athletes.space.exporters.sampled import even
from touchline.errors import Missing

MM_PER_M = 1000.0
SECONDS_PER_MINUTE = 60.0
MOST_MASKED = 7
"""A C3D point has room for seven cameras."""


def c3d(motion: Motion, events: Sequence[Event] = ()) -> bytes:
    """The motion as C3D: z up; a point's residual is the standard deviation of its place (root mean square over the
    axes, millimetres), and -1 says that it is not there, as the form has it.

    Raises ``BadValue`` (``too_short_to_export``), ``Missing`` (``no_ezc3d``).
    """
    try:
        ezc3d: Any = import_module("ezc3d")
    except ImportError as fault:
        raise Missing("athletes.errors.no_ezc3d") from fault
    sampled = even(motion)
    made = sampled.motion
    n, k = made.xyz_m.shape[:2]
    places = np.ones((4, k, n))
    places[:3] = np.moveaxis(made.xyz_m, 2, 0).transpose(0, 2, 1) * MM_PER_M
    lost = np.isnan(places[:3]).any(axis=0)
    places[:3, lost] = np.nan
    spread = np.sqrt(np.trace(made.cov_m2, axis1=2, axis2=3) / 3).T * MM_PER_M
    file = ezc3d.c3d()
    file["data"]["points"] = places
    file["data"]["meta_points"] = {
        "residuals": np.where(lost, -1.0, np.nan_to_num(spread))[None],
        "camera_masks": np.zeros((MOST_MASKED, k, n), dtype=bool),
    }
    file["parameters"]["POINT"]["RATE"]["value"] = [sampled.rate_hz]
    file["parameters"]["POINT"]["LABELS"]["value"] = list(made.skeleton.joints)
    file["parameters"]["POINT"]["DESCRIPTIONS"]["value"] = [""] * k
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    for axis, said in (("X_SCREEN", "+X"), ("Y_SCREEN", "+Z")):
        file.add_parameter("POINT", axis, [said])
    file.add_parameter("MANUFACTURER", "COMPANY", ["Touchline"])
    file.add_parameter("MANUFACTURER", "SOFTWARE", ["touchline motion export"])
    file.add_parameter("TOUCHLINE", "ORIGIN", [made.origin.value])
    file.add_parameter("TOUCHLINE", "METHOD", [made.method[:127]])  # one byte says how long a text is
    file.add_parameter("TOUCHLINE", "BEGINS_S", [float(made.t_s[0])])
    file.add_parameter("TOUCHLINE", "RESAMPLED", ["yes" if sampled.resampled else "no"])
    _add_events(file, events, float(made.t_s[0]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "motion.c3d"
        file.write(str(path))
        return path.read_bytes()


def _add_events(file: Any, events: Sequence[Event], begins_s: float) -> None:
    """The group EVENT as Vicon and Visual3D read it: minutes and seconds of each after the first frame."""
    if not events:
        return
    after = np.array([event.t_s - begins_s for event in events])
    minutes = np.floor(after / SECONDS_PER_MINUTE)
    file.add_parameter("EVENT", "USED", [len(events)])
    file.add_parameter(
        "EVENT", "CONTEXTS", ["General" if e.side is None else e.side.value.capitalize() for e in events]
    )
    file.add_parameter("EVENT", "LABELS", [event.key for event in events])
    file.add_parameter("EVENT", "DESCRIPTIONS", [""] * len(events))
    file.add_parameter("EVENT", "TIMES", np.stack([minutes, after - minutes * SECONDS_PER_MINUTE]))
