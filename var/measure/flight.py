"""The ball's way through the air or over the grass, estimated from clicks in several cameras at once.

Between two touches the ball's centre moves as ``p + v t + a t^2 / 2``; the acceleration has a prior that holds gravity,
drag and rolling alike, so nobody has to say whether the ball flies. Gravity is straight, whatever the ground below: on
a crowned pitch the way is estimated over one level, that of the ground where the ball was, and what is told of it are
heights above the ground at each place. Touches are knots at which the way is continuous
and its velocity is not; when exactly a touch was, between two frames, is unknown and estimated too. Cameras and their
clocks are unknowns with what is known of them as priors, so that the covariance of every place on the way holds all
that the cameras share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from var.measure.calibration import Calibration
from var.measure.camera import Array, rotations, straighten
from var.measure.joint import Unsolvable
from var.measure.sight import STATE, root, seen, sees, state_of
from var.measure.sight import slopes as state_slopes
from var.measure.surface import shape

SOURCES = ("calibration", "click", "flight", "synchronisation")

ACCELERATION_MPS2, ACCELERATION_SIGMA = (0.0, 0.0, -4.9), (8.0, 8.0, 6.0)
"""Mean and standard deviation an axis: gravity or the ground's push; drag of a ball of 0.43 kg and 22 cm at 25 m/s is
8 m/s^2 (0.5 rho c A v^2 / m with c = 0.25)."""

FASTEST_SIGMA_MPS = 40.0
"""The weak prior of a velocity: no ball is faster than some 50 m/s."""

ROUNDS, HALVINGS, SETTLED = 60, 8, 1e-6


@dataclass(frozen=True, slots=True)
class Sight:
    """A click on the ball's centre: pixel, its standard deviation, and the picture's instant in seconds."""

    camera_id: str
    time_s: float
    image_px: tuple[float, float]
    sigma_px: float

    @property
    def view(self) -> str:
        """Which calibration belongs to this picture: a camera that follows the ball's way stands still."""
        return self.camera_id


@dataclass(frozen=True, slots=True)
class Level:
    """From where the heights of a way count on a crowned pitch: the ground at ``y_m``. ``crown_m`` is what the cameras
    say of the crown, the mean of all."""

    y_m: float
    crown_m: float
    width_m: float

    def above_ground(self, place_m: Array) -> Array:
        """A place (3,) of the way with its height above the ground below it."""
        here, there = shape(np.array([place_m[1], self.y_m]), self.width_m)
        found: Array = place_m + np.array([0.0, 0.0, self.crown_m * (there - here)])
        return found


@dataclass(frozen=True, slots=True)
class Touch:
    """An instant at which the ball was touched, with its standard deviation in seconds."""

    time_s: float
    sigma_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """The posterior of the ball's way: ``mean`` (p,) and ``covariance`` (p, p) of all unknowns, the normal matrix of
    each source, ``chi2`` of all residuals and its ``degrees`` of freedom."""

    way: _Way
    mean: Array
    covariance: Array
    normals: Mapping[str, Array]
    chi2: float
    degrees: int
    level: Level | None = None

    def at(self, time_s: float) -> Array:
        """The centre (3,) at an instant, in metres of the pitch frame; z is the height above the ground there."""
        return self.place(time_s, self.mean)

    def place(self, time_s: float, x: Array) -> Array:
        """The centre (3,) at an instant on the way that has the unknowns ``x``, as ``at`` has it."""
        found = self.way.place(time_s, x)
        return found if self.level is None else self.level.above_ground(found)

    def knots(self) -> list[float]:
        """When the touches were, as estimated, in seconds."""
        return [float(value) for value in self.mean[self.way.knots_at : self.way.knots_at + self.way.count - 1]]

    def gradient(self, value: Callable[[Array], float]) -> Array:
        """The derivative (p,) of a function of the unknowns of the way alone."""
        slope = np.zeros(len(self.mean))
        for index in range(self.way.size):
            step = np.zeros(len(self.mean))
            step[index] = 1e-5
            slope[index] = (value(self.mean + step) - value(self.mean - step)) / 2e-5
        return slope

    def spread(self, slope: Array) -> tuple[float, dict[str, float]]:
        """Standard deviation of what has the derivative ``slope``, and what each source contributes to it."""
        gain = self.covariance @ slope
        share = {source: float(gain @ normal @ gain) for source, normal in self.normals.items()}
        total = float(np.sqrt(max(0.0, sum(share.values()))))
        return total, {source: float(np.sqrt(max(0.0, part))) for source, part in share.items()}


