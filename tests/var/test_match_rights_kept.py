"""What stays whoever asks: rights for every kind of entry, entries as they are, names as they were signed in."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rights_home import FULL, LETTERS, NAME, OTHER, acting, bodies, clear, contents, furnish, somebody
from test_bookmarks import keep_match

from touchline.errors import BadValue
from touchline.rights import NotAllowed, Role
from touchline.store import Store, default_path
from var import bookmarks, entries
from var.allowed import NEEDED, UNDO
from var.archive import Archive
from var.capture import control
from var.capture.model import CameraSource
from var.capture.state import Captures
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor
from var.jobs import STARTING, WORK, Jobs
from var.match_store import MIGRATIONS


def test_every_kind_of_entry_and_of_job_has_a_right() -> None:
    assert set(NEEDED) == set(entries._TAKE) | {kind.value for kind in EntryKind}
    assert UNDO not in NEEDED  # it asks for that of what it takes back
    assert set(STARTING) == set(WORK)


# ------------------------------------------------------------------ entries stay


def test_the_database_refuses_to_change_an_entry(tmp_path: Path) -> None:
    archive = keep_match(tmp_path)
    archive.add_incident("m", at_s=Fraction(1), by=NAME)
    before = archive.entries("m")
    with pytest.raises(sqlite3.IntegrityError, match="never edited"), archive.store.write() as connection:
        connection.execute("UPDATE entry SET by = 'x'")
    assert archive.entries("m") == before


def test_a_database_of_before_refuses_it_too_and_keeps_what_it_held(tmp_path: Path) -> None:
    older = [step for step in MIGRATIONS if step.name < "0004"]
    assert len(older) == 3
    store = Store(default_path(tmp_path), {"var": older})
    with store.write() as connection:
        connection.execute("INSERT INTO match VALUES ('m', 'M', 'measured', '2024-03-02', '{}', 0, NULL)")
        connection.execute(
            "INSERT INTO entry (match_id, kind, body, by, at_utc) VALUES ('m', 'clear_pitch', '{}', 'Ánh', '2024')"
        )
        connection.execute("UPDATE entry SET by = 'Lan'")  # nothing stops it yet
    archive = Archive(tmp_path)
    with pytest.raises(sqlite3.IntegrityError, match="never edited"), archive.store.write() as connection:
        connection.execute("UPDATE entry SET by = 'x'")
    assert [entry["by"] for entry in archive.entries("m")] == ["Lan"]
    archive.purge_match("m")  # deleting for good still can
    assert archive.entries("m") == []


# ------------------------------------------------------------------ names


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_nobody_signs_with_another_name(home: Path) -> None:
    known = furnish(home)
    archive, count = Archive(home, somebody(Role.REFEREE)), len(Archive(home).entries("m"))
    archive.add_incident("m", at_s=Fraction(1), by=OTHER)
    archive.decide(known["open"], "offside", by=OTHER)
    archive.decide(known["open"], "onside", by="")  # who signed in need not say it again
    bookmarks.add(archive, "m", at_s=Fraction(1), by=OTHER)
    archive.remove("m", known["pitch"], by=OTHER)
    added = bodies(home, count)
    assert [(kind, by) for kind, by, _ in added] == [
        (kind, NAME) for kind in ("incident", "decision", "decision", "bookmark", "undo")
    ]


def test_what_others_do_in_a_review_is_written_down_by_who_signed_in(home: Path) -> None:
    furnish(home)
    count = len(Archive(home).entries("m"))
    reviewing = acting(home, somebody(Role.REFEREE))
    reviewing.take("r-1", "recommend", Actor(OTHER, "var"))
    reviewing.tell("r-1", Actor(OTHER, "replay_operator"), {"restarted": True})
    added = bodies(home, count)
    assert [(kind, by) for kind, by, _ in added] == [("case_step", NAME), ("case_facts", NAME)]
    assert [body["actor"]["name"] for _, _, body in added] == [OTHER, OTHER]
    before, operating = contents(home), acting(home, somebody(Role.OPERATOR))
    for act in (
        lambda: operating.take("r-1", "go_on_field", Actor(OTHER, "referee")),
        lambda: operating.open(FULL, Actor(OTHER, "var"), known=clear(FULL)),
        lambda: operating.undo("r-3", Actor(OTHER, "referee")),
        lambda: operating.tell("r-1", Actor(OTHER, "var"), {"thresholds": {}}),
    ):
        with pytest.raises(NotAllowed):  # no other name lends a right
            act()
    assert contents(home) == before


@pytest.mark.parametrize("kind", EntryKind)
def test_what_a_review_says_is_written_by_the_review_alone(kind: EntryKind, home: Path) -> None:
    archive = keep_match(home)
    forged = {"case": "r-1", "actor": Actor(OTHER, "referee").document()}
    with pytest.raises(BadValue, match="only in a review"):
        archive.add_entry("m", kind.value, forged)
    assert archive.entries("m") == []


def test_an_undo_is_written_by_what_knows_whether_it_may_be(home: Path) -> None:
    archive = keep_match(home)
    incident = archive.add_incident("m", at_s=Fraction(1))
    archive.decide(incident.id, "offside", by=OTHER)
    (_, decision) = before = archive.entries("m")
    for person in (None, somebody(Role.REFEREE), somebody(Role.OPERATOR)):
        with pytest.raises(BadValue) as refused:  # a decision is superseded
            Archive(home, person).add_entry("m", "undo", {"of": decision["seq"]})
        assert refused.value.name == "undo_is_no_entry"
    assert archive.entries("m") == before


# ------------------------------------------------------------------ processes


def waited(jobs: Jobs, job_id: str) -> dict[str, Any]:
    """How a job ended, and what it says."""
    deadline = time.monotonic() + 60
    while (job := jobs.job(job_id)) is None or job.state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return {"state": job.state, "by": job.arguments.get("by"), **(job.result or {})}


def test_a_job_is_the_software_s_and_says_who_started_it(home: Path) -> None:
    keep_match(home)
    jobs = Jobs(home, somebody(Role.ORGANISER))
    ended = waited(jobs, jobs.start("report", {"match": "m", "incident": "i-none", "lang": "vi", "by": OTHER}))
    assert (ended["state"], ended["by"]) == ("failed", NAME)
    assert ended["en"]["code"] == "no_such_incident"  # not for want of rights: nobody is signed in there


Start = Callable[[Path, str], object]
BEGIN: dict[str, Start] = {
    "job": lambda home, letter: Jobs(home, somebody(LETTERS[letter])).start("ingest", {"files": [], "name": "x"}),
    "capture": lambda home, letter: control.start(
        home, "Neu", [CameraSource("cam1", "udp://@:5999")], person=somebody(LETTERS[letter])
    ),
}


@pytest.mark.parametrize("letter", "CAD")
@pytest.mark.parametrize("name", BEGIN)
def test_what_is_refused_starts_nothing(name: str, letter: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_match(home)
    Jobs(home), Captures(home)
    before = contents(home)
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **more: pytest.fail("a process was started"))
    with pytest.raises(NotAllowed):
        BEGIN[name](home, letter)
    assert contents(home) == before
