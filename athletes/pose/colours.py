"""The colours that somebody wears: what tells two people apart whose ways crossed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import BODY33, Skeleton
from touchline.footage import Picture

Floats = NDArray[np.float64]

VALUES = 6
"""Lightness, green-red and blue-yellow (CIELAB) of the upper part of the trunk, and of the thighs."""

_ACROSS = (0.2, 0.35, 0.5, 0.65, 0.8)
_DOWN = (0.15, 0.35, 0.55)
_ALONG = (0.15, 0.25, 0.35, 0.45)


def worn_colours(picture: Picture, px: Floats, skeleton: Skeleton = BODY33) -> Floats:
    """The median colours of trunk and thighs, (``VALUES``,); NaN for a part that is not in the picture."""
    left, right, left_hip, right_hip, left_knee, right_knee = px[
        skeleton.places("left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee", "right_knee")
    ]
    trunk = [
        (1 - v) * ((1 - u) * left + u * right) + v * ((1 - u) * left_hip + u * right_hip)
        for u in _ACROSS
        for v in _DOWN
    ]
    thighs = [hip + a * (knee - hip) for hip, knee in ((left_hip, left_knee), (right_hip, right_knee)) for a in _ALONG]
    return np.concatenate([_colour(picture, np.array(trunk)), _colour(picture, np.array(thighs))])


def _colour(picture: Picture, px: Floats) -> Floats:
    import cv2

    height, width = picture.shape[:2]
    seen = px[np.isfinite(px).all(axis=1)].round().astype(np.int64)
    seen = seen[(seen >= 0).all(axis=1) & (seen < [width, height]).all(axis=1)]
    if len(seen) < len(px) // 2:
        return np.full(3, np.nan)
    shown = np.ascontiguousarray(picture[seen[:, 1], seen[:, 0]][:, None])
    # OpenCV's 8-bit CIELAB: L in 255ths, a and b with 128 added
    lab = cv2.cvtColor(shown, cv2.COLOR_BGR2LAB)[:, 0].astype(np.float64)
    return np.asarray(np.median(lab * [100 / 255, 1, 1] - [0, 128, 128], axis=0))


def mean_luma(picture: Picture) -> float:
    """How bright the picture is, 0 to 255 (BT.601 luma of every eighth pixel of every eighth row)."""
    few = picture[::8, ::8].reshape(-1, 3).mean(axis=0)
    return float(few @ np.array([0.114, 0.587, 0.299]))
