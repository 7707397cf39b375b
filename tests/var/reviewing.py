"""Reviews to test with: every shipped pack and format, a match of cases without a store, and a clock that is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from var.decisions.folding import fold_case
from var.decisions.model import Actor, Case, CaseEntry, Ruling, Stamp
from var.decisions.requests import Account, account
from var.decisions.steps import outcomes_left
from var.rules.choosing import Rulebook

START = datetime(2024, 3, 2, 9, 0, tzinfo=UTC)
CLEAR: dict[str, Any] = {
    "decision_made": True,
    "restarted": False,
    "first_stop_over": False,
    "delays_restart": False,
    "asked_after_s": 0.0,
}


def said(case: Case, step: str) -> Ruling:
    """What must be said with a step: the first outcome that it may lead to, where it changes the decision."""
    found = [each for each in case.rules.protocol.leaving(case.state) if each.id == step]
    left = outcomes_left(case, found[0]) if found else ()
    return Ruling(left[0]) if left else Ruling()


def stamp(seconds: float, run: str = "a") -> Stamp:
    """The instant so many seconds into the match."""
    utc = (START + timedelta(seconds=seconds)).isoformat(timespec="microseconds")
    return Stamp(utc, round(seconds * 1e9), run)


def clear(rules: Rulebook) -> dict[str, Any]:
    """Everything known, and nothing that speaks against a review."""
    return CLEAR | {"moments": list(rules.pack.moments), "thresholds": dict.fromkeys(rules.pack.thresholds, True)}


def restored(case: Case) -> Case:
    """The case folded from its entries after they went through JSON, as the store keeps them."""
    bodies = [(entry.kind.value, json.loads(json.dumps(entry.document(case.id)))) for entry in case.entries]
    return fold_case(case.match_id, case.id, case.rules, [CaseEntry.of(kind, body) for kind, body in bodies])


@dataclass
class Sitting:
    """The cases of one match in memory, and whether a technical failure is in force."""

    rules: Rulebook
    cases: list[Case] = field(default_factory=list)
    down: bool = False

    def account(self, case: Case) -> Account | None:
        """The account of a case's request."""
        return None if case.asked is None else account(case.rules, self.cases, case.asked)

    def put(self, case: Case) -> Case:
        """Keep the case in the place of the one it goes on from."""
        places = {each.id: place for place, each in enumerate(self.cases)}
        if case.id in places:
            self.cases[places[case.id]] = case
        else:
            self.cases.append(case)
        return case


def person(rules: Rulebook, role: str, side: str = "home") -> Actor:
    """Somebody in a role, of a side where the role belongs to a team."""
    return Actor(f"Nguyễn {role}", role, side if rules.pack.roles[role].team else None)
