"""What retention deleted though it was held or another's, and what it forgot: found by a review of the code."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from keeping_home import OLD, add_match, write
from test_bookmarks import clip

from touchline.errors import BadValue
from touchline.files import sha256_of
from touchline.origin import Origin
from touchline.store import Store, default_path
from var.archive import Archive
from var.model import Match, Setup
from var.retention import running
from var.retention.holds import hold, release
from var.retention.policy import Policy, Rule, set_policy
from var.retention.running import run
from var.transfer.recordings import add_media

NOW = datetime(2030, 6, 1, 12, tzinfo=UTC)


def old_report(home: Path, name: str, record: str, match_id: str) -> Path:
    folder = home / "reports" / name
    path = write(folder / "data" / record, json.dumps({"match": {"id": match_id}}).encode())
    os.utime(path, (1.6e9, 1.6e9))
    return folder


def goes(archive: Archive, *rules: Rule) -> list[str]:
    set_policy(archive, Policy(dict.fromkeys(rules, 1)))
    return [item.name for item in run(archive, yes=True, now=NOW).deleted]


def test_no_report_of_a_held_match_goes_whatever_it_tells_and_calls_the_match(tmp_path: Path) -> None:
    archive = add_match(tmp_path, "busy")
    add_match(tmp_path, "m-3e6e")
    with Store(default_path(tmp_path)).write() as connection:  # it came from elsewhere, where it was called so
        connection.execute("UPDATE match SET known_as = 'm' WHERE id = 'm-3e6e'")
    held = [
        old_report(tmp_path, "busy-incident-1", "incident.json", "busy"),
        old_report(tmp_path, "busy-report", "match_report.json", "busy"),
        old_report(tmp_path, "m-3e6e-incident-1", "incident.json", "m"),
    ]
    lone = write(tmp_path / "reports" / "busy-report-2.zip", b"zip")
    os.utime(lone, (1.6e9, 1.6e9))
    other = old_report(tmp_path, "quiet-report", "match_report.json", "quiet")
    for match_id in ("busy", "m-3e6e"):
        hold(archive, match_id, "appeal")
    assert goes(archive, Rule.REPORTS) == ["quiet-report"]
    assert all(path.exists() for path in (*held, lone))
    assert not other.exists()
    release(archive, "busy")
    assert goes(archive, Rule.REPORTS) == ["busy-incident-1", "busy-report", "busy-report-2.zip"]


def lent(home: Path) -> tuple[Archive, Path]:
    """The match ``borrower``, whose one angle is read where it lies: in the folder of the match ``owner``."""
    archive = add_match(home, "owner")
    path = home / "matches" / "owner" / "media" / "cam1.mp4"
    digest = sha256_of(path)
    angle = replace(clip("cam1", Fraction(0)), path=path, sha256=digest, file_sha256=digest)
    angle = replace(angle, proxy=home / "matches" / "borrower" / "media" / "cam1.proxy")
    archive.add_match(Match("borrower", "Borrower", Origin.MEASURED, OLD, Setup(date="2020-01-02"), (angle,)))
    return archive, path


def test_a_recording_in_the_folder_of_another_match_is_that_ones(tmp_path: Path) -> None:
    archive, path = lent(tmp_path)
    hold(archive, "owner", "appeal")
    assert goes(archive, Rule.MEDIA_QUIET) == []
    assert path.exists()


def test_what_a_held_match_reads_in_the_folder_of_another_stays_there(tmp_path: Path) -> None:
    archive, path = lent(tmp_path)
    hold(archive, "borrower", "appeal")
    archive.delete_match("owner")
    assert goes(archive, Rule.MEDIA_QUIET, Rule.PUT_AWAY) == []
    with pytest.raises(BadValue) as fault:
        archive.purge_match("owner")
    assert fault.value.name == "match_held"
    assert path.exists()
    release(archive, "borrower")
    assert goes(archive, Rule.PUT_AWAY) == ["Trận owner"]
    assert not path.exists()


def test_a_recording_that_comes_back_is_seen_and_goes_again(tmp_path: Path) -> None:
    archive = add_match(tmp_path / "home", "quiet")
    path = archive.match("quiet").clip("cam1").path
    kept = write(tmp_path / "main.mp4", path.read_bytes())
    assert goes(archive, Rule.MEDIA_QUIET) == ["Trận quiet"]
    assert archive.match("quiet").clip("cam1").removed is not None
    add_media(archive, "quiet", [kept])
    assert path.exists()
    assert archive.match("quiet").clip("cam1").removed is None
    assert archive.match("quiet").clip("cam2").removed is not None
    assert goes(archive, Rule.MEDIA_QUIET) == ["Trận quiet"]
    assert not path.exists()


def test_one_deletion_that_cannot_be_finished_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was begun, the disk refused, and every later run ended there."""
    archive = add_match(tmp_path, "stuck")
    add_match(tmp_path, "other")
    archive.delete_match("stuck")
    remove = running._remove

    def refusing(path: Path) -> None:
        if path.name == "stuck":
            raise OSError(errno.EIO, "broken")
        remove(path)

    with monkeypatch.context() as disk:
        disk.setattr(running, "_remove", refusing)
        assert goes(archive, Rule.PUT_AWAY) == []
        set_policy(archive, Policy({Rule.MEDIA_QUIET: 1}))
        found = run(archive, yes=True, now=NOW)
        assert [item.name for item in found.deleted] == ["Trận other"]
        assert [(item.name, item.rule) for item, _ in found.failed] == [("stuck", Rule.PUT_AWAY)]
        assert found.document()["failed"][0]["fault"]
    found = run(archive, yes=True, now=NOW)
    assert (found.finished, found.failed) == (1, [])
    assert not (tmp_path / "matches" / "stuck").exists()


def test_packages_for_other_machines_go_with_the_recordings_that_they_hold(tmp_path: Path) -> None:
    archive = add_match(tmp_path, "quiet")
    add_match(tmp_path, "quiet-match-2")
    sent = tmp_path / "transfers"
    own = [write(sent / name, b"x") for name in ("quiet-match.zip", "quiet-match.zip.sig", "quiet-match-2.zip")]
    own.append(write(sent / "quiet-match-3" / "data" / "match.json", b"x"))
    other = write(sent / "quiet-match-2-match.zip", b"x")
    hold(archive, "quiet-match-2", "appeal")
    assert goes(archive, Rule.MEDIA_QUIET) == ["Trận quiet"]
    assert not any(path.exists() for path in own)
    assert other.exists()
    release(archive, "quiet-match-2")
    archive.purge_match("quiet-match-2")
    assert not other.exists()
