"""Recordings as they should not be, made with PyAV: each frame carries its number (``barcode``).

``EXACT`` must be read frame by frame, bit for bit; ``REFUSED`` must be refused by the name beside it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import barcode
import field_pictures
import recordings
import simplejpeg
from recordings import X264, X265, write

Maker = Callable[[Path], Path]
SIZE = (320, 180)
TICKS = Fraction(1, 90000)
OPEN = X264 | {"bf": "3", "b-pyramid": "normal", "x264-params": "open-gop=1:keyint=12:min-keyint=12"}
PLAIN = X264 | {"bf": "0"}


def copied(
    source: Path,
    path: Path,
    *,
    form: str | None = None,
    options: dict[str, str] | None = None,
    change: Callable[[list[Any]], Sequence[Any]] = lambda packets: packets,
    more: Callable[[Any], None] | None = None,
) -> Path:
    """The video packets of ``source``, after ``change``, in another file with the muxer's ``options``; ``more`` may add
    a track before them and returns nothing."""
    with av.open(str(source)) as container, av.open(str(path), "w", format=form, options=options or {}) as out:
        stream = container.streams.video[0]
        track = out.add_stream_from_template(stream)
        packets = change([packet for packet in container.demux(stream) if packet.size])
        if more is not None:
            more(out)
        for packet in packets:
            packet.stream = track
            out.mux(packet)
    return path


def repeated(seed: Path, path: Path, count: int, options: dict[str, str] | None = None) -> Path:
    """A recording of ``count`` frames made of the packets of ``seed``, again and again: as long as a match in seconds.

    ``seed`` begins with a key frame and holds a whole number of closed groups.
    """
    with av.open(str(seed)) as container, av.open(str(path), "w", options=options or {}) as out:
        stream = container.streams.video[0]
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in container.demux(stream) if p.size]
        step = (packets[-1][2] - packets[0][2]) // (len(packets) - 1)
        track = out.add_stream_from_template(stream)
        for k in range(count):
            data, pts, dts, key = packets[k % len(packets)]
            packet: Any = av.Packet(data)
            later = k // len(packets) * len(packets) * step
            packet.pts, packet.dts, packet.time_base = pts + later, dts + later, stream.time_base
            packet.is_keyframe, packet.stream = key, track
            out.mux(packet)
    return path


def moved(by: int, start: int = 0) -> Callable[[list[Any]], list[Any]]:
    """Time stamps later by ``by`` ticks from packet ``start`` on."""

    def change(packets: list[Any]) -> list[Any]:
        for packet in packets[start:]:
            packet.pts, packet.dts = packet.pts + by, packet.dts + by
        return packets

    return change


def _ts(folder: Path, name: str, options: dict[str, str], count: int = 60, **how: Any) -> Path:
    source = write(folder / f"for_{name}.mp4", count, options=OPEN, **how)
    return copied(source, folder / f"{name}.ts", form="mpegts", options=options)


def _wrap_seconds(before_s: float) -> dict[str, str]:
    """So that the 33 bits of a transport stream's clock run over ``before_s`` after its beginning."""
    return {"output_ts_offset": f"{2**33 / 90000 - before_s:.3f}", "mpegts_copyts": "1"}


def _tone(span_s: tuple[float, float]) -> Callable[[Any], None]:
    def add(out: Any) -> None:
        recordings.write_tone(out, out.add_stream("aac", rate=48000, layout="mono"), span_s)

    return add


def _two_video_tracks(folder: Path) -> Path:
    first, second = (write(folder / f"track{k}.mp4", 30, camera=k) for k in (0, 1))
    with av.open(str(first)) as a, av.open(str(second)) as b, av.open(str(folder / "two.mp4"), "w") as out:
        tracks = [out.add_stream_from_template(source.streams.video[0]) for source in (a, b)]
        for source, track in zip((a, b), tracks, strict=True):
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = track
                    out.mux(packet)
    return folder / "two.mp4"