@dataclass(frozen=True, slots=True)
class _Way:
    """Where the unknowns of the way lie: an anchor (3), velocity and acceleration of each of ``count`` pieces, and the
    instants of the touches between them. Without a touch the anchor is the place at ``zero_s``."""

    count: int
    zero_s: float

    @property
    def knots_at(self) -> int:
        return 3 + 6 * self.count

    @property
    def size(self) -> int:
        return self.knots_at + self.count - 1

    def _piece(self, time_s: float, x: Array) -> tuple[int, float]:
        """The piece of an instant, and the instant from which it counts its seconds."""
        knots = x[self.knots_at : self.knots_at + self.count - 1]
        piece = int(np.searchsorted(knots, time_s))
        return piece, float(knots[max(0, piece - 1)]) if len(knots) else self.zero_s

    def place(self, time_s: float, x: Array) -> Array:
        """The centre (3,) at an instant."""
        piece, begins_s = self._piece(time_s, x)
        return self._moved(self.knot(max(0, piece - 1), x), piece, time_s - begins_s, x)

    def velocity(self, time_s: float, x: Array) -> Array:
        """How the centre moves (3,) at an instant, in metres a second."""
        piece, begins_s = self._piece(time_s, x)
        return self._speed(piece, time_s - begins_s, x)

    def slope(self, time_s: float, x: Array) -> Array:
        """The derivative (3, p) of the place at an instant."""
        found = np.zeros((3, len(x)))
        found[:, :3] = np.eye(3)
        last, begins_s = self._piece(time_s, x)
        for piece in range(min(1, last), last + 1):
            ends_s = time_s if piece == last else float(x[self.knots_at + piece])
            seconds = ends_s - (begins_s if piece == last else float(x[self.knots_at + piece - 1]))
            at = 3 + 6 * piece
            found[:, at : at + 3] = np.eye(3) * seconds
            found[:, at + 3 : at + 6] = np.eye(3) * (seconds * seconds / 2)
            if self.count > 1:  # the piece counts from its knot, and ends at the next
                found[:, self.knots_at + max(0, piece - 1)] -= self._speed(piece, seconds, x)
                if piece < last:
                    found[:, self.knots_at + piece] += self._speed(piece, seconds, x)
        return found

    def knot(self, number: int, x: Array) -> Array:
        """Where the ball is at a touch; the anchor for the first."""
        at: Array = x[:3]
        for piece in range(1, number + 1):
            lasts = x[self.knots_at + piece] - x[self.knots_at + piece - 1]
            at = self._moved(at, piece, float(lasts), x)
        return at

    @staticmethod
    def _moved(place: Array, piece: int, seconds: float, x: Array) -> Array:
        at = 3 + 6 * piece
        found: Array = place + x[at : at + 3] * seconds + x[at + 3 : at + 6] * (seconds * seconds / 2)
        return found

    @staticmethod
    def _speed(piece: int, seconds: float, x: Array) -> Array:
        at = 3 + 6 * piece
        found: Array = x[at : at + 3] + x[at + 3 : at + 6] * seconds
        return found


