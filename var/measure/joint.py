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

from touchline.errors import TouchlineError
from var.measure.camera import PARAMETERS, Array, by_camera, by_place, image, visible
from var.measure.project import to_ground
from var.model import BodyPart, ImagePoints, Role

if TYPE_CHECKING:
    from var.measure.scene import Observation, Placed, Scene

Body = tuple[Role, str, BodyPart]

SOURCES = ("calibration", "click", "body_point", "time", "synchronisation")
ROUNDS, HALVINGS = 40, 6
SETTLED = 1e-5
"""Steps below this end the search: 0.01 mm for places, 1/100,000 of a standard deviation for cameras and clocks."""

POINT = 5
"""Unknowns of a body point: x, y, z at the nominal kick, and its horizontal velocity."""


class Unsolvable(TouchlineError):
    """The observations have no solution; ``code`` is a reason of the verdict and ``camera`` where it lies."""

    def __init__(self, code: str, camera: str | None = None) -> None:
        super().__init__(code)
        self.camera = camera


@dataclass(frozen=True, slots=True)
class Margin:
    """A margin in metres with its standard deviation and what each source contributes to that."""

    value: float
    sigma: float
    budget: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """The posterior: ``mean`` (p,) and ``covariance`` (p, p) of all unknowns, the normal matrix of each source in
    ``normals``, and the ``chi2`` of all residuals with its ``degrees`` of freedom."""

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
        value = float(pick @ self.mean) - (line_m if defender is None else 0.0)
        budget = {source: float(np.sqrt(max(0.0, share[source]))) for source in SOURCES}
        return Margin(value, float(np.sqrt(sum(share.values()))), budget)


def estimate(scene: Scene) -> Joint:
    """The joint posterior of ``scene``, whose observations all have a calibration.

    Raises ``Unsolvable`` where a sight line does not meet the pitch or the equations do not settle.
    """
    first = _solve(scene, None)
    # How uncertain the velocities are decides how much a clock error matters, so it enters the second solution.
    spread = [
        first.covariance[POINT * i + 3 : POINT * i + 5, POINT * i + 3 : POINT * i + 5] for i in range(len(first.bodies))
    ]
    return _solve(scene, (first.mean, spread))


def _solve(scene: Scene, before: tuple[Array, list[Array]] | None) -> Joint:
    system = _System(scene, before)
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
    return Joint(
        scene, system.bodies, x, covariance, normals, chi2, 2 * len(scene.observations) - 2 * len(system.bodies)
    )


def _step(normal: Array, curve: Array, gradient: Array) -> Array:
    """Newton's step; that of Gauss and Newton where the curvature would lead uphill."""
    whole = normal + curve
    try:
        np.linalg.cholesky(whole)
    except np.linalg.LinAlgError:
        whole = normal
    return -np.asarray(np.linalg.solve(whole, gradient), dtype=np.float64)


