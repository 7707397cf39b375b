"""Index and reader on real encodings: the frame that is asked for, on every kind of file, or an error by name."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import barcode
import numpy as np
import pytest
import recordings
import simplejpeg

from touchline.errors import BadFile, BadValue, NotFound
from var.footage.video import Index, Reader, ReaderPool, frames, index, needs_remux, remux, sound

FIRST = {"edit_list_cut": 30}  # the number that the first shown frame carries


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Index]:
    """The index of a recording of each kind, encoded once."""
    known: dict[str, Index] = {}

    def find(kind: str) -> Index:
        if kind not in known:
            known[kind] = index(recordings.KINDS[kind](tmp_path_factory.mktemp(kind)))
        return known[kind]

    return find


@pytest.mark.parametrize(
    "kind", ["cfr_b_frames", "open_gop", "intra_refresh", "hevc", "hevc_10_bit", "vfr", "ms_mkv", "av1", "vp9"]
)
def test_pictures_are_bit_for_bit_those_of_a_whole_decode(kind: str, made: Callable[[str], Index]) -> None:
    source = made(kind)
    with av.open(str(source.path)) as container:
        whole = [f.to_ndarray(format="gray16le" if "10" in kind else "gray") for f in container.decode(video=0)]
    assert len(whole) == len(source)
    reader = Reader(source, cache_bytes=0)
    for i in random.Random(2).sample(range(len(source)), 20):
        reader.picture(i)
        kept = reader._cache[i].to_ndarray(format="gray16le" if "10" in kind else "gray")
        assert np.array_equal(kept, whole[i])


@pytest.mark.parametrize("kind", ["cfr_b_frames", "hevc", "hevc_10_bit", "vfr", "vp9"])
def test_grey_is_as_bright_as_the_picture(kind: str, made: Callable[[str], Index]) -> None:
    found = made(kind)
    with Reader(found) as reader:
        for frame in (0, 3):
            shown, grey = reader.picture(frame).astype(float), reader.grey(frame)
            assert grey.shape == shown.shape[:2]
            # Both were rounded, once in 219 steps and once in each of three colours, and colours outside the cube of
            # red, green and blue were cut: a grey level or two, more at single points.
            off = np.abs(shown @ [0.0722, 0.7152, 0.2126] - grey)
            assert np.median(off) < 2
            assert np.quantile(off, 0.95) < 8


def test_stepping_both_ways_and_the_byte_budget(made: Callable[[str], Index]) -> None:
    reader = Reader(made("open_gop"), cache_bytes=200_000)
    for i in [*range(15, 45), *range(44, 14, -1)]:
        assert barcode.number(reader.picture(i)) == i
        assert reader._used == sum(sum(p.buffer_size for p in f.planes) for f in reader._cache.values()) <= 200_000


def test_a_reader_needs_only_what_a_clip_knows(made: Callable[[str], Index]) -> None:
    class Known:
        def __init__(self, source: Index) -> None:
            self.path, self.pts, self.size_px, self.timebase = (
                source.path,
                source.pts,
                source.size_px,
                source.timebase,
            )

    for kind in ("open_gop", "vfr", "edit_list_cut", "ms_mkv", "intra_refresh"):
        reader = Reader(Known(made(kind)), cache_bytes=0)
        for i in random.Random(3).sample(range(len(reader)), 25):
            assert barcode.number(reader.picture(i)) == i + FIRST.get(kind, 0)


def test_many_threads_share_a_pool(made: Callable[[str], Index]) -> None:
    pool = ReaderPool(limit=1, cache_bytes=500_000)
    sources = [made("cfr_b_frames"), made("vfr"), made("hevc")]
    jobs = [(source, i) for source in sources for i in range(0, 60, 3)]
    random.Random(4).shuffle(jobs)
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda job: barcode.number(pool.reader(job[0], "0" * 64).picture(job[1])), jobs)
        assert list(found) == [i for _, i in jobs]
    pool.close()


def test_times_are_the_containers_own(made: Callable[[str], Index]) -> None:
    vfr = made("vfr")
    stamps = recordings.jittered(60)
    assert [vfr.clip_s(i) for i in range(60)] == [Fraction(p - stamps[0], 90000) for p in stamps]
    ntsc = made("ntsc")
    assert [ntsc.clip_s(i) for i in range(60)] == [i * Fraction(1001, 30000) for i in range(60)]
    # Matroska counts thousandths: each time is the exact one rounded to the nearest, half a millisecond at most.
    ms = made("ms_mkv")
    assert max(abs(ms.clip_s(i) - i * Fraction(1001, 30000)) for i in range(60)) <= Fraction(1, 2000)


def test_packets_say_which_can_start_decoding(made: Callable[[str], Index]) -> None:
    closed, opened, refreshed = made("cfr_b_frames"), made("open_gop"), made("intra_refresh")
    assert [sum(p.idr for p in source.packets) for source in (closed, opened, refreshed)] == [2, 1, 1]
    assert [sum(p.idr for p in made("hevc").packets), len(made("hevc").keys)] == [1, 3]  # clean random access pictures
    assert len(opened.keys) == 3  # I pictures that later ones refer past
    assert sorted(p.display for p in closed.packets) == list(range(60))
    cut = made("edit_list_cut")
    assert [p.display for p in cut.packets].count(-1) == 70 - 25 - len(cut)  # decoded, never shown
    data = closed.path.read_bytes()
    packet = closed.packets[7]
    assert len(data) > packet.pos + packet.size
    assert closed.codec == f"avc1.{closed.extradata[1:4].hex().upper()}"
    assert made("hevc").codec == "hevc"


def test_what_is_shown_upright_and_square(made: Callable[[str], Index]) -> None:
    assert (made("rotated").size_px, made("rotated").rotation) == ((180, 320), 90)
    assert (made("upside_down").size_px, made("upside_down").rotation) == ((320, 180), 180)
    assert made("mirrored").orientation.mirrored
    assert made("turned_and_mirrored").size_px == (180, 320)
    assert made("anamorphic").size_px == (320, 180)  # 240 columns of 4:3 pixels
    assert made("odd_size").size_px == (321, 181)


@pytest.mark.parametrize("start", [10, 17, 18])
def test_a_stream_that_begins_in_the_middle_begins_with_its_first_whole_picture(tmp_path: Path, start: int) -> None:
    options = recordings.X264 | {"bf": "3", "b-pyramid": "normal", "x264-params": "open-gop=1"}
    whole = recordings.write(tmp_path / "whole.ts", options=options, gop=20, form="mpegts")
    late = recordings.repack(whole, tmp_path / "late.ts", lambda packets: packets[start:], "mpegts")
    first = 20 if start <= 17 else 40  # packet 17 is the key frame shown as number 20; 18 to 20 lead up to it
    for source in (index(late), remux(late, tmp_path / "late.mp4")):
        assert len(source) == 60 - first
        assert barcode.number(Reader(source).picture(0)) == first
        assert barcode.number(Reader(source).picture(len(source) - 1)) == 59
    assert index(late).lead_in == {10: 10, 17: 3, 18: 22}[start]


@pytest.mark.parametrize("cut", [100, 270, 440, 780])
def test_a_stream_that_was_stopped_ends_with_its_last_whole_picture(tmp_path: Path, cut: int) -> None:
    path = recordings.write(tmp_path / "stopped.ts", 40, form="mpegts", size=(640, 360))
    path.write_bytes(path.read_bytes()[:-cut])
    source = index(path)
    assert 36 <= len(source) <= 40  # what is cut off may have been stuffing
    exact = remux(path, tmp_path / "exact.mp4")
    assert len(exact) == len(source)
    numbers = [barcode.number(frame.to_ndarray(format="bgr24")) for _, frame in frames(exact)]
    assert [Fraction(n, 25) for n in numbers] == [exact.clip_s(i) for i in range(len(exact))]


def test_remux_keeps_times_and_the_sound_in_place(tmp_path: Path, made: Callable[[str], Index]) -> None:
    before = made("transport_stream")
    assert needs_remux(before.path)
    assert before.pts[0] != 0
    after = remux(before.path, tmp_path / "exact.mp4")
    assert not needs_remux(after.path)
    assert after == index(after.path)
    assert [after.clip_s(i) for i in range(60)] == [before.clip_s(i) for i in range(60)]
    heard, again = sound(before), sound(after.path)
    assert heard is not None
    assert again is not None
    assert heard.start_s == again.start_s
    assert np.array_equal(heard.samples, again.samples)


def test_sound_is_on_the_pictures_clock(tmp_path: Path) -> None:
    late = recordings.write(tmp_path / "late.mp4", 30, sound_s=(0.4, 1.0))
    heard = sound(late, rate_hz=8000)
    assert heard is not None
    loud = np.flatnonzero(np.nan_to_num(np.abs(heard.samples)) > 0.1)
    onset = float(heard.start_s) + loud[0] / 8000
    # AAC smears an onset over a block of 1024 samples at 48 kHz, 21 ms.
    assert onset == pytest.approx(0.4, abs=0.022)
    assert float(heard.start_s) + loud[-1] / 8000 == pytest.approx(1.0, abs=0.022)
    assert heard.samples.dtype == np.float32
    steady = heard.samples[loud[0] + 400 : loud[0] + 400 + 2400]
    peak = np.argmax(np.abs(np.fft.rfft(steady))) * 8000 / len(steady)
    assert peak == pytest.approx(440, abs=8000 / 2400)  # one bin
    assert sound(recordings.write(tmp_path / "silent.mp4", 5)) is None


def test_a_gap_in_the_sound_is_unknown_not_silent(tmp_path: Path) -> None:
    path = tmp_path / "gap.mkv"
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt, video.options = 64, 64, "yuv420p", recordings.X264
        track: Any = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        for i in range(25):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="bgr24")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for at in [*range(0, 3200, 800), *range(4800, 8000, 800)]:  # 0.4 s to 0.6 s is missing
            block: Any = av.AudioFrame.from_ndarray(np.full((1, 800), 8000, np.int16), format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = 8000, at, Fraction(1, 8000)
            out.mux(track.encode(block))
        out.mux(track.encode(None))
    heard = sound(path, 8000)
    assert heard is not None
    unknown = np.flatnonzero(np.isnan(heard.samples))
    assert (unknown[0], unknown[-1]) == (3200, 4799)
    assert len(unknown) == 1600


def _damage(path: Path, packet: int) -> int:
    """Overwrite most of a packet; the number of the frame that it shows."""
    packets = recordings.packets_of(path)
    shown, pos, size = packets[packet]
    data = bytearray(path.read_bytes())
    data[pos + size // 3 : pos + size] = bytes(size - size // 3)
    path.write_bytes(data)
    return sorted(p[0] for p in packets).index(shown)


def test_a_damaged_frame_is_refused_never_replaced_by_a_neighbour(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "dented.mp4", options=recordings.X264 | {"bf": "0"}, gop=20)
    bad = _damage(path, 25)
    source = index(path)
    reader = Reader(source)
    with pytest.raises(BadFile) as refusal:
        reader.picture(bad)
    assert (refusal.value.name, refusal.value.params["frame"]) == ("damaged_frame", bad)
    assert "dented.mp4" in str(refusal.value)
    assert barcode.number(reader.picture(bad - 1)) == bad - 1
    assert barcode.number(reader.picture(45)) == 45
    with pytest.raises(BadFile) as whole:
        list(frames(source))
    assert whole.value.params["frame"] == bad


@pytest.mark.parametrize("packet", [7, 24, 30])
def test_a_whole_decode_names_the_damaged_frame(tmp_path: Path, packet: int) -> None:
    path = recordings.write(tmp_path / "dented.mp4", gop=20)
    bad = _damage(path, packet)
    with pytest.raises(BadFile) as refusal:
        list(frames(index(path)))
    assert refusal.value.params["frame"] == bad


@pytest.mark.parametrize("packet", [3, 20, 40])
def test_what_still_comes_out_of_a_damaged_group_is_right(tmp_path: Path, packet: int) -> None:
    """With B pictures the decoder drops a neighbour and later gives out the damaged picture and its followers."""
    path = recordings.write(tmp_path / "dented.mp4", gop=20)
    clean = path.read_bytes()
    whole = {i: frame.to_ndarray(format="gray") for i, frame in frames(index(path))}
    bad = _damage(path, packet)
    assert path.read_bytes() != clean
    source = index(path)
    with pytest.raises(BadFile) as refusal:
        list(frames(source))
    assert refusal.value.params["frame"] == bad
    reader, refused = Reader(source, cache_bytes=0), set()
    for i in random.Random(6).sample(range(60), 60):
        try:
            reader.picture(i)
        except BadFile:
            refused.add(i)
        else:
            assert np.array_equal(reader._cache[i].to_ndarray(format="gray"), whole[i])
    assert bad in refused
    assert len(refused) <= 23  # its group of 20, and what waits for it to be shown


def test_a_damaged_beginning_is_refused(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "start.mp4")
    assert _damage(path, 0) == 0
    with pytest.raises(BadFile) as refusal:
        index(path)
    assert refusal.value.name == "first_frame_damaged"


def test_a_file_that_was_swapped_is_noticed(tmp_path: Path) -> None:
    source = index(recordings.write(tmp_path / "a.mp4", 20))
    recordings.write(tmp_path / "a.mp4", 20, size=(160, 90))
    with pytest.raises(BadFile) as refusal:
        Reader(source).picture(3)
    assert refusal.value.name == "not_as_indexed"
    with pytest.raises(NotFound):
        Reader(replace(source, path=tmp_path / "gone.mp4")).picture(0)


def test_frames_that_do_not_exist(made: Callable[[str], Index]) -> None:
    reader = Reader(made("cfr_b_frames"))
    for i in (-1, 60, 10**9):
        with pytest.raises(BadValue) as refusal:
            reader.picture(i)
        assert refusal.value.name == "no_such_frame"


def test_jpeg_is_the_same_picture(made: Callable[[str], Index]) -> None:
    reader = Reader(made("rotated"))
    full = simplejpeg.decode_jpeg(reader.jpeg(7), "BGR")
    assert full.shape == (320, 180, 3)
    # Quality 90 on hard edges: a mean of a few levels.
    assert np.abs(full.astype(int) - reader.picture(7)).mean() < 4
    small = simplejpeg.decode_jpeg(reader.jpeg(7, height=96), "BGR")
    assert small.shape == (96, 54, 3)
    assert barcode.read(small) == (0, 7)
    assert simplejpeg.decode_jpeg(reader.jpeg(7, height=5000)).shape == (320, 180, 3)


@pytest.mark.parametrize(
    "name",
    ["fouls_multiview/action_0/clip_0.mp4", "match_left_wide/left_camera.mp4", "athlete_four_views/videos/cam02.mp4"],
)
def test_real_recordings_are_read_exactly(name: str, fixture_path: Callable[[str], Path]) -> None:
    source = index(fixture_path(name))
    asked = sorted(random.Random(7).sample(range(min(len(source), 60)), 3), reverse=True)
    whole: dict[int, Any] = {}
    for i, frame in frames(source):
        if i in asked:
            whole[i] = frame.to_ndarray(format="gray")
        if i == max(asked):
            break
    reader = Reader(source, cache_bytes=0)
    for i in asked:
        assert reader.picture(i).shape == (source.size_px[1], source.size_px[0], 3)
        assert np.array_equal(reader._cache[i].to_ndarray(format="gray"), whole[i])


@pytest.mark.skipif(sys.platform != "linux", reason="turns of threads are asked as Linux has them")
def test_an_encoder_takes_nobody_elses_turn(tmp_path: Path) -> None:
    """What a process starts inherits its turn: as a real-time one it would starve the rest of the machine."""
    recordings.write(tmp_path / "av1.mp4", 12, codec="libsvtav1", options={"preset": "10"})
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
