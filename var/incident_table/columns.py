"""The columns of the table: what stands in each, its type, and its words in both languages. Unknown is None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from touchline.errors import TouchlineError
from touchline.i18n import clock, find, t
from var.decisions.document import GATES
from var.decisions.model import Case
from var.incident_table.rows import IncidentRow, IncidentTable, MatchRows
from var.periods import period_name
from var.rules.model import Term
from var.rules.words import Clock

Value = str | int | float | date | datetime | None
Kind = Literal["text", "whole", "number", "seconds", "day", "instant"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``key`` names its heading (``var.incident_table.column``) and what is said of it (``...about``);
    ``width`` is in characters."""

    key: str
    kind: Kind
    width: int
    value: Callable[[Any, str], Value]
    room: str = "column"

    def heading(self, lang: str) -> str:
        """The heading in ``lang``."""
        return t(f"var.incident_table.{self.room}.{self.key}", lang)

    def about(self, lang: str) -> str:
        """What stands in the column, in ``lang``."""
        return t(f"var.incident_table.about.{self.key}", lang)


def known(table: str, key: str, lang: str) -> str:
    """The word of reports for ``key``, or ``key`` itself as somebody typed it: nothing is shortened in a table."""
    name = f"var.report.{table}.{key}"
    return t(name, lang) if "." not in key and find(name, lang) is not None else key


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _instant(text: str | None) -> datetime | None:
    """A stored instant to the second, in UTC."""
    return None if not text else datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)


def _fixture(name: str) -> Callable[[Any, str], Value]:
    return lambda row, lang: getattr(row.at.fixture, name) or None if row.at.fixture is not None else None


def _side(row: Any, side: Literal["home", "away"]) -> Value:
    said: str = getattr(row.at.match.setup, side).name
    return said or (getattr(row.at.fixture, side) if row.at.fixture is not None else "") or None


def _date(row: Any) -> Value:
    return _day(row.at.match.setup.date or (row.at.fixture.date if row.at.fixture is not None else ""))


def _tournament(row: Any) -> Value:
    return None if row.at.tournament is None else row.at.tournament.name


def _at_s(row: IncidentRow) -> Any:
    return row.incident.at_s if row.incident.kick_s is None else row.incident.kick_s


def _period(row: IncidentRow, lang: str) -> Value:
    period = row.at.match.setup.period_at(_at_s(row))
    return None if period is None else period_name(period.name, lang)


def _clock_s(row: IncidentRow) -> float | None:
    found = row.at.match.setup.clock_s(_at_s(row))
    return None if found is None else float(found)


def _clock(row: IncidentRow, lang: str) -> Value:
    seconds = _clock_s(row)
    return None if seconds is None else clock(seconds, lang, 0)


def _outcome(row: IncidentRow, lang: str) -> Value:
    """The decision that holds: one recorded by itself, else that of the review."""
    if row.decision is not None:
        return known("outcomes", row.decision.outcome, lang)
    case = _case(row)
    if case is None or case.result is None:
        return None
    return _term(case.ruling.outcome, case.rules.pack.outcomes, lang) or t(
        f"var.rules.result.{case.result.value}", lang
    )


def _by(row: IncidentRow, lang: str) -> Value:
    if row.decision is not None:
        return row.decision.decided_by
    actor = None if row.told is None else row.told.decided_by
    return None if actor is None else actor.name


def _decided_at(row: IncidentRow, lang: str) -> Value:
    if row.decision is not None:
        return _instant(row.decision.decided_utc)
    stamp = None if row.told is None else row.told.times.decision
    return None if stamp is None else _instant(stamp.utc)


def _note(row: IncidentRow, lang: str) -> Value:
    notes = [row.incident.note, "" if row.decision is None else row.decision.note]
    return " · ".join(note for note in notes if note.strip()) or None


def _rests_on(row: IncidentRow, lang: str) -> Value:
    if row.margin is None:
        return None
    return t(f"var.incident_table.rests_on.{'marks' if row.margin_now else 'decision'}", lang)


def _case(row: IncidentRow) -> Case | None:
    return None if row.told is None else row.told.case


def _of_case(find: Callable[[Case, str], Value]) -> Callable[[IncidentRow, str], Value]:
    return lambda row, lang: None if (case := _case(row)) is None else find(case, lang)


def _term(word: str | None, terms: Any, lang: str) -> str | None:
    term: Term | None = None if word is None else terms.get(word)
    return word if term is None else term.name[lang]


def _seconds(which: Clock) -> Callable[[IncidentRow, str], Value]:
    """Seconds under a clock; nothing while it runs, because the number would be another a moment later."""

    def value(row: IncidentRow, lang: str) -> Value:
        if row.told is None or row.told.clocks.running is which:
            return None
        spent = row.told.clocks.check_s if which is Clock.CHECK else row.told.clocks.review_s
        return None if spent is None else round(spent, 1)

    return value


def _gate(name: str) -> Callable[[IncidentRow, str], Value]:
    return _of_case(lambda case, lang: t(f"var.rules.answer.{getattr(case.gates_judged(), name).answer.value}", lang))


def _situation(case: Case, lang: str) -> Value:
    return case.situation if case.about is None else case.about.name[lang]


def _result(case: Case, lang: str) -> Value:
    return None if case.result is None else t(f"var.rules.result.{case.result.value}", lang)


