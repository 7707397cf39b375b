"""Who reads and who changes what is kept of athletes: every method, for every role, on a real store."""

from __future__ import annotations

import contextlib
import inspect
import shutil
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from training_files import NOW, fit_file, fit_seconds

from athletes.archive import Archive
from athletes.importers import read
from athletes.intake import take_in
from athletes.model import Athlete, ZoneSetting
from athletes.people.consent import Consents
from athletes.people.exporting import bytes_of_person
from athletes.people.months import months
from athletes.people.standing import Scope
from touchline.access import Act as Deed
from touchline.origin import Origin
from touchline.rights import NotAllowed, Person, Role
from touchline.store import default_path

LETTERS = {
    "R": Role.REFEREE,
    "O": Role.OPERATOR,
    "G": Role.ORGANISER,
    "C": Role.COACH,
    "A": Role.ANALYST,
    "D": Role.ADMINISTRATOR,
}
ONE = fit_file([(fit_seconds() + i, 100 + i) for i in range(30)])
TWO = fit_file([(fit_seconds() + i, 90 + i) for i in range(30)])
Act = Callable[[Archive, dict[str, str]], object]

READING: dict[str, Act] = {
    "athletes": lambda a, k: a.athletes(),
    "athlete": lambda a, k: a.athlete(k["athlete"]),
    "entries": lambda a, k: a.entries(),
    "session": lambda a, k: a.session(k["session"]),
    "source_bytes": lambda a, k: a.source_bytes(k["session"]),
    "known": lambda a, k: a.known(k["athlete"]),
    "note": lambda a, k: a.note([k["athlete"]], Deed.OPENED),
    "consents": lambda a, k: Consents(a).standing(k["athlete"]),
    "months": lambda a, k: months(a),
    "is_deleted": lambda a, k: a.is_deleted(k["session"]),
}
"""Coach and analyst read."""
CHANGING: dict[str, Act] = {
    "save_athlete": lambda a, k: a.save_athlete(Athlete("", "Bình")),
    "change_settings": lambda a, k: a.change_settings(k["athlete"], come=[ZoneSetting(hr_max_bpm=190.0)]),
    "keep": lambda a, k: a.keep(read(TWO, "b.fit", now=NOW), TWO),
    "keep_all": lambda a, k: a.keep_all(
        [read(TWO, "b.fit", now=NOW)], athlete_id=k["athlete"], origin=Origin.SIMULATED
    ),
    "take_in": lambda a, k: take_in(TWO, "b.fit", archive=a, now=NOW),
    "assign": lambda a, k: a.assign(k["session"], k["athlete"]),
    "delete": lambda a, k: a.delete(k["session"]),
    "consent": lambda a, k: Consents(a).give(k["athlete"], [Scope.HEALTH], date(2026, 5, 3)),
    "withdrawal": lambda a, k: Consents(a).withdraw(k["athlete"], [Scope.HEALTH], date(2026, 5, 3)),
    "export_person": lambda a, k: bytes_of_person(a, k["athlete"]),
    "seal_old": lambda a, k: a.seal_old(),
    "restore": lambda a, k: a.restore(k["gone"]),
}
"""The coach alone changes."""


def _leave_open(archive: Archive) -> None:
    """A file as an older program kept it."""
    path = archive.source_path("ab" * 32, "csv").with_suffix("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"time,hr\n0,90\n")


OF_PEOPLE = {"consents", "months", "consent", "withdrawal", "export_person"}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with an athlete and two sessions, one of them deleted."""
    home = tmp_path_factory.mktemp("rights") / "home"
    archive = Archive(home)
    athlete = archive.save_athlete(Athlete("", "An"))
    session = archive.keep(read(ONE, "a.fit", now=NOW), ONE).session_id
    third = fit_file([(fit_seconds() + i, 80 + i) for i in range(30)])
    gone = archive.keep(read(third, "c.fit", now=NOW), third).session_id
    archive.delete(gone)
    _leave_open(archive)
    return home, {"athlete": athlete.id, "session": session, "gone": gone}


def contents(home: Path) -> dict[str, Any]:
    """Every row of the database and every file beside it."""
    with contextlib.closing(sqlite3.connect(default_path(home))) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held: dict[str, Any] = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    files = (path for path in home.rglob("*") if not path.name.startswith("touchline.db"))
    return {**held, "files": sorted(str(path.relative_to(home)) for path in files)}


def somebody(letter: str) -> Person:
    return Person("p-1", "Trần Thị Lan", frozenset({LETTERS[letter]}))


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("name", READING)
def test_coach_and_analyst_read_and_nobody_else(name: str, letter: str, furnished: tuple[Path, dict[str, str]]) -> None:
    home, known = furnished
    archive = Archive(home, somebody(letter))
    if letter in "CA":
        READING[name](archive, known)
    else:
        with pytest.raises(NotAllowed):
            READING[name](archive, known)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("name", CHANGING)
def test_the_coach_changes_and_nobody_else(
    name: str, letter: str, furnished: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(furnished[0], tmp_path / "home"))
    before, archive = contents(home), Archive(home, somebody(letter))
    if letter == "C":
        CHANGING[name](archive, furnished[1])
        assert contents(home) != before
    else:
        with pytest.raises(NotAllowed):
            CHANGING[name](archive, furnished[1])
        assert contents(home) == before


def test_every_method_is_in_one_of_the_tables() -> None:
    methods = {name for name, _ in inspect.getmembers(Archive, inspect.isfunction) if not name.startswith("_")}
    assert methods - {"source_path"} == (set(READING) | set(CHANGING)) - {"take_in"} - OF_PEOPLE
