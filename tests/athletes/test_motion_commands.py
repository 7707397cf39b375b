"""``touchline motion`` on trials: kept, shown, measured, removed; reports and clips; refusals that leave nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pypdfium2 as pdfium
import pytest
from measured_trials import SIZE, analysis_of, measured_trial, seen
from pose_footage import clip_of
from recordings import write
from trial_films import film

from athletes.archive import Archive
from athletes.kinematics.model import Movement
from athletes.model import Athlete
from athletes.motion.found import analysis_of as kept_analysis
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.people.consent import Consents
from athletes.people.standing import Scope
from touchline import models
from touchline.cli import main
from touchline.commands import schemas
from touchline.i18n import t
from touchline.vision.runtime import lacking

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``touchline motion`` with a data folder of its own; gives the JSON document."""
    monkeypatch.setenv("TOUCHLINE_MODELS", str(models.folder()))  # they lie in the data folder otherwise
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))

    def call(*words: str, lang: str = "en") -> Any:
        assert main(["motion", *words, "--json", "--lang", lang]) == 0
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "home")


@pytest.fixture
def trial(archive: Archive, tmp_path: Path) -> Trial:
    athlete = archive.save_athlete(Athlete("", "Nguyễn Thị Ánh"))
    return measured_trial(archive, tmp_path, athlete_id=athlete.id, movement=Movement.SQUAT, fps=30)


def fits(document: Any, name: str) -> None:
    jsonschema.Draft202012Validator(schemas()[name]).validate(document)


def test_recordings_become_a_trial_and_go_again(run: Run, archive: Archive, tmp_path: Path) -> None:
    athlete = archive.save_athlete(Athlete("", "An"))
    files = [str(film(tmp_path / f"{name}.mp4", 20, camera=turn)) for turn, name in enumerate(("trái", "phải"))]
    words = ["--movement", "squat", "--athlete", athlete.id, "--day", "2026-11-03", "--slow", "8", "--height", "1.72"]
    added = run("add", *files, *words)
    fits(added, "motion_trial")
    assert (added["name"], added["movement"], added["day"]) == ("trái", "squat", "2026-11-03")
    assert [one["slow"] for one in added["cameras"]] == [8.0, 8.0]
    assert [one["settings"] for one in added["cameras"]] == [
        {"scale": {"kind": "height", "m": 1.72}, "slow_asked": True}
    ] * 2
    assert all(Path(file).is_file() for file in files)  # what was given stays where it was
    listed = run("list", "--athlete", athlete.id)
    fits(listed, "motion_trials")
    assert [one["id"] for one in listed["trials"]] == [added["id"]]
    assert run("show", added["id"])["analyses"] == []
    assert run("remove", added["id"]) == {"id": added["id"], "removed": True, "for_good": False}
    assert run("list")["trials"] == []
    assert [one["id"] for one in run("list", "--put-away")["trials"]] == [added["id"]]
    assert run("restore", added["id"])["removed"] is False
    assert run("remove", added["id"], "--for-good")["for_good"] is True  # from the lists at once
    assert run("show", added["id"])["code"] == "no_such_trial"
    assert not Trials(archive).folder(added["id"]).exists()


def test_a_trial_of_somebody_who_withdrew_consent_can_still_be_deleted(
    run: Run, archive: Archive, trial: Trial
) -> None:
    run("remove", trial.id)
    Consents(archive).withdraw(trial.athlete_id or "", [Scope.VIDEO], trial.day)
    assert run("list")["trials"] == []
    assert run("report", trial.id, "-o", str(archive.home / "a.pdf"))["code"] == "no_such_trial"
    assert run("remove", trial.id, "--for-good")["for_good"] is True
    assert not Trials(archive).folder(trial.id).exists()


