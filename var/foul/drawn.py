"""What is drawn over the pictures of a foul: the point of contact, and who stands where, in pixels of the source."""

from __future__ import annotations

import numpy as np

from var.foul.notes import FoulNotes, PersonMark, Who
from var.measure.overlay import Drawing, drawing_of

STYLES = {Who.ATTACKER: "attacker", Who.OFFENDER: "defender", Who.BALL: "mark", Who.DEFENDER: "defender"}
LETTERS = {Who.ATTACKER: "A", Who.OFFENDER: "P", Who.BALL: "", Who.DEFENDER: "D"}
"""``P`` is the offender in both languages: nobody reads it as the zero that an O looks like."""


def foul_overlays(notes: FoulNotes) -> dict[str, dict[str, list[Drawing]]]:
    """Drawings by angle and frame."""
    drawn: dict[str, dict[str, list[Drawing]]] = {}

    def add(camera_id: str, frame: int, drawings: list[Drawing]) -> None:
        drawn.setdefault(camera_id, {}).setdefault(str(frame), []).extend(drawings)

    for contact in notes.contacts:
        if contact.px is not None:
            add(contact.camera_id, contact.frame, [drawing_of("cross", np.array([contact.px]), "mark")])
    for mark in notes.persons:
        add(mark.click.camera_id, mark.click.frame, person_overlay(mark))
    return drawn


def person_overlay(mark: PersonMark) -> list[Drawing]:
    """A cross where somebody stands, with a letter, and for a defender the number."""
    at, style = np.array([[mark.click.u_px, mark.click.v_px]]), STYLES[mark.who]
    text = LETTERS[mark.who] + (str(mark.number) if mark.who is Who.DEFENDER else "")
    cross = [drawing_of("cross", at, style)]
    return [*cross, drawing_of("label", at, style, text)] if text else cross
