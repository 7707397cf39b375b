"""The page of live squads: what is recorded now, what was, the beginning of a new one; one of them as a wall."""

from __future__ import annotations

from datetime import tzinfo
from html import escape
from pathlib import Path

import streamlit as st

from touchline.access import Act
from touchline.errors import NotFound, TouchlineError
from touchline.i18n import t
from touchline.rights import Action, Person, require
from wearables.export import note_health
from wearables.handover import hand_over
from wearables.kept import Sessions
from wearables.model import LiveSession, SessionState
from wearables.panels.finished import Withheld, finished
from wearables.panels.form import Enrol, Squad, start_form
from wearables.panels.text import STYLE, WALL_STYLE, day_time, mark, reader_zone
from wearables.panels.wall_part import Beside, reading, suppress_running, wall_part, wall_stood
from wearables.panels.who import Present, barred, plain
from wearables.recorder.control import conclude, listed, resume

PARAM = "session"
SHOWN_FIRST = 10
MORE = "live-more"
RUNS = (SessionState.STARTING, SessionState.RECORDING)


def live_page(
    home: Path,
    lang: str,
    person: Person | None,
    *,
    squad: Squad,
    enrol: Enrol | None = None,
    present: Present | None = None,
    beside: Beside | None = None,
    withheld: Withheld | None = None,
) -> None:
    """Draw the page for ``person``: the session named in the address, else the list and the form.

    ``squad`` gives the athletes whom the app knows, ``enrol`` takes in one more by name; ``present`` says who is signed
    in now, for parts that run by themselves; ``beside`` draws what another part of the app has to say about a session;
    ``withheld`` says of whom no file may tell.
    """
    st.html(STYLE)
    try:
        require(person, Action.SEE_TRAINING)
        chosen = st.query_params.get(PARAM)
        if chosen is None:
            _all(home, lang, person, squad, enrol)
            return
        try:
            _one(home, chosen, lang, person, present, beside, withheld)
        except NotFound:
            st.warning(t("wearables.live.gone", lang), icon=":material/info:")
            _back(lang)
    except TouchlineError as fault:
        st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/error:")


def _back(lang: str) -> None:
    if st.button(t("wearables.live.back", lang), key="live-back", icon=":material/arrow_back:"):
        st.query_params.pop(PARAM, None)
        st.rerun()


def _open(session_id: str) -> None:
    st.query_params[PARAM] = session_id
    st.rerun()


def _one(
    home: Path,
    session_id: str,
    lang: str,
    person: Person | None,
    present: Present | None,
    beside: Beside | None,
    withheld: Withheld | None,
) -> None:
    look = reading(home, session_id).look()
    note_health(home, session_id, Act.OPENED, person)
    if look.running or (look.session.state is SessionState.GONE and wall_stood(session_id)):
        st.html(WALL_STYLE)
        wall_part(home, session_id, lang, person, present)
        _back(lang)
    else:
        _back(lang)
        if look.session.state is SessionState.GONE:
            st.error(t("wearables.live.trouble.gone_report", lang), icon=":material/power_off:")
            with st.container(horizontal=True):
                _take_up(home, session_id, lang, person)
                _conclude(home, session_id, lang, person)
        finished(home, look.session, reader_zone(), lang, person, withheld)
        _hand_over(home, session_id, lang, person)
    if beside is not None:
        beside(session_id)


def _hand_over(home: Path, session_id: str, lang: str, person: Person | None) -> None:
    """Offer an ended session to training: one session for each athlete."""
    why = barred(person, lang)
    key = f"live-keep-{session_id}"
    st.subheader(t("wearables.live.keep.title", lang))
    st.caption(t("wearables.live.keep.hint", lang))
    enrol = st.checkbox(t("wearables.live.keep.enrol", lang), key=f"{key}-enrol", disabled=why is not None)
    pressed = st.button(
        t("wearables.live.keep.do", lang),
        key=key,
        icon=":material/library_add:",
        type="primary",
        disabled=why is not None,
        help=why,
    )
    if not pressed:
        return
    names = {profile.athlete_id: profile.name for profile in Sessions(home, person).profiles(session_id)}
    done = hand_over(home, session_id, person=person, enrol=enrol)
    if not done:
        st.info(t("wearables.record.handed.none", lang), icon=":material/info:")
    for one in done:
        name = plain(names.get(one.athlete_id, one.athlete_id))
        if one.refusal is not None:
            st.warning(f"{name}: {plain(one.refusal.detail(lang))}", icon=":material/block:")
        else:
            word = "there" if one.already_there else "kept"
            st.write(f"✓ {name}: {t(f'wearables.live.keep.{word}', lang)}")


def _take_up(home: Path, session_id: str, lang: str, person: Person | None) -> None:
    why = barred(person, lang)
    pressed = st.button(
        t("wearables.live.list.take_up", lang),
        key=f"live-resume-{session_id}",
        icon=":material/replay:",
        disabled=why is not None,
        help=why or t("wearables.live.list.take_up_hint", lang),
        type="primary",
    )
    if pressed:
        with suppress_running():
            resume(home, session_id, lang=lang, person=person)
        reading(home, session_id).forget()
        _open(session_id)


def _conclude(home: Path, session_id: str, lang: str, person: Person | None) -> None:
    why = barred(person, lang)
    pressed = st.button(
        t("wearables.live.list.conclude", lang),
        key=f"live-conclude-{session_id}",
        icon=":material/stop:",
        disabled=why is not None,
        help=why or t("wearables.live.list.conclude_hint", lang),
    )
    if pressed:
        conclude(home, session_id, person=person)
        reading(home, session_id).forget()
        _open(session_id)


def _all(home: Path, lang: str, person: Person | None, squad: Squad, enrol: Enrol | None) -> None:
    st.title(t("wearables.live.title", lang))
    st.caption(t("wearables.live.intro", lang))
    zone = reader_zone()
    sessions = listed(home, person=person)
    now = [session for session in sessions if session.state in RUNS]
    past = [session for session in sessions if session.state not in RUNS]
    if now:
        st.subheader(t("wearables.live.list.running", lang))
        for session in now:
            _card(home, session, zone, lang, person)
    if not sessions:
        st.info(t("wearables.live.list.none", lang), icon=":material/monitor_heart:")
    with st.expander(t("wearables.live.form.start", lang), expanded=not now, icon=":material/add:"):
        begun = start_form(home, zone, lang, person, squad, enrol)
    if begun is not None:
        _open(begun)
    if past:
        st.subheader(t("wearables.live.list.finished", lang))
        shown = st.session_state.get(MORE, SHOWN_FIRST)
        for session in past[:shown]:
            _card(home, session, zone, lang, person)
        if len(past) > shown and st.button(t("wearables.live.more", lang), key="live-more-button"):
            st.session_state[MORE] = shown + 3 * SHOWN_FIRST
            st.rerun()


def _card(home: Path, session: LiveSession, zone: tzinfo, lang: str, person: Person | None) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        state = t(f"wearables.live.list.state_{session.state.value}", lang)
        line = f"{day_time(session.zero_utc_us, zone, lang)} · {state}"
        st.html(
            f"<div><b>{escape(session.name)}</b> {mark(session, lang)}<br>"
            f"<span class='tl-soft'>{escape(line)}</span></div>",
            width="stretch",
        )
        if session.state is SessionState.GONE:
            _take_up(home, session.id, lang, person)
        if st.button(
            t("wearables.live.open", lang),
            key=f"live-open-{session.id}",
            type="primary" if session.state in RUNS else "secondary",
            width="content",
        ):
            _open(session.id)
