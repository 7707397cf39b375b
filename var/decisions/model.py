"""The nouns of a review. A ``Case`` is folded from its entries and never changed: what is new is an entry more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue
from var.decisions.kinds import EntryKind
from var.rules.choosing import Rulebook
from var.rules.gates import Facts, Gates, gates
from var.rules.model import Situation, State
from var.rules.words import Guard, Result


@dataclass(frozen=True, slots=True)
class Stamp:
    """An instant by every clock at hand.

    ``utc`` is ISO 8601 in UTC; ``monotonic_ns`` counts nanoseconds since something that is the same within one ``run``
    of the computer (None: nobody counted); ``match_s`` is match time.
    """

    utc: str
    monotonic_ns: int | None = None
    run: str = ""
    match_s: Fraction | None = None

    def __post_init__(self) -> None:
        try:
            known = datetime.fromisoformat(self.utc).utcoffset() is not None
        except ValueError:
            known = False
        if not known:
            raise BadValue("var.errors.bad_stamp", utc=self.utc[:40])

    def after_s(self, before: Stamp) -> float | None:
        """Seconds from ``before`` to here: by the counting clock within one run of the computer, else by wall clocks.

        None where the wall clock was set back in between, so that nobody knows.
        """
        if self.monotonic_ns is not None and before.monotonic_ns is not None and self.run == before.run:
            spent_s = (self.monotonic_ns - before.monotonic_ns) / 1e9
        else:
            spent_s = (datetime.fromisoformat(self.utc) - datetime.fromisoformat(before.utc)).total_seconds()
        return spent_s if spent_s >= 0 else None

    def document(self) -> dict[str, Any]:
        """The stamp as entries keep it."""
        match_s = None if self.match_s is None else str(self.match_s)
        return {"utc": self.utc, "monotonic_ns": self.monotonic_ns, "run": self.run, "match_s": match_s}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Stamp:
        """The stamp of an entry."""
        match_s = None if body["match_s"] is None else Fraction(body["match_s"])
        return cls(body["utc"], body["monotonic_ns"], body["run"], match_s)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a name, a role of the pack, and the side where the role belongs to a team."""

    name: str
    role: str
    side: str | None = None

    def document(self) -> dict[str, Any]:
        """The actor as entries keep it."""
        return {"name": self.name, "role": self.role, "side": self.side}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Actor:
        """The actor of an entry."""
        return cls(body["name"], body["role"], body["side"])


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One thing that was said in a case. ``number`` counts the entries of the case from 0. ``by`` acted,
    ``recorded_by`` wrote it down, under the account of the id ``account``: a VAR notes what the referee on the field
    decided."""

    number: int
    kind: EntryKind
    by: Actor
    at: Stamp
    body: Mapping[str, Any]
    recorded_by: str = ""
    account: str | None = None

    def document(self, case_id: str) -> dict[str, Any]:
        """The body of the stored entry."""
        return {
            "case": case_id,
            "number": self.number,
            "actor": self.by.document(),
            "at": self.at.document(),
            **self.body,
        }

    @classmethod
    def of(cls, kind: str, document: Mapping[str, Any], recorded_by: str = "", account: str | None = None) -> CaseEntry:
        """The entry of a stored body."""
        body = {key: value for key, value in document.items() if key not in {"case", "number", "actor", "at"}}
        actor, at = Actor.of(document["actor"]), Stamp.of(document["at"])
        return cls(int(document["number"]), EntryKind(kind), actor, at, body, recorded_by, account)


@dataclass(frozen=True, slots=True)
class Asked:
    """By which request a review was asked for, for which side, in which part of the match."""

    request: str
    side: str | None
    part: str | None
    extra_time: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken and counts. ``guards`` is what each of its guards said then, ``kept`` whether the request
    was kept or lost by it (None: it settled none)."""

    number: int
    step: str
    to: str
    by: Actor
    at: Stamp
    guards: Mapping[str, str]
    result: Result | None
    kept: bool | None
    pictures: Mapping[str, str] | None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided in the pack's words; None where nobody said."""

    outcome: str | None = None
    restart: str | None = None
    sanction: str | None = None

    def document(self) -> dict[str, str | None]:
        """The ruling as entries keep it."""
        return {"outcome": self.outcome, "restart": self.restart, "sanction": self.sanction}

    def over(self, before: Ruling) -> Ruling:
        """``before`` with what is said here in its place."""
        return Ruling(self.outcome or before.outcome, self.restart or before.restart, self.sanction or before.sanction)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What was said of a case after its result: it stands beside what was decided, and says why."""

    number: int
    by: Actor
    at: Stamp
    ruling: Ruling
    why: str


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody answers for slow motion on a question of normal speed."""

    number: int
    question: str
    by: Actor
    at: Stamp
    why: str


