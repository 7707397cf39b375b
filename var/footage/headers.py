"""Where a key packet says how large its pictures are, for codecs without NAL units.

Only the bytes that hold the size are found, to be compared with those of another packet; what they say is the
decoder's business. H.264 and H.265: ``var.footage.nal.parameter_sets``.
"""

from __future__ import annotations

from collections.abc import Callable


def _jpeg(data: bytes) -> bytes:
    """The frame header: precision, lines and columns (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return data[at + 4 : at + 9]
        if kind == 0xFF:  # fill byte
            at += 1
        elif kind in (0x01, *range(0xD0, 0xD9)):
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return b""


def _mpeg2(data: bytes) -> bytes:
    """Twelve bits of columns and of lines in the sequence header (ITU-T H.262, 6.2.2.1)."""
    at = data.find(b"\0\0\1\xb3")
    return data[at + 4 : at + 7] if at >= 0 else b""


def _mpeg4(data: bytes) -> bytes:
    """The video object layer (ISO/IEC 14496-2, 6.2.3)."""
    at = data.find(b"\0\0\1")
    while at >= 0:
        end = data.find(b"\0\0\1", at + 3)
        if at + 3 < len(data) and 0x20 <= data[at + 3] <= 0x2F:
            return data[at + 3 : end if end >= 0 else None]
        at = end
    return b""


def _vp8(data: bytes) -> bytes:
    """Columns and lines of a key frame (RFC 6386, 9.1)."""
    return data[6:10] if data[3:6] == b"\x9d\x01\x2a" else b""


def _vp9(data: bytes) -> bytes:
    """Columns and lines of a key frame (VP9 bitstream specification, 6.2)."""
    bits = int.from_bytes(data[:16].ljust(16, b"\0"), "big")

    def u(at: int, count: int) -> int:
        return bits >> 128 - at - count & (1 << count) - 1

    profile = u(2, 1) | u(3, 1) << 1
    at = 5 if profile == 3 else 4
    if u(0, 2) != 2 or u(at, 2) or u(at + 4, 24) != 0x498342:  # another frame shown again, or not a key frame
        return b""
    at += 28 + (profile >= 2)
    rgb = u(at, 3) == 7
    at += 3 + (0 if rgb else 1) + (profile in (1, 3)) * (1 if rgb else 3)
    return u(at, 32).to_bytes(4, "big")


def _av1(data: bytes) -> bytes:
    """The sequence header (AV1 bitstream specification, 5.3 to 5.5)."""
    at = 0
    while at < len(data):
        kind, extended, sized = data[at] >> 3 & 15, data[at] & 4, data[at] & 2
        at += 2 if extended else 1
        size, shift = 0, 0
        while sized and at < len(data) and shift < 56:
            size |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if not data[at - 1] & 128:
                break
        size = size if sized else len(data) - at
        if kind == 1:
            return data[at : at + size]
        at += size
    return b""


def _prores(data: bytes) -> bytes:
    """Columns and lines of the frame header (SMPTE RDD 36, 5.1)."""
    return data[16:20] if data[4:8] == b"icpf" else b""


_FIND: dict[str, Callable[[bytes], bytes]] = {
    "mjpeg": _jpeg,
    "mpeg1video": _mpeg2,
    "mpeg2video": _mpeg2,
    "mpeg4": _mpeg4,
    "vp8": _vp8,
    "vp9": _vp9,
    "av1": _av1,
    "prores": _prores,
}


def size_header(codec: str, data: bytes) -> bytes:
    """The bytes of a key packet that say how large its pictures are; empty where they are not found."""
    find = _FIND.get(codec)
    return b"" if find is None else find(data)
