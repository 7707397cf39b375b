"""Retention: nothing goes unless somebody said so, what goes is told before and after, and pages say that it went."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from keeping_home import add_match, furnish, intact, write
from starlette.applications import Starlette

from touchline.accounts.desk import Desk
from touchline.errors import BadFile, BadValue, NotFound, TouchlineError
from touchline.ledger import check, ledger_path, read_line, trusted_keys
from touchline.rights import NotAllowed, Person, Role
from touchline.store import Store, default_path
from var.archive import Archive
from var.capture.lock import alone as recording_lock
from var.commands.retention import given
from var.evidence.package import export_package
from var.export.source import open_source
from var.media import routes
from var.proxies import alone as proxies_alone
from var.proxies import missing
from var.retention import automatic, log, running
from var.retention.due import items, match_day
from var.retention.holds import hold, holds, release
from var.retention.policy import NAME, Policy, Rule, policy_of, set_policy
from var.retention.running import deleted, run

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALL = Policy(dict.fromkeys(Rule, 30))
MEDIA = "matches/{}/media/cam1.mp4"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("retention") / "home"
    furnish(home)
    Desk(home).sign_in("lan", "đường-dài-hơn-10", sender="test")
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    """A folder of one's own with all of it, its incident folder written in 2020."""
    copy = Path(shutil.copytree(furnished, tmp_path / "home"))
    for path in (copy / "reports").rglob("*"):
        os.utime(path, (1.6e9, 1.6e9))
    return copy


@pytest.fixture
def archive(home: Path) -> Archive:
    return Archive(home)


def told(home: Path, match: str, kind: str) -> list[dict[str, Any]]:
    lines = [read_line(line) for line in ledger_path(home, match).read_bytes().splitlines()]
    return [dict(line.body) for line in lines if line.kind == kind]


def listed(home: Path) -> list[tuple[str, str | None]]:
    """Kind and match of each line of the evidence log of what was deleted."""
    path = log.ledger_file(home)
    assert check(path, trusted=trusted_keys(home)).status.value == "intact"
    lines = [read_line(line) for line in path.read_bytes().splitlines()]
    return [(line.kind, line.body.get("match_id")) for line in lines if "seq" in line.body]


# ------------------------------------------------------------------ the policy


def test_nothing_is_deleted_unless_somebody_said_so(archive: Archive) -> None:
    assert policy_of(archive) == Policy()
    outcome = run(archive, yes=True, now=NOW + timedelta(days=36_000))
    assert (outcome.items, outcome.deleted) == ([], [])
    assert (archive.home / MEDIA.format("quiet")).is_file()


@pytest.mark.parametrize("days", [0, -1, 10**9, 36_501])
def test_days_that_make_no_sense_are_refused(days: int, archive: Archive) -> None:
    with pytest.raises(BadValue, match=str(days)):
        Policy({Rule.MEDIA: days})
    with pytest.raises(BadValue):
        given([f"media={days}"], Policy(), None)


def test_a_policy_is_changed_rule_by_rule(archive: Archive) -> None:
    first = set_policy(archive, given(["media=365", "reports=90"], policy_of(archive), True))
    assert first.document()["rules"] == {
        "media_quiet": None,
        "media": 365,
        "put_away": None,
        "reports": 90,
        "sign_ins": None,
    }
    second = set_policy(archive, given(["media=off"], policy_of(archive), None))
    assert second == policy_of(archive) == Policy({Rule.REPORTS: 90}, automatic=True)
    for wrong in ("media", "media=many", "looks=3", "=3"):
        with pytest.raises(BadValue):
            given([wrong], second, None)
    assert listed(archive.home) == [("policy", None)] * 2
    archive.store.set_setting(NAME, json.dumps({"rules": {"later": 3, "media": 4}, "automatic": False}))
    assert policy_of(archive) == Policy({Rule.MEDIA: 4})  # a newer program's rule deletes nothing here


@pytest.mark.parametrize("role", Role)
def test_who_may(role: Role, home: Path) -> None:
    who = Archive(home, Person("p-1", "Lan", frozenset({role})))
    acts: list[Callable[[], object]] = [
        lambda: set_policy(who, Policy({Rule.MEDIA: 30})),
        lambda: hold(who, "busy", "khiếu nại"),
        lambda: release(who, "busy"),
        lambda: items(who, Policy(), NOW),
        lambda: run(who, yes=True, now=NOW),
        lambda: deleted(who),
    ]
    for act in acts:
        if role is Role.ORGANISER:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()
    if role is Role.ORGANISER:  # the log of sign-ins is the administrators'
        with pytest.raises(NotAllowed):
            set_policy(who, Policy({Rule.SIGN_INS: 30}))
        both = Archive(home, Person("p-1", "Lan", frozenset({role, Role.ADMINISTRATOR})))
        set_policy(both, Policy({Rule.SIGN_INS: 30}))


