"""Metres in the picture: from a known length, from the athlete's height, or from a calibrated view. And which way is
up.

A scale holds in the plane of the movement, at the athlete's distance. Whoever comes nearer, or a length that lay nearer
than the athlete, makes it wrong in proportion; that is a note (``one_plane``), because one camera cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Track
from athletes.pose.noise import body_height_px
from athletes.worded import Worded, within
from touchline.errors import BadValue

Floats = NDArray[np.float64]
View = Callable[[Floats], tuple[Floats, Floats]]
"""Pixels (m, 2) to metres of the movement's plane (m, 2), (along the ground, up), and their covariances (m, 2, 2)."""

CLICK_PX = 2.0
"""Standard deviation of one click on an axis, as in the measurements of matches."""
HEIGHT_SPREAD = 0.04
"""How far people's proportions and the models' points are off those shares together, as a share of the scale."""
STATURE_M = (0.5, 2.6)
UP = (0.0, -1.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """``m_per_px`` with its standard deviation ``sigma``; ``up`` is the unit vector (u, v) in the picture that points
    up; ``method`` says where it is from: ``length``, ``height`` or ``view``."""

    m_per_px: float
    sigma: float
    method: str
    up: tuple[float, float] = UP

    def __post_init__(self) -> None:
        good = math.isfinite(self.m_per_px) and self.m_per_px > 0 and math.isfinite(self.sigma) and self.sigma >= 0
        if not good or not math.isclose(math.hypot(*self.up), 1.0, abs_tol=1e-6):
            raise Worded("athletes.errors.bad_scale", m_per_px=float(self.m_per_px), sigma=float(self.sigma))

    @property
    def share(self) -> float:
        """The standard deviation as a share of the scale."""
        return self.sigma / self.m_per_px


def from_length(ends_px: tuple[float, float, float, float], length_m: float, click_px: float = CLICK_PX) -> Scale:
    """The scale from two clicks (u1, v1, u2, v2) on the ends of something ``length_m`` long.

    Raises ``BadValue`` for clicks so near one another that they are a tenth of the length or more unsure, or for a
    length that is none.
    """
    u1, v1, u2, v2 = ends_px
    apart = math.hypot(u2 - u1, v2 - v1)
    spread = math.sqrt(2.0) * click_px
    if not math.isfinite(apart) or apart < 10.0 * spread:
        raise Worded("athletes.errors.length_too_short", length_px=apart, needed_px=10.0 * spread)
    within("length_m", length_m, 0.01, 200.0)
    return Scale(length_m / apart, length_m / apart * spread / apart, "length")


def from_height(track: Track, height_m: float) -> Scale:
    """The scale from the athlete's stature: shank, thigh and trunk as long as the picture shows them when it shows them
    longest (``athletes.pose.noise.body_height_px``), because a limb that points at the camera looks short.

    Raises ``BadValue`` where legs and trunk were never seen together.
    """
    within("height_m", height_m, *STATURE_M)
    whole_px = body_height_px(track.px, track.skeleton)
    if not whole_px > 0:
        raise BadValue("athletes.errors.no_body_length")
    m_per_px = height_m / whole_px
    return Scale(m_per_px, HEIGHT_SPREAD * m_per_px, "height")


def from_view(view: View, at_px: tuple[float, float]) -> Scale:
    """The scale around ``at_px`` of a calibrated view: how metres change with pixels there.

    The sigma is that of a length of 100 px. Raises ``BadValue`` where the view gives no finite metres there.
    """
    step = 50.0
    u, v = at_px
    corners = np.array([[u - step, v], [u + step, v], [u, v - step], [u, v + step]])
    xy, cov = view(corners)
    slope = np.stack(((xy[1] - xy[0]) / (2 * step), (xy[3] - xy[2]) / (2 * step)), axis=1)
    size = abs(float(np.linalg.det(slope)))
    if not np.isfinite(size) or size <= 0:
        raise Worded("athletes.errors.bad_scale", m_per_px=size, sigma=0.0)
    m_per_px = math.sqrt(size)
    up = np.linalg.solve(slope, np.array([0.0, 1.0]))
    up /= np.linalg.norm(up)
    spread_m = math.sqrt(max(0.0, float(np.trace(cov[0] + cov[1])) / 2.0))
    return Scale(m_per_px, spread_m / (2 * step), "view", (float(up[0]), float(up[1])))
