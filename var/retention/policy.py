"""The policy: after how many days what is deleted. Nothing is, unless somebody said so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from touchline.errors import BadValue
from touchline.rights import Action, require
from touchline.store import put_setting
from var.retention import log

if TYPE_CHECKING:
    from var.archive import Archive

NAME = "retention/policy"
MOST_DAYS = 36_500


class Rule(StrEnum):
    """What may be deleted, each counted from a date of its own."""

    MEDIA_QUIET = "media_quiet"
    """Pictures of matches without an incident, from the match's date."""
    MEDIA = "media"
    """Pictures of matches with incidents, from the match's date."""
    PUT_AWAY = "put_away"
    """Whole matches, from the day they were put away."""
    REPORTS = "reports"
    """Incident folders, from the day they were written."""
    SIGN_INS = "sign_ins"
    """The log of sign-ins and sessions that ended, from the day of each line."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``days`` by rule; a rule that is not there deletes nothing. ``automatic``: the app runs it by itself each day."""

    days: Mapping[Rule, int] = field(default_factory=lambda: MappingProxyType({}))
    automatic: bool = False

    def __post_init__(self) -> None:
        for rule, days in self.days.items():
            if not 1 <= days <= MOST_DAYS:
                raise BadValue("var.errors.retention_days", rule=rule.value, days=days, most=MOST_DAYS)
        object.__setattr__(self, "days", MappingProxyType(dict(self.days)))

    def document(self) -> dict[str, Any]:
        """The policy as a JSON-ready document: every rule with its days, or null."""
        return {"rules": {rule.value: self.days.get(rule) for rule in Rule}, "automatic": self.automatic}


def policy_of(archive: Archive) -> Policy:
    """The policy that holds. One that a newer program wrote with rules that are not known here deletes nothing by
    those."""
    text = archive.store.setting(NAME)
    if text is None:
        return Policy()
    told = json.loads(text)
    known = {rule.value for rule in Rule}
    days = {Rule(name): value for name, value in told["rules"].items() if name in known and value is not None}
    return Policy(days, bool(told["automatic"]))


def set_policy(archive: Archive, policy: Policy, *, by: str = "") -> Policy:
    """Keep another policy from now on; the change is noted for good. Raises ``NotAllowed``."""
    require(archive.person, Action.REMOVE)
    before = policy_of(archive)
    if before.days.get(Rule.SIGN_INS) != policy.days.get(Rule.SIGN_INS):
        require(archive.person, Action.KEEP_PEOPLE)
    if policy == before:
        return before
    with archive.store.write() as connection:
        put_setting(connection, NAME, json.dumps(policy.document(), sort_keys=True))
        log.write(connection, log.POLICY, policy.document(), by=_name(archive, by), account=archive.account)
    log.drain(archive.home, archive.store)
    return policy


def _name(archive: Archive, by: str) -> str:
    return by if archive.person is None else archive.person.name
