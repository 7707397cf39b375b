"""A folder of proxy stretches and its index: which frames can be played, and where each packet lies.

The index ``stretches.index`` is only ever added to. It holds records: a head (kind, first frame, number of frames,
value, size of the file, length and check sum of what follows) and its content. A record that was cut off does not
count, nor does anything behind it.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRETCH_FRAMES = 500
GOP_FRAMES = 10
INDEX_NAME = "stretches.index"

PLACE = np.dtype([("pos", "<u4"), ("size", "<u4")])
"""Where a packet lies in the file of its stretch; packets are in the order of display."""

_HEAD = struct.Struct("<4sIIIIII")
_HEADING, _STRETCH, _DAMAGED = b"TLPH", b"TLPS", b"TLPD"


@dataclass(frozen=True, slots=True)
class Medium:
    """What a browser's decoder must know: the coded size, WebCodecs' name of the codec, and the ``avcC`` record."""

    size_px: tuple[int, int]
    codec: str
    extradata: bytes

    def document(self) -> dict[str, Any]:
        """The medium as ``match.json`` has it."""
        return {
            "w": self.size_px[0],
            "h": self.size_px[1],
            "codec": self.codec,
            "extradata": base64.b64encode(self.extradata).decode("ascii"),
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch. ``damaged`` is the first of its frames that does not decode; such a stretch has no file."""

    first: int
    count: int
    bytes: int
    places: NDArray[np.void]
    damaged: int | None = None


@dataclass(frozen=True, slots=True)
class Stretches:
    """What an index says. ``by_first`` holds the newest record of each stretch by its first frame."""

    medium: Medium | None = None
    rate: str = ""
    by_first: dict[int, Stretch] = field(default_factory=dict)
    end: int = 0
    """How many bytes of the index were whole."""

    def covers(self, first: int, count: int) -> bool:
        """Whether this very stretch was dealt with: made, or found damaged."""
        found = self.by_first.get(first)
        return found is not None and found.count == count

    @property
    def damaged(self) -> tuple[int, ...]:
        """The frames that did not decode, one (the first) a stretch."""
        return tuple(sorted(s.damaged for s in self.by_first.values() if s.damaged is not None))


def file_name(first: int) -> str:
    """The name of the stretch that begins with frame ``first``."""
    return f"{first:08d}.mp4"


def _parse(data: bytes, before: Stretches) -> Stretches:
    medium, rate, known, at = before.medium, before.rate, dict(before.by_first), 0
    while at + _HEAD.size <= len(data):
        kind, first, count, value, size, length, check = _HEAD.unpack_from(data, at)
        content = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(content) < length or zlib.crc32(content) != check:
            break
        if kind == _HEADING:
            document = json.loads(content)
            found = Medium(tuple(document["size_px"]), document["codec"], base64.b64decode(document["extradata"]))
            if found != medium or document["rate"] != rate:  # another encoder: what it did not make is void
                medium, rate, known = found, document["rate"], {}
        elif kind == _STRETCH and length == count * PLACE.itemsize:
            known[first] = Stretch(first, count, size, np.frombuffer(content, PLACE))
        elif kind == _DAMAGED:
            known[first] = Stretch(first, count, 0, np.empty(0, PLACE), value)
        else:
            break
        at += _HEAD.size + length
    return Stretches(medium, rate, known, before.end + at)


class StretchReader:
    """The indexes of several folders, each read on from where it ended last time; safe to share between threads."""

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: OrderedDict[Path, tuple[int, Stretches]] = OrderedDict()

    def of(self, folder: Path) -> Stretches:
        """What the index of ``folder`` says now; nothing where there is none yet."""
        path = folder / INDEX_NAME
        with self._lock:
            inode, known = self._known.get(folder, (0, Stretches()))
            try:
                with path.open("rb") as stream:
                    found = os.fstat(stream.fileno())
                    if found.st_ino != inode or found.st_size < known.end:
                        known = Stretches()
                    if found.st_size > known.end:
                        stream.seek(known.end)
                        known = _parse(stream.read(), known)
            except FileNotFoundError:
                self._known.pop(folder, None)
                return Stretches()
            self._known[folder] = found.st_ino, known
            self._known.move_to_end(folder)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)
            return known


def read_stretches(folder: Path) -> Stretches:
    """What the index of ``folder`` says; nothing where there is none."""
    return StretchReader().of(folder)


class StretchWriter:
    """Adds to a folder's index. Only one may be open at a time. Whatever was cut off is removed first."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._reader = StretchReader()
        path = folder / INDEX_NAME
        with path.open("ab"):
            pass
        if path.stat().st_size > self.known.end:
            with path.open("rb+") as stream:
                stream.truncate(self.known.end)
                os.fsync(stream.fileno())

    @property
    def known(self) -> Stretches:
        """What has been dealt with so far."""
        return self._reader.of(self.folder)

    def _add(self, kind: bytes, content: bytes, first: int = 0, count: int = 0, value: int = 0, size: int = 0) -> None:
        head = _HEAD.pack(kind, first, count, value, size, len(content), zlib.crc32(content))
        with (self.folder / INDEX_NAME).open("ab") as stream:
            stream.write(head + content)
            stream.flush()
            os.fsync(stream.fileno())

    def heading(self, medium: Medium, rate: str) -> None:
        """Say how all stretches from here on are coded; those of another coding are void from now on."""
        if (self.known.medium, self.known.rate) != (medium, rate):
            document = {
                "size_px": medium.size_px,
                "codec": medium.codec,
                "extradata": base64.b64encode(medium.extradata).decode("ascii"),
                "rate": rate,
            }
            self._add(_HEADING, json.dumps(document).encode())

    def made(self, first: int, places: NDArray[np.void], size: int) -> None:
        """Say that the file of a stretch is there."""
        self._add(_STRETCH, np.ascontiguousarray(places, PLACE).tobytes(), first, len(places), size=size)

    def damaged(self, first: int, count: int, frame: int) -> None:
        """Say that a stretch cannot be made because ``frame`` does not decode."""
        self._add(_DAMAGED, b"", first, count, value=frame)
