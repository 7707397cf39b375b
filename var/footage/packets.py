"""One pass over the packets of a recording: a record for each, and the faults that only the packets show."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile
from var.footage.fields import FieldPairs, second_fields
from var.footage.headers import size_header
from var.footage.nal import holds_idr, parameter_sets
from var.footage.probe import last_is_whole, size_of
from var.footage.table import HIDDEN, IDR, KEY, RECORD

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""

ANYWHERE = ("mpegts", "mpeg")
"""Containers that may begin and end anywhere."""

NO_TICK = -(2**63)
"""The ``dts`` of a packet for which the container gives none."""

_REORDERED = 32  # packets decoded before one that is shown before them
_TELLS_IDR = ("h264", "hevc")  # codecs whose packets say whether a later picture refers past them
_CHUNK = 4096  # packets between two reports


class Start(NamedTuple):
    """The first picture that decodes: its pts, and width and height as stored."""

    pts: int
    width: int
    height: int


class Packets(NamedTuple):
    """A ``RECORD`` for every packet in the order of decoding, and how many announced or begun ones are not whole."""

    rows: NDArray[np.void]
    unfinished: int


def has_fragments(path: Path) -> bool:
    """Whether the MP4 or MOV in ``path`` is written in fragments, each with a table of contents of its own."""
    with path.open("rb") as stream:
        for _ in range(1000):
            head = stream.read(16)
            size, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            if kind == b"moof":
                return True
            if len(head) < 8 or size < 8:
                return False
            stream.seek(size - len(head), 1)
    return False


def _falls(rows: NDArray[np.void]) -> int | None:
    """How many packets come before the clock jumps back, or None.

    Nothing decoded before a closed key is shown after it, and no picture waits for more than sixteen later ones
    (H.264, A.3.1 and H.265, A.4.1; field by field twice that).
    """
    pts = rows["pts"]
    if len(pts) < 2:
        return None
    latest = np.maximum.accumulate(pts)
    rank = np.empty(len(pts), np.int64)
    rank[np.argsort(pts, kind="stable")] = np.arange(len(pts))
    back = np.arange(len(pts)) - rank > _REORDERED
    back[1:] |= ((rows["flags"][1:] & IDR) > 0) & (latest[:-1] > pts[1:])
    return int(np.flatnonzero(back)[0]) if back.any() else None


def read_packets(
    path: Path, container: InputContainer, stream: VideoStream, first: Start, progress: Progress | None = None
) -> Packets:
    """Every packet of ``stream``. ``HIDDEN`` are those that the container does not show and second fields, which carry
    the pts of their picture. ``pos`` is known in MP4 and MOV only, where packets lie in the file as they are decoded.

    Raises ``BadFile`` where a packet has no time stamp, is damaged, changes the picture size, or where fewer packets
    come than the container announced. What a recorder that was stopped left half written at the end is left out.
    """
    work = _Pass(path, container, stream, first)
    return Packets(work.rows(progress), work.unfinished)


def _close(rows: NDArray[np.void]) -> None:
    """Take ``IDR`` from keys before which something is shown that is decoded after them: it refers past them."""
    if len(rows):
        earliest = np.minimum.accumulate(rows["pts"][::-1])[::-1]
        rows["flags"][earliest < rows["pts"]] &= ~np.uint32(IDR)


class _Pass:
    def __init__(self, path: Path, container: InputContainer, stream: VideoStream, first: Start) -> None:
        self.path, self.container, self.stream, self.first = path, container, stream, first
        self.decoder, self.codec = stream.codec_context.name, stream.codec_context.codec.canonical_name
        self.extradata = bytes(stream.codec_context.extradata or b"")
        self.anywhere = container.format.name in ANYWHERE
        self.placed = container.format.name.startswith("mov")
        self.announced = len(stream.index_entries) if self.placed else 0
        self.fragmented = self.placed and has_fragments(path)
        self.fields = FieldPairs(self.codec, self.extradata)
        self.sets: set[bytes] = set()
        self.count = self.unfinished = 0
        self.last_pts: int | None = None
        self.damaged: int | None = None
        # The last two groups of a stream that may end anywhere: its last picture is tried.
        self.tail: deque[list[Packet[VideoStream]]] = deque([[]], maxlen=2)

    def rows(self, progress: Progress | None) -> NDArray[np.void]:
        import av

        chunks: list[NDArray[np.void]] = []
        rows: list[tuple[int, ...]] = []
        whole, share, at = max(1, self.path.stat().st_size), 0.0, 0
        try:
            for packet in self.container.demux(self.stream):
                if not packet.size:
                    continue
                rows.append(self._row(packet))
                self.count += 1
                if len(rows) == _CHUNK:
                    chunks.append(np.array(rows, RECORD))
                    rows.clear()
                    if progress is not None:
                        at = max(at, packet.pos or 0)
                        share = min(1.0, at / whole)
                        progress(share)
        except av.FFmpegError as fault:
            raise self._cut_short(self.count) from fault
        found = np.concatenate([*chunks, np.array(rows, RECORD)])
        if not self.placed:
            found["pos"] = -1
        if self.codec not in _TELLS_IDR:
            _close(found)
        found = self._checked(found)
        if progress is not None:
            progress(1.0)
        return found

    def _row(self, packet: Packet[VideoStream]) -> tuple[int, ...]:
        """The record of ``packet``. Raises where it cannot be one of this recording."""
        pts, dts, pos, key = packet.pts, packet.dts, packet.pos, packet.is_keyframe
        closed = (key or packet.has_sidedata("new_extradata")) and self._closed(packet)
        second = self.fields.expected and self.fields.second(bytes(packet))
        if second:
            pts, key = self.last_pts, False
        if pts is None:
            raise BadFile("var.errors.missing_pts", name=self.path.name, frame=self.count)
        self.last_pts = pts
        if packet.is_corrupt and self.damaged is None:
            self.damaged = self.count
        if self.anywhere:
            if key:
                self.tail.append([])
            self.tail[-1].append(packet)
        flags = (KEY if key else 0) | (IDR if key and closed else 0)
        if packet.is_discard or second:
            flags |= HIDDEN
        return pts, NO_TICK if dts is None else dts, pts, -1, -1 if pos is None else pos, packet.size, flags

    def _closed(self, packet: Packet[VideoStream]) -> bool:
        """Whether the key ``packet`` refers to nothing before it. Raises where it begins another picture size."""
        data = bytes(packet)
        sets = parameter_sets(self.codec, self.extradata, data) or size_header(self.codec, data)
        if packet.has_sidedata("new_extradata"):
            sets += bytes(packet.get_sidedata("new_extradata"))
            self.placed = self.placed and bytes(packet.get_sidedata("new_extradata")) == self.extradata
        if sets and sets not in self.sets:
            size_px = size_of(self.decoder, self.extradata, packet) if self.count else None
            if size_px is not None and size_px != self.first[1:]:
                size = f"{size_px[0]}×{size_px[1]}"
                raise BadFile("var.errors.picture_size_changes", name=self.path.name, frame=self.count, size=size)
            self.sets.add(sets)
            self.fields.sets(sets)
        return holds_idr(self.codec, self.extradata, data)

    def _checked(self, rows: NDArray[np.void]) -> NDArray[np.void]:
        """``rows`` without what was left half written at the end. Raises where anything else is not whole."""
        last = len(rows) - 1
        back = _falls(rows[(rows["flags"] & HIDDEN) == 0])
        if back is not None:
            raise BadFile("var.errors.times_go_back", name=self.path.name, frame=back)
        if self.damaged is not None and self.damaged < last:
            frame = int((rows["pts"] < rows["pts"][self.damaged]).sum())
            raise BadFile("var.errors.damaged_frame", name=self.path.name, frame=frame)
        if self.fragmented:
            # A recording that was stopped hard: its last fragment announces more than was written.
            whole = len(rows) if self.damaged is None else self.damaged
            if not whole:
                raise self._cut_short(0)
            self.unfinished = max(0, len(self.stream.index_entries) - whole)
            return rows[:whole]
        if self.anywhere and last >= 0:
            # The container counts nothing: whether the last picture is whole only its decoder can say.
            tail = [packet for group in self.tail for packet in group]
            half = self.fields.open and self.fields.pairs > 0
            if half or not last_is_whole(self.decoder, self.extradata, tail, int(rows["pts"][last])):
                begins = last - 1 if second_fields(rows)[last] else last
                rows["flags"][begins:] |= HIDDEN
                self.damaged, self.unfinished = None, 1
        if self.damaged is not None or len(rows) < self.announced:
            raise self._cut_short(len(rows) if self.damaged is None else self.damaged)
        return rows

    def _cut_short(self, frames: int) -> BadFile:
        return BadFile(
            "var.errors.cut_short", name=self.path.name, frames=frames, announced=self.announced or frames or "?"
        )
