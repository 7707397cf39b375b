"""Loads of one session: hand-computed values, what is refused and why, and what holds for every session."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athletes.load.impulse import loads_of, lucia, session_rpe
from athletes.load.model import Figure, LoadMethod, figure_of
from athletes.model import Athlete, Channel, Series, Sex, ZoneMethod, ZoneSetting
from athletes.zones import Limits, limits_on
from touchline.errors import BadValue

KNOWN = ZoneSetting(
    None, ZoneMethod.HR_MAX, hr_max_bpm=200, hr_rest_bpm=40, threshold_bpm=170, vt1_bpm=140, vt2_bpm=170
)


def pulse(bpm: list[float], step_s: float = 1.0) -> Series:
    ticks = (np.arange(len(bpm)) * round(step_s * 1000)).astype(np.int64)
    return Series(Channel.HEART_RATE, ticks, np.array(bpm, dtype=np.float64))


def of(sex: Sex | None = Sex.MALE, setting: ZoneSetting = KNOWN) -> Limits:
    return limits_on(Athlete("a", "An", sex, zone_settings=(setting,)), date(2026, 5, 1))


def value(series: Series, method: LoadMethod, limits: Limits) -> float:
    found = loads_of(series, None, limits)[method]
    assert found.reason is None, found
    assert found.value is not None
    return found.value


def test_banister_by_hand() -> None:
    steady = pulse([130.0] * 1801)  # 30 minutes: the last sample holds for nothing
    # x = (130 - 40) / 160 = 0.5625; 30 x 0.64 e^(1.92 x) = 31.80; women 30 x 0.86 e^(1.67 x).
    assert value(steady, LoadMethod.BANISTER, of()) == pytest.approx(31.80, abs=0.005)
    woman = 30 * 0.5625 * 0.86 * math.exp(1.67 * 0.5625)
    assert value(steady, LoadMethod.BANISTER, of(Sex.FEMALE)) == pytest.approx(woman, rel=1e-12)
    assert "a 0.86" in loads_of(steady, None, of(Sex.FEMALE))[LoadMethod.BANISTER].method


def test_edwards_and_lucia_by_hand() -> None:
    # Minutes at 90 (under zone 1), 110, 130, 150, 170, 190 of HRmax 200: zones 0, 1, 2, 3, 4, 5.
    blocks = [rate for rate in (90.0, 110.0, 130.0, 150.0, 170.0, 190.0) for _ in range(60)]
    series = pulse([*blocks, 190.0])
    assert value(series, LoadMethod.EDWARDS, of()) == pytest.approx(0 + 1 + 2 + 3 + 4 + 5)
    # VT1 140, VT2 170; a rate on a threshold belongs to the zone above: 1 + 1 + 1 + 2 + 3 + 3.
    assert value(series, LoadMethod.LUCIA, of()) == pytest.approx(11)


def test_an_hour_at_the_threshold_is_a_hundred() -> None:
    assert value(pulse([170.0] * 3601), LoadMethod.HRSS, of()) == pytest.approx(100, rel=1e-12)


def test_session_rpe() -> None:
    assert session_rpe(7, 40).value == 280
    assert session_rpe(0, 40).value == 0
    assert (session_rpe(None, 40).value, session_rpe(None, 40).reason) == (None, "no_rpe")
    assert (session_rpe(5, None).value, session_rpe(5, None).reason) == (None, "no_minutes")


@pytest.mark.parametrize(
    ("sex", "setting", "reasons"),
    [
        (None, KNOWN, ["no_sex", None, None, "no_sex"]),
        (Sex.MALE, ZoneSetting(), ["no_hr_max", "no_hr_max", "no_ventilatory", "no_hr_max"]),
        (Sex.MALE, ZoneSetting(hr_max_bpm=190), ["no_hr_rest", None, "no_ventilatory", "no_hr_rest"]),
        (Sex.MALE, ZoneSetting(hr_max_bpm=190, hr_rest_bpm=50), [None, None, "no_ventilatory", "no_threshold"]),
        (
            Sex.MALE,
            ZoneSetting(hr_max_bpm=190, hr_rest_bpm=50, threshold_bpm=195),
            [None, None, "no_ventilatory", "threshold_outside"],
        ),
    ],
)
def test_what_is_missing_is_named(sex: Sex | None, setting: ZoneSetting, reasons: list[str | None]) -> None:
    found = loads_of(pulse([150.0] * 100), None, of(sex, setting))
    order = (LoadMethod.BANISTER, LoadMethod.EDWARDS, LoadMethod.LUCIA, LoadMethod.HRSS)
    assert [found[method].reason for method in order] == reasons
    assert [found[method].value is None for method in order] == [reason is not None for reason in reasons]


def test_under_four_fifths_measured_is_refused_and_what_is_missing_is_never_made_up() -> None:
    half = pulse([150.0] * 50 + [math.nan] * 51)
    found = loads_of(half, None, of())[LoadMethod.EDWARDS]
    assert (found.value, found.reason, found.quality) == (None, "too_little_measured", 0.5)
    most = pulse([150.0] * 90 + [math.nan] * 11)
    found = loads_of(most, None, of())[LoadMethod.EDWARDS]
    assert (found.value, found.quality) == (pytest.approx(90 / 60 * 3), 0.9)  # not scaled up to the whole
    longer = loads_of(pulse([150.0] * 101), 1000.0, of())[LoadMethod.EDWARDS]  # the recorder went on without a strap
    assert (longer.reason, longer.quality) == ("too_little_measured", 0.1)
    assert loads_of(None, 600.0, of())[LoadMethod.EDWARDS].reason == "no_heart_rate"


def test_an_estimated_maximum_is_flagged() -> None:
    young = Athlete("a", "An", Sex.FEMALE, 2006, (ZoneSetting(hr_rest_bpm=50, vt1_bpm=140, vt2_bpm=170),))
    found = loads_of(pulse([150.0] * 100), None, limits_on(young, date(2026, 1, 1)))
    assert found[LoadMethod.BANISTER].flags == ("hr_max_estimated",)
    assert found[LoadMethod.LUCIA].flags == ()
    kept = found[LoadMethod.BANISTER]
    assert figure_of(kept.document()) == kept


def test_thresholds_that_do_not_rise_are_no_thresholds() -> None:
    with pytest.raises(BadValue):
        lucia(np.array([0.0, 1.0]), np.array([120.0, 120.0]), vt1_bpm=150, vt2_bpm=150)


rates = st.lists(st.one_of(st.just(math.nan), st.floats(40, 210)), min_size=6, max_size=60)


@settings(max_examples=60)
@given(rates, st.integers(1, 59))
def test_a_session_cut_in_two_is_worth_the_sum_of_both(bpm: list[float], cut: int) -> None:
    whole, cut = pulse(bpm), min(cut, len(bpm) - 1)
    parts = [
        Series(whole.channel, whole.ticks[part], whole.values[part]) for part in (slice(0, cut + 1), slice(cut, None))
    ]
    for weigh in (lambda s: lucia(s.seconds, s.values, vt1_bpm=140, vt2_bpm=170),):
        assert weigh(whole) == pytest.approx(sum(weigh(part) for part in parts))


@settings(max_examples=40)
@given(st.lists(st.floats(40, 210), min_size=10, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_even_seconds_does_not_matter(bpm: list[float], order: object) -> None:
    mixed = list(bpm)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    limits = of()
    for method in (LoadMethod.BANISTER, LoadMethod.EDWARDS, LoadMethod.LUCIA):
        one, two = (value(pulse([*rates, rates[0]]), method, limits) for rates in (bpm, mixed))
        assert one == pytest.approx(two)


def test_a_figure_says_what_it_is() -> None:
    document = Figure(3.0, "kJ", "x", 0.9, None, 0.5, ("hills",)).document()
    assert document == {
        "value": 3.0, "unit": "kJ", "method": "x", "quality": 0.9, "reason": None, "plus_minus": 0.5, "flags": ["hills"]
    }  # fmt: skip
