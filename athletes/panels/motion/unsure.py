"""Where it is not sure who is who, or which side is which: what was put right, and what whoever looks must check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from athletes.motion.looking import reading_of
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.panels.motion.glance import glance
from athletes.panels.motion.results import Show
from athletes.pose.results import Note
from athletes.pose.wording import note_words
from touchline.i18n import number, t

MOST = 20
ELSEWHERE = ("swaps_undone", "one_frame")
"""What was exchanged is told stretch by stretch; that there is one picture alone stands with the numbers."""


def unsure_part(trials: Trials, trial: Trial, camera: str, how: tuple[str, Show]) -> None:
    """What must be known of the points of a camera, with the buttons that show where; nothing where there is nothing.

    ``how`` is the language, and what shows a picture.
    """
    lang, show = how
    reading = reading_of(trials, trial.id, camera) if camera else None
    seen = glance(trials, trial, trial.shot(camera)) if camera else None
    if reading is None or seen is None or seen.followed is None:
        return
    rows = [*_swaps(reading, seen.followed, lang), *_notes(reading["notes"], seen.followed, lang)]
    if not rows:
        return
    with st.expander(
        t("athletes.motion_page.unsure.title", lang, count=number(len(rows), lang)), icon=":material/help_center:"
    ):
        for place, (words, frame) in enumerate(rows[:MOST]):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(words, width="stretch")
                if frame is not None:
                    st.button(
                        t("athletes.motion_page.show", lang),
                        key=f"motion-show-unsure-{place}",
                        icon=":material/visibility:",
                        on_click=show,
                        args=(frame,),
                    )
        if len(rows) > MOST:
            st.caption(t("athletes.motion_page.unsure.more", lang, count=number(len(rows) - MOST, lang)))


def _swaps(reading: dict[str, Any], followed: int, lang: str) -> Iterable[tuple[str, int | None]]:
    """The stretches in which left and right of the followed person were exchanged back."""
    for swap in reading["swaps"].get(str(followed), {}).get("found", []):
        parts = ", ".join(t(f"athletes.motion_page.unsure.{group}", lang) for group in swap["groups"])
        ends = {name: number(int(swap[name]), lang) for name in ("first", "last")}
        yield t("athletes.motion_page.unsure.swapped", lang, parts=parts, **ends), int(swap["first"])


def _notes(told: list[dict[str, Any]], followed: int, lang: str) -> Iterable[tuple[str, int | None]]:
    """What concerns the followed person or the whole recording."""
    for one in told:
        persons = str(one["values"].get("persons", one["person"])).split(", ")
        if one["key"] in ELSEWHERE or not (one["person"] is None or str(followed) in persons):
            continue
        frames = None if one["frames"] is None else (int(one["frames"][0]), int(one["frames"][1]))
        note = Note(one["key"], one["person"], frames, one["values"])
        yield note_words(note, lang), None if "persons" not in one["values"] or frames is None else frames[0]
