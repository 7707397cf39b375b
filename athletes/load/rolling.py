"""Daily loads followed over time: fitness and fatigue, the acute beside the chronic, monotony and strain.

``loads`` are the loads of consecutive days, shape (..., n), of one athlete or of many that begin with their first day:
0.0 is a day without training, NaN a day whose load nobody knows. Every answer has the shape of ``loads``, NaN where
it is not defined or not known. Nothing unknown is taken for zero:

- averages that decay (CTL, ATL, the two of the EWMA ratio) stand still on an unknown day;
- a mean over a window is that of its known days where at least 6 of 7 (24 of 28) are known, else NaN;
- monotony and strain, which need every day of the week, are NaN with any unknown one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CTL_DAYS = 42.0
ATL_DAYS = 7.0
ACUTE = 7
CHRONIC = 28
KNOWN_SHARE = 0.85
"""The share of a window's days that must be known for its mean: 6 of 7, 24 of 28."""

METHODS = {
    "ctl": f"x[t] = x[t-1] e^(-1/{CTL_DAYS:g}) + load (1 - e^(-1/{CTL_DAYS:g})), x = 0 before the first day",
    "atl": f"x[t] = x[t-1] e^(-1/{ATL_DAYS:g}) + load (1 - e^(-1/{ATL_DAYS:g})), x = 0 before the first day",
    "tsb": "yesterday's CTL - yesterday's ATL",
    "acwr_coupled": "mean of the last 7 days / mean of the last 28 days",
    "acwr_uncoupled": "mean of the last 7 days / mean of the 21 days before",
    "acwr_ewma": "EWMA, lambda 2/(7+1) over 2/(28+1), both begun with the load of day 1 (Williams 2017)",
    "monotony": "mean / SD (ddof = 1) of 7 daily loads, rest days included; SD 0: undefined (Foster 1998)",
    "strain": "sum of 7 daily loads x monotony, SD with ddof = 1 (Foster 1998)",
}
"""What is printed beside each number: the convention taken where there are several."""

