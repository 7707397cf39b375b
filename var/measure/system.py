"""The equations of an offside measurement: every click and every prior as whitened residuals.

Order of the unknowns: body points (``POINT`` numbers each), cameras (whitened), clocks (whitened), and for the
second-order effect of clocks a displacement (whitened) of each body point for each clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from touchline.errors import TouchlineError
from var.measure.camera import Array
from var.measure.project import to_ground
from var.measure.sight import root_of, sees, state_of
from var.measure.sight import seen as shown
from var.measure.sight import slopes as sight_slopes
from var.measure.together import unit_errors
from var.model import BodyPart, ImagePoints, Role

if TYPE_CHECKING:
    from var.measure.scene import Scene

Body = tuple[Role, str, BodyPart]

SOURCES = ("calibration", "click", "body_point", "time", "synchronisation")

POINT = 5
"""Unknowns of a body point: x, y, z at the nominal kick, and its horizontal velocity."""

HEIGHT_TAIL = 2.5
"""From about so many standard deviations on, the usual height of a body part loses its pull: what was seen from two
sides at another height is another part, or a jump, and not a miss of the sight lines."""


class Unsolvable(TouchlineError):
    """The observations have no solution; ``code`` is a reason of the verdict and ``camera`` where it lies."""

    def __init__(self, code: str, camera: str | None = None) -> None:
        super().__init__(code)
        self.camera = camera


class System:
    """The residuals of a scene; ``before`` is the mean and the covariance (2, 2) of each body point's velocity of a
    first solution, where there is one."""

    def __init__(self, scene: Scene, before: tuple[Array, list[Array]] | None) -> None:
        self.scene = scene
        seen = scene.observations
        self.bodies: tuple[Body, ...] = tuple(dict.fromkeys(item.body for item in seen))
        self.views = tuple(dict.fromkeys(item.view for item in seen))
        cameras = tuple(dict.fromkeys(item.camera_id for item in seen))
        self.clock_s = {camera: max(item.clock_s for item in seen if item.camera_id == camera) for camera in cameras}
        # Instants count from the kick. In the camera on which it was marked its clock error cancels; in all others the
        # same error of that clock comes on top of their own.
        self.kick = scene.kick_camera
        if self.kick is not None:
            self.clock_s.setdefault(self.kick, scene.kick_clock_s)
        cameras_at = POINT * len(self.bodies)
        among, self.roots, count = unit_errors(self.views, scene.calibrations, scene.together)
        self.camera_at = {view: slice(cameras_at + at.start, cameras_at + at.stop) for view, at in among.items()}
        size = self.cameras_end = cameras_at + count
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
        numbers = {body: index for index, body in enumerate(self.bodies)}
        self.point = POINT * np.array([numbers[item.body] for item in seen])
        self.elapsed_s = np.array([float(item.time_s - scene.kick_s) for item in seen])
        self.pixels = np.array([item.image_px for item in seen], dtype=np.float64)
        self.sigma_px = np.array([item.sigma_px for item in seen], dtype=np.float64)
        self.rows_of_camera = {
            camera: np.array([row for row, item in enumerate(seen) if item.camera_id == camera]) for camera in cameras
        }
        self.rows_of_view = {
            view: np.array([row for row, item in enumerate(seen) if item.view == view]) for view in self.views
        }
        self._priors()

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

    def places(self, x: Array) -> tuple[Array, Array]:
        """Where each click's point is at its picture's instant, (n, 3), and the derivative of that, (n, 3, p)."""
        count = len(self.pixels)
        rows, axes = np.arange(count)[:, None], np.arange(2)
        elapsed = self.elapsed_s.copy()
        slope = np.zeros((count, 3, self.size))
        place = x[self.point[:, None] + np.arange(3)]
        velocity = x[self.point[:, None] + [3, 4]]
        for camera, own in self.rows_of_camera.items():
            for clock, sign in self.clocks(camera):
                late_s = sign * self.clock_s[clock]
                elapsed[own] += x[self.clock_at[clock]] * late_s
                slope[own, :2, self.clock_at[clock]] = velocity[own] * late_s
                for row in own:
                    body = self.bodies[self.point[row] // POINT]
                    drift = self.drift_at.get((body, clock))
                    if drift is not None:
                        root = sign * self.drift_root[body, clock]
                        place[row, :2] += root @ x[drift : drift + 2]
                        slope[row, :2, drift : drift + 2] = root
        slope[rows, np.arange(3), self.point[:, None] + np.arange(3)] = 1.0
        slope[rows, axes, self.point[:, None] + [3, 4]] = elapsed[:, None]
        place[:, :2] += velocity * elapsed[:, None]
        return place, slope

    def state(self, view: str, x: Array) -> Array:
        """The camera's parameters and the crown at ``x``."""
        return state_of(self.scene.calibrations[view], self.roots[view] @ x[self.camera_at[view]])

    def clicks(self, x: Array) -> tuple[Array, Array, Array]:
        """How the whitened misses of the clicks move with the unknowns, (n, 2, p), the misses (n, 2), and how the sum
        of their squares moves with the place of each click's point along the ground, (n, 2), halved."""
        places, slopes = self.places(x)
        rows, misses, pulls = np.empty((len(places), 2, self.size)), np.empty((len(places), 2)), np.empty_like(places)
        for view, own in self.rows_of_view.items():
            calibration, state = self.scene.calibrations[view], self.state(view, x)
            sight, with_state = sight_slopes(calibration, state, places[own])
            at, scale = self.camera_at[view], self.sigma_px[own][:, None]
            part = sight @ slopes[own]
            part[:, :, at] += with_state @ self.roots[view]
            rows[own] = part / scale[:, :, None]
            misses[own] = (shown(calibration, state, places[own]) - self.pixels[own]) / scale
            pulls[own] = np.einsum("ni,nij->nj", misses[own] / scale, sight)
        return rows, misses, pulls[:, :2]

    def contradiction(self, x: Array) -> float:
        """The chi-square at ``x`` of everything but the usual heights: how much the clicks contradict each other."""
        _, misses, _ = self.clicks(x)
        others = ~self.prior_tail
        square = ((x[self.prior_at] - self.prior_mean) / self.prior_sigma)[others] ** 2
        return float((misses**2).sum() + square.sum())

    def equations(self, x: Array) -> tuple[dict[str, Array], Array, float, Array]:
        """The normal matrix (p, p) of each source, the gradient (p,), the chi-square and its curvature (p, p) at ``x``.

        The curvature is what the normal matrices leave out: a place moves with velocity times clock error, and without
        that product the search creeps where several cameras with poor clocks see one player.
        """
        normals = {source: np.zeros((self.size, self.size)) for source in SOURCES}
        curve = np.zeros((self.size, self.size))
        rows, misses, pulls = self.clicks(x)
        flat = rows.reshape(-1, self.size)
        normals["click"] = flat.T @ flat
        gradient = flat.T @ misses.ravel()
        chi2 = float((misses**2).sum())
        for camera, own in self.rows_of_camera.items():
            for clock, sign in self.clocks(camera):
                for row in own:
                    moving = self.point[row] + 3
                    bent = sign * self.clock_s[clock] * pulls[row]
                    curve[moving : moving + 2, self.clock_at[clock]] += bent
                    curve[self.clock_at[clock], moving : moving + 2] += bent
        index, mean, sigma = self.prior_at, self.prior_mean, self.prior_sigma
        miss_1 = (x[index] - mean) / sigma
        square = miss_1**2
        weight = np.where(self.prior_tail, 1 / (1 + square / HEIGHT_TAIL**2), 1.0)
        for source, own in self.prior_rows.items():
            normals[source][index[own], index[own]] += weight[own] / sigma[own] ** 2
        gradient[index] += weight * miss_1 / sigma
        loss = np.where(self.prior_tail, HEIGHT_TAIL**2 * np.log1p(square / HEIGHT_TAIL**2), square)
        return normals, gradient, chi2 + float(loss.sum()), curve

    def _priors(self) -> None:
        """Every prior: which unknown, its mean and standard deviation, whether its pull ends, and its source."""
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
        found += [("calibration", at, 0.0, 1.0) for at in range(first, self.cameras_end)]
        found += [("synchronisation", at, 0.0, 1.0) for at in range(self.cameras_end, self.size)]
        self.prior_at: NDArray[np.int64] = np.array([at for _, at, _, _ in found], dtype=np.int64)
        self.prior_mean = np.array([mean for _, _, mean, _ in found])
        self.prior_sigma = np.array([sigma for _, _, _, sigma in found])
        self.prior_tail = np.array([source == "body_point" for source, _, _, _ in found])
        self.prior_rows = {
            source: np.array([row for row, item in enumerate(found) if item[0] == source], dtype=np.int64)
            for source in SOURCES
        }

    def check(self, x: Array) -> None:
        """Raise ``Unsolvable`` where the solution lies behind a camera or outside what its lens can image."""
        places, _ = self.places(x)
        for view, own in self.rows_of_view.items():
            if not sees(self.scene.calibrations[view], self.state(view, x), places[own]).all():
                raise Unsolvable("sight_line_misses_pitch", self.scene.observations[int(own[0])].camera_id)
