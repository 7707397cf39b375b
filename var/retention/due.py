"""What the policy asks for: what is due now, what next, and what keeps it from being deleted."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.accounts.kept import lines_before
from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES
from touchline.rights import Action, require
from touchline.store import Row, Store
from var.capture.state import Captures
from var.evidence.layout import RECORDS
from var.match_store import folder_of, scene_folder, slug
from var.retention.policy import Policy, Rule
from var.retention.tables import is_held, is_kept

if TYPE_CHECKING:
    from var.archive import Archive

REMOVING = ".removing-"
"""How a report folder is called while it goes."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that the policy deletes on the day ``due``, counted from ``since``. ``barred`` says what keeps it:
    ``held``, ``recording``, ``outside`` (a recording that lies elsewhere), or None. ``count`` files or lines of
    ``octets`` bytes go."""

    rule: Rule
    name: str
    match_id: str | None
    since: date
    due: date
    count: int
    octets: int
    barred: str | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it may go now."""
        return self.barred is None and self.due <= now.astimezone(UTC).date()

    def document(self, now: datetime) -> dict[str, Any]:
        """The item as a JSON-ready document."""
        return {
            "rule": self.rule.value,
            "name": self.name,
            "match": self.match_id,
            "since": self.since.isoformat(),
            "due": self.due.isoformat(),
            "is_due": self.is_due(now),
            "barred": self.barred,
            "count": self.count,
            "bytes": self.octets,
        }


def items(archive: Archive, policy: Policy, now: datetime) -> list[Item]:
    """What the policy deletes now or later, the earliest first. Raises ``NotAllowed``."""
    require(archive.person, Action.REMOVE)
    found = [*_matches(archive, policy), *_reports(archive, policy), *_sign_ins(archive, policy, now)]
    return sorted(found, key=lambda each: (each.due, each.rule.value, each.name))


def _after(since: date, days: int) -> date:
    try:
        return since + timedelta(days=days)
    except OverflowError:  # a date that somebody typed, at the end of the calendar
        return date.max


def _day(utc: str) -> date:
    return datetime.fromisoformat(utc).astimezone(UTC).date()


def match_day(row: Row) -> date:
    """The day from which a match counts: its date, and not before it came in; a date that somebody mistyped deletes
    nothing early."""
    came = _day(row["created_utc"])
    try:
        return max(came, date.fromisoformat(json.loads(row["setup"])["date"]))
    except (ValueError, KeyError, TypeError):
        return came


def _matches(archive: Archive, policy: Policy) -> Iterator[Item]:
    captures = Captures(archive.home)
    for row in archive.store.rows("SELECT * FROM match ORDER BY created_utc, id"):
        held = is_kept(archive.store, row["id"])
        live = captures.alive(row["id"]) or archive.store.row(
            "SELECT 1 FROM clip WHERE match_id = ? AND recording = 1", (row["id"],)
        )
        barred = "held" if held else "recording" if live else None
        if row["deleted_utc"] and Rule.PUT_AWAY in policy.days:
            since = _day(row["deleted_utc"])
            sizes = list(sizes_of(folder_of(archive.home, row["id"])))
            yield Item(
                Rule.PUT_AWAY,
                row["name"],
                row["id"],
                since,
                _after(since, policy.days[Rule.PUT_AWAY]),
                len(sizes),
                sum(sizes),
                barred,
            )
        try:
            quiet = not archive.review(row["id"]).incidents
        except TouchlineError:  # a match that cannot be read may have incidents
            quiet = False
        rule = Rule.MEDIA_QUIET if quiet else Rule.MEDIA
        if rule in policy.days:
            since = match_day(row)
            parts = media_of(archive, row["id"])
            sizes = [size for part in parts for path in part.paths for size in sizes_of(path)]
            if parts and not sizes and all(part.outside for part in parts):
                barred = barred or "outside"
            if parts:
                yield Item(
                    rule,
                    row["name"],
                    row["id"],
                    since,
                    _after(since, policy.days[rule]),
                    len(sizes),
                    sum(sizes),
                    barred,
                )


@dataclass(frozen=True, slots=True)
class Part:
    """What of an angle can go: its recording and its proxy, where they are ours. ``outside``: the recording lies
    elsewhere and is not touched."""

    camera_id: str
    sha256: str
    file_sha256: str
    paths: tuple[Path, ...]
    outside: bool


def media_of(archive: Archive, match_id: str) -> list[Part]:
    """The angles of a match whose pictures were not removed yet."""
    rows = archive.store.rows(
        "SELECT * FROM clip WHERE match_id = ? AND NOT EXISTS (SELECT 1 FROM media_removed"
        " WHERE match_id = clip.match_id AND camera_id = clip.camera_id) ORDER BY position",
        (match_id,),
    )
    return [part_of(archive.home, row) for row in rows]


