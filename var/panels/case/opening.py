"""How a case begins: what happened, and where the protocol begins with a request, who asked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import number, t
from var.decisions.model import Asked
from var.decisions.requests import account, part_of
from var.panels.again import rerun_part
from var.panels.case.desk import CaseDesk
from var.panels.case.keys import STEP_KEYS
from var.panels.text import markdown_safe
from var.rules.choosing import Rulebook
from var.rules.model import Request, Situation
from var.rules.words import Begins

OTHER = ""
"""Stands for what belongs to no category of the pack."""
AT_A_GLANCE = 7
"""As many situations stand in one list; more are chosen by their kind first."""


def opening_part(desk: CaseDesk) -> None:
    """Draw what may have happened as large buttons, by kind where there are many; the press opens the case and starts
    its clock."""
    rules, lang = desk.rules, desk.booth.lang
    if rules is None:
        return
    asked: dict[str, Any] = {}
    if rules.protocol.begins is Begins.REQUEST:
        found = _request(desk, rules)
        if found is None:
            return
        asked = found
    groups: dict[str, list[Situation]] = {}
    for each in rules.situations.values():
        if each.reviewable and (each.option is None or each.option in rules.adopted):
            groups.setdefault(each.category or OTHER, []).append(each)
    situations = shown = [situation for group in groups.values() for situation in group]
    if len(shown) > AT_A_GLANCE and len(groups) > 1:
        here = desk.booth.state["incident"]
        if desk.state.get("category_at") != here:  # what was chosen of another incident says nothing of this one
            desk.state["category"], desk.state["category_at"] = None, here
        chosen = desk.state.get("category")
        if chosen not in groups:
            st.markdown(t("var.case.what_kind", lang))
            _categories(desk, rules, list(groups))
            return
        shown = groups[chosen]
    st.markdown(t("var.case.what", lang))
    if shown is not situations and st.button(
        t("var.case.other_kind", lang), icon=":material/arrow_back:", key="case_category_back"
    ):
        desk.choose_kind(None)
        rerun_part()
    desk.state["asked"], desk.state["offered"] = asked, [situation.id for situation in shown]
    with st.container(key="case_situations", gap="xsmall"):
        for place, situation in enumerate(shown):
            letter = STEP_KEYS[place] if place < len(STEP_KEYS) else ""
            _button(desk, situation, asked, letter)


def _categories(desk: CaseDesk, rules: Rulebook, names: list[str]) -> None:
    """The kinds of situations, one large button each."""
    lang = desk.booth.lang
    with st.container(key="case_categories", gap="xsmall"):
        for name, letter in zip(names, STEP_KEYS, strict=False):
            known = rules.pack.categories.get(name)
            words = t("var.case.other", lang) if known is None else markdown_safe(known.name[lang])
            if st.button(f"**{words}** `{letter}`", key=f"case_category_{name}", width="stretch"):
                desk.choose_kind(name)
                rerun_part()


def _button(desk: CaseDesk, situation: Situation, asked: dict[str, Any], letter: str) -> None:
    lang = desk.booth.lang
    words = markdown_safe(situation.name[lang])
    pressed = st.button(
        f"{words} `{letter}`" if letter else words,
        key=f"case_situation_{situation.id}",
        width="stretch",
    )
    if pressed:
        desk.state["category"] = None
        desk.begin(situation.id, **asked)
        rerun_part()


def _request(desk: CaseDesk, rules: Rulebook) -> dict[str, Any] | None:
    """Which request, by which side, in which part of the match; None until that is said."""
    lang, requests = desk.booth.lang, rules.format.requests
    request: Request | None = requests[0]
    if len(requests) > 1:
        request = st.pills(
            t("var.case.request", lang),
            requests,
            default=None,
            format_func=lambda each: markdown_safe(each.name[lang]),
            key="case_request",
        )
    if request is None:
        return None
    asked: dict[str, Any] = {"request": request.id}
    if any(rules.pack.roles[role].team for role in request.by):
        side = _side(desk)
        if side is None:
            return None
        asked["side"] = side
    if request.quota is not None and part_of(request, "") is not None and request.per is not None:
        per = t(f"var.case.part.{request.per.value}", lang)
        asked["part"] = str(st.number_input(per, min_value=1, value=1, step=1, key="case_part"))
    if request.extra_time:
        asked["extra_time"] = st.checkbox(t("var.case.extra_time", lang), key="case_extra_time")
    _left(desk, rules, asked)
    return asked


def _side(desk: CaseDesk) -> str | None:
    """The side that asked, as one of two large buttons that stay pressed."""
    lang, setup = desk.booth.lang, desk.booth.match.setup
    names = {"home": setup.home.name or t("var.setup.home", lang), "away": setup.away.name or t("var.setup.away", lang)}
    with st.container(key="case_side"):
        return st.segmented_control(
            t("var.case.side", lang),
            list(names),
            default=None,
            format_func=lambda side: markdown_safe(names[side]),
            key=f"side-{desk.booth.state['incident']}",
            width="stretch",
        )


def _left(desk: CaseDesk, rules: Rulebook, asked: dict[str, Any]) -> None:
    """How many requests that side has left."""
    who = Asked(asked["request"], asked.get("side"), asked.get("part"), bool(asked.get("extra_time")))
    found = account(rules, desk.sitting.cases, who)
    if found.left is not None:
        st.caption(t("var.case.left", desk.booth.lang, left=number(found.left, desk.booth.lang)))
