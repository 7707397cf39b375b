"""Motions as files: our own, and those of other programs, read back by other readers."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation
from space_scene import ring, take, walking

from athletes.kinematics.model import Curve, Event, Side
from athletes.pose.model import BODY33, Motion, Skeleton
from athletes.space.bones import Bone
from athletes.space.exporters.c3d import c3d
from athletes.space.exporters.glb import glb
from athletes.space.exporters.mot import mot
from athletes.space.exporters.sampled import even
from athletes.space.exporters.table import table
from athletes.space.exporters.trc import trc
from athletes.space.held_bones import Bones
from athletes.space.motion_file import MotionFile, motion_bytes, motion_from, read_motion, write_motion
from athletes.space.paired import paired
from athletes.space.triangulate import triangulated
from touchline.errors import BadFile, BadValue
from touchline.origin import Origin

KNEE = BODY33.place("left_knee")


@pytest.fixture
def motion() -> Motion:
    """The walker in space, simulated, with a gap of five frames at the left knee."""
    made = triangulated(paired([take(camera, begins_s=0.25) for camera in ring(4)]))
    for value in (made.xyz_m, made.cov_m2, made.residual_px):
        value[10:15, KNEE] = np.nan
    made.views[10:15, KNEE] = 0
    return made


# --- our own ------------------------------------------------------------------------------------------------------

numbers = st.floats(allow_nan=True, allow_infinity=False, width=64)
skeletons = st.sampled_from([BODY33, Skeleton("hai điểm", ("a", "b"), ((0, 1),), ((0, 1),))])


@given(st.data(), skeletons, st.integers(0, 4), st.integers(0, 3))
@settings(deadline=None, max_examples=40)
def test_a_motion_is_read_back_to_the_last_bit(data: st.DataObject, skeleton: Skeleton, n: int, c: int) -> None:
    k = len(skeleton)

    def some(*shape: int) -> Any:
        return data.draw(arrays(np.float64, shape, elements=numbers))

    given_motion = Motion(
        np.cumsum(np.full(n, 0.1)), some(n, k, 3), some(n, k, 3, 3), some(n, k), np.ones((n, k), dtype=np.int64),
        np.full((n, c), -1, dtype=np.int64), tuple(f"máy {at}" for at in range(c)), Origin.SIMULATED, "thử", skeleton,
    )  # fmt: skip
    bones = (Bone("bone", ("a", "b"), 0.4, None, 3, ((0, 2),)),)
    given = MotionFile(given_motion, ("doubtful",), data.draw(st.sampled_from(Bones)), bones)
    found = motion_from(motion_bytes(given), "x")
    assert (found.notes, found.bones_how, found.bones) == (given.notes, given.bones_how, given.bones)
    for name in ("t_s", "xyz_m", "cov_m2", "residual_px", "views", "frames"):
        np.testing.assert_array_equal(getattr(found.motion, name), getattr(given_motion, name))
    for name in ("cameras", "origin", "method", "skeleton"):
        assert getattr(found.motion, name) == getattr(given_motion, name)


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=50)
def test_bytes_that_are_no_motion_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        motion_from(data, "x")


@given(st.integers(0, 10**6), st.integers(0, 255))
@settings(deadline=None, max_examples=80)
def test_a_damaged_motion_is_refused_or_whole(at: int, by: int) -> None:
    whole = bytearray(WHOLE)
    whole[at % len(whole)] = by
    try:
        found = motion_from(bytes(whole), "x").motion
    except BadFile:
        return
    assert found.xyz_m.shape == (50, 33, 3)


WHOLE = motion_bytes(MotionFile(triangulated(paired([take(camera) for camera in ring(2)]))))


def test_a_cut_motion_another_version_and_pickles_are_refused(tmp_path: Path, motion: Motion) -> None:
    path = tmp_path / "m.npz"
    write_motion(path, MotionFile(motion))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadFile):
        read_motion(path)
    with pytest.raises(BadFile, match=r"none\.npz"):
        read_motion(tmp_path / "none.npz")
    held = dict(np.load(io.BytesIO(whole)))
    head = json.loads(bytes(held["head"]))

    def again(**changed: Any) -> bytes:
        made = io.BytesIO()
        np.savez(made, **{**held, **changed})
        return made.getvalue()

    newer = np.frombuffer(json.dumps({**head, "version": 2}).encode(), dtype=np.uint8)
    with pytest.raises(BadFile, match="version 2"):
        motion_from(again(head=newer), "x")
    for changed in (
        {"xyz_m": np.array([object()], dtype=object)},
        {"xyz_m": held["xyz_m"][:3]},
        {"xyz_m": held["xyz_m"].astype(np.float32)},
        {"head": np.frombuffer(b"[]", dtype=np.uint8)},
        {"head": np.frombuffer(json.dumps({**head, "origin": "magic"}).encode(), dtype=np.uint8)},
    ):
        with pytest.raises(BadFile) as caught:
            motion_from(again(**changed), "x")
        assert all(caught.value.detail(lang) for lang in ("vi", "en"))


# --- even times ---------------------------------------------------------------------------------------------------


def test_nearly_even_times_are_kept_and_missing_ones_become_gaps(motion: Motion) -> None:
    keep = np.delete(np.arange(50), [20, 21])
    rough = np.round(motion.t_s, 3)[keep]
    rough[1:] += np.tile([3e-4, -3e-4], 24)[:47]
    cut = _some(motion, keep, rough)
    found = even(cut)
    assert (found.resampled, found.missing, len(found.motion)) == (False, 2, 50)
    assert found.rate_hz == pytest.approx(50, abs=0.01)
    assert np.isnan(found.motion.xyz_m[20:22]).all()
    assert (found.motion.frames[20:22] == -1).all()
    np.testing.assert_array_equal(found.motion.xyz_m[keep], cut.xyz_m)


def test_uneven_times_are_interpolated_and_gaps_not_bridged(motion: Motion) -> None:
    t_s = np.sort(np.random.default_rng(0).uniform(0, 1, 60))
    places = walking(t_s)
    steps = np.diff(t_s, prepend=-1)
    keep = steps > 1e-3
    uneven = _some(motion, np.zeros(keep.sum(), dtype=int), t_s[keep])
    uneven = replace(uneven, xyz_m=places[keep])
    found = even(uneven)
    assert found.resampled
    np.testing.assert_allclose(np.diff(found.motion.t_s), 1 / found.rate_hz, rtol=1e-4)
    known = np.isfinite(found.motion.xyz_m).all(axis=(1, 2))
    step = 1.6 / found.rate_hz  # what is bridged at most; acceleration is 21 m/s2 at most
    np.testing.assert_allclose(found.motion.xyz_m[known], walking(found.motion.t_s[known]), atol=21 * step**2 / 8)
    inside = np.searchsorted(uneven.t_s, found.motion.t_s)
    wide = np.diff(uneven.t_s)[np.clip(inside - 1, 0, None)] > step
    on_one = np.isin(found.motion.t_s, uneven.t_s)
    np.testing.assert_array_equal(known, ~wide | on_one)


def test_one_instant_is_no_course(motion: Motion) -> None:
    with pytest.raises(BadValue, match="1 instants"):
        even(_some(motion, np.arange(1), motion.t_s[:1]))


def _some(motion: Motion, at: np.ndarray, t_s: np.ndarray) -> Motion:
    parts = {name: getattr(motion, name)[at].copy() for name in ("xyz_m", "cov_m2", "residual_px", "views", "frames")}
    return replace(motion, t_s=t_s, **parts)


# --- TRC, MOT, CSV ------------------------------------------------------------------------------------------------


def test_trc_is_what_opensim_reads(motion: Motion) -> None:
    lines = trc(motion, "buổi sáng").split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tbuổi_sáng.trc"
    heads = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert heads == {
        "DataRate": "50", "CameraRate": "50", "NumFrames": "50", "NumMarkers": "33", "Units": "m", "OrigDataRate": "50",
        "OrigDataStartFrame": "1", "OrigNumFrames": "50",
    }  # fmt: skip
    assert [name for name in lines[3].split("\t") if name] == ["Frame#", "Time", *BODY33.joints]
    labels = [label for label in lines[4].split("\t") if label]
    assert labels == [f"{axis}{place}" for place in range(1, 34) for axis in "XYZ"]
    # OpenSim's reader wants 3 n + 2 fields in every row, and an empty line ends the data.
    rows = lines[6:-1]
    assert (lines[5], lines[-1], len(rows)) == ("", "", 50)
    assert {len(row.split("\t")) for row in rows} == {3 * 33 + 2}
    found = pd.read_csv(io.StringIO("\n".join(rows)), sep="\t", header=None)
    np.testing.assert_allclose(found[1], motion.t_s, atol=1e-6)
    places = found.iloc[:, 2:].to_numpy().reshape(50, 33, 3)
    np.testing.assert_allclose(places[..., [2, 0, 1]], motion.xyz_m, atol=1e-6)  # y up there, z up here


def test_mot_holds_angles_in_degrees(motion: Motion) -> None:
    n = len(motion)
    frames = np.arange(n)
    curves = [
        Curve("knee", "deg", frames, motion.t_s, np.linspace(0, 90, n), np.ones(n), Side.LEFT),
        Curve("trunk", "deg", frames, motion.t_s, np.full(n, np.nan), np.full(n, np.nan)),
        Curve("height", "m", frames, motion.t_s, np.ones(n), np.ones(n)),
    ]
    text = mot(curves, "đi bộ")
    head, _, body = text.partition("endheader\n")
    assert head.startswith("đi bộ\nversion=1\nnRows=50\nnColumns=3\ninDegrees=yes\n")
    found = pd.read_csv(io.StringIO(body), sep="\t")
    assert list(found.columns) == ["time", "knee_l", "trunk"]
    np.testing.assert_allclose(found["knee_l"], np.linspace(0, 90, n), atol=1e-6)
    assert found["trunk"].isna().all()
    with pytest.raises(BadValue):
        mot(curves[2:], "x")
    with pytest.raises(BadValue, match="trunk"):
        mot([curves[0], replace(curves[1], t_s=motion.t_s + 1)], "x")


def test_csv_is_read_back_by_another_reader(motion: Motion) -> None:
    found = pd.read_csv(io.StringIO(table(motion)))
    assert len(found) == 50
    np.testing.assert_array_equal(found["t_s"], motion.t_s)
    np.testing.assert_allclose(found["left_knee_x_m"], motion.xyz_m[:, KNEE, 0], atol=1e-6)
    assert found["left_knee_x_m"].isna().sum() == 5
    np.testing.assert_array_equal(found["frame_cam1"], motion.frames[:, 0])
    np.testing.assert_array_equal(found["nose_views"], motion.views[:, 0])


# --- C3D ----------------------------------------------------------------------------------------------------------


def test_c3d_is_read_back(tmp_path: Path, motion: Motion) -> None:
    import ezc3d

    events = [Event("touch_down", 0.5, 0.01, 12, Side.LEFT, 1), Event("take_off", 0.25 + 61.5, 0.01, 30)]
    path = tmp_path / "m.c3d"
    path.write_bytes(c3d(motion, events))
    found = ezc3d.c3d(str(path))
    points = found["data"]["points"]
    assert found["header"]["points"]["frame_rate"] == pytest.approx(50)
    parameters = found["parameters"]
    assert parameters["POINT"]["UNITS"]["value"] == ["mm"]
    assert parameters["POINT"]["LABELS"]["value"] == list(BODY33.joints)
    np.testing.assert_allclose(points[:3].transpose(2, 1, 0) / 1000, motion.xyz_m, atol=1e-6)  # float32 of some metres
    residuals = found["data"]["meta_points"]["residuals"][0]
    np.testing.assert_array_equal(residuals[KNEE] == -1, np.isin(np.arange(50), range(10, 15)))
    assert (np.delete(residuals, KNEE, axis=0) >= 0).all()
    assert parameters["EVENT"]["USED"]["value"][0] == 2
    assert parameters["EVENT"]["LABELS"]["value"] == ["touch_down", "take_off"]
    assert parameters["EVENT"]["CONTEXTS"]["value"] == ["Left", "General"]
    np.testing.assert_allclose(parameters["EVENT"]["TIMES"]["value"], [[0, 1], [0.25, 1.5]], atol=1e-4)
    assert parameters["TOUCHLINE"]["ORIGIN"]["value"] == ["simulated"]


# --- glTF ---------------------------------------------------------------------------------------------------------


def _unpacked(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The chunks of a GLB file, by the specification and nothing of ours."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert (kind, size % 4) == (b"JSON", 0)
    rest, second = struct.unpack_from("<I4s", data, 20 + size)
    assert (second, rest % 4, 28 + size + rest) == (b"BIN\0", 0, length)
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def _values(document: dict[str, Any], data: bytes, accessor: int) -> np.ndarray:
    one = document["accessors"][accessor]
    view = document["bufferViews"][one["bufferView"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[one["type"]]
    kind = {5126: "<f4", 5125: "<u4"}[one["componentType"]]
    assert view["byteLength"] == one["count"] * width * 4
    assert view["byteOffset"] % 4 == 0
    found = np.frombuffer(data, kind, one["count"] * width, view["byteOffset"]).reshape(-1, width)
    np.testing.assert_allclose(found.min(axis=0), one["min"])
    np.testing.assert_allclose(found.max(axis=0), one["max"])
    return found


def test_gltf_moves_joints_and_bones_as_the_motion_does(motion: Motion) -> None:
    document, data = _unpacked(glb(motion, "đi bộ"))
    assert document["scenes"][0]["extras"]["origin"] == "simulated"
    root = Rotation.from_quat(document["nodes"][0]["rotation"])
    np.testing.assert_allclose(root.apply([0, 0, 1]), [0, 1, 0], atol=1e-12)  # up
    for at in range(len(document["accessors"])):
        _values(document, data, at)
    (animation,) = document["animations"]
    moved: dict[str, dict[str, np.ndarray]] = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        name = document["nodes"][channel["target"]["node"]]["name"]
        times = _values(document, data, sampler["input"])[:, 0]
        np.testing.assert_allclose(times, motion.t_s - motion.t_s[0], atol=1e-6)
        moved.setdefault(name, {})[channel["target"]["path"]] = _values(document, data, sampler["output"])
    assert set(BODY33.joints) < set(moved)
    known = ~np.isin(np.arange(50), range(10, 15))
    np.testing.assert_allclose(moved["left_knee"]["translation"][known], motion.xyz_m[known, KNEE], atol=1e-6)
    np.testing.assert_array_equal(moved["left_knee"]["scale"][:, 0], known)  # hidden in the gap
    shank = moved["left_knee-left_ankle"]
    assert (shank["scale"][~known] == 0).all()
    ends = shank["translation"] + Rotation.from_quat(shank["rotation"]).apply([0, 1, 0]) * shank["scale"][:, 1:2]
    np.testing.assert_allclose(ends[known], motion.xyz_m[known, BODY33.place("left_ankle")], atol=1e-5)


def test_gltf_opens_in_another_reader(tmp_path: Path, motion: Motion) -> None:
    path = tmp_path / "m.glb"
    path.write_bytes(glb(motion, "m"))
    scene = trimesh.load_scene(path)
    assert len(scene.geometry) == 6
    for mesh in scene.geometry.values():
        assert len(mesh.faces)
        assert mesh.is_winding_consistent
    assert "left_knee" in scene.graph.nodes_geometry
    with pytest.raises(BadValue):
        glb(replace(motion, xyz_m=np.full_like(motion.xyz_m, np.nan)), "x")
