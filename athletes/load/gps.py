"""From fixes of a satellite receiver to a speed: noise smoothed, jumps left out, standing still no distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_M = 6_371_008.8
"""The mean radius of the Earth (IUGG); a session is small enough for a plane at its middle latitude."""
FIX_SIGMA_M = 1.5
"""How far a fix scatters about the way from one to the next. The error that all of them share moves no distance."""
ACCELERATION_SIGMA = 2.0
"""How much a person's velocity changes in a second, in m/s per root second."""
GATE = 5.0
"""A fix farther than this many standard deviations from where the filter expects it is a jump."""
LOST_S = 10.0
"""After so long without a fix that fits, the filter begins anew; the way in between is unknown."""
STILL_MPS = 0.4
"""Under this the smoothed speed is noise: it counts as standing."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """``seconds``, ``speed_mps`` of shape (n,), NaN where it is not known, and how many fixes were left out as
    jumps."""

    seconds: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    jumps: int


def way_of(seconds: NDArray[np.float64], latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Way:
    """The way along fixes in degrees, all of shape (n,), NaN where there is none.

    A Kalman filter with constant velocity on each of the two axes (one gain for both), gated against jumps, and
    smoothed backward (Rauch, Tung and Striebel 1965). It begins anew after ``LOST_S`` without a fix.
    """
    known = ~(np.isnan(latitude) | np.isnan(longitude))
    at, north, east = seconds[known], *_plane(latitude[known], longitude[known])
    speed = np.full(seconds.shape, np.nan)
    found, jumps = _filtered(at, np.column_stack((east, north)))
    speed[known] = found
    return Way(seconds, speed, jumps)


def _plane(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    if not latitude.size:
        return latitude, longitude
    middle = np.radians(np.median(latitude))
    east = np.radians(np.unwrap(longitude - longitude[0], period=360.0)) * EARTH_M * np.cos(middle)
    return np.radians(latitude - latitude[0]) * EARTH_M, east


def _filtered(at: NDArray[np.float64], fixes: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    speed, jumps, first = np.full(at.shape, np.nan), 0, 0
    while first < at.size:
        end, taken, states = _forward(at, fixes, first)
        jumps += end - first - (len(taken) if len(taken) > 2 else 0)
        if len(taken) > 2:
            velocity = np.abs(_backward(states))
            moving = np.where(velocity < STILL_MPS, 0.0, velocity)
            speed[taken] = moving
        first = end
    return speed, jumps


@dataclass(slots=True)
class _State:
    """A step of the filter: time since the step before, predicted and corrected mean (position, velocity; complex: east
    + i north) and covariance (p11, p12, p22)."""

    dt: float
    expected: tuple[complex, complex]
    expected_p: tuple[float, float, float]
    mean: tuple[complex, complex]
    p: tuple[float, float, float]


def _forward(at: NDArray[np.float64], fixes: NDArray[np.float64], first: int) -> tuple[int, list[int], list[_State]]:
    """Filter from the fix ``first`` until it is lost: where it ends, which fixes were taken, their states."""
    r, q = FIX_SIGMA_M**2, ACCELERATION_SIGMA**2
    times, points = at.tolist(), (fixes[:, 0] + 1j * fixes[:, 1]).tolist()
    x, v = points[first], 0j
    p11, p12, p22 = r, 0.0, 25.0
    states = [_State(0.0, (x, v), (p11, p12, p22), (x, v), (p11, p12, p22))]
    taken, last = [first], times[first]
    for index in range(first + 1, len(times)):
        dt = times[index] - last
        if dt > LOST_S:
            return index if taken[-1] == index - 1 else taken[-1] + 1, taken, states
        if dt <= 0:
            continue
        ex = x + v * dt
        e11 = p11 + 2 * dt * p12 + dt * dt * p22 + q * dt**3 / 3
        e12, e22 = p12 + dt * p22 + q * dt * dt / 2, p22 + q * dt
        off = points[index] - ex
        spread = e11 + r
        if abs(off) > GATE * spread**0.5:
            continue
        k1, k2 = e11 / spread, e12 / spread
        x, v = ex + k1 * off, v + k2 * off
        before_v = states[-1].mean[1]
        p11, p12, p22 = (1 - k1) * e11, (1 - k1) * e12, e22 - k2 * e12
        states.append(_State(dt, (ex, before_v), (e11, e12, e22), (x, v), (p11, p12, p22)))
        taken.append(index)
        last = times[index]
    return len(times), taken, states


def _backward(states: list[_State]) -> NDArray[np.complex128]:
    """The smoothed velocity of each state, shape (n,)."""
    found = np.empty(len(states), dtype=np.complex128)
    x, v = states[-1].mean
    found[-1] = v
    for index in range(len(states) - 2, -1, -1):
        here, after = states[index], states[index + 1]
        (p11, p12, p22), (e11, e12, e22), dt = here.p, after.expected_p, after.dt
        # C = P F^T E^-1 with F = [[1, dt], [0, 1]]
        a11, a12, a21, a22 = p11 + dt * p12, p12, p12 + dt * p22, p22
        inverse = 1.0 / (e11 * e22 - e12 * e12)
        c11, c12 = (a11 * e22 - a12 * e12) * inverse, (a12 * e11 - a11 * e12) * inverse
        c21, c22 = (a21 * e22 - a22 * e12) * inverse, (a22 * e11 - a21 * e12) * inverse
        dx, dv = x - after.expected[0], v - after.expected[1]
        x, v = here.mean[0] + c11 * dx + c12 * dv, here.mean[1] + c21 * dx + c22 * dv
        found[index] = v
    return found
