"""``touchline motion clocks|calibrate|edit|template|compare``: what is said of trials, as the page and Python do it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from measured_trials import measured_trial, seen
from space_scene import ring, walking
from trial_films import kept_trial

from athletes.archive import Archive
from athletes.kinematics.comparing import deviations, differences
from athletes.kinematics.model import Movement
from athletes.model import Athlete
from athletes.motion.found import analysis_of, keep_tracks, motion_of, tracks_path
from athletes.motion.model import Result, Trial, TrialShot
from athletes.motion.rig import camera_of, nudged, picture_s, within_s
from athletes.motion.trials import Trials
from athletes.pose.model import Track
from athletes.space.calibrations import calibration_from, write_pose2sim
from athletes.space.fitting import fitted
from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.timebase import ClockMap

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``touchline motion`` with a data folder of its own; gives the JSON document, or the lines."""
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))

    def call(*words: str, lang: str = "en", lines: bool = False) -> Any:
        assert main(["motion", *words, *([] if lines else ["--json"]), "--lang", lang]) == 0
        said = capsys.readouterr().out
        if lines:
            return said
        document = json.loads(said)
        name = "refused" if document.get("status") == "refused" else NAMES.get(words[0], "motion_trial")
        jsonschema.Draft202012Validator(schemas()[name]).validate(document)
        return document

    return call


NAMES = {word: f"motion_{word}" for word in ("clocks", "calibrate", "compare", "export")}


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(Archive(tmp_path / "home"))


@pytest.fixture
def two(trials: Trials, tmp_path: Path) -> Trial:
    """A trial of two cameras that were not looked through."""
    return kept_trial(trials.archive, tmp_path, rates=(30, 60))


# ---------------------------------------------------------------------- clocks


def test_clocks_that_nothing_tells_stay_and_say_why(run: Run, trials: Trials, two: Trial) -> None:
    vi, en = (run("clocks", two.id, lang=lang) for lang in ("vi", "en"))
    for document in (vi, en):
        first, second = document["cameras"]
        assert (first["changed"], second["changed"], second["to_trial"]["sigma_s"]) == (False, False, None)
        assert second["reason"]
    assert vi["cameras"][1]["reason"] != en["cameras"][1]["reason"]
    assert trials.trial(two.id) == two


def test_a_clock_that_is_set_by_hand_is_kept_as_the_page_keeps_it(run: Run, trials: Trials, two: Trial) -> None:
    document = run("clocks", two.id, "--set", "cam2=-0,04")
    kept = trials.trial(two.id)
    assert kept == nudged(trials, two.id, "cam2", Fraction(-1, 25), sigma_s=within_s(two.shots[1]))
    assert kept.shots[1].to_trial.sigma_s == pytest.approx(1 / 60 / math.sqrt(12), rel=1e-6)  # anywhere in a picture
    assert document["cameras"][1]["to_trial"] == kept.shots[1].to_trial.document()
    assert (document["cameras"][1]["method"], document["cameras"][1]["changed"]) == ("by_hand", True)
    run("clocks", two.id, "--set", "Máy 2=0.5", "--error", "0.002")  # as people call it
    assert trials.trial(two.id).shots[1].to_trial == ClockMap(Fraction(1, 2), Fraction(1), 0.002)
    assert "500,0 ms" in run("clocks", two.id, "--set", "cam2=0.5", lang="vi", lines=True)


def test_cameras_that_began_together_are_said_to(run: Run, trials: Trials, two: Trial) -> None:
    document = run("clocks", two.id, "--together")
    assert document["cameras"][1]["method"] == "together"
    clock = trials.trial(two.id).shots[1].to_trial
    assert (clock.offset_s, clock.sigma_s) == (0, pytest.approx(1 / 30 / math.sqrt(12), rel=1e-6))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--set", "cam2"), "bad_pair"),
        (("--set", "cam2=soon"), "bad_offset"),
        (("--set", "cam2=100"), "clock_meets_nothing"),
        (("--set", "cam2=-99,999"), "clock_meets_nothing"),
        (("--set", "cam2=1", "cam2=2"), "camera_twice"),
        (("--set", "cam1=1"), "first_camera_is_the_clock"),
        (("--set", "cam9=1"), "no_such_trial_camera"),
        (("--set", "cam2=0,1", "--error", "99"), "bad_motion_setting"),
        (("--error", "0.1"), "error_of_what"),
    ],
)
def test_clocks_that_cannot_be_change_nothing(
    words: tuple[str, ...], code: str, run: Run, trials: Trials, two: Trial
) -> None:
    assert run("clocks", two.id, *words)["code"] == code
    assert trials.trial(two.id) == two


