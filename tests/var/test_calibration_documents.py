"""Calibration documents that were damaged: finite numbers that no camera has are refused by name, none is measured."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.commands import schemas
from touchline.errors import BadValue, TouchlineError
from touchline.i18n import LANGUAGES
from var.measure.calibration import Calibration
from var.measure.faults import BadDocument
from var.measure.project import project, to_ground
from var.model import ImagePoints, PitchPoints

EXAMPLE: dict[str, Any] = next(one for one in schemas()["calibration"]["examples"] if one["status"] == "ok")

PLACES = PitchPoints(np.array([[0.0, 0.0, 0.0], [30.0, 5.0, 1.0], [-50.0, -30.0, 0.0]]))
PIXELS = ImagePoints(np.array([[100.0, 900.0], [960.0, 540.0], [1900.0, 700.0]]))


def changed(path: list[str | int], value: Any) -> dict[str, Any]:
    """The published example with another value at ``path``."""
    document = deepcopy(EXAMPLE)
    parent: Any = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return document


def faults(document: Any) -> set[str]:
    """The paths of all faults; empty for a document that is taken."""
    try:
        Calibration.from_document(document)
        return set()
    except BadDocument as fault:
        refused = fault
    assert not [lang for lang in LANGUAGES if "var." in refused.detail(lang)]
    return {path for path, _, _ in refused.faults}


def test_the_example_is_taken_and_comes_back() -> None:
    assert faults(EXAMPLE) == set()
    again = Calibration.from_document(json.loads(json.dumps(Calibration.from_document(EXAMPLE).document())))
    assert np.array_equal(again.theta, Calibration.from_document(EXAMPLE).theta)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["camera", "rvec", 0], 1e308, "$.camera.rvec"),
        (["camera", "rvec", 1], 40.0, "$.camera.rvec"),
        (["camera", "tvec_m", 2], -1e12, "$.camera.tvec_m"),
        (["camera", "k", 0, 2], 1e308, "$.camera.k"),
        (["camera", "k"], [[1e-9, 0, 900], [0, 1e-9, 500], [0, 0, 1]], "$.camera.k"),
        (["camera", "k"], [[1e300, 0, 900], [0, 1e300, 500], [0, 0, 1]], "$.camera.k"),
        (["camera", "dist", 0], 1e300, "$.camera.dist"),
        (["camera", "dist", 3], -1.0, "$.camera.dist"),
        (["camera", "picture_size"], [1e308, 1e308], "$.camera.picture_size"),
        (["covariance", "matrix", 0, 0], 1e308, "$.covariance.matrix"),
        (["covariance", "matrix", 7, 7], 1e12, "$.covariance.matrix"),
        (["rms_px"], -1.0, "$.rms_px"),
        (["status"], "fine", "$.status"),
        (["carried_by"], {"marks": [["rx"]]}, "$.carried_by.marks"),
        (["line_sigma_cm"], [[1e308, 0, 1]], "$.line_sigma_cm"),
        (["refinement"], {"used": True, "lines": [{"name": "x"}]}, "$.refinement.lines[0].samples"),
        (["surface"], {"model": "parabola", "crown_m": 1e308}, "$.surface.crown_m"),
    ],
)
def test_finite_numbers_of_no_camera_are_named(path: list[str | int], value: Any, named: str) -> None:
    assert named in faults(changed(path, value))


@pytest.mark.parametrize(("key", "index"), [("rvec", 0), ("rvec", 2), ("tvec_m", 0), ("centre_m", 1)])
def test_a_camera_that_is_not_where_its_document_says_is_named(key: str, index: int) -> None:
    """One slip in rotation or translation moves every line on the pitch, and nothing else would tell."""
    moved = EXAMPLE["camera"][key][index] + 0.5
    assert "$.camera.centre_m" in faults(changed(["camera", key, index], moved))
    rounded = changed(["camera", "centre_m"], [round(value, 1) for value in EXAMPLE["camera"]["centre_m"]])
    assert faults(rounded) == set()


def test_a_camera_under_the_ground_is_named() -> None:
    """Seen from below the same pixels are a mirrored pitch."""
    document = changed(["camera", "rvec"], [math.pi / 2, 0.0, 0.0])
    document["camera"]["tvec_m"] = [0.0, -30.0, 60.0]  # the centre is -R' t, that is 30 m below
    del document["camera"]["centre_m"]
    assert faults(document) == {"$.camera.tvec_m"}
    document["camera"]["tvec_m"] = [0.0, 30.0, 60.0]
    assert faults(document) == set()


ODD = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 1e308, -1e308, 1e-308, 1e12, 1e4, 100, 10**400, True, None, "7", [], {}, [[1]]]),
)


def places(node: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at, *(path for key, item in inner for path in places(item, (*at, key)))]


PATHS = [path for path in places(EXAMPLE) if path and path[0] != "line_sigma_cm"]


@given(st.lists(st.tuples(st.sampled_from(PATHS), ODD), min_size=1, max_size=3))
@settings(max_examples=400, deadline=None)
def test_any_document_is_refused_by_name_or_gives_finite_answers(changes: list[tuple[list[str | int], Any]]) -> None:
    document = deepcopy(EXAMPLE)
    for path, value in changes:
        parent: Any = document
        try:
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took the place away
    try:
        found = Calibration.from_document(document)
    except BadDocument as refused:
        assert all(path.startswith("$") for path, _, _ in refused.faults)  # noqa: PT017 - any other error fails the test
        return
    except TouchlineError as refused:
        assert refused.name in ("other_document", "refused_calibration")  # noqa: PT017
        return
    pixels = project(found, PLACES)
    ground, covariance = to_ground(found, PIXELS)
    known = np.isfinite(ground).all(axis=1)
    assert np.isfinite(pixels[np.isfinite(pixels).any(axis=1)]).all()
    assert np.isfinite(covariance[known]).all()
    assert (np.abs(ground[known]) < 2e4).all()
    json.dumps(found.document(), allow_nan=False)


def test_a_refused_calibration_says_so() -> None:
    with pytest.raises(BadValue, match="too_few_marks"):
        Calibration.from_document({**EXAMPLE, "status": "refused", "code": "too_few_marks"})
