"""The matches of an installation and their clips, in the store; media in a folder a match."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import unicodedata
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.i18n import LANGUAGES
from touchline.ledger.kept import forget_head
from touchline.origin import Origin
from touchline.rights import Action, Person, require
from touchline.store import Migration, Row, store_at, utc_now
from touchline.timebase import ClockMap, Timebase
from var import setup_document
from var.evidence.outbox import MIGRATION, Change, Outbox
from var.footage.tables import table_of
from var.model import Clip, Match, Removal, Setup
from var.retention import log
from var.retention.tables import MIGRATION as RETENTION
from var.retention.tables import OF_A_MATCH, is_kept
from var.ticks import Ticks
from var.tournaments.tables import MIGRATION as TOURNAMENTS

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
        postgres_sql="""
        CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
            FOR EACH ROW EXECUTE FUNCTION touchline_refuse('an entry is never edited');
        CREATE TRIGGER entry_not_emptied BEFORE TRUNCATE ON entry
            EXECUTE FUNCTION touchline_refuse('an entry is never removed but with its whole match')
        """,
    ),
    # REPLACE removes without asking triggers for removal, so an insertion may not meet an entry. A number that the
    # database still has to give reads as -1 before the insertion: no entry may have that one.
    Migration(
        "0005_entries_are_never_removed",
        """
        CREATE TABLE purging (match_id TEXT PRIMARY KEY);
        CREATE TRIGGER entry_not_removed BEFORE DELETE ON entry
        WHEN NOT EXISTS (SELECT 1 FROM purging WHERE match_id = OLD.match_id) BEGIN
            SELECT RAISE(ABORT, 'an entry is never removed but with its whole match');
        END;
        CREATE TRIGGER entry_not_replaced BEFORE INSERT ON entry
        WHEN EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq) BEGIN
            SELECT RAISE(ABORT, 'an entry is never replaced');
        END;
        CREATE TRIGGER entry_numbered AFTER INSERT ON entry WHEN NEW.seq < 1 BEGIN
            SELECT RAISE(ABORT, 'the number of an entry is above zero');
        END;
        CREATE TRIGGER purging_whole BEFORE DELETE ON purging
        WHEN EXISTS (SELECT 1 FROM entry WHERE match_id = OLD.match_id) BEGIN
            SELECT RAISE(ABORT, 'a match is purged whole');
        END;
        CREATE TRIGGER purging_stays BEFORE UPDATE ON purging BEGIN
            SELECT RAISE(ABORT, 'a match is purged whole');
        END
        """,
        # What is there already PostgreSQL never replaces: an update is one, and is refused.
        postgres_sql="""
        CREATE TABLE purging (match_id TEXT COLLATE "C" PRIMARY KEY);
        CREATE FUNCTION entry_goes_with_match() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM purging WHERE match_id = OLD.match_id) THEN
                RAISE EXCEPTION 'an entry is never removed but with its whole match'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER entry_not_removed BEFORE DELETE ON entry
            FOR EACH ROW EXECUTE FUNCTION entry_goes_with_match();
        CREATE FUNCTION match_is_purged_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT 1 FROM entry WHERE match_id = OLD.match_id) THEN
                RAISE EXCEPTION 'a match is purged whole' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER purging_whole BEFORE DELETE ON purging
            FOR EACH ROW EXECUTE FUNCTION match_is_purged_whole();
        CREATE TRIGGER purging_stays BEFORE UPDATE ON purging
            FOR EACH ROW EXECUTE FUNCTION touchline_refuse('a match is purged whole')
        """,
    ),
    Migration("0006_whose_account", "ALTER TABLE entry ADD COLUMN account TEXT"),
    MIGRATION,
    TOURNAMENTS,
    RETENTION,
    # Without a row number of its own a row has no second name under which it could be replaced. What asks for ``entry``
    # is taken away before the table is, and made again after.
    Migration(
        "0009_entries_of_a_match",
        """
        DROP TRIGGER purging_whole;
        CREATE TABLE entry_of (
            match_id TEXT NOT NULL REFERENCES match(id), seq INTEGER NOT NULL CHECK (typeof(seq) = 'integer'),
            incident_id TEXT, kind TEXT NOT NULL, body TEXT NOT NULL, by TEXT NOT NULL, at_utc TEXT NOT NULL,
            account TEXT, PRIMARY KEY (match_id, seq)) WITHOUT ROWID;
        INSERT INTO entry_of (match_id, seq, incident_id, kind, body, by, at_utc, account)
            SELECT match_id, seq, incident_id, kind, body, by, at_utc, account FROM entry ORDER BY match_id, seq;
        DROP TABLE entry;
        ALTER TABLE entry_of RENAME TO entry;
        CREATE INDEX entry_of_incident ON entry (incident_id);
        CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN
            SELECT RAISE(ABORT, 'an entry is never edited');
        END;
        CREATE TRIGGER entry_not_removed BEFORE DELETE ON entry
        WHEN NOT EXISTS (SELECT 1 FROM purging WHERE match_id = OLD.match_id) BEGIN
            SELECT RAISE(ABORT, 'an entry is never removed but with its whole match');
        END;
        CREATE TRIGGER entry_not_replaced BEFORE INSERT ON entry
        WHEN EXISTS (SELECT 1 FROM entry WHERE match_id = NEW.match_id AND seq = NEW.seq) BEGIN
            SELECT RAISE(ABORT, 'an entry is never replaced');
        END;
        CREATE TRIGGER entry_numbered BEFORE INSERT ON entry WHEN NEW.seq < 1 BEGIN
            SELECT RAISE(ABORT, 'the number of an entry is above zero');
        END;
        CREATE TRIGGER purging_whole BEFORE DELETE ON purging
        WHEN EXISTS (SELECT 1 FROM entry WHERE match_id = OLD.match_id) BEGIN
            SELECT RAISE(ABORT, 'a match is purged whole');
        END
        """,
        postgres_sql="""
        CREATE TABLE entry_of (
            match_id TEXT COLLATE "C" NOT NULL REFERENCES match(id),
            seq BIGINT NOT NULL CONSTRAINT entry_numbered CHECK (seq >= 1),
            incident_id TEXT COLLATE "C", kind TEXT COLLATE "C" NOT NULL, body TEXT COLLATE "C" NOT NULL,
            by TEXT COLLATE "C" NOT NULL, at_utc TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C",
            PRIMARY KEY (match_id, seq));
        INSERT INTO entry_of (match_id, seq, incident_id, kind, body, by, at_utc, account)
            SELECT match_id, seq, incident_id, kind, body, by, at_utc, account FROM entry ORDER BY match_id, seq;
        DROP TABLE entry;
        ALTER TABLE entry_of RENAME TO entry;
        CREATE INDEX entry_of_incident ON entry (incident_id);
        CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
            FOR EACH ROW EXECUTE FUNCTION touchline_refuse('an entry is never edited');
        CREATE TRIGGER entry_not_emptied BEFORE TRUNCATE ON entry
            EXECUTE FUNCTION touchline_refuse('an entry is never removed but with its whole match');
        CREATE TRIGGER entry_not_removed BEFORE DELETE ON entry
            FOR EACH ROW EXECUTE FUNCTION entry_goes_with_match()
        """,
    ),
    # ``known_as`` is the identifier under which the evidence of a match was written, where that is not its own here.
    # ``arrival`` holds where a match came from: one row a package that was taken in.
    Migration(
        "0010_matches_that_came",
        """
        ALTER TABLE match ADD COLUMN known_as TEXT;
        CREATE TABLE arrival (
            match_id TEXT NOT NULL REFERENCES match(id), number INTEGER NOT NULL, at_utc TEXT NOT NULL,
            told TEXT NOT NULL, PRIMARY KEY (match_id, number))
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


