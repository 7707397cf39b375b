"""Aids to a foul review: distances, places and speeds from calibrated views, each a measurement or the reason why there
is none. They say where people were and how fast; what that means for the Laws is for people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from touchline.measure import Measurement
from var.foul.notes import Who
from var.measure.camera import Array
from var.measure.inside import around_corner, chance_inside, inside_m, slope_at
from var.measure.pitch import GOAL_WIDTH_M, Pitch
from var.measure.standing import Estimated, Standing

METHOD = "joint maximum a posteriori of all places, velocities and cameras"

NEAR = 3.0
"""Below so many standard deviations a distance bends: it cannot be negative, and its interval is made wider."""

ROUND = math.sqrt(5.991464547107979) / 1.959963984540054
"""A circle of 95 % is so much wider than an interval of 95 % (chi-square of two degrees of freedom)."""

SURE = 0.975
"""From this chance on something counts as sure, and below one minus it as sure not to be."""

WORST_M, WORST_MPS, WORST_DEG = 2.0, 5.0, 45.0
"""A standard deviation beyond which a number would only mislead: it reads as too uncertain."""

SHORTEST_S = 0.019
"""Two pictures nearer than one frame of 50 a second tell no speed."""

PEOPLE = (Who.ATTACKER.value, Who.OFFENDER.value)
AIDS = (
    "offender_attacker",
    "offender_ball",
    "attacker_ball",
    "attacker_goal",
    "attacker_goal_middle",
    "attacker_in_area",
    "offender_in_area",
    "closing_speed",
    "approach",
    "defenders_goal_side",
    "defenders_in_way",
)
"""The names of the aids in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why an aid is as it is, or is none: a text of ``var.foul_aids.reason``, the angle or the person it names."""

    code: str
    camera: str | None = None
    who: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"reason": self.code, "camera": self.camera, "who": self.who}


@dataclass(frozen=True, slots=True)
class Aid:
    """One aid. ``measured`` is None where it is refused, and ``reasons`` say why; an aid that counts people has
    ``count``: surely so many, possibly so many. ``chance`` is how likely a place is inside (0 to 1); ``edge`` the line
    of the penalty area that is nearest; ``from_s`` and ``to_s`` between which instants, counted from the contact, a
    speed was measured; ``budget`` what each source contributes to the standard deviation."""

    key: str
    measured: Measurement | None = None
    reasons: tuple[Why, ...] = ()
    count: tuple[int, int] | None = None
    chance: float | None = None
    edge: str | None = None
    from_s: float | None = None
    to_s: float | None = None
    budget: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether nothing could be measured."""
        return self.measured is None and self.count is None

    def document(self) -> dict[str, Any]:
        """The aid as a JSON-ready document."""
        return {
            "aid": self.key,
            "measured": None if self.measured is None else self.measured.document(),
            "count": None if self.count is None else {"surely": self.count[0], "possibly": self.count[1]},
            "chance": self.chance,
            "edge": self.edge,
            "between_s": None if self.from_s is None else [self.from_s, self.to_s],
            "budget": dict(self.budget) or None,
            "reasons": [why.document() for why in self.reasons],
        }


def refused(reasons: Sequence[Why]) -> tuple[Aid, ...]:
    """Every aid, refused for the same reasons."""
    return tuple(Aid(key, reasons=tuple(reasons)) for key in AIDS)


def aids_of(standing: Standing, pitch: Pitch, sign: int, absent: Mapping[str, Why] | None = None) -> tuple[Aid, ...]:
    """All aids, in the order of ``AIDS``; ``sign`` is +1 where the attacker plays toward +x. ``absent`` says why
    somebody who was marked is not among those who stand: off the ground, on an angle that cannot be used."""
    return _Measuring(standing, pitch, sign, absent or {}).all()


