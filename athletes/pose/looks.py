"""Two looks of a landmark network at one body made one: what they agree on in the mean, else what the surer one says.

A network errs in other ways in a mirror and in another cut of the picture; where it saw the same, the mean is a sixth
to a third better than either (docs/experiments/013).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from touchline.vision.landmarks import MIRRORED, Landmarks, Patch

APART = 0.05
"""Two places farther apart than this share of the patch's side are not one place seen twice."""

LIMBS = slice(11, None)
"""The points that have two sides far enough from each other to be told apart; the face's do not."""


def agreed(one: Landmarks, other: Landmarks, shown: Patch) -> Landmarks:
    """One body of two looks at it, the first of them into the patch ``shown``.

    Where the looks differ by which side is which, one of them is wrong as a whole: the surer one is taken as a whole,
    trusted as the less sure one is. A single joint that they see in two places is where the surer one sees it, trusted
    as the other one does.
    """
    presence = min(one.presence, other.presence)
    surer = one if one.confidence.sum() >= other.confidence.sum() else other
    if _sides_differ(one, other):
        sure = np.minimum(one.confidence, other.confidence)
        return replace(surer, confidence=sure, presence=presence, upright=one.upright)
    weight = np.stack([one.confidence, other.confidence])[..., None] + 1e-3
    px = (np.stack([one.px, other.px]) * weight).sum(axis=0) / weight.sum(axis=0)
    sure = (one.confidence + other.confidence) / 2
    apart = np.linalg.norm(one.px - other.px, axis=1) > APART * shown.side
    first = one.confidence >= other.confidence
    px[apart] = np.where(first[:, None], one.px, other.px)[apart]
    sure[apart] = np.minimum(one.confidence, other.confidence)[apart]
    return replace(one, px=px, confidence=sure, presence=presence, upright=_between(one.upright, other.upright))


def _between(one: Patch, other: Patch) -> Patch:
    """The patch in the middle of two: the next picture is shown there, and what shakes there shakes in the points."""
    half = float(np.angle(np.exp(1j * (other.turn_rad - one.turn_rad)))) / 2
    (u, v), (x, y) = one.middle, other.middle
    return Patch(((u + x) / 2, (v + y) / 2), (one.side + other.side) / 2, one.turn_rad + half)


def _sides_differ(one: Landmarks, other: Landmarks) -> bool:
    """Whether the looks fit better with the sides of one of them exchanged."""
    near = np.linalg.norm(one.px - other.px, axis=1)[LIMBS]
    exchanged = np.linalg.norm(one.px - other.px[list(MIRRORED)], axis=1)[LIMBS]
    return bool(np.median(exchanged) < np.median(near))
