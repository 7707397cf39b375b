"""Who an athlete is: name, birth date, sex, group; a new one or a changed one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from athletes.model import Athlete, Sex
from athletes.panels.place import Place, go
from athletes.panels.wellness import told
from touchline.errors import TouchlineError
from touchline.i18n import t

OLDEST = date(1920, 1, 1)


def person_form(place: Place, athlete: Athlete | None) -> None:
    """The form; saving opens the athlete's page."""
    lang = place.lang
    with st.form(f"person-{athlete.id if athlete else 'new'}", border=athlete is None):
        name = st.text_input(t("athletes.sessions.name", lang), athlete.name if athlete else "", max_chars=80)
        left, middle, right = st.columns(3)
        born = left.date_input(
            t("athletes.person.birth_date", lang),
            athlete.birth_date if athlete else None,
            min_value=OLDEST,
            max_value=place.today,
            format="DD/MM/YYYY",
            help=t("athletes.person.birth_help", lang),
        )
        sexes = [None, *Sex]
        sex = middle.selectbox(
            t("athletes.person.sex", lang),
            sexes,
            index=sexes.index(athlete.sex if athlete else None),
            format_func=lambda one: t(f"athletes.person.sexes.{one or 'unknown'}", lang),
            help=t("athletes.person.sex_help", lang),
        )
        known = sorted({one.group for one in place.archive.athletes() if one.group})
        group = right.selectbox(
            t("athletes.person.group", lang),
            known,
            index=known.index(athlete.group) if athlete and athlete.group else None,
            accept_new_options=True,
            placeholder=t("athletes.person.group_hint", lang),
        )
        pressed = st.form_submit_button(
            t(f"athletes.person.{'save' if athlete else 'add'}", lang), type="primary", width="stretch"
        )
    if not pressed:
        return
    try:
        base = athlete or Athlete("", name)
        year = base.birth_year if born is None and base.birth_date is None else None
        saved = place.archive.save_athlete(
            replace(base, name=name, birth_date=born, birth_year=year, sex=sex, group=group or "")
        )
    except TouchlineError as fault:
        told(fault, lang)
        return
    go(athlete=saved.id)
