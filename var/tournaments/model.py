"""The nouns of a tournament. Values are frozen and valid, or raise ``BadTournament`` with every fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from touchline.errors import NotFound
from var.model import ReviewRules, Setup
from var.tournaments.faults import (
    BadTournament,
    Fault,
    colour_faults,
    day_faults,
    one_line,
    same,
    text_faults,
    time_faults,
    twice_faults,
)

LONGEST_NAME, LONGEST_WORD, LONGEST_NOTE, LONGEST_SHORT = 200, 80, 3000, 12
MOST_LINES, MOST_TEAMS, MOST_OFFICIALS, MOST_FIXTURES, MOST_VENUES = 99, 400, 800, 3000, 60
DEFAULT_SPORT = Setup().sport


def _tidy(value: Any, names: Iterable[str]) -> None:
    for name in names:
        object.__setattr__(value, name, one_line(getattr(value, name)))


def _tidy_lines(value: Any, names: Iterable[str]) -> None:
    for name in names:
        object.__setattr__(value, name, tuple(line for each in getattr(value, name) if (line := one_line(each))))


def _line_faults(path: str, lines: tuple[str, ...], most: int, longest: int) -> list[Fault]:
    found = [Fault(path, "too_many", {"most": most, "count": len(lines)})] if len(lines) > most else []
    return found + [
        fault for k, line in enumerate(lines[:most]) for fault in text_faults(f"{path}[{k}]", line, longest)
    ]


def _refuse(found: list[Fault]) -> None:
    if found:
        raise BadTournament(found)


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team of the tournament: ``short`` for score boards, colours as ``#rrggbb`` (empty: nobody said), line-up and
    staff a person a line."""

    name: str
    short: str = ""
    colour: str = ""
    keeper_colour: str = ""
    lineup: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _tidy(self, ("name", "short", "colour", "keeper_colour"))
        _tidy_lines(self, ("lineup", "staff"))
        found = text_faults("$.name", self.name, LONGEST_NAME, needed=True)
        found += text_faults("$.short", self.short, LONGEST_SHORT)
        found += colour_faults("$.colour", self.colour) + colour_faults("$.keeper_colour", self.keeper_colour)
        for name in ("lineup", "staff"):
            found += _line_faults(f"$.{name}", getattr(self, name), MOST_LINES, LONGEST_NAME)
        _refuse(found)

    def called(self, name: str) -> bool:
        """Whether ``name`` means this team: its name or its short name."""
        return same(name, self.name) or (bool(self.short) and same(name, self.short))


@dataclass(frozen=True, slots=True)
class Official:
    """Somebody who officiates: ``role`` as match set-ups have it (such as ``referee``), ``unit`` the body that sent
    them."""

    name: str
    role: str = ""
    licence: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        _tidy(self, ("name", "role", "licence", "unit"))
        found = text_faults("$.name", self.name, LONGEST_NAME, needed=True)
        for name in ("role", "licence", "unit"):
            found += text_faults(f"$.{name}", getattr(self, name), LONGEST_WORD)
        _refuse(found)


@dataclass(frozen=True, slots=True)
class Fixture:
    """One match of the tournament, planned or filmed. ``match_id`` is the match with its pictures, None before there is
    one; ``planned``: it stands on the list of fixtures by itself, and stays there when its match is taken out.
    ``name`` is what the match was called when it was put in. ``officials`` are (role, name)."""

    id: str
    match_id: str | None = None
    name: str = ""
    stage: str = ""
    round: str = ""
    group: str = ""
    number: str = ""
    date: str = ""
    kick_off: str = ""
    venue: str = ""
    home: str = ""
    away: str = ""
    officials: tuple[tuple[str, str], ...] = ()
    planned: bool = False

    def __post_init__(self) -> None:
        _tidy(self, (*TEXTS, *LONG_TEXTS, "id", "date", "kick_off"))
        pairs = tuple((one_line(role), one_line(name)) for role, name in self.officials)
        object.__setattr__(self, "officials", tuple((role, name) for role, name in pairs if role or name))
        found = text_faults("$.id", self.id, LONGEST_WORD, needed=True)
        if self.match_id is not None:
            found += text_faults("$.match", self.match_id, LONGEST_NAME, needed=True)
        for name in TEXTS:
            found += text_faults(f"$.{name}", getattr(self, name), LONGEST_WORD)
        for name in LONG_TEXTS:
            found += text_faults(f"$.{name}", getattr(self, name), LONGEST_NAME)
        found += day_faults("$.date", self.date) + time_faults("$.kick_off", self.kick_off)
        if self.home and same(self.home, self.away):
            found.append(Fault("$.away", "itself", {"value": self.away[:60]}))
        if self.planned and not (self.home or self.away or self.number or self.name):
            found.append(Fault("$", "nobody"))
        for k, (role, name) in enumerate(self.officials):
            found += text_faults(f"$.officials[{k}].role", role, LONGEST_WORD)
            found += text_faults(f"$.officials[{k}].name", name, LONGEST_NAME, needed=True)
        _refuse(found)

    @property
    def order(self) -> tuple[Any, ...]:
        """By what fixtures are sorted: day, time, number as people count; those without a day come last."""
        count = int(self.number) if self.number.isascii() and self.number.isdigit() and len(self.number) < 9 else None
        return (not self.date, self.date, self.kick_off, count is None, count or 0, self.number, self.name, self.id)


TEXTS = ("stage", "round", "group", "number")
LONG_TEXTS = ("venue", "home", "away", "name")
PLACING = (*TEXTS, "date", "kick_off", "venue", "home", "away", "officials")
"""What people say of where a match stands in the tournament."""


