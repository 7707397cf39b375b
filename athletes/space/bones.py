"""How long the bones are in each frame, how steady that is, and where one leaves its band; smoothing of a motion.

A bone does not grow: its scatter is the error of the points along it, seen without any other instrument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from athletes.pose.model import Floats, Motion

LIMBS = (
    ("thigh", "hip", "knee"),
    ("shank", "knee", "ankle"),
    ("upper_arm", "shoulder", "elbow"),
    ("forearm", "elbow", "wrist"),
)
"""The eight bones by which steadiness is judged: names, from, to; each on both sides."""

MAD = 1.4826
"""From the median absolute deviation to the standard deviation of a normal distribution."""

WIDEST = 4.0
NARROWEST = 0.05
"""A bone leaves its band beyond four robust standard deviations, and never within 5 % of its median."""

Smooth = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]
"""From times (n,), values (n, m) and their standard deviations (n, m) to smoothed values and standard deviations."""


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone from ``joints[0]`` to ``joints[1]``: its median length, the standard deviation of its length over time in
    percent of the mean, in how many frames it was seen, and the ``stretches`` (first and last place in ``Motion.t_s``)
    where its length leaves its band: there one of its joints is doubtful."""

    name: str
    joints: tuple[str, str]
    median_m: float | None
    sd_pct: float | None
    frames: int
    stretches: tuple[tuple[int, int], ...]

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "name": self.name,
            "joints": list(self.joints),
            "median_m": self.median_m,
            "sd_pct": self.sd_pct,
            "frames": self.frames,
            "stretches": [list(stretch) for stretch in self.stretches],
        }


def bone_from(told: Mapping[str, Any]) -> Bone:
    """A bone from its ``document``. Raises ``KeyError``, ``TypeError``, ``ValueError`` for what is none."""
    a, b = told["joints"]
    median_m, sd_pct = (None if told[name] is None else float(told[name]) for name in ("median_m", "sd_pct"))
    stretches = tuple((int(first), int(last)) for first, last in told["stretches"])
    return Bone(str(told["name"]), (str(a), str(b)), median_m, sd_pct, int(told["frames"]), stretches)


def limb_bones(motion: Motion) -> tuple[Bone, ...]:
    """Thighs, shanks, upper arms and forearms of a motion whose skeleton has them, left before right."""
    joints = motion.skeleton.joints
    named = [
        (f"{side}_{name}", f"{side}_{a}", f"{side}_{b}")
        for name, a, b in LIMBS
        for side in ("left", "right")
        if f"{side}_{a}" in joints and f"{side}_{b}" in joints
    ]
    return tuple(bone(motion, name, (a, b)) for name, a, b in named)


def all_bones(motion: Motion) -> tuple[Bone, ...]:
    """Every bone of the skeleton, called by its joints."""
    joints = motion.skeleton.joints
    return tuple(bone(motion, f"{joints[a]}-{joints[b]}", (joints[a], joints[b])) for a, b in motion.skeleton.bones)


def bone(motion: Motion, name: str, joints: tuple[str, str]) -> Bone:
    """What is to be said of one bone."""
    a, b = motion.skeleton.places(*joints)
    length = np.linalg.norm(motion.xyz_m[:, a] - motion.xyz_m[:, b], axis=1)
    known = length[np.isfinite(length)]
    if not len(known):
        return Bone(name, joints, None, None, 0, ())
    median = float(np.median(known))
    sd = None if len(known) < 2 else float(100 * np.std(known, ddof=1) / np.mean(known))
    return Bone(name, joints, median, sd, len(known), tuple(_stretches(_outside(length))))


def _outside(length: Floats) -> np.ndarray:
    """Where a length leaves its band."""
    median = np.nanmedian(length)
    spread = MAD * np.nanmedian(np.abs(length - median))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(length - median) > max(WIDEST * spread, NARROWEST * median))


def _stretches(flags: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(int), [0]))))
    return [(int(first), int(last) - 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def doubtful(motion: Motion, bones: Sequence[Bone] | None = None) -> np.ndarray:
    """Which joints are doubtful in which frames, (n, k) bool: those of bones that leave their bands.

    Of a bone's two joints the one with the larger distance in the pictures is meant, both where neither is known.
    """
    flags = np.zeros(motion.xyz_m.shape[:2], dtype=bool)
    for one in bones if bones is not None else all_bones(motion):
        a, b = motion.skeleton.places(*one.joints)
        for first, last in one.stretches:
            part = slice(first, last + 1)
            off_a, off_b = motion.residual_px[part, a], motion.residual_px[part, b]
            flags[part, a] |= ~(off_a < off_b)
            flags[part, b] |= ~(off_b < off_a)
    return flags


def without(motion: Motion, flags: np.ndarray) -> Motion:
    """The motion without the joints that ``flags`` (n, k) marks: they become gaps."""
    return replace(
        motion,
        xyz_m=np.where(flags[..., None], np.nan, motion.xyz_m),
        cov_m2=np.where(flags[..., None, None], np.nan, motion.cov_m2),
        residual_px=np.where(flags, np.nan, motion.residual_px),
        views=np.where(flags, 0, motion.views),
    )


def smoothed(motion: Motion, smooth: Smooth, how: str) -> Motion:
    """The motion with every coordinate smoothed over time by ``smooth``; ``how`` is said in its ``method``.

    Gaps stay gaps. The covariance keeps its shape, scaled by how much the standard deviations changed.
    """
    n, k = motion.xyz_m.shape[:2]
    sigma = np.sqrt(np.diagonal(motion.cov_m2, axis1=2, axis2=3))
    values, spread = smooth(motion.t_s, motion.xyz_m.reshape(n, 3 * k), sigma.reshape(n, 3 * k))
    xyz = values.reshape(n, k, 3)
    xyz = np.where(np.isfinite(motion.xyz_m).all(axis=2, keepdims=True), xyz, np.nan)
    xyz = np.where(np.isfinite(xyz).all(axis=2, keepdims=True), xyz, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(sigma > 0, spread.reshape(n, k, 3) / sigma, 1.0)
    lost = np.isnan(xyz[..., 0])
    return replace(
        motion,
        xyz_m=xyz,
        cov_m2=np.where(lost[..., None, None], np.nan, motion.cov_m2 * ratio[..., :, None] * ratio[..., None, :]),
        residual_px=np.where(lost, np.nan, motion.residual_px),
        views=np.where(lost, 0, motion.views),
        method=f"{motion.method}; {how}",
    )
