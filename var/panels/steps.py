"""The five steps of an offside review, each a small panel beside the replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from touchline.i18n import clock, number, t
from var.measure.pitch import Pitch
from var.model import AttackDirection, BodyMark, BodyPart, Role
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.components import component
from var.panels.text import markdown_safe
from var.panels.verdict import verdict_step
from var.review import AngleState, body_marks_of, kick_of

Tool = dict[str, Any] | None


def _next_button(booth: Booth, step: str) -> None:
    """The largest thing on the panel: what to do next."""
    label = t(f"var.review.next.{step}", booth.lang)
    if st.button(label, type="primary", width="stretch", key=f"next-{step}", icon=":material/arrow_forward:"):
        booth.go(step)
        rerun_part()


def _undo_button(booth: Booth) -> None:
    if st.button(t("var.review.undo", booth.lang), icon=":material/undo:", key="undo", help="Ctrl+Z, U"):
        booth.undo()
        rerun_part()


# ---------------------------------------------------------------------- 1 pitch


def pitch_step(booth: Booth) -> Tool:
    """Choose an angle and a pitch point on the map, click it in the picture; residuals show at once."""
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
    _pitch_map(booth, present)
    length, width = (number(side, lang, 1) for side in booth.match.setup.pitch_m)
    st.caption(t("var.review.pitch_size", lang, length=length, width=width))
    _calibration_words(booth, present)
    with st.container(horizontal=True):
        _undo_button(booth)
        if present.marks and st.button(
            t("var.review.clear_marks", lang), key="clear_marks", icon=":material/ink_eraser:"
        ):
            booth.attempt(lambda: booth.archive.clear_pitch_marks(booth.match.id, state["camera"], by=booth.person))
            rerun_part()
    if present.calibration is not None:
        _next_button(booth, booth.next_step())
    point = state["point"]
    if point is None:
        return None
    hint = t("var.review.click_point", lang, point=t(f"var.pitch.{point}", lang))
    return {"name": "pitch", "cameras": [state["camera"]], "hint": hint}


def _pitch_map(booth: Booth, present: AngleState) -> None:
    lang, state = booth.lang, booth.state
    pitch = Pitch(*booth.match.setup.pitch_m)
    incident = booth.incident
    side = incident.attack.value if incident is not None and incident.attack is not None else "both"
    fits = {} if present.calibration is None else {fit.name: fit for fit in present.calibration.marks}
    data = {
        "length": pitch.length_m,
        "width": pitch.width_m,
        "side": side,
        "lines": [
            [[round(x, 2), round(y, 2)] for x, y, z in line.tolist() if z == 0] for _, line in pitch.outline(2.0)
        ],
        "points": [{"name": name, "x": x, "y": y} for name, (x, y, z) in pitch.points.items() if z == 0],
        "names": {name: t(f"var.pitch.{name}", lang) for name in pitch.points},
        "done": [mark.name for mark in present.marks],
        "bad": [name for name, fit in fits.items() if fit.rejected],
        "chosen": state["point"],
        "texts": {"map": t("var.review.map", lang), "pick": t("var.review.pick", lang)},
    }
    key = f"pitchmap-{booth.match.id}"

    def picked() -> None:
        chosen = st.session_state[key].get("pick")
        if chosen in pitch.points:
            state["point"] = chosen

    component("touchline_pitchmap", "pitchmap.js")(key=key, data=data, on_pick_change=picked)


def _calibration_words(booth: Booth, present: AngleState) -> None:
    """What the marks give: how well they fit, which do not, or how many are missing."""
    lang = booth.lang
    if present.refusal is not None:
        st.warning(f"{present.refusal.detail(lang)} {present.refusal.hint(lang)}")
        return
    found = present.calibration
    if found is None:
        st.caption(t("var.review.need_marks", lang))
        return
    st.markdown(
        t("var.review.residual", lang, rms=number(found.rms_px, lang, 1), marks=number(len(present.marks), lang))
    )
    for fit in found.marks:
        if fit.rejected:
            name = t(f"var.pitch.{fit.name}", lang)
            residual = number(fit.residual_px, lang, 0)
            st.error(t("var.review.bad_mark", lang, name=name, residual=residual))
            if fit.suggestion:
                st.caption(t("var.review.suggestion", lang, suggestion=fit.suggestion))
            wrong = next((mark for mark in present.marks if mark.name == fit.name), None)
            if wrong is not None and st.button(t("var.review.remove_mark", lang, name=name), key=f"drop-{wrong.id}"):
                booth.remove(wrong.id)
                rerun_part()


# ---------------------------------------------------------------------- 2 kick


def kick_step(booth: Booth) -> Tool:
    """Set the frame of the first touch and the direction of the attack."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    st.markdown(t("var.review.kick_how", lang))
    kick = kick_of(booth.match, incident)
    if kick is not None and incident.kick_s is not None and incident.kick_camera is not None:
        shown = booth.match.setup.clock_s(incident.kick_s)
        st.success(
            t(
                "var.review.kick_set",
                lang,
                camera=markdown_safe(booth.match.clip(incident.kick_camera).label),
                frame=incident.kick_frame,
                clock=clock(float(incident.kick_s if shown is None else shown), lang),
                sigma=number(kick.sigma_s * 1000, lang, 1),
            )
        )
    _confirm_move(booth)
    directions = list(AttackDirection)
    chosen = st.segmented_control(
        t("var.review.attack", lang),
        directions,
        default=incident.attack,
        format_func=lambda direction: t(f"var.review.attack_{direction.value}", lang),
        key=f"attack-{incident.id}-{incident.attack}",
        width="stretch",
    )
    if chosen is not None and chosen is not incident.attack:
        booth.attempt(lambda: booth.archive.set_attack(incident.id, chosen, by=booth.person))
        rerun_part()
    _undo_button(booth)
    if incident.kick_s is not None and incident.attack is None:
        st.info(t("var.review.choose_attack", lang), icon=":material/swap_horiz:")
    if booth.next_step() != "kick":
        _next_button(booth, booth.next_step())
    return None


