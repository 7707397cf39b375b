"""Where a camera that turns and zooms in its place looks now, from how the picture moved since the frame before.

This is only a prediction, so that the lines are looked for in the right place: what it errs by ends with the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, image, rotation_vector, rotations, straighten

Picture = NDArray[np.uint8]

WIDTH_PX = 640
"""Pictures are made this wide to follow their motion."""

MOST_POINTS, FEW_POINTS = 160, 70
LEAST_POINTS = 20
LEAST_SHARE = 0.35
"""Of the points that were followed so many must move as a turn of the camera does; else the picture was cut."""


@dataclass(slots=True)
class Motion:
    """Follows points of one picture to the next. ``points`` (n, 2) are in the small picture, float32."""

    scale: float
    grey: Picture
    points: NDArray[np.float32]

    @classmethod
    def start(cls, grey: Picture) -> Motion:
        """From a first picture (h, w)."""
        scale = min(1.0, WIDTH_PX / grey.shape[1])
        small = _small(grey, scale)
        return cls(scale, small, _corners(small))

    def follow(self, grey: Picture, theta: Array, fixed: Array) -> Array | None:
        """The camera (11,) of the next picture ``grey`` (h, w), given that of the last; None where the picture does
        not go on from the last one."""
        import cv2

        small = _small(grey, self.scale)
        if len(self.points) < FEW_POINTS:
            self.points = _corners(self.grey)
        before = self.points
        if len(before) < LEAST_POINTS:
            self.grey = small
            self.points = _corners(small)
            return None
        moved, ok, _ = cv2.calcOpticalFlowPyrLK(self.grey, small, before, np.empty_like(before), winSize=(15, 15))
        inside = ((moved >= 0) & (moved < np.array(small.shape[::-1]))).all(axis=1)
        good = (ok.ravel() == 1) & inside
        self.grey, self.points = small, moved[good]
        if good.sum() < LEAST_POINTS:
            return None
        answer = cv2.findHomography(before[good], moved[good], cv2.RANSAC, 1.5, maxIters=300)
        agreeing = cast("NDArray[np.uint8] | None", answer[1])  # None where there is no homography
        if agreeing is None or agreeing.sum() < max(LEAST_POINTS, LEAST_SHARE * len(before)):
            return None
        same = agreeing.ravel() == 1
        self.points = self.points[same]
        old, new = ((part[same] + 0.5) / self.scale - 0.5 for part in (before[good], moved[good]))
        return _turned(theta, fixed, old.astype(np.float64), new.astype(np.float64), 1 / self.scale)


def _small(grey: Picture, scale: float) -> Picture:
    import cv2

    if scale == 1.0:
        return grey
    size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _corners(small: Picture) -> NDArray[np.float32]:
    import cv2

    found = cast("NDArray[np.float32] | None", cv2.goodFeaturesToTrack(small, MOST_POINTS, 0.01, 9))
    return np.empty((0, 2), dtype=np.float32) if found is None else found.reshape(-1, 2).astype(np.float32)


def _turned(theta: Array, fixed: Array, old: Array, new: Array, spread_px: float) -> Array | None:
    """The camera turned and zoomed so that what was at ``old`` (n, 2) is at ``new`` (n, 2)."""
    xy = straighten(old, theta, fixed)
    usable = np.isfinite(xy).all(axis=1)
    if usable.sum() < LEAST_POINTS:
        return None
    turn = rotations(theta[None, 5:8])[0]
    rays = np.concatenate([xy[usable], np.ones((int(usable.sum()), 1))], axis=1)  # in the old camera's frame
    seen = new[usable]
    change = np.zeros(4)
    steps = 1e-5 * np.eye(4)

    def cameras(changes: Array) -> Array:
        many = np.tile(theta, (len(changes), 1))
        many[:, 0] += changes[:, 3]
        many[:, 5:8], many[:, 8:11] = changes[:, :3], 0.0
        return many

    for _ in range(6):
        pixels = image(cameras(np.concatenate([change[None], change + steps])), fixed, rays)
        miss = pixels[0] - seen
        slope = (pixels[1:] - pixels[0]) / 1e-5  # (4, n, 2)
        weight = 1 / (1 + (miss**2).sum(axis=1) / spread_px**2)
        normal = np.einsum("pni,qni,n->pq", slope, slope, weight)
        move = np.linalg.solve(normal + 1e-9 * np.diag(np.diag(normal)), -np.einsum("pni,ni,n->p", slope, miss, weight))
        change = change + move
        if np.abs(move).max() < 1e-7:
            break
    if not np.isfinite(change).all():
        return None
    centre = -turn.T @ theta[8:11]
    found = theta.copy()
    found[0] += change[3]
    now = rotations(change[None, :3])[0] @ turn
    found[5:8], found[8:11] = rotation_vector(now), -now @ centre
    return found
