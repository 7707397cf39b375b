"""``touchline motion measure``: what it prints and refuses; and every key of a measure has its words."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moving import film

from athletes.kinematics.angles import INCLINED, INTERIOR
from athletes.kinematics.model import Movement, Side
from athletes.kinematics.strikes import POINTS
from athletes.pose.model import BODY33
from athletes.pose.points_file import write_points
from touchline.cli import main
from touchline.i18n import LANGUAGES, find
from touchline.origin import Origin

ROOT = Path(__file__).resolve().parents[2]
Say = Callable[..., Any]


@pytest.fixture(scope="module")
def jump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("points") / "cmj.npz"
    write_points(path, [film("cmj", np.random.default_rng(1)).track])
    return path


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def call(*words: str | Path, lang: str = "en", as_json: bool = True) -> Any:
        capsys.readouterr()
        assert main(["motion", "measure", *map(str, words), "--lang", lang, *(["--json"] if as_json else [])]) == 0
        out = capsys.readouterr().out
        return json.loads(out) if as_json else out

    return call


def numbers(document: Any) -> dict[str, Any]:
    return {one["key"]: one["measured"] for one in document["findings"]}


def test_a_jump_is_measured_with_error_and_frames(jump: Path, say: Say) -> None:
    document = say(jump, "--movement", "cmj", "--height-m", "1.75")
    found = numbers(document)
    assert document["origin"] == Origin.SIMULATED
    assert "simulated" in document["notes"]
    for key in ("height_by_time", "height_by_hips", "flight_time", "height_difference", "countermovement_depth"):
        low, high = found[key]["interval95"]
        assert low < found[key]["value"] < high
    take_off, landing = document["events"]
    assert landing["t_s"] - take_off["t_s"] == pytest.approx(found["flight_time"]["value"])
    frames = next(one["frames"] for one in document["findings"] if one["key"] == "flight_time")
    assert frames == [take_off["frame"], landing["frame"]]


def test_a_known_length_scales_and_without_one_nothing_is_in_metres(jump: Path, say: Say) -> None:
    short, long = (
        numbers(say(jump, "--movement", "cmj", "--length-px", "0,0,960,0", "--length-m", str(length)))
        for length in (2.0, 2.2)
    )
    none = say(jump, "--movement", "cmj")
    # The hips' height goes with the scale, but for the curvature's prior: gravity holds a little against it.
    ratio = long["height_by_hips"]["value"] / short["height_by_hips"]["value"]
    assert 1.03 < ratio < 1.15
    assert long["flight_time"]["value"] == pytest.approx(short["flight_time"]["value"], abs=0.002)
    assert numbers(none)["height_by_hips"] is None
    assert "no_scale" in none["notes"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--person", "7"), "no_such_person_followed"),
        (("--length-px", "0,0,900,0"), "length_needs_both"),
        (("--length-px", "0,0,3,0", "--length-m", "1"), "length_too_short"),
        (("--height-m", "17"), "bad_motion_setting"),
        (("--cutoff", "0"), "bad_motion_setting"),
        (("--noise", "enormous"), "no_noise_measured"),
    ],
)
def test_what_cannot_be_is_refused_in_both_languages(jump: Path, say: Say, words: tuple[str, ...], code: str) -> None:
    said = [say(jump, "--movement", "cmj", *words, lang=lang) for lang in LANGUAGES]
    assert [one["code"] for one in said] == [code, code]
    assert said[0]["detail"] != said[1]["detail"]


def test_a_file_that_is_none_is_refused(tmp_path: Path, say: Say) -> None:
    wrong = tmp_path / "wrong.npz"
    wrong.write_text("không phải tệp điểm", "utf-8")
    assert say(wrong, "--movement", "cmj")["status"] == "refused"
    assert say(tmp_path / "absent.npz", "--movement", "cmj")["status"] == "refused"


def test_three_numbers_are_no_length(jump: Path, say: Say) -> None:
    for text in ("1,2,3", "a,b,c,d"):
        assert say(jump, "--movement", "cmj", "--length-px", text, "--length-m", "1")["code"] == "not_two_ends"


def test_numbers_have_a_comma_or_a_point_and_are_refused_in_the_readers_language(jump: Path, say: Say) -> None:
    comma, point = (say(jump, "--movement", "cmj", "--height-m", text) for text in ("1,75", "1.75"))
    assert comma == point
    for option, text, code in (
        ("--height-m", "cao", "not_a_number"),
        ("--cutoff", "nan", "not_a_number"),
        ("--person", "1,5", "not_a_whole_number"),
    ):
        vi, en = (say(jump, "--movement", "cmj", option, text, lang=lang) for lang in ("vi", "en"))
        assert (vi["code"], en["code"]) == (code, code)
        assert "không phải là số" in vi["detail"]
        assert option in vi["detail"]
        assert text in en["detail"]


@pytest.mark.parametrize("movement", list(Movement))
def test_people_read_it_in_their_language(jump: Path, say: Say, movement: Movement) -> None:
    vi, en = (say(jump, "--movement", movement, lang=lang, as_json=False) for lang in ("vi", "en"))
    assert vi.count("\n") == en.count("\n") >= 3
    for text in (vi, en):
        assert "athletes." not in text
        assert "_" not in text.replace(jump.name, "")
    assert "Lưu ý: Dữ liệu mô phỏng" in vi
    if movement is Movement.CMJ:
        assert "± 0,0" in vi
        assert "± 0.0" in en


# ------------------------------------------------------------------ words


def constants(node: ast.AST) -> set[str]:
    """The text constants within a node that look like keys, f-strings apart."""
    inside = {id(value) for one in ast.walk(node) if isinstance(one, ast.JoinedStr) for value in one.values}
    texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and id(one) not in inside)
    return {text for text in texts if isinstance(text, str) and text.isidentifier() and "_" in text}


def test_every_key_that_the_code_can_produce_has_its_words() -> None:
    known = {
        table: set(_table(table))
        for table in ("finding", "event", "reason", "note", "angle", "movement", "side", "joint")
    }
    angles = {*INTERIOR, *INCLINED, "trunk"}
    findings = {f"{kind}_{angle}" for kind in ("smallest", "largest", "range") for angle in angles}
    findings |= {f"{part}_time" for part in ("down", "hold", "up")}
    reasons = {f"no_{movement}_found" for movement in POINTS}
    reasons |= {f"{point}_not_seen" for pair in POINTS.values() for point in pair}
    events: set[str] = set()
    loose: set[str] = set()
    for path in (ROOT / "athletes" / "kinematics" / f"{name}.py" for name in MEASURING):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"finding": 0, "event": 1}.get(node.func.id)
                if place is not None and isinstance(node.args[place], ast.Constant):
                    (findings if place == 0 else events).add(node.args[place].value)
                for word in node.keywords:
                    if word.arg == "reasons":
                        reasons |= constants(word.value)
            elif isinstance(node, ast.Assign | ast.Return | ast.AnnAssign):
                loose |= constants(node)
    assert findings - known["finding"] == set()
    assert events - known["event"] == set()
    assert reasons - known["reason"] == set()
    # What stands in an assignment or is returned is a key of some table, or no key at all: those are named here.
    neither = loose - set().union(*known.values()) - {name for one in INTERIOR.values() for name in one}
    assert neither <= NO_KEYS, sorted(neither - NO_KEYS)
    assert angles | {"speed"} <= known["angle"]
    assert set(Movement) <= known["movement"]
    assert set(Side) <= known["side"]
    assert set(BODY33.joints) <= known["joint"]


MEASURING = (
    "analysis", "contacts", "curves", "found", "gait", "jumps", "ranges", "repetitions", "scale", "seen", "settings",
    "smoothing", "strikes",
)  # fmt: skip
"""The modules that make findings, events, curves and notes."""
NO_KEYS = {
    "cutoff_hz", "fill_gap_s", "min_confidence", "up_sigma_deg", "treadmill_mps", "depth_deg", "m_per_px", "height_m",
    "length_m", "left_foot_index", "right_foot_index", "left_heel", "right_heel", "left_ear", "right_ear", "left_hip",
    "right_hip", "left_shoulder", "right_shoulder", "foot_index",
}  # fmt: skip
"""Names of settings and of points in the code of measures."""


def _table(name: str) -> dict[str, str]:
    import tomllib

    text = (ROOT / "athletes" / "locales" / "motion.vi.toml").read_text("utf-8")
    table: dict[str, str] = tomllib.loads(text)[name]
    for key in table:
        for lang in LANGUAGES:
            assert find(f"athletes.motion.{name}.{key}", lang), key
    return table


@pytest.mark.parametrize(
    ("method", "row"),
    [
        ("mediapipe 1.2.2 pose_heavy@0123456789ab people=1", "heavy"),
        ("crops person_ssd@0123456789ab pose_full@0123456789ab people=12", "frames"),  # as it was at first
        ("crops 2 person_ssd@0123456789ab pose_full@0123456789ab people=12", "crops_full"),
        ("crops 2 person_ssd@0123456789ab pose_heavy@0123456789ab people=1", "crops_heavy"),
        ("simulated body points", "full"),
    ],
)
def test_the_errors_are_those_of_the_engine_that_found_the_points(
    method: str, row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track = film("cmj", np.random.default_rng(1)).track
    write_points(tmp_path / "points.npz", [replace(track, method=method)])
    assert main(["motion", "measure", str(tmp_path / "points.npz"), "--movement", "range", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["noise_model"] == row
