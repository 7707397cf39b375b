"""What was marked in the booth, written as files: the commands say of them what the page says. Frames, bit by bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import jsonschema
import numpy as np
import pytest
from PIL import Image
from test_questions import World
from test_review import reviewed

from touchline.cli import main, plain
from touchline.commands import schemas
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.angles import angle_state
from var.archive import Archive
from var.export.marked import marked_angle
from var.footage.video import Reader, index
from var.ingest import Source, ingest
from var.measure.area_documents import read_area_scene
from var.measure.ball_documents import read_ball_scene
from var.measure.camera import PARAMETERS
from var.measure.documents import read_scene
from var.measure.goal_line import BallScene
from var.measure.offside import measure
from var.measure.scene_writing import area_document, ball_document, offside_document
from var.measure.together import Together
from var.model import AttackDirection, Match, Period, Question, Setup
from var.questions import verdict_of
from var.review import scene_of

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the archive ``home``; a document among the words becomes a file."""

    def call(home: Path, *words: Any, lang: str = "en") -> Any:
        monkeypatch.setenv("TOUCHLINE_HOME", str(home))
        argv = []
        for k, word in enumerate(words):
            if not isinstance(word, str):
                (tmp_path / f"{k}.json").write_text(json.dumps(word), "utf-8")
                word = str(tmp_path / f"{k}.json")
            argv.append(word)
        assert main([*argv, "--json", "--lang", lang]) == 0
        return json.loads(capsys.readouterr().out)

    return call


def valid(document: Any, name: str) -> None:
    jsonschema.validate(document, schemas()[name], cls=jsonschema.Draft202012Validator)


def verdict_on_the_page(archive: Archive, match: Match, incident_id: str) -> dict[str, Any]:
    review = archive.review(match.id)
    verdict = verdict_of(match, review, review.incident(incident_id))
    assert verdict is not None
    found: dict[str, Any] = plain(verdict.document())
    return found


@pytest.mark.parametrize("margin_m", [0.34, 0.05])
def test_the_command_says_of_the_marks_what_the_page_says(tmp_path: Path, run: Run, margin_m: float) -> None:
    archive, match, incident_id = reviewed(tmp_path, margin_m, 7, ("cam1", "cam2"))
    scene = run(archive.home, "incident", "scene", "m", "1")
    valid(scene, "offside_scene")
    shown = verdict_on_the_page(archive, match, incident_id)
    assert shown["margin_m"] is not None
    assert run(archive.home, "offside", scene) == shown  # to the last digit: nothing is rounded on the way


def test_the_marks_of_an_angle_give_its_calibration(tmp_path: Path, run: Run) -> None:
    archive, match, _ = reviewed(tmp_path, 0.34, 7, ("cam1", "cam2"))
    marks = run(archive.home, "match", "marks", "m", "cam2")
    valid(marks, "calibration_marks")
    found = marked_angle(archive, "m", "cam2")
    assert found.arguments() == ["--picture-size", "1920x1080", "--pitch", "105x68"]
    shown = angle_state(match, archive.review("m"), "cam2", None).calibration
    assert shown is not None
    assert run(archive.home, "calibrate", marks, *found.arguments()) == plain(shown.document())


def test_lines_are_marks_too(tmp_path: Path, run: Run) -> None:
    archive, match, _ = reviewed(tmp_path, 0.34, 7, ("cam1",))
    click = archive.review("m").pitch_marks[0].click
    for u in (700.0, 900.0):
        archive.mark_line("m", "right_goal_line", replace(click, u_px=u))
    archive.mark_line("m", "halfway_line", click)  # one click alone does not say how a line runs
    assert [line["name"] for line in run(archive.home, "match", "marks", "m", "cam1")["lines"]] == ["right_goal_line"]
    marks = marked_angle(archive, "m", "cam1").document
    assert marks["lines"][0]["image_px"] == [[700.0, click.v_px], [900.0, click.v_px]]
    assert match.clip("cam1").fixed


