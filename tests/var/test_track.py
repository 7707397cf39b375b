"""Pictures by frame table and bytes alone: those of a whole decode, of files that grow too, or an error by name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import barcode
import numpy as np
import pytest
import recordings

from touchline.errors import BadFile, BadValue, NotFound
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.footage.reader import Reader, ReaderPool
from var.footage.recording import Index, index
from var.footage.table import Coding, FrameTable, TableWriter, read_table, write_table
from var.footage.track import Track, table_now
from var.model import Clip

KINDS = [
    "cfr_b_frames",
    "vfr",
    "open_gop",
    "intra_refresh",
    "ntsc",
    "hevc",
    "hevc_10_bit",
    "edit_list_cut",
    "rotated",
    "turned_and_mirrored",
    "anamorphic",
    "av1",
    "fragmented",
    "mpeg4",
    "odd_size",
]
FIRST = {"edit_list_cut": 30}


def tabled(source: Index, camera_id: str = "cam1", *, recording: bool = False) -> Clip:
    """A clip over the frame table of ``source``, written beside it."""
    table = source.path.with_suffix(".frames")
    if not table.exists():
        write_table(table, *source.table())
    return Clip(
        camera_id=camera_id,
        label=camera_id,
        path=source.path,
        proxy=source.path.with_suffix(".proxy"),
        sha256="ab" * 32,
        size_px=source.size_px,
        timebase=source.timebase,
        pts=read_table(table, growing=recording).pts,
        to_match=ClockMap(),
        timing=Origin.IMPORTED,
        codec=source.codec,
        table=table,
        recording=recording,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_is_bit_for_bit_that_of_a_whole_decode(kind: str, tmp_path: Path) -> None:
    source = index(recordings.KINDS[kind](tmp_path))
    clip = tabled(source)
    shape = "gray16le" if "10" in kind else "gray"
    with av.open(str(source.path)) as container:
        whole = {f.pts: f.to_ndarray(format=shape) for f in container.decode(video=0)}
    reader = Reader(clip, cache_bytes=0)
    assert reader._track is not None  # this is about decoding by the table
    plain = Reader(source)
    asked = list(range(len(source)))
    random.Random(7).shuffle(asked)
    for i in asked[:40]:
        picture = reader.picture(i)
        assert barcode.number(picture) == i + FIRST.get(kind, 0)
        assert np.array_equal(reader._cache[i].to_ndarray(format=shape), whole[source.pts[i]])
        assert np.array_equal(picture, plain.picture(i))  # turned, stretched and coloured alike


@pytest.mark.parametrize("kind", ["ms_mkv", "prores"])
def test_what_the_table_does_not_tell_is_read_through_the_container(kind: str, tmp_path: Path) -> None:
    """Matroska packs its packets; ProRes asks the container which kind it is."""
    clip = tabled(index(recordings.KINDS[kind](tmp_path)))
    reader = Reader(clip, cache_bytes=0)
    assert reader._track is None
    for i in (len(clip) - 1, 3, len(clip) // 2):
        assert barcode.number(reader.picture(i)) == i


def test_decoding_in_several_threads_ends_at_any_place(tmp_path: Path) -> None:
    """From an open key the first packets fail in the decoder's threads; it is then dropped in the middle, often."""
    clip = tabled(index(recordings.KINDS["open_gop"](tmp_path)))
    table = table_now(clip)
    assert table is not None
    track = Track(clip.path, table, threads=0)
    for k in range(60):
        for frame in track.start(clip.pts[20 + k % 40]):
            assert frame.pts is not None
            if k % 3 == 0 or frame.pts > clip.pts[-3 * (k % 5) - 1]:
                break


def test_stepping_back_and_forth_within_the_budget(tmp_path: Path) -> None:
    reader = Reader(tabled(index(recordings.KINDS["open_gop"](tmp_path))), cache_bytes=200_000)
    for i in [*range(15, 45), *range(44, 14, -1)]:
        assert barcode.number(reader.picture(i)) == i
        assert reader._used == sum(sum(p.buffer_size for p in f.planes) for f in reader._cache.values()) <= 200_000


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Index, Callable[[int], Clip]]]:
    """A fragmented recording, and a function that lets it grow up to a packet and gives the clip as it is then."""
    whole = index(recordings.KINDS["fragmented"](tmp_path))
    data = whole.path.read_bytes()
    path = tmp_path / "live.mp4"
    source = replace(whole, path=path)
    timebase, coding, rows = whole.table()
    writer = TableWriter(path.with_suffix(".frames"), timebase, coding)
    done = 0

    def grow(count: int) -> Clip:
        nonlocal done
        last = rows[count - 1]
        path.write_bytes(data[: int(last["pos"]) + int(last["size"])])
        writer.append(rows[done:count])
        done = count
        return tabled(source, recording=True)

    yield whole, grow
    writer.close()


