"""What a training report tells, gathered once for PDF and XLSX: of one athlete, or of a squad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from athletes.archive import Archive
from athletes.load.model import Season
from athletes.load.readiness import Band, band
from athletes.load.season import season_of
from athletes.load.triage import Look, Reason, look_at
from athletes.model import Athlete
from athletes.paper.telling import WITHHELD, of_training, why_no_diary, without_health
from athletes.planning import Held, Kept, done_of, hold, kept
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.stretch import Stretch, stretch_of
from touchline.errors import BadValue, NotFound
from touchline.origin import Origin
from touchline.rights import Action, require

OF_DIARY = frozenset({"injury_with_load", "wellness_drop", "wellness_low"})
"""Reasons to look that tell of wellness or an injury."""
LONGEST_DAYS = 3660
BEFORE_DAYS = 90
"""How far back readings are read for the band of the first day."""


@dataclass(frozen=True, slots=True, eq=False)
class AthleteFacts:
    """One athlete's days ``since`` to ``until``: ``now`` in numbers beside the equally long stretch ``before`` (None
    where the season is younger), plans with what was done, the band of each day, the diary or why it is not told, the
    origin of each session, and on the last day what to look at."""

    athlete: Athlete
    season: Season
    now: Stretch
    before: Stretch | None
    held: tuple[Held, ...]
    kept: Kept
    bands: Mapping[date, Band]
    readings: tuple[Record, ...]
    wellness: tuple[Record, ...]
    injuries: tuple[Record, ...]
    no_diary: str | None
    """The code of why wellness and injuries are left out; None where they are told."""
    origins: Mapping[str, Origin]
    look: Look

    @property
    def withheld(self) -> bool:
        """Whether nothing of health is told: no heart rate, no variability, no load, and no diary."""
        return self.no_diary in WITHHELD

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why to look on the last day; without those that the diary gave where it is not told, and those that tell
        nothing of health alone where health is withheld."""
        if self.withheld:
            return of_training(self.look.reasons)
        return tuple(one for one in self.look.reasons if self.no_diary is None or one.code not in OF_DIARY)

    @property
    def simulated(self) -> bool:
        """Whether a session, a reading or an entry of the stretch is simulated."""
        mine = {one.session_id for one in self.season.sessions if self.now.since <= one.day <= self.now.until}
        if any(self.origins.get(session) is Origin.SIMULATED for session in mine):
            return True
        return any(one.origin is Origin.SIMULATED for one in (*self.readings, *self.wellness, *self.injuries))


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A report: one athlete's, or a squad's (``group`` is its name; empty for everybody). ``each`` says that a squad's
    paper has every athlete's own pages too."""

    since: date
    until: date
    athletes: tuple[AthleteFacts, ...]
    group: str | None
    each: bool = True

    @property
    def simulated(self) -> bool:
        """Whether anything told is simulated."""
        return any(one.simulated for one in self.athletes)


def gather(
    archive: Archive,
    *,
    since: date,
    until: date,
    zone: tzinfo,
    today: date,
    athlete_id: str | None = None,
    group: str | None = None,
    diary: bool = True,
    each: bool = True,
) -> Facts:
    """What a report of ``athlete_id``, or of the squad ``group``, tells.

    Raises ``NotFound`` for an unknown athlete or a squad without athletes, ``BadValue`` where the days are the wrong
    way round, ``NotAllowed`` for who may not see training.
    """
    require(archive.person, Action.SEE_TRAINING)
    if until < since or (until - since).days > LONGEST_DAYS:
        raise BadValue("athletes.errors.report_days", since=since, until=until)
    if athlete_id is not None:
        found: Sequence[Athlete] = [archive.athlete(athlete_id)]
    else:
        found = [one for one in archive.athletes() if not group or one.group == group]
        if not found:
            raise NotFound("athletes.errors.no_such_squad", name=group or "–")
    told = tuple(facts_of(archive, one, since, until, zone, today, diary=diary) for one in found)
    return Facts(since, until, told, None if athlete_id is not None else group or "", each)


def facts_of(
    archive: Archive, athlete: Athlete, since: date, until: date, zone: tzinfo, today: date, *, diary: bool
) -> AthleteFacts:
    """What is told of one athlete."""
    season = season_of(archive, athlete.id, until=until, zone=zone)
    records = Records(archive).of(athlete.id, since=since - timedelta(days=BEFORE_DAYS), until=until)
    inside = [one for one in records if since <= (one.until or one.day) and one.day <= until]
    readings = [one for one in records if one.kind is RecordKind.READING]
    look = look_at(season, records, min(until, today))
    no_diary = why_no_diary(archive, athlete.id)
    if no_diary in WITHHELD:
        season, readings = without_health(season), []
    elif not diary:
        no_diary = "not_asked"
    length = until - since + timedelta(days=1)
    young = not season.days or season.days[0].day > since - length
    held = hold(_of(inside, RecordKind.PLAN), done_of(season, since, until), today)
    days = [since + timedelta(days=place) for place in range(length.days)]
    return AthleteFacts(
        athlete,
        season,
        stretch_of(season, since, until, readings),
        None if young else stretch_of(season, since - length, since - timedelta(days=1), readings),
        held,
        kept(held, today),
        {day: band(readings, day) for day in days} if readings else {},
        tuple(one for one in readings if since <= one.day <= until),
        () if no_diary else tuple(_of(inside, RecordKind.WELLNESS)),
        () if no_diary else tuple(one for one in records if one.kind is RecordKind.INJURY and _touches(one, since)),
        no_diary,
        {entry.id: entry.origin for entry in archive.entries(athlete.id)},
        look,
    )


def _of(records: Sequence[Record], kind: RecordKind) -> list[Record]:
    return [one for one in records if one.kind is kind]


def _touches(injury: Record, since: date) -> bool:
    return injury.until is None or injury.until >= since
