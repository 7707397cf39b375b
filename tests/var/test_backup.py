"""Backup and restore: whole or not at all, while the app writes, and nobody goes back in time unseen."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import bagit
import jsonschema
import pytest
from keeping_home import add_match, contents, furnish, intact, write
from test_bookmarks import clip

from athletes.archive import Archive as Training
from tests.browser import serving
from touchline.accounts.desk import Desk, digest
from touchline.backup import back_up, backups, check_backup, restore
from touchline.backup import writing as backup_writing
from touchline.backup.places import Kind, is_named, keepings, kind_of, known_migrations
from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of
from touchline.jobs import Jobs
from touchline.ledger import Ledger, installation_key, ledger_path, read_line
from touchline.presence import alone, settle, using
from touchline.rights import NotAllowed, Person, Role
from touchline.store import Store, default_path
from var.archive import Archive
from var.capture.fragments import Sample
from var.capture.lock import alone as recording_lock
from var.capture.recorder import Recorder
from var.capture.state import Captures
from var.footage.table import KEY, Coding
from var.keeping import _told_until

CODING = Coding("h264", "avc1.42C00A", b"\1", (32, 32))
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("furnished") / "home"
    furnish(home)
    return home


@pytest.fixture(scope="module")
def made(furnished: Path) -> Path:
    return back_up(furnished, furnished.parent / "out").path


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    """A folder of one's own with all of it."""
    return Path(shutil.copytree(furnished, tmp_path / "home"))


def left(told: dict[str, Any]) -> dict[str, list[str]]:
    return {each["why"]: each["paths"] for each in told["left_out"]}


# ------------------------------------------------------------------ what lies there


def test_every_folder_and_table_is_named_for_backups(furnished: Path) -> None:
    """Whoever puts something new into a data folder says here, in ``touchline.keeping``, what becomes of it."""
    assert [entry.name for entry in furnished.iterdir() if not is_named(entry.name)] == []
    named = {place.name for keeping in keepings() for place in keeping.places}
    code = [
        path for package in ("touchline", "var", "athletes", "wearables") for path in (ROOT / package).rglob("*.py")
    ]
    texts = {path: path.read_text("utf-8") for path in code}
    used = {
        (path.name, name)
        for path, text in texts.items()
        for name in re.findall(r"\b(?<!Path\.)home(?:\(\))? / \"([A-Za-z][\w.-]*)\"", text)
    }
    assert len(used) > 10
    assert {name for _, name in used} <= named
    owners = {owner for owner, _ in known_migrations()}
    stores = set(re.findall(r"Store\([^)]*\), \{\"?([\w.]+)\"?: ", "\n".join(texts.values())))
    assert stores - {"OWNER"} <= owners
    assert {"access", "accounts", "athletes", "var", "var.jobs", "var.capture", "wearables"} == owners


