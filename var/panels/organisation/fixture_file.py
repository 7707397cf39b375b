"""A list of fixtures brought in from a spreadsheet, and an empty one to begin with."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.sheets import Sheet, xlsx_bytes
from var.archive import Archive
from var.panels.organisation.said import say
from var.panels.text import markdown_safe, refusal
from var.tournaments.fixture_list import BadFixtures, FixtureList, read_fixtures, with_list
from var.tournaments.kept import Kept, Tournaments

TEMPLATE = ("number", "date", "kick_off", "home", "away", "stage", "round", "group", "venue", "officials")
UNKNOWN_TEAMS = ("refuse", "add", "keep")


def fixture_file(archive: Archive, kept: Kept, lang: str) -> None:
    """Draw where a file is chosen, and what is wrong with it, row by row."""
    with st.expander(t("var.organisation.file", lang), icon=":material/upload_file:"):
        st.caption(t("var.organisation.file_hint", lang))
        st.download_button(
            t("var.organisation.template", lang),
            lambda: template(lang),
            file_name=f"{t('var.organisation.template_name', lang)}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            icon=":material/download:",
            key="fixture_template",
            on_click="ignore",
        )
        sent = st.file_uploader(
            t("var.organisation.file_choose", lang),
            type=["csv", "xlsx", "txt", "tsv"],
            key=f"fixture_file-{kept.version.seq}",
        )
        unknown: Any = st.radio(
            t("var.organisation.unknown_teams", lang),
            UNKNOWN_TEAMS,
            format_func=lambda name: t(f"var.organisation.unknown.{name}", lang),
            key="fixture_unknown",
        )
        if sent is None:
            return
        found = _read(sent.getvalue(), sent.name, kept, unknown, lang)
        if found is None:
            return
        counts = {"fixtures": len(found.fixtures), "teams": len(found.teams), "known": found.known}
        shown = {name: number(count, lang) for name, count in counts.items()}
        st.write(t("var.organisation.file_holds", lang, **shown))
        if st.button(
            t("var.organisation.file_take", lang),
            key="fixture_take",
            type="primary",
            icon=":material/playlist_add:",
            disabled=not found.fixtures,
        ):
            try:
                Tournaments(archive).save(with_list(kept.tournament, found), since=kept.version.seq, kind="plan")
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
            say(t("var.tournament.imported", lang, **shown))
            st.rerun()


def _read(data: bytes, name: str, kept: Kept, unknown: Any, lang: str) -> FixtureList | None:
    """What a file holds; None after its faults were drawn."""
    try:
        return read_fixtures(data, name, kept.tournament, unknown=unknown)
    except BadFixtures as bad:
        lines = [f"- {markdown_safe(line)}" for line in bad.said(lang)]
        head = t("var.organisation.file_faults", lang, count=number(len(lines), lang))
        st.error("\n".join([head, "", *lines[:60]]), icon=":material/error:")
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)), icon=":material/error:")
    return None


def template(lang: str) -> bytes:
    """A workbook with the headings that are understood."""
    headings = [t(f"var.organisation.field.{name}", lang) for name in TEMPLATE]
    name, widths = t("var.organisation.template_name", lang), [12, 12, 9, 24, 24, *[14] * 5]
    return xlsx_bytes([Sheet(name, headings, ["text"] * len(headings), widths, [])], name)
