"""Who the athlete is, and what they have consented to."""

from __future__ import annotations

import streamlit as st

from athletes.model import Athlete
from athletes.panels.consent import consent_panel
from athletes.panels.person_form import person_form
from athletes.panels.pieces import barred
from athletes.panels.place import Place


def profile_part(place: Place, athlete: Athlete) -> None:
    """Draw the form of the person, and the part of their consents, who opened their data, and taking it out or away."""
    if (why := barred(place.archive, place.lang)) is not None:
        st.caption(f":material/lock: {why}")
    else:
        person_form(place, athlete)
    consent_panel(place.archive, athlete, place.lang)
