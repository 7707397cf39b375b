"""Carries the policy out: told before, done, told after. What a killed run began the next one finishes, or leaves."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.accounts.kept import forget_before
from touchline.errors import BadValue, TouchlineError
from touchline.files import sha256_of
from touchline.presence import alone
from touchline.rights import Action, require
from touchline.store import Connection, Row, utc_now
from var.capture.state import Captures
from var.match_store import SENT, folder_of, packages_of
from var.proxies import alone as proxies_alone
from var.retention import log
from var.retention.due import REMOVING, Item, Part, cutoff, items, media_of, part_of, reports, scenes_of, sizes_of
from var.retention.policy import Policy, Rule, policy_of
from var.retention.tables import is_kept

if TYPE_CHECKING:
    from var.archive import Archive

LOCK = ".retention.lock"
NEWEST = "retention/newest"
"""The setting with the newest instant that a run has seen."""
SET_BACK = timedelta(hours=1)

Progress = Callable[[float, str], None]
_FAULTS = (OSError, sqlite3.Error, TouchlineError)
"""What keeps one thing from being deleted, and not the rest."""


@dataclass(slots=True)
class Outcome:
    """What a run did. ``items``: what the policy asks for, now and later; ``deleted`` those that went; ``failed`` those
    that did not and why; ``finished``: how many an earlier run had begun."""

    ran: bool
    now: datetime
    items: list[Item] = field(default_factory=list)
    deleted: list[Item] = field(default_factory=list)
    failed: list[tuple[Item, Exception]] = field(default_factory=list)
    finished: int = 0

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The run as a JSON-ready document (schema ``retention_run``); faults are told in ``lang``."""
        due = [item for item in self.items if item.is_due(self.now)]
        return {
            "ran": self.ran,
            "at_utc": self.now.isoformat(timespec="seconds"),
            "due": [item.document(self.now) for item in due],
            "deleted": [item.document(self.now) for item in self.deleted],
            "failed": [{**item.document(self.now), "fault": fault_text(fault, lang)} for item, fault in self.failed],
            "finished": self.finished,
        }


def fault_text(fault: Exception, lang: str) -> str:
    """Why something was not deleted, in words."""
    return fault.detail(lang) if isinstance(fault, TouchlineError) else str(fault)


def run(
    archive: Archive,
    *,
    yes: bool = False,
    now: datetime | None = None,
    by: str = "",
    progress: Progress = lambda share, what: None,
) -> Outcome:
    """Delete what is due; without ``yes`` only say what would be.

    What is held or being recorded stays. Raises ``NotAllowed``; ``BadValue`` where another run is at work, and where
    the clock was set back. What cannot be deleted is told in the outcome, and the rest goes on.
    """
    require(archive.person, Action.REMOVE)
    now = datetime.now(UTC) if now is None else now
    if not yes:
        return Outcome(False, now, items(archive, policy_of(archive), now))
    with alone(archive.home / LOCK) as free:
        if not free:
            raise BadValue("var.errors.retention_at_work")
        _refuse_set_back(archive, now)
        finished, failed = finish(archive)
        policy = policy_of(archive)
        outcome = Outcome(True, now, items(archive, policy, now), failed=failed, finished=finished)
        due = [item for item in outcome.items if item.is_due(now)]
        gone: set[str] = set()
        for place, item in enumerate(due):
            progress(place / len(due), item.name)
            if item.match_id in gone:  # the whole match went before its pictures' turn
                continue
            try:
                if not _delete(archive, item, policy, now, by):
                    continue
            except _FAULTS as fault:
                outcome.failed.append((item, fault))
                continue
            outcome.deleted.append(item)
            if item.rule is Rule.PUT_AWAY and item.match_id is not None:
                gone.add(item.match_id)
        log.drain(archive.home, archive.store)
        progress(1.0, "")
    return outcome


