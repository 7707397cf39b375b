"""Time code: the count, the eighty bits on a sound track, tracks and tags of files, codes in pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import sync_sounds as sounds
from hypothesis import given
from hypothesis import strategies as st

from var.sync import timecode
from var.sync.hearing import Hearing
from var.sync.ltc import decode, rate_of
from var.sync.material import material
from var.sync.model import Estimate, Status
from var.sync.smpte import Code, day_frames, nearest_rate, of_bits, of_s12m, parse, to_bits

NTSC = Fraction(30000, 1001)
RATES = [(Fraction(24), False), (Fraction(25), False), (NTSC, True), (NTSC, False), (Fraction(30), False)]


def address(count: int, rate: Fraction, drop: bool) -> Code:
    """The address of a frame, by walking: minutes that are no tenth begin two (four) numbers late."""
    nominal = -(-rate.numerator // rate.denominator)
    left = count
    for minute in range(24 * 60):
        skipped = nominal // 15 if drop and minute % 10 else 0
        inside = 60 * nominal - skipped
        if left < inside:
            number = left + skipped
            return Code(minute // 60, minute % 60, number // nominal, number % nominal, drop)
        left -= inside
    raise AssertionError(count)


def ltc(start: int, seconds: float, rate: Fraction, drop: bool, *, fs: int, late_s: float, level: float = 0.5) -> Any:
    """A generator of linear time code: its first frame begins ``late_s`` after the first sample."""
    edges, bit = [], 0
    for k in range(int(seconds * rate) + 1):
        for value in to_bits(address((start + k) % day_frames(rate, drop), rate, drop)):
            edges.append(late_s + bit / (80 * float(rate)))
            if value:
                edges.append(edges[-1] + 0.5 / (80 * float(rate)))
            bit += 1
    t = np.arange(int(seconds * fs)) / fs
    state = np.searchsorted(edges, t, side="right") % 2
    return np.where(t < late_s, 0.0, (2 * state - 1) * level)


@pytest.mark.parametrize(("rate", "drop"), RATES)
def test_the_count_and_the_address_are_one_to_one(rate: Fraction, drop: bool) -> None:
    day = day_frames(rate, drop)
    for count in (0, 1, 1799, 1800, 17981, 17982, day // 2, day - 1):
        code = address(count, rate, drop)
        assert code.valid(rate)
        assert code.count(rate) == count
        assert of_bits(to_bits(code)) == code
        assert parse(str(code)) == code
    assert not Code(0, 1, 0, 0, True).valid(NTSC)  # a number that drop frame leaves out
    assert not Code(24, 0, 0, 0).valid(rate)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = parse(text)
    assert found is None or isinstance(found.count(Fraction(25)), int)


@given(st.lists(st.integers(0, 1), min_size=80, max_size=80))
def test_no_bits_break_the_reader(bits: list[int]) -> None:
    found = of_bits(bits)
    assert found is None or max(found.hours, found.minutes, found.seconds, found.frames) < 60


def test_rates_are_told_apart_by_a_thousandth() -> None:
    assert nearest_rate(29.97) == NTSC
    assert nearest_rate(30.001) == 30
    assert nearest_rate(29.985) is None
    assert nearest_rate(0) is None


@pytest.mark.parametrize(("rate", "drop"), RATES)
@pytest.mark.parametrize(
    ("fs", "level", "noise"), [(48000, 0.5, 0.0), (44100, -0.01, 0.0), (16000, 0.5, 0.05), (48000, 0.3, 0.1)]
)
def test_linear_time_code_is_read_at_any_level_and_polarity(
    rate: Fraction, drop: bool, fs: int, level: float, noise: float
) -> None:
    start = Code(23, 59, 58, 0, drop).count(rate)  # over midnight
    signal = ltc(start, 6, rate, drop, fs=fs, late_s=0.1234567, level=level)
    signal = signal + noise * np.random.default_rng(1).standard_normal(len(signal))
    frames = decode(Hearing(signal.astype(np.float32), Fraction(0), fs))
    assert len(frames) >= 0.85 * 5.8 * float(rate)
    assert rate_of(frames) == rate
    day = day_frames(rate, drop)
    for frame in frames:
        steps = (frame.code.count(rate) - start) % day
        # An edge is known to a part of a sample (62 us at 16 kHz), and 80 of them are averaged.
        assert abs(frame.at_s - 0.1234567 - steps / float(rate)) < 4e-5


@pytest.mark.parametrize("kind", ["crowd", "tone", "silence"])
def test_no_time_code_is_read_into_other_sounds(kind: str) -> None:
    t = np.arange(10 * 16000) / 16000
    sound = {"crowd": sounds.crowd(10, 1), "tone": np.sign(np.sin(2 * np.pi * 1000 * t)), "silence": 0 * t}[kind]
    assert decode(Hearing(sound.astype(np.float32), Fraction(0), 16000)) == []


def estimate(a: Path, b: Path) -> Estimate:
    return timecode.estimate(material(a), material(b))


def test_time_code_on_one_channel_gives_offset_and_rate(tmp_path: Path) -> None:
    rate, start = Fraction(25), Code(23, 59, 50, 0).count(Fraction(25))
    crowd = sounds._resampled(sounds.crowd(20, 3), 48000)
    paths = []
    for name, late_s, first in (("a", 0.0213, start), ("b", 0.0071, start + 100)):
        code = ltc(first, 20, rate, False, fs=48000, late_s=late_s, level=0.3)
        rows = np.stack([crowd[: len(code)], code])
        paths.append(sounds.film(tmp_path / f"{name}.mov", None, 19, rows=rows, codec="pcm_s16le"))
    found = estimate(*paths)
    assert (found.status, found.facts["source"]) == (Status.OK, "ltc")
    # b begins 100 frames (4 s) later by the code, which both heard a little after their first samples.
    assert abs(float(found.offset_s or 0) - (4 + 0.0213 - 0.0071)) < 1e-4
    assert abs(float(found.rate or 0) - 1) < 1e-5
    assert found.facts["clip"] == "23:59:54:00" or found.facts["clip"] == "23:59:54:01"


@pytest.mark.parametrize(
    ("second", "status"), [("10:00:05:00", Status.OK), ("12:00:00:00", Status.FAILED), ("10:00:08:01", Status.FAILED)]
)
def test_sound_alone_that_never_ran_together_fails(tmp_path: Path, second: str, status: Status) -> None:
    paths = []
    for name, text in (("a", "10:00:00:00"), ("b", second)):
        code = parse(text)
        assert code is not None
        track = ltc(code.count(Fraction(25)), 8, Fraction(25), False, fs=16000, late_s=0.0)
        paths.append(sounds.write_wav(tmp_path / f"{name}.wav", track))
    found = estimate(*paths)
    assert found.status is status
    if status is Status.OK:
        assert abs(float(found.offset_s or 0) - 5) < 1e-4
        # At the worst place of the three seconds that both have, not 86 s before or after.
        assert found.sigma_s is not None
        assert found.sigma_s < 2e-4
    else:
        assert found.reason == "no_overlap"


def tagged(path: Path, text: str, fps: Fraction = Fraction(25), seconds: float = 4) -> Path:
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mpeg2video" if path.suffix == ".mxf" else "libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.time_base = stream.codec_context.time_base = 1 / fps
        if text:
            (out if path.suffix == ".mxf" else stream).metadata["timecode"] = text
        for i in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), 3 * i % 200, np.uint8), format="rgb24")
            frame.pts, frame.time_base = i, 1 / fps
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", ["mov", "mp4", "mkv", "mxf"])
def test_a_file_says_where_it_begins(tmp_path: Path, suffix: str) -> None:
    a = tagged(tmp_path / f"a.{suffix}", "10:11:12:05")
    b = tagged(tmp_path / f"b.{suffix}", "10:11:13:20")
    found = estimate(a, b)
    assert (found.status, found.facts["source"]) == (Status.OK, "file")
    assert found.offset_s == Fraction(40, 25)
    # Two shutters that open somewhere in a frame of 40 ms each: 40 / sqrt(6).
    assert found.sigma_s == pytest.approx(0.04 / np.sqrt(6), rel=0.01)


def test_midnight_lies_between(tmp_path: Path) -> None:
    found = estimate(tagged(tmp_path / "a.mov", "23:59:59:00"), tagged(tmp_path / "b.mov", "00:00:00:10"))
    assert found.offset_s == Fraction(35, 25)


def test_drop_frame_counts_real_time(tmp_path: Path) -> None:
    a = tagged(tmp_path / "a.mov", "00:59:58;00", NTSC)
    b = tagged(tmp_path / "b.mov", "01:00:00;00", NTSC)
    assert float(estimate(a, b).offset_s or 0) == pytest.approx(60 / float(NTSC), abs=1e-8)


@pytest.mark.parametrize(
    ("first", "second", "fps", "status", "reason"),
    [
        ("10:00:00:00", "", 25, Status.FAILED, "no_timecode"),
        ("10:00:00:00", "11:00:00:00", 25, Status.FAILED, "no_overlap"),
        ("01:00:00:00", "01:00:00:00", 25, Status.WEAK, "timecode_same_start"),
        ("10:00:00:00", "10:00:01:00", 50, Status.WEAK, "timecode_rates"),
    ],
)
def test_codes_that_cannot_be_trusted(
    tmp_path: Path, first: str, second: str, fps: int, status: Status, reason: str
) -> None:
    found = estimate(tagged(tmp_path / "a.mov", first), tagged(tmp_path / "b.mov", second, Fraction(fps)))
    assert (found.status, found.reason) == (status, reason)


def hevc_with_codes(path: Path, first: Code, count: int = 30) -> Path:
    """HEVC whose pictures carry a time code SEI message each (ISO/IEC 23008-2, D.2.27)."""

    def message(code: Code) -> bytes:
        # One clock, in units of frames, counting type 0, all fields given, no discontinuity, none left out.
        bits = "01" + "1" + "0" + "00000" + "1" + "0" + "0"
        bits += f"{code.frames:09b}{code.seconds:06b}{code.minutes:06b}{code.hours:05b}" + "00000"
        bits += "1"
        bits += "0" * (-len(bits) % 8)
        body = int(bits, 2).to_bytes(len(bits) // 8, "big")
        safe = bytearray()
        for byte in bytes([136, len(body)]) + body + b"\x80":
            if len(safe) >= 2 and safe[-1] == safe[-2] == 0 and byte <= 3:
                safe.append(3)
            safe.append(byte)
        return b"\x00\x00\x00\x01" + bytes([39 << 1, 1]) + bytes(safe)

    raw = path.with_suffix(".hevc")
    with av.open(str(raw), "w", format="hevc") as out:
        stream: Any = out.add_stream("libx265", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0:pools=1:frame-threads=1"}
        packets = []
        for i in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), 3 * i % 200, np.uint8), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            packets += stream.encode(frame)
        packets += stream.encode(None)
    data = b""
    start = first.count(Fraction(25))
    for i, packet in enumerate(packets):
        whole = bytes(packet)
        # Before the first slice: parameter sets come first.
        place = next(
            k for k in range(len(whole) - 5) if whole[k : k + 3] == b"\x00\x00\x01" and (whole[k + 3] >> 1 & 63) < 32
        )
        place -= whole[place - 1] == 0
        data += whole[:place] + message(address(start + i, Fraction(25), False)) + whole[place:]
    raw.write_bytes(data)
    with av.open(str(raw), format="hevc", options={"framerate": "25"}) as source, av.open(str(path), "w") as out:
        track = out.add_stream_from_template(source.streams.video[0])
        track.time_base = Fraction(1, 25)
        for i, packet in enumerate([p for p in source.demux(video=0) if p.size]):
            packet.stream, packet.time_base = track, Fraction(1, 25)
            packet.pts, packet.dts, packet.duration = i, i, 1
            out.mux(packet)
    return path


def test_codes_in_the_pictures_themselves(tmp_path: Path) -> None:
    a = hevc_with_codes(tmp_path / "a.mp4", Code(9, 59, 59, 20))
    b = hevc_with_codes(tmp_path / "b.mp4", Code(10, 0, 0, 5))
    found = estimate(a, b)
    assert (found.status, found.facts["source"]) == (Status.OK, "pictures")
    assert found.offset_s == Fraction(10, 25)


@pytest.mark.parametrize(
    ("word", "rate", "code"),
    [
        (0x05131209, None, Code(9, 12, 13, 5)),
        (0x45131209, None, Code(9, 12, 13, 5, True)),
        (0x05131289, Fraction(50), Code(9, 12, 13, 11)),
    ],
)
def test_words_of_the_video_stream(word: int, rate: Fraction | None, code: Code) -> None:
    assert of_s12m(word, rate) == code
