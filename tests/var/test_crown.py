"""A pitch that is higher in its middle: found where the marks tell it, and used by everything that measures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bundling import clicks, off
from measuring import BEHIND, FIXED, MAIN, PITCH, SIZE, camera, drawn_scene, see

from touchline.errors import BadValue
from var.measure.bundle import View, bundle
from var.measure.calibrate import Calibration, LineMark, Mark, calibrate
from var.measure.camera import image
from var.measure.curves import curve_of
from var.measure.offside import measure
from var.measure.project import project, to_ground
from var.measure.surface import CROWN_M, CROWN_SIGMA_M, Surface, incline, shape
from var.model import ImagePoints, PitchPoints

FOUR = [
    MAIN,
    BEHIND,
    camera((-30, -60, 12), (-20, 0, 0), 1300, -0.1),
    camera((0, -75, 15), (0, 0, 0), 1200, -0.1),
]
WIDE = camera((0.0, -60.0, 9.0), (0.0, 0.0, 0.0), 800.0)


def lifted(theta: np.ndarray, places: np.ndarray, crown_m: float) -> np.ndarray:
    """Pixels of places on a crowned pitch, z counted from the ground."""
    up = places.copy()
    up[:, 2] += crown_m * (1 - (2 * places[:, 1] / PITCH.width_m) ** 2)
    return image(theta[None], FIXED, up)[0]


@pytest.mark.parametrize("crown_m", [0.0, 0.12])
def test_four_cameras_find_the_crown_that_is_there_and_no_other(crown_m: float) -> None:
    draw, errors = np.random.default_rng(1), []
    for _ in range(20):
        views = [View(str(n), SIZE, clicks(theta, draw, 12, crown_m=crown_m)) for n, theta in enumerate(FOUR)]
        found = bundle(views, PITCH, crown="estimate").surface
        assert found is not None
        assert found.source == "marks"
        assert found.sigma_m < CROWN_SIGMA_M / 2
        errors.append((found.crown_m - crown_m) / found.sigma_m)
    # Twenty draws: the mean square is 1 with standard deviation sqrt(2/20) = 0.32; four of them. The prior is 10 cm
    # away from none at all, which is a third of its pull at most.
    assert np.mean(np.square(errors)) < 2.3
    assert abs(np.mean(errors)) < 4 / np.sqrt(20)


def test_few_marks_keep_the_prior_and_say_so() -> None:
    marks = clicks(MAIN, np.random.default_rng(2), 6, 2.0, crown_m=0.12)
    found = calibrate(marks, SIZE, PITCH, crown="estimate")
    assert found.surface is not None
    assert (found.surface.source, found.surface.crown_m) == ("prior", CROWN_M)
    assert found.surface.sigma_m == pytest.approx(CROWN_SIGMA_M)
    sure = calibrate(marks, SIZE, PITCH, crown=CROWN_M)
    # A height that is not known makes the camera, and the lines, less sure than one that was given.
    assert np.all(np.diag(found.covariance) >= np.diag(sure.covariance) * (1 - 1e-6))
    middle = [float(np.median([s for _, _, s in one.line_sigma_cm])) for one in (found, sure)]
    assert middle[0] > middle[1]


def test_places_go_to_pixels_and_back() -> None:
    surface = Surface(0.15, 0.02, PITCH.width_m, np.zeros(11), "given")
    found = replace(calibrate(clicks(MAIN, np.random.default_rng(3), 10), SIZE, PITCH), surface=surface)
    places = np.array([[36.0, 0.0, 0.0], [40.0, -20.0, 0.0], [30.0, 10.0, 0.0]])
    up = np.array([0.0, 0.0, 1.0])
    pixels = project(found, PitchPoints(places))
    assert np.allclose(pixels, lifted(found.theta, places, 0.15))
    ground, covariance = to_ground(found, pixels)
    assert np.abs(ground - places).max() < 1e-6
    raised, _ = to_ground(found, project(found, PitchPoints(places + up)), 1.0)
    assert np.abs(raised - places - up).max() < 1e-6
    flat, _ = to_ground(replace(found, surface=None), pixels)
    # 15 cm seen from 10 m up and 70 m away is a metre of ground across the pitch.
    assert np.abs(flat[0, 1] - places[0, 1]) > 0.5
    _, sure = to_ground(replace(found, surface=replace(surface, sigma_m=0.0)), pixels)
    assert (covariance[:, 1, 1] > sure[:, 1, 1]).all()
    assert np.isnan(to_ground(found, ImagePoints(np.array([[900.0, 0.0]])))[0]).all()


def test_the_covariance_on_a_crowned_pitch_is_true() -> None:
    draw, squares, cameras = np.random.default_rng(4), [], []
    place = np.array([[20.0, 4.0, 0.0]])
    for _ in range(40):
        crown_m = float(draw.normal(CROWN_M, CROWN_SIGMA_M))
        theta = WIDE
        found = calibrate(clicks(theta, draw, 12, 1.0, crown_m=crown_m), SIZE, PITCH, crown="estimate")
        ground, covariance = to_ground(found, ImagePoints(lifted(theta, place, crown_m)), sigma_px=0.0)
        gap = (ground - place)[0, :2]
        squares.append(float(gap @ np.linalg.solve(covariance[0], gap)) / 2)
        cameras.append(off(found.theta - theta, found.covariance))
    # Means of 40 chi-square(2)/2 values, standard deviation 0.16, and of chi-square(11)/11, 0.07; four of each. Below 1
    # is expected: the principal point is better behaved than the priors allow.
    assert 0.3 < np.mean(squares) < 1.64
    assert np.mean(cameras) < 1.3


def test_lines_are_lifted_too() -> None:
    draw, lines = np.random.default_rng(5), []
    for name in ("halfway_line", "touchline_near", "touchline_far", "centre_circle", "left_penalty_area_front"):
        curve = curve_of(PITCH, name)
        assert curve is not None
        pixels = lifted(WIDE, curve, 0.2)
        inside = np.flatnonzero(((pixels > 5) & (pixels < np.array(SIZE) - 5)).all(axis=1))
        spots = inside[np.linspace(0, len(inside) - 1, 9).astype(int)]
        noisy = pixels[spots] + draw.normal(0, 0.5, (9, 2))
        lines.append(LineMark(name, tuple((float(u), float(v)) for u, v in noisy), 0.5))
    marks = clicks(WIDE, draw, 6, 0.5, crown_m=0.2)
    found = calibrate(marks, SIZE, PITCH, lines=lines, crown="estimate")
    assert found.surface is not None
    assert found.surface.source == "marks"
    assert abs(found.surface.crown_m - 0.2) < 4 * found.surface.sigma_m
    assert not any(fit.rejected for fit in found.marks)


def test_the_verdict_stands_on_the_crowned_ground() -> None:
    """The same scene, seen on a crowned pitch: with the crown the margin is that of the flat one."""
    thetas = {"main": MAIN}
    flat = {
        name: calibrate(clicks(theta, np.random.default_rng(6), 14, 0.5), SIZE, PITCH) for name, theta in thetas.items()
    }
    scene, _ = drawn_scene(np.random.default_rng(7), thetas, flat, click_px=1e-6)
    surface = Surface(0.3, 0.05, PITCH.width_m, np.zeros(11), "given")
    crowned = {name: replace(one, surface=surface) for name, one in flat.items()}
    moved = []
    for seen in scene.observations:
        one = flat[seen.camera_id]
        place, _ = to_ground(one, ImagePoints(np.array([seen.image_px])), scene.parts[seen.part].height_m)
        pixel = project(crowned[seen.camera_id], place)[0]
        moved.append(replace(seen, image_px=(float(pixel[0]), float(pixel[1]))))
    before = measure(scene)
    after = measure(replace(scene, calibrations=crowned, observations=tuple(moved)))
    ignoring = measure(replace(scene, observations=tuple(moved)))
    assert before.margin is not None
    assert after.margin is not None
    assert ignoring.margin is not None
    assert after.margin.value == pytest.approx(before.margin.value, abs=0.02)
    assert after.margin.sigma >= before.margin.sigma - 1e-3
    assert after.attacker is not None
    assert before.attacker is not None
    assert ignoring.attacker is not None
    y = [one.attacker.xyz_m[1] for one in (before, after, ignoring) if one.attacker is not None]
    assert abs(y[1] - y[0]) < 0.05 < abs(y[2] - y[0])


def test_the_document_keeps_the_surface() -> None:
    found = calibrate(clicks(WIDE, np.random.default_rng(8), 12, crown_m=0.12), SIZE, PITCH, crown="estimate")
    document = json.loads(json.dumps(found.document()))
    again = Calibration.from_document(document)
    assert json.dumps(again.document()) == json.dumps(found.document())
    broken: dict[str, Any] = {**document, "surface": {**document["surface"], "model": "bowl", "sigma_m": -1}}
    with pytest.raises(BadValue) as refused:
        Calibration.from_document(broken)
    assert "surface.model" in refused.value.detail("en")
    assert "surface.sigma_m" in refused.value.detail("en")


def test_the_shape_has_its_slope() -> None:
    y = np.array([-40.0, -33.0, -10.0, 0.0, 12.0, 33.9, 36.0])
    step = 1e-5
    assert np.allclose((shape(y + step, 68.0) - shape(y - step, 68.0)) / (2 * step), incline(y, 68.0), atol=1e-6)
    assert shape(np.array([0.0, 34.0, -34.0, 50.0]), 68.0).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_a_mark_says_its_height_above_the_ground() -> None:
    """A crossbar is as high over its own ground on a crowned pitch as on a flat one."""
    names = [name for name in PITCH.points if name.startswith("right_")]
    places = np.array([PITCH.points[name] for name in names])
    pixels = lifted(MAIN, places, 0.2)
    shown = np.isfinite(see(MAIN, places)[:, 0])
    marks = [
        Mark(name, PITCH.points[name], (float(u), float(v)), 0.5)
        for name, (u, v), ok in zip(names, pixels, shown, strict=True)
        if ok
    ]
    found = calibrate(marks, SIZE, PITCH, crown=0.2)
    assert found.rms_px < 0.2
    assert not any(fit.rejected for fit in found.marks)
