"""All tournaments as cards: open one, make one, put one away and bring it back."""

from __future__ import annotations

import streamlit as st

from touchline.errors import NotFound, TouchlineError
from touchline.i18n import number, t
from touchline.rights import Action
from var.archive import Archive
from var.panels.organisation.details import details_fields
from var.panels.text import day, markdown_safe, refusal
from var.panels.who import barred, present
from var.tournaments.kept import Kept, Tournaments
from var.tournaments.model import Tournament

CHOSEN = "organisation_tournament"


def chosen_tournament(archive: Archive) -> Kept | None:
    """The tournament that is open on this page; None where the list is shown."""
    wanted = st.session_state.get(CHOSEN) or st.query_params.get("tournament")
    if not wanted:
        return None
    try:
        kept = Tournaments(archive).find(str(wanted))
    except NotFound:
        kept = None
    if kept is None or kept.put_away_utc is not None:
        choose(None)
        return None
    choose(kept.id)
    return kept


def choose(tournament_id: str | None) -> None:
    """Open a tournament, or the list of all; the address says so, so that it can be opened again."""
    if tournament_id is None:
        st.session_state.pop(CHOSEN, None)
        st.query_params.pop("tournament", None)
    else:
        st.session_state[CHOSEN] = tournament_id
        if st.query_params.get("tournament") != tournament_id:
            st.query_params["tournament"] = tournament_id


def days_text(tournament: Tournament, lang: str) -> str:
    """From which day to which it is held; empty where nobody said."""
    return " – ".join(dict.fromkeys(day(each, lang) for each in (tournament.starts, tournament.ends) if each))


def facts_text(tournament: Tournament, lang: str) -> str:
    """How much is in a tournament."""
    counts = {name: len(getattr(tournament, name)) for name in ("teams", "fixtures", "matches")}
    return t("var.organisation.facts", lang, **{name: number(value, lang) for name, value in counts.items()})


def tournaments_panel(archive: Archive, lang: str) -> None:
    """Draw the cards."""
    tournaments = Tournaments(archive)
    found, why = tournaments.all(), barred(archive, Action.SET_UP, lang)
    left, right = st.columns([3, 1.4], vertical_alignment="bottom")
    left.caption(t("var.organisation.about", lang))
    if right.button(
        t("var.organisation.new", lang),
        key="tournament_new",
        type="primary",
        icon=":material/add:",
        width="stretch",
        disabled=why is not None,
        help=why,
    ):
        _new_dialog(archive, lang)
    if not found:
        st.info(t("var.organisation.empty", lang), icon=":material/emoji_events:")
    columns = st.columns(2)
    for place, kept in enumerate(found):
        with columns[place % 2]:
            _card(archive, kept, lang)
    _put_away(archive, lang)


def _new_dialog(archive: Archive, lang: str) -> None:
    @st.dialog(t("var.organisation.new", lang), width="large")
    def dialog() -> None:
        now = present(archive)
        with st.form("tournament_form", border=False):
            said = details_fields(now, None, lang)
            made = st.form_submit_button(t("var.organisation.make", lang), type="primary", icon=":material/add:")
        if made:
            try:
                kept = Tournaments(now).new(said.pop("name"), **said)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
            choose(kept.id)
            st.rerun()

    dialog()


def _card(archive: Archive, kept: Kept, lang: str) -> None:
    its = kept.tournament
    with st.container(border=True):
        st.markdown(f"#### {markdown_safe(' '.join(part for part in (its.name, its.season) if part))}")
        line = [days_text(its, lang), markdown_safe(its.host), markdown_safe(its.organiser)]
        st.caption(" · ".join(part for part in line if part) or t("var.organisation.no_details", lang))
        st.write(facts_text(its, lang))
        with st.container(horizontal=True):
            if st.button(
                t("var.organisation.open", lang),
                key=f"tournament_open-{kept.id}",
                type="primary",
                icon=":material/folder_open:",
            ):
                choose(kept.id)
                st.rerun()
            if not barred(archive, Action.REMOVE, lang) and st.button(
                t("var.match.put_away", lang), key=f"tournament_away-{kept.id}", icon=":material/archive:"
            ):
                Tournaments(archive).put_away(kept.id)
                st.session_state["tournament_put_away"] = (kept.id, its.name)
                st.rerun()


def _put_away(archive: Archive, lang: str) -> None:
    """Offer to bring back what was put away, to who may."""
    if barred(archive, Action.REMOVE, lang):
        return
    tournaments = Tournaments(archive)
    if "tournament_put_away" in st.session_state:
        tournament_id, name = st.session_state["tournament_put_away"]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(t("var.organisation.was_put_away", lang, name=markdown_safe(name)))
            if st.button(t("var.match.undo", lang), icon=":material/undo:", key="tournament_bring_back"):
                _bring_back(tournaments, tournament_id)
    away = tournaments.all(put_away=True)
    if not away:
        return
    with st.expander(t("var.match.put_away_list", lang, count=number(len(away), lang))):
        for kept in away:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(markdown_safe(f"{kept.tournament.name} {kept.tournament.season}".strip()))
                if st.button(
                    t("var.match.bring_back", lang), icon=":material/unarchive:", key=f"tournament_back-{kept.id}"
                ):
                    _bring_back(tournaments, kept.id)
                if st.button(
                    t("var.organisation.for_good", lang),
                    icon=":material/delete_forever:",
                    key=f"tournament_purge-{kept.id}",
                ):
                    _purge_dialog(archive, kept, lang)


def _bring_back(tournaments: Tournaments, tournament_id: str) -> None:
    tournaments.restore(tournament_id)
    st.session_state.pop("tournament_put_away", None)
    st.rerun()


def _purge_dialog(archive: Archive, kept: Kept, lang: str) -> None:
    @st.dialog(t("var.organisation.for_good", lang))
    def dialog() -> None:
        matches = number(len(kept.tournament.matches), lang)
        st.write(t("var.organisation.for_good_what", lang, name=markdown_safe(kept.tournament.name), matches=matches))
        if st.button(
            t("var.organisation.for_good_yes", lang), key="tournament_purge", icon=":material/delete_forever:"
        ):
            Tournaments(present(archive)).purge(kept.id)
            st.session_state.pop("tournament_put_away", None)
            st.rerun()

    dialog()
