"""Puts a backup in the place of a data folder: whole or not at all, and what was there is put aside, never deleted."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from touchline.backup.bag import PAYLOAD
from touchline.backup.checking import Checked, check_backup
from touchline.backup.database import end_sessions, refuse_newer
from touchline.backup.places import DATABASE, Kind, Restored, is_media, keepings, kind_of, known_migrations, users
from touchline.backup.writing import RESERVE_BYTES, make_folder
from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.postgres_address import read_url
from touchline.presence import IN_USE, alone, keep_names, marker, restore_lock, take_back
from touchline.rights import Action, Person, require
from touchline.store import database_url

_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PUBLIC_KEY = "keys/ledger.pub"

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """A restore that was carried out. ``aside``: where the former data folder lies, None where there was none.

    ``keys``: ``restored`` from the backup, ``kept`` from the former folder, or ``missing``. ``carried_files`` came from
    the former folder: recordings that the backup does not hold, and what can be fetched again.
    """

    home: Path
    checked: Checked
    aside: Path | None
    keys: str
    carried_files: int
    sessions_ended: int
    noted: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """The restore as a JSON-ready document (schema ``restore``)."""
        told = self.checked.told
        return {
            "home": str(self.home),
            "path": str(self.checked.path),
            "sha256": self.checked.sha256,
            "made_utc": told["made_utc"],
            "files": told["files"],
            "bytes": told["bytes"],
            "media": told["media"],
            "aside": None if self.aside is None else str(self.aside),
            "keys": self.keys,
            "carried_files": self.carried_files,
            "sessions_ended": self.sessions_ended,
            "noted": self.noted,
        }


def has_content(home: Path) -> bool:
    """Whether a data folder holds anything that somebody made."""
    names = [path.name for path in home.iterdir()] if home.is_dir() else []
    return any(kind_of(name) not in (Kind.FETCHED, Kind.PASSING) for name in names)


def restore(
    path: Path,
    home: Path,
    *,
    yes: bool = False,
    person: Person | None = None,
    progress: Progress = lambda share, what: None,
) -> Done:
    """Put the backup in the folder ``path`` in the place of the data folder ``home``.

    Over a folder with content only with ``yes``; it is put aside as ``NAME.before-restore-TIME``. The former state
    stays, or comes back with the next ``restore``, where this one is killed.

    Raises ``NotAllowed``; ``BadValue`` over content without ``yes``, while something works there, and for a backup of a
    newer program; ``BadFile`` for a backup that is not whole, a disk that is full or fails, and a folder that cannot
    change its name.
    """
    require(person, Action.BACK_UP)
    home = home.expanduser().resolve()
    path = path.expanduser().resolve()
    if path.is_relative_to(home):
        raise BadValue("touchline.errors.backup_inside", out=path, home=home)
    url = database_url()
    if url is not None:  # the database in a backup is a file, and would lie there unread
        raise BadValue("touchline.errors.backup_on_server", path=read_url(url))
    with _refusing(home), alone(restore_lock(home)) as free:
        if not free:
            raise BadValue("touchline.errors.restore_at_work", home=home)
        take_back(home)
        if has_content(home) and not yes:
            raise BadValue("touchline.errors.restore_over", home=home)
        _refuse_users(home)
        with _in_use_by_nobody(home):
            checked = check_backup(path, lambda share, what: progress(0.45 * share, what))
            if not checked.whole:
                finding, where = checked.findings[0]
                raise BadFile(
                    "touchline.errors.backup_broken",
                    path=path,
                    count=len(checked.findings),
                    finding=f"{where}: {finding}",
                )
            database = path / PAYLOAD / DATABASE
            refuse_newer(database, set(known_migrations()), checked.told["program"])
            return _restore(checked, home, progress)


@contextlib.contextmanager
def _refusing(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if isinstance(fault, BadFile):
            raise
        if fault.errno in _FULL:
            raise BadFile("touchline.errors.restore_disk_full", path=home.parent) from fault
        raise BadFile("touchline.errors.restore_place", path=home, fault=fault) from fault


def _refuse_users(home: Path) -> None:
    if (home / DATABASE).exists() and (found := users(home)):
        raise BadValue("touchline.errors.restore_in_use", home=home, users=", ".join(found))


@contextlib.contextmanager
def _in_use_by_nobody(home: Path) -> Iterator[None]:
    """In the block the app cannot start on ``home``. Raises ``BadValue`` where it runs."""
    with contextlib.ExitStack() as stack:
        if home.exists() and not stack.enter_context(alone(home / IN_USE, 1.0)):
            raise BadValue("touchline.errors.restore_in_use", home=home, users="Touchline")
        yield


def _restore(checked: Checked, home: Path, progress: Progress) -> Done:
    work = home.with_name(f".{home.name}.restore-work")
    aside = _free(home.with_name(f"{home.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
    replaced = home.exists()
    carried = _carried(checked, home) if replaced else []
    room = shutil.disk_usage(home.parent).free
    if room < (needed := checked.told["bytes"] + RESERVE_BYTES):
        raise BadFile(
            "touchline.errors.backup_no_room", path=home.parent, needed_mb=needed // 10**6, free_mb=room // 10**6
        )
    # Told before it is begun: whoever is killed from here on is taken back by this file.
    names = {"work": work.name, "aside": aside.name if replaced else None}
    write_bytes(marker(home), json.dumps(names).encode())
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        _copied(checked, work, lambda share, what: progress(0.45 + 0.45 * share, what))
        for name in carried:
            _carry(home / name, work / name)
        keys = _keys(checked, home, work)
        ended = end_sessions(work / DATABASE)
        origin = Restored(checked.told["made_utc"], checked.sha256)
        noted: dict[str, Any] = {}
        for keeping in keepings():
            noted |= keeping.restored(work, origin)
        progress(0.97, home.name)
        _refuse_users(home)  # a recording may have begun while it was copied
        keep_names(work)
        if replaced:
            home.rename(aside)
        work.rename(home)
        keep_names(home.parent)
        marker(home).unlink(missing_ok=True)
    except BaseException:
        take_back(home)
        raise
    progress(1.0, home.name)
    return Done(home, checked, aside if replaced else None, keys, len(carried), ended, noted)


def _free(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def _copied(checked: Checked, work: Path, progress: Progress) -> None:
    done, whole = 0, max(1, checked.told["bytes"])
    for name, digest in checked.listed.items():
        source, place = checked.path / PAYLOAD / name, work / name
        make_folder(place.parent)
        hashed = hashlib.sha256()
        with (
            source.open("rb") as stream,
            os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target,
        ):
            while block := stream.read(_BLOCK):
                target.write(block)
                hashed.update(block)
                done += len(block)
                progress(min(1.0, done / whole), name)
            target.flush()
            os.fsync(target.fileno())
        if hashed.hexdigest() != digest:
            raise BadFile("touchline.errors.backup_broken", path=checked.path, count=1, finding=f"{name}: changed")
        known = source.stat()
        os.utime(place, ns=(known.st_mtime_ns, known.st_mtime_ns))


def _carried(checked: Checked, home: Path) -> list[str]:
    """The files of the former folder that go along: what can be fetched again, and the recordings of a backup that was
    made without."""
    found = []
    for folder, _, files in os.walk(home):
        for each in files:
            name = (Path(folder) / each).relative_to(home).as_posix()
            fetched = kind_of(name) is Kind.FETCHED
            wanted = not checked.told["media"] and is_media(name) and _has_match(checked, name)
            if (fetched or wanted) and name not in checked.listed:
                found.append(name)
    return sorted(found)


def _has_match(checked: Checked, name: str) -> bool:
    """Whether the backup knows the folder that a recording lies in: others' recordings stay aside."""
    folder = "/".join(name.split("/")[:2]) + "/"
    return any(each.startswith(folder) for each in checked.listed)


