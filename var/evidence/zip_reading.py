"""Reading a package in a zip, strictly: one way to read it, no byte that belongs to nothing, nothing unpacked.

Other programs read zips from other ends (the directory at the end, or the headers before each file). So both must
say the same of every file, the files must lie one behind the other without a gap from the first byte to the
directory, and forms that a package has no need of (comments, extra fields, data descriptors) are refused. ZIP64 is read
where the package is a match's, whose recordings may be that large. The layout is that of PKWARE's APPNOTE 6.3, sections
4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from var.evidence.layout import is_moving
from var.evidence.limits import MIB, Limits
from var.evidence.names import check_name, check_together, shown
from var.evidence.reading import CHUNK
from var.evidence.verdict import Refused

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_64, _LOCATOR_64 = struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
_END_MARK, _CENTRAL_MARK, _LOCAL_MARK, _MARK_64 = b"PK\5\6", b"PK\1\2", b"PK\3\4", b"PK\6\7"
_END_MARK_64 = b"PK\6\6"
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_EXTRA_64 = 1
_ENCRYPTED, _DESCRIPTOR, _STRONG, _UTF8, _MASKED = 1, 8, 64, 0x800, 0x2000
_STORED, _DEFLATED = 0, 8
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a zip: ``header`` is where its own header begins, ``begins`` where its bytes do."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    header: int
    begins: int


@dataclass(frozen=True, slots=True)
class Zip:
    """A package in a zip; its files without the folder that holds them all."""

    path: Path
    name: str
    entries: Mapping[str, Entry]

    @property
    def sizes(self) -> Mapping[str, int]:
        return {name: entry.size for name, entry in self.entries.items()}

    def offset(self, name: str) -> int | None:
        return self.entries[name].begins

    def chunks(self, name: str) -> Iterator[bytes]:
        entry = self.entries[name]
        crc, out = 0, 0
        try:
            for piece in self._unpacked(entry):
                crc, out = zlib.crc32(piece, crc), out + len(piece)
                if out > entry.size + MIB:
                    raise Refused("zip_bomb", name, offset=entry.begins, in_zip=True)
                if out <= entry.size:  # a little more comes of damage; more and more is meant
                    yield piece
        except zlib.error:
            crc = -1
        except OSError as fault:
            raise Refused("unreadable_file", name, params={"fault": fault.strerror or fault}) from fault
        if crc != entry.crc or out != entry.size:
            raise Refused("zip_damaged", name, offset=entry.begins, in_zip=True)

    def _unpacked(self, entry: Entry) -> Iterator[bytes]:
        unpack = zlib.decompressobj(-15) if entry.method == _DEFLATED else None
        with self.path.open("rb") as stream:
            stream.seek(entry.begins)
            left = entry.packed
            while left:
                piece = stream.read(min(CHUNK, left))
                if not piece:
                    raise zlib.error("cut")
                left -= len(piece)
                if unpack is None:
                    yield piece
                    continue
                while piece:
                    made = unpack.decompress(piece, CHUNK)
                    if made:
                        yield made
                    if unpack.unused_data or (unpack.eof and left):
                        raise zlib.error("bytes behind the end")
                    piece = unpack.unconsumed_tail
                    if not made and piece:
                        raise zlib.error("stuck")
            while unpack is not None and not unpack.eof:
                made = unpack.decompress(b"", CHUNK)
                if not made:
                    raise zlib.error("cut")
                yield made


def read_zip(path: Path, limits: Limits) -> Zip:
    """What a zip holds. Raises ``Refused``, by the name of what is wrong, for all that is not one plain folder."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            count, start, length, large = _end(stream, size, limits)
            stream.seek(start)
            listed = _listed(stream.read(length), count, start, limits)
            large = large or next((each.at for each in listed if each.large), None)
            entries = [_with_header(stream, entry, start) for entry in listed]
    except OSError as fault:
        raise Refused("unreadable_file", params={"fault": fault.strerror or fault}) from fault
    check_together(entry.name for entry in entries)
    _check_places(entries, start)
    if large is not None and not is_moving({entry.name.partition("/")[2] for entry in entries}):
        raise Refused("zip_64", offset=large, in_zip=True)
    # What is stored is no more than what lies on the disk already.
    if sum(entry.size for entry in entries if entry.method != _STORED) > limits.total_bytes:
        raise Refused("too_large")
    for entry in entries:
        if entry.size > MIB and entry.size > limits.ratio * entry.packed:
            raise Refused("zip_bomb", entry.name, offset=entry.begins, in_zip=True)
    folders = {entry.name.partition("/")[0] for entry in entries}
    if len(folders) != 1 or any("/" not in entry.name for entry in entries):
        raise Refused("not_a_package")
    (folder,) = folders
    inside = {entry.name.partition("/")[2]: entry for entry in entries}
    return Zip(path, folder, dict(sorted(inside.items())))


