"""The contact: one click on each angle that shows it, and how sure the others show the same instant."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from var.foul.noting import mark_contact
from var.foul.review import FoulReview, foul_review
from var.foul.window import AngleWindow
from var.foul.wording import angle_line, remark_rows, window_lines
from var.model import Click
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.pitch_step import Tool
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe


def window_step(booth: Booth) -> Tool:
    """Draw what is known of the contact; a click in a picture marks it there."""
    lang, review = booth.lang, review_here(booth)
    st.markdown(t("var.foul_page.window_how", lang))
    if review.window.camera_id is None:
        st.caption(markdown_safe(window_lines(review, lang)[0]))
    for angle in review.window.angles:
        _angle(booth, review, angle)
    if review.window.unsynchronised:
        st.caption(t("var.foul_page.window_replays", lang))
    if remarks := remark_rows(review.annotation, lang):
        with st.expander(t("var.foul_page.remarks", lang, count=number(len(remarks), lang)), icon=":material/rule:"):
            for place, said in remarks:
                st.markdown(markdown_safe(t("var.foul_review.imported_remark", lang, place=place, said=said)))
    undo_button(booth)
    next_button(booth, "frames")
    return {"name": "contact", "cameras": None, "hint": t("var.foul_page.window_click", lang)}


def review_here(booth: Booth) -> FoulReview:
    """The review of the foul under review, as the archive has it now."""
    incident = booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    return foul_review(booth.archive, booth.match.id, incident.id)


def _angle(booth: Booth, review: FoulReview, angle: AngleWindow) -> None:
    """One angle: its picture of the contact, a button that goes there, one that takes the mark back."""
    lang, clip = booth.lang, booth.match.clip(angle.camera_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"foul_angle-{angle.camera_id}"):
        words = markdown_safe(angle_line(angle, review, lang))
        st.markdown(f"✓ {words}" if angle.mark else words, width="stretch")
        if angle.frame is not None and st.button(
            "", icon=":material/my_location:", key=f"foul_go-{angle.camera_id}", help=t("var.foul_page.show", lang)
        ):
            booth.seek(clip.match_s(angle.frame))
            rerun_part()
        if angle.mark is not None and st.button(
            "", icon=":material/close:", key=f"foul_drop-{angle.mark.id}", help=t("var.review.remove", lang)
        ):
            booth.remove(angle.mark.id)
            rerun_part()
    if angle.agrees is False:
        st.warning(t("var.foul_page.disagrees", lang), icon=":material/rule:")


def take_contact(booth: Booth, click: Click, *, at: bool) -> None:
    """Keep a picture as that of the contact; with ``at`` the point in it."""
    if booth.incident is not None:
        mark_contact(
            booth.archive,
            booth.incident.id,
            camera_id=click.camera_id,
            frame=click.frame,
            sha256=click.sha256,
            px=(click.u_px, click.v_px) if at else None,
            by=booth.person,
        )
