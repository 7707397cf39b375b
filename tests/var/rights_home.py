"""A data folder that holds something of everything people may change, and what is in it, to test rights with."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

from foul_files import document, write
from rule_files import BOOKS
from test_bookmarks import SHA, clip, keep_match

from tests.var.reviewing import clear, stamp
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.rights import Person, Role
from touchline.store import default_path, utc_now
from var import bookmarks
from var.archive import Archive
from var.decisions.kept import Reviewing
from var.decisions.model import Actor, Ruling
from var.foul.kept import LABELLED, FoulSource, body_of
from var.foul.reading import read
from var.jobs import STARTING
from var.model import AttackDirection, Click, Match, Setup
from var.sync.saved import nudge
from var.tournaments.kept import Tournaments
from var.tournaments.model import Fixture, TeamEntry

FULL, FVS = BOOKS["football-2026-27-var"], BOOKS["football-2026-27-fvs"]
NAME = "Trần Thị Lan"
"""Who signed in, in these tests."""
OTHER = "Lê Văn Nam"
KEPT, GONE, NEW = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
"""Bookmarks that count, that were removed, and that do not exist yet."""
LETTERS = {
    "R": Role.REFEREE,
    "O": Role.OPERATOR,
    "G": Role.ORGANISER,
    "C": Role.COACH,
    "A": Role.ANALYST,
    "D": Role.ADMINISTRATOR,
}


def somebody(*roles: Role, name: str = NAME) -> Person:
    """A person who holds ``roles``."""
    return Person("p-1", name, frozenset(roles))


def spot(u: float = 10.0, frame: int = 30) -> Click:
    """A click on a picture of the match."""
    return Click("cam2", frame, SHA, u, 20.0)


def acting(home: Path, who: Person | None) -> Reviewing:
    """Acts on the reviews of the match ``m``, long after all that is in it."""
    ticks: Iterator[int] = count(5000, 5)
    return Reviewing(Archive(home, who), "m", lambda: stamp(next(ticks)))


def annotation(home: Path) -> dict[str, Any]:
    """The body of an annotated foul."""
    file = read(str(write(home, document())))
    (key, action), *_ = file.actions
    source = FoulSource(file.name, file.sha256, file.head, file.style, len(file.actions), key, 0)
    return body_of(source, action, ("cam1", "cam2", None), (1.0, 4.2, None), ())


def furnish(home: Path) -> dict[str, Any]:
    """Fill ``home``, and say what is where: incidents ``open``, ``gone`` and ``foul``, entries ``pitch``,
    ``undone`` and ``label``, the ``body`` of a foul, and a job of each kind by its name."""
    archive = keep_match(home)
    archive.add_match(Match("away", "Cất", Origin.MEASURED, utc_now(), Setup(), (clip("cam1", Fraction(0)),)))
    archive.delete_match("away")
    known: dict[str, Any] = {"body": annotation(home)}
    known["foul"] = archive.add_foul("m", at_s=Fraction(2), annotation=known["body"]).id
    label = {"field": "Severity", "word": "5.0"}
    known["label"] = archive.add_entry("m", LABELLED, label, by=OTHER, incident_id=known["foul"])
    known["gone"] = archive.add_incident("m", at_s=Fraction(1)).id
    archive.remove_incident(known["gone"])
    bookmarks.add(archive, "m", at_s=Fraction(1), bookmark_id=KEPT)
    bookmarks.add(archive, "m", at_s=Fraction(1), bookmark_id=GONE)
    bookmarks.remove(archive, "m", GONE)
    known["undone"] = archive.mark_pitch("m", "centre_spot", (0, 0, 0), spot(1))
    archive.remove("m", known["undone"])
    known["open"] = archive.add_incident("m", at_s=Fraction(1), attack=AttackDirection.RIGHT, by=OTHER).id
    known["pitch"] = archive.mark_pitch("m", "centre_spot", (0, 0, 0), spot(2))
    nudge(archive, "m", "cam2", frames=1)
    _reviews(archive)
    tournaments = Tournaments(archive)
    known["cup"] = tournaments.new("Cúp", teams=(TeamEntry("Huế"),), by=OTHER).id
    tournaments.add(known["cup"], ["m"])
    known["planned"] = tournaments.plan(known["cup"], [Fixture("f-1", home="Huế")]).tournament.fixtures[0].id
    known["away cup"] = tournaments.new("Cất").id
    tournaments.put_away(known["away cup"])
    jobs = Jobs(home)
    known["jobs"] = {kind: jobs.enter(kind, {"match": "m"}) for kind in STARTING}
    jobs.enter("sync", {"only": "this"})
    return known


def _reviews(archive: Archive) -> None:
    """Cases ``r-1`` (nothing done yet), ``r-2`` (with the referee on the pitch), ``r-3`` (decided)."""
    ticks: Iterator[int] = count(0, 5)
    reviewing = Reviewing(archive, "m", lambda: stamp(next(ticks)))
    var, referee = Actor(OTHER, "var"), Actor(OTHER, "referee")
    known = {**clear(FULL), "situation": "penalty_foul"}
    for steps in range(3):
        case = reviewing.open(FULL, var, known=known)
        if steps:
            reviewing.take(case.id, "recommend", var)
            reviewing.take(case.id, "go_on_field", referee)
        if steps > 1:
            reviewing.take(case.id, "change", referee, ruling=Ruling("penalty", "penalty_kick"))


def another(home: Path) -> Match:
    """A match that is not kept yet."""
    return replace(Archive(home).match("m"), id="neu", name="Neu")


def contents(home: Path) -> dict[str, Any]:
    """Every row of the database and every file beside it."""
    held: dict[str, Any] = {}
    with contextlib.closing(sqlite3.connect(default_path(home))) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            held[name] = connection.execute(f"SELECT * FROM {name}").fetchall()
    files = (path for path in home.rglob("*") if not path.name.startswith("touchline.db"))
    held["files"] = sorted(str(path.relative_to(home)) for path in files)
    return held


def bodies(home: Path, since: int) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, name and body of the entries after the first ``since``."""
    return [(row["kind"], row["by"], row["body"]) for row in Archive(home).entries("m")[since:]]
