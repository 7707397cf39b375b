"""NAL units of H.264 and H.265 (ITU-T H.264 and H.265, 7.3.1 and Annex B): just enough to index a recording."""

from __future__ import annotations

from collections.abc import Iterator

_SPS = {"h264": (7,), "hevc": (33,)}
# Table 7-1 of each standard: units that hold a slice, and those of pictures that refer to nothing before them.
_SLICES = {"h264": range(1, 6), "hevc": range(32)}
_CLOSED = {"h264": (5,), "hevc": (16, 17, 18, 19, 20)}


def nal_length(codec: str, extradata: bytes) -> int:
    """How many bytes hold the length before each NAL unit; 0 where units are set apart by start codes (Annex B)."""
    if extradata[:1] != b"\x01":
        return 0
    if codec == "h264" and len(extradata) > 4:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) > 21:
        return (extradata[21] & 3) + 1
    return 0


def units(data: bytes, length: int) -> Iterator[bytes]:
    """The NAL units of one packet without their length or start code. A unit that runs over the end is cut there."""
    if length:
        at = 0
        while at + length < len(data):
            size = int.from_bytes(data[at : at + length], "big")
            yield data[at + length : at + length + size]
            at += length + size
        return
    at = data.find(b"\0\0\1")
    while at >= 0:
        end = data.find(b"\0\0\1", at + 3)
        unit = data[at + 3 : end if end >= 0 else len(data)]
        if unit:
            yield unit.rstrip(b"\0") or unit[:1]
        at = end


def _kind(codec: str, unit: bytes) -> int:
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def holds_idr(codec: str, extradata: bytes, data: bytes) -> bool:
    """Whether a key packet is one that nothing shown after it refers past.

    An I picture of an open GOP, a clean random access picture and a recovery point are key packets too, yet pictures
    decoded after them may refer to earlier ones. Other codecs than H.264 and H.265 mark only closed ones.
    """
    slices = _SLICES.get(codec)
    if slices is None:
        return True
    kinds = (_kind(codec, unit) for unit in units(data, nal_length(codec, extradata)) if unit)
    return next((kind in _CLOSED[codec] for kind in kinds if kind in slices), False)


def parameter_sets(codec: str, extradata: bytes, data: bytes) -> bytes:
    """The sequence parameter sets inside a packet, which say the size of the pictures that follow; empty without."""
    wanted = _SPS.get(codec)
    if wanted is None:
        return b""
    return b"".join(u for u in units(data, nal_length(codec, extradata)) if u and _kind(codec, u) in wanted)


def codec_name(codec: str, extradata: bytes) -> str:
    """The name that WebCodecs uses for H.264 with an ``avcC`` record (RFC 6381, 3.3), else ``codec``."""
    if codec == "h264" and len(extradata) > 3 and extradata[0] == 1:
        return f"avc1.{extradata[1]:02X}{extradata[2]:02X}{extradata[3]:02X}"
    return codec
