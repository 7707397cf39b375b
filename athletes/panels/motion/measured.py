"""Changes of a trial that its numbers depend on: kept, and measured anew without looking at the pictures again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from athletes.motion.found import looked_through
from athletes.motion.measuring import measure_trial
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.panels.motion.look import refusal
from athletes.panels.place import Place
from touchline.errors import TouchlineError
from touchline.i18n import t


def said_key(trial_id: str) -> str:
    """Where the page keeps what is to be said once the trial is drawn anew."""
    return f"motion-said-{trial_id}"


def changed(place: Place, trials: Trials, trial_id: str, change: Callable[[], object], *, measure: bool = True) -> bool:
    """Do ``change`` and measure the trial anew where its pictures were looked at; what is refused is said at the top of
    its page. Returns whether all went well."""
    try:
        change()
        kept = trials.trial(trial_id)
        if measure and any(looked_through(trials, trial_id, one.shot.camera_id) for one in kept.shots):
            with st.spinner(t("athletes.motion_page.measuring", place.lang)):
                found = measure_trial(trials, trial_id)
            if found.refusal is not None:
                st.session_state[said_key(trial_id)] = refusal(found.refusal, place.lang)
                return True
    except TouchlineError as fault:
        st.session_state[said_key(trial_id)] = refusal(fault, place.lang)
        return False
    st.session_state.pop(said_key(trial_id), None)
    return True


def what_was_refused(trial: Trial) -> None:
    """Say what was refused last, once."""
    if said := st.session_state.pop(said_key(trial.id), None):
        st.error(said, icon=":material/error:")
