"""The way on a plane, laps, a heart rate out of beats, and a season as rows to draw."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from training_home import HABIT

from athletes.beat_rate import with_beat_rate
from athletes.laps import lap_figures
from athletes.load.model import LoadMethod, Season
from athletes.load.season import followed_days
from athletes.model import Channel, Lap, Recording, Series
from athletes.panels.season_data import Span, bands_of, blocks, injury_rows, load_rows, reading_rows, ticks
from athletes.panels.way_chart import way_svg
from athletes.records import Record, RecordKind
from athletes.synthetic_season import run_with_all
from athletes.way import scale_bar_m, way_of

START = datetime(2026, 5, 4, tzinfo=UTC)
DAY = date(2026, 5, 4)


def line(degrees_north: list[float], degrees_east: list[float], step_s: int = 5) -> Recording:
    ticks = np.arange(len(degrees_north), dtype=np.int64) * 1000 * step_s
    north, east = (np.array(values, dtype=np.float64) for values in (degrees_north, degrees_east))
    return Recording("gpx", (Series(Channel.LATITUDE, ticks, north), Series(Channel.LONGITUDE, ticks, east)), START)


def test_a_minute_of_latitude_is_a_sea_mile_and_shorter_to_the_east() -> None:
    way = way_of(line([60.0, 60.0 + 1 / 60, 60.0], [10.0, 10.0, 10.0 + 1 / 60]))
    assert way is not None
    east, north = way.size_m
    assert north == pytest.approx(1853, rel=2e-3)
    assert east == pytest.approx(1853 / 2, rel=2e-3)  # cos 60


def test_a_way_over_the_180th_meridian_stays_short() -> None:
    way = way_of(line([0.0, 0.0, 0.0], [179.999, -179.999, -179.998]))
    assert way is not None
    assert way.size_m[0] == pytest.approx(0.003 * 111_195, rel=1e-3)


def test_no_way_without_positions_or_where_nobody_moved_or_too_far() -> None:
    assert way_of(Recording("fit", (), START)) is None
    assert way_of(line([16.0, 16.0], [107.0, 107.0])) is None
    assert way_of(line([16.0, 48.0], [107.0, 2.0])) is None
    assert way_of(line([float("nan"), 16.0], [107.0, 107.0])) is None


def test_a_hole_is_not_joined() -> None:
    way = way_of(line([16.0, 16.001, 16.002, 16.003], [107.0, 107.0, 107.0, 107.0], step_s=20))
    assert way is not None
    assert way.stretch.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("width", "bar"), [(1000, 200), (400, 100), (79, 10), (4001, 1000), (8.5, 2)])
def test_the_scale_bar_is_a_round_length(width: float, bar: float) -> None:
    assert scale_bar_m(width) == pytest.approx(bar)


def test_metres_have_the_same_length_both_ways_in_the_drawing() -> None:
    """The drawn way of a square of 400 m is a square, whatever the place of its corners in the file."""
    step = 400 / 111_195
    east = step / np.cos(np.radians(16.0 + step / 2))
    recording = line([16.0, 16.0, 16.0 + step, 16.0 + step, 16.0], [107.0, 107.0 + east, 107.0 + east, 107.0, 107.0])
    way = way_of(recording)
    assert way is not None
    drawn = way_svg(way, recording, None, "vi", by_zone=False)
    pairs = [pair for points in re.findall(r'points="([^"]+)"', drawn) for pair in points.split()]
    xs, ys = zip(*(map(float, pair.split(",")) for pair in pairs), strict=True)
    assert max(xs) - min(xs) == pytest.approx(max(ys) - min(ys), abs=0.5)
    assert max(ys) - min(ys) > 200
    assert "100 m" in drawn
    assert ">N<" in drawn


def test_hostile_words_stay_words_in_the_drawing() -> None:
    recording = run_with_all(HABIT, START, "x").recording
    way = way_of(recording)
    assert way is not None
    assert way.seconds.size <= 1510
    assert "<script" not in way_svg(way, recording, None, "en", by_zone=True)


def test_laps_go_by_the_recorder_else_by_speed_and_say_nothing_they_do_not_know() -> None:
    at = np.arange(0, 100, dtype=np.int64) * 1000
    speed = Series(Channel.SPEED, at, np.where(np.arange(100) < 50, 2.0, 4.0))
    pulse = Series(Channel.HEART_RATE, at[:50], np.full(50, 120.0))
    laps = (Lap(0, 50), Lap(50, 99))
    first, second = lap_figures(Recording("fit", (pulse, speed), START, laps=laps))
    assert (first.distance_m, first.mean_bpm, first.max_bpm) == (pytest.approx(100), 120, 120)
    assert (second.mean_bpm, second.max_bpm, second.mean_power_w) == (None, None, None)
    assert second.mean_speed_mps == pytest.approx(4)
    way = Series(Channel.DISTANCE, at, np.arange(100) * 3.0)
    told = lap_figures(Recording("fit", (speed, way), START, laps=laps))
    assert [one.distance_m for one in told] == [pytest.approx(150), pytest.approx(147)]


def test_a_heart_rate_out_of_beats_is_not_measured_where_no_beat_can_be() -> None:
    rr = np.array([800.0, 5000.0, 1000.0])
    drawn = with_beat_rate(Recording("rr", (), START, rr_ms=rr))
    assert drawn.heart_rate is not None
    assert drawn.heart_rate.values.tolist()[0::2] == [75.0, 60.0]
    assert np.isnan(drawn.heart_rate.values[1])
    assert drawn.heart_rate.seconds.tolist() == [0.8, 5.8, 6.8]
    measured = Recording("fit", (Series(Channel.HEART_RATE, np.array([0]), np.array([90.0])),), START, rr_ms=rr)
    assert with_beat_rate(measured) is measured


def season(loads: list[float]) -> Season:
    return Season("lan", LoadMethod.EDWARDS, followed_days(DAY, np.array(loads)), (), {})


def test_an_unknown_load_is_marked_and_no_zero() -> None:
    rows = load_rows(season([50.0, float("nan"), 0.0]), Span(DAY, DAY + timedelta(days=2)), "vi")
    assert [row["unknown"] for row in rows] == [0, 1, 0]
    assert rows[1]["text"].startswith("– + 1")
    assert (rows[0]["text"], rows[2]["text"]) == ("50", "0")


def test_long_spans_go_by_week_from_monday_and_lose_no_load() -> None:
    span = Span(DAY + timedelta(days=2), DAY + timedelta(days=399))
    assert span.step == 7
    parts = blocks(span)
    assert parts[0] == (span.since, DAY + timedelta(days=6))
    assert all(first.weekday() == 0 for first, _ in parts[1:])
    assert sum((last - first).days + 1 for first, last in parts) == span.days
    rows = load_rows(season([1.0] * 400), span, "en")
    assert sum(row["load"] for row in rows) == 398
    assert len(ticks(span)) == 13


def test_injuries_are_cut_to_the_span_and_open_ones_reach_its_end() -> None:
    span = Span(DAY, DAY + timedelta(days=10))
    hurt = Record(RecordKind.INJURY, "lan", DAY - timedelta(days=5), {}, "knee")
    rows = injury_rows([hurt, replace(hurt, until=DAY - timedelta(days=1))], span, "vi")
    assert len(rows) == 1
    assert rows[0]["d2"] - rows[0]["d"] == span.days
    assert "Đầu gối" in rows[0]["text"]


def test_refused_mornings_are_marked_and_count_in_no_band() -> None:
    days = [DAY + timedelta(days=k) for k in range(30)]
    told = [{"ln_rmssd": 4 + 0.1 * (k % 3), "corrected_pct": 1.0} for k in range(30)]
    readings = [Record(RecordKind.READING, "lan", day, values) for day, values in zip(days, told, strict=True)]
    bad = Record(RecordKind.READING, "lan", days[-1] + timedelta(days=1), {"ln_rmssd": 1.0, "corrected_pct": 30.0})
    span = Span(DAY, bad.day)
    rows = reading_rows([*readings, bad], span, "en")
    assert [row["refused"] for row in rows] == [False] * 30 + [True]
    last = bands_of([*readings, bad], span)[-1]
    assert last.left_out == 1
    assert last.mean7 == pytest.approx(4.1, abs=0.05)
    sparse = bands_of([*readings, bad], Span(DAY - timedelta(days=300), bad.day))
    assert sparse[-1].mean7 == last.mean7  # the same by week
