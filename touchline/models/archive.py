"""Reads the wanted files of an npm package's archive into memory, each checked before anybody uses it.

Nothing is unpacked to the disk, so a name inside the archive cannot lead anywhere.
"""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path

from touchline.errors import BadFile
from touchline.models.catalogue import Member


def read(archive: Path, wanted: Collection[Member], package: str) -> dict[str, bytes]:
    """The content of the wanted files by their path, only of those that are what was pinned.

    A path that is absent, is no plain file, or has another size or SHA-256 is left out. Raises ``BadFile`` where the
    archive itself is cut or damaged: then nothing of it is used.
    """
    pinned = {member.path: member for member in wanted}
    found: dict[str, bytes] = {}
    seen: set[str] = set()
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for entry in tar:
                member = pinned.get(entry.name)
                if member is None:
                    continue
                if entry.name in seen:  # two files of one name: nobody can say which one is meant
                    found.pop(entry.name, None)
                    continue
                seen.add(entry.name)
                if not entry.isreg() or entry.size != member.size_bytes:
                    continue
                stream = tar.extractfile(entry)
                data = stream.read() if stream else b""
                if hashlib.sha256(data).hexdigest() == member.sha256:
                    found[entry.name] = data
    except (tarfile.TarError, EOFError, OSError, zlib.error) as fault:
        raise BadFile("touchline.errors.model_archive", package=package, fault=fault) from fault
    return found
