"""Pairs of instants that an operator names: the reader and the line through them."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from var.footage.recording import index
from var.measure.faults import BadDocument
from var.sync.model import Material, Method, Status
from var.sync.pairs import Named, estimate, read_pairs

SECONDS, FPS = 600, (5, 10)
END_S = SECONDS - 0.1
SIGMA_S = 0.5 * math.hypot(0.2, 0.1)


def recording(path: Path, fps: int) -> Material:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        grey = np.full((48, 64, 3), 90, np.uint8)
        for i in range(fps * SECONDS):
            frame = av.VideoFrame.from_ndarray(grey, format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return Material(path, index(path), None, path.name)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Material, Material]:
    folder = tmp_path_factory.mktemp("pairs")
    return recording(folder / "a.mp4", FPS[0]), recording(folder / "b.mp4", FPS[1])


def said(pairs: Any = (), frames: Any = ()) -> dict[str, Any]:
    return read_pairs({"clips": {"b.mp4": {"pairs": list(pairs), "frames": list(frames)}}})


def test_one_pair_gives_the_offset_and_rate_one(sides: tuple[Material, Material]) -> None:
    found = estimate(*sides, pairs=said([[12.5, 2.25]]))
    assert (found.status, found.offset_s, found.rate) == (Status.OK, Fraction(41, 4), 1)
    # half a frame each, and 50 ppm of an unknown rate over the 598 s to the far end
    assert found.sigma_s == pytest.approx(math.hypot(SIGMA_S, 50e-6 * (END_S - 2.25)), rel=1e-6)


def test_frames_are_placed_by_their_time_stamps(sides: tuple[Material, Material]) -> None:
    found = estimate(*sides, pairs=said(frames=[[20, 10]]))
    assert found.offset_s == 3


def test_a_clip_is_found_by_path_name_camera_or_label(sides: tuple[Material, Material]) -> None:
    for name in ("b.mp4", "b"):
        assert estimate(*sides, pairs={name: Named(((Fraction(5), Fraction(1)),))}).offset_s == 4
    assert estimate(*sides, pairs={"clips": {"b": {"pairs": [[5, 1]]}}}).offset_s == 4  # the document itself
    missing = estimate(*sides, pairs={"c": Named(((Fraction(5), Fraction(1)),))})
    assert (missing.status, missing.reason, missing.method) == (Status.FAILED, "no_pairs", Method.PAIRS)


def test_sigma_covers_what_operators_do(sides: tuple[Material, Material]) -> None:
    random, inside = np.random.default_rng(4), 0
    trials = 300
    for _ in range(trials):
        offset, rate = random.uniform(-5, 5), 1 + random.normal(0, 50e-6)
        clip_s = random.uniform(10, 580, 5)
        # each instant is off by a frame's share, as the claim says: sigma half a frame of either recording
        ref_s = offset + rate * clip_s + random.normal(0, SIGMA_S, 5)
        named = Named(tuple((Fraction(a), Fraction(b)) for a, b in zip(ref_s, clip_s, strict=True) if a > 0))
        found = estimate(*sides, pairs={"b": named})
        assert found.rate is not None
        worst = max(abs(float(found.offset_s) - offset + (float(found.rate) - rate) * t) for t in (0.0, END_S))
        inside += worst <= 1.96 * (found.sigma_s or 0)
    # the worst end is beyond 1.96 sigma in 5 % of the trials, a little more often as it is the worse of two: 90 % is
    # 4 standard deviations (1.3 %) below
    assert inside / trials > 0.90


def test_a_rate_is_found_where_the_pairs_can_tell_it(sides: tuple[Material, Material]) -> None:
    clip_s = np.linspace(0, 580, 12)
    pairs = [[float(3 + t * (1 + 2e-3)), float(t)] for t in clip_s]
    found = estimate(*sides, pairs=said(pairs))
    # pairs that claim 112 ms each: 12 of them over 590 s know the rate to 170 ppm; 2000 ppm are beyond 3 sigma of that
    # and of what clocks do, so the rate is as found, rounded to 1e-9
    assert float(found.rate or 0) == pytest.approx(1 + 2e-3, abs=2e-9)
    assert found.status is Status.OK


def test_a_slip_is_named_and_left_out(sides: tuple[Material, Material]) -> None:
    pairs = [[3.0 + t, float(t)] for t in (10, 100, 200, 300)] + [[404.0, 400.0]]
    found = estimate(*sides, pairs=said(pairs))
    assert (found.status, found.reason, found.facts["pairs"]) == (Status.WEAK, "pairs_disagree", "5")
    assert float(found.offset_s or 0) == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize("rows", [[[10, 20], [20, 10]], [[10, 300], [20, 200], [30, 100]]])
def test_time_that_runs_backwards_fails(sides: tuple[Material, Material], rows: list[list[float]]) -> None:
    found = estimate(*sides, pairs=said(rows))
    assert (found.status, found.reason, found.offset_s) == (Status.FAILED, "backwards", None)


def test_two_pairs_that_contradict_each_other_are_weak(sides: tuple[Material, Material]) -> None:
    found = estimate(*sides, pairs=said([[13, 10], [15, 10]]))
    assert (found.status, found.reason) == (Status.WEAK, "pairs_disagree")
    assert (found.sigma_s or 0) > 0.5


def test_pairs_of_a_replay_show_its_speed_and_are_weak(sides: tuple[Material, Material]) -> None:
    found = estimate(*sides, pairs=said([[5 + t / 2, t] for t in (0, 10, 20, 40)]))
    assert (found.status, found.reason) == (Status.WEAK, "other_speed")
    assert float(found.rate or 0) == pytest.approx(0.5, abs=1e-6)


def test_every_fault_is_named_with_its_path() -> None:
    document = {
        "clips": {
            "a": {"pairs": [[1, 2, 3], ["x", -1]], "frames": [[1.5, True]], "colour": 1},
            "b": 3,
            "c": {"clock": {"region": [0, 0, 2, 9], "reads": [[1, "12:60"], [2, "7"], [3]]}},
            "d": {},
            "e": {"clock": {}},
        }
    }
    with pytest.raises(BadDocument) as refused:
        read_pairs(document)
    paths = {path for path, _, _ in refused.value.faults}
    assert paths >= {
        "$.clips.a.pairs[0]", "$.clips.a.pairs[1][0]", "$.clips.a.pairs[1][1]", "$.clips.a.frames[0][0]",
        "$.clips.a.frames[0][1]", "$.clips.a.colour", "$.clips.b", "$.clips.c.clock.region",
        "$.clips.c.clock.reads[0][1]", "$.clips.c.clock.reads[1][1]", "$.clips.c.clock.reads[2]", "$.clips.d",
    }  # fmt: skip
    for lang in ("vi", "en"):
        assert "clips.c.clock.region" in refused.value.detail(lang)
        assert "$" not in refused.value.detail(lang)


def test_instants_that_a_recording_does_not_have_are_refused(sides: tuple[Material, Material]) -> None:
    with pytest.raises(BadDocument) as refused:
        estimate(*sides, pairs=said([[1, 900]], [[0, 6000], [99999, 0]]))
    assert {(path, kind) for path, kind, _ in refused.value.faults} == {
        ("frames[0][1]", "no_frame"), ("frames[1][0]", "no_frame"), ("pairs[0][1]", "past_end"),
    }  # fmt: skip


@pytest.mark.parametrize("document", [None, [], {}, {"clips": []}, {"clips": 3}, {"clips": {}}])
def test_what_is_no_pairs_file_is_refused(document: Any) -> None:
    with pytest.raises(BadDocument):
        read_pairs(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["clips", "pairs", "frames", "clock", "region", "reads", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
@settings(max_examples=120, deadline=None)
def test_any_document_is_read_or_refused_by_path(document: Any) -> None:
    try:
        found, faults = read_pairs(document), ()
    except BadDocument as refused:
        found, faults = {}, refused.faults
        assert faults
    assert all(isinstance(named, Named) for named in found.values())
    assert all(path.startswith("$") for path, _, _ in faults)


@given(
    st.floats(-100, 100),
    st.lists(st.floats(0, 590), min_size=1, max_size=6, unique=True),
)
@settings(max_examples=40, deadline=None)
def test_exact_pairs_give_their_offset_back(
    sides: tuple[Material, Material], offset: float, clip_s: list[float]
) -> None:
    pairs = {"b": Named(tuple((Fraction(offset) + Fraction(t), Fraction(t)) for t in clip_s))}
    kept = [(a, b) for a, b in pairs["b"].seconds if 0 <= a < 600]
    if not kept:
        return
    found = estimate(*sides, pairs={"b": Named(tuple(kept))})
    assert found.status is Status.OK
    # offsets are rounded to 0.1 us and rates to 1e-9, which is 0.6 us at the far end of 600 s
    assert float(found.offset_s or 0) == pytest.approx(offset, abs=1e-6)
    assert float(found.rate or 0) == pytest.approx(1, abs=1e-9)
    assert all(a <= b for a, b in itertools.pairwise(sorted([0.0, found.sigma_s or 0])))
