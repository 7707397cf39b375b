"""SMPTE time code (ST 12-1): addresses of frames, how they are counted and written, and the bits that carry them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

RATES = tuple(
    Fraction(n * 1000, 1001) if slow else Fraction(n)
    for n in (24, 25, 30, 48, 50, 60, 100, 120)
    for slow in ((False,) if n in (25, 50, 100) else (True, False))
)
"""Frames a second that time code counts: 24000/1001, 24, 25, 30000/1001, 30 and their multiples."""


@dataclass(frozen=True, slots=True)
class Code:
    """An address ``hours:minutes:seconds:frames``; with ``drop`` numbers are left out to keep up with the clock."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    drop: bool = False

    def valid(self, rate: Fraction) -> bool:
        """Whether such an address exists at ``rate`` frames a second."""
        nominal = -(-rate.numerator // rate.denominator)
        within = 0 <= self.hours < 24 and 0 <= self.minutes < 60 and 0 <= self.seconds < 60
        left_out = self.drop and self.seconds == 0 and self.minutes % 10 and self.frames < nominal // 15
        return within and 0 <= self.frames < nominal and not left_out

    def count(self, rate: Fraction) -> int:
        """How many frames were counted since midnight. With drop frame, two numbers in 30 (four in 60) are left out
        at the start of each minute that is not a tenth."""
        nominal = -(-rate.numerator // rate.denominator)
        minutes = 60 * self.hours + self.minutes
        whole = (60 * minutes + self.seconds) * nominal + self.frames
        return whole - (nominal // 15) * (minutes - minutes // 10) if self.drop else whole

    def __str__(self) -> str:
        sign = ";" if self.drop else ":"
        return f"{self.hours:02d}:{self.minutes:02d}:{self.seconds:02d}{sign}{self.frames:02d}"


def day_frames(rate: Fraction, drop: bool) -> int:
    """How many frames are counted from midnight to midnight."""
    nominal = -(-rate.numerator // rate.denominator)
    return Code(23, 59, 59, nominal - 1, drop).count(rate) + 1


def parse(text: str) -> Code | None:
    """The address that ``text`` writes (``01:02:03:04``, with ``;`` or ``.`` for drop frame), or None."""
    found = re.fullmatch(r"\s*(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{1,3})\s*", text)
    if found is None:
        return None
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    return Code(hours, minutes, seconds, frames, found[4] in ";.,")


def nearest_rate(fps: float, tolerance: float = 4e-4) -> Fraction | None:
    """The rate of time code that ``fps`` is to within ``tolerance``, or None. 30 and 29.97 differ by a thousandth."""
    best = min(RATES, key=lambda rate: abs(float(rate) / fps - 1)) if fps > 0 else None
    return best if best is not None and abs(float(best) / fps - 1) <= tolerance else None


SYNC_WORD = (0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1)
"""The last sixteen of the eighty bits of a frame of linear time code."""


def of_bits(bits: Sequence[int]) -> Code | None:
    """The address in the first 64 bits of a frame of linear time code, or None where they are no address."""

    def number(*places: tuple[int, int, int]) -> int:
        return sum(tens * sum(int(bits[first + k]) << k for k in range(count)) for first, count, tens in places)

    units = [number((first, 4, 1)) for first in (0, 16, 32, 48)]
    if max(units) > 9:
        return None
    code = Code(
        hours=number((48, 4, 1), (56, 2, 10)),
        minutes=number((32, 4, 1), (40, 3, 10)),
        seconds=number((16, 4, 1), (24, 3, 10)),
        frames=number((0, 4, 1), (8, 2, 10)),
        drop=bool(bits[10]),
    )
    return code if code.hours < 24 and code.minutes < 60 and code.seconds < 60 and code.frames < 30 else None


def to_bits(code: Code) -> list[int]:
    """The eighty bits of a frame of linear time code, user bits zero."""
    bits = [0] * 64
    for value, first, tens in (
        (code.frames, 0, 8),
        (code.seconds, 16, 24),
        (code.minutes, 32, 40),
        (code.hours, 48, 56),
    ):
        for k in range(4):
            bits[first + k] = value % 10 >> k & 1
        for k in range(3 if tens in (24, 40) else 2):
            bits[tens + k] = value // 10 >> k & 1
    bits[10] = int(code.drop)
    return bits + list(SYNC_WORD)


def of_s12m(word: int, rate: Fraction | None = None) -> Code:
    """The address in a 32-bit word as video streams carry it (ST 12-1 binary groups, FFmpeg's S12M side data).

    Above 30 frames a second two frames share a number; the field mark (bit 7 at 50, bit 23 else) tells them apart.
    """
    frames = 10 * (word >> 28 & 3) + (word >> 24 & 15)
    if rate is not None and rate > 30:
        frames = 2 * frames + (word >> (7 if rate == 50 else 23) & 1)
    return Code(
        hours=10 * (word >> 4 & 3) + (word & 15),
        minutes=10 * (word >> 12 & 7) + (word >> 8 & 15),
        seconds=10 * (word >> 20 & 7) + (word >> 16 & 15),
        frames=frames,
        drop=bool(word >> 30 & 1),
    )
