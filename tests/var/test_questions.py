"""What is asked about an incident: kept, changed, taken back; and what the marks say, or why they say nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from goal_match import SIZE, TOUCH_S, ball_px, cameras, click, frames_around, mark_pitch, shot
from test_review import clip_of

from touchline.errors import BadValue
from touchline.i18n import DEFAULT_LANGUAGE, LANGUAGES, find, number
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.measure.area import Spotted, Zone
from var.measure.goal_line import Line, Passage
from var.measure.pitch import Pitch
from var.model import AttackDirection, BodyPart, Click, Match, Outcome, Question, Role, Setup
from var.questions import (
    DECISIONS,
    area_scene_of,
    ball_scene_of,
    decisions_for,
    instant_of,
    overlays,
    reason_key,
    spots_of,
    useful_frames,
    verdict_of,
)
from var.synthetic.camera import Camera, observe
from var.synthetic.truth import Truth

REACH_M = 0.35


class World:
    """A match of two cameras that look at a goal, without pictures: the archive, and the truth."""

    def __init__(self, home: Path, reach_m: float = REACH_M, **clip_changes: object) -> None:
        scene = shot(reach_m)
        self.cameras = [camera.scaled(SIZE) for camera in cameras()]
        clips = tuple(replace(clip_of(camera), **clip_changes) for camera in self.cameras)  # type: ignore[arg-type]
        self.archive = Archive(home)
        self.archive.add_match(Match("m", "m", Origin.SIMULATED, utc_now(), Setup(), clips))
        times = np.arange(0, 201) / 100
        self.truth = _truth(scene.ball_m(times), times, tuple(self.cameras))
        self.draw = np.random.default_rng(3)

    @property
    def match(self) -> Match:
        return self.archive.match("m")

    def calibrate(self, *cameras: str) -> None:
        for camera in cameras:
            mark_pitch(self.archive, self.match, self.truth, camera, self.draw)

    def ball(self, incident_id: str, *cameras: str, reach_s: float = 0.14) -> None:
        """Click the ball on the frames around its farthest place."""
        for camera in cameras:
            clip = self.match.clip(camera)
            for frame in frames_around(clip, TOUCH_S, reach_s):
                pixel = ball_px(self.truth, self.truth.camera(camera), float(clip.match_s(frame)))
                noisy = pixel + self.draw.normal(0, 1, 2)
                self.archive.mark_spot(incident_id, "ball_click", click(clip, frame, noisy))

    def contact(self, incident_id: str, place: tuple[float, float, float], *cameras: str) -> None:
        for camera in cameras:
            clip = self.match.clip(camera)
            pixel = observe(self.truth.camera(camera), np.array([place]))[0]
            self.archive.mark_spot(incident_id, "contact_click", click(clip, clip.frame_at(Fraction(1)) or 0, pixel))

    def asked(self, question: Question, line: Line | None = Line.GOAL_RIGHT) -> str:
        incident = self.archive.add_incident("m", at_s=Fraction(13, 10))
        self.archive.ask(incident.id, question, line=line.value if line and question is Question.BALL else None)
        return incident.id

    def verdict(self, incident_id: str):  # type: ignore[no-untyped-def]
        review = self.archive.review("m")
        return verdict_of(self.match, review, review.incident(incident_id))


def _truth(ball_m: np.ndarray, times: np.ndarray, seen_by: tuple[Camera, ...]) -> Truth:
    """A truth that knows the ball and the cameras, which is all that is asked of it here."""
    found = object.__new__(Truth)
    for name, value in {"ball_m": ball_m, "times_s": times, "cameras": seen_by, "pitch_m": (105.0, 68.0)}.items():
        object.__setattr__(found, name, value)
    return found


def codes(verdict: object) -> list[str]:
    return [str(reason) for reason in verdict.reasons]  # type: ignore[attr-defined]


def test_an_incident_asks_for_an_offside_unless_somebody_said_otherwise(tmp_path: Path) -> None:
    world = World(tmp_path)
    archive = world.archive
    old = archive.add_incident("m", at_s=Fraction(1))
    odd = archive.add_incident("m", at_s=Fraction(1), kind="red_card")  # a kind of an older archive
    assert {old.question, odd.question} == {Question.OFFSIDE}
    archive.ask(old.id, Question.BALL)
    archive.ask(old.id, line="touchline_far")
    found = archive.incident(old.id)
    assert (found.question, found.kind, found.line, found.spotted) == (Question.BALL, "ball", "touchline_far", None)
    assert archive.undo("m", old.id) == "question"
    assert archive.incident(old.id).line is None
    assert archive.incident(old.id).question is Question.BALL
    archive.undo("m", old.id)
    assert archive.incident(old.id).question is Question.OFFSIDE
    archive.ask(odd.id, Question.AREA, spotted="knee")
    assert (archive.incident(odd.id).question, archive.incident(odd.id).spotted) == (Question.AREA, "knee")
    archive.remove_incident(odd.id)  # what was said of it goes with it
    assert [incident.id for incident in archive.incidents("m")] == [old.id]


def test_a_click_on_the_same_picture_replaces_the_former_and_undo_brings_it_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    archive, clip = world.archive, world.match.clip("cam1")
    incident_id = world.asked(Question.BALL)
    for u in (400.0, 410.0):
        archive.mark_spot(incident_id, "ball_click", Click("cam1", 60, clip.sha256, u, 300.0))
    archive.mark_spot(incident_id, "ball_click", Click("cam1", 61, clip.sha256, 420.0, 300.0))
    archive.mark_spot(incident_id, "contact_click", Click("cam1", 60, clip.sha256, 1.0, 2.0))

    def now() -> list[tuple[int, float]]:
        review = archive.review("m")
        return [(mark.click.frame, mark.click.u_px) for mark in spots_of(review, review.incident(incident_id))]

    assert now() == [(60, 410.0), (61, 420.0)]  # the contact belongs to the other question
    archive.undo("m", incident_id)
    assert archive.undo("m", incident_id) == "ball_click"
    assert now() == [(60, 410.0)]
    archive.undo("m", incident_id)
    assert now() == [(60, 400.0)]
    with pytest.raises(BadValue):
        archive.mark_spot(incident_id, "ball_click", Click("cam1", 60, "another file", 1.0, 1.0))
    with pytest.raises(BadValue):
        archive.mark_spot(incident_id, "ball_click", Click("cam1", 60, clip.sha256, 5000.0, 1.0))


@pytest.mark.parametrize(("reach_m", "outcome"), [(0.35, Passage.OVER), (-0.35, Passage.NOT_OVER)])
def test_the_marks_say_on_which_side_the_ball_was(tmp_path: Path, reach_m: float, outcome: Passage) -> None:
    world = World(tmp_path, reach_m)
    world.calibrate("cam1", "cam2")
    incident_id = world.asked(Question.BALL)
    world.ball(incident_id, "cam1", "cam2")
    verdict = world.verdict(incident_id)
    assert verdict.outcome is outcome
    low, high = verdict.margin.interval95
    assert low < reach_m < high
    incident = world.archive.incident(incident_id)
    review = world.archive.review("m")
    assert float(instant_of(world.match, review, incident)) == pytest.approx(TOUCH_S, abs=0.02)
    drawn = overlays(world.match, review, incident, frozenset({"bodies", "lines"}))
    for camera in ("cam1", "cam2"):
        clip = world.match.clip(camera)
        farthest = drawn[camera][str(clip.frame_at(Fraction(verdict.at_s)))]
        label = next(d for d in farthest if d["shape"] == "label")
        assert label["text"] == f"{number(verdict.margin.value * 100, DEFAULT_LANGUAGE, sign=True)} cm"
        rings = [d for d in farthest if d["shape"] == "polyline" and d["style"] == "attacker"]
        true_px = ball_px(world.truth, world.truth.camera(camera), TOUCH_S)
        assert np.abs(np.mean(rings[0]["px"], axis=0) - true_px).max() < 8
        styles = [d["style"] for d in drawn[camera]["*"]]
        assert {"defender", "band_defender"} <= set(styles)


def test_what_cannot_be_observed_is_refused_with_its_reason(tmp_path: Path) -> None:
    world = World(tmp_path / "a")
    world.calibrate("cam1", "cam2")
    silent = world.asked(Question.BALL, None)
    assert world.verdict(silent) is None  # which line?
    unseen = world.asked(Question.BALL)
    assert (world.verdict(unseen).outcome, codes(world.verdict(unseen))) == (Passage.NOT_OBSERVED, ["no_ball_mark"])
    one = world.asked(Question.BALL)
    world.ball(one, "cam1")
    assert (world.verdict(one).outcome, codes(world.verdict(one))) == (Passage.NOT_OBSERVED, ["one_angle:cam1"])
    early = world.asked(Question.BALL)
    for camera in ("cam1", "cam2"):
        clip = world.match.clip(camera)
        for frame in frames_around(clip, TOUCH_S - 0.2, 0.09):
            pixel = ball_px(world.truth, world.truth.camera(camera), float(clip.match_s(frame)))
            world.archive.mark_spot(early, "ball_click", click(clip, frame, pixel))
    assert codes(world.verdict(early))[0] == "lost_from_sight"

    half = World(tmp_path / "b")
    half.calibrate("cam1")
    incident_id = half.asked(Question.BALL)
    half.ball(incident_id, "cam1", "cam2")
    assert set(codes(half.verdict(incident_id))) == {"one_angle:cam1", "no_calibration:cam2"}

    loose = World(tmp_path / "c", to_match=ClockMap())
    loose.calibrate("cam1", "cam2")
    incident_id = loose.asked(Question.BALL)
    loose.ball(incident_id, "cam1", "cam2")
    assert (loose.verdict(incident_id).outcome, set(codes(loose.verdict(incident_id)))) == (
        Passage.NOT_OBSERVED,
        {"one_angle:cam1", "clock_unknown:cam2"},
    )
    scene, _ = ball_scene_of(loose.match, loose.archive.review("m"), loose.archive.incident(incident_id)) or (None, ())
    assert scene is not None
    assert scene.clocks_s == {"cam1": 0.0}  # the one that gives the time line

    moving = World(tmp_path / "d", fixed=False)
    incident_id = moving.asked(Question.BALL)
    moving.ball(incident_id, "cam1", "cam2")
    assert set(codes(moving.verdict(incident_id))) == {"no_ball_mark", "camera_moves:cam1", "camera_moves:cam2"}


def test_frames_that_help_are_offered_until_there_are_enough(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.calibrate("cam1", "cam2")
    incident_id = world.asked(Question.BALL)

    def wanted(camera: str) -> tuple[int, ...]:
        review = world.archive.review("m")
        return useful_frames(world.match, review, review.incident(incident_id), camera)

    middle = world.match.clip("cam1").frame_at(Fraction(13, 10))
    assert middle is not None
    assert wanted("cam1")[:3] == (middle, middle - 1, middle + 1)
    world.ball(incident_id, "cam1")
    assert wanted("cam1") == ()
    assert len(wanted("cam2")) == 7
    world.archive.ask(incident_id, line=Line.GOAL_LEFT.value)  # no picture shows that goal
    assert wanted("cam2") == ()


def test_a_contact_is_inside_or_outside_and_one_angle_says_what_it_assumes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.calibrate("cam1", "cam2")
    for x, zone in ((36.6, Zone.INSIDE), (35.4, Zone.OUTSIDE)):
        both, one = world.asked(Question.AREA), world.asked(Question.AREA)
        world.contact(both, (x, 3.0, 0.02), "cam1", "cam2")
        world.contact(one, (x, 3.0, 0.02), "cam1")
        assert (world.verdict(both).outcome, codes(world.verdict(both))) == (zone, [])
        assert world.verdict(both).margin.value == pytest.approx(x - 36.0, abs=0.15)
        assert codes(world.verdict(one)) == ["on_ground_assumed"]
    review = world.archive.review("m")
    drawn = overlays(world.match, review, review.incident(both), frozenset({"bodies", "lines"}))
    frame = str(world.match.clip("cam1").frame_at(Fraction(1)))
    assert {"dot", "polygon", "label", "cross"} <= {d["shape"] for d in drawn["cam1"][frame]}
    assert {d["style"] for d in drawn["cam1"]["*"]} == {"defender"}
    world.archive.ask(one, spotted=Spotted.HEAD.value)
    assert "height_by_body" in codes(world.verdict(one)) or world.verdict(one).outcome is Zone.NOT_MEASURABLE
    nothing = world.asked(Question.AREA)
    assert (world.verdict(nothing).outcome, codes(world.verdict(nothing))) == (Zone.NOT_MEASURABLE, ["no_spot_mark"])
    clip = world.match.clip("cam2")
    blind = World(tmp_path / "blind")
    incident_id = blind.asked(Question.AREA)
    blind.archive.mark_spot(incident_id, "contact_click", click(clip, 3, np.array([600.0, 400.0])))
    assert codes(blind.verdict(incident_id)) == ["no_spot_mark", "no_calibration:cam2"]


def test_a_camera_that_moves_is_enough_for_a_contact_on_its_calibrated_frame(tmp_path: Path) -> None:
    world = World(tmp_path, fixed=False)
    camera, clip = world.truth.camera("cam1"), world.match.clip("cam1")
    frame = clip.frame_at(Fraction(1)) or 0
    for name, place in Pitch().points.items():
        pixel = observe(camera, np.array([place]))[0]
        if np.isfinite(pixel).all() and (pixel > 15).all() and (pixel < np.array(SIZE) - 15).all():
            world.archive.mark_pitch("m", name, place, click(clip, frame, pixel))
    incident_id = world.asked(Question.AREA)
    world.contact(incident_id, (36.8, 3.0, 0.02), "cam1")
    assert world.verdict(incident_id).outcome is Zone.INSIDE
    world.archive.mark_spot(incident_id, "contact_click", click(clip, frame + 5, np.array([300.0, 380.0])))
    assert "no_calibration:cam1" in codes(world.verdict(incident_id))


def test_an_offside_is_measured_and_drawn_as_before(tmp_path: Path) -> None:
    from var.review import overlays_of
    from var.review import verdict_of as offside_of

    world = World(tmp_path)
    world.calibrate("cam1")
    archive, clip = world.archive, world.match.clip("cam1")
    incident = archive.add_incident("m", at_s=Fraction(1), attack=AttackDirection.RIGHT)
    archive.set_kick(incident.id, camera_id="cam1", frame=50, sha256=clip.sha256)
    for role, u in ((Role.ATTACKER, 500.0), (Role.DEFENDER, 420.0)):
        archive.mark_body(incident.id, role, BodyPart.TOE, Click("cam1", 50, clip.sha256, u, 400.0))
    review, match = archive.review("m"), world.match
    marked = review.incident(incident.id)
    verdict = verdict_of(match, review, marked)
    assert verdict is not None
    assert verdict.outcome is not Outcome.NOT_MEASURABLE
    assert verdict.document() == offside_of(match, review, marked).document()  # type: ignore[union-attr]
    assert overlays(match, review, marked) == overlays_of(match, review, marked)
    assert overlays(match, review, None) == overlays_of(match, review, None)
    archive.ask(incident.id, Question.AREA)  # its lines are not drawn over another question
    review = archive.review("m")
    drawn = overlays(match, review, review.incident(incident.id), frozenset({"bodies", "lines"}))
    assert all(d["style"] == "defender" for frames in drawn.values() for each in frames.values() for d in each)


def test_the_decisions_fit_the_question(tmp_path: Path) -> None:
    world = World(tmp_path)
    incident = world.archive.incident(world.asked(Question.BALL))
    world.calibrate("cam1", "cam2")
    world.ball(incident.id, "cam1", "cam2")
    assert decisions_for(incident, world.verdict(incident.id)) == ("goal", "no_goal", "stands")
    assert decisions_for(incident, None) == DECISIONS[Question.BALL]
    touch = replace(incident, line="touchline_near")
    assert decisions_for(touch, None) == ("ball_out", "in_play", "stands")
    assert decisions_for(replace(incident, kind="area"), None) == ("inside", "outside", "stands")
    assert decisions_for(replace(incident, kind="offside"), None) == ("offside", "onside", "stands")


def test_every_word_of_the_questions_is_there_in_both_languages() -> None:
    keys = [f"question.{part}.{question.value}" for question in Question for part in ("name", "what")]
    keys += [f"question.line.{line.value}" for line in Line] + [f"question.spotted.{each.value}" for each in Spotted]
    keys += [f"question.outcome.ball.{each.value}" for each in Passage]
    keys += [f"question.outcome.area.{each.value}" for each in Zone]
    keys += [f"question_report.ball.verdict.{each.value}" for each in Passage]
    keys += [f"question_report.area.verdict.{each.value}" for each in Zone]
    keys += [f"report.kinds.{question.value}" for question in Question]
    for question, names in DECISIONS.items():
        room = "review" if question is Question.OFFSIDE else "question"
        keys += [f"{room}.decision.{name}" for name in names] + [f"report.outcomes.{name}" for name in names]
    for lang in LANGUAGES:
        assert [key for key in keys if find(f"var.{key}", lang) is None] == []
    assert reason_key(Question.BALL, "one_angle") == "var.goal_line.reason.one_angle"
    assert reason_key(Question.BALL, "camera_moves") == "var.question.reason.camera_moves"
    assert {reason_key(question, "clock_unknown") for question in Question} == {"var.offside.reason.clock_unknown"}
    assert reason_key(Question.AREA, "no_calibration") == "var.offside.reason.no_calibration"
    assert reason_key(Question.OFFSIDE, "too_uncertain") == "var.offside.reason.too_uncertain"


def test_a_contact_is_not_measured_with_an_angle_that_nobody_synchronised(tmp_path: Path) -> None:
    """It may show the point seconds later; the angle that was clicked first counts alone."""
    apart = World(tmp_path / "apart", to_match=ClockMap(Fraction(0)))
    apart.archive.save_clip("m", "cam1", to_match=ClockMap(Fraction(0), Fraction(1), 0.001))
    apart.calibrate("cam1", "cam2")
    foul = apart.asked(Question.AREA)
    apart.contact(foul, (36.6, 3.0, 0.02), "cam1", "cam2")
    found = apart.verdict(foul)
    assert "clock_unknown:cam2" in codes(found)
    assert found.height_assumed is True
    review = apart.archive.review("m")
    scene = area_scene_of(apart.match, review, review.incident(foul))
    assert {sight.camera_id for sight in scene.sights} == {"cam1"}
