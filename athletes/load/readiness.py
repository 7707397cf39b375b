"""Morning readiness: an athlete's heart-rate variability and resting heart rate against what is usual for this athlete.

After Plews et al. (2012, Eur J Appl Physiol 112:3729; 2013, Sports Med 43:773): the mean of ln RMSSD over 7 days (3
readings at least) beside a band, the mean of the 60 days before plus and minus half a standard deviation (14 readings
at least, all in one posture). CV7 is the standard deviation over the mean of the 7 days. Standard deviations have
ddof = 1. Readings with more than 5 % corrected beats are left out. A band says "look at"; it says nothing of health
or injury.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import log
from statistics import fmean, stdev

from athletes.records import Record, RecordKind

BASE_DAYS = 60
WEEK = 7
LEAST_BASE = 14
LEAST_WEEK = 3
WIDTH_SD = 0.5
CORRECTED_PCT = 5.0
METHOD = "mean of ln RMSSD over 7 days in the mean +/- {width:g} SD (ddof = 1) of the 60 days before, one posture"


class Place(StrEnum):
    """Where the mean of 7 days is."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Band:
    """Readiness on ``day``. ``ln_rmssd`` is the day's own reading, ``mean7`` the mean of the last 7 days of
    ``readings7`` readings, ``low`` and ``high`` the band out of ``base_readings`` of the 60 days before. ``reason``
    is the code of why ``place`` is None. ``resting_bpm`` is the day's reading, ``resting_limit_bpm`` the mean plus
    one standard deviation of the 60 days before. ``flags``: ``below_band``, ``above_band``, ``resting_high``."""

    day: date
    posture: str
    ln_rmssd: float | None
    mean7: float | None
    readings7: int
    cv7_pct: float | None
    low: float | None
    high: float | None
    base_mean: float | None
    base_readings: int
    place: Place | None
    reason: str | None
    resting_bpm: float | None
    resting_mean_bpm: float | None
    resting_limit_bpm: float | None
    left_out: int
    method: str
    flags: tuple[str, ...] = ()


def band(readings: Sequence[Record], day: date, *, width_sd: float = WIDTH_SD) -> Band:
    """Readiness on ``day`` out of ``readings`` (other kinds of records are passed over)."""
    return trend(readings, day, day, width_sd=width_sd)[0]


def trend(readings: Iterable[Record], since: date, until: date, *, width_sd: float = WIDTH_SD) -> tuple[Band, ...]:
    """Readiness on each day from ``since`` to ``until``."""
    first = since - timedelta(days=BASE_DAYS)
    mine = [one for one in readings if one.kind is RecordKind.READING and first <= one.day <= until]
    clean = [one for one in mine if _is_clean(one)]
    left_out = Counter(one.day for one in mine if not _is_clean(one))
    found = []
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        lately = [one for one in clean if timedelta(0) <= day - one.day <= timedelta(days=BASE_DAYS)]
        gone = sum(count for at, count in left_out.items() if timedelta(0) <= day - at <= timedelta(days=BASE_DAYS))
        found.append(_band(lately, day, width_sd, gone))
    return tuple(found)


def _is_clean(record: Record) -> bool:
    return record.values.get("corrected_pct", 0.0) <= CORRECTED_PCT


def variability(record: Record) -> float | None:
    """The ln RMSSD of a reading; None where it has neither that nor an RMSSD above 0."""
    values = record.values
    if "ln_rmssd" in values:
        return values["ln_rmssd"]
    rmssd = values.get("rmssd_ms")
    return log(rmssd) if rmssd is not None and rmssd > 0 else None


def _band(lately: list[Record], day: date, width_sd: float, left_out: int) -> Band:
    posture = _posture(lately)
    hrv = _by_day((one.day, variability(one)) for one in lately if one.what == posture)
    pulse = _by_day((one.day, one.values.get("resting_bpm")) for one in lately if one.what == posture)
    week = [value for at, value in hrv.items() if day - at < timedelta(days=WEEK)]
    base = [value for at, value in hrv.items() if at < day]
    mean7 = fmean(week) if len(week) >= LEAST_WEEK else None
    low = high = middle = place = None
    if len(base) >= LEAST_BASE:
        middle, spread = fmean(base), stdev(base)
        low, high = middle - width_sd * spread, middle + width_sd * spread
    reason = None
    if not hrv:
        reason = "no_readings"
    elif low is None:
        reason = "too_few_readings_before"
    elif mean7 is None:
        reason = "too_few_readings_this_week"
    flags = []
    if mean7 is not None and low is not None and high is not None:
        place = Place.BELOW if mean7 < low else Place.ABOVE if mean7 > high else Place.INSIDE
        flags += [] if place is Place.INSIDE else [f"{place.value}_band"]
    rest = [value for at, value in pulse.items() if at < day]
    usual = fmean(rest) if len(rest) >= LEAST_BASE else None
    limit = None if usual is None else usual + stdev(rest)
    now = pulse.get(day)
    if now is not None and limit is not None and now > limit:
        flags.append("resting_high")
    cv7 = 100 * stdev(week) / fmean(week) if mean7 else None
    return Band(
        day, posture, hrv.get(day), mean7, len(week), cv7, low, high, middle, len(base), place, reason, now, usual,
        limit, left_out, METHOD.format(width=width_sd), tuple(flags),
    )  # fmt: skip


def _posture(readings: Sequence[Record]) -> str:
    """The posture of most readings; of the latest among equals."""
    counts = Counter(one.what for one in readings)
    return max(counts, key=lambda one: (counts[one], max(r.day for r in readings if r.what == one)), default="")


def _by_day(pairs: Iterable[tuple[date, float | None]]) -> dict[date, float]:
    """One value a day: the first that was noted."""
    found: dict[date, float] = {}
    for day, value in pairs:
        if value is not None:
            found.setdefault(day, value)
    return found
