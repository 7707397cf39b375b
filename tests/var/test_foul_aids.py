"""Aids of a foul against scenes whose truth is known: right where the clicks are exact, as sure as they say where they
are not, and refused with the reason where nothing can be said."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from foul_match import MATCH, SHA, VIEWS, Ground, ground
from measuring import PITCH, calibrated
from scipy.stats import binom

from touchline.i18n import LANGUAGES, number, t
from var.export.facts import gather
from var.export.wording import report_words
from var.foul.aids import AIDS, Aid, aids_of, in_way_m
from var.foul.notes import Who
from var.foul.review import foul_review
from var.foul.seen import Aids
from var.measure.calibration import Calibration
from var.measure.inside import inside_m
from var.measure.joint import Unsolvable
from var.measure.standing import NEAR_S, Step, Steps, stand
from var.model import AttackDirection
from var.synthetic.camera import ground_cameras
from var.synthetic.challenge import clicked_challenge, drawn_challenge

ATTACKER, OFFENDER, BALL = (38.0, -2.0), (39.2, -3.6), (38.5, -2.4)


@pytest.fixture
def foul(tmp_path: Path) -> Ground:
    made = ground(tmp_path)
    made.calibrate("cam1", "cam2", "cam3")
    made.archive.set_attack(made.incident_id, AttackDirection.RIGHT)
    return made


def measured(foul: Ground) -> Aids:
    return foul_review(foul.archive, MATCH, foul.incident_id).measured


def aid(foul: Ground, key: str) -> Aid:
    return next(each for each in measured(foul).aids if each.key == key)


def codes(aids: Aids) -> set[tuple[str, str | None]]:
    return {(why.code, why.camera) for why in aids.reasons}


def at_contact(foul: Ground, *cameras: str) -> None:
    """Attacker, offender and ball where they are at 5 s."""
    foul.contact("cam1", 125)
    for camera in cameras or ("cam1",):
        frame = foul.match.clip(camera).frame_at(Fraction(5))
        assert frame is not None
        foul.stands(Who.ATTACKER, camera, frame, ATTACKER)
        foul.stands(Who.OFFENDER, camera, frame, OFFENDER)
        foul.stands(Who.BALL, camera, frame, BALL)


@pytest.mark.parametrize("cameras", [("cam1",), ("cam1", "cam2")])
def test_exact_clicks_give_exact_distances(foul: Ground, cameras: tuple[str, ...]) -> None:
    at_contact(foul, *cameras)
    found = {each.key: each.measured for each in measured(foul).aids}
    (inside,), _ = inside_m(np.array([ATTACKER]), PITCH, 1)
    truth = {
        "offender_attacker": math.dist(OFFENDER, ATTACKER),
        "offender_ball": math.dist(OFFENDER, BALL),
        "attacker_ball": math.dist(ATTACKER, BALL),
        "attacker_goal": 52.5 - 38.0,  # in front of the goal the nearest point of its mouth is straight ahead
        "attacker_goal_middle": math.dist(ATTACKER, (52.5, 0.0)),
        "attacker_in_area": float(inside),
    }
    for key, true in truth.items():
        value = found[key]
        assert value is not None
        # Pitch points are clicked exactly and the camera fitted to them: a centimetre is what is left of the ball's
        # and the grass's assumed heights where they are not exactly so.
        assert value.value == pytest.approx(true, abs=0.01), key
        assert value.sigma > 0.05  # the point below a body is not told better


def test_two_views_are_surer_and_errors_shared_by_both_players_cancel(foul: Ground) -> None:
    at_contact(foul)
    one = aid(foul, "offender_attacker").measured
    people = {stood.name: stood for stood in measured(foul).people}
    at_contact(foul, "cam2")
    two = aid(foul, "offender_attacker").measured
    assert one is not None
    assert two is not None
    assert two.sigma < one.sigma
    # As if both were independent: the distance is no worse than that.
    apart = math.hypot(*people["attacker"].sigma_m, *people["offender"].sigma_m)
    assert one.sigma < apart


def test_inside_the_area_comes_with_a_chance(foul: Ground) -> None:
    at_contact(foul)
    found = aid(foul, "attacker_in_area")
    assert found.measured is not None
    assert found.chance is not None
    # 2 m inside with a tenth of a metre of doubt is sure; on the line it is even.
    assert (found.measured.value, found.chance, found.edge) == (pytest.approx(2.0, abs=0.01), 1.0, "front")
    foul.stands(Who.ATTACKER, "cam1", 125, (36.0, -2.0))
    found = aid(foul, "attacker_in_area")
    assert found.measured is not None
    assert found.chance == pytest.approx(0.5, abs=0.02)


def test_closing_speed_and_where_he_comes_from(foul: Ground) -> None:
    """The attacker runs toward the goal at 5 m/s; the offender comes from straight behind him at 8."""
    foul.contact("cam1", 125)
    for frame in (115, 120, 125):
        at_s = (frame - 125) / 25
        foul.stands(Who.ATTACKER, "cam1", frame, (38.0 + 5 * at_s, -2.0))
        foul.stands(Who.OFFENDER, "cam1", frame, (37.2 + 8 * at_s, -2.0))
    speed, approach = aid(foul, "closing_speed"), aid(foul, "approach")
    assert speed.measured is not None
    assert approach.measured is not None
    assert speed.measured.value == pytest.approx(3.0, abs=0.05)
    assert (speed.from_s, speed.to_s) == (pytest.approx(-0.4), pytest.approx(0.0))
    assert approach.measured.value == pytest.approx(180.0, abs=1.0)
    # Each place is off by a tenth of a metre: two players, two pictures, 0.4 s, and the clicks on top of that.
    assert speed.measured.sigma > 0.1 * math.sqrt(4) / 0.4
    foul.contact("cam1", 130)  # marks of before stay; the pictures are now before the contact
    assert aid(foul, "closing_speed").to_s == pytest.approx(-0.2)
    assert [why.code for why in aid(foul, "offender_attacker").reasons] == ["not_near_contact"] * 2


def test_marks_after_the_contact_and_long_before_it_are_left_out(foul: Ground) -> None:
    foul.contact("cam1", 125)
    for frame in (95, 115, 125, 130):
        foul.stands(Who.ATTACKER, "cam1", frame, (38.0, -2.0))
        foul.stands(Who.OFFENDER, "cam1", frame, (38.0 + 0.2 * (130 - frame), -2.0))
    found = measured(foul)
    assert codes(found) == {("far_from_contact", "cam1"), ("after_contact", "cam1")}
    speed = next(each for each in found.aids if each.key == "closing_speed")
    assert speed.measured is not None
    assert speed.measured.value == pytest.approx(5.0, abs=0.05)
    assert speed.from_s == pytest.approx(-0.4)


def test_defenders_are_counted_as_surely_as_they_are_seen(foul: Ground) -> None:
    at_contact(foul)
    assert [why.code for why in aid(foul, "defenders_in_way").reasons] == ["not_marked"]
    places = {1: (45.0, -1.0), 2: (38.05, 6.0), 3: (33.0, -2.0), 4: (48.0, 12.0)}
    for shirt, place in places.items():
        foul.stands(Who.DEFENDER, "cam1", 125, place, number=shirt)
    # 1 and 4 are nearer to the goal line, 3 is not, 2 is level; only 1 is in the triangle to the posts.
    assert aid(foul, "defenders_goal_side").count == (2, 3)
    assert aid(foul, "defenders_in_way").count == (1, 1)
    foul.stands(Who.DEFENDER, "cam1", 125, (46.0, 0.0), number=5, on_ground=False)
    found = aid(foul, "defenders_in_way")
    assert found.count == (1, 2)  # who jumps may be anywhere
    assert [(why.code, why.who) for why in found.reasons] == [("of_those_marked", None), ("off_ground", "defender_5")]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_triangle_to_the_posts(sign: int) -> None:
    attacker = np.array([sign * 40.0, 5.0])

    def way(x: float, y: float) -> float:
        return in_way_m(attacker, np.array([sign * x, y]), PITCH, sign, triangle=True)

    assert way(50.0, 2.0) > 0
    assert way(50.0, 3.9) == pytest.approx(0.0, abs=0.05)  # the line to the far post is 3.93 m off the middle there
    assert way(50.0, 5.0) < 0
    assert way(50.0, -3.0) < 0
    assert way(39.0, 5.0) == pytest.approx(-1.0)


def test_what_cannot_be_measured_is_refused_with_the_reason(foul: Ground) -> None:
    found = measured(foul)
    assert all(each.is_refused for each in found.aids)
    assert [each.key for each in found.aids] == list(AIDS)
    assert codes(found) == {("nothing_marked", None)}
    foul.stands(Who.ATTACKER, "cam1", 125, ATTACKER)
    foul.stands(Who.OFFENDER, "cam2", 125, OFFENDER)
    found = measured(foul)
    assert codes(found) == {("contact_not_marked", None), ("contact_not_marked", "cam2")}
    (alone,) = found.people
    assert alone.name == "attacker"
    foul.contact("cam1", 125)
    foul.stands(Who.BALL, "cam1", 125, BALL, on_ground=False)
    assert [why.code for why in aid(foul, "offender_ball").reasons] == ["off_ground"]
    foul.stands(Who.DEFENDER, "cam3", 175, (46.0, -0.9), number=1)
    assert ("clock_unknown", "cam3") in codes(measured(foul))
    foul.contact("cam3", 175)  # its own contact tells its time
    assert ("clock_unknown", "cam3") not in codes(measured(foul))
    assert aid(foul, "defenders_in_way").count == (1, 1)


def test_an_angle_without_a_calibration_and_a_click_into_the_sky(tmp_path: Path) -> None:
    foul = ground(tmp_path)
    foul.calibrate("cam2")
    foul.contact("cam1", 125)
    foul.stands(Who.ATTACKER, "cam1", 125, ATTACKER)
    assert codes(measured(foul)) == {("no_calibration", "cam1")}
    foul.stands(Who.ATTACKER, "cam2", 125, ATTACKER)
    assert measured(foul).people[0].pitch_m == pytest.approx(ATTACKER, abs=0.01)
    from var.foul.noting import mark_person
    from var.model import Click

    mark_person(foul.archive, foul.incident_id, Who.OFFENDER, Click("cam2", 125, SHA["cam2"], 900.0, 2.0))
    found = measured(foul)
    assert all(each.is_refused for each in found.aids)
    assert ("sight_line_misses_pitch", "cam2") in codes(found) or ("outside_pitch", "cam2") in codes(found)


def test_views_that_contradict_each_other_are_refused(foul: Ground) -> None:
    at_contact(foul)
    foul.stands(Who.ATTACKER, "cam2", 125, (ATTACKER[0] + 1.5, ATTACKER[1]))
    found = measured(foul)
    assert all(each.is_refused for each in found.aids)
    assert ("views_disagree", None) in codes(found)


def test_without_a_direction_the_nearer_goal_is_taken_and_said(tmp_path: Path) -> None:
    foul = ground(tmp_path)
    foul.calibrate("cam1")
    at_contact(foul)
    found = measured(foul)
    assert ("nearer_goal", None) in codes(found)
    distance = next(each.measured for each in found.aids if each.key == "attacker_goal")
    assert distance is not None
    assert distance.value == pytest.approx(14.5, abs=0.01)
    foul.archive.set_attack(foul.incident_id, AttackDirection.LEFT)
    distance = aid(foul, "attacker_goal").measured
    assert distance is not None
    assert distance.value == pytest.approx(90.5, abs=0.01)


def test_the_budget_adds_up_and_names_the_sources(foul: Ground) -> None:
    at_contact(foul, "cam1", "cam2")
    for each in measured(foul).aids:
        if each.measured is not None:
            assert math.hypot(*each.budget.values()) == pytest.approx(each.measured.sigma)


TRIALS, SHARED = 80, 20


@pytest.mark.parametrize("views", [("cam2",), ("cam2", "cam4")])
def test_the_intervals_hold_the_truth_as_often_as_they_say(views: tuple[str, ...]) -> None:
    """The benchmark in small. Of 80 intervals of 95 % a true method leaves out between the 0.05 % and the 99.95 %
    quantile of the binomial: with 8 checks one in a hundred seeds would fail."""
    random = np.random.default_rng(11)
    by_id = {camera.id: replace(camera, until_s=Fraction(60)) for camera in ground_cameras()}
    cameras = [by_id[name] for name in views]
    missed = dict.fromkeys(("offender_ball", "offender_attacker", "attacker_goal", "closing_speed"), 0)
    counted = dict.fromkeys(missed, 0)
    known: dict[str, Calibration] = {}
    for trial in range(TRIALS):
        if trial % SHARED == 0:
            known = {camera.id: _calibrated(camera, random) for camera in cameras}
        challenge = drawn_challenge(random, PITCH)
        starts = -Fraction(int(random.integers(5, 21)), 25)
        steps = clicked_challenge(random, challenge, cameras, [starts, Fraction(0)], click_px=1.5, clock_s=0.004)
        found = {each.key: each.measured for each in aids_of(stand(Steps(PITCH, steps, known)), PITCH, 1)}
        truth = {
            "offender_ball": challenge.apart_m("offender", "ball"),
            "offender_attacker": challenge.apart_m("offender", "attacker"),
            "attacker_goal": challenge.goal_m("attacker"),
            "closing_speed": challenge.closing_mps(float(starts), 0.0),
        }
        for key, true in truth.items():
            one = found[key]
            if one is not None:  # a closing speed of two who were together from the start is none
                counted[key] += 1
                missed[key] += not one.interval95[0] <= true <= one.interval95[1]
    for key, count in counted.items():
        assert count > 0.9 * TRIALS
        low, high = (int(binom.ppf(share, count, 0.05)) for share in (0.0005, 0.9995))
        assert low <= missed[key] <= high, (key, missed[key], count)


def _calibrated(camera: object, random: np.random.Generator) -> Calibration:
    from var.measure.calibrate import Mark, calibrate
    from var.synthetic.camera import Camera, observe

    assert isinstance(camera, Camera)
    width, height = camera.size_px
    marks = []
    for name, place in PITCH.points.items():
        u, v = observe(camera, np.array([place]))[0] + random.normal(0.0, 1.5, 2)
        if 0 <= u <= width - 1 and 0 <= v <= height - 1:
            marks.append(Mark(name, place, (float(u), float(v)), 1.5))
    return calibrate(marks, camera.size_px, PITCH)


def test_pictures_of_one_instant_are_joined_and_those_of_one_angle_never() -> None:
    random = np.random.default_rng(3)
    known = {name: calibrated(VIEWS[name], random, 12, 1.0) for name in ("cam1", "cam2")}
    from measuring import see

    def step(camera: str, at_s: str, x: float) -> Step:
        u, v = see(VIEWS[camera], np.array([[x, -2.0, 0.0]]))[0]
        return Step("attacker", camera, camera, Fraction(at_s), (float(u), float(v)))

    steps = (step("cam1", "0", 38.0), step("cam2", "0.015", 38.0), step("cam1", "-0.02", 37.9))
    found = stand(Steps(PITCH, steps, known))
    assert len(found.spots) == 2
    assert max(found.times_s("attacker")) == 0.0
    single = stand(Steps(PITCH, (step("cam1", "-0.08", 38.0),), known))
    assert single.times_s("attacker") == (0.0,)  # near enough, and the doubt has grown by what he may have run
    exact = stand(Steps(PITCH, (step("cam1", "0", 38.0),), known))
    assert single.place("attacker")[1][0, 0] - exact.place("attacker")[1][0, 0] == pytest.approx((4.0 * 0.08) ** 2)
    assert not stand(Steps(PITCH, (step("cam1", "-0.2", 38.0),), known)).is_near("attacker")
    assert NEAR_S < 0.2
    with pytest.raises(Unsolvable):
        stand(Steps(PITCH, (), known))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_prints_what_was_measured_and_why_not(foul: Ground, lang: str) -> None:
    """The words of the paper, without the paper: every aid with a number has it there, the others say why."""
    at_contact(foul)
    foul.stands(Who.DEFENDER, "cam1", 125, (38.05, 6.0), number=1)
    facts = gather(foul.archive, MATCH, foul.incident_id)
    words = report_words(facts, lang, stills=(), files=(), written_utc="2026-11-29T10:00:00+00:00")
    assert words["foul"] is not None
    rows = {name: (value, why) for name, value, why in words["foul"]["measured"]["rows"]}
    assert set(rows) == {t(f"var.foul_aids.name.{key}", lang) for key in AIDS}
    distance, why = rows[t("var.foul_aids.name.attacker_goal_middle", lang)]
    assert distance.startswith(number(math.dist(ATTACKER, (52.5, 0.0)), lang, 2))
    assert why == ""
    refused, why = rows[t("var.foul_aids.name.closing_speed", lang)]
    assert refused == t("var.foul_aids.refused", lang)
    assert why.startswith(t("var.foul_aids.reason.one_picture", lang, who=t("var.foul_aids.who.attacker", lang)))
    count, _ = rows[t("var.foul_aids.name.defenders_goal_side", lang)]
    assert count == t("var.foul_aids.count_between", lang, low="0", high="1")
    assert words["measurement_asked"] is False
    assert len(words["marks"]) == 4
    assert words["foul"]["imported"] is None