# ------------------------------------------------------------------ what is due


def test_each_rule_counts_from_its_own_date(archive: Archive) -> None:
    archive.delete_match("quiet")
    found = {item.rule: item for item in items(archive, ALL, datetime.now(UTC))}
    assert set(found) == set(Rule)
    today = datetime.now(UTC).date()
    assert found[Rule.MEDIA].since.isoformat() == found[Rule.MEDIA_QUIET].since.isoformat() == "2020-01-02"
    assert found[Rule.MEDIA].due.isoformat() == "2020-02-01"
    assert found[Rule.PUT_AWAY].since == found[Rule.SIGN_INS].since == today
    assert found[Rule.REPORTS].since.isoformat() == "2020-09-13"
    assert found[Rule.REPORTS].match_id == "busy"
    assert {rule for rule, item in found.items() if item.is_due(datetime(2020, 2, 1, tzinfo=UTC))} == {
        Rule.MEDIA,
        Rule.MEDIA_QUIET,
    }
    assert not found[Rule.MEDIA].is_due(datetime(2020, 1, 31, 23, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("date", "created", "day"),
    [
        ("1920-05-01", "2026-05-02T00:00:00+00:00", "2026-05-02"),  # mistyped: not before it came in
        ("2126-05-01", "2026-05-02T00:00:00+00:00", "2126-05-01"),
        ("", "2026-05-02T23:30:00-05:00", "2026-05-03"),
        ("soon", "2026-05-02T00:00:00+00:00", "2026-05-02"),
        ("9999-12-31", "2026-05-02T00:00:00+00:00", "9999-12-31"),
    ],
)
def test_a_match_counts_from_its_date_and_never_before_it_came_in(
    date: str, created: str, day: str, archive: Archive
) -> None:
    with archive.store.write() as connection:
        connection.execute(
            "UPDATE match SET created_utc = ?, setup = json_set(setup, '$.date', ?) WHERE id = 'busy'", (created, date)
        )
    row = archive.store.row("SELECT * FROM match WHERE id = 'busy'")
    assert row is not None
    assert match_day(row).isoformat() == day
    items(archive, Policy({Rule.MEDIA: 36_500}), NOW)


def test_without_yes_it_is_only_told(archive: Archive) -> None:
    set_policy(archive, ALL)
    outcome = run(archive, now=NOW)
    assert not outcome.ran
    assert {item["rule"] for item in outcome.document()["due"]} == {"media", "media_quiet", "reports"}
    assert (archive.home / MEDIA.format("quiet")).is_file()
    assert archive.match("quiet").clips[0].removed is None


# ------------------------------------------------------------------ what went


def test_pictures_go_and_everything_else_stays(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30, Rule.MEDIA_QUIET: 36_500}))
    entries, clips = archive.entries("busy"), archive.match("busy").clips
    outcome = run(archive, yes=True, now=NOW)
    assert [item.match_id for item in outcome.deleted] == ["busy"]
    media = archive.folder("busy") / "media"
    assert sorted(path.name for path in media.iterdir()) == ["cam1.journal.jsonl"]
    assert list((archive.home / "scenes").iterdir()) == []
    assert (archive.home / MEDIA.format("quiet")).is_file()
    assert archive.entries("busy") == entries
    now = archive.match("busy").clips
    assert [clip.sha256 for clip in now] == [clip.sha256 for clip in clips]
    assert {clip.removed.rule for clip in now if clip.removed} == {"media"}
    lines = told(archive.home, "busy", "media_removed")
    assert [(line["camera"], line["file_sha256"], line["rule"]) for line in lines] == [
        (clip.camera_id, clip.file_sha256, "media") for clip in clips
    ]
    assert all(line["bytes"] > 9000 for line in lines)
    assert intact(archive.home, "busy")
    assert listed(archive.home) == [("policy", None), ("deleting", "busy"), ("deleted", "busy")]
    assert run(archive, yes=True, now=NOW).deleted == []
    assert all(missing(clip) == [] for clip in now)


