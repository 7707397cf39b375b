"""A training report as a file: PDF (Typst) or XLSX (XlsxWriter), whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.paper.facts import AthleteFacts, Facts
from athletes.paper.tables import (
    Table,
    days_table,
    injuries_table,
    plans_table,
    readings_table,
    sessions_table,
    wellness_table,
)
from athletes.paper.words import (
    days_words,
    kept_words,
    methods,
    report_words,
    sentence,
    squad_name,
    subtitle,
    summary_lines,
)
from athletes.reasons import reason_words
from athletes.stretch_words import zone_names
from touchline.access import Act
from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.i18n import t
from touchline.papers import pictures, write_pdf
from touchline.sheets import Chart, Sheet, Value, xlsx_bytes
from touchline.store import utc_now

SUFFIXES = (".pdf", ".xlsx")


def report_bytes(archive: Archive, facts: Facts, suffix: str, lang: str, *, written_utc: str | None = None) -> bytes:
    """The report as the content of a file; ``suffix`` says in which form. That it was made is noted in the access log
    of each athlete. Raises ``BadValue`` for another form, ``Missing`` without the papers' font."""
    if suffix.lower() not in SUFFIXES:
        raise BadValue("athletes.errors.report_suffix", suffix=suffix[:20] or "–")
    archive.note([one.athlete.id for one in facts.athletes], Act.EXPORTED)
    if suffix.lower() == ".xlsx":
        return xlsx_bytes(sheets(facts, lang), f"{squad_name(facts, lang)} · {subtitle(facts, lang)}")
    written = written_utc or utc_now()
    with tempfile.TemporaryDirectory() as work:
        words = report_words(facts, lang, written_utc=written)
        return write_pdf(Path(work), words, written_utc=written, template=_template())


def page_pictures(facts: Facts, lang: str) -> list[bytes]:
    """The pages of the PDF as PNG, to look at before it is written."""
    with tempfile.TemporaryDirectory() as work:
        return pictures(Path(work), report_words(facts, lang, written_utc=utc_now()), template=_template())


def _template() -> bytes:
    return resources.files("athletes.paper").joinpath("training.typ").read_bytes()


def write_report(archive: Archive, facts: Facts, path: Path, lang: str) -> Path:
    """Write the report to ``path`` and return it. Raises as ``report_bytes``, and ``BadFile`` where it cannot be
    written."""
    data = report_bytes(archive, facts, path.suffix, lang)
    try:
        write_bytes(path, data, private=True)
    except OSError as fault:
        raise BadFile("athletes.errors.unwritable", path=path, fault=fault.strerror or fault) from fault
    return path


def sheets(facts: Facts, lang: str) -> list[Sheet]:
    """The sheets of the workbook: each table over all athletes, and what everything means."""
    many = facts.group is not None
    found = [_summary(facts, lang, many)]
    makers: list[Callable[[AthleteFacts], Table]] = [
        lambda one: sessions_table(one, lang),
        days_table,
        lambda one: plans_table(one, lang),
        readings_table,
    ]
    if any(one.no_diary is None for one in facts.athletes):
        makers += [wellness_table, lambda one: injuries_table(one, lang)]
    found.insert(1, _zones(facts, lang, many))
    for make in makers:
        tables = [make(one) for one in facts.athletes]
        first = [t("athletes.paper.column.athlete", lang)] if many else []
        sheet = tables[0].sheet(lang, first)
        rows: list[Sequence[Value]] = [
            (*([one.athlete.name] if many else []), *row)
            for one, table in zip(facts.athletes, tables, strict=True)
            for row in table.rows
        ]
        drawn = None if many or make is not days_table else _chart(facts, lang)
        found.append(Sheet(sheet.name, sheet.headings, sheet.kinds, sheet.widths, rows, drawn))
    found.append(_about(facts, lang))
    return found


def _summary(facts: Facts, lang: str, many: bool) -> Sheet:
    rows: list[Sequence[Value]] = []
    for one in facts.athletes:
        name: list[Value] = [one.athlete.name] if many else []
        for line in summary_lines(one, lang):
            now, before = line.cells[0], line.cells[1] if len(line.cells) > 1 else None
            rows.append(
                [
                    *name,
                    line.label,
                    line.unit,
                    now.value,
                    now.note,
                    None if before is None else before.value,
                    "" if before is None else before.note,
                ]
            )
        rows += [[*name, t("athletes.triage.look_at", lang), "", None, reason_words(each, lang), None, ""]
                 for each in one.reasons]  # fmt: skip
        rows.append([*name, t("athletes.paper.table.plans", lang), "", None, kept_words(one.kept, lang), None, ""])
    keys = [*(["athlete"] if many else []), "number", "unit", "now", "stands_on", "before", "before_stands_on"]
    headings = [t(f"athletes.paper.column.{key}", lang) for key in keys]
    kinds: Any = [*(["text"] if many else []), "text", "text", "brief", "text", "brief", "text"]
    widths = [*([24] if many else []), 30, 18, 12, 44, 12, 16]
    return Sheet(t("athletes.paper.table.summary", lang), headings, kinds, widths, rows)


def _chart(facts: Facts, lang: str) -> Chart:
    """Load as bars, fitness and fatigue as lines, beside the days of one athlete."""
    method = t(f"athletes.load.method.{facts.athletes[0].season.method}", lang)
    return Chart(t("athletes.paper.chart.load_title", lang, method=method), 0, (1,), (2, 3))


def _zones(facts: Facts, lang: str, many: bool) -> Sheet:
    rows: list[Sequence[Value]] = []
    for one in facts.athletes:
        zones, name = one.now.zones, [one.athlete.name] if many else []
        if zones is None:
            continue
        words = zone_names(zones.names, len(zones.seconds), lang)
        rows += [[*name, word, seconds / 60] for word, seconds in zip(words, zones.seconds, strict=True)]
        rows.append([*name, t("athletes.sessions.unknown", lang), zones.unknown_s / 60])
    keys = [*(["athlete"] if many else []), "zone", "minutes"]
    kinds: Any = [*(["text"] if many else []), "text", "brief"]
    widths = [*([24] if many else []), 28, 12]
    headings = [t(f"athletes.paper.column.{key}", lang) for key in keys]
    return Sheet(t("athletes.paper.chart.zones_title", lang), headings, kinds, widths, rows)


def _about(facts: Facts, lang: str) -> Sheet:
    """Whose report, which days, what each athlete's sentence is, what was left out and why, and the methods."""
    rows = [[squad_name(facts, lang), days_words(facts.since, facts.until, lang)]]
    for one in facts.athletes:
        rows.append([one.athlete.name, sentence(one, lang)])
        if one.no_diary is not None:
            rows.append([one.athlete.name, t(f"athletes.paper.no_diary.{one.no_diary}", lang)])
    rows += [[t("athletes.paper.methods", lang), line] for line in methods(facts, lang)]
    headings = [t(f"athletes.paper.column.{key}", lang) for key in ("about", "said")]
    return Sheet(t("athletes.paper.table.about", lang), headings, ["text", "text"], [28, 110], rows)