def _confirm_move(booth: Booth) -> None:
    """Ask before a kick frame moves on which body points rest already."""
    lang, wanted = booth.lang, booth.state.get("move_kick")
    if wanted is None:
        return
    label = markdown_safe(booth.match.clip(str(wanted["camera"])).label)
    st.warning(t("var.review.move_kick", lang, camera=label, frame=wanted["frame"]), icon=":material/help:")
    with st.container(horizontal=True):
        if st.button(t("var.review.move_kick_yes", lang), key="move_kick_yes"):
            booth.set_kick(wanted, confirmed=True)
            rerun_part()
        if st.button(t("var.review.move_kick_no", lang), key="move_kick_no", type="primary"):
            booth.state["move_kick"] = None
            rerun_part()


# ---------------------------------------------------------------------- 3 and 4 body points


def _off_kick(booth: Booth, mark: BodyMark) -> bool:
    """Whether a body point lies on another picture than the one that shows the kick on its angle."""
    incident = booth.incident
    if incident is None or incident.kick_s is None:
        return True
    return mark.click.frame != booth.match.clip(mark.click.camera_id).frame_at(incident.kick_s)


def body_step(booth: Booth, role: Role) -> Tool:
    """Choose the body part and click it, on one angle or on several."""
    lang, state, incident = booth.lang, booth.state, booth.incident
    assert incident is not None
    ready = [camera for camera in booth.cameras() if booth.calibrated(camera)]
    if not ready or incident.kick_s is None:
        st.warning(t("var.review.first_kick" if incident.kick_s is None else "var.review.first_pitch", lang))
        _next_button(booth, "kick" if incident.kick_s is None else "pitch")
        return None
    part = st.pills(
        t("var.review.part", lang),
        list(BodyPart),
        default=state["part"][role],
        format_func=lambda value: t(f"var.review.part_{value.value}", lang),
        key=f"part-{role.value}-{state['part'][role]}",
        label_visibility="collapsed",
    )
    if part is not None:
        state["part"][role] = part
    st.markdown(t(f"var.review.{role.value}_how", lang))
    labels = ", ".join(markdown_safe(booth.match.clip(camera).label) for camera in ready)
    st.caption(t("var.review.ready_angles", lang, angles=labels))
    marks = [mark for mark in body_marks_of(booth.review, incident) if mark.role is role]
    for mark in marks:
        clip = booth.match.clip(mark.click.camera_id)
        off_ms = float(clip.match_s(mark.click.frame) - incident.kick_s) * 1000
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                t(
                    "var.review.body_mark",
                    lang,
                    part=t(f"var.review.part_{mark.part.value}", lang),
                    camera=markdown_safe(clip.label),
                    frame=mark.click.frame,
                    off=number(off_ms, lang, 1, sign=True),
                )
            )
            if st.button("", icon=":material/close:", key=f"drop-{mark.id}", help=t("var.review.remove", lang)):
                booth.remove(mark.id)
                rerun_part()
    if marks and all(_off_kick(booth, mark) for mark in marks):
        st.warning(t("var.review.off_kick", lang))
    with st.container(horizontal=True):
        _undo_button(booth)
        if st.button(t("var.review.to_kick", lang), icon=":material/my_location:", key="to_kick"):
            booth.seek(incident.kick_s)
            rerun_part()
    if marks:
        _next_button(booth, "defender" if role is Role.ATTACKER else "verdict")
    hint = t(f"var.review.{role.value}_click", lang, part=t(f"var.review.part_{state['part'][role].value}", lang))
    return {"name": role.value, "cameras": ready, "hint": hint}


DRAW: dict[str, Callable[[Booth], Tool]] = {
    "pitch": pitch_step,
    "kick": kick_step,
    "attacker": lambda booth: body_step(booth, Role.ATTACKER),
    "defender": lambda booth: body_step(booth, Role.DEFENDER),
    "verdict": verdict_step,
}
