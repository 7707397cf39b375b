"""From clicks to a verdict: the whole path of a review, without pictures, against scenes whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from touchline.i18n import LANGUAGES, t
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.angles import angle_state
from var.archive import Archive
from var.export.facts import gather
from var.export.wording import report_words
from var.match_store import scene_folder
from var.measure.kick import Bracket, kick_among
from var.measure.offside import measure
from var.measure.pitch import Pitch
from var.measure.project import project
from var.model import AttackDirection, BodyPart, Click, Clip, Match, Outcome, PitchPoints, Role, Setup
from var.review import ball_place_of, kick_balls, kick_of, overlays_of, scene_of, verdict_of
from var.synthetic.attack import attack_scene
from var.synthetic.camera import Camera, ground_cameras, observe

CLICK_PX = 1.5
CLOCK_S = 0.001


def clip_of(camera: Camera, *, error_s: float = 0.0, fixed: bool = True) -> Clip:
    """The clip a camera would have made, its clock known but for ``error_s``."""
    rate = camera.fps
    to_match = ClockMap(
        camera.to_match.offset_s + Fraction(error_s).limit_denominator(10**9), camera.to_match.rate, CLOCK_S
    )
    return Clip(
        camera_id=camera.id,
        label=camera.label,
        path=Path(f"{camera.id}.mp4"),
        proxy=Path(f"{camera.id}.proxy.mp4"),
        sha256=camera.id * 16,
        size_px=camera.size_px,
        timebase=Timebase(1 / rate),
        pts=tuple(range(camera.frames())),
        to_match=to_match,
        timing=Origin.SIMULATED,
        fixed=fixed,
    )


def part_of(name: str) -> BodyPart:
    return BodyPart(name.split("_")[-1])


def reviewed(home: Path, margin_m: float, seed: int, angles: tuple[str, ...]) -> tuple[Archive, Match, str]:
    """A match in which a careful person marked everything: clicks off by a pixel or two, clocks by a millisecond."""
    draw = np.random.default_rng(seed)
    scene = attack_scene(margin_m, seed)
    # Every recording starts at another instant, so the kick falls anywhere between two frames.
    cameras = [
        replace(
            camera,
            to_match=ClockMap(
                camera.to_match.offset_s + Fraction(int(draw.integers(0, 40_000)), 1_000_000), camera.to_match.rate
            ),
        )
        for camera in ground_cameras()
        if camera.id in angles
    ]
    clips = tuple(clip_of(camera, error_s=float(draw.normal(0, CLOCK_S))) for camera in cameras)
    archive = Archive(home / str(seed))
    match = Match("m", "m", Origin.SIMULATED, utc_now(), Setup(), clips)
    archive.add_match(match)
    incident = archive.add_incident("m", at_s=scene.kick_s, attack=AttackDirection.RIGHT)
    kick_frame = next(i for i in range(cameras[0].frames()) if cameras[0].match_s(i) >= scene.kick_s)
    archive.set_kick(incident.id, camera_id=cameras[0].id, frame=kick_frame, sha256=clips[0].sha256)
    marked = archive.incident(incident.id).kick_s
    assert marked is not None

    def click(camera: Camera, clip: Clip, frame: int, place: np.ndarray) -> Click:
        u, v = observe(camera, place[None])[0] + draw.normal(0, CLICK_PX, 2)
        return Click(clip.camera_id, frame, clip.sha256, float(u), float(v))

    for camera, clip in zip(cameras, clips, strict=True):
        frame = clip.frame_at(marked)
        assert frame is not None
        width, height = clip.size_px
        for name, place in Pitch().points.items():
            u, v = observe(camera, np.array([place]))[0]
            if place[2] == 0 and 20 < u < width - 20 and 20 < v < height - 20:
                archive.mark_pitch("m", name, place, click(camera, clip, frame, np.array(place)))
        body = scene.body_points(float(camera.match_s(frame)))
        for role, person in ((Role.ATTACKER, scene.attacker_id), (Role.DEFENDER, scene.defender_id)):
            part, _ = scene.governing(person, float(scene.kick_s))
            archive.mark_body(
                incident.id, role, part_of(part), click(camera, clip, frame, np.asarray(body[person][part]))
            )
    return archive, match, incident.id


@pytest.mark.parametrize("margin_m", [0.34, 0.05])
def test_the_truth_lies_in_the_interval_and_no_verdict_is_on_the_wrong_side(tmp_path: Path, margin_m: float) -> None:
    scenes = 24
    inside, outcomes = 0, []
    for seed in range(1, scenes + 1):
        archive, match, incident_id = reviewed(tmp_path, margin_m, seed, ("cam1", "cam2"))
        review = archive.review("m")
        verdict = verdict_of(match, review, review.incident(incident_id))
        assert verdict is not None
        assert verdict.interval95 is not None
        low, high = verdict.interval95
        inside += low <= margin_m <= high
        outcomes.append(verdict.outcome)
        assert high - low < 0.80  # one picture: nobody knows how fast the two were
    # 24 draws of 0.95: fewer than 20 inside has a probability of 0.6 % (binomial).
    assert inside >= 20
    if margin_m == 0.05:
        assert outcomes.count(Outcome.TOO_CLOSE) >= 20  # 5 cm is within any of these intervals
    assert Outcome.ONSIDE not in outcomes


def test_a_kick_frame_stands_for_the_time_since_the_frame_before(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    incident = archive.incident(incident_id)
    kick = kick_of(match, incident)
    assert kick is not None
    assert incident.kick_frame is not None
    clip = match.clip(str(incident.kick_camera))
    after, before = clip.match_s(incident.kick_frame), clip.match_s(incident.kick_frame - 1)
    assert before < attack_scene(0.34, 3).kick_s <= after
    assert kick == kick_among([Bracket(before, after)])
    # A mark on another angle beside it makes the instant surer; that angle's clock is 1 ms off or so.
    other = match.clip("cam2")
    shown = next(i for i in range(len(other)) if other.match_s(i) >= attack_scene(0.34, 3).kick_s)
    archive.set_kick(incident_id, camera_id="cam2", frame=shown, sha256=other.sha256, also=True)
    surer = kick_of(match, archive.incident(incident_id))
    assert surer is not None
    assert surer.agree
    assert surer.sigma_s < kick.sigma_s
    # An angle that nobody synchronised may be seconds off, and what it shows says nothing of the instant.
    unset = replace(other, to_match=replace(other.to_match, sigma_s=None))
    alone = replace(match, clips=(match.clips[0], unset))
    assert kick_of(alone, archive.incident(incident_id)) == kick


def test_an_angle_that_nobody_synchronised_is_not_measured_with(tmp_path: Path) -> None:
    """Its picture may be seconds off: with one player on each angle no click would contradict, and the interval would
    be one of a clock good to half a frame."""
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    review = archive.review("m")
    incident = review.incident(incident_id)
    unset = replace(match.clips[1], to_match=replace(match.clips[1].to_match, sigma_s=None))
    apart = replace(match, clips=(match.clips[0], unset))
    scene = scene_of(apart, review, incident)
    assert scene is not None
    assert {seen.camera_id for seen in scene.observations} == {"cam1"}
    alone = verdict_of(apart, review, incident)
    assert alone is not None
    assert alone.margin is not None
    assert "clock_unknown:cam2" in [str(reason) for reason in alone.reasons]
    own = {Role.ATTACKER: "cam1", Role.DEFENDER: "cam2"}
    marks = tuple((owner, mark) for owner, mark in review.body_marks if mark.click.camera_id == own[mark.role])
    each = replace(review, body_marks=marks)
    refused = verdict_of(apart, each, incident)
    assert refused is not None
    assert refused.outcome is Outcome.NOT_MEASURABLE
    assert {"no_defender_mark", "clock_unknown:cam2"} <= {str(reason) for reason in refused.reasons}
    synchronised = verdict_of(match, each, incident)
    assert synchronised is not None
    assert synchronised.margin is not None


def test_a_moving_camera_is_calibrated_on_its_very_frame_alone(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    review = archive.review("m")
    frame = review.pitch_marks[0].click.frame
    moving = replace(match, clips=tuple(replace(clip, fixed=False) for clip in match.clips))
    assert angle_state(moving, review, "cam1", frame).calibration is not None
    assert angle_state(moving, review, "cam1", frame + 1).calibration is None
    assert angle_state(match, review, "cam1", frame + 1).calibration is not None
    drawn = overlays_of(moving, review, review.incident(incident_id))
    assert "*" not in drawn["cam1"]
    assert str(frame) in drawn["cam1"]


def test_a_camera_that_moved_between_two_clicks_is_not_taken_to_stand(tmp_path: Path) -> None:
    """The attacker is marked on the calibrated frame, the defender four frames later, where nobody calibrated."""
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1",))
    moving = replace(match, clips=tuple(replace(clip, fixed=False) for clip in match.clips))
    review = archive.review("m")
    assert verdict_of(moving, review, review.incident(incident_id)).outcome is not Outcome.NOT_MEASURABLE  # type: ignore[union-attr]
    for mark in archive.body_marks(incident_id):
        if mark.role is Role.DEFENDER:
            archive.remove("m", mark.id)
            archive.mark_body(incident_id, mark.role, mark.part, replace(mark.click, frame=mark.click.frame + 4))
    review = archive.review("m")
    verdict = verdict_of(moving, review, review.incident(incident_id))
    assert verdict is not None
    assert verdict.outcome is Outcome.NOT_MEASURABLE
    assert {str(reason) for reason in verdict.reasons} == {"no_defender_mark", "no_calibration:cam1"}
    # Calibrated there too, each click is seen through the camera as it stood then.
    frame = next(mark.click.frame for mark in archive.body_marks(incident_id) if mark.role is Role.DEFENDER)
    for mark in archive.pitch_marks("m", "cam1"):
        archive.mark_pitch("m", mark.name, mark.pitch_m, replace(mark.click, frame=frame))
    review = archive.review("m")
    scene = scene_of(moving, review, review.incident(incident_id))
    assert scene is not None
    assert (
        {seen.view for seen in scene.observations} == {f"cam1@{frame - 4}", f"cam1@{frame}"} == set(scene.calibrations)
    )
    assert verdict_of(moving, review, review.incident(incident_id)).margin is not None  # type: ignore[union-attr]


def test_marks_follow_the_pitch_when_its_size_is_corrected(tmp_path: Path) -> None:
    """Marked while the set-up held a pitch nobody had measured; then someone enters the true size."""
    archive, match, _ = reviewed(tmp_path, 0.34, 3, ("cam1",))
    frame = archive.pitch_marks("m", "cam1")[0].click.frame
    right = angle_state(match, archive.review("m"), "cam1", frame).calibration
    assert right is not None
    wrong = Pitch(100, 64)
    for mark in archive.pitch_marks("m", "cam1"):
        archive.mark_pitch("m", mark.name, wrong.points[mark.name], mark.click)
    archive.mark_pitch("m", "a post of the fence", (0.0, 40.0, 0.0), mark.click)
    review = archive.review("m")
    assert {seen.pitch_m for seen in review.pitch_marks} >= {wrong.points["right_penalty_spot"], (0.0, 40.0, 0.0)}
    kept = angle_state(match, review, "cam1", frame).marks
    assert {mark.name: mark.pitch_m for mark in kept} == {
        mark.name: Pitch().points.get(mark.name, (0.0, 40.0, 0.0)) for mark in kept
    }
    archive.remove("m", kept[-1].id)
    again = angle_state(match, archive.review("m"), "cam1", frame).calibration
    assert again is not None
    assert again.centre_m == pytest.approx(right.centre_m)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    for mark in archive.body_marks(incident_id):
        if mark.role is Role.DEFENDER:
            archive.remove("m", mark.id)
    review = archive.review("m")
    verdict = verdict_of(match, review, review.incident(incident_id))
    assert verdict is not None
    assert verdict.outcome is Outcome.NOT_MEASURABLE
    assert [reason.code for reason in verdict.reasons] == ["no_defender_mark"]
    early = archive.add_incident("m", at_s=Fraction(1))
    review = archive.review("m")
    assert verdict_of(match, review, review.incident(early.id)) is None


def test_too_few_marks_are_refused_and_drawn_all_the_same(tmp_path: Path) -> None:
    archive, match, _ = reviewed(tmp_path, 0.34, 3, ("cam1",))
    for mark in archive.pitch_marks("m", "cam1")[3:]:
        archive.remove("m", mark.id)
    review = archive.review("m")
    state = angle_state(match, review, "cam1", review.pitch_marks[0].click.frame)
    assert state.calibration is None
    assert state.refusal is not None
    assert state.refusal.name == "too_few_marks"
    assert len(overlays_of(match, review, None)["cam1"]["*"]) >= 3


def test_a_part_marked_on_two_pictures_tells_its_speed_and_narrows_the_margin(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 4, ("cam1", "cam2"))
    review = archive.review("m")
    once = verdict_of(match, review, review.incident(incident_id))
    scene = attack_scene(0.34, 4)
    draw = np.random.default_rng(1)
    for mark in archive.body_marks(incident_id):
        clip = match.clip(mark.click.camera_id)
        before = mark.click.frame - 1
        person = scene.attacker_id if mark.role is Role.ATTACKER else scene.defender_id
        part, _ = scene.governing(person, float(scene.kick_s))
        place = np.asarray(scene.body_points(float(clip.match_s(before)))[person][part])
        camera = next(camera for camera in ground_cameras() if camera.id == clip.camera_id)
        u, v = observe(camera, place[None])[0] + draw.normal(0, CLICK_PX, 2)
        click = Click(clip.camera_id, before, clip.sha256, float(u), float(v))
        archive.mark_body(incident_id, mark.role, mark.part, click)
    review = archive.review("m")
    assert len(archive.body_marks(incident_id)) == 8  # two players, two angles, two pictures: none replaced another
    twice = verdict_of(match, review, review.incident(incident_id))
    assert once is not None
    assert once.margin is not None
    assert twice is not None
    assert twice.margin is not None
    # Speeds that were within 6 m/s are now known to about 2 px of 2 cm in 20 ms, 3 m/s: the time's share must fall.
    assert twice.budget["time"] < 0.8 * once.budget["time"]  # type: ignore[operator]
    assert twice.margin.sigma < once.margin.sigma
    low, high = twice.margin.interval95
    assert low < 0.34 < high


def test_the_ball_that_was_marked_at_the_kick_counts(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    before = verdict_of(match, archive.review("m"), archive.incident(incident_id))
    assert before is not None
    assert "ball_not_marked" in {reason.code for reason in before.reasons}
    scene = attack_scene(0.34, 3)
    draw = np.random.default_rng(4)
    kick_s = archive.incident(incident_id).kick_s
    assert kick_s is not None
    for camera in (camera for camera in ground_cameras() if camera.id == "cam1"):
        clip = match.clip(camera.id)
        frame = clip.frame_at(kick_s)
        assert frame is not None
        u, v = observe(camera, scene.ball_m([float(clip.match_s(frame))]))[0] + draw.normal(0, CLICK_PX, 2)
        archive.mark_spot(incident_id, "ball_click", Click(camera.id, frame, clip.sha256, float(u), float(v)))
        far = Click(camera.id, frame + 25, clip.sha256, float(u), float(v))  # half a second later it is elsewhere
        archive.mark_spot(incident_id, "ball_click", far)
    review, incident = archive.review("m"), archive.incident(incident_id)
    assert len(kick_balls(match, review, incident)) == 1
    place = ball_place_of(match, review, incident)
    assert place is not None
    truth = scene.ball_m([float(scene.kick_s)])[0, :2]
    assert abs(place.pitch_m[0] - truth[0]) < 3 * place.sigma_m
    assert 0.05 < place.sigma_m < 1.0
    after = verdict_of(match, review, incident)
    assert after is not None
    assert "ball_not_marked" not in {reason.code for reason in after.reasons}
    assert after.outcome is before.outcome  # the passer is behind both players
    # A ball beyond the attacker makes him onside.
    ahead = replace(place, pitch_m=(50.0, 0.0))
    made = scene_of(match, review, incident)
    assert made is not None
    assert measure(replace(made, ball=ahead)).outcome is Outcome.ONSIDE


def test_a_second_picture_of_one_angle_makes_the_ball_no_surer_and_another_angle_does(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 5, ("cam1", "cam2"))
    scene, kick = attack_scene(0.34, 5), archive.incident(incident_id).kick_s
    assert kick is not None

    def sigma_m(*marked: tuple[int, int]) -> float:
        for angle, later in marked:
            truth, clip = ground_cameras()[angle], match.clips[angle]
            frame = (clip.frame_at(kick) or 0) + later
            u, v = (float(value) for value in observe(truth, scene.ball_m([float(scene.kick_s)]))[0])
            archive.mark_spot(incident_id, "ball_click", Click(clip.camera_id, frame, clip.sha256, u, v))
        place = ball_place_of(match, archive.review("m"), archive.incident(incident_id))
        assert place is not None
        return place.sigma_m

    first = sigma_m((0, 0))
    assert sigma_m((0, -1)) == pytest.approx(first)
    assert sigma_m((1, 0)) < 0.95 * first


def test_the_papers_hold_the_ball_that_was_marked_and_whether_it_governs(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 5, ("cam1", "cam2"))
    clip, kick = match.clips[0], archive.incident(incident_id).kick_s
    frame = clip.frame_at(kick or Fraction(0))
    assert frame is not None
    calibration = angle_state(match, archive.review("m"), clip.camera_id, frame).calibration
    assert calibration is not None
    verdict = verdict_of(match, archive.review("m"), archive.incident(incident_id))
    assert verdict is not None
    assert verdict.attacker is not None
    x, y, _ = verdict.attacker.xyz_m
    beyond = PitchPoints(np.array([[x + 2.0, y, 0.11]]))  # the attack goes toward +x
    u, v = (float(value) for value in project(calibration, beyond)[0])
    archive.mark_spot(incident_id, "ball_click", Click(clip.camera_id, frame, clip.sha256, u, v))
    assert archive.incident(incident_id).attack is AttackDirection.RIGHT
    facts = gather(archive, "m", incident_id)
    assert [mark.click.frame for mark in facts.spot_marks] == [frame]
    assert facts.measurement is not None
    assert facts.measurement.ball_governs
    for lang in LANGUAGES:
        words = report_words(facts, lang, stills=(), files=(), written_utc=utc_now())
        assert [row[:2] for row in words["marks"]][-1] == [t("var.question.spotted.ball", lang), ""]


def test_a_match_that_is_removed_for_good_leaves_no_scene_of_it_behind(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 5, ("cam2",))
    kept = scene_folder(archive.home, match.id, "i-of-another", "vi")
    for folder in (*(scene_folder(archive.home, match.id, incident_id, lang) for lang in LANGUAGES), kept):
        folder.mkdir(parents=True)
        (folder / "scene.png").write_bytes(b"x")
    archive.purge_match(match.id)
    assert list(kept.parent.iterdir()) == [kept]
