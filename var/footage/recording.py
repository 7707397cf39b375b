"""A recording as the product sees it: which frames there are, when each is shown, and where its packets lie.

A frame is addressed by its display index alone. Index and integer pts come from one pass over the packets; nothing
is ever addressed by seconds or by ``i / fps``.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from touchline.errors import BadFile, NotFound
from touchline.timebase import Timebase
from var.footage.nal import codec_name, holds_idr, parameter_sets
from var.footage.orientation import Orientation, shown_size_px
from var.footage.probe import DECODE_OPTIONS, decoded, last_is_whole, size_of

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

# Only these demuxers are tried. A playlist (HLS, concat) would make a file that somebody uploads open other files.
_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,mxf"
ANYWHERE = ("mpegts", "mpeg")
_PATIENCE = 2000  # packets without a picture before a file is given up
OPEN_OPTIONS = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}


class PacketEntry(NamedTuple):
    """One packet in decode order: the frame it shows (-1 for none), where it lies in the file, whether it is an IDR."""

    display: int
    pos: int
    size: int
    idr: bool


@dataclass(frozen=True, slots=True)
class Index:
    """The frames of one recording. ``pts[i]`` is when frame ``i`` is shown, in ticks of ``timebase``.

    ``size_px`` is width and height as shown: turned upright, with square pixels. ``codec`` is a WebCodecs name for
    H.264 in MP4 or MKV (``avc1.64001F``), else the decoder's. ``keys`` are the pts at which decoding can start.
    ``sound`` says whether there is a sound track. ``lead_in`` counts packets before the first picture that cannot be
    shown, because what they refer to was not recorded; they are no frames.
    """

    path: Path
    timebase: Timebase
    size_px: tuple[int, int]
    codec: str
    pts: tuple[int, ...]
    keys: tuple[int, ...]
    packets: tuple[PacketEntry, ...]
    extradata: bytes
    sound: bool
    orientation: Orientation
    container: str
    lead_in: int = 0

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def rotation(self) -> int:
        """By how many degrees clockwise the stored picture is turned to be shown: 0, 90, 180 or 270."""
        return self.orientation.clockwise_deg

    def clip_s(self, frame: int) -> Fraction:
        """When ``frame`` is shown, in exact seconds after the first one."""
        return self.timebase.seconds(self.pts[frame] - self.pts[0])


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

    if not path.is_file():
        raise NotFound("var.errors.no_such_video", name=path.name)
    if path.stat().st_size == 0:
        raise BadFile("var.errors.empty_video", name=path.name)
    try:
        container = av.open(str(path), options=OPEN_OPTIONS)
    except (av.FFmpegError, OSError, ValueError) as fault:
        code = "truncated_video" if _is_mp4(path) else "not_a_video"
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


def index(path: Path) -> Index:
    """The index of the recording in ``path``, from one pass over its packets.

    Raises ``BadFile`` or ``NotFound``, by the file's name, where the file is no video, is cut short, has no frames,
    has frames without or with doubled time stamps, changes its picture size, or does not begin with pictures that
    decode.
    """
    first, orientation, size_px = _first_picture(path)
    with opened(path) as (container, stream):
        extradata = bytes(stream.codec_context.extradata or b"")
        rows = _rows(path, container, stream, extradata, first)
        timebase = Timebase(Fraction(stream.time_base or 0))
        codec = codec_name(stream.codec_context.codec.canonical_name, extradata)
        sound = sound_track(container) is not None
        form = container.format.name
    lost = [row for row in rows if not row.discard and row.pts < first.pts]
    # A transport stream may begin anywhere: what is shown before its first key frame refers to what was not recorded.
    # Any other container begins with a key frame, before which only leading pictures can be shown.
    start = next((row.pts for row in rows if row.key), first.pts) if form in ANYWHERE else rows[0].pts
    if any(row.pts >= start for row in lost) or (lost and form not in ANYWHERE and not rows[0].key):
        raise BadFile("var.errors.first_frame_damaged", name=path.name)
    shown = sorted(row.pts for row in rows if not row.discard and row.pts >= first.pts)
    double = next((i for i, (a, b) in enumerate(pairwise(shown)) if a == b), None)
    if double is not None:
        raise BadFile("var.errors.duplicate_pts", name=path.name, frame=double)
    places = {pts: i for i, pts in enumerate(shown)}
    return Index(
        path=path,
        timebase=timebase,
        size_px=size_px,
        codec=codec,
        pts=tuple(shown),
        keys=tuple(sorted(row.pts for row in rows if row.key)),
        packets=tuple(
            PacketEntry(-1 if row.discard else places.get(row.pts, -1), row.pos, row.size, row.idr) for row in rows
        ),
        extradata=extradata,
        sound=sound,
        orientation=orientation,
        container=form,
        lead_in=len(lost),
    )


class _Row(NamedTuple):
    pts: int
    pos: int
    size: int
    key: bool
    idr: bool
    discard: bool


class _First(NamedTuple):
    pts: int
    width: int
    height: int


def _first_picture(path: Path) -> tuple[_First, Orientation, tuple[int, int]]:
    """The first picture that decodes, how it is turned, and its size as shown."""
    with opened(path) as (container, stream):
        frame = next(decoded(container, stream, limit=_PATIENCE), None)
        if frame is None:
            raise BadFile("var.errors.no_frames", name=path.name, codec=stream.codec_context.name)
        if frame.pts is None or stream.time_base is None:
            raise BadFile("var.errors.missing_pts", name=path.name, frame=0)
        orientation = Orientation.of(frame, path.name)
        size_px = shown_size_px(frame.width, frame.height, stream.sample_aspect_ratio, orientation)
        return _First(frame.pts, frame.width, frame.height), orientation, size_px


def _rows(path: Path, container: InputContainer, stream: VideoStream, extradata: bytes, first: _First) -> list[_Row]:
    """Every packet in decode order, after checks that need its content."""
    import av

    codec = stream.codec_context.codec.canonical_name
    announced = len(stream.index_entries) if container.format.name.startswith("mov") else 0
    decoder, anywhere = stream.codec_context.name, container.format.name in ANYWHERE
    seen_sets: set[bytes] = set()
    rows: list[_Row] = []
    damaged: int | None = None
    groups: deque[list[Packet[VideoStream]]] = deque([[]], maxlen=2)
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            if packet.pts is None:
                raise BadFile("var.errors.missing_pts", name=path.name, frame=len(rows))
            if packet.is_corrupt and damaged is None:
                damaged = len(rows)
            if anywhere:
                if packet.is_keyframe:
                    groups.append([])
                groups[-1].append(packet)
            idr = packet.is_keyframe
            if packet.is_keyframe or packet.has_sidedata("new_extradata"):
                data = bytes(packet)
                idr = idr and holds_idr(codec, extradata, data)
                sets = parameter_sets(codec, extradata, data)
                if packet.has_sidedata("new_extradata"):
                    sets += bytes(packet.get_sidedata("new_extradata"))
                if sets and sets not in seen_sets:
                    if rows and (found := size_of(stream.codec_context.name, extradata, packet)) not in (
                        None,
                        first[1:],
                    ):
                        raise BadFile(
                            "var.errors.picture_size_changes", name=path.name, frame=len(rows), size=_text(found)
                        )
                    seen_sets.add(sets)
            rows.append(
                _Row(
                    packet.pts,
                    -1 if packet.pos is None else packet.pos,
                    packet.size,
                    packet.is_keyframe,
                    idr,
                    packet.is_discard,
                )
            )
    except av.FFmpegError as fault:
        raise BadFile("var.errors.cut_short", name=path.name, frames=len(rows), announced=announced or "?") from fault
    # A recorder that is stopped leaves the last picture half written; the container counts none, so it is no frame.
    tail = [packet for group in groups for packet in group]
    if tail and not last_is_whole(decoder, extradata, tail):
        rows[-1] = rows[-1]._replace(discard=True)
        damaged = None if damaged == len(rows) - 1 else damaged
    if damaged is not None and damaged < len(rows) - 1:
        frame = sum(row.pts < rows[damaged].pts for row in rows)
        raise BadFile("var.errors.damaged_frame", name=path.name, frame=frame)
    if damaged is not None or len(rows) < announced:
        whole = len(rows) if damaged is None else damaged
        raise BadFile("var.errors.cut_short", name=path.name, frames=whole, announced=announced or len(rows))
    return rows


def _text(size_px: tuple[int, int] | None) -> str:
    return "?" if size_px is None else f"{size_px[0]}×{size_px[1]}"
