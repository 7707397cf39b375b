"""The last step: what was measured, the decision, and the report."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from touchline.store import utc_now
from var.jobs import Jobs
from var.model import Decision, Outcome
from var.offside import Verdict
from var.panels.report import report_panel
from var.panels.text import markdown_safe
from var.review import verdict_of

if TYPE_CHECKING:
    from var.panels.review import Booth

SIGNS = {Outcome.OFFSIDE: "■", Outcome.ONSIDE: "●", Outcome.TOO_CLOSE: "◆", Outcome.NOT_MEASURABLE: "?"}
COLOURS = {
    Outcome.OFFSIDE: ("#ff6b35", "#1a0d07"),
    Outcome.ONSIDE: ("#3aa0ff", "#041423"),
    Outcome.TOO_CLOSE: ("#ffd60a", "#1d1800"),
    Outcome.NOT_MEASURABLE: ("#5b6670", "#ffffff"),
}
DECISIONS = ("offside", "onside", "stands")


def margin_words(verdict: Verdict, lang: str) -> str:
    """The margin as people read it: ``+34 cm ± 12 (95 %)``; empty where nothing was measured."""
    if verdict.margin is None:
        return ""
    value = number(verdict.margin.value * CM_PER_M, lang, sign=True)
    return t("var.review.margin", lang, value=value, half=number(verdict.margin.half_width95 * CM_PER_M, lang))


def verdict_step(booth: Booth) -> dict[str, Any] | None:
    """Draw the verdict, the decision form and the report."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    verdict = verdict_of(booth.match, booth.review, incident)
    if verdict is None:
        st.warning(t("var.review.first_kick", lang))
        return None
    _banner(verdict, lang)
    if verdict.margin is not None:
        st.html(_axis(verdict, lang))
        with st.expander(t("var.review.budget", lang)):
            st.html(_budget(verdict, lang))
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
    return None


def _banner(verdict: Verdict, lang: str) -> None:
    back, ink = COLOURS[verdict.outcome]
    word = escape(t(f"var.review.outcome.{verdict.outcome.value}", lang))
    st.html(
        f'<div role="status" style="background:{back};color:{ink};border-radius:10px;padding:10px 14px;line-height:1.15">'
        f'<div style="font:800 22px sans-serif">{SIGNS[verdict.outcome]} {word}</div>'
        f'<div style="font:700 26px sans-serif;font-variant-numeric:tabular-nums">{escape(margin_words(verdict, lang))}</div></div>'
    )


def _axis(verdict: Verdict, lang: str) -> str:
    """The margin with its interval on a scale whose zero is the second-last opponent, as a drawing."""
    assert verdict.margin is not None
    low, high = verdict.margin.interval95
    reach = 1.15 * max(abs(low), abs(high), 0.2)

    def at(metres: float) -> str:
        return f"{50 + 50 * metres / reach:.1f}%"

    def bar(style: str) -> str:
        return f'<span style="position:absolute;{style}"></span>'

    words = [escape(t(f"var.review.axis_{side}", lang)) for side in ("onside", "offside")]
    return (
        f'<div role="img" aria-label="{escape(margin_words(verdict, lang))}" style="font:12px sans-serif;color:#c9d3db">'
        '<div style="position:relative;height:30px">'
        + bar("left:0;right:0;top:15px;height:1px;background:#8fa0ad")
        + bar(
            f"left:{at(low)};width:{50 * (high - low) / reach:.1f}%;top:7px;height:16px;background:#ff6b3580;border-radius:4px"
        )
        + bar("left:calc(50% - 1.5px);width:3px;top:0;height:30px;background:#3aa0ff")
        + bar(
            f"left:calc({at(verdict.margin.value)} - 6px);width:12px;height:12px;top:9px;background:#ff6b35;border-radius:50%"
        )
        + f'</div><div style="display:flex;justify-content:space-between"><span>◀ {words[0]}</span><span>{words[1]} ▶</span></div></div>'
    )


def _budget(verdict: Verdict, lang: str) -> str:
    """Where the uncertainty comes from, largest first, as bars of one standard deviation in centimetres."""
    parts = sorted(((name, value or 0.0) for name, value in verdict.budget.items()), key=lambda part: -part[1])
    most = max(value for _, value in parts) or 1.0
    rows = "".join(
        f'<div style="display:grid;grid-template-columns:8.5em 1fr 4.5em;gap:8px;align-items:center;margin:3px 0">'
        f"<span>{escape(t(f'var.review.source.{name}', lang))}</span>"
        f'<span style="background:#ff6b35;height:10px;border-radius:3px;width:{100 * value / most:.0f}%"></span>'
        f'<span style="text-align:right;font-variant-numeric:tabular-nums">{number(value * CM_PER_M, lang, 1)} cm</span></div>'
        for name, value in parts
    )
    return f'<div style="font:14px sans-serif">{rows}</div>'


def _decided(decisions: list[Decision], lang: str) -> None:
    """The decision that holds, and how many it replaced."""
    last = decisions[-1]
    words = t(
        "var.review.decided",
        lang,
        outcome=t(f"var.review.decision.{last.outcome}", lang),
        by=markdown_safe(last.decided_by),
        at=last.decided_utc[:19].replace("T", " "),
    )
    st.success(words, icon=":material/gavel:")
    if len(decisions) > 1:
        st.caption(t("var.review.superseded", lang, times=number(len(decisions) - 1, lang)))


def _decide(booth: Booth, verdict: Verdict, *, again: bool) -> None:
    """The decision form: the outcome, who decides, one button."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None
    suggested = {Outcome.OFFSIDE: "offside", Outcome.ONSIDE: "onside"}.get(verdict.outcome, "stands")
    with st.expander(t("var.review.change_decision", lang), expanded=False) if again else st.container():
        outcome = st.segmented_control(
            t("var.review.decision_label", lang),
            DECISIONS,
            default=suggested,
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
            else:
                st.session_state["person"] = by or ""
                facts = {"verdict": verdict.document(), "measured_utc": utc_now()}
                booth.attempt(
                    lambda: booth.archive.decide(
                        incident.id, outcome, by=by or "", margin=verdict.margin, note=note, facts=facts
                    )
                )
            st.rerun(scope="fragment")
