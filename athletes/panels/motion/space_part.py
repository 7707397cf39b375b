"""Several cameras: where they stand, how their clocks hang together, and the person in space they give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from html import escape

import streamlit as st

from athletes.motion.found import looked_through, motion_of
from athletes.motion.measuring import is_current
from athletes.motion.model import Trial, TrialShot
from athletes.motion.rig import CAMERA, matched, nudged, posed
from athletes.motion.trials import Trials
from athletes.panels.file_box import box_words
from athletes.panels.motion.job_part import job_running, start_job, why
from athletes.panels.motion.look import refusal
from athletes.panels.motion.measured import changed, what_was_refused
from athletes.panels.motion.results import notes_line
from athletes.panels.motion.slow import shown_hz
from athletes.panels.motion.space_numbers import space_numbers
from athletes.panels.motion.standing import jobs_by_trial
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.space.calibrations import calibration_from
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.jobs import Job, Jobs
from touchline.measure import MS_PER_S, Z95

BOX, ROUND = "motion-calibration-box", "motion-calibration-round"
TIE = "motion_tie"


def space_part(place: Place, trials: Trials, trial: Trial) -> None:
    """Draw what makes one person in space of a trial with several cameras."""
    lang = place.lang
    if len(trial.shots) < 2:
        return
    posed = [shot for shot in trial.shots if CAMERA in shot.settings]
    st.markdown(f"**{t('athletes.motion_page.space.title', lang)}**")
    st.html(_state(trial.shots, lang))
    if barred(place.archive, lang) is None:
        left, right = st.columns(2, gap="medium")
        with left:
            _calibration(place, trials, trial)
        with right:
            _clocks(place, trials, trial)
    found = motion_of(trials, trial.id)
    if found is not None:
        notes_line(found.notes, lang)
        space_numbers(place, trials, trial, found.motion)
    elif len(posed) >= 2:
        st.caption(t("athletes.motion_page.space.not_yet", lang))


def _state(shots: Sequence[TrialShot], lang: str) -> str:
    """Each camera: calibrated or not, and by what its clock was set."""
    rows = []
    for place, shot in enumerate(shots):
        told = shot.settings.get(CAMERA)
        where = (
            t("athletes.motion_page.space.posed", lang, name=told["name"])
            if told
            else t("athletes.motion_page.space.unposed", lang)
        )
        rows.append(
            f"<li><b>{escape(shot.shot.label)}</b>: {escape(where)}; {escape(_clock_words(shot, place, lang))}</li>"
        )
    return f'<ul class="tl-row">{"".join(rows)}</ul>'


def _clock_words(shot: TrialShot, place: int, lang: str) -> str:
    if place == 0:
        return t("athletes.motion_page.space.clock_first", lang)
    offset = number(MS_PER_S * float(shot.to_trial.offset_s), lang, 1, sign=True)
    if shot.to_trial.sigma_s is None:
        return t("athletes.motion_page.space.clock_unset", lang, offset=offset)
    half = number(Z95 * MS_PER_S * shot.to_trial.sigma_s, lang, 1)
    return t("athletes.motion_page.space.clock_set", lang, offset=offset, half=half)


# ---------------------------------------------------------------------- where the cameras stand


def _calibration(place: Place, trials: Trials, trial: Trial) -> None:
    lang = place.lang
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
    if st.button(
        t("athletes.motion_page.space.use", lang), key="motion-calibration-use", type="primary", icon=":material/check:"
    ):
        named = {camera: name for camera, name in chosen.items() if name}
        if changed(place, trials, trial.id, lambda: posed(trials, trial.id, found, named)):
            st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # a fresh box
        st.rerun()


# ---------------------------------------------------------------------- clocks


def _clocks(place: Place, trials: Trials, trial: Trial) -> None:
    lang = place.lang
    jobs = Jobs(place.archive.home, place.archive.person)
    job = jobs_by_trial(jobs, TIE).get(trial.id)
    if job is not None and job.state == "running":
        job_running(place, trial.id, TIE, "space.synchronising")
    elif st.button(
        t("athletes.motion_page.space.synchronise", lang),
        key="motion-tie",
        icon=":material/sync:",
        help=t("athletes.motion_page.space.synchronise_help", lang),
    ):
        start_job(place, TIE, {"trial": trial.id})
        st.rerun()
    if job is not None and job.state != "running":
        _tied(place, trials, trial, job)
    st.caption(t("athletes.motion_page.space.by_hand", lang))
    for shot in trial.shots[1:]:
        _nudge(place, trials, trial, shot)


def _tied(place: Place, trials: Trials, trial: Trial, job: Job) -> None:
    """What became of setting the clocks; what was sure is kept already, and measured by here."""
    lang = place.lang
    if job.state == "failed":
        st.error(why(job, lang), icon=":material/error:")
    if job.state == "done":
        seen = [one.shot.camera_id for one in trial.shots if looked_through(trials, trial.id, one.shot.camera_id)]
        if not all(is_current(trials, trial, camera) for camera in seen):
            if changed(place, trials, trial.id, lambda: None):  # with the new clocks
                st.rerun()
            what_was_refused(trial)  # drawn again it would be refused again
        told = (job.result or {}).get("tied", [])
        unsure = [
            f"{plain(shot.shot.label)}: {plain(str(one['reason'].get(lang, '')))}"
            for shot, one in zip(trial.shots[1:], told, strict=False)
            if one["to_reference"] is None
        ]
        if unsure:
            st.warning(
                " ".join([t("athletes.motion_page.space.unsure", lang), *unsure]), icon=":material/sync_problem:"
            )
        else:
            st.success(t("athletes.motion_page.space.synchronised", lang), icon=":material/check:")
    if st.button(t("athletes.motion_page.job.dismiss", lang), key="motion-tie-dismiss", icon=":material/close:"):
        Jobs(place.archive.home, place.archive.person).dismiss(job.id)
        st.rerun()


def _nudge(place: Place, trials: Trials, trial: Trial, shot: TrialShot) -> None:
    lang, camera = place.lang, shot.shot.camera_id
    hz = shown_hz(shot.shot)
    step_s = Fraction(1, 30) if hz is None else Fraction(1 / hz).limit_denominator(100000) * shot.to_trial.rate
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offset = st.number_input(
            t("athletes.motion_page.space.offset", lang, name=plain(shot.shot.label)),
            value=float(MS_PER_S * shot.to_trial.offset_s),
            step=1.0,
            format="%.1f",
            key=f"motion-offset-{camera}-{shot.to_trial.offset_s}",
        )
        moved = None
        if st.button(t("athletes.motion_page.space.set", lang), key=f"motion-offset-set-{camera}"):
            moved = Fraction(offset).limit_denominator(10**6) / MS_PER_S
        for way, icon in ((-1, ":material/skip_previous:"), (1, ":material/skip_next:")):
            word = "later" if way > 0 else "earlier"
            if st.button(
                "", key=f"motion-nudge-{camera}-{way}", icon=icon, help=t(f"athletes.motion_page.space.{word}", lang)
            ):
                moved = shot.to_trial.offset_s + way * step_s
    if moved is not None:
        sigma_s = float(step_s) / math.sqrt(12)  # the instant lies anywhere within one picture
        at = moved
        changed(place, trials, trial.id, lambda: nudged(trials, trial.id, camera, at, sigma_s=sigma_s))
        st.rerun()
