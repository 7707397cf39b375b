"""Decoding straight from a frame table and the recording's bytes, however long it is and while it grows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np

from touchline.errors import BadFile, NotFound
from var.footage.packets import NO_TICK
from var.footage.probe import DECODE_OPTIONS, _sound_frames
from var.footage.table import HIDDEN, IDR, KEY, FrameTable
from var.footage.tables import table_of

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame

ADDRESSED = (".mp4", ".mov", ".m4v")
"""Files in which a packet's bytes are what its decoder takes."""

_SELF_TOLD = frozenset({"h264", "hevc", "av1", "libdav1d", "vp9", "libvpx-vp9", "mpeg4", "mpeg2video", "mjpeg"})
"""Decoders that need nothing of the container but its ``extradata``; ProRes and Animation, for two, ask it for more."""


class Tabled(Protocol):
    """What must be known of a recording to find its table: ``var.model.Clip`` says it."""

    @property
    def table(self) -> Path | None:
        """The frame table beside the recording."""

    @property
    def recording(self) -> bool:
        """Whether the recording still grows."""


def table_now(clip: Tabled) -> FrameTable | None:
    """The frame table of ``clip`` as it is on the disk now; None for a clip without one.

    Raises ``NotFound`` where the file is gone, ``BadFile`` where it is something else.
    """
    return None if clip.table is None else table_of(clip.table, growing=clip.recording)


class Track:
    """Pictures of the recording at ``path`` decoded by its frame table. ``grow`` gives it a longer table meanwhile.

    Decoding starts at a key packet; what is shown before that key is not given out, because it may refer to what came
    earlier. Not for several threads at once.
    """

    def __init__(self, path: Path, table: FrameTable, *, threads: int = 1) -> None:
        self._file: BinaryIO | None = None
        self.path, self._threads = path, threads
        self.grow(table)

    @staticmethod
    def fits(path: Path, table: FrameTable) -> bool:
        """Whether packets and extradata are all that decoding needs: an MP4 or MOV with all places known, and a codec
        that tells the rest itself."""
        known = len(table.rows) > 0 and table.coding.decoder in _SELF_TOLD and path.suffix.lower() in ADDRESSED
        return known and bool((table.rows["pos"] >= 0).all())

    def grow(self, table: FrameTable) -> None:
        """Take ``table`` from here on: the same packets, and those that came since."""
        rows = np.flatnonzero((table.rows["flags"] & KEY) > 0)
        pts = table.rows["pts"][rows]
        order = np.argsort(pts, kind="stable")
        self.table = table
        self.keys: tuple[int, ...] = tuple(pts[order].tolist())
        self._key_rows = rows[order]

    def closed(self, key: int) -> bool:
        """Whether nothing shown after the ``key``-th of ``keys`` refers to what was decoded before it."""
        return bool(self.table.rows["flags"][self._key_rows[key]] & IDR)

    def start(self, pts: int, faulty: list[int] | None = None) -> Iterator[VideoFrame]:
        """The frames from the last key at or before ``pts`` on, in the order of showing, without any that a fault
        touched. The pts of packets that raised are added to ``faulty``.

        Raises ``BadFile`` where the recording is shorter than its table says, ``NotFound`` where it is gone.
        """
        import av

        place = max(0, bisect_right(self.keys, pts) - 1)
        if not self.keys:
            return
        coding = self.table.coding
        context: Any = av.CodecContext.create(coding.decoder, "r")
        context.extradata = coding.extradata or None
        context.options = DECODE_OPTIONS
        if self._threads == 1:
            context.thread_count = 1
        else:
            context.thread_type = "AUTO"
        landing = self.keys[place]
        sent = self._packets(int(self._key_rows[place]))
        for frame in _sound_frames(sent, context.decode, [] if faulty is None else faulty):
            if frame.pts is not None and frame.pts >= landing:
                yield frame

    def _packets(self, row: int) -> Iterator[Packet[Any] | None]:
        """The packets from ``row`` on, then None, which brings out what the decoder still holds."""
        import av

        while row < len(self.table.rows):
            pts, dts, _, _, pos, size, flags = self.table.rows[row].tolist()
            # Memory of its own: a packet over Python's bytes is freed by a decoder's thread that waits for Python while
            # Python waits for that thread to end.
            packet: Packet[Any] = av.Packet(size)
            packet.update(self._read(pos, size, pts))
            # A packet that shows nothing has no time stamp of its own: the decoder would show it.
            packet.pts = None if flags & HIDDEN else pts
            packet.dts = None if dts == NO_TICK else dts
            packet.is_keyframe = bool(flags & KEY)
            yield packet
            row += 1
        yield None

    def _read(self, pos: int, size: int, pts: int) -> bytes:
        try:
            if self._file is None:
                self._file = self.path.open("rb")
            self._file.seek(pos)
            data = self._file.read(size)
        except FileNotFoundError as fault:
            raise NotFound("var.errors.no_such_video", name=self.path.name) from fault
        if len(data) < size:
            frame = int((self.table.rows["pts"] < pts).sum())
            raise BadFile("var.errors.cut_short", name=self.path.name, frames=frame, announced=len(self.table))
        return data

    def close(self) -> None:
        """Close the file. A later call opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        self.close()
