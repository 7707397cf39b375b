"""Consents of athletes: given and withdrawn, by themselves or a guardian, each dated; lines are only added.

Under the age that the installation sets (``Rules.guardian_under``) a guardian consents, by name and relation. A child
of seven years or more agrees too where data are handed on (law 91/2025/QH15, article 24, as far as we read it).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from athletes.archive import Archive
from athletes.people.standing import Rules, Scope, keep_rules, rules_of
from touchline.access import Act
from touchline.errors import BadValue
from touchline.rights import Action, require
from touchline.store import Row, utc_now

AGREES_FROM = 7
"""The age in years from which a child is asked too."""


class Giver(StrEnum):
    """Who consents or withdraws."""

    SELF = "self"
    GUARDIAN = "guardian"


@dataclass(frozen=True, slots=True)
class Said:
    """Who said it and how: a guardian with ``name`` and ``relation``; ``note`` says where the document lies;
    ``child_agrees`` what the child said, None where it was not asked."""

    by: Giver = Giver.SELF
    name: str = ""
    relation: str = ""
    note: str = ""
    child_agrees: bool | None = None

    def __post_init__(self) -> None:
        if self.by is Giver.GUARDIAN and not (self.name.strip() and self.relation.strip()):
            raise BadValue("athletes.errors.guardian_unnamed")


@dataclass(frozen=True, slots=True)
class Consent:
    """One line: from ``day`` on, a consent to ``scope`` is ``given``, or withdrawn. ``account`` entered it."""

    seq: int
    athlete_id: str
    scope: Scope
    given: bool
    day: date
    said: Said
    at_utc: str
    account: str

    def document(self) -> dict[str, Any]:
        """The line as a JSON-ready document."""
        return {
            "scope": self.scope.value,
            "given": self.given,
            "day": self.day.isoformat(),
            "by": self.said.by.value,
            "name": self.said.name or None,
            "relation": self.said.relation or None,
            "note": self.said.note or None,
            "child_agrees": self.said.child_agrees,
            "entered_utc": self.at_utc,
            "entered_by": self.account or None,
        }


class Consents:
    """The consents of the athletes in ``archive``, for the archive's person."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    @property
    def rules(self) -> Rules:
        """The rules of this installation."""
        return rules_of(self.archive.store)

    def keep_rules(self, rules: Rules) -> None:
        """Let ``rules`` hold; an administrator decides that."""
        require(self.archive.person, Action.KEEP_PEOPLE)
        keep_rules(self.archive.store, rules)

    def of(self, athlete_id: str) -> list[Consent]:
        """Every line about an athlete, the oldest first. Raises ``NotFound``."""
        require(self.archive.person, Action.SEE_TRAINING)
        self.archive.known(athlete_id)
        rows = self.archive.store.rows("SELECT * FROM consent_event WHERE athlete_id = ? ORDER BY seq", (athlete_id,))
        return [self._consent(row) for row in rows]

    def standing(self, athlete_id: str) -> Mapping[Scope, Consent | None]:
        """What was said last of each scope; None where nothing was."""
        last = {line.scope: line for line in self.of(athlete_id)}
        return {scope: last.get(scope) for scope in Scope}

    def renewed(self, athlete_id: str) -> bool:
        """Whether a guardian's consent stands for somebody who is old enough now to consent alone."""
        athlete = self.archive.athlete(athlete_id)
        age = athlete.age_on(datetime.now(UTC).date())
        lines = self.standing(athlete_id).values()
        given = [line for line in lines if line is not None and line.given and line.said.by is Giver.GUARDIAN]
        return bool(given) and age is not None and age >= self.rules.guardian_under

    def give(self, athlete_id: str, scopes: Iterable[Scope], day: date, said: Said | None = None) -> None:
        """Enter consents to ``scopes``, given on ``day``.

        Raises ``NotFound``; ``BadValue`` for a day to come, where the athlete was so young on that day that a guardian
        consents, and where a child was not asked, or said no, whether data are handed on.
        """
        said = said or Said()
        wanted = tuple(dict.fromkeys(scopes))
        athlete = self.archive.athlete(athlete_id)
        age = athlete.age_on(day)
        under = self.rules.guardian_under
        if age is not None and age < under:
            if said.by is not Giver.GUARDIAN:
                raise BadValue("athletes.errors.guardian_needed", age=age, under=under)
            if Scope.SHARING in wanted and age >= AGREES_FROM and said.child_agrees is not True:
                raise BadValue("athletes.errors.child_not_asked", age=age)
        self._add(athlete_id, wanted, day, said, given=True)

    def withdraw(self, athlete_id: str, scopes: Iterable[Scope], day: date, said: Said | None = None) -> None:
        """Enter that consents are withdrawn: new data of these scopes are refused from now on. Raises ``NotFound``;
        ``BadValue`` for a day to come."""
        self._add(athlete_id, tuple(dict.fromkeys(scopes)), day, said or Said(), given=False)

    def _add(self, athlete_id: str, scopes: tuple[Scope, ...], day: date, said: Said, *, given: bool) -> None:
        archive = self.archive
        require(archive.person, Action.KEEP_TRAINING)
        archive.known(athlete_id)
        if day > datetime.now(UTC).astimezone().date():
            raise BadValue("athletes.errors.consent_to_come", day=day)
        told = {
            "by": said.by.value,
            "name": said.name.strip(),
            "relation": said.relation.strip(),
            "note": said.note.strip(),
            "child_agrees": said.child_agrees,
        }
        data = json.dumps(told, ensure_ascii=False).encode()
        seal, at = archive.seal, utc_now()
        with archive.store.write() as connection:
            connection.executemany(
                "INSERT INTO consent_event (athlete_id, scope, given, day, at_utc, account, sealed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        athlete_id,
                        scope.value,
                        int(given),
                        day.isoformat(),
                        at,
                        archive.account,
                        seal.close(data, _about(athlete_id, scope.value, at)),
                    )
                    for scope in scopes
                ],
            )
        archive.note([athlete_id], Act.CHANGED)

    def _consent(self, row: Row) -> Consent:
        about = _about(row["athlete_id"], row["scope"], row["at_utc"])
        told = json.loads(self.archive.seal.open(bytes(row["sealed"]), about))
        said = Said(Giver(told["by"]), told["name"], told["relation"], told["note"], told["child_agrees"])
        return Consent(
            row["seq"],
            row["athlete_id"],
            Scope(row["scope"]),
            bool(row["given"]),
            date.fromisoformat(row["day"]),
            said,
            row["at_utc"],
            row["account"],
        )


def _about(athlete_id: str, scope: str, at_utc: str) -> str:
    return f"consent_event {athlete_id} {scope} {at_utc}"
