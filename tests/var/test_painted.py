"""Painted lines in a review: kept as entries, used only for the clicks they were made from, and told in the report."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pypdfium2
import pytest
from painted import errors
from painting import CUT, FRAMES, KICK, PANS, SEEN, START, STILL, cameras, click, mark, painted_match

from touchline.commands import schemas
from touchline.errors import BadFile, BadValue, NotFound
from touchline.i18n import LANGUAGES
from touchline.jobs import Jobs
from touchline.rights import Person
from touchline.rights import Role as Rights
from var.angles import AngleState, angle_state, followed_frames
from var.archive import Archive
from var.entries import Review
from var.evidence.package import export_package
from var.jobs import WORK
from var.measure.calibration import Calibration
from var.measure.surface import Surface
from var.model import AttackDirection, BodyPart, Incident, Match, Question, Role
from var.paint_work import (
    calibrated_frames,
    follow_work,
    frames_asked,
    frames_lacking,
    line_sigma_cm,
    picture_to_refine,
    places_asked,
    refine_angle,
    way_to,
)
from var.painted import FollowedAngle
from var.panels.paint import rms_px
from var.review import overlays_of, verdict_of
from var.synthetic.camera import observe


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("painted")
    painted_match(Archive(home))
    return home


@pytest.fixture
def archive(rendered: Path, tmp_path: Path) -> Archive:
    """The match, with nothing marked, in a folder of the test's own."""
    shutil.copytree(rendered, tmp_path / "home")
    return Archive(tmp_path / "home")


def state(archive: Archive, camera: str, frame: int | None) -> AngleState:
    return angle_state(archive.match("vach"), archive.review("vach"), camera, frame)


def kicked(archive: Archive) -> Incident:
    match = archive.match("vach")
    clip = match.clip(PANS)
    made = archive.add_incident("vach", at_s=clip.match_s(KICK), attack=AttackDirection.RIGHT)
    archive.set_kick(made.id, camera_id=PANS, frame=KICK, sha256=clip.sha256)
    return archive.incident(made.id)


def way(archive: Archive, incident: Incident) -> dict[str, object]:
    match, review = archive.match("vach"), archive.review("vach")
    found = way_to(match, review, review.incident(incident.id), match.clip(PANS))
    assert found is not None
    return {"match": "vach", "camera": PANS, "frame": found.frame, "frames": list(found.frames)}


def follow(archive: Archive, incident: Incident) -> FollowedAngle:
    said: list[float] = []
    result = follow_work(archive.home, way(archive, incident), lambda share, text: said.append(share))
    assert said == sorted(said)
    assert 0 < len(said) == result["count"]
    found = archive.review("vach").followed[-1]
    assert found.id == result["entry"]
    return found


# ---------------------------------------------------------------------- refining


def test_a_fixed_angle_is_refined_and_holds_on_every_frame(archive: Archive) -> None:
    match = archive.match("vach")
    mark(archive, match, STILL, 0, SEEN[:4])
    before = state(archive, STILL, 5)
    assert before.way == "clicks"
    assert before.calibration is not None
    refine_angle(archive, "vach", STILL, 5, by="An")
    entry = archive.entries("vach")[-1]
    assert (entry["kind"], entry["by"], entry["body"]["frame"]) == ("refinement", "An", 5)
    assert entry["body"]["sha256"] == match.clip(STILL).sha256
    jsonschema.validate(entry["body"]["calibration"], schemas()["calibration"], cls=jsonschema.Draft202012Validator)
    for frame in (0, 5, 11, None):
        after = state(archive, STILL, frame)
        assert after.way == "refined"
        assert after.calibration is not None
        assert after.clicked is before.calibration
        assert after.calibration is state(archive, STILL, 3).calibration  # one object: what rests on it is remembered
    assert np.median(errors(after.calibration, cameras()[0])[0]) < 0.7 * np.median(
        errors(before.calibration, cameras()[0])[0]
    )
    assert after.refined is not None
    assert after.refined.refinement is not None
    assert len(after.refined.refinement.lines) >= 3
    first, now = rms_px(after.refined.refinement)
    assert now < first
    review = archive.review("vach")
    places = places_asked(review, None, match.clip(STILL), after.calibration)
    sigma = [line_sigma_cm(one, places) for one in (before.calibration, after.calibration)]
    assert sigma[0] is not None
    assert sigma[1] is not None
    assert sigma[1] < 0.5 * sigma[0]
    assert list(after.point_fits) == [one.name for one in after.marks]
    assert picture_to_refine(match, review, match.clip(STILL), 5) is None
    assert archive.undo("vach") == "refinement"
    assert state(archive, STILL, 5).calibration is before.calibration