def _end(stream: BinaryIO, size: int, limits: Limits) -> tuple[int, int, int, int | None]:
    """How many files the directory at the end lists, where it begins, its length in bytes, and where a ZIP64 end stands
    (None without one)."""
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise Refused("zip_broken", offset=size, in_zip=True)
    end = size - len(tail) + at
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
    if end + _END.size != size:  # a comment too: its bytes belong to nothing
        raise Refused("zip_around", offset=end + _END.size, in_zip=True)
    large = None
    if at >= _LOCATOR_64.size and tail[at - _LOCATOR_64.size : at][:4] == _MARK_64:
        told = (disk, first_disk, here, count, length, start)
        here, count, length, start, large = _end_64(stream, end - _LOCATOR_64.size, told)
        end = large
    elif _FULL_16 in (here, count) or _FULL_32 in (length, start):
        raise Refused("zip_64", offset=end, in_zip=True)
    if comment or disk or first_disk or here != count or not count:
        raise Refused("zip_broken", offset=end, in_zip=True)
    if count > limits.files:
        raise Refused("too_many_files", offset=end, in_zip=True)
    if length > count * (_CENTRAL.size + 3 * limits.name) or start + length > end:
        raise Refused("zip_broken", offset=end, in_zip=True)
    if start + length < end:  # what precedes the zip shifts it, what stands before the end belongs to nothing
        raise Refused("zip_around", offset=start + length, in_zip=True)
    return count, start, length, large