def _refuse_set_back(archive: Archive, now: datetime) -> None:
    known = archive.store.setting(NEWEST)
    if known is not None and now < datetime.fromisoformat(known) - SET_BACK:
        raise BadValue("var.errors.retention_clock", now=now.isoformat(timespec="minutes"), known=known[:16])
    archive.store.set_setting(NEWEST, max(now.astimezone(UTC).isoformat(timespec="seconds"), known or ""))


def _delete(archive: Archive, item: Item, policy: Policy, now: datetime, by: str) -> bool:
    if item.rule is Rule.SIGN_INS:
        return _forget(archive, item, now, policy, by)
    if item.rule is Rule.REPORTS:
        return _begin_report(archive, item, by)
    if item.rule is Rule.PUT_AWAY:
        return _begin_match(archive, item, by)
    return _begin_media(archive, item, by)


def _free(connection: Connection, archive: Archive, match_id: str) -> bool:
    """Whether a match may be touched now, asked where nobody else can hold it meanwhile."""
    live = connection.execute("SELECT 1 FROM clip WHERE match_id = ? AND recording = 1", (match_id,)).fetchone()
    return not (is_kept(connection, match_id) or live or Captures(archive.home).alive(match_id))


# ------------------------------------------------------------------ pictures of a match


def _begin_media(archive: Archive, item: Item, by: str) -> bool:
    match_id = str(item.match_id)
    with proxies_alone(folder_of(archive.home, match_id)) as free:
        if not free:  # stretches are being made of it: another day
            raise BadValue("var.errors.match_busy", match=match_id)
        with archive.changing() as change:
            if not _free(change.connection, archive, match_id):
                return False
            parts = [part for part in media_of(archive, match_id) if not part.outside]
            if not parts:
                return False
            body = {
                "cameras": [_told(part) for part in parts],
                "scenes": [path.name for path in scenes_of(archive, match_id)],
                "packages": [path.name for path in packages_of(archive.home, match_id)],
            }
            number = log.write(
                change.connection,
                log.DELETING,
                body,
                rule=item.rule.value,
                match_id=match_id,
                by=_name(archive, by),
                account=archive.account,
            )
            # From here on pages say that the pictures went: none of them shows half of what is left.
            for part in parts:
                change.connection.execute(
                    "INSERT INTO media_removed VALUES (?, ?, ?, ?)",
                    (match_id, part.camera_id, utc_now(), item.rule.value),
                )
        log.drain(archive.home, archive.store)
        _end_media(archive, _row(archive, number))
    return True


def _told(part: Part) -> dict[str, Any]:
    octets = sum(size for path in part.paths for size in sizes_of(path))
    return {"camera": part.camera_id, "sha256": part.sha256, "file_sha256": part.file_sha256, "bytes": octets}


def _end_media(archive: Archive, begun: Row) -> None:
    """Delete what was begun and say so. Raises ``OSError`` where the disk refuses; then what is still there counts as
    there again, and that is said too."""
    match_id, body = begun["match_id"], json.loads(begun["body"])
    parts = {part.camera_id: part for part in _parts(archive, match_id)}
    told = [each for each in body["cameras"] if each["camera"] in parts]
    fault: OSError | None = None
    held = is_kept(archive.store, match_id)
    if not held:
        try:
            for each in told:
                for path in parts[each["camera"]].paths:
                    _remove(path)
            _remove_made(archive.home, body)
        except OSError as refused:
            fault = refused
    left = [each for each in told if any(os.path.lexists(path) for path in parts[each["camera"]].paths)]
    with archive.changing() as change:
        for each in left:
            change.connection.execute(
                "DELETE FROM media_removed WHERE match_id = ? AND camera_id = ?", (match_id, each["camera"])
            )
        for each in told:
            if each not in left:
                change.tell(match_id, "media_removed", {**each, "rule": begun["rule"], "log": begun["seq"]})
        kind = log.KEPT if left else log.DELETED
        why = {"why": "held" if held else "disk", "cameras": [each["camera"] for each in left]} if left else {}
        gone = [each for each in told if each not in left]
        _end(archive, change.connection, begun, kind, {**why, "gone": gone} if left else {"cameras": gone})
    log.drain(archive.home, archive.store)
    if fault is not None:
        raise fault


