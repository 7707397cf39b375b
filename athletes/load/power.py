"""Critical power and the work above it, from best efforts of 2 to 20 minutes; and how much of it is left in a session.

Two parameters (Monod and Scherrer 1965; Moritani et al. 1981, Ergonomics 24:339): the work done in ``t`` seconds is
``W = CP t + W'``, a straight line by least squares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.load.model import Figure
from touchline.effort import HOLD_S

LEAST_S, MOST_S = 120.0, 1200.0
LEAST_EFFORTS = 3
SPAN = 3.0
"""The longest effort must last at least so many times the shortest: near ones tell the slope of nothing."""
LEAST_KJ, MOST_KJ = 3.0, 60.0
"""Work above critical power that athletes were measured with; outside, the efforts were not all-out or do not fit."""
CP_ERROR, W_ERROR = 0.05, 0.20
"""The greatest standard errors, as shares, of a fit that is shown."""
METHOD = "work = CP t + W' by least squares over best efforts of 2 to 20 min (Moritani 1981)"


@dataclass(frozen=True, slots=True)
class CriticalPower:
    """Critical power in W and the work above it in kJ, each with its standard error as ``plus_minus``, and the efforts
    (seconds, W) they stand on. Both are None with one reason."""

    power: Figure
    work: Figure
    efforts: tuple[tuple[float, float], ...]


def efforts_in(bests: Sequence[Mapping[str, float | None]]) -> list[tuple[float, float]]:
    """The best mean power over each duration of 2 to 20 minutes among the bests of several sessions."""
    found: dict[float, float] = {}
    for one in bests:
        for name, watts in one.items():
            if name.startswith("power_") and watts is not None:
                seconds = float(name.split("_")[1].rstrip("s"))
                if LEAST_S <= seconds <= MOST_S:
                    found[seconds] = max(watts, found.get(seconds, 0.0))
    return sorted(found.items())


def critical_power(efforts: Sequence[tuple[float, float]]) -> CriticalPower:
    """The critical power of best ``efforts`` (seconds, mean W); those under 2 or over 20 minutes are left out."""
    kept = tuple(sorted((s, w) for s, w in efforts if LEAST_S <= s <= MOST_S and w > 0))
    reason = _why_not(kept)
    if reason is not None:
        return _none(kept, reason)
    seconds = np.array([s for s, _ in kept])
    work = seconds * np.array([w for _, w in kept])
    design = np.column_stack((seconds, np.ones(seconds.size)))
    (power, above), *_ = np.linalg.lstsq(design, work, rcond=None)
    off = work - design @ np.array([power, above])
    variance = float(off @ off) / (seconds.size - 2)
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * variance)
    kilojoules = float(above) / 1000
    if not LEAST_KJ <= kilojoules <= MOST_KJ or power <= 0:
        return _none(kept, "efforts_not_all_out")
    if errors[0] > CP_ERROR * power or errors[1] > W_ERROR * above:
        return _none(kept, "efforts_do_not_fit")
    return CriticalPower(
        Figure(float(power), "W", METHOD, plus_minus=float(errors[0])),
        Figure(kilojoules, "kJ", METHOD, plus_minus=float(errors[1]) / 1000),
        kept,
    )


def _why_not(efforts: Sequence[tuple[float, float]]) -> str | None:
    if len({s for s, _ in efforts}) < LEAST_EFFORTS:
        return "too_few_efforts"
    if efforts[-1][0] < SPAN * efforts[0][0]:
        return "efforts_too_alike"
    return None


def _none(efforts: tuple[tuple[float, float], ...], reason: str) -> CriticalPower:
    power, work = (Figure(None, unit, METHOD, reason=reason) for unit in ("W", "kJ"))
    return CriticalPower(power, work, efforts)


def work_left(
    seconds: NDArray[np.float64], watts: NDArray[np.float64], *, critical_w: float, work_kj: float
) -> NDArray[np.float64]:
    """The work above critical power that is left at each sample, in kJ, shape (n,): spent by ``P - CP`` above it, won
    back by ``(CP - P) (1 - left / W')`` below it (Froncioni and Clarke; Skiba et al. 2015, Med Sci Sports Exerc
    47:2433). It may fall under 0 where the two numbers are too low. After more than 5 s without a reading it is not
    known: NaN to the end."""
    found, left = np.full(seconds.shape, np.nan), work_kj
    for index in range(seconds.size):
        found[index] = left
        if index + 1 == seconds.size:
            break
        step, power = float(seconds[index + 1] - seconds[index]), float(watts[index])
        if step > HOLD_S or power != power:
            break
        above = (power - critical_w) * step / 1000
        left = left - above if above > 0 else left - above * (1 - left / work_kj)
        left = min(left, work_kj)
    return found
