"""Who wears which strap when, from marks that are only added: assignments are dated, and some were taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wearables.model import Mark, MarkKind
from wearables.worn import Worn


@dataclass(frozen=True, slots=True)
class Span:
    """An athlete wears a strap from ``from_ns`` until before ``to_ns``; None: still."""

    strap: int
    athlete_id: str
    from_ns: int
    to_ns: int | None = None

    def holds(self, at_ns: int) -> bool:
        """Whether the instant lies within."""
        return self.from_ns <= at_ns and (self.to_ns is None or at_ns < self.to_ns)


def spans(marks: Sequence[Mark]) -> tuple[Span, ...]:
    """Who wears what, oldest first (``Worn``): the newest assignment wins, a strap has one wearer, and an
    athlete wears one strap."""
    worn = Worn(marks)
    found: list[Span] = []
    for strap in {int(mark.detail["strap"]) for mark in marks if mark.kind is MarkKind.ASSIGN}:
        open_now: tuple[int, str] | None = None
        for at_ns, athlete_id in worn.stretches(strap):
            if open_now is not None and open_now[1] == athlete_id:
                continue
            if open_now is not None and at_ns > open_now[0]:
                found.append(Span(strap, open_now[1], open_now[0], at_ns))
            open_now = None if athlete_id is None else (at_ns, athlete_id)
        if open_now is not None:
            found.append(Span(strap, open_now[1], open_now[0]))
    return tuple(sorted(found, key=lambda span: (span.from_ns, span.strap)))
