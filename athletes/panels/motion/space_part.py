"""Several cameras: where they stand, how their clocks hang together, and the person in space they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from html import escape

import streamlit as st

from athletes.motion.found import looked_through, motion_of
from athletes.motion.measuring import is_current
from athletes.motion.model import Trial, TrialShot
from athletes.motion.rig import CAMERA, UNIFORM_SD, began_together, nudged, picture_s, within_s
from athletes.motion.trials import Trials
from athletes.panels.motion.calibration_part import calibration_part
from athletes.panels.motion.job_part import job_running, start_job, why
from athletes.panels.motion.measured import changed, what_was_refused
from athletes.panels.motion.results import notes_line
from athletes.panels.motion.space_numbers import space_numbers
from athletes.panels.motion.standing import jobs_by_trial
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from touchline.i18n import number, t
from touchline.jobs import Job, Jobs
from touchline.measure import MS_PER_S, Z95

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
            calibration_part(place, trials, trial)
        with right:
            _clocks(place, trials, trial)
    found = motion_of(trials, trial.id)
    if found is not None:
        notes_line(found.notes, lang)
        space_numbers(place, trials, trial, found)
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
    together = t("athletes.motion_page.space.together", lang)
    if st.button(together, key="motion-together", icon=":material/start:"):
        _set(place, trials, trial, lambda: began_together(trials, trial.id))
    half = number(Z95 * UNIFORM_SD, lang, 2)
    st.caption(t("athletes.motion_page.space.together_for", lang, half=half))  # in sight: on phones nothing hovers
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
            if one["to_reference"] is None and (shot.to_trial.sigma_s is None or clocks_are_set(trial))
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
    lang, camera, now_ms = place.lang, shot.shot.camera_id, float(MS_PER_S * shot.to_trial.offset_s)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offset = st.number_input(
            t("athletes.motion_page.space.offset", lang, name=plain(shot.shot.label)),
            value=now_ms if abs(now_ms) >= 0.05 else 0.0,  # shown to a tenth, where it would have a minus
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
                moved = shot.to_trial.offset_s + way * picture_s(shot)
    if moved is not None:
        at, sigma_s = moved, within_s(shot)
        _set(place, trials, trial, lambda: nudged(trials, trial.id, camera, at, sigma_s=sigma_s))


def _set(place: Place, trials: Trials, trial: Trial, change: Callable[[], Trial]) -> None:
    """Keep clocks that somebody set, measure anew, and say how they stand now: a clock that is set to what it was
    looks the same in its box."""
    before = trial.shots
    if changed(place, trials, trial.id, change):
        for turn, (shot, was) in enumerate(zip(trials.trial(trial.id).shots, before, strict=True)):
            if shot.to_trial != was.to_trial:
                clock = _clock_words(shot, turn, place.lang)
                st.toast(f"{plain(shot.shot.label)}: {clock}", icon=":material/check:")
        _no_longer_sought(place, trials.trial(trial.id))
    st.rerun()


def clocks_are_set(trial: Trial) -> bool:
    """Whether it is known of each camera how its clock hangs together with the first one's."""
    return all(one.to_trial.sigma_s is not None for one in trial.shots[1:])


def _no_longer_sought(place: Place, trial: Trial) -> None:
    """Put away what a search for the clocks said, once they were all set in another way."""
    jobs = Jobs(place.archive.home, place.archive.person)
    job = jobs_by_trial(jobs, TIE).get(trial.id)
    if job is not None and job.state != "running" and clocks_are_set(trial):
        jobs.dismiss(job.id)
