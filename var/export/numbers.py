"""The reviews of a match in numbers as a paper, beside what was published. Unknown is a dash, never 0."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from touchline import __version__
from touchline.errors import BadFile
from touchline.files import write_bytes
from touchline.i18n import UNKNOWN, catalogue, number, t
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.store import utc_now
from var.decisions.clock import Elapsed, elapsed
from var.decisions.document import summary_document
from var.decisions.kept import Failure, Sitting, host_stamp, sitting
from var.decisions.model import Case, Stamp
from var.decisions.summary import BASELINE
from var.export.phrases import day_text, printable, utc_text
from var.export.review_course import LONGEST_TEXT, match_clock, named, team_name, term_name
from var.model import Match
from var.rules.choosing import Rulebook
from var.rules.words import Clock

if TYPE_CHECKING:
    from var.archive import Archive

NUMBERS = ("number_parts.typ", "numbers.typ")
"""The parts of this paper's template."""


def write_numbers(archive: Archive, match_id: str, path: Path, *, lang: str, written_utc: str | None = None) -> Path:
    """Write the match in numbers to ``path`` (PDF), whole or not at all, and return it.

    Raises ``NotFound`` for an unknown match, ``BadFile`` where the file cannot be written, ``NotAllowed`` where the
    archive's person may not report.
    """
    from var.export.document import write_pdf

    require(archive.person, Action.REPORT)
    match = archive.match(match_id)
    written = written_utc or utc_now()
    marked_s = {incident.id: incident.at_s for incident in archive.incidents(match_id)}
    words = numbers_words(match, sitting(archive, match_id), host_stamp(), lang, written_utc=written, marked_s=marked_s)
    try:
        with tempfile.TemporaryDirectory() as work:
            paper = write_pdf(Path(work), words, written_utc=written, template=NUMBERS)
        write_bytes(path, paper)
    except OSError as fault:
        raise BadFile("var.errors.export_unwritable", path=path, fault=fault.strerror or fault) from fault
    return path


def numbers_words(
    match: Match,
    found: Sitting,
    now: Stamp,
    lang: str,
    *,
    written_utc: str,
    marked_s: Mapping[str, Fraction] = MappingProxyType({}),
) -> dict[str, Any]:
    """Everything that the paper prints, as strings. ``marked_s`` is where each incident was marked in match time: it
    counts for a case of which nobody gave a match time when it was opened."""
    texts, setup = catalogue("var", "match_numbers", lang), match.setup
    words = dict(catalogue("var", "report", lang)["pdf"])
    words |= {key: value for key, value in texts.items() if isinstance(value, str)}
    words |= {f"{table}_head": list(heads.values()) for table, heads in texts["heads"].items()}
    sides = [printable(side, lang) for side in (setup.home.name, setup.away.name) if side]
    about = [printable(setup.competition, lang), day_text(setup.date, lang), printable(setup.venue, lang)]
    name = printable(match.name, lang)
    summary = summary_document(found.summary(now))
    seen = t(f"var.rules.seen.{BASELINE['seen']}", lang)
    return {
        "lang": lang,
        "words": words,
        "simulated": Origin.SIMULATED in [match.origin, *(clip.timing for clip in match.clips)],
        "title": t("var.match_numbers.title", lang, match=name),
        "author": f"Touchline {__version__}",
        "keywords": [match.id],
        "heading": texts["heading"],
        "header_left": name,
        "header_right": texts["header_right"],
        "footer": t("var.report.pdf.footer", lang, version=__version__, written=utc_text(written_utc, lang)),
        "teams": " – ".join(sides) if len(sides) == 2 else name,
        "competition": " · ".join(part for part in about if part) or words["about_unknown"],
        "rule_lines": _rules(found, lang) or [texts["no_rules"]],
        "number_rows": _numbers(summary, lang),
        "baseline_note": t("var.match_numbers.baseline_note", lang, source=BASELINE["source"], seen=seen),
        "request_rows": [_request(each, found, match, lang) for each in summary["requests"]],
        "no_failures": UNKNOWN if summary["failures"] is None else texts["no_failures"],
        "failure_lines": [_failure(each, found, lang) for each in found.failures],
        "case_rows": [_case(case, match, now, lang, marked_s.get(case.incident_id or "")) for case in found.cases],
    }


def _rules(found: Sitting, lang: str) -> list[str]:
    """Each set of rules that a case was opened under, once."""
    books: list[Rulebook] = []
    for case in found.cases:
        if case.rules not in books:
            books.append(case.rules)
    return [
        t(
            "var.match_numbers.rule_line",
            lang,
            pack=named(book.pack.name, lang),
            edition=named(book.edition.name, lang),
            format=named(book.format.name, lang),
            options=", ".join(named(book.pack.options[key].name, lang) for key in sorted(book.adopted))
            or t("var.case_report.none", lang),
        )
        for book in books
    ]


