"""Projection both ways, with its limits and its uncertainty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measuring import MAIN, SIZE, calibrated

from touchline.errors import BadValue
from var.measure.camera import bend, fold_radius2, straighten
from var.measure.project import project, to_ground
from var.model import ImagePoints, PitchPoints

CAMERA = calibrated(MAIN, np.random.default_rng(1), 10, 1.0)


@given(st.floats(15, 52), st.floats(-30, 30), st.floats(0, 2.5))
@settings(max_examples=60, deadline=None)
def test_to_ground_inverts_project(x: float, y: float, z: float) -> None:
    place = np.array([[x, y, z]])
    pixel = project(CAMERA, PitchPoints(place))
    back, _ = to_ground(CAMERA, pixel, z)
    # The inversion is exact to 1e-6 px; the worst ground sampling here is about 1 m a pixel.
    assert np.abs(back - place).max() < 1e-5


@given(st.floats(-0.45, 0.2), st.floats(-0.1, 0.2), st.floats(0, 0.999), st.floats(0, 6.28))
@settings(max_examples=200, deadline=None)
def test_straightening_undoes_bending_wherever_the_model_holds(
    k1: float, k2: float, share: float, angle: float
) -> None:
    limit = min(fold_radius2(k1, k2, 0.0), 4.0)
    radius = 0.97 * share * np.sqrt(limit)
    xy = np.array([[radius * np.cos(angle), radius * np.sin(angle)]])
    theta = np.array([np.log(1500.0), k1, k2, 960.0, 540.0, 0, 0, 0, 0, 0, 0])
    pixel = 1500.0 * bend(xy, np.array([k1, k2]), np.zeros(3)) + [960.0, 540.0]
    found = straighten(pixel, theta, np.zeros(3))
    # Found to 1e-6 px of 1500 px focal length; near the fold, where the slope falls to 6 %, up to twenty times that.
    assert np.abs(found - xy).max() < 2e-8


def test_nothing_is_projected_from_behind_or_beyond_the_fold() -> None:
    behind = np.array([[20.0, -120.0, 0.0], [np.nan, 0.0, 0.0], [40.0, 0.0, 0.0]])
    pixels = project(CAMERA, PitchPoints(behind))
    assert np.isnan(pixels[:2]).all()
    assert np.isfinite(pixels[2]).all()
    folding = replace(CAMERA, dist=np.array([-0.5, 0.0, 0, 0, 0]))  # folds at r = sqrt(1/1.5) = 0.816, 39 degrees
    sideways = np.array([[-52.5, -34.0, 0.0]])
    assert np.isfinite(project(replace(CAMERA, dist=np.zeros(5)), PitchPoints(sideways))).all()
    assert np.isnan(project(folding, PitchPoints(sideways))).all()
    corner = ImagePoints(np.array([[-3000.0, 540.0]]))
    assert np.isnan(to_ground(folding, corner)[0]).all()


def test_the_sky_has_no_ground() -> None:
    places, covariance = to_ground(CAMERA, ImagePoints(np.array([[960.0, -4000.0], [np.nan, 3.0], [960.0, 600.0]])))
    assert np.isnan(places[:2]).all()
    assert np.isnan(covariance[:2]).all()
    assert np.isfinite(places[2]).all()


def test_the_ground_covariance_agrees_with_drawn_cameras_and_clicks() -> None:
    draw = np.random.default_rng(3)
    pixel = np.array([[1000.0, 560.0]])
    _, covariance = to_ground(CAMERA, ImagePoints(pixel), sigma_px=1.5)
    root = np.linalg.cholesky(CAMERA.covariance + 1e-18 * np.eye(11))
    found = []
    for _ in range(400):
        theta = CAMERA.theta + root @ draw.normal(size=11)
        k = np.array([[np.exp(theta[0]), 0, theta[3]], [0, np.exp(theta[0]), theta[4]], [0, 0, 1]])
        dist = np.array([theta[1], theta[2], 0, 0, 0])
        drawn = replace(CAMERA, k=k, dist=dist, rvec=theta[5:8], tvec_m=theta[8:])
        found.append(to_ground(drawn, ImagePoints(pixel + draw.normal(0, 1.5, (1, 2))))[0][0, :2])
    # A standard deviation from 400 draws is known to 1/sqrt(800) = 3.5 %: four of them.
    assert np.std(found, axis=0) == pytest.approx(np.sqrt(np.diag(covariance[0])), rel=0.14)


def test_surer_clicks_give_surer_places_and_none_leaves_the_camera() -> None:
    pixel = ImagePoints(np.array([[SIZE[0] / 2, SIZE[1] / 2]]))
    exact, rough = (to_ground(CAMERA, pixel, sigma_px=sigma)[1][0, 0, 0] for sigma in (0.0, 3.0))
    assert 0 < exact < rough


@pytest.mark.parametrize("shape", [(2,), (3, 3), (1, 2, 2)])
def test_an_array_of_another_shape_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match=r"\(n, 2\)"):
        to_ground(CAMERA, ImagePoints(np.zeros(shape)))
    with pytest.raises(BadValue, match=r"\(n, 3\)"):
        project(CAMERA, PitchPoints(np.zeros((2, 2))))