@dataclass(frozen=True, slots=True)
class _Measuring:
    standing: Standing
    pitch: Pitch
    sign: int
    absent: Mapping[str, Why]

    def all(self) -> tuple[Aid, ...]:
        attacker, offender, ball = Who.ATTACKER.value, Who.OFFENDER.value, Who.BALL.value
        return (
            self.distance("offender_attacker", offender, attacker),
            self.distance("offender_ball", offender, ball),
            self.distance("attacker_ball", attacker, ball),
            self.to_goal("attacker_goal", attacker, GOAL_WIDTH_M / 2),
            self.to_goal("attacker_goal_middle", attacker, 0.0),
            self.in_area("attacker_in_area", attacker),
            self.in_area("offender_in_area", offender),
            self.closing(),
            self.approach(),
            self.defenders("defenders_goal_side"),
            self.defenders("defenders_in_way"),
        )

    def missing(self, *names: str, near: bool = True) -> tuple[Why, ...]:
        """Why ``names`` cannot be measured; empty where all of them were clicked, and ``near`` the contact."""
        found = []
        for name in names:
            if name not in self.standing.names:
                found.append(self.absent.get(name, Why("not_marked", who=name)))
            elif near and not self.standing.is_near(name):
                found.append(Why("not_near_contact", who=name))
        return tuple(found)

    def _aid(self, key: str, found: Estimated, unit: str, worst: float, **more: Any) -> Aid:
        if not math.isfinite(found.value + found.sigma) or found.sigma > worst:
            return Aid(key, reasons=(Why("too_uncertain"),))
        return Aid(key, Measurement(found.value, found.sigma, unit, METHOD), budget=found.budget, **more)

    def distance(self, key: str, one: str, other: str) -> Aid:
        """How far two are apart at the contact, on the ground."""
        if reasons := self.missing(one, other):
            return Aid(key, reasons=reasons)
        between = self.standing.weights(one) - self.standing.weights(other)
        return self._far(key, lambda places: between @ places)

    def to_goal(self, key: str, name: str, half_m: float) -> Aid:
        """How far somebody is from the goal line between the posts (``half_m`` to either side of its middle)."""
        if reasons := self.missing(name):
            return Aid(key, reasons=reasons)
        own, goal_x = self.standing.weights(name), self.sign * self.pitch.length_m / 2

        def away(places: Array) -> Array:
            x, y = own @ places
            return np.array([x - goal_x, math.copysign(max(abs(y) - half_m, 0.0), y)])

        return self._far(key, away)

    def _far(self, key: str, between: Callable[[Array], Array]) -> Aid:
        """The length of what lies ``between`` (2,), its interval wider where it is hardly more than its uncertainty."""
        found = self.standing.measure(lambda places: float(np.hypot(*between(places))))
        widest = max(self._axes(between), key=lambda axis: axis.sigma)
        if found.value >= NEAR * widest.sigma:
            return self._aid(key, found, "m", WORST_M)
        budget = {name: part * ROUND for name, part in widest.budget.items()}
        near = Estimated(found.value, widest.sigma * ROUND, budget)
        return self._aid(key, near, "m", WORST_M, reasons=(Why("near"),))

    def _axes(self, vector: Callable[[Array], Array]) -> tuple[Estimated, Estimated]:
        """A vector (2,) of the places, axis by axis."""
        return (
            self.standing.measure(lambda places: float(vector(places)[0])),
            self.standing.measure(lambda places: float(vector(places)[1])),
        )

    def _tells(self, vector: Callable[[Array], Array]) -> bool:
        """Whether a vector is long enough, beside its uncertainty, to tell a direction."""
        axes = self._axes(vector)
        return math.hypot(*(axis.value for axis in axes)) >= NEAR * max(axis.sigma for axis in axes)

    def in_area(self, key: str, name: str) -> Aid:
        """How far inside the penalty area somebody is, negative outside, and how likely inside."""
        if reasons := self.missing(name):
            return Aid(key, reasons=reasons)
        place, covariance = self.standing.place(name)
        (value,), (edge,) = inside_m(place[None], self.pitch, self.sign)
        slope, own = slope_at(place, self.pitch, self.sign), self.standing.weights(name)
        found = self.standing.measure(lambda places: float(value + slope @ (own @ places - place)))
        wider = max(1.0, around_corner(place, covariance, self.pitch, self.sign) / max(found.sigma, 1e-9))
        whole = Estimated(found.value, found.sigma * wider, {k: part * wider for k, part in found.budget.items()})
        chance = chance_inside(place, covariance, self.pitch, self.sign)
        return self._aid(key, whole, "m", WORST_M, chance=chance, edge=str(edge))

    def _running(self) -> _Running | tuple[Why, ...]:
        """Both players over the time in which both were seen up to the contact; why not, where they were not."""
        if reasons := self.missing(*PEOPLE, near=False):
            return reasons
        times = {name: self.standing.times_s(name) for name in PEOPLE}
        if alone := tuple(Why("one_picture", who=name) for name, own in times.items() if len(own) < 2):
            return alone
        starts, ends = max(own[0] for own in times.values()), min(own[-1] for own in times.values())
        if ends - starts < SHORTEST_S:
            return (Why("no_common_time"),)
        at = {name: tuple(self.standing.weights(name, at_s) for at_s in (starts, ends)) for name in PEOPLE}
        velocity = {name: (last - first) / (ends - starts) for name, (first, last) in at.items()}
        attacker, offender = PEOPLE
        return _Running(starts, ends, at[offender][0] - at[attacker][0], velocity[attacker], velocity[offender])

    def closing(self) -> Aid:
        """How fast the two come nearer along the line between them, where both were first seen; negative where they
        part. It is the mean over the time between the pictures."""
        run = self._running()
        if not isinstance(run, _Running):
            return Aid("closing_speed", reasons=run)
        if not self._tells(lambda places: run.toward @ places):
            return Aid("closing_speed", reasons=(Why("together_already"),))

        def speed(places: Array) -> float:
            toward = run.toward @ places
            return float(-((run.offender - run.attacker) @ places) @ toward / np.hypot(*toward))

        found = self.standing.measure(speed)
        return self._aid("closing_speed", found, "m/s", WORST_MPS, from_s=run.starts_s, to_s=run.ends_s)

    def approach(self) -> Aid:
        """From where the offender comes, seen by the attacker as he runs: 0 degrees from ahead, 180 from behind."""
        run = self._running()
        if not isinstance(run, _Running):
            return Aid("approach", reasons=run)
        if not self._tells(lambda places: run.toward @ places):
            return Aid("approach", reasons=(Why("together_already"),))
        if not self._tells(lambda places: run.attacker @ places):
            return Aid("approach", reasons=(Why("attacker_hardly_moves", who=Who.ATTACKER.value),))

        def angle(places: Array) -> Array:
            ahead, toward = run.attacker @ places, run.toward @ places
            return np.array([ahead @ toward, ahead[0] * toward[1] - ahead[1] * toward[0]])

        # Measured from the direction that it has: so it is smooth, also straight from behind.
        along, across = angle(self.standing.places_m)
        middle = math.atan2(across, along)
        turn = np.array([[math.cos(middle), math.sin(middle)], [-math.sin(middle), math.cos(middle)]])
        found = self.standing.measure(lambda places: float(np.arctan2(*(turn @ angle(places))[::-1])))
        budget = {name: math.degrees(part) for name, part in found.budget.items()}
        shown = Estimated(abs(math.degrees(middle)), math.degrees(found.sigma), budget)
        return self._aid("approach", shown, "deg", WORST_DEG, from_s=run.starts_s, to_s=run.ends_s)

    def defenders(self, key: str) -> Aid:
        """How many of the marked defenders, the offender left out, are nearer to the goal line than the attacker, or in
        the triangle between him and the posts."""
        from scipy.special import ndtr

        attacker = Who.ATTACKER.value
        if reasons := self.missing(attacker):
            return Aid(key, reasons=reasons)
        every = [*self.standing.names, *self.absent]
        marked = tuple(dict.fromkeys(name for name in every if name.startswith(f"{Who.DEFENDER.value}_")))
        if not marked:
            return Aid(key, reasons=(Why("not_marked", who=Who.DEFENDER.value),))
        gone = {name: why for name in marked for why in self.missing(name)}
        if len(gone) == len(marked):
            return Aid(key, reasons=tuple(gone.values()))
        own, triangle = self.standing.weights(attacker), key == "defenders_in_way"
        chances = []
        for name in (name for name in marked if name not in gone):
            found = self.standing.measure(self._in_way(own, self.standing.weights(name), triangle=triangle))
            chances.append(float(ndtr(found.value / max(found.sigma, 1e-9))))
        surely = sum(chance > SURE for chance in chances)
        possibly = sum(chance >= 1 - SURE for chance in chances) + len(gone)
        return Aid(key, reasons=(Why("of_those_marked"), *gone.values()), count=(surely, possibly))

    def _in_way(self, attacker: Array, defender: Array, *, triangle: bool) -> Callable[[Array], float]:
        return lambda places: in_way_m(attacker @ places, defender @ places, self.pitch, self.sign, triangle=triangle)


@dataclass(frozen=True, slots=True, eq=False)
class _Running:
    """Both players between two instants, as weights of the places: from the attacker ``toward`` the offender at the
    first one, and both mean velocities."""

    starts_s: float
    ends_s: float
    toward: Array
    attacker: Array
    offender: Array


def in_way_m(attacker: Array, defender: Array, pitch: Pitch, sign: int, *, triangle: bool) -> float:
    """How far a defender is on the goal's side of the attacker, or inside the triangle between him and the posts, in
    metres; negative beside or behind."""
    ahead = sign * float(defender[0] - attacker[0])
    if not triangle:
        return ahead
    inner = [ahead]
    for side in (1, -1):
        post = np.array([sign * pitch.length_m / 2, side * GOAL_WIDTH_M / 2])
        line = post - attacker
        toward = defender - attacker
        length = max(float(np.hypot(*line)), 1e-9)
        # Of the line to the far post the inside is toward the near one, and the other way round.
        inner.append(side * sign * float(line[1] * toward[0] - line[0] * toward[1]) / length)
    return min(inner)
