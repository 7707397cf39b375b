"""A recording as the product sees it: which frames there are, when each is shown, and where its packets lie.

A frame is addressed by its display index alone. Index and integer pts come from one pass over the packets; nothing
is ever addressed by seconds or by ``i / fps``.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile, NotFound
from touchline.timebase import Timebase
from var.footage.fields import Scan
from var.footage.nal import codec_name
from var.footage.orientation import Orientation, shown_size_px
from var.footage.packets import ANYWHERE, Progress, Start, read_packets
from var.footage.probe import DECODE_OPTIONS, decoded
from var.footage.table import GAP, HIDDEN, IDR, KEY, Coding, FrameTable
from var.ticks import Ticks

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Only these demuxers are tried. A playlist (HLS, concat) would make a file that somebody uploads open other files.
_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,mxf"
_AWAY_FRAMES = 10  # usual frame times, and at least a second, after which a camera was away
_PATIENCE = 2000  # packets without a picture before a file is given up
OPEN_OPTIONS = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}


class PacketEntry(NamedTuple):
    """One packet in decode order: the frame it shows (-1 for none), where it lies in the file, whether it is an IDR."""

    display: int
    pos: int
    size: int
    idr: bool


@dataclass(frozen=True, eq=False)
class Index:
    """The frames of one recording. ``pts[i]`` is when frame ``i`` is shown, in ticks of ``timebase``.

    ``size_px`` is width and height as shown: turned upright, with square pixels; ``stored_px`` as decoded. ``codec`` is
    a WebCodecs name for H.264 in MP4 or MKV (``avc1.64001F``), else the decoder's, and ``decoder`` always that.
    ``rows`` holds one ``var.footage.table.RECORD`` a packet in the order of decoding. ``sound`` says whether there is a
    sound track. ``scan`` is how the lines were taken; one frame is one picture, whatever it says. ``lead_in`` counts
    packets before the first picture that cannot be shown, because what they refer to was not recorded, ``unfinished``
    those that the recorder announced or began at the end and did not finish; they are no frames.
    """

    path: Path
    timebase: Timebase
    size_px: tuple[int, int]
    stored_px: tuple[int, int]
    decoder: str
    codec: str
    pts: Ticks
    rows: NDArray[np.void]
    extradata: bytes
    sound: bool
    orientation: Orientation
    container: str
    scan: Scan = Scan.PROGRESSIVE
    lead_in: int = 0
    unfinished: int = 0

    def __len__(self) -> int:
        return len(self.pts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Index):
            return NotImplemented
        mine, others = ({f.name: getattr(index, f.name) for f in fields(Index)} for index in (self, other))
        return np.array_equal(mine.pop("rows"), others.pop("rows")) and mine == others

    def __hash__(self) -> int:
        return hash((self.path, self.pts))

    @property
    def rotation(self) -> int:
        """By how many degrees clockwise the stored picture is turned to be shown: 0, 90, 180 or 270."""
        return self.orientation.clockwise_deg

    def clip_s(self, frame: int) -> Fraction:
        """When ``frame`` is shown, in exact seconds after the first one."""
        return self.timebase.seconds(self.pts[frame] - self.pts[0])

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """The pts at which decoding can start, rising."""
        return tuple(np.sort(self.rows["pts"][(self.rows["flags"] & KEY) > 0]).tolist())

    @cached_property
    def gaps(self) -> tuple[int, ...]:
        """The frames before which the camera was away: longer than a second and than ten usual frame times."""
        return self._frames.gaps

    @cached_property
    def packets(self) -> tuple[PacketEntry, ...]:
        """The packets as the player's table lists them."""
        rows = self.rows
        idr = (rows["flags"] & IDR) > 0
        columns = (self._frames.display, rows["pos"], rows["size"], idr)
        return tuple(map(PacketEntry, *(column.tolist() for column in columns)))

    def table(self) -> tuple[Timebase, Coding, NDArray[np.void]]:
        """What ``var.footage.table.write_table`` needs beside a path."""
        turn = self.orientation
        coding = Coding(self.decoder, self.codec, self.extradata, self.stored_px, turn.clockwise_deg, turn.mirrored)
        return self.timebase, coding, self.rows

    @cached_property
    def _frames(self) -> FrameTable:
        return FrameTable(*self.table())