Loads = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What follows from daily loads, each of the shape of the loads; NaN where it is not defined or not
    known."""

    ctl: Loads
    atl: Loads
    tsb: Loads
    acwr_coupled: Loads
    acwr_uncoupled: Loads
    acwr_ewma: Loads
    monotony: Loads
    strain: Loads
    provisional: NDArray[np.bool_]


def follow(loads: Loads) -> Followed:
    """Everything that follows from ``loads``."""
    ctl, atl = decaying(loads, CTL_DAYS), decaying(loads, ATL_DAYS)
    tsb = np.full(loads.shape, np.nan)
    tsb[..., 1:] = (ctl - atl)[..., :-1]
    monotony, strain = foster(loads)
    return Followed(
        ctl,
        atl,
        tsb,
        coupled(loads),
        uncoupled(loads),
        ewma_ratio(loads),
        monotony,
        strain,
        provisional(loads),
    )


def decaying(loads: Loads, days: float, seed: float = 0.0) -> Loads:
    """The exponentially decaying average with the time constant ``days``: ``x[t] = x[t-1] e^(-1/days) + load (1 -
    e^(-1/days))``, ``x = seed`` before the first day (Banister's form; some programs take 1/days for the weight, which
    differs by about 1 %)."""
    return _averaged(loads, 1.0 - np.exp(-1.0 / days), seed)


def ewma(loads: Loads, days: int) -> Loads:
    """The exponentially weighted average, ``lambda = 2/(days+1)``, begun with the first known load (Williams et al.
    2017, Br J Sports Med 51:209); NaN before it."""
    return _averaged(loads, 2.0 / (days + 1), None)


def _averaged(loads: Loads, weight: float, seed: float | None) -> Loads:
    """``x += weight (load - x)`` over the last axis; an unknown day leaves it as it is. ``seed`` None begins with the
    first known load, NaN before it."""
    if loads.ndim > 1:
        return _averaged_of_many(loads, weight, seed)
    found = np.empty(loads.shape)
    at = np.nan if seed is None else seed
    for index, load in enumerate(loads.tolist()):
        if load == load:  # not NaN
            at = at + weight * (load - at) if at == at else load
        found[index] = at
    return found


def _averaged_of_many(loads: Loads, weight: float, seed: float | None) -> Loads:
    days = np.moveaxis(loads, -1, 0).copy(order="C")
    at = np.full(days.shape[1:], np.nan if seed is None else seed)
    for day in days:  # each becomes its average in place: the copy is this function's own
        moved = np.where(np.isnan(at), day, at + weight * (day - at))
        at = np.where(np.isnan(day), at, moved)
        day[...] = at
    return np.moveaxis(days, 0, -1)


def ewma_ratio(loads: Loads) -> Loads:
    """The acute over the chronic average of ``ewma``; NaN where the chronic one is 0."""
    return _ratio(ewma(loads, ACUTE), ewma(loads, CHRONIC))


def coupled(loads: Loads) -> Loads:
    """The mean of the last 7 days over that of the last 28, the 7 included. In the first 27 days the chronic mean is
    over the days there are, and provisional; NaN in the first 6."""
    return _ratio(_mean(loads, ACUTE, ACUTE), _mean(loads, CHRONIC, ACUTE))


def uncoupled(loads: Loads) -> Loads:
    """The mean of the last 7 days over that of the 21 before them. In the first 27 days the chronic mean is over the
    days there are, 7 at least, and provisional."""
    before = np.full(loads.shape, np.nan)
    before[..., ACUTE:] = _mean(loads, CHRONIC - ACUTE, ACUTE)[..., :-ACUTE]
    return _ratio(_mean(loads, ACUTE, ACUTE), before)


def foster(loads: Loads) -> tuple[Loads, Loads]:
    """Monotony and strain of the 7 days up to each day (Foster 1998, Med Sci Sports Exerc 30:1164): the mean over the
    standard deviation (ddof = 1, which Foster does not state), and the sum times that. NaN before the seventh day, with
    an unknown day among them, and where all seven are equal."""
    mean, low, high = _sum(loads, ACUTE) / ACUTE, loads.copy(), loads.copy()
    squares = np.zeros(loads.shape)
    for back in range(ACUTE):
        earlier = _shifted(loads, back)
        squares += (earlier - mean) ** 2
        low, high = np.minimum(low, earlier), np.maximum(high, earlier)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Undefined by low == high, not by a deviation of 0: rounding leaves a hair.
        monotony = np.where(high > low, mean / np.sqrt(squares / (ACUTE - 1)), np.nan)
    return monotony, ACUTE * mean * monotony


def provisional(loads: Loads) -> NDArray[np.bool_]:
    """Where fewer than 28 days are known: in the first 27, and with an unknown load among the last 28."""
    return np.asarray(np.isnan(_sum(loads, CHRONIC)))


def _shifted(values: Loads, back: int) -> Loads:
    """What was ``back`` days before; NaN before the first day."""
    if back == 0:
        return values
    found = np.full(values.shape, np.nan)
    found[..., back:] = values[..., :-back]
    return found


def _sum(values: Loads, days: int, *, beyond: float = np.nan) -> Loads:
    """The sum of the last ``days`` days, each counted ``beyond`` before the first. Added up day by day: a running sum
    would carry its rounding along."""
    found = values.copy()
    for back in range(1, min(days, values.shape[-1])):
        found[..., back:] += values[..., :-back]
    found[..., : days - 1] += beyond
    return found


def _mean(loads: Loads, days: int, least: int) -> Loads:
    """The mean of the last ``days`` days, of all there are in the beginning but ``least`` at least; NaN where too few
    of them are known."""
    unknown = np.isnan(loads)
    known = _sum(np.where(unknown, 0.0, 1.0), days, beyond=0.0)
    total = _sum(np.where(unknown, 0.0, loads), days, beyond=0.0)
    there = np.minimum(np.arange(loads.shape[-1]) + 1, days)
    carried = (known >= KNOWN_SHARE * there) & (there >= least)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(carried, total / known, np.nan)


def _ratio(acute: Loads, chronic: Loads) -> Loads:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chronic > 0, acute / chronic, np.nan)
