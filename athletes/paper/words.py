"""Everything that a training report prints, as strings and drawings for its template."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from athletes.load.readiness import WIDTH_SD
from athletes.load.triage import WEIGHTS
from athletes.paper.charts import Point, hrv_chart, load_chart, zone_chart
from athletes.paper.drawing import spark
from athletes.paper.facts import AthleteFacts, Facts
from athletes.paper.tables import injuries_table, plans_table, sessions_table, wellness_table
from athletes.planning import Kept
from athletes.reasons import band_numbers, band_words, day_words, reason_words
from athletes.squad import weeks_of
from athletes.stretch import Number
from athletes.stretch_words import Line, lines_of, zone_names
from touchline import __version__
from touchline.i18n import UNKNOWN, catalogue, number, t


def report_words(facts: Facts, lang: str, *, written_utc: str) -> dict[str, Any]:
    """The data of the template ``training.typ``."""
    words = {key: value for key, value in catalogue("athletes", "paper", lang).items() if isinstance(value, str)}
    name = squad_name(facts, lang)
    days = days_words(facts.since, facts.until, lang)
    written = f"{written_utc[:16].replace('T', ' ')} UTC"
    return {
        "title": f"{name} · {days}",
        "author": "Touchline",
        "keywords": [one.athlete.id for one in facts.athletes],
        "lang": lang,
        "simulated": facts.simulated,
        "header_left": name,
        "header_right": days,
        "footer": t("athletes.paper.footer", lang, version=__version__, written=written),
        "words": words,
        "heading": name,
        "subtitle": subtitle(facts, lang),
        "squad": None if facts.group is None else _squad(facts, lang),
        "parts": [_part(one, lang) for one in facts.athletes] if facts.each else [],
        "methods": methods(facts, lang),
    }


def squad_name(facts: Facts, lang: str) -> str:
    """Whose report it is."""
    if facts.group is None:
        return facts.athletes[0].athlete.name
    return t("athletes.paper.squad", lang, name=facts.group) if facts.group else t("athletes.paper.everybody", lang)


def days_words(since: date, until: date, lang: str) -> str:
    """The days of the report."""
    return t("athletes.paper.days", lang, first=day_words(since, lang), last=day_words(until, lang))


def subtitle(facts: Facts, lang: str) -> str:
    """Which days, how many of them, and the squad of an athlete."""
    count = (facts.until - facts.since).days + 1
    said = t("athletes.paper.subtitle", lang, days=days_words(facts.since, facts.until, lang), count=count)
    group = facts.athletes[0].athlete.group if facts.group is None else ""
    return f"{said} · {group}" if group else said


def sentence(facts: AthleteFacts, lang: str) -> str:
    """The stretch in a few sentences: what was done, beside the days before, where form stands, how the plan went."""
    now, last = facts.now, facts.now.last
    method = t(f"athletes.load.method.{facts.season.method}", lang)
    said = [
        t(
            "athletes.paper.said.done",
            lang,
            sessions=now.sessions,
            hours=number(None if now.minutes.value is None else now.minutes.value / 60, lang, 1),
            load=_counted(now.load, lang),
            method=method,
        )
    ]
    if facts.before is None:
        said.append(t("athletes.paper.said.no_before", lang))
    else:
        said.append(t("athletes.paper.said.before", lang, load=_counted(facts.before.load, lang)))
    if last is not None and not facts.withheld:
        values = {name: number(getattr(last, name), lang) for name in ("ctl", "atl")}
        said.append(t("athletes.paper.said.form", lang, tsb=number(last.tsb, lang, 0, sign=True), **values))
        if last.provisional:
            said.append(t("athletes.paper.said.provisional", lang))
    said.append(kept_words(facts.kept, lang))
    return " ".join(said)


def kept_words(kept: Kept, lang: str) -> str:
    """How the plan went."""
    if not kept.due:
        return t("athletes.paper.said.no_plan", lang)
    return t("athletes.paper.said.plan", lang, answered=kept.answered, due=kept.due)


def _counted(found: Number, lang: str) -> str:
    said = number(found.value, lang)
    if found.value is None and found.of:
        return t("athletes.paper.said.part_unknown", lang, value=said, n=found.n, of=found.of)
    return said if found.whole else t("athletes.paper.said.part", lang, value=said, n=found.n, of=found.of)


def _part(facts: AthleteFacts, lang: str) -> dict[str, Any]:
    tables = [sessions_table(facts, lang)]
    if facts.held:
        tables.append(plans_table(facts, lang))
    if facts.no_diary is None:
        tables += [wellness_table(facts), injuries_table(facts, lang)]
    left_out = [] if facts.no_diary is None else [t(f"athletes.paper.no_diary.{facts.no_diary}", lang)]
    if facts.season.undated:
        left_out.append(t("athletes.paper.undated", lang, count=len(facts.season.undated)))
    return {
        "name": facts.athlete.name,
        "about": facts.athlete.group or "",
        "sentence": sentence(facts, lang),
        "looks": [reason_words(one, lang) for one in facts.reasons],
        "tiles": [_tile(one) for one in summary_lines(facts, lang)[:8]],
        "charts": _charts(facts, lang),
        "tables": [one.on_paper(lang) for one in tables],
        "left_out": left_out,
    }


def summary_lines(facts: AthleteFacts, lang: str) -> list[Line]:
    """The numbers of the stretch, beside those of the days before where there are any."""
    stretches = [facts.now] if facts.before is None else [facts.now, facts.before]
    return [one for one in lines_of(stretches, facts.season.method, lang) if one.part != "zones"]


def _tile(line: Line) -> list[str]:
    cell = line.cells[0]
    return [line.label, cell.text, line.unit, cell.note]


def _charts(facts: AthleteFacts, lang: str) -> list[dict[str, str]]:
    if facts.withheld:
        return []
    days = [one for one in facts.season.days if facts.now.since <= one.day <= facts.now.until]
    method = t(f"athletes.load.method.{facts.season.method}", lang)
    found = [
        {
            "title": t("athletes.paper.chart.load_title", lang, method=method),
            "svg": load_chart(days, lang) if days else "",
            "empty": t("athletes.paper.empty.sessions", lang),
            "note": t("athletes.paper.chart.load_note", lang),
        }
    ]
    zones = facts.now.zones
    found.append(
        {
            "title": t("athletes.paper.chart.zones_title", lang),
            "svg": ""
            if zones is None
            else zone_chart(zones.seconds, zones.unknown_s, zone_names(zones.names, len(zones.seconds), lang), lang),
            "empty": t("athletes.paper.empty.zones", lang),
            "note": "" if zones is None else t("athletes.compare.of_sessions", lang, n=zones.n, of=zones.of),
        }
    )
    found.append(
        {
            "title": t("athletes.paper.chart.hrv_title", lang),
            "svg": hrv_chart(points_of(facts), t("athletes.paper.chart.hrv_unit", lang), lang) or "",
            "empty": t("athletes.paper.empty.readings", lang),
            "note": _hrv_note(facts, lang),
        }
    )
    return found


def points_of(facts: AthleteFacts) -> list[Point]:
    """Every day of the stretch with its reading, mean and band."""
    found, day = [], facts.now.since
    while day <= facts.now.until:
        band = facts.bands.get(day)
        if band is None:
            found.append(Point(day, None, None, None, None))
        else:
            found.append(Point(day, band.ln_rmssd, band.mean7, band.low, band.high))
        day += timedelta(days=1)
    return found


def _hrv_note(facts: AthleteFacts, lang: str) -> str:
    if not facts.bands:
        return ""
    last = facts.bands[max(facts.bands)]
    band = f"{band_words(last, lang)} {band_numbers(last, lang)}".strip()
    day = day_words(last.day, lang)
    said = t("athletes.paper.chart.hrv_note", lang, count=len(facts.readings), day=day, band=band)
    return f"{said} {t('athletes.paper.chart.hrv_left_out', lang, count=last.left_out)}" if last.left_out else said


def _squad(facts: Facts, lang: str) -> dict[str, Any]:
    looked = sum(bool(one.reasons) for one in facts.athletes)
    of = sum(one.now.load.of for one in facts.athletes)
    said = t(
        "athletes.paper.said.squad",
        lang,
        count=len(facts.athletes),
        sessions=sum(one.now.sessions for one in facts.athletes),
        known=sum(one.now.load.n for one in facts.athletes),
        of=of,
        looked=looked,
    )
    ordered = sorted(
        facts.athletes, key=lambda one: (-sum(WEIGHTS[each.code] for each in one.reasons), one.athlete.name.casefold())
    )
    several = len({one.season.method for one in ordered}) > 1
    named = [(one, t(f"athletes.load.method.{one.season.method}", lang) if several else "") for one in ordered]
    return {
        "sentence": said,
        "head": list(catalogue("athletes", "paper", lang)["squad_head"].values()),
        "rows": [_squad_row(one, name, lang) for one, name in named],
        "nothing": t("athletes.triage.nothing", lang),
        "note": " ".join(
            [t("athletes.triage.note", lang), t("athletes.paper.squad_note", lang), *_withheld(facts, lang)]
        ),
    }


def _withheld(facts: Facts, lang: str) -> list[str]:
    """Of whom a squad's table tells nothing of health, and why."""
    return [
        f"{one.athlete.name}: {t(f'athletes.paper.no_diary.{one.no_diary}', lang)}"
        for one in facts.athletes
        if one.withheld
    ]


