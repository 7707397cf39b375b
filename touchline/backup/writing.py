"""Makes a backup: a bag of a data folder, whole or not at all, while the app runs and a recording goes on."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from touchline import __version__
from touchline.backup.bag import DOCUMENT, MANIFEST, PAYLOAD, read_manifest, write_tags
from touchline.backup.database import copy_database, migrations
from touchline.backup.gathering import Found, Gathered, gather
from touchline.backup.places import DATABASE, Bound, keepings
from touchline.errors import BadFile, BadValue
from touchline.ledger.head import Head, head_path, read_head, write_head
from touchline.ledger.tail import tail_of
from touchline.postgres_address import read_url
from touchline.presence import alone, keep_names
from touchline.rights import Action, Person, require
from touchline.store import database_url, is_there, store_at

FORMAT, VERSION = "touchline-backup", 1
NAME = re.compile(r"touchline-backup-(\d{8}T\d{6}Z)")
LOCK = ".touchline-backup.lock"
RESERVE_BYTES = 64 << 20
"""Room that a backup leaves on the disk it is written to."""
_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TRIES = 3
_TOLD: dict[str, Any] = {
    "made_utc": str,
    "program": str,
    "installation": str | None,
    "media": bool,
    "keys": bool,
    "files": int,
    "bytes": int,
    "left_out": list,
    "growing": list,
}
"""What a backup says of itself, whoever wrote it."""
_LOG = logging.getLogger(__name__)

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: its folder, its document, and the hash of its tag manifest, which stands for all of it.
    ``removed`` names older ones that made room."""

    path: Path
    told: dict[str, Any]
    sha256: str
    removed: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The backup as a JSON-ready document (schema ``backup``)."""
        return {"path": str(self.path), "sha256": self.sha256, "removed": list(self.removed), "backup": self.told}


def back_up(
    home: Path,
    out: Path,
    *,
    media: bool = True,
    keys: bool = True,
    keep: int | None = None,
    person: Person | None = None,
    progress: Progress = lambda share, what: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Backup:
    """Write a backup of the data folder ``home`` into a new folder below ``out``.

    Without ``media`` recordings stay out, without ``keys`` private keys do. With ``keep`` the oldest of this
    installation's backups in ``out`` are removed once there are more. Raises ``NotAllowed``, ``BadValue`` for a place
    or number that makes no sense and where another backup is being written there, ``BadFile`` for a disk that is full
    or fails and a database that is damaged. What was there before stays as it was.
    """
    require(person, Action.BACK_UP)
    home, out = home.resolve(), out.expanduser().resolve()
    if keep is not None and not 1 <= keep <= 10_000:
        raise BadValue("touchline.errors.backup_keep", keep=keep)
    if out == home or out.is_relative_to(home):
        raise BadValue("touchline.errors.backup_inside", out=out, home=home)
    url = database_url()
    if url is not None:
        raise BadValue("touchline.errors.backup_on_server", path=read_url(url))
    if not (home / DATABASE).is_file():
        raise BadValue("touchline.errors.backup_nothing", home=home)
    with _refusing(out):
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone_in(out):
            made = _thinned(_write(home, out, media, keys, progress, clock()), keep)
    remember(home, LAST, {"path": str(made.path), "sha256": made.sha256, **_short(made.told)})
    return made


LAST, CHECKED = "backup/last", "backup/checked"
"""The settings that say which backup was made last, and which was checked last and found how."""


def remember(home: Path, name: str, document: dict[str, Any]) -> None:
    """Keep what the page says of backups; where the database cannot take it the backup is made all the same."""
    if is_there(home):
        with contextlib.suppress(BadFile):
            store_at(home).set_setting(name, json.dumps(document, ensure_ascii=False))


def remembered(home: Path, name: str) -> dict[str, Any] | None:
    """What was kept of it, or None."""
    text = store_at(home).setting(name)
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


def _short(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("made_utc", "files", "bytes", "media", "keys", "left_out", "growing")}


@contextlib.contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    """In the block nobody else writes a backup into ``out``, and what killed ones left is gone; on a disk that knows no
    locks (some network drives) nobody can tell, and what was left stays. Raises ``BadValue`` where somebody writes."""
    with contextlib.ExitStack() as stack:
        try:
            free = stack.enter_context(alone(out / LOCK))
        except BadFile:
            _LOG.warning("%s knows no locks: two backups at once would not see each other", out)
        else:
            if not free:
                raise BadValue("touchline.errors.backup_at_work", out=out)
            sweep(out)
        yield


@contextlib.contextmanager
def _refusing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if isinstance(fault, BadFile):
            raise
        if fault.errno in _FULL:
            raise BadFile("touchline.errors.backup_disk_full", path=out) from fault
        raise BadFile("touchline.errors.backup_disk", path=out, fault=fault) from fault


def sweep(out: Path) -> None:
    """Remove what killed backups left; for who holds the lock of ``out``."""
    for left in out.glob(".touchline-backup-*.part"):
        shutil.rmtree(left, ignore_errors=True)


def backups(out: Path, installation: str | None = None) -> list[tuple[Path, dict[str, Any]]]:
    """The backups in a folder with their documents, the newest first; of one installation where it is given. What has
    no document that can be read is none."""
    found = []
    for path in sorted(out.glob("touchline-backup-*"), reverse=True):
        told = read_document(path) if NAME.fullmatch(path.name) else None
        if told is not None and installation in (None, told["installation"]):
            found.append((path, told))
    return found


def read_document(path: Path) -> dict[str, Any] | None:
    """What a backup says of itself; None where it is none of ours."""
    try:
        told = json.loads((path / DOCUMENT).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("format") != FORMAT or type(told.get("version")) is not int:
        return None
    good = all(name in told and isinstance(told[name], kind) for name, kind in _TOLD.items())
    return told if good and told["files"] >= 0 and told["bytes"] >= 0 else None


def installation_of(home: Path) -> str | None:
    """What an installation is called: the id of the key that signs its ledgers; None before it has one."""
    from touchline.ledger.keys import key_id, keys_folder, read_public

    path = keys_folder(home) / "ledger.pub"
    return key_id(read_public(path)) if path.exists() else None


class _Writer:
    """The files of one backup, one after another."""

    def __init__(self, work: Path, bound: Bound, before: Path | None, progress: Progress, whole: int) -> None:
        self.data = work / PAYLOAD
        self.hashes: dict[str, str] = {}
        self.octets = 0
        self.linked = [0, 0]
        self.growing: list[dict[str, Any]] = []
        self._bound, self._progress, self._whole = bound, progress, max(1, whole)
        self._before = before
        listed = None if before is None else read_manifest((before / MANIFEST).read_bytes())
        self._listed = listed or {}

    def add(self, file: Found, gathered: Gathered) -> None:
        """Take one file; what goes away meanwhile is left out, and told."""
        place = self.data / file.name
        make_folder(place.parent)
        try:
            if self._grows_by_lines(file):
                digest, size = self._lines(file, place)
            elif (most := self._bound(file.name)) is not None:
                digest, size = self._copy(file, place, most)
                self.growing.append({"path": file.name, "bytes": size})
            elif (known := self._link(file, place)) is not None:
                digest, size = known, file.size
            else:
                digest, size = self._settled(file, place, gathered)
        except FileNotFoundError:
            if file.path.exists():
                raise
            place.unlink(missing_ok=True)
            gathered.leave("gone", file.name)
            return
        self.put(file.name, digest, size)

    def put(self, name: str, digest: str, size: int) -> None:
        """Note a file that is there."""
        self.hashes[name] = digest
        self.octets += size
        self._progress(min(0.97, 0.05 + 0.92 * self.octets / self._whole), name)

    def link_of(self, file: Found) -> Path | None:
        """The same file in the backup before, by size and time: whoever changed it would have left another time."""
        if self._before is None or self._grows_by_lines(file) or f"{PAYLOAD}/{file.name}" not in self._listed:
            return None
        old = self._before / PAYLOAD / file.name
        try:
            known = old.lstat()
        except OSError:
            return None
        same = (known.st_size, known.st_mtime_ns) == (file.size, file.mtime_ns)
        return old if same and self._bound(file.name) is None else None

    def _grows_by_lines(self, file: Found) -> bool:
        """Whether a file is a ledger or journal that is written on, and no copy of one in a signed package."""
        if not file.name.endswith(".jsonl"):
            return False
        return file.name.endswith(".journal.jsonl") or head_path(file.path).exists()

    def _link(self, file: Found, place: Path) -> str | None:
        old = self.link_of(file)
        if old is None:
            return None
        try:
            place.hardlink_to(old)
        except OSError:  # a disk that knows no such thing, or not so many of them
            return None
        self.linked[0] += 1
        self.linked[1] += file.size
        return self._listed[f"{PAYLOAD}/{file.name}"]

    def _settled(self, file: Found, place: Path, gathered: Gathered) -> tuple[str, int]:
        """Copy a file that nobody changes meanwhile; one that is changed again and again is taken as it was read."""
        for _ in range(_TRIES):
            before = file.path.stat()
            digest, size = self._copy(file, place, None)
            after = file.path.stat()
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) and size == after.st_size:
                os.utime(place, ns=(after.st_mtime_ns, after.st_mtime_ns))
                return digest, size
        self.growing.append({"path": file.name, "bytes": size})
        return digest, size

    def _copy(self, file: Found, place: Path, most: int | None) -> tuple[str, int]:
        hashed, size = hashlib.sha256(), 0
        with file.path.open("rb") as source, _private(place) as target:
            while most is None or size < most:
                block = source.read(_BLOCK if most is None else min(_BLOCK, most - size))
                if not block:
                    break
                target.write(block)
                hashed.update(block)
                size += len(block)
                if size % (64 * _BLOCK) == 0:
                    self._progress(min(0.97, 0.05 + 0.92 * (self.octets + size) / self._whole), file.name)
            target.flush()
            os.fsync(target.fileno())
        return hashed.hexdigest(), size

    def _lines(self, file: Found, place: Path) -> tuple[str, int]:
        """A file of lines to its last whole line; where a head lies beside it, that of what was copied."""
        most = self._bound(file.name)
        data = file.path.read_bytes()[:most]
        data = data[: data.rfind(b"\n") + 1]
        with _private(place) as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        os.utime(place, ns=(file.mtime_ns, file.mtime_ns))
        if head_path(file.path).exists():
            with contextlib.suppress(BadFile):
                kept = read_head(file.path)
                handle = os.open(place, os.O_RDONLY)
                try:
                    tail = tail_of(handle)
                finally:
                    os.close(handle)
                if kept is not None and tail.n is not None and tail.sha256 is not None:
                    write_head(place, Head(tail.n, tail.sha256, kept.ledger))
                    head = head_path(place).read_bytes()
                    self.put(f"{file.name}.head", hashlib.sha256(head).hexdigest(), len(head))
        return hashlib.sha256(data).hexdigest(), len(data)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, each for its owner alone."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def _private(place: Path) -> Iterator[Any]:
    place.unlink(missing_ok=True)
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        yield stream


def _write(home: Path, out: Path, media: bool, keys: bool, progress: Progress, now: datetime) -> Backup:
    stamp, at = now.astimezone(UTC).replace(microsecond=0), now
    while (out / f"touchline-backup-{stamp:%Y%m%dT%H%M%SZ}").exists():
        stamp += timedelta(seconds=1)
    name = f"touchline-backup-{stamp:%Y%m%dT%H%M%SZ}"
    work = out / f".{name}.part"
    try:
        work.mkdir(mode=0o700)
        (work / PAYLOAD).mkdir(mode=0o700)
        progress(0.0, DATABASE)
        _room(out, (home / DATABASE).stat().st_size)
        database = work / PAYLOAD / DATABASE
        os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        copy_database(home / DATABASE, database)
        gathered = gather(home, media=media, keys=keys)
        bounds = [keeping.bound(home, database) for keeping in keepings()]

        def bound(path: str) -> int | None:
            return next((most for each in bounds if (most := each(path)) is not None), None)

        installation = installation_of(home)
        before = next((path for path, _ in backups(out, installation)), None) if installation else None
        heads = {f"{file.name}.head" for file in gathered.files if file.name.endswith(".jsonl")}  # written with theirs
        files = [file for file in gathered.files if file.name not in heads]
        writer = _Writer(work, bound, before, progress, sum(file.size for file in files))
        _room(out, sum(file.size for file in files if writer.link_of(file) is None))
        with database.open("rb") as stream:
            os.fsync(stream.fileno())
            writer.put(DATABASE, hashlib.file_digest(stream, "sha256").hexdigest(), database.stat().st_size)
        for file in files:
            writer.add(file, gathered)
        for path in sorted({path for keeping in keepings() for path in keeping.outside(database)}):
            gathered.leave("outside", path, _size(path))
        told: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "made_utc": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "program": __version__,
            "installation": installation,
            "home": str(home),
            "media": media,
            "keys": keys,
            "files": len(writer.hashes),
            "bytes": writer.octets,
            "linked_files": writer.linked[0],
            "linked_bytes": writer.linked[1],
            "database_sha256": writer.hashes[DATABASE],
            "migrations": [f"{owner}/{step}" for owner, step in sorted(migrations(database))],
            "growing": writer.growing,
            "left_out": [gathered.left_out[why] for why in sorted(gathered.left_out)],
            "unnamed": gathered.unnamed,
        }
        document = json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
        info = {"Bagging-Date": f"{stamp:%Y-%m-%d}", "External-Description": "Backup of a Touchline data folder"}
        digest = write_tags(work, document, writer.hashes, writer.octets, info)
        progress(0.98, name)
        for tag in [*work.glob("*.txt"), work / DOCUMENT]:
            tag.chmod(0o600)
            with tag.open("rb") as stream:
                os.fsync(stream.fileno())
        keep_names(work)
        work.rename(out / name)
        keep_names(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress(1.0, name)
    return Backup(out / name, told, digest, ())


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _room(out: Path, needed: int) -> None:
    free = shutil.disk_usage(out).free
    if free < needed + RESERVE_BYTES:
        raise BadFile(
            "touchline.errors.backup_no_room",
            path=out,
            needed_mb=(needed + RESERVE_BYTES) // 10**6,
            free_mb=free // 10**6,
        )


def _thinned(made: Backup, keep: int | None) -> Backup:
    """Remove the oldest backups of this installation beyond ``keep``; never the one that was just made, whatever the
    clock says."""
    if keep is None or made.told["installation"] is None:
        return made
    others = [path for path, _ in backups(made.path.parent, made.told["installation"]) if path != made.path]
    removed = []
    for path in others[keep - 1 :]:
        going = path.with_name(f".{path.name}.part")
        path.rename(going)  # half of a backup never bears its name
        shutil.rmtree(going, ignore_errors=True)
        removed.append(path.name)
    return Backup(made.path, made.told, made.sha256, tuple(removed))
