"""What lies in a data folder, said by each package that puts something there (entry points ``touchline.keeping``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from touchline import access
from touchline.accounts.kept import OWNER
from touchline.accounts.model import MIGRATIONS
from touchline.errors import Missing
from touchline.store import Migration

DATABASE = "touchline.db"
_PASSING = re.compile(r"\..*|lock|.*\.lock(-journal)?|touchline\.db-(wal|shm|journal)")
"""Names of what serves a moment: locks, files that are being written, the database's own."""


class Kind(StrEnum):
    """What becomes of something in a backup."""

    KEPT = "kept"
    PRIVATE = "private"
    """Kept; holds private keys, which can be left out."""
    FETCHED = "fetched"
    """Not kept: can be fetched again."""
    PASSING = "passing"
    """Not kept: serves a moment."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder directly in a data folder."""

    name: str
    kind: Kind


Bound = Callable[[str], int | None]
"""How many bytes of a file (by its path in the data folder) belong to the state that is kept; None: all of it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Which backup a data folder is restored from: when it was made, and the SHA-256 of its tag manifest."""

    made_utc: str
    sha256: str


def _nobody(home: Path) -> list[str]:
    return []


def _all(home: Path, database: Path) -> Bound:
    return lambda path: None


def _nothing(home: Path, origin: Restored) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a package has in a data folder.

    ``media``: a pattern of the paths that are left out without media. ``users(home)`` names what works there now.
    ``bound(home, database)``: what belongs to the state of this copy of the database. ``outside(database)``: files that
    belong to the data and lie elsewhere. ``restored(home, origin)`` notes in a restored folder where it came from.
    """

    places: tuple[Place, ...]
    migrations: Mapping[str, Sequence[Migration]] = field(default_factory=dict)
    media: str | None = None
    users: Callable[[Path], list[str]] = _nobody
    bound: Callable[[Path, Path], Bound] = _all
    outside: Callable[[Path], list[str]] = _nobody
    restored: Callable[[Path, Restored], dict[str, Any]] = _nothing


KEEPING = Keeping(
    places=(
        Place(DATABASE, Kind.KEPT),
        Place("keys", Kind.PRIVATE),
        Place("models", Kind.FETCHED),
    ),
    migrations={OWNER: MIGRATIONS, access.OWNER: access.MIGRATIONS},
)
"""What the kernel has there."""


@cache
def keepings() -> tuple[Keeping, ...]:
    """What every installed package says of itself. Raises ``Missing`` where the installation is of an older state: a
    backup by half of what there is would not fit together."""
    points = sorted(entry_points(group="touchline.keeping"), key=lambda point: point.name)
    found = tuple(point.load() for point in points)
    if KEEPING not in found:
        raise Missing("touchline.errors.stale_installation")
    return found


def serves_a_moment(path: str) -> bool:
    """Whether a file is a lock, one that is being written, or the database's own, by its path in the data folder."""
    return any(_PASSING.fullmatch(part) for part in path.split("/"))


def kind_of(path: str) -> Kind:
    """What becomes of a file in a backup, by its path in the data folder. What nobody named is kept: it may be all
    that somebody has."""
    if serves_a_moment(path):
        return Kind.PASSING
    named = {place.name: place.kind for keeping in keepings() for place in keeping.places}
    return named.get(path.split("/")[0], Kind.KEPT)


def is_named(name: str) -> bool:
    """Whether something directly in a data folder is one that a package named, or serves a moment."""
    named = {place.name for keeping in keepings() for place in keeping.places}
    return name in named or serves_a_moment(name)


def is_media(path: str) -> bool:
    """Whether a file is left out of a backup without media."""
    return any(keeping.media and re.fullmatch(keeping.media, path) for keeping in keepings())


def known_migrations() -> Iterator[tuple[str, str]]:
    """Owner and name of every change of the database's shape that this program knows."""
    for keeping in keepings():
        for owner, steps in keeping.migrations.items():
            yield from ((owner, step.name) for step in steps)


def users(home: Path) -> list[str]:
    """What works in a data folder now, by name."""
    return [name for keeping in keepings() for name in keeping.users(home)]
