"""External load against known ways: distances, speed zones, sprints, accelerations, jumps and noise of a receiver."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from athletes.load.bests import best_means, bests_of
from athletes.load.external import external, runs
from athletes.load.gps import EARTH_M, way_of
from athletes.load.model import Figure
from athletes.model import Channel, Recording, Series

HUE = (16.4637, 107.5909)


def series(channel: Channel, seconds: NDArray[np.float64], values: NDArray[np.float64]) -> Series:
    return Series(channel, np.round(seconds * 1000).astype(np.int64), np.asarray(values, dtype=np.float64))


def run(mps: list[float] | NDArray[np.float64], *, step_s: float = 1.0, sport: str | None = "running") -> Recording:
    seconds = np.arange(len(mps)) * step_s
    return Recording("csv", (series(Channel.SPEED, seconds, np.array(mps)),), None, sport)


def number(found: dict[str, Figure], name: str) -> float:
    figure = found[name]
    assert figure.reason is None, figure
    assert figure.value is not None
    return figure.value


def fixes(east_m: NDArray[np.float64], north_m: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lat = HUE[0] + np.degrees(north_m / EARTH_M)
    lon = HUE[1] + np.degrees(east_m / (EARTH_M * math.cos(math.radians(HUE[0]))))
    return lat, lon


def test_distance_zones_and_rates_by_hand() -> None:
    # A minute each at 1, 3, 5, 6 and 8 m/s; the last sample holds for nothing.
    found = external(run([speed for speed in (1.0, 3.0, 5.0, 6.0, 8.0) for _ in range(60)] + [8.0]))
    assert number(found, "distance_m") == pytest.approx(60 * 23)
    zones = [number(found, f"speed_zone_{zone}_m") for zone in range(1, 6)]
    assert zones == pytest.approx([60, 180, 300, 360, 480])
    assert number(found, "high_speed_m") == pytest.approx(840)
    assert number(found, "sprint_m") == pytest.approx(480)
    assert number(found, "sprints") == 1
    assert number(found, "distance_m_per_min") == pytest.approx(276)
    assert number(found, "speed_max_mps") == 8


def test_a_bound_belongs_to_the_faster_zone() -> None:
    found = external(run([5.5] * 11))
    assert (number(found, "speed_zone_3_m"), number(found, "high_speed_m")) == (0, pytest.approx(55))


def test_sprints_are_counted_by_their_length() -> None:
    quick = [7.5] * 2 + [3.0] * 10
    assert number(external(run([3.0] * 5 + quick * 4 + [3.0])), "sprints") == 4
    fine = [3.0] * 20 + [7.5] * 9 + [3.0] * 20 + [7.5] * 10 + [3.0] * 5 + [7.5] * 10 + [3.0] * 20
    # At 10 Hz: 0.9 s is no sprint; two of 1 s that half a second parts are one.
    assert number(external(run(fine, step_s=0.1)), "sprints") == 1


def test_accelerations_of_a_quick_recorder() -> None:
    # Up by 3 m/s2 for one second, 4 s even, down by 2.5 m/s2 for two seconds; then slowly up by 1 m/s2.
    up, down, slow = np.linspace(2, 5, 11), np.linspace(5, 0, 21), np.linspace(0, 4, 41)
    mps = np.concatenate((np.full(40, 2.0), up, np.full(40, 5.0), down, np.full(30, 0.0), slow, np.full(20, 4.0)))
    found = external(run(mps, step_s=0.1))
    assert (number(found, "accelerations"), number(found, "decelerations")) == (1, 1)
    assert found["accelerations"].flags == ()
    seldom = external(run(mps[::10], step_s=1.0))
    assert seldom["accelerations"].flags == ("short_ones_missed",)
    rarely = external(run(mps[::30], step_s=3.0))
    assert (rarely["accelerations"].value, rarely["accelerations"].reason) == (None, "too_slow_recorder")
    assert rarely["sprints"].reason == "too_slow_recorder"


def test_impossible_speeds_are_left_out_and_counted() -> None:
    mps = np.full(100, 3.0)
    mps[20], mps[40], mps[60] = 30.0, -1.0, 11.9  # the last is 8.9 m/s more in a second: hardly, but possible
    found = external(run(mps))
    assert number(found, "left_out") == 2
    mps = np.full(1000, 3.0)
    mps[500] = 6.0  # at 10 Hz a gain of 30 m/s2
    assert number(external(run(mps, step_s=0.1)), "left_out") == 1


def test_other_sports_have_distance_but_no_running_zones() -> None:
    found = external(run([12.0] * 100, sport="cycling"))
    assert number(found, "distance_m") == pytest.approx(12 * 99)
    assert (found["sprints"].value, found["sprints"].reason) == (None, "not_on_foot")
    assert external(run([3.0] * 10, sport=None))["sprints"].flags == ("sport_unknown",)
    assert external(Recording("csv", (series(Channel.HEART_RATE, np.arange(3.0), np.full(3, 99.0)),))) == {}


def test_a_gap_covers_no_distance_but_the_recorders_own() -> None:
    seconds = np.concatenate((np.arange(0, 300.0), np.arange(330, 600.0)))
    speed = series(Channel.SPEED, seconds, np.full(seconds.size, 3.0))
    found = external(Recording("csv", (speed,), None, "running"))
    assert number(found, "distance_m") == pytest.approx(3 * (299 + 5 + 269))  # 5 s of the gap are held
    own = series(Channel.DISTANCE, seconds, 3 * seconds)
    assert number(external(Recording("csv", (speed, own), None, "running")), "distance_m") == pytest.approx(3 * 599)
    both = external(Recording("csv", (speed, own), None, "running"))
    assert number(both, "distance_m_per_min") == pytest.approx(180)  # over the whole time, as its distance is
    assert number(found, "distance_m_per_min") == pytest.approx(180)  # over what was measured, as its distance is
    still = series(Channel.DISTANCE, seconds, np.zeros(seconds.size))
    assert external(Recording("fit", (still,), None, "running"))["distance_m"].reason == "no_speed"
    few = series(Channel.SPEED, seconds, np.where(seconds < 200, 3.0, np.nan))
    hidden = external(Recording("csv", (few,), None, "running"))
    assert (hidden["distance_m"].value, hidden["distance_m"].reason) == (None, "too_little_measured")


def noisy(seed: int, seconds: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """The error of a receiver: most of it drifts slowly, a part is new at every fix."""
    rng = np.random.default_rng(seed)
    drift = np.cumsum(rng.normal(0, 0.05, seconds.size))
    return np.asarray(drift + rng.normal(0, sigma, seconds.size))


def test_a_lap_by_satellite_is_as_long_as_it_is() -> None:
    seconds = np.arange(0, 600.0)
    angle = 3.5 * seconds / 40.0  # 3.5 m/s around a circle of 40 m
    lat, lon = fixes(40 * np.sin(angle) + noisy(1, seconds, 0.5), 40 * np.cos(angle) + noisy(2, seconds, 0.5))
    parts = (series(Channel.LATITUDE, seconds, lat), series(Channel.LONGITUDE, seconds, lon))
    found = external(Recording("gpx", parts, None, "running"))
    truth = 3.5 * 599
    raw = float(np.hypot(np.diff(lon), np.diff(lat)).sum() * math.radians(1) * EARTH_M)
    assert raw > 1.04 * truth  # what summing the fixes as they are would say
    assert number(found, "distance_m") == pytest.approx(truth, rel=0.03)
    assert number(found, "speed_max_mps") < 5
    assert number(found, "left_out") == 0


def test_a_jump_of_the_receiver_is_no_sprint() -> None:
    seconds = np.arange(0, 400.0)
    east = 2.5 * seconds
    east[150:155] += 90.0
    lat, lon = fixes(east, np.zeros(seconds.size))
    way = way_of(seconds, lat, lon)
    assert way.jumps == 5
    assert np.nanmax(way.speed_mps) < 3.0
    assert np.nansum(way.speed_mps) == pytest.approx(2.5 * 395, rel=0.01)


def test_standing_still_covers_nothing() -> None:
    seconds = np.arange(0, 300.0)
    lat, lon = fixes(noisy(3, seconds, 0.4), noisy(4, seconds, 0.4))
    way = way_of(seconds, lat, lon)
    raw = float(np.hypot(np.diff(lon), np.diff(lat)).sum() * math.radians(1) * EARTH_M)
    assert raw > 100
    assert np.nansum(way.speed_mps) < 30


def test_the_filter_begins_anew_after_a_tunnel_and_at_the_antimeridian() -> None:
    seconds = np.concatenate((np.arange(0, 100.0), np.arange(160, 260.0)))
    lat, lon = fixes(3.0 * seconds, np.zeros(seconds.size))
    way = way_of(seconds, lat, lon)
    assert way.jumps == 0
    assert np.nanmedian(way.speed_mps) == pytest.approx(3.0, rel=0.01)
    far = np.where(lon - HUE[1] < 0.003, 179.999 + (lon - HUE[1]), -180.001 + (lon - HUE[1]))
    assert np.nanmax(way_of(seconds, np.zeros(seconds.size), far).speed_mps) < 4
    empty = np.full(10, np.nan)
    assert np.isnan(way_of(np.arange(10.0), empty, empty).speed_mps).all()


@settings(max_examples=50)
@given(st.lists(st.one_of(st.just(math.nan), st.floats(0, 12)), min_size=3, max_size=80))
def test_zones_add_up_to_the_distance(mps: list[float]) -> None:
    found = external(run(mps))
    if found["distance_m"].value is None:
        assert found["speed_zone_1_m"].value is None
        return
    zones = sum(number(found, f"speed_zone_{zone}_m") for zone in range(1, 6))
    assert zones == pytest.approx(number(found, "distance_m"), abs=1e-9)
    assert number(found, "sprint_m") <= number(found, "high_speed_m") + 1e-9


def test_runs_need_their_length() -> None:
    seconds, held = np.arange(6.0), np.ones(6)
    inside = np.array([True, False, True, True, False, True])
    assert runs(seconds, inside, held, 1.0, 1.0) == 3
    assert runs(seconds, inside, held, 2.0, 1.0) == 1
    assert runs(seconds, inside, held, 1.0, 1.5) == 1


def test_bests_by_hand_and_never_across_a_gap() -> None:
    watts = np.concatenate((np.full(60, 200.0), np.full(30, 400.0), np.full(60, 100.0)))
    found = best_means(np.arange(150.0), watts, (30, 60, 120, 200))
    assert found == {30: pytest.approx(400), 60: pytest.approx(300), 120: pytest.approx(225)}
    watts[70] = np.nan
    broken = best_means(np.arange(150.0), watts, (30, 60))
    assert broken[30] == pytest.approx((11 * 200 + 19 * 400) / 30, rel=0.3)
    assert broken[30] < 400
    ride = Recording("csv", (series(Channel.POWER, np.arange(150.0), np.full(150, 9999.0)),), None, "cycling")
    assert bests_of(ride) == {}  # no rider holds that


@settings(max_examples=40)
@given(st.lists(st.floats(0, 500), min_size=7, max_size=60))
def test_a_best_is_between_the_mean_and_the_highest(watts: list[float]) -> None:
    seconds = np.arange(float(len(watts)))
    found = best_means(seconds, np.array(watts), (5,))
    brute = max(float(np.mean(watts[at : at + 5])) for at in range(len(watts) - 5))
    assert found[5] == pytest.approx(brute, abs=1e-6)