@dataclass(frozen=True, slots=True)
class Tournament:
    """A tournament as it is now. Everything but the name may be empty; days are ISO 8601, ``review`` the rules that its
    matches follow. No two teams have one name, no match stands in two fixtures."""

    id: str
    name: str
    season: str = ""
    starts: str = ""
    ends: str = ""
    venues: tuple[str, ...] = ()
    host: str = ""
    organiser: str = ""
    sport: str = DEFAULT_SPORT
    teams: tuple[TeamEntry, ...] = ()
    officials: tuple[Official, ...] = ()
    fixtures: tuple[Fixture, ...] = ()
    review: ReviewRules | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _tidy(self, ("id", "name", "season", "starts", "ends", "host", "organiser", "sport"))
        _tidy_lines(self, ("venues",))
        object.__setattr__(self, "note", "\n".join(one_line(line) for line in self.note.strip().splitlines()))
        _refuse(self._faults())  # before they are sorted: a fault names the place in the list that was given
        object.__setattr__(self, "fixtures", tuple(sorted(self.fixtures, key=lambda fixture: fixture.order)))

    def _faults(self) -> list[Fault]:
        found = text_faults("$.id", self.id, LONGEST_WORD, needed=True)
        found += text_faults("$.name", self.name, LONGEST_NAME, needed=True)
        for name in ("season", "sport"):
            found += text_faults(f"$.{name}", getattr(self, name), LONGEST_WORD)
        for name in ("host", "organiser"):
            found += text_faults(f"$.{name}", getattr(self, name), LONGEST_NAME)
        found += text_faults("$.note", self.note, LONGEST_NOTE, lines=True)
        found += day_faults("$.starts", self.starts) + day_faults("$.ends", self.ends)
        if self.starts and self.ends and self.ends < self.starts and not day_faults("", self.starts):
            found.append(Fault("$.ends", "before", {"value": self.ends[:40], "start": self.starts}))
        found += _line_faults("$.venues", self.venues, MOST_VENUES, LONGEST_NAME)
        for name, most in (("teams", MOST_TEAMS), ("officials", MOST_OFFICIALS), ("fixtures", MOST_FIXTURES)):
            if len(getattr(self, name)) > most:
                found.append(Fault(f"$.{name}", "too_many", {"most": most, "count": len(getattr(self, name))}))
        found += twice_faults("$.teams", [team.name for team in self.teams], "name")
        found += twice_faults("$.teams", [team.short for team in self.teams], "short")
        found += twice_faults("$.officials", [f"{who.name} {who.role}" for who in self.officials], "name")
        found += twice_faults("$.fixtures", [fixture.match_id or "" for fixture in self.fixtures], "match")
        found += twice_faults("$.fixtures", [fixture.id for fixture in self.fixtures], "id")
        if self.review is not None:
            for name in ("pack", "format"):
                found += text_faults(f"$.review.{name}", getattr(self.review, name), LONGEST_WORD, needed=True)
        return found

    @property
    def matches(self) -> tuple[str, ...]:
        """The identifiers of the matches with pictures, in the order of the fixtures."""
        return tuple(fixture.match_id for fixture in self.fixtures if fixture.match_id is not None)

    def team(self, name: str) -> TeamEntry | None:
        """The team that is called so, by its name or its short name; None without one."""
        exact = [team for team in self.teams if same(team.name, name)]
        return next(iter(exact or (team for team in self.teams if team.called(name))), None) if name else None

    def role_of(self, name: str) -> str:
        """The role that an official of the tournament usually has; empty where nobody knows."""
        return next((who.role for who in self.officials if same(who.name, name)), "")

    def fixture(self, fixture_id: str) -> Fixture:
        """The fixture with this identifier. Raises ``NotFound``."""
        for fixture in self.fixtures:
            if fixture.id == fixture_id:
                return fixture
        raise NotFound("var.errors.no_such_fixture", fixture=fixture_id, tournament=self.name)

    def fixture_of(self, match_id: str) -> Fixture:
        """Where a match stands in the tournament. Raises ``NotFound``."""
        for fixture in self.fixtures:
            if fixture.match_id == match_id:
                return fixture
        raise NotFound("var.errors.match_not_in_tournament", match=match_id, tournament=self.name)

    def without_match(self, match_id: str) -> Tournament:
        """This without a match: a planned fixture stays on the list, one that was made for the match goes."""
        left = [
            replace(each, match_id=None) if each.match_id == match_id else each
            for each in self.fixtures
            if each.match_id != match_id or each.planned
        ]
        return replace(self, fixtures=tuple(left))

    def with_fixture(self, fixture: Fixture) -> Tournament:
        """This with ``fixture`` in the place of the one of its identifier, or beside the others."""
        return replace(self, fixtures=(*(each for each in self.fixtures if each.id != fixture.id), fixture))

    def with_teams(self, teams: Iterable[TeamEntry], renamed: Mapping[str, str] | None = None) -> Tournament:
        """This with other teams; fixtures of a team that was ``renamed`` (old name to new) bear the new name."""
        new = {one_line(old).casefold(): name for old, name in (renamed or {}).items()}

        def name_of(name: str) -> str:
            return new.get(one_line(name).casefold(), name)

        fixtures = tuple(replace(each, home=name_of(each.home), away=name_of(each.away)) for each in self.fixtures)
        return replace(self, teams=tuple(teams), fixtures=fixtures)


FIELDS = tuple(field.name for field in fields(Tournament) if field.name != "fixtures")
