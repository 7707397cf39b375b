"""A camera that stands somewhere: from places in metres to pixels and back, OpenCV's model of a lens.

World to camera ``x = R X + t``, the world's z up, the camera looking along its own z with y down. Distortion is k1, k2,
p1, p2, k3 (Brown, 1966), as in OpenCV. Pixel (0, 0) is the middle of the first pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from athletes.space.faults import BadCamera, Fault

Floats = NDArray[np.float64]

NEAREST_M = 0.1
"""Nothing nearer to the camera than this is imaged."""

ROUNDING = 1e-4
"""How far a rotation as files write it (six digits) may be from an exact one."""


def _no_distortion() -> Floats:
    return np.zeros(5)


@dataclass(frozen=True, eq=False)
class PosedCamera:
    """A calibrated camera. ``size_px`` (width, height) of the pictures that the calibration is of; ``K`` (3, 3) in
    pixels; ``R`` (3, 3) and ``t_m`` (3,) from the world to the camera; ``dist`` (5,): k1, k2, p1, p2, k3.

    ``cov`` (6, 6) or None: covariance of a small turn of the camera about its own axes (radians) and of a shift of its
    centre (metres, the world's axes); None where nobody knows it. Raises ``BadCamera``, which names every fault.
    """

    name: str
    size_px: tuple[int, int]
    K: Floats
    R: Floats
    t_m: Floats
    dist: Floats = field(default_factory=_no_distortion)
    cov: Floats | None = None

    def __post_init__(self) -> None:
        found = _faults(self)
        if found:
            raise BadCamera(self.name, found)

    @cached_property
    def centre_m(self) -> Floats:
        """Where the camera stands, (3,)."""
        return np.asarray(-self.R.T @ self.t_m)

    def seen(self, xyz_m: Floats) -> Floats:
        """Places (..., 3) in the camera's own axes, metres."""
        return np.asarray(xyz_m @ self.R.T + self.t_m)

    def project(self, xyz_m: Floats) -> Floats:
        """Pixels (..., 2) of places (..., 3); NaN behind the camera and where its lens model folds back."""
        seen = self.seen(xyz_m)
        with np.errstate(invalid="ignore", divide="ignore"):
            plane = seen[..., :2] / np.where(seen[..., 2:] > NEAREST_M, seen[..., 2:], np.nan)
            plane = np.where((plane**2).sum(axis=-1, keepdims=True) < self.fold2, plane, np.nan)
        return np.asarray(bend(plane, self.dist) * self._f + self._c)

    def undistort(self, px: Floats) -> Floats:
        """Where pixels (..., 2) lie in the plane a metre before the camera (..., 2), without distortion; NaN where no
        direction gives that pixel."""
        wanted = (px - self._c) / self._f
        xy = wanted.copy()
        limit = self.fold2
        if math.isfinite(limit):  # begin inside the fold, to stay on the branch that the lens has
            radius = np.linalg.norm(wanted, axis=-1, keepdims=True)
            xy = wanted * np.minimum(1.0, 0.95 * math.sqrt(limit) / np.maximum(radius, 1e-12))
        with np.errstate(all="ignore"):
            for _ in range(30):
                miss = bend(xy, self.dist) - wanted
                slope = bend_slope(xy, self.dist)
                det = slope[..., 0, 0] * slope[..., 1, 1] - slope[..., 0, 1] * slope[..., 1, 0]
                step = np.stack(
                    [
                        (slope[..., 1, 1] * miss[..., 0] - slope[..., 0, 1] * miss[..., 1]) / det,
                        (slope[..., 0, 0] * miss[..., 1] - slope[..., 1, 0] * miss[..., 0]) / det,
                    ],
                    axis=-1,
                )
                xy = xy - step
                if not np.nanmax(np.abs(step), initial=0.0) > 1e-12:
                    break
            off = np.abs(bend(xy, self.dist) - wanted).max(axis=-1)
            good = (off * self._f.max() < 1e-6) & ((xy**2).sum(axis=-1) < limit)
        return np.asarray(np.where(good[..., None], xy, np.nan))

    def ray(self, px: Floats) -> tuple[Floats, Floats]:
        """The camera's centre (3,) and the unit directions (..., 3) in the world that pixels (..., 2) look along."""
        xy = self.undistort(px)
        along = np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1) @ self.R
        return self.centre_m, np.asarray(along / np.linalg.norm(along, axis=-1, keepdims=True))

    def slope(self, xyz_m: Floats) -> Floats:
        """How pixels move with the place, d pixel / d place (..., 2, 3), pixels a metre."""
        seen = self.seen(xyz_m)
        return np.asarray(self._by_seen(seen) @ self.R)

    def slope_by_pose(self, xyz_m: Floats) -> Floats:
        """How pixels move with the camera, (..., 2, 6): a turn about its own axes (radians), a shift of its centre."""
        seen = self.seen(xyz_m)
        by_seen = self._by_seen(seen)
        turned = np.zeros((*seen.shape[:-1], 3, 3))
        x, y, z = seen[..., 0], seen[..., 1], seen[..., 2]
        turned[..., 0, 1], turned[..., 0, 2] = z, -y  # d (w x seen) / d w
        turned[..., 1, 0], turned[..., 1, 2] = -z, x
        turned[..., 2, 0], turned[..., 2, 1] = y, -x
        return np.concatenate([by_seen @ turned, -by_seen @ self.R], axis=-1)

    def turned(self, by: Floats) -> PosedCamera:
        """This camera turned about its own axes by ``by[:3]`` (radians), its centre shifted by ``by[3:]`` (metres)."""
        from scipy.spatial.transform import Rotation

        R = Rotation.from_rotvec(by[:3]).as_matrix() @ self.R
        shift = by[3:] if len(by) > 3 else np.zeros(3)
        return replace(self, R=R, t_m=-R @ (self.centre_m + shift))

    @cached_property
    def fold2(self) -> float:
        """The squared radius in the plane at which the lens model folds back; infinite where it never does."""
        k1, k2, _, _, k3 = self.dist
        roots = np.roots([7.0 * k3, 5.0 * k2, 3.0 * k1, 1.0])
        real = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)]
        return float(real.min()) if real.size else math.inf

    @cached_property
    def _f(self) -> Floats:
        return np.array([self.K[0, 0], self.K[1, 1]])

    @cached_property
    def _c(self) -> Floats:
        return np.asarray(self.K[:2, 2])

    def _by_seen(self, seen: Floats) -> Floats:
        """d pixel / d place in the camera's axes, (..., 2, 3)."""
        z = seen[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            plane = seen[..., :2] / z[..., None]
            flat = np.zeros((*seen.shape[:-1], 2, 3))
            flat[..., 0, 0] = flat[..., 1, 1] = 1 / z
            flat[..., 0, 2], flat[..., 1, 2] = -plane[..., 0] / z, -plane[..., 1] / z
        return np.asarray((self._f[:, None] * bend_slope(plane, self.dist)) @ flat)


def bend(xy: Floats, dist: Floats) -> Floats:
    """Where the lens puts points (..., 2) of the plane, (..., 2)."""
    k1, k2, p1, p2, k3 = dist
    x, y = xy[..., 0], xy[..., 1]
    s = x * x + y * y
    radial = 1 + s * (k1 + s * (k2 + s * k3))
    return np.stack(
        [x * radial + 2 * p1 * x * y + p2 * (s + 2 * x * x), y * radial + p1 * (s + 2 * y * y) + 2 * p2 * x * y],
        axis=-1,
    )


def bend_slope(xy: Floats, dist: Floats) -> Floats:
    """The derivative of ``bend`` at points (..., 2), (..., 2, 2)."""
    k1, k2, p1, p2, k3 = dist
    x, y = xy[..., 0], xy[..., 1]
    s = x * x + y * y
    radial = 1 + s * (k1 + s * (k2 + s * k3))
    steep = 2 * (k1 + s * (2 * k2 + s * 3 * k3))
    cross = x * y * steep + 2 * p1 * x + 2 * p2 * y
    out = np.empty((*xy.shape, 2))
    out[..., 0, 0] = radial + x * x * steep + 2 * p1 * y + 6 * p2 * x
    out[..., 1, 1] = radial + y * y * steep + 6 * p1 * y + 2 * p2 * x
    out[..., 0, 1] = out[..., 1, 0] = cross
    return out


def _faults(camera: PosedCamera) -> list[Fault]:
    """What is wrong with a camera, all of it."""
    found = []
    if min(camera.size_px) < 1:
        found.append(Fault("size", "bad_size"))
    shapes: dict[str, tuple[Floats, tuple[int, ...]]] = {
        "matrix": (camera.K, (3, 3)),
        "rotation": (camera.R, (3, 3)),
        "translation": (camera.t_m, (3,)),
        "distortions": (camera.dist, (5,)),
    }
    if camera.cov is not None:
        shapes["covariance"] = (camera.cov, (6, 6))
    for name, (value, shape) in shapes.items():
        if np.shape(value) != shape or not np.all(np.isfinite(value)):
            found.append(Fault(name, "not_numbers", {"count": math.prod(shape)}))
    if found:
        return found
    if not (camera.K[0, 0] > 0 and camera.K[1, 1] > 0):
        found.append(Fault("matrix", "bad_focal_length"))
    if np.abs(camera.K[[0, 1, 2, 2], [1, 0, 0, 1]]).max() > 1e-6 or abs(camera.K[2, 2] - 1) > 1e-9:
        found.append(Fault("matrix", "skewed"))
    exact = np.abs(camera.R @ camera.R.T - np.eye(3)).max() < ROUNDING
    if not exact or np.linalg.det(camera.R) < 0:
        found.append(Fault("rotation", "not_a_rotation"))
    if camera.cov is not None and np.linalg.eigvalsh((camera.cov + camera.cov.T) / 2).min() < -1e-12:
        found.append(Fault("covariance", "not_a_covariance"))
    return found
