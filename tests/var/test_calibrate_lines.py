"""Calibration by lines and arcs, against cameras that are known exactly, and on what people marked in broadcasts."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measuring import BEHIND, FIXED, MAIN, PITCH, SIZE, camera, see

from touchline.errors import BadValue
from var.measure.calibrate import Calibration, LineMark, Mark, calibrate
from var.measure.camera import visible
from var.measure.curves import curve_of
from var.measure.documents import read_marks
from var.measure.pitch import Pitch
from var.measure.project import to_ground
from var.model import ImagePoints

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "pitch_lines"
AREA = ["right_penalty_area_front", "right_penalty_area_side_near", "right_penalty_area_side_far", "right_goal_line"]


def clicked(
    theta: np.ndarray, names: Sequence[str], draw: np.random.Generator, count: int = 4, sigma_px: float = 1.5
) -> list[LineMark]:
    """Clicks on the stripes ``names`` where the camera shows them."""
    made = []
    for name in names:
        curve = curve_of(PITCH, name)
        assert curve is not None
        fine = np.concatenate([np.linspace(a, b, 10) for a, b in itertools.pairwise(curve)])
        pixels = see(theta, fine)
        inside = visible(theta, FIXED, fine) & ((pixels > 20) & (pixels < np.array(SIZE) - 20)).all(axis=1)
        places = np.flatnonzero(inside)
        if len(places) < 30:
            continue
        chosen = np.sort(draw.choice(places, count, replace=False))
        noisy = pixels[chosen] + draw.normal(0, sigma_px, (count, 2))
        made.append(LineMark(name, tuple((float(u), float(v)) for u, v in noisy), sigma_px))
    return made


def off_m(found: Calibration, theta: np.ndarray, place: tuple[float, float]) -> float:
    """How far along the pitch a ground point lands from where it is."""
    at = np.array([[*place, 0.0]])
    ground, _ = to_ground(found, ImagePoints(see(theta, at)), sigma_px=0.0)
    return float(ground[0, 0] - place[0])


@pytest.mark.parametrize("theta", [MAIN, BEHIND, camera((-30, -60, 6), (-40, 0, 0), 2500, -0.3)], ids="abc")
def test_exact_lines_give_the_camera_back(theta: np.ndarray) -> None:
    draw = np.random.default_rng(1)
    lines = clicked(theta, [*PITCH.lines, *PITCH.arcs], draw, 5, 1e-3)
    lines = [LineMark(line.name, line.image_px, 1.0) for line in lines]
    found = calibrate([], SIZE, PITCH, lines=lines)
    assert found.rms_px < 0.2  # the priors on distortion pull by less than the assumed pixel
    assert not any(mark.rejected for mark in found.marks)
    error = found.theta - theta
    assert (np.abs(error) < 3 * np.sqrt(np.diag(found.covariance))).all()


def test_the_covariance_is_true_with_lines_and_points() -> None:
    draw, squares = np.random.default_rng(3), []
    place = np.array([[36.0, 2.0, 0.0]])
    names = [*AREA, "right_goal_area_front", "right_penalty_arc"]
    for _ in range(40):
        point = "right_penalty_spot"
        u, v = see(MAIN, np.array([PITCH.points[point]]))[0] + draw.normal(0, 1.5, 2)
        marks = [Mark(point, PITCH.points[point], (float(u), float(v)))]
        found = calibrate(marks, SIZE, PITCH, lines=clicked(MAIN, names, draw))
        ground, covariance = to_ground(found, ImagePoints(see(MAIN, place)), sigma_px=0.0)
        gap = (ground - place)[0, :2]
        squares.append(float(gap @ np.linalg.solve(covariance[0], gap)) / 2)
    # Mean of 40 chi-square(2)/2 values: standard deviation 0.16; four of them. Below 1: see the same test of points.
    assert 0.35 < np.mean(squares) < 1.64


def test_four_lines_of_a_penalty_area_are_enough() -> None:
    found = calibrate([], SIZE, PITCH, lines=clicked(MAIN, AREA, np.random.default_rng(5), 6))
    sigma_m = min(sigma for _, _, sigma in found.line_sigma_cm) / 100
    assert abs(off_m(found, MAIN, (44.0, 0.0))) < 4 * max(sigma_m, 0.02)


def test_a_centre_circle_with_two_lines_is_enough() -> None:
    theta = camera((0, -75, 17), (0, 0, 0), 1700, -0.05)
    lines = clicked(theta, ["centre_circle", "halfway_line", "touchline_far"], np.random.default_rng(6), 8)
    found = calibrate([], SIZE, PITCH, lines=lines)
    assert abs(off_m(found, theta, (5.0, 3.0))) < 0.3
    assert found.centre_m[1] < -50  # on this side, not on the other: the circle alone cannot tell


def test_a_wrong_line_is_named_with_the_right_one() -> None:
    lines = clicked(MAIN, [*AREA, "right_goal_area_front", "right_goal_area_side_near"], np.random.default_rng(7), 5)
    wrong = [
        LineMark("right_goal_area_side_far", line.image_px) if line.name == "right_goal_area_side_near" else line
        for line in lines
    ]
    found = calibrate([], SIZE, PITCH, lines=wrong)
    (mark,) = (mark for mark in found.marks if mark.rejected)
    assert (mark.name, mark.suggestion) == ("right_goal_area_side_far", "right_goal_area_side_near")
    assert abs(off_m(found, MAIN, (44.0, 0.0))) < 0.2


def test_a_mirrored_pitch_is_noticed() -> None:
    lines = clicked(MAIN, [*AREA, "right_goal_area_front", "right_goal_area_side_near"], np.random.default_rng(8), 5)
    other = {"near": "far", "far": "near"}

    def swapped(name: str) -> str:
        head, _, tail = name.rpartition("_")
        return f"{head}_{other[tail]}" if tail in other else name

    with pytest.raises(BadValue) as refused:
        calibrate([], SIZE, PITCH, lines=[LineMark(swapped(line.name), line.image_px) for line in lines])
    assert refused.value.name in ("mirrored_marks", "inconsistent_marks", "no_camera")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (
            [LineMark("halfway_line", ((10, 10), (500, 500))), LineMark("touchline_far", ((9, 9), (90, 9)))],
            "too_few_told",
        ),
        ([LineMark("middle", ((10, 10), (500, 500)))], "unknown_line"),
        ([LineMark("halfway_line", ((10, float("nan")),))], "not_finite"),
        ([LineMark("halfway_line", ())], "not_finite"),
        ([LineMark("halfway_line", ((10, 5000),))], "outside_picture"),
        ([LineMark("halfway_line", ((10, 10),)), LineMark("halfway_line", ((20, 20),))], "duplicate_mark"),
    ],
)
def test_what_cannot_be_used_is_refused(lines: list[LineMark], code: str) -> None:
    with pytest.raises(BadValue) as refused:
        calibrate([], SIZE, PITCH, lines=lines)
    assert refused.value.name == code


def test_what_was_said_twice_counts_once() -> None:
    draw = np.random.default_rng(8)
    lines = clicked(MAIN, [*AREA, "right_goal_area_front"], draw)
    spot = PITCH.points["right_penalty_spot"]
    u, v = (float(value) for value in see(MAIN, np.array([spot]))[0])
    once = calibrate([Mark("spot", spot, (u, v))], SIZE, PITCH, lines=lines)
    again = [LineMark(line.name, line.image_px * 5, line.sigma_px) for line in lines]
    twice = calibrate([Mark("spot", spot, (u, v))], SIZE, PITCH, lines=again)
    assert np.allclose(once.covariance, twice.covariance)
    with pytest.raises(BadValue) as refused:
        calibrate([Mark("spot", spot, (u, v))] * 2, SIZE, PITCH, lines=lines)
    assert refused.value.name == "duplicate_mark"
    with pytest.raises(BadValue) as refused:
        calibrate([Mark("spot", (float("nan"), 0.0, 0.0), (u, v))], SIZE, PITCH, lines=lines)
    assert refused.value.name == "not_finite"


def test_lines_at_random_are_refused() -> None:
    draw = np.random.default_rng(3)
    lines = []
    for name in [*PITCH.lines][:9]:
        ends = draw.uniform((50, 50), np.array(SIZE) - 50, (2, 2))
        clicks = [ends[0] + (ends[1] - ends[0]) * share for share in (0.1, 0.4, 0.7, 1.0)]
        lines.append(LineMark(name, tuple((float(u), float(v)) for u, v in clicks)))
    with pytest.raises(BadValue):
        calibrate([], SIZE, PITCH, lines=lines)


def test_lines_of_one_direction_are_refused_with_what_would_help() -> None:
    names = ["touchline_far", "touchline_near", "right_penalty_area_side_far", "right_penalty_area_side_near"]
    names += ["right_goal_area_side_far", "right_goal_area_side_near"]
    wide = camera((20, -70, 18), (25, 0, 0), 900, -0.05)
    with pytest.raises(BadValue) as refused:
        calibrate([], SIZE, PITCH, lines=clicked(wide, names, np.random.default_rng(9), 4))
    assert refused.value.name in ("weak_marks", "no_camera")
    if refused.value.name == "weak_marks":
        assert any(name in refused.value.hint("en") for name in PITCH.points)


def test_a_document_with_lines_and_one_of_soccernet() -> None:
    ours = {
        "lines": [{"name": "halfway_line", "image_px": [[1, 2], [3, 4]]}, {"name": "Circle left", "image_px": [[5, 6]]}]
    }
    points, lines = read_marks(ours, (960, 540))
    assert points == ()
    assert [(line.name, line.called) for line in lines] == [
        ("halfway_line", "halfway_line"),
        ("left_penalty_arc", "Circle left"),
    ]
    theirs: dict[str, Any] = {
        "Goal left post left ": [{"x": 0.5, "y": 0.25}, {"x": 0.5, "y": 1.2}],
        "Line unknown": [{"x": 0.1, "y": 0.1}],
    }
    _, lines = read_marks(theirs, (960, 540))
    assert [(line.name, line.image_px) for line in lines] == [("left_post_near", ((479.5, 134.5),))]
    with pytest.raises(BadValue, match="image_px"):
        read_marks({"lines": [{"name": "halfway_line"}]}, (960, 540))


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the recording pitch_lines is not here")
def test_what_people_marked_in_broadcasts() -> None:
    """Stills of one match are of one camera: it stands where it stands, whatever it looks at."""
    stills = ["101", "103", "105", "107", "109"]
    places = []
    for name in stills:
        _, lines = read_marks(json.loads((FIXTURES / "marks" / f"{name}.json").read_text()), (960, 540))
        found = calibrate([], (960, 540), Pitch(), lines=lines)
        assert found.rms_px < 2
        places.append(found.centre_m)
    spread = np.ptp(np.array(places), axis=0)
    assert spread[0] < 5  # of 95 m away; focal length and distance are hard to tell apart
    assert spread[2] < 1
