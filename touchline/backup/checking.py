"""Checks a backup: every file that it lists is there with these very bytes, and no other is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchline.backup.bag import BAGIT, DECLARATION, MANIFEST, PAYLOAD, TAG_MANIFEST, TAGS, read_manifest
from touchline.backup.places import DATABASE
from touchline.backup.writing import CHECKED, VERSION, read_document, remember
from touchline.errors import BadFile, BadValue
from touchline.store import utc_now

MOST_FINDINGS = 1000
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. ``findings`` are pairs of what is wrong (``missing``, ``changed``, ``unexpected``,
    ``unreadable``) and a path in the backup; ``sha256`` is the tag manifest's, ``listed`` its payload with hashes."""

    path: Path
    told: dict[str, Any]
    sha256: str
    findings: tuple[tuple[str, str], ...]
    listed: dict[str, str]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def document(self) -> dict[str, Any]:
        """The check as a JSON-ready document (schema ``backup_check``)."""
        names = ("made_utc", "program", "installation", "media", "keys", "files", "bytes")
        return {
            "path": str(self.path),
            "status": "whole" if self.whole else "broken",
            "sha256": self.sha256,
            **{name: self.told[name] for name in names},
            "findings": [{"finding": finding, "path": path} for finding, path in self.findings],
        }


def check_backup(path: Path, progress: Progress = lambda share, what: None) -> Checked:
    """Whether the backup in the folder ``path`` is whole; every byte of it is read.

    Raises ``BadFile`` for a folder that is no backup, ``BadValue`` for one in a form of a newer program.
    """
    path = path.expanduser().absolute()
    told = read_document(path)
    if told is None:
        raise BadFile("touchline.errors.not_a_backup", path=path)
    if told["version"] != VERSION:
        raise BadValue(
            "touchline.errors.backup_newer", migrations=f"version {told['version']}", program=told["program"]
        )
    findings: list[tuple[str, str]] = []
    tags = _read(path / TAG_MANIFEST)
    known = None if tags is None else read_manifest(tags)
    if known is None:
        findings.append(("missing" if tags is None else "changed", TAG_MANIFEST))
    for name in TAGS:
        data = _read(path / name)
        if data is None:
            findings.append(("missing", name))
        elif (name == BAGIT and data != DECLARATION) or (
            known is not None and known.get(name) != hashlib.sha256(data).hexdigest()
        ):
            findings.append(("changed", name))
    manifest = _read(path / MANIFEST)
    listed = None if manifest is None else read_manifest(manifest)
    if manifest is not None and listed is None and ("changed", MANIFEST) not in findings:
        findings.append(("changed", MANIFEST))
    payload = {name: digest for name, digest in (listed or {}).items() if name.startswith(f"{PAYLOAD}/")}
    findings += _payload(path, payload, told, progress)
    if listed is not None and f"{PAYLOAD}/{DATABASE}" not in payload:
        findings.append(("missing", f"{PAYLOAD}/{DATABASE}"))
    digest = "" if tags is None else hashlib.sha256(tags).hexdigest()
    inside = {name.removeprefix(f"{PAYLOAD}/"): each for name, each in payload.items()}
    return Checked(path, told, digest, tuple(dict.fromkeys(findings))[:MOST_FINDINGS], inside)


def remember_check(home: Path, found: Checked) -> None:
    """Keep what a check found, for the page of the data folder ``home``."""
    remember(home, CHECKED, {"path": str(found.path), "at_utc": utc_now(), "whole": found.whole})


def _payload(path: Path, listed: dict[str, str], told: dict[str, Any], progress: Progress) -> list[tuple[str, str]]:
    findings: list[tuple[str, str]] = []
    done, whole = 0, max(1, int(told["bytes"]))
    there: set[str] = set()
    for folder, below, files in os.walk(path / PAYLOAD):
        for name in [*files, *(each for each in below if (Path(folder) / each).is_symlink())]:
            there.add((Path(folder) / name).relative_to(path).as_posix())
    for name in sorted(listed):
        file = path / name
        if name not in there:
            findings.append(("missing", name))
            continue
        try:
            if file.is_symlink() or not file.is_file():
                raise OSError(f"{name} is no file")
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                done += stream.tell()
        except OSError:
            findings.append(("unreadable", name))
            continue
        if digest != listed[name]:
            findings.append(("changed", name))
        progress(min(1.0, done / whole), name)
    findings += [("unexpected", name.encode("utf-8", "replace").decode()) for name in sorted(there - set(listed))]
    return findings


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
