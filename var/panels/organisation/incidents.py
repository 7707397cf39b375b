"""All incidents as a table with filters, and the same as a file for a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from touchline.i18n import UNKNOWN, number, t
from touchline.rights import Action
from var.archive import Archive
from var.incident_table.columns import COLUMNS, faults
from var.incident_table.files import table_bytes
from var.incident_table.rows import IncidentRow, IncidentTable, RowCache, incident_table
from var.match_store import slug
from var.panels.text import day, markdown_safe
from var.panels.who import barred
from var.tournaments.kept import Tournaments

SHOWN = ("date", "match", "number", "clock", "kind", "outcome", "margin", "decided_by", "result", "note")
SCOPE, LAST = "incidents_scope", "incidents_scope_last"
"""The choice of the page, and what it was before another page was shown."""
ALL = ""
"""Stands for every match, in a tournament or not."""
FILTERS = ("match", "kind", "outcome")
VALUES = {column.key: column.value for column in COLUMNS}
MIME = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def incidents_panel(archive: Archive, lang: str, open_review: Callable[[str], None]) -> None:
    """Draw the table of a tournament or of all matches. ``open_review`` opens the review booth of a match."""
    tournaments = {kept.id: kept.tournament for kept in Tournaments(archive).all()}
    options = [*tournaments, ALL]
    wanted = st.session_state.pop("incidents_of", None)
    if wanted is None:
        wanted = st.session_state.get(SCOPE, st.session_state.get(LAST, options[0]))
    st.session_state[SCOPE] = wanted if wanted in tournaments else ALL
    scope = st.selectbox(
        t("var.organisation.scope", lang),
        options,
        format_func=lambda key: (
            t("var.incident_table.all", lang)
            if key == ALL
            else f"{tournaments[key].name} {tournaments[key].season}".strip()
        ),
        key=SCOPE,
    )
    st.session_state[LAST] = scope
    cache = st.session_state.setdefault("incident_rows", RowCache())
    title = "" if scope else t("var.incident_table.all", lang)
    table = incident_table(archive, tournament_id=scope or None, title=title, cache=cache)
    for name, why in faults(table, lang):
        st.warning(f"**{markdown_safe(name)}**: {markdown_safe(why)}", icon=":material/warning:")
    if not table.rows:
        st.info(t(f"var.organisation.no_incidents{'' if scope else '_all'}", lang), icon=":material/flag:")
        return
    shown = _filtered(table, lang)
    rows = shown.rows
    counts = {"shown": len(rows), "all": len(table.rows), "decided": sum(row.decided for row in rows)}
    st.caption(t("var.organisation.count", lang, **{name: number(count, lang) for name, count in counts.items()}))
    if shown.simulated:
        st.caption(f":orange-badge[:material/science: {t('var.match.origin.simulated', lang)}]")
    if not rows:
        st.info(t("var.organisation.none_fits", lang), icon=":material/filter_alt_off:")
        return
    st.dataframe(
        _frame(rows, lang), hide_index=True, width="stretch", height=min(38 * (len(rows) + 1), 520), placeholder=""
    )
    _open(rows, lang, open_review)
    _files(archive, shown, lang)


def _filtered(table: IncidentTable, lang: str) -> IncidentTable:
    """The rows that fit what was chosen; nothing chosen fits all."""
    said = {name: [str(VALUES[name](row, lang) or UNKNOWN) for row in table.rows] for name in FILTERS}
    chosen: dict[str, set[str]] = {}
    for column, name in zip(st.columns([1, 1, 1, 1]), (*FILTERS, "text"), strict=True):
        if name == "text":
            text = column.text_input(
                t("var.organisation.filter.text", lang),
                placeholder=t("var.organisation.filter.text_hint", lang),
                key="incidents_text",
            )
            continue
        found = column.multiselect(
            t(f"var.organisation.filter.{name}", lang),
            sorted(set(said[name])),
            placeholder=t("var.organisation.filter.any", lang),
            key=f"incidents_{name}-{table.title}-{lang}",
        )
        chosen[name] = set(found)
    words = str(text or "").casefold().split()

    def fits(row: IncidentRow) -> bool:
        if any(wanted and str(VALUES[name](row, lang) or UNKNOWN) not in wanted for name, wanted in chosen.items()):
            return False
        if not words:
            return True
        whole = " ".join(str(column.value(row, lang) or "") for column in COLUMNS if column.kind == "text").casefold()
        return all(word in whole for word in words)

    return table.narrowed(fits)


def _frame(rows: tuple[IncidentRow, ...], lang: str) -> pd.DataFrame:
    """The columns that are read at a glance; the files hold all."""
    told = [{name: _cell(name, row, lang) for name in SHOWN} for row in rows]
    if any(row.at.origin.value == "simulated" for row in rows):
        for line, row in zip(told, rows, strict=True):
            line["origin"] = VALUES["origin"](row, lang)
    frame = pd.DataFrame(told)
    headings = {column.key: column.heading(lang) for column in COLUMNS}
    return frame.rename(columns={name: headings[name] for name in frame.columns})


def _cell(name: str, row: IncidentRow, lang: str) -> Any:
    if name == "date":
        value = VALUES["date"](row, lang)
        return "" if value is None else day(str(value), lang)
    if name == "margin":
        return margin_words(row, lang)
    value = VALUES[name](row, lang)
    return "" if value is None and name != "number" else value


def margin_words(row: IncidentRow, lang: str) -> str:
    """The margin with the half-width of its 95 % interval and its unit; empty where nothing was measured."""
    if row.margin is None:
        return ""
    decimals = 2 if row.margin.unit == "m" else 1
    value = number(row.margin.value, lang, decimals, sign=True)
    said = f"{value} ± {number(row.margin.half_width95, lang, decimals)} {row.margin.unit}"
    return f"{said} *" if row.margin_now else said


def _open(rows: tuple[IncidentRow, ...], lang: str, open_review: Callable[[str], None]) -> None:
    """Go to the match of an incident."""
    known = {row.incident.id: row for row in rows}
    if any(row.margin_now for row in rows):
        st.caption(t("var.organisation.margin_now", lang))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        t("var.organisation.choose_incident", lang),
        list(known),
        format_func=lambda key: _label(known[key], lang),
        key="incident_chosen",
    )
    if right.button(
        t("var.match.open", lang), key="incident_open", icon=":material/slow_motion_video:", width="stretch"
    ):
        open_review(known[chosen].at.match.id)


def _label(row: IncidentRow, lang: str) -> str:
    parts = [row.at.match.name[:60], str(row.incident.number), VALUES["clock"](row, lang), VALUES["kind"](row, lang)]
    return " · ".join(str(part) for part in parts if part)


def _files(archive: Archive, table: IncidentTable, lang: str) -> None:
    """The rows that are shown, as files; what one may not report is not offered."""
    why = barred(archive, Action.REPORT, lang)
    name = slug(re.sub(r"\s+", " ", table.title)) or "incidents"

    def content(suffix: str) -> Callable[[], bytes]:
        return lambda: table_bytes(table, suffix, lang)

    with st.container(horizontal=True):
        for suffix in (".xlsx", ".csv"):
            st.download_button(
                t(f"var.organisation.download{suffix.replace('.', '_')}", lang, count=number(len(table.rows), lang)),
                content(suffix),
                file_name=f"{name}-{t('var.organisation.file_word', lang)}{suffix}",
                mime=MIME[suffix],
                icon=":material/table_view:" if suffix == ".xlsx" else ":material/csv:",
                key=f"incidents{suffix}",
                on_click="ignore",
                disabled=why is not None,
                help=why,
            )
