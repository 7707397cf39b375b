"""Cameras and the calibration files of others."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from space_scene import looking, ring, walking

from athletes.space.calibrations import calibration_from, read_calibration, write_pose2sim
from athletes.space.camera import PosedCamera
from athletes.space.faults import BadCalibration, BadCamera
from athletes.space.fitting import Fit, fitted, letterboxed, shows_letterbox
from athletes.space.pose_spread import pose_spread
from touchline.errors import BadFile, BadValue, NotFound

SET = "athlete_four_views"


def test_a_camera_agrees_with_opencv() -> None:
    import cv2

    camera = looking("a", (3.0, 2.0, 1.5))
    places = walking(np.array([0.1]))[0]
    turn = Rotation.from_matrix(camera.R).as_rotvec()
    expected = cv2.projectPoints(places, turn, camera.t_m, camera.K, camera.dist)[0][:, 0]
    np.testing.assert_allclose(camera.project(places), expected, atol=1e-8)  # the same formula: rounding alone
    seen = camera.seen(places)
    np.testing.assert_allclose(camera.undistort(expected), seen[:, :2] / seen[:, 2:], atol=1e-10)


def test_rays_meet_what_they_came_from() -> None:
    camera = looking("a", (3.0, 2.0, 1.5))
    places = walking(np.array([0.1, 0.2]))
    origin, along = camera.ray(camera.project(places))
    far = np.linalg.norm(places - origin, axis=-1, keepdims=True)
    np.testing.assert_allclose(origin + far * along, places, atol=1e-8)


def test_slopes_are_the_differences_of_projections() -> None:
    camera, places, h = looking("a", (3.0, 2.0, 1.5)), walking(np.array([0.3]))[0], 1e-6
    by_place = np.stack(
        [(camera.project(places + h * e) - camera.project(places - h * e)) / (2 * h) for e in np.eye(3)], -1
    )
    by_pose = np.stack(
        [(camera.turned(h * e).project(places) - camera.turned(-h * e).project(places)) / (2 * h) for e in np.eye(6)],
        -1,
    )
    # central differences of 1e-6 round to some 1e-13 / 1e-6 times 1000 px
    np.testing.assert_allclose(camera.slope(places), by_place, atol=1e-4)
    np.testing.assert_allclose(camera.slope_by_pose(places), by_pose, atol=1e-3)


def test_nothing_is_seen_behind_a_camera_or_beyond_the_fold_of_its_lens() -> None:
    camera = looking("a", (3.0, 0.0, 1.0))
    assert np.isnan(camera.project(np.array([[6.0, 0.0, 1.0]]))).all()
    folding = PosedCamera("b", (1920, 1080), camera.K, camera.R, camera.t_m, np.array([-0.4, 0.0, 0.0, 0.0, 0.0]))
    edge = math.sqrt(folding.fold2)  # 1 / sqrt(1.2)
    seen = np.array([[0.5 * edge, 0.0, 1.0], [1.2 * edge, 0.0, 1.0]])
    world = (seen - folding.t_m) @ folding.R
    assert list(np.isnan(folding.project(world)[:, 0])) == [False, True]
    assert np.isnan(folding.undistort(np.array([1e5, 0.0]))).all()


def test_every_fault_of_a_camera_is_named() -> None:
    with pytest.raises(BadCamera) as caught:
        PosedCamera("x", (0, 1080), np.full((3, 3), np.nan), np.eye(2), np.zeros(3), np.zeros(4))
    assert [fault.where for fault in caught.value.faults] == ["size", "matrix", "rotation", "distortions"]
    K = np.diag([-1.0, 1.0, 1.0])
    K[0, 1] = 0.3
    with pytest.raises(BadCamera) as caught:
        PosedCamera("x", (9, 9), K, 2 * np.eye(3), np.zeros(3), cov=-np.eye(6))
    kinds = [fault.kind for fault in caught.value.faults]
    assert kinds == ["bad_focal_length", "skewed", "not_a_rotation", "not_a_covariance"]
    for lang in ("vi", "en"):
        said = caught.value.detail(lang)
        assert said.count(";") == 3
        assert "athletes.space" not in said
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults


# --- files of others ----------------------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@st.composite
def cameras(draw: st.DrawFn) -> list[PosedCamera]:
    made = []
    number = st.floats(-2.0, 2.0)
    for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
        f = draw(st.floats(100.0, 5000.0))
        K = np.array([[f, 0.0, draw(st.floats(0, 2000))], [0.0, f * 1.01, draw(st.floats(0, 2000))], [0.0, 0.0, 1.0]])
        R = Rotation.from_rotvec([draw(number), draw(number), draw(number)]).as_matrix()
        t_m = np.array([draw(number), draw(number), draw(number)])
        dist = np.array([draw(st.floats(-0.3, 0.3)) for _ in range(4)] + [draw(st.sampled_from([0.0, 0.01]))])
        made.append(PosedCamera(name, (draw(st.integers(1, 9999)), draw(st.integers(1, 9999))), K, R, t_m, dist))
    return made


@given(cameras())
@settings(deadline=None, max_examples=60)
def test_what_is_written_for_pose2sim_is_read_back(given_cameras: list[PosedCamera]) -> None:
    found = calibration_from(write_pose2sim(given_cameras).encode("utf-8"), "Calib.toml")
    assert found.form == "pose2sim"
    assert [camera.name for camera in found.cameras] == [camera.name for camera in given_cameras]
    for one, other in zip(found.cameras, given_cameras, strict=True):
        assert one.size_px == other.size_px
        np.testing.assert_array_equal(one.K, other.K)
        np.testing.assert_array_equal(one.dist, other.dist)
        np.testing.assert_array_equal(one.t_m, other.t_m)
        np.testing.assert_allclose(one.R, other.R, atol=1e-9)  # by way of the rotation vector


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
@settings(deadline=None, max_examples=150)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        calibration_from(data, "x")


def _spoiled(text: str, at: float, by: str) -> str:
    place = int(at * len(text))
    return text[:place] + by + text[place + len(by) :]


@given(st.floats(0, 0.999), st.text(st.sampled_from('0-9.[]"=<>ne\n x'), min_size=1, max_size=4))
@settings(deadline=None, max_examples=150)
def test_a_spoiled_file_is_read_or_refused(at: float, by: str) -> None:
    for text in (write_pose2sim(ring(2)), QUALISYS):
        try:
            found = calibration_from(_spoiled(text, at, by).encode("utf-8"), "x")
        except BadFile as fault:
            refused = fault
        else:
            assert found.cameras
            continue
        assert all(refused.detail(lang) for lang in ("vi", "en"))


QUALISYS = """<?xml version='1.0'?><calibration><cameras>
<camera active="1" serial="left" viewrotation="0"><fov_video left="8" right="1095" top="0" bottom="1919"/>
<transform x="1000" y="-2000" z="1500" r11="1" r12="0" r13="0" r21="0" r22="0" r23="1" r31="0" r32="-1" r33="0"/>
<intrinsic focalLengthU="107600" focalLengthV="107588" centerPointU="34110" centerPointV="60680" skew="0"
 radialDistortion1="-0.046" radialDistortion2="0.14" radialDistortion3="0" tangentalDistortion1="0.0006"
 tangentalDistortion2="0.0007"/></camera>
