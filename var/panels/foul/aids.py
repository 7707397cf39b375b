"""Who stands where, clicked on calibrated angles, and what that measures: numbers with their doubt, or why not."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from var.foul.notes import PersonMark, Who
from var.foul.noting import MOST_DEFENDERS, mark_person
from var.foul.review import FoulReview
from var.foul.wording import measured_lines
from var.model import AttackDirection, Click
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.foul.window import review_here
from var.panels.paint import follow_parts
from var.panels.pitch_step import Tool
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe


def aids_step(booth: Booth) -> Tool:
    """Draw who is to be clicked next, the marks, and the measurements."""
    lang, review = booth.lang, review_here(booth)
    ready = [camera for camera in booth.cameras() if booth.calibrated(camera)]
    follow_parts(booth)
    if not ready:
        st.warning(t("var.foul_page.calibrate", lang), icon=":material/straighten:")
        next_button(booth, "pitch")
        return None
    st.markdown(t("var.foul_page.aids_how", lang))
    names = _names(review)
    chosen = _who(booth, names)
    grounded = not st.checkbox(t("var.foul_page.off_ground", lang), key="foul_off_ground")
    booth.state["foul_grounded"] = grounded
    _attack(booth, review)
    with st.container(key="foul_measured", border=True, gap="xsmall"):
        st.markdown(f"**{t('var.foul_review.measured', lang)}**")
        for line in measured_lines(review, lang):
            st.markdown(markdown_safe(line))
    _marks(booth, review)
    undo_button(booth)
    next_button(booth, "decision")
    return {"name": "person", "cameras": ready, "hint": t("var.foul_page.aids_click", lang, who=_name(chosen, lang))}


def _names(review: FoulReview) -> list[str]:
    """Whom a click may mean: attacker, offender, ball, the defenders that there are, and one more."""
    defenders = sorted({mark.number for mark in review.notes.persons if mark.who is Who.DEFENDER})
    further = min(MOST_DEFENDERS, max(defenders, default=0) + 1)
    numbers = list(dict.fromkeys([*defenders, further]))
    return [Who.ATTACKER, Who.OFFENDER, Who.BALL, *(f"{Who.DEFENDER}_{n}" for n in numbers)]


def _name(name: str, lang: str) -> str:
    who, _, count = name.partition("_")
    return f"{t(f'var.foul_aids.who.{who}', lang)}{f' {count}' if count else ''}"


def _who(booth: Booth, names: list[str]) -> str:
    lang = booth.lang
    before = booth.state.get("foul_who", names[0])
    before = before if before in names else names[0]
    chosen = st.pills(
        t("var.foul_page.who", lang),
        names,
        default=before,
        format_func=lambda name: _name(name, lang),
        key=f"foul_who-{before}-{len(names)}",
        label_visibility="collapsed",
    )
    if chosen is not None and chosen != before:
        booth.state["foul_who"] = chosen
        rerun_part()
    return before


def _attack(booth: Booth, review: FoulReview) -> None:
    """Toward which goal the attacker plays; without it the nearer goal is taken, and that is said."""
    lang, incident = booth.lang, review.incident
    chosen = st.segmented_control(
        t("var.review.attack", lang),
        list(AttackDirection),
        default=incident.attack,
        format_func=lambda direction: t(f"var.review.attack_{direction.value}", lang),
        key=f"foul_attack-{incident.id}-{incident.attack}",
        width="stretch",
    )
    if chosen is not None and chosen is not incident.attack:
        booth.attempt(lambda: booth.archive.set_attack(incident.id, chosen, by=booth.person))
        rerun_part()


def _marks(booth: Booth, review: FoulReview) -> None:
    lang, marks = booth.lang, review.notes.persons
    if not marks:
        return
    with st.expander(t("var.review.marks", lang, count=number(len(marks), lang)), key="foul_marks"):
        for mark in marks:
            _mark(booth, mark)


def _mark(booth: Booth, mark: PersonMark) -> None:
    lang, label = booth.lang, booth.match.clip(mark.click.camera_id).label
    frame = t("var.question.frame", lang, frame=mark.click.frame)
    air = "" if mark.on_ground else f" · {t('var.foul_page.in_air', lang)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{_name(mark.name, lang)} · {markdown_safe(label)} · {frame}{air}", width="stretch")
        if st.button("", icon=":material/close:", key=f"foul_drop-{mark.id}", help=t("var.review.remove", lang)):
            booth.remove(mark.id)
            rerun_part()


def take_person(booth: Booth, click: Click) -> None:
    """Keep where somebody stands."""
    if booth.incident is None:
        return
    who, _, count = str(booth.state.get("foul_who", Who.ATTACKER)).partition("_")
    mark_person(
        booth.archive,
        booth.incident.id,
        Who(who),
        click,
        number=int(count or 0),
        on_ground=bool(booth.state.get("foul_grounded", True)),
        by=booth.person,
    )
