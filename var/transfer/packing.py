"""Puts a match's package together: the bag's own files, and either a folder or one ``.zip`` into which recordings are
streamed. What a recording hashes to was known before; that it still does is seen while it is read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from touchline.errors import BadFile
from touchline.files import sha256_of
from var.evidence.layout import (
    PAYLOAD,
)
from var.evidence.zipping import PACKED

BLOCK = 1 << 20
Read = Callable[[int], None]
"""Hears how many bytes were read just now."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that goes along: its name in the payload, where it lies, its size, the hash that it must have."""

    name: str
    label: str
    path: Path
    size: int
    sha256: str


def copy_in(folder: Path, recordings: Sequence[Recording], read: Read) -> None:
    """Copy recordings into the payload of ``folder``. Raises ``BadFile`` for one that is other than it was, and
    ``OSError``."""
    for each in recordings:
        target = folder / PAYLOAD / each.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            _pour(each, stream, read)
            stream.flush()
            os.fsync(stream.fileno())


def write_zip(
    folder: Path, recordings: Sequence[Recording], target: Path, *, name: str, written_utc: str, read: Read
) -> None:
    """Pack the files of ``folder`` and the ``recordings`` into ``target`` below the one folder ``name``: sorted, text
    deflated, recordings stored; the same bytes for the same files and time. ZIP64 where a size asks for it. Raises
    ``BadFile`` for a recording that is other than it was, and ``OSError``."""
    stamp = datetime.fromisoformat(written_utc).timetuple()[:6]
    files: dict[str, Path | Recording] = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }
    files |= {f"{PAYLOAD}/{each.name}": each for each in recordings}
    with zipfile.ZipFile(target, "w") as archive:
        for relative, source in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{name}/{relative}", stamp)
            entry.create_system = 3  # so that the mode is read as one; the same on every system
            entry.external_attr = 0o100644 << 16
            if isinstance(source, Recording):
                entry.file_size = source.size
                with archive.open(entry, "w") as packed:
                    _pour(source, packed, read)
                continue
            entry.compress_type = zipfile.ZIP_DEFLATED if source.suffix in PACKED else zipfile.ZIP_STORED
            entry.file_size = source.stat().st_size
            with source.open("rb") as stream, archive.open(entry, "w") as packed:
                while piece := stream.read(BLOCK):
                    packed.write(piece)
    with target.open("rb+") as stream:
        os.fsync(stream.fileno())


def _pour(recording: Recording, target: BinaryIO | zipfile._ZipWriteFile, read: Read) -> None:  # type: ignore[name-defined]
    digest, left = sha256(), recording.size
    with recording.path.open("rb") as stream:
        while piece := stream.read(BLOCK):
            left -= len(piece)
            if left < 0:
                break
            digest.update(piece)
            target.write(piece)
            read(len(piece))
    if left or digest.hexdigest() != recording.sha256:
        raise BadFile("var.errors.transfer_changed", camera=recording.label, path=recording.path)


def hashes_of(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file in the payload of ``folder``, by its name with ``data/``."""
    payload = folder / PAYLOAD
    return {
        path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(payload.rglob("*")) if path.is_file()
    }