def _parts(archive: Archive, match_id: str) -> list[Part]:
    rows = archive.store.rows("SELECT * FROM clip WHERE match_id = ? ORDER BY position", (match_id,))
    return [part_of(archive.home, row) for row in rows]


def _remove_made(home: Path, body: Mapping[str, Any]) -> None:
    """Delete what was made of a match's pictures: scenes, and packages for other machines."""
    for folder, names in (("scenes", body["scenes"]), (SENT, body.get("packages", []))):
        for name in names:
            _remove(home / folder / name)


# ------------------------------------------------------------------ whole matches


def _begin_match(archive: Archive, item: Item, by: str) -> bool:
    match_id = str(item.match_id)
    with archive.store.write() as connection:
        if not _free(connection, archive, match_id) or not _is_away(connection, match_id):
            return False
        scenes = [path.name for path in scenes_of(archive, match_id)]
        packages = [path.name for path in packages_of(archive.home, match_id)]
        number = log.write(
            connection,
            log.DELETING,
            {"files": item.count, "bytes": item.octets, "scenes": scenes, "packages": packages},
            rule=item.rule.value,
            match_id=match_id,
            by=_name(archive, by),
            account=archive.account,
        )
    log.drain(archive.home, archive.store)
    _end_match(archive, _row(archive, number))
    return True


def _is_away(connection: Connection, match_id: str) -> bool:
    row = connection.execute("SELECT deleted_utc FROM match WHERE id = ?", (match_id,)).fetchone()
    return row is not None and row["deleted_utc"] is not None


def _end_match(archive: Archive, begun: Row) -> None:
    match_id, body = begun["match_id"], json.loads(begun["body"])
    row = archive.store.row("SELECT deleted_utc FROM match WHERE id = ?", (match_id,))
    if row is not None:
        if row["deleted_utc"] is None or is_kept(archive.store, match_id):  # somebody brought it back, or holds it
            with archive.store.write() as connection:
                _end(archive, connection, begun, log.KEPT, {"why": "held" if row["deleted_utc"] else "brought_back"})
            return
        archive.purge_match(match_id, listed=True)
    archive.outbox.retire(match_id, archive.account)
    folder = folder_of(archive.home, match_id)
    if folder.is_symlink() and folder.is_dir():  # kept on another disk: what is there goes, not the link alone
        for path in list(folder.iterdir()):
            _remove(path)
    _remove(folder)
    _remove_made(archive.home, body)
    with archive.store.write() as connection:
        _end(archive, connection, begun, log.DELETED, {"files": body["files"], "bytes": body["bytes"]})
    log.drain(archive.home, archive.store)


# ------------------------------------------------------------------ reports, sign-ins


def _begin_report(archive: Archive, item: Item, by: str) -> bool:
    paths = reports(archive.home).get(item.name, [])
    if not paths:
        return False
    hashes = {path.name: sha256_of(path) for path in paths if path.is_file() and not path.is_symlink()}
    with archive.store.write() as connection:
        if item.match_id is not None and is_kept(connection, item.match_id):
            return False
        number = log.write(
            connection,
            log.DELETING,
            {"report": item.name, "bytes": item.octets, "sha256": hashes, "paths": [path.name for path in paths]},
            rule=item.rule.value,
            match_id=item.match_id,
            by=_name(archive, by),
            account=archive.account,
        )
    log.drain(archive.home, archive.store)
    _end_report(archive, _row(archive, number))
    return True


