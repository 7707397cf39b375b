"""The attack: a through ball, and a runner whose foremost point is past the second-last opponent by a chosen margin."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.synthetic.body import INDEX, LAW11_INDEX
from var.synthetic.flight import RADIUS_M, Ball, Lead, Pass
from var.synthetic.paths import Key, Path, path
from var.synthetic.scene import GRID_S, Motion, Person, Scene, Side, Task, moving, person_points

Floats = NDArray[np.float64]

KICK_S = Fraction(55_137, 10_000)
"""The first touch of the through ball; none of the cameras of ``ground_cameras`` has a picture within 3 ms of it."""

WHISTLE_S = Fraction(10_650, 1000)
K = float(KICK_S)
RECEIVED_S, SHOT_S, GOAL_S = K + 1.9, K + 3.35, K + 3.95

ATTACKER, PASSER, FIRST, DEFENDER, KEEPER = "home-9", "home-8", "home-6", "away-4", "away-1"

HEIGHTS_M = {ATTACKER: 1.81, DEFENDER: 1.86}

LEADS: dict[str, tuple[Key, ...]] = {
    # The runner comes from a jog into a sprint behind the line; scores; turns away along the near side.
    ATTACKER: (
        (-1.0, 20.5, -10.0), (2.0, 22.3, -9.6), (4.2, 25.4, -8.3, 3.4, 0.8), (K, 31.0, -7.0, 6.4, 0.7),
        (K + 1.0, 37.4, -5.9, 6.2, 1.3), (RECEIVED_S, 42.4, -4.2, 4.9, 1.6), (SHOT_S, 47.2, -2.0, 2.6, 0.6),
        (K + 4.6, 48.6, -4.0, -1.0, -4.5), (K + 6.6, 43.5, -15.0, -2.5, -4.0), (15.0, 38.0, -22.0),
    ),
    PASSER: (
        (-1.0, 7.5, 6.5), (1.5, 9.3, 5.6), (2.8, 11.2, 5.0, 1.7, -0.4), (K, 17.2, 3.6, 2.6, -0.6),
        (K + 1.2, 20.2, 2.6), (K + 4.0, 30.0, 0.5, 3.0, -0.5), (15.0, 40.0, -12.0),
    ),
    FIRST: ((-1.0, 3.2, -7.0), (0.8, 5.6, -6.6, 1.3, 0.2), (2.5, 7.6, -6.0), (K, 11.0, -5.5), (15.0, 27.0, -6.0)),
    # The second-last opponent steps up, sees the pass, turns and chases.
    DEFENDER: (
        (-1.0, 27.6, 6.6), (2.0, 30.2, 6.2), (4.1, 32.7, 5.5, 0.3, -0.2), (K, 31.0, 5.0, -1.35, -0.25),
        (K + 0.6, 30.8, 4.9, 0.9, -0.3), (K + 2.0, 36.6, 2.2, 5.4, -2.2), (SHOT_S, 44.0, -0.6, 4.6, -1.2),
        (K + 5.2, 48.5, -1.0), (15.0, 49.0, 0.5),
    ),
    KEEPER: (
        (-1.0, 48.6, 0.6), (K, 48.9, 0.2), (K + 1.6, 49.6, -0.6, 0.2, -0.8), (SHOT_S, 50.6, -1.4, 0.3, 0.2),
        (GOAL_S + 0.2, 51.6, 0.6, 0.5, 2.2), (K + 6.0, 52.0, 1.6), (15.0, 51.0, 1.6),
    ),
}  # fmt: skip
"""Key positions of those who make the incident: (match time in s, x, y in m[, velocity])."""

OTHERS: dict[str, tuple[float, float, float, float]] = {
    "home-1": (-38.0, 0.4, 0.30, 0.0),
    "home-2": (4.0, -25.0, 0.60, 1.0),
    "home-4": (-4.5, -7.5, 0.55, 0.3),
    "home-5": (-5.0, 7.0, 0.55, 0.3),
    "home-3": (6.0, 24.0, 0.60, 1.0),
    "home-7": (24.5, -20.5, 0.85, 3.2),
    "home-10": (27.3, 11.5, 0.85, 3.4),
    "home-11": (25.5, 22.0, 0.85, 2.8),
    "away-2": (29.4, 15.6, 0.60, 3.6),
    "away-5": (29.3, -2.6, 0.60, 4.2),
    "away-3": (29.2, -16.8, 0.60, 3.6),
    "away-6": (23.0, 1.0, 0.75, 3.2),
    "away-8": (22.0, -9.0, 0.75, 2.8),
    "away-7": (21.0, 17.5, 0.70, 2.4),
    "away-11": (18.8, -14.5, 0.70, 2.0),
    "away-10": (13.6, 6.6, 0.65, 1.6),
    "away-9": (6.5, -1.0, 0.50, 0.6),
    "referee": (9.5, -1.5, 0.85, 2.2),
    "assistant": (31.0, 35.0, 0.55, 3.6),
}
"""The rest: x, y in m at the kick, how far they go along with the play, and how fast they run after the kick (m/s)."""


def _others(person_id: str, rng: np.random.Generator) -> Path:
    """The path of somebody who goes along with the play; before and after the kick he wanders a little."""
    x, y, gain, chase = OTHERS[person_id]
    wander = rng.normal(0.0, 0.5, size=(7, 2))
    if person_id == "assistant":
        wander[:, 1] = 0.0
    pull = 0.0 if person_id == "assistant" else -0.05 * y
    after = min(chase * 2.6, 46.5 - x) if chase else 0.0
    pace = after / 2.6
    keys: list[Key] = [
        (-1.0, x - 8.5 * gain + wander[0, 0], y + 2.0 * wander[0, 1]),
        (1.2, x - 6.0 * gain + wander[1, 0], y + 1.6 * wander[1, 1]),
        (3.4, x - 2.6 * gain + 0.6 * wander[2, 0], y + 0.8 * wander[2, 1]),
        (K, x, y, 1.1 * gain, 0.2 * wander[3, 1]),
        (K + 1.2, x + 0.8 * gain + 0.30 * after, y + 0.4 * pull, 0.95 * pace, 0.5 * pull),
        (K + 3.2, x + 0.8 * gain + 0.95 * after, y + 1.6 * pull, 0.5 * pace, 0.2 * pull),
        (K + 5.5, x + 1.6 * gain + 1.12 * after + wander[4, 0], y + 1.9 * pull + wander[4, 1]),
        (15.0, x + 1.2 * gain + 1.1 * after + wander[5, 0], y + 1.7 * pull + 2.0 * wander[5, 1]),
    ]
    return path(keys)


def _persons(rng: np.random.Generator) -> tuple[Person, ...]:
    made: list[Person] = []
    for side in (Side.HOME, Side.AWAY):
        for number in range(1, 12):
            task = Task.KEEPER if number == 1 else Task.PLAYER
            height = float(np.round(rng.uniform(1.69, 1.86) + (0.04 if number == 1 else 0.0), 3))
            height = HEIGHTS_M.get(f"{side}-{number}", height)
            made.append(
                Person(f"{side}-{number}", side, task, number, height, int(rng.integers(3)), int(rng.integers(3)))
            )
    made.append(Person("referee", Side.OFFICIALS, Task.REFEREE, 0, 1.78, 1, 0))
    made.append(Person("assistant", Side.OFFICIALS, Task.ASSISTANT, 0, 1.76, 0, 1))
    return tuple(made)


def attack_scene(margin_m: float, seed: int = 1) -> Scene:
    """The attack with ``home-9`` exactly ``margin_m`` past the second-last opponent (``away-4``) at the kick.

    The margin is along x between the two players' Law 11 points nearest to the goal line; negative is onside. The
    same seed gives the same scene. Between scenes that differ in the margin alone ``home-9`` and the ball after the
    kick are moved by the difference, and some people look a little elsewhere.

    Raises ``BadValue`` for a margin beyond 1.5 m: the play is not made for that.
    """
    if not abs(margin_m) <= 1.5:
        raise BadValue("var.errors.bad_margin", margin_m=margin_m)
    rng = np.random.default_rng(seed)
    persons = _persons(rng)
    by_id = {person.id: person for person in persons}
    routes = {
        person.id: path(LEADS[person.id]) if person.id in LEADS else _others(person.id, rng) for person in persons
    }
    phases = {person.id: (K, float(rng.uniform(0.0, 2.0 * np.pi))) for person in persons}
    # At the kick: the attacker's right foot and the passer's right foot are farthest forward, the defender, who goes
    # backward up the pitch, has his left foot behind him, toward his own goal.
    phases |= {ATTACKER: (K, 0.0), PASSER: (K, -0.25), DEFENDER: (K, 0.0)}

    def runner(person_id: str, route: Path, kick_s: float) -> Motion:
        return moving(route, gaze_m=None, gaze_mps=0.0, phase_at=phases[person_id], kicks=((kick_s, 1.0),))

    passer = runner(PASSER, routes[PASSER], K)
    ahead = np.array([-40.0, 0.0]) + np.zeros(
        (len(GRID_S), 1)
    )  # before the kick the defender watches play up the pitch
    ball_side = np.where(GRID_S[:, None] < K + 0.2, ahead, [80.0, 0.0])
    defender = moving(routes[DEFENDER], gaze_m=ball_side, gaze_mps=2.4, phase_at=phases[DEFENDER])
    free = runner(ATTACKER, routes[ATTACKER], SHOT_S)

    def scene(motions: dict[str, Motion], ball: Ball) -> Scene:
        ordered = tuple(motions[person.id] for person in persons)
        return Scene(persons, ordered, ball, KICK_S, WHISTLE_S, margin_m, ATTACKER, DEFENDER, PASSER, seed)

    # The body does not change its shape when its path moves along x, so the shift is the difference, found once.
    reach = _reach(by_id[ATTACKER], free)
    line = _reach(by_id[DEFENDER], defender)
    shifted = routes[ATTACKER].moved(line + margin_m - reach)
    attacker = replace(free, path=shifted)
    ball = _ball(by_id[PASSER], passer, routes[FIRST], shifted)
    seen = ball.at(GRID_S)[:, :2]
    motions = {PASSER: passer, ATTACKER: attacker, DEFENDER: defender}
    for person in persons:
        if person.id not in motions:
            motions[person.id] = moving(routes[person.id], gaze_m=seen, gaze_mps=2.2, phase_at=phases[person.id])
    return scene(motions, ball)


def _reach(person: Person, motion: Motion) -> float:
    """How far toward the attacked goal a person's Law 11 points reach at the kick, x in metres."""
    return float(person_points(person, motion, np.array([K]))[0, LAW11_INDEX, 0].max())