def test_a_clock_that_shares_no_instant_says_between_which_it_may_stand(run: Run, trials: Trials, two: Trial) -> None:
    first, second = ((one.shot.length_s + float(picture_s(one))) for one in two.shots)
    for lang, mark in (("vi", ","), ("en", ".")):
        refused = run("clocks", two.id, "--set", "cam2=100", lang=lang)
        for ends in (-second, first):
            assert f"{abs(ends):.3f}".rstrip("0").rstrip(".").replace(".", mark) in refused["hint"]
    with pytest.raises(BadValue, match="cam"):
        nudged(trials, two.id, "cam2", Fraction(100))  # as the page sets it
    for inside in (first - 0.01, -second + 0.01):
        nudged(trials, two.id, "cam2", Fraction(inside))


def test_a_placed_camera_that_gives_nothing_is_named(run: Run, trials: Trials, tmp_path: Path) -> None:
    """One whose clock meets nobody's, and one that saw nobody: numbers, report and show say which."""
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30, 30, 30), movement=Movement.RANGE)
    t_s = np.arange(60) / 30
    for shot, camera in zip(made.shots, ring(4), strict=True):
        px = fitted(camera, shot.shot.size_px).project(walking(t_s))
        px = px * np.nan if shot.shot.camera_id == "cam4" else px
        sure = np.where(np.isnan(px[..., 0]), np.nan, 0.9)
        track = Track(1, np.arange(60), t_s, px, sure, sure / 3, shot.shot.size_px, Origin.SIMULATED, "made")
        keep_tracks(trials, made.id, shot.shot.camera_id, [track])
    run("clocks", made.id, "--together")
    far = replace(trials.trial(made.id).shots[2], to_trial=ClockMap(Fraction(90), Fraction(1), 0.01))
    trials.change(trials.trial(made.id).with_shot(far))
    (tmp_path / "Calib.toml").write_text(write_pose2sim(ring(4)), "utf-8")
    assert run("calibrate", made.id, str(tmp_path / "Calib.toml"))["space_refused"] is None
    together = analysis_of(trials, made.id)
    assert together is not None
    assert {"camera_not_used:cam3", "camera_not_used:cam4"} <= set(together.notes)
    assert not any(note.endswith((":cam1", ":cam2")) for note in together.notes)
    for lang, words in (("vi", "cam3 không được dùng"), ("en", "cam3 was not used")):
        assert words in run("show", made.id, lang=lang, lines=True)
        exported = run("export", made.id, "--to", "trc", "-o", str(tmp_path / f"{lang}.trc"), lang=lang)
        assert any(words in note["detail"] for note in exported["notes"])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--smooth", "nhiều"), "not_a_number", "“nhiều”"),
        (("--smooth", "0,01"), "bad_motion_setting", "500"),
        (("--clock-error", "10,5"), "bad_motion_setting", "10,5"),
        (("--person", "hai"), "not_a_whole_number", "--person"),
        (("--offset", "cam1"), "bad_pair", "cam01=0.04"),
    ],
)
def test_numbers_of_a_person_in_space_are_refused_in_words(
    words: tuple[str, ...], code: str, said: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "Calib.toml").write_text(write_pose2sim(ring(2)), "utf-8")
    files = ("--calibration", str(tmp_path / "Calib.toml"), "-o", str(tmp_path / "a.npz"))
    refused = run("space", "--points", "cam1=a.npz", *files, *words, lang="vi")
    assert refused["code"] == code
    assert said in refused["detail"] + refused["hint"]


