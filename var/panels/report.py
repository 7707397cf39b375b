"""One button that writes the incident folder, in its own process, and then offers it for download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from touchline.i18n import LANGUAGES, t
from touchline.jobs import Job, Jobs
from touchline.rights import Action
from var.archive import Archive
from var.decisions.kept import sitting
from var.evidence.layout import PAYLOAD, REPORT, SIGNATURE_SUFFIX
from var.evidence.settings import PIN_VARIABLE, read_settings
from var.export.newest import match_state, newest_entry
from var.model import Incident, Match
from var.panels.again import rerun_part
from var.panels.evidence_line import evidence_line
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


TAKEN = "report-pin"
"""Where the session keeps a PIN between the click and the start of the job."""


def report_panel(archive: Archive, match: Match, incident: Incident, lang: str) -> None:
    """Draw the button, the progress, and the finished report of an incident while it tells the newest state."""
    jobs = Jobs(archive.home, archive.person)
    job_id = st.session_state.get(f"report-{incident.id}") or jobs.newest("report", "incident", incident.id)
    job = jobs.job(job_id) if job_id else None
    old = job is not None and job.state == "done" and not _tells_all(archive, match, incident, job)
    report_lang = st.segmented_control(
        t("var.review.report_language", lang),
        LANGUAGES,
        default=lang,
        format_func=lambda value: t(f"var.review.language.{value}", lang),
        key=f"report-language-{incident.id}",
    )
    why = barred(jobs, Action.REPORT, lang)
    asked = why is None and ask_pin(archive, incident.id, lang)
    if old:
        st.warning(t("var.review.report_old", lang), icon=":material/history:")
    evidence_line(archive, match, lang)
    if st.button(
        t("var.review.report_anew" if old else "var.review.report", lang),
        type="primary",
        width="stretch",
        icon=":material/picture_as_pdf:",
        key="report",
        disabled=why is not None,
        help=why,
        on_click=take_pin if asked else None,
        args=(incident.id,) if asked else None,
    ):
        arguments = {"match": match.id, "incident": incident.id, "lang": report_lang or lang}
        pin = st.session_state.pop(TAKEN, "")
        st.toast(t("var.review.writing", lang), icon=":material/hourglass_top:")  # its progress may lie below
        st.session_state[f"report-{incident.id}"] = jobs.start(
            "report", arguments, hidden={PIN_VARIABLE: pin} if pin else None
        )
        rerun_part()
    if job is None:
        return
    if job.state == "running":
        job_running(jobs, job, lang, "var.review.writing")
        return
    if why is None:
        jobs.dismiss(job.id)
    if job.state == "done" and old:
        folder = str((job.result or {})["folder"])
        st.caption(t("var.review.report_kept", lang, folder=markdown_safe(folder)))
    elif job.state == "done":
        offer(job, lang)
    elif job.state == "failed":
        job_failed(job, lang)
    else:
        st.warning(t("var.match.stopped", lang, name=t("var.review.report", lang)))


def ask_pin(archive: Archive, place: str, lang: str) -> bool:
    """Ask for the PIN of the token that signs; whether one does. ``place`` tells the field from others on the page."""
    token = read_settings(archive.home).token
    if token is None:
        return False
    st.text_input(
        t("var.signing.pin", lang, token=markdown_safe(token.label)),
        type="password",
        key=f"pin-{place}",
        autocomplete="off",
        help=t("var.signing.pin_help", lang),
    )
    return True


def take_pin(place: str) -> None:
    """Take the typed PIN for the report that is about to be written, and leave the field empty."""
    st.session_state[TAKEN] = st.session_state.get(f"pin-{place}", "")
    st.session_state[f"pin-{place}"] = ""


def _tells_all(archive: Archive, match: Match, incident: Incident, job: Job) -> bool:
    """Whether nothing was said, marked or set since a report was made; one that does not say what it tells is old."""
    told, state = (job.result or {}).get("entry"), (job.result or {}).get("state")
    if told is None or int(told) < newest_entry(archive, match.id, incident.id):
        return False
    return state == match_state(archive, match.id)


def offer(job: Job, lang: str, pdf_text: str = "var.review.download_pdf") -> None:
    """The report of a job that is done, and the whole folder as one archive. ``pdf_text`` names the button (a key)."""
    folder = Path((job.result or {})["folder"])
    package = (job.result or {}).get("package")
    pdf = (folder / PAYLOAD if package else folder) / REPORT
    if not pdf.is_file():
        st.warning(t("var.review.report_gone", lang, folder=markdown_safe(str(folder))))
        return
    st.download_button(
        t(pdf_text, lang),
        pdf.read_bytes,
        file_name=f"{folder.name}.pdf",
        mime="application/pdf",
        icon=":material/download:",
        width="stretch",
        key=f"pdf-{job.id}",
        on_click="ignore",
    )
    if package is None:
        _offer_file(lambda: zipped(folder), f"{folder.name}.zip", job, lang)
    else:
        for file in (package["zip"], package["zip_signature"]):
            if file is not None and Path(file).is_file():
                _offer_file(Path(file).read_bytes, Path(file).name, job, lang)
        if package["timestamp"]["status"] == "absent":
            st.warning(t("var.report.proof.unstamped", lang, fault=markdown_safe(package["timestamp"]["fault"])))
        if package["signed"]:
            st.caption(t("var.signing.signed_by", lang, holder=markdown_safe(package["signed"]["report"]["holder"])))
    st.caption(t("var.review.written_to", lang, folder=markdown_safe(str(folder))))


def _offer_file(read: Callable[[], bytes], name: str, job: Job, lang: str) -> None:
    """A button for the package, or for the signature of it."""
    signature = name.endswith(SIGNATURE_SUFFIX)
    st.download_button(
        t("var.signing.download_signature" if signature else "var.review.download_all", lang),
        read,
        file_name=name,
        mime="text/plain" if signature else "application/zip",
        icon=":material/verified:" if signature else ":material/folder_zip:",
        width="stretch",
        key=f"{'sig' if signature else 'zip'}-{job.id}",
        on_click="ignore",
    )
