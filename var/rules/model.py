"""The nouns of a rule pack. Values are frozen; ``var.rules.pack.Pack`` is whole and consistent, or does not exist.

A pack is one sport: its editions (by date), its formats (by equipment and people), and everything that can be reviewed.
A rule without ``editions`` holds in all editions of the pack, a situation without ``formats`` in all formats, so what
changed from one edition to the next is seen in one place. Every rule names its sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

from touchline.errors import BadValue
from var.rules.words import (
    Begins,
    Clock,
    Effect,
    Guard,
    Kind,
    Measure,
    Per,
    Replay,
    Result,
    Seen,
    Since,
    SourceKind,
    Strength,
    Until,
)

T = TypeVar("T")


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in both languages."""

    vi: str
    en: str

    def __post_init__(self) -> None:
        if not (self.vi.strip() and self.en.strip()):
            raise BadValue("var.errors.bad_rule", field="vi, en")

    def __getitem__(self, lang: str) -> str:
        return self.vi if lang == "vi" else self.en


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was taken from. ``date`` is ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, as exact as it is known."""

    title: str
    publisher: str
    date: str
    kind: SourceKind
    seen: Seen
    editions: tuple[str, ...] = ()
    url: str = ""
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the rules, valid from ``valid_from`` to ``valid_until``, both days included."""

    name: Wording
    valid_from: date
    valid_until: date | None
    """None: nobody named an end."""
    sources: tuple[str, ...]
    note: Wording | None = None

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise BadValue("var.errors.bad_rule", field="valid_until")

    def holds(self, on: date) -> bool:
        """Whether it is in force on the day ``on``."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Option:
    """A rule that a competition may adopt or leave."""

    name: Wording
    sources: tuple[str, ...]
    editions: tuple[str, ...] = ()
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody who acts. ``team``: belongs to one of the two sides, so never decides. ``also``: other words by which
    a match's list of officials may call the role."""

    name: Wording
    team: bool = False
    also: tuple[str, ...] = ()

    def is_called(self, said: str) -> bool:
        """Whether ``said`` is one of the role's names in either language, however it is written large or small."""
        return said.strip().casefold() in {name.casefold() for name in (self.name.vi, self.name.en, *self.also)}


@dataclass(frozen=True, slots=True)
class Term:
    """A named rule with its sources: a category, threshold, procedure, moment, outcome, restart or sanction."""

    name: Wording
    sources: tuple[str, ...]
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """How far back a look goes; ``last_s`` is its length in seconds where the rules give one."""

    name: Wording
    sources: tuple[str, ...]
    last_s: float | None = None
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to find out from the pictures; ``measure`` is what the program measures for it, if anything."""

    name: Wording
    kind: Kind
    replay: Replay
    sources: tuple[str, ...]
    measure: Measure | None = None
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class ReplaySpeed:
    """The rule on slow motion as a whole."""

    name: Wording
    strength: Strength
    sources: tuple[str, ...]
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that happens in a match, and whether and how it can be reviewed.

    ``option`` names the competition option that it takes; ``reviewable`` false says that the rules leave it out.
    ``after_restart``: may be reviewed after play went on. ``immediate``: only where the restart is not delayed.
    ``moments``: only in these moments of a match. ``thresholds`` stand in place of the format's where there are any.
    """

    id: str
    name: Wording
    sources: tuple[str, ...]
    reviewable: bool = True
    category: str | None = None
    questions: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    sanctions: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    option: str | None = None
    span: str | None = None
    after_restart: bool = False
    immediate: bool = False
    editions: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    note: Wording | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Who may ask for a review, how often and until when. The quota counts for each side apart.

    ``quota`` None: as often as they like. ``extra_time`` requests are added in extra time. ``kept_when`` are the
    results that leave the request in hand. ``window_s`` runs from ``since``; ``until`` ends it as well.
    ``any_moment`` lifts the moments that situations are bound to.
    """

    id: str
    name: Wording
    by: tuple[str, ...]
    quota: int | None
    per: Per | None
    sources: tuple[str, ...]
    extra_time: int = 0
    kept_when: tuple[Result, ...] = ()
    window_s: float | None = None
    since: Since | None = None
    until: Until | None = None
    any_moment: bool = False
    note: Wording | None = None

    def __post_init__(self) -> None:
        if (self.quota is None) != (self.per is None) or (self.window_s is None) != (self.since is None):
            raise BadValue("var.errors.bad_rule", field="quota, per, window_s, since")

    def kept(self, result: Result) -> bool:
        """Whether the side still has this request after ``result``."""
        return self.quota is None or result in self.kept_when


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands. ``end``: it is closed. ``procedure``: what is being done in it."""

    name: Wording
    end: bool = False
    clock: Clock = Clock.NONE
    procedure: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody may do: from which states, to which, who, under which guards, with which effects."""

    id: str
    name: Wording
    origins: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    result: Result | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Protocol:
    """The states of a case and the steps between them: without a circle, so that every case ends.

    ``by`` begin a case where it begins with a check; where it begins with a request, the format's requests say who may.
    """

    name: Wording
    begins: Begins
    start: str
    states: Mapping[str, State]
    steps: tuple[Step, ...]
    sources: tuple[str, ...]
    by: tuple[str, ...] = ()
    note: Wording | None = None

    def leaving(self, state: str) -> tuple[Step, ...]:
        """The steps that lead away from ``state``."""
        return tuple(step for step in self.steps if state in step.origins)


@dataclass(frozen=True, slots=True)
class Format:
    """One way to hold reviews: how many cameras, which people, which protocol.

    ``procedures`` gives for each kind of question the procedures allowed, the usual one first. ``until`` ends the time
    for a review where no situation says otherwise. ``decision_first``: nothing is reviewed before somebody decided.
    """

    id: str
    name: Wording
    protocol: str
    roles: tuple[str, ...]
    thresholds: tuple[str, ...]
    procedures: Mapping[Kind, tuple[str, ...]]
    sources: tuple[str, ...]
    decision_first: bool = True
    until: Until | None = None
    cameras_least: int | None = None
    cameras_most: int | None = None
    requests: tuple[Request, ...] = ()
    editions: tuple[str, ...] = ()
    note: Wording | None = None

    def request(self, name: str) -> Request | None:
        """The request called ``name``, or None."""
        return next((request for request in self.requests if request.id == name), None)


def frozen(table: Mapping[str, T]) -> Mapping[str, T]:
    """A copy of ``table`` that nobody can change."""
    return MappingProxyType(dict(table))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a pack is made of, not yet checked against each other."""

    id: str
    sport: str
    name: Wording
    sources: Mapping[str, Source]
    editions: Mapping[str, Edition]
    roles: Mapping[str, Role]
    categories: Mapping[str, Term]
    questions: Mapping[str, Question]
    thresholds: Mapping[str, Term]
    procedures: Mapping[str, Term]
    protocols: Mapping[str, Protocol]
    formats: tuple[Format, ...]
    situations: tuple[Situation, ...]
    replay_speed: ReplaySpeed | None = None
    options: Mapping[str, Option] = field(default_factory=_empty)
    spans: Mapping[str, Span] = field(default_factory=_empty)
    moments: Mapping[str, Term] = field(default_factory=_empty)
    outcomes: Mapping[str, Term] = field(default_factory=_empty)
    restarts: Mapping[str, Term] = field(default_factory=_empty)
    sanctions: Mapping[str, Term] = field(default_factory=_empty)
    note: Wording | None = None