# ---------------------------------------------------------------------- where the cameras stand


def test_a_calibration_joins_a_trial_and_goes_again(run: Run, trials: Trials, two: Trial, tmp_path: Path) -> None:
    cameras = ring(3)
    text = write_pose2sim(cameras)
    file = tmp_path / "Calib.toml"
    file.write_text(text, "utf-8")
    assert run("calibrate", two.id, str(file))["cameras"][0]["is"] == "cam1"  # by name, as the page guesses
    assert run("calibrate", two.id, str(file), "--camera", "cam1=cam2", "Máy 2=cam3")["left_out"] == ["cam1"]
    kept = trials.trial(two.id)
    told = calibration_from(text.encode(), "Calib.toml")
    for shot, name in zip(kept.shots, ("cam2", "cam3"), strict=True):
        camera = camera_of(shot)
        assert camera is not None
        assert camera.size_px == (320, 180)  # fitted to the recording
        np.testing.assert_allclose(camera.centre_m, told.camera(name).centre_m, atol=1e-6)
    assert "calibrated" in run("show", two.id, lines=True)
    gone = run("calibrate", two.id, "--take-back")
    assert (gone["form"], [one["is"] for one in gone["cameras"]]) == (None, [None, None])
    assert [camera_of(shot) for shot in trials.trial(two.id).shots] == [None, None]


def test_two_cameras_that_see_nobody_together_say_so(run: Run, trials: Trials, two: Trial, tmp_path: Path) -> None:
    """Numbers come by each camera; that nothing in space came is told, by the command as by the page."""
    for shot in two.shots:
        keep_tracks(trials, two.id, shot.shot.camera_id, [seen(Movement.CMJ, 30.0)])
    (tmp_path / "Calib.toml").write_text(write_pose2sim(ring(2)), "utf-8")
    far = replace(two.shots[1], to_trial=ClockMap(Fraction(90), Fraction(1), 0.01))  # as a file of before may have it
    trials.change(trials.trial(two.id).with_shot(far))
    document = run("calibrate", two.id, str(tmp_path / "Calib.toml"))
    assert document["space_refused"]["code"] == "nobody_in_two_views"
    assert run("measure-again", two.id)["space_refused"]["code"] == "nobody_in_two_views"


