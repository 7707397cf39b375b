"""What a trial is called, whose it is and when it was; and how it leaves the list."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from athletes.kinematics.model import Movement
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.panels.motion.listing import put_away
from athletes.panels.motion.look import refusal
from athletes.panels.motion.measured import changed, said_key
from athletes.panels.motion.words import movement_words
from athletes.panels.pieces import barred
from athletes.panels.place import Place, View, go
from touchline.errors import BadValue
from touchline.i18n import t


def edit_part(place: Place, trials: Trials, trial: Trial) -> None:
    """Draw the form."""
    lang, why = place.lang, barred(place.archive, place.lang)
    athletes = {one.id: one for one in place.archive.athletes()}
    options = ["", *athletes]
    movements = list(Movement)
    with st.form(f"motion-edit-{trial.id}"):
        name = st.text_input(t("athletes.motion_page.new.name", lang), trial.name, max_chars=120)
        left, middle, right = st.columns(3, gap="medium")
        athlete = left.selectbox(
            t("athletes.motion_page.new.athlete", lang),
            options,
            index=options.index(trial.athlete_id) if trial.athlete_id in athletes else 0,
            format_func=lambda one: athletes[one].name if one else t("athletes.motion_page.new.nobody", lang),
        )
        movement = middle.selectbox(
            t("athletes.motion_page.new.movement", lang),
            movements,
            index=movements.index(trial.movement),
            format_func=lambda one: movement_words(one, lang),
        )
        day = right.date_input(t("athletes.motion_page.new.day", lang), trial.day, format="DD/MM/YYYY")
        notes = st.text_area(t("athletes.motion_page.edit.notes", lang), trial.notes, max_chars=2000)
        pressed = st.form_submit_button(
            t("athletes.motion_page.edit.save", lang), type="primary", disabled=why is not None
        )
    if why is not None:
        st.caption(f":material/lock: {why}")
        return
    if pressed:
        try:
            told = replace(
                trial,
                name=name,
                athlete_id=athlete or None,
                movement=movement,
                day=day,
                notes=notes.strip(),
            )
        except BadValue as fault:
            st.session_state[said_key(trial.id)] = refusal(fault, lang)
        else:
            lost = told.of_another(trial) != told  # the former athlete's height was what metres were known by
            other = movement != trial.movement or lost
            if changed(place, trials, trial.id, lambda: trials.change(told), measure=other) and lost:
                st.toast(t("athletes.motion_page.scale.whose_height", lang), icon=":material/straighten:")
        st.rerun()
    if st.button(t("athletes.motion_page.put_away", lang), key="motion-put-away-here", icon=":material/archive:"):
        put_away(place, trial)
        go(view=View.MOTION)
