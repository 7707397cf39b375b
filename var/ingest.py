"""A match from files: each is indexed, kept, hashed and given a proxy; one that cannot be used is refused by name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from touchline.errors import BadFile, TouchlineError
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
    """The place from which the source is decoded later."""
    if keep == "reference":
        return source.absolute()
    if keep == "move":
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, destination)
    else:
        _copy(source, destination, progress, source.name)
    return destination


def _clip(source: Source, camera_id: str, media: Path, keep: str, progress: Progress) -> Clip:
    from var.proxy import make_proxy
    from var.video import index, needs_remux, remux

    name = source.label or source.path.name
    if not source.path.is_file():
        raise BadFile("var.errors.no_such_file", name=str(source.path))
    found = None if needs_remux(source.path) else index(source.path)  # refuses before anything is copied
    path = _bring(
        source.path,
        media / f"{camera_id}{source.path.suffix.lower()}",
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
    only when all its proxies are made, so nobody ever opens half of one.
    """
    match_id = match_id or archive.free_id(name)
    folder = archive.folder(match_id)
    media = folder / "media"
    clips: list[Clip] = []
    refused: list[Refused] = []
    hashes: dict[str, str] = {}
    try:
        media.mkdir(parents=True, exist_ok=True)
        for position, source in enumerate(sources):
            camera_id = f"cam{position + 1}"

            def step(share: float, label: str, position: int = position) -> None:
                progress((position + min(1.0, share)) / len(sources), label)

            try:
                clip = _clip(source, camera_id, media, keep, step)
                if clip.sha256 in hashes:
                    raise BadFile("var.errors.same_file_twice", name=source.path.name, other=hashes[clip.sha256])
                hashes[clip.sha256] = source.path.name
                clips.append(clip)
            except TouchlineError as reason:
                refused.append(Refused(source.path.name, reason))
            except OSError as fault:
                trouble = BadFile("var.errors.file_trouble", name=source.path.name, fault=fault.strerror or str(fault))
                refused.append(Refused(source.path.name, trouble))
        if not clips:
            return Ingested(None, tuple(refused))
        master = max(range(len(clips)), key=lambda k: (round(1 / clips[k].frame_s), len(clips[k]), -k))
        match = Match(match_id, name, origin, utc_now(), setup or Setup(), tuple(clips), master)
        archive.add_match(match)
        progress(1.0, name)
        return Ingested(match, tuple(refused))
    finally:
        if archive.find(match_id) is None and keep != "move":
            shutil.rmtree(folder, ignore_errors=True)