def fly(
    sights: Sequence[Sight],
    calibrations: Mapping[str, Calibration],
    clocks_s: Mapping[str, float],
    touches: Sequence[Touch] = (),
    *,
    rounds: int = ROUNDS,
) -> Flight:
    """The ball's way from ``sights`` by calibrated cameras whose clocks are known to ``clocks_s``, within ``rounds``.

    Raises ``Unsolvable``: ``sight_line_misses_pitch`` behind a camera, ``too_few_marks``, ``not_settled``.
    """
    system = _System(sights, calibrations, clocks_s, touches)
    if system.degrees < 1:
        raise Unsolvable("too_few_marks")
    x = system.start()
    normals, gradient, chi2 = system.equations(x)
    for _ in range(rounds):
        step = -np.linalg.solve(sum(normals.values()), gradient)
        for _ in range(HALVINGS):
            tried = system.equations(x + step)
            if tried[2] <= chi2 * (1 + 1e-9) + 1e-9:
                break
            step = step / 2
        x = x + step
        normals, gradient, chi2 = tried
        if float(np.abs(step[:3]).max()) < SETTLED:
            break
    else:
        raise Unsolvable("not_settled")
    system.check(x)
    covariance = np.asarray(np.linalg.inv(sum(normals.values())), dtype=np.float64)
    return Flight(system.way, x, covariance, normals, chi2, system.degrees, system.level(x))


