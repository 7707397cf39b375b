"""The kinds of entries that the review of a match adds.

Nobody marked them on a picture, so ``Archive.undo`` leaves them alone: a case takes back its own by one of its own.
"""

from __future__ import annotations

from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry of a review says."""

    RULES = "case_rules"
    """The whole rule pack, kept once, so that a later pack changes no old case."""
    OPENED = "case_opened"
    FACTS = "case_facts"
    """What became known: the situation, facts for the gates, what was judged of a threshold."""
    STEP = "case_step"
    CLOSED = "case_closed"
    """Not reviewed: a technical failure closed the case where its protocol has no step for it."""
    OVERRIDE = "case_override"
    """Slow motion was looked at for a question of normal speed, and somebody answers for it."""
    AMENDED = "case_amended"
    UNDO = "case_undo"
    FAILED = "review_failed"
    """From here on the match goes on without review."""
    RESUMED = "review_resumed"


OF_A_CASE = frozenset(EntryKind) - {EntryKind.RULES, EntryKind.FAILED, EntryKind.RESUMED}
"""The kinds that belong to one case."""
