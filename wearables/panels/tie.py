"""The clocks of a session and a match tied by hand: a reading of the match's clock beside an instant; nudge, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.errors import BadValue, TouchlineError
from touchline.i18n import clock, number, t
from touchline.matchclock import MatchClock
from touchline.presence import boot_id
from touchline.rights import Action, NotAllowed, Person
from wearables.kept import Sessions
from wearables.model import NS_PER_S, LiveSession, Mark, MarkKind, SessionState
from wearables.moment_words import sure
from wearables.panels.who import plain
from wearables.standing import standing
from wearables.tie import PHASE_SIGMA_S, PRESS_SIGMA_S, STEPS_S, Tie, by_hand, read_clock_s
from wearables.tied import keep_tie, seconds, take_back, tie_between

NOW, TYPED = "now", "typed"


@dataclass(frozen=True, slots=True)
class TiePart:
    """What is tied, and who does it. ``look`` says who is at the screen when a button is pressed; ``key`` tells this
    part from others on the page; ``match_s`` is the instant of the match that is looked at."""

    home: Path
    lang: str
    person: Person | None
    look: Callable[[], Person | None] | None
    session: LiveSession
    match: MatchClock
    key: str
    match_s: Fraction | None

    def acting(self) -> Sessions:
        """The sessions for who is at the screen now. Raises ``NotAllowed`` where somebody else is, or nobody."""
        if self.person is None or self.look is None:
            return Sessions(self.home, self.person)
        now = self.look()
        if now is None or now.id != self.person.id:
            raise NotAllowed(self.person, Action.KEEP_TRAINING)
        return Sessions(self.home, now)


def tie_part(part: TiePart) -> None:
    """Draw how the clocks are tied now, steps to nudge by, an undo, and how to tie them anew."""
    lang, sessions = part.lang, Sessions(part.home, part.person)
    notice = st.session_state.pop(f"{part.key}-notice", None)
    if notice is not None:
        kind, text = notice
        (st.error if kind == "error" else st.success)(plain(text))
    tie = tie_between(sessions, part.session.id, part.match)
    if tie is None:
        st.caption(t("wearables.moment.tie.none", lang))
    else:
        made_by = f" {t('wearables.moment.tie.by', lang, by=plain(tie.by))}" if tie.by else ""
        st.caption(t("wearables.moment.tie.present", lang, sure=sure(tie, lang)) + made_by)
        with st.container(horizontal=True, gap="small"):
            for step_s in STEPS_S:
                step = number(float(step_s), lang, 0 if step_s.denominator == 1 else 1, sign=True)
                st.button(
                    t("wearables.moment.tie.nudge", lang, step=step),
                    key=f"{part.key}-nudge-{float(step_s):+}",
                    help=t("wearables.moment.tie.nudge_help", lang, step=step),
                    on_click=_nudge,
                    args=(part, step_s),
                )
            if tie.mark is not None:
                st.button(
                    t("wearables.moment.tie.undo", lang),
                    key=f"{part.key}-undo",
                    icon=":material/undo:",
                    on_click=_undo,
                    args=(part,),
                )
    _form(part, sessions)


def _form(part: TiePart, sessions: Sessions) -> None:
    lang, match = part.lang, part.match
    if match.stretches:
        places = range(len(match.stretches))
        first = 0
        if part.match_s is not None:  # the period that is looked at
            begun = [place for place in places if match.stretches[place].starts_s <= part.match_s]
            first = begun[-1] if begun else 0
        st.selectbox(
            t("wearables.moment.tie.period", lang),
            places,
            index=first,
            format_func=lambda place: match.stretches[place].name,
            key=f"{part.key}-period",
        )
    board_s = None if part.match_s is None else match.board_s(part.match_s)
    shown = clock(0.0 if part.match_s is None else float(part.match_s if board_s is None else board_s), lang, 1)
    st.text_input(
        t("wearables.moment.tie.clock", lang),
        shown,
        help=t("wearables.moment.tie.clock_help", lang),
        key=f"{part.key}-clock",
    )
    phases = {mark.id: mark for mark in standing(sessions.marks(part.session.id)) if mark.kind is MarkKind.PHASE}
    options: list[Any] = [NOW] if _runs(sessions, part.session) else []
    options += [*phases, TYPED]

    def label(option: Any) -> str:
        if option in (NOW, TYPED):
            return t(f"wearables.moment.tie.{option}", lang)
        at = clock(float(seconds(phases[option].at_ns)), lang, 0)
        return t("wearables.moment.tie.phase", lang, phase=_phase(phases[option], lang), clock=at)

    chosen = st.selectbox(t("wearables.moment.tie.beside", lang), options, format_func=label, key=f"{part.key}-beside")
    if chosen == TYPED:
        st.text_input(
            t("wearables.moment.tie.typed_label", lang),
            "00:00",
            help=t("wearables.moment.instant_help", lang),
            key=f"{part.key}-typed",
        )
    st.button(
        t("wearables.moment.tie.make", lang),
        key=f"{part.key}-make",
        icon=":material/link:",
        type="primary",
        on_click=_make,
        args=(part,),
    )
    press, phase = (number(value, lang, 1) for value in (PRESS_SIGMA_S, PHASE_SIGMA_S))
    st.caption(t("wearables.moment.tie.hint", lang, press=press, phase=phase))


def _phase(mark: Mark, lang: str) -> str:
    name = str(mark.detail.get("text") or mark.detail.get("phase") or "")
    known = t(f"wearables.moment.phase.{name}", lang)
    return name if known.startswith("wearables.") else known


def _runs(sessions: Sessions, session: LiveSession) -> bool:
    """Whether the clock of the session runs on this machine, so that "now" is an instant of it."""
    row = sessions.session_row(session.id)
    return row["state"] in (SessionState.STARTING, SessionState.RECORDING) and row["boot"] == boot_id()


def _said(part: TiePart, act: Callable[[], str]) -> None:
    """Do something and keep what is to be said of it for the drawing that follows; a refusal changes nothing."""
    try:
        st.session_state[f"{part.key}-notice"] = ("done", act())
    except TouchlineError as fault:
        st.session_state[f"{part.key}-notice"] = ("error", f"{fault.detail(part.lang)} {fault.hint(part.lang)}")


def _nudge(part: TiePart, step_s: Fraction) -> None:
    def act() -> str:
        sessions = part.acting()
        tie = tie_between(sessions, part.session.id, part.match)
        if tie is None:
            return t("wearables.moment.tie.none", part.lang)
        return _keep(part, sessions, tie.nudged(step_s))

    _said(part, act)


def _undo(part: TiePart) -> None:
    def act() -> str:
        sessions = part.acting()
        tie = tie_between(sessions, part.session.id, part.match)
        if tie is not None:
            take_back(sessions, part.session.id, tie)
        left = tie_between(sessions, part.session.id, part.match)
        if left is None:
            return t("wearables.moment.tie.undone_none", part.lang)
        return t("wearables.moment.tie.undone", part.lang, sure=sure(left, part.lang))

    _said(part, act)


def _make(part: TiePart) -> None:
    def act() -> str:
        sessions, state = part.acting(), st.session_state
        session_id, chosen = part.session.id, state[f"{part.key}-beside"]
        sigma_s = PRESS_SIGMA_S
        if chosen == NOW:  # first of all: time goes on
            if not _runs(sessions, sessions.session(session_id)):
                return t("wearables.moment.tie.session_not_running", part.lang)
            at_ns = sessions.clock(session_id).now_ns()
        elif chosen == TYPED:
            at_ns = round(read_clock_s(state[f"{part.key}-typed"]) * NS_PER_S)
        else:
            marks = {mark.id: mark for mark in standing(sessions.marks(session_id))}
            if chosen not in marks:
                raise BadValue("wearables.errors.bad_tie", mark=chosen)
            at_ns, sigma_s = marks[chosen].at_ns, PHASE_SIGMA_S
        match_s = part.match.match_s(read_clock_s(state[f"{part.key}-clock"]), state.get(f"{part.key}-period"))
        speed = Fraction(sessions.session(session_id).speed)
        return _keep(part, sessions, by_hand(part.match.id, match_s, at_ns, speed, sigma_s))

    _said(part, act)


def _keep(part: TiePart, sessions: Sessions, tie: Tie) -> str:
    keep_tie(sessions, part.session.id, tie)
    return t("wearables.moment.tie.made", part.lang, sure=sure(tie, part.lang))
