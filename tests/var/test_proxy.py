"""The playing copy: every source frame, at its own exact time, in closed groups, in the same colours."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import barcode
import numpy as np
import pytest
import recordings
from test_track import tabled

from touchline.errors import BadFile, NotFound
from var.footage.nal import units
from var.footage.proxy import make_proxy, make_stretch, proxy_size_px, read_table
from var.footage.stretches import StretchWriter, file_name, read_stretches
from var.footage.track import Track
from var.footage.video import Reader, index, remux
from var.footage.walk import Walk

KINDS = [
    "cfr_b_frames",
    "vfr",
    "open_gop",
    "ntsc",
    "ms_mkv",
    "hevc_10_bit",
    "edit_list_cut",
    "transport_stream",
    "odd_size",
    "turned_and_mirrored",
    "anamorphic",
]


@pytest.mark.parametrize("kind", [*KINDS, "hevc", "intra_refresh", "fragmented", "vp9"])
def test_stretches_in_any_order_show_the_same_frames(kind: str, tmp_path: Path) -> None:
    source = index(recordings.KINDS[kind](tmp_path))
    if kind == "transport_stream":
        source = remux(source.path, tmp_path / "exact.mp4")
    clip = tabled(source)
    writer = StretchWriter(clip.proxy)
    bounds = [(first, min(25, len(source) - first)) for first in range(0, len(source), 25)]
    random.Random(2).shuffle(bounds)
    with Walk(clip) as walk:
        for first, count in bounds:
            make_stretch(walk, writer, first, count, height=120)
    known = read_stretches(clip.proxy)
    assert sorted(known.by_first) == sorted(first for first, _ in bounds)
    theirs = Reader(source)
    media = set()
    for first, count in bounds:
        made = index(clip.proxy / file_name(first))
        media.add((made.codec, made.extradata, made.size_px))
        assert [made.clip_s(i) for i in range(count)] == [
            source.clip_s(first + i) - source.clip_s(first) for i in range(count)
        ]
        assert [p.idr for p in made.packets] == [i % 10 == 0 for i in range(count)]
        stretch = known.by_first[first]
        assert stretch.bytes == made.path.stat().st_size
        assert stretch.places["pos"].tolist() == [p.pos for p in made.packets]
        assert stretch.places["size"].tolist() == [p.size for p in made.packets]
        ours = Reader(made)
        for i in range(0, count, 4):
            assert barcode.number(ours.picture(i)) == barcode.number(theirs.picture(first + i))
    assert len(media) == 1  # one description serves them all
    assert known.medium is not None
    assert media == {(known.medium.codec, known.medium.extradata, known.medium.size_px)}
    assert {path.name for path in clip.proxy.iterdir()} == {"stretches.index", *(file_name(f) for f, _ in bounds)}


def test_a_walk_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = tabled(index(recordings.write(tmp_path / "a.mp4", 60, gop=60)))
    begun: list[int] = []
    start = Track.start
    monkeypatch.setattr(Track, "start", lambda self, pts, *more: begun.append(pts) or start(self, pts, *more))
    with Walk(clip) as walk:
        shown = [i for first in (0, 20, 40) for i, _ in walk.frames(first, first + 20)]
        assert shown == list(range(60))
        assert len(begun) == 1
        assert [i for i, _ in walk.frames(7, 9)] == [7, 8]
        assert len(begun) == 2


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_stretch_that_does_not_decode_is_refused_with_the_frame(suffix: str, tmp_path: Path) -> None:
    path = recordings.write(tmp_path / f"dented{suffix}", 60, options=recordings.X264 | {"bf": "0"}, gop=20)
    source = index(path)
    _, pos, size = recordings.packets_of(path)[31]
    data = bytearray(path.read_bytes())
    data[pos + size // 2 : pos + size] = bytes(size - size // 2)
    path.write_bytes(data)
    clip = tabled(source)
    writer = StretchWriter(clip.proxy)
    with Walk(clip) as walk:
        make_stretch(walk, writer, 0, 20)
        with pytest.raises(BadFile) as refusal:
            make_stretch(walk, writer, 20, 20)
        make_stretch(walk, writer, 40, 20)
    assert (refusal.value.name, refusal.value.params["frame"]) == ("damaged_frame", 31)
    assert sorted(read_stretches(clip.proxy).by_first) == [0, 40]
    assert not (clip.proxy / file_name(20)).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_same_frames_at_the_same_times(kind: str, tmp_path: Path) -> None:
    source = index(recordings.KINDS[kind](tmp_path))
    if kind == "transport_stream":
        source = remux(source.path, tmp_path / "exact.mp4")
    shares: list[float] = []
    proxy = make_proxy(source, tmp_path / "p" / "proxy.mp4", height=120, progress=shares.append)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert proxy == index(proxy.path)
    assert [proxy.clip_s(i) for i in range(len(proxy))] == [source.clip_s(i) for i in range(len(source))]
    assert [p.display for p in proxy.packets] == list(range(len(source)))  # no picture waits for a later one
    assert [p.idr for p in proxy.packets] == [i % 10 == 0 for i in range(len(source))]
    assert proxy.codec.startswith("avc1.")
    assert proxy.size_px == proxy_size_px(source.size_px, 120)
    ours, theirs = Reader(proxy, cache_bytes=0), Reader(source)
    for i in random.Random(1).sample(range(len(source)), min(len(source), 25)):
        assert barcode.number(ours.picture(i)) == barcode.number(theirs.picture(i))
    table = read_table(proxy.path, len(source))
    assert (table.medium.codec, table.medium.size_px) == (proxy.codec, proxy.size_px)
    assert table.medium.extradata == proxy.extradata
    places = list(zip(table.places["pos"].tolist(), table.places["size"].tolist(), table.idr.tolist(), strict=True))
    assert places == [(packet.pos, packet.size, packet.idr) for packet in proxy.packets]
    assert list((tmp_path / "p").iterdir()) == [proxy.path]  # nothing temporary stays


def test_each_group_decodes_alone_from_its_bytes(tmp_path: Path) -> None:
    """What the browser does: one range of the file, one group, a decoder that has seen nothing else."""
    source = index(recordings.write(tmp_path / "s.mp4", 35))
    proxy = make_proxy(source, tmp_path / "proxy.mp4")
    data = proxy.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    for start in (30, 10, 20):
        decoder = av.CodecContext.create("h264", "r")
        decoder.extradata = proxy.extradata
        shown = []
        for entry in proxy.packets[start : start + 10]:
            chunk = data[entry.pos : entry.pos + entry.size]
            assert len(list(units(chunk, 4))) >= 1
            shown += decoder.decode(av.Packet(chunk))
        shown += decoder.decode(None)
        numbers = [barcode.number(frame.to_ndarray(format="bgr24")) for frame in shown]
        assert numbers == list(range(start, min(start + 10, 35)))


TAGS = {
    "BT.709 limited": {"colorspace": 1, "color_range": 1},
    "BT.709 full": {"colorspace": 1, "color_range": 2},
    "BT.601 limited": {"colorspace": 6, "color_range": 1},
}
_KR_KB = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}  # ITU-R BT.709-6 and BT.601-7


@pytest.mark.parametrize("name", TAGS)
def test_colours_are_those_that_were_tagged(name: str, tmp_path: Path) -> None:
    """A patch whose Y, Cb, Cr are computed here by the standard; source and proxy must give its BGR back."""
    tags = TAGS[name]
    patches = np.array([[40, 120, 200], [200, 60, 30], [30, 180, 60], [128, 128, 128]], float)
    kr, kb = _KR_KB[tags["colorspace"]]
    b, g, r = patches.T
    y = kr * r + (1 - kr - kb) * g + kb * b
    cb, cr = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
    full = tags["color_range"] == 2
    coded = np.stack(
        [y, 128 + cb, 128 + cr] if full else [16 + y * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255]
    )
    path = tmp_path / "patches.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 256, 64, "yuv444p"
        context = stream.codec_context
        context.colorspace, context.color_range = tags["colorspace"], tags["color_range"]
        frame = av.VideoFrame(256, 64, "yuv444p")
        for plane, levels in zip(frame.planes, np.rint(coded).astype(np.uint8), strict=True):
            row = np.repeat(levels, 64)
            padded = np.zeros((64, plane.line_size), np.uint8)
            padded[:, :256] = row
            plane.update(padded.tobytes())
        frame.pts, frame.colorspace, frame.color_range = 0, tags["colorspace"], tags["color_range"]
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    source = index(path)
    proxy = make_proxy(source, tmp_path / "proxy.mp4")
    centres = np.s_[32, 32::64]
    # Rounding Y and C by half a level moves a channel by up to 0.6 + 1.1; the proxy rounds again and quantises.
    assert np.abs(Reader(source).picture(0)[centres].astype(float) - patches).max() <= 2.5
    assert np.abs(Reader(proxy).picture(0)[centres].astype(float) - patches).max() <= 6
    with av.open(str(proxy.path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range, context.color_primaries, context.color_trc) == (1, 1, 1, 1)


def test_a_damaged_source_is_refused_with_the_frame_and_leaves_what_was_there(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "dented.mp4", 40, options=recordings.X264 | {"bf": "0"}, gop=20)
    _, pos, size = recordings.packets_of(path)[25]
    data = bytearray(path.read_bytes())
    data[pos + size // 3 : pos + size] = bytes(size - size // 3)
    path.write_bytes(data)
    target = tmp_path / "proxies" / "p.mp4"
    target.parent.mkdir()
    target.write_bytes(b"an older proxy")
    with pytest.raises(BadFile) as refusal:
        make_proxy(index(path), target)
    assert (refusal.value.name, refusal.value.params["frame"]) == ("damaged_frame", 25)
    assert [p.name for p in target.parent.iterdir()] == ["p.mp4"]
    assert target.read_bytes() == b"an older proxy"


def test_a_source_that_is_not_the_one_indexed_is_refused(tmp_path: Path) -> None:
    source = index(recordings.write(tmp_path / "s.mp4", 20))
    with pytest.raises(BadFile) as refusal:
        make_proxy(replace(source, pts=(*source.pts[:10], *source.pts[11:])), tmp_path / "p.mp4")
    assert refusal.value.params["frame"] == 10
    assert not (tmp_path / "p.mp4").exists()


def test_a_table_of_another_length_is_refused(tmp_path: Path) -> None:
    proxy = make_proxy(index(recordings.write(tmp_path / "s.mp4", 20)), tmp_path / "p.mp4")
    with pytest.raises(BadFile):
        read_table(proxy.path, 21)
    with pytest.raises(NotFound):
        read_table(tmp_path / "none.mp4", 21)


def test_sizes() -> None:
    assert proxy_size_px((1920, 1080), 720) == (1280, 720)
    assert proxy_size_px((1080, 1920), 720) == (404, 720)  # 405 rounded to even
    assert proxy_size_px((321, 181), 720) == (320, 180)
    assert proxy_size_px((398, 224), 720) == (398, 224)


def test_a_real_hevc_recording(tmp_path: Path, fixture_path: Callable[[str], Path]) -> None:
    source = index(fixture_path("match_left_wide/left_camera.mp4"))
    short = replace(source, pts=source.pts[:25])
    proxy = make_proxy(short, tmp_path / "p.mp4", height=360)
    assert len(proxy) == 25
    assert proxy.size_px == (640, 360)
    ours, theirs = Reader(proxy).picture(12), Reader(source).picture(12)
    assert np.abs(ours.mean(axis=(0, 1)) - theirs.mean(axis=(0, 1))).max() < 2
