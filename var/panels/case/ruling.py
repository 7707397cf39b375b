"""What is decided, in the words of the pack: outcome, restart, sanction. Chosen before the step that keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from touchline.i18n import t
from var.decisions import Case, Choice
from var.decisions.asking import implied_outcome
from var.panels.case.desk import CaseDesk
from var.panels.case.entries import WORDS
from var.panels.text import markdown_safe


def ruling_part(desk: CaseDesk, case: Case, choices: Sequence[Choice]) -> None:
    """Draw what can be chosen now: the outcome where the next steps do not say it by themselves, restart and sanction
    once there is a result; and below a closed case what was decided."""
    lang = desk.booth.lang
    if case.result is not None:
        said = [
            markdown_safe(getattr(case.rules.pack, WORDS[word])[value].name[lang])
            for word in WORDS
            if (value := getattr(case.ruling, word)) is not None
        ]
        st.markdown(f"⚖ **{t(f'var.rules.result.{case.result.value}', lang)}**" + "".join(f" · {one}" for one in said))
    if case.closed:
        return
    deciding = [choice for choice in choices if choice.step.result is not None]
    wanted = []
    if case.result is None and any(
        choice.open and choice.step.result.value in ("changed", "stands") and implied_outcome(case, choice.step) is None
        for choice in deciding
        if choice.step.result is not None
    ):
        wanted.append("outcome")
    if case.result is not None and case.result.value in ("changed", "stands"):
        wanted += ["restart", "sanction"]
    desk.keep_shown(case, wanted)
    for word in wanted:
        _choose(desk, case, word)


def _choose(desk: CaseDesk, case: Case, word: str) -> None:
    lang, situation = desk.booth.lang, case.about
    terms = getattr(case.rules.pack, WORDS[word])
    names = list(getattr(situation, WORDS[word])) if situation is not None else list(terms)
    if word == "outcome":  # asked only where a step does not say it: the one before stands by its own step
        names = [name for name in names if name != case.before]
    if not names:
        return
    chosen = desk.state["ruling"].get(word) if desk.state.get("of") == case.id else None
    with st.container(key=f"case_{word}"):
        picked = st.pills(
            t(f"var.case.{word}", lang),
            names,
            default=chosen if chosen in names else getattr(case.ruling, word),
            format_func=lambda name: markdown_safe(terms[name].name[lang]),
            key=f"ruling-{case.id}-{len(case.steps)}-{word}",
            disabled=not desk.may_decide(),
            help=None if desk.may_decide() else t("var.case.only_deciders", lang),
        )
    desk.rule(case, word, picked)