def test_a_recording_that_grows(live: tuple[Index, Callable[[int], Clip]]) -> None:
    whole, grow = live
    pool = ReaderPool()
    first: Reader | None = None
    for count in (8, 20, 33, len(whole.rows)):
        clip = grow(count)
        reader = pool.reader(clip, clip.sha256)
        first = first or reader
        assert reader is first  # it goes on; nothing is opened again
        for i in {0, len(clip) // 2, len(clip) - 1}:
            assert barcode.number(reader.picture(i)) == i
    assert barcode.number(pool.reader(grow(len(whole.rows)), "ab" * 32).picture(5)) == 5
    pool.close()


def test_only_settled_frames_of_a_growing_recording_can_be_asked_for(live: tuple[Index, Callable[[int], Clip]]) -> None:
    _, grow = live
    clip = grow(12)
    assert len(clip) < 12  # B pictures: some are decoded before they are shown
    with pytest.raises(BadValue) as refusal:
        Reader(clip).picture(12)
    assert refusal.value.name == "no_such_frame"


def test_an_older_view_of_a_recording_does_not_close_the_newer_one(live: tuple[Index, Callable[[int], Clip]]) -> None:
    _, grow = live
    pool = ReaderPool()
    older = grow(15)
    pool.reader(older, "s")
    newer = grow(40)
    reader = pool.reader(newer, "s")
    assert pool.reader(older, "s") is reader
    assert barcode.number(reader.picture(len(newer) - 1)) == len(newer) - 1


def test_another_recording_at_the_same_place_is_opened_anew(tmp_path: Path) -> None:
    one = tabled(index(recordings.write(tmp_path / "a.mp4", 20)))
    pool = ReaderPool()
    before = pool.reader(one, "s")
    other = replace(one, pts=tuple(p * 2 for p in one.pts))
    assert pool.reader(other, "s") is not before


def test_a_recording_shorter_than_its_table_is_named_with_the_frame(tmp_path: Path) -> None:
    clip = tabled(index(recordings.KINDS["fragmented"](tmp_path)))
    rows = table_now(clip).rows  # type: ignore[union-attr]
    data = clip.path.read_bytes()
    cut = int(rows["pos"][31]) + 5
    clip.path.write_bytes(data[:cut])
    reader = Reader(clip, cache_bytes=0)
    assert barcode.number(reader.picture(10)) == 10
    with pytest.raises(BadFile) as refusal:
        reader.picture(45)
    assert refusal.value.name == "cut_short"
    clip.path.unlink()
    with pytest.raises(NotFound):
        Reader(clip).picture(0)
    assert clip.table is not None
    clip.table.unlink()
    with pytest.raises(NotFound):
        Reader(clip)


@pytest.mark.parametrize("kind", ["cfr_b_frames", "open_gop", "hevc"])
def test_damage_costs_frames_but_never_shows_a_wrong_one(kind: str, tmp_path: Path) -> None:
    source = index(recordings.KINDS[kind](tmp_path))
    clip = tabled(source)
    with av.open(str(source.path)) as container:
        whole = [f.to_ndarray(format="gray") for f in container.decode(video=0)]
    data = bytearray(clip.path.read_bytes())
    for k in (25, 26):
        pos, size = int(source.rows["pos"][k]), int(source.rows["size"][k])
        data[pos + size // 3 : pos + size] = bytes(size - size // 3)
    clip.path.write_bytes(data)
    lost = 0
    for i in random.Random(1).sample(range(len(clip)), len(clip)):
        reader = Reader(clip, cache_bytes=0)
        try:
            reader.picture(i)
        except BadFile as refusal:
            lost += (refusal.name, refusal.params["frame"]) == ("damaged_frame", i)
            continue
        assert np.array_equal(reader._cache[i].to_ndarray(format="gray"), whole[i])
    assert 0 < lost < len(clip)


def test_a_table_without_a_key_gives_no_picture(tmp_path: Path) -> None:
    source = index(recordings.write(tmp_path / "a.mp4", 10))
    rows = source.rows.copy()
    rows["flags"] = 0
    timebase, coding, _ = source.table()
    track = Track(source.path, FrameTable(timebase, coding, rows))
    assert list(track.start(0)) == []
    assert not Track.fits(source.path, FrameTable(timebase, Coding("h264", "", b"", (1, 1)), rows[:0]))


_OPEN = "open-gop=1:keyint=20:min-keyint=20:bframes=3:b-pyramid=normal:scenecut=0:b-adapt=0"


@pytest.mark.parametrize(
    ("options", "from_afar"), [({"preset": "veryfast", "x264-params": _OPEN}, True), ({"preset": "ultrafast"}, False)]
)
def test_what_open_keys_are_good_for_is_learnt_once(
    options: dict[str, str], from_afar: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing comes out after an open key, a seek costs one landing and not two."""
    path = recordings.write(tmp_path / "a.mp4", 160, gop=20, options=options)
    reader = Reader(tabled(index(path)), cache_bytes=0)
    landings: list[int] = []
    start = Track.start
    monkeypatch.setattr(Track, "start", lambda self, pts, *more: landings.append(pts) or start(self, pts, *more))
    assert reader._track is not None
    keys = [reader.source.pts.index(key) for key in reader._track.keys]
    assert len(keys) == 8
    counts = []
    for i in [key + 5 for key in keys[:1:-1]] * 2:
        landings.clear()
        assert barcode.number(reader.picture(i)) == i
        counts.append(len(landings))
    assert reader._from_afar is from_afar
    assert sorted(counts) == [1] * (len(counts) - 1) + ([2] if from_afar else [1])


def test_files_that_are_gone_are_let_go(tmp_path: Path) -> None:
    kept, gone = (tabled(index(recordings.write(tmp_path / f"{name}.mp4", 30))) for name in "ab")
    pool = ReaderPool()
    readers = [pool.reader(clip, clip.sha256) for clip in (kept, gone)]
    for reader in readers:
        reader.picture(3)
    gone.path.unlink()
    pool.close_gone()
    assert [reader._track is not None and reader._track._file is None for reader in readers] == [False, True]
    assert pool.reader(kept, kept.sha256) is readers[0]