<camera active="0" serial="off"/></cameras></calibration>"""


def test_qualisys_pixels_are_in_64ths_and_places_in_millimetres() -> None:
    found = calibration_from(QUALISYS.encode(), "c.qca.txt")
    (camera,) = found.cameras
    assert (found.form, found.notes, camera.size_px) == ("qualisys", ("inactive_left_out",), (1088, 1920))
    assert (camera.K[0, 0], camera.K[0, 2], camera.K[1, 2]) == (107600 / 64, 34110 / 64 - 8, 60680 / 64)
    np.testing.assert_allclose(camera.centre_m, [1.0, -2.0, 1.5])
    assert camera.dist[0] == -0.046


def test_caliscope_leaves_out_cameras_without_a_pose() -> None:
    text = """[cameras.1]
cam_id = 1
size = [1920, 1080]
matrix = [[1121.1, 0.0, 943.5], [0.0, 1120.0, 532.1], [0.0, 0.0, 1.0]]
distortions = [0.07, -0.1, -0.0003, 0.000006, 0.04]
rotation = [0.1, 0.2, 0.3]
translation = [-0.2, 0.1, 1.9]
fisheye = false
[cameras.2]
cam_id = 2
size = [1920, 1080]
rotation = "null"
"""
    found = calibration_from(text.encode(), "camera_array.toml")
    assert (found.form, found.notes) == ("caliscope", ("caliscope_up", "unposed_left_out"))
    assert [camera.name for camera in found.cameras] == ["cam_1"]
    np.testing.assert_allclose(Rotation.from_matrix(found.cameras[0].R).as_rotvec(), [0.1, 0.2, 0.3])
    older = text.replace("[0.1, 0.2, 0.3]", str(found.cameras[0].R.tolist()))  # older files have the matrix
    np.testing.assert_allclose(calibration_from(older.encode(), "x").cameras[0].R, found.cameras[0].R)


def test_all_faults_of_a_file_are_named_at_once() -> None:
    text = write_pose2sim(ring(2)).replace("fisheye = false", "fisheye = true", 1).replace("1920.0", "-5.0", 1)
    with pytest.raises(BadCalibration) as caught:
        calibration_from(text.replace("[cam2]\n", "[cam2]\nrotations = 3\n").replace("1.0]]", "0.0]]").encode(), "x")
    assert {(fault.where, fault.kind) for fault in caught.value.faults} == {
        ("cam1.fisheye", "fisheye"),
        ("cam1.size", "bad_size"),
    }
    with pytest.raises(BadCalibration) as caught:
        calibration_from(write_pose2sim(ring(2)).replace("1.0]]", "0.0]]").encode(), "x")
    assert [(f.where, f.kind) for f in caught.value.faults] == [("cam1.matrix", "skewed"), ("cam2.matrix", "skewed")]
    broken = QUALISYS.replace('x="1000"', 'x="far"').replace('skew="0"', 'skew="9"').replace('right="1095"', "")
    with pytest.raises(BadCalibration) as caught:
        calibration_from(broken.encode(), "x")
    assert {fault.where for fault in caught.value.faults} == {
        "left.transform.x",
        "left.intrinsic.skew",
        "left.fov_video.right",
    }


def test_millimetres_and_names_that_occur_twice_are_found() -> None:
    with pytest.raises(BadCalibration) as caught:
        calibration_from(QUALISYS.replace('"1000"', '"1000000"').encode(), "x")
    assert [fault.kind for fault in caught.value.faults] == ["not_metres"]
    one = write_pose2sim(ring(1))
    both = one + one.replace("[cam1]", "[other]").replace("[metadata]", "[again]")
    with pytest.raises(BadCalibration, match="twice"):
        calibration_from(both.encode(), "x")


def test_what_is_absent_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"none\.toml"):
        read_calibration(tmp_path / "none.toml")
    with pytest.raises(NotFound, match="cam1, cam2"):
        calibration_from(write_pose2sim(ring(2)).encode(), "x").camera("cam9")
    with pytest.raises(BadFile):
        calibration_from(b'<!DOCTYPE x [<!ENTITY a "b">]><calibration>&a;</calibration>', "x")


# --- pictures of another size -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", list(Fit))
def test_a_picture_of_another_size_is_fitted_as_its_pixels_were(how: Fit) -> None:
    camera = looking("a", (3.0, 2.0, 1.5), size=(1088, 1920))
    size = (544, 960) if how is Fit.SCALED else (1080, 1920)
    made = fitted(camera, size, how)
    before, after = camera.project(walking(np.array([0.2]))[0]), made.project(walking(np.array([0.2]))[0])
    s = 1080 / 1088
    expected = {
        Fit.SCALED: (before + 0.5) / 2 - 0.5,
        Fit.LETTERBOX: (before + 0.5) * s - 0.5 + [0, (1920 - 1920 * s) / 2],
        Fit.STRETCHED: (before + 0.5) * [s, 1] - 0.5,
        Fit.CROPPED: before - [4, 0],
        Fit.CUT_END: before,
    }[how]
    np.testing.assert_allclose(after, expected, atol=1e-9)
    assert made.size_px == size


def test_nobody_guesses_how_a_size_changed() -> None:
    camera = looking("a", (3.0, 2.0, 1.5), size=(1088, 1920))
    assert fitted(camera, (1088, 1920)) is camera
    assert fitted(camera, (544, 960)).K[0, 0] == camera.K[0, 0] / 2
    with pytest.raises(BadValue, match="1088 × 1920"):
        fitted(camera, (1080, 1920))


def test_black_bars_are_counted() -> None:
    picture = np.full((1920, 1080, 3), 90, dtype=np.uint8)
    picture[:7] = picture[-7:] = 3
    assert letterboxed(picture) == (7, 0)
    assert letterboxed(np.zeros((40, 30), dtype=np.uint8)) == (0, 0)


def test_the_real_set_has_bars_where_its_sizes_differ(fixture_path: Callable[[str], Path]) -> None:
    import av

    folder = fixture_path(SET)
    found = read_calibration(folder / "calibration" / "Calib.qca.txt")
    assert {camera.size_px for camera in found.cameras} == {(1088, 1920)}
    assert all(1.6 < camera.centre_m[2] < 2.2 for camera in found.cameras)  # on stands, above a person's head
    for camera in found.cameras:
        with av.open(str(folder / "videos" / f"{camera.name}.mp4")) as video:
            picture = next(video.decode(video=0)).to_ndarray(format="bgr24")
        # 1920 rows scaled by 1080 / 1088 are 1906: seven rows of black above and below, of which one may be blurred
        assert letterboxed(picture)[0] in ((6, 7) if picture.shape[1] == 1080 else (0,))


def test_bars_of_another_size_say_nothing_of_how_a_picture_was_fitted() -> None:
    picture = np.full((1920, 1080, 3), 120, dtype=np.uint8)
    picture[:7], picture[-7:] = 10, 10  # 1920 rows scaled by 1080 / 1088 leave seven above and below
    assert shows_letterbox(picture, (1088, 1920))
    assert not shows_letterbox(picture, (1080, 1600))
    picture[:200], picture[-150:] = 10, 10  # a dark sky and a dark floor
    assert not shows_letterbox(picture, (1088, 1920))
    assert not shows_letterbox(np.full((1920, 1080, 3), 120, dtype=np.uint8), (1088, 1920))
    assert not shows_letterbox(np.zeros((1920, 1080, 3), dtype=np.uint8), (1088, 1920))


def test_how_far_a_calibration_is_off_is_told_as_a_turn_and_a_shift() -> None:
    """A covariance of the pose alone comes back in the camera's own axes; what nobody knows by name is not told. With
    the lens: ``tests/var/test_given.py``."""
    camera = looking("a", (50.0, 5.0, 12.0), f=6000.0)  # as a stand has it
    pose = ("rx", "ry", "rz", "tx_m", "ty_m", "tz_m")
    turn, shift = 1e-3, 0.02
    told = pose_spread(camera, np.diag([turn**2] * 3 + [shift**2] * 3), pose)
    assert told is not None
    drawn = np.random.default_rng(1).normal(size=(4000, 6)) * ([turn] * 3 + [shift] * 3)
    vector = Rotation.from_matrix(camera.R).as_rotvec()
    poses = [Rotation.from_rotvec(vector + one[:3]).as_matrix() for one in drawn]
    turns = np.array([Rotation.from_matrix(R @ camera.R.T).as_rotvec() for R in poses])
    shifts = np.array([-R.T @ (camera.t_m + one[3:]) - camera.centre_m for R, one in zip(poses, drawn, strict=True)])
    expected = np.cov(np.hstack([turns, shifts]).T)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    # 4000 draws: a correlation is known to 1 / sqrt(4000), five times that is allowed
    assert np.abs((told - expected) / scale).max() < 0.08
    assert pose_spread(camera, np.eye(1), ("aspect",)) is None
