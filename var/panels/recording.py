"""What records now: one line on every page, its details, how to stop, and what to do after a capture broke off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.rights import Action, require
from var.archive import Archive
from var.capture.control import close as close_files
from var.capture.control import last_words, stop
from var.capture.model import CaptureState, CaptureStatus
from var.capture.state import Captures
from var.panels.again import rerun_part
from var.panels.live_form import resume_form
from var.panels.live_words import DISK_WARNING_S, Level, figures_are_old, span, strip, table
from var.panels.text import markdown_safe, refusal
from var.panels.who import barred, present

STOP_WITHIN_S = 20.0
EVERY_S = 1.0
SEEN = "live_seen"
GO = "live_go"
TO_FORM = "live_to_form"
OPEN = "live_details"

STRIP_CSS = """<style>
.st-key-rec { position: fixed; top: 8px; left: 50%; transform: translateX(-46%); z-index: 1000000; width: auto;
  max-width: calc(100vw - 760px); }
.st-key-rec button { min-height: 44px; font-variant-numeric: tabular-nums; white-space: nowrap; max-width: 100%; }
.st-key-rec.st-key-rec button p { overflow: hidden; text-overflow: ellipsis; font-weight: 650; color: INK !important; }
.st-key-rec.st-key-rec button { background: BACK !important; color: INK !important;
  border: 2px solid INK !important; MORE }
.st-key-rec_panel { position: fixed; top: 60px; left: 50%; transform: translateX(-50%); z-index: 999999; width: 900px;
  max-width: calc(100vw - 16px); max-height: calc(100vh - 70px); overflow: auto; padding: 12px 18px 16px;
  border-radius: 10px; border: 1px solid rgba(128,128,128,.5); background: #ffffff; color: #13202b;
  box-shadow: 0 12px 40px rgba(0,0,0,.35); }
