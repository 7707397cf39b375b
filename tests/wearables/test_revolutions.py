"""Rates and ways of counters that roll over: known turns, told by packets as sensors tell them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wearables.gatt import cycling, cycling_power
from wearables.gatt.revolutions import (
    CRANK,
    HELD_S,
    WHEEL_1024,
    WHEEL_2048,
    Kind,
    Turning,
    Turns,
    advance,
    distance_m,
    rate_per_s,
    way_m,
)


@pytest.mark.parametrize("kind", [WHEEL_1024, WHEEL_2048, CRANK])
@settings(deadline=None)
@given(data=st.data())
def test_a_known_rate_comes_out_whatever_rolls_over(kind: Kind, data: st.DataObject) -> None:
    """The sensor turns ``moved`` times in ``ticks``; counters start anywhere, packets come up to a second late."""
    ticks = data.draw(st.integers(256, 300 * kind.ticks_per_s))
    moved = data.draw(st.integers(0, int(kind.most_per_s * ticks / kind.ticks_per_s)))
    count, time = data.draw(st.integers(0, (1 << kind.bits) - 1)), data.draw(st.integers(0, 0xFFFF))
    late_s = data.draw(st.floats(-1, 1))
    before = Turns(count, time, kind)
    after = Turns((count + moved) % (1 << kind.bits), (time + ticks) % (1 << 16), kind)
    rate = rate_per_s(before, after, ticks / kind.ticks_per_s + late_s)
    if ticks % (1 << 16) == 0 and moved == 0:
        assert rate == 0
    else:
        assert rate == pytest.approx(moved * kind.ticks_per_s / ticks, rel=1e-12)
    assert distance_m(before, after, 2.0) == 2.0 * moved


def test_the_wheels_of_power_meters_tick_twice_as_fast() -> None:
    of_csc = [cycling.CyclingMeasurement(wheel_revolutions=n, wheel_time_1024=t).wheel for n, t in ((0, 0), (5, 1024))]
    of_cps = [
        cycling_power.PowerMeasurement(power_w=0, wheel_revolutions=n, wheel_time_2048=t).wheel
        for n, t in ((0, 0), (5, 2048))
    ]
    for before, after in (of_csc, of_cps):
        assert before is not None
        assert after is not None
        assert rate_per_s(before, after, 1.0) == 5.0
    assert cycling.CyclingMeasurement().wheel is None
    assert cycling_power.PowerMeasurement(power_w=0).crank is None


def test_nothing_new_is_no_rate() -> None:
    told = Turns(7, 100, CRANK)
    assert rate_per_s(told, told, 1.0) is None
    # The time went on and nothing turned: that is a rate of 0.
    assert rate_per_s(told, Turns(7, 1124, CRANK), 1.0) == 0.0


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (500, 0, CRANK),  # set anew: 65036 turns in a second
        (500, 400, WHEEL_1024),  # rolled backwards
        (0, 200, CRANK),  # faster than legs can
    ],
)
def test_a_counter_that_was_set_anew_says_no_rate(before: int, after: int, kind: Kind) -> None:
    assert rate_per_s(Turns(before, 0, kind), Turns(after, 1024, kind), 1.0) is None


def test_ways_roll_over_and_do_not_go_back() -> None:
    assert way_m(429_496_729.0, 0.5, bits=32, per_m=10) == pytest.approx(1.1)
    assert way_m((1 << 24) - 1, 4, bits=24) == 5
    assert way_m(5000, 0, bits=24) is None  # a new session of the machine
    assert advance(0, 1 << 15, 16) is None
    assert advance(0, (1 << 15) - 1, 16) == (1 << 15) - 1


def told(*packets: tuple[float, int, int]) -> Turning:
    turning = Turning()
    for at_s, revolutions, ticks in packets:
        turning = turning.told(Turns(revolutions, ticks, CRANK), at_s)
    return turning


def test_a_rate_needs_two_events() -> None:
    assert Turning().rate_per_min(0.0) is None
    assert told((0.0, 10, 0)).rate_per_min(0.5) is None
    assert told((0.0, 10, 0), (1.0, 11, 1024)).rate_per_min(1.0) == 60.0


def test_a_rate_is_held_three_seconds_and_is_then_nothing() -> None:
    turning = told((0.0, 10, 0), (1.0, 11, 1024), (2.0, 11, 1024), (3.0, 11, 1024), (4.0, 11, 1024))
    assert turning.rate_per_min(1.0 + HELD_S) == 60.0
    turning = turning.told(Turns(11, 1024, CRANK), 5.0)
    assert turning.rate_per_min(5.0) == 0.0
    # And where no packets come at all, nothing is known: a lost link is no standing crank.
    assert turning.rate_per_min(5.0 + 3.1) is None


def test_a_long_pause_does_not_make_a_wrong_rate() -> None:
    """The event time rolls over every 64 s: after 100 s of rest it would say 36 s."""
    packets = [(0.0, 10, 0), (1.0, 11, 1024), *((float(s), 11, 1024) for s in range(2, 101))]
    turning = told(*packets, (101.0, 12, (101 * 1024) % (1 << 16)))
    assert turning.rate_per_s(101.0) == pytest.approx(1 / 100)
    assert turning.told(Turns(13, (102 * 1024) % (1 << 16), CRANK), 102.0).rate_per_min(102.0) == 60.0


def test_a_sensor_that_counts_without_a_new_time_is_waited_for() -> None:
    turning = told((0.0, 10, 0), (1.0, 11, 1024), (1.5, 12, 1024))
    assert turning.rate_per_min(1.5) == 60.0
    assert turning.told(Turns(13, 3072, CRANK), 3.0).rate_per_min(3.0) == 60.0
