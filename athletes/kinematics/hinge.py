"""The instant at which a foot leaves the ground or meets it, between frames, with its standard deviation.

Near the instant a foot's height is level on one side and a parabola on the other. For every instant in question both
are fitted by generalised least squares with the noise's own covariance; how well each fits weighs it, and the weighted
mean and spread are the instant and its error. Speed and curvature of the parabola have priors, because a few frames
hardly tell them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from athletes.kinematics.gains import Parts

Floats = NDArray[np.float64]

STEPS_A_FRAME = 4
FLOOR_S = 0.002
"""What is left of an instant's error without noise: a foot does not leave the ground in a corner."""
WHITE_SHARE = 0.01
"""At least so much of the noise is taken as new in each frame: a smoother one would make every bend of it a corner."""
DOUBTFUL_S = 0.03
"""An instant that is less sure than this is none."""


@dataclass(frozen=True, slots=True)
class Hinge:
    """When (``t_s``, ``sigma_s``) and at which height (``level``) a foot leaves or meets the ground."""

    t_s: float
    sigma_s: float
    level: float


@dataclass(frozen=True, slots=True)
class Bend:
    """What is known beforehand of the parabola, each with its standard deviation: the speed away from the ground at the
    instant (units/s), and the curvature (units/s^2)."""

    speed: tuple[float, float]
    curvature: tuple[float, float]


def hinge(t_s: Floats, height: Floats, noise: tuple[float, Parts], how: tuple[Bend, bool]) -> Hinge | None:
    """The hinge of ``height`` (n,) at ``t_s`` (n,); ``noise`` is its sigma and what it consists of; ``how`` the bend,
    and whether the foot leaves (else it meets the ground). None where fewer than six heights are known, or where the
    instant is less sure than ``DOUBTFUL_S``.
    """
    bend, leaves = how
    known = np.isfinite(height)
    if known.sum() < 6:
        return None
    way = 1.0 if leaves else -1.0
    order = slice(None) if leaves else slice(None, None, -1)
    t, y = (way * t_s[known])[order], height[known][order]
    frame = float(np.median(np.diff(t)))
    tried = np.arange(t[0] + 1.5 * frame, t[-1] - 1.2 * frame, frame / STEPS_A_FRAME)
    if tried.size < 3:
        return None
    weights, levels = _fits((t, y), tried, noise, bend)
    weights = np.exp(weights - weights.max())
    weights /= weights.sum()
    at = float(weights @ tried)
    spread = float(np.sqrt(weights @ (tried - at) ** 2))
    edges = float(weights[:2].sum() + weights[-2:].sum())
    if spread > DOUBTFUL_S or edges > 0.2:
        return None
    return Hinge(way * at, float(np.hypot(spread, FLOOR_S)), float(weights @ levels))


def _fits(seen: tuple[Floats, Floats], tried: Floats, noise: tuple[float, Parts], bend: Bend) -> tuple[Floats, Floats]:
    """The log weights (m,) of the instants ``tried`` (m,), and the level (m,) that fits each."""
    (t, y), (sigma, parts) = seen, noise
    firm = replace(parts, white=max(parts.white, WHITE_SHARE))
    factor = np.linalg.cholesky(sigma**2 * firm.covariance(t, constant=False))
    m = tried.size
    r = np.maximum(t[:, None] - tried[None, :], 0.0)
    white = solve_triangular(factor, np.column_stack((np.ones_like(t), y, r, 0.5 * r * r)), lower=True)
    level = np.broadcast_to(white[:, :1], (t.size, m))
    rows = np.stack((level, white[:, 2 : 2 + m], white[:, 2 + m :]), axis=-1)
    prior = np.diag([0.0, bend.speed[1] ** -2, bend.curvature[1] ** -2])
    normal = np.einsum("nma,nmb->mab", rows, rows) + prior
    right = np.einsum("nma,n->ma", rows, white[:, 1]) + prior @ np.array([0.0, bend.speed[0], bend.curvature[0]])
    found = np.linalg.solve(normal, right[..., None])[..., 0]
    _, size = np.linalg.slogdet(normal)
    return np.asarray(0.5 * np.sum(right * found, axis=1) - 0.5 * size), np.asarray(found[:, 0])
