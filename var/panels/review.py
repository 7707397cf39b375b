"""The review booth: the replay on the left, the steps of a review on the right."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import clock, t
from touchline.rights import Action
from var.archive import Archive
from var.model import Match
from var.panels import steps
from var.panels.again import rerun_part
from var.panels.assist import with_people
from var.panels.bookmarks import bookmarks_panel
from var.panels.booth import Booth
from var.panels.case.clock import case_clock
from var.panels.case.desk import CaseDesk
from var.panels.case.panel import case_panel
from var.panels.pitch_map import line_names
from var.panels.playhead import playhead
from var.panels.question_choice import choose_question
from var.panels.replay import replay
from var.panels.sync import clocks_of, sync_panel
from var.panels.text import markdown_safe, origin_badge, refusal
from var.panels.transfer import arrival_line
from var.panels.who import barred, present
from var.questions import overlays
from var.removed import facts as removal_facts
from var.transfer.importing import arrivals

BOOTH_CSS = Path(__file__).with_name("booth.css")
_LONGEST_INSTANT = 40
INSTANT = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
"""A number of seconds as addresses carry it: never one whose writing alone asks for gigabytes."""


AT = "t"
"""What the address says of an instant to open a match at: seconds of match time."""

Beside = Callable[[Match, Fraction | None], None]
"""Draws what else is known of a match at an instant, beside its pictures; the instant is None where none is meant."""


def review_page(archive: Archive, lang: str, beside: Beside | None = None) -> None:
    """Draw the booth for the match that was opened last, or say where to open one. ``beside`` draws what another part
    of the product knows of the instant that is looked at. Raises ``NotAllowed`` for who may not watch."""
    match_id = st.query_params.get("match") or st.session_state.get("match")
    match = archive.find(match_id) if match_id else None
    if match is None:
        st.title(t("var.review.title", lang))
        st.info(t("var.review.no_match", lang), icon=":material/stadium:")
        for known in archive.matches():
            if st.button(markdown_safe(known.name), key=f"go-{known.id}", icon=":material/slow_motion_video:"):
                st.session_state["match"] = known.id
                st.query_params["match"] = known.id
                st.rerun()
        return
    st.session_state["match"] = match.id
    st.query_params["match"] = match.id
    st.html(BOOTH_CSS)
    _booth(archive, match.id, lang, beside)


@st.fragment
def _booth(archive: Archive, match_id: str, lang: str, beside: Beside | None) -> None:
    """Player and steps; a click in the picture reruns this part alone."""
    try:
        _draw_booth(present(archive), match_id, lang, beside)
    except TouchlineError as fault:  # such as a match that was put away on another screen
        st.error(refusal(fault.document(lang)), icon=":material/error:")


def _draw_booth(archive: Archive, match_id: str, lang: str, beside: Beside | None) -> None:
    match = archive.match(match_id)
    booth = Booth(archive, match, lang)
    open_at(booth, st.query_params.get(AT))
    _keep_address(booth)
    if notice := booth.state.pop("notice", None):
        st.toast(notice, icon=":material/info:")
    left, right = st.columns([2.75, 1], gap="small")
    with right:
        clock = st.container(key="case_clock")
        _head(booth, beside)
        if booth.state["mode"] == "sync":
            tool = sync_panel(booth)
        else:
            choose_incident(booth)
            choose_mode(booth)
            tool = None
            if booth.state["mode"] == "case":
                case_panel(booth)
            else:
                tool = draw_steps(booth)
        case_clock(CaseDesk(booth), clock)
        _keep_address(booth)  # another one may have been chosen while the panel was drawn
    gone = next((clip.removed for clip in match.clips), None)
    if gone is not None and all(clip.removed for clip in match.clips):
        left.info(t("var.retention.removed_match", lang, **removal_facts(gone, lang)), icon=":material/auto_delete:")
        return
    with left, st.container(key="booth_player"):
        replay(
            match.id,
            lang=lang,
            key=f"replay-{match.id}",
            overlays=with_people(
                booth, overlays(match, booth.review, booth.incident, booth.layers_now(), line_names(lang), lang)
            ),
            tool=tool,
            flags=booth.flags(),
            bookmarks=[mark.document() for mark in booth.review.bookmarks],
            clocks=clocks_of(booth),
            ack=booth.state["ack"],
            seek=booth.state["seek"],
            on_point=booth.on_point,
            on_action=lambda action: _act(booth, action),
        )


def _keep_address(booth: Booth) -> None:
    """Let the address name the incident under review, so that a page loaded anew shows the same one, and the instant
    that it was opened at until something else was looked for."""
    if booth.state.get("opened_at") is None:
        st.query_params.pop(AT, None)
    incident = booth.state["incident"]
    if incident is None:
        st.query_params.pop("incident", None)
    elif st.query_params.get("incident") != incident:
        st.query_params["incident"] = incident


def open_at(booth: Booth, asked: str | None) -> None:
    """Show the instant that the address names, once; what is no number, and what lies beside the pictures, is said."""
    if asked is None or booth.state.get("address") == asked:
        return
    booth.state["address"] = asked
    if not INSTANT.fullmatch(asked):
        booth.state["error"] = t("var.review.bad_instant", booth.lang, text=markdown_safe(asked[:_LONGEST_INSTANT]))
        return
    asked_s = Fraction(asked)
    starts_s = min(clip.match_s(0) for clip in booth.match.clips)
    ends_s = max(clip.match_s(len(clip) - 1) for clip in booth.match.clips)
    shown_s = min(max(asked_s, starts_s), ends_s)
    booth.seek(shown_s)
    booth.state["opened_at"] = booth.state["looked_s"] = shown_s
    if shown_s != asked_s:
        booth.state["notice"] = t("var.review.instant_beside", booth.lang, clock=_clock_of(booth, shown_s))


def _clock_of(booth: Booth, match_s: Fraction) -> str:
    """An instant as the match's clock shows it, else in match time."""
    board_s = booth.match.setup.clock_s(match_s)
    return clock(float(match_s if board_s is None else board_s), booth.lang, 1)


