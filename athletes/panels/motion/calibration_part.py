"""Where a trial's cameras stand: a calibration file, which of its cameras is which, and the way back to the former."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from athletes.motion.model import Trial
from athletes.motion.rig import CAMERA, matched, posed
from athletes.motion.trials import Trials
from athletes.panels.file_box import box_words
from athletes.panels.motion.look import refusal
from athletes.panels.motion.measured import changed
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.space.calibrations import calibration_from
from touchline.errors import TouchlineError
from touchline.i18n import number, t

BOX, ROUND = "motion-calibration-box", "motion-calibration-round"
Poses = Mapping[str, Any]
"""Poses of cameras as their settings keep them, by camera; those that stand nowhere known are left out."""


def before_key(trial_id: str) -> str:
    """Where the page keeps the poses that the last calibration took the place of."""
    return f"motion-calibration-before-{trial_id}"


def calibration_part(place: Place, trials: Trials, trial: Trial) -> None:
    """Draw the box for a calibration file; once there is one, the choice of its cameras."""
    lang = place.lang
    _way_back(place, trials, trial)
    with st.container(key=BOX):
        st.html(
            box_words(
                BOX,
                t("athletes.motion_page.space.choose_file", lang),
                t("athletes.motion_page.space.kinds", lang),
            )
        )
        file = st.file_uploader(
            t("athletes.motion_page.space.calibration", lang),
            key=f"motion-calibration-{trial.id}-{st.session_state.get(ROUND, 0)}",
            help=t("athletes.motion_page.space.calibration_help", lang),
        )
    if file is None:
        return
    try:
        found = calibration_from(file.getvalue(), file.name)
    except TouchlineError as fault:
        st.error(refusal(fault, lang), icon=":material/error:")
        return
    names, guessed = [camera.name for camera in found.cameras], matched(trial, found)
    st.caption(t("athletes.motion_page.space.which", lang, count=number(len(names), lang), form=found.form))
    chosen = {}
    for shot in trial.shots:
        guess = guessed.get(shot.shot.camera_id)
        chosen[shot.shot.camera_id] = st.selectbox(
            plain(shot.shot.label),
            ["", *names],
            index=0 if guess is None else 1 + names.index(guess),
            format_func=lambda name: name or t("athletes.motion_page.space.no_camera", lang),
            key=f"motion-calibrated-{trial.id}-{shot.shot.camera_id}",
        )
    named, before = {camera: name for camera, name in chosen.items() if name}, _poses(trial)
    st.caption(_what_becomes(trial, named, before, lang))
    if st.button(
        t("athletes.motion_page.space.use", lang),
        key="motion-calibration-use",
        type="primary",
        icon=":material/check:",
        disabled=not named,
    ):
        if changed(place, trials, trial.id, lambda: posed(trials, trial.id, found, named)):
            st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # a fresh box
            if before:
                st.session_state[before_key(trial.id)] = before
        st.rerun()


def _poses(trial: Trial) -> Poses:
    return {one.shot.camera_id: one.settings[CAMERA] for one in trial.shots if CAMERA in one.settings}


def _what_becomes(trial: Trial, named: Mapping[str, str], before: Poses, lang: str) -> str:
    """What pressing the button does, or why it cannot be pressed."""
    if not named:
        return t("athletes.motion_page.space.none_named", lang)

    def labels(cameras: list[str]) -> str:
        return ", ".join(plain(trial.shot(camera).shot.label) for camera in cameras)

    said = []
    if len(named) == 1:
        said.append(t("athletes.motion_page.space.one_named", lang))
    if replaced := [camera for camera in before if camera in named]:
        said.append(t("athletes.motion_page.space.replaces", lang, names=labels(replaced)))
    if lost := [camera for camera in before if camera not in named]:
        said.append(t("athletes.motion_page.space.loses", lang, names=labels(lost)))
    return " ".join(said)


def _way_back(place: Place, trials: Trials, trial: Trial) -> None:
    """Say that another calibration was taken the place of, with the button that brings it back."""
    lang = place.lang
    before: Poses | None = st.session_state.get(before_key(trial.id))
    if before is None or before == _poses(trial):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/history: {t('athletes.motion_page.space.replaced', lang)}", width="content")
        if st.button(t("athletes.sessions.undo", lang), key="motion-calibration-undo", icon=":material/undo:"):
            if changed(place, trials, trial.id, lambda: _put_back(trials, trial, before)):
                del st.session_state[before_key(trial.id)]
            st.rerun()


def _put_back(trials: Trials, trial: Trial, poses: Poses) -> Trial:
    """The trial with its cameras where they stood before."""
    shots = []
    for one in trial.shots:
        settings = {name: value for name, value in one.settings.items() if name != CAMERA}
        pose = poses.get(one.shot.camera_id)
        shots.append(replace(one, settings=settings if pose is None else {**settings, CAMERA: pose}))
    return trials.change(replace(trial, shots=tuple(shots)))