def test_a_camera_that_moves_keeps_a_calibration_of_each_picture(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    moving = replace(match, clips=tuple(replace(clip, fixed=False) for clip in match.clips))
    review = archive.review("m")
    scene = scene_of(moving, review, review.incident(incident_id))
    assert scene is not None
    document = json.loads(json.dumps(plain(offside_document(scene))))
    valid(document, "offside_scene")
    assert all(name.startswith(("cam1@", "cam2@")) for name in document["calibrations"])
    again = measure(read_scene(document))
    assert again.margin is not None
    assert again.document() == measure(scene).document()


def test_a_clock_that_nobody_measured_stays_unmeasured(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    unset = replace(match.clips[0], to_match=replace(match.clips[0].to_match, sigma_s=None))
    review = archive.review("m")
    elsewhere = replace(match, clips=(unset, match.clips[1]), master=1)  # the time line's own clock is exact
    scene = scene_of(elsewhere, review, review.incident(incident_id))
    assert scene is not None
    again = read_scene(json.loads(json.dumps(plain(offside_document(scene)))))
    assert (again.kick_clock_measured, again.kick_clock_s) == (False, scene.kick_clock_s)
    assert measure(again).document() == measure(scene).document()


def test_a_ball_and_a_contact_are_written_too(tmp_path: Path, run: Run) -> None:
    world = World(tmp_path / "home")
    world.calibrate("cam1", "cam2")
    home = tmp_path / "home"
    lineless = world.asked(Question.BALL, line=None)
    assert run(home, "incident", "scene", "m", lineless)["code"] == "ball_line_missing"
    ball, foul = world.asked(Question.BALL), world.asked(Question.AREA)
    world.ball(ball, "cam1", "cam2")
    world.contact(foul, (36.6, 3.0, 0.02), "cam1", "cam2")
    for incident_id, command, schema in ((ball, "goal-line", "goal_line_scene"), (foul, "area", "area_scene")):
        scene = run(home, "incident", "scene", "m", incident_id)
        valid(scene, schema)
        shown = verdict_on_the_page(world.archive, world.match, incident_id)
        assert shown["margin_m"] is not None
        assert run(home, command, scene) == shown
        read = {"goal-line": read_ball_scene, "area": read_area_scene}[command](scene)
        written = ball_document(read) if isinstance(read, BallScene) else area_document(read)
        assert plain(written) == scene


REFUSED = [
    (("incident", "scene", "m", "2"), "kick_missing"),
    (("match", "marks", "m", "cam9"), "no_such_camera"),
    (("frame", "m", "cam1", "--at", "900", "--out", "x.png"), "no_picture_at"),
    (("frame", "m", "cam1", "--clock", "12:00", "--out", "x.png"), "no_such_clock"),
    (("frame", "m", "cam1", "--frame", "99999", "--out", "x.png"), "no_such_frame"),
    (("frame", "m", "cam1", "--frame", "0", "--out", "x.tga"), "frame_format"),
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("words", "code"), REFUSED)
def test_what_is_not_there_is_refused(tmp_path: Path, run: Run, words: tuple[str, ...], code: str, lang: str) -> None:
    archive, _, _ = reviewed(tmp_path, 0.34, 7, ("cam1",))
    archive.add_incident("m", at_s=Fraction(1), attack=AttackDirection.RIGHT)
    refused = run(archive.home, *words, lang=lang)
    assert refused["code"] == code
    assert "var." not in refused["detail"] + refused["hint"]


# ------------------------------------------------------------------ frames


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Twenty pictures of 25 a second, each with another noise, so that no two are alike."""
    path, draw = tmp_path / "main.mp4", np.random.default_rng(5)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for _ in range(20):
            coarse = draw.integers(0, 255, (12, 20, 3), np.uint8)
            picture = np.kron(coarse, np.ones((8, 8, 1), np.uint8))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def test_a_frame_of_a_file_is_the_very_frame(tmp_path: Path, run: Run, video: Path) -> None:
    pictures = [np.array(Reader(index(video)).picture(k)) for k in range(20)]
    for words, frame in ((("--frame", "7"), 7), (("--at", "0.28"), 7), (("--at", "0.79"), 19), (("--at", "13/25"), 13)):
        out = tmp_path / "still.png"
        written = run(tmp_path, "frame", str(video), *words, "--out", str(out))
        valid(written, "frame")
        assert (written["frame"], written["match"], written["origin"]) == (frame, None, None)
        read = cv2.imread(str(out))
        assert read is not None
        assert [k for k in range(20) if np.array_equal(read, pictures[k])] == [frame]
        with Image.open(out) as picture:
            assert f"frame {frame};" in picture.info["Comment"]
    assert run(tmp_path, "frame", str(video), "--at", "0.95", "--out", str(out))["code"] == "no_picture_at"
    assert run(tmp_path, "frame", str(video), "--frame", "20", "--out", str(out))["code"] == "no_such_frame"
    photo = tmp_path / "still.jpg"
    run(tmp_path, "frame", str(video), "--frame", "3", "--out", str(photo))
    assert photo.read_bytes()[:2] == b"\xff\xd8"
    assert run(tmp_path, "frame", str(video), "--frame", "3", "--out", str(tmp_path / "main.mp4" / "x.png"))[
        "code"
    ] == ("frame_unwritable")


def test_a_frame_of_a_match_is_named_by_its_clocks(tmp_path: Path, run: Run, video: Path) -> None:
    archive = Archive(tmp_path / "home")
    to_match = ClockMap(Fraction(10), Fraction(1), 0.001)
    made = ingest(archive, "Huế – Đà Nẵng", [Source(video, to_match=to_match)]).match
    assert made is not None
    archive.save_setup(made.id, Setup(periods=(Period("Hiệp 2", Fraction(0), 2700, AttackDirection.RIGHT),)))
    out = tmp_path / "still.png"
    for words in (("--frame", "5"), ("--at", "10.2"), ("--clock", "45:10.2"), ("--clock", "45:10,2")):
        written = run(archive.home, "frame", made.id, "cam1", *words, "--out", str(out))
        valid(written, "frame")
        assert (written["frame"], written["clip_s"], written["match_s"], written["clock_s"]) == (
            5, "1/5", "51/5", 2710.2,
        )  # fmt: skip
        assert written["origin"] == Origin.IMPORTED
    archive.match(made.id).clip("cam1").path.write_bytes(b"another file")
    assert run(archive.home, "frame", made.id, "cam1", "--frame", "5", "--out", str(out))["code"] == "media_changed"


def test_a_clock_needs_a_match() -> None:
    with pytest.raises(SystemExit) as end:
        main(["frame", "main.mp4", "--clock", "67:12.5", "--out", "x.png"])
    assert end.value.code == 2


def test_calibrations_that_share_errors_still_do(tmp_path: Path) -> None:
    """Two frames of a camera that moves, calibrated from one: what they share is written and read again."""
    archive, match, incident_id = reviewed(tmp_path, 0.34, 3, ("cam1", "cam2"))
    review = archive.review("m")
    scene = scene_of(match, review, review.incident(incident_id))
    assert scene is not None
    views = tuple(scene.calibrations)
    size = len(PARAMETERS)
    joint = np.zeros((2 * size + 1, 2 * size + 1))
    for k, view in enumerate(views):
        joint[k * size : (k + 1) * size, k * size : (k + 1) * size] = scene.calibrations[view].covariance
    for covariance in (None, joint):
        tied = replace(scene, together=(Together(views, covariance),))
        document = json.loads(json.dumps(plain(offside_document(tied))))
        valid(document, "offside_scene")
        again = read_scene(document)
        assert [one.views for one in again.together] == [views]
        assert measure(again).document() == measure(tied).document()
