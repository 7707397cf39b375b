"""What was said in a case, entry by entry, with what was taken back; and an amendment after its end."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import t
from var.decisions import Case, Ruling
from var.decisions.kinds import EntryKind
from var.decisions.model import CaseEntry
from var.panels.again import rerun_part
from var.panels.case.desk import CaseDesk
from var.panels.case.ruling import WORDS
from var.panels.text import local_time, markdown_safe


def past_part(desk: CaseDesk, case: Case) -> None:
    """Draw the log of a case, and the way to amend what was decided."""
    lang = desk.booth.lang
    with st.expander(t("var.case.past", lang, count=len(case.entries)), icon=":material/history:"):
        gone = {entry.body["of"] for entry in case.entries if entry.kind is EntryKind.UNDO}
        for entry in case.entries:
            line = _line(case, entry, lang)
            st.markdown(f"~~{line}~~" if entry.number in gone else line)
    if case.closed and not case.withdrawn:
        with st.expander(t("var.case.amend", lang), icon=":material/edit_note:"):
            _amend(desk, case)


def _line(case: Case, entry: CaseEntry, lang: str) -> str:
    """One entry: when, what, who, and who wrote it down where that was another."""
    at = local_time(entry.at.utc, st.context.timezone, lang)
    role = case.rules.pack.roles[entry.by.role].name[lang]
    who = f"{markdown_safe(entry.by.name)} ({markdown_safe(role)})"
    if entry.recorded_by and entry.recorded_by != entry.by.name:
        who += " · " + t("var.case.noted_by", lang, name=markdown_safe(entry.recorded_by))
    return f"{at} · **{markdown_safe(_what(case, entry, lang))}** · {who}"


def _what(case: Case, entry: CaseEntry, lang: str) -> str:
    body, pack = entry.body, case.rules.pack
    if entry.kind is EntryKind.STEP:
        names = [step.name[lang] for step in case.rules.protocol.steps if step.id == body["step"]]
        return (names or [body["step"]])[0] + _ruling(case, body["ruling"], lang)
    said = t(f"var.case.entry.{entry.kind.value}", lang)
    if entry.kind is EntryKind.FACTS:
        return said + ": " + ", ".join(_fact(case, name, value, lang) for name, value in body["known"].items())
    if entry.kind is EntryKind.OVERRIDE:
        return f"{said}: {pack.questions[body['question']].name[lang]} – {body['why']}"
    if entry.kind is EntryKind.AMENDED:
        return f"{said}{_ruling(case, body['ruling'], lang)} – {body['why']}"
    return said


def _ruling(case: Case, ruling: dict[str, Any], lang: str) -> str:
    words = [
        getattr(case.rules.pack, table)[ruling[word]].name[lang] for word, table in WORDS.items() if ruling.get(word)
    ]
    return "".join(f" · {word}" for word in words)


def _fact(case: Case, name: str, value: Any, lang: str) -> str:
    pack = case.rules.pack
    yes_no = {True: t("var.case.yes", lang), False: t("var.case.no", lang), None: "–"}
    if name == "situation":
        return case.rules.situations[value].name[lang] if value in case.rules.situations else str(value or "–")
    if name == "before":
        return f"{t('var.case.before', lang)}: {'–' if value is None else pack.outcomes[value].name[lang]}"
    if name == "thresholds":
        return ", ".join(f"{pack.thresholds[each].name[lang]}: {yes_no[told]}" for each, told in value.items())
    if name in ("moments", "questions"):
        table: Any = pack.moments if name == "moments" else pack.questions
        return f"{t(f'var.case.fact.{name}', lang)}: {', '.join(table[each].name[lang] for each in value or ()) or '–'}"
    shown = yes_no[value] if value is None or isinstance(value, bool) else f"{value:g}"
    return f"{t(f'var.case.fact.{name}', lang)}: {shown}"


def _amend(desk: CaseDesk, case: Case) -> None:
    """Put a ruling right, with a reason; what was decided stays on record."""
    lang = desk.booth.lang
    st.caption(t("var.case.amend_hint", lang))
    situation = case.about
    said: dict[str, str | None] = {}
    for word, table in WORDS.items():
        terms = getattr(case.rules.pack, table)
        names = list(getattr(situation, table)) if situation is not None else list(terms)
        if names:
            said[word] = st.selectbox(
                t(f"var.case.{word}", lang),
                names,
                index=None,
                placeholder=t("var.case.as_it_was", lang),
                format_func={name: str(terms[name].name[lang]) for name in names}.__getitem__,
                key=f"amend-{case.id}-{len(case.entries)}-{word}",
            )
    why = st.text_input(t("var.case.why", lang), key=f"amend-{case.id}-{len(case.entries)}-why")
    if st.button(t("var.case.amend_record", lang), key="case_amend", disabled=not desk.may_decide()):
        desk.amend(case, Ruling(said.get("outcome"), said.get("restart"), said.get("sanction")), why)
        rerun_part()
