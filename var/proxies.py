"""The proxies of a match, made in stretches beside the page and while it records: ``python -m var.proxies HOME MATCH``.

Stretches near incidents come first, then the newest while anything records, then the rest from the start. It may be
ended at any time and run twice: a stretch counts once it is whole, and only one process works at a match.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NoReturn

from touchline.errors import BadFile, NotFound, TouchlineError
from var.archive import Archive
from var.entries import Review
from var.footage.stretches import STRETCH_FRAMES, StretchReader, StretchWriter, read_stretches
from var.footage.walk import Walk
from var.model import Clip, Match

PROXY_HEIGHT_PX = 720
NEAR_S = 10
"""A stretch that comes so near to an incident is made first."""

KEEP_FREE_BYTES = 2 << 30
"""While something records, proxies leave so much of the disk to it."""

_IDLE_S = 1800.0  # a recording that has not grown for so long has ended without saying so
_POLL_S = 1.0
_LOOK_AFTER_S, _LOOK_AGAIN_S = 5.0, 60.0  # for what is left to do: not before the first page is there

_folders = StretchReader(limit=256)

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and the label of the angle that is being worked on."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch that is to be made."""

    clip: Clip
    first: int
    count: int

    @property
    def span_s(self) -> tuple[Fraction, Fraction]:
        """Its first and its last frame in match time."""
        return self.clip.match_s(self.first), self.clip.match_s(self.first + self.count - 1)


@dataclass(slots=True)
class Outcome:
    """What came of it: how many frames can be played, and those that do not decode (one a stretch) by camera."""

    frames: int = 0
    damaged: dict[str, tuple[int, ...]] = field(default_factory=dict)
    busy: bool = False


def parts_of(clip: Clip) -> list[Part]:
    """All stretches of a clip; of one that records, those that are full."""
    whole = len(clip) // STRETCH_FRAMES * STRETCH_FRAMES if clip.recording else len(clip)
    return [Part(clip, first, min(STRETCH_FRAMES, whole - first)) for first in range(0, whole, STRETCH_FRAMES)]


def missing(clip: Clip) -> list[Part]:
    """The stretches of a clip that were not dealt with yet; none for a clip whose proxy is one file."""
    if clip.proxy.suffix == ".mp4" or clip.removed:
        return []
    known = _folders.of(clip.proxy)
    return [part for part in parts_of(clip) if not known.covers(part.first, part.count)]


def in_order(parts: Sequence[Part], review: Review | None = None) -> list[Part]:
    """``parts`` in the order in which they are wanted."""
    live = any(part.clip.recording for part in parts)
    instants: list[Fraction] = []
    for incident in reversed(review.incidents if review is not None else ()):
        instants += [incident.at_s] if incident.kick_s is None else [incident.kick_s, incident.at_s]

    def rank(part: Part) -> tuple[int, Fraction, str]:
        begins_s, ends_s = part.span_s
        for place, at_s in enumerate(instants):
            if begins_s - NEAR_S <= at_s <= ends_s + NEAR_S:
                return 0, Fraction(place), part.clip.camera_id
        return (1, -begins_s, part.clip.camera_id) if live else (2, begins_s, part.clip.camera_id)

    return sorted(parts, key=rank)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Whether this process is the only one that makes proxies in a match's folder, for as long as the block runs.

    The lock is SQLite's on an empty database: the system frees it when a process ends, however that happens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / ".proxies.lock", timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            yield False
        else:
            yield True


