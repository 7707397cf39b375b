"""Which roles of a pack may say what: derived from its protocol, so that no pack has to name rights."""

from __future__ import annotations

from touchline.errors import NotFound
from var.decisions.model import Actor
from var.decisions.refusing import Refused
from var.rules.choosing import Rulebook
from var.rules.words import Effect, Result

DECIDED = frozenset({Result.CHANGED, Result.STANDS, Result.INCONCLUSIVE})


def officials(rules: Rulebook) -> frozenset[str]:
    """The roles of this format that belong to no team."""
    return frozenset(role for role in rules.format.roles if not rules.pack.roles[role].team)


def judges(rules: Rulebook) -> frozenset[str]:
    """Officials who take a step other than recording a failure: they judge thresholds and answer for slow motion."""
    by = {role for step in rules.protocol.steps if Effect.RECORD_FAILURE not in step.effects for role in step.by}
    return officials(rules) & by


def deciders(rules: Rulebook) -> frozenset[str]:
    """Officials who bring a review to its decision."""
    by = {role for step in rules.protocol.steps if step.result in DECIDED for role in step.by}
    return officials(rules) & by


def reporters(rules: Rulebook) -> frozenset[str]:
    """Officials who record a technical failure; all officials where the protocol names nobody."""
    by = {role for step in rules.protocol.steps if Effect.RECORD_FAILURE in step.effects for role in step.by}
    return officials(rules) & by or officials(rules)


def present(rules: Rulebook, actor: Actor) -> Actor:
    """``actor`` where it is a named person in a role of this format, with a side if the role belongs to a team.

    Raises ``BadValue`` without a name or a side, ``NotFound`` for a role that the format does not have.
    """
    if not actor.name.strip():
        raise Refused("var.errors.nobody_acts")
    if actor.role not in rules.format.roles:
        known = tuple(rules.pack.roles[role].name for role in rules.format.roles)
        raise NotAtHand("var.errors.no_such_role", role=actor.role, known=known)
    if rules.pack.roles[actor.role].team and not (actor.side or "").strip():
        raise Refused("var.errors.side_missing", role=rules.pack.roles[actor.role].name)
    return actor


def only(rules: Rulebook, actor: Actor, roles: frozenset[str]) -> Actor:
    """``actor`` where the role is one of ``roles``. Raises ``BadValue`` naming them."""
    present(rules, actor)
    if actor.role not in roles:
        names = tuple(rules.pack.roles[role].name for role in rules.format.roles if role in roles)
        raise Refused("var.errors.not_your_role", role=rules.pack.roles[actor.role].name, roles=names)
    return actor


class NotAtHand(Refused, NotFound):
    """Something is asked for that the rules of this match do not have."""
