"""How far a calibrated camera is off, as a turn and a shift of it: what ``PosedCamera.cov`` holds.

A calibration errs in its lens and its place together: a longer lens from further away makes nearly the same picture.
The part of the covariance that is of the pose alone would be ten times as large as what is wrong in the picture, so the
whole of it is told as the turn and the shift that move the picture most like it, over all places where people may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from athletes.space.camera import Floats, PosedCamera

NAMES = ("log_f", "k1", "k2", "cx_px", "cy_px", "rx", "ry", "rz", "tx_m", "ty_m", "tz_m")
"""What a covariance may be of: the logarithm of the focal length, distortion, principal point, the rotation vector and
the translation from the world to the camera."""
STEP = 1e-5
HEIGHTS_M = (0.0, 1.0, 2.0)
"""People are between the ground and this."""
FARTHEST_M = 150.0
GRID = 6


def pose_spread(camera: PosedCamera, cov: Floats, parameters: Sequence[str]) -> Floats | None:
    """The covariance (6, 6) of ``camera``, as ``PosedCamera`` means it, from that of its ``parameters`` (n, n).

    None where a parameter has a name that nobody here knows, or the camera does not see the ground.
    """
    places = _where_people_are(camera)
    if not set(parameters) <= set(NAMES) or len(places) < GRID:
        return None
    steps = [STEP * (np.array(NAMES) == name) for name in parameters]
    by_all = [
        (_moved(camera, step).project(places) - _moved(camera, -step).project(places)) / 2 / STEP for step in steps
    ]
    by_pose = camera.slope_by_pose(places)
    slopes = np.concatenate([by_pose, np.stack(by_all, axis=-1)], axis=-1).reshape(-1, 6 + len(parameters))
    slopes = slopes[np.isfinite(slopes).all(axis=1)]
    alike = np.linalg.lstsq(slopes[:, :6], slopes[:, 6:], rcond=None)[0]
    spread = alike @ cov @ alike.T
    return np.asarray((spread + spread.T) / 2)


def _where_people_are(camera: PosedCamera) -> Floats:
    """Places (n, 3) between the ground and above people's heads that are spread over the picture."""
    width, height = camera.size_px
    share = np.linspace(0.1, 0.9, GRID)
    origin, along = camera.ray(np.stack(np.meshgrid(share * width, share * height), axis=-1).reshape(-1, 2))
    found = []
    for level in HEIGHTS_M:
        with np.errstate(divide="ignore", invalid="ignore"):
            far = (level - origin[2]) / along[:, 2]
        there = np.isfinite(far) & (far > 0) & (far < FARTHEST_M)
        found.append(origin + far[there, None] * along[there])
    return np.concatenate(found)


def _moved(camera: PosedCamera, by: Floats) -> PosedCamera:
    """The camera with its parameters, in the order of ``NAMES``, changed."""
    K, dist = camera.K.copy(), camera.dist.copy()
    K[[0, 1], [0, 1]] *= np.exp(by[0])
    dist[:2] += by[1:3]
    K[:2, 2] += by[3:5]
    R = Rotation.from_rotvec(Rotation.from_matrix(camera.R).as_rotvec() + by[5:8]).as_matrix()
    return replace(camera, K=K, dist=dist, R=R, t_m=camera.t_m + by[8:])
