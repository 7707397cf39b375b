"""Body points as proposals, who comes first, the second-last opponent: against a scene whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from assisting import body_of, people_of, shown

from touchline.vision.landmarks import patch_around, read_landmarks
from var.assist.people import on_the_pitch
from var.assist.poses import OUTSIDE, Body, candidates, read_points, same_body
from var.assist.sight import Seen, Sight, goal_in_picture
from var.assist.suggest import Reach, defending, second_last
from var.assist.teams import Side, Teams
from var.measure.pitch import Pitch
from var.model import AttackDirection, BodyPart
from var.synthetic.scene import Side as Wears
from var.synthetic.scene import Task

RIGHT = AttackDirection.RIGHT


def test_the_networks_answer_becomes_points_of_the_picture_and_no_arm_is_among_them() -> None:
    (person,) = [one for name, one in people_of(shown()).items() if name == shown().scene.attacker_id]
    patch = patch_around(person.box)
    side, (left, top) = patch.side, np.array(patch.middle) + 0.5 - patch.side / 2
    assert side == pytest.approx(1.25 * person.height_px)
    raw = np.zeros((39, 5), np.float32)
    raw[:, 3:] = 8.0
    raw[31] = [64.0, 192.0, 0.0, 8.0, 0.0]  # left toe, half sure
    found = read_landmarks(raw.ravel(), 0.9, patch, 256)
    assert found.px.shape == (33, 2)
    body = read_points(found, person.height_px)
    assert {point.part for point in body.points} == set(BodyPart)
    toe = next(point for point in body.points if (point.part, point.side) == (BodyPart.TOE, "left"))
    assert toe.px == pytest.approx((left - 0.5 + side / 4, top - 0.5 + 3 * side / 4))
    assert toe.confidence == pytest.approx(0.5, abs=0.01)
    assert all(point.sigma_px >= 2.0 for point in body.points)


def test_the_foremost_candidate_is_the_true_governing_point_for_nearly_everybody() -> None:
    seen = shown()
    right, off = 0, []
    for name, points in seen.points.items():
        ranked = candidates(body_of(points), seen.calibration, RIGHT)
        assert len(ranked) == 11
        assert [one.reach_m for one in ranked] == sorted((one.reach_m for one in ranked), reverse=True)
        part, place = seen.scene.governing(name, seen.scene.kick_s)
        right += ranked[0].point.part.value == part.split("_")[-1]
        outside = OUTSIDE[ranked[0].point.part][0]
        off.append((ranked[0].reach_m - outside - place[0]) / ranked[0].reach_sigma_m)
    assert right >= 0.6 * len(seen.points)  # one view does not know heights, and two parts may be level
    assert np.quantile(np.abs(off), 0.9) < 3


def test_a_candidate_lies_outside_of_the_joint_toward_the_goal_that_is_attacked() -> None:
    seen = shown()
    body = body_of(seen.points[seen.scene.attacker_id])
    for attack in AttackDirection:
        for one in candidates(body, seen.calibration, attack):
            assert one.outward_m == OUTSIDE[one.point.part][0]
            assert (one.px[0] - one.point.px[0]) * attack.sign > 0
            assert one.sigma_px >= one.point.sigma_px
            assert one.reach_m == pytest.approx(attack.sign * one.ground_m[0])


def test_points_that_the_network_does_not_trust_are_not_proposed() -> None:
    seen = shown()
    points = seen.points[seen.scene.attacker_id]
    assert candidates(body_of(points, confidence=0.4), seen.calibration, RIGHT) == []
    assert candidates(Body(body_of(points).points, 0.3), seen.calibration, RIGHT) == []
    sky = {part: np.array([900.0, -4000.0]) for part in points}
    assert candidates(body_of(sky), seen.calibration, RIGHT) == []


def test_two_boxes_of_one_body_are_told_from_two_people() -> None:
    points = list(shown().points.values())
    one, other = body_of(points[0]), body_of(points[1])
    legs = {
        part: at if at[1] > points[0]["left_knee"][1] else at + np.array([0.0, 25.0]) for part, at in points[0].items()
    }
    assert same_body(one, one, 100.0)
    assert same_body(one, body_of(legs), 100.0)
    assert not same_body(one, other, 100.0)
    assert not same_body(one, Body(one.points, 0.2), 100.0)


def reaches(*given: tuple[Side, float, float]) -> list[Reach]:
    return [Reach(number, side, reach, 0.1, across) for number, (side, reach, across) in enumerate(given, 1)]


FIRST, SECOND, OTHER, UNKNOWN = Side.FIRST, Side.SECOND, Side.OTHER, Side.UNKNOWN


def test_the_keeper_counts_as_an_opponent_and_the_referee_does_not() -> None:
    given = reaches((SECOND, 30, 0), (FIRST, 33, 2), (OTHER, 50, 1), (SECOND, 36, -3), (OTHER, 35, 0), (FIRST, 20, 9))
    line = second_last(given, SECOND, Pitch())
    assert [one.reach.number for one in line.ranking] == [3, 4, 1]
    assert [one.keeper for one in line.ranking] == [True, False, False]
    assert (line.second_last, line.reasons) == (4, ())


def test_a_keeper_who_came_out_leaves_the_second_of_the_field_players() -> None:
    given = reaches((SECOND, 44, 0), (SECOND, 42, 2), (OTHER, 38, 1), (FIRST, 43, 0))
    line = second_last(given, SECOND, Pitch())
    assert (line.second_last, line.ranking[2].keeper) == (2, True)


def test_without_a_keeper_the_answer_depends_on_whether_the_goal_is_in_the_picture() -> None:
    given = reaches((SECOND, 30, 0), (SECOND, 34, 2), (FIRST, 33, 0))
    seen = second_last(given, SECOND, Pitch(), goal_seen=True)
    outside = second_last(given, SECOND, Pitch(), goal_seen=False)
    assert (seen.second_last, seen.reasons) == (1, ("keeper_not_seen",))
    assert (outside.second_last, outside.reasons) == (2, ("keeper_outside",))


def test_too_few_or_unclear_people_are_said() -> None:
    assert second_last([], None, Pitch()).reasons == ("nobody_defends",)
    one = second_last(reaches((SECOND, 30, 0), (FIRST, 33, 0)), SECOND, Pitch())
    assert (one.second_last, one.reasons) == (None, ("fewer_than_two", "keeper_not_seen"))
    line = second_last(reaches((SECOND, 30, 0), (OTHER, 50, 0), (UNKNOWN, 31, 0), (SECOND, 29.9, 5)), SECOND, Pitch())
    assert (line.second_last, line.reasons) == (1, ("unclear_people", "close"))
    far = second_last(reaches((OTHER, 50, 30), (SECOND, 30, 0), (SECOND, 20, 0)), SECOND, Pitch())
    assert far.reasons == ("keeper_not_seen",)  # beside the penalty area: an assistant referee


def test_the_team_nearer_to_the_goal_defends_or_nobody_is_said_to() -> None:
    assert defending(reaches((FIRST, 10, 0), (FIRST, 20, 0), (SECOND, 30, 0))) is SECOND
    assert defending(reaches((FIRST, 30, 0), (SECOND, 29, 0))) is None
    assert defending(reaches((FIRST, 30, 0), (OTHER, 29, 0))) is None


@pytest.mark.parametrize("camera", ["cam1", "cam2"])
def test_from_true_points_the_suggested_opponent_is_the_true_one(camera: str) -> None:
    seen = shown(camera)
    persons = {person.id: person for person in seen.scene.persons}
    people = people_of(seen)
    placed = on_the_pitch(
        np.array([one.box for one in people.values()]), np.full(len(people), 0.9), seen.calibration, Pitch()
    ).people
    names = {one.box: name for name, one in people.items()}

    def side(name: str) -> Side:
        person = persons[name]
        if person.side is Wears.OFFICIALS or person.task is Task.KEEPER:
            return OTHER
        return FIRST if person.side is Wears.HOME else SECOND

    everybody = tuple(
        Seen(
            number,
            one,
            side(names[one.box]),
            False,
            body_of(seen.points[names[one.box]]),
            tuple(candidates(body_of(seen.points[names[one.box]]), seen.calibration, RIGHT)),
        )
        for number, one in enumerate(placed, 1)
    )
    sight = Sight(
        seen.camera.size_px,
        everybody,
        Teams(tuple(one.side for one in everybody)),
        {"people": "truth", "pose": "truth"},
        RIGHT,
        calibrated=True,
        goal_seen=goal_in_picture(seen.calibration, Pitch(), RIGHT),
    )
    assert sight.document()["defends"] in ("2", None)  # where the teams stand mixed, a person says it
    document = sight.document(SECOND)
    assert (document["defends"], document["defends_by"]) == ("2", "given")
    defender = next(one for one in everybody if names[one.person.box] == seen.scene.defender_id)
    close = {one["number"] for one in document["ranking"][:3]}
    assert defender.number in close
    assert document["second_last"] == defender.number or "close" in document["reasons"]
