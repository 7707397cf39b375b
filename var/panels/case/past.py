"""What was said in a case, entry by entry, with what was taken back; and an amendment after its end."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from touchline.i18n import t
from var.decisions import Case, Ruling
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, CaseEntry, Stamp
from var.panels.again import rerun_part
from var.panels.case.desk import CaseDesk
from var.panels.case.entries import WORDS, entry_text
from var.panels.text import local_time, markdown_safe, refusal


def past_part(desk: CaseDesk, case: Case) -> None:
    """Draw the log of a case, and the way to amend what was decided."""
    lang = desk.booth.lang
    with st.expander(t("var.case.past", lang, count=len(case.entries)), icon=":material/history:"):
        gone = {entry.body["of"] for entry in case.entries if entry.kind is EntryKind.UNDO}
        lines = [(entry.at, _line(case, entry, lang), entry.number in gone) for entry in case.entries]
        lines += [(at, line, False) for at, line in _failures(desk, case, lang)]
        for _, line, undone in sorted(lines, key=lambda each: datetime.fromisoformat(each[0].utc)):
            st.markdown(f"~~{line}~~" if undone else line)
    if case.closed and not case.withdrawn:
        with st.expander(t("var.case.amend", lang), icon=":material/edit_note:"):
            _amend(desk, case)


def unread_part(desk: CaseDesk) -> None:
    """Draw what is kept of the cases of the match that cannot be told, and why they cannot: as it was said, by whom."""
    lang, here = desk.booth.lang, desk.booth.incident
    for each in desk.sitting.unread:
        st.error(refusal(each.fault.document(lang)), icon=":material/menu_book:")
        own = here is not None and each.incident_id == here.id
        with st.expander(t("var.case.unread", lang, case=each.id), icon=":material/history:", expanded=own):
            for entry in each.entries:
                at = local_time(entry.at.utc, st.context.timezone, lang)
                what = t(f"var.case.entry.{entry.kind.value}", lang, step=entry.body.get("step", ""))
                said = [str(word) for word in (entry.body.get("ruling") or {}).values() if word]
                line = " · ".join([what, *said, *([entry.body["why"]] if entry.body.get("why") else [])])
                st.markdown(f"{at} · **{markdown_safe(line)}** · {markdown_safe(f'{entry.by.name} ({entry.by.role})')}")


def _failures(desk: CaseDesk, case: Case, lang: str) -> list[tuple[Stamp, str]]:
    """The technical failures of the match while a case was open, and when the system worked again."""
    ended = case.ended_at
    found = []
    for failure in desk.sitting.failures:
        later = failure.at.after_s(case.opened_at)
        past_end = None if ended is None else failure.at.after_s(ended)
        if later is None or (past_end is not None and past_end > 0):
            continue  # it was over before, or came after the end of the case
        found.append((failure.at, _said(case, failure.at, failure.by, t("var.case.match_failure", lang), lang)))
        if failure.over_at is not None and failure.over_by is not None:
            found.append(
                (failure.over_at, _said(case, failure.over_at, failure.over_by, t("var.case.resume", lang), lang))
            )
    return found


def _said(case: Case, at: Stamp, by: Actor, what: str, lang: str) -> str:
    role = case.rules.pack.roles.get(by.role)
    who = markdown_safe(by.name) + ("" if role is None else f" ({markdown_safe(role.name[lang])})")
    return f"{local_time(at.utc, st.context.timezone, lang)} · **{markdown_safe(what)}** · {who}"


def _line(case: Case, entry: CaseEntry, lang: str) -> str:
    """One entry: when, what, who, and who wrote it down where that was another."""
    at = local_time(entry.at.utc, st.context.timezone, lang)
    role = case.rules.pack.roles[entry.by.role].name[lang]
    who = f"{markdown_safe(entry.by.name)} ({markdown_safe(role)})"
    if entry.recorded_by and entry.recorded_by != entry.by.name:
        who += " · " + t("var.case.noted_by", lang, name=markdown_safe(entry.recorded_by))
    return f"{at} · **{markdown_safe(entry_text(case, entry, lang))}** · {who}"


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
