"""Curves of every angle that can be seen, with the noise and what the filter may have taken away in their sigma."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from athletes.kinematics.angles import (
    INCLINED,
    INTERIOR,
    inclination,
    inclination_sigma,
    interior,
    interior_sigma,
    interior_sigma_by_covariance,
    too_near,
    unwrapped,
)
from athletes.kinematics.model import Curve, Side
from athletes.kinematics.seen import Seen, instant_frames
from athletes.kinematics.smoothing import Filter, smooth
from athletes.pose.model import Motion

Floats = NDArray[np.float64]

POINTS_TOO_NEAR = "points_too_near"
SIDES = (Side.LEFT, Side.RIGHT)


def angle_curves(seen: Seen) -> tuple[tuple[Curve, ...], tuple[str, ...]]:
    """The curves in degrees, of both sides, and the reasons why parts of them are missing.

    Angles whose points were never seen have no curve. Inclinations need to know which way the athlete faces.
    """
    found: list[Curve] = []
    reasons: set[str] = set()
    for key, names in INTERIOR.items():
        for side in SIDES:
            joints = [f"{side}_{name}" for name in names]
            _add(found, reasons, seen, (key, side, joints))
    if seen.facing:
        for key, pair in INCLINED.items():
            for side in SIDES:
                _add(found, reasons, seen, (key, side, [f"{side}_{name}" for name in pair]))
        _add(found, reasons, seen, ("trunk", None, ["left_hip", "right_hip", "left_shoulder", "right_shoulder"]))
    return tuple(found), tuple(sorted(reasons))


def _add(found: list[Curve], reasons: set[str], seen: Seen, what: tuple[str, Side | None, list[str]]) -> None:
    key, side, joints = what
    places = seen.skeleton.places(*joints)
    if not np.isfinite(seen.raw[:, places, 0]).any(axis=0).all():
        return
    value, sigma, near = _angle(seen.smooth[:, places], seen.smooth_sigma[:, places], seen.facing)
    if not np.isfinite(value).any():
        reasons |= set(seen.reasons) or {POINTS_TOO_NEAR}
        return
    if near.any():
        reasons.add(POINTS_TOO_NEAR)
    if len(joints) != 3:
        value = unwrapped(value, seen.t_s)
        sigma = np.hypot(sigma, seen.up_sigma)
    sigma = np.hypot(sigma, lost(seen, joints, value))
    found.append(Curve(key, "deg", seen.frames, seen.t_s, np.degrees(value), np.degrees(sigma), side))


def _angle(points: Floats, sigma: Floats, facing: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Angle, sigma (n,) in radians and where points lie too near, of points (n, 2 to 4, 2)."""
    if points.shape[1] == 3:
        a, b, c = (points[:, place] for place in range(3))
        sa, sb, sc = (sigma[:, place] for place in range(3))
        near = too_near(a, b, (sa, sb)) | too_near(c, b, (sc, sb))
        value, spread = interior(a, b, c), interior_sigma((a, b, c), (sa, sb, sc))
    else:
        if points.shape[1] == 4:
            points = np.stack((points[:, :2].mean(axis=1), points[:, 2:].mean(axis=1)), axis=1)
            sigma = np.stack((np.hypot(sigma[:, 0], sigma[:, 1]), np.hypot(sigma[:, 2], sigma[:, 3])), axis=1) / 2.0
        low, high, s = points[:, 0], points[:, 1], (sigma[:, 0], sigma[:, 1])
        near = too_near(low, high, s)
        value, spread = inclination(low, high, facing), inclination_sigma(low, high, s)
    return np.where(near, np.nan, value), np.where(near, np.nan, spread), near