def test_what_was_measured_is_shown_and_measured_again(run: Run, archive: Archive, trial: Trial) -> None:
    shown = run("show", trial.id)
    fits(shown, "motion_trial")
    assert shown["looked_through"] == ["cam1"]
    (before,) = shown["analyses"]
    assert before["camera"] == "cam1"
    again = run("measure-again", trial.id)
    fits(again, "motion_trial")
    told = {one["key"]: one["measured"] for one in again["analyses"][0]["findings"] if one["number"] is None}
    assert told["repetitions"]["value"] == 1  # one squat was made
    # no scale was kept with this trial: nothing in metres, and a note that says so
    assert "no_scale" in again["analyses"][0]["notes"]
    assert kept_analysis(Trials(archive), trial.id, "cam1") is not None


def test_what_is_said_of_a_trial_is_kept_and_measured_by(run: Run, archive: Archive, trial: Trial) -> None:
    px_per_m = SIZE[1] / 2.7
    length = ["10", "10", "10", str(10 + px_per_m), "1.0"]
    told = run("measure-again", trial.id, "--length", *length, "--person", "1", "--set", "cutoff_hz=8")
    fits(told, "motion_trial")
    kept = Trials(archive).trial(trial.id)
    assert kept.settings["cutoff_hz"] == 8.0
    assert kept.shots[0].settings["person"] == 1
    assert kept.shots[0].settings["scale"] == {"kind": "length", "px": [float(x) for x in length[:4]], "m": 1.0}
    (analysis,) = told["analyses"]
    assert analysis["settings"]["cutoff_hz"] == 8.0
    assert "scale_from_length" in analysis["notes"]
    run("measure-again", trial.id, "--set", "cutoff_hz=")
    assert Trials(archive).trial(trial.id).settings["cutoff_hz"] is None
    before = Trials(archive).trial(trial.id)
    for words, code in (
        (("--person", "7"), "no_such_track"),
        (("--height", "17"), "bad_motion_setting"),
        (("--length", "1", "1", "2", "2", "1"), "length_too_short"),
        (("--set", "cutoff_hz=900"), "bad_motion_setting"),
        (("--set", "cutoff_hz=fast"), "no_such_motion_setting"),
        (("--set", "joint=tail"), "no_such_angle"),
        (("--set", "colour=red"), "no_such_motion_setting"),
        (("--camera", "cam9", "--person", "1"), "no_such_trial_camera"),
    ):
        assert run("measure-again", trial.id, *words)["code"] == code
    assert Trials(archive).trial(trial.id) == before


def test_numbers_of_other_settings_are_said_to_be_that(
    run: Run, archive: Archive, trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    trials, old = Trials(archive), "touchline motion measure-again"
    assert [one["current"] for one in run("measure-again", trial.id)["analyses"]] == [True]
    assert main(["motion", "show", trial.id]) == 0
    assert old not in capsys.readouterr().out
    now = trials.trial(trial.id)
    trials.change(replace(now, settings={**now.settings, "cutoff_hz": 9.0}))
    assert [one["current"] for one in run("show", trial.id)["analyses"]] == [False]
    beside = run("compare", trial.id, "--beside", trial.id)
    fits(beside, "motion_compare")
    assert beside["trial"]["current"] is False
    for words in (["show", trial.id], ["compare", trial.id, "--beside", trial.id]):
        assert main(["motion", *words]) == 0
        assert f"{old} {trial.id}" in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_people_read_the_same_numbers(
    lang: str, trial: Trial, archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))
    assert main(["motion", "show", trial.id, "--lang", lang]) == 0
    said = capsys.readouterr().out
    depth = next(
        one for one in analysis_of(seen(Movement.SQUAT, 30), Movement.SQUAT).findings if one.key == "smallest_knee"
    )
    assert depth.measured is not None
    value = f"{depth.measured.value:.1f}"
    assert (value.replace(".", ",") if lang == "vi" else value) in said
    assert "athletes." not in said


