"""Ticks and clock maps are exact both ways."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadValue
from touchline.timebase import ClockMap, Timebase

ticks = st.integers(min_value=-(10**12), max_value=10**12)
rates = st.fractions(min_value=Fraction(1, 100), max_value=Fraction(100))
offsets = st.fractions(min_value=-(10**6), max_value=10**6)


@given(ticks, st.fractions(min_value=Fraction(1, 10**6), max_value=Fraction(1)))
def test_ticks_survive_the_way_to_seconds_and_back(tick: int, tick_s: Fraction) -> None:
    timebase = Timebase(tick_s)
    assert timebase.ticks(timebase.seconds(tick)) == tick


@given(offsets, rates, offsets)
def test_a_clock_map_is_undone_exactly(offset_s: Fraction, rate: Fraction, instant_s: Fraction) -> None:
    to_match = ClockMap(offset_s, rate, 0.001)
    assert to_match.backward(to_match.forward(instant_s)) == instant_s


@given(offsets, rates, st.one_of(st.none(), st.floats(min_value=0, max_value=10)))
def test_a_clock_map_survives_its_document(offset_s: Fraction, rate: Fraction, sigma_s: float | None) -> None:
    to_match = ClockMap(offset_s, rate, sigma_s)
    assert ClockMap.from_document(to_match.document()) == to_match


def test_ntsc_frames_do_not_drift() -> None:
    # 90 minutes at 30000/1001: frame / 30 would be 5.4 s off, frame / 29.97 5.4 ms.
    timebase = Timebase(Fraction(1001, 30000))
    assert timebase.seconds(161_838) == Fraction(161_838 * 1001, 30000)
    assert timebase.ticks(timebase.seconds(161_838)) == 161_838


@pytest.mark.parametrize("tick_s", [Fraction(0), Fraction(-1, 25)])
def test_a_clock_that_does_not_tick_is_refused(tick_s: Fraction) -> None:
    with pytest.raises(BadValue, match="tick"):
        Timebase(tick_s)


@pytest.mark.parametrize(
    ("rate", "sigma_s"), [(Fraction(0), None), (Fraction(-1), None), (Fraction(1), -0.1), (Fraction(1), float("nan"))]
)
def test_impossible_clock_maps_are_refused(rate: Fraction, sigma_s: float | None) -> None:
    with pytest.raises(BadValue):
        ClockMap(Fraction(0), rate, sigma_s)
