"""The time zone of this machine, with the rules of every date: an offset of today is not that of half a year ago."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo


class LocalZone(tzinfo):
    """The machine's own zone. In the hour that clocks show twice, ``fold`` 1 is the second one."""

    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:
        """How far the machine's clock was before UTC at ``dt``, a time of its own; now without one."""
        return (datetime.now(UTC).astimezone() if dt is None else dt.replace(tzinfo=None)).astimezone().utcoffset()

    def dst(self, dt: datetime | None, /) -> timedelta | None:
        """Not known: systems tell the whole offset only."""
        return None

    def tzname(self, dt: datetime | None, /) -> str | None:
        """The zone's name at ``dt``."""
        return (datetime.now(UTC).astimezone() if dt is None else dt.replace(tzinfo=None)).astimezone().tzname()

    def fromutc(self, dt: datetime, /) -> datetime:
        """``dt``, which is in UTC, as this zone's time."""
        return dt.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalZone)

    def __hash__(self) -> int:
        return hash(LocalZone)

    def __str__(self) -> str:
        return "/".join(dict.fromkeys(time.tzname))


def local_zone() -> tzinfo:
    """The time zone of this machine."""
    return LocalZone()
