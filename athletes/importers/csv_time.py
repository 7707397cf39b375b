"""The time column of a table: which of the usual ways of writing time it uses, found from all its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNIX_S = range(946_684_800, 4_102_444_800)
"""Plain numbers in this range are Unix seconds (the years 2000 to 2099); a thousand times that is milliseconds."""

PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)")
JAVA_DATE = re.compile(r"\w{3} (\w{3} \d{1,2} \d\d:\d\d:\d\d) ([A-Z]{2,5}) (\d{4})")
DATE_FORMATS = ("%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S")
LONGEST_NUMBER = 40
"""Signs of the longest number that is read: an exponent such as 1e99999999 would be computed for hours."""

FARTHEST_MS = 2**53
"""Times beyond this (285,000 years) are no times."""

Reader = Callable[[str], "datetime | int | None"]


@dataclass(frozen=True, slots=True)
class Clock:
    """How to read a cell: ``read`` gives an instant, or milliseconds from an unknown zero, or None where it cannot.

    ``dated`` says that the instants are real; ``zone_assumed`` that the cells name no time zone.
    """

    read: Reader
    dated: bool
    zone_assumed: bool = False


def clock_of(cells: Sequence[str], *, zone: tzinfo | None, comma: bool, tick_ms: int = 1000) -> Clock:
    """The clock that reads most of ``cells``; bare dates are taken in ``zone``, without one only their steps count.

    Plain numbers that are no Unix times count ``tick_ms`` milliseconds each.
    """
    aware = _aware_instant
    bare = _bare_instant(zone or UTC)
    candidates = [
        Clock(_number(comma, UNIX_S, 1000, dated=True), dated=True),
        Clock(_number(comma, range(UNIX_S.start * 1000, UNIX_S.stop * 1000), 1, dated=True), dated=True),
        Clock(_number(comma, None, tick_ms, dated=False), dated=False),
        Clock(_elapsed, dated=False),
        Clock(aware, dated=True),
        Clock(bare, dated=zone is not None, zone_assumed=True),
    ]
    probe = cells[:200]
    return max(candidates, key=lambda clock: sum(clock.read(cell) is not None for cell in probe))


def _number(comma: bool, within: range | None, factor: int, *, dated: bool) -> Reader:
    def read(cell: str) -> datetime | int | None:
        match = PLAIN.fullmatch(cell.replace(",", ".") if comma else cell)
        if match is None or len(cell) > LONGEST_NUMBER:
            return None
        value = Fraction(match[0])
        if within is not None and not within.start <= value < within.stop:
            return None
        ms = round(value * factor)
        if abs(ms) >= FARTHEST_MS:
            return None
        return EPOCH + timedelta(milliseconds=ms) if dated else ms

    return read


def _elapsed(cell: str) -> int | None:
    match = CLOCK.fullmatch(cell)
    if match is None or len(cell) > LONGEST_NUMBER:
        return None
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), Fraction(match[3].replace(",", "."))
    ms = round((hours * 3600 + minutes * 60 + seconds) * 1000)
    return ms if ms < FARTHEST_MS else None


def _parse(cell: str) -> datetime | None:
    for attempt in (datetime.fromisoformat, *(_by(form) for form in DATE_FORMATS), _java):
        try:
            return attempt(cell)
        except ValueError:
            continue
    return None


def _by(form: str) -> Callable[[str], datetime]:
    return lambda cell: datetime.strptime(cell, form)  # noqa: DTZ007  the zone is the caller's matter


def _java(cell: str) -> datetime:
    match = JAVA_DATE.fullmatch(cell)
    if match is None:
        raise ValueError(cell)
    read = datetime.strptime(f"{match[1]} {match[3]}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007  abbreviations are ambiguous
    return read.replace(tzinfo=UTC) if match[2] in ("UTC", "GMT") else read


def _aware_instant(cell: str) -> datetime | None:
    read = _parse(cell)
    return read if read is not None and read.tzinfo is not None else None


def _bare_instant(zone: tzinfo) -> Reader:
    def read(cell: str) -> datetime | None:
        found = _parse(cell)
        return found.replace(tzinfo=zone) if found is not None and found.tzinfo is None else None

    return read
