"""Left and right mixed up by an engine: found and undone, and turns and passing legs left alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from athletes.pose.engine import open_engine
from athletes.pose.model import BODY33, Track
from athletes.pose.noise import body_height_px
from athletes.pose.swaps import joints_of, undone
from tests.athletes.pose_footage import skip_without_models
from tests.athletes.walkers import MIRROR, joints_m, seen_px, track_of
from touchline.footage import open_footage
from touchline.origin import Origin

Floats = NDArray[np.float64]
BODY = slice(11, 33)
FAR = 0.06
"""Parts of the body height: a swapped limb is off by more, two standard deviations of the shaking by less."""


def mixed(px: Floats, groups: tuple[int, ...], first: int, last: int) -> Floats:
    swapped = px.copy()
    for group in groups:
        for left, right in joints_of(BODY33)[group]:
            swapped[first:last, [left, right]] = px[first:last, [right, left]]
    return swapped


def wrong(track: Track, true: Floats) -> int:
    """How many points are far from the true ones; gaps are not."""
    away = np.linalg.norm(track.px - true, axis=2)[:, BODY]
    return int((np.nan_to_num(away) > FAR * body_height_px(true)).sum())


WAYS: dict[str, Callable[[Floats], tuple[float, Floats | float]]] = {
    "runs past": lambda t_s: (1.4, 0.0),
    "sprints past": lambda t_s: (2.3, 0.0),
    "comes nearer": lambda t_s: (1.4, np.pi / 2),
    "turns slowly": lambda t_s: (0.9, np.pi * np.clip(t_s - 1.2, 0, 1)),
    "turns in 0.4 s": lambda t_s: (0.9, np.pi * np.clip((t_s - 1.2) / 0.4, 0, 1)),
    "spins twice a second": lambda t_s: (0.5, 4 * np.pi * t_s),
}


@cache
def walker(way: str, fps: int) -> Track:
    t_s = np.arange(3 * fps) / fps
    stride_hz, yaw = WAYS[way](t_s)
    return track_of(seen_px(joints_m(t_s, stride_hz=stride_hz, yaw_rad=yaw)), fps, shake_px=2.0)


@pytest.mark.parametrize("fps", [25, 60, 120])
@pytest.mark.parametrize("way", WAYS)
def test_who_turns_or_runs_past_keeps_left_and_right(way: str, fps: int) -> None:
    track = walker(way, fps)
    same, told = undone(track)
    assert told.count == 0
    np.testing.assert_array_equal(same.px, track.px)  # no gap either


# At 25 frames a second a sprinter's feet move as far as a swap does: there nothing is promised (docs/experiments/011).
TOLD = [(way, fps) for way in WAYS for fps in (25, 60, 120) if (way, fps) != ("sprints past", 25)]


@pytest.mark.parametrize(("way", "fps"), TOLD)
def test_a_whole_body_mixed_up_is_put_right(way: str, fps: int) -> None:
    track = walker(way, fps)
    rng = np.random.default_rng(3)
    before = after = gaps = 0
    for _ in range(4):
        length = int(rng.integers(2, fps // 2))
        first = int(rng.integers(5, len(track) - length - 5))
        swapped = track_of(mixed(track.px, (0, 1, 2), first, first + length), fps)
        found, told = undone(swapped)
        before += wrong(swapped, track.px)
        after += wrong(found, track.px)
        gaps += int(np.isnan(found.px[:, BODY, 0]).sum())
        assert told.frames
    # Where a swap begins or ends while left and right pass each other nothing jumps: up to one point in eight at 25
    # frames a second, and hardly any at more.
    assert after <= (0.13 if fps == 25 else 0.02) * before
    assert gaps <= (0.10 if fps == 25 else 0.05) * before


@pytest.mark.parametrize("way", ["runs past", "comes nearer"])
def test_legs_alone_are_put_right_where_they_are_apart(way: str) -> None:
    track = walker(way, 60)
    ankles = track.px[:, BODY33.places("left_ankle", "right_ankle")]
    apart = np.abs(ankles[:, 0] - ankles[:, 1]).max(axis=1) / body_height_px(track.px)
    # both ends of the swap where the feet are apart: elsewhere nothing jumps, and nothing tells
    first = int(np.argmax(apart[20:80])) + 20
    last = first + 30 + int(np.argmax(apart[first + 30 : first + 80]))
    swapped = track_of(mixed(track.px, (2,), first, last), 60)
    found, told = undone(swapped)
    assert wrong(swapped, track.px) > 20
    assert wrong(found, track.px) == 0
    assert [swap.groups for swap in told.found] == [("legs",)]


def test_a_swap_that_an_engine_draws_out_over_four_frames_leaves_a_gap() -> None:
    track = walker("comes nearer", 60)
    px = mixed(track.px, (0, 1, 2), 100, 130)
    for at in (100, 130):  # as a filter would: from one side to the other
        for place, share in enumerate((0.25, 0.5, 0.75), start=at - 1):
            px[place] = (1 - share) * px[at - 2] + share * px[at + 3]
    found, told = undone(track_of(px, 60))
    steady = [*range(96), *range(105, 124), *range(136, 180)]
    assert wrong(track_of(found.px[steady], 60), track.px[steady]) == 0
    assert np.isnan(found.px[100, BODY]).any()  # halfway, where left and right lie in one place
    assert {100, 130} <= set(told.left_out)
    assert set(range(105, 124)) <= set(told.frames)


def test_a_track_that_is_too_short_or_empty_is_left_alone() -> None:
    for n in (0, 1, 2):
        track = track_of(np.full((n, 33, 2), 5.0), 30)
        assert undone(track)[0] is track
    nobody = track_of(np.full((40, 33, 2), np.nan), 30)
    assert undone(nobody)[1].count == 0


def test_real_points_with_swaps_put_in(fixture_path: Callable[[str], Path]) -> None:
    footage = open_footage(fixture_path("athlete_four_views/videos/cam03.mp4"))
    with skip_without_models():
        engine = open_engine("mediapipe", "full", 1)
    try:
        px = np.array([engine.find(picture, round(1000 * i / 60))[0].px for i, picture in footage.pictures(0, 60)])
    finally:
        engine.close()
        footage.close()
    track = track_of(px, 60)
    same, told = undone(track)
    assert told.count == 0
    np.testing.assert_array_equal(same.px, px)
    found, told = undone(track_of(mixed(px, (0, 1, 2), 20, 35), 60))
    assert set(told.frames) == set(range(20, 35))
    np.testing.assert_array_equal(found.px[20:35], px[20:35])
    assert (MIRROR[MIRROR] == np.arange(33)).all()


def test_a_body_in_one_place_has_no_sides_to_mix_up() -> None:
    n = 5
    px, sure = np.full((n, 33, 2), 100.0), np.full((n, 33), 0.9)
    track = Track(1, np.arange(n), np.arange(n) / 60, px, sure, sure, (1920, 1080), Origin.SIMULATED, "x")
    same, swaps = undone(track)
    assert swaps.count == 0
    assert np.array_equal(same.px, px)
