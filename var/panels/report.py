"""One button that writes the incident folder, in its own process, and then offers it for download."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import streamlit as st

from touchline.i18n import LANGUAGES, t
from touchline.rights import Action
from var.archive import Archive
from var.decisions.kept import sitting
from var.jobs import Job, Jobs
from var.model import Incident, Match
from var.panels.job_line import job_failed, job_running
from var.panels.text import markdown_safe
from var.panels.who import barred


def zipped(folder: Path) -> bytes:
    """All files of a folder as one zip archive; media are stored, text is deflated."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                method = zipfile.ZIP_DEFLATED if path.suffix in (".json", ".txt") else zipfile.ZIP_STORED
                archive.write(path, Path(folder.name) / path.relative_to(folder), method)
    return packed.getvalue()


def reviewed(archive: Archive, incident: Incident) -> bool:
    """Whether a review of the incident has its result, so that a report can be made without another decision."""
    return incident.id in all_reviewed(archive, incident.match_id)


def all_reviewed(archive: Archive, match_id: str) -> frozenset[str]:
    """The incidents of a match of which a review has its result."""
    cases = sitting(archive, match_id).cases
    return frozenset(
        case.incident_id
        for case in cases
        if case.incident_id is not None and case.result is not None and not case.withdrawn
    )


def report_panel(jobs: Jobs, match: Match, incident: Incident, lang: str) -> None:
    """Draw the button, the progress, and the finished report of an incident."""
    report_lang = st.segmented_control(
        t("var.review.report_language", lang),
        LANGUAGES,
        default=lang,
        format_func=lambda value: t(f"var.review.language.{value}", lang),
        key=f"report-language-{incident.id}",
    )
    why = barred(jobs, Action.REPORT, lang)
    if st.button(
        t("var.review.report", lang),
        type="primary",
        width="stretch",
        icon=":material/picture_as_pdf:",
        key="report",
        disabled=why is not None,
        help=why,
    ):
        arguments = {"match": match.id, "incident": incident.id, "lang": report_lang or lang}
        st.session_state[f"report-{incident.id}"] = jobs.start("report", arguments)
    job_id = st.session_state.get(f"report-{incident.id}") or jobs.newest("report", "incident", incident.id)
    job = jobs.job(job_id) if job_id else None
    if job is None:
        return
    if job.state == "running":
        job_running(jobs, job, lang, "var.review.writing")
        return
    if why is None:
        jobs.dismiss(job.id)
    if job.state == "done":
        _offer(job, lang)
    elif job.state == "failed":
        job_failed(job, lang)
    else:
        st.warning(t("var.match.stopped", lang, name=t("var.review.report", lang)))


def _offer(job: Job, lang: str) -> None:
    """The report of a job that is done, and the whole folder as one archive."""
    folder = Path((job.result or {})["folder"])
    pdf = folder / "report.pdf"
    if not pdf.is_file():
        st.warning(t("var.review.report_gone", lang, folder=markdown_safe(str(folder))))
        return
    st.download_button(
        t("var.review.download_pdf", lang),
        pdf.read_bytes(),
        file_name=f"{folder.name}.pdf",
        mime="application/pdf",
        icon=":material/download:",
        width="stretch",
        key=f"pdf-{job.id}",
        on_click="ignore",
    )
    st.download_button(
        t("var.review.download_all", lang),
        lambda: zipped(folder),
        file_name=f"{folder.name}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        width="stretch",
        key=f"zip-{job.id}",
        on_click="ignore",
    )
    st.caption(t("var.review.written_to", lang, folder=markdown_safe(str(folder))))
