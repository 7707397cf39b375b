"""The two buttons that the steps of a review share."""

from __future__ import annotations

import streamlit as st

from touchline.i18n import t
from touchline.rights import Action
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.who import barred


def next_button(booth: Booth, step: str) -> None:
    """The largest thing on the panel: what to do next."""
    label = t(f"var.review.next.{step}", booth.lang)
    if st.button(label, type="primary", width="stretch", key=f"next-{step}", icon=":material/arrow_forward:"):
        booth.go(step)
        rerun_part()


def undo_button(booth: Booth) -> None:
    """Take back the last mark, for who may mark."""
    if barred(booth.archive, Action.MARK, booth.lang):
        return
    if st.button(t("var.review.undo", booth.lang), icon=":material/undo:", key="undo", help="Ctrl+Z, U"):
        booth.undo()
        rerun_part()
