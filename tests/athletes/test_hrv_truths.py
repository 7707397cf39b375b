"""Heart-rate variability of series whose truth is known, and what the gate refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import exp, inf, isnan, log, nan
from pathlib import Path

import numpy as np
import pytest
from beat_series import premature_beats, resting, spoiled
from hypothesis import given, settings
from hypothesis import strategies as st

from athletes.hrv import (
    Analysis,
    Measure,
    Situation,
    SpectrumMethod,
    analyse,
    analyse_recording,
    beats,
    correct,
    dfa,
    ectopy,
    morning_record,
    running_alpha1,
    running_dfa,
    spectrum,
    time_domain,
)
from athletes.importers import read
from athletes.model import Channel, Recording, Series
from athletes.records import RecordKind
from touchline.errors import BadValue

LONG = resting(3000, 1)


def rmssd(found: Analysis) -> float:
    assert found.time is not None, found.reason
    return found.time.rmssd_ms


# ------------------------------------------------------------------ known truths


@pytest.mark.parametrize("kind", ["missed", "extra", "ectopic"])
@pytest.mark.parametrize("seed", range(3))
def test_one_percent_of_artefacts_leaves_rmssd_within_five_percent(kind: str, seed: int) -> None:
    truth = float(np.sqrt(np.mean(np.diff(LONG) ** 2)))
    rr_ms, wrong = spoiled(LONG, kind, 0.01, seed)
    found = analyse(rr_ms, correct_artefacts=True)
    assert rmssd(found) == pytest.approx(truth, rel=0.05)
    assert abs(rmssd(analyse(rr_ms, correct_artefacts=False)) / truth - 1) > 0.2  # they would have shown
    assert wrong.size <= found.corrected_pct * found.recorded.count / 100 <= 2 * wrong.size + 10


@pytest.mark.parametrize("kind", ["missed", "extra", "ectopic"])
def test_the_artefacts_that_were_put_in_are_found(kind: str) -> None:
    rr_ms, wrong = spoiled(LONG, kind, 0.01, 7)
    found = correct(beats(rr_ms)).kinds
    assert sum(found.values()) >= wrong.size
    assert found[next(one for one in found if one.value == kind)] >= 0.9 * wrong.size


@pytest.mark.parametrize("method", list(SpectrumMethod))
def test_two_waves_are_found_where_they_are_with_their_power(method: SpectrumMethod) -> None:
    at_s, nn = [0.0], []
    while at_s[-1] < 1200:
        t = at_s[-1]
        nn.append(800 + 30 * np.sin(2 * np.pi * 0.1 * t) + 20 * np.sin(2 * np.pi * 0.25 * t))
        at_s.append(t + nn[-1] / 1000)
    found = spectrum(beats(nn), method)
    assert found.lf_peak_hz == pytest.approx(0.1, abs=1 / 300)
    assert found.hf_peak_hz == pytest.approx(0.25, abs=1 / 300)
    assert found.lf_ms2 == pytest.approx(30**2 / 2, rel=0.1)
    assert found.hf_ms2 == pytest.approx(20**2 / 2, rel=0.1)
    assert found.lf_hf == pytest.approx(found.lf_ms2 / found.hf_ms2)
    assert found.window_s == 300.0
    assert "0.15-0.40" in method.said


def test_the_density_adds_up_to_the_variance() -> None:
    nn = 900 + np.random.default_rng(3).normal(0, 40, 4000)  # white over beats: flat to half the rate of the beats
    found = spectrum(beats(nn), SpectrumMethod.LOMB_SCARGLE)
    assert found.lf_ms2 + found.hf_ms2 == pytest.approx(40**2 * (0.40 - 0.04) / (0.5 / 0.9), rel=0.05)


def test_dfa_of_known_noises() -> None:
    rng = np.random.default_rng(5)
    white = [dfa(beats(800 + rng.normal(0, 20, 2000))) for _ in range(10)]
    brown = [dfa(beats(5000 + np.cumsum(rng.normal(0, 2, 2000)))) for _ in range(10)]
    assert np.mean(white) == pytest.approx(0.58, abs=0.03)  # 0.5 for long boxes; short ones are known to lie above
    assert np.mean(brown) == pytest.approx(1.5, abs=0.05)
    assert isnan(dfa(beats(np.full(300, 800.0))))
    assert isnan(dfa(beats(np.arange(17) + 800.0)))


def test_the_running_value_is_that_of_its_window() -> None:
    nn = np.concatenate((resting(400, 2, 600), 500 + np.cumsum(np.random.default_rng(0).normal(0, 1, 500))))
    series = beats(nn)
    found = running_dfa(series)
    ends = series.end_s
    assert found.at_s.size > 30
    assert np.isfinite(found.alpha1).all()
    for k in (0, 11, found.at_s.size - 1):
        inside = (ends > found.at_s[k] - 120) & (ends <= found.at_s[k])
        assert found.alpha1[k] == pytest.approx(dfa(beats(nn[inside])), abs=1e-9)
    assert (found.thresholds, "experimental" in found.method) == ((0.75, 0.5), True)


def test_the_running_value_says_nothing_of_few_beats_of_gaps_and_of_mended_ones() -> None:
    assert np.isnan(running_dfa(beats(np.full(300, 1250.0) + resting(300, 1) / 50)).alpha1).all()  # 96 beats in 120 s
    nn = resting(900, 4, 600)
    gap = np.zeros(900, bool)
    gap[450] = True
    silent = running_dfa(beats(nn, end_s=np.cumsum(nn) / 1000 + 10 * (np.arange(900) >= 450)))
    assert np.isnan(silent.alpha1).sum() >= 11
    assert np.isfinite(silent.alpha1[[0, -1]]).all()
    made = np.zeros(900, bool)
    made[100:120] = True
    mended = running_dfa(beats(nn), made)
    assert np.isnan(mended.alpha1).any()
    assert np.isfinite(mended.alpha1[-1])


# ------------------------------------------------------------------ beats and gaps


def test_no_difference_is_taken_over_a_gap() -> None:
    found = time_domain(beats([800, 810, 1200, 1210], after_gap=[True, False, True, False]))
    assert found.rmssd_ms == pytest.approx(10.0)
    assert found.mean_nn_ms == pytest.approx(1005.0)


def test_gaps_are_found_by_the_times_that_beats_ended() -> None:
    rr = np.full(10, 1000.0)
    ends = np.cumsum(rr) / 1000
    ends[6:] += 7.5
    ends[2:4] = np.nan  # nobody knows: the intervals are added up
    found = beats(rr, end_s=ends)
    assert found.gap_s.tolist() == [0, 0, 0, 0, 0, 0, 7.5, 0, 0, 0]
    assert found.end_s[-1] == pytest.approx(17.5)
    assert beats(rr, end_s=np.cumsum(rr) / 1000 + np.tile([0.9, -0.9], 5)).longest_gap_s == 0.0  # told by late messages
    assert found.without_long_gaps() == ((0, 6), (6, 10))
    part, from_s = found.longest()
    assert (part.count, from_s) == (6, 0.0)
    far = beats([800, 900, 5000, 700, 800, 900])
    assert far.without_long_gaps() == ((0, 2), (3, 6))
    assert far.longest()[0].ms.tolist() == [700, 800, 900]
    assert far.longest()[1] == pytest.approx(6.7)
    assert beats([]).without_long_gaps() == ()


def test_a_live_strap_s_beats_are_arrays_with_marks() -> None:
    ticks = np.round(resting(400, 13) * 1.024)  # 1/1024 s, as a strap sends them
    rr = ticks * 1000 / 1024
    marks = np.zeros(400, bool)
    marks[[0, 150]] = True  # the first beat bears a mark, and the one after the strap was changed
    ends = np.cumsum(rr) / 1000 + 1000.0
    ends[150:] += 1.2
    series = beats(rr, end_s=ends, after_gap=marks)
    assert series.breaks.nonzero()[0].tolist() == [150]
    assert series.longest_gap_s == pytest.approx(1.2)
    assert analyse(series, correct_artefacts=True).status == "ok"
    ends[150:] += 20
    assert beats(rr, end_s=ends, after_gap=marks).longest_gap_s == pytest.approx(21.2)


def test_what_is_no_interval_leaves_a_gap_of_unknown_length() -> None:
    found = beats([800, 810, nan, 820, -5, 830, 0, inf, 840])
    assert found.ms.tolist() == [800, 810, 820, 830, 840]
    assert found.gap_s.tolist() == [0, 0, inf, inf, inf]
    told = beats([800, 810, nan, 820], end_s=[0.8, 1.61, nan, 2.43])  # the clock says that nothing was missed
    assert told.longest_gap_s == 0.0


def test_shapes_that_do_not_fit_are_refused() -> None:
    for intervals, more in (([800, 810], {"end_s": [1.0]}), ([800, 810], {"after_gap": [True]}), ([[800.0]], {})):
        with pytest.raises(BadValue) as refused:
            beats(intervals, **more)
        assert refused.value.code == "athletes.errors.bad_intervals"
    with pytest.raises(BadValue) as refused:
        spectrum(beats([800.0] * 8))
    assert refused.value.code == "athletes.errors.no_spectrum"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1, 6000), max_size=120), st.lists(st.integers(0, 119), max_size=4))
def test_any_intervals_are_answered(intervals: list[float], gaps: list[int]) -> None:
    marks = [k in gaps for k in range(len(intervals))]
    series = beats(intervals, after_gap=marks)
    mended = correct(series)
    assert mended.changed <= 2 * series.count + 2
    assert np.all((mended.beats.ms >= 300) & (mended.beats.ms <= 2000))
    assert mended.made.size == mended.beats.count
    for wanted in (True, False):
        found = analyse(series, correct_artefacts=wanted)
        assert (found.status == "refused") == (found.time is None)
        assert set(found.methods) == {"correction", "time_domain", "poincare", "spectrum", "dfa", "gate"}


# ------------------------------------------------------------------ the gate


def test_bigeminy_of_a_real_strap_is_refused(fixture_path: Callable[[str], Path]) -> None:
    rr_ms = premature_beats(fixture_path("polarh10_pvc_mit/polar_h10_rr.csv"))
    for wanted in (True, False):
        found = analyse(rr_ms, correct_artefacts=wanted)
        assert found.reason is not None
        assert found.reason.code == "bigeminy"
        assert found.reason.values["premature_pct"] > 25
        assert (found.time, found.spectrum, found.dfa_alpha1) == (None, None, None)
        assert set(found.reasons) == set(Measure)
    assert analyse(rr_ms, correct_artefacts=True).corrected_pct < 5  # the correction alone would have let it pass


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ([640, 960], "bigeminy"),
        ([700, 900], "bigeminy"),
        ([800, 500, 1100], "ectopic_rhythm"),
        ([800] * 15 + [500, 1100], "ectopic_rhythm"),
    ],
)
def test_rhythms_that_no_correction_makes_normal(pattern: list[int], code: str) -> None:
    rr_ms = np.tile(pattern, 600)[:600] + np.random.default_rng(0).normal(0, 4, 600)
    found = analyse(rr_ms, correct_artefacts=True)
    assert found.reason is not None
    assert found.reason.code == code


def test_deep_breathing_is_no_ectopic_rhythm() -> None:
    at = np.arange(600)
    for beats_a_breath in (3.0, 4.0, 6.0):
        rr_ms = 1000 + 180 * np.sin(2 * np.pi * at / beats_a_breath + 0.3)
        seen = ectopy(beats(rr_ms))
        assert (seen.alternating_pct, seen.premature_pct < 5) == (0.0, True)


def test_more_than_five_percent_corrected_is_refused_with_the_share() -> None:
    rr_ms, _ = spoiled(LONG, "missed", 0.09, 3)
    found = analyse(rr_ms, correct_artefacts=True)
    assert found.reason is not None
    assert found.reason.code == "too_many_corrected"
    assert found.reason.values["corrected_pct"] == found.corrected_pct > 5
    given = analyse(rr_ms, correct_artefacts=False)
    assert given.reason is not None
    assert given.reason.code == "not_normal"


def test_a_gap_inside_is_refused_and_the_longest_stretch_is_named() -> None:
    rr = resting(600, 6)
    late = np.where(np.arange(600) >= 400, 5.0, 0.0)
    found = analyse(beats(rr, end_s=np.cumsum(rr) / 1000 + late), correct_artefacts=True)
    assert found.reason is not None
    assert found.reason.code == "gap_inside"
    assert found.reason.values["gap_s"] == pytest.approx(5.0)
    assert found.reason.values["longest_s"] == pytest.approx(rr[:400].sum() / 1000)
    part = analyse_recording(Recording("rr", (), rr_ms=rr, rr_end_s=np.cumsum(rr) / 1000 + late), longest=True)
    assert (part.status, part.recorded.count, part.from_s) == ("ok", 400, 0.0)
    short = np.where(np.arange(600) >= 400, 2.5, 0.0)
    assert analyse(beats(rr, end_s=np.cumsum(rr) / 1000 + short), correct_artefacts=True).status == "ok"
    marked = analyse(beats(rr, after_gap=np.arange(600) == 400), correct_artefacts=True)
    assert marked.reason is not None
    assert marked.reason.code == "gap_of_unknown_length"  # unknown is not short
    rr[300] = 4000.0  # a recorder that lost its signal adds up
    added = analyse(rr, correct_artefacts=True)
    assert added.reason is not None
    assert added.reason.code == "gap_inside"


@pytest.mark.parametrize(
    ("seconds", "refused"),
    [
        (50, {Measure.TIME_DOMAIN, Measure.DFA, Measure.SPECTRUM}),
        (100, {Measure.DFA, Measure.SPECTRUM}),
        (200, {Measure.SPECTRUM}),
        (320, set()),
    ],
)
def test_each_measure_has_its_duration(seconds: int, refused: set[Measure]) -> None:
    found = analyse(resting(round(seconds / 0.9), 8), correct_artefacts=True)
    assert set(found.reasons) == refused
    assert all(why.code == "too_short" for why in found.reasons.values())
    assert (found.status == "refused") == (seconds < 60)
    assert (found.time is None, found.dfa_alpha1 is None, found.spectrum is None) == tuple(
        measure in refused for measure in Measure
    )


def test_intervals_outside_the_limits_are_no_normal_ones() -> None:
    rr_ms = resting(400, 9)
    rr_ms[200] = 2400.0
    given = analyse(rr_ms, correct_artefacts=False)
    assert given.reason is not None
    assert given.reason.code == "impossible_intervals"
    assert analyse(rr_ms, correct_artefacts=True).status == "ok"
    none = analyse([], correct_artefacts=True)
    assert none.reason is not None
    assert none.reason.code == "no_intervals"


def test_beats_that_were_kept_twice_are_refused() -> None:
    rr = np.round(resting(400, 10))
    twice = np.repeat(rr, 2)
    ends = np.repeat(np.cumsum(rr), 2) / 1000
    found = analyse_recording(Recording("csv", (), rr_ms=twice, rr_end_s=ends))
    assert found.reason is not None
    assert found.reason.code == "beats_twice"


def test_a_smoothed_heart_rate_written_as_intervals_is_refused(fixture_path: Callable[[str], Path]) -> None:
    ride = fixture_path("fit_mit/garmin-edge-820-bike.fit")  # 521, 521, 521 … with two missed beats of 990 ms
    recording = read(ride.read_bytes(), ride.name).recording
    assert recording is not None
    found = analyse_recording(recording)
    assert found.reason is not None
    assert found.reason.code == "rates_as_beats"
    assert found.reason.values["same_pct"] == pytest.approx(84.8, abs=0.1)
    assert found.time is None
    assert analyse(resting(600, 3), correct_artefacts=True).reason is None


# ------------------------------------------------------------------ rest, exercise, the athlete's page


def session(bpm: float, speed: float, minutes: int = 6) -> Recording:
    """A simulated recording with a steady rate and speed, and beats that go with it."""
    ticks = np.arange(minutes * 60) * 1000
    rr = resting(round(minutes * bpm) + 4, 11, 60000 / bpm)
    channels = ((Channel.HEART_RATE, bpm), (Channel.SPEED, speed))
    series = tuple(Series(channel, ticks, np.full(ticks.size, value)) for channel, value in channels)
    return Recording("fit", series, rr_ms=rr, rr_end_s=np.cumsum(rr) / 1000)


def test_exercise_is_told_from_rest_and_makes_no_morning_reading() -> None:
    day = date(2026, 3, 2)
    still, moving = (analyse_recording(session(62, speed)) for speed in (0.0, 3.0))
    assert (still.told.situation, moving.told.situation) == (Situation.STILL, Situation.EXERCISE)
    assert moving.status == "ok"  # numbers there are; they are no resting ones
    assert (moving.at_rest, morning_record(moving, "an", day)) == (False, None)
    fast = analyse(resting(400, 12, 500), correct_artefacts=True)
    assert (fast.told.why, morning_record(fast, "an", day)) == ("fast_heart", None)
    alone = analyse(resting(400, 12), correct_artefacts=True)
    assert (alone.told.situation, alone.at_rest) == (Situation.UNKNOWN, True)
    record = morning_record(still, "an", day, posture="lying", source="strap")
    assert record is not None
    assert still.time is not None
    assert (record.kind, record.what, record.day) == (RecordKind.READING, "lying", day)
    assert record.values["rmssd_ms"] == still.time.rmssd_ms == pytest.approx(exp(record.values["ln_rmssd"]))
    assert record.values["resting_bpm"] == pytest.approx(62, abs=1)
    assert set(record.values) == {"rmssd_ms", "ln_rmssd", "sdnn_ms", "resting_bpm", "corrected_pct", "seconds"}
    assert log(record.values["rmssd_ms"]) == pytest.approx(record.values["ln_rmssd"])


def test_a_refused_measurement_makes_no_reading() -> None:
    assert morning_record(analyse(resting(30, 1), correct_artefacts=True), "an", date(2026, 3, 2)) is None


def test_alpha_along_a_session_stands_on_its_clock() -> None:
    recording = session(150, 3.0, 8)
    assert recording.rr_ms is not None
    assert recording.rr_end_s is not None
    late = Recording("fit", recording.series, rr_ms=recording.rr_ms, rr_end_s=recording.rr_end_s + 40)
    first, second = running_alpha1(recording), running_alpha1(late)
    assert first is not None
    assert second is not None
    assert np.allclose(second.at_s - first.at_s, 40)
    assert np.allclose(first.alpha1, second.alpha1, equal_nan=True)
    assert first.at_s[0] == pytest.approx(120.0)
    assert running_alpha1(Recording("fit", recording.series)) is None


@pytest.mark.parametrize("method", list(SpectrumMethod))
@pytest.mark.parametrize("ms", [900.0, 873.3])
def test_intervals_that_are_all_alike_have_no_ratio_of_powers(method: SpectrumMethod, ms: float) -> None:
    found = spectrum(beats(np.full(400, ms)), method)
    assert found.lf_ms2 == pytest.approx(0, abs=1e-6)
    assert np.isnan([found.lf_hf, found.lf_peak_hz, found.hf_peak_hz]).all()