def test_calibrated_cameras_give_somebody_in_space_who_goes_to_other_programs(
    run: Run, trials: Trials, tmp_path: Path
) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30, 30), movement=Movement.RANGE)
    t_s, cameras = np.arange(60) / 30, ring(3)
    for shot, camera in zip(made.shots, cameras, strict=True):
        px = fitted(camera, shot.shot.size_px).project(walking(t_s))
        sure = np.full(px.shape[:2], 0.9)
        track = Track(1, np.arange(60), t_s, px, sure, sure / 3, shot.shot.size_px, Origin.SIMULATED, "made")
        keep_tracks(trials, made.id, shot.shot.camera_id, [track])
    out = tmp_path / "walk.trc"
    assert run("export", made.id, "--to", "trc", "-o", str(out))["code"] == "no_motion_of_trial"
    assert not out.exists()
    run("clocks", made.id, "--together")
    (tmp_path / "Calib.toml").write_text(write_pose2sim(cameras), "utf-8")
    assert run("calibrate", made.id, str(tmp_path / "Calib.toml"))["space_refused"] is None
    shown = run("show", made.id)
    assert [one["camera"] for one in shown["analyses"]] == [None, "cam1", "cam2", "cam3"]
    kept = motion_of(trials, made.id)
    assert kept is not None
    document = run("export", made.id, "--to", "trc", "-o", str(out))
    assert (document["instants"], document["origin"]) == (len(kept.motion), "simulated")
    assert "not_current" not in {note["key"] for note in document["notes"]}
    assert shown["space"]["worst_limb_grade"] == "good"  # a walker without noise
    assert "(SIMULATED)" in out.read_text("utf-8").splitlines()[0]
    assert out.stat().st_mode & 0o077 == 0  # a body's movement is for its owner
    for form in ("mot", "c3d", "csv", "glb"):
        assert run("export", made.id, "--to", form, "-o", str(tmp_path / f"walk.{form}"))["bytes"] > 0
    assert run("compare", made.id, "--beside", made.id)["trial"]["camera"] is None
    alone = run("compare", made.id, "--beside", made.id, "--camera", "cam1")
    assert (alone["trial"]["camera"], alone["other"]["camera"]) == ("cam1", "cam1")
    now = trials.trial(made.id)
    trials.change(replace(now, settings={**now.settings, "cutoff_hz": 9.0}))
    document = run("export", made.id, "--to", "csv", "-o", str(tmp_path / "walk.csv"))
    assert "not_current" in {note["key"] for note in document["notes"]}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "calibration_or_none"),
        (("{file}", "--take-back"), "calibration_or_none"),
        (("{text}",), "not_a_calibration"),
        (("{absent}",), "unreadable_calibration"),
        (("{other}",), "no_camera_matched"),
        (("{file}", "--camera", "cam1=nothing"), "no_such_camera"),
        (("{file}", "--camera", "cam9=cam1"), "no_such_trial_camera"),
        (("{file}", "--fit", "cam1=somehow"), "no_such_fit"),
        (("{square}",), "picture_size_differs"),
    ],
)
def test_a_calibration_that_cannot_be_changes_nothing(
    words: tuple[str, ...], code: str, run: Run, trials: Trials, two: Trial, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"{name}.toml" for name in ("file", "text", "absent", "other", "square")}
    plain = write_pose2sim(ring(2))
    files["file"].write_text(plain, "utf-8")
    files["text"].write_text("xin chào", "utf-8")
    files["other"].write_text(plain.replace("cam", "goc"), "utf-8")
    files["square"].write_text(plain.replace("size = [1920.0, 1080.0]", "size = [1000.0, 1000.0]"), "utf-8")
    assert run("calibrate", two.id, *(word.format(**files) for word in words))["code"] == code
    assert trials.trial(two.id) == two


# ---------------------------------------------------------------------- what a trial is, and beside what


def test_a_trial_is_named_anew(run: Run, trials: Trials, two: Trial) -> None:
    athlete = trials.archive.save_athlete(Athlete("", "Ánh"))
    words = (
        "--name",
        "Sút",
        "--athlete",
        athlete.id,
        "--movement",
        "kick",
        "--day",
        "2026-10-02",
        "--notes",
        "chân trái",
    )
    document = run("edit", two.id, *words)
    assert {name: document[name] for name in ("name", "athlete_id", "movement", "day", "notes")} == {
        "name": "Sút", "athlete_id": athlete.id, "movement": "kick", "day": "2026-10-02", "notes": "chân trái",
    }  # fmt: skip
    assert run("edit", two.id, "--athlete", "")["athlete_id"] is None
    before = trials.trial(two.id)
    for more, code in (
        (("--name", " "), "trial_unnamed"),
        (("--day", "2/10"), "bad_day"),
        (("--athlete", "nobody"), "no_such_athlete"),
    ):
        assert run("edit", two.id, *more)["code"] == code
    assert trials.trial(two.id) == before


