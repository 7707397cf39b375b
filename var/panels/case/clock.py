"""The clock of the check, always in sight, and the keys of the steps: a small browser part in the page's head."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from touchline.i18n import t
from var.decisions import Case, elapsed
from var.decisions.kept import last_entry
from var.looks import last_look
from var.panels.booth import Booth
from var.panels.case.desk import CaseDesk
from var.panels.case.keys import FAILURE_KEY
from var.panels.components import component
from var.rules.words import Clock, Effect

_mount = component("touchline_case", "caseclock.js")


def case_clock(desk: CaseDesk, place: DeltaGenerator) -> None:
    """Show how long the open case has been checked and reviewed. Its browser part presses buttons by their keys; it
    stays at ``place`` however long the panel is, so that it hears every key while the page is drawn."""
    with place:
        key = f"clock-{desk.booth.match.id}"
        _mount(
            key=key,
            data={"pid": key, "ack": st.session_state.get(f"{key}:handled", 0), **clock_data(desk)},
            on_press_change=lambda: _pressed(desk.booth, key),
            on_changed_change=lambda: None,  # the drawing that follows is all that is wanted
        )


def clock_data(desk: CaseDesk) -> dict[str, Any]:
    """What the clock is drawn from: the case, its seconds (whole once no clock runs), and what it says of them."""
    lang, case = desk.booth.lang, desk.running or desk.case
    found = None if case is None else elapsed(case, desk.now())
    running = Clock.NONE if found is None else found.running
    seconds = None
    if found is not None:
        seconds = {Clock.CHECK: found.check_s, Clock.REVIEW: found.review_s}.get(running, found.both_s)
    situation = None if case is None else case.about
    parts = (_incident(desk, case), "" if situation is None else situation.name[lang])
    return {
        "state": f"/var/{quote(desk.booth.match.id, safe='')}/reviews",
        "last": last_entry(desk.booth.archive, desk.booth.match.id),
        "looks": _looks(desk),
        "failure": FAILURE_KEY if desk.may_fail() else None,
        "incident": desk.booth.state["incident"],
        "case": None if case is None else case.id,
        "running": running.value,
        "closed": case is not None and case.closed,
        "seconds": seconds,
        "label": "" if case is None else _label(desk, case, running),
        "what": " · ".join(part for part in parts if part),
        "unknown": t("var.case.clock.unknown", lang),
    }


def _label(desk: CaseDesk, case: Case, running: Clock) -> str:
    """Which clock runs; where none does, what is still due, and that it is done only of a case that is closed."""
    lang = desk.booth.lang
    if running is not Clock.NONE:
        return t(f"var.case.clock.{running.value}", lang)
    if case.closed:
        return t("var.case.clock.none", lang)
    due = [choice.step.name[lang] for choice in desk.choices(case) if Effect.RECORD_FAILURE not in choice.step.effects]
    return t("var.case.clock.due", lang, step=" / ".join(due)) if due else case.at.name[lang]


def _pressed(booth: Booth, key: str) -> None:
    """Carry a press out once, however often the browser sends it, with the rights of now."""
    message = (st.session_state.get(key) or {}).get("press")
    handled = f"{key}:handled"
    if not message or int(message["seq"]) <= st.session_state.get(handled, 0):
        return
    st.session_state[handled] = int(message["seq"])  # before it is carried out, so that what fails is not done again
    if booth.attempt(lambda: None):
        CaseDesk(booth).press(str(message["name"]), message.get("seen"))


def _looks(desk: CaseDesk) -> int | None:
    """The newest look while an open case shows what was looked at; None where nothing on the page changes with it."""
    if desk.case is None or desk.case.closed or desk.booth.state["mode"] != "case":
        return None
    return last_look(desk.booth.archive, desk.booth.match.id)


def _incident(desk: CaseDesk, case: Case | None) -> str:
    """The number of the incident where the clock is of another one than that under review."""
    here = desk.booth.incident
    if case is None or case.incident_id is None or (here is not None and here.id == case.incident_id):
        return ""
    found = [each for each in desk.booth.review.incidents if each.id == case.incident_id]
    return t("var.case.clock.incident", desk.booth.lang, number=found[0].number) if found else ""
