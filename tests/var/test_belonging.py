"""Documents whose parts do not belong together are named and refused or not measurable: no answer and no crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from touchline.commands import schemas
from var.measure.area import Zone, locate
from var.measure.area_documents import read_area_scene
from var.measure.ball_documents import read_ball_scene
from var.measure.calibration import Calibration
from var.measure.documents import read_scene
from var.measure.faults import BadDocument
from var.measure.offside import measure
from var.model import Outcome

READERS: dict[str, Callable[[Any], Any]] = {
    "offside_scene": read_scene,
    "area_scene": read_area_scene,
    "goal_line_scene": read_ball_scene,
}


def example(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(schemas()[name]["examples"][0]))
    return found


def crowned(calibration: dict[str, Any], **given: Any) -> None:
    calibration["surface"] = {
        "model": "parabola",
        "crown_m": 0.3,
        "sigma_m": 0.03,
        "pitch_width_m": 68.0,
        "source": "given",
        "covariance_with_camera": [0.0] * 11,
    } | given


def faults_of(name: str, document: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(BadDocument) as refused:
        READERS[name](document)
    assert refused.value.detail("vi") != refused.value.detail("en")
    return {(path, kind) for path, kind, _ in refused.value.faults}


@pytest.mark.parametrize("name", READERS)
def test_a_click_given_twice_is_refused_and_does_not_narrow_the_interval(name: str) -> None:
    document = example(name)
    count = len(document["observations"])
    document["observations"] *= 2
    assert faults_of(name, document) == {(f"$.observations[{count + k}]", "twice") for k in range(count)}


@pytest.mark.parametrize("name", READERS)
def test_a_calibration_of_a_pitch_of_another_size_is_named(name: str) -> None:
    document = example(name)
    camera, calibration = next(iter(document["calibrations"].items()))
    calibration["line_sigma_cm"] = [[-7.5, 17.0, 4.0], [52.5, 0.0, 5.0]]  # of 105 x 68
    READERS[name](document)
    document["pitch_m"] = [100, 68]
    assert faults_of(name, document) == {(f"$.calibrations.{camera}", "other_pitch")}
    document["pitch_m"] = [105, 64]
    assert faults_of(name, document) == {(f"$.calibrations.{camera}", "other_pitch")}


@pytest.mark.parametrize("name", ["area_scene", "goal_line_scene"])
def test_a_flat_pitch_beside_a_crowned_one_is_named(name: str) -> None:
    document = example(name)
    first, second = sorted(document["calibrations"])
    crowned(document["calibrations"][first])
    assert faults_of(name, document) == {(f"$.calibrations.{second}.surface", "flat_beside_crowned")}
    crowned(document["calibrations"][second])
    READERS[name](document)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"covariance_with_camera": [1000.0] * 11}, "covariance_with_camera"),
        ({"crown_m": 500.0}, "crown_m"),
    ],
)
def test_an_impossible_surface_is_refused(given: dict[str, Any], path: str) -> None:
    document = example("offside_scene")["calibrations"]["main"]
    crowned(document)
    Calibration.from_document(document)
    crowned(document, **given)
    with pytest.raises(BadDocument) as refused:
        Calibration.from_document(document)
    assert [found for found, _, _ in refused.value.faults] == [f"$.surface.{path}"]


def test_a_kick_of_another_day_is_named_and_not_measurable() -> None:
    document = example("offside_scene")
    scene = read_scene(document)
    document["kick"]["time_s"] = 1_000_000_000  # the clock of a computer beside that of the match
    with pytest.raises(BadDocument) as refused:
        read_scene(document)
    assert [at for at, _, _ in refused.value.faults] == ["$.kick.time_s"]
    verdict = measure(replace(scene, kick_s=Fraction(1_000_000_000)))
    assert verdict.outcome is Outcome.NOT_MEASURABLE
    assert "not_settled" in [str(reason) for reason in verdict.reasons]


def test_a_time_that_no_number_holds_is_too_uncertain() -> None:
    document, area = example("offside_scene"), example("area_scene")
    assert measure(replace(read_scene(document), kick_sigma_s=1e308)).outcome is Outcome.NOT_MEASURABLE
    assert locate(replace(read_area_scene(area), sigma_s=1e308)).outcome is Zone.NOT_MEASURABLE
    document["kick"]["sigma_s"] = 1e308
    area["contact"]["sigma_s"] = 1e308
    for read, given, path in ((read_scene, document, "$.kick.sigma_s"), (read_area_scene, area, "$.contact.sigma_s")):
        with pytest.raises(BadDocument) as refused:
            read(given)
        assert [at for at, _, _ in refused.value.faults] == [path]