def test_a_report_and_a_comparison_are_written(run: Run, archive: Archive, trial: Trial, tmp_path: Path) -> None:
    other = measured_trial(archive, tmp_path, name="b", movement=Movement.SQUAT, fps=30, seed=4)
    out = tmp_path / "một.pdf"
    for more, count in (((), 1), (("--beside", other.id), 2)):
        document = run("report", trial.id, "-o", str(out), *more, lang="vi")
        fits(document, "motion_report")
        assert len(document["trials"]) == count
        assert document["bytes"] == out.stat().st_size
        assert document["simulated"] is True
        pages = pdfium.PdfDocument(out)
        assert "MÔ PHỎNG" in pages[0].get_textpage().get_text_bounded()
        pages.close()
    assert run("report", trial.id, "-o", str(tmp_path / "a.doc"))["code"] == "motion_report_suffix"
    assert run("report", trial.id, "-o", str(out), "--camera", "cam9")["code"] == "no_such_trial_camera"


def test_a_clip_is_written(run: Run, trial: Trial, tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    document = run("clip", trial.id, "--camera", "cam1", "--from", "1", "--to", "1.5", "--slow", "4", "-o", str(out))
    fits(document, "motion_clip")
    assert (document["first_frame"], document["last_frame"], document["frames"]) == (30, 45, 16)
    assert document["body"] is True
    assert document["curve"] == "knee"
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert [stream.width, stream.height] == document["size_px"]
        assert stream.width == SIZE[0]
        assert sum(1 for _ in container.decode(stream)) == 16
    for words, code in (
        (("--from", "90", "-o", str(tmp_path / "b.mp4")), "clip_empty"),
        (("-o", str(tmp_path / "b.mov")), "clip_suffix"),
        (("--slow", "1000", "-o", str(tmp_path / "b.mp4")), "clip_speed"),
        (("--curve", "tail", "-o", str(tmp_path / "b.mp4")), "no_such_curve"),
    ):
        assert run("clip", trial.id, *words)["code"] == code
    assert not list(tmp_path.glob("b.*"))


def test_a_clip_whose_process_is_ended_leaves_nothing(archive: Archive, tmp_path: Path) -> None:
    # large pictures, so that nine tenths of the work last longer than it takes to end it
    trial = measured_trial(archive, tmp_path, movement=Movement.SQUAT, fps=30, size=(1280, 720))
    out = tmp_path / "out"
    out.mkdir()
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    words = ["motion", "clip", trial.id, "--slow", "4", "-o", str(out / "a.mp4"), "--lang", "en"]
    environment = {**os.environ, "TOUCHLINE_HOME": str(archive.home)}
    with subprocess.Popen([sys.executable, "-c", start, *words], stderr=subprocess.PIPE, env=environment) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"10 %\n"
        assert list(out.iterdir())  # it is being written
        process.terminate()
        assert process.wait(60) == 143
    assert list(out.iterdir()) == []


def test_a_consent_withdrawn_stops_both(run: Run, archive: Archive, trial: Trial, tmp_path: Path) -> None:
    Consents(archive).withdraw(trial.athlete_id or "", [Scope.SHARING], trial.day)
    for words in (
        ("report", trial.id, "-o", str(tmp_path / "a.pdf")),
        ("clip", trial.id, "-o", str(tmp_path / "a.mp4")),
    ):
        refusal = run(*words)
        assert refusal["code"] == "motion_not_shared"
    assert not list(tmp_path.glob("a.*"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "{none}", "--movement", "cmj"), "no_such_file"),
        (("add", "{text}", "--movement", "cmj"), "not_a_video"),
        (("add", "{film}", "--movement", "cmj", "--day", "3/11"), "bad_day"),
        (("add", "{film}", "--movement", "cmj", "--slow", "0.5"), "bad_slow_factor"),
        (("add", "{film}", "--movement", "cmj", "--height", "17"), "bad_motion_setting"),
        (("add", "{film}", "--movement", "cmj", "--athlete", "nobody"), "no_such_athlete"),
        (("run", "0" * 12), "no_such_trial"),
        (("measure-again", "0" * 12), "no_such_trial"),
        (("remove", "0" * 12), "no_such_trial"),
        (("remove", "0" * 12, "--for-good"), "no_such_trial"),
        (("restore", "0" * 12), "no_such_trial"),
    ],
)
def test_a_refusal_keeps_nothing(words: tuple[str, ...], code: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("không phải video", "utf-8")
    files = {"none": tmp_path / "x.mp4", "text": tmp_path / "text.mp4", "film": film(tmp_path / "f.mp4", 5)}
    assert run(*(word.format(**files) for word in words))["code"] == code
    assert run("list")["trials"] == []
    assert not list((tmp_path / "home" / "motion").glob("*/*"))


def test_every_file_that_cannot_be_used_is_named(run: Run, tmp_path: Path) -> None:
    good = film(tmp_path / "tốt.mp4", 5)
    (tmp_path / "văn_bản.mp4").write_text("không phải video", "utf-8")
    (tmp_path / "rỗng.mp4").touch()
    bad = ("văn_bản.mp4", "rỗng.mp4", "vắng.mp4")
    files = [str(good), *(str(tmp_path / name) for name in bad)]
    for lang in ("vi", "en"):
        refusal = run("add", *files, "--movement", "cmj", lang=lang)
        assert refusal["code"] == "bad_films"
        assert all(name in refusal["detail"] for name in bad)
        assert "tốt" not in refusal["detail"]
        assert "Invalid" not in refusal["detail"]  # a library's English
    alone = run("add", str(good), files[1], "--movement", "cmj")
    assert alone["code"] == "not_a_video"  # one names itself
    assert run("list")["trials"] == []


def test_numbers_take_a_decimal_comma_and_are_refused_in_the_readers_language(
    run: Run, archive: Archive, trial: Trial, tmp_path: Path
) -> None:
    source = str(film(tmp_path / "f.mp4", 5))
    added = run("add", source, "--movement", "cmj", "--height", "1,72", "--slow", "2,5")
    assert added["cameras"][0]["settings"]["scale"] == {"kind": "height", "m": 1.72}
    assert added["cameras"][0]["slow"] == 2.5
    run("measure-again", trial.id, "--length", "10", "10,5", "10", "90,5", "0,3")
    kept = Trials(archive).trial(trial.id).shots[0].settings["scale"]
    assert kept == {"kind": "length", "px": [10.0, 10.5, 10.0, 90.5], "m": 0.3}
    for words, code in (
        (("measure-again", trial.id, "--height", "cao"), "not_a_number"),
        (("measure-again", trial.id, "--length", "1", "2", "3", "bốn", "5"), "not_a_number"),
        (("measure-again", trial.id, "--person", "1,5"), "not_a_whole_number"),
        (("add", source, "--movement", "cmj", "--slow", "inf"), "not_a_number"),
        (("clip", trial.id, "-o", str(tmp_path / "a.mp4"), "--from", "nửa"), "not_a_number"),
        (("clocks", trial.id, "--set", "cam2=0", "--error", "ít"), "not_a_number"),
        (("run", trial.id, "--people", "hai"), "not_a_whole_number"),
        (("analyse", source, "-o", str(tmp_path / "a.npz"), "--from", "đầu"), "not_a_whole_number"),
    ):
        vi, en = (run(*words, lang=lang) for lang in ("vi", "en"))
        assert (vi["code"], en["code"]) == (code, code)
        assert "không phải là số" in vi["detail"]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--height", "17.5"), {"vi": "17,5 không dùng được cho chiều cao", "en": "17.5 cannot be the height"}),
        (("--length", "1", "1", "900", "2", "300"), {"vi": "chiều dài", "en": "known length"}),
        (("--length", "1", "1", "2", "2", "1"), {"vi": "1,414 pixel", "en": "1.414 pixel"}),
        (("--set", "cutoff_hz=0.25"), {"vi": "0,25 không dùng được cho tần số cắt", "en": "0.25 cannot be the cutoff"}),
        (("--set", "treadmill_mps=99"), {"vi": "máy chạy bộ", "en": "treadmill"}),
        (("--set", "colour=red"), {"vi": "cutoff_hz (tần số cắt", "en": "cutoff_hz (cutoff"}),
        (("--person", "7"), {"vi": "số 7", "en": "number 7"}),
    ],
)
def test_a_refusal_is_in_words(lang: str, words: tuple[str, ...], said: dict[str, str], run: Run, trial: Trial) -> None:
    """Names of settings stand where one has to type them, with what they mean; numbers are as the language has them."""
    refusal = run("measure-again", trial.id, *words, lang=lang)
    assert said[lang] in refusal["detail"] + refusal["hint"]
    assert not re.search(r"[a-z]_[a-z]|athletes\.|cam\d", refusal["detail"])


