"""Rights: the whole table of roles and actions, what a refusal says, and who acts without a name."""

from __future__ import annotations

from itertools import combinations

import pytest

from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES, t
from touchline.rights import RIGHTS, Action, NotAllowed, Person, Role, refused, require, roles_for

WHO = {
    "R": Role.REFEREE,
    "O": Role.OPERATOR,
    "G": Role.ORGANISER,
    "C": Role.COACH,
    "A": Role.ANALYST,
    "D": Role.ADMINISTRATOR,
}
TABLE = {
    Action.WATCH: "ROG",
    Action.LEAD: "RO",
    Action.RECORD: "ROG",
    Action.SET_UP: "ROG",
    Action.PREPARE: "RO",
    Action.MARK: "RO",
    Action.DECIDE: "R",
    Action.REPORT: "ROG",
    Action.REMOVE: "G",
    Action.SEE_TRAINING: "CA",
    Action.KEEP_TRAINING: "C",
    Action.ERASE_ATHLETES: "CD",
    Action.SEE_ACCESS: "D",
    Action.KEEP_PEOPLE: "D",
    Action.BACK_UP: "D",
}
"""Who may do what, written out once more: a right that moves has to move here too."""

EVERY = pytest.mark.parametrize(("role", "action"), [(role, action) for role in Role for action in Action])


def person(*roles: Role) -> Person:
    """Somebody who holds ``roles``."""
    return Person("p-1", "Trần Thị Lan", frozenset(roles))


def expected(action: Action) -> set[Role]:
    return {WHO[letter] for letter in TABLE[action]}


@EVERY
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    allowed = role in expected(action)
    assert person(role).may(action) is allowed
    assert (refused(person(role), action) is None) is allowed
    if allowed:
        require(person(role), action)
    else:
        with pytest.raises(NotAllowed):
            require(person(role), action)


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(Action)
    assert set(WHO.values()) == set(Role) == set(RIGHTS)
    for action in Action:
        assert roles_for(action) == tuple(role for role in Role if role in expected(action))


@pytest.mark.parametrize("roles", list(combinations(Role, 2)), ids=lambda pair: "+".join(pair))
def test_two_roles_may_do_what_either_may(roles: tuple[Role, Role]) -> None:
    both = person(*roles)
    assert {action for action in Action if both.may(action)} == {
        action for action in Action if expected(action) & set(roles)
    }


@pytest.mark.parametrize("action", Action)
def test_no_role_may_nothing_and_the_owner_of_the_machine_everything(action: Action) -> None:
    assert not person().may(action)
    with pytest.raises(NotAllowed):
        require(person(), action)
    require(None, action)
    assert refused(None, action) is None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("action", Action)
def test_a_refusal_names_who_asked_what_was_asked_and_every_role_that_may(action: Action, lang: str) -> None:
    refusal = NotAllowed(person(), action)
    assert isinstance(refusal, TouchlineError)
    assert isinstance(refusal, PermissionError)
    document = refusal.document(lang)
    assert (document["status"], document["code"]) == ("refused", "not_allowed")
    assert "Trần Thị Lan" in document["detail"]
    assert t(f"touchline.rights.action.{action.value}", lang) in document["detail"]
    may = [t(f"touchline.rights.role.{role.value}", lang) for role in Role if role in expected(action)]
    assert f": {', '.join(may)}. " in document["hint"]
    assert str(refusal) == f"{refusal.detail()} {refusal.hint()}"
