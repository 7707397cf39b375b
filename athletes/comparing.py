"""Athletes, or one athlete's two stretches of days, beside each other in the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from athletes.archive import Archive
from athletes.load.model import LoadMethod, Season
from athletes.load.season import best_method, season_of
from athletes.model import Athlete
from athletes.record_store import Records
from athletes.records import RecordKind
from athletes.stretch import Stretch, stretch_of
from touchline.errors import BadValue
from touchline.origin import Origin

MOST = 6
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Ask:
    """Whose days, both included."""

    athlete: Athlete
    since: date
    until: date


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One of what is compared. ``weeks`` are its loads by blocks of seven days from ``since`` on: (what is known, days
    whose load is not known, days of the block that lie in the season). ``simulated`` says whether a session or a
    reading in it is."""

    ask: Ask
    stretch: Stretch
    weeks: tuple[tuple[float, int, int], ...]
    simulated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is compared, all by one ``method`` of load: the one that most of the sessions carry."""

    columns: tuple[Column, ...]
    method: LoadMethod


def compare(archive: Archive, asks: Sequence[Ask], zone: tzinfo) -> Comparison:
    """Compare two to six stretches. Raises ``BadValue`` for another number of them."""
    if not 2 <= len(asks) <= MOST:
        raise BadValue("athletes.errors.compare_count", count=len(asks), most=MOST)
    last = {one.athlete.id: max(each.until for each in asks if each.athlete.id == one.athlete.id) for one in asks}
    seasons = {key: season_of(archive, key, until=until, zone=zone) for key, until in last.items()}
    inside = [
        session for one in asks for session in seasons[one.athlete.id].sessions if one.since <= session.day <= one.until
    ]
    method = best_method(inside)
    for key, season in list(seasons.items()):
        if season.method is not method:
            seasons[key] = season_of(archive, key, until=last[key], zone=zone, method=method)
    return Comparison(tuple(_column(archive, one, seasons[one.athlete.id]) for one in asks), method)


def _column(archive: Archive, ask: Ask, season: Season) -> Column:
    readings = Records(archive).of(ask.athlete.id, (RecordKind.READING,), since=ask.since, until=ask.until)
    weeks, first = [], ask.since
    while first <= ask.until:
        until = min(first + timedelta(days=WEEK_DAYS - 1), ask.until)
        days = [one for one in season.days if first <= one.day <= until]
        known = sum(one.load for one in days if one.load is not None)
        weeks.append((known, sum(one.load is None for one in days), len(days)))
        first = until + timedelta(days=1)
    made_up = {one.id for one in archive.entries(ask.athlete.id) if one.origin is Origin.SIMULATED}
    simulated = any(ask.since <= one.day <= ask.until and one.session_id in made_up for one in season.sessions)
    simulated = simulated or any(one.origin is Origin.SIMULATED for one in readings)
    return Column(ask, stretch_of(season, ask.since, ask.until, readings), tuple(weeks), simulated)


def before(ask: Ask) -> Ask:
    """As many days right before."""
    length = ask.until - ask.since + timedelta(days=1)
    return Ask(ask.athlete, ask.since - length, ask.since - timedelta(days=1))


def last_year(ask: Ask) -> Ask:
    """The same weeks a year before: 364 days, so that weekdays stand beside the same weekdays."""
    year = timedelta(days=364)
    return Ask(ask.athlete, ask.since - year, ask.until - year)
