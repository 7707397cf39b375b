"""The first step of a review: points and lines of the pitch, chosen on a map and clicked in the picture."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import number, t
from var.angles import LEAST_CLICKS, AngleState
from var.commands.bundle import advice_said
from var.measure.calibration import MarkFit
from var.measure.pitch import Pitch
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.components import component
from var.panels.paint import follow_part, followed_words, refine_part
from var.panels.pitch_map import map_data, name_of, refusal_words, suggestion_of
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe

Tool = dict[str, Any] | None


def pitch_step(booth: Booth) -> Tool:
    """Choose an angle and a point or a line on the map, click it in the picture; residuals show at once."""
    lang, state = booth.lang, booth.state
    cameras = booth.cameras()
    states = {camera: booth.angle(camera) for camera in cameras}

    def label(camera: str) -> str:
        found = states[camera].calibration
        sign = "✓ " if found is not None else ""
        return f"{sign}{cameras.index(camera) + 1}"

    camera = st.segmented_control(
        t("var.review.angle", lang),
        cameras,
        default=state["camera"],
        format_func=label,
        key=f"angle-{state['camera']}",
        width="stretch",
    )
    if camera and camera != state["camera"]:
        state["camera"] = camera
        rerun_part()
    present = states[state["camera"]]
    clip = booth.match.clip(state["camera"])
    st.caption(f"{markdown_safe(clip.label)} · {t('var.review.fixed' if clip.fixed else 'var.review.moving', lang)}")
    _map(booth, present)
    if present.calibration is not None:
        shown = st.toggle(t("var.review.sure_shown", lang), value=bool(state.get("sure")), key="sure_shown")
        if shown != bool(state.get("sure")):
            state["sure"] = shown
            rerun_part()
    _words(booth, present)
    refine_part(booth, present)
    follow_part(booth, present.camera_id)
    with st.container(horizontal=True):
        undo_button(booth)
        if (present.marks or present.lines) and st.button(
            t("var.review.clear_marks", lang), key="clear_marks", icon=":material/ink_eraser:"
        ):
            booth.attempt(lambda: booth.archive.clear_pitch_marks(booth.match.id, state["camera"], by=booth.person))
            rerun_part()
    if present.calibration is not None:
        next_button(booth, booth.next_step())
    _list(booth, present)
    length, width = (number(side, lang, 1) for side in booth.match.setup.pitch_m)
    st.caption(t("var.review.pitch_size", lang, length=length, width=width))
    return _tool(booth, present)


def _tool(booth: Booth, present: AngleState) -> Tool:
    """What a click in the picture means now."""
    chosen, lang = booth.chosen, booth.lang
    if chosen is None:
        return None
    kind, name = chosen
    said = name_of(kind, name, lang)
    if kind == "point":
        hint = t("var.review.click_point", lang, point=said)
    else:
        hint = t("var.review.click_line", lang, line=said, count=number(len(present.clicks.get(name, ())), lang))
    return {"name": "pitch", "cameras": [booth.state["camera"]], "hint": hint}


def _map(booth: Booth, present: AngleState) -> None:
    incident = booth.incident
    side = incident.attack.value if incident is not None and incident.attack is not None else "both"
    data = map_data(Pitch(*booth.match.setup.pitch_m), present, side, booth.chosen, booth.lang)
    key = f"pitchmap-{booth.match.id}"

    def picked() -> None:
        chosen = st.session_state[key].get("pick")
        if isinstance(chosen, dict):
            booth.choose(str(chosen.get("kind")), str(chosen.get("name")))

    component("touchline_pitchmap", "pitchmap.js")(key=key, data=data, on_pick_change=picked)


def _words(booth: Booth, present: AngleState) -> None:
    """What the marks give: how well they fit, which do not, or how many are missing."""
    lang = booth.lang
    for name, clicks in present.clicks.items():
        if len(clicks) < LEAST_CLICKS:
            st.caption(t("var.review.one_click", lang, line=name_of("line", name, lang)))
    if present.refusal is not None:
        st.warning(markdown_safe(refusal_words(present.refusal, present, lang)))
        return
    found = present.calibration
    if found is None:
        st.caption(t("var.review.need_marks", lang))
        return
    if present.followed is not None:
        followed_words(booth, present)
        return
    rms = number(found.rms_px, lang, 1)
    points, lines = number(len(present.marks), lang), number(len(present.line_fits), lang)
    st.markdown(t("var.review.residual", lang, rms=rms, points=points, lines=lines))
    if present.together:
        st.caption(t("var.bundle.together", lang, count=number(present.together, lang)))
    for advice in found.advice:
        st.info(markdown_safe(advice_said(advice, lang)))
    for kind, fits in (("point", present.point_fits), ("line", present.line_fits)):
        for fit in fits.values():
            if fit.rejected:
                _rejected(booth, present, kind, fit)


def _rejected(booth: Booth, present: AngleState, kind: str, fit: MarkFit) -> None:
    """A mark that does not fit: by how much, what it probably shows, and how to be rid of it."""
    lang = booth.lang
    name = name_of(kind, fit.name, lang)
    st.error(t("var.review.bad_mark", lang, name=name, residual=number(fit.residual_px, lang, 0)))
    if fit.suggestion:
        st.caption(t("var.review.suggestion", lang, suggestion=suggestion_of(kind, fit.suggestion, lang)))
    own = present.marks if kind == "point" else present.lines
    wrong = [mark.id for mark in own if mark.name == fit.name]
    if wrong and st.button(t("var.review.remove_mark", lang, name=name), key=f"drop-{kind}-{wrong[0]}"):
        for seq in wrong:
            booth.remove(seq)
        rerun_part()


def _list(booth: Booth, present: AngleState) -> None:
    """Everything that was clicked on this angle, each click with a button that takes it back."""
    lang, count = booth.lang, len(present.marks) + len(present.lines)
    if not count:
        return
    with st.expander(t("var.review.marks", lang, count=number(count, lang)), key="pitch_marks"):
        for mark in present.marks:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_row("point", mark.name, present.point_fits.get(mark.name), lang))
                _drop(booth, mark.id, "")
        for name, clicks in present.clicks.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_row("line", name, present.line_fits.get(name), lang))
                for place, click in enumerate(clicks, 1):
                    _drop(booth, click.id, number(place, lang))


def _row(kind: str, name: str, fit: MarkFit | None, lang: str) -> str:
    said = markdown_safe(name_of(kind, name, lang))
    if fit is None or fit.residual_px is None:
        return said
    return f"{said} · {number(fit.residual_px, lang, 1)} px"


def _drop(booth: Booth, seq: int, label: str) -> None:
    help_text = t("var.review.remove", booth.lang)
    if st.button(label, icon=":material/close:", key=f"drop-{seq}", help=help_text):
        booth.remove(seq)
        rerun_part()
