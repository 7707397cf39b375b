"""Two analyses beside each other, made with known truth: differences, alignment, and what leaves a template's band."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from athletes.kinematics.comparing import DOUBT, Verdict, common_events, deviations, differences, warp
from athletes.kinematics.model import Analysis, Curve, Event, Finding, Movement, Side
from touchline.errors import BadValue
from touchline.measure import Measurement

RATE = 60.0


def finding(key: str, value: float | None, sigma: float = 1.0, unit: str = "cm", side: Side | None = None) -> Finding:
    measured = None if value is None else Measurement(value, sigma, unit, "m")
    return Finding(key, measured, side=side, reasons=() if measured else ("not_seen",))


def analysis(
    *, findings: Sequence[Finding] = (), curves: Sequence[Curve] = (), events: Sequence[Event] = ()
) -> Analysis:
    return Analysis(Movement.CMJ, tuple(findings), tuple(curves), tuple(events))


def curve(value: np.ndarray, sigma: float = 1.0, *, key: str = "knee", rate: float = RATE) -> Curve:
    frames = np.arange(len(value))
    return Curve(key, "deg", frames, frames / rate, value, np.full(len(value), sigma), Side.LEFT)


def event(key: str, t_s: float, sigma_s: float = 0.0, side: Side | None = None, number: int | None = None) -> Event:
    return Event(key, t_s, sigma_s, round(t_s * RATE), side, number)


def test_a_difference_carries_the_errors_of_both_and_says_whether_it_exceeds_them() -> None:
    one = analysis(findings=[finding("a", 40, 3), finding("b", 40, 3), finding("c", None), finding("d", 1, unit="cm")])
    other = analysis(findings=[finding("a", 49, 4), finding("b", 50, 4), finding("c", 3), finding("e", 2)])
    found = {each.key: each for each in differences(one, other)}
    assert list(found) == ["a", "b", "c", "d", "e"]
    # 3 and 4 make 5; 9 is within 1.96 x 5 = 9.8, 10 is not
    assert found["a"].measured == Measurement(9, 5, "cm", "difference")
    assert found["a"].verdict is Verdict.WITHIN
    assert found["b"].verdict is Verdict.BEYOND
    assert (found["c"].verdict, found["c"].reasons) == (Verdict.UNKNOWN, ("not_seen",))
    assert found["d"].reasons == ("only_in_one",)
    assert found["e"].reasons == ("only_in_other",)


def test_sides_and_units_are_not_mixed() -> None:
    one = analysis(findings=[finding("knee", 90, unit="deg", side=Side.LEFT), finding("h", 0.4, unit="m")])
    other = analysis(findings=[finding("knee", 95, unit="deg", side=Side.RIGHT), finding("h", 40, unit="cm")])
    found = differences(one, other)
    assert [each.measured for each in found] == [None, None, None]
    assert found[1].reasons == ("other_unit",)


def test_two_trials_of_one_truth_differ_beyond_the_error_in_one_case_of_twenty() -> None:
    rng = np.random.default_rng(9)
    runs = 2000
    beyond = 0
    for a, b in rng.normal(40, (2, 3), (runs, 2)):
        (found,) = differences(analysis(findings=[finding("a", a, 2)]), analysis(findings=[finding("a", b, 3)]))
        beyond += found.verdict is Verdict.BEYOND
    assert abs(beyond / runs - 0.05) < 4 * math.sqrt(0.05 * 0.95 / runs)


def test_events_are_paired_by_key_side_and_number_and_never_against_time() -> None:
    here = analysis(
        events=[event("start", 0.2), event("touch", 0.5, side=Side.LEFT), event("touch", 0.9, side=Side.RIGHT)]
    )
    there = analysis(
        events=[
            event("touch", 1.5, side=Side.LEFT),
            event("start", 1.0),
            event("touch", 1.2, side=Side.RIGHT),  # before the left one: breaks the order of the other trial
            event("end", 2.0),
        ]
    )
    pairs = [(a.t_s, b.t_s) for a, b in common_events(here, there)]
    assert pairs == [(0.2, 1.0), (0.5, 1.5)]


@given(st.lists(st.tuples(st.floats(0.05, 2), st.floats(0.05, 2)), min_size=1, max_size=6), st.floats(-1, 8))
def test_a_warp_meets_its_events_and_always_rises(steps: list[tuple[float, float]], at: float) -> None:
    here_s, there_s = np.cumsum([a for a, _ in steps]), np.cumsum([b for _, b in steps])
    here = analysis(events=[event(f"e{i}", float(t)) for i, t in enumerate(here_s)])
    there = analysis(events=[event(f"e{i}", float(t)) for i, t in enumerate(there_s)])
    way = warp(here, there)
    assert way.there(here_s) == pytest.approx(there_s, abs=1e-9)
    first, second = way.there(np.array([at, at + 0.01]))
    assert second > first
    if at < here_s[0] - 0.01:
        assert second - first == pytest.approx(0.01, abs=1e-9)  # the same speed before the first event


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(BadValue, match="no event in common"):
        warp(analysis(events=[event("a", 1)]), analysis(events=[event("b", 1)]))


def movement(t_s: np.ndarray) -> np.ndarray:
    """A knee that bends from 170 to 90 degrees and back between 0.5 and 1.5 s."""
    phase = np.clip((t_s - 0.5) / 1.0, 0, 1)
    return 170 - 80 * np.sin(np.pi * phase) ** 2


def test_the_same_movement_twice_as_slow_does_not_deviate_but_ten_degrees_more_do() -> None:
    rng = np.random.default_rng(4)
    t = np.arange(120) / RATE
    template = analysis(
        curves=[curve(movement(t) + rng.normal(0, 1, 120))], events=[event("start", 0.5), event("end", 1.5)]
    )
    slow_t = np.arange(240) / RATE
    ends = [event("start", 1.0), event("end", 3.0)]
    same = movement(slow_t / 2) + rng.normal(0, 1, 240)
    (found,) = deviations(analysis(curves=[curve(same)], events=ends), template)
    assert found.stretches == ()
    inside = (slow_t >= 1.0) & (slow_t <= 3.0)
    # What is left between two samples of the template is at most its curvature: (1/60)^2 / 8 x 80 x 2 pi^2 = 0.05
    truth = movement(slow_t / 2)
    assert np.nanmax(np.abs(found.expected - truth)[inside]) < 5 * 1.0 + 0.05
    deeper = same - np.where((slow_t > 1.9) & (slow_t < 2.1), 10, 0)
    (found,) = deviations(analysis(curves=[curve(deeper)], events=ends), template)
    assert found.stretches
    worst = found.stretches[0]
    assert 1.9 * RATE <= worst.frame <= 2.1 * RATE
    assert worst.largest.value == pytest.approx(-10, abs=5 * math.sqrt(2))


def test_events_that_are_badly_placed_widen_the_band_where_the_movement_is_fast() -> None:
    t = np.arange(120) / RATE
    template = analysis(curves=[curve(movement(t))], events=[event("start", 0.5, 0.02)])
    (found,) = deviations(analysis(curves=[curve(movement(t))], events=[event("start", 0.5)]), template)
    fast, still = 45, 10  # half-way down at 0.75 s; standing before it begins
    slope = np.gradient(movement(t), t)[fast]
    assert found.sigma[still] == pytest.approx(math.sqrt(2), abs=1e-6)
    assert found.sigma[fast] == pytest.approx(math.hypot(math.sqrt(2), 0.02 * slope), rel=1e-3)


def test_gaps_of_either_stay_gaps() -> None:
    t = np.arange(60) / RATE
    value, theirs = 100 + t, 100 + t
    value[10:20], theirs[30:35] = np.nan, np.nan
    ends = [event("start", 0.0)]
    (found,) = deviations(analysis(curves=[curve(value)], events=ends), analysis(curves=[curve(theirs)], events=ends))
    unknown = ~np.isfinite(found.value - found.expected)
    assert unknown[10:20].all()
    assert unknown[30:35].all()
    assert unknown.sum() == 15
    assert found.stretches == ()


def test_noise_alone_leaves_the_band_somewhere_in_at_most_one_trial_of_twenty() -> None:
    rng = np.random.default_rng(12)
    t = np.arange(90) / RATE
    ends = [event("start", 0.5), event("end", 1.4)]
    runs, out = 400, 0
    for _ in range(runs):
        one, other = (
            analysis(curves=[curve(movement(t) + rng.normal(0, 2, 90), 2.0, key=key) for key in "ab"], events=ends)
            for _ in range(2)
        )
        out += any(each.stretches for each in deviations(one, other))
    # at most DOUBT by Bonferroni, plus what 400 runs scatter (4 sigma); and not so wide that nothing ever leaves it
    assert out / runs < DOUBT + 4 * math.sqrt(DOUBT * (1 - DOUBT) / runs)
    assert out > 0