.st-key-rec_panel.st-key-rec_panel :is(p, h4, td, th) { color: #13202b !important; }
.st-key-rec_panel.st-key-rec_panel button[kind="primary"] p { color: #ffffff !important; }
.st-key-rec_panel.st-key-rec_panel button[kind="secondary"] { background: #ffffff; border-color: #6b7280; }
.st-key-rec_panel.st-key-rec_panel [data-testid="stCaptionContainer"] p { color: #4b5563 !important; opacity: 1; }
.st-key-rec_panel button[kind="secondary"] span { color: #13202b; }
.st-key-rec_panel .rec-fault td { color: #a4132b !important; }
@keyframes rec-alarm { 50% { box-shadow: 0 0 0 6px rgba(215,38,61,.55); } }
@media (max-width: 1180px) {
  .st-key-rec { position: static; transform: none; max-width: 100%; }
  .st-key-rec_panel { top: 140px; max-height: calc(100vh - 148px); }
}
@media (prefers-reduced-motion: reduce) { .st-key-rec.st-key-rec button { animation: none; } }
</style>"""
_LOOKS = {
    Level.CALM: ("#ffffff", "#14532d", ""),
    Level.WARNING: ("#ffe8a3", "#4a3000", ""),
    Level.ALARM: ("#d7263d", "#ffffff", "animation: rec-alarm 1s steps(2) infinite;"),
}
"""Background and ink of each level, all at 4.5 : 1 or better, and what else makes it loud."""

OpenReview = Callable[[str], None]


def shown_captures(home: Path) -> list[CaptureStatus]:
    """The captures that run, and those that broke off and that nobody has answered yet; the newest first."""
    captures = Captures(home)
    seen = _seen(captures)
    return [
        one
        for one in captures.all()
        if one.state is not CaptureState.ENDED
        and not (one.state is CaptureState.GONE and seen.get(one.match_id) == one.started_utc)
    ]


def _seen(captures: Captures) -> dict[str, str]:
    try:
        found = json.loads(captures.store.setting(SEEN) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _saw_it_end(archive: Archive, one: CaptureStatus) -> None:
    """Keep that somebody answered: the line does not go on about a capture that broke off."""
    require(archive.person, Action.RECORD)
    captures = Captures(archive.home)
    captures.store.set_setting(SEEN, json.dumps({**_seen(captures), one.match_id: one.started_utc}))


def ask_to_go(match_id: str) -> None:
    """Open a match's booth from a part of the page that runs again by itself.

    Changing the page in there sometimes leaves the new page empty, so the whole page does it at its next run.
    """
    st.session_state[GO] = match_id
    st.session_state[OPEN] = False  # it would lie over the pictures
    st.rerun()


def go_where_asked(open_review: OpenReview) -> None:
    """Open the booth that ``ask_to_go`` named."""
    if GO in st.session_state:
        open_review(st.session_state.pop(GO))


def recording_strip(
    archive: Archive,
    lang: str,
    open_review: OpenReview,
    *,
    first: str | None = None,
    open_matches: Callable[[], None] | None = None,
) -> None:
    """Draw the line in the page's head, where it moves nothing; the capture of the match ``first`` before others.

    It draws nothing where nothing records, nor for who may not watch, and asks again each second. ``open_matches``
    opens the page on which the form stands that records on.
    """
    go_where_asked(open_review)
    if st.session_state.pop(TO_FORM, False) and open_matches is not None:
        open_matches()
    place = st.container()  # also where it stays empty: what follows keeps its place on the page
    if barred(archive, Action.WATCH, lang) or not shown_captures(archive.home):
        return

    @st.fragment(run_every=EVERY_S)
    def line() -> None:
        now = present(archive)
        shown = sorted(shown_captures(now.home), key=lambda one: (one.match_id != first, _calm(one, lang)))
        if not shown or barred(now, Action.WATCH, lang):
            st.rerun()  # the last one ended: the pages of its match change
        said = strip(shown[0], lang)
        back, ink, more = _LOOKS[said.level]
        st.html(STRIP_CSS.replace("BACK", back).replace("INK", ink).replace("MORE", more))
        with st.container(key="rec"):
            pressed = st.button(markdown_safe(said.text), help=t("var.live.details", lang), key="rec_line")
        if pressed:
            st.session_state[OPEN] = not st.session_state.get(OPEN, False)
        if st.session_state.get(OPEN, False):
            with st.container(key="rec_panel"):
                for one in shown:
                    capture_details(now, one, lang, where="strip")
                if st.button(t("var.live.close", lang), key="rec_close", icon=":material/close:"):
                    st.session_state[OPEN] = False
                    rerun_part()

    with place:
        line()


def _calm(one: CaptureStatus, lang: str) -> int:
    return {Level.ALARM: 0, Level.WARNING: 1, Level.CALM: 2}[strip(one, lang).level]


def recording_cards(archive: Archive, lang: str) -> None:
    """Draw what records as cards on the page of matches."""
    if not shown_captures(archive.home):
        return

    @st.fragment(run_every=EVERY_S)
    def cards() -> None:
        now = present(archive)
        for one in shown_captures(now.home):
            with st.container(border=True):
                capture_details(now, one, lang, where="card")

    cards()


def capture_details(archive: Archive, one: CaptureStatus, lang: str, *, where: str) -> None:
    """Draw a capture: alarm or warning first, then the cameras, then what can be done."""
    gone = one.state is CaptureState.GONE
    name = markdown_safe(one.name)
    st.markdown(f"#### {name if gone else t('var.live.recording_now', lang, name=name)}")
    if gone:
        _gone(archive, one, lang, where)
        return
    said = strip(one, lang)
    if said.level is Level.ALARM:
        st.error(f"**{markdown_safe(said.text)}**")
    if figures_are_old(one):
        st.warning(t("var.live.old_figures", lang, age=span(one.heartbeat_age_s, lang)))
    disk = span(one.disk_left_s, lang)
    if one.disk_left_s is not None and one.disk_left_s < 1:
        st.error(t("var.live.disk_full", lang), icon=":material/hard_drive:")
    elif one.disk_left_s is not None and one.disk_left_s < DISK_WARNING_S:
        st.warning(t("var.live.disk_warning", lang, disk=disk), icon=":material/hard_drive:")
    st.html(table(one, lang))
    free = number(one.disk_free_bytes / 1e9, lang, 1)
    st.caption(t("var.live.since", lang, length=span(one.seconds, lang), free=free, disk=disk))
    _actions(archive, one, lang, where)


def _actions(archive: Archive, one: CaptureStatus, lang: str, where: str) -> None:
    there = archive.find(one.match_id) is not None
    why = barred(archive, Action.RECORD, lang)
    asked = f"stop-sure-{one.match_id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        opened = st.button(
            t("var.live.open", lang),
            key=f"live-open-{where}-{one.match_id}",
            type="primary",
            icon=":material/slow_motion_video:",
            disabled=not there,
            help=None if there else t("var.live.not_yet", lang),
        )
        if one.state is not CaptureState.STOPPING and not st.session_state.get(asked):
            if st.button(
                t("var.live.stop", lang),
                key=f"stop-{where}-{one.match_id}",
                icon=":material/stop_circle:",
                disabled=why is not None,
                help=why,
            ):
                st.session_state[asked] = True
                rerun_part()
        elif one.state is CaptureState.STOPPING:
            st.write(t("var.live.stopping", lang))
    if opened:
        ask_to_go(one.match_id)
    if st.session_state.get(asked) and one.state is not CaptureState.STOPPING:
        _ask_to_stop(archive, one, lang, where, asked)


def _ask_to_stop(archive: Archive, one: CaptureStatus, lang: str, where: str, asked: str) -> None:
    st.warning(t("var.live.stop_sure", lang, cameras=number(len(one.cameras), lang)))
    with st.container(horizontal=True):
        yes = st.button(t("var.live.stop_yes", lang), key=f"stop-yes-{where}-{one.match_id}", icon=":material/stop:")
        no = st.button(t("var.live.stop_no", lang), key=f"stop-no-{where}-{one.match_id}", type="primary")
    if no:
        st.session_state.pop(asked, None)
        rerun_part()
    if yes:
        st.session_state.pop(asked, None)
        with st.spinner(t("var.live.stopping", lang)):
            try:
                stop(archive.home, one.match_id, STOP_WITHIN_S, person=archive.person)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
        st.rerun()


def _gone(archive: Archive, one: CaptureStatus, lang: str, where: str) -> None:
    """A capture that broke off: what is safe, and the two ways on."""
    st.error(t("var.live.gone", lang, name=markdown_safe(one.name)), icon=":material/power_off:")
    match = archive.find(one.match_id)
    kept = [(clip.label, float(clip.match_s(len(clip) - 1) - clip.match_s(0))) for clip in match.clips] if match else []
    if kept:
        safe = ", ".join(f"{markdown_safe(label)} {span(seconds, lang)}" for label, seconds in kept)
        st.write(t("var.live.gone_safe", lang, cameras=safe))
    else:
        st.write(t("var.live.gone_nothing", lang))
    why = barred(archive, Action.RECORD, lang)
    with st.container(horizontal=True):
        again = st.button(
            t("var.live.resume", lang),
            key=f"resume-{where}-{one.match_id}",
            type="primary",
            icon=":material/replay:",
            disabled=why is not None,
            help=why,
        )
        close = st.button(
            t("var.live.repair", lang),
            key=f"repair-{where}-{one.match_id}",
            icon=":material/build:",
            disabled=why is not None,
            help=why,
        )
    if said := last_words(archive.home, one.match_id):
        with st.expander(t("var.live.last_words", lang)):
            st.code(said, language=None, wrap_lines=True)
    if not (again or close):
        return
    if close:
        with st.spinner(t("var.live.repairing", lang)):
            try:
                close_files(archive.home, one.match_id, person=archive.person)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
        st.toast(t("var.live.repaired", lang), icon=":material/check:")
    _saw_it_end(archive, one)
    if again:  # the new recording closes what the old one left, beside its own work: the match goes on
        resume_form(one)
        st.session_state[TO_FORM] = where == "strip"
        st.session_state[OPEN] = False
    else:
        st.toast(t("var.live.repaired", lang), icon=":material/check_circle:")
    st.rerun()