def _starts_at_clean_random_access(folder: Path) -> Path:
    """A cut without re-encoding: the first packet is a CRA picture, and what leads up to it cannot be decoded."""
    whole = write(folder / "whole.mp4", 60, codec="libx265", options=X265, gop=20)

    def cut(packets: list[Any]) -> list[Any]:
        keys = [k for k, packet in enumerate(packets) if packet.is_keyframe]
        return packets[keys[1] :]

    return copied(whole, folder / "cra.mp4", change=cut)


def field_packets(path: Path, form: str, *, apart: bool, stamped: bool = True, count: int = 40) -> Path:
    """Field pictures in a container: both fields of a frame in one packet, or ``apart``, the second one ``stamped``."""
    size = (128, 96)
    pairs = [field_pictures.frame(barcode.draw(i, size)[:, :, 0], i) for i in range(count)]
    raw = path.with_suffix(".h264")
    raw.write_bytes(b"".join(first + second for first, second in pairs))
    with av.open(str(raw)) as container, av.open(str(path), "w", format=form) as out:
        track = out.add_stream_from_template(container.streams.video[0])
        for i, pair in enumerate(pairs):
            for k, data in enumerate(pair if apart else (pair[0] + pair[1],)):
                packet: Any = av.Packet(data)
                packet.time_base, packet.duration = TICKS, 1800 if apart else 3600
                packet.pts = packet.dts = i * 3600 + k * 1800 + 9000
                packet.stream, packet.is_keyframe = track, i % field_pictures.GROUP == 0 and k == 0
                out.mux(packet)
    return path


def _fragments(folder: Path, name: str = "fragments.mp4", count: int = 60, **how: Any) -> Path:
    source = write(folder / f"for_{name}", count, gop=10, **how)
    return copied(source, folder / name, options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})


def _live_webm(folder: Path) -> Path:
    source = write(
        folder / "for.webm", 30, codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}, gop=10
    )
    return copied(source, folder / "live.webm", options={"live": "1"})


def _stereo_tones(folder: Path) -> Path:
    """The sound begins before the picture: MP4 tells it with edit lists on both tracks."""
    source = write(folder / "for_shifted.mp4", 50)
    return copied(source, folder / "shifted.mp4", change=moved(6400), more=_tone((0.0, 2.4)))  # half a second


def _plain_stream(folder: Path, name: str = "plain", count: int = 40, **how: Any) -> Path:
    source = write(folder / f"for_{name}.mp4", count, options=X264 | {"bf": "2"}, gop=10, **how)
    return copied(source, folder / f"{name}.ts", form="mpegts")


def _patched(path: Path, frame: int, change: Callable[[bytearray, int, list[int]], None]) -> Path:
    """``path``, a transport stream, after ``change`` of the header with which packet ``frame`` of the video begins:
    it gets the bytes, the header's place and the places of all headers before it (ISO/IEC 13818-1, 2.4.3.7)."""
    data, heads = bytearray(path.read_bytes()), []
    for at in range(0, len(data), 188):
        begins, pid = data[at + 1] & 0x40, (data[at + 1] & 31) << 8 | data[at + 2]
        head = at + 4 + (data[at + 4] + 1 if data[at + 3] & 0x20 else 0)
        if begins and pid == 0x100 and data[head : head + 3] == b"\0\0\1":
            heads.append(head)
    change(data, heads[frame], heads[:frame])
    path.write_bytes(data)
    return path


def _ticks_of(data: bytearray, at: int) -> int:
    a, b, c, d, e = data[at : at + 5]
    return (a >> 1 & 7) << 30 | b << 22 | c >> 1 << 15 | d << 7 | e >> 1


def _put_ticks(data: bytearray, at: int, ticks: int) -> None:
    data[at] = data[at] & 0xF1 | ticks >> 29 & 14
    data[at + 1 : at + 5] = bytes([ticks >> 22 & 255, ticks >> 14 & 255 | 1, ticks >> 7 & 255, ticks << 1 & 255 | 1])


