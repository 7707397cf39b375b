"""The report of a whole match, for a match that is chosen."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import t
from var.archive import Archive
from var.model import Match
from var.panels.match_report import match_report_panel
from var.panels.text import day

CHOSEN, LAST = "match_report_of", "match_report_of_last"
"""The choice of the page, and what it was before another section was shown."""


def match_reports_panel(archive: Archive, lang: str) -> None:
    """Draw the choice of a match and its report; where there is no match, how one comes about."""
    matches = {match.id: match for match in archive.matches()}
    if not matches:
        st.info(t("var.match.empty", lang), icon=":material/video_library:")
        return
    wanted = st.session_state.get(CHOSEN, st.session_state.get(LAST))
    st.session_state[CHOSEN] = wanted if wanted in matches else next(iter(matches))
    chosen = st.selectbox(
        t("var.match_report.of", lang), list(matches), format_func=lambda key: _name(matches[key], lang), key=CHOSEN
    )
    st.session_state[LAST] = chosen
    match_report_panel(archive, matches[chosen], lang)


def _name(match: Match, lang: str) -> str:
    said = (match.name, match.setup.competition, day(match.setup.date, lang))
    return " · ".join(part for part in said if part)