def test_a_trial_is_compared_with_the_template_and_with_another(run: Run, trials: Trials, tmp_path: Path) -> None:
    athletes = [trials.archive.save_athlete(Athlete("", name)).id for name in ("An", "Bình")]
    good, theirs, worse = (
        measured_trial(trials.archive, tmp_path, name=name, athlete_id=athletes[whose], seed=seed, rise_m=rise_m)
        for name, whose, seed, rise_m in (("a", 0, 1, 0.35), ("b", 1, 2, 0.35), ("c", 0, 3, 0.2))
    )
    assert run("compare", worse.id)["code"] == "no_template"
    assert run("template", theirs.id)["template"] is True
    assert run("compare", worse.id)["other"]["id"] == theirs.id
    run("template", good.id)
    document = run("compare", worse.id)
    same_athletes = {"id": good.id, "name": "a", "camera": "cam1", "simulated": True, "template": True}
    same_athletes["current"] = False  # kept here under a recipe of the test
    assert document["other"] == same_athletes
    one, other = (analysis_of(trials, each.id, "cam1") for each in (worse, good))
    assert one is not None
    assert other is not None
    assert [each["verdict"] for each in document["differences"]] == [each.verdict for each in differences(one, other)]
    assert document["looked_at"] == worse.id
    heights = {each["key"]: each for each in document["differences"]}["height_by_time"]
    assert heights["difference"]["value"] < 0  # it is lower than the template
    assert heights["one"]["value"] < heights["other"]["value"]
    assert heights["verdict"] == "beyond"
    apart = deviations(one, other)
    assert [(each["key"], each["side"]) for each in document["curves"]] == [(each.key, each.side) for each in apart]
    assert [len(each["stretches"]) for each in document["curves"]] == [len(each.stretches) for each in apart]
    beside = run("compare", worse.id, "--beside", theirs.id, "--camera", "Máy 1", "--other-camera", "cam1")
    assert beside["other"]["id"] == theirs.id  # another's template is a template all the same
    run("template", theirs.id, "--take-back")
    pair = run("compare", worse.id, "--beside", theirs.id)
    assert pair["looked_at"] == theirs.id
    (height,) = (each for each in pair["differences"] if each["key"] == "height_by_time")
    assert height["difference"]["value"] > 0  # the second less the first
    assert height["difference"]["value"] == pytest.approx(height["other"]["value"] - height["one"]["value"])
    of_second = deviations(*(found for each in (theirs, worse) if (found := analysis_of(trials, each.id, "cam1"))))
    assert [one["stretches"][0]["largest"]["value"] for one in pair["curves"] if one["stretches"]] == [
        one.stretches[0].largest.value for one in of_second if one.stretches
    ]
    assert "Differences: “b [simulated]” less “c [simulated]”." in run(
        "compare", worse.id, "--beside", theirs.id, lines=True
    )
    assert "Differences: “c [simulated]” less “a [simulated]”." in run("compare", worse.id, lines=True)
    run("template", theirs.id)
    assert run("compare", good.id, "--beside", good.id)["differences"][0]["verdict"] == "within"
    for lang, words in (
        ("vi", "“c [mô phỏng]” so với mẫu “a [mô phỏng]”"),
        ("en", "beside the template “a [simulated]”"),
    ):
        said = run("compare", worse.id, lang=lang, lines=True)
        assert words in said
        assert "athletes." not in said
    assert "★" in run("list", lines=True)
    assert run("template", good.id, "--take-back")["template"] is False
    assert run("compare", worse.id)["other"]["id"] == theirs.id


def test_a_filmed_trial_is_told_from_a_simulated_template(run: Run, trials: Trials, tmp_path: Path) -> None:
    filmed, other = (
        measured_trial(trials.archive, tmp_path, name=name, origin=origin)
        for name, origin in (("a", Origin.IMPORTED), ("b", Origin.SIMULATED))
    )
    run("template", other.id)
    document = run("compare", filmed.id)
    assert (document["trial"]["simulated"], document["other"]["simulated"]) == (False, True)
    said = run("compare", filmed.id, lines=True)
    assert "“a” beside the template “b [simulated]”" in said
    # curves that lie within a band say nothing of heights and times, which stand above
    assert "the shape of the movement does not differ" in said
    assert "[simulated]”: no difference" not in said


def test_what_was_not_measured_is_not_compared(run: Run, trials: Trials, two: Trial, tmp_path: Path) -> None:
    jump = measured_trial(trials.archive, tmp_path)
    assert run("compare", jump.id, "--beside", two.id)["code"] == "trial_not_measured"
    assert run("compare", two.id, "--beside", jump.id)["code"] == "trial_not_measured"
    assert run("compare", jump.id, "--beside", "0" * 12)["code"] == "no_such_trial"
    squat = measured_trial(trials.archive, tmp_path, name="s", movement=Movement.SQUAT, fps=30)
    document = run("compare", jump.id, "--beside", squat.id)  # no event in common: numbers alone
    assert document["curves_refused"]["code"] == "no_common_event"
    assert {each["verdict"] for each in document["differences"]} == {"unknown"}


