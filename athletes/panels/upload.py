"""Bringing files in: several at once, each with its outcome by name; what can be used is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from athletes.archive import Archive
from athletes.import_report import sheet_of
from athletes.importers.common import MAX_BYTES
from athletes.importers.read import MB
from athletes.intake import Document, Intake, read_file
from athletes.model import Athlete
from athletes.panels.file_box import box_words
from athletes.panels.place import go
from touchline.i18n import t
from touchline.sheets import xlsx_bytes

OUTCOMES = "athletes-outcomes"
NOBODYS = "athletes-outcomes-nobodys"
ROUND = "athletes-upload_round"
BOX = "athletes-upload-box"
OPENED = 3
"""So many of the sessions that were saved can be opened at once; the list has all."""
SHOWN = 30
"""Lines of each kind that the page shows; the table has all."""

UNSAID = {"kept_before"}
"""Notes that another line says already."""


def upload(archive: Archive, athlete: Athlete | None, zone: tzinfo, lang: str) -> None:
    """The box for files; new sessions go to ``athlete``, if any. ``last_outcomes`` tells what became of them."""
    taken = st.session_state.setdefault(ROUND, 0)
    with st.container(key=BOX):
        rest = t("athletes.sessions.upload_or", lang, mb=MAX_BYTES // MB)
        st.html(box_words(BOX, t("athletes.sessions.upload_button", lang), rest))
        files = st.file_uploader(
            t("athletes.sessions.upload", lang),
            accept_multiple_files=True,
            key=f"athletes-upload-{taken}",
            help=t("athletes.sessions.upload_help", lang),
            max_upload_size=MAX_BYTES // MB,
        )
    if files:
        st.session_state[OUTCOMES] = _taken_in(files, archive, athlete, zone, lang)
        st.session_state[NOBODYS] = athlete is None
        # A fresh box: the files in it would be taken in again at every rerun, and bring back what was deleted since.
        st.session_state[ROUND] = taken + 1
        st.rerun()


def _taken_in(
    files: Sequence[UploadedFile], archive: Archive, athlete: Athlete | None, zone: tzinfo, lang: str
) -> list[Document]:
    """The outcome of every file, with a bar that says how far the reading is."""
    intake = Intake(archive, athlete.id if athlete else None, lang)
    outcomes: list[Document] = []
    words = t("athletes.imports.reading", lang, name=plain(files[0].name), done=0, total=len(files))
    bar = st.progress(0.0, words)
    for number, file in enumerate(files):
        for part in read_file(file.getvalue(), file.name, lang=lang, zone=zone, keeping=True, known=intake.known):
            outcomes.append(intake.add(part))
            name = plain(outcomes[-1]["path"])
            bar.progress(
                number / len(files), t("athletes.imports.reading", lang, name=name, done=number, total=len(files))
            )
    bar.empty()
    return outcomes


def last_outcomes(lang: str) -> None:
    """What became of the files of the last upload, until it was seen."""
    if outcomes := st.session_state.get(OUTCOMES):
        show_outcomes(outcomes, lang, nobodys=st.session_state.get(NOBODYS, False))


def show_outcomes(outcomes: list[Document], lang: str, *, nobodys: bool = False) -> None:
    """How many were saved, with the way to the first of them, and that they are ``nobodys``; then each file that was
    refused, repaired or there before, with its reason; the whole as a table to take away."""
    new = [outcome for outcome in outcomes if "session" in outcome and not outcome["already_there"]]
    records = sum(outcome.get("records", 0) for outcome in outcomes)
    refused = [outcome for outcome in outcomes if outcome["status"] == "refused"]
    said = [t("athletes.sessions.taken", lang, count=len(new))] if new else []
    said += [t("athletes.sessions.taken_for_nobody", lang)] if new and nobodys else []
    said += [t("athletes.imports.records_saved", lang, count=records)] if records else []
    if said:
        st.success(" ".join(said), icon=":material/check_circle:")
    if any(outcome.get("unconsented") for outcome in new):
        st.caption(f":material/info: {t('athletes.people.panel.unconsented', lang)}")
    if refused:
        lines = [
            f"- **{plain(outcome['path'])}**: {plain(outcome['detail'])} {plain(outcome['hint'])}"
            for outcome in refused[:SHOWN]
        ]
        lines += _and_more(len(refused), lang)
        first = t("athletes.sessions.not_taken", lang, count=len(refused))
        st.error("\n".join([first, "", *lines]), icon=":material/error:")
    notes = [line for outcome in outcomes for line in _notes(outcome, lang)]
    if notes:
        st.info("\n".join([*notes[:SHOWN], *_and_more(len(notes), lang)]), icon=":material/info:")
    with st.container(horizontal=True):
        for outcome in new[:OPENED]:
            name = plain(outcome["path"].rpartition("/")[2])
            if st.button(
                t("athletes.sessions.open_taken", lang, name=name),
                key=f"athletes-open-taken-{outcome['session']}",
                icon=":material/open_in_new:",
            ):
                go(session=outcome["session"])
        if st.button(t("athletes.sessions.dismiss", lang), key="athletes-dismiss", icon=":material/done:"):
            del st.session_state[OUTCOMES]
            st.rerun()
        st.download_button(
            t("athletes.imports.report", lang),
            lambda: xlsx_bytes([sheet_of(outcomes, lang)], t("athletes.imports.title", lang)),
            file_name="touchline-import.xlsx",
            key="athletes-import-report",
            icon=":material/download:",
            on_click="ignore",
        )


def _and_more(count: int, lang: str) -> list[str]:
    return ["- " + t("athletes.imports.more", lang, count=count - SHOWN)] if count > SHOWN else []


def _notes(outcome: Document, lang: str) -> list[str]:
    name = f"- **{plain(outcome['path'])}**"
    notes = []
    if outcome.get("already_there"):
        notes.append(f"{name}: {t('athletes.sessions.already_there', lang)}")
    if outcome["repairs"]:
        words = " ".join(item["detail"] for item in outcome["repairs"])
        notes.append(f"{name} ({t('athletes.sessions.repaired', lang)}): {plain(words)}")
    told = [item["detail"] for item in outcome.get("notes", ()) if item["code"] not in UNSAID]
    if told:
        notes.append(f"{name}: {plain(' '.join(told))}")
    if "same_session_as" in outcome:
        paths = ", ".join(outcome["same_session_as"])
        notes.append(f"{name}: {plain(t('athletes.imports.alike', lang, paths=paths))}")
    return notes


def plain(text: str) -> str:
    """``text`` from outside as Markdown that shows just that text."""
    safe = escape(text, quote=False)
    for sign in "\\`*_[]#$~:|":
        safe = safe.replace(sign, f"\\{sign}")
    return safe
