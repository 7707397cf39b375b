"""A season: every day of an athlete with its load and what follows, every session with what was computed of it.

What a session is worth is kept (``athletes.measure_store``) under its recipe, the version of the methods and the
settings that were in force; only sessions without it, or of another recipe, are read and computed. Days are told in
the time zone of the reader: a session belongs to the day it began on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Any

import numpy as np

from athletes.archive import Archive, Entry
from athletes.load import rolling
from athletes.load.impulse import name_of, session_rpe
from athletes.load.model import BEST_FIRST, Day, Figure, LoadMethod, Season, SessionLoad, figure_of
from athletes.load.session import measured, recipe
from athletes.measure_store import Measures
from athletes.model import Athlete
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.zones import Limits, limits_on

__all__ = ["Day", "Figure", "LoadMethod", "Season", "SessionLoad", "days_of", "season_of", "session_loads"]

KEEP_EVERY = 50
"""How many sessions are computed before they are kept, so that a reader who goes away loses little."""
AS_GOOD = 0.95
"""A method that comes earlier is taken where it knows at least this share of what the best one knows."""


def season_of(
    archive: Archive,
    athlete_id: str,
    *,
    since: date | None = None,
    until: date,
    method: LoadMethod | None = None,
    zone: tzinfo,
    progress: Callable[[int, int], None] | None = None,
) -> Season:
    """The season of ``athlete_id`` from ``since`` (None: from the first session) to ``until``, both included.

    Averages begin with the first session ever, also where ``since`` is later. ``method`` None takes the one that most
    sessions carry. ``progress`` is told how many sessions are computed of how many. Raises ``NotFound``.
    """
    athlete = archive.athlete(athlete_id)
    entries = [entry for entry in archive.entries(athlete_id) if _before(entry, until, zone)]
    efforts = Records(archive).of(athlete_id, (RecordKind.EFFORT,), until=until)
    sessions, undated = session_loads(archive, athlete, entries, efforts, zone=zone, progress=progress)
    chosen = method or best_method(sessions)
    days = days_of(sessions, chosen, until=until)
    began = days[0].day if days else None
    if since is not None:
        days = tuple(day for day in days if day.day >= since)
        sessions = [one for one in sessions if one.day >= since]
    sex = None if athlete.sex is None else athlete.sex.value
    methods = {"load": name_of(chosen, sex), **rolling.METHODS}
    return Season(athlete_id, chosen, days, tuple(sessions), methods, tuple(undated), began)


def _before(entry: Entry, until: date, zone: tzinfo) -> bool:
    return entry.start is None or entry.start.astimezone(zone).date() <= until


def session_loads(
    archive: Archive,
    athlete: Athlete,
    entries: Sequence[Entry],
    efforts: Sequence[Record] = (),
    *,
    zone: tzinfo,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[SessionLoad], list[str]]:
    """The loads of ``entries`` and of efforts that no session was recorded of, by time; and the ids of those without a
    date. What is not kept yet is computed and kept."""
    dated = [entry for entry in entries if entry.start is not None]
    limits = {entry.id: limits_on(athlete, _day(entry, zone), entry.sport) for entry in dated}
    documents = _documents(archive, limits, progress)
    felt: dict[str, Record] = {one.session_id: one for one in efforts if one.session_id}
    found = [_session(entry, _day(entry, zone), documents[entry.id], felt.get(entry.id)) for entry in dated]
    there = {entry.id for entry in entries}
    found += [_felt_only(one) for one in efforts if not one.session_id or one.session_id not in there]
    found.sort(key=lambda one: (one.day, one.start is None, one.start.timestamp() if one.start else 0.0))
    return found, [entry.id for entry in entries if entry.start is None]


def _day(entry: Entry, zone: tzinfo) -> date:
    if entry.start is None:
        raise ValueError(f"the session {entry.id} has no date")
    return entry.start.astimezone(zone).date()


def _documents(
    archive: Archive, limits: Mapping[str, Limits], progress: Callable[[int, int], None] | None
) -> dict[str, dict[str, Any]]:
    measures, recipes = Measures(archive), {one: recipe(limit) for one, limit in limits.items()}
    found = measures.of(recipes)
    missing = [one for one in limits if one not in found]
    for first in range(0, len(missing), KEEP_EVERY):
        part = missing[first : first + KEEP_EVERY]
        made = {one: measured(archive.session(one).recording, limits[one]) for one in part}
        measures.keep(made, recipes)
        found |= made
        if progress is not None:
            progress(first + len(part), len(missing))
    return found


def _session(entry: Entry, day: date, document: Mapping[str, Any], felt: Record | None) -> SessionLoad:
    figures = {name: figure_of(one) for name, one in document["figures"].items()}
    length_s = document["duration_s"]
    minutes = None if length_s is None else length_s / 60
    rpe = None if felt is None else felt.values.get("rpe")
    figures[LoadMethod.SRPE.value] = session_rpe(rpe, minutes if felt is None else felt.values.get("minutes", minutes))
    external = {name: figure_of(one) for name, one in document["external"].items()}
    zones = document["zones"]
    loads = {method: figures[method.value] for method in LoadMethod}
    return SessionLoad(
        entry.id,
        day,
        entry.start,
        entry.sport,
        minutes,
        {method: figure.value for method, figure in loads.items()},
        {method: figure.reason for method, figure in loads.items() if figure.reason is not None},
        document["quality"],
        tuple(zones["seconds"]),
        tuple(zones["names"]),
        zones["unknown_s"],
        {name: figure.value for name, figure in external.items()},
        document["bests"],
        {**figures, **external},
        entry.name,
        rpe,
        None if felt is None else felt.id,
    )


def _felt_only(record: Record) -> SessionLoad:
    """A session that nobody recorded, but somebody said how hard it was."""
    rpe, minutes = record.values.get("rpe"), record.values.get("minutes")
    figure = session_rpe(rpe, minutes)
    loads = {method: figure.value if method is LoadMethod.SRPE else None for method in LoadMethod}
    reasons: dict[LoadMethod, str] = {method: "not_recorded" for method in LoadMethod if method is not LoadMethod.SRPE}
    if figure.reason is not None:
        reasons[LoadMethod.SRPE] = figure.reason
    return SessionLoad(
        "", record.day, None, record.what or None, minutes, loads, reasons, None, name=record.text, rpe=rpe,
        figures={LoadMethod.SRPE.value: figure}, record_id=record.id,
    )  # fmt: skip


def best_method(sessions: Iterable[SessionLoad]) -> LoadMethod:
    """The method that most sessions carry; one that comes earlier in ``BEST_FIRST`` where it carries nearly as many."""
    known = dict.fromkeys(BEST_FIRST, 0)
    for one in sessions:
        for method in BEST_FIRST:
            known[method] += one.loads[method] is not None
    enough = AS_GOOD * max(known.values())
    return next(method for method in BEST_FIRST if known[method] >= enough)


def days_of(sessions: Sequence[SessionLoad], method: LoadMethod, *, until: date) -> tuple[Day, ...]:
    """Every day from the first session to ``until`` with its load by ``method`` and what follows from it."""
    if not sessions:
        return ()
    first = min(one.day for one in sessions)
    count = (until - first).days + 1
    loads = np.zeros(max(count, 0))
    ids: list[list[str]] = [[] for _ in range(max(count, 0))]
    for one in sessions:
        if one.day > until:
            continue
        place, load = (one.day - first).days, one.loads[method]
        loads[place] += np.nan if load is None else load
        if one.session_id:
            ids[place].append(one.session_id)
    return followed_days(first, loads, ids)


def followed_days(first: date, loads: rolling.Loads, ids: Sequence[Sequence[str]] | None = None) -> tuple[Day, ...]:
    """The days from ``first`` on with ``loads`` (NaN: not known) and what follows from them."""
    found = rolling.follow(loads)
    told = [
        [None if value != value else value for value in column.tolist()]
        for column in (loads, found.ctl, found.atl, found.tsb, found.acwr_coupled, found.acwr_uncoupled)
    ]
    more = [
        [None if value != value else value for value in column.tolist()]
        for column in (found.acwr_ewma, found.monotony, found.strain)
    ]
    days = []
    for at, provisional in enumerate(found.provisional.tolist()):
        load, ctl, atl, tsb, coupled, uncoupled = (column[at] for column in told)
        ewma, monotony, strain = (column[at] for column in more)
        there = () if ids is None else tuple(ids[at])
        day = first + timedelta(days=at)
        days.append(Day(day, load, there, ctl, atl, tsb, coupled, uncoupled, ewma, monotony, strain, provisional))
    return tuple(days)