def _dts_before(frames: int) -> Callable[[bytearray, int, list[int]], None]:
    """The time of decoding falls back below that of ``frames`` packets before."""

    def change(data: bytearray, head: int, before: list[int]) -> None:
        assert data[head + 7] >> 6 == 3, "this packet has no time of decoding of its own"
        other = before[-frames]
        at = other + (14 if data[other + 7] >> 6 == 3 else 9)
        _put_ticks(data, head + 14, _ticks_of(data, at) - 100)

    return change


def _no_stamp(data: bytearray, head: int, before: list[int]) -> None:
    length = data[head + 8]
    data[head + 7] &= 0x3F
    data[head + 9 : head + 9 + length] = b"\xff" * length


def two_in_one(folder: Path, suffix: str, **second: Any) -> Path:
    """Two recordings in one stream, the second one of another size or with a clock that begins again."""
    a, b = folder / "a.ts", folder / "b.ts"
    _plain_stream(folder, "a")
    _plain_stream(folder, "b", **second)
    (folder / f"ab{suffix}").write_bytes(a.read_bytes() + b.read_bytes())
    return folder / f"ab{suffix}"


EXACT: dict[str, Maker] = {
    **recordings.KINDS,
    "many_open_groups": lambda d: write(d / "groups.mp4", 110, options=OPEN),
    "huge_gap": lambda d: copied(
        write(d / "for_gap.mp4", 50, options=PLAIN, gop=10), d / "gap.mp4", change=moved(3600 * 12800, 25)
    ),
    "stream_with_offset": lambda d: _ts(d, "offset", {"output_ts_offset": "5000"}),
    "stream_whose_clock_wraps": lambda d: _ts(d, "wrap", _wrap_seconds(1.2)),
    "stream_whose_clock_wraps_late": lambda d: _ts(d, "late", _wrap_seconds(101.3), 120, rate=Fraction(1)),
    "hevc_stream": lambda d: copied(
        write(d / "for.mp4", 50, codec="libx265", options=X265, gop=15), d / "hevc.ts", form="mpegts"
    ),
    "hevc_from_a_clean_random_access": _starts_at_clean_random_access,
    "empty_edit": lambda d: copied(write(d / "for.mp4", 40), d / "late.mp4", change=moved(12800)),
    "shifted_sound": _stereo_tones,
    "high_10": lambda d: write(d / "high10.mp4", 40, pix_fmt="yuv420p10le", options=OPEN),
    "four_two_two": lambda d: write(d / "422.mp4", 30, pix_fmt="yuv422p"),
    "four_four_four": lambda d: write(d / "444.mp4", 30, pix_fmt="yuv444p"),
    "mixed_fields": lambda d: write(
        d / "mbaff.mp4", 30, size=(320, 192), options=X264 | {"bf": "2", "x264-params": "tff=1"}
    ),
    "field_pictures": lambda d: field_packets(d / "paff.mp4", "mp4", apart=False),
    "field_pictures_apart": lambda d: field_packets(d / "apart.mp4", "mp4", apart=True),
    "field_pictures_in_a_stream": lambda d: field_packets(d / "paff.ts", "mpegts", apart=False),
    "field_pictures_apart_in_a_stream": lambda d: field_packets(d / "apart.ts", "mpegts", apart=True),
    "two_video_tracks": _two_video_tracks,
    "edit_list_that_hides_a_second": lambda d: copied(
        write(d / "for.mp4", 40, options=PLAIN), d / "hidden.mp4", change=moved(-12800)
    ),
    "negative_pts": lambda d: copied(
        write(d / "for.mp4", 40, options=PLAIN),
        d / "negative.mp4",
        change=moved(-12800),
        options={"avoid_negative_ts": "disabled", "use_editlist": "0"},
    ),
    "falling_dts": lambda d: _patched(_plain_stream(d), 9, _dts_before(2)),
    "one_frame": lambda d: write(d / "one.mp4", 1),
    "alpha": lambda d: write(d / "alpha.mov", 20, codec="prores_ks", options={"profile": "4"}, pix_fmt="yuva444p10le"),
    "animation_with_alpha": lambda d: write(d / "alpha.mov", 20, codec="qtrle", options={}, pix_fmt="argb"),
    "mjpeg_avi": lambda d: write(d / "m.avi", 20, codec="mjpeg", options={}, pix_fmt="yuvj420p"),
    "mpeg4_avi": lambda d: write(d / "p.avi", 30, codec="mpeg4", options={}, gop=12),
    "mpeg4_avi_with_b_frames": lambda d: write(d / "b.avi", 30, codec="mpeg4", options={"bf": "2"}, gop=12),
    "vp8_webm": lambda d: write(
        d / "vp8.webm", 20, codec="libvpx", options={"deadline": "realtime", "cpu-used": "8"}, gop=8
    ),
    "live_webm": _live_webm,
    "fragments_with_times_of_90_khz": lambda d: _fragments(
        d, "vfr.mp4", time_base=TICKS, pts=recordings.jittered(60), rate=Fraction(30)
    ),
}


