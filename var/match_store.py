"""The matches of an installation and their clips, in the store; media in a folder a match."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import sqlite3
import unicodedata
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from touchline.rights import Action, Person, require
from touchline.store import Migration, Row, Store, default_path, utc_now
from touchline.timebase import ClockMap, Timebase
from var import setup_document
from var.footage.tables import table_of
from var.model import Clip, Match, Setup
from var.ticks import Ticks

MIGRATIONS = (
    Migration(
        "0001_matches",
        """
        CREATE TABLE match (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL, created_utc TEXT NOT NULL,
            setup TEXT NOT NULL, master INTEGER NOT NULL, deleted_utc TEXT);
        CREATE TABLE clip (
            match_id TEXT NOT NULL REFERENCES match(id), camera_id TEXT NOT NULL, position INTEGER NOT NULL,
            label TEXT NOT NULL, path TEXT NOT NULL, proxy TEXT NOT NULL, sha256 TEXT NOT NULL,
            width INTEGER NOT NULL, height INTEGER NOT NULL, tick_s TEXT NOT NULL, pts TEXT NOT NULL,
            to_match TEXT NOT NULL, timing TEXT NOT NULL, codec TEXT NOT NULL, fixed INTEGER NOT NULL,
            PRIMARY KEY (match_id, camera_id));
        CREATE TABLE entry (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, match_id TEXT NOT NULL REFERENCES match(id), incident_id TEXT,
            kind TEXT NOT NULL, body TEXT NOT NULL, by TEXT NOT NULL, at_utc TEXT NOT NULL);
        CREATE INDEX entry_of_match ON entry (match_id, seq)
        """,
    ),
    Migration(
        "0002_live_recordings",
        """
        ALTER TABLE clip ADD COLUMN frames TEXT NOT NULL DEFAULT '';
        ALTER TABLE clip ADD COLUMN recording INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE clip ADD COLUMN file_sha256 TEXT NOT NULL DEFAULT '';
        ALTER TABLE clip ADD COLUMN sync TEXT NOT NULL DEFAULT '';
        CREATE TABLE look (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, match_id TEXT NOT NULL REFERENCES match(id), screen TEXT NOT NULL,
            camera_id TEXT NOT NULL, first_frame INTEGER NOT NULL, last_frame INTEGER NOT NULL, speed REAL NOT NULL,
            looked_ms INTEGER NOT NULL, at_utc TEXT NOT NULL);
        CREATE INDEX look_of_match ON look (match_id, seq)
        """,
    ),
    Migration(
        "0003_lost_looks",
        """
        CREATE TABLE look_lost (
            match_id TEXT NOT NULL REFERENCES match(id), screen TEXT NOT NULL, looks INTEGER NOT NULL,
            at_utc TEXT NOT NULL, PRIMARY KEY (match_id, screen));
        ALTER TABLE look ADD COLUMN moved_ms INTEGER
        """,
    ),
    Migration(
        "0004_entries_are_never_edited",
        """
        CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN
            SELECT RAISE(ABORT, 'an entry is never edited');
        END
        """,
    ),
)


_NO_GAPS: tuple[int, ...] = ()

RESERVED = frozenset({"ui", "upload"})
"""Identifiers that no match may have: their addresses below ``/var/`` are the server's own."""


def slug(name: str) -> str:
    """``name`` as a short identifier for folders and addresses: Latin letters, digits and dashes."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].strip("-")


def folder_of(home: Path, match_id: str) -> Path:
    """Where a match's media lie. Raises ``NotFound`` for what is no identifier but a path."""
    if match_id in ("", ".", "..") or any(sign in match_id for sign in "/\\\0"):
        raise NotFound("var.errors.no_such_match", match=match_id)
    return home / "matches" / match_id


def scene_folder(home: Path, match_id: str, incident_id: str, lang: str) -> Path:
    """Where the pictures, the clip and the 3-D file of an incident's scene are made, in a folder each time."""
    return home / "scenes" / f"{match_id}-{incident_id}-{lang}"


@lru_cache(maxsize=64)
def _pts(text: str) -> Ticks:
    """Frame ticks from their stored form; cached because a two-hour clip has hundreds of thousands."""
    return Ticks(json.loads(text))