COLUMNS: tuple[Column, ...] = (
    Column("tournament", "text", 28, lambda row, lang: _tournament(row)),
    Column("stage", "text", 14, _fixture("stage")),
    Column("round", "text", 14, _fixture("round")),
    Column("group", "text", 8, _fixture("group")),
    Column("match_number", "text", 9, _fixture("number")),
    Column("match", "text", 30, lambda row, lang: row.at.match.name),
    Column("date", "day", 12, lambda row, lang: _date(row)),
    Column("home", "text", 20, lambda row, lang: _side(row, "home")),
    Column("away", "text", 20, lambda row, lang: _side(row, "away")),
    Column("origin", "text", 14, lambda row, lang: t(f"var.match.origin.{row.at.origin.value}", lang)),
    Column("number", "whole", 8, lambda row, lang: row.incident.number),
    Column("kind", "text", 22, lambda row, lang: known("kinds", row.incident.kind, lang)),
    Column("period", "text", 12, _period),
    Column("clock", "text", 9, _clock),
    Column("clock_s", "seconds", 11, lambda row, lang: None if (s := _clock_s(row)) is None else round(s, 3)),
    Column("outcome", "text", 24, _outcome),
    Column("decided_by", "text", 24, _by),
    Column("decided_at", "instant", 20, _decided_at),
    Column("later", "whole", 10, lambda row, lang: row.later if row.decided else None),
    Column("note", "text", 36, _note),
    Column("margin", "number", 10, lambda row, lang: None if row.margin is None else round(row.margin.value, 4)),
    Column("sigma", "number", 10, lambda row, lang: None if row.margin is None else round(row.margin.sigma, 4)),
    Column("unit", "text", 7, lambda row, lang: None if row.margin is None else row.margin.unit),
    Column("rests_on", "text", 16, _rests_on),
    Column("reviews", "whole", 9, lambda row, lang: row.reviews),
    Column("situation", "text", 28, _of_case(_situation)),
    Column("check_s", "seconds", 10, _seconds(Clock.CHECK)),
    Column("review_s", "seconds", 10, _seconds(Clock.REVIEW)),
    *(Column(f"gate_{name}", "text", 12, _gate(name)) for name in GATES),
    Column("before", "text", 22, _of_case(lambda case, lang: _term(case.before, case.rules.pack.outcomes, lang))),
    Column("result", "text", 22, _of_case(_result)),
    Column(
        "restart", "text", 20, _of_case(lambda case, lang: _term(case.ruling.restart, case.rules.pack.restarts, lang))
    ),
    Column(
        "sanction",
        "text",
        18,
        _of_case(lambda case, lang: _term(case.ruling.sanction, case.rules.pack.sanctions, lang)),
    ),
    Column("unread", "text", 30, lambda row, lang: None if row.unread is None else row.unread.detail(lang)),
    Column("match_id", "text", 22, lambda row, lang: row.at.match.id),
    Column("incident_id", "text", 14, lambda row, lang: row.incident.id),
)
"""One row an incident."""


def _number(name: str, decimals: int | None = None) -> Callable[[MatchRows, str], Value]:
    def value(match: MatchRows, lang: str) -> Value:
        found = None if match.summary is None else getattr(match.summary, name)
        return found if found is None or decimals is None else round(found, decimals)

    return value


def _match_fault(match: MatchRows, lang: str) -> Value:
    return " ".join(fault.detail(lang) for fault in match.unread) or None


SUMMARY: tuple[Column, ...] = (
    Column("tournament", "text", 28, lambda match, lang: _tournament(match)),
    Column("round", "text", 14, _fixture("round")),
    Column("match_number", "text", 9, _fixture("number")),
    Column("match", "text", 30, lambda match, lang: match.at.match.name),
    Column("date", "day", 12, lambda match, lang: _date(match)),
    Column("home", "text", 20, lambda match, lang: _side(match, "home")),
    Column("away", "text", 20, lambda match, lang: _side(match, "away")),
    Column("origin", "text", 14, lambda match, lang: t(f"var.match.origin.{match.at.origin.value}", lang)),
    Column("incidents", "whole", 11, lambda match, lang: len(match.rows), "summary"),
    Column("decided", "whole", 11, lambda match, lang: sum(row.decided for row in match.rows), "summary"),
    *(Column(name, "whole", 12, _number(name), "summary") for name in ("checks", "reviews", "changed")),
    *(Column(name, "whole", 12, _number(name), "summary") for name in ("not_reviewed", "failures")),
    *(
        Column(name, "seconds", 14, _number(name, 1), "summary")
        for name in ("median_check_s", "longest_check_s", "median_review_s")
    ),
    Column("unread", "text", 30, _match_fault),
    Column("match_id", "text", 22, lambda match, lang: match.at.match.id),
)
"""One row a match."""


def cells(columns: tuple[Column, ...], row: Any, lang: str) -> list[Value]:
    """The cells of a row."""
    return [column.value(row, lang) for column in columns]


def faults(table: IncidentTable, lang: str) -> list[tuple[str, str]]:
    """The matches of which nothing can be told, and why."""
    said: list[tuple[str, TouchlineError]] = list(table.absent)
    return [(name, f"{fault.detail(lang)} {fault.hint(lang)}".strip()) for name, fault in said]
