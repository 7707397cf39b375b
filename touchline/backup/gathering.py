"""What a backup takes of a data folder, and what it leaves out and why."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline.backup.places import DATABASE, Kind, is_media, is_named, kind_of, serves_a_moment

_PUBLIC = (".pub", ".pem")
MOST_NAMED = 200
"""How many single paths a backup names of what it left out; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the data folder: its path there, where its bytes lie, and how it was when it was found."""

    name: str
    path: Path
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Gathered:
    """``files`` are to be kept, without the database. ``left_out``: why, then what, how many and how large."""

    files: list[Found] = field(default_factory=list)
    left_out: dict[str, dict[str, Any]] = field(default_factory=dict)
    unnamed: list[str] = field(default_factory=list)
    """What lies in the folder and no package named; it is kept."""

    def leave(self, why: str, name: str, size: int = 0) -> None:
        """Say that something is not in the backup."""
        known = self.left_out.setdefault(why, {"why": why, "files": 0, "bytes": 0, "paths": []})
        known["files"] += 1
        known["bytes"] += size
        if len(known["paths"]) < MOST_NAMED:
            known["paths"].append(name)


def gather(home: Path, *, media: bool = True, keys: bool = True) -> Gathered:
    """The files of a data folder. Links are followed to where they lead, once: what is behind them belongs to the
    data. Raises ``OSError`` where a folder cannot be read."""
    found = Gathered()
    root = home.stat()
    _walk(home, "", found, [(root.st_dev, root.st_ino)], media=media, keys=keys)
    found.files.sort(key=lambda each: each.name)
    return found


def _walk(folder: Path, prefix: str, into: Gathered, above: list[tuple[int, int]], *, media: bool, keys: bool) -> None:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        name = prefix + entry.name
        if name == DATABASE or serves_a_moment(entry.name):
            continue
        try:
            name.encode()
        except UnicodeEncodeError:
            into.leave("name", name.encode("utf-8", "replace").decode())
            continue
        try:
            known = entry.stat()
        except OSError:
            into.leave("dead_link" if entry.is_symlink() else "gone", name)
            continue
        if not prefix and not is_named(entry.name):
            into.unnamed.append(name)
        if (kind := kind_of(name)) in (Kind.PASSING, Kind.FETCHED):
            _leave_all(entry, kind.value, name, known, into)
        elif stat.S_ISDIR(known.st_mode):
            here = (known.st_dev, known.st_ino)
            if here in above:
                into.leave("loop", name)
            else:
                _walk(Path(entry.path), f"{name}/", into, [*above, here], media=media, keys=keys)
        elif not stat.S_ISREG(known.st_mode):
            into.leave("no_file", name)
        elif not media and is_media(name):
            into.leave("media", name, known.st_size)
        elif not keys and kind is Kind.PRIVATE and not _is_public(Path(entry.path)):
            into.leave("keys", name, known.st_size)
        else:
            into.files.append(Found(name, Path(entry.path), known.st_size, known.st_mtime_ns))


def _leave_all(entry: os.DirEntry[str], why: str, name: str, known: os.stat_result, into: Gathered) -> None:
    """Leave out what is fetched again or waits for something, each file of it."""
    if stat.S_ISDIR(known.st_mode):
        for folder, _, files in os.walk(entry.path):
            for each in files:
                path = Path(folder) / each
                try:
                    size = path.stat().st_size
                except OSError:
                    size = 0
                told = f"{name}/{path.relative_to(entry.path).as_posix()}".encode("utf-8", "replace").decode()
                into.leave(why, told, size)
    else:
        into.leave(why, name, known.st_size)


def _is_public(path: Path) -> bool:
    return path.suffix in _PUBLIC and b"PRIVATE KEY" not in path.read_bytes()
