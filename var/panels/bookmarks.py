"""The bookmarks of a match as a list: go there, tag, note, remove, bring back."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import clock, t
from touchline.rights import Action
from var.bookmarks import Bookmark, Tag, change, remove, restore
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.who import barred

TAGS = ("none", *(tag.value for tag in Tag))


def bookmarks_panel(booth: Booth) -> None:
    """Draw the list, the earliest first."""
    lang = booth.lang
    gone = booth.state.get("bookmark_removed")
    if gone is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("var.review.bookmark_removed", lang))
            if st.button(t("var.review.undo", lang), key="bookmark_restore", icon=":material/undo:"):
                booth.attempt(lambda: restore(booth.archive, booth.match.id, gone, by=booth.person))
                booth.state["bookmark_removed"] = None
                rerun_part()
    if not booth.review.bookmarks:
        st.markdown(t("var.review.no_bookmarks", lang))
    for mark in booth.review.bookmarks:
        with st.container(border=True):
            _mark(booth, mark)


def _mark(booth: Booth, mark: Bookmark) -> None:
    lang = booth.lang
    why = barred(booth.archive, Action.MARK, lang)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            _when(booth, mark),
            key=f"mark-go-{mark.id}",
            icon=":material/my_location:",
            help=t("var.review.bookmark_go", lang),
        ):
            booth.seek(mark.at_s)
            rerun_part()
        if why is None and st.button(
            "", key=f"mark-remove-{mark.id}", icon=":material/delete:", help=t("var.review.bookmark_remove", lang)
        ):
            if booth.attempt(lambda: remove(booth.archive, booth.match.id, mark.id, by=booth.person)):
                booth.state["bookmark_removed"] = mark.id
            rerun_part()
    present = "none" if mark.tag is None else mark.tag.value
    tag = st.selectbox(
        t("var.review.bookmark_tag", lang),
        TAGS if mark.tag is None else TAGS[1:],
        index=(TAGS if mark.tag is None else TAGS[1:]).index(present),
        format_func=lambda name: t(f"var.replay.tag.{name}", lang),
        key=f"mark-tag-{mark.id}-{present}",
        disabled=why is not None,
        help=why,
    )
    note = st.text_input(
        t("var.review.bookmark_note", lang),
        mark.note,
        key=f"mark-note-{mark.id}",
        max_chars=500,
        disabled=why is not None,
    )
    if tag != present or note != mark.note:
        kept = None if tag == "none" else tag
        if booth.attempt(lambda: change(booth.archive, booth.match.id, mark.id, tag=kept, note=note, by=booth.person)):
            rerun_part()


def _when(booth: Booth, mark: Bookmark) -> str:
    """The match clock of a bookmark, or of its stretch."""

    def shown(at: Bookmark, ends: bool) -> str:
        instant = at.ends_s if ends and at.ends_s is not None else at.at_s
        reading = booth.match.setup.clock_s(instant)
        return clock(float(instant if reading is None else reading), booth.lang, 0)

    return shown(mark, ends=False) + (f" – {shown(mark, ends=True)}" if mark.ends_s is not None else "")
