"""Pictures of cameras that turn, zoom and read row by row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from var.synthetic.draw import Painter, Picture
from var.synthetic.moving import Moving
from var.synthetic.scene import Scene

BANDS = 36
"""A rolling shutter is drawn in so many bands of rows, each at the instant of its middle row: of 20 ms each lasts 0.6
ms, in which a ball at 30 m/s moves 2 cm."""


def moving_picture(scene: Scene, moving: Moving, taken_s: float, *, bands: int = BANDS) -> Picture:
    """The picture (h, w, 3), blue-green-red, that a camera takes at match time ``taken_s`` (its middle row's instant).

    A camera that moves has its stadium drawn anew for each instant (about half a second for 1080p); one that stands
    still only its people.
    """
    stands = not (moving.pan_rad_s or moving.tilt_rad_s or moving.zoom_s)
    if not moving.readout_s:
        return Painter(scene, moving.at(taken_s)).picture(taken_s)
    width, height = moving.camera.size_px
    edges = np.linspace(0, height, bands + 1).round().astype(int)
    painter = Painter(scene, moving.camera) if stands else None
    picture = np.empty((height, width, 3), dtype=np.uint8)
    for first, end in pairwise(edges):
        instant_s = taken_s + moving.row_s((first + end - 1) / 2)
        drawn = (painter or Painter(scene, moving.at(instant_s))).picture(instant_s)
        picture[first:end] = drawn[first:end]
    return picture
