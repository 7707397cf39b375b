"""The last step: what was measured, the decision, and the report."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import number, t
from touchline.store import utc_now
from var.jobs import Jobs
from var.measure.offside import Verdict
from var.model import Decision
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.report import report_panel
from var.panels.scene import scene_panel
from var.panels.text import local_time, markdown_safe
from var.panels.verdict_drawings import axis, banner, budget
from var.review import verdict_of

DECISIONS = ("offside", "onside", "stands")


def verdict_step(booth: Booth) -> dict[str, Any] | None:
    """Draw the verdict, the decision form and the report."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    verdict = verdict_of(booth.match, booth.review, incident)
    if verdict is None:
        st.warning(t("var.review.first_kick", lang))
        if st.button(t("var.review.next.kick", lang), type="primary", width="stretch", key="verdict_to_kick"):
            booth.go("kick")
            rerun_part()
        return None
    st.html(banner(verdict, lang))
    if verdict.margin is not None:
        st.html(axis(verdict, lang))
        with st.expander(t("var.review.budget", lang)):
            st.html(budget(verdict, lang))
    for reason in verdict.reasons:
        name = ""
        if reason.camera is not None:
            name = markdown_safe(booth.match.clip(reason.camera).label)
        st.caption(t(f"var.offside.reason.{reason.code}", lang, camera=name))
    st.caption(t("var.review.position_only", lang))
    decisions = [decision for decision in booth.review.decisions if decision.incident_id == incident.id]
    if decisions:
        _decided(decisions, lang)
    _decide(booth, verdict, again=bool(decisions))
    if decisions:
        report_panel(Jobs(booth.archive.home), booth.match, incident, lang)
    scene_panel(booth)  # below the decision, which is made without scrolling
    return None


def _decided(decisions: list[Decision], lang: str) -> None:
    """The decision that holds, and how many it replaced."""
    last = decisions[-1]
    words = t(
        "var.review.decided",
        lang,
        outcome=t(f"var.review.decision.{last.outcome}", lang),
        by=markdown_safe(last.decided_by),
        at=local_time(last.decided_utc, st.context.timezone, lang),
    )
    st.success(words, icon=":material/gavel:")
    if len(decisions) > 1:
        st.caption(t("var.review.superseded", lang, times=number(len(decisions) - 1, lang)))


def _decide(booth: Booth, verdict: Verdict, *, again: bool) -> None:
    """The decision form: the outcome, who decides, one button."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None
    with st.expander(t("var.review.change_decision", lang), expanded=False) if again else st.container():
        outcome = st.segmented_control(
            t("var.review.decision_label", lang),
            DECISIONS,
            default=None,  # the decision is the referee's
            format_func=lambda value: t(f"var.review.decision.{value}", lang),
            key=f"decision-{incident.id}-{verdict.outcome}",
            width="stretch",
        )
        officials = [f"{name} ({role})" if role else name for role, name in booth.match.setup.officials if name]
        if officials:
            by = st.selectbox(t("var.review.decided_by", lang), officials, accept_new_options=True, key="decided_by")
        else:
            by = st.text_input(t("var.review.decided_by", lang), key="decided_by_name")
        note = st.text_input(t("var.review.note", lang), key=f"note-{incident.id}")
        if st.button(
            t("var.review.record", lang), type="primary", width="stretch", icon=":material/gavel:", key="record"
        ):
            if outcome is None:
                booth.state["error"] = t("var.review.choose_outcome", lang)
            elif verdict.document() != booth.state.get("shown_verdict"):
                booth.state["error"] = t("var.review.changed_elsewhere", lang)
            else:
                st.session_state["person"] = by or ""
                facts = {"verdict": verdict.document(), "measured_utc": utc_now()}
                booth.attempt(
                    lambda: booth.archive.decide(
                        incident.id, outcome, by=by or "", margin=verdict.margin, note=note, facts=facts
                    )
                )
            rerun_part()
        booth.state["shown_verdict"] = verdict.document()  # what was on the screen when the button was pressed next
