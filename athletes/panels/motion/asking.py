"""What a person says in the picture: who it is, and how long something is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from athletes.motion.found import tracks_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.rig import CAMERA
from athletes.motion.trials import Trials
from athletes.panels.motion.glance import Glance, glance
from athletes.panels.motion.look import refusal
from athletes.panels.motion.measured import changed, said_key
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.pose.following import choose
from touchline.errors import NotFound
from touchline.i18n import number, t
from touchline.measure import CM_PER_M

PERSON, LENGTH = "person", "length"


@dataclass(frozen=True, slots=True)
class Clicked:
    """A click on a picture: source pixels of the frame ``frame`` of a camera."""

    camera: str
    frame: int
    u: float
    v: float


def tool_key(trial_id: str) -> str:
    """Where the page keeps what a click means now."""
    return f"motion-tool-{trial_id}"


def clicks_key(trial_id: str) -> str:
    """Where the page keeps the clicks of a length that is being said."""
    return f"motion-clicks-{trial_id}"


def tool_of(trial: Trial, lang: str) -> dict[str, Any] | None:
    """The player's tool, while a click is waited for."""
    name = st.session_state.get(tool_key(trial.id))
    if name is None:
        return None
    hint = f"athletes.motion_page.tool.{name}"
    if name == LENGTH:
        hint += f"_{min(len(st.session_state.get(clicks_key(trial.id), ())), 1) + 1}"
    return {"name": name, "cameras": None, "hint": t(hint, lang)}


def point_handler(place: Place, trials: Trials, trial: Trial) -> Any:
    """What becomes of a click in the player."""

    def handle(message: dict[str, Any]) -> None:
        if barred(place.archive, place.lang):
            return
        tool = st.session_state.get(tool_key(trial.id))
        camera = str(message["camera"])
        if tool != LENGTH and message.get("person") is not None:
            choose_person(place, trials, trial, camera, int(message["person"]))
            return
        if message.get("frame") is None or tool is None:
            return
        click = Clicked(camera, int(message["frame"]), float(message["u"]), float(message["v"]))
        if tool == LENGTH:
            before = [one for one in st.session_state.get(clicks_key(trial.id), []) if one.camera == camera]
            st.session_state[clicks_key(trial.id)] = [*before[-1:], click] if len(before) < 2 else [click]
            return
        try:
            found = choose(tracks_of(trials, trial.id, camera), click.frame, (click.u, click.v))
        except NotFound as fault:
            st.session_state[said_key(trial.id)] = refusal(fault, place.lang)
            return
        choose_person(place, trials, trial, camera, found)

    return handle


def choose_person(place: Place, trials: Trials, trial: Trial, camera: str, person: int) -> None:
    """Follow that person in that camera from now on, and measure anew."""

    def change() -> None:
        now = trials.trial(trial.id)  # the click comes to a page that may have been drawn long ago
        shot = now.shot(camera)
        trials.change(now.with_shot(replace(shot, settings={**shot.settings, "person": person})))

    if changed(place, trials, trial.id, change):
        st.session_state.pop(tool_key(trial.id), None)


def people_part(place: Place, trials: Trials, trial: Trial) -> None:
    """Say who is followed in each camera where several were found, and offer the click that changes it."""
    lang = place.lang
    asked: list[tuple[TrialShot, Glance]] = []
    for shot in trial.shots:
        seen = glance(trials, trial, shot)
        if seen is not None and seen.people > 1 and seen.followed is not None:
            asked.append((shot, seen))
    if not asked:
        return
    open_now = st.session_state.get(tool_key(trial.id)) == PERSON
    said: dict[bool, list[str]] = {True: [], False: []}
    for shot, seen in asked:
        chosen = "person" in shot.settings
        words = t(
            "athletes.motion_page.people.followed",
            lang,
            camera=plain(shot.shot.label),
            count=number(seen.people, lang),
            person=number(seen.followed, lang),
        )
        said[chosen].append(words)
    if said[False]:
        question = t("athletes.motion_page.people.question", lang)
        st.warning(f"{'; '.join(said[False])}. **{question}**", icon=":material/touch_app:")
    if said[True]:
        st.caption(f":material/person: {'; '.join(said[True])}.")
    if barred(place.archive, lang):
        return
    with st.container(horizontal=True):
        unsaid = [(shot, seen) for shot, seen in asked if "person" not in shot.settings]
        if unsaid and st.button(
            t("athletes.motion_page.people.right", lang), key="motion-person-right", type="primary"
        ):
            _confirm(place, trials, trial, unsaid)
            st.rerun()
        word = "people.leave" if open_now else "people.click"
        if st.button(t(f"athletes.motion_page.{word}", lang), key="motion-person-click", icon=":material/touch_app:"):
            _turn(trial, None if open_now else PERSON)


