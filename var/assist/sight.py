"""What the models see in one picture, put together: people, teams, body points, and the order along the attack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from touchline.vision.runtime import Network, Picture
from var.assist.people import LEAST_SCORE, Person, checked, find_people
from var.assist.poses import Body, Candidate, candidates, find_points, same_body
from var.assist.suggest import FEET_SIGMA_M, Line, Reach, defending, second_last
from var.assist.teams import Side, Teams, overlapped, shirt, teams
from var.measure.calibration import Calibration
from var.measure.pitch import Pitch
from var.measure.project import project
from var.model import AttackDirection, PitchPoints

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Models:
    """The networks with the names that a record keeps; ``pose`` None: people without body points."""

    people: Network
    people_name: str
    pose: Network | None = None
    pose_name: str | None = None


def load_models(pose: str | None = "pose_full") -> Models:
    """The models from the cache. Raises ``Missing`` with the command that fetches what is not there."""
    from touchline.vision.runtime import person_network, pose_network

    people, people_name = person_network()
    if pose is None:
        return Models(people, people_name)
    return Models(people, people_name, *pose_network(pose))


@dataclass(frozen=True, slots=True)
class Seen:
    """One person with everything that is proposed of him: ``number`` counts from 1 and stands in the picture;
    ``hidden``: somebody else is before or behind him, so that colour and points may be the other's."""

    number: int
    person: Person
    side: Side
    hidden: bool
    body: Body | None = None
    ranked: tuple[Candidate, ...] = ()

    def reach(self, attack: AttackDirection) -> Reach | None:
        """How far he is along the attack, by his foremost point, else by where he stands; None without a place."""
        if self.ranked:
            first = self.ranked[0]
            return Reach(self.number, self.side, first.reach_m, first.reach_sigma_m, first.ground_m[1])
        if self.person.stands_m is None or self.person.sigma_m is None:
            return None
        x, y = self.person.stands_m
        sigma_m = (self.person.sigma_m[0] ** 2 + FEET_SIGMA_M**2) ** 0.5
        return Reach(self.number, self.side, attack.sign * x, sigma_m, y, by_points=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything found in one picture; ``models`` are the names of what found it."""

    size_px: tuple[int, int]
    people: tuple[Seen, ...]
    teams: Teams
    models: Mapping[str, str | None]
    attack: AttackDirection | None = None
    pitch: Pitch = field(default_factory=Pitch)
    calibrated: bool = False
    goal_seen: bool = True
    dropped: Mapping[str, int] = field(default_factory=dict)

    def reaches(self) -> list[Reach]:
        """How far everybody is along the attack; empty without a calibration or a direction."""
        if self.attack is None:
            return []
        return [found for one in self.people if (found := one.reach(self.attack)) is not None]

    def defends(self) -> Side | None:
        """The team that seems to defend, or None."""
        return defending(self.reaches())

    def line(self, defends: Side | None = None) -> Line:
        """The opponents in order, with ``defends`` as somebody said it, else as it seems."""
        return second_last(self.reaches(), defends or self.defends(), self.pitch, goal_seen=self.goal_seen)

    def document(self, defends: Side | None = None) -> dict[str, Any]:
        """Everything as a JSON-ready document (schema ``people``)."""
        line = self.line(defends)
        seems = self.defends()
        return {
            "status": "ok",
            "picture_size": list(self.size_px),
            "calibrated": self.calibrated,
            "models": dict(self.models),
            "attack": None if self.attack is None else self.attack.value,
            "goal_seen": self.goal_seen if self.calibrated and self.attack is not None else None,
            "people": [_person(one) for one in self.people],
            "dropped": dict(self.dropped),
            "teams": {"1": self.teams.colours[0], "2": self.teams.colours[1]},
            "defends": None if (defends or seems) is None else (defends or seems),
            "defends_by": "given" if defends else None if seems is None else "place",
            "ranking": [
                {
                    "number": one.reach.number,
                    "reach_m": one.reach.reach_m,
                    "sigma_m": one.reach.sigma_m,
                    "by": "points" if one.reach.by_points else "feet",
                    "keeper": one.keeper,
                }
                for one in line.ranking
            ],
            "second_last": line.second_last,
            "reasons": list(line.reasons) if self.reaches() else [],
        }


def _person(one: Seen) -> dict[str, Any]:
    person = one.person
    return {
        "number": one.number,
        "box_px": list(person.box),
        "score": person.score,
        "side": one.side.value,
        "hidden": one.hidden,
        "stands_m": None if person.stands_m is None else list(person.stands_m),
        "sigma_m": None if person.sigma_m is None else list(person.sigma_m),
        "height_m": person.height_m,
        "presence": None if one.body is None else one.body.presence,
        "points": [
            {
                "part": point.part.value,
                "side": point.side,
                "px": list(point.px),
                "sigma_px": point.sigma_px,
                "confidence": point.confidence,
            }
            for point in (() if one.body is None else one.body.points)
        ],
        "candidates": [
            {
                "part": each.point.part.value,
                "side": each.point.side,
                "px": list(each.px),
                "sigma_px": each.sigma_px,
                "confidence": each.point.confidence,
                "outward_m": each.outward_m,
                "reach_m": each.reach_m,
                "reach_sigma_m": each.reach_sigma_m,
                "ground_m": list(each.ground_m),
            }
            for each in one.ranked
        ],
    }


def look(
    picture: Picture,
    models: Models,
    *,
    calibration: Calibration | None = None,
    pitch: Pitch | None = None,
    attack: AttackDirection | None = None,
    least: float = LEAST_SCORE,
    progress: Progress = lambda share: None,
) -> Sight:
    """People, teams and body points in ``picture`` (height, width, 3; 8-bit BGR).

    Places need ``calibration``, and an order along the pitch needs ``attack`` too. Numbers run from the goal that is
    attacked where they can, else from left to right. Raises ``BadValue`` for another picture or a calibration of
    another picture size.
    """
    checked(picture, calibration)
    area = pitch if pitch is not None else Pitch()
    found = find_people(picture, models.people, calibration=calibration, pitch=area, least=least)
    progress(0.4)
    bodies: dict[Person, Body] = {}
    for done, person in enumerate(found.people, 1):
        if models.pose is not None:
            body = find_points(picture, person, models.pose)
            if not any(same_body(body, other, person.height_px) for other in bodies.values()):
                bodies[person] = body  # the surest box of a body comes first
        progress(0.4 + 0.6 * done / len(found.people))
    people = sorted(bodies if models.pose is not None else found.people, key=lambda person: _order(person, attack))
    twice = len(found.people) - len(people)
    sides = teams([shirt(picture, person) for person in people])
    hidden = overlapped(people)
    seen: list[Seen] = []
    for index, person in enumerate(people):
        known = bodies.get(person)
        ranked: tuple[Candidate, ...] = ()
        if known is not None and calibration is not None and attack is not None:
            ranked = tuple(candidates(known, calibration, attack))
        seen.append(Seen(index + 1, person, sides.sides[index], index in hidden, known, ranked))
    return Sight(
        size_px=(picture.shape[1], picture.shape[0]),
        people=tuple(seen),
        teams=sides,
        models={"people": models.people_name, "pose": models.pose_name},
        attack=attack,
        pitch=area,
        calibrated=calibration is not None,
        goal_seen=calibration is None or attack is None or goal_in_picture(calibration, area, attack),
        dropped={**found.dropped, **({"twice": twice} if twice else {})},
    )


def goal_in_picture(calibration: Calibration, pitch: Pitch, attack: AttackDirection) -> bool:
    """Whether the foot of the goal's middle and a place 5 m before it, where a keeper stands, are in the picture."""
    line_m = attack.sign * pitch.length_m / 2
    places = np.array([[line_m, 0.0, 0.0], [line_m - 5 * attack.sign, 0.0, 0.0], [line_m, 0.0, 1.5]])
    pixels = project(calibration, PitchPoints(places))
    limit = np.array(calibration.picture_size)
    return bool(np.isfinite(pixels).all() and ((pixels >= 0) & (pixels < limit)).all())


def _order(person: Person, attack: AttackDirection | None) -> float:
    if attack is not None and person.stands_m is not None:
        return -attack.sign * person.stands_m[0]
    return person.foot_px[0]
