"""The frame table of a recording: one record a packet in a small file beside it, written once or while it grows.

It says when every frame is shown, where its bytes lie and, for a live recording, what its source called it and when it
arrived. A page reads it instead of the recording, however long that is. The format is described in docs/formats.md.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile, NotFound
from touchline.timebase import Timebase
from var.ticks import Ticks

MAGIC = b"TLFRAMES"
VERSION = 1
KEY, IDR, GAP, HIDDEN = 1, 2, 4, 8
"""Flags of a packet: decoding can start here; nothing after it needs anything before it; frames are missing before the
picture it shows; it shows no picture."""

RECORD = np.dtype(
    [
        ("pts", "<i8"),
        ("dts", "<i8"),
        ("source_pts", "<i8"),
        ("arrival_ns", "<i8"),
        ("pos", "<i8"),
        ("size", "<u4"),
        ("flags", "<u4"),
    ]
)
"""One packet, in the order of decoding. ``pts`` and ``dts`` are in ticks of the table; ``source_pts`` is the time stamp
that the source's container gave (in the same ticks); ``arrival_ns`` the host's monotonic clock when the packet came, -1
where nobody saw it come; ``pos`` and ``size`` say where the packet's bytes lie in the recording (pos -1: not known)."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How the pictures of a recording are coded. ``decoder`` is FFmpeg's name (``h264``), ``codec`` the browser's
    (``avc1.64001F``) or FFmpeg's where a browser has none; ``size_px`` is the coded width and height; ``clockwise_deg``
    and ``mirrored`` how the stored picture is turned to be shown."""

    decoder: str
    codec: str
    extradata: bytes
    size_px: tuple[int, int]
    clockwise_deg: int = 0
    mirrored: bool = False


@dataclass(frozen=True)
class FrameTable:
    """What a table file holds. ``rows`` has one ``RECORD`` a packet in the order of decoding.

    Of a recording that still grows, only what cannot change any more is in ``pts``: a frame is settled once a packet
    was written that is decoded no earlier than it is shown.
    """

    timebase: Timebase
    coding: Coding
    rows: NDArray[np.void]
    growing: bool = False

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """The rows of the settled frames in the order in which they are shown."""
        shown = np.flatnonzero((self.rows["flags"] & HIDDEN) == 0)
        pts = self.rows["pts"][shown]
        if self.growing and len(self.rows):
            settled = pts < int(self.rows["dts"][-1])
            shown, pts = shown[settled], pts[settled]
        return np.asarray(shown[np.argsort(pts, kind="stable")], np.int64)

    @cached_property
    def pts(self) -> Ticks:
        """When each frame is shown. Raises ``BadValue`` where two frames are shown at once."""
        return Ticks(np.asarray(self.rows["pts"][self._order], np.int64))

    @cached_property
    def display(self) -> NDArray[np.int32]:
        """For each packet the frame that it shows, -1 for none (or none yet)."""
        shown = np.full(len(self.rows), -1, np.int32)
        shown[self._order] = np.arange(len(self._order), dtype=np.int32)
        return shown

    @cached_property
    def gaps(self) -> tuple[int, ...]:
        """The frames before which frames are missing."""
        return tuple(np.flatnonzero(self.rows["flags"][self._order] & GAP).tolist())

    def __len__(self) -> int:
        return len(self._order)

    def row_of(self, frame: int) -> int:
        """The packet (its place in the order of decoding) that shows ``frame``."""
        return int(self._order[frame])


def _header(timebase: Timebase, coding: Coding) -> bytes:
    document = {
        "version": VERSION,
        "tick_s": str(timebase.tick_s),
        "decoder": coding.decoder,
        "codec": coding.codec,
        "extradata": base64.b64encode(coding.extradata).decode("ascii"),
        "size_px": list(coding.size_px),
        "clockwise_deg": coding.clockwise_deg,
        "mirrored": coding.mirrored,
        "record": [[name, str(RECORD[name].str)] for name in RECORD.names or ()],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % 16)
    return MAGIC + struct.pack("<I", len(text)) + text


class TableWriter:
    """Writes a table as its recording grows. ``append`` has put its records on the disk when it returns."""

    def __init__(self, path: Path, timebase: Timebase, coding: Coding) -> None:
        self.path = path
        self._stream: BinaryIO = path.open("xb")
        self._stream.write(_header(timebase, coding))
        self.flush()

    def append(self, rows: NDArray[np.void] | Sequence[tuple[int, ...]], *, sync: bool = True) -> None:
        """Add packets; ``rows`` are ``RECORD`` values in the order of decoding."""
        self._stream.write(np.asarray(rows, RECORD).tobytes())
        if sync:
            self.flush()

    def flush(self) -> None:
        """Bring everything written so far onto the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """End the table."""
        if not self._stream.closed:
            self.flush()
            self._stream.close()


def write_table(path: Path, timebase: Timebase, coding: Coding, rows: NDArray[np.void]) -> None:
    """Write a whole table at once; the file takes its name when it is whole."""
    from touchline.files import write_bytes

    write_bytes(path, _header(timebase, coding) + np.ascontiguousarray(rows, RECORD).tobytes())


def read_table(path: Path, *, growing: bool = False) -> FrameTable:
    """The table in ``path``. A record that was cut off at the end is left out.

    Raises ``NotFound`` where there is none and ``BadFile`` where the file is something else.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("var.errors.no_such_table", name=path.name) from fault
    begins, timebase, coding = parse_head(data, path.name)
    whole = max(0, len(data) - begins) // RECORD.itemsize
    rows = np.frombuffer(data, RECORD, whole, begins) if whole else np.empty(0, RECORD)
    return FrameTable(timebase, coding, rows, growing)


def parse_head(data: bytes, name: str) -> tuple[int, Timebase, Coding]:
    """What the head of a table says: how long it is, the tick, and how the pictures are coded. ``data`` begins a table
    and holds at least all of its head; ``name`` is what a refusal calls it. Raises ``BadFile``."""
    try:
        if data[: len(MAGIC)] != MAGIC:
            raise ValueError("not a frame table")
        (length,) = struct.unpack_from("<I", data, len(MAGIC))
        begins = len(MAGIC) + 4 + length
        if len(data) < begins:
            raise ValueError("its head is cut off")
        document: dict[str, Any] = json.loads(data[len(MAGIC) + 4 : begins])
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']}")
        coding = Coding(
            document["decoder"],
            document["codec"],
            base64.b64decode(document["extradata"]),
            (int(document["size_px"][0]), int(document["size_px"][1])),
            int(document["clockwise_deg"]),
            bool(document["mirrored"]),
        )
        timebase = Timebase(Fraction(document["tick_s"]))
    except (ValueError, KeyError, TypeError, IndexError, struct.error) as fault:
        raise BadFile("var.errors.bad_table", name=name, fault=fault) from fault
    return begins, timebase, coding
