"""The copy that a browser plays: H.264, closed groups of ten pictures, the same frames at the same times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from touchline.errors import BadFile
from touchline.files import replacing
from var.footage.colour import BT709, LIMITED, to_bgr, to_proxy
from var.footage.nal import codec_name
from var.footage.reader import frames
from var.footage.recording import Index, PacketEntry, index, opened

Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""


def proxy_size_px(size_px: tuple[int, int], height: int) -> tuple[int, int]:
    """Width and height of a proxy: at most ``height`` lines, both even, the shape kept within a pixel."""
    lines = max(2, min(height, size_px[1]) // 2 * 2)
    return max(2, round(Fraction(size_px[0] * lines, size_px[1]) / 2) * 2), lines


def make_proxy(
    source: Index, destination: Path, height: int = 720, gop: int = 10, progress: Progress | None = None
) -> Index:
    """Write the proxy of ``source`` to ``destination`` and return its index.

    One frame for each source frame, shown at the same exact second after the first, upright, BT.709 limited range; no
    B pictures; every ``gop``-th frame an IDR. The file takes its name only once it is whole and checked.

    Raises ``BadFile`` with the number of the first source frame that does not decode, or where the proxy would differ.
    """
    with replacing(destination) as temporary:
        _encode(source, temporary, proxy_size_px(source.size_px, height), gop, progress)
        made = index(temporary)
        _check(source, made, gop)
    return replace(made, path=destination)


def _encode(source: Index, path: Path, size_px: tuple[int, int], gop: int, progress: Progress | None) -> None:
    tick_s = source.timebase.tick_s
    time_base = Fraction(1, tick_s.denominator)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        stream = _video_track(out, source, size_px, gop, time_base)
        coded: tuple[int, int] | None = None
        for i, frame in frames(source):
            coded = coded or (frame.width, frame.height)
            if (frame.width, frame.height) != coded:
                raise BadFile(
                    "var.errors.picture_size_changes",
                    name=source.path.name,
                    frame=i,
                    size=f"{frame.width}×{frame.height}",
                )
            picture = _upright(frame, source, size_px)
            picture.pts = (source.pts[i] - source.pts[0]) * tick_s.numerator
            picture.time_base = time_base
            picture.pict_type = PictureType.NONE
            out.mux(stream.encode(picture))
            if progress is not None:
                progress((i + 1) / len(source))
        out.mux(stream.encode(None))


def _video_track(
    out: av.container.OutputContainer, source: Index, size_px: tuple[int, int], gop: int, time_base: Fraction
) -> VideoStream:
    mean_hz = (len(source) - 1) / source.clip_s(len(source) - 1) if len(source) > 1 else Fraction(25)
    stream = out.add_stream("libx264", rate=Fraction(mean_hz).limit_denominator(1001))
    stream.width, stream.height = size_px
    stream.pix_fmt = "yuv420p"
    stream.time_base = time_base
    context = stream.codec_context
    context.time_base = time_base
    context.gop_size = gop
    context.color_range = LIMITED
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.options = {
        "preset": "superfast",
        "tune": "fastdecode",
        "crf": "21",
        "bf": "0",
        "sc_threshold": "0",
        "keyint_min": str(gop),
        "x264-params": "open-gop=0:force-cfr=0",
    }
    return stream


def _upright(frame: VideoFrame, source: Index, size_px: tuple[int, int]) -> VideoFrame:
    """``frame`` as the proxy shows it."""
    turn = source.orientation
    if not turn.clockwise_deg and not turn.mirrored:
        return to_proxy(frame, *size_px)
    width, height = (size_px[1], size_px[0]) if turn.sideways else size_px
    upright = turn.upright(to_bgr(frame, width, height))
    return to_proxy(VideoFrame.from_ndarray(upright, format="bgr24"), *size_px)


def _check(source: Index, proxy: Index, gop: int) -> None:
    """Raise unless ``proxy`` shows the same frames at the same times, in closed groups of ``gop``."""
    name = source.path.name
    if len(proxy) != len(source):
        raise BadFile("var.errors.proxy_differs", name=name, frame=min(len(proxy), len(source)))
    for i, packet in enumerate(proxy.packets):
        if packet.display != i or packet.idr != (i % gop == 0) or proxy.clip_s(i) != source.clip_s(i):
            raise BadFile("var.errors.proxy_differs", name=name, frame=i)


@dataclass(frozen=True, slots=True)
class ProxyTable:
    """What a browser's decoder must know of a proxy. Packets are in the order of decoding, which is that of display."""

    size_px: tuple[int, int]
    codec: str
    extradata: bytes
    packets: tuple[PacketEntry, ...]


def read_table(path: Path, count: int) -> ProxyTable:
    """The packet table of the proxy in ``path``, from the file's own table: no picture is read.

    Raises ``BadFile`` where the proxy does not have ``count`` frames, ``NotFound`` where it is not there.
    """
    with opened(path) as (_, stream):
        context = stream.codec_context
        extradata = bytes(context.extradata or b"")
        entries = list(stream.index_entries)
        if len(entries) != count or any(a.timestamp >= b.timestamp for a, b in pairwise(entries)):
            raise BadFile("var.errors.proxy_differs", name=path.name, frame=min(count, len(entries)))
        return ProxyTable(
            size_px=(context.width, context.height),
            codec=codec_name(context.name, extradata),
            extradata=extradata,
            packets=tuple(PacketEntry(i, e.pos, e.size, e.is_keyframe) for i, e in enumerate(entries)),
        )
