"""Who may do what: roles, actions, and the one table that joins them. Everything else asks here.

A person may hold several roles and may do what any of them may. What a program does for the owner of the machine (the
command line, a recorder) has no person: whoever can open the data folder holds all of it anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from touchline.errors import TouchlineError
from touchline.i18n import t

SCOPE_KEY = "touchline_person"
"""Where the scope of a request (ASGI) holds the ``Person`` who asks, once a session was found."""


class Role(StrEnum):
    """What an account is for."""

    REFEREE = "referee"
    """Decides: referee, VAR, AVAR, and their likes in other sports."""
    OPERATOR = "operator"
    """Runs cameras and replay for those who decide."""
    ORGANISER = "organiser"
    COACH = "coach"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What may be allowed or refused."""

    WATCH = "watch"
    """See a competition's matches: pictures, sound, time line, clean screen, what was reviewed."""
    LEAD = "lead"
    """Lead the clean screens and write the log of looks."""
    RECORD = "record"
    """Record, and bring recordings and annotations in."""
    SET_UP = "set_up"
    """Say what a match is: names, teams, officials, periods."""
    PREPARE = "prepare"
    """Angles, clocks and calibrations."""
    MARK = "mark"
    """Incidents, marks on pictures, bookmarks; requests that others made."""
    DECIDE = "decide"
    """Judge and decide: the steps of a review, thresholds, fouls, decisions."""
    REPORT = "report"
    """Make incident folders."""
    REMOVE = "remove"
    """Put matches away, bring them back, delete them for good."""
    SEE_TRAINING = "see_training"
    KEEP_TRAINING = "keep_training"
    """Bring training files in and change what is kept of athletes."""
    ERASE_ATHLETES = "erase_athletes"
    """Erase everything that is kept of one athlete, for good."""
    SEE_ACCESS = "see_access"
    """Read who opened, changed or exported whose health data."""
    KEEP_PEOPLE = "keep_people"
    """Accounts, roles, and who signed in."""
    BACK_UP = "back_up"
    """Make backups, which hold everything of everyone."""


_REFEREE = frozenset(
    {
        Action.WATCH,
        Action.LEAD,
        Action.RECORD,
        Action.SET_UP,
        Action.PREPARE,
        Action.MARK,
        Action.DECIDE,
        Action.REPORT,
    }
)

RIGHTS: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.REFEREE: _REFEREE,  # with Football Video Support the referee is alone at the screen
        Role.OPERATOR: _REFEREE - {Action.DECIDE},
        Role.ORGANISER: frozenset({Action.WATCH, Action.RECORD, Action.SET_UP, Action.REPORT, Action.REMOVE}),
        Role.COACH: frozenset({Action.SEE_TRAINING, Action.KEEP_TRAINING, Action.ERASE_ATHLETES}),
        Role.ANALYST: frozenset({Action.SEE_TRAINING}),
        Role.ADMINISTRATOR: frozenset(
            {Action.KEEP_PEOPLE, Action.BACK_UP, Action.ERASE_ATHLETES, Action.SEE_ACCESS}
        ),  # an administrator who also decides holds two roles
    }
)
"""What each role may do; what is not here is refused."""


def roles_for(action: Action) -> tuple[Role, ...]:
    """The roles that may do ``action``, in the order of ``Role``."""
    return tuple(role for role in Role if action in RIGHTS[role])


class NotAllowed(TouchlineError, PermissionError):
    """Somebody who signed in may not do this; says who may."""

    def __init__(self, person: Person, action: Action) -> None:
        self.person, self.action = person, action
        super().__init__("touchline.errors.not_allowed", person=person.name, action=action.value)

    def __str__(self) -> str:  # OSError has a __str__ of its own
        return TouchlineError.__str__(self)

    def detail(self, lang: str = "en") -> str:
        """What was refused, in ``lang``."""
        action = t(f"touchline.rights.action.{self.action.value}", lang)
        return t(f"{self.code}.detail", lang, person=self.person.name, action=action)

    def hint(self, lang: str = "en") -> str:
        """Who may do it, in ``lang``."""
        roles = ", ".join(t(f"touchline.rights.role.{role.value}", lang) for role in roles_for(self.action))
        return t(f"{self.code}.hint", lang, roles=roles)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in: an opaque ``id``, the ``name`` that stands on what they do, and their roles."""

    id: str
    name: str
    roles: frozenset[Role]

    def may(self, action: Action) -> bool:
        """Whether one of the roles allows ``action``."""
        return any(action in RIGHTS[role] for role in self.roles)


def refused(person: Person | None, action: Action) -> NotAllowed | None:
    """Why ``person`` may not do ``action``, naming the roles that may; None where they may. Without a person the
    machine's owner acts and may do everything."""
    return None if person is None or person.may(action) else NotAllowed(person, action)


def require(person: Person | None, action: Action) -> None:
    """Nothing, where ``person`` may do ``action``; else raises what ``refused`` gives."""
    refusal = refused(person, action)
    if refusal is not None:
        raise refusal
