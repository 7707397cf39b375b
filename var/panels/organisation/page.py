"""The page of organisers: tournaments, all incidents as a table, and the sections that other parts bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from touchline.i18n import t
from touchline.rights import Action, require
from var.archive import Archive
from var.panels.organisation.incidents import incidents_panel
from var.panels.organisation.tournament import tournament_panel
from var.panels.organisation.tournaments import chosen_tournament, tournaments_panel
from var.panels.sections import draw_sections, show_section

Section = tuple[str, Callable[[], None]]
"""A further section: the key of its title, and what draws it."""

STYLE = """
<style>
  .stRadio label { min-height: 44px; }
  [data-testid="stElementToolbar"] button[aria-label="Download as CSV"] { display: none; }
</style>
"""
"""Streamlit's own download of a table guards nobody from formulas; the page has files of its own."""
TOURNAMENTS, INCIDENTS = "var.organisation.tournaments", "var.organisation.incidents"


def organisation_page(
    archive: Archive, lang: str, open_review: Callable[[str], None], sections: Sequence[Section] = ()
) -> None:
    """Draw the page. ``open_review`` opens the review booth of a match; ``sections`` come after those of its own.
    Raises ``NotAllowed`` for who may not watch."""
    require(archive.person, Action.WATCH)
    st.title(t("var.organisation.title", lang))

    def tournaments() -> None:
        kept = chosen_tournament(archive)
        if kept is None:
            tournaments_panel(archive, lang)
        else:
            tournament_panel(archive, kept, lang, open_review, show_incidents)

    def show_incidents() -> None:
        show_section("organisation", INCIDENTS)
        st.rerun()

    drawn: dict[str, Callable[[], None]] = {
        TOURNAMENTS: tournaments,
        INCIDENTS: lambda: incidents_panel(archive, lang, open_review),
        **dict(sections),
    }
    st.html(STYLE)
    draw_sections("organisation", drawn, "var.organisation.sections", lang)
