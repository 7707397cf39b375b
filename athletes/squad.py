"""A squad on one day: who to look at and why, weeks of load, readiness, the newest data, injuries, today's plan."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from threading import Lock

from athletes.archive import Archive
from athletes.load.model import Season
from athletes.load.readiness import Band, band
from athletes.load.season import season_of
from athletes.load.triage import Look, look_at
from athletes.model import Athlete
from athletes.planning import Held, done_of, hold, week_of
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.access import Act
from touchline.origin import Origin

SPARK_WEEKS = 6
RECORDS_DAYS = 90
"""How far back records are read: the band needs 60 days before its week."""
TOLD = (RecordKind.READING, RecordKind.WELLNESS, RecordKind.EFFORT, RecordKind.TEST)
"""Kinds of records that are data of the athlete, not words or plans about them."""


MOST_REMEMBERED = 2000
"""Rows that this process remembers; a row is some kilobytes."""

_rows: OrderedDict[tuple[str, str, date, str], tuple[str, Row]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Week:
    """The load of a week that begins on ``monday``: what is known of it, and on how many days it is not known."""

    monday: date
    load: float
    unknown_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An athlete as the list of a day shows them. ``last_data`` is the newest day with a session or an entry;
    ``simulated`` says whether anything that the row shows is."""

    athlete: Athlete
    look: Look
    weeks: tuple[Week, ...]
    load_name: str
    """The code of the method of the loads."""
    band: Band
    last_data: date | None
    injuries: tuple[Record, ...]
    today: tuple[Held, ...]
    simulated: bool


def squad_of(
    archive: Archive,
    athletes: Sequence[Athlete],
    day: date,
    zone: tzinfo,
    progress: Callable[[int, int], None] = lambda done, count: None,
) -> tuple[Row, ...]:
    """The rows of ``athletes`` on ``day``: those with the weightiest reasons first, then by name.

    Rows are remembered by this process until a session, an entry or a setting of the athlete comes or goes; those of
    somebody who is erased are forgotten by the process that erases, and by others when a squad is next asked for.
    ``progress`` is told how many of how many rows are made, where they are not remembered. Whoever reads them is noted
    in the access log, also where they were remembered.
    """
    archive.note([one.id for one in athletes], Act.OPENED)
    stands = stands_of(archive, athletes)
    there = {row["id"] for row in archive.store.rows("SELECT id FROM athlete")}
    forget(archive, lambda athlete_id: athlete_id not in there)
    rows = []
    for number, athlete in enumerate(athletes):
        key = (str(archive.home), athlete.id, day, str(zone))
        with _lock:
            known = _rows.get(key)
        if known is None or known[0] != stands[athlete.id]:
            progress(number, len(athletes))
            known = (stands[athlete.id], row_of(archive, athlete, day, zone))
            with _lock:
                _rows[key] = known
                while len(_rows) > MOST_REMEMBERED:
                    _rows.popitem(last=False)
        rows.append(known[1])
    return tuple(sorted(rows, key=lambda row: (-row.look.weight, row.athlete.name.casefold())))


def forget(archive: Archive, gone: Callable[[str], bool]) -> None:
    """Forget the rows of those athletes of an installation whose ids are ``gone``."""
    home = str(archive.home)
    with _lock:
        for key in [key for key in _rows if key[0] == home and gone(key[1])]:
            del _rows[key]


def stands_of(archive: Archive, athletes: Sequence[Athlete]) -> dict[str, str]:
    """What the row of each athlete was made of, as a digest: the ids of sessions and entries that are there, and the
    athlete with all settings."""
    digests = {one.id: hashlib.sha256(repr(one).encode()) for one in athletes}
    for table in ("session", "athlete_record"):
        rows = archive.store.rows(
            f"SELECT athlete_id, id FROM {table} WHERE deleted_utc IS NULL AND athlete_id IS NOT NULL ORDER BY id"
        )
        for row in rows:
            if row["athlete_id"] in digests:
                digests[row["athlete_id"]].update(row["id"].encode())
    return {key: digest.hexdigest() for key, digest in digests.items()}


def row_of(archive: Archive, athlete: Athlete, day: date, zone: tzinfo) -> Row:
    """The row of one athlete on ``day``."""
    season = season_of(archive, athlete.id, until=day, zone=zone)
    records = Records(archive).of(athlete.id, since=day - timedelta(days=RECORDS_DAYS), until=day)
    readings = [one for one in records if one.kind is RecordKind.READING]
    plans = [one for one in records if one.kind is RecordKind.PLAN and one.day == day]
    dated = [one.day for one in season.sessions] + [one.day for one in records if one.kind in TOLD]
    origins = {entry.id: entry.origin for entry in archive.entries(athlete.id)}
    weeks = weeks_of(season, day)
    newest = max(dated, default=day)
    shown = {one.session_id for one in season.sessions if one.day >= min(newest, weeks[0].monday)}
    return Row(
        athlete,
        look_at(season, records, day),
        weeks,
        season.method.value,
        band(readings, day),
        newest if dated else None,
        tuple(one for one in records if one.kind is RecordKind.INJURY and (one.until is None or one.until >= day)),
        hold(plans, done_of(season, day, day), day),
        any(origins.get(session) is Origin.SIMULATED for session in shown)
        or any(one.origin is Origin.SIMULATED for one in records),
    )


def weeks_of(season: Season, day: date, count: int = SPARK_WEEKS) -> tuple[Week, ...]:
    """The last ``count`` weeks up to ``day``, oldest first, Mondays to Sundays; the last one may still go on."""
    found = []
    for back in range(count - 1, -1, -1):
        monday = week_of(day) - timedelta(weeks=back)
        days = [one for place in range(7) if (one := season.on(monday + timedelta(days=place))) is not None]
        known = sum(one.load for one in days if one.load is not None)
        found.append(Week(monday, known, sum(one.load is None for one in days)))
    return tuple(found)
