"""What ``catalogue.toml`` says: the pinned packages, their members that are used, and the files built of them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from touchline.errors import NotFound

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class Member:
    """A stretch of a file inside a package's archive; hash and size are those of the whole file."""

    path: str
    sha256: str
    size_bytes: int
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry at one exact version: npm's, or the Python one's where ``registry`` is ``pypi``."""

    name: str
    version: str
    size_bytes: int
    """Of the packed archive: told to people, not checked (the registry may pack anew)."""
    licence: str
    source: str
    members: dict[str, Member]
    registry: str = "npm"
    sha256: str = ""
    """Of a wheel as a whole, which pip checks; empty for npm."""
    terms: tuple[str, ...] = ()
    """Members whose text is kept with the licence."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is built: ``build`` names a function of ``touchline.models.build``."""

    part: str
    name: str
    sha256: str
    size_bytes: int
    build: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model with all its files. Its texts are the table ``name`` of ``locales/models.<lang>.toml``."""

    name: str
    package: Package
    files: tuple[File, ...]

    @property
    def notice(self) -> str:
        """Name of the file with origin and licence that lies beside the model."""
        return f"{self.name}.licence.txt"

    def part(self, part: str) -> File:
        """The file called ``part``. Raises ``NotFound``."""
        for file in self.files:
            if file.part == part:
                return file
        raise NotFound(
            "touchline.errors.no_such_model",
            name=f"{self.name}/{part}",
            known=", ".join(f"{self.name}/{file.part}" for file in self.files),
        )


def load(path: Path) -> dict[str, Model]:
    """The models of the catalogue at ``path`` by name, in its order. A fault in it is a bug."""
    card: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    packages = {}
    for key, entry in card["packages"].items():
        members = {name: Member(**member) for name, member in entry.pop("members").items()}
        packages[key] = Package(**{**entry, "terms": tuple(entry.get("terms", ()))}, members=members)
    return {
        name: Model(
            name,
            packages[entry["package"]],
            tuple(File(**{**file, "members": tuple(file["members"])}) for file in entry["files"]),
        )
        for name, entry in card["models"].items()
    }


@lru_cache(maxsize=4)
def _loaded(path: Path) -> dict[str, Model]:
    return load(path)


def models() -> dict[str, Model]:
    """All known models by name."""
    return _loaded(CATALOGUE)


def model(name: str) -> Model:
    """The model called ``name``. Raises ``NotFound``."""
    known = models()
    if name not in known:
        raise NotFound("touchline.errors.no_such_model", name=name, known=", ".join(known))
    return known[name]
