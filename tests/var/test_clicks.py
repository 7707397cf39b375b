"""What every question asks of a click: one rule and one wording for offside, a ball at a line, a place at the area."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from touchline.cli import main, plain
from touchline.commands import schemas
from touchline.i18n import LANGUAGES, t
from var.measure.area import Zone
from var.measure.area_documents import read_area_scene
from var.measure.ball_documents import read_ball_scene
from var.measure.clicks import CLICK_SIGMA_PX, assumed_clock_s
from var.measure.documents import read_scene
from var.measure.goal_line import Passage
from var.measure.scene_writing import area_document, ball_document, offside_document
from var.model import Outcome

NOTHING = {
    "offside": Outcome.NOT_MEASURABLE.value,
    "goal-line": Passage.NOT_OBSERVED.value,
    "area": Zone.NOT_MEASURABLE.value,
}


def scene(command: str) -> dict[str, Any]:
    """The published example of a command's scene."""
    found: dict[str, Any] = deepcopy(schemas()[f"{command.replace('-', '_')}_scene"]["examples"][0])
    return found


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def answer(command: str, document: Any, *words: str) -> str:
        path = tmp_path / "scene.json"
        path.write_text(json.dumps(document), "utf-8")
        assert main([command, str(path), *words]) == 0
        return capsys.readouterr().out

    return answer


@pytest.mark.parametrize("command", NOTHING)
def test_a_camera_that_moved_since_its_calibration_is_not_measured_with(run: Any, command: str) -> None:
    document = scene(command)
    measured = json.loads(run(command, document, "--json"))
    assert measured["outcome"] != NOTHING[command]
    moved = sorted({seen["camera"] for seen in document["observations"]})
    document["stale"] = moved
    refused = json.loads(run(command, document, "--json"))
    assert (refused["outcome"], refused["margin_m"]) == (NOTHING[command], None)
    assert {f"calibration_of_another_frame:{camera}" for camera in moved} <= set(refused["reasons"])
    for lang in LANGUAGES:
        said = run(command, document, "--lang", lang)
        assert t("var.offside.reason.calibration_of_another_frame", lang, camera=moved[0]) in said


def test_the_others_are_measured_with_when_one_camera_moved(run: Any) -> None:
    document = scene("area")
    assert len({seen["camera"] for seen in document["observations"]}) == 2
    found = json.loads(run("area", {**document, "stale": ["behind_goal"]}, "--json"))
    assert found["outcome"] != "not_measurable"
    assert "calibration_of_another_frame:behind_goal" in found["reasons"]
    alone = {**document, "observations": [s for s in document["observations"] if s["camera"] == "main_stand"]}
    assert found["margin_m"] == pytest.approx(json.loads(run("area", alone, "--json"))["margin_m"])


@pytest.mark.parametrize("command", ["offside", "area"])
def test_the_calibration_of_one_picture_can_be_stale_too(run: Any, command: str) -> None:
    """A camera that moves has a calibration for each picture, under a name of its own."""
    document = scene(command)
    camera = document["observations"][0]["camera"]
    document["calibrations"][f"{camera}@7"] = document["calibrations"].pop(camera)
    for seen in document["observations"]:
        if seen["camera"] == camera:
            seen["calibration"] = f"{camera}@7"
    document.pop("together", None)
    for stale in (f"{camera}@7", camera):
        found = json.loads(run(command, {**document, "stale": [stale]}, "--json"))
        assert f"calibration_of_another_frame:{camera}" in found["reasons"]


def test_the_clock_of_the_contact_counts_without_a_click_on_its_pictures(run: Any) -> None:
    document = scene("area")
    document["contact"]["camera"] = "bench"
    assert "bench" not in {seen["camera"] for seen in document["observations"]}
    budgets = []
    for clock_s in (0.0, 0.2):
        given = {**document, "clock_sigma_s": {**document["clock_sigma_s"], "bench": clock_s}}
        found = json.loads(run("area", given, "--json"))
        assert "clock_not_measured:bench" not in found["reasons"]
        budgets.append(found["budget"]["synchronisation"])
        again = area_document(read_area_scene(given))
        assert json.loads(run("area", plain(again), "--json")) == found
    assert budgets[0] < 0.005
    assert budgets[1] > 0.3
    slow = json.loads(run("area", {**document, "frame_s": {**document["frame_s"], "bench": 0.4}}, "--json"))
    assert "clock_not_measured:bench" in slow["reasons"]
    assert slow["budget"]["synchronisation"] == pytest.approx(budgets[1])  # half a frame


@pytest.mark.parametrize("command", NOTHING)
def test_a_scene_that_is_written_again_keeps_the_cameras_that_moved(command: str) -> None:
    document = scene(command)
    document["stale"] = sorted({seen["camera"] for seen in document["observations"]})
    ways: dict[str, tuple[Callable[[Any], Any], Callable[[Any], dict[str, Any]]]] = {
        "offside": (read_scene, offside_document),
        "goal-line": (read_ball_scene, ball_document),
        "area": (read_area_scene, area_document),
    }
    read, written = ways[command]
    assert written(read(document))["stale"] == document["stale"]


