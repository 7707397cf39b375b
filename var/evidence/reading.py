"""Reading a package's files from a folder; a zip offers the same (``zip_reading``). Nothing is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from var.evidence.layout import is_moving
from var.evidence.limits import Limits
from var.evidence.names import check_name, check_together, shown
from var.evidence.verdict import Refused

CHUNK = 1 << 18


class Source(Protocol):
    """The files of a package: ``sizes`` in bytes by name, the names relative to the package's folder ``name``."""

    @property
    def name(self) -> str:
        """The name of the package's folder."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many bytes each file has."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece. Raises ``Refused`` where they are not what was announced."""

    def offset(self, name: str) -> int | None:
        """Where the bytes of a file begin in the zip; None in a folder."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A package in a folder; ``seen`` is device, number and size of each file when the folder was looked through."""

    path: Path
    name: str
    seen: Mapping[str, tuple[int, int, int]]

    @property
    def sizes(self) -> Mapping[str, int]:
        return {name: size for name, (_, _, size) in self.seen.items()}

    def chunks(self, name: str) -> Iterator[bytes]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        left = self.seen[name][2]
        try:
            with os.fdopen(os.open(self.path / name, flags), "rb", buffering=0) as stream:
                now = os.fstat(stream.fileno())
                if (now.st_dev, now.st_ino, now.st_size) != self.seen[name] or not stat.S_ISREG(now.st_mode):
                    raise Refused("changed_meanwhile", name)
                while piece := stream.read(CHUNK):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except OSError as fault:
            raise Refused("unreadable_file", name, params={"fault": fault.strerror or fault}) from fault
        if left:
            raise Refused("changed_meanwhile", name)

    def offset(self, name: str) -> int | None:
        return None


def read_folder(path: Path, limits: Limits) -> Folder:
    """What lies in a folder. Raises ``Refused`` for anything but plain files with plain names, and for too much."""
    seen: dict[str, tuple[int, int, int]] = {}
    try:
        _walk(path, "", seen, limits)
    except OSError as fault:
        raise Refused("unreadable_file", params={"fault": fault.strerror or fault}) from fault
    check_together(seen)
    if not is_moving(seen) and sum(size for _, _, size in seen.values()) > limits.total_bytes:
        raise Refused("too_large")
    return Folder(path, path.resolve().name, dict(sorted(seen.items())))


def _walk(folder: Path, prefix: str, seen: dict[str, tuple[int, int, int]], limits: Limits) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            found = os.lstat(entry.path)
            if stat.S_ISLNK(found.st_mode):
                raise Refused("link", shown(name))
            if stat.S_ISDIR(found.st_mode):
                if name.count("/") >= limits.depth:
                    raise Refused("too_deep", shown(name))
                check_name(name, limits)
                _walk(folder / entry.name, f"{name}/", seen, limits)
                continue
            if not stat.S_ISREG(found.st_mode):
                raise Refused("special_file", shown(name))
            check_name(name, limits)
            if found.st_nlink > 1:
                raise Refused("hard_link", name)
            seen[name] = (found.st_dev, found.st_ino, found.st_size)
            if len(seen) > limits.files:
                raise Refused("too_many_files")