SENT = "transfers"
"""The folder below the data home in which the page has packages of matches written for other machines."""


def packages_of(home: Path, match_id: str) -> list[Path]:
    """What was written of a match for other machines and still lies here: packages and their signatures."""
    named = re.compile(rf"{re.escape(match_id)}-match(-\d+)?(\.zip(\.sig)?)?")
    try:
        return sorted(path for path in (home / SENT).iterdir() if named.fullmatch(path.name))
    except OSError:
        return []


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


def text_hash(text: str) -> str:
    """The SHA-256 of a text, as the evidence log names what it does not hold."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class MatchStore:
    """All matches of an installation, kept under ``home``. ``person`` is who acts; what the roles do not allow is
    refused with ``NotAllowed``, reading too. Without one the machine's owner acts (``touchline.rights``), for the
    ``account`` of somebody else where a job was started by one. Entries keep the account's id: two people may have one
    name."""

    def __init__(self, home: Path, person: Person | None = None, *, account: str | None = None) -> None:
        self.home, self.person = home, person
        self.account = account if person is None else person.id
        self.store = store_at(home, {"var": MIGRATIONS})
        self.outbox = Outbox(home, self.store)

    def changing(self) -> AbstractContextManager[Change]:
        """One transaction, whose ``tell`` notes for the evidence log of a match what is done in it."""
        return self.outbox.change(self.account)

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
        setup = json.dumps(setup_document.to_document(match.setup), ensure_ascii=False)
        with self.changing() as change:
            change.connection.execute(
                "INSERT INTO match (id, name, origin, created_utc, setup, master) VALUES (?, ?, ?, ?, ?, ?)",
                (match.id, match.name, match.origin.value, match.created_utc, setup, first_place + match.master),
            )
            change.tell(match.id, "match", {"origin": match.origin.value, "setup_sha256": text_hash(setup)})
            for position, clip in enumerate(match.clips, first_place):
                self._insert(change, match.id, position, clip)

    def _insert(self, change: Change, match_id: str, position: int, clip: Clip) -> None:
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
        change.connection.execute(f"INSERT INTO clip ({', '.join(values)}) VALUES ({places})", tuple(values.values()))
        seen = {"frames": len(clip), "recording": clip.recording, "timing": clip.timing.value}
        hashes = {"sha256": clip.sha256, "file_sha256": clip.file_sha256}
        change.tell(match_id, "media", {"camera": clip.camera_id, **hashes, **seen})

    def add_clip(self, match_id: str, clip: Clip, *, place: int | None = None) -> None:
        """Give a match one more angle, such as a camera that joins while others record.

        ``place`` is its place on the screen among the angles' places (see ``next_place``); without it, it comes last.
        Raises ``BadValue`` where the match has that camera already.
        """
        require(self.person, Action.RECORD)
        match = self.match(match_id)
        with self.changing() as change:
            if clip.camera_id in self.camera_ids(match.id):
                raise BadValue("var.errors.bad_match", name=match.name)
            self._insert(change, match.id, self.next_place(match.id) if place is None else place, clip)

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
        with self.changing() as change:
            change.connection.execute(
                "UPDATE clip SET recording = 0, file_sha256 = ? WHERE match_id = ? AND camera_id = ?",
                (file_sha256, match_id, camera_id),
            )
            change.tell(match_id, "recorded", {"camera": camera_id, "file_sha256": file_sha256})

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
        clips = self.store.rows(
            "SELECT clip.*, gone.at_utc AS removed_utc, gone.rule AS removed_rule FROM clip"
            " LEFT JOIN media_removed AS gone USING (match_id, camera_id) WHERE match_id = ? ORDER BY position",
            (row["id"],),
        )
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
            known_as=row["known_as"],
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
            removed=Removal(row["removed_utc"], row["removed_rule"]) if row["removed_utc"] else None,
        )

    def save_setup(self, match_id: str, setup: Setup, *, name: str | None = None) -> None:
        """Keep a match's set-up (and its name, where one is given)."""
        require(self.person, Action.SET_UP)
        document = json.dumps(setup_document.to_document(setup), ensure_ascii=False)
        self.match(match_id)
        with self.changing() as change:
            change.connection.execute("UPDATE match SET setup = ? WHERE id = ?", (document, match_id))
            if name:
                change.connection.execute("UPDATE match SET name = ? WHERE id = ?", (name, match_id))
            change.tell(match_id, "setup", {"setup_sha256": text_hash(document), "renamed": bool(name)})

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
        with self.changing() as change:
            change.tell(match_id, "angle", {"camera": clip.camera_id, **changed})
            change.connection.execute(
                f"UPDATE clip SET {', '.join(f'{name} = ?' for name in changed)} WHERE match_id = ? AND camera_id = ?",
                (*changed.values(), match_id, clip.camera_id),
            )

    def set_master(self, match_id: str, camera_id: str) -> None:
        """Choose the angle whose frames are the steps of the time line."""
        require(self.person, Action.PREPARE)
        match = self.match(match_id)
        camera_id = match.clip(camera_id).camera_id
        with self.changing() as change:
            change.tell(match_id, "master", {"camera": camera_id})
            place = "SELECT position FROM clip WHERE match_id = ? AND camera_id = ?"
            change.connection.execute(
                f"UPDATE match SET master = ({place}) WHERE id = ?", (match_id, camera_id, match_id)
            )

    def delete_match(self, match_id: str) -> None:
        """Put a match away; its media and entries stay on the disk until ``purge_match``."""
        require(self.person, Action.REMOVE)
        self.match(match_id)
        with self.changing() as change:
            change.connection.execute("UPDATE match SET deleted_utc = ? WHERE id = ?", (utc_now(), match_id))
            change.tell(match_id, "put_away", {})

    def restore_match(self, match_id: str) -> None:
        """Bring back a match that was put away."""
        require(self.person, Action.REMOVE)
        with self.changing() as change:
            change.connection.execute("UPDATE match SET deleted_utc = NULL WHERE id = ?", (match_id,))
            change.tell(match_id, "restored", {})

    def purge_match(self, match_id: str, *, listed: bool = False) -> None:
        """Remove a match for good: entries, clips, its folder of media and the pictures made of its scenes. Its
        evidence log is closed and kept. It is put on the list of what was deleted, unless the caller ``listed`` it.
        Raises ``BadValue`` for a match that is held, or has recordings of one that is (``var.retention``)."""
        require(self.person, Action.REMOVE)
        made = self.store.rows("SELECT incident_id FROM entry WHERE match_id = ? AND kind = 'incident'", (match_id,))
        with self.store.write() as connection:
            if is_kept(connection, match_id):
                raise BadValue("var.errors.match_held", match=match_id)
            connection.execute("INSERT INTO purging VALUES (?)", (match_id,))  # else the database keeps every entry
            of_match = (*OF_A_MATCH, "clip", "evidence", "arrival", "tournament_match")
            for table in ("entry", "purging", "look", "look_lost", *of_match):
                connection.execute(f"DELETE FROM {table} WHERE match_id = ?", (match_id,))
            connection.execute("DELETE FROM match WHERE id = ?", (match_id,))
            forget_head(connection, match_id)
            if not listed:
                by = "" if self.person is None else self.person.name
                log.write(connection, log.DELETED, {}, match_id=match_id, by=by, account=self.account)
        if not listed:
            log.drain(self.home, self.store)
        self.outbox.retire(match_id, self.account)
        shutil.rmtree(self.folder(match_id), ignore_errors=True)
        for row in made:
            for lang in LANGUAGES:
                shutil.rmtree(scene_folder(self.home, match_id, row["incident_id"], lang), ignore_errors=True)
        for path in packages_of(self.home, match_id):  # they hold its recordings
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