def _carry(source: Path, place: Path) -> None:
    """The same file at another place too. A recording that was never closed is copied: closing it changes it."""
    make_folder(place.parent)
    try:
        if is_growing(source):
            raise OSError
        place.hardlink_to(source)
    except OSError:
        shutil.copy2(source, place)


def is_growing(source: Path) -> bool:
    """Whether a recording has its journal beside it: what broke off is cut and closed in its place."""
    return source.with_suffix(".journal.jsonl").exists()


def _keys(checked: Checked, home: Path, work: Path) -> str:
    """Private keys that a backup was made without come from the former folder, where it is the same installation."""
    if checked.told["keys"]:
        return "restored"
    here, there = home / _PUBLIC_KEY, work / _PUBLIC_KEY
    if not (here.is_file() and there.is_file() and here.read_bytes() == there.read_bytes()):
        return "missing" if there.is_file() else "restored"
    for keeping in keepings():
        for place in keeping.places:
            folder = home / place.name
            for source in sorted(folder.rglob("*")) if place.kind is Kind.PRIVATE and folder.is_dir() else ():
                name = source.relative_to(home).as_posix()
                if source.is_file() and kind_of(name) is Kind.PRIVATE and name not in checked.listed:
                    target = work / name
                    make_folder(target.parent)
                    shutil.copy2(source, target)
    return "kept"