def test_other_clicks_or_another_pitch_end_it(archive: Archive) -> None:
    match = archive.match("vach")
    mark(archive, match, STILL, 0)
    refine_angle(archive, "vach", STILL, 0)
    assert state(archive, STILL, 0).way == "refined"
    mark(archive, match, STILL, 0, ("right_goal_area_far",))
    now = state(archive, STILL, 0)
    assert (now.way, now.stale, now.refined, now.tries) == ("clicks", True, None, ())
    assert now.calibration is now.clicked
    assert picture_to_refine(match, archive.review("vach"), match.clip(STILL), 0) == 0  # offered again
    archive.undo("vach")
    assert state(archive, STILL, 0).way == "refined"
    archive.mark_line("vach", "right_goal_line", click(match.clip(STILL), 0, (640, 100)))  # one click is no line yet
    assert state(archive, STILL, 0).way == "refined"
    archive.undo("vach")
    archive.save_setup("vach", replace(match.setup, pitch_m=(104.0, 68.0)))
    assert state(archive, STILL, 0).stale
    archive.save_setup("vach", match.setup)
    assert state(archive, STILL, 0).way == "refined"
    archive.save_clip("vach", STILL, fixed=False)  # now only the clicks of a very frame count
    assert state(archive, STILL, 0).way == "clicks"
    archive.save_clip("vach", STILL, fixed=True)
    archive.clear_pitch_marks("vach", STILL)
    cleared = state(archive, STILL, 0)
    assert (cleared.calibration, cleared.stale) == (None, False)
    archive.undo("vach")
    assert state(archive, STILL, 0).way == "refined"


def test_what_cannot_be_refined_stays_as_it_was(archive: Archive) -> None:
    """A picture without lines: the reason is kept, the clicks go on, and the picture that was clicked is offered."""
    match = archive.match("vach")
    clip = match.clip(STILL)
    mark(archive, match, STILL, 2)
    before = state(archive, STILL, CUT)
    assert before.calibration is not None
    assert picture_to_refine(match, archive.review("vach"), clip, CUT) == CUT
    refine_angle(archive, "vach", STILL, CUT)
    after = state(archive, STILL, CUT)
    assert (after.way, after.stale, after.refined) == ("clicks", False, None)
    assert after.calibration is before.calibration
    (tried,) = after.tries
    assert tried.reason == "no_lines"
    kept = tried.calibration
    assert np.array_equal(kept.theta, before.calibration.theta)
    assert np.array_equal(kept.covariance, before.calibration.covariance)
    assert picture_to_refine(match, archive.review("vach"), clip, CUT) == 2
    refine_angle(archive, "vach", STILL, 2)
    assert state(archive, STILL, CUT).way == "refined"
    refine_angle(archive, "vach", STILL, CUT)  # in vain once more: what was found before still counts
    again = state(archive, STILL, CUT)
    assert again.refined is not None
    assert (again.refined.frame, len(again.tries)) == (2, 3)


def test_refusals_of_refining(archive: Archive) -> None:
    match = archive.match("vach")

    def refused(frame: int) -> str:
        with pytest.raises((BadValue, BadFile, NotFound)) as found:
            refine_angle(archive, "vach", STILL, frame)
        return found.value.name

    assert refused(0) == "nothing_to_refine"
    mark(archive, match, STILL, 0)
    assert refused(FRAMES) == "no_such_frame"
    assert refused(-1) == "no_such_frame"
    match.clip(STILL).path.rename(archive.home / "weg.mp4")
    assert refused(0) == "no_such_video"
    assert archive.review("vach").refined == ()
    assert state(archive, STILL, 0).way == "clicks"


def test_a_crowned_calibration_is_followed_on_its_crown(archive: Archive) -> None:
    """No click in the booth makes one; a calibration of other origin may be kept with a match all the same."""
    match = archive.match("vach")
    mark(archive, match, PANS, START)
    refine_angle(archive, "vach", PANS, START)
    entry = archive.entries("vach")[-1]["body"]
    crowned = replace(
        Calibration.from_document(entry["calibration"]), surface=Surface(0.02, 0.01, 68.0, np.zeros(11), "given")
    )
    archive.add_entry("vach", "refinement", entry | {"calibration": crowned.document()})
    assert state(archive, PANS, START).calibration is not None
    arguments = {"match": "vach", "camera": PANS, "frame": START, "frames": [START + 1]}
    assert follow_work(archive.home, arguments, lambda share, text: None)["count"] == 1
    now = state(archive, PANS, START + 1)
    assert now.calibration is not None
    assert now.calibration.surface is not None
    assert (now.calibration.surface.source, now.calibration.surface.width_m) == ("given", 68.0)


