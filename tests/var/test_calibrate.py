"""Calibration against cameras that are known exactly, and on one real recording."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from measuring import BEHIND, FIXED, MAIN, PITCH, SIZE, calibrated, camera, marks_of, see

from touchline.errors import BadValue
from var.measure.calibrate import Calibration, Lens, Mark, calibrate
from var.measure.camera import image, unpack
from var.measure.project import project, to_ground
from var.model import ImagePoints, PitchPoints


def random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("theta", [MAIN, BEHIND, camera((-30, -60, 6), (-40, 0, 0), 2500, -0.3)], ids="abc")
def test_exact_marks_give_the_camera_back(theta: np.ndarray) -> None:
    found = calibrate(marks_of(theta, random(), 14, 0.0), SIZE, PITCH)
    assert found.rms_px < 0.2  # the priors on distortion pull exact marks by less than their assumed 0.5 px
    truth = unpack(theta, FIXED)
    error = found.theta - theta
    # The estimate may be off by the pull of the priors only, which the posterior covers: 11 parameters within 3 sigma.
    assert (np.abs(error) < 3 * np.sqrt(np.diag(found.covariance))).all()
    assert found.k[0, 0] == pytest.approx(truth[0][0, 0], rel=0.05)
    assert found.centre_m[2] > 0


def test_opencv_projects_alike() -> None:
    import cv2

    found = calibrated(MAIN, random())
    places = np.array([[40.0, 3.0, 1.0], [20.0, -10.0, 0.0], [52.5, 3.66, 2.44]])
    theirs, _ = cv2.projectPoints(places, found.rvec, found.tvec_m, found.k, found.dist)
    # Both are double precision of the same formula: rounding only.
    assert np.abs(theirs.reshape(-1, 2) - project(found, PitchPoints(places))).max() < 1e-6


def test_the_covariance_is_true() -> None:
    """A known ground point lands off by what is stated: its squared error in those units is 1 on average."""
    draw, squares = random(7), []
    place = np.array([[36.0, 2.0, 0.0]])
    for _ in range(60):
        found = calibrated(MAIN, draw, int(draw.integers(6, 11)), 1.5)
        ground, covariance = to_ground(found, ImagePoints(see(MAIN, place)), sigma_px=0.0)
        gap = (ground - place)[0, :2]
        squares.append(float(gap @ np.linalg.solve(covariance[0], gap)) / 2)
    # Mean of 60 chi-square(2)/2 values: expectation 1, standard deviation 1/sqrt(60) = 0.13; four of them either way.
    # Below 1 is expected: the truth is better behaved (principal point at the centre) than the priors allow.
    assert 0.4 < np.mean(squares) < 1.52


def test_four_marks_leave_the_distortion_open() -> None:
    names = ["right_penalty_area_near", "right_penalty_area_far", "right_goal_area_line_far", "right_goal_area_near"]
    places = np.array([PITCH.points[name] for name in names])
    marks = [Mark(n, PITCH.points[n], (float(u), float(v))) for n, (u, v) in zip(names, see(MAIN, places), strict=True)]
    found = calibrate(marks, SIZE, PITCH)
    sigma = dict(zip(found.parameters, np.sqrt(np.diag(found.covariance)), strict=True))
    # Eight numbers cannot determine eleven: k1 keeps most of its prior standard deviation of 0.2.
    assert sigma["k1"] > 0.1
    assert not any(mark.rejected for mark in found.marks)


def test_the_document_says_what_the_marks_carry() -> None:
    names = ["right_penalty_area_near", "right_penalty_area_far", "right_goal_area_line_far", "right_goal_area_near"]
    places = np.array([PITCH.points[name] for name in names])
    four = [Mark(n, PITCH.points[n], (float(u), float(v))) for n, (u, v) in zip(names, see(MAIN, places), strict=True)]
    few, many = calibrate(four, SIZE, PITCH), calibrate(marks_of(MAIN, random(9), 24, 0.5), SIZE, PITCH)
    assert not {"k1", "k2"} & set(few.carried or ())
    assert {"k1", "log_f"} <= set(many.carried or ())
    for found in (few, many):
        said = found.document()["carried_by"]
        assert set(said["marks"]) | set(said["prior"]) == set(found.parameters)
        sigma = dict(zip(found.parameters, np.sqrt(np.diag(found.covariance)), strict=True))
        # What the document calls carried is what was left less than half of its prior, and nothing else.
        assert ("k1" in said["marks"]) == (sigma["k1"] < 0.1)
        assert ("k2" in said["marks"]) == (sigma["k2"] < 0.05)
    # A prior where the marks say nothing pulls to none, and the posterior holds the truth all the same.
    k1 = few.parameters.index("k1")
    assert abs(few.theta[k1] - MAIN[k1]) < 2 * np.sqrt(few.covariance[k1, k1])


def test_more_marks_make_the_lines_surer() -> None:
    few, many = (calibrated(MAIN, random(3), count, 1.5) for count in (5, 20))
    middle = [float(np.median([sigma for _, _, sigma in found.line_sigma_cm])) for found in (few, many)]
    assert middle[1] < middle[0]
    assert all(abs(x) <= 52.5 and abs(y) <= 34 and sigma > 0 for x, y, sigma in many.line_sigma_cm)


def test_a_measured_lens_makes_the_camera_surer() -> None:
    k, dist, _, _ = unpack(MAIN, FIXED)
    marks = marks_of(MAIN, random(4), 5, 1.0)
    free, held = calibrate(marks, SIZE, PITCH), calibrate(marks, SIZE, PITCH, lens=Lens(k, dist, SIZE))
    assert held.covariance[0, 0] < free.covariance[0, 0] / 4
    assert held.k[0, 0] == pytest.approx(k[0, 0], rel=0.02)  # four times the lens' own 0.5 %
    half = Lens(k / 2, dist, (SIZE[0] // 2, SIZE[1] // 2))
    assert calibrate(marks, SIZE, PITCH, lens=half).k[0, 0] == pytest.approx(k[0, 0], rel=0.02)
    with pytest.raises(BadValue, match="another shape"):
        calibrate(marks, SIZE, PITCH, lens=Lens(k, dist, (1440, 1080)))


@pytest.mark.parametrize("seed", range(6))
def test_two_exchanged_marks_are_named_with_what_they_show(seed: int) -> None:
    marks = marks_of(MAIN, random(seed), 12, 1.0)
    first, second = 2, 7
    wrong = list(marks)
    wrong[first] = replace(marks[first], image_px=marks[second].image_px)
    wrong[second] = replace(marks[second], image_px=marks[first].image_px)
    found = calibrate(wrong, SIZE, PITCH)
    assert [index for index, mark in enumerate(found.marks) if mark.rejected] == [first, second]
    for index, other in ((first, second), (second, first)):
        suggestion = found.marks[index].suggestion
        assert suggestion is not None
        assert suggestion.startswith(marks[other].name + " (")
        x, y = PITCH.from_corner(marks[other].pitch_m)
        assert f"[{x:.2f}, {y:.2f}]" in suggestion


def test_one_wrong_mark_of_seven_is_named() -> None:
    marks = marks_of(MAIN, random(11), 7, 1.0)
    u, v = marks[3].image_px
    wrong = [*marks[:3], replace(marks[3], image_px=(u + (80 if u < 900 else -80), v)), *marks[4:]]
    found = calibrate(wrong, SIZE, PITCH)
    assert [mark.name for mark in found.marks if mark.rejected] == [marks[3].name]


def test_good_marks_are_hardly_ever_rejected() -> None:
    draw = random(2)
    rejected = sum(mark.rejected for _ in range(25) for mark in calibrated(MAIN, draw, 12, 1.5).marks)
    assert rejected <= 1  # 300 marks at one in 22,000; one in doubt for the estimated scale


def test_clicks_worse_than_stated_raise_the_uncertainty() -> None:
    marks = marks_of(MAIN, random(5), 16, 6.0)
    honest = calibrate(marks, SIZE, PITCH)
    claimed = calibrate([replace(mark, sigma_px=1.0) for mark in marks], SIZE, PITCH)
    ratio = claimed.covariance[10, 10] / honest.covariance[10, 10]
    # With the scale taken from the 21 free residuals, its variance is known to sqrt(2/21) = 31 %; three of them.
    assert 0.07 < ratio < 2.0
    assert ratio > 1 / 36 * 2  # far above what the claimed 1 px alone would give


def refused(marks: list[Mark]) -> str:
    with pytest.raises(BadValue) as refusal:
        calibrate(marks, SIZE, PITCH)
    for lang in ("vi", "en"):
        assert refusal.value.detail(lang) != f"{refusal.value.code}.detail"
        assert refusal.value.hint(lang) != f"{refusal.value.code}.hint"
    return refusal.value.name


def test_marks_that_cannot_be_used_are_refused_by_code() -> None:
    good = marks_of(MAIN, random(), 8, 1.0)
    assert refused(good[:3]) == "too_few_marks"
    assert refused([]) == "too_few_marks"
    assert refused([*good, replace(good[0], name="x", image_px=(math.nan, 3.0))]) == "not_finite"
    assert refused([*good[1:], replace(good[0], image_px=(1920.0, 3.0))]) == "outside_picture"
    assert refused([*good, replace(good[0], image_px=(12.0, 3.0))]) == "duplicate_mark"
    assert refused([*good[1:], replace(good[0], image_px=good[1].image_px)]) == "duplicate_mark"
    line = [
        Mark(str(x), (x, 5.0, 0.0), tuple(see(MAIN, np.array([[x, 5.0, 0.0]]))[0])) for x in (22.0, 28.0, 33.0, 40.0)
    ]
    assert refused(line) == "collinear_marks"
    assert refused([*line, Mark("off", (36.0, -8.0, 0.0), (900.0, 500.0))]) == "collinear_marks"


@pytest.mark.parametrize("count", [6, 12])
def test_a_mirrored_pitch_is_refused(count: int) -> None:
    marks = marks_of(MAIN, random(8), count, 1.0)
    assert refused([replace(m, pitch_m=(m.pitch_m[0], -m.pitch_m[1], m.pitch_m[2])) for m in marks]) == "mirrored_marks"


@pytest.mark.parametrize("seed", range(4))
def test_marks_at_random_places_give_no_camera(seed: int) -> None:
    draw = random(seed)
    names = draw.choice(list(PITCH.points), 12, replace=False)
    marks = [Mark(str(n), PITCH.points[n], (float(draw.uniform(0, 1919)), float(draw.uniform(0, 1079)))) for n in names]
    assert refused(marks) in {"no_camera", "inconsistent_marks", "behind_camera", "mirrored_marks"}


def test_the_document_gives_the_calibration_back() -> None:
    found = calibrated(MAIN, random())
    again = Calibration.from_document(json.loads(json.dumps(found.document())))
    assert json.dumps(again.document()) == json.dumps(found.document())
    assert np.array_equal(again.theta, found.theta)
    always = {"status", "code", "camera", "covariance", "rms_px", "marks", "line_sigma_cm"}
    assert set(found.document()) == always | {"carried_by"}
    old = {key: value for key, value in found.document().items() if key in always}
    assert set(Calibration.from_document(old).document()) == always  # what older versions wrote is still read


def wide_marks(path: Path) -> list[Mark]:
    """The 38 clicked points of the real wide view; its labels count from the far left corner."""
    marks = []
    for element in ET.parse(path).getroot().iter("points"):
        label = element.attrib["label"]
        x, y = (float(part) for part in label.strip("()").split(","))
        u, v = (float(part) for part in element.attrib["points"].split(","))
        marks.append(Mark(label, (x - 52.5, 34 - y, 0.0), (u, v)))
    return marks


def test_a_real_wide_view_names_its_wrong_marks_and_needs_distortion(fixture_path: Callable[[str], Path]) -> None:
    marks = wide_marks(fixture_path("match_left_wide") / "left_keypoints.xml")
    size = (3072, 1728)
    found = calibrate(marks, size, PITCH)
    rejected = {mark.name: mark.suggestion for mark in found.marks if mark.rejected}
    # The labels put the penalty area at 14.84 and 53.16 m where Law 1 says 13.84 and 54.16; near ones stand out most.
    assert set(rejected) <= {"(16.5,53.16)", "(0,53.16)", "(0,14.84)", "(16.5,14.84)"}
    assert {"(16.5,53.16)", "(0,53.16)"} <= set(rejected)
    assert str(rejected["(16.5,53.16)"]).startswith("left_penalty_area_near (")
    assert "[16.50, 54.16]" in str(rejected["(16.5,53.16)"])

    good = [mark for mark in marks if "14.84" not in mark.name and "53.16" not in mark.name]
    inner = [mark for mark in good if mark.pitch_m[0] < 3.1]

    def held_out_error(**given: object) -> float:
        """Median error from goal to goal in metres of every fourth mark, each held out of the fit."""
        errors: list[float] = []
        for fold in range(4):
            fitted = calibrate([m for i, m in enumerate(inner) if i % 4 != fold], size, PITCH, **given)  # type: ignore[arg-type]
            held = [m for i, m in enumerate(inner) if i % 4 == fold]
            ground, _ = to_ground(fitted, ImagePoints(np.array([m.image_px for m in held])))
            errors += [abs(float(at[0]) - m.pitch_m[0]) for at, m in zip(ground, held, strict=True)]
        return float(np.nanmedian(errors))

    with_lens = held_out_error()
    # 1 px of click is 2 to 21 cm on this view and the marks agree to 4 px; 8 cm were found, also by others.
    assert with_lens < 0.15
    k = np.array([[2150.0, 0, 1535.5], [0, 2150.0, 863.5], [0, 0, 1]])
    straight = Lens(k, np.zeros(5), size, sigma_log_f=0.7, sigma_dist=1e-6, sigma_centre_px=30.0)
    # A picture that a straight lens cannot explain is no calibration at all.
    with pytest.raises(BadValue) as refusal:
        held_out_error(lens=straight)
    assert refusal.value.name == "inconsistent_marks"


def test_clicks_with_heavy_tails_are_weighed_as_such() -> None:
    """Twenty clicks of Student's distribution: surer than by least squares, and as sure as is said."""
    from var.measure.consensus import tempered
    from var.measure.solve import Problem, fit, prior

    draw, place, squares = random(11), np.array([[36.0, 2.0, 0.0]]), []
    gaps: dict[str, list[float]] = {"least squares": [], "student": []}
    names = [name for name in PITCH.points if np.isfinite(see(MAIN, np.array([PITCH.points[name]]))[0, 0])][:20]
    places = np.array([PITCH.points[name] for name in names])
    for _ in range(40):
        pixels = see(MAIN, places) + 1.5 / math.sqrt(2) * draw.standard_t(4, (len(names), 2))
        problem = Problem(places, pixels, np.full(len(names), 1.5), *prior(SIZE), FIXED)
        plain = fit(problem, MAIN)
        for name, found in (("least squares", plain), ("student", fit(tempered(problem, plain)[0], plain.theta))):
            k, dist, rvec, tvec = unpack(found.theta, FIXED)
            one = Calibration(SIZE, k, dist, rvec, tvec, found.covariance, 0.0, (), ())
            ground, covariance = to_ground(one, ImagePoints(see(MAIN, place)), sigma_px=0.0)
            gap = (ground - place)[0, :2]
            gaps[name].append(float(gap @ gap))
            if name == "student":
                squares.append(float(gap @ np.linalg.solve(covariance[0], gap)) / 2)
    # Of Student's distribution with 4 degrees of freedom least squares keeps the variance 2, the likelihood 4/3 of the
    # scale: a ratio of 0.67 without priors, which are alike in both; its scatter over 40 pairs is about 0.1.
    assert np.mean(gaps["student"]) < 0.95 * np.mean(gaps["least squares"])
    # Mean of 40 chi-square(2)/2 values: standard deviation 0.16; four of them.
    assert 0.3 < np.mean(squares) < 1.64


