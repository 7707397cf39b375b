"""Points files: what is written is read to the last bit, and foreign or damaged ones are refused."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from athletes.pose.model import Skeleton, Track
from athletes.pose.points_file import people_in, points_bytes, read_points, tracks_of, write_points
from touchline.errors import BadFile, NotFound
from touchline.origin import Origin

SMALL = Skeleton("three", ("a", "left_b", "right_b"), ((0, 1), (0, 2)), ((1, 2),))
FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    n = draw(st.integers(0, 5))
    steps = draw(st.lists(st.integers(1, 1000), min_size=n, max_size=n))
    times = draw(st.lists(st.floats(1e-3, 10), min_size=n, max_size=n))
    values = [np.array(draw(st.lists(FLOATS, min_size=6 * n, max_size=6 * n))).reshape(n, 3, 2) for _ in range(2)]
    return Track(
        person=draw(st.integers(1, 99)),
        frames=np.cumsum(np.array(steps, dtype=np.int64)),
        t_s=np.cumsum(np.array(times, dtype=np.float64)),
        px=values[0],
        confidence=values[1][..., 0].copy(),
        sigma_px=values[1][..., 1].copy(),
        size_px=(draw(st.integers(1, 9999)), draw(st.integers(1, 9999))),
        origin=draw(st.sampled_from(list(Origin))),
        method=draw(st.text(max_size=30)),
        skeleton=SMALL,
    )


def same(one: Track, other: Track) -> bool:
    arrays = ("frames", "t_s", "px", "confidence", "sigma_px")
    plain = ("person", "size_px", "origin", "method", "skeleton")
    return all(
        np.array_equal(getattr(one, a), getattr(other, a), equal_nan=a not in ("frames",)) for a in arrays
    ) and all(getattr(one, name) == getattr(other, name) for name in plain)


@given(st.lists(tracks(), max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_round_trip(given_tracks: list[Track]) -> None:
    found = tracks_of(points_bytes(given_tracks), "x")
    assert len(found) == len(given_tracks)
    assert all(same(one, other) for one, other in zip(found, given_tracks, strict=True))
    people = people_in(points_bytes(given_tracks), "x")
    assert people == tuple((track.person, track.skeleton) for track in given_tracks)


def three_frames() -> Track:
    ones = np.ones((3, 3))
    return Track(
        person=1,
        frames=np.arange(3),
        t_s=np.arange(3) / 30,
        px=np.ones((3, 3, 2)),
        confidence=ones,
        sigma_px=ones,
        size_px=(9, 9),
        origin=Origin.INFERRED,
        method="m",
        skeleton=SMALL,
    )


@pytest.fixture
def one_track() -> Track:
    return three_frames()


def test_a_file_is_whole_and_no_pickle(tmp_path: Path, one_track: Track) -> None:
    path = tmp_path / "points.npz"
    write_points(path, [one_track])
    assert same(read_points(path)[0], one_track)
    assert [each.name for each in tmp_path.iterdir()] == ["points.npz"]
    with np.load(path, allow_pickle=False) as held:  # raises for a pickled array
        assert {held[name].dtype.kind for name in held.files} <= {"u", "i", "f"}


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_damaged_file_is_read_right_or_refused(data: st.DataObject) -> None:
    whole = points_bytes([three_frames()])
    content = bytearray(whole)
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for _ in range(3):
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        (track,) = tracks_of(bytes(content), "x")
    except BadFile:
        return
    np.testing.assert_array_equal(track.px, 1.0)  # the damage hit what says nothing


def rewritten(track: Track, **changes: object) -> bytes:
    with np.load(io.BytesIO(points_bytes([track]))) as held:
        arrays = {name: held[name] for name in held.files}
    head = {**json.loads(bytes(arrays["head"])), **changes}
    out = io.BytesIO()
    np.savez(out, **{**arrays, "head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)})
    return out.getvalue()


def test_every_fault_is_a_bad_file(tmp_path: Path, one_track: Track) -> None:
    with pytest.raises(NotFound):
        read_points(tmp_path / "absent.npz")
    np.savez(tmp_path / "other.npz", px=np.ones(3))
    np.save(tmp_path / "pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "text").write_text("no")
    for path in tmp_path.iterdir():
        with pytest.raises(BadFile, match="no points file"):
            read_points(path)
    with pytest.raises(BadFile, match="version 9"):
        tracks_of(rewritten(one_track, version=9), "x")
    for read in (tracks_of, people_in):
        with pytest.raises(BadFile) as refused:
            read(rewritten(one_track, kind="something"), "x")
        assert refused.value.params["reason"] == "kind"
    backwards = replace(one_track)
    object.__setattr__(backwards, "frames", np.array([2, 1, 0]))
    with pytest.raises(BadFile) as refused:
        tracks_of(points_bytes([backwards]), "x")
    assert "do not rise" in refused.value.params["reason"]
