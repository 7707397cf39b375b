"""Where a recorder puts what it has: the door between those who listen and those who keep."""

from __future__ import annotations

from typing import Protocol

from wearables.model import Event, Frame


class Sink(Protocol):
    """Takes rows in the order in which they happened. ``put`` returns at once and never raises: keeping them is the
    sink's business, and it says in an event of its own (``EventKind.STORE``) where it cannot."""

    def put(self, row: Frame | Event) -> None:
        """Keep ``row``."""
