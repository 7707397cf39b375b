"""Second fields are told from first ones and from whole pictures, and no bytes break that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import barcode
import field_pictures
import pytest
import recordings
import ugly
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadFile
from var.footage.fields import FieldPairs, Scan
from var.footage.video import Reader, index, remux

SIZE = (128, 96)


def _pair(i: int) -> tuple[bytes, bytes]:
    return field_pictures.frame(barcode.draw(i, SIZE)[:, :, 0], i)


def test_pairs_are_found_whatever_lies_between() -> None:
    pairs = FieldPairs("h264", field_pictures.parameter_sets(SIZE))
    assert pairs.expected
    (a, b), (c, d), (e, f) = _pair(1), _pair(2), _pair(3)
    assert [pairs.second(data) for data in (a, b, c, d)] == [False, True, False, True]
    assert [pairs.second(data) for data in (a + b, c, d, e)] == [False, False, True, False]
    assert pairs.open  # e waits for f
    # A field of another picture is no second one.
    assert [pairs.second(data) for data in (d, e, f)] == [False, False, True]
    assert [pairs.second(data) for data in (a, a, b)] == [False, False, True]
    assert pairs.pairs == 5


def test_progressive_recordings_are_not_looked_into(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.ts"):
        with av.open(str(recordings.write(tmp_path / name, 3))) as container:
            extradata = bytes(container.streams.video[0].codec_context.extradata or b"")
        assert not FieldPairs("h264", extradata).expected
    assert not FieldPairs("hevc", field_pictures.parameter_sets(SIZE)).expected
    mixed = recordings.write(
        tmp_path / "m.mp4", 9, size=(320, 192), options=recordings.X264 | {"x264-params": "tff=1"}, pix_fmt="yuv422p"
    )
    with av.open(str(mixed)) as container:
        stream = container.streams.video[0]
        pairs = FieldPairs("h264", bytes(stream.codec_context.extradata or b""))
        assert pairs.expected  # a profile with chroma in its parameter set
        assert not any(pairs.second(bytes(packet)) for packet in container.demux(stream) if packet.size)


@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from(["h264", "hevc"]))
def test_any_bytes_are_survived(extradata: bytes, data: bytes, codec: str) -> None:
    for head in (b"", b"\0\0\0\1\x67", b"\1\x64\0\x1f\xff\xe1\0\x20\x67"):
        pairs = FieldPairs(codec, head + extradata)
        assert pairs.second(b"\0\0\0\1\x65" + data) in (True, False)
    pairs = FieldPairs("h264", field_pictures.parameter_sets(SIZE))
    pairs.second(_pair(0)[0])
    assert pairs.second(b"\0\0\0\1\x61" + data) in (True, False)


@pytest.mark.parametrize(
    ("interlaced", "order", "scan"),
    [(False, 2, "progressive"), (True, 2, "top_first"), (True, 3, "bottom_first"), (True, 0, "interlaced")],
)
def test_names_of_field_orders(interlaced: bool, order: int, scan: str) -> None:
    assert Scan.of(interlaced, order) == scan


@pytest.mark.parametrize("apart", [False, True])
def test_a_stream_that_stops_after_a_first_field_ends_one_picture_earlier(tmp_path: Path, apart: bool) -> None:
    path = ugly.field_packets(tmp_path / "stopped.ts", "mpegts", apart=apart, count=20)
    data = path.read_bytes()
    for share in (0.88, 0.91, 0.935, 0.96):
        cut = round(len(data) * share) // 188 * 188
        path.write_bytes(data[:cut])
        exact = remux(path, tmp_path / "exact.mp4")
        assert 15 <= len(exact) < 20
        with Reader(exact) as reader:
            for i in range(len(exact)):
                assert barcode.number(reader.picture(i)) == i


@pytest.mark.parametrize("kind", ["field_pictures", "field_pictures_apart"])
@pytest.mark.parametrize("field", [0, 1])
def test_a_damaged_field_is_a_damaged_picture(kind: str, field: int, tmp_path: Path) -> None:
    make: Callable[[Path], Path] = ugly.EXACT[kind]
    path = make(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.find(_pair(23)[field][-2000:])
    assert at > 0
    data[at : at + 2000] = bytes(2000)
    path.write_bytes(data)
    source = index(path)
    with Reader(source, cache_bytes=0) as reader:
        with pytest.raises(BadFile) as refusal:
            reader.picture(23)
        assert refusal.value.params["frame"] == 23
        for i in (22, 31, 5):
            assert barcode.number(reader.picture(i)) == i
        for i in (24, 26, 29):  # the rest of the group: a decoder that misses a field may pair the others wrongly
            try:
                picture = reader.picture(i)
            except BadFile:
                continue
            assert barcode.number(picture) == i
        assert [barcode.number(reader.picture(i)) for i in (0, 22, 39)] == [0, 22, 39]
