"""What is asked about an incident: one button that says it, and behind it one large button for each question."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import t
from var.model import Question
from var.panels.again import rerun_part
from var.panels.booth import Booth

ICONS = {
    Question.OFFSIDE: "flag",
    Question.BALL: "sports_soccer",
    Question.AREA: "crop_din",
    Question.FOUL: "sports_kabaddi",
}


def choose_question(booth: Booth) -> None:
    """Draw the choice; a decided incident keeps its question, because its decision answers that one."""
    lang, asked, incident = booth.lang, booth.question, booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    if any(decision.incident_id == incident.id for decision in booth.review.decisions):
        st.markdown(f":material/{ICONS[asked]}: **{t(f'var.question.name.{asked.value}', lang)}**")
        return
    label = t("var.question.asked", lang, question=t(f"var.question.name.{asked.value}", lang))
    # Another key closes the list once a question was chosen.
    with st.popover(label, icon=f":material/{ICONS[asked]}:", width="stretch", key=f"question-{incident.id}-{asked}"):
        for question in Question:
            if st.button(
                t(f"var.question.name.{question.value}", lang),
                key=f"ask-{question.value}",
                icon=f":material/{ICONS[question]}:",
                width="stretch",
                type="primary" if question is asked else "secondary",
                help=t(f"var.question.what.{question.value}", lang),
            ):
                booth.ask(question)
                rerun_part()
