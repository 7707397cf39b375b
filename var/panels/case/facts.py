"""What is known of a case: only what its rules look at, each with one press."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import number, t
from var.decisions import Case
from var.decisions.asking import facts_wanted, outcomes_of, thresholds_of
from var.decisions.kinds import EntryKind
from var.panels.again import rerun_part
from var.panels.case.desk import CaseDesk
from var.panels.text import markdown_safe
from var.rules.words import Clock, Until

NONE = ""
"""Stands for no threshold in the choice: all of them were judged and denied."""


def facts_part(desk: CaseDesk, case: Case) -> None:
    """Draw what the steps wait for; what was told is chosen. Once the check is over it folds away: the log has it."""
    wanted = [fact for fact in facts_wanted(case) if fact not in _later(case)]
    if not wanted:
        return
    checking = case.at.clock is Clock.CHECK
    with st.container(key="case_facts") if checking else st.expander(t("var.case.known", desk.booth.lang)):
        for fact in wanted:
            _fact(desk, case, fact)


def later_part(desk: CaseDesk, case: Case) -> None:
    """Draw what shuts no step as long as nobody says it; it stands below the steps."""
    lang = desk.booth.lang
    wanted = [fact for fact in facts_wanted(case) if fact in _later(case)]
    with st.container(key="case_facts_later"):
        for fact in wanted:
            if fact == "questions":
                with st.popover(t("var.case.fact.questions", lang), icon=":material/help:", width="stretch"):
                    _several(desk, case, fact)
            else:
                _fact(desk, case, fact)


def _later(case: Case) -> frozenset[str]:
    """The facts that shut no step while they are unknown: a request's window must be known, a time gate need not."""
    request = None if case.asked is None else case.rules.format.request(case.asked.request)
    timed = {Until.RESTART: "restarted", Until.FIRST_STOP: "first_stop_over"}
    needed = {fact for end, fact in timed.items() if request is not None and request.until is end}
    return frozenset({"questions", *timed.values()} - needed)


def _fact(desk: CaseDesk, case: Case, fact: str) -> None:
    if fact == "before":
        _before(desk, case)
    elif fact == "thresholds":
        _thresholds(desk, case)
    elif fact == "asked_in_window":
        _window(desk, case)
    elif fact == "moments":
        _several(desk, case, fact)
    else:
        _yes_no(desk, case, fact, getattr(case.facts, fact))


def _pills(desk: CaseDesk, case: Case, fact: str, said: Any, label: str, options: list[Any], **how: Any) -> Any:
    """A choice that stands on what counts now, and what of it is pressed.

    It is the same one all along: another in its place would stand beside the old one until the page is drawn, and move
    what is below under a finger. After an entry that tells this fact or takes one back it is set anew.
    """
    # Cases of other matches have the same ids, and a browser goes from one match to another at once.
    key, changed = f"fact-{case.id}-{fact}-{case.match_id}", _changed(case, fact)
    shown = desk.state.setdefault("facts", {})
    if key not in st.session_state or shown.get(key) != changed:
        drawn = desk.state.get("drawn", {}).get(key)
        if key in shown and key in st.session_state and st.session_state[key] not in (said, drawn):
            desk.booth.state["error"] = t("var.case.shown_otherwise", desk.booth.lang)  # somebody was faster
        st.session_state[key], shown[key] = said, changed
    desk.state.setdefault("drawn", {})[key] = said
    return st.pills(label, options, key=key, **how)


def _changed(case: Case, fact: str) -> int:
    """How many entries told this fact or took one back."""
    told = {"thresholds": {"thresholds"}, "before": {"before", "decision_made"}}.get(fact, {fact})
    numbers = {
        entry.number
        for entry in case.entries
        if entry.kind is EntryKind.FACTS and not told.isdisjoint(entry.body["known"])
    }
    return len(numbers) + sum(entry.kind is EntryKind.UNDO and entry.body["of"] in numbers for entry in case.entries)


