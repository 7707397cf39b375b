"""The length of a way along positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EARTH_M = 6_371_008.8
"""Mean radius of the earth (IUGG): the great circle is within 0.6 % of the ellipsoid."""


def along(latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from the first known position to each position along all positions between, shape as given; NaN where a
    position is not known. Great circles by the haversine formula, which holds for steps of centimetres too."""
    metres = np.full(latitude_deg.shape, np.nan)
    known = np.flatnonzero(~np.isnan(latitude_deg) & ~np.isnan(longitude_deg))
    if not known.size:
        return metres
    phi, lam = np.radians(latitude_deg[known]), np.radians(longitude_deg[known])
    half = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(lam) / 2) ** 2
    steps = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    metres[known] = np.concatenate(([0.0], np.cumsum(steps)))
    return metres
