"""The surface of a pitch that is higher in the middle, and what is known of its height.

Pitches are built with a crown so that rain runs off: the ridge lies along the length, from goal to goal, and the ground
falls toward both touchlines. Here the fall is a parabola across the width, zero on the touchlines and level beyond
them: ``z = crown (1 - (2 y / width)^2)``. A roof of two planes would have the same height in the middle and on the
lines; halfway between them the two differ by a quarter of the crown, 3 cm of 12.

The prior, 10 cm with a standard deviation of 10 cm, is a fall of 0.3 % across half a width of 34 m, and between none
and 0.9 % for 95 % of pitches. A crown of about 12 cm is seen in the residuals of a real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.camera import PARAMETERS, Array
from var.measure.faults import Faults

CROWN_M, CROWN_SIGMA_M = 0.10, 0.10
"""Prior of the crown's height."""

MOST_CROWN_M = 1.0
"""No pitch is higher in the middle than this, and none is hollow by as much."""

WIDEST_M, MOST_COVARIANCE_M = 1000.0, 1e12
"""Beyond these a document's numbers are of no pitch and no camera."""

Crown = float | str | None
"""No crown (None), a known one in metres, or ``"estimate"``."""

ESTIMATE = "estimate"
MODEL = "parabola"
SOURCES = ("given", "marks", "prior")


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A crowned pitch of ``width_m``: ``crown_m`` is its height over the touchlines with standard deviation
    ``sigma_m``; ``with_camera`` (11,) is its covariance with the parameters of the camera it was found with;
    ``source`` says whence its height is known: ``given``, ``marks`` (and the paint of a refined picture) or
    ``prior``."""

    crown_m: float
    sigma_m: float
    width_m: float
    with_camera: Array
    source: str

    def document(self) -> dict[str, Any]:
        """The surface as a JSON-ready document."""
        return {
            "model": MODEL,
            "crown_m": self.crown_m,
            "sigma_m": self.sigma_m,
            "pitch_width_m": self.width_m,
            "source": self.source,
            "covariance_with_camera": self.with_camera.tolist(),
        }

    def lift(self, places_m: Array, crown_m: float | None = None, level_y_m: float | None = None) -> Array:
        """Places (n, 3) of the pitch frame, of which z is the height above the ground there, or above the level of the
        ground at ``level_y_m``, over the level of the touchlines."""
        return lift(places_m, self.crown_m if crown_m is None else crown_m, self.width_m, level_y_m)


def read_surface(faults: Faults, document: Mapping[str, Any], path: str) -> Surface | None:
    """The surface of a calibration's document; None for a flat pitch. Notes every fault."""
    if document.get("surface") is None:
        return None
    held, at = faults.mapping(document, "surface", path), f"{path}.surface"
    crown_m = faults.number(held, "crown_m", at, most=MOST_CROWN_M)
    sigma_m = faults.number(held, "sigma_m", at, 0.0, MOST_CROWN_M)
    width_m = faults.number(held, "pitch_width_m", at, 1.0, WIDEST_M)
    together = faults.array(held, "covariance_with_camera", at, (len(PARAMETERS),))
    faults.within(together, f"{at}.covariance_with_camera", MOST_COVARIANCE_M)
    for key, words in (("model", (MODEL,)), ("source", SOURCES)):
        if held and held.get(key) not in words:
            faults.add(f"{at}.{key}", "choice", choices=", ".join(words))
    return Surface(crown_m, sigma_m, width_m, together, str(held.get("source")))


def known_crown(crown: Crown) -> float:
    """The crown to begin with. Raises ``BadValue`` (``bad_crown``) for one that no pitch has, or another word."""
    if crown is None:
        return 0.0
    if crown == ESTIMATE:
        return CROWN_M
    if isinstance(crown, str) or not abs(crown) <= MOST_CROWN_M:
        raise BadValue("var.errors.bad_crown", crown=crown, most_m=MOST_CROWN_M)
    return float(crown)


def shape(y_m: Array, width_m: float) -> Array:
    """How high the ground is at ``y_m`` (n,), as a share of the crown: 1 along the middle, 0 from the touchlines on."""
    return np.asarray(1 - np.minimum(1.0, (2 * y_m / width_m) ** 2), dtype=np.float64)


def lift(places_m: Array, crown_m: float, width_m: float, level_y_m: float | None = None) -> Array:
    """Places (n, 3) of which z is the height above the ground there, or above the level of the ground at ``level_y_m``,
    as heights above the level of the touchlines."""
    lifted = np.array(places_m, dtype=np.float64)
    y = lifted[:, 1] if level_y_m is None else np.array([level_y_m])
    lifted[:, 2] += crown_m * shape(y, width_m)
    return lifted


def incline(y_m: Array, width_m: float) -> Array:
    """How the share changes with y, (n,) a metre."""
    return np.asarray(np.where(np.abs(y_m) < width_m / 2, -8 * y_m / width_m**2, 0.0), dtype=np.float64)


def extended(covariance: Array, surface: Surface | None) -> Array:
    """The covariance of a camera (11, 11), with its surface that of both (12, 12)."""
    if surface is None:
        return covariance
    whole = np.empty((len(covariance) + 1, len(covariance) + 1))
    whole[:-1, :-1], whole[-1, -1] = covariance, surface.sigma_m**2
    whole[-1, :-1] = whole[:-1, -1] = surface.with_camera
    return whole
