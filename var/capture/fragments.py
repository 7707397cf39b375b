"""Fragments of an MP4 recording (ISO/IEC 14496-12): written whole, found again in a file that was cut anywhere.

A recording is ``ftyp``, ``moov`` and a box of ours with the head of the frame table; then, for each fragment, a box of
ours with the frame table's records, ``moof`` and ``mdat``. So the table can always be made again from the recording.
At the end an ``mfra`` lists the fragments for programs that seek.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

HEAD_ID = uuid.UUID("6f1c2c1e-7d0a-5d0b-9a46-54c8f2a8d001").bytes
ROWS_ID = uuid.UUID("6f1c2c1e-7d0a-5d0b-9a46-54c8f2a8d002").bytes
_KEY, _OTHER = 0x02000000, 0x01010000
_TRUN = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800  # offset of the data; duration, size, flags, composition
_DEFAULT_BASE_IS_MOOF = 0x020000
_MOST_HEAD = 16 << 20


class Sample(NamedTuple):
    """One packet as MP4 keeps it: times in ticks of its track."""

    dts: int
    pts: int
    duration: int
    key: bool
    data: bytes


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of this kind."""
    return struct.pack(">I", 8 + sum(map(len, content))) + kind + b"".join(content)


def own_box(which: bytes, content: bytes) -> bytes:
    """A box of the recording's own kind; other programs pass over it."""
    return box(b"uuid", which, content)


def _traf(track: int, samples: Sequence[Sample], offset: int) -> bytes:
    rows = b"".join(
        struct.pack(">IIIi", s.duration, len(s.data), _KEY if s.key else _OTHER, s.pts - s.dts) for s in samples
    )
    return box(
        b"traf",
        box(b"tfhd", struct.pack(">II", _DEFAULT_BASE_IS_MOOF, track)),
        box(b"tfdt", struct.pack(">IQ", 1 << 24, samples[0].dts)),
        box(b"trun", struct.pack(">IIi", 1 << 24 | _TRUN, len(samples), offset), rows),
    )


def fragment(number: int, runs: Sequence[tuple[int, Sequence[Sample]]]) -> tuple[bytes, int]:
    """``moof`` and ``mdat`` with these tracks' samples one track after the other, and where the first sample's bytes
    begin in them."""
    runs = [(track, samples) for track, samples in runs if samples]

    def moof(offsets: Sequence[int]) -> bytes:
        trafs = [_traf(track, samples, at) for (track, samples), at in zip(runs, offsets, strict=True)]
        return box(b"moof", box(b"mfhd", struct.pack(">II", 0, number)), *trafs)

    begins = len(moof([0] * len(runs))) + 8
    offsets, at = [], begins
    for _, samples in runs:
        offsets.append(at)
        at += sum(len(sample.data) for sample in samples)
    data = [sample.data for _, samples in runs for sample in samples]
    return moof(offsets) + box(b"mdat", *data), begins


def closing(entries: Sequence[tuple[int, int]], track: int = 1) -> bytes:
    """The ``mfra`` that ends a recording: ``entries`` are (pts, place of the ``moof``) of fragments that begin with a
    key picture."""
    rows = b"".join(struct.pack(">QQBBB", pts, at, 1, 1, 1) for pts, at in entries)
    tfra = box(b"tfra", struct.pack(">IIII", 1 << 24, track, 0, len(entries)), rows)
    size = 8 + len(tfra) + 16
    return box(b"mfra", tfra, box(b"mfro", struct.pack(">II", 0, size)))


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole fragment: its records, where its ``moof`` begins, and where the fragment ends in the file."""

    rows: bytes
    moof_at: int
    ends: int


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the first fragment: the frame table's head, and where the head ends in the file."""

    table: bytes
    ends: int


def _boxes(stream: BinaryIO, size: int, at: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of each whole box from ``at`` on; stops at the first that is cut off or no box."""
    while at + 8 <= size:
        stream.seek(at)
        length, kind = struct.unpack(">I4s", stream.read(8))
        if length < 8 or at + length > size:
            return
        yield kind, at, at + length
        at += length


def read_head(stream: BinaryIO, size: int) -> Head | None:
    """The head of a recording, or None where it is cut off or the file is another kind."""
    kinds = []
    for kind, begins, ends in _boxes(stream, size, 0):
        kinds.append(kind)
        if kind == b"uuid" and b"moov" in kinds and ends - begins < _MOST_HEAD:
            stream.seek(begins + 8)
            content = stream.read(ends - begins - 8)
            return Head(content[32:], ends) if content[:16] == HEAD_ID else None
        if kinds[0] != b"ftyp" or len(kinds) > 2:
            return None
    return None


def head_of(init: bytes, salt: bytes, table: bytes) -> bytes:
    """A recording's head: ``init`` (``ftyp`` and ``moov``), 16 random bytes that make it unique, the table's head."""
    return init + own_box(HEAD_ID, salt + table)


def pieces(stream: BinaryIO, size: int, at: int) -> Iterator[Piece]:
    """The whole fragments from ``at`` on; the first cut or foreign one ends the row."""
    rows: bytes | None = None
    moof_at: int | None = None
    for kind, begins, ends in _boxes(stream, size, at):
        if kind == b"uuid" and rows is None:
            stream.seek(begins + 8)
            content = stream.read(ends - begins - 8)
            if content[:16] != ROWS_ID:
                return
            rows = content[16:]
        elif kind == b"moof" and rows is not None and moof_at is None:
            moof_at = begins
        elif kind == b"mdat" and rows is not None and moof_at is not None:
            yield Piece(rows, moof_at, ends)
            rows, moof_at = None, None
        else:
            return
