"""The matches that the replay benchmark plays: a short one of four angles with bar codes, and a long one to open."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
from barcoded import bits_of
from numpy.typing import NDArray

from touchline.files import sha256_of
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.footage.proxy import make_proxy, make_stretch
from var.footage.stretches import STRETCH_FRAMES, StretchWriter, file_name
from var.footage.table import write_table
from var.footage.video import index
from var.footage.walk import Walk
from var.model import Clip, Match, Setup

CAMERAS = 4
FPS = 50


def _texture(size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture wider than the frame, grained like grass under floodlight, to pan over."""
    import cv2

    width, height = size_px
    chance = np.random.default_rng(5)
    coarse = chance.integers(60, 150, (height // 24, width // 12), np.uint8)
    field = cv2.resize(coarse, (2 * width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    field += chance.normal(0, 5, field.shape)
    return np.clip(field, 30, 210).astype(np.uint8)


def _picture(texture: NDArray[np.uint8], size_px: tuple[int, int], i: int) -> NDArray[np.uint8]:
    """Frame ``i`` in planar 4:2:0 with its number as bars across the middle, as tests/var/barcoded.py has them."""
    width, height = size_px
    shift = (3 * i) % width
    luma = texture[:, shift : shift + width].copy()
    cell = width / (len(bits_of(0, 0)) + 4)
    top, bottom = round(0.42 * height), round(0.50 * height)
    luma[top - 6 : bottom + 6] = 16
    for k, bit in enumerate(bits_of(0, i)):
        luma[top:bottom, round((k + 2) * cell) : round((k + 3) * cell)] = 235 if bit == "1" else 16
    return np.concatenate([luma, np.full((height // 2, width), 122, np.uint8)])


def _record(path: Path, size_px: tuple[int, int], frames: int) -> None:
    """A camera's file: key frames two seconds apart, B pictures."""
    import av

    texture = _texture(size_px)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *size_px, "yuv420p"
        stream.codec_context.gop_size = 2 * FPS
        stream.options = {"preset": "ultrafast", "bf": "2", "crf": "24"}
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(_picture(texture, size_px, i), format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _clip(name: str, path: Path, proxy: Path, table: Path | None, offset_s: Fraction) -> Clip:
    found = index(path)
    if table is not None and not table.exists():
        write_table(table, *found.table())
    return Clip(
        camera_id=name,
        label=name.capitalize(),
        path=path,
        proxy=proxy,
        sha256=sha256_of(path),
        size_px=found.size_px,
        timebase=found.timebase,
        pts=found.pts,
        to_match=ClockMap(offset_s, sigma_s=0.001),
        timing=Origin.SIMULATED,
        codec=found.codec,
        table=table,
    )


def _twin(first: Path, path: Path) -> Path:
    """``path`` as another name of ``first``: the cameras differ in their clocks only."""
    if path != first:
        os.link(first, path)
    return path


def short_match(home: Path, lines: int, frames: int) -> str:
    """A match of four angles at 50 frames a second with proxies of ``lines`` lines; its id. Kept once made."""
    archive, match_id = Archive(home), f"bench-{lines}-{frames}"
    if archive.find(match_id) is not None:
        return match_id
    folder = archive.folder(match_id)
    folder.mkdir(parents=True, exist_ok=True)
    source, proxy = folder / "cam1.mp4", folder / "cam1.proxy.mp4"
    _record(source, (lines * 16 // 9, lines), frames)
    make_proxy(index(source), proxy, height=lines)
    clips = []
    for k in range(CAMERAS):
        name = f"cam{k + 1}"
        paths = _twin(source, folder / f"{name}.mp4"), _twin(proxy, folder / f"{name}.proxy.mp4")
        clips.append(_clip(name, *paths, None, Fraction(7 * k, 1000)))
    archive.add_match(Match(match_id, f"{lines} lines", Origin.SIMULATED, utc_now(), Setup(), tuple(clips)))
    return match_id


def long_match(home: Path, seconds: int) -> str:
    """A match of four angles at 50 frames a second that lasts ``seconds``; its id. One second of it is repeated."""
    import av
    import cv2

    archive, match_id = Archive(home), f"bench-long-{seconds}"
    if archive.find(match_id) is not None:
        return match_id
    folder = archive.folder(match_id)
    folder.mkdir(parents=True, exist_ok=True)
    second, long = folder / "second.mp4", folder / "cam1.mp4"
    grey = np.concatenate(
        [cv2.GaussianBlur(_texture((1280, 720))[:, :1280], (0, 0), 6), np.full((360, 1280), 122, np.uint8)]
    )
    with av.open(str(second), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.gop_size = 10
        stream.options = {
            "preset": "superfast",
            "bf": "0",
            "crf": "35",
            "sc_threshold": "0",
            "x264-params": "open-gop=0",
        }
        for i in range(FPS):
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    _repeat(second, long, seconds)
    clips, proxy = [], folder / "proxy"
    for k in range(CAMERAS):
        name = f"cam{k + 1}"
        path = _twin(long, folder / f"{name}.mp4")
        clips.append(_clip(name, path, proxy, folder / f"{name}.frames", Fraction(3 * k, 1000)))
    _stretch_out(clips[0])
    archive.add_match(Match(match_id, "Long", Origin.SIMULATED, utc_now(), Setup(), tuple(clips)))
    return match_id


def _repeat(source: Path, path: Path, times: int) -> None:
    """The packets of ``source`` over and over, with time stamps that go on."""
    import av

    with av.open(str(source)) as given, av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        track = given.streams.video[0]
        made = out.add_stream_from_template(track)
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe, p.time_base) for p in given.demux(track) if p.size]
        length = packets[-1][1] + packets[1][1] - packets[0][1]
        for turn in range(times):
            for data, pts, dts, key, time_base in packets:
                packet = av.Packet(data)
                packet.pts, packet.dts, packet.time_base = pts + turn * length, dts + turn * length, time_base
                packet.is_keyframe, packet.stream = key, made
                out.mux(packet)


def _stretch_out(clip: Clip) -> None:
    """The proxy of a clip all of whose stretches are alike: one is made, the others are further names of it."""
    writer = StretchWriter(clip.proxy)
    make_stretch(Walk(clip), writer, 0, STRETCH_FRAMES)
    made = writer.known.by_first[0]
    for first in range(STRETCH_FRAMES, len(clip), STRETCH_FRAMES):
        os.link(clip.proxy / file_name(0), clip.proxy / file_name(first))
        writer.made(first, made.places, made.bytes)