def _ball(passer: Person, passing: Motion, first: Path, runner: Path) -> Ball:
    """The ball's way: played to the passer, led, kicked through at his toe, led, shot, and down in the net."""
    toe = person_points(passer, passing, np.array([K]))[0, INDEX["right_toe"]]
    place, velocity = passing.path.at(np.array([K]))
    heading = np.append(velocity[0] / np.linalg.norm(velocity[0]), 0.0)
    contact = toe + heading * RADIUS_M
    contact[2] = max(RADIUS_M, float(toe[2]))
    at_foot = contact - np.append(place[0], 0.0)

    def beside(route: Path, time_s: float, offset: Floats) -> Floats:
        return np.append(route.at(np.array([time_s]))[0][0], 0.0) + offset

    low = np.array([0.60, 0.05, RADIUS_M])
    start, taken = Lead(-1.0, 0.8, first, low, 0.25, 2), 2.8
    flat = np.array([at_foot[0], at_foot[1], at_foot[2]])
    net = np.array([53.9, 2.45, 1.05])
    shot_from = beside(runner, SHOT_S, low)
    return Ball(
        (
            start,
            Pass(0.8, taken, beside(first, 0.8, low), beside(passing.path, taken, flat), drag=0.3),
            Lead(taken, K, passing.path, flat, 0.45, 3),
            Pass(K, RECEIVED_S, contact, beside(runner, RECEIVED_S, low), drag=0.38, arc_m=0.35),
            Lead(RECEIVED_S, SHOT_S, runner, low, 0.5, 2),
            Pass(SHOT_S, GOAL_S, shot_from, net, drag=0.12, arc_m=0.15),
            Pass(GOAL_S, GOAL_S + 0.45, net, np.array([53.6, 2.4, RADIUS_M]), drag=-1.0),
            Pass(
                GOAL_S + 0.45, GOAL_S + 1.6, np.array([53.6, 2.4, RADIUS_M]), np.array([53.3, 2.1, RADIUS_M]), drag=1.0
            ),
        )
    )
