"""The charts of a training report: load with form, heart-rate variability in its band, time in zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from athletes.load.model import Day
from athletes.paper.drawing import (
    BAND,
    FATIGUE,
    FORM,
    GRID,
    INK,
    LINE,
    LOAD,
    SOFT,
    ZONE_COLOURS,
    drawing,
    hatched,
    line,
    rect,
    runs,
    tag,
    ticks,
    words,
)
from touchline.i18n import number, t

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 520.0, 34.0, 34.0, 18.0, 16.0
WEEKLY_FROM_DAYS = 120
"""From this many days on bars are weeks: daily ones are thinner than a pen."""


@dataclass(frozen=True, slots=True)
class Point:
    """A day of readings: the reading, its mean over 7 days, and the athlete's own band; None where not known."""

    day: date
    value: float | None
    mean7: float | None
    low: float | None
    high: float | None


def day_short(day: date, lang: str) -> str:
    """A day without its year, as short as people write it."""
    return f"{day.day}/{day.month}" if lang == "vi" else f"{day.day} {t(f'athletes.paper.month.{day.month}', lang)}"


def load_chart(days: Sequence[Day], lang: str, height: float = 150.0) -> str:
    """Bars of load under the lines of fitness (CTL) and fatigue (ATL). Bars are days, or weeks in a long stretch; where
    a load is not known the bar is hatched with a question mark."""
    weekly = len(days) >= WEEKLY_FROM_DAYS
    bars = _weeks(days) if weekly else [(one.day, one.load or 0.0, one.load is None, 1) for one in days]
    scale = ticks(max([value for _, value, _, _ in bars] or [0.0]))
    lines = ticks(max([v for one in days for v in (one.ctl, one.atl) if v is not None] or [0.0]))
    floor, room = height - BOTTOM, height - BOTTOM - TOP
    each = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    drawn = [_level(floor - room * value / scale[-1], number(value, lang)) for value in scale]
    for first, value, unknown, count in bars:
        x = LEFT + each * (first - days[0].day).days
        wide = max(each * count - min(2.0, each * count * 0.3), 0.8)
        tall = room * value / scale[-1]
        if unknown:
            drawn.append(hatched(x, floor - max(tall, 9.0), wide, max(tall, 9.0)))
            drawn.append(words(x + wide / 2, floor - max(tall, 9.0) - 2, "?", size=7, text_anchor="middle"))
        else:
            drawn.append(rect(x, floor - tall, wide, tall, LOAD))
    for name, stroke, dash in (("ctl", FORM, "none"), ("atl", FATIGUE, "4 2")):
        points = [
            (LEFT + each * (place + 0.5), None if value is None else floor - room * value / lines[-1])
            for place, value in enumerate(getattr(one, name) for one in days)
        ]
        drawn.append(runs(points, stroke, 1.6, stroke_dasharray=dash))
    drawn += [
        words(WIDTH - RIGHT + 4, floor - room * value / lines[-1] + 3, number(value, lang), fill=FORM)
        for value in lines
    ]
    drawn += _days([one.day for one in days], each, floor, lang)
    drawn.append(_legend(weekly, lang))
    return drawing(drawn, WIDTH, height, t("athletes.paper.chart.load_alt", lang))


def _weeks(days: Sequence[Day]) -> list[tuple[date, float, bool, int]]:
    """(first day, known load, whether a load is not known, days) of each week, cut at the edges of the stretch."""
    found: list[tuple[date, float, bool, int]] = []
    for one in days:
        if not found or one.day.weekday() == 0:
            found.append((one.day, 0.0, False, 0))
        first, value, unknown, count = found[-1]
        found[-1] = (first, value + (one.load or 0.0), unknown or one.load is None, count + 1)
    return found


