"""A moment on a page: every athlete's heart rate at an instant of a match or a session, and the way to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import streamlit as st

from touchline.errors import BadValue, TouchlineError
from touchline.i18n import clock, t
from touchline.matchclock import MatchClock
from touchline.rights import Action, Person, refused
from wearables.kept import Sessions
from wearables.model import NS_PER_S, LiveSession
from wearables.moment_words import sure
from wearables.panels.moment_pieces import STYLE, heading, table
from wearables.panels.tie import TiePart, tie_part
from wearables.panels.who import plain
from wearables.tie import Span, read_clock_s
from wearables.tied import moment, seconds, span, tie_between, tied_sessions

AT, SESSION = "at", "session"
"""What the address of a session's page says: the instant in seconds of the session, and which session."""
STEP_S = 5

OpenSession = Callable[[str, Fraction], None]
"""Opens a session at an instant, in seconds of the session."""
OpenMatch = Callable[[str, Fraction], None]
"""Opens a match at an instant, in seconds of match time."""
Look = Callable[[], Person | None]
"""Who is at the screen now."""


def match_moment_panel(
    home: Path,
    lang: str,
    person: Person | None,
    *,
    match: MatchClock,
    match_s: Fraction | None,
    open_session: OpenSession | None = None,
    look: Look | None = None,
) -> None:
    """Draw every athlete's heart rate at ``match_s`` of a match, for each session that goes with it, and how sure their
    clocks are tied. Nothing for who may not see training. ``look`` says who is at the screen when a button is
    pressed."""
    if refused(person, Action.SEE_TRAINING):
        return
    st.html(STYLE)
    sessions = Sessions(home, person)
    try:
        found = tied_sessions(sessions, match)
        if not found:
            st.markdown(t("wearables.moment.no_session", lang))
            st.caption(t("wearables.moment.no_session_hint", lang))
        elif match_s is None:
            st.markdown(t("wearables.moment.no_instant", lang))
        for session, tie in found:
            if match_s is not None:
                at_ns = tie.to_session_ns(match_s)
                now = moment(sessions, session.id, at_ns)
                st.html(heading(session, _clock_in(match, match_s, lang), lang) + table(now.readings, lang))
                st.caption(t("wearables.moment.sure", lang, sure=sure(tie, lang)))
                if open_session is not None and st.button(
                    t("wearables.moment.open_session", lang),
                    key=f"moment-open-{session.id}",
                    icon=":material/monitor_heart:",
                ):
                    open_session(session.id, seconds(at_ns))
        tied = [session for session, _ in found]
        others = tied + [session for session in sessions.all() if session not in tied]
        if others and refused(person, Action.KEEP_TRAINING) is None:
            with st.expander(t("wearables.moment.tie.title", lang), icon=":material/link:"):
                chosen = _choose_session(others, lang)
                tie_part(TiePart(home, lang, person, look, chosen, match, f"match-{match.id}", match_s))
    except TouchlineError as fault:
        st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/error:")


def moment_panel(
    home: Path,
    lang: str,
    person: Person | None,
    *,
    session_id: str,
    at_s: Fraction,
    matches: Callable[[], Sequence[MatchClock]] = tuple,
    open_match: OpenMatch | None = None,
    look: Look | None = None,
) -> None:
    """Draw every athlete's heart rate at ``at_s`` of a session, and for each match whose clock is tied to it when that
    was there and the way to it. ``matches`` gives those that ``person`` may watch. Nothing for who may not see
    training."""
    if refused(person, Action.SEE_TRAINING):
        return
    st.html(STYLE)
    sessions = Sessions(home, person)
    try:
        found = moment(sessions, session_id, round(at_s * NS_PER_S))
        told = t("wearables.moment.session_time", lang, clock=clock(float(at_s), lang, 1))
        st.html(heading(found.session, told, lang) + table(found.readings, lang))
        known = list(matches())
        for match in known:
            tie = tie_between(sessions, session_id, match)
            if tie is None:
                continue
            match_s = tie.to_match_s(found.at_ns)
            words = _clock_in(match, match_s, lang)
            st.caption(
                t("wearables.moment.in_match", lang, match=plain(match.name), clock=plain(words), sure=sure(tie, lang))
            )
            nearest = match.nearest(match_s)
            if nearest != match_s:
                st.caption(t("wearables.moment.no_pictures", lang, clock=plain(_clock_in(match, nearest, lang))))
            if open_match is not None and st.button(
                t("wearables.moment.open_match", lang),
                key=f"moment-match-{match.id}",
                icon=":material/slow_motion_video:",
            ):
                open_match(match.id, nearest)
        if known and refused(person, Action.KEEP_TRAINING) is None:
            with st.expander(t("wearables.moment.tie.title", lang), icon=":material/link:"):
                chosen = st.selectbox(
                    t("wearables.moment.tie.match", lang),
                    known,
                    format_func=lambda match: match.name,
                    key=f"tie-match-{session_id}",
                )
                tie_part(TiePart(home, lang, person, look, found.session, chosen, f"session-{session_id}", None))
    except TouchlineError as fault:
        st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/error:")