def test_slow_motion_is_told_and_answered(run: Run, trials: Trials, tmp_path: Path) -> None:
    """A jump filmed at 240 and shown as 30 seems to fall too slowly: that is said until somebody answers."""
    trial = measured_trial(trials.archive, tmp_path, fps=240, slow=8)
    real = analysis_of(trials, trial.id, "cam1")
    assert real is not None
    asked = trials.change(trial.with_shot(TrialShot(trial.shots[0].shot)))  # as it comes in
    (told,) = run("show", asked.id)["slow_motion"]
    assert (told["camera"], told["factor"], told["reason"]) == ("cam1", 8.0, "fall")
    assert "--slow 8" in run("show", asked.id, lang="vi", lines=True)
    answered = run("measure-again", asked.id, "--slow", "8")
    assert (answered["cameras"][0]["slow"], answered["slow_motion"]) == (8.0, [])
    told, known = (
        next(one for one in findings if one["key"] == "flight_time")["measured"]["value"]
        for findings in (answered["analyses"][0]["findings"], real.document()["findings"])
    )
    # as by points that had real times from the beginning; they are kept with 32 bits, a tenth of a picture is more
    assert told == pytest.approx(known, abs=0.1 / 240)
    assert run("measure-again", asked.id, "--slow", "1")["slow_motion"] == []  # a "no" is an answer too
    assert run("measure-again", asked.id, "--slow", "0.5")["code"] == "bad_slow_factor"


def test_who_was_found_is_told_with_who_is_measured(run: Run, trials: Trials, tmp_path: Path) -> None:
    trial = measured_trial(trials.archive, tmp_path)
    track = seen(Movement.CMJ, 60.0)
    half = len(track) // 2
    names = ("px", "frames", "t_s", "confidence", "sigma_px")
    other = replace(track, person=track.person + 4, **{name: getattr(track, name)[:half] for name in names})
    keep_tracks(trials, trial.id, "cam1", [other, track])
    dark = {"key": "dark", "person": None, "frames": [0, 9], "values": {"luma": 12.5}}
    told = {"engine": "t", "noise": "full", "people": 2, "notes": [dark], "doubts": [], "swaps": {}}
    trials.keep_result(trial.id, Result.READING, json.dumps(told).encode(), camera_id="cam1", recipe="t")
    (document,) = run("show", trial.id, lang="vi")["seen"]
    assert [(one["person"], one["followed"], one["frames"]) for one in document["people"]] == [
        (track.person, True, len(track)),
        (other.person, False, len(other)),
    ]
    assert "12,5" in document["notes"][0]["detail"]
    again = run("measure-again", trial.id, "--person", str(other.person))
    assert [one["followed"] for one in again["seen"][0]["people"]] == [False, True]
    assert f"person {other.person} is measured" in run("show", trial.id, lines=True)


def test_a_trial_with_damaged_files_is_shown_with_what_is_left(run: Run, trials: Trials, tmp_path: Path) -> None:
    """Points, a measurement and somebody in space that cannot be opened can be made again; the rest is told."""
    trial = measured_trial(trials.archive, tmp_path)
    told = {"engine": "t", "noise": "full", "people": 1, "notes": [], "doubts": [], "swaps": {}}
    trials.keep_result(trial.id, Result.READING, json.dumps(told).encode(), camera_id="cam1", recipe="t")
    whole = run("show", trial.id)
    assert len(whole["seen"]) == len(whole["analyses"]) == 1
    tracks_path(trials, trial.id, "cam1").write_bytes(b"damaged")
    trials.keep_result(trial.id, Result.MOTION, b"damaged", recipe="t")
    left = run("show", trial.id)
    assert (left["seen"], left["space"]) == ([], None)
    assert left["analyses"] == whole["analyses"]
    trials.keep_result(trial.id, Result.ANALYSIS, b"damaged", camera_id="cam1", recipe="t")
    assert run("show", trial.id)["analyses"] == []
    assert "Nothing was measured yet" in run("show", trial.id, lines=True)
