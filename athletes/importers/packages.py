"""Files inside others: ZIP archives member by member, gzip. Nothing is ever unpacked to the disk.

A package comes from strangers: how much comes out is counted while it comes, whatever its table says.
"""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from athletes.importers.common import MAX_BYTES
from touchline.errors import BadFile

MOST_MEMBERS = 20_000
MOST_UNPACKED = 2 * 2**30
"""All members together; only one of them is in memory at a time."""

MOST_RATIO = 200
"""Tables and XML pack to a twentieth at best; what unpacks to more than this is a bomb."""

SMALL = 2**20
"""Below this the ratio says nothing: a short file of zeros packs well."""

MB = 2**20
_PIECE = 1 << 18


class Readable(Protocol):
    """What gives its bytes piece by piece."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its name there, and its bytes or why it is refused."""

    name: str
    data: bytes | BadFile


def is_zip(head: bytes) -> bool:
    """True where a file begins as ZIP archives do."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def is_gzip(head: bytes) -> bool:
    """True where a file begins as gzip does."""
    return head[:3] == b"\x1f\x8b\x08"


def is_workbook(source: Path | bytes) -> bool:
    """True where a ZIP archive is an XLSX workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as package:
            return "xl/workbook.xml" in package.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return False


def members(source: Path | bytes, name: str) -> Iterator[Member]:
    """The files in a ZIP archive in their order; folders, hidden files and what macOS adds are left out.

    Raises ``BadFile``: ``damaged``, ``not_readable``, ``too_many_members``. A member that is refused (``encrypted``,
    ``outside_names``, ``nested_zip``, ``too_large``, ``bomb``, ``damaged``) says so itself, and the rest goes on.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir() and not _hidden(entry.filename)]
            if len(entries) > MOST_MEMBERS:
                raise BadFile("athletes.errors.too_many_members", name=name, count=len(entries), most=MOST_MEMBERS)
            left = MOST_UNPACKED
            for entry in entries:
                found: bytes | BadFile
                try:
                    found = _member(package, entry, left)
                    left -= len(found)
                except BadFile as refusal:
                    found = refusal
                    left -= int(refusal.params.get("unpacked", 0))
                yield Member(entry.filename, found)
    except BadFile:
        raise
    except OSError as fault:
        raise BadFile("athletes.errors.not_readable", name=name, fault=fault.strerror or fault) from fault
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, struct.error, EOFError) as fault:
        raise BadFile("athletes.errors.damaged", kind="ZIP", fault=str(fault)[:120]) from fault


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts)


def _member(package: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    path = entry.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0]:
        raise BadFile("athletes.errors.outside_names", name=entry.filename)
    if entry.flag_bits & 0x1:
        raise BadFile("athletes.errors.encrypted", name=entry.filename)
    try:
        with package.open(entry) as stream:
            data = _bounded(stream, entry.filename, entry.compress_size, left)
    except BadFile:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct.error,
    ) as fault:
        raise BadFile("athletes.errors.damaged", kind="ZIP", fault=str(fault)[:120]) from fault
    if is_zip(data[:4]) and not is_workbook(data):
        raise BadFile("athletes.errors.nested_zip", name=entry.filename, unpacked=len(data))
    return data


def _bounded(stream: Readable, name: str, packed: int, left: int) -> bytes:
    """All that ``stream`` gives, within the bounds. Raises ``BadFile``: ``bomb``, ``too_large``."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > SMALL and size > MOST_RATIO * max(packed, 1):
            raise BadFile("athletes.errors.bomb", name=name, unpacked=size, ratio=MOST_RATIO)
        if size > min(MAX_BYTES, left):
            limit = min(MAX_BYTES, max(left, 0))
            raise BadFile("athletes.errors.too_large", name=name, mb=size // MB, limit_mb=limit // MB, unpacked=size)
        pieces.append(piece)
    return b"".join(pieces)


def gunzipped(data: bytes, name: str) -> bytes:
    """What a gzip file holds. Raises ``BadFile``: ``bomb``, ``too_large``, ``damaged``, ``nested_zip``."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            found = _bounded(stream, name, len(data), MAX_BYTES)
    except BadFile:
        raise
    except (zlib.error, OSError, EOFError, ValueError, struct.error) as fault:
        raise BadFile("athletes.errors.damaged", kind="GZIP", fault=str(fault)[:120]) from fault
    if is_gzip(found) or (is_zip(found) and not is_workbook(found)):
        raise BadFile("athletes.errors.nested_zip", name=name)
    return found