def moment_is_asked() -> bool:
    """Whether the address names an instant of a session: then ``moment_page`` is meant."""
    return AT in st.query_params and SESSION in st.query_params


def moment_button(home: Path, lang: str, person: Person | None, session_id: str) -> None:
    """Draw the way to the newest moment of a session: every heart rate at once, and the match beside it."""
    if st.button(
        t("wearables.moment.open_moment", lang),
        key=f"moment-of-{session_id}",
        icon=":material/schedule:",
        help=t("wearables.moment.open_moment_help", lang),
    ):
        st.query_params[AT] = f"{float(seconds(span(Sessions(home, person), session_id).last_ns)):.3f}"
        st.rerun()


def moment_page(
    home: Path,
    lang: str,
    person: Person | None,
    *,
    matches: Callable[[], Sequence[MatchClock]] = tuple,
    open_match: OpenMatch | None = None,
    look: Look | None = None,
) -> None:
    """Draw the moment that the address names (``session`` and ``at``), and let it be moved; on a page of its own, or in
    a section of one. Nothing for who may not see training, and where no session was recorded."""
    if refused(person, Action.SEE_TRAINING):
        return
    sessions = Sessions(home, person)
    known = sessions.all()
    if not known:
        return
    st.subheader(t("wearables.moment.title", lang), anchor=False)
    asked = st.query_params.get(SESSION)
    if asked is not None and asked not in {session.id for session in known}:
        st.warning(t("wearables.moment.gone_session", lang), icon=":material/info:")
        asked = None
    if asked is not None and st.button(
        t("wearables.moment.back", lang), key="moment-back", icon=":material/arrow_back:"
    ):
        st.query_params.pop(AT, None)
        st.rerun()
    session = _choose_session(known, lang, asked)
    if session.id != asked:
        st.query_params[SESSION] = session.id
        if asked is not None:
            st.query_params.pop(AT, None)
    there = span(sessions, session.id)
    at_s = _instant(there, lang)
    moment_panel(
        home, lang, person, session_id=session.id, at_s=at_s, matches=matches, open_match=open_match, look=look
    )


def _choose_session(known: Sequence[LiveSession], lang: str, asked: str | None = None) -> LiveSession:
    if len(known) == 1:
        return known[0]
    place = next((k for k, session in enumerate(known) if session.id == asked), 0)
    return st.selectbox(
        t("wearables.moment.choose_session", lang),
        known,
        index=place,
        format_func=lambda session: session.name,
        key=f"moment-session-{asked}",
    )


def _instant(there: Span, lang: str) -> Fraction:
    """The instant in the address, or the newest there is; moved by a field and two buttons, and kept in the address."""
    last_s = seconds(there.last_ns)
    told = st.query_params.get(AT)
    try:
        at_s = last_s if told is None else read_clock_s(told)
    except BadValue as fault:
        st.warning(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/info:")
        at_s = last_s
    if at_s > last_s:
        st.caption(t("wearables.moment.clamped", lang, clock=clock(float(last_s), lang, 0)))
        at_s = last_s

    def go(to_s: Fraction) -> None:
        to_s = min(max(to_s, Fraction(0)), last_s)
        st.query_params[AT] = f"{float(to_s):.3f}"

    def typed(key: str) -> None:
        try:
            go(read_clock_s(st.session_state[key]))
        except BadValue as fault:
            st.toast(plain(fault.detail(lang)), icon=":material/error:")

    with st.container(horizontal=True, vertical_alignment="bottom", key="moment_instant"):
        shown = clock(float(at_s), lang, 1)
        key = f"moment-at-{shown}"
        st.text_input(
            t("wearables.moment.instant", lang),
            shown,
            help=t("wearables.moment.instant_help", lang),
            key=key,
            on_change=typed,
            args=(key,),
            width=160,
        )
        for name, step_s, icon in (("earlier", -STEP_S, "replay_5"), ("later", STEP_S, "forward_5")):
            st.button(
                "",
                key=f"moment-{name}",
                icon=f":material/{icon}:",
                help=t(f"wearables.moment.{name}", lang),
                on_click=go,
                args=(at_s + step_s,),
            )
    return at_s


def _clock_in(match: MatchClock, match_s: Fraction, lang: str) -> str:
    """An instant of a match as its board shows it, else as the time of the recording."""
    board_s = match.board_s(match_s)
    name = "recording_time" if board_s is None else "match_time"
    shown_s = match_s if board_s is None else board_s
    return t(f"wearables.moment.{name}", lang, clock=clock(float(shown_s), lang, 1))
