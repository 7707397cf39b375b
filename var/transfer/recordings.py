"""Recordings that a match lacks on this machine, and how it gets them: only the very files that it was made of."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from touchline.errors import BadFile
from touchline.files import sha256_of
from touchline.rights import Action, require
from var.archive import Archive
from var.export.incident import Progress
from var.model import Clip
from var.transfer.document import stem_of
from var.transfer.exporting import ask_room
from var.transfer.form import ENDING, MEDIA

TOLD = "recording_here"
"""The kind of the line that a ledger gets for each."""


def absent(archive: Archive, match_id: str) -> list[str]:
    """The labels of the angles whose recording is not on this machine."""
    return [clip.label for clip in archive.match(match_id).clips if not clip.path.is_file()]


def add_media(
    archive: Archive, match_id: str, files: Sequence[Path], *, progress: Progress | None = None
) -> dict[str, str]:
    """Give angles of a match their recordings, which are not here yet: each file is copied, and becomes that of the
    angle whose hash it has. Returns the file's name by camera.

    Raises ``NotAllowed``, ``NotFound``, and ``BadFile`` for a file that is the recording of no angle that lacks it, or
    where there is no room; then nothing was kept of any.
    """
    require(archive.person, Action.RECORD)
    say = progress or (lambda share, what: None)
    match = archive.match(match_id)
    lacking = {clip.file_sha256 or clip.sha256: clip for clip in match.clips if not clip.path.is_file()}
    found: dict[str, Path] = {}
    for k, file in enumerate(files):
        say(0.4 * k / len(files), file.name)
        if not file.is_file():
            raise BadFile("var.errors.no_such_file", name=str(file))
        digest = sha256_of(file)
        if digest not in lacking:
            raise BadFile("var.errors.transfer_no_angle", name=file.name, match=match_id)
        found[digest] = file
    ask_room(archive.home, sum(file.stat().st_size for file in found.values()))
    media = archive.folder(match_id) / MEDIA
    media.mkdir(parents=True, exist_ok=True)
    copies: dict[str, tuple[Path, str]] = {}
    try:
        for k, (digest, file) in enumerate(found.items()):
            copy = media / f".coming.{os.getpid()}.{k}"
            copies[lacking[digest].camera_id] = copy, digest
            _copy(file, copy, digest)
            say(0.4 + 0.6 * (k + 1) / len(found), file.name)
        give_recordings(archive, match_id, copies)
    except OSError as fault:
        if isinstance(fault, BadFile):
            raise
        raise BadFile("var.errors.export_unwritable", path=media, fault=fault.strerror or fault) from fault
    finally:
        for copy, _ in copies.values():
            copy.unlink(missing_ok=True)
    return {lacking[digest].camera_id: file.name for digest, file in found.items()}


def _copy(source: Path, target: Path, expected: str) -> None:
    digest = sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while piece := reader.read(1 << 20):
            digest.update(piece)
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())
    if digest.hexdigest() != expected:
        raise BadFile("var.errors.transfer_changed", camera=source.name, path=source)


def give_recordings(archive: Archive, match_id: str, recordings: Mapping[str, tuple[Path, str]]) -> None:
    """Move files whose content is known into the places of angles' recordings (file and hash by camera), and tell the
    ledger. One that was deleted by the retention policy counts as there again: pages show it, and the policy applies to
    it. Those that cannot be kept lie where they were."""
    match = archive.match(match_id)
    moved: list[tuple[Path, Path]] = []
    try:
        with archive.changing() as change:
            for camera, (file, digest) in recordings.items():
                clip = match.clip(camera)
                place = _place(archive, match_id, match.clips.index(clip), clip)
                change.tell(match_id, TOLD, {"camera": camera, "sha256": digest})
                change.connection.execute(
                    "DELETE FROM media_removed WHERE match_id = ? AND camera_id = ?", (match_id, camera)
                )
                if place != clip.path:
                    kept = str(place.relative_to(archive.home))
                    change.connection.execute(
                        "UPDATE clip SET path = ? WHERE match_id = ? AND camera_id = ?", (kept, match_id, camera)
                    )
                place.parent.mkdir(parents=True, exist_ok=True)
                file.rename(place)
                moved.append((file, place))
    except BaseException:
        for file, place in moved:
            with contextlib.suppress(OSError):
                shutil.move(place, file)
        raise


def _place(archive: Archive, match_id: str, position: int, clip: Clip) -> Path:
    """Where a recording goes: to its place in the match's folder; what was read elsewhere before lies there now."""
    folder = archive.folder(match_id)
    if clip.path.is_relative_to(folder):
        return clip.path
    ending = clip.path.suffix.lower()
    stem = stem_of(position, clip.camera_id)
    return folder / MEDIA / f"{stem}{ending if ENDING.fullmatch(ending) else '.bin'}"
