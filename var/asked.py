"""Whether who sent a request may have what it asks for: the routes' side of ``touchline.rights``.

The gate before the app puts the ``Person`` who signed in into a request's scope. A device that joined with the viewers'
key signs in as nobody and may watch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchline.errors import TouchlineError
from touchline.rights import SCOPE_KEY, Action, NotAllowed, Person, refused
from var.serve.door import ROLE
from var.serve.keys import Role

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


class NotSignedIn(TouchlineError, PermissionError):
    """A request that nobody signed in for, and that is not a viewer's."""

    def __init__(self) -> None:
        super().__init__("var.errors.not_signed_in")

    def __str__(self) -> str:  # OSError has a __str__ of its own
        return TouchlineError.__str__(self)


REFUSALS = (NotAllowed, NotSignedIn)
"""What a request is answered with 403 for."""


def person_of(scope: Mapping[str, Any]) -> Person | None:
    """Who signed in, where a request's scope says so."""
    found = scope.get(SCOPE_KEY)
    return found if isinstance(found, Person) else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What requests may ask for. ``gated``: the gate stands before the app, so that a request without a person is a
    viewer's or nobody's; without a gate it is the machine's owner or a device with the operators' key."""

    gated: bool = True

    def refusal(self, scope: Mapping[str, Any], action: Action) -> TouchlineError | None:
        """Why who asks may not do ``action``; None where they may."""
        person, viewer = person_of(scope), scope.get(ROLE) is Role.VIEWER
        if viewer and action is not Action.WATCH:  # whoever signed in: the device was given to look
            return NotSignedIn()
        if person is not None or viewer:
            return refused(person, action)
        return NotSignedIn() if self.gated else None

    def may_watch(self, connection: HTTPConnection, match: object) -> bool:
        """True, for ``routes`` and ``follow_routes``. Raises one of ``REFUSALS`` for who may not see matches."""
        return self._asking(connection, Action.WATCH)

    def may_lead(self, connection: HTTPConnection, match: object) -> bool:
        """Whether who asks may lead screens and write the log of looks, for ``follow_routes``."""
        return self.refusal(connection.scope, Action.LEAD) is None

    def may_record(self, connection: HTTPConnection) -> bool:
        """True, for ``upload_routes``. Raises one of ``REFUSALS`` for who may not bring recordings in."""
        return self._asking(connection, Action.RECORD)

    def may(self, connection: HTTPConnection, action: Action) -> bool:
        """True, for routes of others. Raises one of ``REFUSALS`` for who may not do ``action``."""
        return self._asking(connection, action)

    def _asking(self, connection: HTTPConnection, action: Action) -> bool:
        refusal = self.refusal(connection.scope, action)
        if refusal is not None:
            raise refusal
        return True
