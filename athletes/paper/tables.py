"""The tables of a training report as typed cells, for the paper and for the spreadsheet alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from athletes.load.model import SessionLoad
from athletes.paper.facts import AthleteFacts
from athletes.planning import Held
from athletes.reasons import body_part, day_words
from athletes.records import Record
from athletes.sport_words import sport_words
from touchline.i18n import UNKNOWN, number, t
from touchline.sheets import Chart, Kind, Sheet, Value

WELLNESS = ("sleep_h", "sleep_quality", "fatigue", "soreness", "stress", "mood", "weight_kg")


KEPT = ("load", "minutes")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key (``athletes.paper.column.<key>``), what kind of cell it has, how many decimals a paper shows,
    and its width on paper (a share of the rest; 0 for as wide as it needs)."""

    key: str
    kind: Kind
    decimals: int = 0
    share: float = 0.0

    def heading(self, lang: str) -> str:
        """What stands above it, with its unit."""
        return t(f"athletes.paper.column.{self.key}", lang)

    def said(self, value: Value, lang: str) -> str:
        """A cell on paper."""
        if value is None:
            return UNKNOWN
        if isinstance(value, str):
            return value or UNKNOWN
        if isinstance(value, date):
            return day_words(value, lang)
        return number(value, lang, self.decimals)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its key (``athletes.paper.table.<key>``), columns, and rows of typed cells."""

    key: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def on_paper(self, lang: str) -> dict[str, Any]:
        """The table as a paper's template takes it; a column that no row has a value in is left out, but the load and
        the minutes, of which one wants to see that they are not known."""
        kept = [
            place
            for place, column in enumerate(self.columns)
            if not self.rows or column.key in KEPT or any(row[place] not in (None, "") for row in self.rows)
        ]
        columns = [self.columns[place] for place in kept]
        return {
            "title": t(f"athletes.paper.table.{self.key}", lang),
            "head": [column.heading(lang) for column in columns],
            "aligns": ["right" if column.kind == "brief" else "left" for column in columns],
            "widths": [column.share for column in columns],
            "rows": [
                [column.said(row[place], lang) for place, column in zip(kept, columns, strict=True)]
                for row in self.rows
            ],
            "empty": t(f"athletes.paper.empty.{self.key}", lang),
            "note": "",
        }

    def sheet(self, lang: str, first: Sequence[str] = (), chart: Chart | None = None) -> Sheet:
        """The table as a sheet; ``first`` are headings of text columns that were put before each row."""
        width = {"text": 28, "day": 12, "instant": 18}
        text: Kind = "text"
        return Sheet(
            t(f"athletes.paper.table.{self.key}", lang),
            [*first, *(column.heading(lang) for column in self.columns)],
            [*(text for _ in first), *(column.kind for column in self.columns)],
            [*(24 for _ in first), *(width.get(column.kind, 12) for column in self.columns)],
            self.rows,
            chart,
        )


def sessions_table(facts: AthleteFacts, lang: str) -> Table:
    """One row a session of the stretch, by time."""
    columns = (
        Column("day", "day"),
        Column("sport", "text", share=1.0),
        Column("name", "text", share=1.6),
        Column("origin", "text"),
        Column("minutes", "brief"),
        Column("load", "brief"),
        Column("rpe", "brief", 1),
        Column("km", "brief", 1),
        Column("measured", "brief"),
        Column("why", "text", share=1.2),
    )
    return Table("sessions", columns, tuple(_session(one, facts, lang) for one in _inside(facts)))


def _inside(facts: AthleteFacts) -> list[SessionLoad]:
    return [one for one in facts.season.sessions if facts.now.since <= one.day <= facts.now.until]


def _session(one: SessionLoad, facts: AthleteFacts, lang: str) -> tuple[Value, ...]:
    metres, method = one.external.get("distance_m"), facts.season.method
    load, why = one.loads.get(method), one.reasons.get(method)
    origin = facts.origins.get(one.session_id)
    said = t("athletes.paper.noted", lang) if origin is None else t(f"athletes.sessions.origin.{origin}", lang)
    return (
        one.day,
        sport_words(one.sport, lang),
        one.name,
        said,
        one.minutes,
        load,
        one.rpe,
        None if metres is None else metres / 1000,
        None if one.quality is None else 100 * one.quality,
        t(f"athletes.load.reason.{why}", lang) if load is None and why else "",
    )


def plans_table(facts: AthleteFacts, lang: str) -> Table:
    """One row a plan, and one a session that nobody planned."""
    columns = (
        Column("day", "day"),
        Column("planned", "text", share=1.6),
        Column("planned_minutes", "brief"),
        Column("planned_load", "brief"),
        Column("done", "text", share=1.4),
        Column("minutes", "brief"),
        Column("load", "brief"),
        Column("answer", "text", share=1.4),
    )
    return Table("plans", columns, tuple(_plan(one, lang) for one in facts.held))


def _plan(held: Held, lang: str) -> tuple[Value, ...]:
    plan = held.plan
    title = ""
    if plan is not None:
        sport = sport_words(plan.what, lang) if plan.what else t("athletes.plan.any_sport", lang)
        title = f"{sport}: {plan.text}" if plan.text else sport
    did = "; ".join(one.name or sport_words(one.sport, lang) for one in held.done)
    answer = t(f"athletes.plan.answer.{held.answer}", lang)
    if held.other_sport:
        answer += f", {t('athletes.plan.other_sport', lang)}"
    return (
        held.day,
        title,
        None if plan is None else plan.values.get("minutes"),
        None if plan is None else plan.values.get("load"),
        did,
        _total(held, lambda one: one.minutes),
        _total(held, lambda one: one.load),
        answer,
    )


def _total(held: Held, get: Callable[[Any], float | None]) -> float | None:
    values = [get(one) for one in held.done]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def wellness_table(facts: AthleteFacts) -> Table:
    """One row a wellness entry: 1 is the worst and 5 the best answer."""
    columns = (
        Column("day", "day"),
        *(Column(name, "brief", 1 if name in ("sleep_h", "weight_kg") else 0) for name in WELLNESS),
        Column("note", "text", share=1.0),
    )
    rows = tuple((one.day, *(one.values.get(name) for name in WELLNESS), one.text) for one in facts.wellness)
    return Table("wellness", columns, rows)


def injuries_table(facts: AthleteFacts, lang: str) -> Table:
    """One row an injury that touches the stretch."""
    columns = (
        Column("from", "day"),
        Column("healed", "text"),
        Column("part", "text", share=1.0),
        Column("severity", "brief"),
        Column("note", "text", share=2.0),
    )
    return Table("injuries", columns, tuple(_injury(one, lang) for one in facts.injuries))


def _injury(one: Record, lang: str) -> tuple[Value, ...]:
    healed = t("athletes.paper.goes_on", lang) if one.until is None else day_words(one.until, lang)
    return one.day, healed, body_part(one.what, lang), one.values.get("severity"), one.text


def readings_table(facts: AthleteFacts) -> Table:
    """One row a morning reading, with the band of its day."""
    columns = (
        Column("day", "day"),
        Column("ln_rmssd", "brief", 2),
        Column("mean7", "brief", 2),
        Column("low", "brief", 2),
        Column("high", "brief", 2),
        Column("resting_bpm", "brief"),
    )
    rows = []
    for day, band in sorted(facts.bands.items()):
        if band.ln_rmssd is not None or band.resting_bpm is not None:
            rows.append((day, band.ln_rmssd, band.mean7, band.low, band.high, band.resting_bpm))
    return Table("readings", columns, tuple(rows))


def days_table(facts: AthleteFacts) -> Table:
    """One row a day: its load and what follows from it."""
    columns = tuple(
        Column(name, "day" if name == "day" else "brief", 1)
        for name in ("day", "load", "ctl", "atl", "tsb", "monotony", "strain")
    )
    days = [one for one in facts.season.days if facts.now.since <= one.day <= facts.now.until]
    rows = tuple((one.day, one.load, one.ctl, one.atl, one.tsb, one.monotony, one.strain) for one in days)
    return Table("days", columns, rows)
