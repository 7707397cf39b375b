"""A stretch of a recording cut without coding it again: the recorder's own packets in a new MP4.

A packet can be shown only after the key picture that it refers to, so the file begins there; an edit list (ISO/IEC
14496-12, 8.6.6) has a player begin at the frame that was asked for. What was written is read and decoded again before
it counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from touchline.errors import TouchlineError
from var.export.clip_sound import copied_sound, sound_of
from var.footage.packets import NO_TICK
from var.footage.table import HIDDEN, IDR, FrameTable
from var.footage.track import table_now
from var.footage.video import frames as frames_of
from var.footage.video import index
from var.gops import original_of
from var.model import Clip

LEAD_S = 12
"""A key picture farther before the first frame than this many seconds is too far: the stretch is coded again. Usual
encoders set one at least every 250 pictures, which is 10 s at 25 pictures a second."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The packets ``rows`` of a table show the frames ``first - lead`` to ``last``; players begin at ``first``."""

    table: FrameTable
    rows: range
    first: int
    last: int
    lead: int


def cut_of(clip: Clip, frames: range) -> Cut | None:
    """How ``frames`` of an angle can be cut out as they are; None where they have to be coded again.

    That is so for what browsers do not play or would show otherwise (another codec than 8-bit H.264 in 4:2:0, a turned
    or stretched picture, fields), for a container other than MP4 and MOV, and where no key picture lies within
    ``LEAD_S``. A few frames more may come at the end: those that the last one refers to.
    """
    table = table_now(clip)
    if table is None or original_of(clip) is None:
        return None
    rows, display = table.rows, table.display
    starts = np.flatnonzero(((rows["flags"] & IDR) > 0) & (display >= 0))
    place = bisect_right(display[starts].tolist(), frames[0]) - 1
    if place < 0:
        return None
    row = int(starts[place])
    begins = int(display[row])
    if (clip.pts[frames[0]] - clip.pts[begins]) * clip.timebase.tick_s > LEAD_S:
        return None
    count = _whole(display[row:], begins, frames[-1])
    if count is None:
        return None
    taken = rows[row : row + count]
    if (taken["flags"] & HIDDEN).any() or (taken["pos"] < 0).any() or (taken["dts"] == NO_TICK).any():
        return None
    return Cut(table, range(row, row + count), frames[0], begins + count - 1, frames[0] - begins)


def _whole(display: NDArray[np.int32], begins: int, last: int) -> int | None:
    """How many packets show a row of frames without a hole, from ``begins`` to ``last`` or a little farther."""
    highest, lowest = np.maximum.accumulate(display), np.minimum.accumulate(display)
    ends = np.flatnonzero((highest >= last) & (highest - begins == np.arange(len(display))) & (lowest == begins))
    return int(ends[0]) + 1 if len(ends) else None


def write_cut(
    path: Path, clip: Clip, cut: Cut, *, comment: str = "", step: Callable[[float], None] = lambda share: None
) -> bool | None:
    """Write a cut to ``path`` (MP4) and say whether there is sound; None, and no file, where what was written does not
    read as what was asked for: a packet of the source is damaged, or it tells less than its pictures need.

    Raises ``OSError`` where the file cannot be written.
    """
    try:
        sound = _write(path, clip, cut, comment)
        whole = _reads_as(path, clip, cut, step)
    except (TouchlineError, av.FFmpegError) as fault:
        if isinstance(fault, OSError) and fault.errno and not isinstance(fault, TouchlineError):
            raise
        whole = False
    if whole:
        return sound
    path.unlink(missing_ok=True)
    return None


def _write(path: Path, clip: Clip, cut: Cut, comment: str) -> bool:
    tick = clip.timebase.tick_s
    start_s = clip.pts[cut.first] * tick
    length_s = (clip.pts[cut.last] - clip.pts[cut.first] + _lasts(clip, cut.last)) * tick
    options = {"movflags": "+faststart", "video_track_timescale": str(tick.denominator)}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata.update({"title": f"{clip.label or clip.camera_id}", "comment": comment})
        with av.open(str(clip.path)) as source:
            video: Any = container.add_stream_from_template(source.streams.video[0])
        heard = copied_sound(container, clip, start_s, length_s)
        if heard is None:
            samples = sound_of(clip, start_s, length_s)
            heard = None if samples is None else samples.packets(container)
        for packet in _pictures(clip, cut):
            packet.stream = video
            container.mux(packet)
        for packet in heard or ():
            container.mux(packet)
    return heard is not None


def _pictures(clip: Clip, cut: Cut) -> Iterator[av.Packet[Any]]:
    """The packets of the source, their times counted from the first frame that is shown."""
    tick, zero = clip.timebase.tick_s, clip.pts[cut.first]
    with clip.path.open("rb") as stream:
        for row in cut.rows:
            pts, dts, _, _, pos, size, flags = cut.table.rows[row].tolist()
            stream.seek(pos)
            packet: av.Packet[Any] = av.Packet(stream.read(size))
            packet.time_base = Fraction(1, tick.denominator)
            packet.pts, packet.dts = (pts - zero) * tick.numerator, (dts - zero) * tick.numerator
            packet.duration = _lasts(clip, int(cut.table.display[row])) * tick.numerator
            packet.is_keyframe = bool(flags & IDR)
            yield packet


def _lasts(clip: Clip, frame: int) -> int:
    """How many ticks a frame is shown; the last one of a recording as long as the one before it."""
    if frame + 1 < len(clip):
        return clip.pts[frame + 1] - clip.pts[frame]
    return max(1, clip.pts[frame] - clip.pts[max(0, frame - 1)])


def _reads_as(path: Path, clip: Clip, cut: Cut, step: Callable[[float], None]) -> bool:
    """Whether the file shows exactly the frames of the cut, each at its time, and every one of them decodes."""
    found = index(path)
    wanted = range(cut.first, cut.last + 1)
    shown = [at - found.pts[0] for at in found.pts]
    if found.timebase.seconds(1) != Fraction(1, clip.timebase.tick_s.denominator) or found.size_px != clip.size_px:
        return False
    if shown != [(clip.pts[i] - clip.pts[cut.first]) * clip.timebase.tick_s.numerator for i in wanted]:
        return False
    count = 0
    for count, _ in enumerate(frames_of(found), 1):
        step(count / len(wanted))
    return count == len(wanted)