class _System:
    """The residuals of a scene. Order of the unknowns: body points, cameras (whitened), clocks (whitened), and for the
    second-order effect of clocks a displacement (whitened) of each body point for each clock."""

    def __init__(self, scene: Scene, before: tuple[Array, list[Array]] | None) -> None:
        self.scene = scene
        seen = scene.observations
        self.bodies: tuple[Body, ...] = tuple(dict.fromkeys(item.body for item in seen))
        self.views = tuple(dict.fromkeys(item.view for item in seen))
        self.clock_s = {
            camera: max(item.clock_s for item in seen if item.camera_id == camera)
            for camera in dict.fromkeys(item.camera_id for item in seen)
        }
        # Instants count from the kick. In the camera on which it was marked its clock error cancels; in all others the
        # same error of that clock comes on top of their own.
        self.kick = scene.kick_camera
        if self.kick is not None:
            self.clock_s.setdefault(self.kick, scene.kick_clock_s)
        self.roots = {view: root_of(scene.calibrations[view].covariance) for view in self.views}
        count = len(PARAMETERS)
        self.camera_at = {view: POINT * len(self.bodies) + count * i for i, view in enumerate(self.views)}
        size = POINT * len(self.bodies) + count * len(self.views)
        self.clock_at = {camera: size + i for i, camera in enumerate(self.clock_s)}
        size += len(self.clock_at)
        self.drift_at: dict[tuple[Body, str], int] = {}
        self.drift_root: dict[tuple[Body, str], Array] = {}
        if before is not None:
            for index, body in enumerate(self.bodies):
                matter = {clock for item in seen if item.body == body for clock, _ in self.clocks(item.camera_id)}
                for clock in (clock for clock in self.clock_s if clock in matter):
                    self.drift_at[body, clock] = size
                    self.drift_root[body, clock] = root_of(before[1][index]) * self.clock_s[clock]
                    size += 2
        self.size = size

    def clocks(self, camera: str) -> list[tuple[str, int]]:
        """The clocks whose errors shift a camera's pictures against the kick, each with its sign."""
        if camera == self.kick:
            return []
        both = [(camera, 1)] if self.kick is None else [(camera, 1), (self.kick, -1)]
        return [(clock, sign) for clock, sign in both if self.clock_s[clock] > 0]

    def start(self) -> Array:
        """Body points where their first sight line is at the part's usual height; everything else at its prior mean."""
        x = np.zeros(self.size)
        for index, body in enumerate(self.bodies):
            height = self.scene.parts[body[2]].height_m
            for seen in (item for item in self.scene.observations if item.body == body):
                calibration = self.scene.calibrations[seen.view]
                pixel = ImagePoints(np.array([seen.image_px]))
                place, _ = to_ground(calibration, pixel, height)
                if np.isfinite(place).all():
                    x[POINT * index : POINT * index + 3] = place[0]
                    break
            else:
                raise Unsolvable("sight_line_misses_pitch", seen.camera_id)
            known = self.scene.velocities.get(body[1])
            if known is not None:
                x[POINT * index + 3 : POINT * index + 5] = known.mps
        return x

    def place_of(self, seen: Observation, x: Array) -> tuple[Array, Array]:
        """Where the point of an observation is at its picture's instant, (3,), and the derivative of that, (3, p)."""
        at = POINT * self.bodies.index(seen.body)
        elapsed = float(seen.time_s - self.scene.kick_s)
        slope = np.zeros((3, self.size))
        place = x[at : at + 3].copy()
        velocity = x[at + 3 : at + 5]
        for clock, sign in self.clocks(seen.camera_id):
            late_s = sign * self.clock_s[clock]
            elapsed += x[self.clock_at[clock]] * late_s
            slope[:2, self.clock_at[clock]] = velocity * late_s
            drift = self.drift_at.get((seen.body, clock))
            if drift is not None:
                root = sign * self.drift_root[seen.body, clock]
                place[:2] += root @ x[drift : drift + 2]
                slope[:2, drift : drift + 2] = root
        slope[[0, 1, 2], [at, at + 1, at + 2]] = 1.0
        slope[[0, 1], [at + 3, at + 4]] = elapsed
        place[:2] += velocity * elapsed
        return place, slope

    def theta(self, view: str, x: Array) -> Array:
        """The camera's parameters at ``x``."""
        at = self.camera_at[view]
        own = x[at : at + len(PARAMETERS)]
        return np.asarray(self.scene.calibrations[view].theta + self.roots[view] @ own, dtype=np.float64)

    def equations(self, x: Array) -> tuple[dict[str, Array], Array, float, Array]:
        """The normal matrix (p, p) of each source, the gradient (p,), the chi-square and its curvature (p, p) at ``x``.

        The curvature is what the normal matrices leave out: a place moves with velocity times clock error, and without
        that product the search creeps where several cameras with poor clocks see one player.
        """
        normals = {source: np.zeros((self.size, self.size)) for source in SOURCES}
        gradient, chi2, curve = np.zeros(self.size), 0.0, np.zeros((self.size, self.size))
        for seen in self.scene.observations:
            place, slope = self.place_of(seen, x)
            fixed, theta = self.scene.calibrations[seen.view].fixed, self.theta(seen.view, x)
            sight = by_place(theta, fixed, place[None])[0]
            rows = sight @ slope
            at = self.camera_at[seen.view]
            rows[:, at : at + len(PARAMETERS)] += by_camera(theta, fixed, place[None])[0] @ self.roots[seen.view]
            rows /= seen.sigma_px
            miss = (image(theta[None], fixed, place[None])[0, 0] - np.array(seen.image_px)) / seen.sigma_px
            normals["click"] += rows.T @ rows
            gradient += rows.T @ miss
            chi2 += float(miss @ miss)
            pull = miss @ sight[:, :2] / seen.sigma_px
            moving = POINT * self.bodies.index(seen.body) + 3
            for clock, sign in self.clocks(seen.camera_id):
                bent = sign * self.clock_s[clock] * pull
                curve[moving : moving + 2, self.clock_at[clock]] += bent
                curve[self.clock_at[clock], moving : moving + 2] += bent
        for source, index, mean, sigma in self.priors():
            miss_1 = (x[index] - mean) / sigma
            normals[source][index, index] += 1 / sigma**2
            gradient[index] += miss_1 / sigma
            chi2 += float(miss_1**2)
        return normals, gradient, chi2, curve

    def priors(self) -> list[tuple[str, int, float, float]]:
        """Every prior as (source, unknown, mean, standard deviation)."""
        found: list[tuple[str, int, float, float]] = []
        for index, body in enumerate(self.bodies):
            at = POINT * index
            part = self.scene.parts[body[2]]
            found.append(("body_point", at + 2, part.height_m, part.height_sigma_m))
            known = self.scene.velocities.get(body[1])
            mean = (0.0, 0.0) if known is None else known.mps
            sigma = part.speed_sigma_mps if known is None else max(known.sigma_mps, 1e-3)
            found += [("time", at + 3 + axis, mean[axis], sigma) for axis in (0, 1)]
        first = POINT * len(self.bodies)
        cameras_end = first + len(PARAMETERS) * len(self.views)
        found += [("calibration", at, 0.0, 1.0) for at in range(first, cameras_end)]
        found += [("synchronisation", at, 0.0, 1.0) for at in range(cameras_end, self.size)]
        return found

    def check(self, x: Array) -> None:
        """Raise ``Unsolvable`` where the solution lies behind a camera or outside what its lens can image."""
        for seen in self.scene.observations:
            place, _ = self.place_of(seen, x)
            fixed = self.scene.calibrations[seen.view].fixed
            if not visible(self.theta(seen.view, x), fixed, place[None])[0]:
                raise Unsolvable("sight_line_misses_pitch", seen.camera_id)


def root_of(covariance: Array) -> Array:
    """A matrix ``L`` with ``L L' = covariance``, for covariances that may be singular."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    values, vectors = np.linalg.eigh(covariance / scale[:, None] / scale)
    return np.asarray(scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
