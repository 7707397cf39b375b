"""Whose session it is, and what the athlete's zones are computed from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, tzinfo
from typing import Any

import streamlit as st

from athletes.archive import Archive
from athletes.model import Athlete, Session, ZoneMethod, ZoneSetting
from touchline.effort import HEART_RATE_LIMITS_BPM
from touchline.errors import TouchlineError
from touchline.i18n import t

NEW = "new"
NOBODY = "nobody"


def athlete_editor(archive: Archive, session: Session, zone: tzinfo, lang: str) -> None:
    """The picker of the athlete, and the form for name, limits and zone method; saving redraws the session."""
    athletes = {athlete.id: athlete for athlete in archive.athletes()}
    options = [NOBODY, *athletes, NEW]
    now = session.athlete_id if session.athlete_id in athletes else NOBODY
    words = {NOBODY: t("athletes.sessions.nobody", lang), NEW: t("athletes.sessions.new_athlete", lang)}
    chosen = st.selectbox(
        t("athletes.sessions.athlete_of", lang),
        options,
        index=options.index(now),
        format_func=lambda key: words.get(key) or athletes[key].name,
        key=f"athletes-of-{session.id}.{now}",
    )
    if chosen != NEW and chosen != now:
        archive.assign(session.id, None if chosen == NOBODY else chosen)
        st.rerun()
    if chosen == NOBODY:
        return
    athlete = Athlete("", "?") if chosen == NEW else athletes[chosen]
    start = session.recording.start
    day = start.astimezone(zone).date() if start else None
    _form(archive, session.id, athlete, athlete.zone_setting(day), day, lang)


def _form(
    archive: Archive, session_id: str, athlete: Athlete, setting: ZoneSetting, day: date | None, lang: str
) -> None:
    key = f"athletes-form-{athlete.id}.{setting.valid_from}"
    low, high = HEART_RATE_LIMITS_BPM
    with st.form(key):
        name = st.text_input(t("athletes.sessions.name", lang), "" if not athlete.id else athlete.name, max_chars=80)
        left, right = st.columns(2)
        limits: dict[str, Any] = {
            "min_value": low,
            "max_value": high,
            "step": 1.0,
            "format": "%.0f",
            "placeholder": "–",
        }
        with left:
            hr_max = st.number_input(t("athletes.sessions.hr_max", lang), value=setting.hr_max_bpm, **limits)
            year = st.number_input(
                t("athletes.sessions.birth_year", lang), 1900, 2100, athlete.birth_year, 1, placeholder="–"
            )
        with right:
            hr_rest = st.number_input(t("athletes.sessions.hr_rest", lang), value=setting.hr_rest_bpm, **limits)
            methods = list(ZoneMethod)
            method = st.selectbox(
                t("athletes.sessions.zone_method", lang),
                methods,
                index=methods.index(setting.method),
                format_func=lambda item: t(f"athletes.sessions.method_short.{item}", lang),
            )
        dated, first_day = False, day
        if athlete.zone_settings:
            dated = st.checkbox(t("athletes.sessions.from_date_on", lang))
            first_day = st.date_input(t("athletes.sessions.from_date", lang), day or "today", format="DD/MM/YYYY")
        if setting.valid_from is not None:
            st.caption(t("athletes.sessions.dated_note", lang, date=setting.valid_from.strftime("%d/%m/%Y")))
        pressed = st.form_submit_button(t("athletes.sessions.save", lang), type="primary", width="stretch")
    if not pressed:
        return
    try:
        since = first_day if dated else setting.valid_from
        changed = replace(setting, valid_from=since, method=method, hr_max_bpm=hr_max, hr_rest_bpm=hr_rest)
        kept = athlete.zone_settings if athlete.id else (changed,)
        born = None if year is None else int(year)
        saved = archive.save_athlete(replace(athlete, name=name, birth_year=born, zone_settings=kept))
        if athlete.id and changed not in kept:
            archive.change_settings(athlete.id, come=[changed])
        archive.assign(session_id, saved.id)
    except TouchlineError as refusal:
        st.error(f"{refusal.detail(lang)} {refusal.hint(lang)}", icon=":material/error:")
        return
    st.toast(t("athletes.sessions.saved", lang), icon=":material/check:")
    st.rerun()
