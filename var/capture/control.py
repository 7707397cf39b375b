"""A capture from outside: start it in a process of its own, stop it, ask how it is, repair what one left behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from touchline import background
from touchline.errors import BadFile, BadValue
from touchline.i18n import LANGUAGES
from touchline.rights import Action, Person, require
from var.archive import Archive
from var.capture.address import Kind, parse
from var.capture.engine import announcement, checked
from var.capture.model import CameraSource, CaptureState, CaptureStatus
from var.capture.repair import Repaired, repair, unfinished
from var.capture.state import Captures
from var.match_store import folder_of

__all__ = [
    "Repaired",
    "claim",
    "close",
    "last_words",
    "named",
    "repair",
    "running",
    "settle",
    "settle_all",
    "start",
    "status",
    "stop",
]

_SAME_MATCH_S = 4 * 3600.0
"""A capture that broke off no longer ago than this is the match that the same name means."""
_LAST_BYTES = 64 << 10
_BEGINS = re.compile(r"--- \S+ ---$")


def claim(home: Path, match: str, *, person: Person | None = None) -> tuple[str, str]:
    """Identifier and name of the match to record: one that is there, or a new one called ``match``.

    A name means the match of that name which is recorded now (refused), whose capture broke off within four hours
    (recorded on) or never had a picture; one that ended properly stays as it is, and a new match gets the name. Raises
    ``BadValue`` where it is recorded already or has no name, ``NotAllowed`` where ``person`` may not record.
    """
    require(person, Action.RECORD)
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in match):
        raise BadValue("var.errors.bad_match_name", name=match.encode("ascii", "backslashreplace").decode())
    archive, captures = Archive(home), Captures(home)
    found, waiting = archive.find(match), captures.known(match)
    if found is None and (waiting is None or archive.known(match)):
        if not match.strip():
            raise BadValue("var.errors.capture_no_match_name")
        if (same := _same_name(archive, captures, match.strip())) is None:
            return archive.claim_id(match.strip()), match.strip()
        name, match = match.strip(), same
        found, waiting = archive.find(match), captures.known(match) or name
    asked = captures.read(match)
    if captures.alive(match) or (asked is not None and asked.state is CaptureState.STARTING):
        raise BadValue("var.errors.capture_running", match=match)
    archive.folder(match).mkdir(parents=True, exist_ok=True)
    return match, found.name if found is not None else str(waiting)


def _same_name(archive: Archive, captures: Captures, name: str) -> str | None:
    """The match that the name of a capture means, where it runs, broke off not long ago, or never had a picture."""
    for one in captures.all():
        if one.name != name:
            continue
        if not archive.known(one.match_id):
            if one.state in (CaptureState.ENDED, CaptureState.GONE) and not unfinished(archive, one.match_id):
                captures.forget(one.match_id)
            return one.match_id
        ended = one.state is CaptureState.ENDED or one.heartbeat_age_s > _SAME_MATCH_S
        if not ended and archive.find(one.match_id) is not None:
            return one.match_id
    return None


def start(
    home: Path, match: str, cameras: Sequence[CameraSource], *, lang: str = "vi", person: Person | None = None
) -> str:
    """Begin to record ``match`` (an identifier, or the name of a new one) in a process of its own; its identifier.

    Addresses go to the process through a pipe, because everybody can read a command line. Raises ``BadValue`` for
    cameras that cannot be tried (address, number, name) and for a match that is being recorded. ``lang`` is the
    language of what the process prints; ``ValueError`` for one that there is not. ``person`` is who starts it
    (``NotAllowed``); the process is the software's.
    """
    require(person, Action.RECORD)
    if lang not in LANGUAGES:
        raise ValueError(f"lang is one of {', '.join(LANGUAGES)}")
    home = home.absolute()
    wanted = [_absolute(camera) for camera in checked(cameras)]
    match_id, name = claim(home, match)
    Captures(home).begin(match_id, name, announcement(home, match_id, name))
    log = home / "matches" / match_id / "capture.log"
    told = {"name": name, "lang": lang, "cameras": [{"name": c.name, "url": c.url} for c in wanted]}
    background.start("var.capture", [str(home), match_id], log, told)
    return match_id


def _absolute(camera: CameraSource) -> CameraSource:
    """A file's address as it is understood in any folder."""
    address = parse(camera.url)
    if address.kind is not Kind.FILE or camera.url.lower().startswith("file:"):
        return camera
    return CameraSource(camera.name, address.url + ("?loop=1" if address.loop else ""))


def stop(home: Path, match_id: str, timeout_s: float = 30.0, *, person: Person | None = None) -> CaptureStatus | None:
    """End a capture properly and wait for it; the last status, None where the match never was captured.

    The state is still ``RECORDING`` or ``STOPPING`` where the process did not end within ``timeout_s``. Raises
    ``NotAllowed`` where ``person`` may not record.
    """
    require(person, Action.RECORD)
    captures = Captures(home)
    ends_s = time.monotonic() + timeout_s
    while (found := captures.read(match_id)) is not None:
        if found.state in (CaptureState.ENDED, CaptureState.GONE):
            break
        captures.ask_to_stop(match_id)
        if found.pid is not None and captures.alive(match_id):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(found.pid, signal.SIGTERM)
        if time.monotonic() > ends_s:
            break
        time.sleep(0.2)
    if found is not None:
        settle(home, found)
        captures.end(match_id)
    return status(home, match_id)


def named(home: Path, match: str) -> str:
    """The identifier that ``match`` is or means: of captures of that name the newest; else ``match`` itself."""
    captures = Captures(home)
    if captures.known(match) is not None:
        return match
    return next((one.match_id for one in captures.all() if one.name == match.strip()), match)


def status(home: Path, match_id: str) -> CaptureStatus | None:
    """How a capture is, or was last; None where the match never was captured. Nothing is changed by looking."""
    return Captures(home).read(match_id)


def settle(home: Path, found: CaptureStatus) -> list[Repaired]:
    """Repair what a capture left open whose process ended without saying so (``GONE``), or without the database."""
    if found.state in (CaptureState.GONE, CaptureState.ENDED):
        with contextlib.suppress(BadFile, OSError):  # a full disk or a busy database: the next one tries again
            return repair(home, found.match_id)
    return []


def settle_all(home: Path) -> None:
    """``settle`` every match of which files are open and that nobody records: a computer that was switched off leaves
    some, and while a file counts as being recorded nothing else is made of the recordings."""
    rows = Archive(home).store.rows("SELECT DISTINCT match_id FROM clip WHERE recording = 1")
    for row in rows:
        if (found := status(home, row["match_id"])) is not None:
            settle(home, found)


def close(home: Path, match_id: str, *, person: Person | None = None) -> list[Repaired]:
    """Close the files of a capture that broke off and end it for good: the same name means another match then. Raises
    ``NotAllowed`` where ``person`` may not record."""
    require(person, Action.RECORD)
    done = repair(home, match_id)
    Captures(home).end(match_id)
    return done


def last_words(home: Path, match_id: str, lines: int = 12) -> str:
    """What the recording process of a match said last of faults, at its latest start; empty where it said nothing."""
    try:
        with (folder_of(home, match_id) / "capture.log").open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - _LAST_BYTES))
            said = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    begins = max((k + 1 for k, line in enumerate(said) if _BEGINS.match(line)), default=0)
    return "\n".join(said[begins:][-lines:]).strip()


def running(home: Path) -> list[CaptureStatus]:
    """The captures that run now, the newest first."""
    live = (CaptureState.STARTING, CaptureState.RECORDING, CaptureState.STOPPING)
    return [found for found in Captures(home).all() if found.state in live]