def _legend(weekly: bool, lang: str) -> str:
    """What each mark is, in a row on top; solid and dashed, so that the lines differ without their colour."""
    key = "load_week" if weekly else "load_day"
    bar, ctl, atl = (t(f"athletes.paper.chart.{name}", lang) for name in (key, "ctl", "atl"))
    drawn, at = [rect(LEFT, 3, 10, 8, LOAD)], LEFT
    for said, stroke, dash in ((bar, FORM, "none"), (ctl, FATIGUE, "4 2"), (atl, "", "")):
        drawn.append(words(at + 15, 10, said, fill=INK))
        at += 15 + 4.6 * len(said) + 14
        drawn.append(line(at, 7, at + 12, 7, stroke, 1.8, stroke_dasharray=dash) if stroke else "")
    return "".join(drawn)


def _level(y: float, said: str) -> str:
    return line(LEFT, y, WIDTH - RIGHT, y, GRID, 0.6) + words(LEFT - 4, y + 3, said, text_anchor="end")


def _days(days: Sequence[date], each: float, floor: float, lang: str) -> list[str]:
    """The line of days with a few of them named: Mondays, or firsts of months in a long stretch."""
    drawn = [line(LEFT, floor, WIDTH - RIGHT, floor, LINE, 0.8)]
    if len(days) <= 10:
        named = list(days)
    elif len(days) < WEEKLY_FROM_DAYS:
        named = [day for day in days if day.weekday() == 0]
    else:
        named = [day for day in days if day.day == 1]
    every = -(-len(named) // 13) if named else 1
    for day in named[::every]:
        x = LEFT + each * ((day - days[0]).days + (0.5 if len(days) <= 10 else 0.0))
        drawn.append(line(x, floor, x, floor + 3, LINE, 0.8))
        said = day_short(day, lang)
        if len(days) > 370:
            said = f"{day.month}/{day.year}"
        drawn.append(words(x, floor + 11, said, text_anchor="middle", size=7.5))
    return drawn


def hrv_chart(points: Sequence[Point], unit: str, lang: str, height: float = 120.0) -> str | None:
    """Readings as dots, their 7-day mean as a line, within the athlete's own band; None without any reading."""
    known = [v for one in points for v in (one.value, one.mean7, one.low, one.high) if v is not None]
    if not any(one.value is not None for one in points):
        return None
    low, high = min(known), max(known)
    pad = max((high - low) * 0.08, 0.05)
    low, high = low - pad, high + pad
    floor, room = height - BOTTOM, height - BOTTOM - TOP
    each = (WIDTH - LEFT - RIGHT) / max(len(points), 1)

    def at(value: float) -> float:
        return floor - room * (value - low) / (high - low)

    drawn = []
    for place, one in enumerate(points):
        if one.low is not None and one.high is not None:
            drawn.append(rect(LEFT + each * place, at(one.high), each + 0.3, at(one.low) - at(one.high), BAND))
    drawn += [_level(at(value), number(value, lang, 2)) for value in (low + pad, (low + high) / 2, high - pad)]
    middle = [(LEFT + each * (place + 0.5), one) for place, one in enumerate(points)]
    drawn.append(runs([(x, None if one.mean7 is None else at(one.mean7)) for x, one in middle], FORM, 1.8))
    drawn += [tag("circle", cx=x, cy=at(one.value), r=1.8, fill=INK) for x, one in middle if one.value is not None]
    drawn += _days([one.day for one in points], each, floor, lang)
    said = [unit, t("athletes.paper.chart.mean7", lang), t("athletes.paper.chart.band", lang)]
    second = LEFT + 29 + 4.6 * len(said[0])
    third = second + 29 + 4.6 * len(said[1])
    drawn += [tag("circle", cx=LEFT + 5, cy=7, r=1.8, fill=INK), line(second, 7, second + 12, 7, FORM, 1.8)]
    drawn.append(rect(third, 3, 10, 8, BAND, stroke=SOFT, stroke_width=0.3))
    drawn += [words(x + 15, 10, each, fill=INK) for x, each in zip((LEFT, second, third), said, strict=True)]
    return drawing(drawn, WIDTH, height, t("athletes.paper.chart.hrv_alt", lang))


def zone_chart(zone_s: Sequence[float], unknown_s: float, names: Sequence[str], lang: str) -> str:
    """Time in zones as one bar a zone, hardest on top, with minutes and the share of the measured time."""
    rows = [(names[zone], zone_s[zone], ZONE_COLOURS[zone]) for zone in range(len(zone_s) - 1, -1, -1)]
    measured, longest = sum(zone_s), max((*zone_s, unknown_s, 1.0))
    name_wide, number_wide, each = 120.0, 92.0, 15.0
    room = WIDTH - name_wide - number_wide
    drawn = []
    for place, (name, seconds, colour) in enumerate(rows):
        y = place * each
        drawn.append(words(0, y + 10, name, fill=INK))
        drawn.append(rect(name_wide, y + 2, room * seconds / longest, each - 4, colour, stroke=SOFT, stroke_width=0.3))
        share = f"{number(100 * seconds / measured, lang, 0)} %" if measured else "–"
        said = t("athletes.paper.chart.zone_value", lang, minutes=number(seconds / 60, lang), share=share)
        drawn.append(words(WIDTH, y + 10, said, fill=INK, text_anchor="end"))
    y = len(rows) * each
    drawn.append(words(0, y + 10, t("athletes.paper.chart.zone_unknown", lang)))
    drawn.append(hatched(name_wide, y + 2, room * unknown_s / longest, each - 4) if unknown_s > 0 else "")
    said = t("athletes.paper.chart.unknown_value", lang, minutes=number(unknown_s / 60, lang))
    drawn.append(words(WIDTH, y + 10, said, text_anchor="end"))
    return drawing(drawn, WIDTH, y + each, t("athletes.paper.chart.zones_alt", lang))


def weeks_chart(weeks: Sequence[tuple[float, int, int]], top: float, lang: str) -> str:
    """Loads of the weeks of a stretch on a scale up to ``top``, which several charts share: (what is known, days that
    are not known, days in the season). A week outside of the season has no bar but a dash."""
    width, height, left, floor = 260.0, 96.0, 30.0, 80.0
    scale = ticks(top, 3)
    room = floor - 6
    each = (width - left) / max(len(weeks), 1)
    drawn = []
    for value in scale:
        y = floor - room * value / scale[-1]
        drawn.append(line(left, y, width, y, GRID, 0.7))
        drawn.append(words(left - 4, y + 3, number(value, lang), size=9, text_anchor="end"))
    every = -(-len(weeks) // 9)
    for place, (load, unknown, days) in enumerate(weeks):
        x, tall = left + each * place, room * load / scale[-1]
        wide = max(each - min(3.0, each * 0.3), 0.8)
        if not days:
            drawn.append(words(x + wide / 2, floor - 2, "–", size=9, text_anchor="middle"))
        elif unknown:
            drawn.append(hatched(x, floor - max(tall, 8.0), wide, max(tall, 8.0)))
        else:
            drawn.append(rect(x, floor - tall, wide, tall, LOAD))
        if place % every == 0:
            drawn.append(words(x + wide / 2, floor + 12, str(place + 1), size=9, text_anchor="middle"))
    drawn.append(line(left, floor, width, floor, LINE, 0.8))
    drawn.append(words(left - 4, floor + 12, t("athletes.compare.week_axis", lang), size=9, text_anchor="end"))
    return drawing(drawn, width, height)


def zone_share_chart(zone_s: Sequence[float], names: Sequence[str], lang: str) -> str:
    """The shares of the measured time in zones as one bar a zone, the hardest on top, all from 0 to 100 %."""
    width, name_wide, each = 260.0, 96.0, 15.0
    measured = sum(zone_s) or 1.0
    room = width - name_wide - 38
    drawn = []
    for row, zone in enumerate(range(len(zone_s) - 1, -1, -1)):
        y, share = row * each, zone_s[zone] / measured
        drawn.append(words(0, y + 10.5, names[zone].split(" · ")[0], size=9, fill=INK))
        drawn.append(rect(name_wide, y + 2, room, each - 4, "#f3f5f8"))
        drawn.append(rect(name_wide, y + 2, room * share, each - 4, ZONE_COLOURS[zone], stroke=SOFT, stroke_width=0.3))
        said = f"{number(100 * share, lang)} %"
        drawn.append(words(width, y + 10.5, said, size=9, fill=INK, text_anchor="end"))
    return drawing(drawn, width, each * len(zone_s))
