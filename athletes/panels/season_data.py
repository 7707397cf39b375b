"""A season as rows to draw: by day or by week, with what is planned, what hurts and what the mornings say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from athletes.load.model import Day, Season
from athletes.load.readiness import BASE_DAYS, CORRECTED_PCT, Band, band, variability
from athletes.panels.words import day_words
from athletes.records import Record, RecordKind
from touchline.i18n import find, number, t

EPOCH = date(1970, 1, 1)
FELT = 0.5
"""Fitness below this is written as 0."""
WEEKLY_FROM_DAYS = 200
"""Longer spans are drawn by week: a bar a day would be thinner than a pixel of a phone."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days drawn, both included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.since).days + 1

    @property
    def step(self) -> int:
        """How many days a bar holds."""
        return 7 if self.days > WEEKLY_FROM_DAYS else 1


def place_of(day: date) -> int:
    """A day as a number on the axis: days since 1970."""
    return (day - EPOCH).days


def blocks(span: Span) -> list[tuple[date, date]]:
    """The first and last day of each bar; weeks begin on Monday, and none reaches out of the span."""
    if span.step == 1:
        return [(day, day) for day in (span.since + timedelta(days=k) for k in range(span.days))]
    found = []
    first = span.since
    while first <= span.until:
        last = min(first + timedelta(days=6 - first.weekday()), span.until)
        found.append((first, last))
        first = last + timedelta(days=1)
    return found


def anything_in(season: Season, records: Sequence[Record], span: Span, lang: str) -> bool:
    """Whether there is anything to draw of the days of ``span``: a load or one that is not known, fitness that is still
    felt, a reading, an injury, a plan."""
    days = _between(season, span.since, span.until)
    if any(one.load is None or one.load > 0 or (one.ctl or 0) >= FELT or (one.atl or 0) >= FELT for one in days):
        return True
    return any(rows(records, span, lang) for rows in (injury_rows, plan_rows, reading_rows))


def load_rows(season: Season, span: Span, lang: str) -> list[dict[str, Any]]:
    """A bar for each day or week: ``load`` is what is known of it, ``unknown`` how many days' loads are not."""
    rows = []
    for first, last in blocks(span):
        days = _between(season, first, last)
        known = [day.load for day in days if day.load is not None]
        unknown = sum(day.load is None for day in days)
        words = day_words(first, lang) if first == last else f"{day_words(first, lang)} – {day_words(last, lang)}"
        text = number(sum(known), lang) if known else "–"
        if unknown:
            text += f" + {t('athletes.season.unknown_days', lang, count=unknown)}"
        rows.append(
            {
                "d": place_of(first) - 0.42,
                "d2": place_of(last) + 0.42,
                "middle": (place_of(first) + place_of(last)) / 2,
                "load": sum(known),
                "unknown": unknown,
                "when": words,
                "text": text,
            }
        )
    return rows


def _between(season: Season, first: date, last: date) -> Sequence[Day]:
    if not season.days:
        return ()
    begin = season.days[0].day
    return season.days[max((first - begin).days, 0) : max((last - begin).days + 1, 0)]


def form_rows(season: Season, span: Span, lang: str) -> list[dict[str, Any]]:
    """Fitness, fatigue and form, one row each a day or week: the values of its last day."""
    rows = []
    for _, last in blocks(span):
        day = season.on(last)
        if day is None:
            continue
        told = {"ctl": day.ctl, "atl": day.atl, "tsb": day.tsb}
        text = {name: number(value, lang, 0, sign=name == "tsb") for name, value in told.items()}
        for name, value in told.items():
            if value is not None:
                rows.append(
                    {
                        "d": place_of(last),
                        "value": value,
                        "line": t(f"athletes.season.{name}", lang),
                        "when": day_words(last, lang),
                        **{f"{key}_text": word for key, word in text.items()},
                    }
                )
    return rows