def cut_off(path: Path, share: float) -> Path:
    """The first ``share`` of the bytes of ``path``, in place."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def _named(folder: Path, content: bytes, name: str = "named.mp4") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def _tune(folder: Path, name: str, codec: str, form: str | None = None) -> Path:
    with av.open(str(folder / name), "w", format=form) as out:
        recordings.write_tone(out, out.add_stream(codec, rate=48000, layout="mono"), (0.0, 0.5))
    return folder / name


def _cover_art(folder: Path) -> Path:
    """A piece of music with a picture on its cover, in MP4."""
    with av.open(str(folder / "song.mp4"), "w") as out:
        tone: Any = out.add_stream("aac", rate=48000, layout="mono")
        cover: Any = out.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = *SIZE, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        recordings.write_tone(out, tone, (0.0, 0.5))
        picture = av.Packet(simplejpeg.encode_jpeg(barcode.draw(1)))
        picture.stream, picture.pts, picture.dts = cover, 0, 0
        out.mux(picture)
    return folder / "song.mp4"


def _faststart(folder: Path) -> Path:
    return copied(write(folder / "whole.mp4"), folder / "fast.mp4", options={"movflags": "+faststart"})


def _sizes_in_turn(folder: Path, name: str, codec: str, pix_fmt: str, options: dict[str, str]) -> Path:
    """Packets of two encoders in one track."""
    parts = [
        write(folder / f"{k}{name[-5:]}", 10, codec=codec, options=options, pix_fmt=pix_fmt, size=size, gop=5)
        for k, size in enumerate((SIZE, (160, 90)))
    ]
    with av.open(str(parts[0])) as first, av.open(str(parts[1])) as second, av.open(str(folder / name), "w") as out:
        track = out.add_stream_from_template(first.streams.video[0])
        for k, source in enumerate((first, second)):
            for packet in source.demux(video=0):
                if packet.size:
                    shift = round(k * Fraction(10, 25) / source.streams.video[0].time_base)
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, track
                    out.mux(packet)
    return folder / name


def _doubled(packets: list[Any]) -> list[Any]:
    packets[4].pts = packets[5].pts
    return packets


def _encrypted(folder: Path) -> Path:
    keys = {"encryption_key": "76a6c65c5ea762046bd749a2e632ccbb", "encryption_kid": "a7e61c373e219033c21091fa607bf3b8"}
    source = write(folder / "for.mp4", 30)
    return copied(source, folder / "locked.mp4", options={"encryption_scheme": "cenc-aes-ctr", **keys})


def _hole_in_stream(folder: Path) -> Path:
    path = _plain_stream(folder, size=(640, 360))
    data = path.read_bytes()
    middle = len(data) // 188 // 2 * 188
    path.write_bytes(data[:middle] + data[middle + 188 * 7 :])
    return path


def _unknown_codec(folder: Path) -> Path:
    data = write(folder / "v.mp4", 5).read_bytes()
    return _named(folder, data.replace(b"avc1", b"zzzz").replace(b"avcC", b"zzzC"))


def _folder(folder: Path) -> Path:
    (folder / "STREAM.mp4").mkdir()
    return folder / "STREAM.mp4"


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
VP9 = {"deadline": "realtime", "cpu-used": "8"}

REFUSED: dict[str, tuple[Maker, str]] = {
    "absent": (lambda d: d / "none.mp4", "no_such_video"),
    "a folder": (_folder, "video_is_folder"),
    "zero bytes": (lambda d: _named(d, b""), "empty_video"),
    "text": (lambda d: _named(d, "Xin chào\n".encode() * 200), "not_a_video"),
    "JPEG": (lambda d: _named(d, simplejpeg.encode_jpeg(barcode.draw(1))), "not_a_video"),
    "PNG": (
        lambda d: write(d / "still.png", 1, codec="png", options={}, pix_fmt="rgb24", form="image2"),
        "not_a_video",
    ),
    "PDF": (lambda d: _named(d, PDF * 20), "not_a_video"),
    "MP3": (lambda d: _tune(d, "song.mp3", "libmp3lame"), "not_a_video"),
    "noise": (lambda d: _named(d, random.Random(8).randbytes(50_000)), "not_a_video"),
    "playlist": (
        lambda d: _named(d, f"#EXTM3U\n#EXTINF:5,\n{_plain_stream(d)}\n#EXT-X-ENDLIST\n".encode()),
        "not_a_video",
    ),
    "list of files": (
        lambda d: _named(d, f"ffconcat version 1.0\nfile '{write(d / 'x.mp4', 5)}'\n".encode()),
        "not_a_video",
    ),
    "only sound": (lambda d: _tune(d, "talk.mp4", "aac"), "no_pictures"),
    "cover art": (_cover_art, "no_pictures"),
    "table of contents lost": (lambda d: cut_off(write(d / "t.mp4", 20), 1 / 2), "truncated_video"),
    "table of contents first, cut": (lambda d: cut_off(_faststart(d), 1 / 2), "cut_short"),
    "table of contents first, last byte cut": (lambda d: _named(d, _faststart(d).read_bytes()[:-1]), "cut_short"),
    "fragments cut in the first picture": (
        lambda d: _named(d, _fragments(d).read_bytes()[:1500]),
        "cut_short",
    ),
    "a time stamp twice": (
        lambda d: copied(write(d / "n.mp4", 12, options=PLAIN), d / "double.mp4", change=_doubled),
        "duplicate_pts",
    ),
    "a time stamp missing": (lambda d: _patched(_plain_stream(d), 9, _no_stamp), "missing_pts"),
    "two recordings in one stream": (lambda d: two_in_one(d, ".ts", pts=[i + 3 for i in range(40)]), "times_go_back"),
    "size changes in a stream": (
        lambda d: two_in_one(d, ".ts", size=(160, 90), pts=range(40, 80)),
        "picture_size_changes",
    ),
    "size changes in MKV": (
        lambda d: _sizes_in_turn(d, "ab.webm", "libvpx-vp9", "yuv420p", VP9),
        "picture_size_changes",
    ),
    "size changes in AVI": (lambda d: _sizes_in_turn(d, "a.avi", "mjpeg", "yuvj420p", {}), "picture_size_changes"),
    "a hole in a stream": (_hole_in_stream, "damaged_frame"),
    "unknown codec": (_unknown_codec, "unsupported_codec"),
    "encrypted": (_encrypted, "no_frames"),
}
