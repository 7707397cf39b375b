"""The benchmarks run without arguments; what they need and do not find they say in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "benchmarks").glob("*.py"))


def run(name: str, *words: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *words],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "TOUCHLINE_HOME": str(home)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


NOWHERE = ["--fixtures", "nowhere"]


def test_the_assistance_says_which_models_are_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path / "models"))
    said = run("assistance", home=tmp_path / "home")
    assert said.startswith("skipped: needs person_ssd, pose_full")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("follow", []),
        ("wide_view", NOWHERE),
        ("pitch_lines", NOWHERE),
        ("report_page", NOWHERE),
        *((f"pose{more}", NOWHERE) for more in ("", "_noise", "_hour")),
    ],
)
def test_what_is_absent_is_said_in_one_line(name: str, words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    said = run(name, *words, home=home)
    assert said.startswith("skipped: ")
    assert said.count("\n") == 1
    assert not home.exists()  # asking makes nothing


def test_the_coverage_of_a_few_scenes(tmp_path: Path) -> None:
    found = json.loads(run("offside_coverage", "--trials", "20", home=tmp_path))
    for kind in ("drawn", "attack"):
        for views in ("one view", "two views"):
            part = found[kind][views]
            assert sum(part[name] for name in ("offside", "onside", "too_close", "not_measurable")) == 20
            # Of 20 intervals at 95 % fewer than 15 hold the truth once in 3000 times.
            assert part["coverage"] >= 0.75
            assert part["wrong_side"] <= 3


def test_the_aids_of_a_few_fouls(tmp_path: Path) -> None:
    found = json.loads(run("foul_aids", "--trials", "20", home=tmp_path))
    for views in ("one view", "two views"):
        for aid in ("offender_ball", "attacker_goal", "closing_speed"):
            part = found["drawn"][views][aid]
            assert part["trials"] == 20
            assert part["refused"] < 10
            # Of 20 intervals at 95 % fewer than 15 hold the truth once in 3000 times, and of fewer no more often.
            assert part["coverage"] >= 0.75


def test_a_few_cameras_are_refined_and_a_pan_is_followed(tmp_path: Path) -> None:
    found = json.loads(run("refining", "--cameras", "3", "--frames", "3", *NOWHERE, home=tmp_path))
    lines, before = found["four_clicks"], found["four_clicks"]["before_px_median_p95"]
    assert lines["refined"] >= 1
    assert lines["after_px_median_p95"][0] < before[0]
    crowned = found["crowned"]["estimate"]
    assert crowned["refined"] >= 1
    assert crowned["after_px_median_p95"][0] < crowned["before_px_median_p95"][0]
    assert found["following"]["calibrated"] == 3
    assert found["following"]["after_a_cut"] == [1, "cut"]
    assert found["following"]["from_a_recording"]["calibrated"] == 3
    assert found["match_left_wide"].startswith("skipped: ")


def test_a_short_ledger_beside_its_peers(tmp_path: Path) -> None:
    found = json.loads(
        run("ledger", "--entries", "50", "--lines", "200", "--work", str(tmp_path), "--json", home=tmp_path)
    )
    assert found["check"]["lines"] == 200
    assert found["ratio_groups"] > found["ratio_append"] > 0
    assert 0 < found["ratio_check"] < 1
    assert list(tmp_path.iterdir()) == []


def test_a_clip_is_cut_beside_being_coded_again(tmp_path: Path) -> None:
    found = json.loads(run("clips", "--seconds", "2", "--rounds", "1", "--json", home=tmp_path))["files"][0]
    assert (found["cut"]["same"], found["cut"]["psnr_db"]) == (1.0, None)
    assert found["coded"]["same"] < 1
    assert found["coded"]["psnr_db"] > 35
    assert found["early_s"] > 0
    assert found["ratio_time"] > 0


def test_a_few_beats_beside_neurokit(tmp_path: Path) -> None:
    found = json.loads(run("hrv", "--beats", "2000", "--rounds", "1", home=tmp_path))
    assert (found["origin"], found["classified_differently"]) == ("simulated", 0)
    assert found["artefacts"] > 10
    assert found["dfa_difference"] < 1e-9
    assert found["parts"]["all but the single pass"]["ratio"] > 1


def test_wrong_marks_of_a_few_cameras(tmp_path: Path) -> None:
    listed = tmp_path / "list.jsonl"
    found = json.loads(run("wrong_marks", "--cameras", "2", "--list", str(listed), *NOWHERE, home=tmp_path))
    assert found["points"]["right"]["refused"] == 0.0
    assert found["points"]["right"]["named"] == 1.0  # nothing is wrong, and nothing is called so
    rows = [json.loads(line) for line in listed.read_text("utf-8").splitlines()]
    assert sum(found[group][kind]["count"] for group in ("points", "lines") for kind in found[group]) == len(rows)
    assert found["stills"].startswith("skipped: ")


def test_the_recorder_says_that_there_is_no_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("recorder", home=tmp_path) == "skipped: dbus-daemon is not installed\n"


def test_a_small_department_beside_a_pandas_loop(tmp_path: Path) -> None:
    found = json.loads(run("department", "--athletes", "8", "--days", "120", "--rounds", "1", home=tmp_path))
    assert found["origin"] == "simulated"
    assert found["greatest_difference"] < 1e-9  # both say the same of every day
    assert found["ratio_loop_to_ours"] > 0
    assert found["ratio_to_read"] > 0


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_benchmark_is_documented(script: Path) -> None:
    assert f"benchmarks/{script.name}" in (ROOT / "docs" / "benchmarks.md").read_text("utf-8")


def test_an_import_that_was_killed_goes_on(tmp_path: Path) -> None:
    found = json.loads(run("imports", "--files", "16", "--jobs", "1", *NOWHERE, home=tmp_path))
    assert found["fixtures"].startswith("skipped: ")
    assert found["again"]["already_there"] == found["gone_on"]["ok"] + found["gone_on"]["repaired"] > 8
    assert found["gone_on"]["ok"] + found["gone_on"]["repaired"] + found["gone_on"]["refused"] == 16


def test_the_measures_of_a_few_athletes(tmp_path: Path) -> None:
    found = json.loads(run("kinematics", "--athletes", "2", "--only", "squat", "kick", home=tmp_path))["movements"]
    assert set(found) == {"squat", "kick"}
    # Two athletes with 15 angles are some 500 independent intervals at 95 %: a standard deviation of 1 %.
    assert all(0.9 <= part["angle_coverage"] <= 1.0 for part in found.values())
    assert found["squat"]["counted_right"] == 1.0
    assert found["kick"]["numbers"]["peak_speed"]["n"] == 2
