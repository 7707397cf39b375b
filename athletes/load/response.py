"""Fitness and fatigue after Banister: performance in tests explained by the loads of all days before, and foretold.

``p[t] = p0 + k1 sum(w[s] e^(-(t-s)/tau1)) - k2 sum(w[s] e^(-(t-s)/tau2))`` over days ``s <= t``: the load of a day acts
on the same day (Clarke and Skiba 2013, Adv Physiol Educ 37:134, whose published fit holds with this convention only).
The five parameters hang together so closely that quite different ones explain the same tests: what counts are the
predictions with their intervals, never the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

LEAST_TESTS = 7
"""Five parameters and at least two tests to tell how far they are off."""
LEAST_DAYS = 60
TAU1_DAYS, TAU2_DAYS = (10.0, 90.0), (2.0, 60.0)
STARTS = ((42.0, 7.0), (36.0, 21.0), (27.0, 20.0), (60.0, 12.0), (20.0, 4.0), (45.0, 40.0))
CONFIDENCE = 0.95
GRID = 24
METHOD = (
    "Banister impulse-response, load acts on its own day, least squares; 95 % prediction interval over all time"
    " constants that explain the tests about as well"
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """``p0`` in the unit of the tests, ``k1`` and ``k2`` in that unit per load, time constants in days."""

    p0: float
    k1: float
    k2: float
    tau1_days: float
    tau2_days: float


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """A fit over ``days`` days: ``predicted`` performance with ``low`` and ``high`` (95 %) on each day, of shape (n,);
    how it fits the tests: ``sse``, ``r2``, and ``rmse`` with the degrees of freedom left. All None with a
    ``reason``."""

    parameters: Parameters | None
    predicted: NDArray[np.float64] | None
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    sse: float | None
    r2: float | None
    rmse: float | None
    tests: int
    reason: str | None
    method: str = METHOD


def respond(loads: NDArray[np.float64], parameters: Parameters) -> NDArray[np.float64]:
    """The performance on each day, shape (n,), that ``parameters`` tell of ``loads`` (every day known)."""
    fit, tired = (_summed(loads, tau) for tau in (parameters.tau1_days, parameters.tau2_days))
    return parameters.p0 + parameters.k1 * fit - parameters.k2 * tired


def _summed(loads: NDArray[np.float64], tau_days: float) -> NDArray[np.float64]:
    fade, at, found = float(np.exp(-1.0 / tau_days)), 0.0, np.empty(loads.shape)
    for index, load in enumerate(loads.tolist()):
        at = at * fade + load
        found[index] = at
    return found


def _slope(loads: NDArray[np.float64], tau_days: float) -> NDArray[np.float64]:
    """How ``_summed`` changes with the time constant."""
    fade, at, turn, found = float(np.exp(-1.0 / tau_days)), 0.0, 0.0, np.empty(loads.shape)
    by = fade / tau_days**2
    for index, load in enumerate(loads.tolist()):
        turn = turn * fade + at * by
        at = at * fade + load
        found[index] = turn
    return found


def fit(
    loads: NDArray[np.float64], tests: Mapping[int, float], *, ahead: NDArray[np.float64] | None = None
) -> Response:
    """The fit of ``tests``, performance by day (0 is the first of ``loads``), to ``loads`` of consecutive days.
    ``ahead`` are planned loads of the days after: the prediction goes on over them.

    Refused (``reason``) with a load that nobody knows, with too few tests or days, and where tests do not differ.
    """
    known = {day: value for day, value in sorted(tests.items()) if 0 <= day < loads.size}
    reason = None
    if np.isnan(loads).any() or (ahead is not None and np.isnan(ahead).any()):
        reason = "loads_unknown"
    elif len(known) < LEAST_TESTS:
        reason = "too_few_tests"
    elif loads.size < LEAST_DAYS or max(known) - min(known) < LEAST_DAYS / 2:
        reason = "too_few_days"
    elif len(set(known.values())) < 2 or not loads.any():
        reason = "tests_do_not_differ"
    if reason is not None:
        return Response(None, None, None, None, None, None, None, len(known), reason)
    return _fitted(loads, known, loads if ahead is None else np.concatenate((loads, ahead)))


def _fitted(loads: NDArray[np.float64], tests: Mapping[int, float], whole: NDArray[np.float64]) -> Response:
    from scipy.special import fdtri, stdtrit

    days, values = np.array(list(tests)), np.array(list(tests.values()))
    parameters = _least_squares(loads, days, values)
    off = respond(loads, parameters)[days] - values
    sse, free = float(off @ off), values.size - 5
    variance = sse / free
    wide = float(stdtrit(free, 0.5 + CONFIDENCE / 2))
    worst = sse * (1 + 2 / free * float(fdtri(2, free, CONFIDENCE)))
    predicted = respond(whole, parameters)
    low, high = predicted - wide * sqrt(variance), predicted + wide * sqrt(variance)
    for middle, error in _as_good(whole, days, values, variance, worst):
        low, high = np.minimum(low, middle - wide * error), np.maximum(high, middle + wide * error)
    total = float(((values - values.mean()) ** 2).sum())
    return Response(parameters, predicted, low, high, sse, 1 - sse / total, sqrt(variance), values.size, None)


def _least_squares(loads: NDArray[np.float64], days: NDArray[np.int64], values: NDArray[np.float64]) -> Parameters:
    """The five numbers that explain the tests best, from several beginnings."""
    from scipy.optimize import least_squares

    scale, spread = float(np.abs(loads).sum()) / 20, float(np.ptp(values))  # so that all five are near 1

    def parameters(theta: NDArray[np.float64]) -> Parameters:
        return Parameters(float(theta[0]), float(theta[1]) / scale, float(theta[2]) / scale, *map(float, theta[3:]))

    def off(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        return (respond(loads, parameters(theta))[days] - values) / spread

    def slopes(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        one, two = _summed(loads, theta[3]), _summed(loads, theta[4])
        by_tau1, by_tau2 = theta[1] * _slope(loads, theta[3]), -theta[2] * _slope(loads, theta[4])
        ones = np.full(loads.size, scale)
        return np.column_stack((ones, one, -two, by_tau1, by_tau2))[days] / (scale * spread)

    low = [-np.inf, 0.0, 0.0, TAU1_DAYS[0], TAU2_DAYS[0]]
    high = [np.inf, np.inf, np.inf, TAU1_DAYS[1], TAU2_DAYS[1]]
    weights = [spread, spread, spread, 20.0, 10.0]
    best, cost = Parameters(float(values.mean()), 0.0, 0.0, *STARTS[0]), float("inf")
    for tau1, tau2 in STARTS:
        start = np.array([float(values.min()), spread, spread, tau1, tau2])
        tried = least_squares(off, start, jac=slopes, bounds=(low, high), x_scale=weights, max_nfev=300)
        if tried.cost < cost:
            best, cost = parameters(tried.x), float(tried.cost)
    return best


def _as_good(
    loads: NDArray[np.float64], days: NDArray[np.int64], values: NDArray[np.float64], variance: float, worst: float
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The prediction and its standard error, by time constants on a grid (fatigue fades faster than fitness) that
    explain the tests with a sum of squares up to ``worst``. For given time constants the model is a straight line."""
    quick, slow = np.geomspace(*TAU2_DAYS, GRID), np.geomspace(*TAU1_DAYS, GRID)
    tired, fit_by = [_summed(loads, tau) for tau in quick], [_summed(loads, tau) for tau in slow]
    for tau1, one in zip(slow, fit_by, strict=True):
        for tau2, two in zip(quick, tired, strict=True):
            if tau2 >= tau1:
                continue
            design = np.column_stack((np.ones(loads.size), one, -two))
            at_tests = design[days]
            theta, *_ = np.linalg.lstsq(at_tests, values, rcond=None)
            off = at_tests @ theta - values
            if theta[1] < 0 or theta[2] < 0 or float(off @ off) > worst:
                continue
            covariance = variance * np.linalg.pinv(at_tests.T @ at_tests, hermitian=True)
            spread = np.einsum("ij,jk,ik->i", design, covariance, design) + variance
            yield design @ theta, np.sqrt(np.maximum(spread, 0.0))
