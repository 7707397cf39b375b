"""``touchline motion`` on trials: kept, shown, measured, removed; reports and clips; refusals that leave nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import jsonschema
import pypdfium2 as pdfium
import pytest
from measured_trials import SIZE, analysis_of, measured_trial, seen
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
    files = [str(film(tmp_path / f"{name}.mp4", 20)) for name in ("trái", "phải")]
    words = ["--movement", "squat", "--athlete", athlete.id, "--day", "2026-11-03", "--slow", "8", "--height", "1.72"]
    added = run("add", *files, *words)
    fits(added, "motion_trial")
    assert (added["name"], added["movement"], added["day"]) == ("trái", "squat", "2026-11-03")
    assert [one["slow"] for one in added["cameras"]] == [8.0, 8.0]
    assert [one["settings"] for one in added["cameras"]] == [{"scale": {"kind": "height", "m": 1.72}}] * 2
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


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_people_read_the_same_numbers(
    lang: str, trial: Trial, archive: Archive, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))
    assert main(["motion", "show", trial.id, "--lang", lang]) == 0
    said = capsys.readouterr().out
    depth = next(one for one in analysis_of(seen(Movement.SQUAT, 30), Movement.SQUAT).findings if one.key == "depth")
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
        (("add", "{film}", "--movement", "cmj", "--slow", "0.5"), "bad_motion_setting"),
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
