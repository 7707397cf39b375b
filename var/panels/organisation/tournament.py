"""One tournament: its matches and fixtures, teams, officials, details, and what was done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import UNKNOWN, t
from touchline.rights import Action
from var.archive import Archive
from var.panels.organisation.details import details_fields
from var.panels.organisation.fixtures import fixtures_part
from var.panels.organisation.people import officials_part, teams_part
from var.panels.organisation.said import said_before, say
from var.panels.organisation.tournaments import choose, days_text, facts_text
from var.panels.text import local_time, markdown_safe, refusal
from var.panels.who import barred
from var.tournaments.kept import Kept, Tournaments

SHOWN_CHANGES = 30


def tournament_panel(
    archive: Archive, kept: Kept, lang: str, open_review: Callable[[str], None], show_incidents: Callable[[], None]
) -> None:
    """Draw the tournament. ``show_incidents`` shows the table of its incidents."""
    its, why = kept.tournament, barred(archive, Action.SET_UP, lang)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("var.organisation.back", lang), key="tournament_list", icon=":material/arrow_back:"):
            choose(None)
            st.rerun()
        if st.button(t("var.organisation.incidents", lang), key="tournament_incidents", icon=":material/table_view:"):
            st.session_state["incidents_of"] = kept.id
            show_incidents()
        if why is None and st.button(t("var.organisation.undo", lang), key="tournament_undo", icon=":material/undo:"):
            _back(archive, kept, None, lang)
    st.subheader(markdown_safe(" ".join(part for part in (its.name, its.season) if part)))
    line = [days_text(its, lang), markdown_safe(its.host), markdown_safe(its.organiser)]
    st.caption(" · ".join(part for part in line if part) or t("var.organisation.no_details", lang))
    st.write(facts_text(its, lang))
    said_before()
    if why:
        st.caption(f":material/lock: {why}")
    names = ("matches", "teams", "officials", "details", "changes")
    # Their labels say no numbers: with other labels they would be other tabs, and the first one would open.
    labels = [t(f"var.organisation.tab.{name}", lang) for name in names]
    matches, teams, officials, details, changes = st.tabs(labels)
    with matches:
        fixtures_part(archive, kept, lang, open_review)
    with teams:
        teams_part(archive, kept, lang)
    with officials:
        officials_part(archive, kept, lang)
    with details:
        _details(archive, kept, lang, why)
    with changes:
        _changes(archive, kept, lang, why)


def _details(archive: Archive, kept: Kept, lang: str, why: str | None) -> None:
    with st.form(f"details-{kept.id}-{kept.version.seq}", border=False):
        said = details_fields(archive, kept.tournament, lang)
        saved = st.form_submit_button(
            t("var.organisation.save", lang), type="primary", icon=":material/save:", disabled=why is not None, help=why
        )
    if saved:
        try:
            Tournaments(archive).save(replace(kept.tournament, **said), since=kept.version.seq)
        except TouchlineError as fault:
            st.error(refusal(fault.document(lang)))
            return
        say(t("var.organisation.saved", lang))
        st.rerun()


def _changes(archive: Archive, kept: Kept, lang: str, why: str | None) -> None:
    """What was done, the newest first, and each former state to bring back."""
    st.caption(t("var.organisation.changes_hint", lang))
    zone = st.context.timezone
    for place, each in enumerate(Tournaments(archive).versions(kept.id)[:SHOWN_CHANGES]):
        with st.container(horizontal=True, vertical_alignment="center"):
            who = markdown_safe(each.by) or UNKNOWN
            done = t(f"var.tournament.done.{each.kind}", lang)
            st.write(f"{local_time(each.at_utc, zone, lang)} · **{done}** · {who}")
            if (
                place
                and why is None
                and st.button(t("var.organisation.as_then", lang), key=f"as_then-{each.seq}", icon=":material/history:")
            ):
                _back(archive, kept, each.seq, lang)


def _back(archive: Archive, kept: Kept, seq: int | None, lang: str) -> None:
    try:
        _, missing = Tournaments(archive).back_to(kept.id, seq)
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)))
        return
    say(t("var.organisation.undone", lang))
    if missing:
        names = ", ".join(markdown_safe(name) for name in missing)
        say(t("var.tournament.not_back", lang, matches=names), warn=True)
    st.rerun()
