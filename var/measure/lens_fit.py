"""The lens behind views of a board: bundle adjustment by OpenCV (Zhang's method), and how sure it is.

The pixels are square (one focal length), as everywhere in ``var.measure``. OpenCV's standard deviations take every
corner's miss as independent. Corners of one picture share their faults (a bent board, blur, compression), so each
standard deviation is at least the one by leaving out a picture at a time (the jackknife).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from var.measure.boards import View
from var.measure.camera import Array, rotations

TERMS = (2, 4, 5)
"""How many of k1, k2, p1, p2, k3 may be estimated; the rest is zero."""


@dataclass(frozen=True, slots=True, eq=False)
class LensFit:
    """A fitted lens: ``k`` (3, 3), ``dist`` (5,), poses ``rvecs`` (n, 3) and ``tvecs`` (n, 3) in squares, ``sigma``
    (9,) of f, f, cx, cy, k1, k2, p1, p2, k3 by OpenCV, ``view_rms_px`` (n,) and ``rms_px``; ``terms`` of TERMS."""

    k: Array
    dist: Array
    rvecs: Array
    tvecs: Array
    sigma: Array
    view_rms_px: Array
    rms_px: float
    terms: int

    @property
    def values(self) -> Array:
        """f, f, cx, cy, k1, k2, p1, p2, k3, in the order of ``sigma``."""
        return np.array([self.k[0, 0], self.k[1, 1], self.k[0, 2], self.k[1, 2], *self.dist])

    @property
    def normals(self) -> Array:
        """Unit normals (n, 3) of the boards, toward the camera."""
        normal = rotations(self.rvecs)[:, :, 2]
        return np.asarray(normal * np.where((normal * self.tvecs).sum(axis=1) > 0, -1.0, 1.0)[:, None])


def fit(
    views: Sequence[View], size_px: tuple[int, int], terms: int, near: LensFit | None = None, *, square: bool = True
) -> LensFit | None:
    """The lens that saw ``views``, beginning ``near`` another one; None where OpenCV finds none.

    Without ``square`` the focal lengths along u and v are free of each other.
    """
    import cv2

    flags = cv2.CALIB_FIX_ASPECT_RATIO if square else 0
    flags |= 0 if terms >= 5 else cv2.CALIB_FIX_K3
    flags |= 0 if terms >= 4 else cv2.CALIB_ZERO_TANGENT_DIST
    k, dist = np.eye(3), np.zeros(5)
    if near is not None:
        flags |= cv2.CALIB_USE_INTRINSIC_GUESS
        k, dist = near.k.copy(), np.where(np.arange(5) < terms, near.dist, 0.0)
    try:
        rms, k_found, dist_found, rvecs, tvecs, sigma, _, each = cv2.calibrateCameraExtended(
            [_solid(view).astype(np.float32) for view in views],
            [view.pixels.astype(np.float32).reshape(-1, 1, 2) for view in views],
            size_px,
            k,
            dist,
            flags=flags,
        )
    except cv2.error:
        return None
    found = LensFit(
        np.asarray(k_found, dtype=np.float64),
        np.asarray(dist_found, dtype=np.float64).ravel()[:5],
        np.array([np.ravel(rvec) for rvec in rvecs], dtype=np.float64),
        np.array([np.ravel(tvec) for tvec in tvecs], dtype=np.float64),
        np.asarray(sigma, dtype=np.float64).ravel()[:9],
        np.asarray(each, dtype=np.float64).ravel(),
        float(rms),
        terms,
    )
    if square:
        found.sigma[0] = found.sigma[1]  # OpenCV keeps f_u as a multiple of f_v and gives it no deviation of its own
    usable = np.isfinite([*found.values, *found.sigma, found.rms_px]).all() and found.k[0, 0] > 0
    return found if usable else None


def _solid(view: View) -> Array:
    return np.column_stack([view.places, np.zeros(len(view.places))])


def without_each(views: Sequence[View], size_px: tuple[int, int], whole: LensFit) -> tuple[Array, Array]:
    """For each view the lens without it: ``values`` (n, 9), and the rms (n,) in pixels of that view in that lens.

    The left out view has only its pose fitted. Where no lens or no pose is found its rms is infinite.
    """
    values, rms = np.tile(whole.values, (len(views), 1)), np.full(len(views), np.inf)
    for index, view in enumerate(views):
        left = fit([*views[:index], *views[index + 1 :]], size_px, whole.terms, whole)
        if left is not None:
            values[index] = left.values
            rms[index] = posed_rms(view, left)
    return values, rms


def posed_rms(view: View, lens: LensFit) -> float:
    """Root mean square miss in pixels of ``view`` in ``lens`` with the best pose; infinite where there is none."""
    import cv2

    try:
        found, rvec, tvec = cv2.solvePnP(_solid(view), view.pixels, lens.k, lens.dist, flags=cv2.SOLVEPNP_ITERATIVE)
        if not found:
            return math.inf
        pixels, _ = cv2.projectPoints(_solid(view), rvec, tvec, lens.k, lens.dist)
    except cv2.error:
        return math.inf
    miss = np.asarray(pixels, dtype=np.float64).reshape(-1, 2) - view.pixels
    rms = float(np.sqrt((miss**2).sum(axis=1).mean()))
    return rms if math.isfinite(rms) else math.inf


def jackknife(values: Array) -> Array:
    """Standard deviations (m,) of estimates whose leave-one-out values are ``values`` (n, m)."""
    count = len(values)
    return np.asarray(np.sqrt((count - 1) / count * ((values - values.mean(axis=0)) ** 2).sum(axis=0)))


def better(small_rms: Array, large_rms: Array) -> bool:
    """Whether more terms foretell left out pictures better, by more than two standard errors of the difference.

    Both are (n,) in pixels, of the same pictures. Residuals of the fit itself would always speak for more terms.
    """
    if not np.isfinite([small_rms, large_rms]).all():
        return False
    gain = small_rms**2 - large_rms**2
    return bool(gain.mean() > 2 * gain.std(ddof=1) / math.sqrt(len(gain)))
