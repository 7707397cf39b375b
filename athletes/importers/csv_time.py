"""The time column of a table: which of the usual ways of writing time it uses, found from all its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from itertools import pairwise

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNIX_S = range(946_684_800, 4_102_444_800)
"""Plain numbers in this range are Unix seconds (the years 2000 to 2099); a thousand times that is milliseconds."""

PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)")
JAVA_DATE = re.compile(r"\w{3} (\w{3} \d{1,2} \d\d:\d\d:\d\d) ([A-Z]{2,5}) (\d{4})")
DAY_FIRST = (
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S.%f",
    "%d-%m-%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d/%m/%Y %H:%M",
)
MONTH_FIRST = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")
"""As people in the United States write dates; with AM or PM it is theirs, else only where no day comes first."""

_EITHER = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")
LONGEST_NUMBER = 40
"""Signs of the longest number that is read: an exponent such as 1e99999999 would be computed for hours."""

FARTHEST_MS = 2**53
"""Times beyond this (285,000 years) are no times."""

DAY_MS = 24 * 3600 * 1000

Reader = Callable[[str], "datetime | int | None"]


@dataclass(frozen=True, slots=True)
class Clock:
    """How to read a cell: ``read`` gives an instant, or milliseconds from an unknown zero, or None where it cannot.

    ``dated`` says that the instants are real; ``zone_assumed`` that the cells name no time zone.
    """

    read: Reader
    dated: bool
    zone_assumed: bool = False
    midnights: bool = False
    """The cells are times of day and the session went over midnight."""
    day_first: bool = False
    """Both the day and the month could come first, and the day was taken to."""


def clock_of(cells: Sequence[str], *, zone: tzinfo | None, comma: bool, tick_ms: float = 1000) -> Clock:
    """The clock that reads most of ``cells``; bare dates are taken in ``zone``, without one only their steps count.

    Plain numbers that are no Unix times (in seconds to nanoseconds) count ``tick_ms`` milliseconds each.
    """
    bare = _bare_instant(zone or UTC, DAY_FIRST)
    american = _bare_instant(zone or UTC, MONTH_FIRST)
    candidates = [
        *(
            Clock(
                _number(comma, range(UNIX_S.start * 1000**power, UNIX_S.stop * 1000**power), 1000 ** (1 - power)), True
            )
            for power in (0, 1, 2, 3)
        ),
        Clock(_number(comma, None, tick_ms), dated=False),
        Clock(_elapsed, dated=False),
        Clock(_aware_instant, dated=True),
        Clock(bare, dated=zone is not None, zone_assumed=True),
        Clock(american, dated=zone is not None, zone_assumed=True),
    ]
    probe = cells[:200]
    best = max(candidates, key=lambda clock: sum(clock.read(cell) is not None for cell in probe))
    if best.read is _elapsed:
        return _over_midnight(best, cells)
    if best.read is bare:
        fresh = _bare_instant(zone or UTC, DAY_FIRST)
        return replace(best, read=fresh, day_first=any(map(_either_way, probe)))
    return replace(best, read=_bare_instant(zone or UTC, MONTH_FIRST)) if best.read is american else best


def _over_midnight(clock: Clock, cells: Sequence[str]) -> Clock:
    """``clock`` that counts on where the times of day begin anew; as it is where they do not, or where one goes forward
    as far: then a single stamp is wrong. The cells must then be read in their order."""
    times = [ms for cell in cells if isinstance(ms := clock.read(cell), int)]
    steps = [later - earlier for earlier, later in pairwise(times)]
    if max(times, default=0) >= DAY_MS or max(steps, default=0) > DAY_MS // 2 or min(steps, default=0) >= -DAY_MS // 2:
        return clock
    days, last = 0, 0

    def read(cell: str) -> int | None:
        nonlocal days, last
        ms = _elapsed(cell)
        if ms is None:
            return None
        days += ms - last < -DAY_MS // 2
        last = ms
        return ms + days * DAY_MS

    return replace(clock, read=read, midnights=True)


def _either_way(cell: str) -> bool:
    match = _EITHER.match(cell)
    return match is not None and int(match[2]) <= 12 and match[1] != match[2] and int(match[1]) <= 12


def _number(comma: bool, within: range | None, factor: float) -> Reader:
    """Reads plain numbers: Unix times ``within`` a range as instants, or milliseconds by ``factor``."""
    scale = Fraction(factor).limit_denominator(10**6) if factor < 1 else Fraction(factor)

    def read(cell: str) -> datetime | int | None:
        match = PLAIN.fullmatch(cell.replace(",", ".") if comma else cell)
        if match is None or len(cell) > LONGEST_NUMBER:
            return None
        value = Fraction(match[0])
        if within is not None and not within.start <= value < within.stop:
            return None
        ms = round(value * scale)
        if abs(ms) >= FARTHEST_MS:
            return None
        return EPOCH + timedelta(milliseconds=ms) if within is not None else ms

    return read


def _elapsed(cell: str) -> int | None:
    match = CLOCK.fullmatch(cell)
    if match is None or len(cell) > LONGEST_NUMBER:
        return None
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), Fraction(match[3].replace(",", "."))
    ms = round((hours * 3600 + minutes * 60 + seconds) * 1000)
    return ms if ms < FARTHEST_MS else None


def _parse(cell: str, forms: Sequence[str] = DAY_FIRST) -> datetime | None:
    if len(cell) > LONGEST_NUMBER:
        return None
    for attempt in (datetime.fromisoformat, *(_by(form) for form in forms), _java):
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


def _bare_instant(zone: tzinfo, forms: Sequence[str]) -> Reader:
    """Reads dates of ``zone`` in their order: where an hour comes twice, the times that go back are its second one."""

    last: datetime | None = None

    def read(cell: str) -> datetime | None:
        nonlocal last
        found = _parse(cell, forms)
        if found is None or found.tzinfo is not None:
            return None
        try:
            at = found.replace(tzinfo=zone).astimezone(UTC)
        except (OverflowError, ValueError, OSError):  # the first and the last year that there are
            return None
        if last is not None and at < last:  # in autumn the clocks show an hour twice
            second = found.replace(tzinfo=zone, fold=1).astimezone(UTC)
            at = second if second > last else at
        last = at
        return at

    return read