def _beside(booth: Booth, beside: Beside) -> None:
    """What else is known of the instant that is looked at: the player's, where somebody asked for it, else that of the
    incident under review."""
    lang = booth.lang
    name = f"beside-{booth.match.id}"
    with st.popover("", icon=":material/monitor_heart:", help=t("var.review.beside", lang), key=name):
        told = playhead(f"replay-{booth.match.id}", t("var.review.beside_here", lang), key=f"{name}-here")
        if told is not None:
            booth.state["looked_s"] = told
        beside(booth.match, booth.looked_s)


def _act(booth: Booth, action: dict[str, Any]) -> None:
    """A key or button of the player; at the desk, undo takes back what was said last in the case."""
    if booth.state["mode"] == "case" and action.get("name") == "undo":
        if booth.attempt(lambda: None):
            CaseDesk(booth).undo()
    else:
        booth.on_action(action)


def _head(booth: Booth, beside: Beside | None) -> None:
    """The match's name, and what else can be done with it: bookmarks, synchronising, the second screen."""
    lang, match = booth.lang, booth.match
    with st.container(horizontal=True, vertical_alignment="center", key="booth_head", gap="small"):
        st.markdown(f"**{markdown_safe(match.name)}** &nbsp; {origin_badge(match.origin, lang)}")
        marks = booth.review.bookmarks
        with st.popover(
            str(len(marks)), icon=":material/bookmarks:", help=t("var.review.bookmarks", lang), key="bookmarks"
        ):
            bookmarks_panel(booth)
        if beside is not None:
            _beside(booth, beside)
        sync = booth.state["mode"] == "sync"
        why = barred(booth.archive, Action.PREPARE, lang)
        if st.button(
            "",
            icon=":material/sync:",
            key="mode",
            help=why or t("var.setup.sync.open", lang),
            type=_pressed(sync),
            disabled=why is not None and not sync,
        ):
            booth.state["mode"] = "review" if sync else "sync"
            rerun_part()
        address = f"/var/{quote(match.id, safe='')}/screen?lang={lang}"
        st.link_button("", address, icon=":material/cast:", help=t("var.review.second_screen", lang))
    if arrivals(booth.archive, match.id):
        arrival_line(booth.archive, match, lang)


def _pressed(on: bool) -> Literal["primary", "secondary"]:
    return "primary" if on else "secondary"


