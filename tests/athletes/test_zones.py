"""Zones, the interval rule, and what stays unknown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athletes.model import Channel, Series, ZoneMethod, ZoneSetting
from athletes.zones import Gap, Zones, summary, time_in_zones, zones_for
from touchline.errors import BadValue

NAN = float("nan")


def pulse(seconds: list[float], bpm: list[float]) -> Series:
    return Series(
        Channel.HEART_RATE, np.round(np.array(seconds) * 1000).astype(np.int64), np.array(bpm, dtype=np.float64)
    )


def by_max(hr_max: float = 200.0) -> Zones:
    zones = zones_for(ZoneSetting(hr_max_bpm=hr_max))
    assert zones is not None
    return zones


def test_bounds_by_both_methods() -> None:
    assert by_max().lower_bpm == (100, 120, 140, 160, 180)
    karvonen = zones_for(ZoneSetting(None, ZoneMethod.RESERVE, 190, 50))
    assert karvonen is not None
    # 50 + p * 140; two roundings of numbers below 256 err by less than 1e-13 each.
    assert karvonen.lower_bpm == pytest.approx((120, 134, 148, 162, 176), abs=1e-12)


@pytest.mark.parametrize("hr_max", [185.0, 190.0, 192.0, 203.0])
def test_a_boundary_belongs_to_the_upper_zone_for_every_maximum(hr_max: float) -> None:
    zones = by_max(hr_max)
    for tenth in range(5, 10):
        bound = hr_max * tenth / 10  # the decimal bound, not the float product that the zones hold
        assert zones.numbers(np.array([bound, np.nextafter(bound, 0) - 0.01])).tolist() == [tenth - 4, tenth - 5]


def test_above_the_maximum_is_zone_five_and_nan_is_no_zone() -> None:
    assert by_max().numbers(np.array([99.9, 250.0, NAN])).tolist() == [0, 5, -1]


def test_without_limits_there_are_no_zones() -> None:
    assert zones_for(ZoneSetting()) is None
    assert zones_for(ZoneSetting(method=ZoneMethod.RESERVE, hr_max_bpm=190)) is None


def test_an_estimated_maximum_is_flagged_and_a_measured_one_wins() -> None:
    estimated = zones_for(ZoneSetting(), age_years=40)
    assert estimated is not None
    assert (estimated.hr_max_bpm, estimated.hr_max_estimated) == (180.0, True)  # 208 - 0.7 * 40
    measured = zones_for(ZoneSetting(hr_max_bpm=190), age_years=40)
    assert measured is not None
    assert (measured.hr_max_bpm, measured.hr_max_estimated) == (190, False)


def test_each_sample_holds_until_the_next_and_the_last_for_nothing() -> None:
    times = time_in_zones(pulse([0, 1, 3, 7], [110, 130, 150, 190]), by_max())
    assert times.seconds == (0, 1, 2, 4, 0, 0)
    assert times.unknown_s == 0


def test_a_gap_counts_for_five_seconds_and_the_rest_is_unknown() -> None:
    series = pulse([0, 60, 61], [110, 130, 130])
    times = time_in_zones(series, by_max())
    assert times.seconds == (0, 5, 1, 0, 0, 0)
    assert times.unknown_s == 55
    assert summary(series).gaps == (Gap(0, 60),)


def test_five_seconds_are_no_gap() -> None:
    series = pulse([0, 5, 10], [110, 110, 110])
    assert summary(series).gaps == ()
    assert time_in_zones(series, by_max()).unknown_s == 0


def test_samples_without_a_value_are_unknown_time() -> None:
    series = pulse([0, 1, 2, 3, 4], [110, NAN, NAN, 110, 110])
    times = time_in_zones(series, by_max())
    assert (times.measured_s, times.unknown_s) == (2, 2)
    assert summary(series).gaps == ()


def test_gaps_at_the_edges_are_seen() -> None:
    series = pulse([0, 10, 11, 30], [NAN, 110, 110, NAN])
    assert summary(series).gaps == (Gap(0, 10), Gap(11, 30))


def test_the_mean_is_weighted_by_time() -> None:
    found = summary(pulse([0, 1, 5], [100, 150, 200]))
    assert found.mean_bpm == pytest.approx((100 * 1 + 150 * 4) / 5, rel=1e-12)  # exact but for one division
    assert (found.min_bpm, found.max_bpm, found.duration_s, found.measured_share) == (100, 200, 5, 1)


def test_nothing_measured_is_unknown_not_zero() -> None:
    found = summary(pulse([0, 10], [NAN, NAN]))
    assert (found.mean_bpm, found.min_bpm, found.max_bpm, found.measured_share) == (None, None, None, 0)
    assert time_in_zones(pulse([0, 10], [NAN, NAN]), by_max()).share(3) is None
    assert summary(pulse([0], [100])).measured_share is None


@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.none() | st.integers(30, 230)), min_size=1, max_size=60),
    st.integers(150, 220),
)
def test_known_and_unknown_time_make_the_whole(steps: list[tuple[int, int | None]], hr_max: int) -> None:
    seconds = np.cumsum([step / 1000 for step, _ in steps])
    series = pulse(seconds.tolist(), [NAN if bpm is None else bpm for _, bpm in steps])
    times = time_in_zones(series, by_max(hr_max))
    length = series.seconds[-1] - series.seconds[0]
    # At most 60 sums of numbers below 1200 s: the rounding stays far below a microsecond.
    assert times.measured_s + times.unknown_s == pytest.approx(length, abs=1e-6)
    assert min(*times.seconds, times.unknown_s) >= 0
    for gap in summary(series).gaps:
        inside = (series.seconds > gap.from_s) & (series.seconds < gap.to_s)
        assert gap.seconds > 5
        assert not series.measured[inside].any()


def test_impossible_limits_do_not_exist() -> None:
    for setting in ({"hr_max_bpm": 300}, {"hr_max_bpm": 60, "hr_rest_bpm": 60}, {"hr_rest_bpm": 0}):
        with pytest.raises(BadValue):
            ZoneSetting(**setting)
    with pytest.raises(BadValue):
        zones_for(ZoneSetting(method=ZoneMethod.RESERVE, hr_rest_bpm=190), age_years=60)
