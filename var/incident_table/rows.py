"""The rows of the table: one incident each, with what was decided, measured and reviewed, as other parts tell it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from touchline.errors import BadValue, TouchlineError
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.rights import Action, require
from var.decisions.kept import host_stamp, sitting
from var.decisions.summary import Summary
from var.entries import live
from var.export.facts import measured_of
from var.export.review_facts import ReviewFacts, ruling_of
from var.model import Decision, Incident, Match
from var.tournaments.kept import Kept, Tournaments
from var.tournaments.model import Fixture, Tournament

if TYPE_CHECKING:
    from var.archive import Archive


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A match and where it stands: in a tournament, or in none."""

    match: Match
    tournament: Tournament | None = None
    fixture: Fixture | None = None

    @property
    def origin(self) -> Origin:
        """Where the pictures come from; simulated as soon as any are."""
        parts = [self.match.origin, *(clip.timing for clip in self.match.clips)]
        return Origin.SIMULATED if Origin.SIMULATED in parts else self.match.origin


@dataclass(frozen=True, slots=True, eq=False)
class IncidentRow:
    """One incident. ``decisions`` are oldest first; ``told`` is the review whose result holds, else the newest that was
    not withdrawn; ``margin`` is that of the decision, or what the marks measure now where it has none
    (``margin_now``)."""

    at: Placed
    incident: Incident
    decisions: tuple[Decision, ...]
    told: ReviewFacts | None
    reviews: int
    margin: Measurement | None
    margin_now: bool
    unread: TouchlineError | None

    @property
    def decision(self) -> Decision | None:
        """The decision that was recorded last; None where none was recorded beside the reviews."""
        return self.decisions[-1] if self.decisions else None

    @property
    def decided(self) -> bool:
        """Whether it has a decision, be it that of a review."""
        return self.decision is not None or (self.told is not None and self.told.case.result is not None)

    @property
    def later(self) -> int:
        """How often it was decided anew: later decisions, and amendments of the review that is told."""
        amended = 0 if self.told is None else len(self.told.case.amendments)
        return max(0, len(self.decisions) - 1) + amended