def test_pages_and_reports_say_that_they_went(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    match = archive.match("busy")
    app = Starlette(routes=routes(archive.find))

    def ask(address: str) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(address)

        return asyncio.run(asked())

    digest = match.clips[0].sha256[:16]
    still = f"/var/busy/cam1/still/3.jpg?v={digest}"
    run(archive, yes=True, now=NOW)
    for address in (still, f"/var/busy/cam1/media/0.mp4?v={digest}", "/var/busy/cam1/gops.bin?from=0&to=5"):
        answer = ask(address)
        assert answer.status_code == 404, address
        assert answer.json()["code"] == "media_removed"
        assert "ngày" in answer.json()["detail"]
    description = ask("/var/busy/match.json").json()
    assert [clip["media"] for clip in description["clips"]] == [{"original": None, "proxy": None}] * 2
    assert {clip["sha256"] for clip in description["clips"]} == {""}  # nothing that a browser kept is asked for
    with pytest.raises(NotFound, match="deleted on"):
        open_source(archive.match("busy").clips[0])
    incident = archive.incidents("busy")[0]
    options = {"lang": "en", "sign": False}
    done = export_package(archive, "busy", incident.id, archive.home / "reports", **options).exported
    assert done.stills == done.clips == ()
    record = json.loads(done.record.read_bytes())
    assert {camera["source"]["removed"]["rule"] for camera in record["cameras"]} == {"media"}
    import pypdfium2

    pdf = pypdfium2.PdfDocument(done.report)
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())
    pdf.close()
    assert "recording deleted on" in text


def test_whole_matches_and_reports_go_with_their_ledger_kept(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.PUT_AWAY: 30, Rule.REPORTS: 30, Rule.MEDIA: 30}))
    archive.delete_match("quiet")
    archive.delete_match("busy")
    later = datetime.now(UTC) + timedelta(days=31)
    outcome = run(archive, yes=True, now=later)
    assert [item.rule for item in outcome.deleted] == [Rule.MEDIA, Rule.REPORTS, Rule.PUT_AWAY, Rule.PUT_AWAY]
    assert outcome.failed == []
    assert not archive.known("quiet")
    assert not archive.folder("quiet").exists()
    retired = sorted(path.name for path in (archive.home / "ledgers").glob("*.jsonl"))
    assert [name.split("-")[0] for name in retired] == ["busy", "quiet", "retention.jsonl"]
    assert list((archive.home / "reports").iterdir()) == []
    gone = [line for line in deleted(archive) if line["kind"] == "deleted" and line["rule"] == "reports"]
    assert gone[0]["body"]["report"] == "busy-incident-1"
    assert list(gone[0]["body"]["sha256"]) == ["busy-incident-1.zip"]


def test_what_is_deleted_by_hand_is_on_the_list_too(home: Path) -> None:
    Archive(home, Person("p-9", "Lan", frozenset({Role.ORGANISER}))).purge_match("quiet")
    archive = Archive(home)
    assert [(line["kind"], line["match_id"], line["by"]) for line in deleted(archive)] == [("deleted", "quiet", "Lan")]
    assert listed(home) == [("deleted", "quiet")]
    assert "Lan" not in log.ledger_file(home).read_text("utf-8")


def test_a_match_kept_on_another_disk_goes_there(archive: Archive, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    shutil.move(archive.folder("quiet"), disk)
    archive.folder("quiet").symlink_to(disk)
    archive.delete_match("quiet")
    set_policy(archive, Policy({Rule.PUT_AWAY: 1}))
    assert len(run(archive, yes=True, now=datetime.now(UTC) + timedelta(days=2)).deleted) == 1
    assert list(disk.rglob("*.mp4")) == []
    assert not archive.folder("quiet").is_symlink()


def test_proxies_that_are_being_made_are_waited_for(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    with proxies_alone(archive.folder("busy")):
        (failed,) = run(archive, yes=True, now=NOW).failed
    assert "being made" in str(failed[1])
    assert len(run(archive, yes=True, now=NOW).deleted) == 1


def test_sign_ins_go_by_their_own_days(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.SIGN_INS: 30}))
    sql = "SELECT (SELECT COUNT(*) FROM account_sign_in) + (SELECT COUNT(*) FROM account_session) AS n"
    before = archive.store.row(sql)
    assert run(archive, yes=True, now=datetime.now(UTC) + timedelta(days=29)).deleted == []
    assert archive.store.row(sql)["n"] == before["n"] == 2  # type: ignore[index]
    assert len(run(archive, yes=True, now=datetime.now(UTC) + timedelta(days=31)).deleted) == 1
    assert archive.store.row(sql)["n"] == 0  # type: ignore[index]
    assert deleted(archive)[-1]["body"] == {"lines": 2}