def test_the_documentation_says_of_every_table_and_folder_what_becomes_of_it(furnished: Path) -> None:
    Jobs(furnished), Captures(furnished)
    rows = Store(default_path(furnished)).rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {row["name"] for row in rows} - {"sqlite_sequence"}
    places = {place.name for keeping in keepings() for place in keeping.places}
    for page in ("keeping.md", "keeping.vi.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        told = set(re.findall(r"`([\w./-]+)`", text))
        assert tables <= told, (page, tables - told)
        assert {f"{name}/" if "." not in name else name for name in places} <= told, page


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("touchline.db-wal", Kind.PASSING),
        ("matches/m/capture.lock", Kind.PASSING),
        ("live/s/recorder.lock-journal", Kind.PASSING),
        ("live/s/journal", Kind.KEPT),
        ("keys/lock", Kind.PASSING),
        ("keys/ledger.key", Kind.PRIVATE),
        ("models/a", Kind.FETCHED),
        ("something-new/a", Kind.KEPT),
    ],
)
def test_what_nobody_named_is_kept(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


# ------------------------------------------------------------------ a backup


def test_a_backup_is_a_bag_with_everything_in_it(furnished: Path, made: Path) -> None:
    assert re.fullmatch(r"touchline-backup-\d{8}T\d{6}Z", made.name)
    bagit.Bag(str(made)).validate()
    checked = check_backup(made)
    assert checked.whole
    told = checked.told
    jsonschema.validate(told, schemas()["backup"]["properties"]["backup"])
    there, here = set(checked.listed), set(contents(furnished))
    assert here - there == {"models/pose.tflite", "datasets/open/a.mp4"}
    assert there <= here
    assert left(told)["fetched"] == ["datasets/open/a.mp4", "models/pose.tflite"]
    assert left(told)["passing"] == ["incoming/0123/half.mp4"]
    assert "var/0010_retention" in told["migrations"]
    assert (made / "data/matches/busy/media/cam1.journal.jsonl").read_bytes() == b'{"event": "connected"}\n'


def test_a_backup_is_its_owners_alone(made: Path) -> None:
    for path in [made, *made.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_only_administrators_make_one(home: Path, tmp_path: Path) -> None:
    for role in Role:
        who = Person("p-1", "Lan", frozenset({role}))
        if role is Role.ADMINISTRATOR:
            assert back_up(home, tmp_path / "out", person=who, media=False).path.is_dir()
        else:
            with pytest.raises(NotAllowed):
                back_up(home, tmp_path / role.value, person=who)
            assert not (tmp_path / role.value).exists()


def test_the_second_one_takes_no_room_and_is_whole_without_the_first(home: Path, tmp_path: Path) -> None:
    first = back_up(home, tmp_path / "out")
    write(home / "matches" / "busy" / "media" / "cam2.mp4", b"another")
    second = back_up(home, tmp_path / "out")
    names = [each / "data/matches/busy/media/cam1.mp4" for each in (first.path, second.path)]
    assert names[0].stat().st_ino == names[1].stat().st_ino
    assert second.told["linked_bytes"] > 100_000
    assert (second.path / "data/matches/busy/media/cam2.mp4").read_bytes() == b"another"
    shutil.rmtree(first.path)
    assert check_backup(second.path).whole


def test_where_nothing_can_be_linked_it_is_copied(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(home, tmp_path / "out")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no such thing here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    second = back_up(home, tmp_path / "out")
    assert second.told["linked_files"] == 0
    assert check_backup(second.path).whole


def test_recordings_and_keys_can_stay_out(home: Path, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "out", media=False, keys=False)
    listed = check_backup(done.path).listed
    assert not [name for name in listed if name.endswith((".mp4", ".key")) or name == "serve/keys.json"]
    assert {"keys/ledger.pub", "keys/root.pem", "matches/busy/ledger.jsonl"} <= set(listed)
    assert set(left(done.told)) >= {"media", "keys"}


def test_only_so_many_stay_and_never_the_newest_goes(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    other = tmp_path / "other"
    add_match(other, "m")
    foreign = back_up(other, out).path
    now = datetime(2026, 5, 1, tzinfo=UTC)
    for k in range(3):
        back_up(home, out, media=False, clock=lambda k=k: now + timedelta(days=k))
    behind = back_up(home, out, media=False, keep=2, clock=lambda: now - timedelta(days=900))  # the clock was set back
    assert behind.path.is_dir()
    assert len(behind.removed) == 2
    assert {path for path, _ in backups(out)} == {foreign, behind.path, out / "touchline-backup-20260503T000000Z"}
    again = back_up(home, out, media=False, clock=lambda: now + timedelta(days=2))
    assert again.path.name == "touchline-backup-20260503T000001Z"
    for wrong in (0, -1, 10**9):
        with pytest.raises(BadValue):
            back_up(home, out, keep=wrong)


def test_places_that_make_no_sense_are_refused(home: Path, tmp_path: Path) -> None:
    for out in (home, home / "backups", home / "matches" / ".." / "x"):
        with pytest.raises(BadValue, match="inside"):
            back_up(home, out)
    with pytest.raises(BadValue, match="no data"):
        back_up(tmp_path / "none", tmp_path / "out")
    with pytest.raises(BadFile):
        back_up(home, write(tmp_path / "file", b"") / "out")


def test_links_are_followed_once_and_what_is_no_file_is_told(home: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    shutil.move(home / "matches" / "quiet", disk)
    (home / "matches" / "quiet").symlink_to(disk)
    (disk / "again").symlink_to(home / "matches")
    (home / "rules" / "dead").symlink_to(tmp_path / "nowhere")
    os.mkfifo(home / "rules" / "pipe")
    Path(os.fsdecode(os.fsencode(home / "rules") + b"/\xff\xfe")).write_bytes(b"")
    write(home / "rules" / "tên lạ\n%.toml", b"y = 2")
    done = back_up(home, tmp_path / "out")
    checked = check_backup(done.path)
    assert checked.whole
    assert {"matches/quiet/media/cam1.mp4", "rules/tên lạ\n%.toml"} <= set(checked.listed)
    told = left(done.told)
    assert told["loop"] == ["matches/quiet/again"]
    assert told["dead_link"] == ["rules/dead"]
    assert told["no_file"] == ["rules/pipe"]
    assert len(told["name"]) == 1


def test_recordings_elsewhere_are_named(home: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    far = write(tmp_path / "far.mp4", b"far away")
    Archive(home).add_clip("quiet", replace(clip("cam9", Fraction(0)), path=far, proxy=home / "x.proxy"))
    assert left(back_up(home, tmp_path / "out").told)["outside"] == [str(far)]


def test_a_full_disk_leaves_nothing_and_harms_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    first = back_up(home, out)
    before = contents(first.path)
    write(home / "matches" / "busy" / "media" / "cam1.mp4", b"longer" * 100_000)
    real, count = os.fsync, iter(range(100))

    def full(handle: int) -> None:
        if next(count) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadFile, match="full"):
        back_up(home, out)
    monkeypatch.setattr(os, "fsync", real)
    assert [path.name for path in out.iterdir() if not path.name.endswith(".lock")] == [first.path.name]
    assert contents(first.path) == before
    monkeypatch.setattr(backup_writing, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(BadFile, match="room"):
        back_up(home, out)


def test_stopping_leaves_nothing(home: Path, tmp_path: Path) -> None:
    def stop(share: float, what: str) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(home, tmp_path / "out", progress=stop)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".touchline-backup.lock"]


def test_a_damaged_database_is_no_backup(home: Path, tmp_path: Path) -> None:
    database = default_path(home)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(database.read_bytes())
    data[4096:12288] = b"\x5a" * 8192
    database.write_bytes(data)
    with pytest.raises(BadFile, match=r"touchline\.db"):
        back_up(home, tmp_path / "out")
    assert backups(tmp_path / "out") == []


@pytest.mark.parametrize("harm", ["change", "remove", "add", "manifest", "document", "tags"])
def test_a_check_finds_every_harm(harm: str, made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / made.name))
    file = copy / "data/matches/busy/media/cam1.mp4"
    match harm:
        case "change":
            file.write_bytes(file.read_bytes()[:-1] + b"!")
        case "remove":
            file.unlink()
        case "add":
            write(copy / "data/matches/busy/more", b"")
        case "manifest":
            text = (copy / "manifest-sha256.txt").read_text()
            (copy / "manifest-sha256.txt").write_text("".join(text.splitlines(keepends=True)[1:]))
        case "document":
            told = json.loads((copy / "backup.json").read_text())
            (copy / "backup.json").write_text(json.dumps(told | {"made_utc": "2030-01-01T00:00:00+00:00"}))
        case "tags":
            (copy / "tagmanifest-sha256.txt").write_text("")
    found = check_backup(copy)
    assert not found.whole
    jsonschema.validate(found.document(), schemas()["backup_check"])
    with pytest.raises(BadFile):
        restore(copy, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert [path.name for path in tmp_path.iterdir() if "restore-work" in path.name] == []


def test_one_that_says_nonsense_of_itself_is_none_and_hides_no_other(made: Path, tmp_path: Path) -> None:
    good = Path(shutil.copytree(made, tmp_path / made.name))
    bad = Path(shutil.copytree(made, tmp_path / "touchline-backup-20990101T000000Z"))
    whole = json.loads((bad / "backup.json").read_text("utf-8"))
    for wrong in ({"bytes": "much"}, {"files": -1}, {"made_utc": 2026}, {"media": None}, {"left_out": 1}):
        (bad / "backup.json").write_text(json.dumps(whole | wrong), "utf-8")
        with pytest.raises(BadFile) as fault:
            check_backup(bad)
        assert fault.value.name == "not_a_backup"
        assert [path for path, _ in backups(tmp_path)] == [good]


def test_a_name_that_leads_out_is_no_manifest(made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / made.name))
    with (copy / "manifest-sha256.txt").open("a") as stream:
        stream.write(f"{'0' * 64}  data/../../../escape\n")
    assert ("changed", "manifest-sha256.txt") in check_backup(copy).findings


# ------------------------------------------------------------------ while others write


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(home: Path, tmp_path: Path) -> None:
    """Somebody marks incidents all the while: the ledger in the backup ends where its database does."""
    ends = threading.Event()

    def marks() -> None:
        archive = Archive(home)
        while not ends.is_set():
            archive.add_incident("busy", at_s=Fraction(1))

    thread = threading.Thread(target=marks)
    thread.start()
    try:
        done = [back_up(home, tmp_path / "out") for _ in range(3)]
    finally:
        ends.set()
        thread.join()
    for number, each in enumerate(done):
        back = tmp_path / f"back{number}"
        assert restore(each.path, back).noted == {"matches": 2, "ledgers_behind": 0}
        assert intact(back, "busy")
        archive = Archive(back)
        lines = [read_line(line) for line in ledger_path(back, "busy").read_bytes().splitlines()]
        told = [line.body["entry"] for line in lines if line.kind == "entry"]
        assert told == [entry["seq"] for entry in archive.entries("busy")]
        archive.add_incident("busy", at_s=Fraction(2))
        assert archive.outbox.behind("busy") == 0
        assert intact(back, "busy")


def test_lines_behind_the_database_stay_out(tmp_path: Path) -> None:
    from touchline.ledger import Author

    ledger = Ledger.open(tmp_path / "ledger.jsonl", installation_key(tmp_path), subject="m", every_lines=2)
    by = Author("local")
    for number in (1, 2, 3, 4):
        ledger.append("entry", {"seq": number}, by=by)
    path = tmp_path / "ledger.jsonl"
    data = path.read_bytes()
    assert _told_until(path, 9) == len(data)
    kept = data[: _told_until(path, 2)].splitlines()
    assert max(read_line(line).body.get("seq", 0) for line in kept) == 2
    assert read_line(data.splitlines()[len(kept)]).body["seq"] == 3
    assert _told_until(tmp_path / "none", 2) is None


def test_an_open_recording_is_kept_up_to_its_last_whole_fragment(home: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    archive = Archive(home)
    recorder = Recorder(archive.folder("quiet") / "media" / "cam5.mp4", b"\0\0\0\x08ftyp\0\0\0\x08moov", CODING, 25)
    for k in range(4):
        recorder.add([Sample(k * 2, k * 2, 1, True, b"picture")], [(k, k, KEY)], [])
    path, table = recorder.path, recorder.table
    whole, rows = path.stat().st_size, table.stat().st_size
    with path.open("ab") as stream:
        stream.write(b"\0\0\1\0moof half of a fragment")
    one = replace(clip("cam5", Fraction(0)), path=path, proxy=path.with_suffix(".proxy"), table=table, recording=True)
    archive.add_clip("quiet", one)
    done = back_up(home, tmp_path / "out")
    assert {each["path"]: each["bytes"] for each in done.told["growing"]} == {
        "matches/quiet/media/cam5.mp4": whole,
        "matches/quiet/media/cam5.frames": rows,
    }
    assert check_backup(done.path).whole


# ------------------------------------------------------------------ a restore


def test_what_comes_back_is_what_was_there_and_says_so(made: Path, furnished: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    done = restore(made, new)
    jsonschema.validate(done.document(), schemas()["restore"])
    assert (done.aside, done.keys) == (None, "restored")
    before, after = contents(furnished), contents(new)
    same = set(check_backup(made).listed) - {"touchline.db"}
    assert {name for name in same if before[name] != after[name]} == {
        "matches/busy/media/cam1.journal.jsonl",
        *(f"matches/{name}/ledger.jsonl{end}" for name in ("busy", "quiet") for end in ("", ".head")),
    }
    for name in ("busy", "quiet"):
        assert intact(new, name)
        *_, last, seal = [read_line(line) for line in ledger_path(new, name).read_bytes().splitlines()]
        assert (last.kind, seal.kind) == ("backup_restored", "checkpoint")
        assert last.body["backup_sha256"] == sha256_of(made / "tagmanifest-sha256.txt")
        assert last.body["made_utc"] == check_backup(made).told["made_utc"]
    assert [match.id for match in Archive(new).matches()] == ["busy", "quiet"]
    assert Training(new).athletes() == []


def test_over_content_only_when_told_and_nothing_is_deleted(made: Path, home: Path, tmp_path: Path) -> None:
    token = Desk(home).sign_in("lan", "đường-dài-hơn-10", sender="test")
    assert Desk(home).who(digest(token)) is not None
    later = back_up(home, tmp_path / "later").path
    before = contents(home)
    with pytest.raises(BadValue, match="--yes"):
        restore(later, home)
    assert contents(home) == before
    done = restore(later, home, yes=True)
    assert done.aside is not None
    assert done.sessions_ended == 1
    assert Desk(home).who(digest(token)) is None
    assert re.fullmatch(r"home\.before-restore-\d{8}T\d{6}Z", done.aside.name)
    kept = contents(done.aside)
    assert kept == before
    assert (home / "models" / "pose.tflite").read_bytes() == b"model" * 100
    assert restore(later, home, yes=True).aside != done.aside


def test_recordings_of_the_former_folder_come_along_where_the_backup_has_none(home: Path, tmp_path: Path) -> None:
    made = back_up(home, tmp_path / "out", media=False, keys=False).path
    add_match(home, "later")
    done = restore(made, home, yes=True)
    assert (done.keys, done.carried_files) == ("kept", 10)
    assert (home / "matches/busy/media/cam1.mp4").is_file()
    assert not (home / "matches/later").exists()
    assert (done.aside or home) / "matches/later" in (done.aside or home).glob("matches/*")
    assert intact(home, "busy")
    new = tmp_path / "elsewhere"
    told = restore(made, new)
    assert (told.keys, told.noted) == ("missing", {"matches": 2, "ledgers_behind": 3})
    shutil.copy2(home / "keys" / "ledger.key", new / "keys" / "ledger.key")
    archive = Archive(new)  # the lines that waited for the key go in with the next change
    archive.add_incident("busy", at_s=Fraction(3))
    assert archive.outbox.behind("busy") == 0
    assert intact(new, "busy")


def test_a_backup_of_a_newer_program_is_refused_by_name(home: Path, tmp_path: Path) -> None:
    with Store(default_path(home)).write() as connection:
        connection.execute("INSERT INTO migration VALUES ('var', '0099_later', '')")
    made = back_up(home, tmp_path / "out").path
    with pytest.raises(BadValue, match="var/0099_later"):
        restore(made, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_restored_under_who_works_there(made: Path, home: Path, tmp_path: Path) -> None:
    with using(home), pytest.raises(BadValue, match="in use"):
        restore(made, home, yes=True)
    code = "from touchline.presence import using; from pathlib import Path; import time"
    code += f"\nwith using(Path({str(home)!r})): print('in', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        with pytest.raises(BadValue, match="in use"):
            restore(made, home, yes=True)
    finally:
        process.kill()
        process.wait()
        process.stdout and process.stdout.close()
    with recording_lock(home / "matches" / "busy" / "capture.lock") as mine:
        assert mine
        with pytest.raises(BadValue, match="busy"):
            restore(made, home, yes=True)
    write(default_path(home), b"a database that nobody can read is what backups are for")
    restore(made, home, yes=True)


def test_a_full_disk_and_a_place_that_is_fixed_leave_the_former_state(
    made: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(home)
    real, count = os.fsync, iter(range(100))

    def full(handle: int) -> None:
        if next(count) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadFile, match="full"):
        restore(made, home, yes=True)
    monkeypatch.setattr(os, "fsync", real)
    assert contents(home) == before
    rename = Path.rename

    def fixed(self: Path, target: Path) -> Path:
        if self == home:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fixed)
    with pytest.raises(BadFile, match="--into"):
        restore(made, home, yes=True)
    assert contents(home) == before
    assert [path.name for path in home.parent.iterdir() if "restore" in path.name] == [".home.restore.lock"]


def test_an_older_state_is_noted_and_its_ledgers_hold(home: Path, tmp_path: Path) -> None:
    made = back_up(home, tmp_path / "out").path
    archive = Archive(home)
    for _ in range(40):  # signed several times, and its head kept in the database
        archive.add_incident("busy", at_s=Fraction(1))
    later = ledger_path(home, "busy").read_bytes()
    done = restore(made, home, yes=True)
    now = ledger_path(home, "busy").read_bytes()
    assert len(now) < len(later)
    assert intact(home, "busy")
    assert done.aside is not None
    assert intact(done.aside, "busy")
    assert ledger_path(done.aside, "busy").read_bytes() == later
    Archive(home).add_incident("busy", at_s=Fraction(1))
    assert intact(home, "busy")
    before = now[: now.rindex(b"\n", 0, now.index(b'"backup_restored"')) + 1]
    assert later.startswith(before)
    assert b"backup_restored" not in later


def test_the_app_holds_its_folder_and_is_backed_up_while_it_runs(made: Path, home: Path, tmp_path: Path) -> None:
    with serving(ROOT / "streamlit_app.py", home):
        assert check_backup(back_up(home, tmp_path / "out").path).whole
        with pytest.raises(BadValue, match="in use"):
            restore(made, home, yes=True)
    restore(made, home, yes=True)


def test_a_disk_without_locks_takes_backups_all_the_same(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, wait_s: float = 0.0) -> contextlib.AbstractContextManager[bool]:
        raise BadFile("touchline.errors.lock_fault", path=path, fault="no locks")

    monkeypatch.setattr(backup_writing, "alone", refuse)
    assert check_backup(back_up(home, tmp_path / "out").path).whole


def test_a_data_folder_that_cannot_be_written_is_backed_up(home: Path, tmp_path: Path) -> None:
    """Mounted for one process alone, so that nothing of it is left however the test ends."""
    fixed, out = tmp_path / "fixed", tmp_path / "out"
    fixed.mkdir()
    mounted = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && shift 2 && exec "$@"'

    def within(*command: str) -> subprocess.CompletedProcess[str]:
        apart = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounted, "sh", str(home), str(fixed)]
        environment = {**os.environ, "TOUCHLINE_HOME": str(fixed)}
        return subprocess.run([*apart, *command], check=False, capture_output=True, text=True, env=environment)

    if shutil.which("unshare") is None or within("true").returncode:
        pytest.skip("nothing can be mounted here")
    assert within("touch", str(fixed / "x")).returncode != 0
    program = "import sys; from touchline.cli import main; sys.exit(main(sys.argv[1:]))"
    done = within(sys.executable, "-c", program, "backup", "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("touchline-backup-*")
    assert check_backup(made).whole


def test_two_backups_at_once_into_one_folder_are_refused(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with alone(out / backup_writing.LOCK), pytest.raises(BadValue, match="Another backup"):
        back_up(home, out)


def test_work_that_ran_when_it_was_copied_does_not_run_now(home: Path, tmp_path: Path) -> None:
    Jobs(home).enter("backup", {})
    made = back_up(home, tmp_path / "out").path
    restore(made, tmp_path / "new")
    assert Jobs(tmp_path / "new").last("backup") is None


# ------------------------------------------------------------------ kill -9


@contextlib.contextmanager
def running(code: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def kill_at(code: str) -> None:
    """Run ``code`` and kill it once it says ``now``."""
    with running(code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"now\n"
        os.kill(process.pid, signal.SIGKILL)


STOPS = """
import sys, time
from pathlib import Path
def stop():
    print('now', flush=True)
    time.sleep(60)
"""


def test_a_killed_backup_leaves_no_name_and_is_swept_by_the_next(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    kill_at(
        f"{STOPS}\nfrom touchline.backup import back_up\n"
        f"back_up(Path({str(home)!r}), Path({str(out)!r}), progress=lambda share, what: stop() if share > .5 else None)"
    )
    assert backups(out) == []
    assert len(list(out.glob(".touchline-backup-*.part"))) == 1
    done = back_up(home, out)
    assert check_backup(done.path).whole
    assert list(out.glob(".touchline-backup-*.part")) == []


@pytest.mark.parametrize("step", ["copying", "between", "after"])
def test_a_killed_restore_can_be_taken_back_and_repeated(step: str, made: Path, home: Path) -> None:
    before = contents(home)
    patch = {
        "copying": "progress = lambda share, what: stop() if share > .7 else None",
        "between": "real = Path.rename\ndef rename(self, target):\n    done = real(self, target)\n"
        "    if 'before-restore' in str(target): stop()\n    return done\nPath.rename = rename\n"
        "progress = lambda share, what: None",
        "after": "real = Path.unlink\ndef unlink(self, *a, **k):\n    if self.name.endswith('.restore.json'): stop()\n"
        "    return real(self, *a, **k)\nPath.unlink = unlink\nprogress = lambda share, what: None",
    }[step]
    kill_at(
        f"{STOPS}\nfrom touchline.backup import restore\n{patch}\n"
        f"restore(Path({str(made)!r}), Path({str(home)!r}), yes=True, progress=progress)"
    )
    if step == "between":
        assert not home.exists()
    with using(home):  # the app starts: what was there is there
        pass
    assert not settle(home)
    now = contents(home)
    if step == "after":
        assert intact(home, "busy")
        assert len(list(home.parent.glob("home.before-restore-*"))) == 1
    else:
        assert now == before
        assert [path.name for path in home.parent.iterdir() if "before" in path.name or "work" in path.name] == []
    done = restore(made, home, yes=True)
    assert intact(home, "busy")
    assert done.aside is not None


def test_locks_stay_free_when_their_holder_is_killed(home: Path, made: Path) -> None:
    code = f"{STOPS}\nfrom touchline.presence import using\nwith using(Path({str(home)!r})): stop()"
    kill_at(code)
    time.sleep(0.1)
    assert restore(made, home, yes=True).aside is not None


def test_an_empty_path_is_not_the_folder_one_stands_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for command in (
        ["backup", "--out", ""],
        ["match", "export", "m", "--out", " "],
        ["match", "report", "m", "--out", ""],
    ):
        with pytest.raises(SystemExit):
            main(command)
    assert sorted(tmp_path.rglob("*")) == before
