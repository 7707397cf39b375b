"""The section of motion: the trials, one trial's page, or two beside each other, by the address."""

from __future__ import annotations

import streamlit as st

from athletes.motion.demo_words import in_language
from athletes.motion.trials import Trials
from athletes.panels.motion.beside import beside_view
from athletes.panels.motion.listing import trials_list
from athletes.panels.motion.look import MOTION_STYLE
from athletes.panels.motion.trial_view import trial_view
from athletes.panels.place import OTHER, TRIAL, Place
from touchline.errors import NotFound
from touchline.i18n import t


def motion_section(place: Place) -> None:
    """Draw the section."""
    st.html(MOTION_STYLE)
    trials, asked = Trials(place.archive), st.query_params
    if TRIAL in asked:
        try:
            if OTHER in asked:
                other = in_language(trials.trial(asked[OTHER]), place.lang)
                beside_view(place, trials, in_language(trials.trial(asked[TRIAL]), place.lang), other)
            else:
                trial_view(place, trials, in_language(trials.trial(asked[TRIAL]), place.lang))
            return
        except NotFound as fault:
            if fault.name != "no_such_trial":
                raise
            st.warning(t("athletes.motion_page.gone", place.lang), icon=":material/info:")
    trials_list(place, trials)
