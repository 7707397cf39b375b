"""Pictures as evidence: kept by a click or K, seen small, put in order, the best view of each angle named."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from touchline.i18n import t
from var.foul.notes import EvidenceFrame, Picture, Shows
from var.foul.noting import choose_best, drop_frame, keep_frame, order_frames
from var.foul.review import FoulReview
from var.model import Click
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.foul.window import review_here
from var.panels.pitch_step import Tool
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe

THUMB_LINES = 120


def frames_step(booth: Booth) -> Tool:
    """Draw the pictures that are kept; a click in a picture keeps it."""
    lang, review = booth.lang, review_here(booth)
    st.markdown(t("var.foul_page.frames_how", lang))
    shows = booth.state.get("foul_shows", Shows.CONTACT)
    chosen = st.pills(
        t("var.foul_page.shows", lang),
        list(Shows),
        default=shows,
        format_func=lambda value: t(f"var.foul_review.shows.{value.value}", lang),
        key=f"foul_shows-{shows}",
        label_visibility="collapsed",
    )
    if chosen is not None and chosen is not shows:
        booth.state["foul_shows"] = chosen
        rerun_part()
    _offer_contacts(booth, review)
    pictures = [frame.picture for frame in review.notes.frames]
    for place, frame in enumerate(review.notes.frames):
        _frame(booth, review, frame, place, pictures)
    undo_button(booth)
    next_button(booth, "law")
    hint = t("var.foul_page.frames_click", lang, what=t(f"var.foul_review.shows.{shows.value}", lang))
    return {"name": "frame", "cameras": None, "hint": hint}


def _offer_contacts(booth: Booth, review: FoulReview) -> None:
    """One press keeps the pictures of the contact on all angles that have one and are not kept yet."""
    kept = {frame.picture for frame in review.notes.frames}
    marked = [(mark.camera_id, mark.frame) for mark in review.notes.contacts]
    missing = [picture for picture in marked if picture not in kept]
    if missing and st.button(
        t("var.foul_page.keep_contacts", booth.lang, count=len(missing)), icon=":material/add_photo_alternate:",
        key="foul_keep_contacts", width="stretch",
    ):  # fmt: skip
        for camera, frame in missing:
            sha256 = booth.match.clip(camera).sha256
            booth.attempt(lambda c=camera, f=frame, s=sha256: _keep(booth, c, f, s, Shows.CONTACT))  # type: ignore[misc]
        rerun_part()


def _keep(booth: Booth, camera: str, frame: int, sha256: str, shows: Shows) -> None:
    if booth.incident is not None:
        keep_frame(
            booth.archive, booth.incident.id, camera_id=camera, frame=frame, sha256=sha256, shows=shows, by=booth.person
        )


def take_frame(booth: Booth, click: Click) -> None:
    """Keep the picture that was clicked, or shown when K was pressed."""
    _keep(booth, click.camera_id, click.frame, click.sha256, booth.state.get("foul_shows", Shows.CONTACT))


def thumbnail(booth: Booth, picture: Picture) -> str:
    """The address of a small picture, from our own route."""
    camera, frame = picture
    clip = booth.match.clip(camera)
    place = f"/var/{quote(booth.match.id, safe='')}/{quote(camera, safe='')}/still/{frame}.jpg"
    return f"{place}?h={THUMB_LINES}&v={clip.sha256[:16]}"


def _frame(booth: Booth, review: FoulReview, frame: EvidenceFrame, place: int, pictures: list[Picture]) -> None:
    """One kept picture with its place in the order and what can be done with it."""
    lang, incident = booth.lang, review.incident
    label = booth.match.clip(frame.camera_id).label
    best = frame.picture in review.notes.best
    words = t(
        "var.foul_review.frame", lang, place=place + 1, camera=label, frame=frame.frame,
        shows=t(f"var.foul_review.shows.{frame.shows.value}", lang),
    )  # fmt: skip
    with st.container(key=f"foul_frame-{frame.id}", border=True, gap="xsmall"):
        st.html(f'<img class="foul_thumb" loading="lazy" alt="" src="{thumbnail(booth, frame.picture)}">')
        st.markdown(markdown_safe(words) + (f" · ★ {t('var.foul_review.best', lang)}" if best else ""))
        with st.container(horizontal=True, gap="xsmall"):
            if _button("foul_show", frame, "my_location", t("var.foul_page.show", lang)):
                booth.seek(booth.match.clip(frame.camera_id).match_s(frame.frame))
                rerun_part()
            if place and _button("foul_up", frame, "arrow_upward", t("var.foul_page.earlier", lang)):
                moved = [*pictures]
                moved[place - 1], moved[place] = moved[place], moved[place - 1]
                booth.attempt(lambda: order_frames(booth.archive, incident.id, moved, by=booth.person))
                rerun_part()
            icon = "star" if best else "star_border"
            if _button("foul_best", frame, icon, t("var.foul_page.best", lang)):
                wanted = None if best else frame.frame
                booth.attempt(lambda: choose_best(booth.archive, incident.id, frame.camera_id, wanted, by=booth.person))
                rerun_part()
            if _button("foul_away", frame, "close", t("var.review.remove", lang)):
                booth.attempt(lambda: drop_frame(booth.archive, incident.id, frame.picture, by=booth.person))
                rerun_part()


def _button(name: str, frame: EvidenceFrame, icon: str, words: str) -> bool:
    return st.button("", icon=f":material/{icon}:", key=f"{name}-{frame.id}", help=words)
