"""Loads followed over days: reference values, hand-computed ones, days without training and days nobody knows."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athletes.load import rolling
from athletes.load.season import followed_days

NAN = float("nan")


def test_the_ratio_of_three_real_exports(fixture_path: Callable[[str], Path]) -> None:
    text = fixture_path("acwr_mit/training_load.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for athlete, ratio in (("1.0", 1.2497), ("2.0", 1.4062), ("3.0", 1.5507)):
        loads = np.array([float(row["TL"]) for row in rows if row["ID"] == athlete])
        assert loads.size == 28
        assert rolling.follow(loads).acwr_ewma[-1] == pytest.approx(ratio, abs=5e-5)


def test_the_two_averages_of_the_ratio() -> None:
    loads = np.array([30.0] * 21 + [50.0] * 7)
    # From 30 toward 50 by 1/4 and by 2/29 a day: 50 - 20 (3/4)^7 and 50 - 20 (27/29)^7.
    assert rolling.ewma(loads, 7)[-1] == pytest.approx(50 - 20 * 0.75**7)
    assert rolling.ewma(loads, 28)[-1] == pytest.approx(50 - 20 * (27 / 29) ** 7)
    followed = rolling.follow(loads)
    assert followed.acwr_coupled[-1] == pytest.approx(50 / 35)
    assert followed.acwr_uncoupled[-1] == pytest.approx(50 / 30)


def test_fitness_and_fatigue_in_closed_form() -> None:
    loads = np.array([100.0] + [0.0] * 41)
    ctl = rolling.decaying(loads, 42)
    # After one load and 41 days of rest: 100 (1 - e^(-1/42)) e^(-41/42).
    assert ctl[-1] == pytest.approx(100 * (1 - np.exp(-1 / 42)) * np.exp(-41 / 42))
    steady = rolling.follow(np.full(600, 70.0))
    assert steady.ctl[-1] == pytest.approx(70 * (1 - np.exp(-600 / 42)))
    assert np.isnan(steady.tsb[0])
    assert steady.tsb[10] == steady.ctl[9] - steady.atl[9]


def test_monotony_and_strain_by_hand() -> None:
    week = np.array([60.0, 0, 80, 0, 100, 40, 0])
    mean, spread = 280 / 7, np.std(week, ddof=1)
    monotony, strain = rolling.foster(week)
    assert np.isnan(monotony[:6]).all()
    assert monotony[6] == pytest.approx(mean / spread)
    assert strain[6] == pytest.approx(280 * mean / spread)


@pytest.mark.parametrize("load", [0.0, 0.1, 33.3])
def test_seven_days_alike_have_no_monotony(load: float) -> None:
    monotony, strain = rolling.foster(np.full(9, load))
    assert np.isnan(monotony).all()
    assert np.isnan(strain).all()


def test_an_unknown_load_is_no_zero() -> None:
    loads = np.full(40, 50.0)
    loads[30] = NAN
    followed, whole = rolling.follow(loads), rolling.follow(np.full(40, 50.0))
    zero = rolling.follow(np.where(np.isnan(loads), 0.0, loads))
    assert followed.ctl[30] == followed.ctl[29]
    assert followed.acwr_ewma[30] == pytest.approx(1.0)
    assert followed.acwr_coupled[35] == pytest.approx(1.0)  # of the 6 and 27 known days
    assert zero.acwr_coupled[35] != pytest.approx(1.0)
    assert np.isnan(followed.monotony[30:37]).all()
    assert followed.provisional[30:].all()
    assert not whole.provisional[30]
    loads[31] = NAN  # 5 of 7 are known: too few
    assert np.isnan(rolling.follow(loads).acwr_coupled[31:37]).all()


def test_days_without_training_count_and_a_pause_ends_in_no_ratio() -> None:
    followed = rolling.follow(np.array([50.0] * 10 + [0.0] * 40))
    assert followed.acwr_coupled[20] == 0.0
    assert np.isnan(followed.acwr_coupled[-1])  # nothing in 28 days: no ratio, not 0
    assert np.isnan(rolling.follow(np.zeros(30)).acwr_ewma).all()


def test_the_first_weeks_are_provisional() -> None:
    days = followed_days(date(2026, 1, 1), np.linspace(20, 60, 30))
    assert [day.provisional for day in days] == [True] * 27 + [False] * 3
    assert days[5].acwr_coupled is None
    assert days[6].acwr_coupled is not None
    assert days[12].acwr_uncoupled is None
    assert days[13].acwr_uncoupled is not None
    assert days[-1].day == date(2026, 1, 30)


def test_nothing_is_followed_over_no_days() -> None:
    assert followed_days(date(2026, 1, 1), np.array([])) == ()
    followed = rolling.follow(np.array([40.0]))
    assert followed.ctl[0] == pytest.approx(40 * (1 - np.exp(-1 / 42)))
    assert np.isnan(followed.acwr_uncoupled).all()


days = st.lists(st.one_of(st.just(NAN), st.just(0.0), st.floats(0.5, 400)), min_size=1, max_size=70)


@settings(max_examples=60)
@given(days, days, st.floats(0.5, 20))
def test_many_athletes_at_once_are_each_alone_and_the_unit_cancels(
    one: list[float], two: list[float], factor: float
) -> None:
    width = max(len(one), len(two))
    table = np.zeros((2, width))
    table[0, : len(one)], table[1, : len(two)] = one, two
    both, scaled = rolling.follow(table), rolling.follow(table * factor)
    for row in range(2):
        alone = rolling.follow(table[row])
        for name in ("ctl", "atl", "tsb", "acwr_coupled", "acwr_uncoupled", "acwr_ewma", "monotony", "strain"):
            np.testing.assert_allclose(getattr(both, name)[row], getattr(alone, name), rtol=1e-12)
    for name in ("acwr_coupled", "acwr_uncoupled", "acwr_ewma", "monotony"):
        np.testing.assert_allclose(getattr(scaled, name), getattr(both, name), rtol=1e-6)
    np.testing.assert_allclose(scaled.ctl, both.ctl * factor, rtol=1e-9)


@settings(max_examples=40)
@given(days, st.integers(0, 30))
def test_the_future_changes_no_day(loads: list[float], more: int) -> None:
    short, long = rolling.follow(np.array(loads)), rolling.follow(np.array(loads + [99.0] * more))
    for name in ("ctl", "acwr_coupled", "acwr_uncoupled", "acwr_ewma", "monotony", "provisional"):
        np.testing.assert_array_equal(getattr(long, name)[: len(loads)], getattr(short, name))


def test_a_day_keeps_its_date() -> None:
    found = followed_days(date(2028, 2, 28), np.array([1.0, 2.0, 3.0]))
    assert [day.day for day in found] == [date(2028, 2, 28) + timedelta(days=at) for at in range(3)]
