"""The copy that a browser plays: H.264, closed groups of ten pictures, the same frames at the same times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from touchline.errors import BadFile
from touchline.files import replacing
from touchline.timebase import Timebase
from var.footage.colour import BT709, LIMITED, to_bgr, to_proxy
from var.footage.nal import codec_name, holds_idr
from var.footage.orientation import Orientation
from var.footage.reader import frames
from var.footage.recording import Index, index, opened, reason
from var.footage.stretches import GOP_FRAMES, PLACE, Medium, StretchWriter, file_name
from var.footage.walk import Walk

Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""


def proxy_size_px(size_px: tuple[int, int], height: int) -> tuple[int, int]:
    """Width and height of a proxy: at most ``height`` lines, both even, the shape kept within a pixel."""
    lines = max(2, min(height, size_px[1]) // 2 * 2)
    return max(2, round(Fraction(size_px[0] * lines, size_px[1]) / 2) * 2), lines


def make_proxy(
    source: Index, destination: Path, height: int = 720, gop: int = GOP_FRAMES, progress: Progress | None = None
) -> Index:
    """Write the proxy of ``source`` to the one file ``destination`` and return its index.

    One frame for each source frame, shown at the same exact second after the first, upright, BT.709 limited range; no
    B pictures; every ``gop``-th frame an IDR. The file takes its name only once it is whole and checked.

    Raises ``BadFile`` with the number of the first source frame that does not decode, or where the proxy would differ.
    """
    with replacing(destination) as temporary:
        size_px, count = proxy_size_px(source.size_px, height), len(source)
        pictures = ((i, _upright(frame, source.orientation, size_px)) for i, frame in _same_size(source))
        form = _Form(size_px, mean_rate(source), gop, "+faststart")
        _encode(temporary, pictures, source, 0, form, lambda done: progress and progress(done / count))
        _check(temporary, source, 0, count, gop)
        made = index(temporary)
    return replace(made, path=destination)


def make_stretch(
    walk: Walk, writer: StretchWriter, first: int, count: int, height: int = 720, progress: Progress | None = None
) -> None:
    """Write the stretch of ``count`` frames from ``first`` on to the writer's folder and say so in its index.

    What ``make_proxy`` promises of a whole proxy holds of each stretch; its first frame is shown at 0.

    Raises ``BadFile`` with the number of a source frame that does not decode, or where the stretch would differ.
    """
    clip, known = walk.clip, writer.known
    size_px = proxy_size_px(clip.size_px, height)
    rate = Fraction(known.rate) if known.rate else mean_rate(clip)
    destination = writer.folder / file_name(first)
    with replacing(destination) as temporary:
        pictures = ((i, _upright(frame, walk.turn(frame), size_px)) for i, frame in walk.frames(first, first + count))
        form = _Form(size_px, rate, GOP_FRAMES)
        try:
            _encode(temporary, pictures, clip, first, form, lambda done: progress and progress(done / count))
        except av.FFmpegError as fault:  # the disk is full, for one
            raise BadFile("var.errors.file_trouble", name=destination.name, fault=reason(fault)) from fault
        table = _check(temporary, clip, first, count, GOP_FRAMES)
        size = temporary.stat().st_size
        writer.heading(table.medium, str(rate))
    writer.made(first, table.places, size)


class Timed(Protocol):
    """What a proxy must know of its source: an ``Index`` or a ``var.model.Clip`` says it."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def pts(self) -> Sequence[int]:
        """When each frame is shown, in ticks."""

    @property
    def timebase(self) -> Timebase:
        """How long a tick lasts."""


def mean_rate(source: Timed) -> Fraction:
    """The mean number of frames a second, as an encoder takes it; 25 for one frame."""
    span_s = source.timebase.seconds(source.pts[-1] - source.pts[0])
    return ((len(source.pts) - 1) / span_s).limit_denominator(1001) if len(source.pts) > 1 else Fraction(25)


@dataclass(frozen=True, slots=True)
class _Form:
    size_px: tuple[int, int]
    rate: Fraction
    gop: int
    flags: str = ""


def _same_size(source: Index) -> Iterator[tuple[int, VideoFrame]]:
    coded: tuple[int, int] | None = None
    for i, frame in frames(source):
        coded = coded or (frame.width, frame.height)
        if (frame.width, frame.height) != coded:
            size = f"{frame.width}×{frame.height}"
            raise BadFile("var.errors.picture_size_changes", name=source.path.name, frame=i, size=size)
        yield i, frame