def _end_report(archive: Archive, begun: Row) -> None:
    body, match_id = json.loads(begun["body"]), begun["match_id"]
    folder = archive.home / "reports"
    if match_id is not None and is_kept(archive.store, match_id):
        with archive.store.write() as connection:
            _end(archive, connection, begun, log.KEPT, {"why": "held"})
        return
    for name in body["paths"]:
        going = folder / f"{REMOVING}{name}"
        _remove(going)
        if os.path.lexists(folder / name):
            (folder / name).rename(going)  # half of a report never bears its name
            _remove(going)
    told = {"report": body["report"], "bytes": body["bytes"], "sha256": body["sha256"]}
    with archive.changing() as change:
        if match_id is not None and archive.known(match_id):
            change.tell(match_id, "report_removed", {**told, "rule": begun["rule"], "log": begun["seq"]})
        _end(archive, change.connection, begun, log.DELETED, told)
    log.drain(archive.home, archive.store)


def _forget(archive: Archive, item: Item, now: datetime, policy: Policy, by: str) -> bool:
    with archive.store.write() as connection:
        count = forget_before(connection, cutoff(now, policy.days[Rule.SIGN_INS]))
        if count:
            log.write(
                connection,
                log.DELETED,
                {"lines": count},
                rule=item.rule.value,
                by=_name(archive, by),
                account=archive.account,
            )
    return bool(count)


# ------------------------------------------------------------------ what is shared


def finish(archive: Archive) -> tuple[int, list[tuple[Item, Exception]]]:
    """Finish, or leave, what a killed run began: how many that were, and those that cannot be finished now and why; the
    next run tries them again. For who holds the lock of runs."""
    finished, failed = 0, list[tuple[Item, Exception]]()
    for row in log.open_lines(archive.store):
        end = {Rule.PUT_AWAY: _end_match, Rule.REPORTS: _end_report}.get(Rule(row["rule"]), _end_media)
        if end is _end_media and not archive.known(row["match_id"]):
            end = _end_match_gone
        try:
            end(archive, row)
        except _FAULTS as fault:
            failed.append((_begun_item(row), fault))
        else:
            finished += 1
    return finished, failed


def _begun_item(row: Row) -> Item:
    """What a line says that was begun, as an item of the day on which it was."""
    day = datetime.fromisoformat(row["at_utc"]).date()
    body = json.loads(row["body"])
    name = str(body.get("report") or row["match_id"] or "")
    return Item(
        Rule(row["rule"]), name, row["match_id"], day, day, int(body.get("files", 0)), int(body.get("bytes", 0))
    )


def _end_match_gone(archive: Archive, begun: Row) -> None:
    """Pictures of a match that somebody deleted whole meanwhile."""
    with archive.store.write() as connection:
        _end(archive, connection, begun, log.DELETED, {"cameras": json.loads(begun["body"])["cameras"]})


def _end(archive: Archive, connection: Connection, begun: Row, kind: str, body: dict[str, Any]) -> None:
    log.write(
        connection,
        kind,
        body,
        of=begun["seq"],
        rule=begun["rule"],
        match_id=begun["match_id"],
        by=begun["by"],
        account=begun["account"],
    )


def _row(archive: Archive, number: int) -> Row:
    row = archive.store.row("SELECT * FROM retention_log WHERE seq = ?", (number,))
    assert row is not None
    return row


def _remove(path: Path) -> None:
    """Delete a file, a link or a folder with all in it. Raises ``OSError``; what is gone already is no fault."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _name(archive: Archive, by: str) -> str:
    return by if archive.person is None else archive.person.name


def deleted(archive: Archive) -> list[dict[str, Any]]:
    """The list of what was deleted, and of every change of the policy: JSON-ready documents, the oldest first."""
    require(archive.person, Action.REMOVE)
    return [
        {
            **{name: row[name] for name in ("seq", "kind", "of", "rule", "match_id", "by", "at_utc")},
            "body": json.loads(row["body"]),
        }
        for row in log.lines(archive.store)
    ]