def _end_64(stream: BinaryIO, locator: int, told: tuple[int, ...]) -> tuple[int, int, int, int, int]:
    """What a ZIP64 end says in the stead of the other one, and where it begins; what both say must be the same."""
    at = locator - _END_64.size
    if at < 0:
        raise Refused("zip_broken", offset=locator, in_zip=True)
    stream.seek(at)
    mark, size, _, needed, disk, first_disk, here, count, length, start = _END_64.unpack(stream.read(_END_64.size))
    _, record_disk, where, disks = _LOCATOR_64.unpack(stream.read(_LOCATOR_64.size))
    form = mark == _END_MARK_64 and size == _END_64.size - 12 and needed == 45 and where == at
    if not form or disk or first_disk or record_disk or disks != 1:
        raise Refused("zip_broken", offset=at, in_zip=True)
    full = (_FULL_16, _FULL_16, _FULL_16, _FULL_16, _FULL_32, _FULL_32)
    if any(a not in (b, most) for a, b, most in zip(told, (0, 0, here, count, length, start), full, strict=True)):
        raise Refused("zip_mismatch", offset=at, in_zip=True)
    return here, count, length, start, at


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the directory says of a file; ``at`` is where it says so, ``large`` whether in the form of ZIP64."""

    name: bytes
    told: tuple[int, ...]
    header: int
    at: int
    large: bool


def _listed(directory: bytes, count: int, start: int, limits: Limits) -> list[_Listed]:
    found: list[_Listed] = []
    at = 0
    for _ in range(count):
        place: dict[str, Any] = {"offset": start + at, "in_zip": True}
        if len(directory) - at < _CENTRAL.size or directory[at : at + 4] != _CENTRAL_MARK:
            raise Refused("zip_broken", **place)
        fields = _CENTRAL.unpack_from(directory, at)
        (made_by, needed, flags, method, time, day, crc, packed, size) = fields[1:10]
        (name_length, extra, comment, disk, kind, attributes, header) = fields[10:]
        name = directory[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
        text = name.decode("utf-8", "backslashreplace")
        path = shown(text)
        if len(name) != name_length:
            raise Refused("zip_broken", **place)
        check_name(text, limits, **place)
        more = directory[at + _CENTRAL.size + name_length :][:extra]
        large = _FULL_32 in (packed, size, header)
        if comment or (extra and not large):
            raise Refused("zip_extra", path, **place)
        if large:
            size, packed, header = _sizes_64(more, (size, packed, header), path, place)
        _check_flags(flags, path, place)
        if method not in (_STORED, _DEFLATED):
            raise Refused("zip_method", path, **place)
        mode = attributes >> 16 if made_by >> 8 == _UNIX else 0
        if stat.S_ISLNK(mode):
            raise Refused("link", path, **place)
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise Refused("special_file", path, **place)
        if disk or kind > 1 or needed not in (10, 20, 45) or made_by & 0xFF > 63:
            raise Refused("zip_broken", path, **place)
        if method == _STORED and packed != size:
            raise Refused("zip_mismatch", path, **place)
        told = (needed, flags, method, time, day, crc, packed, size)
        found.append(_Listed(name, told, header, start + at, large or needed == 45))
        at += _CENTRAL.size + name_length + extra
    if at != len(directory):
        raise Refused("zip_around", offset=start + at, in_zip=True)
    return found


def _sizes_64(extra: bytes, told: tuple[int, ...], path: str, place: Mapping[str, Any]) -> list[int]:
    """``told`` with what the extra field of ZIP64 says where they are full; it says that and nothing else."""
    full = sum(value == _FULL_32 for value in told)
    if len(extra) != 4 + 8 * full or struct.unpack_from("<2H", extra) != (_EXTRA_64, 8 * full):
        raise Refused("zip_64" if not extra else "zip_extra", path, **place)
    given = iter(struct.unpack_from(f"<{full}Q", extra, 4))
    return [next(given) if value == _FULL_32 else value for value in told]


def _check_flags(flags: int, path: str, place: Mapping[str, Any]) -> None:
    if flags & (_ENCRYPTED | _STRONG | _MASKED):
        raise Refused("zip_encrypted", path, **place)
    if flags & _DESCRIPTOR:
        raise Refused("zip_descriptor", path, **place)
    if flags & ~(_UTF8 | 6):  # bits 1 and 2 say how hard deflate tried
        raise Refused("zip_broken", path, **place)


def _with_header(stream: BinaryIO, listed: _Listed, start: int) -> Entry:
    """The file with what its own header says, which must be the very same."""
    stream.seek(listed.header)
    head = stream.read(_LOCAL.size + len(listed.name) + 20)
    path, at = listed.name.decode("ascii"), listed.header
    named = _LOCAL.size + len(listed.name)
    if len(head) < named or head[:4] != _LOCAL_MARK or at >= start:
        raise Refused("zip_mismatch", path, offset=listed.at, in_zip=True)
    *told, name_length, extra = _LOCAL.unpack_from(head)[1:]
    if listed.large and extra and told[6:] == [_FULL_32, _FULL_32]:
        told[7], told[6], _ = _sizes_64(head[named:][:extra], (_FULL_32, _FULL_32, 0), path, {"offset": at})
        extra = 0
        begins = at + named + 20
    else:
        begins = at + named
    if listed.large and told[0] in (10, 20):  # ZIP64 may be asked for by its place alone, which a header does not say
        told[0] = listed.told[0]
    if tuple(told) != listed.told or name_length != len(listed.name) or head[_LOCAL.size : named] != listed.name:
        raise Refused("zip_mismatch", path, offset=at, in_zip=True)
    if extra:
        raise Refused("zip_extra", path, offset=at, in_zip=True)
    _, _, method, _, _, crc, packed, size = told
    return Entry(path, method, crc, packed, size, at, begins)


def _check_places(entries: list[Entry], start: int) -> None:
    """Raises ``Refused`` where files share bytes, or where bytes lie before, between or behind them."""
    at = 0
    for entry in sorted(entries, key=lambda each: (each.header, each.name)):
        if entry.header < at:
            raise Refused("zip_overlap", entry.name, offset=entry.header, in_zip=True)
        if entry.header > at:
            raise Refused("zip_around", entry.name, offset=at, in_zip=True)
        at = entry.begins + entry.packed
    if at != start:
        code = "zip_overlap" if at > start else "zip_around"
        raise Refused(code, offset=min(at, start), in_zip=True)