def _squad_row(facts: AthleteFacts, method: str, lang: str) -> dict[str, Any]:
    weeks = weeks_of(facts.season, facts.now.until)
    band, kept = facts.bands.get(facts.now.until), facts.kept
    plan = t("athletes.paper.said.plan_short", lang, answered=kept.answered, due=kept.due) if kept.due else UNKNOWN
    unread = UNKNOWN if facts.withheld else t("athletes.load.reason.no_readings", lang)
    return {
        "name": facts.athlete.name,
        "mark": t("athletes.sessions.origin.simulated", lang) if facts.simulated else "",
        "reasons": [reason_words(one, lang) for one in facts.reasons],
        "spark": spark([(one.load, one.unknown_days > 0) for one in weeks], "", now_open=False),
        "load": f"{_counted(facts.now.load, lang)} {method}".strip(),
        "band": unread if band is None else band_words(band, lang),
        "plan": plan,
    }


def methods(facts: Facts, lang: str) -> list[str]:
    """How everything was computed, each convention once."""
    found = [t("athletes.paper.method.unknown", lang), t("athletes.paper.method.load", lang)]
    used = dict.fromkeys(one.season.method for one in facts.athletes)
    found += [f"{t(f'athletes.load.method.{one}', lang)}: {t(f'athletes.load.how.{one}', lang)}." for one in used]
    found += [t(f"athletes.paper.method.{name}", lang) for name in ("form", "monotony", "hold")]
    found.append(t("athletes.paper.method.band", lang, width=number(WIDTH_SD, lang, 1)))
    found += [t(f"athletes.paper.method.{name}", lang) for name in ("plan", "look")]
    if facts.simulated:
        found.append(t("athletes.paper.simulated_note", lang))
    return found
