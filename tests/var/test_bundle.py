"""Several pictures calibrated together, against cameras that are known exactly."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from bundling import clicks, off, panning
from measuring import BEHIND, MAIN, PITCH, SIZE, camera, marks_of, see
from test_calibrate_lines import clicked

from touchline.errors import BadValue
from var.measure.bundle import SHARED, Bundle, bundle
from var.measure.bundle_documents import read_views
from var.measure.calibrate import Calibration, calibrate
from var.measure.camera import by_camera, by_place
from var.measure.faults import BadDocument
from var.measure.pitch import Pitch
from var.measure.project import to_ground
from var.measure.rows import pixels_and_slopes
from var.measure.views import Tie, View
from var.model import ImagePoints

FOUR = {
    "main": MAIN,
    "behind": BEHIND,
    "left": camera((-30, -60, 12), (-20, 0, 0), 1300, -0.1),
    "middle": camera((0, -75, 15), (0, 0, 0), 1200, -0.1),
}
ZOOMING = tuple(word for word in SHARED if word != "focal")


def calibrated(found: Bundle) -> list[Calibration]:
    return [view.calibration for view in found.views if view.calibration is not None]


def test_the_derivatives_are_those_of_the_camera() -> None:
    draw = np.random.default_rng(0)
    places = np.c_[draw.uniform(-10, 50, 40), draw.uniform(-30, 30, 40), draw.uniform(0, 2, 40)]
    fixed = np.array([0.001, -0.002, 0.01])
    _, by_theta, by_xyz = pixels_and_slopes(MAIN[None], fixed[None], places, np.zeros(40, dtype=int))
    # Central differences are good to seven digits.
    assert np.allclose(by_theta, by_camera(MAIN, fixed, places), rtol=1e-5, atol=1e-4)
    assert np.allclose(by_xyz, by_place(MAIN, fixed, places), rtol=1e-5, atol=1e-5)


def test_one_picture_alone_is_as_by_itself() -> None:
    marks = marks_of(MAIN, np.random.default_rng(2), 10, 1.0)
    (together,) = calibrated(bundle([View("a", SIZE, marks)], PITCH))
    alone = calibrate(marks, SIZE, PITCH)
    assert np.allclose(together.theta, alone.theta, rtol=1e-3, atol=1e-3)
    ratio = np.sqrt(np.diag(together.covariance) / np.diag(alone.covariance))
    assert ratio == pytest.approx(np.ones(11), rel=0.02)


def test_frames_of_three_marks_get_a_camera_from_each_other() -> None:
    thetas, views = panning(np.random.default_rng(1), 12, 3)
    for view in views:
        with pytest.raises(BadValue) as refused:
            calibrate(view.marks, SIZE, PITCH)
        assert refused.value.name == "too_few_marks"
    found = bundle(views, PITCH)
    assert len(calibrated(found)) == len(views)
    for theta, one in zip(thetas, calibrated(found), strict=True):
        middle = np.array([one.line_sigma_cm[len(one.line_sigma_cm) // 2][:2]])
        place = np.array([[*middle[0], 0.0]])
        ground, covariance = to_ground(one, ImagePoints(see(theta, place)), sigma_px=0.0)
        assert np.linalg.norm((ground - place)[0, :2]) < 5 * np.sqrt(np.trace(covariance[0]))
    centres = np.array([one.centre_m for one in calibrated(found)])
    assert np.ptp(centres, axis=0).max() < 1e-6


@pytest.mark.parametrize("zooms", [False, True])
def test_the_covariance_of_a_panning_camera_is_true(zooms: bool) -> None:
    draw, squares = np.random.default_rng(3), []
    for _ in range(12):
        thetas, views = panning(draw, 6, 5, zooms=zooms)
        found = bundle(views, PITCH, shared=ZOOMING if zooms else SHARED)
        for view, theta in zip(found.views, thetas, strict=True):
            assert view.calibration is not None
            squares.append(off(view.calibration.theta - theta, view.calibration.covariance))
    # 72 values of chi-square(11)/11, a dozen of them independent: standard deviation sqrt(2/11/12) = 0.12 at most; four
    # of it. Below 1 is expected: the truth is better behaved (its principal point is the centre) than the priors allow.
    assert 0.3 < np.mean(squares) < 1.5
    assert np.quantile(squares, 0.95) < 2.5  # the 99.5 % point of chi-square(11)/11 is 2.4


def test_the_cross_covariance_of_two_frames_is_true() -> None:
    """What two frames see of one place differs by less than two independent cameras would say, and by as much as the
    joint covariance says."""
    draw, squares, shares = np.random.default_rng(5), [], []
    place = np.array([[4.0, 3.0, 0.0]])
    for _ in range(40):
        thetas, views = panning(draw, 5, 6)
        found = bundle([views[2], views[3]], PITCH)
        gaps, slopes = [], []
        for one, theta in zip(calibrated(found), thetas[2:4], strict=True):
            pixel = see(theta, place)
            ground, _ = to_ground(one, ImagePoints(pixel), sigma_px=0.0)
            gaps.append((ground - place)[0, :2])
            inverse = np.linalg.inv(by_place(one.theta, one.fixed, place)[:, :, :2])
            slopes.append(-(inverse @ by_camera(one.theta, one.fixed, place))[0])
        both = np.concatenate([slopes[0], -slopes[1]], axis=1)
        keys = found.order
        joint = np.block([[found.between(a, b) for b in keys] for a in keys])
        true = both @ joint @ both.T
        apart = sum(slope @ found.between(key, key) @ slope.T for slope, key in zip(slopes, keys, strict=True))
        gap = gaps[0] - gaps[1]
        squares.append(float(gap @ np.linalg.solve(true, gap)) / 2)
        shares.append(np.sqrt(np.trace(true) / np.trace(apart)))
    # Mean of 40 chi-square(2)/2 values: standard deviation 0.16; four of them.
    assert 0.36 < np.mean(squares) < 1.64
    assert np.median(shares) < 1.0
    # What the frames share they share wholly.
    for k in range(5):
        assert joint[k, 11 + k] == pytest.approx(joint[k, k], rel=1e-6)


def test_wrong_marks_are_named_across_the_frames() -> None:
    _, views = panning(np.random.default_rng(7), 12, 5)
    wrong = {}
    for number in (0, 4, 8):
        marks = list(views[number].marks)
        u, v = marks[1].image_px
        marks[1] = replace(marks[1], image_px=(u + (60 if u < 900 else -60), v))
        views[number] = replace(views[number], marks=marks)
        wrong[number] = [marks[1].name]
    found = bundle(views, PITCH)
    for number, one in enumerate(calibrated(found)):
        assert [mark.name for mark in one.marks if mark.rejected] == wrong.get(number, [])


def test_a_picture_from_elsewhere_is_refused_and_the_rest_goes_on() -> None:
    draw = np.random.default_rng(8)
    _, views = panning(draw, 6, 8)
    moved = camera((20.0, -60.0, 9.0), (5.0, 0.0, 0.0), 1900.0, -0.1)
    views.append(View("main", SIZE, clicks(moved, draw, 8), frame=99))
    found = bundle(views, PITCH)
    assert [view.refusal and view.refusal.name for view in found.views] == [None] * 6 + ["bundle_stranger"]
    assert len(found.order) == 6


def test_frames_with_lines_join_frames_with_points() -> None:
    draw = np.random.default_rng(9)
    thetas, views = panning(draw, 5, 8)
    lines = clicked(thetas[4], ["right_penalty_area_front", "right_penalty_area_side_near", "touchline_near"], draw, 3)
    views[4] = replace(views[4], marks=[], lines=[*lines, *clicked(thetas[4], ["right_goal_line"], draw, 3)])
    found = bundle(views, PITCH)
    last = found.views[4].calibration
    assert last is not None
    assert off(last.theta - thetas[4], last.covariance) < 4  # chi-square(11)/11 beyond 4 has p < 1e-5


def test_ties_make_cameras_surer() -> None:
    draw = np.random.default_rng(10)
    spots = np.c_[draw.uniform(20, 42, 6), draw.uniform(-20, 20, 6), np.zeros(6)]
    plain = [View(name, SIZE, marks_of(FOUR[name], draw, 6, 1.0)) for name in ("main", "behind")]
    tied = []
    for view in plain:
        pixels = see(FOUR[view.camera_id], spots) + draw.normal(0, 1, (6, 2))
        ties = [Tie(f"spot {k}", (float(u), float(v)), 1.0) for k, (u, v) in enumerate(pixels) if np.isfinite(u)]
        tied.append(replace(view, ties=[*ties, Tie(f"only {view.camera_id}", (900.0, 800.0))]))
    without, found = bundle(plain, PITCH), bundle(tied, PITCH)
    assert set(found.ties) <= {f"spot {k}" for k in range(6)}  # one sight line alone tells nothing
    for name, tie in found.ties.items():
        gap = np.array(tie.place_m) - spots[int(name.split()[1]), :2]
        assert gap @ np.linalg.solve(tie.covariance, gap) < 18.4  # chi-square(2) with p = 1e-4
    sums = [sum(np.median([s for _, _, s in one.line_sigma_cm]) for one in calibrated(b)) for b in (without, found)]
    assert len(calibrated(without)) == len(calibrated(found)) == 2
    assert sums[1] < 0.95 * sums[0]


def test_the_size_of_the_pitch_is_estimated_where_asked() -> None:
    draw, errors = np.random.default_rng(11), []
    truth = Pitch(103.2, 66.5)
    for _ in range(10):
        views = [View(name, SIZE, clicks(theta, draw, 14, truth=truth)) for name, theta in FOUR.items()]
        found = bundle(views, PITCH, pitch_sigma_m=1.5)
        assert found.pitch_sigma_m is not None
        size = np.array([found.pitch.length_m, found.pitch.width_m])
        errors.append((size - [103.2, 66.5]) / found.pitch_sigma_m)
        assert max(found.pitch_sigma_m) < 0.7
    # Ten draws of two numbers: the mean square is 1 with standard deviation sqrt(2/20) = 0.32; four of them.
    assert np.mean(np.square(errors)) < 2.3


def test_four_cameras_take_less_than_a_second() -> None:
    draw = np.random.default_rng(12)
    views = [View(name, SIZE, clicks(theta, draw, 10)) for name, theta in FOUR.items()]
    bundle(views, PITCH)
    began = time.process_time()
    bundle(views, PITCH)
    assert time.process_time() - began < 1.0


def document_of(views: list[View], **more: object) -> dict[str, object]:
    return {
        "pitch": "105x68",
        "views": [
            {
                "camera": view.camera_id,
                "frame": view.frame,
                "picture_size": list(view.size_px),
                "points": [
                    {"name": m.name, "pitch_m": list(m.pitch_m), "image_px": list(m.image_px), "sigma_px": m.sigma_px}
                    for m in view.marks
                ]
                + [{"name": tie.name, "image_px": list(tie.image_px)} for tie in view.ties],
            }
            for view in views
        ],
        **more,
    }


def test_a_document_asks_for_the_same_bundle() -> None:
    _, views = panning(np.random.default_rng(13), 3, 6)
    views[0] = replace(views[0], ties=[Tie("divot", (500.0, 600.0))])
    asked = read_views(json.loads(json.dumps(document_of(views, crown="estimate", pitch_sigma_m=0.5))))
    assert [(view.key, list(view.marks), list(view.ties)) for view in asked.views] == [
        (view.key, list(view.marks), list(view.ties)) for view in views
    ]
    assert (asked.pitch, asked.crown, asked.pitch_sigma_m, asked.shared) == (PITCH, "estimate", 0.5, SHARED)
    again = json.loads(json.dumps(bundle(asked.views, asked.pitch).document("vi")))
    one = Calibration.from_document(again["views"][1])
    (_, own, _) = calibrated(bundle(views, PITCH))
    assert np.allclose(one.theta, own.theta)


def test_every_fault_of_a_document_is_named() -> None:
    bad = {
        "pitch": "10x10",
        "crown": "high",
        "shared": ["colour"],
        "views": [
            {"frame": -1, "picture_size": [100, 100.5]},
            {
                "camera": "a",
                "picture_size": [100, 100],
                "points": [{"image_px": [1, 2]}, {"name": "x", "pitch_m": [0, 0], "image_px": [1, 2]}],
            },
        ],
    }
    with pytest.raises(BadDocument) as refused:
        read_views(bad)
    paths = {path for path, _, _ in refused.value.faults}
    assert paths == {
        "$.pitch",
        "$.crown",
        "$.shared",
        "$.views[0].camera",
        "$.views[0].frame",
        "$.views[0].picture_size",
        "$.views[1].points[0].name",
        "$.views[1].points[1].pitch_m",
    }


def refused(views: list[View], **more: object) -> str:
    with pytest.raises(BadValue) as refusal:
        bundle(views, PITCH, **more)  # type: ignore[arg-type]
    for lang in ("vi", "en"):
        assert refusal.value.hint(lang) != f"{refusal.value.code}.hint"
    return refusal.value.name


def test_what_cannot_be_bundled_is_refused() -> None:
    marks = clicks(MAIN, np.random.default_rng(14), 8)
    view = View("a", SIZE, marks)
    assert refused([]) == "bundle_empty"
    assert refused([view, view]) == "bundle_twice"
    assert refused([view, View("a", (1280, 720), marks, frame=2)]) == "bundle_sizes"
    assert refused([view], crown=3.0) == "bad_crown"
    assert refused([view], crown="high") == "bad_crown"
    assert refused([replace(view, marks=marks[:2])]) == "too_few_marks"
    flipped = [replace(mark, pitch_m=(mark.pitch_m[0], -mark.pitch_m[1], mark.pitch_m[2])) for mark in marks]
    assert refused([replace(view, marks=flipped)]) == "mirrored_marks"
    bad = bundle([view, View("b", SIZE, [replace(marks[0], image_px=(float("nan"), 1.0)), *marks[1:]])], PITCH)
    assert [one.refusal and one.refusal.name for one in bad.views] == [None, "not_finite"]
