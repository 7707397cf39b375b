"""The section of training sessions: bring files in, choose one."""

from __future__ import annotations

from datetime import tzinfo
from html import escape

import streamlit as st

from athletes.archive import Archive, Entry
from athletes.model import Athlete
from athletes.panels.pieces import barred, duration, mark, sport_name, when
from athletes.panels.place import Place, go
from athletes.panels.session_facts import DELETED
from athletes.panels.upload import last_outcomes, plain, upload
from touchline.i18n import t

SHOWN = "athletes-shown"
SHOWN_FIRST = 12


def sessions_list(place: Place) -> None:
    """Draw the section: the box for files, then the sessions, newest first."""
    archive, zone, lang = place.archive, place.zone, place.lang
    st.caption(t("athletes.sessions.intro", lang))
    _undo(archive, lang)
    athletes = {athlete.id: athlete for athlete in archive.athletes()}
    entries = archive.entries()
    why = barred(archive, lang)
    if not entries and not athletes:
        st.info(t("athletes.sessions.empty", lang), icon=":material/upload_file:")
        if why is None:
            upload(archive, None, zone, lang)
        last_outcomes(lang)
        return
    whose, box = st.columns([1, 2], gap="medium")
    with whose:
        athlete = _filter(athletes, lang) if athletes else None
    with box:
        if why is None:
            upload(archive, athlete, zone, lang)
        else:
            st.caption(f":material/lock: {why}")
    last_outcomes(lang)
    entries = [entry for entry in entries if athlete is None or entry.athlete_id == athlete.id]
    if not entries:
        key = "empty" if athlete is None else "empty_for_athlete"
        st.info(t(f"athletes.sessions.{key}", lang), icon=":material/upload_file:")
    shown = st.session_state.get(SHOWN, SHOWN_FIRST)
    for entry in entries[:shown]:
        session_card(entry, athletes.get(entry.athlete_id or ""), zone, lang)
    if len(entries) > shown and st.button(
        t("athletes.sessions.more", lang, count=len(entries) - shown), key="athletes-more", width="stretch"
    ):
        st.session_state[SHOWN] = shown + 4 * SHOWN_FIRST
        st.rerun()


def _filter(athletes: dict[str, Athlete], lang: str) -> Athlete | None:
    everyone = ""
    chosen = st.selectbox(
        t("athletes.sessions.filter", lang),
        [everyone, *athletes],
        format_func=lambda key: athletes[key].name if key else t("athletes.sessions.everyone", lang),
        key="athletes-filter",
    )
    return athletes.get(chosen)


def session_card(entry: Entry, athlete: Athlete | None, zone: tzinfo, lang: str) -> None:
    """A session in one line, with the way to it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts = [
            when(entry.start, zone, lang),
            sport_name(entry.sport, lang),
            duration(entry.duration_s, lang),
            athlete.name if athlete else t("athletes.sessions.nobody", lang),
        ]
        line = " · ".join(escape(part) for part in parts if part)
        st.html(
            f"<div><b>{escape(entry.name)}</b> {mark(entry.origin, lang)}<br><span class='tl-soft'>{line}</span></div>",
            width="stretch",
        )
        if st.button(
            t("athletes.sessions.open", lang), key=f"athletes-open-{entry.id}", type="primary", width="content"
        ):
            go(session=entry.id)


def _undo(archive: Archive, lang: str) -> None:
    if DELETED not in st.session_state or barred(archive, lang):
        return
    session_id, name = st.session_state[DELETED]
    st.warning(t("athletes.sessions.deleted", lang, name=plain(name)), icon=":material/delete:")
    if st.button(t("athletes.sessions.undo", lang), key="athletes-undo", icon=":material/undo:"):
        archive.restore(session_id)
        del st.session_state[DELETED]
        st.rerun()
