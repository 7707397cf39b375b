"""A motion fitted to a body whose bones keep their lengths: an estimate, and said to be one.

Steady bones of the result are put into it and prove nothing. What it is good for: drawing, and joints that one camera
puts a little beside the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from athletes.pose.model import Floats, Motion
from athletes.space.bones import LIMBS
from athletes.space.solving import places_known
from touchline.origin import Origin

METHOD = "fitted to constant bones"
STIFF_M = 0.002
"""How much a bone may still differ from its length (one standard deviation)."""

RIGID = (*((a, b) for _, a, b in LIMBS), ("ankle", "heel"), ("heel", "foot_index"))
"""Bones that keep their length, from and to, on each side; the trunk bends."""

ROUNDS = 6
AT_ONCE = 2000
"""Frames that are solved together, for the memory's sake."""


def with_constant_bones(motion: Motion) -> Motion:
    """The motion nearest to ``motion`` (by its covariances) whose rigid bones have their median lengths.

    Gaps stay gaps. Its ``origin`` becomes ``inferred``, its ``method`` says why.
    """
    bones, lengths = _rigid(motion)
    if not bones:
        return motion
    xyz, cov = motion.xyz_m.copy(), motion.cov_m2.copy()
    for first in range(0, len(motion), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        xyz[part], cov[part] = _fit(motion.xyz_m[part], motion.cov_m2[part], bones, lengths)
    origin = motion.origin if motion.origin is Origin.SIMULATED else Origin.INFERRED
    return replace(motion, xyz_m=xyz, cov_m2=cov, origin=origin, method=f"{METHOD}; {motion.method}")


def _rigid(motion: Motion) -> tuple[list[tuple[int, int]], list[float]]:
    joints = motion.skeleton.joints
    bones, lengths = [], []
    for a, b in RIGID:
        for side in ("left", "right"):
            names = (f"{side}_{a}", f"{side}_{b}")
            if all(name in joints for name in names):
                one, other = motion.skeleton.places(*names)
                length = np.linalg.norm(motion.xyz_m[:, one] - motion.xyz_m[:, other], axis=1)
                if np.isfinite(length).any():
                    bones.append((one, other))
                    lengths.append(float(np.nanmedian(length)))
    return bones, lengths


def _fit(measured: Floats, cov: Floats, bones: list[tuple[int, int]], lengths: list[float]) -> tuple[Floats, Floats]:
    """Gauss and Newton over all joints of a frame at once, many frames side by side."""
    n, k = measured.shape[:2]
    known = places_known(measured) & places_known(np.diagonal(cov, axis1=2, axis2=3))
    sound = np.where(known[..., None, None], cov, np.eye(3))
    inverse = np.linalg.inv(sound + 1e-10 * np.eye(3))
    base = np.zeros((n, k, 3, k, 3))
    for joint in range(k):
        base[:, joint, :, joint, :] = inverse[:, joint]
    target = np.where(known[..., None], measured, 0.0)
    at = target.copy()
    normal = base
    for _ in range(ROUNDS):
        normal = base.copy()
        right = (inverse @ (target - at)[..., None])[..., 0]
        for (a, b), length in zip(bones, lengths, strict=True):
            both = known[:, a] & known[:, b]
            along = at[:, b] - at[:, a]
            long = np.linalg.norm(along, axis=1)
            unit = np.where((both & (long > 1e-6))[:, None], along / np.maximum(long, 1e-6)[:, None], 0.0)
            short = np.where(both, (length - long) / STIFF_M**2, 0.0)[:, None]
            block = unit[:, :, None] * unit[:, None, :] / STIFF_M**2
            normal[:, a, :, a, :] += block
            normal[:, b, :, b, :] += block
            normal[:, a, :, b, :] -= block
            normal[:, b, :, a, :] -= block
            right[:, b] += short * unit
            right[:, a] -= short * unit
        step = np.linalg.solve(normal.reshape(n, 3 * k, 3 * k), right.reshape(n, 3 * k, 1)).reshape(n, k, 3)
        at = at + step
        if np.abs(step).max(initial=0.0) < 1e-6:
            break
    whole = np.linalg.inv(normal.reshape(n, 3 * k, 3 * k)).reshape(n, k, 3, k, 3)
    blocks = np.stack([whole[:, joint, :, joint, :] for joint in range(k)], axis=1)
    return np.where(known[..., None], at, np.nan), np.where(known[..., None, None], blocks, np.nan)
