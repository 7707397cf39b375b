"""What the packages hold of one person, so that it can be handed over and erased whole.

Whoever keeps something of people says so through the entry points ``touchline.personal``: a ``Personal``. A person is
known by the opaque id alone. The one who joins them is ``athletes.people``; siblings do not know each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

GROUP = "touchline.personal"


@dataclass(frozen=True, slots=True)
class Personal:
    """What a package holds of a person in the data folder ``home``.

    ``held(home, id)`` gives files (path in the export, content). ``hindered(home, id)`` names what works with the
    person's data now, so that they cannot be erased at this moment. ``erase(home, id)`` takes all of it away, also
    where an earlier call was cut short, and says how much of what. ``named(home, name)`` says where free text still
    holds a name that was erased. ``tables`` are those that ``erase`` deletes from: whoever joins packages has them
    written anew afterwards (``Store.scrub``).
    """

    held: Callable[[Path, str], Iterator[tuple[str, bytes]]]
    hindered: Callable[[Path, str], list[str]]
    erase: Callable[[Path, str], Mapping[str, int]]
    named: Callable[[Path, str], list[str]]
    tables: tuple[str, ...] = ()


@cache
def personals() -> tuple[Personal, ...]:
    """What every installed package says of itself."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple(point.load() for point in points)
