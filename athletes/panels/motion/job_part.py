"""The job that looks at a trial's pictures: started, how far it is, stopped, gone on with, and why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from athletes.motion.model import Trial
from athletes.panels.motion.look import present
from athletes.panels.motion.standing import KIND, Standing, Step, jobs_by_trial, waits
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from touchline.errors import TouchlineError
from touchline.i18n import clock, number, t
from touchline.jobs import Job, Jobs

USUAL: Mapping[str, Any] = {"model": "full", "engine": "mediapipe", "people": 1}
"""What a trial is looked at with where nobody said otherwise: the engine that follows one person steadiest
(docs/experiments/013)."""


def start(place: Place, trial: Trial, wanted: Mapping[str, Any]) -> None:
    """Look at the trial's pictures in a process of its own. Raises ``NotAllowed``."""
    start_job(place, KIND, {**USUAL, **wanted, "trial": trial.id})


def start_job(place: Place, kind: str, arguments: Mapping[str, Any]) -> None:
    """Start a job of a trial; what earlier ones of its kind said is put away. Raises ``NotAllowed``."""
    jobs = Jobs(place.archive.home, place.archive.person)
    for job in jobs.unseen((kind,)):
        if job.arguments.get("trial") == arguments["trial"] and job.state != "running":
            jobs.dismiss(job.id)
    jobs.start(kind, {**arguments, "lang": place.lang})


def asked_for(job: Job) -> dict[str, Any]:
    """What a job was started with, for one that goes on with its work."""
    return {name: job.arguments[name] for name in USUAL if name in job.arguments}


def job_part(place: Place, trial: Trial, standing: Standing) -> None:
    """Say how the work on a trial is, with what can be done about it; nothing where there is none."""
    lang, job = place.lang, standing.job
    if job is None:
        return
    if standing.step not in (Step.WORKING, Step.STOPPED, Step.FAILED):
        _left_out(place, trial, job)
        return
    if standing.step is Step.WORKING:
        job_running(place, trial.id, KIND, "job.looking")
        return
    if standing.step is Step.FAILED:
        st.error(why(job, lang), icon=":material/error:")
    else:
        done = number(100 * job.share, lang)
        st.warning(t("athletes.motion_page.job.stopped", lang, done=done), icon=":material/pause_circle:")
    if barred(place.archive, lang):
        return
    with st.container(horizontal=True):
        again = "go_on" if standing.step is Step.STOPPED else "try_again"
        if st.button(
            t(f"athletes.motion_page.job.{again}", lang),
            key="motion-go-on",
            type="primary",
            icon=":material/play_arrow:",
        ):
            start(place, trial, asked_for(job))
            st.rerun()
        if st.button(t("athletes.motion_page.job.dismiss", lang), key="motion-dismiss", icon=":material/close:"):
            Jobs(place.archive.home, place.archive.person).dismiss(job.id)
            st.rerun()


def _left_out(place: Place, trial: Trial, job: Job) -> None:
    """What a job that is done could not look at or measure, until somebody closes it."""
    lang, result = place.lang, job.result or {}
    said = [
        f"{plain(one.shot.label)}: {_plain(result['refused'][one.shot.camera_id][lang])}"
        for one in trial.shots
        if one.shot.camera_id in result.get("refused", {})
    ]
    if result.get("space"):
        said.append(f"{t('athletes.motion_page.in_space', lang)}: {_plain(result['space'][lang])}")
    if not said:
        return
    st.warning("\n".join(f"- {line}" for line in said), icon=":material/report:")
    if not barred(place.archive, lang) and st.button(
        t("athletes.motion_page.job.dismiss", lang), key="motion-dismiss", icon=":material/close:"
    ):
        Jobs(place.archive.home, place.archive.person).dismiss(job.id)
        st.rerun()


def _plain(refusal: Mapping[str, Any]) -> str:
    return plain(f"{refusal.get('detail', '')} {refusal.get('hint', '')}".strip())


def job_running(place: Place, trial_id: str, kind: str, words: str) -> None:
    """How far the job of a trial is, drawn anew each second until it has ended, and the button that stops it."""
    lang = place.lang

    @st.fragment(run_every=1.0)
    def progress() -> None:
        now = present(place)
        jobs = Jobs(now.archive.home, now.archive.person)
        job = jobs_by_trial(jobs, kind).get(trial_id)
        if job is None or job.state != "running":
            st.rerun()
        st.progress(min(1.0, job.share), text=progress_words(job, t(f"athletes.motion_page.{words}", lang), lang))
        st.caption(t("athletes.motion_page.job.elsewhere", lang))
        if not barred(now.archive, lang) and st.button(
            t("athletes.motion_page.job.stop", lang), key=f"motion-stop-{kind}", icon=":material/stop:"
        ):
            jobs.stop(job.id)
            st.rerun()

    progress()


def progress_words(job: Job, words: str, lang: str) -> str:
    """How far a job is: share, what it says itself, time left; or what it waits for."""
    if waits(job):
        return t("athletes.motion_page.job.waiting", lang)
    if job.share == 0 and not job.message:
        return t("athletes.motion_page.job.begins", lang)
    said = plain(job.message) if job.arguments.get("lang", lang) == lang else ""
    left = "" if job.left_s is None else t("athletes.motion_page.job.left", lang, time=clock(job.left_s, lang, 0))
    share = f"{words} {number(100 * job.share, lang)} %"
    return " · ".join(part for part in (share, said, left) if part)


def why(job: Job, lang: str) -> str:
    """Why a job gave nothing, as Markdown."""
    said = (job.result or {}).get(lang)
    if isinstance(said, Mapping):
        return _plain(said)
    return t("athletes.motion_page.job.failed", lang, fault=plain(str((job.result or {}).get("fault", "?"))))


def failed_to_start(place: Place, trial: Trial, wanted: Mapping[str, Any]) -> TouchlineError | None:
    """Start the work; the refusal where it may not."""
    try:
        start(place, trial, wanted)
    except TouchlineError as fault:
        return fault
    return None