def _encode(
    path: Path,
    pictures: Iterator[tuple[int, VideoFrame]],
    source: Timed,
    first: int,
    form: _Form,
    progress: Callable[[int], object],
) -> None:
    tick_s = source.timebase.tick_s
    time_base = Fraction(1, tick_s.denominator)
    options = {"movflags": form.flags} if form.flags else {}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        stream = _video_track(out, form, time_base)
        for i, picture in pictures:
            picture.pts = (source.pts[i] - source.pts[first]) * tick_s.numerator
            picture.time_base = time_base
            picture.pict_type = PictureType.NONE
            out.mux(stream.encode(picture))
            progress(i - first + 1)
        out.mux(stream.encode(None))


def _video_track(out: av.container.OutputContainer, form: _Form, time_base: Fraction) -> VideoStream:
    stream = out.add_stream("libx264", rate=form.rate)
    stream.width, stream.height = form.size_px
    stream.pix_fmt = "yuv420p"
    stream.time_base = time_base
    context = stream.codec_context
    context.time_base = time_base
    context.gop_size = form.gop
    context.color_range = LIMITED
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.options = {
        "preset": "superfast",
        "tune": "fastdecode",
        "crf": "21",
        "bf": "0",
        "sc_threshold": "0",
        "keyint_min": str(form.gop),
        "x264-params": "open-gop=0:force-cfr=0",
    }
    return stream


def _upright(frame: VideoFrame, turn: Orientation, size_px: tuple[int, int]) -> VideoFrame:
    """``frame`` as the proxy shows it."""
    if not turn.clockwise_deg and not turn.mirrored:
        return to_proxy(frame, *size_px)
    width, height = (size_px[1], size_px[0]) if turn.sideways else size_px
    upright = turn.upright(to_bgr(frame, width, height))
    return to_proxy(VideoFrame.from_ndarray(upright, format="bgr24"), *size_px)


def _check(path: Path, source: Timed, first: int, count: int, gop: int) -> ProxyTable:
    """The table of the proxy in ``path``. Raises unless it shows the frames from ``first`` on at the same times, in
    closed groups of ``gop``."""
    table = read_table(path, count, source.path.name)
    wanted = np.asarray(source.pts[first : first + count], np.int64)
    wanted = (wanted - wanted[0]) * source.timebase.tick_s.numerator
    shown, due = table.tick_s * source.timebase.tick_s.denominator, np.arange(count) % gop == 0
    same = ((table.times - table.times[0]) * shown.numerator == wanted * shown.denominator) & (table.idr == due)
    with path.open("rb") as stream:
        for k in np.flatnonzero(due).tolist():
            stream.seek(int(table.places["pos"][k]))
            same[k] &= holds_idr("h264", table.medium.extradata, stream.read(int(table.places["size"][k])))
    if not same.all():
        raise BadFile("var.errors.proxy_differs", name=source.path.name, frame=first + int(np.argmin(same)))
    return table


@dataclass(frozen=True, slots=True)
class ProxyTable:
    """What a browser's decoder must know of a proxy. ``places`` holds one ``PLACE`` a packet, in the order of decoding,
    which is that of display; ``times`` are their time stamps in ticks of ``tick_s``, ``idr`` which are key packets."""

    medium: Medium
    places: NDArray[np.void]
    times: NDArray[np.int64]
    idr: NDArray[np.bool_]
    tick_s: Fraction


def read_table(path: Path, count: int, name: str = "") -> ProxyTable:
    """The packet table of the proxy in ``path``, from the file's own table: no picture is read.

    Raises ``BadFile`` where the proxy does not have ``count`` frames, ``NotFound`` where it is not there. ``name`` is
    what the refusal calls it.
    """
    with opened(path) as (_, stream):
        context = stream.codec_context
        extradata = bytes(context.extradata or b"")
        entries = [(e.timestamp, e.pos, e.size, e.is_keyframe) for e in stream.index_entries]
        columns = np.array(entries, np.int64).reshape(-1, 4)
        times, places = columns[:, 0], np.empty(len(columns), PLACE)
        if len(columns) != count or (np.diff(times) <= 0).any() or (columns[:, 1] >= 2**32).any():
            raise BadFile("var.errors.proxy_differs", name=name or path.name, frame=min(count, len(columns)))
        places["pos"], places["size"] = columns[:, 1], columns[:, 2]
        return ProxyTable(
            medium=Medium((context.width, context.height), codec_name(context.name, extradata), extradata),
            places=places,
            times=times,
            idr=columns[:, 3] > 0,
            tick_s=Fraction(stream.time_base or 1),
        )