def frame_of(pts: Sequence[int], value: int | None) -> int | None:
    """The display index of the frame whose pts is exactly ``value``, or None."""
    if value is None:
        return None
    place = bisect_left(pts, value)
    return place if place < len(pts) and pts[place] == value else None


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The open container and its first real video stream.

    Raises ``NotFound`` or ``BadFile`` where there is no file, no video, or no decoder for it.
    """
    import av

    if path.is_dir():
        raise BadFile("var.errors.video_is_folder", name=path.name)
    if not path.is_file():
        raise NotFound("var.errors.no_such_video", name=path.name)
    if path.stat().st_size == 0:
        raise BadFile("var.errors.empty_video", name=path.name)
    try:
        container = av.open(str(path), options=OPEN_OPTIONS)
    except (av.FFmpegError, OSError, ValueError) as fault:
        code = "truncated_video" if _is_mp4(path) else "not_a_video"
        if isinstance(fault, PermissionError):
            code = "video_not_opened"
        raise BadFile(f"var.errors.{code}", name=path.name, fault=reason(fault)) from fault
    with container:
        yield container, _video_stream(container, path)


def reason(fault: Exception) -> str:
    """What a library says went wrong, without the path that it appends."""
    return getattr(fault, "strerror", None) or str(fault)


def _is_mp4(path: Path) -> bool:
    """Whether the file begins as MP4 or MOV does. One that then does not open has lost its table of contents."""
    try:
        with path.open("rb") as stream:
            return stream.read(8)[4:] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
    except OSError:
        return False


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    from av.stream import Disposition

    real = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not real:
        raise BadFile("var.errors.no_pictures", name=path.name)
    stream: Any = real[0]
    if stream.codec_context is None:
        raise BadFile("var.errors.unsupported_codec", name=path.name, codec=getattr(stream, "name", None) or "?")
    stream.codec_context.options = DECODE_OPTIONS
    found: VideoStream = stream
    return found


def sound_track(container: InputContainer) -> AudioStream | None:
    """The first sound track for which there is a decoder, or None."""
    return next((track for track in container.streams.audio if _decodes(track)), None)


def _decodes(track: AudioStream) -> bool:
    context: Any = track.codec_context  # None without a decoder, whatever its type says
    return context is not None


def index(path: Path, progress: Progress | None = None) -> Index:
    """The index of the recording in ``path``, from one pass over its packets.

    ``progress`` is called with the share of the bytes that were read, from time to time and at the end with 1; what it
    raises ends the pass.

    Raises ``BadFile`` or ``NotFound``, by the file's name, where the file is no video, is cut short, has no frames,
    has frames without, with doubled or with falling time stamps, changes its picture size, or does not begin with
    pictures that decode.
    """
    first, orientation, size_px, scan = _first_picture(path)
    with opened(path) as (container, stream):
        rows, unfinished = read_packets(path, container, stream, first, progress)
        context, form = stream.codec_context, container.format.name
        extradata = bytes(context.extradata or b"")
        found = Index(
            path=path,
            timebase=Timebase(Fraction(stream.time_base or 0)),
            size_px=size_px,
            stored_px=(first.width, first.height),
            decoder=context.name,
            codec=codec_name(context.codec.canonical_name, extradata),
            pts=Ticks(()),
            rows=rows,
            extradata=extradata,
            sound=sound_track(container) is not None,
            orientation=orientation,
            container=form,
            scan=scan,
            unfinished=unfinished,
        )
    pts, lead_in = _shown(path, rows, first, found.timebase, anywhere=form in ANYWHERE)
    rows.flags.writeable = False
    return replace(found, pts=pts, lead_in=lead_in)


def _shown(
    path: Path, rows: NDArray[np.void], first: Start, timebase: Timebase, *, anywhere: bool
) -> tuple[Ticks, int]:
    """When each frame is shown, and how many packets before the first one are none. Marks these, and gaps, in
    ``rows``."""
    shown, key = (rows["flags"] & HIDDEN) == 0, (rows["flags"] & KEY) > 0
    lost = shown & (rows["pts"] < first.pts)
    # A transport stream may begin anywhere: what is shown before its first key frame refers to what was not recorded.
    # Any other container begins with a key frame, before which only leading pictures can be shown.
    start = (rows["pts"][key][0] if key.any() else first.pts) if anywhere else rows["pts"][0]
    if (rows["pts"][lost] >= start).any() or (lost.any() and not anywhere and not key[0]):
        raise BadFile("var.errors.first_frame_damaged", name=path.name)
    rows["flags"][lost] |= HIDDEN
    order = np.flatnonzero(shown & ~lost)
    order = order[np.argsort(rows["pts"][order], kind="stable")]
    pts = rows["pts"][order]
    steps = np.diff(pts)
    if (steps == 0).any():
        raise BadFile("var.errors.duplicate_pts", name=path.name, frame=int(np.flatnonzero(steps == 0)[0]))
    if len(steps):
        away = max(float(1 / timebase.tick_s), _AWAY_FRAMES * float(np.median(steps)))
        rows["flags"][order[1:][steps > away]] |= GAP
    return Ticks(pts), int(lost.sum())


def _first_picture(path: Path) -> tuple[Start, Orientation, tuple[int, int], Scan]:
    """The first picture that decodes, how it is turned, its size as shown, and how its lines were taken."""
    with opened(path) as (container, stream):
        frame = next(decoded(container, stream, limit=_PATIENCE), None)
        if frame is None:
            if _begins_cut(path):
                raise BadFile("var.errors.cut_short", name=path.name, frames=0, announced=len(stream.index_entries))
            raise BadFile("var.errors.no_frames", name=path.name, codec=stream.codec_context.name)
        if frame.pts is None or stream.time_base is None:
            raise BadFile("var.errors.missing_pts", name=path.name, frame=0)
        orientation = Orientation.of(frame, path.name)
        size_px = shown_size_px(frame.width, frame.height, stream.sample_aspect_ratio, orientation)
        scan = Scan.of(frame.interlaced_frame, stream.codec_context.field_order)
        return Start(frame.pts, frame.width, frame.height), orientation, size_px, scan


def _begins_cut(path: Path) -> bool:
    """Whether the first packet already runs over the end of the file."""
    with opened(path) as (container, stream):
        first = next((packet for packet in container.demux(stream) if packet.size), None)
        return first is not None and first.is_corrupt
