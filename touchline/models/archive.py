"""Reads the wanted files of a package's archive (of npm, or a wheel) into memory, each checked before anybody uses it.

Nothing is unpacked to the disk, so a name inside the archive cannot lead anywhere.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from touchline.errors import BadFile
from touchline.models.catalogue import Member

ENCRYPTED = 1
"""The bit of a zip entry's flags."""


def read(archive: Path, wanted: Collection[Member], package: str) -> dict[str, bytes]:
    """The content of the wanted files by their path, only of those that are what was pinned.

    A path that is absent, is no plain file, or has another size or SHA-256 is left out. Raises ``BadFile`` where the
    archive itself is cut or damaged: then nothing of it is used.
    """
    pinned = {member.path: member for member in wanted}
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    try:
        for name, data in _wheel(archive, pinned) if archive.suffix == ".whl" else _tar(archive, pinned):
            if name in seen:  # two files of one name: nobody can say which one is meant
                found.pop(name, None)
                continue
            seen.add(name)
            if data is not None and hashlib.sha256(data).hexdigest() == pinned[name].sha256:
                found[name] = data
    except (tarfile.TarError, zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error) as fault:
        raise BadFile("touchline.errors.model_archive", package=package, fault=fault) from fault
    return found


def _tar(archive: Path, pinned: Mapping[str, Member]) -> Iterator[tuple[str, bytes | None]]:
    """Each pinned name in the archive, with its content where it is a plain file of the right size."""
    with tarfile.open(archive, "r:gz") as tar:
        for entry in tar:
            member = pinned.get(entry.name)
            if member is not None:
                plain = entry.isreg() and entry.size == member.size_bytes
                stream = tar.extractfile(entry) if plain else None
                yield entry.name, stream.read() if stream else None


def _wheel(archive: Path, pinned: Mapping[str, Member]) -> Iterator[tuple[str, bytes | None]]:
    """The same of a wheel, which is a zip."""
    with zipfile.ZipFile(archive) as wheel:
        for entry in wheel.infolist():
            member = pinned.get(entry.filename)
            if member is not None:
                plain = entry.file_size == member.size_bytes and not entry.flag_bits & ENCRYPTED
                yield entry.filename, wheel.read(entry) if plain else None
