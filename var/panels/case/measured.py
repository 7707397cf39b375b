"""What was measured of the incident, in one line beside the protocol: a number with its doubt, never the decision."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from var.model import Question, Role
from var.panels.booth import Booth
from var.panels.verdict_drawings import answer_line
from var.questions import verdict_of
from var.review import body_marks_of


def measured_part(booth: Booth) -> None:
    """Draw the answer to what is asked, once everything it needs is marked; of a foul, how much was noted."""
    incident, lang = booth.incident, booth.lang
    if incident is None:
        return
    if incident.question is Question.FOUL:
        notes = booth.review.foul_notes(incident.id)
        if notes.frames or notes.answers:
            counts = {"frames": number(len(notes.frames), lang), "answers": number(len(notes.answers), lang)}
            st.caption(t("var.case.foul_noted", lang, **counts))
        return
    if incident.question is Question.OFFSIDE:
        whole = {mark.role for mark in body_marks_of(booth.review, incident)} == set(Role)
    else:
        whole = booth.marked(incident)
    verdict = verdict_of(booth.match, booth.review, incident) if whole else None
    if verdict is not None:
        with st.container(key="body_answer"):
            st.html(answer_line(verdict, incident.question, lang))
