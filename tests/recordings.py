"""Small recordings of many kinds, made with PyAV; every frame shows its number (``barcode``)."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import barcode
import numpy as np

X264 = {"preset": "ultrafast", "sc_threshold": "0"}
X265 = {"preset": "ultrafast", "x265-params": "log-level=none:bframes=2:pools=1:frame-threads=1"}


def write(
    path: Path,
    count: int = 60,
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    size: tuple[int, int] = (320, 180),
    rate: Fraction = Fraction(25),
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    gop: int = 30,
    pix_fmt: str = "yuv420p",
    form: str | None = None,
    camera: int = 0,
    sound_s: tuple[float, float] | None = None,
    rotation: tuple[float, bool] | None = None,
    pixel_aspect: Fraction | None = None,
    tags: dict[str, int] | None = None,
    picture: Callable[[int], Any] | None = None,
) -> Path:
    """Encode ``count`` numbered frames. ``sound_s`` adds a 440 Hz tone from one second to another."""
    base = time_base or 1 / rate
    with usual_turn(), av.open(str(path), "w", format=form) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = pix_fmt
        stream.time_base = stream.codec_context.time_base = base
        stream.codec_context.gop_size = gop
        stream.codec_context.thread_count = 1
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        stream.options = options if options is not None else X264 | {"bf": "2"}
        if rotation is not None:
            stream.set_display_rotation(rotation[0], hflip=rotation[1])
        tone: Any = out.add_stream("aac", rate=48000, layout="mono") if sound_s else None
        if sound_s:
            write_tone(out, tone, sound_s)
        for i in range(count):
            drawn = barcode.draw(i, size, camera) if picture is None else picture(i)
            frame = av.VideoFrame.from_ndarray(drawn, format="bgr24").reformat(
                format=pix_fmt, **({"dst_colorspace": "ITU709", "dst_color_range": 1} if tags else {})
            )
            frame.pts, frame.time_base = (i if pts is None else pts[i]), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@contextmanager
def usual_turn() -> Iterator[None]:
    """The thread's place among others stays what it was. SVT-AV1 takes a real-time one for who calls it as root, which
    all that is started afterwards inherits: browsers and servers of later tests left nobody else a turn."""
    if sys.platform != "linux":
        yield
        return
    policy, place = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, place)


def write_tone(out: Any, track: Any, span_s: tuple[float, float]) -> None:
    first, last = (round(s * 48000) for s in span_s)
    for at in range(first, last, 1024):
        t = np.arange(at, min(at + 1024, last)) / 48000
        frame: Any = av.AudioFrame.from_ndarray(
            (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)[None], format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
        out.mux(track.encode(frame))
    out.mux(track.encode(None))


def repack(
    source: Path,
    path: Path,
    change: Callable[[list[Any]], list[Any]],
    form: str | None = None,
    flags: str | None = None,
) -> Path:
    """The video packets of ``source`` in another file, after ``change``."""
    options = {"movflags": flags} if flags else {}
    with av.open(str(source)) as container, av.open(str(path), "w", format=form, options=options) as out:
        stream = container.streams.video[0]
        track = out.add_stream_from_template(stream)
        for packet in change([p for p in container.demux(stream) if p.size]):
            packet.stream = track
            out.mux(packet)
    return path


def from_packet(k: int, shown: int) -> Callable[[list[Any]], list[Any]]:
    """Cut so that the file begins with packet ``k`` (a key) and is shown from the pts of packet ``shown`` on."""

    def cut(packets: list[Any]) -> list[Any]:
        offset = packets[shown].pts
        for packet in packets:
            packet.pts, packet.dts = packet.pts - offset, packet.dts - offset
        return packets[k:]

    return cut


def packets_of(path: Path) -> list[tuple[int, int, int]]:
    """Display time, place and size of each packet in decode order."""
    with av.open(str(path)) as container:
        return [(p.pts or 0, p.pos or 0, p.size) for p in container.demux(video=0) if p.size]


def jittered(count: int, seed: int = 3) -> list[int]:
    """Time stamps of a phone at 30 Hz nominal, in 1/90000 s: jitter of 8 ms and every twelfth frame dropped."""
    rng = random.Random(seed)
    slot, out = 0, []
    for _ in range(count):
        slot += 2 if rng.random() < 0.08 else 1
        out.append(slot * 3000 + rng.randint(-700, 700))
    return out


def _cut(folder: Path) -> Path:
    source = write(folder / "whole.mp4", 70, options=X264 | {"bf": "2"}, gop=25)
    return repack(source, folder / "cut.mp4", from_packet(25, 31))


def _ms_mkv(folder: Path) -> Path:
    source = write(folder / "ntsc_for_mkv.mp4", rate=Fraction(30000, 1001))
    return repack(source, folder / "ms.mkv", lambda packets: packets)


def _fragmented(folder: Path) -> Path:
    """As phones and streaming software write it: a table of contents in each fragment."""
    source = write(folder / "for_fragments.mp4", gop=15)
    return repack(source, folder / "fragments.mp4", lambda packets: packets, flags="frag_keyframe+empty_moov")


KINDS: dict[str, Callable[[Path], Path]] = {
    "cfr_b_frames": lambda d: write(d / "cfr.mp4"),
    "vfr": lambda d: write(d / "vfr.mp4", time_base=Fraction(1, 90000), pts=jittered(60), rate=Fraction(30)),
    "open_gop": lambda d: write(
        d / "open.mp4", options=X264 | {"bf": "3", "b-pyramid": "normal", "x264-params": "open-gop=1"}, gop=20
    ),
    "intra_refresh": lambda d: write(
        d / "refresh.mp4", options=X264 | {"bf": "0", "x264-params": "intra-refresh=1"}, gop=15
    ),
    "ntsc": lambda d: write(d / "ntsc.mp4", rate=Fraction(30000, 1001)),
    "ms_mkv": _ms_mkv,
    "hevc": lambda d: write(d / "hevc.mp4", codec="libx265", options=X265, gop=20),
    "hevc_10_bit": lambda d: write(d / "hevc10.mp4", 30, codec="libx265", options=X265, gop=12, pix_fmt="yuv420p10le"),
    "edit_list_cut": _cut,
    "transport_stream": lambda d: write(d / "start.ts", form="mpegts", sound_s=(0.0, 2.4)),
    "odd_size": lambda d: write(d / "odd.mov", 20, codec="mjpeg", options={}, size=(321, 181), pix_fmt="yuvj420p"),
    # A display rotation is given counter-clockwise: the picture is stored turned to the left, and shown turned back.
    "rotated": lambda d: write(
        d / "turned.mp4", 40, rotation=(-90, False), picture=lambda i: np.rot90(barcode.draw(i, (180, 320))).copy()
    ),
    "upside_down": lambda d: write(
        d / "down.mp4", 20, rotation=(180, False), picture=lambda i: np.rot90(barcode.draw(i), 2).copy()
    ),
    "mirrored": lambda d: write(
        d / "mirrored.mp4", 20, rotation=(0, True), picture=lambda i: barcode.draw(i)[:, ::-1].copy()
    ),
    "turned_and_mirrored": lambda d: write(
        d / "both.mp4",
        20,
        rotation=(-90, True),  # turned by 90 degrees clockwise, then mirrored
        picture=lambda i: np.rot90(barcode.draw(i, (180, 320))[:, ::-1]).copy(),
    ),
    "anamorphic": lambda d: write(d / "wide.mp4", 20, size=(240, 180), pixel_aspect=Fraction(4, 3)),
    "av1": lambda d: write(d / "av1.mp4", 20, codec="libsvtav1", options={"preset": "8", "crf": "12"}, gop=8),
    "vp9": lambda d: write(
        d / "vp9.mkv", 20, codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}, gop=8
    ),
    "fragmented": lambda d: _fragmented(d),
    "mpeg4": lambda d: write(d / "part2.mp4", 30, codec="mpeg4", options={"bf": "2"}, gop=12),
    "prores": lambda d: write(d / "pro.mov", 12, codec="prores_ks", options={}, pix_fmt="yuv422p10le"),
    "mpeg2": lambda d: write(d / "mpeg2.ts", 40, codec="mpeg2video", options={"bf": "2"}, gop=12, form="mpegts"),
}
