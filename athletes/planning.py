"""What was planned beside what was done: each plan with the sessions that answer it, day by day.

A plan is a record of ``RecordKind.PLAN``: its sport in ``what``, minutes, load and distance where somebody said them.
Sessions of a plan's sport on its day answer it, together where it is the day's only plan of that sport; what is left
answers, in the order of time, a plan without a sport, and then one of another sport, which is said. How close is told
by each number alone, in per cent of the plan; 80 to 120 % is called as planned. None is "not known", never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from athletes.load.model import LoadMethod, Season
from athletes.record_store import Records
from athletes.records import Record, RecordKind

AS_PLANNED = (0.8, 1.2)
"""From which to which share of the plan a session counts as done as planned: a convention of this house."""
WEEK = timedelta(days=7)
MEASURES = ("minutes", "load", "distance_m")
"""The numbers by which a session is held against its plan."""


class Answer(StrEnum):
    """What became of a plan, or where a session came from."""

    OPEN = "open"
    """Its day is today or later, and nothing was done yet."""
    MISSED = "missed"
    """Its day is past, and no session is known."""
    AS_PLANNED = "as_planned"
    LESS = "less"
    MORE = "more"
    DONE = "done"
    """Something was done, but no number is known on both sides."""
    UNPLANNED = "unplanned"


@dataclass(frozen=True, slots=True)
class Done:
    """A session as a calendar shows it. ``session_id`` is empty where a person only noted it."""

    session_id: str
    athlete_id: str
    day: date
    sport: str | None
    name: str
    minutes: float | None
    load: float | None
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """A plan with the sessions that answer it; a session that nobody planned has no ``plan``."""

    plan: Record | None
    done: tuple[Done, ...]
    answer: Answer
    shares: Mapping[str, float]
    """Done in shares of the plan, for each of ``MEASURES`` that is known on both sides."""
    other_sport: bool = False

    @property
    def day(self) -> date:
        """The day it stands on."""
        return self.done[0].day if self.plan is None else self.plan.day


@dataclass(frozen=True, slots=True)
class Kept:
    """How a stretch of days went: how many plans were due, how many of them were answered, and how many sessions nobody
    planned. ``minutes`` and ``load`` are (done, planned) over the plans and answers for which both are known; None
    where there are none."""

    due: int
    answered: int
    unplanned: int
    minutes: tuple[float, float] | None
    load: tuple[float, float] | None


def done_of(season: Season, since: date, until: date, method: LoadMethod | None = None) -> tuple[Done, ...]:
    """The sessions of a season from ``since`` to ``until``, both days included, by time."""
    method = method or season.method
    return tuple(
        Done(
            one.session_id,
            season.athlete_id,
            one.day,
            one.sport,
            one.name,
            one.minutes,
            one.loads.get(method),
            one.external.get("distance_m"),
        )
        for one in season.sessions
        if since <= one.day <= until
    )


def hold(plans: Iterable[Record], done: Iterable[Done], today: date) -> tuple[Held, ...]:
    """The plans and sessions of one athlete beside each other, by day; plans before what nobody planned."""
    planned: dict[date, list[Record]] = {}
    for record in plans:
        planned.setdefault(record.day, []).append(record)
    did: dict[date, list[Done]] = {}
    for one in done:
        did.setdefault(one.day, []).append(one)
    return tuple(
        held for day in sorted({*planned, *did}) for held in _day(planned.get(day, []), did.get(day, []), today)
    )


def _day(plans: Sequence[Record], done: Sequence[Done], today: date) -> list[Held]:
    left = list(done)
    answers: dict[int, list[Done]] = {place: [] for place in range(len(plans))}
    for sport in dict.fromkeys(plan.what for plan in plans if plan.what):
        places = [place for place, plan in enumerate(plans) if plan.what == sport]
        mine = [one for one in left if one.sport == sport]
        left = [one for one in left if one.sport != sport]
        for number, one in enumerate(mine):
            answers[places[min(number, len(places) - 1)]].append(one)
    others: set[int] = set()
    for place in sorted(answers, key=lambda place: bool(plans[place].what)):
        if left and not answers[place]:
            answers[place].append(left.pop(0))
            others |= {place} if plans[place].what else set()
    found = [_held(plan, tuple(answers[place]), today, place in others) for place, plan in enumerate(plans)]
    return found + [Held(None, (one,), Answer.UNPLANNED, {}) for one in left]


def _held(plan: Record, done: tuple[Done, ...], today: date, other_sport: bool) -> Held:
    if not done:
        return Held(plan, (), Answer.MISSED if plan.day < today else Answer.OPEN, {})
    shares = {}
    for name in MEASURES:
        wanted, did = plan.values.get(name), total(getattr(one, name) for one in done)
        if wanted and did is not None:
            shares[name] = did / wanted
    measure = next((shares[name] for name in ("load", "minutes", "distance_m") if name in shares), None)
    if measure is None:
        answer = Answer.DONE
    else:
        low, high = AS_PLANNED
        answer = Answer.LESS if measure < low else Answer.MORE if measure > high else Answer.AS_PLANNED
    return Held(plan, done, answer, shares, other_sport)


def total(values: Iterable[float | None]) -> float | None:
    """The sum; None where one of them is not known, or there is none."""
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if known and len(known) == len(found) else None


def kept(held: Iterable[Held], today: date) -> Kept:
    """How the days went up to ``today``; what is still open is not due."""
    found = [one for one in held if one.day <= today]
    due = [one for one in found if one.plan is not None and one.answer is not Answer.OPEN]
    return Kept(
        len(due),
        sum(bool(one.done) for one in due),
        sum(one.answer is Answer.UNPLANNED for one in found),
        _both(due, "minutes"),
        _both(due, "load"),
    )


def _both(due: Sequence[Held], name: str) -> tuple[float, float] | None:
    """(done, planned) over the plans that name this number and whose answer is known; a missed one was 0."""
    pairs = []
    for one in due:
        wanted = None if one.plan is None else one.plan.values.get(name)
        did = 0.0 if not one.done else total(getattr(session, name) for session in one.done)
        if wanted is not None and did is not None:
            pairs.append((did, wanted))
    return (sum(did for did, _ in pairs), sum(wanted for _, wanted in pairs)) if pairs else None


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def copy_week(records: Records, athlete_ids: Iterable[str], monday: date) -> list[Record]:
    """Put the plans of the week before ``monday`` a week later, for each athlete, and return what is new; what is
    planned there already with the same words and numbers is not doubled. All or none.

    Raises ``NotAllowed`` where the archive's person may not change training.
    """
    ids = list(dict.fromkeys(athlete_ids))
    there = records.of(ids, (RecordKind.PLAN,), since=monday, until=monday + WEEK - timedelta(days=1))
    known = {_same(plan, plan.day) for plan in there}
    before = records.of(ids, (RecordKind.PLAN,), since=monday - WEEK, until=monday - timedelta(days=1))
    new = [
        Record(RecordKind.PLAN, plan.athlete_id, plan.day + WEEK, plan.values, plan.what, plan.text)
        for plan in before
        if _same(plan, plan.day + WEEK) not in known
    ]
    return records.keep(*new)


def _same(plan: Record, day: date) -> tuple[object, ...]:
    return plan.athlete_id, day, plan.what, plan.text, tuple(sorted(plan.values.items()))
