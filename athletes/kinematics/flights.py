"""One flight, and the hips in it: how far they rise, and how much lower they are when the feet land."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from athletes.kinematics.hinge import Hinge
from athletes.kinematics.seen import Seen
from athletes.pose.slow_motion import GRAVITY_MPS2

Floats = NDArray[np.float64]

CURVED = 0.05
"""How far limbs that move make the hips' way differ from the mass centre's, as a share of gravity."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight: its ends by the feet, and whether both feet agree."""

    take_off: Hinge
    landing: Hinge
    before: Hinge | None
    """The landing before it on the same contact, of a drop jump."""
    apart: bool
    one_foot: bool
    """Whether only one foot was seen well, so that nobody knows what the other did."""


def lower_at_landing(seen: Seen, flight: Flight) -> tuple[float, float] | None:
    """How much lower the hips are at landing than at take-off, metres, with its sigma; by a usual stature where no
    scale is known."""
    fitted = _parabola(seen, flight)
    units, _ = seen.gravity()
    if fitted is None or units == 0:
        return None
    fit, cov, middle = fitted
    rows = np.array([[1.0, t - middle, 0.5 * (t - middle) ** 2] for t in (flight.take_off.t_s, flight.landing.t_s)])
    way = rows[0] - rows[1]
    return float(way @ fit) / units, math.sqrt(float(way @ cov @ way)) / units


def rise_of(seen: Seen, flight: Flight) -> tuple[float, float] | None:
    """How far the hips rise from take-off to the top, in units, with its sigma."""
    fitted = _parabola(seen, flight)
    if fitted is None:
        return None
    (_, speed, bend), cov, middle = fitted
    if bend >= 0:
        return None
    since = flight.take_off.t_s - middle
    at_off = speed + bend * since
    rise = at_off**2 / (-2.0 * bend)
    d_speed, d_bend = -at_off / bend, at_off**2 / (2 * bend**2) - at_off * since / bend
    slope = np.array([0.0, d_speed, d_bend])
    sigma = math.hypot(math.sqrt(float(slope @ cov @ slope)), at_off * flight.take_off.sigma_s)
    return float(rise), sigma


def _parabola(seen: Seen, flight: Flight) -> tuple[Floats, Floats, float] | None:
    """The hips' parabola over the flight: place, speed, acceleration (3,) at the middle instant, and their covariance.

    Generalised least squares; the acceleration has gravity as its prior.
    """
    hips = seen.middle("hip")
    if hips is None:
        return None
    points, sigma, parts = hips
    inside = (seen.t_s >= flight.take_off.t_s) & (seen.t_s <= flight.landing.t_s) & np.isfinite(points[:, 1])
    if inside.sum() < 6:
        return None
    t, y = seen.t_s[inside], points[inside, 1]
    middle = float((flight.take_off.t_s + flight.landing.t_s) / 2.0)
    rows = np.column_stack((np.ones_like(t), t - middle, 0.5 * (t - middle) ** 2))
    units, share = seen.gravity()
    whole = float(np.median(sigma[inside])) ** 2 * parts.covariance(t, constant=False)
    solved = cho_solve(cho_factor(whole + 1e-12 * np.eye(t.size)), np.column_stack((rows, y)))
    normal, right = rows.T @ solved[:, :3], rows.T @ solved[:, 3]
    g = GRAVITY_MPS2 * units
    weight = 1.0 / (g * math.hypot(share, CURVED)) ** 2
    normal[2, 2] += weight
    right[2] -= weight * g
    cov = np.linalg.inv(normal)
    return np.asarray(cov @ right), np.asarray(cov), middle
