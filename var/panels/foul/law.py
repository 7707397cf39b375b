"""Law 12 as questions to a person, with what was measured beside each and at which speed it was looked at."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from touchline.rights import Action, refused
from var.foul.answers import Answered, Reads
from var.foul.law12 import Group
from var.foul.notes import Picture
from var.foul.noting import answer
from var.foul.review import FoulReview
from var.foul.wording import aid_value, basis_lines, picture_text
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.foul.window import review_here
from var.panels.pitch_step import Tool
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe
from var.rules.words import Replay


def law_step(booth: Booth) -> Tool:
    """Draw one group of the checklist; each answer is one press."""
    lang, review = booth.lang, review_here(booth)
    group = booth.state.get("foul_group", Group.OFFENCE)
    words = {each: _progress(review, each, lang) for each in Group}
    chosen = st.pills(
        t("var.foul_page.group", lang),
        list(Group),
        default=group,
        format_func=words.__getitem__,
        key=f"foul_group-{group}",
        label_visibility="collapsed",
    )
    if chosen is not None and chosen is not group:
        booth.state["foul_group"] = chosen
        rerun_part()
    if refused(booth.archive.person, Action.DECIDE) is not None:
        st.caption(t("var.case.only_deciders", lang))
    frames = _frames(booth, review)
    by = booth.person or str(st.text_input(t("var.review.decided_by", lang), key="foul_by"))
    for each in review.judged:
        if each.item.group is group:
            _item(booth, review, each, frames, by)
    st.caption(t("var.foul_law.no_verdict", lang))
    undo_button(booth)
    next_button(booth, "aids" if any(booth.calibrated(camera) for camera in booth.cameras()) else "pitch")
    return None


def _progress(review: FoulReview, group: Group, lang: str) -> str:
    """A group by name, and how many of its questions were answered; the tick means all of them."""
    asked = [each.mark is not None for each in review.judged if each.item.group is group]
    name, count = t(f"var.foul_law.group.{group.value}", lang), sum(asked)
    return f"{name} {number(count, lang)}/{number(len(asked), lang)}" + (" ✓" if count == len(asked) else "")


def _frames(booth: Booth, review: FoulReview) -> list[Picture]:
    """The pictures that the next answers rest on."""
    pictures = [frame.picture for frame in review.notes.frames]
    if not pictures:
        st.caption(t("var.foul_page.no_frames", booth.lang))
        return []
    chosen = st.pills(
        t("var.foul_page.rests_on", booth.lang),
        list(range(len(pictures))),
        selection_mode="multi",
        wrap=True,
        format_func=lambda place: picture_text(pictures[place], booth.match, booth.lang),
        key=f"foul_rests-{review.incident.id}-{len(pictures)}",
    )
    return [pictures[place] for place in chosen]


def _item(booth: Booth, review: FoulReview, each: Answered, frames: list[Picture], by: str) -> None:
    """One question with its answers, how the answer reads, and what the Laws say of it."""
    lang, item = booth.lang, each.item
    name = t(f"var.foul_law.item.{item.key}.name", lang)
    speed = "normal_speed" if item.replay is Replay.NORMAL else "any_speed"
    may = refused(booth.archive.person, Action.DECIDE) is None
    with st.container(key=f"foul_item-{item.key}", border=True, gap="xsmall"):
        st.markdown(f"**{markdown_safe(name)}** :gray-badge[{t(f'var.foul_law.{speed}', lang)}]")
        st.caption(markdown_safe(t(f"var.foul_law.item.{item.key}.ask", lang)))
        _measured(review, item.aids, lang)
        said = None if each.mark is None else each.mark.word
        chosen = _choose(booth, each, name, said, may=may)
        if chosen != said:
            if not booth.attempt(
                lambda: answer(booth.archive, review.incident.id, item.key, chosen, frames=frames, by=by)
            ):
                booth.state["foul_refused"] = booth.state.get("foul_refused", 0) + 1  # what was not kept is not shown
            rerun_part()
        for line in basis_lines(each, booth.match, lang):
            st.caption(markdown_safe(line))
        if each.reads is Reads.INCONCLUSIVE and each.mark is not None and may:
            _override(booth, review, each, by)


def _choose(booth: Booth, each: Answered, name: str, said: str | None, *, may: bool) -> str | None:
    """The answer that is chosen now: of many words in a list, of few as one press."""
    lang, item = booth.lang, each.item
    key = f"foul_answer-{item.key}-{0 if each.mark is None else each.mark.id}-{booth.state.get('foul_refused', 0)}"
    words = {word: t(f"var.foul_law.word.{word}", lang) for word in item.words}
    if item.is_choice:
        picked: str | None = st.selectbox(
            name,
            item.words,
            index=None if said is None else item.words.index(said),
            format_func=words.__getitem__,
            placeholder=t("var.foul_page.choose", lang),
            key=key,
            label_visibility="collapsed",
            disabled=not may,
        )
        return picked
    return st.pills(
        name,
        item.words,
        default=said,
        format_func=words.__getitem__,
        key=key,
        label_visibility="collapsed",
        disabled=not may,
    )


def _measured(review: FoulReview, keys: tuple[str, ...], lang: str) -> None:
    """What was measured that belongs to a question; nothing where it was not."""
    aids = {aid.key: aid for aid in review.measured.aids}
    for key in keys:
        aid = aids.get(key)
        if aid is not None and not aid.is_refused:
            name = t(f"var.foul_aids.name.{key}", lang)
            st.markdown(f"📏 {markdown_safe(name)}: {markdown_safe(aid_value(aid, lang))}")


def _override(booth: Booth, review: FoulReview, each: Answered, by: str) -> None:
    """Why the answer stands although it was not looked at in normal speed."""
    lang, mark = booth.lang, each.mark
    assert mark is not None  # the caller draws it only for an answer
    st.warning(t("var.foul_page.inconclusive", lang), icon=":material/slow_motion_video:")
    why = st.text_input(t("var.case.override_why", lang), key=f"foul_why-{each.item.key}-{mark.id}")
    if st.button(t("var.case.override_record", lang), key=f"foul_override-{each.item.key}", disabled=not why.strip()):
        booth.attempt(
            lambda: answer(
                booth.archive,
                review.incident.id,
                each.item.key,
                mark.word,
                frames=mark.frames,
                note=mark.note,
                override=why,
                by=by,
            )
        )
        rerun_part()