def test_a_recording_elsewhere_or_behind_a_link_is_never_touched(archive: Archive, tmp_path: Path) -> None:
    far = write(tmp_path / "far.mp4", b"far away")
    path = archive.home / MEDIA.format("busy")
    path.unlink()
    path.symlink_to(far)
    with archive.store.write() as connection:
        connection.execute("UPDATE clip SET path = ? WHERE match_id = 'quiet'", (str(far),))
        connection.execute("UPDATE clip SET proxy = '../../far.mp4' WHERE match_id = 'quiet'")
    set_policy(archive, ALL)
    found = {item.match_id: item for item in run(archive, yes=True, now=NOW).items if item.rule is not Rule.REPORTS}
    assert found["quiet"].barred == "outside"
    assert far.read_bytes() == b"far away"
    assert path.is_symlink()
    clips = {clip.camera_id: clip.removed for clip in archive.match("busy").clips}
    assert clips["cam1"] is None
    assert clips["cam2"] is not None


# ------------------------------------------------------------------ holds


def test_nothing_of_a_match_that_is_held_goes(archive: Archive) -> None:
    set_policy(archive, ALL)
    assert hold(archive, "busy", " khiếu nại \n ngày 12/3 ", by="Lan").reason == "khiếu nại ngày 12/3"
    assert [each.match_id for each in holds(archive)] == ["busy"]
    archive.delete_match("busy")
    later = datetime.now(UTC) + timedelta(days=400)
    outcome = run(archive, yes=True, now=later)
    assert {item.match_id for item in outcome.deleted} == {"quiet", None}
    assert {item.barred for item in outcome.items if item.match_id == "busy"} == {"held"}
    assert (archive.home / MEDIA.format("busy")).is_file()
    assert (archive.home / "reports" / "busy-incident-1").is_dir()
    with pytest.raises(BadValue, match="held"):
        archive.purge_match("busy")
    for wrong, error in (
        (lambda: hold(archive, "busy", "again"), BadValue),
        (lambda: hold(archive, "x", "y"), NotFound),
    ):
        with pytest.raises(error):
            wrong()
    for reason in ("", " \n", "a" * 501):
        with pytest.raises(BadValue):
            hold(archive, "quiet", reason)
    release(archive, "busy")
    with pytest.raises(BadValue):
        release(archive, "busy")
    assert holds(archive) == []
    assert "khiếu nại" not in ledger_path(archive.home, "busy").read_text("utf-8")
    assert [len(told(archive.home, "busy", kind)) for kind in ("held", "released")] == [1, 1]
    assert len(run(archive, yes=True, now=later).deleted) == 3
    assert archive.store.rows("SELECT * FROM hold") == []


def test_what_is_being_recorded_stays(archive: Archive) -> None:
    set_policy(archive, ALL)
    with recording_lock(archive.folder("busy") / "capture.lock"):
        outcome = run(archive, yes=True, now=NOW)
    assert {item.barred for item in outcome.items if item.rule is Rule.MEDIA} == {"recording"}
    assert (archive.home / MEDIA.format("busy")).is_file()


# ------------------------------------------------------------------ clocks, disks, kills


def test_a_clock_that_was_set_back_or_leapt_deletes_nothing(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}, automatic=True))
    archive.store.set_setting(running.NEWEST, NOW.isoformat())
    with pytest.raises(BadValue, match="clock"):
        run(archive, yes=True, now=NOW - timedelta(hours=2))
    assert not automatic.run_where_due(archive.home, NOW + timedelta(days=61))
    assert (archive.home / MEDIA.format("busy")).is_file()
    assert automatic.run_where_due(archive.home, NOW + timedelta(days=1))
    assert not (archive.home / MEDIA.format("busy")).exists()
    assert not automatic.run_where_due(archive.home, NOW + timedelta(days=1, hours=23))
    assert automatic.run_where_due(archive.home, NOW + timedelta(days=2, hours=1))


