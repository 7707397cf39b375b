"""The world: who is on the pitch, where every body point and the ball are at any instant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.errors import BadValue
from var.model import AttackDirection
from var.synthetic import body, paths
from var.synthetic.body import LAW11_INDEX, LAW11_PARTS, PARTS
from var.synthetic.flight import Ball

Floats = NDArray[np.float64]

STEP_S = 0.005
FROM_S, TO_S = -1.0, 15.0
"""Gait and facing are integrated on this grid of match time once; between its points they are linear."""

GRID_S: Floats = np.linspace(FROM_S, TO_S, round((TO_S - FROM_S) / STEP_S) + 1)


class Side(StrEnum):
    """Which team a person belongs to; home attacks."""

    HOME = "home"
    AWAY = "away"
    OFFICIALS = "officials"


class Task(StrEnum):
    """What a person does on the pitch."""

    PLAYER = "player"
    KEEPER = "keeper"
    REFEREE = "referee"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the pitch. ``id`` is ``home-9``, ``away-1``, ``referee`` or ``assistant``."""

    id: str
    side: Side
    task: Task
    number: int
    height_m: float
    skin: int = 0
    hair: int = 0


@dataclass(frozen=True, eq=False)
class Motion:
    """How one person moves: path of the pelvis, facing and gait phase on ``GRID_S``, and kicks (instant, strength)."""

    path: paths.Path
    facing_rad: Floats
    phase_rad: Floats
    kicks: tuple[tuple[float, float], ...] = ()

    def kick_rad(self, times_s: Floats) -> Floats:
        """Extra forward swing of the right leg: back before a kick, through after it."""
        extra = np.zeros_like(times_s)
        for at_s, strength in self.kicks:
            extra -= strength * 0.55 * np.exp(-(((times_s - at_s + 0.17) / 0.08) ** 2))
            extra += strength * 0.45 * np.exp(-(((times_s - at_s - 0.11) / 0.12) ** 2))
        return extra


@dataclass(frozen=True, eq=False)
class Scene:
    """A simulated passage of play; every question about it is answered for any instant of match time.

    Pitch frame: metres, origin at the centre spot, +x toward the goal that is attacked, +y to the far touchline, +z up.
    """

    persons: tuple[Person, ...]
    motions: tuple[Motion, ...]
    ball: Ball
    kick_s: Fraction
    whistle_s: Fraction
    margin_m: float
    attacker_id: str
    defender_id: str
    passer_id: str
    seed: int
    pitch_m: tuple[float, float] = (105.0, 68.0)
    attack: AttackDirection = AttackDirection.RIGHT
    duration_s: Fraction = Fraction(12)

    def index(self, person_id: str) -> int:
        """The row of a person in every array. Raises ``BadValue`` for nobody of this scene."""
        for i, person in enumerate(self.persons):
            if person.id == person_id:
                return i
        raise BadValue("var.errors.no_such_person", person=person_id)

    def points(self, times_s: ArrayLike) -> Floats:
        """Body points (times, persons, 18, 3) in metres; parts in the order of ``body.PARTS``."""
        times = np.atleast_1d(np.asarray(times_s, dtype=float))
        states = [_state(p, m, times) for p, m in zip(self.persons, self.motions, strict=True)]
        return body.pose(*(np.stack(parts, axis=1) for parts in zip(*states, strict=True)))

    def body_points(self, time_s: float | Fraction) -> dict[str, dict[str, Floats]]:
        """Each person's body points (3,) in metres by name at one instant."""
        now = self.points([float(time_s)])[0]
        return {p.id: dict(zip(PARTS, now[i], strict=True)) for i, p in enumerate(self.persons)}

    def ball_m(self, times_s: ArrayLike) -> Floats:
        """Centre of the ball (times, 3) in metres."""
        return self.ball.at(np.atleast_1d(np.asarray(times_s, dtype=float)))

    def governing(self, person_id: str, time_s: float | Fraction) -> tuple[str, Floats]:
        """The Law 11 point of a person that is nearest to the attacked goal line: its name and its place (3,)."""
        i = self.index(person_id)
        points = person_points(self.persons[i], self.motions[i], np.array([float(time_s)]))[0, LAW11_INDEX]
        best = int(np.argmax(points[:, 0]))
        return LAW11_PARTS[best], points[best]

    def margin_at(self, time_s: float | Fraction) -> float:
        """How far the attacker's foremost Law 11 point is past the second-last opponent's at an instant, in metres.

        Whoever is the second-last opponent then is looked up among all of them, the keeper included.
        """
        opponents = [p.id for p in self.persons if p.side is Side.AWAY]
        reach = sorted(float(self.governing(person_id, time_s)[1][0]) for person_id in opponents)
        return float(self.governing(self.attacker_id, time_s)[1][0]) - reach[-2]


def _state(person: Person, motion: Motion, times_s: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """What ``body.pose`` wants to know, each with the times first."""
    place, velocity = motion.path.at(times_s)
    return (
        place,
        velocity,
        np.interp(times_s, GRID_S, motion.facing_rad),
        np.interp(times_s, GRID_S, motion.phase_rad),
        np.full(times_s.shape, person.height_m),
        motion.kick_rad(times_s),
    )


def person_points(person: Person, motion: Motion, times_s: Floats) -> Floats:
    """Body points (times, 18, 3) of one person."""
    return body.pose(*_state(person, motion, times_s))


def moving(
    path: paths.Path,
    *,
    gaze_m: Floats | None,
    gaze_mps: float,
    phase_at: tuple[float, float],
    kicks: tuple[tuple[float, float], ...] = (),
) -> Motion:
    """The motion of somebody along ``path`` who looks where he runs and toward ``gaze_m`` (grid, 2), the ball.

    Below about ``gaze_mps`` of speed the look wins. ``phase_at`` fixes the gait: (instant in s, phase in rad there).
    """
    place, velocity = path.at(GRID_S)
    wanted = velocity.copy()
    if gaze_m is not None:
        sight = gaze_m - place
        wanted += gaze_mps * sight / np.maximum(np.linalg.norm(sight, axis=1, keepdims=True), 1.0)
    # Somebody who stands still and looks at nothing keeps the way he faced.
    weight = 1e-3 * np.exp(-0.5 * ((GRID_S[:, None] - GRID_S[None, ::200]) / 1.0) ** 2)
    wanted += weight @ wanted[::200] + 1e-9
    window = np.hanning(91)
    padded = np.pad(wanted, ((45, 45), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(padded[:, c], window / window.sum(), mode="valid") for c in (0, 1)], axis=1)
    facing = np.unwrap(np.arctan2(smooth[:, 1], smooth[:, 0]))
    rate = body.phase_rate(np.hypot(velocity[:, 0], velocity[:, 1]))
    phase = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) * STEP_S / 2.0)])
    at_s, value = phase_at
    return Motion(path, facing, phase + value - np.interp(at_s, GRID_S, phase), kicks)