@dataclass(frozen=True, slots=True)
class Case:
    """One review under one ``Rulebook``, folded from ``entries`` (``var.decisions.folding.fold_case``)."""

    id: str
    match_id: str
    incident_id: str | None
    rules: Rulebook
    entries: tuple[CaseEntry, ...]
    opened_by: Actor
    opened_at: Stamp
    state: str
    situation: str | None
    before: str | None
    asked: Asked | None
    facts: Facts
    steps: tuple[Taken, ...] = ()
    ruling: Ruling = Ruling()
    amendments: tuple[Amendment, ...] = ()
    overrides: tuple[Override, ...] = ()
    withdrawn: bool = False
    closed_at: Stamp | None = None
    """When a technical failure closed it without a step of its protocol."""
    closed_kept: bool | None = None
    judged: Facts | None = None
    """The facts as they stood when the result came: play going on afterwards makes no review late."""

    @property
    def at(self) -> State:
        """The state that it is in."""
        return self.rules.protocol.states[self.state]

    @property
    def about(self) -> Situation | None:
        """What happened, as the rules know it; None before it is told, and where these rules do not list it."""
        return None if self.situation is None else self.rules.situations.get(self.situation)

    @property
    def result(self) -> Result | None:
        """How it came out; None where it has no result, or none yet."""
        if self.closed_at is not None:
            return Result.FAILURE
        return next((taken.result for taken in self.steps if taken.result is not None), None)

    @property
    def closed(self) -> bool:
        """Whether no step can follow."""
        return self.withdrawn or self.closed_at is not None or self.at.end

    @property
    def ended_at(self) -> Stamp | None:
        """When it was closed; None while it is open. Amendments come afterwards."""
        if not self.closed or self.closed_at is not None:
            return self.closed_at
        return self.entries[-1].at if self.withdrawn else self.steps[-1].at

    @property
    def unsettled(self) -> bool:
        """Whether it is still open and has no result: what a technical failure closes."""
        return not self.closed and self.result is None

    @property
    def reviewed(self) -> bool:
        """Whether somebody went to look by a procedure of the rules, and not only checked."""
        states = self.rules.protocol.states
        return any(states[taken.to].procedure is not None for taken in self.steps)

    @property
    def request_kept(self) -> bool | None:
        """Whether the request is kept (true) or lost (false); None as long as it is not settled."""
        if self.closed_at is not None:
            return self.closed_kept
        return next((taken.kept for taken in self.steps if taken.kept is not None), None)

    @property
    def holds_request(self) -> bool:
        """Whether a request was accepted and is not settled yet, so that it may still be lost."""
        if self.closed or self.request_kept is not None:
            return False
        return any(Guard.QUOTA_LEFT in taken.guards for taken in self.steps)

    @property
    def live(self) -> tuple[CaseEntry, ...]:
        """The entries that count: neither taken back nor an undo."""
        undone = {entry.body["of"] for entry in self.entries if entry.kind is EntryKind.UNDO}
        return tuple(entry for entry in self.entries if entry.kind is not EntryKind.UNDO and entry.number not in undone)

    def gates(self) -> Gates:
        """The four gates as they stand now, each apart."""
        return gates(self.rules, self.situation, self.facts)

    def gates_judged(self) -> Gates:
        """The four gates as they stood when the result came; as they stand now where there is none."""
        return gates(self.rules, self.situation, self.facts if self.judged is None else self.judged)
