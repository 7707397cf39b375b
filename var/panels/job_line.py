"""A job beside the steps of a review: how far it is, a button that stops it, and why it failed."""

from __future__ import annotations

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import clock, t
from touchline.jobs import Job, Jobs
from var.jobs import STARTING
from var.panels.text import markdown_safe, refusal
from var.panels.who import barred, present_jobs


def job_running(jobs: Jobs, job: Job, lang: str, text: str) -> None:
    """A progress bar under the words ``text`` (a catalogue key), drawn anew twice a second until the job has ended.

    What the job says itself stands beside them, unless it was started in another language.
    """

    @st.fragment(run_every=0.5)
    def progress() -> None:
        acting = present_jobs(jobs)
        try:
            now = acting.job(job.id)
        except TouchlineError as fault:  # such as a right that was taken away a moment ago
            st.error(refusal(fault.document(lang)), icon=":material/error:")
            return
        if now is None or now.state != "running":
            st.rerun()
        left = "" if now.left_s is None else t("var.match.left", lang, time=clock(now.left_s, lang, 0))
        said = markdown_safe(now.message) if now.arguments.get("lang", lang) == lang else ""
        st.progress(min(1.0, now.share), text=" ".join(part for part in (t(text, lang), said, left) if part))
        if not barred(acting, STARTING[job.kind], lang) and st.button(
            t("var.match.stop", lang), key=f"stop-{job.id}", icon=":material/stop:"
        ):
            try:
                acting.stop(job.id)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))

    progress()


def job_failed(job: Job, lang: str) -> None:
    """Why a job gave nothing."""
    said = (job.result or {}).get(lang)
    fault = markdown_safe(str((job.result or {}).get("fault", "?")))
    st.error(refusal(said) if said else t("var.match.failed", lang, fault=fault), icon=":material/error:")
