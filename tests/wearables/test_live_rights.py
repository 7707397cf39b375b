"""Who sees live sessions and who records them: every method, for every role, on a real store."""

from __future__ import annotations

import contextlib
import inspect
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from squad_sessions import made

from touchline.rights import NotAllowed, Person, Role
from touchline.store import default_path
from wearables.export import plain_bytes, read_export, write_export
from wearables.handover import hand_over, worn_sessions
from wearables.kept import Sessions
from wearables.model import MarkKind, Profile, SessionState
from wearables.record_report import record_report
from wearables.recorder import control
from wearables.squad import begin, roster_of, simulated_squad

LETTERS = {
    "R": Role.REFEREE,
    "O": Role.OPERATOR,
    "G": Role.ORGANISER,
    "C": Role.COACH,
    "A": Role.ANALYST,
    "D": Role.ADMINISTRATOR,
}
Act = Callable[[Path, Person, dict[str, str]], object]

READING: dict[str, Act] = {
    "all": lambda h, p, k: Sessions(h, p).all(),
    "session": lambda h, p, k: Sessions(h, p).session(k["ended"]),
    "straps": lambda h, p, k: Sessions(h, p).straps(k["ended"]),
    "profiles": lambda h, p, k: Sessions(h, p).profiles(k["ended"]),
    "rows_since": lambda h, p, k: Sessions(h, p).rows_since(k["ended"]),
    "marks": lambda h, p, k: Sessions(h, p).marks(k["ended"]),
    "status": lambda h, p, k: control.status(h, k["ended"], person=p),
    "listed": lambda h, p, k: control.listed(h, person=p),
    "roster_of": lambda h, p, k: roster_of(h, k["ended"], p),
    "record_report": lambda h, p, k: record_report(h, k["ended"], person=p),
    "write_export": lambda h, p, k: write_export(h, k["ended"], person=p),
    "read_export": lambda h, p, k: (write_export(h, k["ended"], person=p), read_export(h, k["ended"], person=p)),
    "plain_bytes": lambda h, p, k: (write_export(h, k["ended"], person=p), plain_bytes(h, k["ended"], person=p)),
    "worn_sessions": lambda h, p, k: worn_sessions(h, k["ended"], person=p),
}
"""Coach and analyst read."""
CHANGING: dict[str, Act] = {
    "mark": lambda h, p, k: Sessions(h, p).mark(k["ended"], MarkKind.NOTE, 0, {"text": "x"}),
    "save_profiles": lambda h, p, k: Sessions(h, p).save_profiles(k["ended"], [Profile("a", "Ánh")]),
    "add_strap": lambda h, p, k: Sessions(h, p).add_strap(k["ended"], "C0:FF:EE:00:00:09"),
    "create": lambda h, p, k: Sessions(h, p).create("Buổi", []),
    "start": lambda h, p, k: control.start(h, k["new"], seconds=1, person=p),
    "resume": lambda h, p, k: control.resume(h, k["gone"], seconds=1, person=p),
    "stop": lambda h, p, k: control.stop(h, k["fell"], person=p),
    "conclude": lambda h, p, k: control.conclude(h, k["gone"], person=p),
    "begin": lambda h, p, k: begin(h, "Buổi", simulated_squad(1, 1, "vi"), seconds=1, person=p),
}
"""The coach alone changes."""
ASKING: dict[str, Act] = {"find_straps": lambda h, p, k: control.find_straps(h, -1, person=p)}
"""The coach alone; nothing is kept of it."""
OF_THE_SOFTWARE = {"session_row", "clock", "settle", "settle_all", "running", "last_words"}
"""What recorder, app and backups ask, which have no person."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with a session in each state; no process runs."""
    home = tmp_path_factory.mktemp("rights") / "home"
    known = {name: made(home, 1).id for name in ("ended", "gone", "fell", "new")}
    states = {"ended": SessionState.ENDED, "gone": SessionState.GONE, "fell": SessionState.RECORDING}
    with Sessions(home).store.write() as connection:
        for name, state in states.items():
            connection.execute("UPDATE wear_session SET state = ? WHERE id = ?", (state.value, known[name]))
    return home, known


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
def test_coach_and_analyst_see_and_nobody_else(
    name: str, letter: str, furnished: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(furnished[0], tmp_path / "home"))
    if letter in "CA":
        READING[name](home, somebody(letter), furnished[1])
    else:
        before = contents(home)
        with pytest.raises(NotAllowed):
            READING[name](home, somebody(letter), furnished[1])
        assert contents(home) == before


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("name", CHANGING)
def test_the_coach_records_and_nobody_else(
    name: str, letter: str, furnished: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(furnished[0], tmp_path / "home"))
    before = contents(home)
    if letter == "C":
        try:
            CHANGING[name](home, somebody(letter), furnished[1])
            assert contents(home) != before
        finally:
            for session in Sessions(home).all() if name in ("start", "resume", "begin") else ():
                if session.id != furnished[1]["new"] or name == "start":
                    control.stop(home, session.id)
    else:
        with pytest.raises(NotAllowed):
            CHANGING[name](home, somebody(letter), furnished[1])
        assert contents(home) == before


@pytest.mark.parametrize("letter", LETTERS)
def test_the_coach_looks_for_straps_and_nobody_else(letter: str, tmp_path: Path) -> None:
    refusal = ValueError if letter == "C" else NotAllowed
    with pytest.raises(refusal):
        ASKING["find_straps"](tmp_path, somebody(letter), {})


HANDED = {"read_export", "plain_bytes", "worn_sessions"}


@pytest.mark.parametrize("letter", LETTERS)
def test_the_coach_hands_a_session_to_training_and_nobody_else(
    letter: str, furnished: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(furnished[0], tmp_path / "home"))
    if letter == "C":
        hand_over(home, furnished[1]["ended"], person=somebody(letter), enrol=True)
    else:
        with pytest.raises(NotAllowed):
            hand_over(home, furnished[1]["ended"], person=somebody(letter), enrol=True)


def test_every_method_is_in_one_of_the_tables() -> None:
    methods = {name for name, _ in inspect.getmembers(Sessions, inspect.isfunction) if not name.startswith("_")}
    told = set(READING) | set(CHANGING) | set(ASKING) | OF_THE_SOFTWARE
    assert (methods | set(control.__all__)) <= told
    assert (
        told
        <= methods | set(control.__all__) | {"begin", "roster_of", "record_report", "write_export", "running"} | HANDED
    )
