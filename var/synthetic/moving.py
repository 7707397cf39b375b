"""Cameras that turn, zoom and read their pictures row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from var.synthetic.camera import Camera, observe, rotation_of, rvec_of

Floats = NDArray[np.float64]

ROUNDS = 12
"""Enough to find the row of a point by repetition: each round leaves at most ``readout_s`` times the point's speed in
pictures a second of the row's error, some thousandths."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A camera that turns about its place. ``camera`` is what it is at match time ``at_s``.

    ``pan_rad_s`` turns about the pitch's vertical (positive: to the left), ``tilt_rad_s`` about the camera's own
    horizontal axis (positive: upward), ``zoom_s`` is the rate of the focal length's logarithm. Of each picture the top
    row is read ``readout_s / 2`` before its instant, the bottom row as much after it (0: a global shutter).
    """

    camera: Camera
    at_s: float = 0.0
    pan_rad_s: float = 0.0
    tilt_rad_s: float = 0.0
    zoom_s: float = 0.0
    readout_s: float = 0.0

    def at(self, time_s: float) -> Camera:
        """The camera as it is at an instant of match time."""
        passed = time_s - self.at_s
        if not (self.pan_rad_s or self.tilt_rad_s or self.zoom_s):
            return self.camera
        pan = rotation_of([0.0, 0.0, -self.pan_rad_s * passed])
        tilt = rotation_of([self.tilt_rad_s * passed, 0.0, 0.0])
        rotation = tilt.T @ self.camera.rotation @ pan
        (fx, skew, cx), (_, fy, cy), last = self.camera.k
        grown = float(np.exp(self.zoom_s * passed))
        t = -rotation @ self.camera.position_m
        r = rvec_of(rotation)
        return replace(
            self.camera,
            k=((fx * grown, skew * grown, cx), (0.0, fy * grown, cy), last),
            rvec=(float(r[0]), float(r[1]), float(r[2])),
            tvec_m=(float(t[0]), float(t[1]), float(t[2])),
        )

    def row_s(self, row: float) -> float:
        """How long after the picture's instant a row is read, in seconds."""
        return self.readout_s * (row / (self.camera.size_px[1] - 1) - 0.5)

    def sees(self, place_at: Callable[[float], Floats], taken_s: float) -> Floats:
        """The pixel (2,) of a point that moves as ``place_at(time_s) -> (3,)`` says, in the picture of ``taken_s``.

        NaN where it is not seen (``observe``).
        """
        pixel = observe(self.at(taken_s), place_at(taken_s))
        if not self.readout_s:
            return pixel
        for _ in range(ROUNDS):
            if not np.isfinite(pixel).all():
                break
            instant_s = taken_s + self.row_s(float(pixel[1]))
            pixel = observe(self.at(instant_s), place_at(instant_s))
        return pixel
