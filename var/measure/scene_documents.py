"""Reads what the scenes of all three questions have in common: the pitch, the angles, and clicks on their pictures.

Every fault is noted with its path. Numbers that nothing on a pitch has are faults, too: an estimator would carry them
on until something overflows, or give a margin that means nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from touchline.errors import BadValue, TouchlineError
from var.measure.belonging import refuse_strangers
from var.measure.calibration import Calibration
from var.measure.clicks import CLICK_SIGMA_PX
from var.measure.faults import BadDocument, Faults, exact, is_number
from var.measure.kinds import OtherDocument
from var.measure.pitch import Pitch

Word = TypeVar("Word", bound=StrEnum)

LEAST_SIGMA_PX, MOST_SIGMA_PX = 0.05, 1000.0
LEAST_FRAME_S = 1e-4
MOST_S = 3600.0
"""No clock is off, no frame lasts and no instant is uncertain by more than an hour."""

MOST_INSTANT_S = 1e11
"""Seconds may count from 1970; beyond this a float no longer tells two frames apart."""

MOMENT_S = 60.0
"""What one scene shows lies within a minute."""

MOST_CLICKS = 120
"""Four cameras of 30 pictures each: more would be computed for minutes, and say no more."""

OBSERVED = frozenset({"camera", "time_s", "px", "sigma_px", "team", "player", "part", "calibration"})
"""What may be said of a click, in one scene or another."""

MOST_M, MOST_MPS = 1000.0, 1000.0
"""Lengths and speeds on a pitch, and what is known of them, are less than this."""


@dataclass(frozen=True, slots=True)
class Angles:
    """What a scene says of its angles: ``calibrations``, the clocks' standard deviations and the times from frame to
    frame that were given (seconds), and which of them moved since their calibration (``stale``)."""

    pitch: Pitch
    calibrations: Mapping[str, Calibration]
    clocks_s: Mapping[str, float]
    frames_s: Mapping[str, float]
    stale: frozenset[str]

    def camera(self, name: str) -> str:
        """The first camera with this very calibration: under a second name it is no second view."""
        found = self.calibrations.get(name)
        alike = (
            other
            for other, one in self.calibrations.items()
            if found is not None
            and np.array_equal(one.theta, found.theta)
            and np.array_equal(one.covariance, found.covariance)
        )
        return next(alike, name)


@dataclass(frozen=True, slots=True)
class Seen:
    """A click on a picture: where, when, and how sure (one standard deviation in pixels)."""

    camera_id: str
    time_s: Fraction
    image_px: tuple[float, float]
    sigma_px: float


def read_angles(faults: Faults, document: Mapping[str, Any]) -> Angles:
    """The pitch and the angles of a scene."""
    pitch = pitch_of(faults, document)
    calibrations = calibrations_of(faults, faults.mapping(document, "calibrations", "$"))
    refuse_strangers(faults, calibrations, pitch)
    return Angles(
        pitch,
        calibrations,
        _seconds(faults, document, "clock_sigma_s", 0.0),
        _seconds(faults, document, "frame_s", LEAST_FRAME_S),
        _stale(faults, document),
    )


def _seconds(faults: Faults, document: Mapping[str, Any], key: str, least: float) -> dict[str, float]:
    """Seconds by camera; what was left out or given as null is not among them."""
    given = optional(faults, document, key)
    read = {str(camera): faults.maybe_number(given, camera, f"$.{key}", least, MOST_S) for camera in given}
    return {camera: value for camera, value in read.items() if value is not None}


def _stale(faults: Faults, document: Mapping[str, Any]) -> frozenset[str]:
    """The cameras that moved. One that the scene does not know is a slip of the pen, and the one that was meant would
    be measured with."""
    names = document.get("stale")
    if names is None:
        return frozenset()
    if not isinstance(names, list | tuple):
        faults.add("$.stale", "list")
        return frozenset()
    calibrations, observations = document.get("calibrations"), document.get("observations")
    known = {str(name) for name in calibrations} if isinstance(calibrations, Mapping) else set()
    for seen in observations if isinstance(observations, list | tuple) else ():
        if isinstance(seen, Mapping):
            known.add(str(seen.get("camera")))
    for index, name in enumerate(names):
        if not isinstance(name, str):
            faults.add(f"$.stale[{index}]", "text")
        elif name not in known:
            faults.add(f"$.stale[{index}]", "choice", choices=", ".join(sorted(known)))
    return frozenset(name for name in names if isinstance(name, str))


def read_clicks(faults: Faults, document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Seen | None]]:
    """The ``observations`` of a scene: the path of each, all that it says, and the click; None after a fault."""
    if isinstance(clicks := document.get("observations"), list | tuple) and len(clicks) > MOST_CLICKS:
        faults.add("$.observations", "too_many", most=MOST_CLICKS, count=len(clicks))
        return
    first_s: Fraction | None = None
    for at, given in faults.items(document, "observations", "$"):
        refuse_unknown(faults, given, OBSERVED, at)
        time_s = instant(faults, given, "time_s", at)
        first_s = time_s if first_s is None else first_s
        refuse_far(faults, f"{at}.time_s", time_s, first_s)
        pixel = faults.numbers(given.get("px"), f"{at}.px", (2,))
        sigma_px = faults.maybe_number(given, "sigma_px", at, LEAST_SIGMA_PX, MOST_SIGMA_PX)
        camera = given.get("camera")
        if not isinstance(camera, str):
            faults.add(f"{at}.camera", "missing" if camera is None else "text")
        if not isinstance(camera, str) or np.isnan(pixel).any():
            yield at, given, None
            continue
        u, v = (float(value) for value in pixel)
        yield at, given, Seen(camera, time_s, (u, v), CLICK_SIGMA_PX if sigma_px is None else sigma_px)


def refuse_unknown(faults: Faults, given: Mapping[str, Any], known: Collection[str], path: str) -> None:
    """Note names that mean nothing here: of a slip of the pen what was meant would be left out without a word."""
    for name in given:
        if name not in known:
            faults.add(f"{path}.{name}", "unknown", known=", ".join(sorted(known)))


def refuse_far(faults: Faults, path: str, time_s: Fraction, first_s: Fraction) -> None:
    """Note an instant that is of another moment than the first click's."""
    if abs(time_s - first_s) > MOMENT_S:
        faults.add(path, "another_moment", most=f"{MOMENT_S:g}")


def optional(faults: Faults, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object that may be left out."""
    return faults.mapping(document, key, "$") if document.get(key) is not None else {}


def refuse_empty(faults: Faults, document: Mapping[str, Any], key: str, needed: str) -> None:
    """Note an object that is there and says nothing: it was not left out."""
    if document.get(key) == {}:
        faults.add(f"$.{key}.{needed}", "missing")


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
    if found is None:
        faults.add(f"{path}.{key}", "missing" if value is None else "instant")
    elif abs(found) > MOST_INSTANT_S:
        faults.add(f"{path}.{key}", "most", most=f"{MOST_INSTANT_S:g}")
    else:
        return found
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


def named_calibration(faults: Faults, seen: Mapping[str, Any], at: str) -> str:
    """The name of the calibration that belongs to this very picture; empty where it is that of the camera."""
    pose = seen.get("calibration")
    if not isinstance(pose, str | None):
        faults.add(f"{at}.calibration", "text")
        return ""
    return pose or ""