def plan_rows(records: Sequence[Record], span: Span, lang: str) -> list[dict[str, Any]]:
    """The planned loads, summed as the bars are; plans without a load are told elsewhere."""
    planned = [one for one in records if one.kind is RecordKind.PLAN and "load" in one.values]
    rows = []
    for first, last in blocks(span):
        mine = [one.values["load"] for one in planned if first <= one.day <= last]
        if mine:
            rows.append(
                {
                    "d": place_of(first) - 0.46,
                    "d2": place_of(last) + 0.46,
                    "load": sum(mine),
                    "text": number(sum(mine), lang),
                    "when": day_words(first, lang),
                }
            )
    return rows


def injury_rows(records: Sequence[Record], span: Span, lang: str) -> list[dict[str, Any]]:
    """The injuries that touch the span, cut to it; one without a last day reaches to its end."""
    rows = []
    for one in records:
        if one.kind is not RecordKind.INJURY or one.day > span.until or (one.until or span.until) < span.since:
            continue
        first, last = max(one.day, span.since), min(one.until or span.until, span.until)
        name = find(f"athletes.diary.body.{one.what}", lang) or one.what
        until = t("athletes.diary.goes_on", lang) if one.until is None else day_words(one.until, lang)
        rows.append(
            {
                "d": place_of(first) - 0.5,
                "d2": place_of(last) + 0.5,
                "late": (first - span.since).days > 0.6 * span.days,
                "name": name,
                "text": f"{name}: {day_words(one.day, lang)} – {until}",
            }
        )
    return rows


def bands_of(records: Sequence[Record], span: Span) -> list[Band]:
    """Readiness on every day of the span, of a long one on every seventh; each out of the readings it needs."""
    readings = sorted((one for one in records if one.kind is RecordKind.READING), key=lambda one: one.day)
    days = [one.day for one in readings]
    found = []
    for _, last in blocks(span):
        if days and last > days[-1]:
            break
        near = readings[bisect_left(days, last - timedelta(days=BASE_DAYS)) : bisect_right(days, last)]
        if near:
            found.append(band(near, last))
    return found


def band_rows(bands: Sequence[Band], lang: str) -> list[dict[str, Any]]:
    """The 7-day mean and the band, by day; None where the readings do not carry it."""
    return [
        {
            "d": place_of(one.day),
            "mean7": one.mean7,
            "low": one.low,
            "high": one.high,
            "when": day_words(one.day, lang),
            "mean_text": number(one.mean7, lang, 2),
            "band_text": band_words(one, lang),
        }
        for one in bands
    ]


def band_words(one: Band, lang: str) -> str:
    """The band as two numbers; a dash where the readings do not carry it."""
    if one.low is None or one.high is None:
        return "–"
    return f"{number(one.low, lang, 2)}–{number(one.high, lang, 2)}"


def reading_rows(records: Sequence[Record], span: Span, lang: str) -> list[dict[str, Any]]:
    """Every reading of the span; ``refused`` are those with more corrected beats than the band takes."""
    rows = []
    for one in records:
        value = variability(one) if one.kind is RecordKind.READING else None
        if value is None or not span.since <= one.day <= span.until:
            continue
        share = one.values.get("corrected_pct")
        refused = share is not None and share > CORRECTED_PCT
        words = "" if share is None else t("athletes.diary.corrected", lang, percent=number(share, lang, 1))
        rows.append(
            {
                "d": place_of(one.day),
                "ln": value,
                "kind": t(f"athletes.season.{'reading_refused' if refused else 'reading'}", lang),
                "refused": refused,
                "when": day_words(one.day, lang),
                "text": number(value, lang, 2),
                "more": words or "–",
            }
        )
    return rows


def ticks(span: Span) -> list[int]:
    """Where the axis has its words: Mondays, firsts of months, of half years or of years."""
    days = [span.since + timedelta(days=k) for k in range(span.days)]
    if span.days <= 75:
        chosen = [day for day in days if day.weekday() == 0]
    elif span.days <= 420:
        chosen = [day for day in days if day.day == 1]
    else:
        chosen = [day for day in days if day.day == 1 and day.month in (1, 7)]
    return [place_of(day) for day in chosen]
