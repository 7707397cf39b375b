"""Heart rate from a strap's own memory: FIT ``hr`` messages, merged into the records of the watch.

Under water a strap cannot reach the watch; it stores every beat's rate and hands them over afterwards. An anchor
message ties the strap's clock (1/1024 s, 32 bit) to the date; the messages after it hold up to eight rates each, with
the lower 12 bits of their strap time, packed two in three bytes (FIT profile, message 132). As Garmin describes the
merge, a rate is carried on for at most 5 s, and a record gets the mean of the rates since the record before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

TICKS_PER_S = 1024
STEP = Fraction(1, 4)
CARRY_STEPS = 20
"""A rate is carried on in quarter seconds for at most twenty of them: 5 s."""

TIMESTAMP, FRACTION, FILTERED_BPM, EVENT_TIMESTAMP, EVENT_TIMESTAMP_12 = 253, 0, 6, 9, 10


@dataclass(frozen=True, slots=True)
class HeartRateMessage:
    """One ``hr`` message: ``anchor_s`` is its date in FIT seconds (None without one), ``ticks`` full strap times,
    ``packed`` the bytes of 12-bit strap times, ``bpm`` the rates in order."""

    anchor_s: Fraction | None
    ticks: tuple[int, ...]
    packed: bytes
    bpm: tuple[int | None, ...]

    @classmethod
    def from_fields(cls, fields: Mapping[int, Any]) -> HeartRateMessage:
        """The message whose raw values by field number are ``fields``."""
        stamp, fraction = fields.get(TIMESTAMP), fields.get(FRACTION)
        anchor = None
        if isinstance(stamp, int):
            anchor = Fraction(stamp) + Fraction(fraction if isinstance(fraction, int) else 0, 32768)
        packed = fields.get(EVENT_TIMESTAMP_12)
        return cls(
            anchor,
            tuple(item for item in _tuple(fields.get(EVENT_TIMESTAMP)) if isinstance(item, int)),
            bytes(item & 0xFF for item in _tuple(packed) if isinstance(item, int)),
            tuple(item if isinstance(item, int) and item > 0 else None for item in _tuple(fields.get(FILTERED_BPM))),
        )


def _tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, tuple | list | bytes) else (value,)


def unpack12(packed: bytes) -> list[int]:
    """The 12-bit numbers in ``packed``, two in three bytes, low bits first."""
    numbers: list[int] = []
    for at in range(0, len(packed) - 2, 3):
        low, middle, high = packed[at : at + 3]
        numbers += [low | (middle & 0x0F) << 8, middle >> 4 | high << 4]
    return numbers


def beats(messages: Sequence[HeartRateMessage]) -> list[tuple[Fraction, int]]:
    """(FIT seconds, bpm) of every rate in ``messages``, in their order; what comes before an anchor is left out."""
    found: list[tuple[Fraction, int]] = []
    anchor: tuple[Fraction, int] | None = None
    last = 0
    for message in messages:
        ticks = list(message.ticks)
        if message.anchor_s is not None and ticks:
            anchor = message.anchor_s, ticks[0]
            last = ticks[0]
        for low in unpack12(message.packed):
            last += (low - last) % 4096
            ticks.append(last)
        if anchor is None:
            continue
        at_s, at_tick = anchor
        found += [
            (at_s + Fraction(tick - at_tick, TICKS_PER_S), bpm)
            for tick, bpm in zip(ticks, message.bpm, strict=False)
            if bpm is not None
        ]
    return found


def carried(found: Sequence[tuple[Fraction, int]]) -> list[tuple[Fraction, int]]:
    """``found`` with each rate carried on in quarter seconds toward the next one, for at most 5 s."""
    full: list[tuple[Fraction, int]] = []
    for at, bpm in found:
        if full:
            since, held = full[-1]
            gap, step = abs(at - since), 1
            while gap > STEP and step <= CARRY_STEPS:
                full.append((since + STEP * step, held))
                gap -= STEP
                step += 1
        full.append((at, bpm))
    return full


def merge(messages: Sequence[HeartRateMessage], stamps: Sequence[int]) -> list[int | None]:
    """For each record time in ``stamps`` (FIT seconds) the mean rate since the record before; None without one."""
    rates: list[int | None] = [None] * len(stamps)
    full = carried(beats(messages))
    if not full:
        return rates
    index, begin = 0, None
    for record, end in enumerate(stamps):
        begin = end if begin is None else begin
        if begin == end:
            begin, index = end - 1, max(index - 1, 0)
        inside: list[int] = []
        while index < len(full) and full[index][0] <= end:
            if full[index][0] > begin:
                inside.append(full[index][1])
            index += 1
        if inside:
            rates[record] = (2 * sum(inside) + len(inside)) // (
                2 * len(inside)
            )  # halves go up, as the watch shows them
        begin = end
    return rates
