"""What was measured and what was judged, side by side and never one; the decision, which is the referee's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from touchline.i18n import t
from touchline.rights import Action, refused
from touchline.store import utc_now
from var.foul.document import foul_document
from var.foul.review import FoulReview
from var.foul.wording import evidence_lines, judged_lines, measured_lines
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.foul.window import review_here
from var.panels.pitch_step import Tool
from var.panels.report import report_panel, reviewed
from var.panels.text import local_time, markdown_safe
from var.questions import DECISIONS


def decision_step(booth: Booth) -> Tool:
    """Draw the summary, then the decision or the way to the protocol, then the report."""
    lang, review = booth.lang, review_here(booth)
    _part(t("var.foul_review.judged", lang), judged_lines(review, lang), "foul_judged")
    _part(t("var.foul_review.measured", lang), measured_lines(review, lang), "foul_measured")
    evidence = evidence_lines(review, lang) or [t("var.foul_review.no_evidence", lang)]
    _part(t("var.foul_review.evidence", lang), evidence, "foul_evidence")
    st.caption(t("var.foul_law.no_verdict", lang))
    if review.decisions:
        last = review.decisions[-1]
        words = t(
            "var.review.decided", lang, outcome=t(f"var.foul_page.decision.{last.outcome}", lang),
            by=markdown_safe(last.decided_by), at=local_time(last.decided_utc, st.context.timezone, lang),
        )  # fmt: skip
        st.success(words, icon=":material/gavel:")
    if booth.match.setup.review is not None:
        if st.button(t("var.foul_page.to_protocol", lang), type="primary", width="stretch", key="foul_to_case"):
            booth.state["mode"] = "case"
            rerun_part()
    else:
        _decide(booth, review)
    if review.decisions or reviewed(booth.archive, review.incident):
        report_panel(booth.archive, booth.match, review.incident, lang)
    return None


def _part(title: str, lines: Sequence[str], key: str) -> None:
    with st.container(key=key, border=True, gap="xsmall"):
        st.markdown(f"**{title}**")
        for line in lines:
            st.markdown(markdown_safe(line))


def _decide(booth: Booth, review: FoulReview) -> None:
    """A decision where the match follows no protocol: outcome, who decides, one button."""
    lang, incident = booth.lang, review.incident
    outcome = st.segmented_control(
        t("var.review.decision_label", lang),
        DECISIONS[incident.question],
        default=None,  # the decision is the referee's
        format_func=lambda value: t(f"var.foul_page.decision.{value}", lang),
        key=f"decision-{incident.id}-{len(review.decisions)}",
        width="stretch",
    )
    by = booth.person or str(st.text_input(t("var.review.decided_by", lang), key="foul_decided_by"))
    note = st.text_input(t("var.review.note", lang), key=f"note-{incident.id}")
    may = refused(booth.archive.person, Action.DECIDE) is None
    if st.button(
        t("var.review.record", lang), type="primary", width="stretch", icon=":material/gavel:", key="record",
        disabled=not may, help=None if may else t("var.case.only_deciders", lang),
    ):  # fmt: skip
        if outcome is None:
            booth.state["error"] = t("var.review.choose_outcome", lang)
        else:
            facts: dict[str, Any] = {
                "question": incident.question.value, "foul": foul_document(review, lang), "measured_utc": utc_now()
            }  # fmt: skip
            booth.attempt(lambda: booth.archive.decide(incident.id, outcome, by=by, note=note, facts=facts))
        rerun_part()
