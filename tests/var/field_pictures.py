"""H.264 field pictures (PAFF), which no encoder at hand makes: every macroblock is raw samples (I_PCM), so that the
writer stays a page long. Syntax: ITU-T H.264, 7.3.2.1, 7.3.2.2, 7.3.3 and 7.3.5."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GROUP = 10  # frames from one IDR to the next


class _Bits:
    def __init__(self) -> None:
        self.text = ""

    def u(self, value: int, bits: int = 1) -> None:
        self.text += f"{value:0{bits}b}"

    def ue(self, *values: int) -> None:
        for value in values:
            coded = f"{value + 1:b}"
            self.text += "0" * (len(coded) - 1) + coded

    def aligned(self, stop: bool = False) -> bytes:
        self.text += "1" if stop else ""
        self.text += "0" * (-len(self.text) % 8)
        return int(self.text, 2).to_bytes(len(self.text) // 8, "big")


def _unit(kind: int, payload: bytes) -> bytes:
    """A NAL unit with start code and emulation prevention."""
    out, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\0\0\0\1" + bytes([0x60 | kind]) + bytes(out)


def parameter_sets(size: tuple[int, int]) -> bytes:
    """Sequence and picture parameter set for pictures of ``size``: multiples of 16 wide and of 32 high."""
    sps = _Bits()
    sps.u(77, 8)
    sps.u(0, 8)
    sps.u(30, 8)
    sps.ue(0, 0, 0, 4, 1)  # id, 4 bits of frame_num, order type 0, 8 bits of order, one reference frame
    sps.u(0)
    sps.ue(size[0] // 16 - 1, size[1] // 32 - 1)
    sps.u(0b00100, 5)  # fields may be coded, not mixed within a picture; no cropping; no usability information
    pps = _Bits()
    pps.ue(0, 0)
    pps.u(0, 2)
    pps.ue(0, 0, 0)
    pps.u(0, 3)
    pps.ue(0, 0, 0)
    pps.u(0b100, 3)  # deblocking is said in the slice
    return _unit(7, sps.aligned(stop=True)) + _unit(8, pps.aligned(stop=True))


def _field(luma: NDArray[np.uint8], number: int, bottom: bool) -> bytes:
    place = number % GROUP
    idr = place == 0 and not bottom
    head = _Bits()
    head.ue(0, 7, 0)
    head.u(place % 16, 4)
    head.u(1)
    head.u(int(bottom))
    if idr:
        head.ue(number // GROUP % 2)
    head.u((2 * place + bottom) % 256, 8)
    head.u(0, 2 if idr else 1)
    head.ue(0, 1)
    out = bytearray()
    for y in range(0, luma.shape[0], 16):
        for x in range(0, luma.shape[1], 16):
            head.ue(25)
            out += head.aligned() + luma[y : y + 16, x : x + 16].tobytes() + bytes([128]) * 128
            head = _Bits()
    return _unit(5 if idr else 1, bytes(out) + b"\x80")


def frame(luma: NDArray[np.uint8], number: int) -> tuple[bytes, bytes]:
    """The top and the bottom field of frame ``number``; the first of a group comes with the parameter sets."""
    sets = parameter_sets((luma.shape[1], luma.shape[0])) if number % GROUP == 0 else b""
    top, bottom = (_field(np.ascontiguousarray(luma[k::2]), number, bool(k)) for k in (0, 1))
    return sets + top, bottom