def part_of(home: Path, row: Row) -> Part:
    """What of an angle can go, by its row."""
    path, proxy = home / row["path"], home / row["proxy"]
    folder = folder_of(home, row["match_id"])
    own = _is_ours(folder, path)
    paths = ([path] if own else []) + ([proxy] if row["proxy"] and _is_ours(folder, proxy) else [])
    return Part(row["camera_id"], row["sha256"], row["file_sha256"], tuple(dict.fromkeys(paths)), not own)


def _is_ours(folder: Path, path: Path) -> bool:
    """Whether a file lies in the folder of its match, by its name; a link only points to another's, and a recording of
    another match is that one's."""
    inside = path.is_relative_to(folder) and ".." not in path.parts
    return inside and not path.is_symlink()


def scenes_of(archive: Archive, match_id: str) -> list[Path]:
    """The folders of pictures that were made of a match's scenes."""
    rows = archive.store.rows(
        "SELECT DISTINCT incident_id FROM entry WHERE match_id = ? AND kind = 'incident'", (match_id,)
    )
    every = [scene_folder(archive.home, match_id, row["incident_id"], lang) for row in rows for lang in LANGUAGES]
    return [path for path in every if path.exists()]


def sizes_of(path: Path) -> Iterator[int]:
    """The size of a file, or of every file below a folder."""
    if path.is_dir() and not path.is_symlink():
        for folder, _, files in os.walk(path):
            for each in files:
                yield from sizes_of(Path(folder) / each)
        return
    try:
        yield path.lstat().st_size
    except OSError:
        return


def _reports(archive: Archive, policy: Policy) -> Iterator[Item]:
    days = policy.days.get(Rule.REPORTS)
    if days is None:
        return
    for name, paths in reports(archive.home).items():
        written = max((each.lstat().st_mtime for path in paths for each in _files(path)), default=None)
        if written is None:
            continue
        since = datetime.fromtimestamp(written, UTC).date()
        match_id = match_of(archive.store, archive.home / "reports" / name)
        barred = "held" if match_id is not None and is_held(archive.store, match_id) else None
        sizes = [size for path in paths for size in sizes_of(path)]
        yield Item(Rule.REPORTS, name, match_id, since, _after(since, days), len(sizes), sum(sizes), barred)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        yield from (each for each in path.rglob("*") if each.is_file())
    else:
        yield path


def reports(home: Path) -> dict[str, list[Path]]:
    """What lies in the folder of reports, by the name of each: its folder, and its ``.zip`` and signature beside it."""
    folder = home / "reports"
    found: dict[str, list[Path]] = {}
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    names = {entry.name for entry in entries if entry.is_dir()}
    for entry in entries:
        if entry.name.startswith("."):
            continue
        whose = re.sub(r"\.zip(\..+)?$", "", entry.name)
        found.setdefault(whose if whose in names else entry.name, []).append(entry)
    return found


def match_of(store: Store, folder: Path) -> str | None:
    """The match here that a report folder is about; None where that cannot be told. Reports name a match as its
    evidence does, and two may be called so: then one that is held is meant, else the one of the folder's name. Where
    the report cannot be read the folder's name tells whether it may be of one that is held."""
    told = _told_match(folder)
    rows = store.rows("SELECT id, COALESCE(known_as, id) AS evidence_id FROM match ORDER BY length(id) DESC, id")
    named = [row["id"] for row in rows if folder.name.startswith(f"{slug(row['id']) or 'match'}-")]
    if told is None:
        return next((match_id for match_id in named if is_held(store, match_id)), None)
    meant = [row["id"] for row in rows if row["evidence_id"] == told]
    held = (match_id for match_id in meant if is_held(store, match_id))
    return next(held, next((match_id for match_id in named if match_id in meant), meant[0] if meant else told))


def _told_match(folder: Path) -> str | None:
    places = [folder / inside / name for inside in ("data", "") for name in RECORDS]
    for path in places:
        try:
            told = json.loads(path.read_bytes())["match"]["id"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        return told if isinstance(told, str) else None
    return None


def cutoff(now: datetime, days: int) -> datetime:
    """The instant before which lines are older than so many days: the end of a day, as every date here counts."""
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=days - 1), datetime.min.time(), UTC)


def _sign_ins(archive: Archive, policy: Policy, now: datetime) -> Iterator[Item]:
    days = policy.days.get(Rule.SIGN_INS)
    if days is None:
        return
    count, oldest = lines_before(archive.store, now)
    if oldest is not None:
        ready, _ = lines_before(archive.store, cutoff(now, days))
        since = _day(oldest)
        yield Item(Rule.SIGN_INS, "", None, since, _after(since, days), ready or count, 0)
