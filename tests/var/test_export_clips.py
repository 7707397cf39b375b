"""Clips of an incident: the right frames, at the right times, with the sound where it belongs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from export_scene import clip_of, number_of, numbered, record
from hypothesis import given
from hypothesis import strategies as st

from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var.export.clips import Written, frames_between, write_clip
from var.footage.colour import to_bgr
from var.footage.orientation import Orientation
from var.footage.video import Reader
from var.model import Clip

TICK = Fraction(1, 12800)


def shown(path: Path) -> list[tuple[Fraction, int]]:
    """When each picture of a file is shown, in seconds, and the number it carries."""
    with av.open(str(path)) as container:
        return [
            (frame.pts * frame.time_base, number_of(frame.to_ndarray(format="bgr24")))
            for frame in container.decode(video=0)
        ]


def cut(clip: Clip, frames: range, path: Path, **options: object) -> Written:
    reader = Reader(clip)
    try:
        return write_clip(path, clip, reader, frames, **options)  # type: ignore[arg-type]
    finally:
        reader.close()


def test_frames_and_times_are_exact(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [256 * i for i in range(120)], tick_s=TICK)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    assert cut(clip, range(37, 93), tmp_path / "out.mp4") == Written(37, 92, sound=False)
    found = shown(tmp_path / "out.mp4")
    assert [number for _, number in found] == list(range(37, 93))
    assert [at for at, _ in found] == [clip.clip_s(i) - clip.clip_s(37) for i in range(37, 93)]


def test_ntsc_and_variable_frame_rates_keep_their_ticks(tmp_path: Path) -> None:
    ntsc = Fraction(1, 30000)
    uneven = [0, 1001, 2002, 5005, 6006, 6500, 9009, 10010, 20020, 21021]
    for name, pts in (("even", [1001 * i for i in range(40)]), ("uneven", uneven)):
        record(tmp_path / f"{name}.mp4", pts, tick_s=ntsc)
        clip = clip_of(tmp_path / f"{name}.mp4", "cam1", "Máy 1", ClockMap())
        frames = range(2, len(pts) - 1)
        cut(clip, frames, tmp_path / f"{name}-out.mp4")
        found = shown(tmp_path / f"{name}-out.mp4")
        assert [number for _, number in found] == list(frames)
        assert [at for at, _ in found] == [(pts[i] - pts[2]) * ntsc for i in frames]


def test_the_last_frame_lasts_as_long_as_in_the_source(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [512 * i for i in range(30)], tick_s=TICK)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    cut(clip, range(5, 20), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.duration * stream.time_base == Fraction(15, 25)


def test_pictures_and_colours_come_through(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [512 * i for i in range(20)], tick_s=TICK, size_px=(640, 360))
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    cut(clip, range(20), tmp_path / "out.mp4")
    before, after = Reader(clip), Reader(clip_of(tmp_path / "out.mp4", "x", "x", ClockMap()))
    for i in (0, 7, 19):
        away = before.picture(i).astype(float) - after.picture(i)
        # CRF 18 on smooth grey and green: well above 38 dB, which is a root mean square of 3.2 grey levels
        assert np.sqrt((away**2).mean()) < 3.2
        # no colour is shifted as a whole: 8-bit rounding to Y'CbCr and back gives 1.5 levels on this picture
        # (measured without a codec), the codec up to 1 more; a wrong matrix or range moves the green by 8 or more
        assert np.abs(away.mean(axis=(0, 1))).max() < 2.5
    before.close()
    after.close()
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_odd_sides_gain_a_line_and_lose_nothing(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [512 * i for i in range(8)], tick_s=TICK, size_px=(321, 181))
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    cut(clip, range(8), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert frames[0].shape == (182, 322, 3)
    assert [number_of(frame[:181, :321]) for frame in frames] == list(range(8))


def test_sound_stays_with_its_picture(tmp_path: Path) -> None:
    # the source clicks at 0, 0.5, 1, ... s of picture time; frame 60 at 50 fps is 1.2 s, so the next click is 0.3 s on
    record(tmp_path / "in.mp4", [256 * i for i in range(150)], tick_s=TICK, tone_hz=1000)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    assert cut(clip, range(60, 120), tmp_path / "out.mp4").sound
    loud = np.zeros(48000 * 2)
    with av.open(str(tmp_path / "out.mp4")) as container:
        for frame in container.decode(audio=0):
            at = round(frame.pts * frame.time_base * 48000)
            values = np.abs(frame.to_ndarray()[0])
            low = max(0, -at)
            loud[at + low : at + len(values)] = values[low:]
    heard = np.flatnonzero(loud > 0.2) / 48000
    starts = [heard[0], *heard[1:][np.diff(heard) > 0.2]]
    # two AAC generations smear a click by up to a block of 1024 samples (21 ms)
    assert starts == pytest.approx([0.3, 0.8], abs=0.022)
    assert heard[-1] < 1.2


def test_a_mark_lies_over_the_corner_of_every_picture_and_nothing_else_changes(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [512 * i for i in range(6)], tick_s=TICK)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    red = np.full((41, 61, 3), (0, 0, 255), np.uint8)  # odd sides: the last row and column are left out
    cut(clip, range(6), tmp_path / "plain.mp4")
    cut(clip, range(6), tmp_path / "out.mp4", corner=red, comment="origin simulated")
    with av.open(str(tmp_path / "out.mp4")) as container, av.open(str(tmp_path / "plain.mp4")) as plain:
        assert container.metadata["comment"] == "origin simulated"
        pairs = zip(container.decode(video=0), plain.decode(video=0), strict=True)
        for marked, without in ((a.to_ndarray(format="bgr24"), b.to_ndarray(format="bgr24")) for a, b in pairs):
            blue, green, crimson = marked[5:30, 5:50].reshape(-1, 3).mean(axis=0)
            assert crimson > 200 > 60 > max(blue, green)
            # x264 spends its bits a little otherwise; a shifted or miscoloured picture is off by tens
            assert np.abs(marked[60:].astype(int) - without[60:]).mean() < 2


@pytest.mark.parametrize(("clockwise_deg", "mirrored"), [(0, False), (90, False), (180, False), (270, True)])
def test_rows_show_what_the_picture_shows(tmp_path: Path, clockwise_deg: int, mirrored: bool) -> None:
    """The way without BGR turns, mirrors and colours a frame as the way to the screen does."""
    record(tmp_path / "in.mp4", [512 * i for i in range(3)], tick_s=TICK)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    turn = Orientation(clockwise_deg, mirrored)
    size = clip.size_px[::-1] if turn.sideways else clip.size_px
    with Reader(replace(clip, size_px=size)) as reader:
        reader._orientation = turn
        shown_px, rows = reader.picture(1), reader.rows(1)
    coded = av.VideoFrame.from_ndarray(rows, format="yuv420p")
    coded.colorspace = 1  # BT.709: without a tag so small a picture counts as BT.601, as the recording's own does
    again = to_bgr(coded, *size)
    assert again.shape == shown_px.shape
    # Rounding from one matrix to the other: a step or two; a picture turned the wrong way is off by tens.
    assert np.abs(again.astype(int) - shown_px).mean() < 3


def test_progress_ends_at_one(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [512 * i for i in range(6)], tick_s=TICK)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    shares: list[float] = []
    cut(clip, range(1, 5), tmp_path / "out.mp4", step=shares.append)
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    record(tmp_path / "in.mp4", [256 * i for i in range(60)], tick_s=TICK, tone_hz=440)
    clip = clip_of(tmp_path / "in.mp4", "cam1", "Máy 1", ClockMap())
    cut(clip, range(10, 40), tmp_path / "a.mp4")
    cut(clip, range(10, 40), tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_painted_number_can_be_read_back() -> None:
    assert [number_of(numbered(number)) for number in (0, 1, 511, 1023)] == [0, 1, 511, 1023]


@given(
    st.lists(st.integers(1, 2000), min_size=1, max_size=60),
    st.fractions(-3, 3, max_denominator=1000),
    st.fractions(-5, 5, max_denominator=1000),
    st.fractions(0, 4, max_denominator=1000),
    st.integers(-200, 200),
)
def test_a_window_holds_exactly_the_frames_shown_in_it(
    steps: list[int], offset_s: Fraction, start_s: Fraction, length_s: Fraction, drift_ppm: int
) -> None:
    pts = tuple(np.cumsum(steps).tolist())
    clip = Clip(
        camera_id="cam1",
        label="",
        path=Path("in.mp4"),
        proxy=Path("in.mp4"),
        sha256="0" * 64,
        size_px=(2, 2),
        timebase=Timebase(Fraction(1, 1000)),
        pts=pts,
        to_match=ClockMap(offset_s, 1 + Fraction(drift_ppm, 10**6)),
        timing=Origin.MEASURED,
    )
    inside = [i for i in range(len(pts)) if start_s <= clip.match_s(i) <= start_s + length_s]
    assert list(frames_between(clip, start_s, start_s + length_s)) == inside
