"""The camera model: a pinhole with radial and tangential distortion, OpenCV's conventions.

World to camera ``x = R X + t``; ``dist`` is [k1, k2, p1, p2, k3]; pixel (0, 0) is the centre of the first pixel. A
camera is a vector ``theta`` of eleven numbers, in the order of ``PARAMETERS``; p1, p2 and k3 (``fixed``) come from a
lens calibration or are zero. Everything here takes many cameras at once, which makes differences of cameras cheap.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARAMETERS = ("log_f", "k1", "k2", "cx_px", "cy_px", "rx", "ry", "rz", "tx_m", "ty_m", "tz_m")
"""What a calibration estimates: the logarithm of the focal length in pixels, distortion, principal point, pose."""

_STEPS = np.array([1e-6, 1e-5, 1e-5, 1e-2, 1e-2, 1e-6, 1e-6, 1e-6, 1e-4, 1e-4, 1e-4])
"""Steps of the central differences: small against the curvature of the model, large against rounding (1e-13 px)."""

NEAREST_M = 0.1
"""Nothing nearer to the camera than this is imaged."""


def rotations(rvec: Array) -> Array:
    """Rotation matrices (n, 3, 3) of the rotation vectors (n, 3), in radians (Rodrigues' formula)."""
    angle = np.linalg.norm(rvec, axis=1)
    axis = rvec / np.where(angle > 0, angle, 1.0)[:, None]
    zero = np.zeros(len(rvec))
    x, y, z = axis.T
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross), dtype=np.float64)


