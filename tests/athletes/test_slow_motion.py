"""Slow motion is suggested by what a recording says of itself, or by how the body falls in it; never decided."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from athletes.pose.model import Track
from athletes.pose.slow_motion import by_falls, by_tags, checked_factor, flights_of
from athletes.pose.wording import slow_words
from tests.athletes.walkers import joints_m, seen_px, track_of
from touchline.errors import BadValue

HEIGHT_PX = 500.0
STATURE_M = 1.70


def jumper(fps: float, *, rise_m: float = 0.35, stature_m: float = STATURE_M, shake_px: float = 2.0) -> Track:
    """Somebody who stands, flies up to ``rise_m`` and stands again, filmed at ``fps``."""
    flight_s = 2 * np.sqrt(2 * rise_m / 9.81)
    t_s = np.arange(round((1.2 + flight_s) * fps)) / fps
    in_air = np.clip(t_s - 0.6, 0, flight_s)
    up_m = 0.5 * 9.81 * in_air * (flight_s - in_air)
    body = joints_m(np.zeros(len(t_s)), stride_hz=0.0)
    px = seen_px(body, height_px=HEIGHT_PX)
    px[..., 1] -= (up_m * HEIGHT_PX / stature_m)[:, None]
    return track_of(px, fps, shake_px=shake_px, seed=4)


def slower(track: Track, factor: float) -> Track:
    return track_of(track.px, (len(track) - 1) / float(track.t_s[-1]) / factor)


def times(fps: float, n: int = 50) -> NDArray[np.float64]:
    return np.arange(n) / fps


def test_a_jump_at_its_own_speed_suggests_nothing() -> None:
    for fps in (30.0, 60.0, 240.0):
        track = jumper(fps)
        ((_, _, pull),) = flights_of(track)
        assert pull == pytest.approx(9.81, rel=0.15)  # the walker's own proportions differ from Drillis's
        assert by_falls(track) is None


@pytest.mark.parametrize("factor", [2.0, 4.0, 8.0])
def test_240_pictures_a_second_labelled_as_fewer(factor: float) -> None:
    found = by_falls(slower(jumper(240.0), factor))
    assert found is not None
    assert found.factor == factor
    assert found.reason == "fall"
    assert found.frames is not None
    assert found.frames[0] > 100  # the flight begins 0.6 s after the start
    assert found.values["seen_m_s2"] == pytest.approx(9.81 / factor**2, rel=0.15)
    assert slow_words(found, "vi") != slow_words(found, "en")


def test_a_child_and_a_tall_athlete_are_within_what_is_not_sure() -> None:
    for stature_m in (1.5, 1.95):
        assert by_falls(jumper(60.0, stature_m=stature_m)) is None


def test_who_runs_or_stands_does_not_fall() -> None:
    t_s = np.arange(240) / 60
    assert by_falls(track_of(seen_px(joints_m(t_s)), 60.0, shake_px=2.0)) is None
    assert flights_of(track_of(np.full((90, 33, 2), np.nan), 30.0)) == []


def test_what_was_stated_is_taken_into_account() -> None:
    slowed = slower(jumper(240.0), 8.0)
    stated = track_of(slowed.px, 240.0)
    assert by_falls(stated, 8.0) is None


def test_tags() -> None:
    found = by_tags({"com.android.capture.fps": "240.000000"}, times(30.0))
    assert found is not None
    assert (found.factor, found.reason) == (8.0, "tag")
    assert "240" in slow_words(found, "vi")
    for tags in ({}, {"com.android.capture.fps": "30.0"}, {"com.android.capture.fps": "fast"}, {"capture_fps": "nan"}):
        assert by_tags(tags, times(30.0)) is None
    assert by_tags({"com.android.capture.fps": "240"}, times(240.0)) is None  # shown as it was taken
    assert by_tags({"com.android.capture.fps": "240"}, times(30.0, 1)) is None  # one picture has no rate


def test_factors_that_cannot_be() -> None:
    assert checked_factor(8.0) == 8.0
    for factor in (0.0, 0.9, 101.0, float("nan")):
        with pytest.raises(BadValue):
            checked_factor(factor)
