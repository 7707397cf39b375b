"""What a heart rate says of effort: how long a sample counts, which zone it is in, and the load after Banister and
after Edwards. Rates are beats a minute, times seconds; NaN is "not measured".

Interval rule: a sample holds until the next one, for 5 s at most. What is not held is unknown and counts nowhere.
A boundary belongs to the upper zone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.errors import BadValue

HEART_RATE_LIMITS_BPM = (20.0, 260.0)
"""What a heart can do; the highest verified rates in sport are near 240. Zero is a strap's word for no reading."""
HOLD_S = 5.0
"""How long a sample may stand for what follows it, in seconds; a longer silence is a gap."""
ZONE_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Where zones 1 to 5 begin, as shares of the maximum or of the reserve."""
BANISTER = {"male": (0.64, 1.92), "female": (0.86, 1.67)}
"""Factor and exponent of the weight by sex (Morton, Fitz-Clarke and Banister 1990, J Appl Physiol 69:1171)."""
_EXACT = 6
"""Decimals of a bound: 0.6 * 185 is a float a hair off the decimal number, and no rate is given finer than this."""


def is_rate(bpm: float | None) -> bool:
    """Whether a number can be a heart's rate; a strap's 0 and a missing one cannot."""
    low, high = HEART_RATE_LIMITS_BPM
    return bpm is not None and low <= bpm <= high


def floors_of(hr_max_bpm: float) -> tuple[float, float, float, float, float]:
    """The lower bounds of zones 1 to 5 in bpm at 50, 60, 70, 80 and 90 % of the maximum."""
    one, two, three, four, five = (share * hr_max_bpm for share in ZONE_SHARES)
    return one, two, three, four, five


def zone_number(bpm: float, floors_bpm: Sequence[float]) -> int:
    """The zone of one rate: 0 is under zone 1, then 1 to 5. The rate is no NaN."""
    return bisect_right([round(floor, _EXACT) for floor in floors_bpm], bpm)


def zone_numbers(bpm: NDArray[np.float64], floors_bpm: Sequence[float]) -> NDArray[np.int64]:
    """The zone of each rate, shape as given: 0 is under zone 1, then 1 to 5; -1 where the rate is NaN."""
    found = np.searchsorted(np.round(np.asarray(floors_bpm, dtype=np.float64), _EXACT), bpm, side="right")
    return np.where(np.isnan(bpm), -1, found).astype(np.int64)


def held_s(seconds: NDArray[np.float64], bpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """For how long each sample counts, in seconds, shape (n,): the interval rule. ``seconds`` never go back; the last
    sample counts for nothing, and so does a NaN."""
    if not seconds.size:
        return np.zeros(0)
    steps = np.diff(seconds, append=seconds[-1])
    return np.where(np.isnan(bpm), 0.0, np.minimum(steps, HOLD_S))


def banister_a_minute(bpm: ArrayLike, hr_rest_bpm: float, hr_max_bpm: float, sex: str) -> NDArray[np.float64]:
    """The load that one minute at each rate is worth, shape as given: ``x a exp(b x)`` with ``x`` the share of the
    heart-rate reserve, within 0 to 1 (Morton, Fitz-Clarke and Banister 1990).

    Raises ``BadValue`` where the rest is not below the maximum or ``sex`` is neither ``male`` nor ``female``.
    """
    if not hr_rest_bpm < hr_max_bpm:
        raise BadValue("touchline.errors.rest_above_max", rest=hr_rest_bpm, max=hr_max_bpm)
    if sex not in BANISTER:
        raise BadValue("touchline.errors.no_sex_for_load", sex=sex)
    factor, exponent = BANISTER[sex]
    share = np.clip((np.asarray(bpm, dtype=np.float64) - hr_rest_bpm) / (hr_max_bpm - hr_rest_bpm), 0.0, 1.0)
    return np.asarray(share * factor * np.exp(exponent * share))


def edwards_a_minute(bpm: ArrayLike, hr_max_bpm: float) -> NDArray[np.float64]:
    """The load that one minute at each rate is worth, shape as given: 1 to 5 for 50-60 to 90-100 % of the maximum, 0
    below (Edwards 1993)."""
    rates = np.asarray(bpm, dtype=np.float64)
    zones = zone_numbers(rates, floors_of(hr_max_bpm))
    return np.where(zones < 0, np.nan, zones.astype(np.float64))


def banister(
    seconds: NDArray[np.float64], bpm: NDArray[np.float64], *, hr_rest_bpm: float, hr_max_bpm: float, sex: str
) -> float:
    """The training impulse of a series after Banister, by the interval rule. Raises as ``banister_a_minute``."""
    return _summed(seconds, bpm, banister_a_minute(bpm, hr_rest_bpm, hr_max_bpm, sex))


def edwards(seconds: NDArray[np.float64], bpm: NDArray[np.float64], *, hr_max_bpm: float) -> float:
    """The training load of a series after Edwards, by the interval rule."""
    return _summed(seconds, bpm, edwards_a_minute(bpm, hr_max_bpm))


def _summed(seconds: NDArray[np.float64], bpm: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    held = held_s(seconds, bpm)
    counts = held > 0
    return float((held[counts] / 60.0 * weight[counts]).sum())