def _confirm(place: Place, trials: Trials, trial: Trial, unsaid: Sequence[tuple[TrialShot, Glance]]) -> None:
    told = trial
    for shot, seen in unsaid:
        told = told.with_shot(replace(shot, settings={**shot.settings, "person": seen.followed}))
    # By one camera the same person is measured as before; in space it is now said which of all belong together.
    changed(place, trials, trial.id, lambda: trials.change(told), measure=len(trial.shots) > 1)


def _turn(trial: Trial, tool: str | None) -> None:
    st.session_state.pop(clicks_key(trial.id), None)
    if tool is None:
        st.session_state.pop(tool_key(trial.id), None)
    else:
        st.session_state[tool_key(trial.id)] = tool
    st.rerun()


# ---------------------------------------------------------------------- metres


def scale_part(place: Place, trials: Trials, trial: Trial, camera: str) -> None:
    """Metres in a camera's picture: what holds now, two clicks on a known length, or the athlete's height."""
    lang = place.lang
    shot = trial.shot(camera)
    st.caption(scale_words(shot.settings, lang))
    if barred(place.archive, lang):
        return
    open_now = st.session_state.get(tool_key(trial.id)) == LENGTH
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = "leave" if open_now else "click"
        if st.button(
            t(f"athletes.motion_page.scale.{word}", lang), key="motion-length-click", icon=":material/straighten:"
        ):
            _turn(trial, None if open_now else LENGTH)
    clicks: list[Clicked] = st.session_state.get(clicks_key(trial.id), [])
    if open_now and len(clicks) == 2:
        _length_form(place, trials, trial, clicks)
    elif open_now:
        st.caption(t(f"athletes.motion_page.tool.length_{len(clicks) + 1}", lang))
    else:
        _height_form(place, trials, trial, shot)


def scale_words(settings: Mapping[str, Any], lang: str) -> str:
    """By what metres are known now."""
    told = settings.get("scale")
    if not isinstance(told, Mapping):
        return t(f"athletes.motion_page.scale.{'by_view' if CAMERA in settings else 'none'}", lang)
    if told["kind"] == "height":
        return t("athletes.motion_page.scale.by_height", lang, height=number(CM_PER_M * told["m"], lang))
    return t(
        "athletes.motion_page.scale.by_length",
        lang,
        length=number(told["m"], lang, 2),
        frame=number(told.get("frame", 0), lang),
    )


def _length_form(place: Place, trials: Trials, trial: Trial, clicks: Sequence[Clicked]) -> None:
    lang, (one, other) = place.lang, clicks
    apart = float(np.hypot(other.u - one.u, other.v - one.v))
    st.caption(t("athletes.motion_page.scale.apart", lang, pixels=number(apart, lang)))
    with st.form("motion-length", border=False):
        length = st.number_input(
            t("athletes.motion_page.scale.length", lang), 0.01, 200.0, 1.0, 0.1, format="%.2f", key="motion-length-m"
        )
        if st.form_submit_button(t("athletes.motion_page.scale.keep", lang), type="primary"):
            scale = {
                "kind": "length",
                "px": [one.u, one.v, other.u, other.v],
                "m": float(length),
                "frame": one.frame,
            }
            _keep_scale(place, trials, trial, (one.camera, scale))


def _height_form(place: Place, trials: Trials, trial: Trial, shot: TrialShot) -> None:
    lang, now = place.lang, shot.settings.get("scale", {})
    with st.form("motion-height", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        height = st.number_input(
            t("athletes.motion_page.scale.height", lang),
            50.0,
            260.0,
            CM_PER_M * float(now["m"]) if now.get("kind") == "height" else None,
            1.0,
            format="%.0f",
            placeholder="–",
            key="motion-height-cm",
        )
        if st.form_submit_button(t("athletes.motion_page.scale.keep", lang)) and height is not None:
            _keep_scale(place, trials, trial, (shot.shot.camera_id, {"kind": "height", "m": float(height) / CM_PER_M}))


def _keep_scale(place: Place, trials: Trials, trial: Trial, said: tuple[str, dict[str, Any]]) -> None:
    camera, scale = said
    shot = trial.shot(camera)
    told = trial.with_shot(replace(shot, settings={**shot.settings, "scale": scale}))
    if changed(place, trials, trial.id, lambda: trials.change(told)):
        st.session_state.pop(tool_key(trial.id), None)
        st.session_state.pop(clicks_key(trial.id), None)
    st.rerun()
