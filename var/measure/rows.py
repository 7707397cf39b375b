"""Pixels of places with a camera of its own for each, and how they move with camera and place, by exact derivatives.

``var.measure.camera`` holds the model; here is its derivative. A turn ``R(r + d)`` is ``R(r) exp(J_r d)`` with the
right Jacobian ``J_r`` of the rotation group (G. Chirikjian, "Stochastic Models, Information Theory, and Lie Groups",
vol. 2, 2012, section 10.5), so ``d (R p) / d r = -R [p]x J_r``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array, fold_radius2, rotations

NEAREST_DEPTH_M = 1e-9


def crosses(vectors: Array) -> Array:
    """The matrices (n, 3, 3) that give the cross product with each of ``vectors`` (n, 3)."""
    x, y, z = vectors.T
    zero = np.zeros(len(vectors))
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def right_jacobians(rvec: Array) -> Array:
    """How a turn follows its rotation vector: ``J_r`` (n, 3, 3) of ``rvec`` (n, 3) in radians."""
    angle = np.linalg.norm(rvec, axis=1)
    small = angle < 1e-4
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 0.5 - angle**2 / 24, (1 - np.cos(safe)) / safe**2)
    second = np.where(small, 1 / 6 - angle**2 / 120, (safe - np.sin(safe)) / safe**3)
    cross = crosses(rvec)
    return np.asarray(np.eye(3) - first[:, None, None] * cross + second[:, None, None] * (cross @ cross))


def pixels_and_slopes(
    thetas: Array, fixed: Array, places_m: Array, owner: NDArray[np.int64]
) -> tuple[Array, Array, Array]:
    """Pixels (n, 2) of ``places_m`` (n, 3), each in the camera ``owner`` (n,) of ``thetas`` (m, 11) with ``fixed`` (m,
    3); d pixel / d theta (n, 2, 11) and d pixel / d place (n, 2, 3). Nothing is checked for validity."""
    rotation, jacobian = rotations(thetas[:, 5:8])[owner], right_jacobians(thetas[:, 5:8])[owner]
    theta, (p1, p2, k3) = thetas[owner], fixed[owner].T
    turned = np.einsum("nij,nj->ni", rotation, places_m) + theta[:, 8:11]
    depth = np.where(np.abs(turned[:, 2]) < NEAREST_DEPTH_M, NEAREST_DEPTH_M, turned[:, 2])
    x, y = turned[:, 0] / depth, turned[:, 1] / depth
    s = x * x + y * y
    k1, k2, f = theta[:, 1], theta[:, 2], np.exp(theta[:, 0])
    radial = 1 + s * (k1 + s * (k2 + s * k3))
    slope = 2 * (k1 + s * (2 * k2 + s * 3 * k3))
    bent = np.stack(
        [x * radial + 2 * p1 * x * y + p2 * (s + 2 * x * x), y * radial + p1 * (s + 2 * y * y) + 2 * p2 * x * y], 1
    )
    both = x * y * slope + 2 * p1 * x + 2 * p2 * y
    by_xy = np.empty((len(x), 2, 2))
    by_xy[:, 0, 0] = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
    by_xy[:, 1, 1] = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
    by_xy[:, 0, 1] = by_xy[:, 1, 0] = both
    by_turned = np.zeros((len(x), 2, 3))
    by_turned[:, 0, 0] = by_turned[:, 1, 1] = 1 / depth
    by_turned[:, 0, 2], by_turned[:, 1, 2] = -x / depth, -y / depth
    by_turned = f[:, None, None] * (by_xy @ by_turned)
    by_place = by_turned @ rotation
    by_theta = np.zeros((len(x), 2, 11))
    by_theta[:, :, 0] = f[:, None] * bent
    xy = np.stack([x, y], axis=1)
    by_theta[:, :, 1] = (f * s)[:, None] * xy
    by_theta[:, :, 2] = (f * s * s)[:, None] * xy
    by_theta[:, 0, 3] = by_theta[:, 1, 4] = 1.0
    by_theta[:, :, 5:8] = -by_place @ crosses(places_m) @ jacobian
    by_theta[:, :, 8:11] = by_turned
    return f[:, None] * bent + theta[:, 3:5], by_theta, by_place


def seen_rows(
    thetas: Array, fixed: Array, places_m: Array, owner: NDArray[np.int64], nearest_m: float = 0.1
) -> NDArray[np.bool_]:
    """Which of ``places_m`` (n, 3) their own camera can image: before it, and inside the fold of its distortion."""
    limits = np.array([fold_radius2(theta[1], theta[2], terms[2]) for theta, terms in zip(thetas, fixed, strict=True)])
    turned = np.einsum("nij,nj->ni", rotations(thetas[:, 5:8])[owner], places_m) + thetas[owner, 8:11]
    depth = np.where(turned[:, 2] > nearest_m, turned[:, 2], np.nan)
    s = ((turned[:, :2] / depth[:, None]) ** 2).sum(axis=1)
    return np.asarray(s < limits[owner], dtype=bool)
