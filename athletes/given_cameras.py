"""What is given to commands of several cameras, as ``CAM=VALUE``: pairs, seconds, and how pictures were fitted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from athletes.space.fitting import Fit
from touchline.errors import BadValue

SECONDS = re.compile(r"[+-]?\d{1,7}(?:[.,]\d{1,9})?")


def pairs(given: Sequence[str], like: str, camera_of: Callable[[str], str] = str) -> dict[str, str]:
    """What was given as ``CAM=VALUE``, such as ``like``, by what ``camera_of`` makes of each name. Raises ``BadValue``
    (``bad_pair``, ``camera_twice``) and what ``camera_of`` raises."""
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise BadValue("athletes.errors.bad_pair", text=text[:60], like=like)
        camera = camera_of(name)
        if camera in found:
            raise BadValue("athletes.errors.camera_twice", camera=name)
        found[camera] = value
    return found


def seconds(camera: str, text: str) -> Fraction:
    """Seconds to the last digit that was written, with a decimal comma or point. Raises ``BadValue``
    (``bad_offset``)."""
    if not SECONDS.fullmatch(text):
        raise BadValue("athletes.errors.bad_offset", text=f"{camera}={text}"[:60], camera=camera)
    return Fraction(text.replace(",", "."))


def fit(camera: str, text: str) -> Fit:
    """How a camera's pictures became those of the calibration. Raises ``BadValue`` (``no_such_fit``)."""
    if text not in set(Fit):
        raise BadValue("athletes.errors.no_such_fit", camera=camera, fit=text[:40], known=", ".join(Fit))
    return Fit(text)
