"""The time line against the clips' own exact answers."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var.model import Clip, Match, Setup
from var.timeline import Timeline


def clip(name: str, pts: tuple[int, ...], tick_s: Fraction, to_match: ClockMap | None = None) -> Clip:
    """A clip of that many frames; its files are never opened here."""
    return Clip(
        camera_id=name,
        label=name,
        path=Path(name),
        proxy=Path(name),
        sha256="0" * 64,
        size_px=(16, 9),
        timebase=Timebase(tick_s),
        pts=pts,
        to_match=to_match or ClockMap(),
        timing=Origin.IMPORTED,
    )


def match(*clips: Clip, master: int = 0) -> Match:
    return Match("m", "M", Origin.IMPORTED, "2026-01-01T00:00:00Z", Setup(), clips, master)


def even(name: str, count: int, hz: int | Fraction, offset_s: Fraction | int = 0, rate: Fraction | int = 1) -> Clip:
    return clip(name, tuple(range(count)), 1 / Fraction(hz), ClockMap(Fraction(offset_s), Fraction(rate)))


def test_the_masters_frames_are_the_steps() -> None:
    line = Timeline.of(match(even("a", 4, 25), even("b", 8, 50)))
    assert line.t_s == (0, Fraction(1, 25), Fraction(2, 25), Fraction(3, 25))
    assert line.frames == {"a": (0, 1, 2, 3), "b": (0, 2, 4, 6)}
    assert line.residual_s["b"] == (0, 0, 0, 0)


def test_the_residual_is_the_frame_minus_the_step() -> None:
    line = Timeline.of(match(even("a", 3, 25), even("b", 3, 25, Fraction(13, 1000))))
    assert line.frames["b"] == (0, 1, 2)
    assert line.residual_s["b"] == (Fraction(13, 1000),) * 3
    early = Timeline.of(match(even("a", 3, 25), even("b", 3, 25, Fraction(-13, 1000))))
    assert early.residual_s["b"] == (Fraction(-13, 1000),) * 3


def test_of_two_equally_near_frames_the_earlier() -> None:
    line = Timeline.of(match(even("a", 3, 25), even("b", 4, 25, Fraction(-1, 50))))
    start = line.first_master_step
    assert line.frames["b"][start : start + 3] == (0, 1, 2)  # 20 ms before each step; the next one is 20 ms after it
    assert line.residual_s["b"][start] == Fraction(-1, 50)


def test_it_covers_the_union_of_all_cameras() -> None:
    line = Timeline.of(match(even("a", 25, 25), even("early", 50, 25, -1), even("late", 25, 25, 2)))
    assert (line.t_s[0], line.t_s[-1]) == (-1, Fraction(74, 25))
    assert line.first_master_step == 25
    assert line.frames["a"][:25] == (None,) * 25
    assert line.frames["a"][25:50] == tuple(range(25))
    assert line.frames["late"][:75] == (None,) * 75  # the hole between a and late stays a hole
    assert line.frames["late"][75:] == tuple(range(25))
    assert line.residual_s["late"][0] is None
    assert np.isnan(line.residual_s["late"].floats()[:75]).all()


def test_step_at() -> None:
    line = Timeline.of(match(even("a", 10, Fraction(30000, 1001))))
    for n in range(10):
        exact = n * Fraction(1001, 30000)
        assert line.t_s[n] == exact
        assert line.step_at(exact) == n
        assert line.step_at(exact + Fraction(1, 10**9)) == n
    half = Fraction(1001, 60000)
    assert line.step_at(half) == 0
    assert line.step_at(half + Fraction(1, 10**12)) == 1
    assert line.step_at(Fraction(-100)) == 0
    assert line.step_at(Fraction(10**6)) == 9


def test_slices_and_floats() -> None:
    line = Timeline.of(match(even("a", 5, 50)))
    assert line.t_s[1:3] == (Fraction(1, 50), Fraction(2, 50))
    assert line.t_s[-1] == Fraction(4, 50)
    assert line.t_s.floats(1000).tolist() == [0, 20, 40, 60, 80]
    with pytest.raises(IndexError):
        line.t_s[5]


gaps = st.lists(st.integers(1, 9000), min_size=0, max_size=25)
ticks = st.sampled_from([Fraction(1, 1000), Fraction(1, 12800), Fraction(1, 90000), Fraction(1001, 30000) / 300])
rates = st.one_of(
    st.just(Fraction(1)),
    st.integers(-200, 200).map(lambda ppm: 1 + Fraction(ppm, 10**6)),
    st.floats(0.999, 1.001).map(Fraction),  # a fit gives floats: denominators of 2^52 and more
)
offsets = st.one_of(st.fractions(-2, 2, max_denominator=10**6), st.floats(-2, 2).map(Fraction))


@st.composite
def clips(draw: st.DrawFn, name: str) -> Clip:
    """A camera with any time stamps, start, drift and gaps."""
    pts = [draw(st.integers(-(10**6), 10**6))]
    for gap in draw(gaps):
        pts.append(pts[-1] + gap)
    found = clip(name, tuple(pts), draw(ticks), ClockMap(draw(offsets), draw(rates)))
    away = draw(st.sets(st.integers(1, len(pts) - 1), max_size=3)) if len(pts) > 4 else ()
    return replace(found, gaps=tuple(sorted(away)))


@settings(max_examples=60, deadline=None)
@given(clips("a"), clips("b"), clips("c"), st.integers(0, 2))
def test_every_step_says_what_the_clips_say(a: Clip, b: Clip, c: Clip, master: int) -> None:
    try:
        line = Timeline.of(match(a, b, c, master=master))
    except BadValue:
        # Only a master whose mean step is microscopic beside the others' span is refused.
        assert (a, b, c)[master].frame_s < Fraction(1, 1000)
        return
    steps = sorted({*range(0, len(line), max(1, len(line) // 60)), len(line) - 1})
    for n in steps:
        t_s = line.t_s[n]
        assert t_s is not None
        assert line.step_at(t_s) == n
        for camera in (a, b, c):
            frame = camera.frame_at(t_s)
            assert line.frames[camera.camera_id][n] == frame
            off = None if frame is None else camera.match_s(frame) - t_s
            assert line.residual_s[camera.camera_id][n] == off
    own = (a, b, c)[master]
    first = line.first_master_step
    assert line.t_s[first] == own.match_s(0)
    # Every frame of the master is a step, and only before, in gaps and after there are others.
    places = [n for n, frame in enumerate(line.frames[own.camera_id]) if line.residual_s[own.camera_id][n] == 0]
    assert set(range(len(own))) <= {line.frames[own.camera_id][n] for n in places}
    if not own.gaps:
        assert line.t_s[first + len(own) - 1] == own.match_s(len(own) - 1)
    times, cameras = line.part(0)
    for n in steps:
        assert abs(times[n] - float(line.t_s[n] or 0)) <= 1e-9
        for name, (frames, late_us) in cameras.items():
            exact = line.frames[name][n]
            assert frames[n] == (-1 if exact is None else exact)
            off = line.residual_s[name][n]
            assert abs(late_us[n] - (off or 0) * 10**6) <= Fraction(1, 2) + Fraction(1, 1000)
    if line.step_s != own.frame_s:  # a mean that 64 bits do not hold is rounded to a tick
        return
    # The next step on either side would show nothing at all.
    ends = line.t_s[0], line.t_s[-1]
    assert ends[0] is not None
    assert ends[1] is not None
    assert not any(camera.covers(ends[0] - own.frame_s) for camera in (a, b, c))
    assert not any(camera.covers(ends[1] + own.frame_s) for camera in (a, b, c))


@pytest.mark.parametrize("rate", [Fraction(1000013, 1000000), Fraction(0.99998713)])
def test_two_hours_of_four_cameras(rate: Fraction) -> None:
    hz = 50
    cameras = match(
        even("a", 7200 * hz, hz),
        even("b", 7200 * hz, hz, Fraction(1, 3), rate),
        even("c", 7200 * 25, 25, Fraction(-1234567, 10**6), rate),
        even("d", 7200 * 30, Fraction(30000, 1001), Fraction(7, 1000)),
    )
    begun = time.perf_counter()
    line = Timeline.of(cameras)
    spent_s = time.perf_counter() - begun
    assert len(line) >= 360_000
    # 10 ms on two cores and 0.1 s with all frames looked up; the bound only catches another order.
    assert spent_s < 5
    line.part(0)
    for n in (0, 1, 200_000, 359_999, len(line) - 1):
        t_s = line.t_s[n]
        assert t_s is not None
        assert line.step_at(t_s) == n
        assert [line.frames[c.camera_id][n] for c in cameras.clips] == [c.frame_at(t_s) for c in cameras.clips]


def test_cameras_hours_apart_are_refused_by_name() -> None:
    with pytest.raises(BadValue) as refusal:
        Timeline.of(match(even("Khán đài A", 100, 50), even("sân tập", 100, 50, 10**6)))
    assert refusal.value.name == "cameras_far_apart"
    assert "sân tập" in refusal.value.detail("vi")


def test_one_frame_is_a_time_line() -> None:
    line = Timeline.of(match(even("a", 1, 25)))
    assert (len(line), line.frames["a"], line.step_at(Fraction(3))) == (1, (0,), 0)


def test_steps_go_on_where_the_master_is_away() -> None:
    away = replace(clip("a", (0, 1, 2, 10, 11), Fraction(1, 25)), gaps=(3,))
    line = Timeline.of(match(away, even("b", 12, 25)))
    assert line.t_s == tuple(Fraction(n, 25) for n in range(12))
    assert line.frames["a"] == (0, 1, 2, *(None,) * 7, 3, 4)
    assert line.frames["b"] == tuple(range(12))
    assert line.residual_s["a"][5] is None


@pytest.mark.parametrize(("back", "filled"), [(40, 1), (45, 1), (50, 1), (51, 2), (69, 2), (25, 0), (30, 0), (31, 1)])
def test_the_last_step_in_a_gap_is_at_least_half_a_step_before_the_master(back: int, filled: int) -> None:
    # Frames every 20 ticks: steps at 20 + 20 k as long as the master is back more than half a step later.
    away = replace(clip("a", (0, 20, 20 + back, 40 + back), Fraction(1, 1000)), gaps=(2,))
    line = Timeline.of(match(away))
    shown = [n for n, frame in enumerate(line.frames["a"]) if frame is not None]
    assert len(line) - 4 == len(line) - len(shown) == filled


def test_a_gap_of_hours_is_not_filled_with_millions_of_steps() -> None:
    away = replace(clip("a", (0, 1, 10**9, 10**9 + 1), Fraction(1, 50)), gaps=(2,))
    assert len(Timeline.of(match(away))) == 4


def live(camera: Clip, count: int, gaps: tuple[int, ...] = ()) -> Clip:
    """The first ``count`` frames of a camera that still records."""
    return replace(camera, pts=camera.pts[:count], recording=True, gaps=tuple(g for g in gaps if g < count))


def test_a_live_line_grows_at_its_end_only() -> None:
    """Jitter and an early second camera: what was published stays, whatever comes."""
    a = clip("a", tuple(n * 3600 + (n * 7919) % 300 for n in range(2000)), Fraction(1, 90000))
    b = clip("b", tuple(n * 1800 + (n * 104729) % 200 for n in range(4100)), Fraction(1, 90000), ClockMap(Fraction(-1)))
    before: Timeline | None = None
    for count in (100, 137, 900, 1500, 2000):
        until_s = Fraction(count, 25) - 1
        line = Timeline.of(match(live(a, count), live(b, 2 * count + 50)), until_s)
        assert (line.t_s[-1] or 0) <= until_s < (line.t_s[-1] or 0) + Fraction(1, 20)
        if before is not None:
            assert len(line) > len(before)
            assert np.array_equal(line.steps[: len(before)], before.steps)
            assert line.first_master_step == before.first_master_step > 0
            for name in ("a", "b"):
                ours, theirs = line.frames[name].array, before.frames[name].array
                assert np.array_equal(ours[: len(before)], theirs)
        before = line


@settings(max_examples=60, deadline=None)
@given(st.integers(100, 300), st.integers(2, 900), st.integers(0, 74), st.integers(-800, 800))
def test_a_master_that_comes_back_into_published_steps(left: int, away: int, late: int, jitter: int) -> None:
    """It is back ``late`` frames before the end of what was published: only the newest steps change, by one at most."""
    back = left + away
    ticks_ = [n * 3600 for n in range(left)] + [n * 3600 + jitter for n in range(back, back + 200)]
    a = clip("a", tuple(ticks_), Fraction(1, 90000))
    b = even("b", back + 400, 25)
    published = max(left, back + late)
    before = Timeline.of(match(live(a, left), live(b, published)), Fraction(published - 1, 25))
    after = Timeline.of(match(live(a, left + 100, (left,)), live(b, published + 60)), Fraction(published + 50, 25))
    assert len(after) >= len(before)
    kept = max(0, len(before) - 500)
    assert np.array_equal(before.steps[:kept], after.steps[:kept])
    moved = np.abs(before.t_s.floats() - after.t_s.floats()[: len(before)])
    assert moved.max() <= 1 / 25  # step n is still the same instant, to within one step
    returned = after.frames["a"].array
    due = min(left + 99, left + max(0, published + 50 - back))
    assert returned.max() in (due, due - 1)  # the jitter may put the last one behind what is published
