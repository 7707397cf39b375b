"""The estimator behind an offside measurement: all points, velocities, cameras and clocks at once.

Unknowns are, for each marked body point, its place at the nominal kick and its horizontal velocity; for each camera its
parameters and its clock error. Every observation and every prior is one whitened residual, so the posterior variance of
the margin splits exactly into what each source contributes: with the normal matrix ``A = sum over sources of A_s`` and
the margin ``g x``, the variance is ``g A^-1 g = sum of g A^-1 A_s A^-1 g``.

Time needs more than a linear term: an error ``d`` of an instant moves a player by ``v d``, and for independent ``v``
and ``d`` of zero mean the variance of that product is ``(mean(v)^2 + var(v)) var(d)``. A velocity that was not
measured has a mean of zero, so a linear propagation alone would say that time does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from var.measure.camera import Array
from var.measure.sight import root_of
from var.measure.system import POINT, SOURCES, Body, System, Unsolvable
from var.model import Role

if TYPE_CHECKING:
    from var.measure.scene import Placed, Scene

__all__ = ["Joint", "Margin", "Unsolvable", "estimate", "root_of"]

ROUNDS, HALVINGS = 40, 6
SETTLED = 1e-5
"""Steps below this end the search: 0.01 mm for places, 1/100,000 of a standard deviation for cameras and clocks."""


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin in metres with its standard deviation and what each source contributes to that."""

    value: float
    sigma: float
    budget: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """The posterior: ``mean`` (p,) and ``covariance`` (p, p) of all unknowns, the normal matrix of each source in
    ``normals``, and how much the clicks contradict each other: ``chi2`` with its ``degrees`` of freedom."""

    scene: Scene
    bodies: tuple[Body, ...]
    mean: Array
    covariance: Array
    normals: Mapping[str, Array]
    chi2: float
    degrees: int

    def governing(self, role: Role, sign: int) -> Body:
        """The body point that counts: each player's foremost part; the foremost attacker; the second-last opponent."""
        foremost: dict[str, tuple[float, Body]] = {}
        for index, body in enumerate(self.bodies):
            reach = sign * float(self.mean[POINT * index])
            if body[0] is role and (body[1] not in foremost or reach > foremost[body[1]][0]):
                foremost[body[1]] = (reach, body)
        ranked = sorted(foremost.values(), key=lambda entry: -entry[0])
        return ranked[1 if role is Role.DEFENDER and len(ranked) > 1 else 0][1]

    def place(self, body: Body) -> Placed:
        """Where a body point is at the kick."""
        from var.measure.scene import Placed

        at = POINT * self.bodies.index(body)
        x, y, z = (float(value) for value in self.mean[at : at + 3])
        return Placed(*body, (x, y, z), self.margin(body, None, 1, 0.0).sigma)

    def ground_covariance(self, body: Body) -> Array:
        """How sure the plumb point of a body point is: (2, 2) in square metres, x and y. Its x is what ``place`` says.

        The kick's own instant counts along the velocity as in ``margin``; the extremity of a part is uncertain along
        the pitch only.
        """
        at = POINT * self.bodies.index(body)
        found = self.covariance[at : at + 2, at : at + 2].copy()
        velocity = self.mean[at + 3 : at + 5]
        moving = np.outer(velocity, velocity) + self.covariance[at + 3 : at + 5, at + 3 : at + 5]
        found += moving * self.scene.kick_sigma_s**2
        found[0, 0] += self.scene.parts[body[2]].extremity_sigma_m ** 2
        return np.asarray(found, dtype=np.float64)

    def margin(self, attacker: Body, defender: Body | None, sign: int, line_m: float) -> Margin:
        """How far ``attacker`` is beyond ``defender``, or beyond the line at ``line_m``, in the direction of
        ``sign``."""
        pick, speed = np.zeros(len(self.mean)), np.zeros(len(self.mean))
        extremity2 = 0.0
        for body, factor in ((attacker, sign), (defender, -sign)):
            if body is not None:
                at = POINT * self.bodies.index(body)
                pick[at], speed[at + 3] = factor, factor
                extremity2 += self.scene.parts[body[2]].extremity_sigma_m ** 2
        gain = self.covariance @ pick
        share = {source: float(gain @ normal @ gain) for source, normal in self.normals.items()}
        # The true kick is off the nominal one by kick_sigma: the second-order term (see the module's text).
        speed2 = float(speed @ self.mean) ** 2 + float(speed @ self.covariance @ speed)
        share["time"] += speed2 * self.scene.kick_sigma_s**2
        share["body_point"] += extremity2
        if not sum(share.values()) >= 0:  # so large that their digits are noise
            raise Unsolvable("not_settled")
        value = float(pick @ self.mean) - (line_m if defender is None else 0.0)
        budget = {source: float(np.sqrt(max(0.0, share[source]))) for source in SOURCES}
        return Margin(value, float(np.sqrt(sum(share.values()))), budget)


def estimate(scene: Scene) -> Joint:
    """The joint posterior of ``scene``, whose observations all have a calibration.

    Raises ``Unsolvable`` where a sight line does not meet the pitch or the equations do not settle.
    """
    try:
        first = _solve(scene, None)
        # How uncertain the velocities are decides how much a clock error matters, so it enters the second solution.
        spread = [
            first.covariance[POINT * i + 3 : POINT * i + 5, POINT * i + 3 : POINT * i + 5]
            for i in range(len(first.bodies))
        ]
        found = _solve(scene, (first.mean, spread))
    except (np.linalg.LinAlgError, OverflowError) as fault:  # instants or sizes that belong to no one scene
        raise Unsolvable("not_settled") from fault
    if not (np.isfinite(found.mean).all() and np.isfinite(found.covariance).all()):
        raise Unsolvable("not_settled")
    return found


def _solve(scene: Scene, before: tuple[Array, list[Array]] | None) -> Joint:
    system = System(scene, before)
    x = system.start() if before is None else np.pad(before[0], (0, system.size - len(before[0])))
    normals, gradient, chi2, curve = system.equations(x)
    for _ in range(ROUNDS):
        step = _step(np.sum(list(normals.values()), axis=0), curve, gradient)
        # The camera model is smooth on the scale of metres; longer steps would leave where it is linear.
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        for _ in range(HALVINGS):
            tried = system.equations(x + step)
            if tried[2] <= chi2 * (1 + 1e-9) + 1e-9:
                break
            step = step / 2
        x = x + step
        normals, gradient, chi2, curve = tried
        if float(np.abs(step).max()) < SETTLED:
            break
    else:
        raise Unsolvable("not_settled")
    system.check(x)
    covariance = np.asarray(np.linalg.inv(sum(normals.values())), dtype=np.float64)
    degrees = 2 * len(scene.observations) - 2 * len(system.bodies)
    return Joint(scene, system.bodies, x, covariance, normals, system.contradiction(x), degrees)


def _step(normal: Array, curve: Array, gradient: Array) -> Array:
    """Newton's step; that of Gauss and Newton where the curvature would lead uphill."""
    whole = normal + curve
    try:
        np.linalg.cholesky(whole)
    except np.linalg.LinAlgError:
        whole = normal
    return -np.asarray(np.linalg.solve(whole, gradient), dtype=np.float64)
