"""The five steps of an offside review, each a small panel beside the replay."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from touchline.i18n import clock, number, t
from touchline.measure import Z95
from var.model import AttackDirection, BodyMark, BodyPart, Incident, Role
from var.panels.again import rerun_part
from var.panels.assist import kick_part, origin_of, people_part
from var.panels.booth import Booth
from var.panels.foul.aids import aids_step
from var.panels.foul.decision import decision_step
from var.panels.foul.frames import frames_step
from var.panels.foul.law import law_step
from var.panels.foul.window import window_step
from var.panels.paint import follow_parts
from var.panels.pitch_step import Tool, pitch_step
from var.panels.question_steps import ball_step, contact_step
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe
from var.panels.verdict import verdict_step
from var.panels.verdict_drawings import answer_line
from var.review import body_marks_of, kick_balls, kick_of, kicks_that_count, verdict_of

# ---------------------------------------------------------------------- 2 kick


def kick_step(booth: Booth) -> Tool:
    """Set the frame of the first touch and the direction of the attack."""
    lang, incident = booth.lang, booth.incident
    assert incident is not None  # the caller draws steps only for an incident
    st.markdown(t("var.review.kick_how", lang))
    kick = kick_of(booth.match, incident)
    if kick is not None and incident.kick_s is not None and incident.kick_camera is not None:
        shown = booth.match.setup.clock_s(kick.at_s)
        st.success(
            t(
                "var.review.kick_set",
                lang,
                camera=markdown_safe(booth.match.clip(incident.kick_camera).label),
                frame=incident.kick_frame,
                clock=clock(float(kick.at_s if shown is None else shown), lang),
                sigma=number(Z95 * kick.sigma_s * 1000, lang, 0),
            )
        )
        if not kick.agree:
            st.warning(t("var.review.kicks_disagree", lang), icon=":material/rule:")
        for camera, frame in incident.more_kicks:
            label = markdown_safe(booth.match.clip(camera).label)
            counts = (camera, frame) in kicks_that_count(booth.match, incident)
            st.caption(
                t("var.review.kick_also" if counts else "var.review.kick_unset", lang, camera=label, frame=frame)
            )
        if not incident.more_kicks and len(booth.match.clips) > 1:
            st.caption(t("var.review.kick_more", lang))
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
    follow_parts(booth)
    undo_button(booth)
    if incident.kick_s is not None and incident.attack is None:
        st.info(t("var.review.choose_attack", lang), icon=":material/swap_horiz:")
    if booth.next_step() != "kick":
        next_button(booth, booth.next_step())
    return kick_part(booth) or _kick_ball(booth, incident)


def _kick_ball(booth: Booth, incident: Incident) -> Tool:
    """Where the ball was played: a player behind it is onside wherever the opponents are."""
    lang = booth.lang
    if incident.kick_s is None:
        return None
    for mark in kick_balls(booth.match, booth.review, incident):
        with st.container(horizontal=True, vertical_alignment="center"):
            label = markdown_safe(booth.match.clip(mark.click.camera_id).label)
            st.markdown(t("var.review.kick_ball_mark", lang, camera=label, frame=mark.click.frame))
            if st.button("", icon=":material/close:", key=f"drop-{mark.id}", help=t("var.review.remove", lang)):
                booth.remove(mark.id)
                rerun_part()
    wanted = bool(booth.state.get("ball_place"))
    words = t("var.review.kick_ball_stop" if wanted else "var.review.kick_ball", lang)
    if st.button(words, key="kick_ball", icon=":material/adjust:", width="stretch"):
        booth.state["ball_place"] = not wanted
        booth.seek(incident.kick_s)
        rerun_part()
    if not wanted:
        return None
    return {"name": "ball", "cameras": None, "hint": t("var.review.kick_ball_click", lang)}


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
    follow_parts(booth)
    if not ready or incident.kick_s is None:
        st.warning(t("var.review.first_kick" if incident.kick_s is None else "var.review.first_pitch", lang))
        next_button(booth, "kick" if incident.kick_s is None else "pitch")
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
                + origin_of(mark, lang)
            )
            if st.button("", icon=":material/close:", key=f"drop-{mark.id}", help=t("var.review.remove", lang)):
                booth.remove(mark.id)
                rerun_part()
    if marks and all(_off_kick(booth, mark) for mark in marks):
        st.warning(t("var.review.off_kick", lang))
    with st.container(horizontal=True):
        undo_button(booth)
        if st.button(t("var.review.to_kick", lang), icon=":material/my_location:", key="to_kick"):
            booth.seek(incident.kick_s)
            rerun_part()
    _answer(booth, incident)
    if marks:
        next_button(booth, "defender" if role is Role.ATTACKER else "verdict")
    people_part(booth, role)
    hint = t(f"var.review.{role.value}_click", lang, part=t(f"var.review.part_{state['part'][role].value}", lang))
    return {"name": role.value, "cameras": ready, "hint": hint}


def _answer(booth: Booth, incident: Incident) -> None:
    """The verdict as it stands, in one line, once both players are marked."""
    if {mark.role for mark in body_marks_of(booth.review, incident)} != set(Role):
        return
    verdict = verdict_of(booth.match, booth.review, incident)
    if verdict is not None:
        with st.container(key="body_answer"):
            st.html(answer_line(verdict, incident.question, booth.lang))


DRAW: dict[str, Callable[[Booth], Tool]] = {
    "pitch": pitch_step,
    "kick": kick_step,
    "attacker": lambda booth: body_step(booth, Role.ATTACKER),
    "defender": lambda booth: body_step(booth, Role.DEFENDER),
    "ball": ball_step,
    "contact": contact_step,
    "verdict": verdict_step,
    "window": window_step,
    "frames": frames_step,
    "law": law_step,
    "aids": aids_step,
    "decision": decision_step,
}
