"""How much later one camera hears than another, because sound is slow: from where the cameras stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from touchline.errors import BadValue
from var.sync.model import Material

APART_M = 100.0
"""How far apart two cameras at a pitch may stand that nobody has measured."""

_PITCH_M = (105.0, 68.0)


class Distance(StrEnum):
    """What is known of the ways of the sound."""

    CORRECTED = "corrected"  # both cameras' places are known
    SAME_SOUND = "same_sound"  # both recorded one and the same signal: no way differs
    GIVEN = "given"  # somebody says how far apart the cameras stand
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delay:
    """By how many seconds the clip's camera hears an event later than the reference's, and how sure that is."""

    later_s: float
    sigma_s: float
    known: Distance


def sound_mps(temperature_c: float = 20.0) -> float:
    """The speed of sound in dry air in metres a second: 331.3 * sqrt(1 + T / 273.15).

    Raises ``BadValue`` for a temperature at which nobody plays.
    """
    if not -60 <= temperature_c <= 70:
        raise BadValue("var.errors.bad_temperature", value=temperature_c)
    return 331.3 * math.sqrt(1 + temperature_c / 273.15)


def delay(
    reference: Material,
    clip: Material,
    *,
    same_sound: bool,
    source_m: tuple[float, float] | None = None,
    apart_m: float | None = None,
    temperature_c: float = 20.0,
) -> Delay:
    """How much later the clip hears.

    With both cameras' places and the source's this is geometry. Without the source's place it is the mean over the
    pitch, and the spread over the pitch is its standard deviation. Without the cameras' places it may be anything up to
    how far apart they stand (``apart_m``, else 100 m), evenly likely, in either direction: limit / sqrt(3).
    Two tracks of one and the same signal need none of this; but cameras whose places are known heard it there: one loud
    source in still air sounds alike everywhere.
    """
    speed = sound_mps(temperature_c)
    if reference.calibration is not None and clip.calibration is not None:
        places = np.array([source_m], np.float64) if source_m else _over_the_pitch()
        ways = [
            np.linalg.norm(np.column_stack([places, np.ones(len(places))]) - of.calibration.centre_m, axis=1)
            for of in (reference, clip)
            if of.calibration is not None
        ]
        later = (ways[1] - ways[0]) / speed
        # A place is given to about a metre, and the air's temperature to some degrees: 0.2 % a degree.
        between = float(np.linalg.norm(reference.calibration.centre_m - clip.calibration.centre_m))
        given = min(1.0, between) / speed + 0.005 * abs(float(later.mean()))
        return Delay(float(later.mean()), math.hypot(float(later.std()), given), Distance.CORRECTED)
    if apart_m is not None:
        return Delay(0.0, apart_m / speed / math.sqrt(3), Distance.GIVEN)
    if same_sound:
        return Delay(0.0, 0.0, Distance.SAME_SOUND)
    return Delay(0.0, APART_M / speed / math.sqrt(3), Distance.UNKNOWN)


def _over_the_pitch() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    x, y = (np.linspace(-side / 2, side / 2, 15) for side in _PITCH_M)
    return np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])
