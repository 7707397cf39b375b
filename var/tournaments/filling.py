"""What a tournament knows of a match's set-up, so that nobody types it twice. What a match says already stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from var.match_store import MatchStore
from var.model import Setup, Team
from var.tournaments.faults import same
from var.tournaments.kept import Kept
from var.tournaments.model import Fixture, Tournament

UNSAID = Setup()
"""What a set-up says of itself; a colour of it may be changed as if nobody had chosen it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A set-up with what the tournament knows: which of its members ``changed`` (such as ``home.colour``), and which
    were ``left`` because the match says something else."""

    match_id: str
    setup: Setup
    changed: tuple[str, ...]
    left: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """What was filled as a JSON-ready document."""
        return {"match": self.match_id, "changed": list(self.changed), "left": list(self.left)}


class _Filling:
    def __init__(self, *, overwrite: bool) -> None:
        self.overwrite = overwrite
        self.changed: list[str] = []
        self.left: list[str] = []

    def said(self, name: str, now: Any, unsaid: Any, known: Any) -> Any:
        """What holds from now on: what is known where nothing is said, or where that shall be overwritten."""
        if known in ("", (), None) or known == now:
            return now
        if now == unsaid or self.overwrite:
            self.changed.append(name)
            return known
        self.left.append(name)
        return now

    def team(self, side: str, now: Team, unsaid: Team, tournament: Tournament, planned: str) -> Team:
        team = tournament.team(planned)
        name = self.said(f"{side}.name", now.name, unsaid.name, planned if team is None else team.name)
        entry = tournament.team(name)
        if entry is None:
            return replace(now, name=name)
        return Team(
            name,
            self.said(f"{side}.colour", now.colour, unsaid.colour, entry.colour),
            self.said(f"{side}.keeper_colour", now.keeper_colour, unsaid.keeper_colour, entry.keeper_colour),
            self.said(f"{side}.lineup", now.lineup, unsaid.lineup, entry.lineup),
        )


def filled(match_id: str, setup: Setup, tournament: Tournament, fixture: Fixture, *, overwrite: bool = False) -> Filled:
    """``setup`` with what the tournament and the fixture know: competition, day, venue, sport, teams with colours and
    line-ups, officials with their roles, and the rules of reviews. With ``overwrite`` also where it says otherwise."""
    fill = _Filling(overwrite=overwrite)
    title = tournament.name
    if tournament.season and not same(tournament.season, title) and tournament.season not in title:
        title = f"{title} {tournament.season}"
    officials = tuple((role or tournament.role_of(name), name) for role, name in fixture.officials)
    venue = fixture.venue or (tournament.venues[0] if len(tournament.venues) == 1 else "")
    made = replace(
        setup,
        competition=fill.said("competition", setup.competition, "", title),
        date=fill.said("date", setup.date, "", fixture.date),
        venue=fill.said("venue", setup.venue, "", venue),
        sport=fill.said("sport", setup.sport, UNSAID.sport, tournament.sport),
        home=fill.team("home", setup.home, UNSAID.home, tournament, fixture.home),
        away=fill.team("away", setup.away, UNSAID.away, tournament, fixture.away),
        officials=fill.said("officials", setup.officials, (), officials),
        review=fill.said("review", setup.review, None, tournament.review),
    )
    return Filled(match_id, made, tuple(fill.changed), tuple(fill.left))


def fill_matches(
    matches: MatchStore, kept: Kept, match_ids: Iterable[str], *, overwrite: bool = False
) -> tuple[Filled, ...]:
    """Fill the set-ups of matches of a tournament and keep those that changed.

    Raises ``NotFound`` for a match that is not of the tournament, ``NotAllowed``.
    """
    made = []
    for match_id in match_ids:
        fixture = kept.tournament.fixture_of(match_id)
        found = filled(match_id, matches.match(match_id).setup, kept.tournament, fixture, overwrite=overwrite)
        if found.changed:
            matches.save_setup(match_id, found.setup)
        made.append(found)
    return tuple(made)
