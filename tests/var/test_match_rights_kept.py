"""What stays whoever asks: rights for every kind of entry, entries as they are, names as they were signed in."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rights_home import FULL, LETTERS, NAME, OTHER, acting, bodies, clear, contents, furnish, somebody
from test_bookmarks import keep_match

from touchline.errors import BadValue
from touchline.jobs import Jobs
from touchline.rights import NotAllowed, Person, Role
from touchline.store import Store, default_path
from var import bookmarks, entries
from var.allowed import NEEDED, UNDO
from var.archive import Archive
from var.capture import control
from var.capture.model import CameraSource
from var.capture.state import Captures
from var.decisions.document import case_document
from var.decisions.kept import host_stamp, sitting
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor
from var.jobs import STARTING, WORK
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


REMOVALS = {
    "one": "DELETE FROM entry WHERE seq = 1",
    "all": "DELETE FROM entry",
    "replaced": "INSERT OR REPLACE INTO entry (seq, match_id, kind, body, by, at_utc)"
    " VALUES (1, 'm', 'clear_pitch', '{}', 'x', '2024')",
    "updated over": "UPDATE OR REPLACE entry SET seq = 2 WHERE seq = 1",
    "upserted": "INSERT INTO entry (seq, match_id, kind, body, by, at_utc) VALUES (1, 'm', 'k', '{}', 'x', '2024')"
    " ON CONFLICT (match_id, seq) DO UPDATE SET body = 'x'",
    "moved to another match": "UPDATE OR REPLACE entry SET match_id = 'other' WHERE seq = 1",
    "numbered as what has no number": "INSERT INTO entry (seq, match_id, kind, body, by, at_utc)"
    " VALUES (-1, 'm', 'clear_pitch', '{}', 'x', '2024')",
    "of another match": "INSERT INTO purging VALUES ('other'); DELETE FROM entry",
    "in part": "INSERT INTO purging VALUES ('m'); DELETE FROM entry WHERE seq = 1; DELETE FROM purging",
    "in part, under another name": "INSERT INTO purging VALUES ('m'); DELETE FROM entry WHERE seq = 1;"
    " UPDATE purging SET match_id = 'other'",
}


@pytest.mark.parametrize("recursive", [False, True])
@pytest.mark.parametrize("removal", REMOVALS)
def test_the_database_itself_removes_and_replaces_no_entry(tmp_path: Path, removal: str, *, recursive: bool) -> None:
    archive = keep_match(tmp_path)
    archive.add_incident("m", at_s=Fraction(1), by=NAME)
    archive.add_incident("m", at_s=Fraction(2), by=NAME)
    before = archive.entries("m")
    with contextlib.closing(sqlite3.connect(archive.store.path)) as raw:
        raw.execute(f"PRAGMA recursive_triggers = {int(recursive)}")
        with (
            pytest.raises(sqlite3.IntegrityError, match=r"never (removed|replaced|edited)|above zero|purged whole"),
            raw,
        ):
            for statement in REMOVALS[removal].split(";"):
                raw.execute(statement)
    assert archive.entries("m") == before
    archive.add_incident("m", at_s=Fraction(3), by=NAME)  # and further ones are added
    assert [entry["seq"] for entry in archive.entries("m")] == [1, 2, 3]


def test_an_entry_has_no_second_name_and_no_other_number(tmp_path: Path) -> None:
    archive = keep_match(tmp_path)
    archive.add_incident("m", at_s=Fraction(1), by=NAME)
    row = "'m', 'clear_pitch', '{}', 'x', '2024')"
    with contextlib.closing(sqlite3.connect(archive.store.path)) as raw:
        with pytest.raises(sqlite3.OperationalError, match="rowid"):  # by which it could be replaced unasked
            raw.execute(f"REPLACE INTO entry (rowid, match_id, kind, body, by, at_utc) VALUES (1, {row}")
        for number in ("NULL", "'a'", "1.5"):
            with pytest.raises(sqlite3.IntegrityError, match=r"NOT NULL|CHECK"):
                raw.execute(f"INSERT INTO entry (seq, match_id, kind, body, by, at_utc) VALUES ({number}, {row}")


def test_a_purge_takes_one_match_whole_and_leaves_nothing_open(tmp_path: Path) -> None:
    archive = keep_match(tmp_path)
    archive.add_match(replace(archive.match("m"), id="other"))
    for match_id in ("m", "other"):
        archive.add_incident(match_id, at_s=Fraction(1), by=NAME)
    kept = archive.entries("other")
    archive.purge_match("m")
    assert (archive.entries("m"), archive.entries("other")) == ([], kept)
    with contextlib.closing(sqlite3.connect(archive.store.path)) as raw:
        assert raw.execute("SELECT * FROM purging").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError, match="never removed"):
            raw.execute("DELETE FROM entry")


def test_a_purge_that_breaks_off_keeps_every_entry(tmp_path: Path) -> None:
    archive = keep_match(tmp_path)
    archive.add_incident("m", at_s=Fraction(1), by=NAME)
    before = archive.entries("m")
    with contextlib.closing(sqlite3.connect(archive.store.path)) as raw:
        raw.execute("CREATE TABLE bond (of TEXT REFERENCES match (id))")
        raw.execute("INSERT INTO bond VALUES ('m')")
        raw.commit()
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):  # at the last of its statements
        archive.purge_match("m")
    assert archive.entries("m") == before
    assert archive.store.rows("SELECT * FROM purging") == []


def test_entries_are_numbered_within_their_match_and_those_of_before_keep_their_numbers(tmp_path: Path) -> None:
    """A database with real entries as the former migrations made it: numbers ran through all matches."""
    source = keep_match(tmp_path / "made")
    incident = source.add_incident("m", at_s=Fraction(1), by=NAME)
    source.decide(incident.id, "offside", by=NAME)
    source.clear_pitch_marks("m", "cam1", by=NAME)
    source.undo("m", by=NAME)
    made = source.store.rows("SELECT incident_id, kind, body, by, at_utc, account FROM entry ORDER BY seq")
    home = tmp_path / "old"
    store = Store(default_path(home), {"var": [step for step in MIGRATIONS if step.name < "0008"]})
    insertion = (
        "INSERT INTO entry (match_id, incident_id, kind, body, by, at_utc, account) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    with store.write() as connection:
        for match_id in ("m", "other"):
            connection.execute(
                "INSERT INTO match VALUES (?, 'M', 'measured', '2024-03-02', '{}', 0, NULL)", (match_id,)
            )
        for k, row in enumerate(made):  # by turns, so that each match has gaps
            body = row["body"].replace('"of": 3', '"of": 5')
            connection.execute(insertion, ("m", *[*row][:2], body, row["by"], row["at_utc"], f"a{k}"))
            connection.execute(
                insertion, ("other", f"i-{k}", "incident", '{"kind": "x", "at_s": "1"}', "", "2024", None)
            )
    before = [dict(row) for row in store.rows("SELECT * FROM entry ORDER BY seq")]
    archive = Archive(home)
    assert [dict(row) for row in archive.store.rows("SELECT * FROM entry ORDER BY seq")] == before
    assert [row["seq"] for row in archive.entries("m")] == [1, 3, 5, 7]
    assert [entry["kind"] for entry in entries.live(archive._all_entries("m"))] == [
        "incident",
        "decision",
    ]
    added = [archive.add_incident(match_id, at_s=Fraction(2), by=NAME).id for match_id in ("other", "m", "m")]
    assert [row["seq"] for row in archive.entries("m")] == [1, 3, 5, 7, 8, 9]
    assert [row["seq"] for row in archive.entries("other")] == [2, 4, 6, 8, 9]
    archive.remove_incident(added[2])  # 9 of its own match, where another match has a 9 too
    assert archive.entries("m")[-1]["body"] == {"of": 9}
    assert [each.id for each in archive.incidents("other")] == ["i-0", "i-1", "i-2", "i-3", added[0]]
    archive.restore("m", 5)
    assert [entry["seq"] for entry in entries.live(archive._all_entries("m"))] == [1, 3, 5, 8]


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


def test_two_of_one_name_are_told_apart_by_their_accounts(home: Path) -> None:
    furnish(home)
    count = len(Archive(home).entries("m"))
    first, second = (Person(account, NAME, frozenset({Role.REFEREE})) for account in ("a1", "b2"))
    for person in (first, second, None):
        archive = Archive(home, person)
        incident = archive.add_incident("m", at_s=Fraction(1), by=NAME)
        archive.decide(incident.id, "offside", by=NAME)
        bookmarks.add(archive, "m", at_s=Fraction(1), by=NAME)
        acting(home, person).tell("r-1", Actor(NAME, "var"), {"restarted": True})
    added = Archive(home).entries("m")[count:]
    assert {entry["by"] for entry in added} == {NAME}
    assert [entry["account"] for entry in added] == ["a1"] * 4 + ["b2"] * 4 + [None] * 4
    review = Archive(home).review("m")
    assert [each.account for each in review.decisions][-3:] == ["a1", "b2", None]
    assert [each.document()["account"] for each in review.bookmarks][-3:] == ["a1", "b2", None]
    told = sitting(Archive(home), "m").case("r-1")
    entries_of = case_document(told, host_stamp(), (), "vi")["entries"]
    assert [entry["account"] for entry in entries_of][-3:] == ["a1", "b2", None]


def test_a_database_of_before_is_migrated_in_place_without_loss(home: Path) -> None:
    older = [step for step in MIGRATIONS if step.name < "0005"]
    assert len(older) == 4
    store = Store(default_path(home), {"var": older})
    with store.write() as connection:
        connection.execute("INSERT INTO match VALUES ('m', 'M', 'measured', '2024-03-02', '{}', 0, NULL)")
        for number in range(300):
            connection.execute(
                "INSERT INTO entry (match_id, kind, body, by, at_utc) VALUES ('m', 'clear_pitch', ?, 'Ánh', '2024')",
                (json.dumps({"camera": f"cam{number}"}),),
            )
    before = [dict(row) for row in store.rows("SELECT * FROM entry ORDER BY seq")]
    archive = Archive(home, Person("a1", NAME, frozenset({Role.REFEREE})))
    assert [dict(row) for row in archive.store.rows("SELECT * FROM entry ORDER BY seq")] == [
        {**row, "account": None} for row in before
    ]
    archive.clear_pitch_marks("m", "cam1")
    assert archive.entries("m")[-1]["account"] == "a1"
    assert [row["account"] for row in Archive(home).entries("m")] == [None] * 300 + [
        "a1"
    ]  # opened again, once migrated


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