class _System:
    """The residuals. Order of the unknowns: the way, cameras (whitened), clocks (whitened)."""

    def __init__(
        self,
        sights: Sequence[Sight],
        calibrations: Mapping[str, Calibration],
        clocks_s: Mapping[str, float],
        touches: Sequence[Touch],
    ) -> None:
        self.sights, self.calibrations, self.touches = sights, calibrations, sorted(touches, key=lambda t: t.time_s)
        self.clocks_s = clocks_s
        times = [sight.time_s for sight in sights]
        self.way = _Way(len(touches) + 1, float(np.mean(times)))
        self.cameras = tuple(dict.fromkeys(sight.camera_id for sight in sights))
        self.roots = {camera: root(calibrations[camera]) for camera in self.cameras}
        self.camera_at = {camera: self.way.size + STATE * k for k, camera in enumerate(self.cameras)}
        first = self.way.size + STATE * len(self.cameras)
        self.clock_at = {camera: first + k for k, camera in enumerate(self.cameras)}
        self.size = first + len(self.cameras)
        self.level_y_m = 0.0
        """At which y the ground has the level that heights count from; ``start`` puts it where the ball was."""

    @property
    def degrees(self) -> int:
        """Of freedom: two for a click, less place and velocities (accelerations and the rest have priors)."""
        return 2 * len(self.sights) - 3 - 3 * self.way.count

    def start(self) -> Array:
        """A straight line for each piece through where the sight lines of its clicks come nearest to each other."""
        x = np.zeros(self.size)
        knots = [touch.time_s for touch in self.touches]
        x[self.way.knots_at : self.way.knots_at + len(knots)] = knots
        anchor_s = knots[0] if knots else self.way.zero_s
        edges = [-np.inf, *knots, np.inf]
        lines = []
        for k in range(self.way.count):
            own = [s for s in self.sights if edges[k] <= s.time_s <= edges[k + 1]]
            lines.append(self._line(own if len(own) > 1 else list(self.sights), anchor_s))
        x[:3] = np.mean([line[0] for line in lines], axis=0)
        self.level_y_m = float(x[1])
        if (level := self.level(x)) is not None:  # sight lines meet over the level of the touchlines
            x[2] -= level.crown_m * shape(np.array([level.y_m]), level.width_m)[0]
        for k, (_, velocity) in enumerate(lines):
            x[3 + 6 * k : 6 + 6 * k] = velocity
            x[6 + 6 * k : 9 + 6 * k] = ACCELERATION_MPS2
        return x

    def level(self, x: Array) -> Level | None:
        """From where heights count; None on a flat pitch."""
        surfaces = [self.calibrations[camera].surface for camera in self.cameras]
        widths = [surface.width_m for surface in surfaces if surface is not None]
        if not widths:
            return None
        crown_m = float(np.mean([self.state(camera, x)[-1] for camera in self.cameras]))
        return Level(self.level_y_m, crown_m, widths[0])

    def _line(self, sights: Sequence[Sight], zero_s: float) -> tuple[Array, Array]:
        """Least squares for ``p + v t`` from the distances to the sight lines (linear)."""
        normal, right = 1e-9 * np.eye(6), np.zeros(6)
        normal[3:, 3:] += np.eye(3) * 1e-4
        for sight in sights:
            calibration = self.calibrations[sight.camera_id]
            flat = straighten(np.array([sight.image_px]), calibration.theta, calibration.fixed)
            if not np.isfinite(flat).all():
                raise Unsolvable("sight_line_misses_pitch", sight.camera_id)
            ray = np.array([*flat[0], 1.0]) @ rotations(calibration.theta[None, 5:8])[0]
            ray /= np.linalg.norm(ray)
            across = np.eye(3) - np.outer(ray, ray)
            rows = np.hstack([across, across * (sight.time_s - zero_s)])
            normal += rows.T @ rows
            right += rows.T @ across @ calibration.centre_m
        found = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
        return found[:3], found[3:]

    def state(self, camera: str, x: Array) -> Array:
        at = self.camera_at[camera]
        return state_of(self.calibrations[camera], self.roots[camera] @ x[at : at + STATE])

    def time_s(self, sight: Sight, x: Array) -> float:
        return sight.time_s + self.clocks_s[sight.camera_id] * float(x[self.clock_at[sight.camera_id]])

    def equations(self, x: Array) -> tuple[dict[str, Array], Array, float]:
        """The normal matrix (p, p) of each source, the gradient (p,) and the chi-square at ``x``."""
        normals = {source: np.zeros((self.size, self.size)) for source in SOURCES}
        gradient, chi2 = np.zeros(self.size), 0.0
        for camera in self.cameras:
            sights = [sight for sight in self.sights if sight.camera_id == camera]
            times = [self.time_s(sight, x) for sight in sights]
            places = np.array([self.way.place(time_s, x) for time_s in times])
            slopes = np.array([self.way.slope(time_s, x) for time_s in times])
            moves = np.array([self.way.velocity(time_s, x) for time_s in times])
            slopes[:, :, self.clock_at[camera]] = moves * self.clocks_s[camera]
            calibration, state, at = self.calibrations[camera], self.state(camera, x), self.camera_at[camera]
            along, with_state = state_slopes(calibration, state, places, self.level_y_m)
            rows = along @ slopes
            rows[:, :, at : at + STATE] += with_state @ self.roots[camera]
            sigma_px = np.array([sight.sigma_px for sight in sights])
            rows = (rows / sigma_px[:, None, None]).reshape(-1, self.size)
            off_px = seen(calibration, state, places, self.level_y_m) - np.array([sight.image_px for sight in sights])
            miss = (off_px / sigma_px[:, None]).ravel()
            normals["click"] += rows.T @ rows
            gradient += rows.T @ miss
            chi2 += float(miss @ miss)
        for source, index, mean, sigma in self.priors():
            off = (x[index] - mean) / sigma
            normals[source][index, index] += 1 / sigma**2
            gradient[index] += off / sigma
            chi2 += float(off**2)
        return normals, gradient, chi2

    def priors(self) -> list[tuple[str, int, float, float]]:
        """Every prior as (source, unknown, mean, standard deviation)."""
        found = []
        for piece in range(self.way.count):
            at = 3 + 6 * piece
            for axis in range(3):
                found.append(("flight", at + axis, 0.0, FASTEST_SIGMA_MPS))
                found.append(("flight", at + 3 + axis, ACCELERATION_MPS2[axis], ACCELERATION_SIGMA[axis]))
        for number, touch in enumerate(self.touches):
            found.append(("flight", self.way.knots_at + number, touch.time_s, touch.sigma_s))
        cameras_end = self.way.size + STATE * len(self.cameras)
        found += [("calibration", at, 0.0, 1.0) for at in range(self.way.size, cameras_end)]
        found += [("synchronisation", at, 0.0, 1.0) for at in range(cameras_end, self.size)]
        return found

    def check(self, x: Array) -> None:
        """Raise ``Unsolvable`` where the way lies behind a camera or outside what its lens can image."""
        for sight in self.sights:
            place = self.way.place(self.time_s(sight, x), x)
            state = self.state(sight.camera_id, x)
            if not sees(self.calibrations[sight.camera_id], state, place[None], self.level_y_m)[0]:
                raise Unsolvable("sight_line_misses_pitch", sight.camera_id)
