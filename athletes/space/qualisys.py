"""Cameras in Qualisys' ``.qca.txt`` (XML in spite of its name).

Pixels are written in 1/64, places in millimetres; the rotation's columns are the rows of the usual one, from the camera
to the world, and the camera looks along its own -z with y up. The sensor goes from 0 to (width - 1) * 64, so that
(0, 0) is the middle of the first pixel. Distortion has no unit: pictures of a chessboard by the cameras of the set
``athlete_four_views`` give k1 = -0.03 to -0.07 where the file says -0.05 (Pose2Sim divides it by 64 as well; there the
two differ by at most 3 px at the edge of a picture).
"""

from __future__ import annotations

import math
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np

from athletes.space.calibrations import Calibration, cameras_or_faults
from athletes.space.faults import BadCalibration, Fault
from touchline.errors import BadFile

SUBPIXELS = 64.0
MM_PER_M = 1000.0
UPRIGHT = np.diag([1.0, -1.0, -1.0])
"""From Qualisys' camera axes (y up, looking along -z) to OpenCV's."""

INTRINSIC = (
    "focalLengthU", "focalLengthV", "centerPointU", "centerPointV", "radialDistortion1", "radialDistortion2",
    "tangentalDistortion1", "tangentalDistortion2",
)  # fmt: skip
TRANSFORM = ("x", "y", "z", *(f"r{i}{j}" for i in (1, 2, 3) for j in (1, 2, 3)))
FOV = ("left", "right", "top", "bottom")


def read_qualisys(data: bytes, name: str) -> Calibration:
    """The video cameras in a Qualisys file. Raises ``BadFile`` (``not_a_calibration``), ``BadCalibration``."""
    root = _parsed(data, name)
    elements = root.findall("cameras/camera") if root.tag == "calibration" else []
    if not elements:
        raise BadFile("athletes.errors.not_a_calibration", path=name)
    faults: list[Fault] = []
    made, notes = [], []
    for place, element in enumerate(elements, 1):
        called = element.get("serial") or f"camera_{place}"
        if element.get("active") == "0":
            notes.append("inactive_left_out")
            continue
        if (element.get("viewrotation") or "0") != "0":
            faults.append(Fault(f"{called}.viewrotation", "turned_view"))
        made.append((called, {"name": called, **_fields(element, called, faults)}))
    if faults:
        raise BadCalibration(name, faults)
    return cameras_or_faults(name, "qualisys", made, tuple(dict.fromkeys(notes)))


def _parsed(data: bytes, name: str) -> Element:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as fault:
        raise BadFile("athletes.errors.not_a_calibration", path=name) from fault


def _fields(element: Element, called: str, faults: list[Fault]) -> dict[str, Any]:
    """What an element says of its camera; what is wrong goes to ``faults``."""
    before = len(faults)
    inside = _values(element, "intrinsic", INTRINSIC, called, faults)
    pose = _values(element, "transform", TRANSFORM, called, faults)
    view = _values(element, "fov_video", FOV, called, faults)
    third = element.find("intrinsic")
    k3 = 0.0 if third is None else _number(third.get("radialDistortion3", "0"))
    skew = 0.0 if third is None else _number(third.get("skew", "0"))
    if k3 is None:
        faults.append(Fault(f"{called}.intrinsic.radialDistortion3", "not_numbers", {"count": 1}))
    if skew is None or abs(skew) > 1e-6:
        faults.append(Fault(f"{called}.intrinsic.skew", "skewed"))
    if len(faults) == before and not (view["right"] > view["left"] and view["bottom"] > view["top"]):
        faults.append(Fault(f"{called}.fov_video", "bad_size"))
    if len(faults) > before:
        return {}
    K = np.eye(3)
    K[0, 0], K[1, 1] = inside["focalLengthU"] / SUBPIXELS, inside["focalLengthV"] / SUBPIXELS
    K[0, 2] = inside["centerPointU"] / SUBPIXELS - view["left"]
    K[1, 2] = inside["centerPointV"] / SUBPIXELS - view["top"]
    R = UPRIGHT @ np.array([[pose[f"r{i}{j}"] for j in (1, 2, 3)] for i in (1, 2, 3)])
    centre = np.array([pose[axis] for axis in "xyz"]) / MM_PER_M
    return {
        "size_px": (round(view["right"] - view["left"]) + 1, round(view["bottom"] - view["top"]) + 1),
        "K": K,
        "R": R,
        "t_m": -R @ centre,
        "dist": np.array([*(inside[key] for key in INTRINSIC[4:]), k3 or 0.0]),
    }


def _values(element: Element, tag: str, keys: tuple[str, ...], called: str, faults: list[Fault]) -> dict[str, float]:
    """The numbers of an element's child."""
    child = element.find(tag)
    if child is None:
        faults.append(Fault(f"{called}.{tag}", "absent"))
        return {}
    found = {}
    for key in keys:
        value = _number(child.get(key))
        if value is None:
            faults.append(Fault(f"{called}.{tag}.{key}", "not_numbers", {"count": 1}))
        else:
            found[key] = value
    return found


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e12 else None
