"""A motion whose bones are held near their length: bones do not grow, and a network that finds joints does not know it.

``HELD`` lets a bone differ by what a joint that is seen differs from the joint's own centre, some millimetres. Views
that had no part in it are hit better so than without, and joints of simulated athletes too (docs/experiments/013), as
Karashchuk et al. (2021, Cell Reports 36, 109730) found with limb lengths in triangulation. ``CONSTANT`` keeps them to
the millimetre: for drawing, and an estimate that is said to be one. How steady bones are afterwards proves nothing in
either; how steady they were measured does.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from athletes.pose.model import Floats, Motion
from athletes.space.bones import LIMBS
from athletes.space.solving import Flags, places_known
from touchline.origin import Origin


class Bones(StrEnum):
    """What is done with the lengths of bones: nothing, held near their medians, or made constant."""

    FREE = "free"
    HELD = "held"
    CONSTANT = "constant"

    @property
    def play_m(self) -> float:
        """How much a bone may still differ from its median length, one standard deviation; infinite for free ones."""
        return {"free": np.inf, "held": 0.008, "constant": 0.002}[self.value]


SAID = {Bones.HELD: "bones held to 8 mm", Bones.CONSTANT: "fitted to constant bones"}
"""What ``Motion.method`` says of it."""

RIGID = (*((a, b) for _, a, b in LIMBS), ("ankle", "heel"), ("heel", "foot_index"))
"""Bones that keep their length, from and to, on each side; the trunk bends."""

ROUNDS, SETTLED_M, NEARLY_M = 100, 1e-6, 1e-3
"""At most so many steps; a frame whose last one is larger than the last of these has found nothing."""
AT_ONCE = 500
"""Frames that are solved together, for the memory's sake."""
LEAST_INSTANTS = 10
"""A median length of fewer instants errs as each of them does: holding to it would make errors look smaller than they
are, and joints no truer."""


def with_held_bones(motion: Motion, bones: Bones = Bones.HELD) -> Motion:
    """The motion nearest to ``motion`` (by its covariances) whose rigid bones differ from their median lengths by no
    more than ``bones`` lets them.

    Gaps stay gaps, and places whose covariance is unknown stay where they are. ``residual_px`` is still that of
    ``motion``, and so is ``cov_m2``: what a body model does wrong in all views alike is in no covariance, and with the
    smaller one of the fit 95 % intervals of angles hold 91 %, with this one 94 % (docs/experiments/013). ``CONSTANT``
    makes ``origin`` ``inferred``; ``method`` says what was done. ``motion`` itself where there is nothing to hold: with
    ``FREE``, or without a rigid bone that was seen often enough.
    """
    held, lengths = _rigid(motion)
    if bones is Bones.FREE or not held:
        return motion
    joints = sorted({joint for bone in held for joint in bone})
    placed = [(joints.index(a), joints.index(b)) for a, b in held]
    xyz = motion.xyz_m.copy()
    for first in range(0, len(motion), AT_ONCE):
        part = np.ix_(range(first, min(first + AT_ONCE, len(motion))), joints)
        xyz[part] = _fit(motion.xyz_m[part], motion.cov_m2[part], placed, lengths, play_m=bones.play_m)
    constant = bones is Bones.CONSTANT and motion.origin is not Origin.SIMULATED
    origin = Origin.INFERRED if constant else motion.origin
    return replace(motion, xyz_m=xyz, origin=origin, method=f"{SAID[bones]}; {motion.method}")


def _rigid(motion: Motion) -> tuple[list[tuple[int, int]], list[float]]:
    joints = motion.skeleton.joints
    bones, lengths = [], []
    for a, b in RIGID:
        for side in ("left", "right"):
            names = (f"{side}_{a}", f"{side}_{b}")
            if all(name in joints for name in names):
                one, other = motion.skeleton.places(*names)
                length = np.linalg.norm(motion.xyz_m[:, one] - motion.xyz_m[:, other], axis=1)
                if np.isfinite(length).sum() >= LEAST_INSTANTS:
                    bones.append((one, other))
                    lengths.append(float(np.nanmedian(length)))
    return bones, lengths


def _fit(measured: Floats, cov: Floats, bones: list[tuple[int, int]], lengths: list[float], *, play_m: float) -> Floats:
    """Newton's method over all these joints of a frame at once, many frames side by side, each until it has settled. A
    frame that does not stays as measured."""
    n, k = measured.shape[:2]
    known = places_known(measured) & places_known(np.diagonal(cov, axis1=2, axis2=3))
    sound = np.where(known[..., None, None], cov, np.eye(3))
    inverse = np.asarray(np.linalg.inv(sound + 1e-10 * np.eye(3)), dtype=np.float64)
    target = np.where(known[..., None], measured, 0.0)
    at, held = target.copy(), (bones, lengths, play_m)
    moving, far = np.arange(n), np.full(n, np.inf)
    for _ in range(ROUNDS):
        pulled: Floats = np.asarray((inverse[moving] @ (target[moving] - at[moving])[..., None])[..., 0])
        some = _linear(at[moving], known[moving], (inverse[moving], pulled), held, across=True)
        step = np.linalg.solve(*some).reshape(-1, k, 3)
        at[moving] += step
        far = np.abs(step).max(axis=(1, 2))
        moving, far = moving[~(far <= SETTLED_M)], far[~(far <= SETTLED_M)]
        if not len(moving):
            break
    known[moving[~(far <= NEARLY_M)]] = False
    return np.where(known[..., None], at, measured)


def _linear(
    at: Floats,
    known: Flags,
    pull: tuple[Floats, Floats],
    held: tuple[list[tuple[int, int]], list[float], float],
    *,
    across: bool = False,
) -> tuple[Floats, Floats]:
    """The normal equations at the places ``at`` (n, k, 3): matrices (n, 3k, 3k) and right sides (n, 3k, 1). ``pull``:
    the inverse covariance of each joint, and how it pulls; ``held``: bones, their lengths, and their play.

    ``across``: a bone that is too long also holds its ends against turning it, as the second derivative has it; without
    that, a joint that is far off swings around the next one and does not settle.
    """
    n, k = at.shape[:2]
    (inverse, right), (bones, lengths, play_m) = pull, held
    normal = np.zeros((n, k, 3, k, 3))
    for joint in range(k):
        normal[:, joint, :, joint, :] = inverse[:, joint]
    for (a, b), length in zip(bones, lengths, strict=True):
        both = known[:, a] & known[:, b]
        along = at[:, b] - at[:, a]
        long = np.linalg.norm(along, axis=1)
        unit = np.where((both & (long > 1e-6))[:, None], along / np.maximum(long, 1e-6)[:, None], 0.0)
        short = np.where(both, (length - long) / play_m**2, 0.0)[:, None]
        block = unit[:, :, None] * unit[:, None, :]
        if across:
            share = np.where(both & (long > length), 1 - length / np.maximum(long, 1e-6), 0.0)[:, None, None]
            block = block + share * (np.eye(3) - block)
        block = block / play_m**2
        normal[:, a, :, a, :] += block
        normal[:, b, :, b, :] += block
        normal[:, a, :, b, :] -= block
        normal[:, b, :, a, :] -= block
        right[:, b] += short * unit
        right[:, a] -= short * unit
    return normal.reshape(n, 3 * k, 3 * k), right.reshape(n, 3 * k, 1)