@dataclass(frozen=True, slots=True, eq=False)
class MatchRows:
    """A match with its incidents and its reviews in numbers; ``summary`` is None where a review cannot be told."""

    at: Placed
    rows: tuple[IncidentRow, ...]
    summary: Summary | None
    unread: tuple[TouchlineError, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class IncidentTable:
    """All rows in the order of the fixtures, the day, the match and the incident's number. ``absent`` are matches of
    which nothing can be told: identifier, and why."""

    title: str
    matches: tuple[MatchRows, ...]
    absent: tuple[tuple[str, TouchlineError], ...] = ()

    @property
    def rows(self) -> tuple[IncidentRow, ...]:
        """The rows of all matches."""
        return tuple(row for match in self.matches for row in match.rows)

    def narrowed(self, keep: Callable[[IncidentRow], bool]) -> IncidentTable:
        """This with the rows alone that ``keep`` is true of, and the matches that have any; their numbers stay."""
        left = [replace(match, rows=tuple(row for row in match.rows if keep(row))) for match in self.matches]
        return replace(self, matches=tuple(match for match in left if match.rows))

    @property
    def simulated(self) -> bool:
        """Whether anything in it is simulated."""
        return any(match.at.origin is Origin.SIMULATED for match in self.matches)


def rows_of(archive: Archive, at: Placed) -> MatchRows:
    """The rows of one match. A margin that no decision holds is measured where something is marked for it."""
    match = at.match
    review, found, now = archive.review(match.id), sitting(archive, match.id), host_stamp()
    reviews = [ReviewFacts(case, match, (), (), 0, None, now) for case in found.cases if not case.withdrawn]
    marked = {owner for owner, _ in (*review.body_marks, *review.spot_marks)}
    rows = []
    for incident in review.incidents:
        own = [each for each in reviews if each.case.incident_id == incident.id]
        decisions = tuple(each for each in review.decisions if each.incident_id == incident.id)
        margin, margin_now = decisions[-1].margin if decisions else None, False
        if margin is None and incident.id in marked:
            measured = measured_of(match, review, incident)
            margin = None if measured is None else measured.margin
            margin_now = margin is not None
        rows.append(
            IncidentRow(
                at=at,
                incident=incident,
                decisions=decisions,
                told=ruling_of(own) or (own[-1] if own else None),
                reviews=len(own),
                margin=margin,
                margin_now=margin_now,
                unread=next((each.fault for each in found.unread if each.incident_id == incident.id), None),
            )
        )
    rows.sort(key=lambda row: row.incident.number)
    unread = tuple(each.fault for each in found.unread)
    return MatchRows(at, tuple(rows), None if unread else found.summary(now), unread)


class RowCache:
    """Rows that are folded again only where something was entered or set since. Keep one for each visit."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, str], MatchRows]] = {}

    def rows(self, archive: Archive, at: Placed, newest: int) -> MatchRows:
        """The rows of a match whose newest entry is ``newest``."""
        stamp = (newest, _state(at))
        known = self._known.get(at.match.id)
        if known is None or known[0] != stamp:
            known = self._known[at.match.id] = (stamp, rows_of(archive, at))
        return known[1]


def _state(at: Placed) -> str:
    """What rows tell beside entries: where the match stands, its set-up, and the clock of each angle."""
    match, tournament = at.match, at.tournament
    clips = [(clip.camera_id, clip.label, str(clip.to_match.document()), clip.timing.value) for clip in match.clips]
    known = (match.name, match.setup, clips, at.fixture, tournament and (tournament.name, tournament.season))
    return sha256(repr(known).encode("utf-8", "surrogatepass")).hexdigest()


def incident_table(
    archive: Archive,
    *,
    tournament_id: str | None = None,
    match_ids: Sequence[str] | None = None,
    title: str = "",
    cache: RowCache | None = None,
) -> IncidentTable:
    """The table of a tournament, of the matches named, or of all matches. One match that cannot be read keeps none of
    the others away. Raises ``NotFound`` for a tournament or a match that is not there, ``NotAllowed``."""
    require(archive.person, Action.WATCH)
    tournaments = Tournaments(archive)
    found: list[Placed] = []
    absent: list[tuple[str, TouchlineError]] = []
    if tournament_id is not None:
        kept = tournaments.find(tournament_id)
        title = title or kept.tournament.name
        for fixture in kept.tournament.fixtures:
            if fixture.match_id is None or (match_ids is not None and fixture.match_id not in match_ids):
                continue
            try:
                match = archive.find(fixture.match_id)
            except TouchlineError as fault:  # a frame table of it is gone
                absent.append((fixture.match_id, fault))
                continue
            if match is None:
                absent.append((fixture.match_id, BadValue("var.errors.match_put_away", match=fixture.match_id)))
            else:
                found.append(Placed(match, kept.tournament, fixture))
    else:
        matches = archive.matches() if match_ids is None else [archive.match(match_id) for match_id in match_ids]
        absent += [] if match_ids is not None else archive.unreadable()
        known = tournaments.all()
        found += _sorted(placed(match, known) for match in matches)
    cache = RowCache() if cache is None else cache
    newest = _newest(archive)
    told: list[MatchRows] = []
    for each in found:
        try:
            told.append(cache.rows(archive, each, newest.get(each.match.id, 0)))
        except TouchlineError as fault:
            absent.append((each.match.id, fault))
    return IncidentTable(title, tuple(told), tuple(absent))


def placed(match: Match, tournaments: Iterable[Kept]) -> Placed:
    """A match with the tournament that it is in, of those given."""
    for kept in tournaments:
        if match.id in kept.tournament.matches:
            return Placed(match, kept.tournament, kept.tournament.fixture_of(match.id))
    return Placed(match)


def _sorted(found: Iterable[Placed]) -> list[Placed]:
    """By tournament, its fixtures, the day, and the match; matches of no tournament come last."""

    def order(each: Placed) -> tuple[object, ...]:
        tournament, fixture = each.tournament, each.fixture
        day = each.match.setup.date or (fixture.date if fixture else "")
        place = () if fixture is None else fixture.order
        name = "" if tournament is None else f"{tournament.name} {tournament.id}"
        return (tournament is None, name, place, not day, day, each.match.name, each.match.id)

    return sorted(found, key=order)


def _newest(archive: Archive) -> dict[str, int]:
    """The number of the newest entry of each match."""
    rows = archive.store.rows("SELECT match_id, MAX(seq) AS last FROM entry GROUP BY match_id")
    return {row["match_id"]: int(row["last"]) for row in rows}


def incident_counts(archive: Archive) -> dict[str, int]:
    """How many incidents of each match count, told from the entries that make them and take them back; none of a match
    without."""
    require(archive.person, Action.WATCH)
    rows = archive.store.rows(
        "SELECT seq, match_id, kind, body FROM entry WHERE kind IN ('incident', 'undo') ORDER BY match_id, seq"
    )
    told = {match_id: live(list(own)) for match_id, own in groupby(rows, itemgetter("match_id"))}
    return {match_id: len(own) for match_id, own in told.items() if own}


def reports_of(archive: Archive) -> dict[str, int]:
    """Of how many incidents of each match a report was made in the app."""
    from touchline.jobs import Jobs

    require(archive.person, Action.WATCH)
    rows = Jobs(archive.home, archive.person).store.rows(
        "SELECT arguments FROM job WHERE kind = 'report' AND state = 'done'"
    )
    made = {(named.get("match"), named.get("incident")) for named in (json.loads(row["arguments"]) for row in rows)}
    counts: dict[str, int] = {}
    for match_id, _ in made:
        if match_id:
            counts[match_id] = counts.get(match_id, 0) + 1
    return counts
