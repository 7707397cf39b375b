"""Interlaced H.264: which packets hold the second field of a picture (ITU-T H.264, 7.3.2.1.1, 7.3.3 and 7.4.1.2.4).

A camera that codes each field on its own may send the two fields of a picture in two packets. A decoder gives one
picture for both, at the time stamp of the first: the second packet shows nothing of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from var.footage.nal import nal_length, parameter_sets, units
from var.footage.table import HIDDEN


class Scan(StrEnum):
    """How the lines of a picture were taken: all at once, or as two fields, half a picture's time apart."""

    PROGRESSIVE = "progressive"
    TOP_FIRST = "top_first"
    BOTTOM_FIRST = "bottom_first"
    INTERLACED = "interlaced"  # which field comes first is not said

    @classmethod
    def of(cls, interlaced: bool, field_order: int) -> Scan:
        """What FFmpeg says of a picture; ``field_order`` is its ``AVFieldOrder``."""
        if not interlaced:
            return cls.PROGRESSIVE
        # Each name of the enumeration has two letters: the field coded first and the field shown first.
        return {2: cls.TOP_FIRST, 3: cls.BOTTOM_FIRST, 4: cls.BOTTOM_FIRST, 5: cls.TOP_FIRST}.get(
            field_order, cls.INTERLACED
        )


class _Bits:
    """Bits of a NAL unit's payload, without the bytes that keep start codes out of it."""

    def __init__(self, unit: bytes, limit: int = 64) -> None:
        data = unit[1 : 1 + limit].replace(b"\0\0\3", b"\0\0")
        self._word, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def u(self, bits: int) -> int:
        """The next ``bits`` as a number. Raises ``ValueError`` at the end."""
        if bits > self._left:
            raise ValueError("the unit ends early")
        self._left -= bits
        return self._word >> self._left & ((1 << bits) - 1)

    def ue(self) -> int:
        """The next Exp-Golomb number (9.1)."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("no such number")
        return (1 << zeros) - 1 + self.u(zeros)


class _Sequence(NamedTuple):
    frame_num_bits: int
    planes_apart: bool
    fields: bool  # pictures may be coded as fields


_WITH_CHROMA = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)


def _skip_scaling(bits: _Bits, lists: int) -> None:
    for k in range(lists):
        last = following = 8
        for _ in range((16 if k < 6 else 64) if bits.u(1) else 0):
            if following:
                coded = bits.ue()
                following = (last + ((coded + 1) // 2 if coded % 2 else -coded // 2)) % 256
            last = following or last


def _sequence(unit: bytes) -> _Sequence:
    """What a sequence parameter set says. Raises ``ValueError`` where it is none."""
    bits = _Bits(unit, 512)
    profile = bits.u(8)
    bits.u(16)
    bits.ue()
    planes_apart = False
    if profile in _WITH_CHROMA:
        chroma = bits.ue()
        planes_apart = chroma == 3 and bool(bits.u(1))
        bits.ue()
        bits.ue()
        bits.u(1)
        if bits.u(1):
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    frame_num_bits = bits.ue() + 4
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.u(1)
        bits.ue()
        bits.ue()
        for _ in range(min(255, bits.ue())):
            bits.ue()
    bits.ue()
    bits.u(1)
    bits.ue()
    bits.ue()
    return _Sequence(frame_num_bits, planes_apart, not bits.u(1))


class _Slice(NamedTuple):
    bottom: bool | None  # None: not a field
    frame_num: int


class FieldPairs:
    """Tells second fields, packet by packet in the order of decoding."""

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._h264 = codec == "h264"
        self._length = nal_length(codec, extradata)
        self._sequence: _Sequence | None = None
        self._first: _Slice | None = None
        self.pairs = 0
        if self._h264 and not self._length:
            self.sets(parameter_sets(codec, extradata, extradata))
        elif self._h264 and extradata[5:6] and extradata[5] & 31:
            self.sets(extradata[8 : 8 + int.from_bytes(extradata[6:8], "big")])

    @property
    def open(self) -> bool:
        """Whether the last packet was a first field, whose second one has not come."""
        return self._first is not None

    def sets(self, unit: bytes) -> None:
        """Take note of a sequence parameter set; of anything else nothing."""
        if not self._h264 or not unit or unit[0] & 31 != 7:
            return
        try:
            self._sequence = _sequence(unit)
        except ValueError:
            return

    @property
    def expected(self) -> bool:
        """Whether packets have to be looked into at all."""
        return self._sequence is not None and self._sequence.fields

    def second(self, data: bytes) -> bool:
        """Whether a packet is the second field of the packet before it."""
        slices = {found for unit in units(data, self._length) if (found := self._slice(unit)) is not None}
        first, self._first = self._first, None
        if len(slices) != 1 or (this := slices.pop()).bottom is None:
            return False
        if first is not None and first.frame_num == this.frame_num and first.bottom is not this.bottom:
            self.pairs += 1
            return True
        self._first = this
        return False

    def _slice(self, unit: bytes) -> _Slice | None:
        if not unit or unit[0] & 31 not in (1, 2, 5) or self._sequence is None:
            return None
        try:
            bits = _Bits(unit)
            for _ in range(3):
                bits.ue()
            if self._sequence.planes_apart:
                bits.u(2)
            number = bits.u(self._sequence.frame_num_bits)
            return _Slice(bool(bits.u(1)) if bits.u(1) else None, number)
        except ValueError:
            return None


def second_fields(rows: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which packets of a table are second fields: they show nothing and carry the pts of the packet before them."""
    again = np.zeros(len(rows), np.bool_)
    again[1:] = (rows["pts"][1:] == rows["pts"][:-1]) & ((rows["flags"][1:] & HIDDEN) > 0)
    return again


def joined(packets: Iterable[Any], track: int, rows: NDArray[np.void]) -> Iterator[Any]:
    """``packets`` with each second field of stream ``track`` put behind the first one, in one packet.

    ``rows`` are the records of that stream. Other streams pass through.
    """
    from av import Packet

    again = second_fields(rows)
    if not again.any():
        yield from packets
        return
    held: Any = None
    place = 0
    for packet in packets:
        if packet.stream_index != track or not packet.size:
            yield packet
            continue
        if held is not None and place < len(again) and again[place]:
            whole: Any = Packet(bytes(held) + bytes(packet))
            whole.pts, whole.dts, whole.time_base = held.pts, held.dts, held.time_base
            whole.duration, whole.stream, whole.is_keyframe = held.duration, held.stream, held.is_keyframe
            held = whole
        else:
            if held is not None:
                yield held
            held = packet
        place += 1
    if held is not None:
        yield held
