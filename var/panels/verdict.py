"""The last step: what was measured, the decision, and the report."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import number, t
from touchline.rights import Action
from touchline.store import utc_now
from var.model import Decision, Question
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.question_drawings import close_up
from var.panels.report import report_panel, reviewed
from var.panels.scene import scene_panel
from var.panels.text import local_time, markdown_safe
from var.panels.verdict_drawings import axis, banner, budget
from var.panels.who import barred
from var.questions import Answer, decisions_for, reason_key, verdict_of

FIRST = {Question.OFFSIDE: ("var.review.first_kick", "kick"), Question.BALL: ("var.question.choose_line", "ball")}
"""What to say and where to go while there is no verdict at all."""


def verdict_step(booth: Booth) -> dict[str, Any] | None:
    """Draw the verdict, the decision form and the report."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    verdict = verdict_of(booth.match, booth.review, incident)
    if verdict is None:
        said, step = FIRST[incident.question]
        st.warning(t(said, lang))
        if not barred(booth.archive, Action.MARK, lang) and st.button(
            t(f"var.review.next.{step}", lang), type="primary", width="stretch", key=f"verdict_to_{step}"
        ):
            booth.go(step)
            rerun_part()
        if reviewed(booth.archive, incident):
            report_panel(booth.archive, booth.match, incident, lang)
        return None
    question = incident.question
    st.html(banner(verdict, lang, question))
    if verdict.margin is not None:
        drawn = close_up(verdict, incident, booth.match, lang)
        st.html(drawn or axis(verdict, lang, question))
    if question is Question.OFFSIDE:
        _doubt(verdict, question, lang)
    for reason in verdict.reasons:
        name = ""
        if reason.camera is not None:
            name = markdown_safe(booth.match.clip(reason.camera).label)
        st.caption(t(reason_key(question, reason.code), lang, camera=name))
    if question is Question.OFFSIDE:
        st.caption(t("var.review.position_only", lang))
    decisions = [decision for decision in booth.review.decisions if decision.incident_id == incident.id]
    if decisions:
        _decided(decisions, question, lang)
    _decide(booth, verdict, again=bool(decisions))
    if decisions or reviewed(booth.archive, incident):
        report_panel(booth.archive, booth.match, incident, lang)
    # Below the decision, which has to be in sight beside the drawing.
    if question is Question.OFFSIDE:
        scene_panel(booth)
    else:
        st.caption(t(f"var.question.{question.value}_only", lang))
        _doubt(verdict, question, lang)
    return None


def _doubt(verdict: Answer, question: Question, lang: str) -> None:
    """Where the uncertainty comes from, on demand."""
    if verdict.margin is not None:
        with st.expander(t("var.review.budget", lang)):
            st.html(budget(verdict, lang, question))


def _decision_key(question: Question, outcome: str) -> str:
    return f"var.{'review' if question is Question.OFFSIDE else 'question'}.decision.{outcome}"


def _decided(decisions: list[Decision], question: Question, lang: str) -> None:
    """The decision that holds, and how many it replaced."""
    last = decisions[-1]
    words = t(
        "var.review.decided",
        lang,
        outcome=t(_decision_key(question, last.outcome), lang),
        by=markdown_safe(last.decided_by),
        at=local_time(last.decided_utc, st.context.timezone, lang),
    )
    st.success(words, icon=":material/gavel:")
    if len(decisions) > 1:
        st.caption(t("var.review.superseded", lang, times=number(len(decisions) - 1, lang)))


def _decide(booth: Booth, verdict: Answer, *, again: bool) -> None:
    """The decision form: the outcome, who decides, one button; for who may not decide, who may."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None
    if why := barred(booth.archive, Action.DECIDE, lang):
        st.info(why, icon=":material/lock:")
        return
    with st.expander(t("var.review.change_decision", lang), expanded=False) if again else st.container():
        outcome = st.segmented_control(
            t("var.review.decision_label", lang),
            decisions_for(incident, verdict),
            default=None,  # the decision is the referee's
            format_func=lambda value: t(_decision_key(incident.question, value), lang),
            key=f"decision-{incident.id}-{verdict.outcome}",
            width="stretch",
        )
        officials = [f"{name} ({role})" if role else name for role, name in booth.match.setup.officials if name]
        by: str | None
        if booth.archive.person is not None:  # nobody signs for another
            by = booth.person
            st.markdown(f"{t('var.review.decided_by', lang)}: **{markdown_safe(by)}**")
        elif officials:
            by = st.selectbox(t("var.review.decided_by", lang), officials, accept_new_options=True, key="decided_by")
        else:
            by = st.text_input(t("var.review.decided_by", lang), key="decided_by_name")
        # Beside a drawing the note stands below the button, so that the decision needs no scrolling.
        place = st.container()
        with st.container() if incident.question is not Question.OFFSIDE else place:
            note = st.text_input(t("var.review.note", lang), key=f"note-{incident.id}")
        if place.button(
            t("var.review.record", lang), type="primary", width="stretch", icon=":material/gavel:", key="record"
        ):
            if outcome is None:
                booth.state["error"] = t("var.review.choose_outcome", lang)
            elif verdict.document() != booth.state.get("shown_verdict"):
                booth.state["error"] = t("var.review.changed_elsewhere", lang)
            else:
                if booth.archive.person is None:
                    st.session_state["person"] = by or ""
                facts: dict[str, Any] = {"verdict": verdict.document(), "measured_utc": utc_now()}
                if incident.question is not Question.OFFSIDE:
                    facts |= {"question": incident.question.value, "line": incident.line, "spotted": incident.spotted}
                booth.attempt(
                    lambda: booth.archive.decide(
                        incident.id, outcome, by=by or "", margin=verdict.margin, note=note, facts=facts
                    )
                )
            rerun_part()
        booth.state["shown_verdict"] = verdict.document()  # what was on the screen when the button was pressed next
