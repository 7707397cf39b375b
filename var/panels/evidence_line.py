"""A warning where a match's evidence log lacks what was kept: nobody is to learn of it only from a report."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import number, t
from touchline.ledger import ledger_path
from var.archive import Archive
from var.model import Match
from var.panels.text import markdown_safe


def evidence_line(archive: Archive, match: Match, lang: str) -> None:
    """Draw it for a match whose log is behind and cannot be written now; nothing else."""
    if not archive.outbox.behind(match.id) or archive.outbox.drain(match.id):
        return
    count = number(archive.outbox.behind(match.id), lang)
    folder = markdown_safe(str(ledger_path(archive.home, match.id).parent))
    st.warning(t("var.evidence.behind", lang, count=count, folder=folder), icon=":material/receipt_long:")