def names(refused: dict[str, Any], path: str) -> bool:
    """Whether a fault lies at ``path``, or below it."""
    return any(fault["path"].startswith(path) for fault in refused["faults"])


@pytest.mark.parametrize("command", NOTHING)
@pytest.mark.parametrize("stale", ["main", [3], ["nobody"], {"main": True}])
def test_a_slip_in_the_names_of_moved_cameras_is_named(run: Any, command: str, stale: Any) -> None:
    refused = json.loads(run(command, {**scene(command), "stale": stale}, "--json"))
    assert refused["code"] == "bad_document"
    assert names(refused, "$.stale")


def test_what_nobody_said_is_assumed_alike(run: Any) -> None:
    assert (assumed_clock_s(None, 0.04), assumed_clock_s(0.003, 0.04), assumed_clock_s(0.0, 0.04)) == (0.02, 0.003, 0.0)
    for command in NOTHING:
        document = scene(command)
        for seen in document["observations"]:
            seen["sigma_px"] = CLICK_SIGMA_PX
        told = run(command, document, "--json")
        for seen in document["observations"]:
            del seen["sigma_px"]
        assert run(command, document, "--json") == told


def _twice_under_two_names(document: dict[str, Any]) -> None:
    seen = document["observations"][0]
    document["calibrations"]["twin"] = document["calibrations"][seen["camera"]]
    document["observations"].append({**seen, "camera": "twin"})


BROKEN: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda d: d.update(stael=["main"]), "$.stael"),
    (lambda d: d["observations"][0].update(sigma=5), "$.observations[0].sigma"),
    (lambda d: d["observations"][0].update(sigma_px=1e308), "$.observations[0].sigma_px"),
    (lambda d: d["observations"][0].update(time_s=1e308), "$.observations[0].time_s"),
    (lambda d: d["observations"][1].update(time_s=1e6), "$.observations[1].time_s"),
    (lambda d: d.update(observations=[d["observations"][0]] * 500), "$.observations"),
    (lambda d: d.update(clock_sigma_s={"nobody": 1e308}), "$.clock_sigma_s.nobody"),
    (lambda d: d.update(frame_s={d["observations"][0]["camera"]: 0}), "$.frame_s."),
    (_twice_under_two_names, "$.observations["),
]


@pytest.mark.parametrize("command", NOTHING)
@pytest.mark.parametrize(("spoil", "named"), BROKEN)
def test_what_a_scene_cannot_say_is_named(
    run: Any, command: str, spoil: Callable[[dict[str, Any]], Any], named: str
) -> None:
    document = scene(command)
    spoil(document)
    for lang in LANGUAGES:
        refused = json.loads(run(command, document, "--json", "--lang", lang))
        assert refused["code"] == "bad_document"
        assert names(refused, named)
        assert "var." not in refused["detail"]


@pytest.mark.parametrize(
    ("command", "change", "named"),
    [
        ("offside", {"kick": {}}, "$.kick.time_s"),
        ("offside", {"ball": {}}, "$.ball.pitch_m"),
        ("offside", {"ball": {"pitch_m": [900, 0], "sigma_m": 0.1}}, "$.ball.pitch_m"),
        ("offside", {"kick": {"time_s": 1e9, "sigma_s": 0.01}}, "$.kick.time_s"),
        ("offside", {"velocities": {"A9": {"mps": [1e308, 0], "sigma_mps": 1}}}, "$.velocities.A9.mps"),
        ("area", {"contact": {}}, "$.contact.time_s"),
        ("area", {"contact": {"time_s": 1e9}}, "$.contact.time_s"),
        ("area", {"height_m": 1e308}, "$.height_m"),
        ("goal-line", {"touches": {}}, "$.touches"),
        ("goal-line", {"touches": [{"time_s": 1e9}]}, "$.touches[0].time_s"),
        ("goal-line", {"touches": [{"time_s": 1234 + k / 100} for k in range(60)]}, "$.touches"),
        ("goal-line", {"ball_radius_m": 1e308}, "$.ball_radius_m"),
    ],
)
def test_what_one_question_cannot_be_asked_is_named(run: Any, command: str, change: dict[str, Any], named: str) -> None:
    refused = json.loads(run(command, {**scene(command), **change}, "--json"))
    assert refused["code"] == "bad_document"
    assert names(refused, named)


def test_pixels_and_doubts_of_no_picture_give_no_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibration, pixels = tmp_path / "calibration.json", tmp_path / "pixels.json"
    calibration.write_text(json.dumps(scene("offside")["calibrations"]["main"]), "utf-8")
    pixels.write_text("[[1e308, 0], [-1e308, -1e308], [900, 600]]", "utf-8")
    assert main(["ground", str(calibration), "--pixels", str(pixels), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [place is None for place in found["pitch_m"]] == [True, True, False]
    with pytest.raises(SystemExit) as misuse:
        main(["ground", str(calibration), "--pixels", str(pixels), "--sigma-px", "1e308"])
    assert misuse.value.code == 2
