"""A stretch of days of one athlete in numbers: what compare, plan and reports tell, each number with how many it is of.

Unknown is None and never 0. A sum with an unknown part is the sum of what is known, and ``of`` is larger than ``n``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from athletes.load.model import Day, Season, SessionLoad
from athletes.records import Record, RecordKind

RATES = (
    "distance_m_per_min",
    "high_speed_m_per_min",
    "sprints_per_min",
    "accelerations_per_min",
    "decelerations_per_min",
)
"""The external loads a minute that are compared, by their names in ``athletes.load.external``."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that stands on ``n`` of ``of`` (sessions, days, readings); ``value`` is None where n is 0."""

    value: float | None
    n: int
    of: int

    @property
    def whole(self) -> bool:
        """Whether everything it could stand on is known."""
        return self.n == self.of


@dataclass(frozen=True, slots=True)
class ZoneSum:
    """Time in zones over sessions whose zones have the same names: ``seconds[0]`` is under zone 1. ``n`` of ``of``
    sessions had zones of these names; time without a reading is apart."""

    names: tuple[str, ...]
    seconds: tuple[float, ...]
    unknown_s: float
    n: int
    of: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days ``since`` to ``until`` of an athlete, both included. ``rates`` are external loads a minute by name,
    ``bests`` the highest of each name, ``readings`` means over morning readings by name."""

    athlete_id: str
    since: date
    until: date
    sessions: int
    minutes: Number
    load: Number
    load_a_week: float | None
    """None where a day's load is not known: a mean over fewer days would be a guess."""
    zones: ZoneSum | None
    rates: Mapping[str, Number] = field(default_factory=dict)
    bests: Mapping[str, Number] = field(default_factory=dict)
    readings: Mapping[str, Number] = field(default_factory=dict)
    first: Day | None = None
    last: Day | None = None


def stretch_of(season: Season, since: date, until: date, records: Iterable[Record] = ()) -> Stretch:
    """The stretch of a season, with the readings among ``records`` that lie in it."""
    sessions = [one for one in season.sessions if since <= one.day <= until]
    days = [one for one in season.days if since <= one.day <= until]
    loads = [one.loads.get(season.method) for one in sessions]
    known = [one.load for one in days if one.load is not None]
    whole = len(known) == len(days) > 0
    return Stretch(
        season.athlete_id,
        since,
        until,
        len(sessions),
        summed([one.minutes for one in sessions]),
        summed(loads),
        sum(known) / len(known) * 7 if whole else None,
        zones_of(sessions),
        _rates(sessions),
        _bests(sessions),
        _readings([one for one in records if one.kind is RecordKind.READING and since <= one.day <= until]),
        days[0] if days else None,
        days[-1] if days else None,
    )


def summed(values: Sequence[float | None]) -> Number:
    """The sum of what is known, with how many that are."""
    known = [value for value in values if value is not None]
    return Number(sum(known) if known else None, len(known), len(values))


def zones_of(sessions: Sequence[SessionLoad]) -> ZoneSum | None:
    """Time in zones; where sessions have zones of different names, those that most sessions have. None without any."""
    having = [one for one in sessions if one.zone_s]
    if not having:
        return None
    names = Counter(one.zone_names for one in having).most_common(1)[0][0]
    same = [one for one in having if one.zone_names == names]
    size = max(len(one.zone_s) for one in same)
    seconds = tuple(sum(one.zone_s[zone] for one in same if zone < len(one.zone_s)) for zone in range(size))
    return ZoneSum(names, seconds, sum(one.unknown_s or 0.0 for one in same), len(same), len(sessions))


def _rates(sessions: Sequence[SessionLoad]) -> dict[str, Number]:
    """External loads a minute of ``RATES``: over the measured minutes of the sessions in which each is known."""
    found = {}
    for name in RATES:
        pairs = []
        for one in sessions:
            value, figure = one.external.get(name), one.figures.get(name)
            if value is not None and one.minutes:
                share = None if figure is None else figure.quality
                pairs.append((value, one.minutes * (1.0 if share is None else share)))
        minutes = sum(each for _, each in pairs)
        rate = sum(value * each for value, each in pairs) / minutes if minutes > 0 else None
        found[name] = Number(rate, len(pairs) if minutes > 0 else 0, len(sessions))
    return found


def _bests(sessions: Sequence[SessionLoad]) -> dict[str, Number]:
    """The highest of each best, and the highest speed."""
    found = {}
    for name in dict.fromkeys((*(name for one in sessions for name in one.bests), "speed_max_mps")):
        values = [value for one in sessions if (value := one.bests.get(name, one.external.get(name))) is not None]
        if values:
            found[name] = Number(max(values), len(values), len(sessions))
    return found


def _readings(records: Sequence[Record]) -> dict[str, Number]:
    found = {}
    for name in ("ln_rmssd", "rmssd_ms", "resting_bpm"):
        values = [one.values[name] for one in records if name in one.values]
        if values:
            found[name] = Number(sum(values) / len(values), len(values), len(records))
    return found
