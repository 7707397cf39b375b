"""NAL units: both framings, and no bytes that break the parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from var.footage.nal import codec_name, holds_idr, nal_length, parameter_sets, units

AVCC = bytes([1, 0x64, 0, 0x1F, 0xFF])  # four bytes of length
# A unit ends with its stop bit, never with a zero byte, and holds no start code (7.4.1.1).
payloads = st.lists(st.binary(min_size=1, max_size=40).map(lambda b: b.replace(b"\0", b"\x01")), min_size=1, max_size=6)


@given(payloads)
def test_both_framings_give_the_units_back(parts: list[bytes]) -> None:
    prefixed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    coded = b"".join((b"\0\0\0\1" if i % 2 else b"\0\0\1") + part for i, part in enumerate(parts))
    assert list(units(prefixed, 4)) == parts
    assert list(units(coded, 0)) == parts


@given(st.binary(max_size=200), st.binary(max_size=40), st.sampled_from(["h264", "hevc", "vp9"]))
def test_any_bytes_are_survived(data: bytes, extradata: bytes, codec: str) -> None:
    assert nal_length(codec, extradata) in (0, 1, 2, 3, 4)
    assert isinstance(holds_idr(codec, extradata, data), bool)
    assert len(parameter_sets(codec, extradata, data)) <= len(data)
    assert codec_name(codec, extradata)


@pytest.mark.parametrize(("kind", "idr"), [(5, True), (1, False)])
def test_an_idr_is_told_from_another_key_picture(kind: int, idr: bool) -> None:
    sei, picture = b"\x06\x01", bytes([0x60 | kind]) + b"\x88\x84"
    data = len(sei).to_bytes(4, "big") + sei + len(picture).to_bytes(4, "big") + picture
    assert holds_idr("h264", AVCC, data) is idr


@pytest.mark.parametrize(("kind", "idr"), [(19, True), (20, True), (16, True), (21, False), (1, False)])
def test_a_clean_random_access_picture_is_no_idr(kind: int, idr: bool) -> None:
    sets, picture = bytes([33 << 1, 1, 7]), bytes([kind << 1, 1, 7])
    assert holds_idr("hevc", b"", b"\0\0\1" + sets + b"\0\0\1" + picture) is idr


def test_names_as_webcodecs_has_them() -> None:
    assert codec_name("h264", AVCC) == "avc1.64001F"
    assert codec_name("h264", b"\0\0\0\1\x67") == "h264"
    assert codec_name("hevc", AVCC) == "hevc"


def test_the_size_is_in_the_sequence_parameter_set() -> None:
    sps, slice_ = b"\x67\x64\x1f", b"\x65\x88"
    data = b"\0\0\0\1" + sps + b"\0\0\1" + slice_
    assert parameter_sets("h264", b"", data) == sps
    assert parameter_sets("hevc", b"", b"\0\0\1" + bytes([33 << 1, 1, 2])) == bytes([33 << 1, 1, 2])
    assert parameter_sets("vp9", b"", data) == b""
