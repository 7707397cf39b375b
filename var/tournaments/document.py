"""A tournament as a JSON-ready document and back; faults of a document are all named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from var.model import ReviewRules
from var.tournaments.faults import BadTournament, Fault
from var.tournaments.model import FIELDS, LONG_TEXTS, TEXTS, Fixture, Official, TeamEntry, Tournament

Made = TypeVar("Made")


def to_document(tournament: Tournament) -> dict[str, Any]:
    """``tournament`` as a JSON-ready document (schema ``tournament_details``)."""
    review = tournament.review
    return {
        "id": tournament.id,
        "name": tournament.name,
        "season": tournament.season,
        "starts": tournament.starts,
        "ends": tournament.ends,
        "venues": list(tournament.venues),
        "host": tournament.host,
        "organiser": tournament.organiser,
        "sport": tournament.sport,
        "teams": [
            {
                "name": team.name,
                "short": team.short,
                "colour": team.colour,
                "keeper_colour": team.keeper_colour,
                "lineup": list(team.lineup),
                "staff": list(team.staff),
            }
            for team in tournament.teams
        ],
        "officials": [
            {"name": who.name, "role": who.role, "licence": who.licence, "unit": who.unit}
            for who in tournament.officials
        ],
        "review": None
        if review is None
        else {
            "pack": review.pack,
            "format": review.format,
            "options": list(review.options),
            "edition": review.edition,
        },
        "note": tournament.note,
        "fixtures": [fixture_document(fixture) for fixture in tournament.fixtures],
    }


def fixture_document(fixture: Fixture) -> dict[str, Any]:
    """A fixture as a JSON-ready document."""
    return {
        "id": fixture.id,
        "match": fixture.match_id,
        **{name: getattr(fixture, name) for name in (*TEXTS, "date", "kick_off", *LONG_TEXTS)},
        "officials": [{"role": role, "name": name} for role, name in fixture.officials],
        "planned": fixture.planned,
    }


class _Reading:
    """Reads members of one document and notes faults by their path."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def text(self, value: Any, path: str) -> str:
        if isinstance(value, str):
            return value
        self.faults.append(Fault(path, "text"))
        return ""

    def items(self, value: Any, path: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.faults.append(Fault(path, "list"))
        return []

    def lines(self, value: Any, path: str) -> tuple[str, ...]:
        return tuple(self.text(line, f"{path}[{k}]") for k, line in enumerate(self.items(value, path)))

    def members(self, value: Any, path: str, known: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.faults.append(Fault(path, "object"))
            return {}
        self.faults += [
            Fault(f"{path}.{name[:40]}", "unknown", {"known": ", ".join(known)}) for name in value if name not in known
        ]
        return value

    def made(self, kind: Callable[..., Made], path: str, **values: Any) -> Made | None:
        before = len(self.faults)
        try:
            return kind(**values)
        except BadTournament as bad:
            told = {fault.path for fault in self.faults[:before]}
            self.faults += [each for fault in bad.faults if (each := fault.under(path)).path not in told]
            return None

    def team(self, value: Any, path: str) -> TeamEntry | None:
        given = self.members(value, path, ("name", "short", "colour", "keeper_colour", "lineup", "staff"))
        texts = ("name", "short", "colour", "keeper_colour")
        values: dict[str, Any] = {name: self.text(given[name], f"{path}.{name}") for name in texts if name in given}
        values |= {name: self.lines(given[name], f"{path}.{name}") for name in ("lineup", "staff") if name in given}
        return self.made(TeamEntry, path, **{"name": "", **values})

    def official(self, value: Any, path: str) -> Official | None:
        texts = ("name", "role", "licence", "unit")
        given = self.members(value, path, texts)
        values = {name: self.text(given.get(name, ""), f"{path}.{name}") for name in texts}
        return self.made(Official, path, **values)

    def fixture(self, value: Any, path: str) -> Fixture | None:
        texts = ("id", *TEXTS, "date", "kick_off", *LONG_TEXTS)
        given = self.members(value, path, (*texts, "match", "officials", "planned"))
        values: dict[str, Any] = {name: self.text(given.get(name, ""), f"{path}.{name}") for name in texts}
        match = given.get("match")
        officials = []
        for k, each in enumerate(self.items(given.get("officials", []), f"{path}.officials")):
            at = f"{path}.officials[{k}]"
            who = self.members(each, at, ("role", "name"))
            officials.append(tuple(self.text(who.get(name, ""), f"{at}.{name}") for name in ("role", "name")))
        planned = given.get("planned", False)
        if not isinstance(planned, bool):
            self.faults.append(Fault(f"{path}.planned", "yes_or_no"))
        return self.made(
            Fixture,
            path,
            **values,
            match_id=None if match is None else self.text(match, f"{path}.match"),
            officials=tuple(officials),
            planned=planned is True,
        )

    def review(self, value: Any, path: str) -> ReviewRules | None:
        if value is None:
            return None
        given = self.members(value, path, ("pack", "format", "options", "edition"))
        edition = given.get("edition")
        return ReviewRules(
            self.text(given.get("pack", ""), f"{path}.pack"),
            self.text(given.get("format", ""), f"{path}.format"),
            self.lines(given.get("options", []), f"{path}.options"),
            None if edition is None else self.text(edition, f"{path}.edition"),
        )


def from_document(document: Any) -> Tournament:
    """The tournament that ``document`` describes; missing members take their defaults.

    Raises ``BadTournament`` naming every fault with its path, such as ``$.teams[1].colour``.
    """
    read = _Reading()
    given = read.members(document, "$", (*FIELDS, "fixtures"))
    texts = ("id", "name", "season", "starts", "ends", "host", "organiser", "sport", "note")
    values: dict[str, Any] = {name: read.text(given[name], f"$.{name}") for name in texts if name in given}

    places: dict[str, list[int]] = {}

    def all_of(name: str, made: Callable[[Any, str], Made | None]) -> tuple[Made, ...]:
        """The entries of a list that are whole; ``places`` says where they stand in it."""
        found: list[Made] = []
        for k, each in enumerate(read.items(given.get(name, []), f"$.{name}")):
            if not isinstance(each, dict):
                read.faults.append(Fault(f"$.{name}[{k}]", "object"))
            elif (entry := made(each, f"$.{name}[{k}]")) is not None:
                places.setdefault(name, []).append(k)
                found.append(entry)
        return tuple(found)

    teams, officials = all_of("teams", read.team), all_of("officials", read.official)
    fixtures = all_of("fixtures", read.fixture)
    tournament = read.made(
        Tournament,
        "$",
        **{"id": "", "name": "", **values},
        venues=read.lines(given.get("venues", []), "$.venues"),
        teams=teams,
        officials=officials,
        fixtures=fixtures,
        review=read.review(given.get("review"), "$.review"),
    )
    if read.faults or tournament is None:
        raise BadTournament([_placed(fault, places) if fault.kind == "twice" else fault for fault in read.faults])
    return tournament


def _placed(fault: Fault, places: Mapping[str, list[int]]) -> Fault:
    """A fault between entries with the places that they have in the document: those that are not whole count too."""
    found = re.fullmatch(r"\$\.(\w+)\[(\d+)\](.*)", fault.path)
    if found is None:
        return fault
    own = places[found[1]]
    path = f"$.{found[1]}[{own[int(found[2])]}]{found[3]}"
    return Fault(path, fault.kind, {**fault.params, "first": own[fault.params["first"] - 1] + 1})
