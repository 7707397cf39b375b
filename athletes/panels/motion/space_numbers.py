"""What is known of a person in space: how well the cameras agree joint by joint, bones, dropouts, and the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from athletes.kinematics.model import Side
from athletes.motion.found import analysis_of
from athletes.motion.kept import Kept
from athletes.motion.model import Trial
from athletes.motion.naming import side_name
from athletes.motion.quality_words import grade_words
from athletes.motion.rig import calibrated_cameras
from athletes.motion.trials import Trials
from athletes.panels.motion.look import refusal, show
from athletes.panels.motion.space_grades import grades
from athletes.panels.motion.words import joint_words
from athletes.panels.place import Place
from athletes.panels.tables import cell, table
from athletes.paper.motion_facts import may_leave
from athletes.pose.model import Motion
from athletes.space.bones import Bone
from athletes.space.calibrations import write_pose2sim
from athletes.space.exporters.forms import FORMS, exported
from athletes.space.grades import limb_grade, quality_of, reprojection_grade
from athletes.space.held_bones import Bones
from athletes.space.motion_file import MotionFile
from touchline.access import Act
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from touchline.origin import Origin

Known = NDArray[np.bool_]
CALIBRATION = "toml"
"""The form in which the cameras go with the motion: Pose2Sim's."""
MADE = "motion-made"
"""The file that was made last: what it was made of, of which kind, its bytes."""


def space_numbers(place: Place, trials: Trials, trial: Trial, found: MotionFile) -> None:
    """Draw the numbers and the downloads. Limbs are those measured: held near their length they would say nothing."""
    lang, motion = place.lang, found.motion
    quality = quality_of(found)
    if quality is None:
        st.warning(t("athletes.motion_page.space.nothing", lang), icon=":material/visibility_off:")
        return
    with st.container(horizontal=True):
        st.metric(t("athletes.motion_page.space.reprojection", lang), f"{number(quality.reprojection_px, lang, 1)} px")
        st.metric(t("athletes.motion_page.space.known", lang), f"{number(quality.known_pct, lang, 1)} %")
        st.metric(t("athletes.motion_page.space.frames", lang), number(len(motion), lang))
    st.html(grades(quality, lang))
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption(t("athletes.motion_page.space.joints", lang))
        st.html(_joints(motion, lang))
    with right:
        st.caption(t("athletes.motion_page.space.bones", lang))
        st.html(_bones(quality.limbs, lang))
        if found.bones_how is not Bones.FREE:
            st.caption(t("athletes.motion_page.space.bones_held", lang, most=number(quality.after_pct, lang, 1)))
    _downloads(place, trials, trial, motion)


def _joints(motion: Motion, lang: str) -> str:
    """Each joint with its reprojection error, how much of it is known, and its longest dropout."""
    known: Known = np.asarray(np.isfinite(motion.xyz_m).all(axis=2))
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
                cell(escape(grade_words(reprojection_grade(middle), lang))),
                cell(f"{number(100 * float(mine.mean()), lang)} %"),
                cell(gap, hint=hint),
            ]
        )
    names = ("joint", "reprojection_px", "grade", "known_short", "dropout")
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


def _bones(bones: Sequence[Bone], lang: str) -> str:
    """Each limb with its length, how much that varies, and how good that is."""
    rows = []
    for bone in bones:
        side, _, name = bone.name.partition("_")
        words = f"{t(f'athletes.motion_page.bone.{name}', lang)}, {side_name(Side(side), lang)}"
        length = None if bone.median_m is None else CM_PER_M * bone.median_m
        flag = " ⚠" if bone.stretches else ""
        rows.append(
            [
                cell(words, right=False),
                cell(f"{number(length, lang, 1)} cm"),
                cell(f"{number(bone.sd_pct, lang, 1)} %{flag}"),
                cell(escape(grade_words(limb_grade(bone.sd_pct), lang))),
            ]
        )
    names = ("bone", "length", "steady", "grade")
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
            help_ = t("athletes.motion_page.space.calibration_file", lang) if kind == CALIBRATION else None
            words = t("athletes.motion_page.space.make", lang, kind=kind.upper())
            if st.button(words, key=f"motion-make-{kind}", icon=":material/file_save:", help=help_):
                try:
                    st.session_state[MADE] = (made_of, kind, make())
                    trials.archive.note([trial.athlete_id], Act.EXPORTED)
                    st.toast(t("athletes.motion_page.space.made", lang, kind=kind.upper()), icon=":material/download:")
                except TouchlineError as fault:
                    show(fault, lang)
        made = st.session_state.get(MADE)
        if made is not None and made[0] == made_of:
            said = "simulated-" if _is_simulated(trial, motion) else ""
            calib = "Calib-" if made[1] == CALIBRATION else ""  # by which Pose2Sim finds it
            st.download_button(
                t(
                    "athletes.motion_page.space.download",
                    lang,
                    kind=made[1].upper(),
                    kb=number(max(1, len(made[2]) // 1024), lang),
                ),
                made[2],
                file_name=f"{calib}{said}{trial.day.isoformat()}-{trial.movement.value}-{trial.id}.{made[1]}",
                key="motion-download",
                type="primary",
                icon=":material/download:",
                on_click="ignore",
            )


def _is_simulated(trial: Trial, motion: Motion) -> bool:
    return Origin.SIMULATED in (trial.origin, motion.origin)


def _forms(trials: Trials, trial: Trial, motion: Motion) -> Mapping[str, Callable[[], bytes]]:
    analysis = analysis_of(trials, trial.id)
    name = f"{trial.name} (SIMULATED)" if _is_simulated(trial, motion) else trial.name
    cameras = calibrated_cameras(trial)
    return {
        **{form: partial(exported, motion, form, name, analysis) for form in FORMS},
        **({CALIBRATION: lambda: write_pose2sim(cameras).encode()} if cameras else {}),
    }