def test_which_way_somebody_faces_is_said_in_words_or_taken_back(run: Run, archive: Archive, trial: Trial) -> None:
    for word, kept in (("left", -1), ("right", 1), ("0", 0), ("", None)):
        run("measure-again", trial.id, "--set", f"facing={word}")
        assert Trials(archive).trial(trial.id).settings["facing"] == kept
    assert run("measure-again", trial.id, "--set", "facing=up")["code"] == "no_such_motion_setting"


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(("count", "light", "why"), [(20, 0, "too_dark"), (1, 128, "too_few_frames")])
def test_pictures_that_show_nothing_are_answered_by_every_command(
    lang: str, count: int, light: int, why: str, run: Run, tmp_path: Path
) -> None:
    """Black and single pictures: what is wrong and what to do stands in numbers, paper and film."""
    if absent := lacking(["pose_lite"]):
        pytest.skip(f"needs {', '.join(absent)}: touchline models get")
    source = clip_of(tmp_path / "phone.mp4", [np.full((180, 320, 3), light, np.uint8)] * count)
    trial = run("add", str(source), "--movement", "cmj", "--height", "1.7", lang=lang)["id"]
    words = t(f"athletes.motion.reason.{why}", lang)
    done = run("run", trial, "--model", "lite", lang=lang)
    assert [reason for one in done["analyses"][0]["findings"] for reason in one["reasons"]] == [why]
    assert done["analyses"][0]["notes"] == []  # no advice that does not help
    report = run("report", trial, "-o", str(tmp_path / "a.pdf"), lang=lang)
    assert report["trials"][0]["notes"] == [{"key": why, "detail": words}]
    paper = pdfium.PdfDocument(tmp_path / "a.pdf")
    said = " ".join(paper[0].get_textpage().get_text_bounded().split())
    paper.close()
    assert words in said
    film_made = run("clip", trial, "-o", str(tmp_path / "a.mp4"), lang=lang)
    assert film_made["notes"] == [{"key": why, "detail": words}]
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert words in container.metadata["comment"]


