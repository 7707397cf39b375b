"""What a trial is measured by, each setting with what it does now; measured anew without looking at the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import streamlit as st

from athletes.kinematics.model import Movement
from athletes.kinematics.settings import JOINTS, Settings
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.panels.motion.look import refusal
from athletes.panels.motion.measured import changed, said_key
from athletes.panels.motion.slow import slow_choice
from athletes.panels.motion.words import joint_words
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from touchline.errors import BadValue
from touchline.i18n import number, t
from touchline.measure import KMH_PER_MPS

NAMES = frozenset(field.name for field in fields(Settings))
RUNNING = (Movement.SPRINT, Movement.RUN)
COUNTED = (Movement.SQUAT, Movement.REPETITIONS)
TOUCHED: Mapping[Movement, str] = MappingProxyType(
    {
        Movement.SPRINT: "steps",
        Movement.RUN: "steps",
        Movement.CMJ: "jumps",
        Movement.DROP_JUMP: "jumps",
        Movement.SQUAT: "repetitions",
        Movement.REPETITIONS: "repetitions",
        Movement.KICK: "strikes",
        Movement.THROW: "strikes",
        Movement.RANGE: "ranges",
    }
)
"""Which words say what another cutoff changes: instants of the feet and flights are fitted to points as they were
found (``athletes.kinematics.contacts``), everything else to filtered ones."""


def settings_of(trial: Trial) -> Settings:
    """What somebody chose for a trial, else the usual. Raises ``BadValue`` for what cannot be."""
    return Settings(**{name: value for name, value in trial.settings.items() if name in NAMES})


def settings_part(place: Place, trials: Trials, trial: Trial) -> None:
    """Draw the settings."""
    lang, fixed = place.lang, barred(place.archive, place.lang) is not None
    try:
        now = settings_of(trial)
    except BadValue:  # kept by a later version: what is shown and saved is the usual
        now = Settings()
    for shot in trial.shots:
        slow_choice(place, trials, trial, shot)
    with st.form(f"motion-settings-{trial.id}"):
        said: dict[str, Any] = {}
        left, right = st.columns(2, gap="medium")
        with left:
            own = st.number_input(
                t("athletes.motion_page.settings.cutoff", lang),
                0.5,
                50.0,
                now.cutoff_hz,
                0.5,
                format="%.1f",
                placeholder=number(now.cutoff_for(trial.movement), lang, 1),
                help=t("athletes.motion_page.settings.cutoff_help", lang),
            )
            said["cutoff_hz"] = own
            hz = number(now.cutoff_for(trial.movement), lang, 1)
            st.caption(t(f"athletes.motion_page.settings.cutoff_{'own' if now.cutoff_hz else 'usual'}", lang, hz=hz))
            st.caption(t(f"athletes.motion_page.settings.touches.{TOUCHED[trial.movement]}", lang))
            gap = st.number_input(
                t("athletes.motion_page.settings.gap", lang), 0, 500, round(1000 * now.fill_gap_s), 50
            )
            said["fill_gap_s"] = gap / 1000
            word = "gap_kept" if now.fill_gap_s == 0 else "gap_filled"
            st.caption(t(f"athletes.motion_page.settings.{word}", lang, ms=number(1000 * now.fill_gap_s, lang)))
        with right:
            least = st.slider(
                t("athletes.motion_page.settings.confidence", lang),
                0,
                90,
                round(100 * now.min_confidence),
                5,
                format="%d %%",
            )
            said["min_confidence"] = least / 100
            st.caption(
                t("athletes.motion_page.settings.confidence_now", lang, percent=number(100 * now.min_confidence, lang))
            )
            said |= _by_movement(trial.movement, now, lang)
        if st.form_submit_button(
            t("athletes.motion_page.settings.measure", lang),
            type="primary",
            disabled=fixed,
            icon=":material/calculate:",
        ):
            _keep(place, trials, trial, said)
            st.rerun()
    st.caption(t("athletes.motion_page.settings.no_looking", lang))


def _by_movement(movement: Movement, now: Settings, lang: str) -> dict[str, Any]:
    if movement in RUNNING:
        kmh = float(KMH_PER_MPS)
        told = st.number_input(
            t("athletes.motion_page.settings.treadmill", lang),
            0.8,
            54.0,
            None if now.treadmill_mps is None else now.treadmill_mps * kmh,
            0.5,
            format="%.1f",
            placeholder="–",
        )
        word = "ground" if now.treadmill_mps is None else "belt"
        speed = number(None if now.treadmill_mps is None else now.treadmill_mps * kmh, lang, 1)
        st.caption(t(f"athletes.motion_page.settings.treadmill_{word}", lang, speed=speed))
        return {"treadmill_mps": None if told is None else told / kmh, **_facing(now, lang)}
    if movement in COUNTED:
        joint = st.selectbox(
            t("athletes.motion_page.settings.joint", lang),
            JOINTS,
            index=JOINTS.index(now.joint),
            format_func=lambda one: joint_words(one, lang),
        )
        depth = st.number_input(
            t("athletes.motion_page.settings.depth", lang),
            10.0,
            179.0,
            now.depth_deg,
            5.0,
            format="%.0f",
            placeholder="–",
        )
        word = "depth_told" if now.depth_deg is not None else "depth_found"
        st.caption(t(f"athletes.motion_page.settings.{word}", lang, degrees=number(now.depth_deg, lang)))
        return {"joint": joint, "depth_deg": depth}
    return _facing(now, lang)


def _facing(now: Settings, lang: str) -> dict[str, Any]:
    facing = st.selectbox(
        t("athletes.motion_page.settings.facing", lang),
        (0, 1, -1),
        index=(0, 1, -1).index(now.facing),
        format_func=lambda one: t(f"athletes.motion_page.settings.facing_{('found', 'right', 'left')[one]}", lang),
    )
    return {"facing": facing}


def _keep(place: Place, trials: Trials, trial: Trial, said: Mapping[str, Any]) -> None:
    usual = Settings()
    kept = {name: value for name, value in trial.settings.items() if name not in said}
    kept |= {name: value for name, value in said.items() if value != getattr(usual, name)}
    try:
        Settings(**{name: value for name, value in kept.items() if name in NAMES})
    except BadValue as fault:
        st.session_state[said_key(trial.id)] = refusal(fault, place.lang)
        return
    changed(place, trials, trial.id, lambda: trials.change(replace(trial, settings=kept)))
