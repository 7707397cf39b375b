"""A list of fixtures as organisers keep it in a spreadsheet, read whole: every fault is named by its row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from touchline.errors import BadValue
from touchline.i18n import t
from var.sheets.reading import read_sheet
from var.tournaments.faults import BadTournament, Fault, one_line, same
from var.tournaments.kept import new_fixture_id
from var.tournaments.model import Fixture, TeamEntry, Tournament

Unknown = Literal["refuse", "add", "keep"]
"""What happens to a team that the tournament does not have: the row is refused, the team is added, or the name is kept
as it is, such as the winner of a group that is not known yet."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("ngay", "ngay thi dau", "date", "day"),
    "kick_off": ("gio", "gio thi dau", "gio bong lan", "time", "kick off", "kickoff"),
    "home": ("doi nha", "doi 1", "doi a", "chu nha", "home", "home team", "team 1"),
    "away": ("doi khach", "doi 2", "doi b", "khach", "away", "away team", "team 2"),
    "stage": ("giai doan", "stage", "phase"),
    "round": ("vong", "vong dau", "luot", "luot tran", "round", "matchday"),
    "group": ("bang", "bang dau", "group", "pool"),
    "number": ("so", "so tran", "tran", "tran so", "ma tran", "stt", "no", "number", "match", "match number"),
    "venue": ("san", "san dau", "san thi dau", "dia diem", "venue", "ground", "place"),
    "officials": ("trong tai", "to trong tai", "officials", "referees"),
    "referee": ("trong tai chinh", "referee"),
    "assistant_1": ("tro ly 1", "trong tai bien 1", "tro ly trong tai 1", "assistant 1", "assistant referee 1"),
    "assistant_2": ("tro ly 2", "trong tai bien 2", "tro ly trong tai 2", "assistant 2", "assistant referee 2"),
    "fourth_official": ("trong tai ban", "trong tai thu tu", "fourth official"),
    "var": ("var",),
    "avar": ("avar",),
}
"""How each column may be called, without signs over letters, in small letters."""
ROLES = ("referee", "assistant_1", "assistant_2", "fourth_official", "var", "avar")
NEEDED = ("home", "away")
LOOKS_WITHIN = 20
"""As many rows from the top may hold titles before the headings."""