# ---------------------------------------------------------------------- following


def test_a_pan_is_followed_to_the_kick(archive: Archive) -> None:
    match, incident = archive.match("vach"), kicked(archive)
    clip = match.clip(PANS)
    assert way_to(match, archive.review("vach"), incident, clip) is None  # nothing to begin from
    mark(archive, match, PANS, START)
    review = archive.review("vach")
    assert calibrated_frames(match, review, clip) == (START,)
    assert frames_lacking(match, review, incident, clip) == (KICK,)
    assert frames_lacking(match, review, incident, match.clip(STILL)) == ()
    found = follow(archive, incident)
    assert (found.frame, found.count, found.stops) == (START, KICK + 2 - START, ())
    assert [frame for frame, _ in found.frames] == [KICK - 2, KICK - 1, KICK, KICK + 1, KICK + 2]
    for frame in range(KICK - 2, KICK + 3):
        now = state(archive, PANS, frame)
        assert now.way == "followed"
        assert now.calibration is not None
        assert float(np.median(errors(now.calibration, cameras()[frame])[0])) < 2.0
    assert state(archive, PANS, KICK - 3).calibration is None  # passed, but not asked for
    review = archive.review("vach")
    drawn = overlays_of(match, review, None)[PANS]
    assert set(drawn) == {str(START)} | {str(frame) for frame in followed_frames(review, PANS)}
    # Clicks on the very frame count before what was followed.
    mark(archive, match, PANS, KICK)
    assert state(archive, PANS, KICK).way == "clicks"


def test_other_clicks_end_what_was_followed(archive: Archive) -> None:
    match, incident = archive.match("vach"), kicked(archive)
    mark(archive, match, PANS, START)
    follow(archive, incident)
    mark(archive, match, PANS, START, ("right_goal_area_far",))
    assert state(archive, PANS, KICK).calibration is None
    again = way_to(match, archive.review("vach"), incident, match.clip(PANS))
    assert again is not None
    assert again.frame == START
    archive.undo("vach")
    assert state(archive, PANS, KICK).way == "followed"
    assert archive.undo("vach") == "followed"
    assert state(archive, PANS, KICK).calibration is None
    # Refined first, it begins from the refined camera.
    refine_angle(archive, "vach", PANS, START)
    assert state(archive, PANS, START).way == "refined"
    assert state(archive, PANS, START + 1).calibration is None  # one picture of a camera that turns
    follow(archive, incident)
    assert state(archive, PANS, KICK).way == "followed"
    archive.save_clip("vach", PANS, fixed=True)
    assert state(archive, PANS, KICK).way == "clicks"  # it is said to stand still now: its clicks hold everywhere


def test_nothing_is_used_behind_a_stop(archive: Archive) -> None:
    match, incident = archive.match("vach"), kicked(archive)
    clip = match.clip(PANS)
    mark(archive, match, PANS, START)
    spot = click(clip, CUT + 1, (600, 400))
    archive.mark_body(incident.id, Role.ATTACKER, BodyPart.TOE, spot)
    review = archive.review("vach")
    assert frames_asked(match, review, incident, clip) == (KICK, CUT + 1)
    archive.mark_spot(incident.id, "ball_click", click(clip, KICK - 1, (640, 360)))  # where the ball was played
    asked = frames_asked(match, archive.review("vach"), incident, clip)
    assert asked == (KICK - 1, KICK, CUT + 1)
    found = follow(archive, incident)
    ((stop, reason),) = found.stops
    assert (stop, reason) == (CUT, "cut")
    assert max(frame for frame, _ in found.frames) < CUT
    assert state(archive, PANS, KICK).way == "followed"
    assert state(archive, PANS, CUT + 1).calibration is None
    review = archive.review("vach")
    assert frames_lacking(match, review, incident, clip) == (CUT + 1,)
    assert way_to(match, review, incident, clip) is None  # the same way would end there again
    # Be there what may in the entry: behind the stop it does not count.
    forged = replace(found, frames=(*found.frames, (CUT + 1, found.frames[0][1])))
    assert forged.calibration(CUT + 1) is None
    assert forged.calibration(KICK) is not None
    assert forged.ended_before(CUT) == (CUT, "cut")
    assert forged.ended_before(CUT - 1) is None


