"""The hidden folder in which a package is made, and what exports that were killed left of theirs.

An export holds a lock on a file of its own, ``.export-TOKEN.lock``, from before its folder ``.NAME.export-TOKEN`` is
there until it is gone; the system frees that lock when the process ends, however that happens. So a folder whose lock
can be had, or is not there, is nobody's any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from touchline.files import sha256_of, write_bytes
from var.evidence.layout import SIGNATURE_SUFFIX, TAG_MANIFEST

PLACING, PACKED, SIGNATURE = "placing.json", "zip", "signature"
"""In the folder: where its package goes, written before anything is moved there; the ``.zip``, and its signature."""

_FOLDER = re.compile(r"\..+\.export-([0-9a-f]{16})")
_LOCK = re.compile(r"\.export-([0-9a-f]{16})\.lock")


@contextmanager
def workshop(out: Path, name: str) -> Iterator[Path]:
    """A hidden folder in ``out`` to make the package ``name`` in, gone afterwards. What dead exports left in ``out`` is
    swept first. Raises ``OSError``."""
    out.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # a folder that may be written but not listed
        sweep(out)
    token, lock = _claimed(out)
    work = out / f".{name}.export-{token}"
    try:
        work.mkdir(mode=0o700)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _release(_lock_path(out, token), lock)


def place(work: Path, folder: Path, target: Path, packed: Path) -> None:
    """Move ``folder`` to ``target`` and the ``.zip`` in ``work`` with its signature beside it; where a move fails none
    is there, and where the process is killed between two moves ``sweep`` does the rest. Raises ``OSError``."""
    kept = {"name": target.name, "tags": sha256_of(folder / TAG_MANIFEST)}
    write_bytes(work / PLACING, json.dumps(kept).encode("utf-8"))
    signature = packed.with_name(f"{packed.name}{SIGNATURE_SUFFIX}")
    folder.rename(target)
    try:
        if (work / SIGNATURE).exists():
            (work / SIGNATURE).rename(signature)
        (work / PACKED).rename(packed)  # last: where the .zip is, all is there
    except BaseException:
        for path in (signature, packed):
            path.unlink(missing_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        raise


def sweep(out: Path) -> None:
    """Remove from ``out`` what exports left that were killed, never anything of one that is running. Where one was
    killed after its folder was in its place, its ``.zip`` is put beside it first."""
    found = (_FOLDER.fullmatch(path.name) or _LOCK.fullmatch(path.name) for path in out.iterdir())
    for token in sorted({each[1] for each in found if each is not None}):
        with contextlib.suppress(OSError):  # what cannot be removed stays, and stops nobody
            _sweep_token(out, token)


def _sweep_token(out: Path, token: str) -> None:
    lock = _lock_path(out, token)
    file = _opened(lock)
    try:
        if file is not None and not _alone(file):
            return
        for work in out.glob(f".*.export-{token}"):
            if work.is_dir() and not work.is_symlink():
                _finish(out, work)
                shutil.rmtree(work, ignore_errors=True)
    finally:
        if file is not None:
            os.close(file)
    lock.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Placing:
    """What a killed export was about to place: the name, and the hash of the folder's tag manifest."""

    name: str
    tags: str


def _finish(out: Path, work: Path) -> None:
    """Put signature and ``.zip`` beside a folder that is in its place already, and is the very one."""
    kept = _placing(work)
    if kept is None:
        return
    tags, packed = out / kept.name / TAG_MANIFEST, out / f"{kept.name}.zip"
    if not tags.is_file() or sha256_of(tags) != kept.tags:
        return
    for made, target in (
        (work / SIGNATURE, packed.with_name(f"{packed.name}{SIGNATURE_SUFFIX}")),
        (work / PACKED, packed),
    ):
        if made.is_file() and not os.path.lexists(target):
            made.rename(target)


def _placing(work: Path) -> _Placing | None:
    try:
        kept = json.loads((work / PLACING).read_bytes())
        found = _Placing(str(kept["name"]), str(kept["tags"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.name == Path(found.name).name else None


def _lock_path(out: Path, token: str) -> Path:
    return out / f".export-{token}.lock"


def _claimed(out: Path) -> tuple[str, int]:
    """A token that nobody has, and its lock."""
    while True:
        token = secrets.token_hex(8)
        path = _lock_path(out, token)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        with contextlib.suppress(OSError):  # a medium that knows no locks: then nothing is swept there either
            if not _alone(file) or not path.exists():  # somebody swept between the two
                os.close(file)
                continue
        return token, file


def _opened(path: Path) -> int | None:
    """The lock of a token; None where it is not there."""
    try:
        return os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return None


def _release(path: Path, file: int) -> None:
    with contextlib.suppress(OSError):  # some systems remove no open file
        path.unlink(missing_ok=True)
    os.close(file)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _alone(file: int) -> bool:
    """Take the lock on a descriptor; whether nobody else has it. Raises ``OSError`` where the medium knows none."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    else:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
