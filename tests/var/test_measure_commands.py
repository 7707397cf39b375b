"""The measuring commands against their schemas, from the command line on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import MAIN, marks_of

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES, find, t
from var.measure.documents import read_marks, read_scene
from var.measure.kinds import TOLD_BY, kind_of

OWN = ("calibration", "calibration_marks", "projection", "ground", "offside_scene", "offside")
SCENE: dict[str, Any] = schemas()["offside_scene"]["examples"][0]

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on documents, which become files; give back its one JSON document."""

    def call(*words: Any, lang: str = "en") -> dict[str, Any]:
        argv: list[str] = []
        for index, word in enumerate(words):
            if isinstance(word, str):
                argv.append(word)
            else:
                path = tmp_path / f"{index}.json"
                path.write_text(json.dumps(word), "utf-8")
                argv.append(str(path))
        assert main([*argv, "--json", "--lang", lang]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return call


def valid(document: dict[str, Any], name: str) -> None:
    jsonschema.validate(document, schemas()[name], cls=jsonschema.Draft202012Validator)


@pytest.fixture(scope="module")
def marks() -> dict[str, Any]:
    drawn = marks_of(MAIN, np.random.default_rng(1), 9, 1.0)
    return {"points": [{"name": m.name, "pitch_m": list(m.pitch_m), "image_px": list(m.image_px)} for m in drawn]}


@pytest.mark.parametrize("name", OWN)
def test_each_schema_is_one_and_its_examples_hold(name: str) -> None:
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    for example in schema["examples"]:
        valid(example, name)


def test_calibrate_then_project_and_ground_agree(run: Run, marks: dict[str, Any]) -> None:
    valid(marks, "calibration_marks")
    calibration = run("calibrate", marks, "--picture-size", "1920x1080", "--pitch", "105x68")
    valid(calibration, "calibration")
    assert calibration["status"] == "ok"
    always = {"status", "code", "camera", "covariance", "rms_px", "marks", "line_sigma_cm"}
    assert set(calibration) == always | {"carried_by"}
    assert [mark["name"] for mark in calibration["marks"]] == [point["name"] for point in marks["points"]]
    projection = run("project", calibration, "--points", [[40.0, 2.0, 0.0], [20.0, -300.0, 0.0]])
    valid(projection, "projection")
    assert projection["pixels"][1] is None
    ground = run("ground", calibration, "--pixels", [projection["pixels"][0], [900.0, -9000.0]])
    valid(ground, "ground")
    assert ground["pitch_m"][0] == pytest.approx([40.0, 2.0], abs=1e-5)  # inverted to 1e-6 px
    assert ground["pitch_m"][1] is None
    assert ground["sigma_m"][1] is None


def test_offside_answers_the_published_example(run: Run) -> None:
    verdict = run("offside", SCENE)
    valid(verdict, "offside")
    # The example was drawn with an attacker 0.80 m past the defender; the interval says how sure that is.
    low, high = verdict["interval95_m"]
    assert low < 0.8 < high
    assert verdict["governing"]["attacker"]["player"] == "A9"
    assert verdict["sigma_m"] ** 2 == pytest.approx(sum(sigma**2 for sigma in verdict["budget"].values()))


def test_offside_without_a_defender_is_not_measurable(run: Run) -> None:
    scene = deepcopy(SCENE)
    del scene["observations"][1]
    verdict = run("offside", scene)
    valid(verdict, "offside")
    assert verdict["outcome"] == "not_measurable"
    assert verdict["margin_m"] is None
    assert verdict["reasons"] == ["no_defender_mark"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refused_calibration_keeps_its_keys_and_cannot_be_used(run: Run, marks: dict[str, Any], lang: str) -> None:
    refused = run("calibrate", {"points": marks["points"][:3]}, "--picture-size", "1920x1080", lang=lang)
    valid(refused, "calibration")
    assert (refused["status"], refused["code"], refused["camera"]) == ("refused", "too_few_marks", None)
    assert "3" in refused["detail"]
    assert run("project", refused, "--points", [], lang=lang)["code"] == "refused_calibration"


def test_every_fault_of_a_marks_file_is_named_at_once(run: Run) -> None:
    points = [
        {"pitch_m": [0, 0, 0], "image_px": [1, 2]},
        7,
        {"pitch_m": [0, 0], "image_px": [1, "x"], "sigma_px": -1},
        {},
    ]
    refused = run("calibrate", {"points": points}, "--picture-size", "1920x1080")
    valid(refused, "calibration")
    assert refused["code"] == "bad_document"
    found = {fault["path"]: fault["fault"] for fault in refused["faults"]}
    assert found == {
        "$.points[1]": "object",
        "$.points[2].pitch_m": "numbers",
        "$.points[2].image_px": "numbers",
        "$.points[2].sigma_px": "least",
        "$.points[3].pitch_m": "missing",
        "$.points[3].image_px": "missing",
    }
    assert "point 2 (points[1]) must be a JSON object" in refused["detail"]
    assert (
        "điểm 4 (points[3].pitch_m) bị thiếu"
        in run("calibrate", {"points": points}, "--picture-size", "1920x1080", lang="vi")["detail"]
    )
    assert "$" not in refused["detail"]


def test_every_fault_of_a_scene_is_named_at_once(run: Run) -> None:
    scene = deepcopy(SCENE)
    scene["attack"] = "up"
    scene["kick"] = {"time_s": "1/0", "sigma_s": -1}
    scene["observations"][0].update(part="hand", px=[1])
    scene["calibrations"]["main"]["camera"]["k"] = [[1]]
    scene["calibrations"]["other"] = {"status": "refused", "code": "too_few_marks"}
    for lang in LANGUAGES:
        refused = run("offside", scene, lang=lang)
        assert refused["status"] == "refused"
        for path in (
            "$.attack",
            "$.kick.time_s",
            "$.kick.sigma_s",
            "$.observations[0].part",
            "$.observations[0].px",
            "$.calibrations.main.camera.k",
            "$.calibrations.other",
        ):
            assert path in {fault["path"] for fault in refused["faults"]}
            assert path.removeprefix("$.") in refused["detail"]
        assert "$" not in refused["detail"]


WRONG = [
    ("calibrate", "offside_scene", "offside", ["--picture-size", "1920x1080"]),
    ("calibrate", "calibration", "project", ["--picture-size", "1920x1080"]),
    ("offside", "calibration_marks", "calibrate", []),
    ("offside", "goal_line_scene", "goal-line", []),
    ("goal-line", "area_scene", "area", []),
    ("area", "offside_scene", "offside", []),
    ("ground", "lens", "calibrate --lens", ["--pixels", [[1, 1]]]),
    ("project", "offside_scene", "offside", ["--points", [[0, 0, 0]]]),
    ("bundle", "calibration_marks", "calibrate", []),
    ("offside", "offside", None, []),
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("command", "given", "reader", "more"), WRONG)
def test_a_document_of_another_kind_is_named_with_its_command(
    run: Run, command: str, given: str, reader: str | None, more: list[Any], lang: str
) -> None:
    refused = run(command, schemas()[given]["examples"][0], *more, lang=lang)
    assert refused["code"] == "other_document"
    assert t(f"var.kinds.name.{given}", lang) in refused["detail"]
    assert "var." not in refused["detail"] + refused["hint"]
    if reader is None:
        assert t("var.kinds.reader.none", lang) in refused["hint"]
    else:
        assert f"touchline {reader}" in refused["hint"]


def test_every_kind_is_known_by_its_own_example_and_no_other() -> None:
    found = {name: kind_of(schema["examples"][0]) for name, schema in schemas().items()}
    known = {name: kind for name, kind in found.items() if kind is not None}
    assert known == {name: name for name in known}
    assert {kind for kind, _ in TOLD_BY} == set(known)
    for lang in LANGUAGES:
        assert all(find(f"var.kinds.name.{kind}", lang) is not None for kind in known)


def test_a_scene_says_which_of_its_calibrations_is_none(run: Run) -> None:
    scene = {**deepcopy(SCENE), "calibrations": {"main": schemas()["calibration_marks"]["examples"][0]}}
    refused = run("offside", scene)
    assert [(fault["path"], fault["fault"]) for fault in refused["faults"]] == [("$.calibrations.main", "other_kind")]


BROKEN: list[tuple[list[Any], Any]] = [
    (["kick", "time_s"], "1e999999999"),  # a number that would be computed for hours
    (["kick", "time_s"], "1/0"),
    (["kick", "time_s"], 10**400),  # a number that no float holds
    (["kick", "sigma_s"], 10**400),
    (["kick", "camera"], ["main"]),
    (["observations", 0, "px"], [10**400, 1]),
    (["observations", 0, "player"], {"name": "9"}),
    (["calibrations", "main", "covariance", "parameters"], 5),
    (["calibrations", "main", "camera", "k"], [[1500, 0, 960], [0, 1500, 540], [0, 0, 5]]),
]


@pytest.mark.parametrize(("path", "value"), BROKEN, ids=[".".join(map(str, path)) for path, _ in BROKEN])
def test_one_broken_field_of_a_scene_is_named(run: Run, path: list[Any], value: Any) -> None:
    scene: Any = deepcopy(SCENE)
    parent = scene
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    answer = run("offside", scene)
    assert answer["code"] == "bad_document"
    named = "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    assert named in {fault["path"] for fault in answer["faults"]}


def test_instants_are_exact_numbers() -> None:
    for written, meant in (
        ("7/50", Fraction(7, 50)),
        ("0.14", Fraction(7, 50)),
        ("1.4e-1", Fraction(7, 50)),
        ("-3", -3),
    ):
        scene = deepcopy(SCENE)
        scene["kick"]["time_s"] = written
        assert read_scene(scene).kick_s == meant


def test_a_calibration_with_an_impossible_covariance_is_refused(run: Run) -> None:
    calibration = deepcopy(SCENE["calibrations"]["main"])
    calibration["covariance"]["matrix"][0][0] = -1.0
    refused = run("ground", calibration, "--pixels", [[1.0, 1.0]])
    assert [fault["path"] for fault in refused["faults"]] == ["$.covariance.matrix"]


def test_one_line_alone_is_refused_in_words(run: Run) -> None:
    lines = {"Side line top": [{"x": 0.1, "y": 0.2}, {"x": 0.9, "y": 0.2}]}
    refused = run("calibrate", lines, "--picture-size", "1920x1080")
    assert refused["code"] == "too_few_told"
    assert refused["camera"] is None


def test_files_that_are_no_json_are_refused(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"points": [NaN]}', "utf-8")
    assert run("calibrate", str(broken), "--picture-size", "1920x1080")["code"] == "not_json"
    assert run("offside", str(tmp_path / "absent.json"))["code"] == "not_json"


@pytest.mark.parametrize("words", [[], ["--picture-size", "big"], ["--picture-size", "1920.5x1080"]])
def test_misuse_ends_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["calibrate", "-", *words])
    assert end.value.code == 2


@pytest.mark.parametrize("sigma", ["nan", "inf", "-3", "wide"])
def test_a_click_cannot_be_uncertain_by_no_number(sigma: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["ground", "-", "--pixels", "-", "--sigma-px", sigma])
    assert end.value.code == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_people_get_lines_in_their_language(
    lang: str, marks: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "marks.json").write_text(json.dumps(marks), "utf-8")
    (tmp_path / "scene.json").write_text(json.dumps(SCENE), "utf-8")
    assert main(["calibrate", str(tmp_path / "marks.json"), "--picture-size", "1920x1080", "--lang", lang]) == 0
    assert main(["offside", str(tmp_path / "scene.json"), "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert ("Máy quay" in said) is (lang == "vi")
    assert ("Khoảng cách" in said) is (lang == "vi")
    assert "var." not in said


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["points", "pitch_m", "image_px", "kick", "observations", "calibrations"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_no_document_whatever_breaks_the_readers(document: Any) -> None:
    for read in (partial(read_marks, size_px=(960, 540)), read_scene):
        try:
            read(document)
        except TouchlineError as refusal:
            assert refusal.detail("vi")  # noqa: PT017 - any other error fails the test


@given(st.sampled_from(["attack", "calibrations", "kick", "observations", "velocities", "stale", "pitch_m"]), JSON)
@settings(max_examples=150, deadline=None)
def test_no_wrong_field_breaks_the_scene_reader(key: str, value: Any) -> None:
    try:
        read_scene({**SCENE, key: value})
    except TouchlineError as refusal:
        assert key in refusal.detail("en")  # noqa: PT017 - any other error fails the test


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_is_read_in_whatever_unicode_its_system_writes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    path = tmp_path / "scene.json"
    path.write_bytes(json.dumps(SCENE, ensure_ascii=False).encode(encoding))
    assert run("offside", str(path))["outcome"] == run("offside", SCENE)["outcome"]
    # Standard input is read alike, whatever alphabet the terminal has.
    named = json.dumps({**SCENE, "Đội": 1}, ensure_ascii=False).encode(encoding)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(named), "latin-1"))
    assert [fault["path"] for fault in run("offside", "-")["faults"]] == ["$.Đội"]


def test_bytes_that_are_no_json_are_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "scene.json"
    for content in (b"", b"\0" * 9, '{"é": 1}'.encode("latin-1"), b"[" * 200_000, b'{"a": 1, "b": {"c": 1, "c": 2}}'):
        path.write_bytes(content)
        assert run("offside", str(path))["code"] == "not_json"
    assert "'c'" in run("offside", str(path))["detail"]