def _frames(path: Path, *, growing: bool) -> tuple[Ticks, tuple[int, ...]]:
    """When each frame of a table is shown, and before which frames are missing. Raises ``NotFound`` or ``BadFile``."""
    if growing:
        table = table_of(path, growing=True)
        return table.pts, table.gaps
    try:
        found = path.stat()
    except OSError as fault:
        raise NotFound("var.errors.no_such_table", name=path.name) from fault
    return _ended(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=128)
def _ended(path: Path, inode: int, size: int, changed_ns: int) -> tuple[Ticks, tuple[int, ...]]:
    """The frames of a table that does not grow; a list of matches asks for those of all."""
    table = table_of(path)
    return table.pts, table.gaps


class MatchStore:
    """All matches of an installation, kept under ``home``. ``person`` is who acts; what the roles do not allow is
    refused with ``NotAllowed``, reading too. Without one the machine's owner acts (``touchline.rights``)."""

    def __init__(self, home: Path, person: Person | None = None) -> None:
        self.home, self.person = home, person
        self.store = Store(default_path(home), {"var": MIGRATIONS})

    # ------------------------------------------------------------------ matches

    def folder(self, match_id: str) -> Path:
        """Where a match's media lie. Raises ``NotFound`` for what is no identifier but a path."""
        return folder_of(self.home, match_id)

    def free_id(self, name: str) -> str:
        """An identifier for a new match called ``name`` that no match and no folder has yet."""
        base = slug(name) or "match"
        candidate = base
        while candidate in RESERVED or self.folder(candidate).exists() or self.known(candidate):
            candidate = f"{base}-{secrets.token_hex(2)}"
        return candidate

    def claim_id(self, name: str) -> str:
        """A free identifier whose folder now exists, so that no other process gets the same one."""
        require(self.person, Action.RECORD)
        while True:
            match_id = self.free_id(name)
            try:
                self.folder(match_id).mkdir(parents=True)
            except FileExistsError:
                continue
            return match_id

    def add_match(self, match: Match, *, first_place: int = 0) -> None:
        """Keep a new match with its clips, at places on the screen from ``first_place`` on.

        Raises ``BadValue`` where it has no clip or a camera twice.
        """
        require(self.person, Action.RECORD)
        cameras = [clip.camera_id for clip in match.clips]
        if not cameras or len(set(cameras)) != len(cameras) or not 0 <= match.master < len(cameras):
            raise BadValue("var.errors.bad_match", name=match.name)
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO match VALUES (?, ?, ?, ?, ?, ?, NULL)",
                (
                    match.id,
                    match.name,
                    match.origin.value,
                    match.created_utc,
                    json.dumps(setup_document.to_document(match.setup), ensure_ascii=False),
                    first_place + match.master,
                ),
            )
            for position, clip in enumerate(match.clips, first_place):
                self._insert(connection, match.id, position, clip)

    def _insert(self, connection: sqlite3.Connection, match_id: str, position: int, clip: Clip) -> None:
        values = {
            "match_id": match_id,
            "camera_id": clip.camera_id,
            "position": position,
            "label": clip.label,
            "path": self._kept_path(clip.path),
            "proxy": self._kept_path(clip.proxy),
            "sha256": clip.sha256,
            "width": clip.size_px[0],
            "height": clip.size_px[1],
            "tick_s": str(clip.timebase.tick_s),
            "pts": "" if clip.table else json.dumps(list(clip.pts), separators=(",", ":")),
            "to_match": json.dumps(clip.to_match.document()),
            "timing": clip.timing.value,
            "codec": clip.codec,
            "fixed": int(clip.fixed),
            "frames": self._kept_path(clip.table) if clip.table else "",
            "recording": int(clip.recording),
            "file_sha256": clip.file_sha256,
        }
        places = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO clip ({', '.join(values)}) VALUES ({places})", tuple(values.values()))

    def add_clip(self, match_id: str, clip: Clip, *, place: int | None = None) -> None:
        """Give a match one more angle, such as a camera that joins while others record.

        ``place`` is its place on the screen among the angles' places (see ``next_place``); without it, it comes last.
        Raises ``BadValue`` where the match has that camera already.
        """
        require(self.person, Action.RECORD)
        match = self.match(match_id)
        with self.store.write() as connection:
            if clip.camera_id in self.camera_ids(match.id):
                raise BadValue("var.errors.bad_match", name=match.name)
            self._insert(connection, match.id, self.next_place(match.id) if place is None else place, clip)

    def camera_ids(self, match_id: str) -> set[str]:
        """The cameras of a match, those included of which no picture has come yet."""
        rows = self.store.rows("SELECT camera_id FROM clip WHERE match_id = ?", (match_id,))
        return {row["camera_id"] for row in rows}

    def next_place(self, match_id: str) -> int:
        """The first place on the screen behind all angles of a match; 0 for a match that is not there."""
        row = self.store.row("SELECT MAX(position) AS last FROM clip WHERE match_id = ?", (match_id,))
        return 0 if row is None or row["last"] is None else int(row["last"]) + 1

    def end_recording(self, match_id: str, camera_id: str, file_sha256: str) -> None:
        """Say that an angle's file will not grow any more, and what its whole content hashes to."""
        require(self.person, Action.RECORD)
        with self.store.write() as connection:
            connection.execute(
                "UPDATE clip SET recording = 0, file_sha256 = ? WHERE match_id = ? AND camera_id = ?",
                (file_sha256, match_id, camera_id),
            )

    def _kept_path(self, path: Path) -> str:
        """A path as it is stored: relative to the data folder where it lies inside, so that the folder may move."""
        absolute = path.absolute()
        return str(absolute.relative_to(self.home)) if absolute.is_relative_to(self.home) else str(absolute)

    def matches(self, *, put_away: bool = False) -> list[Match]:
        """All matches with pictures, or those that were put away instead; the newest first. One that cannot be read
        keeps none of the others away: ``unreadable`` names it."""
        return [match for _, match in self._all(put_away=put_away) if isinstance(match, Match) and match.clips]

    def unreadable(self) -> list[tuple[str, TouchlineError]]:
        """The names of matches that cannot be opened, and why: a frame table is gone or damaged."""
        return [(name, fault) for name, fault in self._all(put_away=False) if isinstance(fault, TouchlineError)]

    def _all(self, *, put_away: bool) -> list[tuple[str, Match | TouchlineError]]:
        require(self.person, Action.WATCH)
        which = "IS NOT NULL" if put_away else "IS NULL"
        rows = self.store.rows(f"SELECT * FROM match WHERE deleted_utc {which} ORDER BY created_utc DESC, id")
        found: list[tuple[str, Match | TouchlineError]] = []
        for row in rows:
            try:
                found.append((row["name"], self._match(row)))
            except TouchlineError as fault:
                found.append((row["name"], fault))
        return found

    def known(self, match_id: str) -> bool:
        """Whether the identifier is taken, be it by a match that was put away."""
        return self.store.row("SELECT 1 FROM match WHERE id = ?", (match_id,)) is not None

    def match(self, match_id: str) -> Match:
        """The match with this id. Raises ``NotFound``."""
        found = self.find(match_id)
        if found is None:
            raise NotFound("var.errors.no_such_match", match=match_id)
        return found

    def find(self, match_id: str) -> Match | None:
        """The match with this id, or None. Raises ``NotFound`` or ``BadFile`` where a frame table of it is gone or
        damaged: that is not the same as no match."""
        require(self.person, Action.WATCH)
        row = self.store.row("SELECT * FROM match WHERE id = ? AND deleted_utc IS NULL", (match_id,))
        return None if row is None else self._match(row)

    def _match(self, row: Row) -> Match:
        clips = self.store.rows("SELECT * FROM clip WHERE match_id = ? ORDER BY position", (row["id"],))
        kept = [(known["position"], clip) for known in clips if (clip := self._clip(known)) is not None]
        master = next((k for k, (position, _) in enumerate(kept) if position == row["master"]), 0)
        return Match(
            id=row["id"],
            name=row["name"],
            origin=Origin(row["origin"]),
            created_utc=row["created_utc"],
            setup=setup_document.from_document(json.loads(row["setup"])),
            clips=tuple(clip for _, clip in kept),
            master=master,
        )

    def _clip(self, row: Row) -> Clip | None:
        """An angle from its row; None for a live one that has no settled frame yet."""
        table = self.home / row["frames"] if row["frames"] else None
        if table is None:
            pts, gaps = _pts(row["pts"]), _NO_GAPS
        else:
            pts, gaps = _frames(table, growing=bool(row["recording"]))
            if not len(pts):
                return None
        path = self.home / row["path"]
        return Clip(
            camera_id=row["camera_id"],
            label=row["label"],
            path=path,
            proxy=self.home / row["proxy"],
            sha256=row["sha256"],
            size_px=(row["width"], row["height"]),
            timebase=Timebase(Fraction(row["tick_s"])),
            pts=pts,
            to_match=ClockMap.from_document(json.loads(row["to_match"])),
            timing=Origin(row["timing"]),
            codec=row["codec"],
            fixed=bool(row["fixed"]),
            gaps=gaps,
            recording=bool(row["recording"]),
            file_sha256=row["file_sha256"],
            table=table,
        )

    def save_setup(self, match_id: str, setup: Setup, *, name: str | None = None) -> None:
        """Keep a match's set-up (and its name, where one is given)."""
        require(self.person, Action.SET_UP)
        document = json.dumps(setup_document.to_document(setup), ensure_ascii=False)
        self.match(match_id)
        with self.store.write() as connection:
            connection.execute("UPDATE match SET setup = ? WHERE id = ?", (document, match_id))
            if name:
                connection.execute("UPDATE match SET name = ? WHERE id = ?", (name, match_id))

    def save_clip(
        self,
        match_id: str,
        camera_id: str,
        *,
        label: str | None = None,
        to_match: ClockMap | None = None,
        fixed: bool | None = None,
        timing: Origin | None = None,
    ) -> None:
        """Change what people know about an angle: its label, its clock, whether the camera stands still. What is not
        given stays as it is, be it that somebody else changes it at this moment."""
        require(self.person, Action.PREPARE)
        clip = self.match(match_id).clip(camera_id)
        given: dict[str, str | int | None] = {
            "label": label or None,
            "to_match": None if to_match is None else json.dumps(to_match.document()),
            "fixed": None if fixed is None else int(fixed),
            "timing": None if timing is None else timing.value,
        }
        changed = {name: value for name, value in given.items() if value is not None}
        if not changed:
            return
        with self.store.write() as connection:
            connection.execute(
                f"UPDATE clip SET {', '.join(f'{name} = ?' for name in changed)} WHERE match_id = ? AND camera_id = ?",
                (*changed.values(), match_id, clip.camera_id),
            )

    def set_master(self, match_id: str, camera_id: str) -> None:
        """Choose the angle whose frames are the steps of the time line."""
        require(self.person, Action.PREPARE)
        match = self.match(match_id)
        camera_id = match.clip(camera_id).camera_id
        with self.store.write() as connection:
            place = "SELECT position FROM clip WHERE match_id = ? AND camera_id = ?"
            connection.execute(f"UPDATE match SET master = ({place}) WHERE id = ?", (match_id, camera_id, match_id))

    def delete_match(self, match_id: str) -> None:
        """Put a match away; its media and entries stay on the disk until ``purge_match``."""
        require(self.person, Action.REMOVE)
        self.match(match_id)
        with self.store.write() as connection:
            connection.execute("UPDATE match SET deleted_utc = ? WHERE id = ?", (utc_now(), match_id))

    def restore_match(self, match_id: str) -> None:
        """Bring back a match that was put away."""
        require(self.person, Action.REMOVE)
        with self.store.write() as connection:
            connection.execute("UPDATE match SET deleted_utc = NULL WHERE id = ?", (match_id,))

    def purge_match(self, match_id: str) -> None:
        """Remove a match for good: entries, clips, its folder of media and the pictures made of its scenes."""
        require(self.person, Action.REMOVE)
        made = self.store.rows("SELECT incident_id FROM entry WHERE match_id = ? AND kind = 'incident'", (match_id,))
        with self.store.write() as connection:
            for table in ("entry", "look", "look_lost", "clip"):
                connection.execute(f"DELETE FROM {table} WHERE match_id = ?", (match_id,))
            connection.execute("DELETE FROM match WHERE id = ?", (match_id,))
        shutil.rmtree(self.folder(match_id), ignore_errors=True)
        for row in made:
            for lang in LANGUAGES:
                shutil.rmtree(scene_folder(self.home, match_id, row["incident_id"], lang), ignore_errors=True)