def test_the_app_deletes_nothing_by_itself_unless_told(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    assert not automatic.run_where_due(archive.home, NOW)
    assert (archive.home / MEDIA.format("busy")).is_file()


def test_a_disk_that_refuses_is_told_and_the_rest_goes_on(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    set_policy(archive, ALL)
    real = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.name == "cam2.mp4" and "busy" in self.parts:
            raise OSError(errno.EROFS, "Read-only file system")
        real(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    outcome = run(archive, yes=True, now=NOW)
    assert [(item.match_id, "Read-only" in str(fault)) for item, fault in outcome.failed] == [("busy", True)]
    assert {item.match_id for item in outcome.deleted} == {"quiet", "busy"}  # its report went
    removed = {clip.camera_id: clip.removed is not None for clip in archive.match("busy").clips}
    assert removed == {"cam1": True, "cam2": False}
    assert [line["camera"] for line in told(archive.home, "busy", "media_removed")] == ["cam1"]
    monkeypatch.undo()
    assert len(run(archive, yes=True, now=NOW).deleted) == 1
    assert [line["camera"] for line in told(archive.home, "busy", "media_removed")] == ["cam1", "cam2"]


def test_what_was_deleted_is_never_edited(archive: Archive) -> None:
    set_policy(archive, ALL)
    for sql in (
        "UPDATE retention_log SET by = 'x'",
        "DELETE FROM retention_log",
        "INSERT OR REPLACE INTO retention_log SELECT * FROM retention_log",
        "INSERT INTO retention_log VALUES (-1, 'policy', NULL, NULL, NULL, '{}', '', NULL, '')",
    ):
        with pytest.raises(sqlite3.IntegrityError), archive.store.write() as connection:
            connection.execute(sql)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from var.archive import Archive
from var.retention import running
def die(*a, **k):
    os.kill(os.getpid(), signal.SIGKILL)
{patch}
running.run(Archive(Path(sys.argv[1])), yes=True, now=datetime(2027, 6, 1, tzinfo=UTC))
"""
PATCHES = {
    "before": "running._remove = die",
    "between": "real, seen = running._remove, []\ndef remove(path):\n    seen.append(path)\n"
    "    die() if len(seen) > 1 else real(path)\nrunning._remove = remove",
    "after": "running._end = die",
}


def killed(home: Path, patch: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED.replace("{patch}", PATCHES[patch]), str(home)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("patch", PATCHES)
def test_what_a_killed_run_began_is_finished(patch: str, archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    killed(archive.home, patch)
    assert all(clip.removed is not None for clip in archive.match("busy").clips)  # nobody is shown half of it
    outcome = run(archive, yes=True, now=datetime(2027, 6, 2, tzinfo=UTC))
    assert (outcome.finished, outcome.deleted) == (1, [])
    assert len(told(archive.home, "busy", "media_removed")) == 2
    assert not (archive.home / MEDIA.format("busy")).exists()
    assert listed(archive.home)[-2:] == [("deleting", "busy"), ("deleted", "busy")]
    assert log.open_lines(archive.store) == []


def test_what_was_begun_and_is_held_since_is_taken_back(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    killed(archive.home, "between")
    hold(archive, "busy", "khiếu nại")
    assert run(archive, yes=True, now=datetime(2027, 6, 2, tzinfo=UTC)).finished == 1
    removed = {clip.camera_id: clip.removed is not None for clip in archive.match("busy").clips}
    assert removed == {"cam1": False, "cam2": False}  # its proxy is there still, and the other angle whole
    line = deleted(archive)[-1]
    assert (line["kind"], line["body"]["why"]) == ("kept", "held")


def test_a_killed_purge_is_finished(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.PUT_AWAY: 30}))
    archive.delete_match("busy")
    killed(archive.home, "after")
    assert run(archive, yes=True, now=datetime(2027, 6, 2, tzinfo=UTC)).finished == 1
    assert not archive.known("busy")
    assert not archive.folder("busy").exists()
    assert len(list((archive.home / "ledgers").glob("busy-*.jsonl"))) == 1
    assert listed(archive.home)[-1] == ("deleted", "busy")


def test_one_run_at_a_time(archive: Archive) -> None:
    with recording_lock(archive.home / running.LOCK), pytest.raises(BadValue, match="already"):
        run(archive, yes=True, now=NOW)


def test_a_ledger_that_cannot_be_written_stops_nothing_and_catches_up(archive: Archive) -> None:
    ledger = log.ledger_file(archive.home)
    ledger.mkdir(parents=True)
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    assert len(run(archive, yes=True, now=NOW).deleted) == 1
    ledger.rmdir()
    assert log.drain(archive.home, archive.store)
    assert [kind for kind, _ in listed(archive.home)] == ["policy", "deleting", "deleted"]


def test_refusals_speak_both_languages(archive: Archive) -> None:
    set_policy(archive, Policy({Rule.MEDIA: 30}))
    run(archive, yes=True, now=NOW)
    with pytest.raises(TouchlineError) as refused:
        open_source(archive.match("busy").clips[0])
    assert "bản ghi của trận có tình huống" in refused.value.detail("vi")
    assert "recordings of matches with incidents" in refused.value.detail("en")


def test_an_old_database_gets_the_tables(tmp_path: Path) -> None:
    add_match(tmp_path, "m")
    store = Store(default_path(tmp_path))
    assert store.row("SELECT 1 FROM migration WHERE name = '0010_retention'") is not None
    with pytest.raises(BadFile):
        store.rows("SELECT nothing FROM retention_log")
