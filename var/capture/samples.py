"""Packets as MP4 keeps them: NAL units with lengths instead of start codes, AAC without its transport headers."""

from __future__ import annotations

import struct

from var.footage.nal import nal_length, units

_H264_SETS = (7, 8, 13)
_HEVC_SETS = (32, 33, 34)
_ADTS_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


def with_lengths(codec: str, extradata: bytes, data: bytes) -> bytes:
    """The packet with a length of four bytes before each NAL unit; as it is where it has lengths or no NAL units."""
    if codec not in ("h264", "hevc") or nal_length(codec, extradata):
        return data
    parts: list[bytes] = []
    for unit in units(data, 0):
        parts += (struct.pack(">I", len(unit)), unit)
    return b"".join(parts)


def sets_of(codec: str, extradata: bytes, data: bytes) -> bytes:
    """The parameter sets inside a packet with start codes, as a decoder takes them before the first picture."""
    wanted = {"h264": _H264_SETS, "hevc": _HEVC_SETS}.get(codec, ())
    length = nal_length(codec, extradata)
    kinds = [(unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63, unit) for unit in units(data, length) if unit]
    return b"".join(b"\0\0\0\1" + unit for kind, unit in kinds if kind in wanted)


def sequence_sets(codec: str, extradata: bytes, data: bytes) -> list[bytes]:
    """The sequence parameter sets inside a packet: they say the size of the pictures that follow."""
    wanted = {"h264": 7, "hevc": 33}.get(codec)
    found = (unit.rstrip(b"\0") for unit in units(data, nal_length(codec, extradata)) if unit)
    return [unit for unit in found if unit and (unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63) == wanted]


def adts_config(data: bytes) -> bytes | None:
    """The AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) that an ADTS header says, or None where there is no header."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return None
    kind, rate, channels = (data[2] >> 6) + 1, data[2] >> 2 & 15, (data[2] & 1) << 2 | data[3] >> 6
    return struct.pack(">H", kind << 11 | rate << 7 | channels << 3) if rate < 13 and channels else None


def without_adts(data: bytes) -> bytes:
    """An AAC packet without its ADTS header; as it is where it has none."""
    if adts_config(data) is None:
        return data
    return data[7 if data[1] & 1 else 9 :]


def aac_config(rate_hz: int, channels: int) -> bytes | None:
    """The AudioSpecificConfig of AAC-LC at this rate, or None for a rate outside the standard's list."""
    if rate_hz not in _ADTS_RATES_HZ or not 0 < channels < 8:
        return None
    return struct.pack(">H", 2 << 11 | _ADTS_RATES_HZ.index(rate_hz) << 7 | channels << 3)
