"""The way of a session on a plane: positions in metres around their middle, in stretches without a hole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.model import Channel, Recording

EARTH_M = 6_371_008.8
"""The mean radius of the Earth (IUGG)."""
HOLE_S = 15.0
"""Positions further apart in time are not joined: nobody knows the way between them."""
MAX_POINTS = 1500
MAX_KM = 300.0
"""Beyond that a plane does not do, and a drawing of one session neither."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Positions at ``seconds`` from the start, ``east_m`` and ``north_m`` of the middle, all of shape (n,), n >= 2.

    ``stretch`` of shape (n,) numbers the stretches without a hole; only positions of one are joined. The plane is that
    of the middle latitude (equirectangular), good to a few tenths of a percent over a session's way.
    """

    seconds: NDArray[np.float64]
    east_m: NDArray[np.float64]
    north_m: NDArray[np.float64]
    stretch: NDArray[np.int64]

    @property
    def size_m(self) -> tuple[float, float]:
        """How far the way reaches from west to east and from south to north."""
        return float(np.ptp(self.east_m)), float(np.ptp(self.north_m))


def way_of(recording: Recording, max_points: int = MAX_POINTS) -> Way | None:
    """The way of ``recording``, thinned to about ``max_points``; None without positions, where they are all one place,
    and where they lie further apart than a plane carries."""
    latitude, longitude = recording.channel(Channel.LATITUDE), recording.channel(Channel.LONGITUDE)
    if latitude is None or longitude is None:
        return None
    seconds, north, east = _together(latitude.seconds, latitude.values, longitude.seconds, longitude.values)
    if seconds.size < 2:
        return None
    stretch = np.cumsum(np.concatenate(([0], np.diff(seconds) > HOLE_S))).astype(np.int64)
    keep = np.arange(0, seconds.size, max(1, math.ceil(seconds.size / max_points)))
    edges = np.flatnonzero(np.diff(stretch))
    keep = np.unique(np.concatenate((keep, edges, edges + 1, [seconds.size - 1])))
    seconds, north, stretch = seconds[keep], north[keep], stretch[keep]
    east = np.unwrap(east[keep], period=360.0)  # a way over the 180th meridian stays in one piece
    middle_north, middle_east = (north.min() + north.max()) / 2, (east.min() + east.max()) / 2
    metres = math.pi / 180 * EARTH_M
    found = Way(
        seconds,
        (east - middle_east) * metres * math.cos(math.radians(middle_north)),
        (north - middle_north) * metres,
        stretch,
    )
    longest = max(found.size_m)
    return found if 1.0 < longest <= MAX_KM * 1000 else None


def _together(
    north_s: NDArray[np.float64], north: NDArray[np.float64], east_s: NDArray[np.float64], east: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The instants at which both are known."""
    known_north, known_east = ~np.isnan(north), ~np.isnan(east)
    seconds, at_north, at_east = np.intersect1d(north_s[known_north], east_s[known_east], return_indices=True)
    return seconds, north[known_north][at_north], east[known_east][at_east]


def scale_bar_m(width_m: float) -> float:
    """The length of a scale bar for a drawing that is ``width_m`` wide: 1, 2 or 5 times a power of ten, a quarter of
    the width at most."""
    most = max(width_m, 1e-9) / 4
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most * (1 + 1e-9))
