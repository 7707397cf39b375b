"""Two players at a kick: an attacker and the second-last opponent with the whole body, and the true margin between
them at any instant. Drawn anew for each decision, thousands a second."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from var.synthetic import body
from var.synthetic.body import LAW11_INDEX, LAW11_PARTS

Floats = NDArray[np.float64]


IN_AIR = 0.15
"""This share of the players is off the ground by up to ``LIFT_M``: besides a runner's own flight phases some jump for
the ball, are tackled or stumble."""

LIFT_M = 0.35

ELEVATED_M = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Runner:
    """Somebody who runs straight on at one speed; instants count from his reference, where the pelvis is above
    ``root_m`` (2,) and the gait has ``phase_rad``. Lengths in metres of the pitch frame."""

    root_m: Floats
    velocity_mps: Floats
    facing_rad: float
    phase_rad: float
    height_m: float
    lift_m: float = 0.0

    def points(self, times_s: ArrayLike) -> Floats:
        """Body points (times, 18, 3) in the order of ``body.PARTS``."""
        times = np.atleast_1d(np.asarray(times_s, dtype=float))
        speed = np.full(times.shape, float(np.hypot(*self.velocity_mps)))
        posed = body.pose(
            self.root_m + times[:, None] * self.velocity_mps,
            np.repeat(self.velocity_mps[None], len(times), axis=0),
            np.full(times.shape, self.facing_rad),
            self.phase_rad + body.phase_rate(speed) * times,
            np.full(times.shape, self.height_m),
            np.zeros(times.shape),
        )
        posed[..., 2] += self.lift_m
        return posed

    def part(self, name: str, time_s: float) -> Floats:
        """One body point (3,) by its name in ``body.PARTS``."""
        return np.asarray(self.points(time_s)[0, body.INDEX[name]], dtype=np.float64)

    def reach(self, time_s: float) -> Floats:
        """The x (12,) of each Law 11 point, in the order of ``LAW11_PARTS``."""
        return np.asarray(self.points(time_s)[0, LAW11_INDEX, 0], dtype=np.float64)

    def moved(self, along_m: float) -> Runner:
        """The same runner ``along_m`` farther along the pitch."""
        return replace(self, root_m=self.root_m + np.array([along_m, 0.0]))


@dataclass(frozen=True, slots=True, eq=False)
class Duel:
    """An attacker toward +x and the second-last opponent."""

    attacker: Runner
    defender: Runner

    def margin_m(self, time_s: float) -> float:
        """How far the attacker's foremost Law 11 point is past the opponent's, in metres."""
        return float(self.attacker.reach(time_s).max() - self.defender.reach(time_s).max())

    def foremost(self, runner: Runner, time_s: float) -> str:
        """The name of a runner's foremost Law 11 point."""
        return LAW11_PARTS[int(np.argmax(runner.reach(time_s)))]


def drawn_runner(random: np.random.Generator, root_m: Floats, forward_mps: tuple[float, float]) -> Runner:
    """A runner at ``root_m``: the speed along the pitch is drawn from ``forward_mps``, that across it with a standard
    deviation of 1.5 m/s, he looks where he runs, give or take half a radian, and now and then he is in the air."""
    velocity = np.array([random.uniform(*forward_mps), random.normal(0.0, 1.5)])
    facing = float(np.arctan2(velocity[1], velocity[0]) + random.normal(0.0, 0.5))
    phase, height = float(random.uniform(0.0, 2 * np.pi)), float(random.normal(1.78, 0.07))
    lift = float(random.uniform(0.0, LIFT_M)) if random.uniform() < IN_AIR else 0.0
    return Runner(root_m, velocity, facing, phase, height, lift)


def drawn_duel(
    random: np.random.Generator,
    line_x_m: float,
    ys_m: tuple[float, float],
    margin_m: float,
    *,
    elevated: bool = False,
    attack_mps: tuple[float, float] = (0.0, 8.5),
    defence_mps: tuple[float, float] = (-3.0, 6.5),
) -> Duel:
    """A pair whose true margin at instant 0 is ``margin_m``, with the defender's foremost point on ``line_x_m``.

    With ``elevated`` at least one of the two governing points is higher than a foot in a stride.
    """
    while True:
        attacker = drawn_runner(random, np.array([0.0, ys_m[0]]), attack_mps)
        defender = drawn_runner(random, np.array([0.0, ys_m[1]]), defence_mps)
        heights = [
            float(runner.points(0.0)[0, LAW11_INDEX[int(np.argmax(runner.reach(0.0)))], 2])
            for runner in (attacker, defender)
        ]
        if not elevated or max(heights) > ELEVATED_M:
            break
    defender = defender.moved(line_x_m - float(defender.reach(0.0).max()))
    attacker = attacker.moved(line_x_m + margin_m - float(attacker.reach(0.0).max()))
    return Duel(attacker, defender)
