"""The steps of a foul: what is known so far, in words. Marking and answering on the page comes with its own panel."""

from __future__ import annotations

import streamlit as st

from var.foul.review import foul_review
from var.foul.wording import evidence_lines, judged_lines, measured_lines, window_lines
from var.panels.booth import Booth
from var.panels.pitch_step import Tool
from var.panels.step_buttons import next_button, undo_button
from var.panels.text import markdown_safe

LINES = {"window": window_lines, "frames": evidence_lines, "law": judged_lines, "aids": measured_lines}


def foul_step(booth: Booth) -> Tool:
    """Draw the step that is chosen."""
    incident, step = booth.incident, booth.state["step"]
    assert incident is not None  # the caller draws steps only for an incident
    review = foul_review(booth.archive, booth.match.id, incident.id)
    for lines in [LINES[step]] if step in LINES else LINES.values():
        for line in lines(review, booth.lang):
            st.markdown(markdown_safe(line))
    undo_button(booth)
    if step != booth.steps[-1]:
        next_button(booth, booth.steps[booth.steps.index(step) + 1])
    return None
