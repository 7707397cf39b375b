"""A simulated season of a small squad: plausible habits, hard and easy weeks, missing straps, an injury; all seeded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from athletes.importers.common import Imported
from athletes.model import Channel, Lap, Recording, Series
from athletes.records import Record, RecordKind
from athletes.synthetic import FALL_S, RISE_S
from touchline.origin import Origin

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STEP_S = 4
"""A season is written as watches do that save room: a reading every four seconds."""
RUN_KMH = 10.0
LAPS = 6
MIDDLE = (16.4637, 107.5909)
"""Where the simulated ways lie, in degrees; they follow no street."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How an athlete of the simulated squad trains. ``week`` has minutes and intensity (share of HRmax) by weekday;
    ``spike`` multiplies the last week, ``strapless`` is the share of sessions without a heart rate, ``hurt_days`` how
    long ago an injury began, ``low_days`` for how long the mornings have been low."""

    seed: int
    hr_max: float
    hr_rest: float
    week: dict[int, tuple[int, float]]
    spike: float = 1.0
    strapless: float = 0.0
    hurt_days: int | None = None
    low_days: int = 0
    readings: float = 0.9
    rmssd_ms: float = 62.0


def sessions(habit: Habit, first: date, last: date, name: str) -> list[tuple[Imported, date]]:
    """The sessions from ``first`` to ``last``, each with its day; the same habit and days give the same ones."""
    found = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        rng = np.random.default_rng([habit.seed, day.toordinal()])
        if day.weekday() not in habit.week or rng.random() < 0.08:
            continue
        minutes, share = habit.week[day.weekday()]
        block = 0.85 + 0.3 * ((offset // 7) % 4) / 3 if (offset // 7) % 4 != 3 else 0.7
        length = minutes * block * rng.normal(1.0, 0.08)
        if (last - day).days < 7:
            length *= habit.spike
        seconds = int(np.clip(length, 20, 170) * 60)
        start = datetime.combine(day, time(6 if day.weekday() > 4 else 17, 30), ZONE)
        found.append((_session(habit, rng, start, seconds, share, name, strapped=rng.random() >= habit.strapless), day))
    return found


def _session(
    habit: Habit, rng: np.random.Generator, start: datetime, seconds: int, share: float, name: str, *, strapped: bool
) -> Imported:
    at = np.arange(0, seconds, STEP_S)
    hard = share > 0.82
    effort = np.full(at.size, share)
    if hard:
        effort = np.where((at // 180) % 2 == 0, share + 0.08, share - 0.1)
    effort = np.where(at < 480, 0.68, np.where(at > seconds - 420, 0.62, effort))
    speed = np.clip(RUN_KMH / 3.6 * effort / 0.78 + rng.normal(0, 0.08, at.size), 0.5, None)
    ticks = at.astype(np.int64) * 1000
    series = [
        Series(Channel.SPEED, ticks, np.round(speed, 2)),
        Series(Channel.CADENCE, ticks, np.round(150 + 8 * speed)),
    ]
    if strapped:
        series.insert(0, Series(Channel.HEART_RATE, ticks, np.round(_pulse(effort * habit.hr_max, rng))))
    return _imported(Recording("simulated", tuple(series), start, "running"), name, habit.seed)


def _pulse(target: NDArray[np.float64], rng: np.random.Generator, step_s: float = STEP_S) -> NDArray[np.float64]:
    """A heart rate that follows ``target``, faster up than down, with a slow wander."""
    bpm = np.empty(target.size)
    now = 85.0
    up, down = 1 - np.exp(-step_s / RISE_S), 1 - np.exp(-step_s / FALL_S)
    for i, goal in enumerate(target.tolist()):
        now += (up if goal > now else down) * (goal - now)
        bpm[i] = now
    wander = np.convolve(rng.normal(0, 1, target.size + 14), np.ones(15) / 15, "valid") * 4
    return bpm + wander


def run_with_all(habit: Habit, start: datetime, name: str) -> Imported:
    """One run with everything a page can show: a way with laps, altitude, speed, cadence, and every beat."""
    rng = np.random.default_rng([habit.seed, 7])
    n = 42 * 60
    at = np.arange(n)
    effort = np.where((at // 210) % 2 == 1, 0.93, 0.74)
    effort = np.where(at < 420, 0.66, np.where(at > n - 360, 0.62, effort))
    speed = np.convolve(np.pad(RUN_KMH / 3.6 * effort / 0.78, 7, mode="edge"), np.ones(15) / 15, "valid")
    speed = np.clip(speed + rng.normal(0, 0.05, n), 0.5, None)
    way = np.concatenate(([0.0], np.cumsum(speed)))[:-1]
    around = 2 * np.pi * way / (way[-1] / LAPS)
    radius = 150 * (1 + 0.28 * np.cos(2 * around) + 0.1 * np.sin(3 * around))
    east, north = radius * np.cos(around) * 1.6, radius * np.sin(around)
    latitude = MIDDLE[0] + (north + rng.normal(0, 0.4, n)) / 111_195
    longitude = MIDDLE[1] + (east + rng.normal(0, 0.4, n)) / (111_195 * np.cos(np.radians(MIDDLE[0])))
    bpm = _pulse(effort * habit.hr_max, rng, 1.0)
    ticks = at.astype(np.int64) * 1000
    rr, ends = _beats(bpm, habit, rng)
    laps = tuple(
        Lap(float(np.searchsorted(way, k * way[-1] / LAPS)), float(np.searchsorted(way, (k + 1) * way[-1] / LAPS)))
        for k in range(LAPS)
    )
    channels = {
        Channel.HEART_RATE: np.round(bpm),
        Channel.SPEED: np.round(speed, 3),
        Channel.CADENCE: np.round(150 + 8 * speed),
        Channel.ALTITUDE: np.round(8 + 5 * np.sin(around) + 0.3 * rng.normal(0, 1, n), 1),
        Channel.DISTANCE: np.round(way, 1),
        Channel.LATITUDE: latitude,
        Channel.LONGITUDE: longitude,
    }
    series = tuple(Series(channel, ticks, values) for channel, values in channels.items())
    return _imported(Recording("simulated", series, start, "running", None, rr, ends, laps), name, habit.seed)


def _beats(
    bpm: NDArray[np.float64], habit: Habit, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Beats that go with a heart rate: their scatter falls, and loses its long memory, with effort."""
    found, ends, now, slow = [], [], 0.0, 0.0
    while now < bpm.size - 1:
        rate = float(bpm[int(now)])
        rest = float(np.clip((habit.hr_max - rate) / (habit.hr_max - 100), 0.02, 1))
        slow = 0.9 * slow + rng.normal(0, 6.0 * rest)
        interval = 60_000 / rate + slow + rng.normal(0, 2.0 + 2.0 * rest)
        now += interval / 1000
        found.append(round(interval))
        ends.append(now)
    rr = np.array(found, dtype=np.float64)
    return rr, np.array(ends)


