"""Bringing files in: several at once, each with its outcome by name; what can be used is kept."""

from __future__ import annotations

import json
from datetime import tzinfo
from html import escape

import streamlit as st

from athletes.archive import Archive
from athletes.importers.common import MAX_BYTES
from athletes.importers.read import MB
from athletes.intake import Outcome, take_in
from athletes.model import Athlete
from touchline.i18n import t

OUTCOMES = "athletes-outcomes"
ROUND = "athletes-upload_round"
BOX = "athletes-upload-box"


def upload(archive: Archive, athlete: Athlete | None, zone: tzinfo, lang: str) -> None:
    """The box for files; new sessions go to ``athlete``, if any. ``last_outcomes`` tells what became of them."""
    taken = st.session_state.setdefault(ROUND, 0)
    with st.container(key=BOX):
        st.html(_words(lang))
        files = st.file_uploader(
            t("athletes.sessions.upload", lang),
            accept_multiple_files=True,
            key=f"athletes-upload-{taken}",
            help=t("athletes.sessions.upload_help", lang),
            max_upload_size=MAX_BYTES // MB,
        )
    if files:
        st.session_state[OUTCOMES] = [
            take_in(
                file.getvalue(),
                file.name,
                archive=archive,
                athlete_id=athlete.id if athlete else None,
                zone=zone,
            )
            for file in files
        ]
        # A fresh box: the files in it would be taken in again at every rerun, and bring back what was deleted since.
        st.session_state[ROUND] = taken + 1
        st.rerun()


def _words(lang: str) -> str:
    """The box's own words in ``lang``: Streamlit writes them in English only."""
    button = json.dumps(t("athletes.sessions.upload_button", lang), ensure_ascii=False)
    rest = json.dumps(t("athletes.sessions.upload_or", lang, mb=MAX_BYTES // MB), ensure_ascii=False)
    zone = f".st-key-{BOX} [data-testid=stFileUploaderDropzone"
    return (
        f"<style>{zone}] button p, {zone}Instructions] span {{font-size:0}}"
        f"{zone}] button p::after {{content:{button}; font-size:1rem}}"
        f"{zone}Instructions] span::after {{content:{rest}; font-size:.875rem}}</style>"
    )


def last_outcomes(lang: str) -> None:
    """What became of the files of the last upload, until it was seen."""
    if outcomes := st.session_state.get(OUTCOMES):
        show_outcomes(outcomes, lang)


def show_outcomes(outcomes: list[Outcome], lang: str) -> None:
    """How many were saved, then each file that was refused or repaired, with its reason."""
    saved = sum(outcome.kept is not None and not outcome.kept.already_there for outcome in outcomes)
    refused = [outcome for outcome in outcomes if outcome.refusal is not None]
    if saved:
        st.success(t("athletes.sessions.taken", lang, count=saved), icon=":material/check_circle:")
    if refused:
        lines = [t("athletes.sessions.not_taken", lang, count=len(refused))]
        lines += [
            f"- **{plain(outcome.path)}**: {plain(outcome.refusal.detail(lang))} {plain(outcome.refusal.hint(lang))}"
            for outcome in refused
            if outcome.refusal is not None
        ]
        st.error("\n".join([lines[0], "", *lines[1:]]), icon=":material/error:")
    notes = [line for outcome in outcomes for line in _notes(outcome, lang)]
    if notes:
        st.info("\n".join(notes), icon=":material/info:")
    if st.button(t("athletes.sessions.dismiss", lang), key="athletes-dismiss", icon=":material/done:"):
        del st.session_state[OUTCOMES]
        st.rerun()


def _notes(outcome: Outcome, lang: str) -> list[str]:
    notes = []
    if outcome.kept is not None and outcome.kept.already_there:
        notes.append(f"- **{plain(outcome.path)}**: {t('athletes.sessions.already_there', lang)}")
    if repairs := outcome.repairs(lang):
        notes.append(
            f"- **{plain(outcome.path)}** ({t('athletes.sessions.repaired', lang)}): {plain(' '.join(repairs))}"
        )
    return notes


def plain(text: str) -> str:
    """``text`` from outside as Markdown that shows just that text."""
    safe = escape(text, quote=False)
    for sign in "\\`*_[]#$~:|":
        safe = safe.replace(sign, f"\\{sign}")
    return safe
