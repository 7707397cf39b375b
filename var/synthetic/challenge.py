"""A challenge for the ball: where attacker, offender, ball and further defenders truly are on the ground, and how
people click them. Drawn anew for each trial, thousands a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from var.measure.pitch import BALL_RADIUS_M, GOAL_WIDTH_M, Pitch
from var.measure.standing import ALIKE, BALL_NAME, STANCE_SIGMA_M, Step
from var.synthetic.camera import Camera, observe

Floats = NDArray[np.float64]

FRAME_S = Fraction(1, 25)


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Somebody on the ground: at instant 0 at ``place_m`` (2,) with ``mps`` (2,), changed by ``mps2`` (2,)."""

    place_m: Floats
    mps: Floats
    mps2: Floats

    def at(self, time_s: float) -> Floats:
        """The place (2,) at an instant."""
        return np.asarray(self.place_m + self.mps * time_s + self.mps2 * time_s**2 / 2)

    def mean_mps(self, starts_s: float, ends_s: float) -> Floats:
        """The mean velocity (2,) between two instants."""
        return (self.at(ends_s) - self.at(starts_s)) / (ends_s - starts_s)


@dataclass(frozen=True, slots=True, eq=False)
class Challenge:
    """Who is where; ``walks`` by the names of ``var.foul.notes`` (``attacker``, ``offender``, ``ball``...). The
    attacker plays toward +x."""

    walks: Mapping[str, Walk]
    pitch: Pitch

    def apart_m(self, one: str, other: str, time_s: float = 0.0) -> float:
        """How far two are apart on the ground."""
        return float(np.hypot(*(self.walks[one].at(time_s) - self.walks[other].at(time_s))))

    def goal_m(self, name: str) -> float:
        """How far somebody is from the goal line between the posts, at instant 0."""
        x, y = self.walks[name].at(0.0)
        return float(np.hypot(x - self.pitch.length_m / 2, max(abs(y) - GOAL_WIDTH_M / 2, 0.0)))

    def closing_mps(self, starts_s: float, ends_s: float) -> float:
        """How fast attacker and offender come nearer along the line between them at the start, in the mean."""
        attacker, offender = self.walks["attacker"], self.walks["offender"]
        along = attacker.at(starts_s) - offender.at(starts_s)
        moving = attacker.mean_mps(starts_s, ends_s) - offender.mean_mps(starts_s, ends_s)
        return float(-(moving @ along) / np.hypot(*along))


def drawn_challenge(random: np.random.Generator, pitch: Pitch, *, braking_mps2: float = 0.0) -> Challenge:
    """A challenge in front of the right-hand goal; ``braking_mps2`` is the standard deviation of accelerations."""

    def walk(place: Floats, mps: Floats) -> Walk:
        return Walk(place, mps, random.normal(0.0, braking_mps2, 2) if braking_mps2 else np.zeros(2))

    attacker = np.array([random.uniform(28.0, 36.0), random.uniform(-7.0, 6.0)])
    offender = attacker + _around(random, 0.5, 3.0)
    walks = {
        "attacker": walk(attacker, random.normal(0.0, 3.0, 2)),
        "offender": walk(offender, random.normal(0.0, 3.0, 2)),
        BALL_NAME: walk(attacker + _around(random, 0.5, 4.0), random.normal(0.0, 4.0, 2)),
    }
    for number in (1, 2, 3):
        place = attacker + np.array([random.uniform(-3.0, 5.0), random.uniform(-5.0, 5.0)])
        walks[f"defender_{number}"] = walk(place, random.normal(0.0, 3.0, 2))
    return Challenge(walks, pitch)


def clicked_challenge(
    random: np.random.Generator,
    challenge: Challenge,
    cameras: Sequence[Camera],
    times_s: Sequence[Fraction],
    *,
    click_px: float,
    clock_s: float = 0.0,
    stance_m: float = STANCE_SIGMA_M,
) -> tuple[Step, ...]:
    """The clicks of a person on the pictures at ``times_s``: each is off by ``click_px``, each point below a body by
    ``stance_m`` an axis and picture, in part alike in all pictures of an instant, and the clocks of all cameras but the
    first by ``clock_s``."""
    steps = []
    late_s = {camera.id: 0.0 if camera is cameras[0] else float(random.normal(0.0, clock_s)) for camera in cameras}
    for name, walk in challenge.walks.items():
        ball = name == BALL_NAME
        height = float(random.normal(BALL_RADIUS_M, 0.01) if ball else random.normal(0.0, 0.02))
        for at_s in times_s:
            if at_s and name.startswith("defender"):
                continue  # of interest at the contact alone
            alike = random.normal(0.0, stance_m * np.sqrt(ALIKE), 2)
            for camera in cameras:
                off = np.zeros(2) if ball else alike + random.normal(0.0, stance_m * np.sqrt(1 - ALIKE), 2)
                place = np.append(walk.at(float(at_s) + late_s[camera.id]) + off, height)
                u, v = observe(camera, place[None])[0] + random.normal(0.0, click_px, 2)
                sigma_s = 0.0 if camera is cameras[0] else clock_s
                steps.append(Step(name, camera.id, camera.id, at_s, (float(u), float(v)), sigma_s, click_px))
    return tuple(steps)


def _around(random: np.random.Generator, least_m: float, most_m: float) -> Floats:
    turn, away = random.uniform(0.0, 2 * np.pi), random.uniform(least_m, most_m)
    return np.asarray(away * np.array([np.cos(turn), np.sin(turn)]))
