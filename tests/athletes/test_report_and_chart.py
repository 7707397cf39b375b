"""What a session says first, what is drawn of it, and that charts speak one language and fetch nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_files import NOW, START

from athletes.display import rows
from athletes.importers import read
from athletes.model import Athlete, Channel, Recording, Series, Session, ZoneMethod, ZoneSetting
from athletes.panels.chart import other_channels, session_chart
from athletes.panels.pieces import head, sentence, tiles, zone_bars
from athletes.report import Report, look_at, report
from athletes.synthetic import simulate
from touchline.origin import Origin

ATHLETE = Athlete("a", "Nguyễn <b>Ánh</b>", zone_settings=(ZoneSetting(None, ZoneMethod.HR_MAX, 192, 52),))


def session(recording: Recording | None = None, origin: Origin = Origin.SIMULATED) -> Session:
    recording = recording or simulate(seed=1, start=START, name="x").recording
    return Session("id", "Buổi <i>1</i>", "x.fit", "0" * 64, origin, recording)


def measured(session_: Session, athlete: Athlete | None = ATHLETE) -> Report:
    found = report(session_, athlete)
    assert found is not None
    return found


def pulse_only(seconds: list[float], bpm: list[float]) -> Session:
    ticks = (np.array(seconds) * 1000).astype(np.int64)
    return session(Recording("csv", (Series(Channel.HEART_RATE, ticks, np.array(bpm, dtype=np.float64)),), START))


def test_the_sentence_leads_with_what_would_mislead_most() -> None:
    minute = [float(i) for i in range(60)]
    assert look_at(measured(pulse_only(minute, [100.0] * 59 + [200.0]))).key == "above_max"
    assert look_at(measured(pulse_only([0, 1, 2, 60], [100.0] * 4))).key == "much_unknown"
    assert look_at(measured(pulse_only([0, 6, 12, 18], [100.0] * 4))).key == "sparse"
    assert look_at(measured(pulse_only([0.0], [100.0]))).key == "no_length"
    assert look_at(measured(pulse_only(minute, [100.0] * 60), None)).key == "no_athlete"
    assert look_at(measured(pulse_only(minute, [100.0] * 60), Athlete("b", "B"))).key == "no_limits"
    assert look_at(measured(pulse_only(minute, [170.0] * 60))).key == "hard"
    easy = look_at(measured(pulse_only(minute, [120.0] * 60)))
    assert (easy.key, easy.params["zone"]) == ("easy", 2)  # 120 of 192 is 62.5 %


def test_zones_follow_the_athletes_day() -> None:
    settings = (ZoneSetting(None, hr_max_bpm=200), ZoneSetting(START.date(), hr_max_bpm=180))
    found = measured(session(), replace(ATHLETE, zone_settings=settings))
    assert found.zones is not None
    assert found.zones.hr_max_bpm == 180


def test_age_gives_a_flagged_maximum() -> None:
    found = measured(session(), Athlete("b", "B", birth_year=1996))
    assert found.zones is not None
    assert found.zones.hr_max_estimated
    assert found.zones.hr_max_bpm == pytest.approx(187)  # 208 - 0.7 * 30
    assert "208" in zone_bars(found, "vi")


def test_rows_keep_peaks_and_break_at_gaps() -> None:
    recording = simulate(seed=1, start=START, name="x").recording
    whole, thin = rows(recording, 10**6), rows(recording, 300)
    assert thin.seconds.size < 400 < whole.seconds.size
    for drawn in (whole, thin):
        pulse = drawn.values[Channel.HEART_RATE]
        assert np.nanmax(pulse) == np.nanmax(whole.values[Channel.HEART_RATE])
        known = ~np.isnan(pulse)
        before, after = drawn.segment[drawn.seconds < 1395], drawn.segment[known & (drawn.seconds >= 1482)]
        assert before.max() == 0
        assert after.min() == 1
    assert not (set(thin.seconds) - set(whole.seconds))  # only real samples are drawn


CHART_WORDS = {"vi": ["Nhịp tim", "Thời gian (phút)", "không đo"], "en": ["Heart rate", "no reading"]}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_charts_speak_one_language_and_fetch_nothing(lang: str) -> None:
    found = measured(session())
    spec = session_chart(found, lang).to_dict()
    text = json.dumps(spec, ensure_ascii=False)
    for word in CHART_WORDS[lang]:
        assert word in text
    assert "athletes." not in text
    assert '"url"' not in text
    assert spec["usermeta"]["embedOptions"]["actions"] is False
    assert other_channels(found) == [Channel.SPEED, Channel.CADENCE]
    assert ("16,2 km/h" in text) == (lang == "vi")
    assert ("16.2 km/h" in text) == (lang == "en")


def test_the_chart_shades_the_gap_and_numbers_the_zones() -> None:
    spec = session_chart(measured(session()), "vi").to_dict()
    data = [row for rows_ in spec["datasets"].values() for row in rows_]
    gaps = [(row["s"], row["s2"]) for row in data if "centre" in row]
    assert gaps == [(1394.0, 1482.0)]
    assert [row["number"] for row in data if "number" in row] == ["", "1", "2", "3", "4", "5"]
    segments = {row["segment"] for row in data if row.get("heart_rate") is not None and "segment" in row}
    assert segments == {0, 1}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_pieces_escape_names_and_mark_the_origin(lang: str) -> None:
    found = measured(session())
    page = (
        head(found.session, found.athlete, START.tzinfo, lang)
        + sentence(look_at(found), lang)
        + tiles(found, lang)
        + zone_bars(found, lang)
    )
    assert "<i>1</i>" not in page
    assert "&lt;i&gt;1&lt;/i&gt;" in page
    assert page.count("tl-mark simulated") == 6  # beside the name and each of five numbers
    assert "athletes.sessions" not in page
    assert "{" not in page.replace("{{", "")
    assert ("96,8" in page) == (lang == "vi")
    assert ("96.8" in page) == (lang == "en")


def test_a_zone_without_time_is_an_empty_bar() -> None:
    bars = zone_bars(measured(pulse_only([0, 1, 2], [120.0] * 3)), "en")
    assert bars.count("width:0.0%") == 5
    assert "hatch" not in bars


def test_every_real_session_is_drawn(fixture_path: Callable[[str], Path]) -> None:
    for name in ("sample_mulitple_header.fit", "2013-02-06-12-11-14.fit", "garmin-fenix-5-run.fit"):
        recording = read(fixture_path(f"fit_mit/{name}"), now=NOW).recording
        found = measured(session(recording, Origin.IMPORTED))
        assert session_chart(found, "vi").to_dict()["vconcat"][0]["layer"]
        assert look_at(found).key


def test_a_channel_with_few_samples_is_drawn_as_dots_and_keeps_them_all() -> None:
    ticks = np.arange(4000, dtype=np.int64) * 1000
    speed = np.where(ticks % 25_000 == 0, 1.2, np.nan)
    pulse = Series(Channel.HEART_RATE, ticks, np.full(4000, 120.0))
    recording = Recording("fit", (pulse, Series(Channel.SPEED, ticks, speed)), START, "swimming")
    assert np.count_nonzero(~np.isnan(rows(recording).values[Channel.SPEED])) == 160
    _, speed_view = session_chart(measured(session(recording)), "vi").to_dict()["vconcat"]
    assert [layer["mark"]["type"] for layer in speed_view["layer"]] == ["circle", "rule"]