class BadFixtures(BadValue):
    """A list of fixtures with faults; ``faults`` is (row as people count, fault) of each. Nothing was kept."""

    def __init__(self, faults: Sequence[tuple[int, Fault]]) -> None:
        self.faults = tuple(faults)
        super().__init__("var.errors.bad_fixtures", rows=[row for row, _ in faults])

    def said(self, lang: str) -> list[str]:
        """Every fault with its row, in ``lang``."""
        lines = []
        for row, fault in self.faults:
            name = fault.path.removeprefix("$").removeprefix(".").split("[")[0].split(".")[0]
            column = t(f"var.tournament.member.{name}", lang) if name else ""
            told = f"{column} {fault.said(lang)}".strip()
            lines.append(t("var.tournament.row_fault", lang, row=row, fault=told))
        return lines

    def detail(self, lang: str = "en") -> str:
        """The first faults with their rows, in ``lang``."""
        said, most = self.said(lang), 12
        if len(said) > most:
            said = [*said[:most], t("var.tournament.more_faults", lang, count=len(said) - most)]
        return t(f"{self.code}.detail", lang, faults="; ".join(said))

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal with its ``faults``: path (``$[1].home`` is the second row), kind, and what is said of it."""
        lines = self.said(lang)
        faults = [
            {"path": fault.under(f"$[{row - 1}]").path, "fault": fault.kind, "detail": line}
            for (row, fault), line in zip(self.faults, lines, strict=True)
        ]
        return {**super().document(lang), "faults": faults}


@dataclass(frozen=True, slots=True)
class FixtureList:
    """What a list holds: ``fixtures`` that are new, ``teams`` that the tournament gets with them, and how many rows the
    tournament has already (``known``)."""

    fixtures: tuple[Fixture, ...]
    teams: tuple[TeamEntry, ...]
    known: int


def read_fixtures(data: bytes, name: str, tournament: Tournament, *, unknown: Unknown = "refuse") -> FixtureList:
    """The fixtures of a CSV or XLSX file for ``tournament``. The columns of the two teams are needed, in Vietnamese or
    English; where the tournament has no teams yet, they are taken from the list.

    Raises ``BadFile`` for what is no table, ``BadFixtures`` with every fault by its row.
    """
    rows = read_sheet(data, name)
    top, places = _headings(rows)
    if not tournament.teams and unknown == "refuse":
        unknown = "add"
    faults: list[tuple[int, Fault]] = []
    found: list[Fixture] = []
    teams: list[TeamEntry] = []
    known = 0
    seen: dict[tuple[str, ...], int] = {}
    there = {_key(each) for each in tournament.fixtures}
    for number, row in enumerate(rows[top + 1 :], top + 2):
        cells = {column: row[place] if place < len(row) else "" for column, place in places.items()}
        if not any(cells.values()):
            continue
        fixture, wrong = _fixture(cells)
        for side in NEEDED:
            team = one_line(cells.get(side, ""))
            if not team or unknown == "keep" or _team_known(tournament, teams, team):
                continue
            if unknown == "refuse":
                near = ", ".join(each.name for each in tournament.teams[:8])
                wrong.append(Fault(f"$.{side}", "no_team", {"value": team[:60], "known": near}))
            elif fixture is not None:
                teams.append(TeamEntry(team))
        if fixture is not None:
            key = _key(fixture)
            if key in seen:
                wrong.append(Fault("$", "row_twice", {"first": seen[key]}))
            seen.setdefault(key, number)
        faults += [(number, fault) for fault in wrong]
        if fixture is None or wrong:
            continue
        if key in there:
            known += 1
        else:
            found.append(fixture)
    if not faults and not found and not known:
        raise BadFixtures([(top + 1, Fault("$", "no_rows"))])
    if faults:
        raise BadFixtures(faults)
    return FixtureList(tuple(found), tuple(teams), known)


def with_list(tournament: Tournament, found: FixtureList) -> Tournament:
    """The tournament with the fixtures and the teams of a list."""
    return replace(
        tournament, teams=(*tournament.teams, *found.teams), fixtures=(*tournament.fixtures, *found.fixtures)
    )


def _plain(text: str) -> str:
    """A heading without signs over letters, in small letters and digits."""
    text = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(sign for sign in text if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", kept).split())


def _headings(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """The row of the headings and where each column is. Raises ``BadFixtures`` where both teams are nowhere."""
    best: dict[str, int] = {}
    for top, row in enumerate(rows[:LOOKS_WITHIN]):
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            column = next((name for name, called in HEADINGS.items() if _plain(cell) in called), None)
            if column is not None:
                places.setdefault(column, place)
        if all(name in places for name in NEEDED):
            return top, places
        best = max(best, places, key=len)
    missing = ", ".join(name for name in NEEDED if name not in best)
    raise BadFixtures([(1, Fault("$", "no_headings", {"missing": missing}))])


def _fixture(cells: dict[str, str]) -> tuple[Fixture | None, list[Fault]]:
    """The fixture of a row, and what is wrong with it."""
    wrong: list[Fault] = [Fault(f"$.{side}", "empty") for side in NEEDED if not cells.get(side)]
    day, hour = _day(cells.get("date", "")), _hour(cells.get("kick_off", ""))
    if " " in day and not hour:  # one cell with both
        day, hour = day.split(" ", 1)
    officials = [(role, cells[role]) for role in ROLES if cells.get(role)]
    for name in re.split(r"[;,\n]", cells.get("officials", "")):
        role, _, called = name.rpartition(":")
        if called.strip():
            officials.append((role.strip(), called.strip()))
    texts = {name: cells.get(name, "") for name in ("stage", "round", "group", "number", "venue", "home", "away")}
    try:
        made = Fixture(
            new_fixture_id(), **texts, date=day, kick_off=hour, officials=tuple(officials), planned=not wrong
        )
    except BadTournament as bad:
        return None, wrong + list(bad.faults)
    return (None if wrong else made), wrong


def _day(text: str) -> str:
    """A day as ISO 8601 of ``29/11/2026``, ``29-11-2026``, ``29.11.26`` or ISO itself, with its time where it has one;
    what is none stays as it is, and is refused as such."""
    text = " ".join(text.split())
    found = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?: (\d{1,2}[:h]\d{2}))?(?::\d{2})?", text)
    if found is None:
        iso = re.fullmatch(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?", text)
        return text if iso is None else f"{iso[1]} {iso[2]}"
    day, month, year, hour = found.groups()
    try:
        said = date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)).isoformat()
    except ValueError:
        return text
    return f"{said} {_hour(hour)}" if hour else said


def _hour(text: str) -> str:
    """A time of day as ``HH:MM`` of ``15h30``, ``15h``, ``15:30`` or ``15:30:00``; what is none stays as it is."""
    found = re.fullmatch(r"(\d{1,2})\s*(?:[:hg.]\s*(\d{2})?)\s*(?::\d{2})?", text.strip().casefold())
    if found is None:
        return text.strip()
    hour, minute = int(found[1]), int(found[2] or 0)
    try:
        return f"{datetime(2000, 1, 1, hour, minute):%H:%M}"  # noqa: DTZ001 a time of day has no zone
    except ValueError:
        return text.strip()


def _team_known(tournament: Tournament, teams: Sequence[TeamEntry], name: str) -> bool:
    return tournament.team(name) is not None or any(same(each.name, name) for each in teams)


def _key(fixture: Fixture) -> tuple[str, ...]:
    """What makes two rows one match."""
    names = ("date", "home", "away", "stage", "round", "group", "number")
    return tuple(getattr(fixture, name).casefold() for name in names)