def _tell(desk: CaseDesk, case: Case, known: dict[str, Any]) -> None:
    if not desk.tell(case, known):
        desk.state["facts"].clear()  # what was refused is not chosen
    rerun_part()


def _before(desk: CaseDesk, case: Case) -> None:
    """The decision on the field, by the outcomes of the situation."""
    lang, outcomes = desk.booth.lang, case.rules.pack.outcomes
    with st.container(key="case_before"):
        chosen = _pills(
            desk,
            case,
            "before",
            case.before,
            t("var.case.before", lang),
            list(outcomes_of(case)),
            format_func=lambda name: markdown_safe(outcomes[name].name[lang]),
        )
    if chosen != case.before:
        _tell(desk, case, {"before": chosen, **({} if chosen else {"decision_made": None})})


def _thresholds(desk: CaseDesk, case: Case) -> None:
    """One press says which threshold is reached, or that none is."""
    lang, names = desk.booth.lang, thresholds_of(case)
    judged = case.facts.thresholds
    reached = next((name for name in names if judged.get(name)), None)
    if reached is None and all(judged.get(name) is False for name in names):
        reached = NONE
    words = {name: markdown_safe(case.rules.pack.thresholds[name].name[lang]) for name in names}
    words[NONE] = t("var.case.below", lang)
    with st.container(key="case_threshold"):
        chosen = _pills(
            desk,
            case,
            "thresholds",
            reached,
            t("var.rules.gate.threshold", lang),
            list(words),
            format_func=words.__getitem__,
            label_visibility="collapsed",
            disabled=not desk.may_decide(),
        )
    if not desk.may_decide():
        st.caption(t("var.case.only_deciders", lang))
    if chosen != reached:
        told: dict[str, bool | None] = dict.fromkeys(names, False if chosen == NONE else None)
        _tell(desk, case, {"thresholds": {**told, chosen: True} if chosen else told})


def _yes_no(desk: CaseDesk, case: Case, fact: str, said: bool | None, label: str = "") -> None:
    lang = desk.booth.lang
    words = {True: t("var.case.yes", lang), False: t("var.case.no", lang)}
    with st.container(key=f"case_{fact}"):
        chosen = _pills(
            desk,
            case,
            fact,
            said,
            label or t(f"var.case.fact.{fact}", lang),
            list(words),
            format_func=lambda value: words[value],
        )
    if chosen is not said:
        _tell(desk, case, {fact: chosen})


def _window(desk: CaseDesk, case: Case) -> None:
    """Whether the request came in time; where seconds were counted elsewhere they count, and are shown."""
    request = None if case.asked is None else case.rules.format.request(case.asked.request)
    if request is None or request.window_s is None or request.since is None:
        return
    lang, counted = desk.booth.lang, case.facts.asked_after_s
    since = t(f"var.case.since.{request.since.value}", lang)
    label = t("var.case.in_window", lang, since=since, window=number(request.window_s, lang))
    if counted is not None:
        st.caption(f"{label}: {number(counted, lang, 1)} s")
        return
    _yes_no(desk, case, "asked_in_window", case.facts.asked_in_window, label)


def _several(desk: CaseDesk, case: Case, fact: str) -> None:
    """Moments of the match, or the questions that are in doubt."""
    lang, pack = desk.booth.lang, case.rules.pack
    situation = case.about
    table: Any = pack.moments if fact == "moments" else pack.questions
    names = list(pack.moments) if fact == "moments" or situation is None else list(situation.questions)
    said = getattr(case.facts, fact)
    chosen = _pills(
        desk,
        case,
        fact,
        [name for name in names if name in (said or ())],
        t(f"var.case.fact.{fact}", lang),
        names,
        selection_mode="multi",
        wrap=True,
        format_func=lambda name: markdown_safe(table[name].name[lang]),
    )
    if set(chosen) != set(said or ()):
        _tell(desk, case, {fact: list(chosen) or None})
