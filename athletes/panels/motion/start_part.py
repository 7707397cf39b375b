"""The next thing to do with a trial whose pictures were not looked at, or to be looked at again."""

from __future__ import annotations

import streamlit as st

from athletes.motion.model import Trial
from athletes.panels.motion.how import absent_line, how_part
from athletes.panels.motion.job_part import failed_to_start
from athletes.panels.motion.look import show
from athletes.panels.motion.standing import Standing, Step
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from touchline.i18n import t


def start_part(place: Place, trial: Trial, standing: Standing) -> None:
    """The next thing to do where nothing was measured yet."""
    lang = place.lang
    if standing.step is Step.NOBODY:
        st.warning(t(f"athletes.motion_page.start.{standing.why}", lang), icon=":material/person_off:")
    else:
        st.info(t("athletes.motion_page.start.new", lang), icon=":material/directions_run:")
    look_again(place, trial, primary=True)


def look_again(place: Place, trial: Trial, *, primary: bool) -> None:
    """The choices of how, and the button that starts the work; ``primary`` where it is the next thing to do."""
    lang, why = place.lang, barred(place.archive, place.lang)
    if primary:
        with st.expander(t("athletes.motion_page.new.how", lang), icon=":material/tune:"):
            how = how_part(f"motion-look-{trial.id}", lang)
    else:
        how = how_part(f"motion-look-{trial.id}", lang)
    absent = absent_line(how, lang)
    if st.button(
        t("athletes.motion_page.start.look", lang),
        key="motion-look",
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        disabled=why is not None or bool(absent),
        help=why,
        width="stretch",
    ):
        fault = failed_to_start(place, trial, how)
        if fault is not None:
            show(fault, lang)
            return
        st.rerun()
