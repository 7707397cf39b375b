"""The athlete's own band, and reasons to look: each rule at its bound, with its numbers; nothing where nothing is."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest

import athletes
from athletes.load.model import LoadMethod, Season, SessionLoad
from athletes.load.readiness import Place, band, trend
from athletes.load.season import followed_days
from athletes.load.triage import WEIGHTS, Look, look_at
from athletes.records import Record, RecordKind

TODAY = date(2026, 5, 31)
NOW = timedelta(0)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def reading(days: int, ln: float, bpm: float | None = None, *, posture: str = "lying", **more: float) -> Record:
    values = {"ln_rmssd": ln, **more} | ({} if bpm is None else {"resting_bpm": bpm})
    return Record(RecordKind.READING, "a", ago(days), values, posture)


def usual(first: int = 60, last: int = 3) -> list[Record]:
    """Readings of every day: ln RMSSD 4.0 and 4.2 in turn, resting heart rate 50 and 52."""
    return [reading(days, 4.0 + 0.2 * (days % 2), 50.0 + 2 * (days % 2)) for days in range(first, last - 1, -1)]


# ------------------------------------------------------------------ readiness


def test_the_band_by_hand() -> None:
    readings = usual(last=0)
    found = band(readings, TODAY)
    base = [one.values["ln_rmssd"] for one in readings if one.day < TODAY]
    week = [one.values["ln_rmssd"] for one in readings if one.day > ago(7)]
    assert found.base_readings == 60
    assert (found.low, found.high) == (
        pytest.approx(fmean(base) - 0.5 * stdev(base)), pytest.approx(fmean(base) + 0.5 * stdev(base))
    )  # fmt: skip
    assert found.mean7 == pytest.approx(fmean(week))
    assert found.cv7_pct == pytest.approx(100 * stdev(week) / fmean(week))
    assert (found.place, found.flags, found.reason) == (Place.INSIDE, (), None)
    wide = band(readings, TODAY, width_sd=1.0)
    assert wide.high is not None
    assert found.high is not None
    assert wide.high > found.high
    assert "1 SD" in wide.method


def test_below_and_above() -> None:
    low = band([*usual(last=7), *(reading(days, 3.6) for days in range(7))], TODAY)
    high = band([*usual(last=7), *(reading(days, 4.6) for days in range(7))], TODAY)
    assert (low.place, low.flags) == (Place.BELOW, ("below_band",))
    assert (high.place, high.flags) == (Place.ABOVE, ("above_band",))


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ([], "no_readings"),
        (usual(first=13), "too_few_readings_before"),
        (usual(last=6), "too_few_readings_this_week"),
    ],
)
def test_too_little_is_refused(readings: list[Record], reason: str) -> None:
    found = band(readings, TODAY)
    assert (found.place, found.reason, found.flags) == (None, reason, ())


def test_other_postures_and_corrected_readings_are_left_out() -> None:
    readings = usual(last=0)
    standing = [reading(days, 2.5, posture="standing") for days in range(20)]
    rough = [reading(days, 9.0 / 2, corrected_pct=7.0) for days in range(10)]
    found = band([*rough, *standing, *readings], TODAY)
    plain = band(readings, TODAY)
    assert (found.mean7, found.low) == (plain.mean7, plain.low)
    assert (found.left_out, found.posture) == (10, "lying")


def test_rmssd_counts_as_its_logarithm() -> None:
    readings = [Record(RecordKind.READING, "a", ago(days), {"rmssd_ms": 60.0 + days % 3}, "") for days in range(30)]
    found = band(readings, TODAY)
    assert found.ln_rmssd == pytest.approx(np.log(60))
    zero = [Record(RecordKind.READING, "a", TODAY, {"rmssd_ms": 0.0})]
    assert band(zero, TODAY).reason == "no_readings"


def test_a_high_resting_rate_and_a_trend() -> None:
    readings = [*usual(last=1), reading(0, 4.1, 58.0)]
    found = band(readings, TODAY)
    assert found.flags == ("resting_high",)
    days = trend(readings, ago(5), TODAY)
    assert [one.day for one in days] == [ago(back) for back in range(5, -1, -1)]
    assert days[-1] == found
    assert days[1].flags == ()  # four days ago, with 50 bpm


# ------------------------------------------------------------------ triage


def season(loads: list[float | None], *, minutes: float = 60) -> Season:
    """A season that ends today; a session on each day with a load."""
    values = np.array([np.nan if load is None else load for load in loads])
    first = ago(len(loads) - 1)
    sessions = tuple(
        SessionLoad(f"s{at}", first + timedelta(days=at), None, "running", minutes, {LoadMethod.EDWARDS: load}, {}, 1.0)
        for at, load in enumerate(loads)
        if load is None or load > 0
    )
    return Season("a", LoadMethod.EDWARDS, followed_days(first, values), sessions, {}, began=first if loads else None)


def codes(look: Look) -> list[str]:
    return [reason.code for reason in look.reasons]


CALM: list[float | None] = [40.0, 0.0, 80.0, 30.0, 0.0, 90.0, 0.0] * 6 + [40.0]


def test_nothing_stands_out() -> None:
    found = look_at(season(CALM), usual(last=0), TODAY)
    assert (found.reasons, found.weight) == ((), 0)


def test_hrv_below_on_two_of_three_days() -> None:
    fallen = [*usual(last=5), *(reading(days, 3.4) for days in range(5))]
    found = look_at(season(CALM), fallen, TODAY)
    assert codes(found) == ["hrv_below_band"]
    assert found.reasons[0].values["days"] == 3
    # One day alone is no reason.
    once = [*usual(last=1), reading(0, 1.5)]
    assert band(once, TODAY).flags == ("below_band",)
    assert codes(look_at(season(CALM), once, TODAY)) == []


def test_a_spike_and_monotony() -> None:
    spike = look_at(season([*CALM[:-6], 200.0, 0.0, 220.0, 60.0, 240.0, 200.0]), [], TODAY)
    assert codes(spike) == ["load_spike"]
    assert spike.reasons[0].values["ratio"] > 1.5  # type: ignore[operator]
    alike = look_at(season([50.0, 51.0, 50.0, 52.0] * 8), [], TODAY)
    assert codes(alike) == ["monotony_high"]
    # In the first four weeks everything is a spike: nothing is said.
    assert codes(look_at(season([5.0] * 10 + [0.0, 100.0, 0.0, 150.0, 0.0]), [], TODAY)) == []


def test_what_is_missing() -> None:
    unknown = look_at(season([*CALM[:-1], None]), [], TODAY)
    assert codes(unknown) == ["load_unknown"]
    quiet = look_at(season([*CALM, *[0.0] * 8]), [], TODAY)
    assert codes(quiet) == ["nothing_recorded"]
    assert quiet.reasons[0].values == {"days": 8}
    unread = look_at(season(CALM), usual(last=4), TODAY)
    assert codes(unread) == ["readings_missing"]
    assert codes(look_at(season(CALM), usual(last=3), TODAY)) == []
    assert codes(look_at(season([]), [], TODAY)) == []


def wellness(days: int, answer: float, **more: float) -> Record:
    values = {"fatigue": answer, "mood": answer, "soreness": answer} | more
    return Record(RecordKind.WELLNESS, "a", ago(days), values)


def test_wellness_that_drops() -> None:
    before = [wellness(days, 3.0 + days % 2) for days in range(20, 0, -1)]
    found = look_at(season(CALM), [*before, wellness(0, 2.0)], TODAY)
    assert codes(found) == ["wellness_drop"]
    assert found.reasons[0].values == {"mean": 2.0, "usual": pytest.approx(3.5)}
    assert codes(look_at(season(CALM), [*before, wellness(0, 3.0)], TODAY)) == []
    worst = look_at(season(CALM), [wellness(0, 4.0, stress=1.0)], TODAY)
    assert worst.reasons[0].values == {"question": "stress", "count": 1}
    assert codes(look_at(season(CALM), [*before, wellness(2, 1.0)], TODAY)) == []  # two days ago is not today


def test_an_open_injury_with_load() -> None:
    def hurt(first: int, last: int | None) -> Record:
        until = None if last is None else ago(last)
        return Record(RecordKind.INJURY, "a", ago(first), {"severity": 2.0}, "cổ chân", until=until)

    found = look_at(season(CALM), [hurt(3, None)], TODAY)
    assert codes(found) == ["injury_with_load"]
    assert found.reasons[0].values == {"part": "cổ chân", "since": "2026-05-28", "days": 2}
    assert codes(look_at(season(CALM), [hurt(30, 1)], TODAY)) == []
    rested = [*CALM[:-4], 0.0, 0.0, 0.0, 0.0]
    assert codes(look_at(season(rested), [hurt(3, None)], TODAY)) == []


def test_a_plan_that_was_not_followed() -> None:
    def plan(minutes: float) -> list[Record]:
        return [Record(RecordKind.PLAN, "a", ago(days), {"minutes": minutes}, "running") for days in (1, 3, 5)]

    # In the last seven days CALM has sessions of 60 minutes on 4 days.
    trained = len([one for one in season(CALM).sessions if one.day > ago(7)])
    assert trained == 4
    assert codes(look_at(season(CALM), plan(80), TODAY)) == []
    missed = look_at(season(CALM), plan(120), TODAY)
    assert codes(missed) == ["plan_missed"]
    assert missed.reasons[0].values["percent"] == pytest.approx(100 * 240 / 360)
    assert codes(look_at(season(CALM), plan(50), TODAY)) == ["plan_exceeded"]


def test_the_weightiest_reason_comes_first_and_all_have_words() -> None:
    records = [*usual(last=5), wellness(0, 1.0), Record(RecordKind.INJURY, "a", ago(9), {}, "gối")]
    found = look_at(season([*CALM[:-1], None]), records, TODAY)
    assert codes(found) == ["injury_with_load", "wellness_low", "load_unknown", "readings_missing"]
    assert found.weight == sum(WEIGHTS[code] for code in codes(found))
    for lang in ("vi", "en"):
        path = Path(athletes.__file__).parent / "locales" / f"triage.{lang}.toml"
        texts = tomllib.loads(path.read_text("utf-8"))
        for reason in found.reasons:
            assert texts[reason.code].format(**reason.values)
        assert set(WEIGHTS) <= set(texts)
        assert not any(word in str(texts).lower() for word in ("risk", "rủi ro", "nguy cơ"))


def test_records_of_the_future_are_not_known_yet() -> None:
    later = Record(RecordKind.INJURY, "a", TODAY + timedelta(days=1), {}, "vai")
    assert codes(look_at(season(CALM), [later], TODAY)) == []
