"""What is known of a person in space: how well the cameras agree joint by joint, bones, dropouts, and the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from athletes.kinematics.model import Side
from athletes.motion.found import analysis_of
from athletes.motion.kept import Kept
from athletes.motion.model import Trial
from athletes.motion.naming import side_name
from athletes.motion.trials import Trials
from athletes.panels.motion.look import refusal, show
from athletes.panels.motion.words import joint_words
from athletes.panels.place import Place
from athletes.panels.tables import cell, table
from athletes.paper.motion_facts import may_leave
from athletes.pose.model import Motion
from athletes.space.bones import limb_bones
from touchline.access import Act
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from touchline.origin import Origin

Known = NDArray[np.bool_]
MADE = "motion-made"
"""The file that was made last: what it was made of, of which kind, its bytes."""


def space_numbers(place: Place, trials: Trials, trial: Trial, motion: Motion) -> None:
    """Draw the numbers and the downloads."""
    lang = place.lang
    known: Known = np.asarray(np.isfinite(motion.xyz_m).all(axis=2))
    if not known.any():
        st.warning(t("athletes.motion_page.space.nothing", lang), icon=":material/visibility_off:")
        return
    body = sorted({joint for bone in motion.skeleton.bones for joint in bone})  # the face says nothing of a movement
    residual = motion.residual_px[:, body][known[:, body]]
    with st.container(horizontal=True):
        st.metric(
            t("athletes.motion_page.space.reprojection", lang), f"{number(float(np.nanmedian(residual)), lang, 1)} px"
        )
        st.metric(
            t("athletes.motion_page.space.known", lang), f"{number(100 * float(known[:, body].mean()), lang, 1)} %"
        )
        st.metric(t("athletes.motion_page.space.frames", lang), number(len(motion), lang))
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption(t("athletes.motion_page.space.joints", lang))
        st.html(_joints(motion, known, lang))
    with right:
        st.caption(t("athletes.motion_page.space.bones", lang))
        st.html(_bones(motion, lang))
    _downloads(place, trials, trial, motion)


def _joints(motion: Motion, known: Known, lang: str) -> str:
    """Each joint with its reprojection error, how much of it is known, and its longest dropout."""
    rows = []
    for place in sorted({joint for bone in motion.skeleton.bones for joint in bone}):
        joint, mine = motion.skeleton.joints[place], known[:, place]
        residual = motion.residual_px[mine, place]
        middle = float(np.nanmedian(residual)) if residual.size else None
        first, last, seconds = longest_dropout(mine, motion.t_s)
        gap = "–" if seconds == 0 else f"{number(seconds, lang, 2)} s"
        hint = (
            ""
            if seconds == 0
            else f"{number(float(motion.t_s[first]), lang, 2)}–{number(float(motion.t_s[last]), lang, 2)} s"
        )
        rows.append(
            [
                cell(escape(joint_words(joint, lang)), right=False),
                cell(number(middle, lang, 1)),
                cell(f"{number(100 * float(mine.mean()), lang)} %"),
                cell(gap, hint=hint),
            ]
        )
    names = ("joint", "reprojection_px", "known_short", "dropout")
    return table([t(f"athletes.motion_page.space.{name}", lang) for name in names], rows)


def longest_dropout(known: Known, t_s: NDArray[np.float64]) -> tuple[int, int, float]:
    """First and last place of the longest run without a joint, and its seconds, a frame's own included; 0 where there
    is none."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (~known).astype(int), [0]))))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return 0, 0, 0.0
    step_s = float(np.median(np.diff(t_s))) if len(t_s) > 1 else 0.0
    first, end = runs[int(np.argmax(runs[:, 1] - runs[:, 0]))]
    return int(first), int(end - 1), float(t_s[end - 1] - t_s[first]) + step_s


def _bones(motion: Motion, lang: str) -> str:
    rows = []
    for bone in limb_bones(motion):
        side, _, name = bone.name.partition("_")
        words = f"{t(f'athletes.motion_page.bone.{name}', lang)}, {side_name(Side(side), lang)}"
        length = None if bone.median_m is None else CM_PER_M * bone.median_m
        flag = " ⚠" if bone.stretches else ""
        rows.append(
            [
                cell(words, right=False),
                cell(f"{number(length, lang, 1)} cm"),
                cell(f"{number(bone.sd_pct, lang, 1)} %{flag}"),
            ]
        )
    names = ("bone", "length", "steady")
    return table([t(f"athletes.motion_page.space.{name}", lang) for name in names], rows)


def _downloads(place: Place, trials: Trials, trial: Trial, motion: Motion) -> None:
    """A button a form; the file is made when it is asked for, by consent alone, and is offered as long as it is of what
    is measured now."""
    lang = place.lang
    try:
        may_leave(trials, trial)
    except TouchlineError as fault:
        st.info(refusal(fault, lang), icon=":material/lock:")
        return
    made_of = (place.archive.account, trial, Kept(trials).version(trial.id, ""))
    with st.container(horizontal=True):
        for kind, make in _forms(trials, trial, motion).items():
            if st.button(kind.upper(), key=f"motion-make-{kind}", icon=":material/file_save:"):
                try:
                    st.session_state[MADE] = (made_of, kind, make())
                    trials.archive.note([trial.athlete_id], Act.EXPORTED)
                except TouchlineError as fault:
                    show(fault, lang)
        made = st.session_state.get(MADE)
        if made is not None and made[0] == made_of:
            said = "simulated-" if _is_simulated(trial, motion) else ""
            st.download_button(
                t(
                    "athletes.motion_page.space.download",
                    lang,
                    kind=made[1].upper(),
                    kb=number(max(1, len(made[2]) // 1024), lang),
                ),
                made[2],
                file_name=f"{said}{trial.day.isoformat()}-{trial.movement.value}-{trial.id}.{made[1]}",
                key="motion-download",
                type="primary",
                icon=":material/download:",
                on_click="ignore",
            )


def _is_simulated(trial: Trial, motion: Motion) -> bool:
    return Origin.SIMULATED in (trial.origin, motion.origin)


def _forms(trials: Trials, trial: Trial, motion: Motion) -> Mapping[str, Callable[[], bytes]]:
    from athletes.space.exporters.c3d import c3d
    from athletes.space.exporters.glb import glb
    from athletes.space.exporters.mot import mot
    from athletes.space.exporters.table import table as csv
    from athletes.space.exporters.trc import trc

    analysis = analysis_of(trials, trial.id)
    name = f"{trial.name} (SIMULATED)" if _is_simulated(trial, motion) else trial.name
    return {
        "trc": lambda: trc(motion, name).encode(),
        "mot": lambda: mot(analysis.curves if analysis else (), name).encode(),
        "c3d": lambda: c3d(motion, analysis.events if analysis else ()),
        "csv": lambda: csv(motion).encode(),
        "glb": lambda: glb(motion, name),
    }
