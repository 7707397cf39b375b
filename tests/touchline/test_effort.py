"""Zones, the interval rule and loads, against arithmetic done by hand and published check values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline import effort
from touchline.errors import BadValue

NAN = float("nan")


def minutes(rate: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    seconds = np.arange(0, 60 * count + 1, dtype=np.float64)
    return seconds, np.full(seconds.size, rate)


def test_banister_of_half_an_hour_is_the_published_check_value() -> None:
    seconds, bpm = minutes(130, 30)
    found = effort.banister(seconds, bpm, hr_rest_bpm=40, hr_max_bpm=200, sex="male")
    # 30 min x 0.5625 x 0.64 x e^(1.92 x 0.5625) = 10.8 x e^1.08
    assert found == pytest.approx(10.8 * np.exp(1.08), rel=1e-12)
    assert round(found, 2) == 31.80


def test_women_have_their_own_weight() -> None:
    seconds, bpm = minutes(130, 30)
    found = effort.banister(seconds, bpm, hr_rest_bpm=40, hr_max_bpm=200, sex="female")
    assert found == pytest.approx(30 * 0.5625 * 0.86 * np.exp(1.67 * 0.5625), rel=1e-12)


def test_a_rate_under_rest_or_over_the_maximum_is_worth_the_end_of_the_scale() -> None:
    worth = effort.banister_a_minute([30, 40, 200, 230], 40, 200, "male")
    assert worth[:2].tolist() == [0, 0]
    assert worth[2] == worth[3] == pytest.approx(0.64 * np.exp(1.92), rel=1e-12)


@given(st.integers(20, 260))
def test_one_rate_and_many_are_in_the_same_zone(bpm: int) -> None:
    floors = effort.floors_of(185)
    assert effort.zone_number(bpm, floors) == effort.zone_numbers(np.array([bpm], float), floors)[0]


def test_edwards_counts_minutes_times_the_zone() -> None:
    seconds = np.arange(0, 301, dtype=np.float64)
    bpm = np.repeat([90.0, 100.0, 139.0, 160.0, 199.0], 60)  # under zone 1, then zones 1, 2, 4, 5 of 200
    found = effort.edwards(seconds, np.append(bpm, 199.0), hr_max_bpm=200)
    assert found == pytest.approx(0 + 1 + 2 + 4 + 5, rel=1e-12)


@pytest.mark.parametrize("hr_max", [185.0, 190.0, 203.0])
def test_a_boundary_belongs_to_the_upper_zone(hr_max: float) -> None:
    for tenth in range(5, 10):
        assert effort.zone_number(hr_max * tenth / 10, effort.floors_of(hr_max)) == tenth - 4


def test_a_sample_holds_five_seconds_at_most_and_the_last_for_nothing() -> None:
    held = effort.held_s(np.array([0.0, 1, 4, 60]), np.array([100.0, NAN, 120, 130]))
    assert held.tolist() == [1, 0, 5, 0]
    assert effort.held_s(np.zeros(0), np.zeros(0)).size == 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadValue):
        effort.banister_a_minute([100], 200, 200, "male")
    with pytest.raises(BadValue):
        effort.banister_a_minute([100], 40, 200, "")


@pytest.mark.parametrize(
    ("bpm", "is_one"), [(None, False), (0, False), (19.9, False), (20, True), (260, True), (261, False)]
)
def test_what_a_heart_can_do(bpm: float | None, is_one: bool) -> None:
    assert effort.is_rate(bpm) is is_one