def lost(seen: Seen, joints: list[str], value: Floats) -> Floats:
    """How much of the movement itself the filter may have taken off an angle, radians (n,), 0 where nothing shows.

    What twice the cutoff lets through and the cutoff does not is noise of a known size, and movement: the mean square
    around each frame, less the noise. A movement that is slow for the filter adds nothing.
    """
    missing = seen.filtered(*joints, kind="missing")
    more = seen.smooth[:, seen.skeleton.places(*joints)] + missing.values
    places = seen.skeleton.places(*joints)
    wide, _, _ = _angle(more, np.zeros_like(missing.sigma[..., 0]), seen.facing)
    _, expected, _ = _angle(seen.smooth[:, places], missing.sigma[..., 0], seen.facing)
    apart = np.arctan2(np.sin(wide - value), np.cos(wide - value))
    return lost_of(apart, expected, seen)


def lost_of(apart: Floats, expected: Floats, seen: Seen) -> Floats:
    """The root mean square of ``apart`` (n,) around each frame beyond its ``expected`` (n,) noise; 0 within it."""
    width = max(3, 2 * round(0.25 / seen.cutoff_hz / seen.step_s) + 1)
    known = np.isfinite(apart) & np.isfinite(expected)
    weight = uniform_filter1d(known.astype(float), width, mode="constant")
    mean = uniform_filter1d(np.where(known, apart**2 - expected**2, 0.0), width, mode="constant")
    noise = uniform_filter1d(np.where(known, expected**2, 0.0), width, mode="constant")
    with np.errstate(divide="ignore", invalid="ignore"):
        # A mean of so few squares scatters: only what is beyond twice the noise counts as movement.
        beyond = np.where(mean > 2.0 * noise, mean / weight, 0.0)
    return np.sqrt(np.where(known, np.maximum(beyond, 0.0), 0.0))


def space_curves(motion: Motion, seen: Seen | None = None) -> tuple[Curve, ...]:
    """The interior angles of one person in space, degrees, with sigma by the points' covariance; filtered as ``seen``
    says, without it not at all.

    ``frames`` as ``instant_frames`` gives them.
    """
    found = []
    frames = instant_frames(motion)
    motion = motion if seen is None else _filtered(motion, seen)
    for key, names in INTERIOR.items():
        for side in SIDES:
            a, b, c = motion.skeleton.places(*(f"{side}_{name}" for name in names))
            xyz, cov = motion.xyz_m, motion.cov_m2
            points, covs = (xyz[:, a], xyz[:, b], xyz[:, c]), (cov[:, a], cov[:, b], cov[:, c])
            value = interior(*points)
            if not np.isfinite(value).any():
                continue
            sigma = interior_sigma_by_covariance(points, covs)
            size = [np.sqrt(np.trace(one, axis1=-2, axis2=-1) / 3.0) for one in covs]
            near = too_near(points[0], points[1], (size[0], size[1])) | too_near(
                points[2], points[1], (size[2], size[1])
            )
            value, sigma = np.where(near, np.nan, value), np.where(near, np.nan, sigma)
            found.append(Curve(key, "deg", frames, motion.t_s, np.degrees(value), np.degrees(sigma), side))
    return tuple(found)


def _filtered(motion: Motion, seen: Seen) -> Motion:
    """The motion through the filter of ``seen``; the covariance keeps its shape."""
    sigma = np.sqrt(np.diagonal(motion.cov_m2, axis1=2, axis2=3))
    how = Filter(seen.cutoff_hz, seen.settings.fill_gap_s, seen.parts(*motion.skeleton.joints))
    done = smooth(motion.t_s, motion.xyz_m, sigma, how)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = np.where(sigma > 0, done.sigma / sigma, np.nan)
    # A short gap that was filled has no covariance of its own: its errors stand for themselves.
    filled = np.any(np.isfinite(done.sigma), axis=2) & ~np.all(np.isfinite(ratio), axis=2)
    cov = motion.cov_m2 * ratio[..., :, None] * ratio[..., None, :]
    alone = done.sigma[..., :, None] * done.sigma[..., None, :] * np.eye(3)
    return replace(motion, xyz_m=done.values, cov_m2=np.where(np.asarray(filled)[:, :, None, None], alone, cov))
