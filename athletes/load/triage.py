"""Who to look at on a day, and why: reasons with their numbers, each by a stated rule. It predicts no injury and adds
up to no score; ``weight`` only puts a list in order.

Evidence that a ratio of loads tells of injuries is weak (Impellizzeri et al. 2020, Int J Sports Physiol Perform
15:907): a spike is a spike, and the coach who knows the athlete decides what it means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean, stdev

from athletes.load.model import Season
from athletes.load.readiness import LEAST_BASE, WEEK, trend
from athletes.records import Record, RecordKind

BELOW_DAYS, OF_DAYS = 2, 3
MONOTONY_LIMIT = 2.0
"""Foster 1998: weeks above it went with illness in his athletes."""
SPIKE_LIMIT = 1.5
QUIET_DAYS = 7
READING_QUIET_DAYS = 4
USUAL_DAYS = 28
WELLNESS_LEAST = 7
WELLNESS_DROP = 0.5
PLAN_LOW, PLAN_HIGH = 0.7, 1.3
QUESTIONS = ("sleep_quality", "fatigue", "soreness", "stress", "mood")
WEIGHTS = {
    "injury_with_load": 5.0,
    "hrv_below_band": 4.0,
    "resting_high": 3.0,
    "wellness_drop": 3.0,
    "wellness_low": 3.0,
    "load_spike": 3.0,
    "monotony_high": 2.0,
    "plan_missed": 1.5,
    "plan_exceeded": 1.5,
    "load_unknown": 1.0,
    "readings_missing": 1.0,
    "nothing_recorded": 1.0,
}
"""What puts a list in order: what bears on the athlete's health goes before what is only missing."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why to look: a code (``athletes.triage.<code>``) and the numbers that its text names."""

    code: str
    values: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """What to look at of an athlete on a day, the weightiest reason first; empty where nothing stands out. ``weight``
    is for the order of a list and never shown."""

    athlete_id: str
    day: date
    reasons: tuple[Reason, ...]
    weight: float


def look_at(season: Season, records: Iterable[Record], day: date) -> Look:
    """What to look at of the athlete of ``season`` on ``day``, by their ``records`` of all kinds."""
    mine = [one for one in records if one.day <= day]
    found = [
        *_readiness(mine, day),
        *_load(season, day),
        *_wellness(mine, day),
        *_injuries(season, mine, day),
        *_plan(season, mine, day),
        *_missing(season, mine, day),
    ]
    found.sort(key=lambda reason: -WEIGHTS[reason.code])
    return Look(season.athlete_id, day, tuple(found), sum(WEIGHTS[reason.code] for reason in found))


def _readiness(records: Sequence[Record], day: date) -> list[Reason]:
    readings = [one for one in records if one.kind is RecordKind.READING]
    bands = trend(readings, day - timedelta(days=OF_DAYS - 1), day)
    found, below = [], [one for one in bands if "below_band" in one.flags]
    if len(below) >= BELOW_DAYS:
        last = below[-1]
        found.append(
            Reason(
                "hrv_below_band",
                {"days": len(below), "of": OF_DAYS, "mean7": last.mean7 or 0.0, "low": last.low or 0.0},
            )
        )
    today = bands[-1]
    if "resting_high" in today.flags and today.resting_bpm and today.resting_limit_bpm and today.resting_mean_bpm:
        values = {"bpm": today.resting_bpm, "limit": today.resting_limit_bpm, "usual": today.resting_mean_bpm}
        found.append(Reason("resting_high", values))
    return found


def _load(season: Season, day: date) -> list[Reason]:
    today, found = season.on(day), []
    if today is None:
        return []
    if today.monotony is not None and today.monotony > MONOTONY_LIMIT:
        found.append(Reason("monotony_high", {"monotony": today.monotony, "limit": MONOTONY_LIMIT}))
    old_enough = (day - season.began).days >= USUAL_DAYS - 1 if season.began else False
    if old_enough and today.acwr_ewma is not None and today.acwr_ewma > SPIKE_LIMIT:
        found.append(Reason("load_spike", {"ratio": today.acwr_ewma, "limit": SPIKE_LIMIT}))
    return found


def _wellness(records: Sequence[Record], day: date) -> list[Reason]:
    asked = [one for one in records if one.kind is RecordKind.WELLNESS and any(q in one.values for q in QUESTIONS)]
    now = [one for one in asked if day - one.day <= timedelta(days=1)]
    if not now:
        return []
    last, found = now[-1], []
    before = [_mean(one) for one in asked if timedelta(0) < last.day - one.day <= timedelta(days=USUAL_DAYS)]
    if len(before) >= WELLNESS_LEAST:
        usual, limit = fmean(before), min(fmean(before) - stdev(before), fmean(before) - WELLNESS_DROP)
        if _mean(last) < limit:
            found.append(Reason("wellness_drop", {"mean": _mean(last), "usual": usual}))
    worst = [question for question in QUESTIONS if last.values.get(question) == 1]
    if worst:
        found.append(Reason("wellness_low", {"question": worst[0], "count": len(worst)}))
    return found


def _mean(record: Record) -> float:
    return fmean(record.values[question] for question in QUESTIONS if question in record.values)


def _injuries(season: Season, records: Sequence[Record], day: date) -> list[Reason]:
    found = []
    for one in records:
        if one.kind is not RecordKind.INJURY or (one.until is not None and one.until < day):
            continue
        first = max(one.day, day - timedelta(days=WEEK - 1))
        trained = [session for session in season.sessions if first <= session.day <= day]
        if trained:
            days = len({session.day for session in trained})
            values: dict[str, float | str] = {"part": one.what or one.text, "since": one.day.isoformat(), "days": days}
            found.append(Reason("injury_with_load", values))
    return found


def _plan(season: Season, records: Sequence[Record], day: date) -> list[Reason]:
    """Minutes planned and done in the last 7 days, where minutes were planned."""
    first = day - timedelta(days=WEEK - 1)
    planned = [one for one in records if one.kind is RecordKind.PLAN and first <= one.day <= day]
    minutes = sum(one.values.get("minutes", 0.0) for one in planned)
    done = [one for one in season.sessions if first <= one.day <= day]
    if minutes <= 0 or any(one.minutes is None for one in done):
        return []
    made = sum(one.minutes or 0.0 for one in done)
    values = {"planned": minutes, "done": made, "percent": 100 * made / minutes}
    if made < PLAN_LOW * minutes:
        return [Reason("plan_missed", values)]
    return [Reason("plan_exceeded", values)] if made > PLAN_HIGH * minutes else []


def _missing(season: Season, records: Sequence[Record], day: date) -> list[Reason]:
    found = []
    week = [one for one in season.days if timedelta(0) <= day - one.day < timedelta(days=WEEK)]
    unknown = [one for one in week if one.load is None]
    if unknown:
        found.append(Reason("load_unknown", {"days": len(unknown)}))
    read = [one.day for one in records if one.kind is RecordKind.READING]
    usual = [at for at in read if day - at <= timedelta(days=60)]
    if len(usual) >= LEAST_BASE and (quiet := (day - max(read)).days) >= READING_QUIET_DAYS:
        found.append(Reason("readings_missing", {"days": quiet}))
    told = [*(one.day for one in season.sessions if one.day <= day), *(one.day for one in records if _told(one))]
    if told and (quiet := (day - max(told)).days) >= QUIET_DAYS:
        found.append(Reason("nothing_recorded", {"days": quiet}))
    return found


def _told(record: Record) -> bool:
    return record.kind in (RecordKind.READING, RecordKind.WELLNESS, RecordKind.EFFORT, RecordKind.TEST)
