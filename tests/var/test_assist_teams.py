"""Teams by the colour of the shirts, on rendered people and on colours alone."""

from __future__ import annotations

import numpy as np
from assisting import people_of, shown

from var.assist.people import Person
from var.assist.teams import Shirt, Side, overlapped, shirt, teams
from var.synthetic.scene import Side as Wears
from var.synthetic.scene import Task


def colours(*groups: tuple[tuple[float, float, float], int], noise: float = 4.0) -> list[Shirt | None]:
    draw = np.random.default_rng(3)
    made: list[Shirt | None] = []
    for lab, count in groups:
        for _ in range(count):
            lightness, a, b = np.array(lab) + draw.normal(0, noise, 3)
            made.append(Shirt((float(lightness), float(a), float(b)), 3.0))
    return made


RED, BLUE, WHITE, BLACK, YELLOW = (45, 60, 40), (40, 15, -55), (85, 0, 0), (15, 0, 0), (80, 0, 70)


def test_rendered_players_are_parted_by_team_and_nobody_is_in_the_wrong_one() -> None:
    seen = shown()
    people = people_of(seen)
    persons = {person.id: person for person in seen.scene.persons}
    found = teams([shirt(seen.picture, person) for person in people.values()])
    outfield: dict[Wears, set[Side]] = {}
    told = 0
    for name, side in zip(people, found.sides, strict=True):
        person = persons[name]
        if person.side is Wears.OFFICIALS or person.task is Task.KEEPER:
            assert side in (Side.OTHER, Side.UNKNOWN), name
        elif side is not Side.UNKNOWN:
            outfield.setdefault(person.side, set()).add(side)
            told += 1
    assert {frozenset(sides) for sides in outfield.values()} == {frozenset({Side.FIRST}), frozenset({Side.SECOND})}
    assert told >= 0.8 * sum(person.side is not Wears.OFFICIALS for name, person in persons.items() if name in people)
    assert all(colour and colour.startswith("#") for colour in found.colours)


def test_two_teams_a_keeper_and_a_referee() -> None:
    found = teams(colours((BLUE, 7), (RED, 9), (YELLOW, 1), (BLACK, 1)))
    assert found.sides == (Side.SECOND,) * 7 + (Side.FIRST,) * 9 + (Side.OTHER,) * 2
    first, second = found.colours
    assert first is not None
    assert second is not None
    assert int(first[1:3], 16) > int(first[5:7], 16)  # red
    assert int(second[5:7], 16) > int(second[1:3], 16)


def test_what_is_between_is_unknown_and_what_cannot_be_seen_too() -> None:
    between = tuple((np.array(WHITE) + np.array(BLACK)) / 2)
    found = teams([*colours((WHITE, 5), (BLACK, 4)), Shirt(between, 3.0), None])
    assert found.sides[-2:] in ((Side.UNKNOWN, Side.UNKNOWN), (Side.OTHER, Side.UNKNOWN))
    assert set(found.sides[:9]) == {Side.FIRST, Side.SECOND}


def test_without_two_teams_everybody_is_unknown() -> None:
    for given in (
        colours((RED, 8)),
        colours((RED, 8), (BLUE, 1)),
        colours((RED, 5), ((50, 56, 38), 5), noise=1.0),
        colours((RED, 2)),
        [None, None],
        [],
    ):
        found = teams(given)
        assert set(found.sides) <= {Side.UNKNOWN}
        assert found.colours == (None, None)


def test_shade_does_not_part_a_team() -> None:
    dim = tuple(np.array(RED) * [0.65, 0.85, 0.85])
    found = teams(colours((RED, 5), (dim, 4), (WHITE, 6)))
    assert found.sides == (Side.FIRST,) * 9 + (Side.SECOND,) * 6


def test_a_shirt_of_the_colour_of_grass_and_one_outside_the_picture_cannot_be_told() -> None:
    grass = np.full((200, 200, 3), (60, 130, 70), np.uint8)
    assert shirt(grass, Person((80, 50, 120, 150), 0.9)) is None
    assert shirt(grass, Person((300, 50, 340, 150), 0.9)) is None
    worn = grass.copy()
    worn[60:110, 85:115] = (40, 40, 210)
    told = shirt(worn, Person((80, 50, 120, 150), 0.9))
    assert told is not None
    assert told.lab[1] > 50


def test_overlapping_people_are_named() -> None:
    boxes = [(0, 0, 10, 30), (6, 5, 16, 35), (40, 0, 50, 30)]
    assert overlapped([Person(tuple(map(float, box)), 0.9) for box in boxes]) == {0, 1}
    assert overlapped([]) == frozenset()
