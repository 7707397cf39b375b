"""The packs at hand: those that ship with the program, and those that a venue put into its own data folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from touchline.errors import BadValue, TouchlineError
from var.rules.pack import Pack
from var.rules.reading import read_pack


@dataclass(frozen=True, slots=True)
class Shelf:
    """Packs by where they came from (``shipped`` or a path), and the files that were refused."""

    packs: tuple[tuple[str, Pack], ...]
    refused: tuple[tuple[str, TouchlineError], ...]

    def all(self) -> tuple[Pack, ...]:
        """The packs that can be used."""
        return tuple(pack for _, pack in self.packs)


@cache
def shipped() -> tuple[Pack, ...]:
    """The packs that ship with the program, by file name; read once a process, for every drawing of a page asks."""
    folder = resources.files("var").joinpath("rules", "packs")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(read_pack(file.read_bytes()) for file in files)


def blank() -> Path:
    """The blank pack to copy, with every key explained in it."""
    return Path(str(resources.files("var").joinpath("rules", "blank.toml")))


def own_folder(home: Path) -> Path:
    """Where a venue's own packs lie."""
    return home / "rules"


def shelf(home: Path) -> Shelf:
    """The shipped packs and those in ``home/rules/*.toml``. A pack of one's own hides the shipped one of its ``id``."""
    own: dict[str, tuple[str, Pack]] = {}
    refused: list[tuple[str, TouchlineError]] = []
    for path in _files(own_folder(home)):
        try:
            pack = read_pack(path)
        except TouchlineError as fault:
            refused.append((str(path), fault))
            continue
        if pack.id in own:
            refused.append((str(path), BadValue("var.errors.pack_twice", id=pack.id, other=own[pack.id][0])))
            continue
        own[pack.id] = (str(path), pack)
    kept = [("shipped", pack) for pack in shipped() if pack.id not in own]
    return Shelf(tuple(kept + list(own.values())), tuple(refused))


def _files(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError:
        return ()
