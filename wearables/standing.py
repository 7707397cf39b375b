"""The marks of a session that count: what was taken back is left out."""

from __future__ import annotations

from collections.abc import Iterable

from wearables.model import Mark, MarkKind


def standing(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks that were not taken back, in their order. Taking back a taking back brings the first mark back."""
    gone: set[int] = set()
    left: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark.id, reverse=True):
        if mark.id in gone:
            continue
        if mark.kind is MarkKind.UNDO:
            gone.add(int(mark.detail["mark"]))
        else:
            left.append(mark)
    return tuple(reversed(left))
