"""A match from files: each is indexed once, kept and hashed; one that cannot be used is refused by name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.files import replacing, sha256_of
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.model import Clip, Match, Setup

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and the name of what is being worked on."""

CHUNK_BYTES = 8 << 20


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


def _place(source: Source, camera_id: str, media: Path) -> Path:
    """Where the match keeps a file that is copied or moved."""
    return media / f"{camera_id}{source.path.suffix.lower()}"


def _moved(clip: Clip, source: Source, media: Path) -> Clip:
    """The clip of a file that is to be moved, with the file in its new place; the old name goes once all is kept."""
    place = _place(source, clip.camera_id, media)
    try:
        os.link(source.path, place)
    except OSError:  # another disk, or one that knows no second name for a file
        shutil.copy2(source.path, place)
    return replace(clip, path=place) if clip.path == source.path.absolute() else clip


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


def _clip(source: Source, camera_id: str, media: Path, keep: str, proxies: str, progress: Progress) -> Clip:
    from var.footage.table import write_table
    from var.footage.video import index, needs_remux, remux
    from var.proxies import make_all

    name = source.label or source.path.name
    said = f"{name}{source.path.absolute() if keep == 'reference' else source.path.name}"
    if printable(said) != said:
        raise BadFile("var.errors.bad_file_name", name=printable(source.path.name))
    if not source.path.is_file():
        raise BadFile("var.errors.no_such_file", name=str(source.path))
    ready = 0.1 if proxies == "wait" else 1.0  # the share after which only proxies are left

    def step(begins: float, ends: float) -> Callable[[float], None]:
        return lambda share: progress((begins + share * (ends - begins)) * ready, name)

    repack = needs_remux(source.path)
    # A file that is to be moved stays until its match is whole; one that cannot be used is refused before it is copied.
    found = None if repack else index(source.path, step(0, 0.5))
    path = source.path.absolute()
    if keep == "copy":
        path = _place(source, camera_id, media)
        sha256 = _copy(source.path, path, step(0.5, 1))
    if found is None:
        path, found = media / f"{camera_id}.repacked.mp4", remux(path, media / f"{camera_id}.repacked.mp4")
    if repack or keep != "copy":
        sha256 = sha256_of(path)
    table = media / f"{camera_id}.frames"
    write_table(table, *found.table())
    clip = Clip(
        camera_id=camera_id,
        label=source.label or source.path.stem,
        path=path,
        proxy=media / f"{camera_id}.proxy",
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
    if proxies == "wait":
        make_all(clip, lambda share: progress(ready + share * (1 - ready), name))
    return clip


def ingest(
    archive: Archive,
    name: str,
    sources: Sequence[Source],
    *,
    keep: Literal["copy", "move", "reference"] = "copy",
    proxies: Literal["wait", "later"] = "wait",
    origin: Origin = Origin.IMPORTED,
    setup: Setup | None = None,
    match_id: str | None = None,
    progress: Progress = lambda share, name: None,
) -> Ingested:
    """Make a match called ``name`` of ``sources``; files that cannot be used are refused, the rest is kept.

    ``keep`` says whether a file is copied into the data folder, moved there, or read where it is. The match appears
    when all its files are indexed and kept. With ``proxies="wait"`` that is after all its proxies were made, and a file
    of which a frame does not decode is refused; with ``"later"`` it can be watched at once, ``var.proxies`` makes them
    beside the page, and what does not decode is named on the match. ``match_id`` must be free, and only one process may
    use it at a time (``touchline.files.locked``); without it an identifier is made of the name.

    Raises ``BadValue`` for an identifier that is taken and for a name that cannot be kept.
    """
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        raise BadValue("var.errors.bad_match_name", name=printable(name))
    if match_id is None:
        match_id = archive.claim_id(name)
    elif archive.known(match_id):
        raise BadValue("var.errors.match_exists", match=match_id)
    folder = archive.folder(match_id)
    media = folder / "media"
    made = False
    clips: list[Clip] = []
    used: list[Source] = []
    refused: list[Refused] = []
    hashes: dict[str, str] = {}
    try:
        media.mkdir(parents=True, exist_ok=True)
        for position, source in enumerate(sources):
            camera_id = f"cam{position + 1}"

            def step(share: float, label: str, position: int = position) -> None:
                progress((position + min(1.0, share)) / len(sources), label)

            reason: TouchlineError
            try:
                clip = _clip(source, camera_id, media, keep, proxies, step)
                if clip.sha256 in hashes:
                    raise BadFile("var.errors.same_file_twice", name=source.path.name, other=hashes[clip.sha256])
                hashes[clip.sha256] = source.path.name
                clips.append(clip)
                used.append(source)
                continue
            except TouchlineError as fault:
                reason = fault
            except OSError as fault:
                reason = BadFile("var.errors.file_trouble", name=source.path.name, fault=fault.strerror or str(fault))
            _take_back(camera_id, media)
            refused.append(Refused(printable(source.path.name), reason))
        if not clips:
            return Ingested(None, tuple(refused))
        if keep == "move":
            clips = [_moved(clip, source, media) for clip, source in zip(clips, used, strict=True)]
        master = max(range(len(clips)), key=lambda k: (round(1 / clips[k].frame_s), len(clips[k]), -k))
        match = Match(match_id, name, origin, utc_now(), setup or Setup(), tuple(clips), master)
        archive.add_match(match)
        made = True
        if keep == "move":
            for source in used:
                with contextlib.suppress(OSError):  # it is kept in its new place; the old name does no harm
                    source.path.unlink()
        progress(1.0, name)
        return Ingested(match, tuple(refused))
    finally:
        if not made:
            shutil.rmtree(folder, ignore_errors=True)