def _imported(recording: Recording, name: str, seed: int) -> Imported:
    digest = hashlib.sha256(f"simulated {seed} {recording.start}".encode())
    for one in recording.series:
        digest.update(one.values.tobytes())
    return Imported(recording, (), name, digest.hexdigest())


def diary(habit: Habit, athlete_id: str, first: date, last: date, trained: list[date]) -> list[Record]:
    """Mornings, answers, an injury and the plan of the weeks around ``last``; nothing is answered on ``last``."""
    found: list[Record] = []
    for offset in range((last - first).days):
        day = first + timedelta(days=offset)
        rng = np.random.default_rng([habit.seed, day.toordinal(), 1])
        low = (last - day).days <= habit.low_days
        if rng.random() < habit.readings:
            ln = np.log(habit.rmssd_ms) + rng.normal(0, 0.14) - (0.5 if low else 0.0)
            values = {
                "ln_rmssd": round(float(ln), 3),
                "rmssd_ms": round(float(np.exp(ln)), 1),
                "resting_bpm": round(habit.hr_rest + float(rng.normal(0, 1.6)) + (7 if low else 0)),
                "corrected_pct": round(float(rng.gamma(1.2, 0.8)), 1),
            }
            found.append(_record(RecordKind.READING, athlete_id, day, values, "lying"))
        if rng.random() < 0.8:
            usual = 4 - (day in trained) - 2 * low
            names = ("fatigue", "sleep_quality", "soreness", "stress", "mood")
            answers = {name: float(np.clip(round(usual + rng.normal(0.2, 0.7)), 1, 5)) for name in names}
            found.append(_record(RecordKind.WELLNESS, athlete_id, day, answers))
    if habit.hurt_days is not None:
        since = last - timedelta(days=habit.hurt_days)
        found.append(_record(RecordKind.INJURY, athlete_id, since, {"severity": 2.0}, "thigh_back"))
    for offset in range(-14, 8):
        day = last + timedelta(days=offset)
        if day.weekday() in habit.week:
            minutes, share = habit.week[day.weekday()]
            planned = {"minutes": float(minutes), "load": round(minutes * (share - 0.35) * 3.4)}
            found.append(_record(RecordKind.PLAN, athlete_id, day, planned, "running"))
    return found


def _record(kind: RecordKind, athlete_id: str, day: date, values: dict[str, float], what: str = "") -> Record:
    return Record(kind, athlete_id, day, values, what, origin=Origin.SIMULATED)
