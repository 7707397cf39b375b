"""Clips of the recorder's own packets: the frames that were asked for, bit for bit; else coded again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import recordings
from barcode import number
from export_scene import clip_of, record

from touchline.errors import BadFile
from touchline.timebase import ClockMap
from var.export import cutting
from var.export.clips import Written, write_clip
from var.export.cutting import cut_of, write_cut
from var.footage.table import write_table
from var.footage.video import Reader, index
from var.model import Clip

B_PYRAMID = recordings.X264 | {"bf": "3", "x264-params": "b-pyramid=normal:b-adapt=0"}


def tabled(path: Path) -> Clip:
    """The clip of a recording with its frame table beside it, as a match has it."""
    table = path.with_suffix(".frames")
    write_table(table, *index(path).table())
    return replace(clip_of(path, "cam1", "Máy 1", ClockMap()), table=table)


def written(clip: Clip, frames: range, out: Path, **more: Any) -> Written:
    with Reader(clip) as reader:
        return write_clip(out, clip, reader, frames, **more)


def pictures(path: Path, which: range | None = None) -> list[np.ndarray]:
    """The decoded planes of frames as they are shown: without those that an edit list passes over."""
    found = index(path)
    with Reader(found) as reader:
        return [reader.rows(i) for i in which or range(len(found))]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """120 numbered frames, a key picture every 30, B-frames that others refer to."""
    path = tmp_path_factory.mktemp("cutting") / "in.mp4"
    return tabled(recordings.write(path, 120, options=B_PYRAMID, gop=30))


@pytest.mark.parametrize("frames", [range(120), range(37, 93), range(60, 61), range(29, 31), range(119, 120)])
def test_what_is_shown_is_what_was_asked_for_bit_for_bit(source: Clip, frames: range, tmp_path: Path) -> None:
    cut = written(source, frames, tmp_path / "out.mp4")
    assert cut.first == frames[0]
    assert frames[-1] <= cut.last <= frames[-1] + 4  # what the last one refers to, with three B-frames in a row
    assert cut.lead == frames[0] % 30
    shown = range(cut.first, cut.last + 1)
    ours, theirs = pictures(tmp_path / "out.mp4"), pictures(source.path, shown)
    assert len(ours) == len(theirs) == len(shown)
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    found = index(tmp_path / "out.mp4")
    assert [found.clip_s(i) for i in range(len(found))] == [source.clip_s(i) - source.clip_s(frames[0]) for i in shown]


def test_players_begin_at_the_frame_that_was_asked_for(source: Clip, tmp_path: Path) -> None:
    written(source, range(47, 60), tmp_path / "out.mp4", comment="origin measured")
    with av.open(str(tmp_path / "out.mp4")) as container:
        first = next(frame for frame in container.decode(video=0) if frame.pts is not None and frame.pts >= 0)
        assert (first.pts, number(first.to_ndarray(format="bgr24"))) == (0, 47)
        assert container.metadata["comment"] == "origin measured"
        assert container.duration == pytest.approx(13 / 25 * 1e6, abs=4 / 25 * 1e6)


def test_uneven_ticks_stay(tmp_path: Path) -> None:
    pts = [0, 1001, 2002, 5005, 6006, 6500, 9009, 10010, 20020, 21021, 22022, 23023, 24024, 25025, 26026, 27027]
    record(tmp_path / "in.mp4", pts, tick_s=Fraction(1, 30000))
    clip = tabled(tmp_path / "in.mp4")
    cut = written(clip, range(2, 9), tmp_path / "out.mp4")
    assert cut.lead == 2
    found = index(tmp_path / "out.mp4")
    assert [found.clip_s(i) for i in range(7)] == [Fraction(pts[i] - pts[2], 30000) for i in range(2, 9)]


def test_sound_stays_with_its_picture_and_is_not_coded_again(tmp_path: Path) -> None:
    # the source clicks at 0, 0.5, 1, ... s of picture time; frame 60 at 50 fps is 1.2 s, so the next click is 0.3 s on
    record(tmp_path / "in.mp4", [256 * i for i in range(150)], tick_s=Fraction(1, 12800), tone_hz=1000)
    clip = tabled(tmp_path / "in.mp4")
    assert written(clip, range(60, 120), tmp_path / "out.mp4").sound

    def coded(path: Path) -> set[bytes]:
        with av.open(str(path)) as container:
            return {bytes(packet) for packet in container.demux(audio=0) if packet.size}

    assert coded(tmp_path / "out.mp4") <= coded(clip.path)
    loud = np.zeros(48000 * 3)
    with av.open(str(tmp_path / "out.mp4")) as container:
        for frame in container.decode(audio=0):
            at = round(frame.pts * frame.time_base * 48000)
            values = np.abs(frame.to_ndarray()[0])
            low = max(0, -at)
            loud[at + low : at + len(values)] = values[low:]
    heard = np.flatnonzero(loud > 0.2) / 48000
    starts = [heard[0], *heard[1:][np.diff(heard) > 0.2]]
    assert starts == pytest.approx([0.3, 0.8], abs=0.022)  # a block of AAC is 21 ms


def test_what_browsers_do_not_play_or_show_otherwise_is_coded_again(tmp_path: Path) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "hevc.mp4": {"codec": "libx265", "options": {"preset": "ultrafast", "x265-params": "log-level=none"}},
        "turned.mp4": {"rotation": (90.0, False)},
        "wide_pixels.mp4": {"pixel_aspect": Fraction(4, 3)},
        "ten_bits.mp4": {"pix_fmt": "yuv420p10le", "options": recordings.X264},
        "in.mkv": {},
    }
    for name, how in kinds.items():
        clip = tabled(recordings.write(tmp_path / name, 12, **how))
        assert cut_of(clip, range(3, 9)) is None, name
    clip = clip_of(recordings.write(tmp_path / "untabled.mp4", 12), "cam1", "", ClockMap())
    assert cut_of(clip, range(3, 9)) is None
    red = np.full((40, 60, 3), (0, 0, 255), np.uint8)
    clip = tabled(recordings.write(tmp_path / "simulated.mp4", 12))
    assert cut_of(clip, range(3, 9)) is not None
    assert written(clip, range(3, 9), tmp_path / "out.mp4", corner=red) == Written(3, 8, sound=False)


def test_a_key_picture_too_far_away_is_no_beginning(
    source: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LEAD_S", Fraction(7, 25))
    assert cut_of(source, range(37, 40)) is not None
    assert cut_of(source, range(38, 40)) is None
    assert written(source, range(38, 40), tmp_path / "out.mp4") == Written(38, 39, sound=False)


def test_a_damaged_packet_is_never_passed_on(source: Clip, tmp_path: Path) -> None:
    """A browser would paint what it makes up. Where nothing that was asked for needs it, the rest is coded again."""
    bad = tmp_path / "bad.mp4"
    data = bytearray(source.path.read_bytes())
    assert source.table is not None
    good = cut_of(source, range(60, 90))
    assert good is not None
    row = good.table.rows[good.table.row_of(70)]
    begins, ends = int(row["pos"]), int(row["pos"] + row["size"])
    data[begins + 5 : ends] = bytes(byte ^ 0x5A for byte in data[begins + 5 : ends])
    bad.write_bytes(data)
    clip = replace(source, path=bad)
    cut = cut_of(clip, range(65, 80))
    assert cut is not None
    assert write_cut(tmp_path / "out.mp4", clip, cut) is None
    assert not (tmp_path / "out.mp4").exists()
    with pytest.raises(BadFile):
        written(clip, range(65, 80), tmp_path / "out.mp4")
    assert written(clip, range(92, 100), tmp_path / "later.mp4").lead == 2


def test_a_folder_that_cannot_be_written_is_told(source: Clip, tmp_path: Path) -> None:
    cut = cut_of(source, range(60))
    assert cut is not None
    with pytest.raises(FileNotFoundError):
        write_cut(tmp_path / "no such folder" / "out.mp4", source, cut)


def test_progress_ends_at_one(source: Clip, tmp_path: Path) -> None:
    shares: list[float] = []
    written(source, range(5, 25), tmp_path / "out.mp4", step=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