def test_a_contact_is_asked_on_its_frames_and_a_ball_on_none(archive: Archive) -> None:
    match = archive.match("vach")
    clip = match.clip(PANS)
    incident = archive.add_incident("vach", at_s=clip.match_s(6))
    archive.ask(incident.id, Question.AREA)
    archive.mark_spot(incident.id, "contact_click", click(clip, KICK, (640, 360)))
    mark(archive, match, PANS, START)
    review = archive.review("vach")
    assert frames_asked(match, review, review.incident(incident.id), clip) == (KICK,)
    follow(archive, incident)
    assert state(archive, PANS, KICK).way == "followed"
    archive.ask(incident.id, Question.BALL)
    review = archive.review("vach")
    assert frames_asked(match, review, review.incident(incident.id), clip) == ()
    offside = archive.add_incident("vach", at_s=clip.match_s(6))
    assert frames_asked(match, review, offside, clip) == ()  # before there is a kick


def test_a_camera_is_followed_by_a_job_of_its_own(archive: Archive) -> None:
    match, incident = archive.match("vach"), kicked(archive)
    mark(archive, match, PANS, START)
    jobs = Jobs(archive.home)
    asked = Jobs(archive.home, Person("a1", "An", frozenset({Rights.OPERATOR})))
    job = asked.enter("follow", way(archive, incident) | {"by": "Bình", "account": "b2"})  # it says who started it
    jobs.run(job, WORK)
    done = jobs.job(job)
    assert done is not None
    assert (done.state, done.share) == ("done", 1.0)
    assert [archive.entries("vach")[-1][name] for name in ("by", "account")] == ["An", "a1"]
    assert state(archive, PANS, KICK).way == "followed"
    refused = jobs.enter("follow", {"match": "vach", "camera": PANS, "frame": KICK, "frames": [START]})
    jobs.run(refused, WORK)
    failed = jobs.job(refused)
    assert failed is not None
    assert failed.state == "failed"
    assert failed.result is not None
    assert "khung hình" in failed.result["vi"]["detail"]
    assert len(archive.review("vach").followed) == 1


# ---------------------------------------------------------------------- the report


def words_of(report: Path) -> str:
    pdf = pypdfium2.PdfDocument(report)
    text = "\n".join(sheet.get_textpage().get_text_bounded() for sheet in pdf)
    pdf.close()
    return " ".join(text.split())


def measured(archive: Archive) -> tuple[Match, Review, Incident]:
    """Two body points on the frame of the kick of the camera that pans."""
    match, incident = archive.match("vach"), kicked(archive)
    camera, clip = cameras()[KICK], match.clip(PANS)
    for role, x in ((Role.ATTACKER, 40.0), (Role.DEFENDER, 38.0)):
        pixel = observe(camera, np.array([[x, 2.0 if role is Role.ATTACKER else -3.0, 0.0]]))[0]
        archive.mark_body(incident.id, role, BodyPart.TOE, click(clip, KICK, pixel))
    review = archive.review("vach")
    return match, review, review.incident(incident.id)


def test_the_report_says_how_each_angle_was_calibrated(archive: Archive, tmp_path: Path) -> None:
    match, review, incident = measured(archive)
    before = verdict_of(match, review, incident)
    assert before is not None
    assert before.margin is None  # the frame of the kick has no calibration
    mark(archive, match, STILL, 0)
    mark(archive, match, PANS, START)
    refine_angle(archive, "vach", STILL, 0)
    follow(archive, incident)
    review = archive.review("vach")
    verdict = verdict_of(match, review, review.incident(incident.id))
    assert verdict is not None
    assert verdict.interval95 is not None
    low, high = verdict.interval95
    assert low < 2.0 < high
    record = {}
    for lang in LANGUAGES:
        made = export_package(archive, "vach", incident.id, tmp_path / lang, lang=lang, sign=False).exported
        record = json.loads(made.record.read_text("utf-8"))
        jsonschema.validate(record, schemas()["incident"], cls=jsonschema.Draft202012Validator)
        text = words_of(made.report)
        for said in {
            "vi": ("tinh chỉnh theo", f"theo máy quay từ khung hình {START}"),
            "en": ("refined on", f"followed from frame {START}"),
        }[lang]:
            assert said in text
    still, pans = (camera["calibration"] for camera in record["cameras"])
    assert (still["way"], still["painted_frame"], still["followed_from"]) == ("refined", 0, None)
    assert still["painted_lines"] == len(still["document"]["refinement"]["lines"]) >= 3
    assert (pans["way"], pans["painted_frame"], pans["followed_from"]) == ("followed", KICK, START)
    archive.undo("vach")
    archive.undo("vach")
    made = export_package(archive, "vach", incident.id, tmp_path / "again", lang="en", sign=False).exported
    first = json.loads(made.record.read_text("utf-8"))["cameras"][0]["calibration"]
    assert (first["way"], first["painted_lines"], first["painted_frame"]) == ("clicks", None, None)
    assert "clicks only" in words_of(made.report)
