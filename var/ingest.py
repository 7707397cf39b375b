"""A match from files: each is indexed, kept, hashed and given a proxy; one that cannot be used is refused by name."""

from __future__ import annotations

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

PROXY_HEIGHT_PX = 720
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


def _copy(source: Path, destination: Path, progress: Progress, name: str) -> None:
    total = max(1, source.stat().st_size)
    done = 0
    with replacing(destination) as temporary, source.open("rb") as reader, temporary.open("wb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            writer.write(chunk)
            done += len(chunk)
            progress(done / total, name)


def _bring(source: Path, destination: Path, keep: str, progress: Progress) -> Path:
    """The place from which the source is decoded; a file that is to be moved stays until its match is whole."""
    if keep != "copy":
        return source.absolute()
    _copy(source, destination, progress, source.name)
    return destination


def _place(source: Source, camera_id: str, media: Path) -> Path:
    """Where the match keeps a file that is copied or moved."""
    return media / f"{camera_id}{source.path.suffix.lower()}"


def _moved(clip: Clip, source: Source, media: Path) -> Clip:
    place = _place(source, clip.camera_id, media)
    shutil.move(source.path, place)
    return replace(clip, path=place) if clip.path == source.path.absolute() else clip


def _take_back(source: Source, camera_id: str, media: Path, keep: str) -> None:
    """Leave nothing of an angle that did not come about; a file that was moved goes back to where it was."""
    place = _place(source, camera_id, media)
    if keep == "move" and place.exists() and not source.path.exists():
        source.path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place, source.path)
    for path in media.glob(f"{camera_id}.*"):
        path.unlink()


def printable(text: str) -> str:
    """``text`` with what is no text (bytes of a file name that are not UTF-8) replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _clip(source: Source, camera_id: str, media: Path, keep: str, progress: Progress) -> Clip:
    from var.footage.proxy import make_proxy
    from var.footage.video import index, needs_remux, remux

    name = source.label or source.path.name
    said = f"{name}{source.path.absolute() if keep == 'reference' else source.path.name}"
    if printable(said) != said:
        raise BadFile("var.errors.bad_file_name", name=printable(source.path.name))
    if not source.path.is_file():
        raise BadFile("var.errors.no_such_file", name=str(source.path))
    found = None if needs_remux(source.path) else index(source.path)  # refuses before anything is copied
    path = _bring(
        source.path,
        _place(source, camera_id, media),
        keep,
        lambda share, _: progress(share * 0.1, name),
    )
    if found is None:
        repacked = media / f"{camera_id}.repacked.mp4"
        remux(path, repacked)
        path = repacked
    found = index(path)
    proxy = media / f"{camera_id}.proxy.mp4"
    make_proxy(found, proxy, height=PROXY_HEIGHT_PX, progress=lambda share: progress(0.1 + share * 0.9, name))
    return Clip(
        camera_id=camera_id,
        label=source.label or source.path.stem,
        path=path,
        proxy=proxy,
        sha256=sha256_of(path),
        size_px=found.size_px,
        timebase=found.timebase,
        pts=found.pts,
        to_match=source.to_match,
        timing=source.timing,
        codec=found.codec,
        fixed=source.fixed,
    )


def ingest(
    archive: Archive,
    name: str,
    sources: Sequence[Source],
    *,
    keep: Literal["copy", "move", "reference"] = "copy",
    origin: Origin = Origin.IMPORTED,
    setup: Setup | None = None,
    match_id: str | None = None,
    progress: Progress = lambda share, name: None,
) -> Ingested:
    """Make a match called ``name`` of ``sources``; files that cannot be used are refused, the rest is kept.

    ``keep`` says whether a file is copied into the data folder, moved there, or read where it is. The match appears
    only when all its proxies are made, so nobody ever opens half of one. ``match_id`` must be free, and only one
    process may use it at a time (``touchline.files.locked``); without it an identifier is made of the name.

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
                clip = _clip(source, camera_id, media, keep, step)
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
            _take_back(source, camera_id, media, keep)
            refused.append(Refused(printable(source.path.name), reason))
        if not clips:
            return Ingested(None, tuple(refused))
        if keep == "move":
            clips = [_moved(clip, source, media) for clip, source in zip(clips, used, strict=True)]
        master = max(range(len(clips)), key=lambda k: (round(1 / clips[k].frame_s), len(clips[k]), -k))
        match = Match(match_id, name, origin, utc_now(), setup or Setup(), tuple(clips), master)
        archive.add_match(match)
        made = True
        progress(1.0, name)
        return Ingested(match, tuple(refused))
    finally:
        if not made:
            for position, source in enumerate(sources):
                _take_back(source, f"cam{position + 1}", media, keep)
            shutil.rmtree(folder, ignore_errors=True)
