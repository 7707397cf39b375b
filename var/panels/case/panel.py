"""The protocol beside the replay: which case it is, its four gates, what is known, one large button for each step."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import t
from var.decisions import Case, Choice
from var.decisions.steps import outcomes_left
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.case.desk import CaseDesk
from var.panels.case.facts import facts_part, later_part
from var.panels.case.gates import gates_part
from var.panels.case.keys import FAILURE_KEY, step_keys
from var.panels.case.looks import looks_part
from var.panels.case.measured import measured_part
from var.panels.case.numbers import numbers_part
from var.panels.case.opening import opening_part
from var.panels.case.past import past_part, unread_part
from var.panels.case.rules import people_part, rules_part
from var.panels.case.ruling import ruling_part
from var.panels.match_report import match_report_panel
from var.panels.report import report_panel
from var.panels.text import markdown_safe, refusal
from var.rules.words import Clock


def case_panel(booth: Booth) -> None:
    """Draw the review of the incident under review by the rules of the match."""
    lang, desk = booth.lang, CaseDesk(booth)
    if booth.state["error"]:
        st.error(booth.state["error"])
    if desk.fault is not None:
        st.error(refusal(desk.fault.document(lang)))
    unread_part(desk)
    case = desk.case
    if case is None and desk.rules is None:
        rules_part(desk)
        return
    _down(desk)
    if case is not None:
        _case(desk, case)
    elif booth.incident is None:
        st.markdown(t("var.case.flag_first", lang))
    elif not desk.sitting.down and desk.may_note():
        opening_part(desk)
    if desk.may_note():
        _foot(desk, case)
    if case is not None and case.result is not None and booth.incident is not None:
        with st.container(key="case_report"):
            report_panel(booth.archive, booth.match, booth.incident, lang)
    if case is not None:
        past_part(desk, case)
    people_part(desk)
    with st.expander(t("var.case.rules_of_match", lang), icon=":material/menu_book:"):
        rules_part(desk)
    with st.expander(t("var.case.numbers", lang), icon=":material/monitoring:"):
        try:
            numbers_part(desk)
        except TouchlineError as fault:  # a review that cannot be told: no number without it
            st.error(refusal(fault.document(lang)))
        st.divider()
        match_report_panel(booth.archive, booth.match, lang)


def _foot(desk: CaseDesk, case: Case | None) -> None:
    """What is always at hand: undo, and the failure of the system."""
    lang = desk.booth.lang
    with st.container(horizontal=True, key="case_foot"):
        if case is not None and st.button(
            t("var.review.undo", lang), icon=":material/undo:", key="case_undo", help="Ctrl+Z, U"
        ):
            desk.undo()
            rerun_part()
        if desk.may_fail() and st.button(
            f"{t('var.case.failure', lang)} `{FAILURE_KEY}`",
            icon=":material/videocam_off:",
            key="case_failure",
            help=t("var.case.failure_help", lang),
        ):
            desk.fail()
            rerun_part()


def _down(desk: CaseDesk) -> None:
    """A technical failure that is in force, and the way back."""
    lang = desk.booth.lang
    if not desk.sitting.down:
        return
    st.error(t("var.case.down", lang), icon=":material/videocam_off:")
    st.caption(t("var.case.down_by_mistake", lang))
    if desk.may_note() and st.button(t("var.case.resume", lang), type="primary", width="stretch", key="case_resume"):
        desk.fail()
        rerun_part()


def _case(desk: CaseDesk, case: Case) -> None:
    """An open or closed case."""
    lang = desk.booth.lang
    situation = case.about
    name = case.situation or "–" if situation is None else situation.name[lang]
    st.markdown(f"**{markdown_safe(name)}** :orange-badge[{markdown_safe(case.at.name[lang])}]")
    gates_part(case, lang)
    measured_part(desk.booth)
    if not case.closed and case.result is None and desk.may_note():
        facts_part(desk, case)
    if case.at.clock is not Clock.CHECK:
        looks_part(desk, case)
    choices = desk.choices(case)
    desk.show(case, choices)
    ruling_part(desk, case, choices)
    letters = step_keys(case.rules.protocol)
    likely = _likely(choices)
    for choice in choices:
        letter = letters.get(choice.step.id, "")
        if letter == FAILURE_KEY:
            continue  # the failure has its own button, for the whole match
        _step(desk, case, choice, letter, first=choice is likely)
    if case.at.clock is Clock.CHECK:  # while it is checked the steps come first
        if desk.may_note():
            later_part(desk, case)
        looks_part(desk, case)


def _likely(choices: Sequence[Choice]) -> Choice | None:
    """The step that stands out: the first open one that waited for something, else the first one where none is shut."""
    waited = [choice for choice in choices if choice.open and choice.guards]
    return next(iter(waited), choices[0] if choices and all(choice.open for choice in choices) else None)


def _step(desk: CaseDesk, case: Case, choice: Choice, letter: str, *, first: bool) -> None:
    """One step: its words, its key, and on a shut one why."""
    lang = desk.booth.lang
    label = markdown_safe(choice.step.name[lang])
    outcome = desk.outcome(case, choice.step)
    if outcome is not None:
        label += f" → **{markdown_safe(case.rules.pack.outcomes[outcome].name[lang])}**"
    why = "; ".join(t(reason.key, lang) for reason in choice.reasons)
    elsewhere = [reason for reason in choice.reasons if reason.guard in ("quota_left", "window_open")]
    allowed = desk.may_decide()
    pressed = st.button(
        f"{label} `{letter}`" if letter else label,
        key=f"case_step_{choice.step.id}",
        type="primary" if first and allowed else "secondary",
        width="stretch",
        disabled=not (choice.open and allowed),
        help=why or (None if allowed else t("var.case.only_deciders", lang)),
    )
    if choice.open and outcome is None and outcomes_left(case, choice.step):
        st.caption(t("var.case.outcome_first", lang))
    if elsewhere:  # the other reasons stand at the gates
        st.caption(t("var.case.shut", lang, why="; ".join(t(reason.key, lang) for reason in elsewhere)))
    if pressed:
        desk.take(case, choice)
        rerun_part()
