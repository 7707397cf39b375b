"""A calibration made of pictures of one size, used for a recording of another: how one became the other must be known.

Sizes alone do not tell it: 1088 x 1920 becomes 1080 x 1920 by cutting columns off, by squeezing, or by scaling with
black bars (``letterboxed`` sees those in a picture).
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from athletes.space.camera import PosedCamera
from touchline.errors import BadValue

SAME_ASPECT = 2e-3
"""Sizes in pixels are whole: 1920 x 1080 and 1280 x 720 have one shape, 854 x 480 nearly the same."""

BLACK = 25
"""A line darker than this in the mean is a bar: video black is 16 or 0, and compression lets a little shine over."""


BAR_PX = 3.0
"""A bar's edge is soft, and sizes are whole and even."""


class Fit(StrEnum):
    """How pictures of the calibration became pictures of the recording."""

    SCALED = "scaled"
    """Both sides by one factor, nothing cut."""
    LETTERBOX = "letterbox"
    """Scaled until it fits, black bars around."""
    STRETCHED = "stretched"
    """Each side by its own factor."""
    CROPPED = "cropped"
    """Cut around the middle, or filled up, without scaling."""
    CUT_END = "cut_end"
    """Cut at the right and at the bottom."""


def fitted(camera: PosedCamera, size_px: tuple[int, int], how: Fit | None = None) -> PosedCamera:
    """The camera for pictures of ``size_px``. Without ``how`` only what needs no answer: the same size, or the same
    shape.

    Raises ``BadValue`` (``picture_size_differs``) where the shape differs and nobody says how it came about.
    """
    if tuple(size_px) == tuple(camera.size_px):
        return camera
    (w0, h0), (w1, h1) = camera.size_px, size_px
    if how is None or how is Fit.SCALED:
        if abs((w1 / w0) / (h1 / h0) - 1) > SAME_ASPECT:
            raise BadValue(
                "athletes.errors.picture_size_differs",
                camera=camera.name,
                calibrated=f"{w0} × {h0}",
                recorded=f"{w1} × {h1}",
            )
        how = Fit.STRETCHED
    scale = np.ones(2)
    shift = np.zeros(2)
    if how is Fit.STRETCHED:
        scale = np.array([w1 / w0, h1 / h0])
    elif how is Fit.LETTERBOX:
        scale = np.full(2, min(w1 / w0, h1 / h0))
    if how in (Fit.LETTERBOX, Fit.CROPPED):
        shift = (np.array(size_px) - scale * camera.size_px) / 2
    K = camera.K.copy()
    K[0, 0], K[1, 1] = scale * [K[0, 0], K[1, 1]]
    K[:2, 2] = scale * (K[:2, 2] + 0.5) + shift - 0.5  # edges scale, and the middle of a pixel is half one from them
    return replace(camera, K=K, size_px=(int(w1), int(h1)))


def shows_letterbox(picture: NDArray[np.uint8], calibrated_px: tuple[int, int]) -> bool:
    """Whether a picture (h, w, 3) has the black bars that pictures of ``calibrated_px`` leave when they are scaled into
    it. Bars of another size, such as a dark sky and a dark floor, say nothing of how one became the other."""
    height, width = picture.shape[:2]
    by = min(width / calibrated_px[0], height / calibrated_px[1])
    wanted = ((height - by * calibrated_px[1]) / 2, (width - by * calibrated_px[0]) / 2)
    found = letterboxed(picture)
    return any(found) and all(abs(seen - bar) <= BAR_PX for seen, bar in zip(found, wanted, strict=True))


def letterboxed(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """How many rows at the top and at the bottom, and how many columns left and right, are black bars on both sides
    alike (the smaller of the two counts). ``picture`` (h, w, 3) or (h, w)."""
    grey = picture if picture.ndim == 2 else picture.max(axis=2)
    found = []
    for lines in (grey, grey.T):
        dark = lines.mean(axis=1) < BLACK
        if dark.all():
            found.append(0)
            continue
        bright = np.flatnonzero(~dark)
        found.append(int(min(bright[0], len(dark) - 1 - bright[-1])))
    return found[0], found[1]
