"""A match from files: each is indexed once, kept and hashed; one that cannot be used is refused by name."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.files import locked, replacing, sha256_of
from touchline.origin import Origin
from touchline.rights import Action, require
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.model import Clip, Match, Setup

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and the name of what is being worked on."""

Keep = Literal["copy", "move", "reference"]

CHUNK_BYTES = 8 << 20
LOCK = ".angles.lock"
"""Held in a match's media folder while files become angles of it: two who do so would call theirs alike."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to make an angle of, with what is known about it beforehand."""

    path: Path
    label: str = ""
    to_match: ClockMap = field(default_factory=ClockMap)
    timing: Origin = Origin.IMPORTED
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was refused, and why."""

    name: str
    reason: TouchlineError


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a set of files: the match (None where every file was refused) and the refusals."""

    match: Match | None
    refused: tuple[Refused, ...]


Told = Callable[[str, int, Sequence[Refused]], None]
"""Hears of a match whose angles come one by one: its identifier, how many there are, and what was refused so far."""


def _copy(source: Path, destination: Path, progress: Callable[[float], None]) -> str:
    """Copy a file and return the hash of what was copied."""
    total = max(1, source.stat().st_size)
    done, digest = 0, hashlib.sha256()
    with replacing(destination) as temporary, source.open("rb") as reader, temporary.open("wb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            writer.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress(min(1.0, done / total))
    return digest.hexdigest()


def _linked(source: Path, place: Path) -> bool:
    """Whether the file has a second name at ``place`` now: not on another disk, nor on one that knows no such thing."""
    try:
        os.link(source, place)
    except OSError:
        return False
    return True


def _take_back(camera_id: str, media: Path) -> None:
    """Leave nothing of an angle that did not come about."""
    for path in media.glob(f"{camera_id}.*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def printable(text: str) -> str:
    """``text`` with what is no text (bytes of a file name that are not UTF-8) replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass
class Taker:
    """Takes files into the folder of one match, one after the other."""

    media: Path
    keep: Keep
    proxies: Literal["wait", "later"]
    progress: Progress
    refused: list[Refused] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    """The names of the files that are there, by their hash."""

    def take(self, source: Source, camera_id: str, begins: float, share: float) -> Clip | None:
        """The angle of a file; None where it was refused. An angle that does not come about leaves nothing."""
        reason: TouchlineError
        try:
            clip = self._clip(
                source, camera_id, lambda done, label: self.progress(begins + min(1.0, done) * share, label)
            )
            if clip.sha256 in self.known:
                raise BadFile("var.errors.same_file_twice", name=source.path.name, other=self.known[clip.sha256])
        except TouchlineError as fault:
            reason = fault
        except OSError as fault:
            reason = BadFile("var.errors.file_trouble", name=source.path.name, fault=fault.strerror or str(fault))
        except BaseException:
            _take_back(camera_id, self.media)
            raise
        else:
            self.known[clip.sha256] = source.path.name
            return clip
        self.refuse(source, camera_id, reason)
        return None

    def refuse(self, source: Source, camera_id: str, reason: TouchlineError) -> None:
        """Note that a file gave no angle."""
        _take_back(camera_id, self.media)
        self.refused.append(Refused(printable(source.path.name), reason))

    def done_with(self, sources: Sequence[Source]) -> None:
        """Their angles are kept: of those that were to be moved the old names go."""
        for source in sources if self.keep == "move" else ():
            with contextlib.suppress(OSError):  # it is kept in its new place; the old name does no harm
                source.path.unlink()

    def _clip(self, source: Source, camera_id: str, progress: Progress) -> Clip:
        from var.footage.table import write_table
        from var.footage.video import index, needs_remux, remux
        from var.proxies import make_all

        name = source.label or source.path.name
        said = f"{name}{source.path.absolute() if self.keep == 'reference' else source.path.name}"
        if printable(said) != said:
            raise BadFile("var.errors.bad_file_name", name=printable(source.path.name))
        if not source.path.is_file():
            raise BadFile("var.errors.no_such_file", name=str(source.path))
        ready = 0.1 if self.proxies == "wait" else 1.0  # the share after which only proxies are left

        def step(begins: float, ends: float) -> Callable[[float], None]:
            return lambda share: progress((begins + share * (ends - begins)) * ready, name)

        repack = needs_remux(source.path)
        # One that cannot be used is refused before it is copied; one that is to be moved keeps its old name so long.
        found = None if repack else index(source.path, step(0, 0.5))
        path, sha256 = source.path.absolute(), ""
        if self.keep != "reference":
            path = self.media / f"{camera_id}{source.path.suffix.lower()}"
            if self.keep == "copy" or not _linked(source.path, path):
                sha256 = _copy(source.path, path, step(0.5, 1))
        if found is None:
            repacked = self.media / f"{camera_id}.repacked.mp4"
            path, found = repacked, remux(path, repacked)
        if repack or not sha256:
            sha256 = sha256_of(path)
        table = self.media / f"{camera_id}.frames"
        write_table(table, *found.table())
        clip = Clip(
            camera_id=camera_id,
            label=source.label or source.path.stem,
            path=path,
            proxy=self.media / f"{camera_id}.proxy",
            sha256=sha256,
            size_px=found.size_px,
            timebase=found.timebase,
            pts=found.pts,
            to_match=source.to_match,
            timing=source.timing,
            codec=found.codec,
            fixed=source.fixed,
            gaps=found.gaps,
            file_sha256=sha256,
            table=table,
        )
        progress(ready, name)
        if self.proxies == "wait":
            make_all(clip, lambda share: progress(ready + share * (1 - ready), name))
        return clip


def _pace(path: Path) -> tuple[int, float]:
    """Pictures a second and seconds by a file's header; zeros where it says nothing."""
    import av

    try:
        with av.open(str(path)) as container:
            rate = container.streams.video[0].average_rate
            return round(rate or 0), (container.duration or 0) / av.time_base
    except (OSError, IndexError, av.FFmpegError):  # what is wrong with it is said when it is taken
        return 0, 0.0


def _finest_first(sources: Sequence[Source]) -> list[int]:
    """The places of ``sources``, that of the one with the finest and most steps first, as far as their headers tell:
    the angle that comes first gives the time line its steps."""
    paces = [_pace(source.path) for source in sources]
    return sorted(range(len(sources)), key=lambda k: (-paces[k][0], -paces[k][1], k))


def ingest(
    archive: Archive,
    name: str,
    sources: Sequence[Source],
    *,
    keep: Keep = "copy",
    proxies: Literal["wait", "later"] = "wait",
    origin: Origin = Origin.IMPORTED,
    setup: Setup | None = None,
    match_id: str | None = None,
    progress: Progress = lambda share, name: None,
    told: Told | None = None,
) -> Ingested:
    """Make a match called ``name`` of ``sources``; files that cannot be used are refused, the rest is kept.

    ``keep`` says whether a file is copied into the data folder, moved there, or read where it is. The match appears
    when all its files are indexed and kept, and where that does not come about nothing is left. With ``told`` it
    appears with its first angle and the others join as they become ready; each time ``told`` hears its identifier,
    how many there are, and what was refused so far. Where the work is ended midway, what has come stays.

    With ``proxies="wait"`` an angle is ready after its proxies were made, and a file of which a frame does not decode
    is refused; with ``"later"`` it can be watched at once, ``var.proxies`` makes them beside the page, and what does
    not decode is named on the match. ``match_id`` must be free, and only one process may use it at a time
    (``touchline.files.locked``); without it an identifier is made of the name.

    Raises ``BadValue`` for an identifier that is taken and for a name that cannot be kept.
    """
    require(archive.person, Action.RECORD)
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        raise BadValue("var.errors.bad_match_name", name=printable(name))
    if match_id is None:
        match_id = archive.claim_id(name)
    elif archive.known(match_id):
        raise BadValue("var.errors.match_exists", match=match_id)
    folder = archive.folder(match_id)
    clips: dict[int, Clip] = {}
    made = False

    def appear(clips: Sequence[Clip], master: int, first_place: int = 0) -> None:
        match = Match(match_id, name, origin, utc_now(), setup or Setup(), tuple(clips), master)
        archive.add_match(match, first_place=first_place)

    try:
        (folder / "media").mkdir(parents=True, exist_ok=True)
        taker = Taker(folder / "media", keep, proxies, progress)
        order = list(range(len(sources))) if told is None else _finest_first(sources)
        with locked(folder / "media" / LOCK) if told is not None else contextlib.nullcontext():
            for turn, place in enumerate(order):
                clip = taker.take(sources[place], f"cam{place + 1}", turn / len(order), 1 / len(order))
                if clip is not None:
                    clips[place] = clip
                if told is None:
                    continue
                if clip is not None:
                    if made:
                        archive.add_clip(match_id, clip, place=place)
                    else:
                        appear([clip], 0, place)
                    made = True
                    taker.done_with([sources[place]])
                if made:
                    told(match_id, len(clips), taker.refused)
        if not clips:
            return Ingested(None, tuple(taker.refused))
        if told is None:
            kept = list(clips.values())
            master = max(range(len(kept)), key=lambda k: (round(1 / kept[k].frame_s), len(kept[k]), -k))
            appear(kept, master)
            made = True
            taker.done_with([sources[place] for place in clips])
        progress(1.0, name)
        return Ingested(archive.match(match_id), tuple(taker.refused))
    finally:
        if not made:
            shutil.rmtree(folder, ignore_errors=True)


def add_angles(
    archive: Archive,
    match_id: str,
    sources: Sequence[Source],
    *,
    keep: Keep = "copy",
    proxies: Literal["wait", "later"] = "wait",
    progress: Progress = lambda share, name: None,
    told: Told | None = None,
) -> Ingested:
    """Give a match that is there more angles of files; each joins when it is ready, as ``ingest`` says.

    A new angle keeps the clock of its source; nobody has synchronised it yet. Raises ``NotFound`` for an unknown match
    and ``BadValue`` for one that is being recorded.
    """
    require(archive.person, Action.RECORD)
    match = archive.match(match_id)
    if any(clip.recording for clip in match.clips):
        raise BadValue("var.errors.match_records", match=match.name)
    media = archive.folder(match_id) / "media"
    taker = Taker(media, keep, proxies, progress)
    with locked(media / LOCK):
        taker.known.update({clip.file_sha256 or clip.sha256: clip.label for clip in archive.match(match_id).clips})
        for turn, source in enumerate(sources):
            camera_id = _free_camera(archive, match_id, media)
            _take_back(camera_id, media)  # what a run that was killed had begun
            clip = taker.take(source, camera_id, turn / len(sources), 1 / len(sources))
            if clip is not None:
                archive.add_clip(match_id, clip)
                taker.done_with([source])
            if told is not None:
                told(match_id, len(archive.camera_ids(match_id)), taker.refused)
    progress(1.0, match.name)
    return Ingested(archive.match(match_id), tuple(taker.refused))


def _free_camera(archive: Archive, match_id: str, media: Path) -> str:
    """An identifier ``camN`` that no angle has, and no recording that broke off and may still become one."""
    taken = archive.camera_ids(match_id) | {path.name.split(".")[0] for path in media.glob("*.journal.jsonl")}
    return next(name for k in itertools.count(1) if (name := f"cam{k}") not in taken)
