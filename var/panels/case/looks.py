"""At which speeds the questions of a case were looked at, a warning where that is not enough, who answers for it."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from var.decisions import Case
from var.decisions.watched import Seen, Watched
from var.panels.again import rerun_part
from var.panels.case.desk import CaseDesk
from var.panels.text import markdown_safe
from var.rules.words import Replay, Strength

SIGNS = {Seen.ENOUGH: "✓", Seen.OVERRIDDEN: "✓", Seen.NOT_SEEN: "○", Seen.INCONCLUSIVE: "⚠", Seen.UNKNOWN: "?"}


def looks_part(desk: CaseDesk, case: Case) -> None:
    """Draw what the log of looks says; the clock's browser part asks for another drawing when the log has grown."""
    found = desk.watched(case)
    if not found:
        return
    lang = desk.booth.lang
    for each in found:
        _line(desk, case, each)
    if any(each.replay is Replay.NORMAL and each.warns for each in found) and case.rules.pack.replay_speed is not None:
        st.caption(markdown_safe(case.rules.pack.replay_speed.name[lang]))


def _line(desk: CaseDesk, case: Case, each: Watched) -> None:
    """One question: seen or not, and where slow motion stands in its way, the field for the reason."""
    lang = desk.booth.lang
    name = markdown_safe(case.rules.pack.questions[each.question].name[lang])
    said = t(f"var.decisions.seen.{each.seen.value}", lang)
    spent = ", ".join(
        f"{t(f'var.case.speed.{speed.value}', lang)} {number(ms / 1000, lang, 1)} s"
        for speed, ms in each.speeds_ms.items()
    )
    if len(each.cameras) > 1:
        spent = t("var.decisions.seen.added_up", lang, spent=spent, angles=len(each.cameras))
    text = f"{SIGNS[each.seen]} **{name}**: {said}" + (f" ({spent})" if spent else "")
    if each.seen not in (Seen.INCONCLUSIVE, Seen.UNKNOWN) or case.closed:
        st.caption(text)
        return
    st.warning(text, icon=":material/slow_motion_video:")
    rule = case.rules.pack.replay_speed
    if each.replay is not Replay.NORMAL:
        return  # any speed will do, so there is nothing to answer for
    if rule is not None and rule.strength is Strength.MUST:
        st.caption(t("var.case.no_override", lang, rule=markdown_safe(rule.name[lang])))
        return
    with st.popover(
        t("var.case.override", lang), icon=":material/edit_note:", key=f"override-{case.id}-{each.question}"
    ):
        why = st.text_input(t("var.case.override_why", lang), key=f"why-{case.id}-{each.question}")
        if st.button(
            t("var.case.override_record", lang), key=f"answer-{case.id}-{each.question}", disabled=not desk.may_decide()
        ):
            desk.override(case, each.question, why)
            rerun_part()
