"""Who wore which strap when: the marks of a session, folded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from wearables.model import Mark, MarkKind
from wearables.standing import standing


class Worn:
    """The dated assignments of a session. Nobody wears two straps: an athlete who gets another one has put off the one
    before, and a strap that gets another athlete is off the one before. ``marks`` come in any order; what was taken
    back does not count."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        given = [mark for mark in standing(marks) if mark.kind is MarkKind.ASSIGN]
        self._changes: dict[int, list[tuple[int, str | None]]] = {}
        now: dict[int, str | None] = {}
        for mark in sorted(given, key=lambda each: (each.at_ns, each.id)):
            strap, athlete_id = int(mark.detail["strap"]), mark.detail.get("athlete_id")
            for other, wearer in list(now.items()):
                if athlete_id is not None and wearer == athlete_id and other != strap:
                    self._change(now, other, mark.at_ns, None)
            self._change(now, strap, mark.at_ns, athlete_id)

    def _change(self, now: dict[int, str | None], strap: int, at_ns: int, athlete_id: str | None) -> None:
        now[strap] = athlete_id
        self._changes.setdefault(strap, []).append((at_ns, athlete_id))

    def athlete_at(self, strap: int, at_ns: int) -> str | None:
        """Who wears a strap at an instant of the session; None where nobody does."""
        changes = self._changes.get(strap, ())
        k = bisect_right(changes, at_ns, key=lambda change: change[0])
        return changes[k - 1][1] if k else None

    def strap_at(self, athlete_id: str, at_ns: int) -> int | None:
        """Which strap somebody wears at an instant of the session; None where none."""
        return next((strap for strap in self._changes if self.athlete_at(strap, at_ns) == athlete_id), None)

    def last(self) -> dict[int, str]:
        """Who wears which strap after all of it: strap to athlete."""
        found = {strap: changes[-1][1] for strap, changes in self._changes.items()}
        return {strap: athlete_id for strap, athlete_id in found.items() if athlete_id is not None}

    def stretches(self, strap: int) -> Sequence[tuple[int, str | None]]:
        """The changes of one strap: from when on it was worn by whom, in their order."""
        return tuple(self._changes.get(strap, ()))