class Maker:
    """Makes stretches of several clips; each file stays open from one stretch to the next."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Walk, StretchWriter]] = {}

    def make(self, part: Part, progress: Callable[[float], None] | None = None) -> None:
        """Make one stretch, or say in the index that a frame of it does not decode.

        Raises ``BadFile`` or ``NotFound`` where the recording is gone or the disk does not take the stretch.
        """
        from var.footage.proxy import make_stretch

        if part.clip.camera_id not in self._open:
            for left in part.clip.proxy.glob(".*.mp4"):  # what a process that was killed had begun
                left.unlink()
            self._open[part.clip.camera_id] = Walk(part.clip), StretchWriter(part.clip.proxy)
        walk, writer = self._open[part.clip.camera_id]
        walk.grow(part.clip)
        try:
            make_stretch(walk, writer, part.first, part.count, PROXY_HEIGHT_PX, progress)
        except BadFile as fault:
            if fault.name not in ("damaged_frame", "picture_size_changes", "cut_short"):
                raise
            frame = fault.params.get("frame", part.first)
            writer.damaged(part.first, part.count, frame if isinstance(frame, int) else part.first)
        except OSError as fault:
            if isinstance(fault, TouchlineError):
                raise
            why = fault.strerror or str(fault)
            raise BadFile("var.errors.file_trouble", name=part.clip.proxy.name, fault=why) from fault

    def close(self) -> None:
        """Close all files."""
        for walk, _ in self._open.values():
            walk.close()
        self._open.clear()


def make_all(clip: Clip, progress: Callable[[float], None] = lambda share: None) -> None:
    """Make all that is missing of one clip. Raises ``BadFile`` with the first frame that does not decode."""
    maker, parts = Maker(), missing(clip)
    total, done = len(clip), len(clip) - sum(part.count for part in parts)
    try:
        for part in parts:
            maker.make(part, partial(_part_done, progress, done, part.count, total))
            done += part.count
            if damaged := read_stretches(clip.proxy).damaged:
                raise BadFile("var.errors.damaged_frame", name=clip.path.name, frame=damaged[0])
    finally:
        maker.close()


def _part_done(progress: Callable[[float], None], done: int, count: int, total: int, share: float) -> None:
    progress((done + share * count) / total)


def make_missing(
    archive: Archive, match_id: str, progress: Progress = lambda share, label: None, *, wait: bool = False
) -> Outcome:
    """Make the proxies of a match until nothing is missing and nothing records.

    Where another process does that already, ``wait`` says whether to wait until it is done; else ``busy`` says so.

    Raises ``NotFound`` for an unknown match or where a recording is gone, ``BadFile`` where the disk is full.
    """
    archive.match(match_id)
    while True:
        with alone(archive.folder(match_id)) as mine:
            if mine:
                return _work(archive, match_id, progress)
        if not wait:
            return Outcome(busy=True)
        match = archive.find(match_id)
        if match is None:
            raise NotFound("var.errors.no_such_match", match=match_id)
        progress(_share(match, [part for clip in match.clips for part in missing(clip)]), match.name)
        time.sleep(_POLL_S)


def _work(archive: Archive, match_id: str, progress: Progress) -> Outcome:
    maker, grown_s, frames = Maker(), time.monotonic(), -1
    try:
        while (match := archive.find(match_id)) is not None:
            parts = [part for clip in match.clips for part in missing(clip)]
            live = any(clip.recording for clip in match.clips)
            if (now := sum(len(clip) for clip in match.clips)) != frames:
                frames, grown_s = now, time.monotonic()
            if not live and not parts:
                break
            if live and not parts and _broke_off(archive.home, match_id):
                break
            room = not _records(archive) or shutil.disk_usage(archive.home).free > KEEP_FREE_BYTES
            if (live or not room) and time.monotonic() - grown_s > _IDLE_S:
                break
            if not parts or not room:
                progress(_share(match, parts), match.name)
                time.sleep(_POLL_S)
                continue
            part = in_order(parts, archive.review(match_id))[0]
            maker.make(part, partial(_told, progress, match, parts, part))
    finally:
        maker.close()
    return outcome(match)


def _broke_off(home: Path, match_id: str) -> bool:
    """Whether a match's recording process was there and is gone without having closed what it recorded. Nothing grows
    then; what closing it brings to light is made by whoever runs next."""
    from var.capture.lock import taken
    from var.capture.state import lock_path

    held = lock_path(home, match_id)
    return held.exists() and not taken(held)


def _told(progress: Progress, match: Match, parts: Sequence[Part], part: Part, share: float) -> None:
    progress(_share(match, parts, share * part.count), part.clip.label)


def _share(match: Match, parts: Sequence[Part], more: float = 0.0) -> float:
    """The share of a match's frames that can be played from proxies."""
    total = sum(part.count for clip in match.clips for part in parts_of(clip)) or 1
    return (total - sum(part.count for part in parts) + more) / total


def outcome(match: Match | None) -> Outcome:
    """What is there of a match's proxies now."""
    found = Outcome()
    for clip in match.clips if match is not None else ():
        if clip.proxy.suffix == ".mp4":
            found.frames += len(clip)
            continue
        known = read_stretches(clip.proxy)
        found.frames += sum(s.count for s in known.by_first.values() if s.damaged is None)
        if known.damaged:
            found.damaged[clip.label or clip.camera_id] = known.damaged
    return found


def _records(archive: Archive) -> bool:
    """Whether any match records: the disk is its first."""
    return archive.store.row("SELECT 1 FROM clip WHERE recording = 1") is not None


class Resumed:
    """Goes on with the proxies that an earlier run of the application left unmade, one match after the other, each in a
    process of its own. ``end`` ends it and that process; what it has made stays.

    A match is tried once. While anything records nothing is begun: the recording has a maker of its own. ``before`` is
    called first with the data folder, in the same thread.
    """

    def __init__(self, home: Path, before: Callable[[Path], None] = lambda home: None) -> None:
        self._home, self._before = home, before
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._look, name="var-proxies", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        tried: set[str] = set()
        pause_s = _LOOK_AFTER_S
        if self._ended.wait(pause_s):
            return
        pause_s = 0.0
        with contextlib.suppress(TouchlineError, OSError):
            self._before(self._home)
        while not self._ended.wait(pause_s):
            pause_s = _LOOK_AGAIN_S
            with contextlib.suppress(TouchlineError, OSError):  # a busy disk: the next look may do
                archive = Archive(self._home)
                while not self._ended.is_set() and not _records(archive):
                    left = [found for found in unfinished(archive) if found not in tried]
                    if not left:
                        break
                    tried.add(left[0])
                    with alone(archive.folder(left[0])) as free:
                        pass
                    if free:
                        self._make(left[0])

    def _make(self, match_id: str) -> None:
        command = [sys.executable, "-m", "var.proxies", str(self._home), match_id]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        while self._process.poll() is None and not self._ended.wait(0.5):
            pass
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:  # half a stretch never counts
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        """End it, and wait until its process has ended."""
        self._ended.set()
        self._thread.join()


def unfinished(archive: Archive) -> list[str]:
    """The matches of which proxies are missing, such as after a computer was switched off."""
    return [
        match.id
        for match in archive.matches()
        if any(clip.path.is_file() and missing(clip) for clip in match.clips)  # else there is nothing to make them of
    ]


def main(arguments: Sequence[str]) -> NoReturn:
    """Become the job that makes a match's proxies: the process stays, so whoever started it may end it."""
    from touchline.jobs import Jobs

    if len(arguments) != 2:
        sys.stderr.write("python -m var.proxies HOME MATCH\n")
        sys.exit(2)
    home, match_id = Path(arguments[0]), arguments[1]
    job_id = Jobs(home).enter("proxies", {"match": match_id, "name": match_id}, quiet=True)
    os.execv(sys.executable, [sys.executable, "-m", "touchline.jobs", str(home), job_id])


if __name__ == "__main__":
    main(sys.argv[1:])