def test_few_clicks_are_as_uncertain_as_before() -> None:
    from var.measure.consensus import noise_scale, tempered
    from var.measure.solve import Problem, fit, prior

    marks = marks_of(MAIN, random(3), 6, 3.0)
    arrays = [np.array([getattr(mark, name) for mark in marks]) for name in ("pitch_m", "image_px")]
    problem = Problem(arrays[0], arrays[1], np.full(len(marks), 1.5), *prior(SIZE), FIXED)
    found = fit(problem, MAIN)
    there, scale = tempered(problem, found)
    assert scale == noise_scale(problem, found)
    assert np.allclose(there.sigma_px, 1.5 * scale)


def test_a_lens_off_its_axis_is_told_by_many_marks_and_left_alone_by_few() -> None:
    """p2 of 0.002, which moves the corners of this picture by 3 px: found within its prior's pull by 24 clicks."""
    off = np.array([0.0, 0.002, 0.0])
    theta = camera((0.0, -60.0, 12.0), (-25.0, 0.0, 0.0), 1100.0, -0.25)
    names, places = list(PITCH.points), np.array(list(PITCH.points.values()))
    draw, errors = random(5), []
    for _ in range(6):
        pixels = image(theta[None], off, places)[0] + draw.normal(0, 0.5, (len(places), 2))
        shown = np.isfinite(see(theta, places)[:, 0]) & ((pixels > 0) & (pixels < np.array(SIZE) - 1)).all(axis=1)
        marks = [
            Mark(names[k], PITCH.points[names[k]], (float(pixels[k, 0]), float(pixels[k, 1])), 0.5)
            for k in np.flatnonzero(shown)
        ]
        found = calibrate(marks, SIZE, PITCH)
        assert found.dist[3] > 0.0
        errors.append(np.abs(project(found, PitchPoints(places[shown])) - image(theta[None], off, places[shown])[0]))
        few = calibrate(marks[:: len(marks) // 6], SIZE, PITCH)
        assert (few.dist[2:] == 0).all()
        held = Lens(found.k, np.array([*found.dist[:2], 0.0, 0.0, 0.0]), SIZE)
        assert (calibrate(marks, SIZE, PITCH, lens=held).dist[2:] == 0).all()
    # Half a pixel of click over twenty marks and fourteen unknowns: below the click itself.
    assert float(np.median(np.concatenate(errors))) < 0.5