def _numbers(summary: dict[str, Any], lang: str) -> list[list[str]]:
    """Each number of the match beside the published one of its kind, where there is one."""

    def seconds(value: float | None, decimals: int = 1) -> str:
        return UNKNOWN if value is None else t("var.match_numbers.seconds", lang, seconds=number(value, lang, decimals))

    counts = {"matches": number(BASELINE["matches"], lang), "checks": number(BASELINE["checks"], lang)}
    published = {
        "checks": t("var.match_numbers.of_matches", lang, **counts),
        "checks_a_match": number(BASELINE["checks_a_match"], lang, 2),
        "median_check_s": seconds(BASELINE["median_check_s"], 0),
        "reviews": t("var.match_numbers.percent", lang, share=number(BASELINE["without_review_percent"], lang, 1)),
    }
    rows = []
    for key in catalogue("var", "match_numbers", lang)["row"]:
        value = summary["checks" if key == "checks_a_match" else key]
        shown = seconds(value) if key.endswith("_s") else number(value, lang)
        rows.append([t(f"var.match_numbers.row.{key}", lang), shown, published.get(key, UNKNOWN)])
    return rows


def _request(each: dict[str, Any], found: Sitting, match: Match, lang: str) -> list[str]:
    asked = next(
        request
        for case in found.cases
        if case.asked is not None and case.asked.request == each["request"]
        for request in case.rules.format.requests
        if request.id == each["request"]
    )
    unlimited = t("var.match_numbers.unlimited", lang)
    return [
        printable(team_name(each["side"], match), lang, 60) or UNKNOWN,
        named(asked.name, lang),
        printable(each["part"] or "", lang, 30) or UNKNOWN,
        unlimited if each["total"] is None else number(each["total"], lang),
        *(number(each[key], lang) for key in ("made", "kept", "lost", "held")),
        unlimited if each["left"] is None else number(each["left"], lang),
    ]


def _failure(each: Failure, found: Sitting, lang: str) -> str:
    """A technical failure; its role is named by the packs that are kept with the match."""
    roles = [pack.roles[each.by.role] for pack in found.packs.values() if each.by.role in pack.roles]
    return t(
        "var.match_numbers.failure",
        lang,
        number=number(each.number, lang),
        why=printable(each.why, lang, LONGEST_TEXT) or t("var.match_numbers.unsaid", lang),
        by=printable(each.by.name, lang, 60),
        role=named(roles[0].name, lang) if roles else printable(each.by.role, lang, 60),
        at=utc_text(each.at.utc, lang),
        over=t("var.match_numbers.still", lang) if each.over_at is None else utc_text(each.over_at.utc, lang),
    )


def _opener(case: Case, match: Match, lang: str) -> str:
    """Who opened it by name, and the team where a team did."""
    team = printable(team_name(case.opened_by.side, match), lang, 40)
    name = printable(case.opened_by.name, lang, 60)
    return f"{name}, {team}" if team else name


def _case(case: Case, match: Match, now: Stamp, lang: str, marked_s: Fraction | None) -> dict[str, Any]:
    """One review in one line; ``gone``: it was withdrawn."""
    situation = case.about
    marked = marked_s if case.opened_at.match_s is None else None
    clocks: Elapsed = elapsed(case, now)

    def spent(seconds: float | None, clock: Clock) -> str:
        if seconds is None:
            return UNKNOWN
        shown = t("var.match_numbers.seconds", lang, seconds=number(seconds, lang, 1))
        return f"{shown} …" if clocks.running is clock else shown

    result = named(case.at.name, lang) if case.result is None else t(f"var.rules.result.{case.result.value}", lang)
    if case.withdrawn:
        result = t("var.case_report.withdrawn", lang)
    outcome = term_name(case.ruling.outcome, case.rules.pack.outcomes, lang)
    cells = [
        case.id,
        match_clock(case.opened_at if marked is None else replace(case.opened_at, match_s=marked), match, lang),
        utc_text(case.opened_at.utc, lang).removesuffix(" UTC").split(" ", 1)[1],
        UNKNOWN if situation is None else named(situation.name, lang),
        _opener(case, match, lang),
        spent(clocks.check_s, Clock.CHECK),
        spent(clocks.review_s, Clock.REVIEW),
        result if outcome is None else f"{result}: {outcome}",
    ]
    return {"cells": cells, "gone": case.withdrawn}
