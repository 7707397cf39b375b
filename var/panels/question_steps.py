"""The step of a ball at a line and that of a contact at the penalty area: clicks on frames, a list, the answer."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from var.measure.area import Spotted
from var.measure.goal_line import Line
from var.model import Incident, SpotMark
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.paint import follow_parts
from var.panels.pitch_step import Tool
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe
from var.panels.verdict_drawings import answer_line
from var.questions import instant_of, spots_of, useful_frames, verdict_of

OFFERED = 3
"""Frames of an angle that are offered at once: more would be a list to read."""


def ball_step(booth: Booth) -> Tool:
    """Say which line, then click the middle of the ball on several frames of two angles or more."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None
    _line(booth, incident)
    _calibrated_enough(booth, 2)
    st.markdown(t("var.question.ball_how", lang))
    _frames(booth, incident)
    _answer(booth, incident)
    _buttons(booth, incident)
    _clicks(booth, incident)
    return {"name": "ball", "cameras": None, "hint": t("var.question.ball_click", lang)}


def contact_step(booth: Booth) -> Tool:
    """Say what touched, then click it on one angle or more."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None
    _spotted(booth, incident)
    follow_parts(booth)
    _calibrated_enough(booth, 1)
    st.markdown(t("var.question.contact_how", lang))
    _answer(booth, incident)
    _buttons(booth, incident)
    _clicks(booth, incident)
    spotted = incident.spotted or Spotted.FOOT.value
    hint = t("var.question.contact_click", lang, what=t(f"var.question.spotted.{spotted}", lang))
    return {"name": "contact", "cameras": None, "hint": hint}


def _line(booth: Booth, incident: Incident) -> None:
    chosen = st.pills(
        t("var.question.which_line", booth.lang),
        [line.value for line in Line],
        default=incident.line,
        format_func=lambda line: t(f"var.question.line.{line}", booth.lang),
        key=f"line-{incident.id}-{incident.line}",
    )
    if chosen is not None and chosen != incident.line:
        booth.attempt(lambda: booth.archive.ask(incident.id, line=chosen, by=booth.person))
        rerun_part()
    if incident.line is None:
        st.info(t("var.question.choose_line", booth.lang), icon=":material/arrow_upward:")


def _spotted(booth: Booth, incident: Incident) -> None:
    present = incident.spotted or Spotted.FOOT.value
    chosen = st.pills(
        t("var.question.which_spot", booth.lang),
        [spotted.value for spotted in Spotted],
        default=present,
        format_func=lambda spotted: t(f"var.question.spotted.{spotted}", booth.lang),
        key=f"spotted-{incident.id}-{present}",
    )
    if chosen is not None and chosen != present:
        booth.attempt(lambda: booth.archive.ask(incident.id, spotted=chosen, by=booth.person))
        rerun_part()


def _calibrated_enough(booth: Booth, wanted: int) -> None:
    ready = [camera for camera in booth.cameras() if booth.calibrated(camera)]
    if len(ready) < wanted:
        count = number(len(ready), booth.lang)
        st.warning(t(f"var.question.calibrate_{wanted}", booth.lang, count=count), icon=":material/straighten:")
        next_button(booth, "pitch")
    else:
        labels = ", ".join(markdown_safe(booth.match.clip(camera).label) for camera in ready)
        st.caption(t("var.review.ready_angles", booth.lang, angles=labels))


def _frames(booth: Booth, incident: Incident) -> None:
    """For each calibrated angle how many frames are clicked, and buttons that go to those that would still help."""
    lang = booth.lang
    spots = spots_of(booth.review, incident)
    for place, camera in enumerate(booth.cameras(), 1):
        clicked = sum(mark.click.camera_id == camera for mark in spots)
        if not clicked and not booth.calibrated(camera):
            continue
        clip = booth.match.clip(camera)
        wanted = useful_frames(booth.match, booth.review, incident, camera)[:OFFERED]
        if not clicked and not wanted:  # it looks elsewhere
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            key = "clicked_more" if wanted else "clicked"
            st.markdown(t(f"var.question.{key}", lang, place=place, count=number(clicked, lang)))
            for frame in sorted(wanted):
                help_text = t("var.question.go_frame", lang, camera=clip.label, frame=frame)
                if st.button(f"→ {frame}", key=f"go-{camera}-{frame}", help=help_text):
                    booth.seek(clip.match_s(frame))
                    rerun_part()


def _answer(booth: Booth, incident: Incident) -> None:
    """The verdict as it stands, in one line, so that people see what one more click is worth."""
    if not booth.marked(incident):
        return
    verdict = verdict_of(booth.match, booth.review, incident)
    if verdict is None:
        return
    st.html(answer_line(verdict, incident.question, booth.lang))
    next_button(booth, "verdict")


def _buttons(booth: Booth, incident: Incident) -> None:
    with st.container(horizontal=True):
        undo_button(booth)
        if st.button(t("var.question.to_instant", booth.lang), icon=":material/my_location:", key="to_instant"):
            booth.seek(instant_of(booth.match, booth.review, incident))
            rerun_part()


def _clicks(booth: Booth, incident: Incident) -> None:
    """The clicks by angle, each with a button that takes it back."""
    lang = booth.lang
    spots = spots_of(booth.review, incident)
    if not spots:
        return
    with st.expander(t("var.review.marks", lang, count=number(len(spots), lang)), key="spot_marks"):
        for camera in booth.cameras():
            own = sorted((m for m in spots if m.click.camera_id == camera), key=lambda mark: mark.click.frame)
            if not own:
                continue
            st.markdown(f"**{markdown_safe(booth.match.clip(camera).label)}**")
            with st.container(horizontal=True, gap="small"):
                for mark in own:
                    _drop(booth, mark)


def _drop(booth: Booth, mark: SpotMark) -> None:
    text = t("var.question.frame", booth.lang, frame=mark.click.frame)
    if st.button(text, icon=":material/close:", key=f"drop-{mark.id}", help=t("var.review.remove", booth.lang)):
        booth.remove(mark.id)
        rerun_part()