def test_a_phone_held_upright_is_read_upright(run: Run, tmp_path: Path) -> None:
    source = write(tmp_path / "phone.mp4", 5, rotation=(90, False), options={"preset": "ultrafast"})
    trial = run("add", str(source), "--movement", "cmj")
    assert trial["cameras"][0]["shot"]["size_px"] == [180, 320]
    document = run("clip", trial["id"], "-o", str(tmp_path / "a.mp4"))
    assert document["size_px"][0] == 180
    assert [note["key"] for note in document["notes"]] == ["not_looked_through"]


def test_a_trial_is_looked_through_in_this_process(run: Run, archive: Archive, tmp_path: Path) -> None:
    """The real pose model on a recording without anybody: it says so, and makes no numbers up."""
    if absent := lacking(["pose_lite"]):
        pytest.skip(f"needs {', '.join(absent)}: touchline models get")
    added = run("add", str(film(tmp_path / "a.mp4", 8)), "--movement", "squat")
    done = run("run", added["id"], "--model", "lite")
    fits(done, "motion_trial")
    assert done["looked_through"] == ["cam1"]
    (analysis,) = done["analyses"]
    assert all(one["measured"] is None and one["reasons"] for one in analysis["findings"])
    assert "nobody_seen" in {reason for one in analysis["findings"] for reason in one["reasons"]}
    assert run("run", added["id"], "--people", "99")["code"] == "bad_motion_setting"