def rotation_vector(rotation: Array) -> Array:
    """The rotation vector (3,) in radians of a rotation matrix (3, 3)."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_matrix(rotation).as_rotvec(), dtype=np.float64)


def pack(k: Array, dist: Array, rvec: Array, tvec_m: Array) -> tuple[Array, Array]:
    """``theta`` (11,) and ``fixed`` (3,) of a camera given as OpenCV gives it."""
    head = [np.log(k[0, 0]), dist[0], dist[1], k[0, 2], k[1, 2]]
    return np.concatenate([head, rvec, tvec_m]), np.asarray(dist[2:5], dtype=np.float64)


def unpack(theta: Array, fixed: Array) -> tuple[Array, Array, Array, Array]:
    """``k`` (3, 3), ``dist`` (5,), ``rvec`` (3,) and ``tvec_m`` (3,) of a camera."""
    f = float(np.exp(theta[0]))
    k = np.array([[f, 0.0, theta[3]], [0.0, f, theta[4]], [0.0, 0.0, 1.0]])
    return k, np.concatenate([theta[1:3], fixed]), theta[5:8].copy(), theta[8:11].copy()


def fold_radius2(k1: float, k2: float, k3: float) -> float:
    """The squared radius at which the radial distortion stops growing, infinite where it always grows.

    Beyond it the model folds back: two directions would share a pixel, and what it says there is meaningless. It is the
    smallest positive root of ``1 + 3 k1 s + 5 k2 s^2 + 7 k3 s^3``, the derivative of ``r (1 + k1 r^2 + k2 r^4 + k3
    r^6)``.
    """
    if abs(k3) < 1e-13:  # nearly every camera: a quadratic, whose roots need no eigenvalues
        a, b = (0.0 if abs(term) < 1e-12 else float(term) for term in (5.0 * k2, 3.0 * k1))
        inside = b * b - 4.0 * a
        if inside < 0:
            return float("inf")
        # The form without cancellation: the roots are q / a and 1 / q, or -1 / b alone where nothing is quadratic.
        q = -0.5 * (b + math.copysign(math.sqrt(inside), b))
        two = [1.0 / q if q else 0.0, q / a if a else 0.0]
        return min((root for root in two if root > 0), default=float("inf"))
    slopes = np.array([7.0 * k3, 5.0 * k2, 3.0 * k1, 1.0])  # in r^2, the highest power first
    slopes[np.abs(slopes) < 1e-12] = 0.0  # so small that it bends nothing, and a division by it would overflow
    roots = np.roots(slopes)
    real = roots.real[np.abs(roots.imag) < 1e-9 * np.maximum(1.0, np.abs(roots.real))]
    real = real[real > 0]
    return float(real.min()) if real.size else float("inf")


def bend(xy: Array, k: Array, fixed: Array) -> Array:
    """Distorted image-plane points (..., 2) of ``xy``; ``k`` (..., 2) holds k1 and k2, ``fixed`` is (p1, p2, k3)."""
    x, y = xy[..., 0], xy[..., 1]
    p1, p2, k3 = fixed
    s = x * x + y * y
    radial = 1 + s * (k[..., 0] + s * (k[..., 1] + s * k3))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (s + 2 * x * x)
    bent_y = y * radial + p1 * (s + 2 * y * y) + 2 * p2 * x * y
    return np.stack([bent_x, bent_y], axis=-1)


def image(thetas: Array, fixed: Array, places_m: Array) -> Array:
    """Pixels (m, n, 2) of ``places_m`` (n, 3) in each of the cameras ``thetas`` (m, 11), without any check of
    validity."""
    rotation = rotations(thetas[:, 5:8])
    seen = places_m @ rotation.transpose(0, 2, 1) + thetas[:, None, 8:11]
    depth = seen[..., 2]
    depth = np.where(np.abs(depth) < 1e-9, 1e-9, depth)
    bent = bend(seen[..., :2] / depth[..., None], thetas[:, None, 1:3], fixed)
    return np.asarray(np.exp(thetas[:, 0])[:, None, None] * bent + thetas[:, None, 3:5], dtype=np.float64)


def visible(theta: Array, fixed: Array, places_m: Array) -> NDArray[np.bool_]:
    """Which of ``places_m`` (n, 3) the camera can image: in front of it, and where the distortion does not fold
    back."""
    seen = places_m @ rotations(theta[None, 5:8])[0].T + theta[8:11]
    depth = np.where(seen[:, 2] > NEAREST_M, seen[:, 2], np.nan)
    s = ((seen[:, :2] / depth[:, None]) ** 2).sum(axis=1)
    return np.asarray(s < fold_radius2(theta[1], theta[2], fixed[2]))


def by_camera(theta: Array, fixed: Array, places_m: Array) -> Array:
    """How pixels move with the camera: d pixel / d theta, shape (n, 2, 11)."""
    shifted = np.concatenate([theta + np.diag(_STEPS), theta - np.diag(_STEPS)])
    pixels = image(shifted, fixed, places_m)
    count = len(PARAMETERS)
    return np.moveaxis((pixels[:count] - pixels[count:]) / (2 * _STEPS[:, None, None]), 0, -1)


def by_place(theta: Array, fixed: Array, places_m: Array) -> Array:
    """How pixels move with the place: d pixel / d place, shape (n, 2, 3), pixels a metre."""
    step = 1e-4
    moved = places_m[:, None, :] + step * np.concatenate([np.eye(3), -np.eye(3)])
    pixels = image(theta[None], fixed, moved.reshape(-1, 3))[0].reshape(len(places_m), 6, 2)
    return np.moveaxis((pixels[:, :3] - pixels[:, 3:]) / (2 * step), 1, -1)


def straighten(pixels: Array, theta: Array, fixed: Array) -> Array:
    """Undistorted image-plane points (n, 2) of ``pixels`` (n, 2); NaN where no direction within the lens gives that
    pixel.

    Newton's method on the distortion with its exact Jacobian; a point counts as found when the model gives the pixel
    back to within 1e-6 px and the radius lies inside the fold of the model.
    """
    f = float(np.exp(theta[0]))
    wanted = (pixels - theta[3:5]) / f
    k1, k2 = theta[1], theta[2]
    p1, p2, k3 = fixed
    limit = fold_radius2(k1, k2, k3)
    # Starting inside the fold keeps Newton on the branch that the lens has.
    radius = np.linalg.norm(wanted, axis=1)
    cap = 0.95 * np.sqrt(limit) if np.isfinite(limit) else np.inf
    xy = wanted * np.minimum(1.0, cap / np.where(radius > 0, radius, 1.0))[:, None]
    k = np.array([k1, k2])
    with np.errstate(all="ignore"):
        for _ in range(30):
            x, y = xy[:, 0], xy[:, 1]
            s = x * x + y * y
            radial = 1 + s * (k1 + s * (k2 + s * k3))
            slope = 2 * (k1 + s * (2 * k2 + s * 3 * k3))
            xx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
            yy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
            xy_ = x * y * slope + 2 * p1 * x + 2 * p2 * y
            miss = bend(xy, k, fixed) - wanted
            det = xx * yy - xy_ * xy_
            step = np.stack(
                [(yy * miss[:, 0] - xy_ * miss[:, 1]) / det, (xx * miss[:, 1] - xy_ * miss[:, 0]) / det], axis=1
            )
            xy = xy - step
            if np.nanmax(np.abs(step), initial=0.0) < 1e-13:
                break
        error_px = f * np.linalg.norm(bend(xy, k, fixed) - wanted, axis=1)
        found = (error_px < 1e-6) & ((xy**2).sum(axis=1) < limit)
    return np.asarray(np.where(found[:, None], xy, np.nan), dtype=np.float64)
