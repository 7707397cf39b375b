"""Which right each kind of entry asks for (``touchline.rights``): the one place where an archive looks it up."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from touchline.rights import Action
from var.decisions.kinds import EntryKind
from var.foul.kept import CLIPS_CAME, IMPORTED, LABELLED
from var.foul.notes import ANSWER, MARKED

UNDO = "undo"

NEEDED: Mapping[str, Action] = MappingProxyType(
    {
        **dict.fromkeys(
            ("incident", "kick", "attack", "question", "body_mark", "ball_click", "contact_click"), Action.MARK
        ),
        **dict.fromkeys(MARKED, Action.MARK),
        **dict.fromkeys(("bookmark", "bookmark_change"), Action.MARK),
        **dict.fromkeys(("pitch_mark", "line_click", "clear_pitch", "refinement", "followed"), Action.PREPARE),
        **dict.fromkeys((IMPORTED, CLIPS_CAME), Action.RECORD),
        **dict.fromkeys((LABELLED, ANSWER, "decision"), Action.DECIDE),
        # What a review says may be noted for another; who judges and decides is looked at by ``var.decisions.kept``.
        **dict.fromkeys((kind.value for kind in EntryKind), Action.MARK),
        EntryKind.OVERRIDE.value: Action.DECIDE,
        EntryKind.AMENDED.value: Action.DECIDE,
    }
)
"""The right that an entry of each kind asks for; an undo asks for that of what it takes back."""
