"""How long a case has been checked and reviewed: by the states it was in, with the present instant as an argument."""

from __future__ import annotations

from dataclasses import dataclass

from var.decisions.model import Case, Stamp
from var.rules.words import Clock


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Seconds under each clock of a case. None: that clock never ran, or a wall clock was set back meanwhile.

    ``running`` is the clock that runs now. A step that was taken back did not stop a clock.
    """

    check_s: float | None
    review_s: float | None
    running: Clock
    both_s: float | None
    """Check and review together."""


def elapsed(case: Case, now: Stamp) -> Elapsed:
    """The clocks of ``case`` at ``now``."""
    states = case.rules.protocol.states
    ways = [(case.opened_at, states[case.rules.protocol.start].clock)]
    ways += [(taken.at, states[taken.to].clock) for taken in case.steps]
    if case.closed_at is not None:
        ways.append((case.closed_at, Clock.NONE))
    running = Clock.NONE if case.closed else ways[-1][1]
    spent: dict[Clock, list[float | None]] = {clock: [] for clock in Clock}
    for place, (since, clock) in enumerate(ways):
        if place + 1 < len(ways):
            spent[clock].append(ways[place + 1][0].after_s(since))
        elif running is not Clock.NONE:
            spent[clock].append(now.after_s(since))
    check, review = spent[Clock.CHECK], spent[Clock.REVIEW]
    return Elapsed(_sum(check), _sum(review), running, _sum([*check, *review]))


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
