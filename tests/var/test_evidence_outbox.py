"""What happens in a match stands in its evidence log before it is acknowledged, and nothing of it is lost."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from test_bookmarks import keep_match

from touchline.cli import main
from touchline.ledger import Kind, Status, check, ledger_path, read_line, trusted_keys
from touchline.ledger.kept import kept_head
from touchline.rights import Person, Role
from var import looks
from var.archive import Archive
from var.evidence.outbox import RETIRED, TAKEN_UP, digest_of
from var.model import Setup, Team


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return keep_match(tmp_path)


def lines(archive: Archive, kind: str | None = None) -> list[dict[str, Any]]:
    data = ledger_path(archive.home, "m").read_bytes().splitlines()
    found = [read_line(each) for each in data]
    return [{**each.body, "kind": each.kind, "by": each.by.account} for each in found if kind in (None, each.kind)]


def intact(archive: Archive) -> bool:
    return check(ledger_path(archive.home, "m"), trusted=trusted_keys(archive.home)).status is Status.INTACT


def test_a_match_its_media_and_each_entry_are_in_the_ledger_in_their_order(archive: Archive) -> None:
    one = archive.add_incident("m", at_s=Fraction(1), by="Ánh")
    archive.decide(one.id, "onside", by="Ánh")
    archive.remove_incident(archive.add_incident("m", at_s=Fraction(2)).id)
    archive.save_setup("m", Setup(home=Team("Huế")))
    archive.save_clip("m", "cam2", label="Khán đài B")
    archive.set_master("m", "cam2")
    archive.delete_match("m")
    archive.restore_match("m")
    assert intact(archive)
    kinds = [each["kind"] for each in lines(archive) if each["kind"] not in ("ledger", "checkpoint", "header")]
    clips = archive.match("m").clips
    assert kinds[: 1 + len(clips)] == ["match", *["media"] * len(clips)]
    assert kinds[1 + len(clips) :] == ["entry"] * 4 + ["setup", "angle", "master", "put_away", "restored"]
    assert [each["sha256"] for each in lines(archive, "media")] == [clip.sha256 for clip in clips]
    rows = archive.entries("m")
    told = lines(archive, "entry")
    assert [(each["entry"], each["what"], each["sha256"]) for each in told] == [
        (row["seq"], row["kind"], digest_of(row)) for row in rows
    ]
    assert archive.outbox.behind("m") == 0


def test_a_ledger_holds_accounts_and_no_names(tmp_path: Path) -> None:
    keep_match(tmp_path)
    person = Person("p-4711", "Nguyễn Thị Ánh Tuyết", frozenset({Role.REFEREE}))
    archive = Archive(tmp_path, person)
    one = archive.add_incident("m", at_s=Fraction(1))
    archive.decide(one.id, "onside", by="", note="Nguyễn Thị Ánh Tuyết đã xem")
    assert [each["by"] for each in lines(archive, "entry")] == ["p-4711"] * 2
    assert "Ánh" not in ledger_path(tmp_path, "m").read_text("utf-8")


def test_looks_are_told_once(archive: Archive) -> None:
    look = {"camera": "cam1", "first": 1, "last": 5, "speed": 1, "ms": 900}
    batch = looks.batch({"screen": "0123456789abcdef", "batch": 1, "looks": [look]}, archive.match("m"))
    assert looks.add(archive, "m", batch)
    assert not looks.add(archive, "m", batch)
    assert [(each["batch"], each["count"]) for each in lines(archive, "looks")] == [("0123456789abcdef:1", 1)]


def test_what_is_refused_leaves_no_trace(archive: Archive) -> None:
    before = ledger_path(archive.home, "m").read_bytes()
    with pytest.raises(KeyError), archive.adding() as add:
        add("m", None, "bookmark", {}, "Ánh")
        raise KeyError
    archive.add_incident("m", at_s=Fraction(1))
    assert len(lines(archive, "entry")) == 1
    assert ledger_path(archive.home, "m").read_bytes().startswith(before)


def test_where_the_ledger_cannot_be_written_the_entry_stays_and_goes_in_with_the_next(archive: Archive) -> None:
    path = ledger_path(archive.home, "m")
    whole = path.read_bytes()
    path.unlink()
    path.mkdir()  # stands in its way
    archive.add_incident("m", at_s=Fraction(1))
    assert (len(archive.entries("m")), archive.outbox.behind("m")) == (1, 1)
    path.rmdir()
    path.write_bytes(whole)
    archive.add_incident("m", at_s=Fraction(2))
    assert [each["entry"] for each in lines(archive, "entry")] == [row["seq"] for row in archive.entries("m")]
    assert archive.outbox.behind("m") == 0
    assert intact(archive)


def test_a_match_from_before_ledgers_is_taken_up_with_what_it_held(archive: Archive) -> None:
    archive.add_incident("m", at_s=Fraction(1))
    archive.add_incident("m", at_s=Fraction(2))
    for file in ledger_path(archive.home, "m").parent.glob("ledger*"):
        file.unlink()
    with sqlite3.connect(archive.store.path) as raw:
        raw.execute("DELETE FROM evidence")
        raw.execute("DELETE FROM setting WHERE name LIKE 'ledger/%'")
    archive = Archive(archive.home)
    archive.add_incident("m", at_s=Fraction(3))
    (told,) = lines(archive, TAKEN_UP)
    rows = archive.entries("m")
    assert (told["entries"], told["last_entry"]) == (2, rows[1]["seq"])
    assert [each["camera"] for each in told["media"]] == [clip.camera_id for clip in archive.match("m").clips]
    assert [each["entry"] for each in lines(archive, "entry")] == [rows[2]["seq"]]
    assert intact(archive)


def test_the_end_of_a_ledger_is_known_to_the_database(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for seconds in range(1, 6):
        archive.add_incident("m", at_s=Fraction(seconds))
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))
    assert main(["ledger", "check", "m", "--json"]) == 0
    capsys.readouterr()
    path = ledger_path(archive.home, "m")
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(kept[:-3]))
    path.with_name(f"{path.name}.head").unlink()  # who cuts the ledger takes the head beside it along
    assert main(["ledger", "check", "m", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert Kind.CUT_OFF.value in {each["kind"] for each in answer["breaks"]}


def test_a_process_that_wrote_long_ago_takes_no_head_back(archive: Archive) -> None:
    archive.add_incident("m", at_s=Fraction(1))  # this one remembers an early head
    other = Archive(archive.home)
    for seconds in range(2, 6):
        other.add_incident("m", at_s=Fraction(seconds))
    known = kept_head(archive.store, "m")
    archive.save_clip("m", "cam2", label="B")
    after = kept_head(archive.store, "m")
    assert known is not None
    assert after is not None
    assert after.seq >= known.seq
    assert after.head.n >= known.head.n


def test_a_ledger_outlives_its_match(archive: Archive) -> None:
    archive.add_incident("m", at_s=Fraction(1))
    before = ledger_path(archive.home, "m").read_bytes()
    archive.delete_match("m")
    archive.purge_match("m")
    assert not ledger_path(archive.home, "m").exists()
    (kept,) = (archive.home / RETIRED).glob("m-*.jsonl")
    assert kept.read_bytes().startswith(before)
    assert check(kept, trusted=trusted_keys(archive.home)).status is Status.INTACT
    assert [read_line(each).kind for each in kept.read_bytes().splitlines()[-3:]][-2:] == ["purged", "checkpoint"]
    keep_match(archive.home)  # the same name again is another ledger
    assert len(lines(Archive(archive.home), "match")) == 1


def test_threads_write_one_chain(archive: Archive) -> None:
    def some(k: int) -> None:
        own = Archive(archive.home)
        for n in range(5):
            own.add_incident("m", at_s=Fraction(10 * k + n))

    threads = [threading.Thread(target=some, args=(k,)) for k in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert intact(archive)
    assert sorted(each["entry"] for each in lines(archive, "entry")) == [row["seq"] for row in archive.entries("m")]


WRITER = """
import sys
from fractions import Fraction
from pathlib import Path
from var.archive import Archive
archive = Archive(Path(sys.argv[1]))
print("ready", flush=True)
for n in range(10**6):
    print(archive.add_incident("m", at_s=Fraction(n + 1)).id, flush=True)
"""


@pytest.mark.slow
def test_a_killed_process_loses_nothing_that_it_acknowledged(archive: Archive) -> None:
    """Entry, ledger and database agree after each kill, wherever between the two it fell."""
    acknowledged: list[str] = []
    for turn in range(12):
        command = [sys.executable, "-c", WRITER, str(archive.home)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            acknowledged += [writer.stdout.readline().strip() for _ in range(1 + turn % 4)]
            threading.Event().wait(0.0007 * turn)
            writer.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in writer.stdout.read().splitlines() if line.strip()]
    told = {each["incident"] for each in lines(archive, "entry")}
    assert set(acknowledged) <= told
    archive.add_incident("m", at_s=Fraction(1, 3))  # what waited goes in with this
    rows = archive.entries("m")
    assert [(each["entry"], each["sha256"]) for each in lines(archive, "entry")] == [
        (row["seq"], digest_of(row)) for row in rows
    ]
    assert intact(archive)
