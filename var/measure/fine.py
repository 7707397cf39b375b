"""The finer terms of a lens, p1, p2 and k3: unknown, never zero, where nobody measured the lens.

A lens that is not quite centred bends by some tenths of a thousandth (p1, p2), and a strong one by a third term. Few
marks do not tell them: then they are left at zero, as the model without them has it, and are not in the covariance.
With enough marks they are estimated last, beside the camera that was found without them; what is left unknown of them
goes into its covariance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from var.measure.camera import Array, visible
from var.measure.courses import courses
from var.measure.pitch import Pitch
from var.measure.settle import FINE_SIGMA, Known, absorbed
from var.measure.solve import Fit, Problem, inverse, solve

ROUNDS = 12
ENOUGH_PX = 1e-3
"""The fit ends where no click moves by more, in its own standard deviations."""


def with_fine_terms(problem: Problem, found: Fit, size_px: tuple[int, int], pitch: Pitch) -> tuple[Fit, Array]:
    """The fit to ``problem`` near ``found`` with p1, p2 and k3 (3,) as further unknowns, and what they are.

    Its covariance (11, 11) is of the camera as it shows the ground, whichever of the two is off. Where the terms do
    not explain the clicks better, or would fold the lens over a mark, ``found`` comes back with those of ``problem``.
    """
    size, sigma = len(found.theta), np.array(FINE_SIGMA)
    known = Known(found.theta, np.zeros((size, size)), problem)
    finite = np.isfinite(problem.sigma)
    prior = np.where(finite, 1 / np.where(finite, problem.sigma, 1.0) ** 2, 0.0)
    prior = np.append(prior, 1 / sigma**2)
    mean = np.append(problem.mean, problem.fixed)
    state = np.append(found.theta, problem.fixed)

    def equations(state: Array) -> tuple[Array, Array, Array, float]:
        gap, lean = known.clicked(state[:size], state[size:], 0.0, np.eye(size))
        normal = np.einsum("nip,niq->pq", lean, lean) + np.diag(prior)
        gradient = np.einsum("nip,ni->p", lean, gap) + prior * (state - mean)
        return normal, gradient, lean, float((gap**2).sum() + (prior * (state - mean) ** 2).sum())

    normal, gradient, lean, first = equations(state)
    cost = first
    for _ in range(ROUNDS):
        step = solve(normal, -gradient)
        tried = equations(state + step)
        if not tried[3] <= cost:
            break
        state = state + step
        normal, gradient, lean, cost = tried
        if float(np.abs(lean @ step).max(initial=0.0)) < ENOUGH_PX:
            break
    theta, fixed = state[:size], state[size:]
    seen = visible(theta, fixed, problem.places(theta))
    if not cost < first or not seen.all():
        return found, problem.fixed
    both = inverse(normal)
    spread = both[:size, :size]
    mixing = np.concatenate([np.eye(size), absorbed(theta, fixed, spread, size_px, courses(pitch))[:, :3]], axis=1)
    covariance = mixing @ both @ mixing.T
    misses = replace(problem, fixed=fixed).misses(theta)
    hats = np.einsum("nip,pq,njq->nij", lean, both, lean)
    return Fit(theta, covariance, cost, misses, hats), fixed
