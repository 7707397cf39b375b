"""One button that writes the signed report of a whole match, in its own process, and then offers it for download."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import LANGUAGES, t
from touchline.jobs import Job, Jobs
from touchline.rights import Action
from var.archive import Archive
from var.evidence.settings import PIN_VARIABLE
from var.export.newest import match_state, newest_entry
from var.model import Match, Removal
from var.panels.again import rerun_part
from var.panels.job_line import job_failed, job_running
from var.panels.report import TAKEN, ask_pin, offer, take_pin
from var.panels.text import markdown_safe
from var.panels.who import barred
from var.removed import facts as removal_words

KIND = "match_report"


def match_report_panel(archive: Archive, match: Match, lang: str) -> None:
    """Draw the button, the progress, and the finished report of a match while it tells the newest state."""
    jobs, place = Jobs(archive.home, archive.person), f"match-{match.id}"
    job_id = st.session_state.get(f"report-{place}") or jobs.newest(KIND, "match", match.id)
    job = jobs.job(job_id) if job_id else None
    old = job is not None and job.state == "done" and not _tells_all(archive, match, job)
    st.caption(t("var.match_report.about", lang))
    report_lang = st.segmented_control(
        t("var.review.report_language", lang),
        LANGUAGES,
        default=lang,
        format_func=lambda value: t(f"var.review.language.{value}", lang),
        key=f"report-language-{place}",
    )
    why = barred(jobs, Action.REPORT, lang)
    running = job is not None and job.state == "running"
    asked = why is None and not running and ask_pin(archive, place, lang)
    if old:
        st.warning(t("var.review.report_old", lang), icon=":material/history:")
    if not running and st.button(
        t("var.match_report.button_anew" if old else "var.match_report.button", lang),
        type="primary",
        width="stretch",
        icon=":material/description:",
        key=KIND,
        disabled=why is not None,
        help=why,
        on_click=take_pin if asked else None,
        args=(place,) if asked else None,
    ):
        pin = st.session_state.pop(TAKEN, "")
        st.session_state[f"report-{place}"] = jobs.start(
            KIND, {"match": match.id, "lang": report_lang or lang}, hidden={PIN_VARIABLE: pin} if pin else None
        )
        rerun_part()
    if job is not None:
        _state(jobs, job, lang, old=old, mine=why is None)


def _state(jobs: Jobs, job: Job, lang: str, *, old: bool, mine: bool) -> None:
    """How far the job is, or what came of it. ``mine``: who looks may take it off the page."""
    if job.state == "running":
        job_running(jobs, job, lang, "var.match_report.writing")
        return
    if mine:
        jobs.dismiss(job.id)
    if job.state == "failed":
        job_failed(job, lang)
    elif job.state != "done":
        st.warning(t("var.match.stopped", lang, name=t("var.match_report.button", lang)))
    elif old:
        folder = str((job.result or {})["folder"])
        st.caption(t("var.review.report_kept", lang, folder=markdown_safe(folder)))
    else:
        for each in (job.result or {}).get("recordings", ()):
            if each["state"] not in ("whole", "growing"):
                camera = markdown_safe(each["label"] or each["camera"])
                gone = each.get("removed")
                when = removal_words(Removal(**gone), lang) if gone else {}
                st.warning(t(f"var.match_report.lost.{each['state']}", lang, camera=camera, **when))
        offer(job, lang, "var.match_report.download_pdf")


def _tells_all(archive: Archive, match: Match, job: Job) -> bool:
    """Whether nothing was said, marked or set since a report was made; one that does not say what it tells is old."""
    told, state = (job.result or {}).get("entry"), (job.result or {}).get("state")
    if told is None or int(told) < newest_entry(archive, match.id):
        return False
    return state == match_state(archive, match.id)