def choose_mode(booth: Booth) -> None:
    """The protocol of the review, or what is measured: two halves of one review."""
    chosen = st.segmented_control(
        t("var.case.mode_help", booth.lang),
        ["case", "review"],
        default=booth.state["mode"],
        format_func=lambda mode: t(f"var.case.mode_{'case' if mode == 'case' else 'measure'}", booth.lang),
        label_visibility="collapsed",
        width="stretch",
        required=True,
        key=f"booth_mode-{booth.state['mode']}",
    )
    if chosen is not None and chosen != booth.state["mode"]:
        booth.state["mode"], booth.state["error"] = chosen, None
        rerun_part()


def choose_incident(booth: Booth) -> None:
    """The list of incidents, how to take one back that was marked by mistake, and how to undo that."""
    _offer_to_bring_back(booth)
    incidents = booth.review.incidents
    if not incidents:
        return

    def label(incident_id: str) -> str:
        incident = booth.review.incident(incident_id)
        at_s = booth.match.setup.clock_s(incident.at_s)
        shown = clock(float(incident.at_s if at_s is None else at_s), booth.lang, 0)
        return t("var.review.incident", booth.lang, number=incident.number, clock=shown)

    ids = [incident.id for incident in incidents]
    with st.container(horizontal=True):
        chosen = st.selectbox(
            t("var.review.incidents", booth.lang),
            ids,
            index=ids.index(booth.state["incident"]),
            format_func=label,
            label_visibility="collapsed",
        )
        decided = any(decision.incident_id == chosen for decision in booth.review.decisions)
        kept = booth.archive.has_case(chosen)
        why = t("var.review.incident_kept" if kept else "var.review.remove_incident", booth.lang)
        if not (decided or barred(booth.archive, Action.MARK, booth.lang)) and st.button(
            "", icon=":material/delete:", key="remove_incident", help=why, disabled=kept
        ):
            booth.remove_incident(chosen)
            rerun_part()
    if chosen != booth.state["incident"]:
        booth.state["incident"], booth.state["error"] = chosen, None
        booth.state["step"] = booth.next_step()
        incident = booth.incident
        if incident is not None:
            booth.seek(incident.kick_s if incident.kick_s is not None else incident.at_s)


def _offer_to_bring_back(booth: Booth) -> None:
    removed = booth.state.get("removed")
    if removed is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("var.review.incident_removed", booth.lang))
        if st.button(t("var.review.undo", booth.lang), icon=":material/undo:", key="restore_incident"):
            if booth.attempt(lambda: booth.archive.restore_incident(removed, by=booth.person)):
                booth.state["incident"] = removed
                booth.state["step"] = booth.next_step()
            booth.state["removed"] = None
            rerun_part()


def draw_steps(booth: Booth) -> dict[str, Any] | None:
    """The steps on the right; returns what a click in the picture means now."""
    lang = booth.lang
    if booth.state["error"]:
        st.error(booth.state["error"])
    why = barred(booth.archive, Action.MARK, lang)
    if why:
        st.caption(f":material/lock: {why}")
    if booth.incident is None:
        st.markdown(t("var.review.start", lang))
        return None
    if why:  # nothing to do but to read what was found
        booth.state["step"] = booth.steps[-1]
        steps.DRAW[booth.steps[-1]](booth)
        return None
    if booth.state["step"] != "verdict":  # there the room is for the decision
        choose_question(booth)
    if booth.state["step"] not in booth.steps:  # another question was asked on another screen, or taken back
        booth.state["step"] = booth.next_step()
    done = booth.done()

    def label(step: str) -> str:
        sign = "✓" if step in done else str(booth.steps.index(step) + 1)
        return f"{sign} {t(f'var.review.step.{step}', lang)}"

    with st.container(key="review_steps"):
        chosen = st.pills(
            t("var.review.steps", lang),
            booth.steps,
            default=booth.state["step"],
            format_func=label,
            label_visibility="collapsed",
            width="stretch",
            key=f"steps-{booth.match.id}-{booth.state['step']}-{booth.state['incident']}-{booth.question}",
        )
    if chosen and chosen != booth.state["step"]:
        booth.go(chosen)
        rerun_part()
    return steps.DRAW[booth.state["step"]](booth)
