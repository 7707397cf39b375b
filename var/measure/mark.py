"""What a person clicks to calibrate a camera: points, lines and arcs of the pitch; and a lens measured beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from touchline.errors import BadValue
from var.measure.camera import Array
from var.measure.solve import prior

CLICK_SIGMA_PX = 1.5
"""How well a person clicks a painted corner; the spread of repeated clicks on 1080p stills is one to two pixels."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A clicked point: ``name`` for people, its place ``pitch_m`` in metres and the click ``image_px`` in source
    pixels."""

    name: str
    pitch_m: tuple[float, float, float]
    image_px: tuple[float, float]
    sigma_px: float = CLICK_SIGMA_PX


@dataclass(frozen=True, slots=True)
class LineMark:
    """A clicked line, arc, post or crossbar: its ``name`` as ``Pitch`` has it, and clicks ``image_px`` anywhere along
    the middle of its stripe, in source pixels. ``called`` is the name that people gave it, if another one."""

    name: str
    image_px: tuple[tuple[float, float], ...]
    sigma_px: float = CLICK_SIGMA_PX
    called: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A lens measured beforehand: ``k`` (3, 3), ``dist`` (5,) for pictures of ``picture_size``, and how far it may be
    off: ``sigma_dist`` is of k1 and k2, one for both or one each."""

    k: Array
    dist: Array
    picture_size: tuple[int, int]
    sigma_log_f: float = 0.005
    sigma_dist: float | tuple[float, float] = 0.005
    sigma_centre_px: float = 2.0

    def prior(self, size_px: tuple[int, int]) -> tuple[Array, Array, Array]:
        """Mean (11,), standard deviation (11,) and fixed distortion (3,) for pictures of ``size_px``.

        Raises ``BadValue`` where the pictures are not of the same shape: a crop has another principal point.
        """
        scale = size_px[0] / self.picture_size[0]
        if not math.isclose(scale, size_px[1] / self.picture_size[1], rel_tol=0.01):
            raise BadValue("var.errors.other_lens", lens=self.picture_size, picture=size_px)
        mean, sigma = prior(size_px)
        centre = (self.k[:2, 2] + 0.5) * scale - 0.5
        mean[:5] = math.log(self.k[0, 0] * scale), self.dist[0], self.dist[1], centre[0], centre[1]
        centre_sigma = self.sigma_centre_px * scale
        sigma[0], sigma[1:3], sigma[3:5] = self.sigma_log_f, self.sigma_dist, centre_sigma
        return mean, sigma, np.asarray(self.dist[2:5], dtype=np.float64)
