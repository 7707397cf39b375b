"""A trial taken out of the house: the report as a PDF, looked at before it is made, and a clip made by a job."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import streamlit as st

from athletes.kinematics.model import Analysis
from athletes.motion.demo_words import in_language
from athletes.motion.film_work import KIND, clip_path, kept_clip
from athletes.motion.kept import Kept
from athletes.motion.model import Trial
from athletes.motion.naming import curve_name
from athletes.motion.overlay import usual_curve
from athletes.motion.trials import Trials
from athletes.panels.motion.job_part import progress_words, start_job, why
from athletes.panels.motion.look import present, refusal, show
from athletes.panels.motion.standing import jobs_by_trial
from athletes.panels.place import Place
from athletes.paper.motion_facts import gather_trial, may_leave
from athletes.paper.motion_writing import page_pictures, report_bytes
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.jobs import Jobs

MADE = "motion-report-made"
"""The report that was made last: what it was made of, and its bytes."""
SLOW = (1, 2, 4, 8)
LONGEST_S = 600.0
"""A clip of the page shows no more than that of a recording; the command takes more."""


def export_part(place: Place, trials: Trials, trial: Trial, shown: tuple[Mapping[str, Analysis], str]) -> None:
    """Draw the part for a measured trial: ``shown`` are its analyses by camera, and the camera that is looked at."""
    lang = place.lang
    with st.expander(t("athletes.motion_export.title", lang), icon=":material/ios_share:"):
        try:
            may_leave(trials, trial)
        except TouchlineError as fault:
            st.info(refusal(fault, lang), icon=":material/lock:")
            return
        st.caption(t("athletes.motion_export.intro", lang))
        paper, film = st.columns(2, gap="large")
        with paper:
            _report(place, trials, trial, shown[1])
        with film:
            _clip(place, trials, trial, shown)


def _report(place: Place, trials: Trials, trial: Trial, camera: str) -> None:
    lang = place.lang
    others = {
        one.id: in_language(one, lang).name
        for one in trials.trials()
        if one.id != trial.id and one.movement == trial.movement
    }
    beside = st.selectbox(
        t("athletes.motion_export.beside", lang),
        ["", *others],
        format_func=lambda one: others[one] if one else t("athletes.motion_export.alone", lang),
        key=f"motion-report-beside-{trial.id}",
    )
    kept = Kept(trials)
    versions = (kept.version(trial.id, camera), kept.version(beside, "") if beside else "")
    made_of = (place.archive.account, trial, camera, beside, lang, versions)
    look, make = st.columns(2)
    looked = look.button(
        t("athletes.motion_export.look", lang), key="motion-report-look", icon=":material/visibility:", width="stretch"
    )
    pressed = make.button(
        t("athletes.motion_export.make_report", lang),
        key="motion-report-make",
        icon=":material/picture_as_pdf:",
        type="primary",
        width="stretch",
    )
    if looked or pressed:
        pages: list[bytes] = []
        try:
            with st.spinner(t("athletes.motion_export.drawing_report", lang)):
                facts = [gather_trial(trials, trial.id, camera)]
                if beside:
                    facts.append(gather_trial(trials, beside))
                    facts.sort(key=lambda one: (one.trial.day, one.trial.made_utc))  # what became of it since
                if pressed:
                    st.session_state[MADE] = (made_of, report_bytes(trials, facts, lang))
                    st.toast(t("athletes.motion_export.made_report", lang), icon=":material/download:")
                else:
                    pages = page_pictures(facts, lang)
        except TouchlineError as fault:
            show(fault, lang)
        for page in pages:
            with st.container(border=True):
                st.image(page, width="stretch")
    made = st.session_state.get(MADE)
    if made is not None and made[0] == made_of:
        st.download_button(
            t("athletes.motion_export.download_report", lang, kb=number(max(len(made[1]) // 1024, 1), lang)),
            made[1],
            file_name=f"{file_name(trial)}.pdf",
            mime="application/pdf",
            key="motion-report-download",
            type="primary",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def _clip(place: Place, trials: Trials, trial: Trial, shown: tuple[Mapping[str, Analysis], str]) -> None:
    lang = place.lang
    jobs = Jobs(place.archive.home, place.archive.person)
    job = jobs_by_trial(jobs, KIND).get(trial.id)
    if job is not None and job.state == "running":
        _running(place, trial)
        return
    if job is not None and job.state == "failed":
        st.error(why(job, lang), icon=":material/error:")
    _form(place, trial, shown)
    if not clip_path(trials, trial.id).is_file():
        return
    if not st.session_state.get(f"motion-clip-open-{trial.id}"):
        if st.button(t("athletes.motion_export.open_clip", lang), key="motion-clip-open", icon=":material/movie:"):
            st.session_state[f"motion-clip-open-{trial.id}"] = True
            st.rerun()
        return
    try:
        with st.spinner(t("athletes.motion_export.opening_clip", lang)):
            film = kept_clip(trials, trial)
    except TouchlineError as fault:
        show(fault, lang)
        return
    if film is not None:
        st.download_button(
            t("athletes.motion_export.download_clip", lang, mb=number(len(film) / 2**20, lang, 1)),
            film,
            file_name=f"{file_name(trial)}.mp4",
            mime="video/mp4",
            key="motion-clip-download",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def _form(place: Place, trial: Trial, shown: tuple[Mapping[str, Analysis], str]) -> None:
    """Which stretch, how slow, which curve; and the button that starts the job."""
    (analyses, looked_at), lang = shown, place.lang
    cameras = [one.shot.camera_id for one in trial.shots]
    camera = looked_at or cameras[0]
    if len(cameras) > 1:
        camera = st.selectbox(
            t("athletes.motion_export.camera", lang),
            cameras,
            index=cameras.index(camera),
            format_func=lambda one: trial.shot(one).shot.label,
            key=f"motion-clip-camera-{trial.id}",
        )
    one = trial.shot(camera)
    whole_s = min(max(one.shot.length_s * float(one.to_trial.rate), 0.1), LONGEST_S)
    since, until = st.slider(
        t("athletes.motion_export.stretch", lang),
        0.0,
        float(whole_s),
        (0.0, float(whole_s)),
        step=0.05,
        format="%.2f",
        key=f"motion-clip-stretch-{trial.id}-{camera}",
    )
    slow = st.segmented_control(
        t("athletes.motion_export.slow", lang),
        SLOW,
        default=1,
        required=True,
        format_func=lambda times: f"{times}×",
        key=f"motion-clip-slow-{trial.id}",
    )
    analysis = analyses.get(camera)
    keys = list(dict.fromkeys(curve.key for curve in analysis.curves)) if analysis is not None else []
    curve = ""
    if keys:
        usual = usual_curve(analysis)
        curve = st.selectbox(
            t("athletes.motion_export.curve", lang),
            keys,
            index=keys.index(usual),
            format_func=lambda key: curve_name(key, lang),
            key=f"motion-clip-curve-{trial.id}-{camera}",
        )
    if st.button(
        t("athletes.motion_export.make_clip", lang),
        key="motion-clip-make",
        icon=":material/movie_edit:",
        type="primary",
        width="stretch",
    ):
        wanted = {"camera": camera, "since": since, "until": until, "slow": float(slow or 1), "curve": curve}
        try:
            start_job(place, KIND, {"trial": trial.id, **wanted})
        except TouchlineError as fault:
            show(fault, lang)
            return
        st.session_state.pop(f"motion-clip-open-{trial.id}", None)
        st.rerun()


def _running(place: Place, trial: Trial) -> None:
    """How far the clip is, drawn anew each second until it has ended, and the button that stops it."""
    lang = place.lang

    @st.fragment(run_every=1.0)
    def progress() -> None:
        now = present(place)
        jobs = Jobs(now.archive.home, now.archive.person)
        job = jobs_by_trial(jobs, KIND).get(trial.id)
        if job is None or job.state != "running":
            st.rerun()
        st.progress(min(1.0, job.share), text=progress_words(job, t("athletes.motion_export.making", lang), lang))
        if st.button(t("athletes.motion_export.stop", lang), key="motion-clip-stop", icon=":material/stop:"):
            jobs.stop(job.id)
            st.rerun()

    progress()


def file_name(trial: Trial) -> str:
    """A name that every system takes: what it is called, and its day."""
    letters = unicodedata.normalize("NFD", trial.name.replace("đ", "d").replace("Đ", "D"))
    word = re.sub(r"[^A-Za-z0-9]+", "-", letters.encode("ascii", "ignore").decode()).strip("-") or "touchline"
    return f"{word}-{trial.day.isoformat()}"
