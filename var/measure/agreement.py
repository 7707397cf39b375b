"""Which of the stripes seen near one line are that line: places that agree with one movement of the camera.

At each place of a line several stripes may be near: the line itself, the one beside it, a boot. The camera is
uncertain in a few ways only, so along a line what is right moves together. Two places fix a movement, and the one
that most places agree with is taken, where no other that differs has nearly as many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.measure.camera import Array

LEAST_PLACES = 6
LEAST_SHARE = 0.35
"""Of the places where a line is looked for at least this share must agree: players stand on the rest."""

RIVAL = 0.6
"""Another movement with this share of the best one's places makes a line ambiguous."""

TRIES = 80
MODES = 3
FAR_SIGMAS = 3.5


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Places that agree: the indices ``chosen`` (k,) of candidates, the ``share`` of the places looked at, and
    whether another movement is nearly as good."""

    chosen: NDArray[np.int64]
    share: float
    ambiguous: bool


def agree(
    place: NDArray[np.int64], off_px: Array, count: int, slope: Array, ways: Array, tolerance_px: Array
) -> Agreement | None:
    """The agreement among candidates at ``place`` (m,) of ``count`` places, ``off_px`` (m,) across; ``slope``
    (count, 11) says how each place moves with the camera, ``ways`` (11, 11) are those in which the camera is unsure
    (``ways_of``), and two candidates are alike within ``tolerance_px`` (count,). None where too few agree.
    """
    if len(np.unique(place)) < LEAST_PLACES:
        return None
    moves = _modes(slope, ways)
    wide = tolerance_px[place]
    tries = [np.zeros((1, moves.shape[1]))]
    if moves.shape[1]:
        # A fixed seed: the same picture gives the same answer.
        random = np.random.default_rng(len(place))
        size = min(moves.shape[1], 2 + (count > 20))
        picks = random.integers(0, len(place), (TRIES, size))
        rows, off = moves[place][picks], off_px[picks]  # (tries, size, modes), (tries, size)
        # The movements are scaled to one standard deviation: the least movement that explains the picked places.
        gram = rows @ rows.transpose(0, 2, 1)
        gram[:, range(size), range(size)] += (0.3 * wide[picks]) ** 2
        found = np.linalg.solve(gram, off[..., None])
        tries.append((rows.transpose(0, 2, 1) @ found)[..., 0])
    many = np.concatenate(tries)
    many = many[(np.abs(many) <= FAR_SIGMAS).all(axis=1)]
    if not len(many):
        return None
    predicted = many @ moves.T  # (tries, count)
    near = np.abs(predicted[:, place] - off_px) <= wide
    hits = np.zeros((len(many), count), dtype=bool)
    np.logical_or.at(hits.T, place, near.T)
    votes = hits.sum(axis=1)
    best = int(np.argmax(votes))
    if votes[best] < max(LEAST_PLACES, LEAST_SHARE * count):
        return None
    other = np.abs(predicted - predicted[best]).mean(axis=1) > 3 * tolerance_px.mean()
    rival = bool(other.any() and votes[other].max() >= RIVAL * votes[best])
    gap = np.abs(predicted[best, place] - off_px)
    order = np.lexsort((gap, place))
    first = np.append(True, place[order][1:] != place[order][:-1])
    chosen = order[first]
    chosen = chosen[gap[chosen] <= wide[chosen]]
    return Agreement(chosen, float(votes[best]) / count, rival)


def ways_of(covariance: Array) -> Array:
    """The ways (11, 11) in which a camera of this ``covariance`` is unsure, each by one standard deviation."""
    size, turn = np.linalg.eigh(covariance)
    return np.asarray(turn * np.sqrt(np.maximum(size, 0.0)), dtype=np.float64)


def _modes(slope: Array, ways: Array) -> Array:
    """The largest ways in which the places move together, (count, modes), each by one standard deviation in pixels."""
    moves = slope @ ways  # the camera's own ways; few of them differ on one line
    values, vectors = np.linalg.eigh(moves.T @ moves)
    kept = np.argsort(values)[::-1][:MODES]
    kept = kept[values[kept] > 0.04 * len(slope)]
    return np.asarray(moves @ vectors[:, kept], dtype=np.float64)
