"""The source recording behind an angle, checked to be the very file that was marked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadFile
from touchline.files import sha256_of
from var.model import Clip
from var.removed import removed

if TYPE_CHECKING:
    from var.footage.video import Reader

_CHUNK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """The hash of a recording's file, or of its first ``first_bytes`` where it still grew."""

    sha256: str
    first_bytes: int | None = None


def known_content(clip: Clip) -> Content:
    """What the archive knows of the file, without reading it."""
    return Content(clip.file_sha256 or clip.sha256)


def shown_content(clip: Clip) -> Content:
    """What an open source was checked to be: of a recording that goes on, its bytes up to the last frame that ``clip``
    knows. Raises ``BadFile`` where these cannot be read any more."""
    first_bytes = _grown_to(clip)
    if first_bytes is None:
        return known_content(clip)
    try:
        return Content(_hash_of_first(clip.path, first_bytes), first_bytes)
    except OSError as fault:
        raise _gone(clip) from fault


def _gone(clip: Clip) -> BadFile:
    return BadFile("var.errors.media_missing", camera=clip.label or clip.camera_id, path=clip.path)


def _changed(clip: Clip, now: str) -> BadFile:
    was = known_content(clip).sha256
    return BadFile(
        "var.errors.media_changed",
        camera=clip.label or clip.camera_id,
        path=clip.path,
        was=was[:12],
        now=now[:12],
    )


def _grown_to(clip: Clip) -> int | None:
    """Where the bytes of the clip's frames end in a file whose whole hash nobody knows yet; None for any other."""
    from var.footage.track import table_now

    if clip.file_sha256 or clip.table is None or not (table := table_now(clip)):
        return None
    rows = table.rows[(table.display >= 0) & (table.display < len(clip))]
    return int((rows["pos"] + rows["size"]).max()) if len(rows) and (rows["pos"] >= 0).all() else None


@lru_cache(maxsize=16)
def _hash_of_first(path: Path, count: int) -> str:
    """The hash of the first ``count`` bytes; kept, because the papers name what the pictures were taken from."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while count > 0:
            chunk = stream.read(min(_CHUNK_BYTES, count))
            if not chunk:
                raise OSError("the recording is shorter than its table")
            digest.update(chunk)
            count -= len(chunk)
    return digest.hexdigest()


def open_source(clip: Clip) -> Reader:
    """A reader of the clip's source file, whose hash and frames are those that the match was made with.

    A report states the hash of what it shows, so the hash is computed from the file that is read now, not copied
    from the archive. Of a recording that goes on, what is there now is hashed, and every frame is checked by its time
    stamp. Raises ``BadFile`` where the file is gone, cannot be read or is another one.
    """
    from var.footage.video import Reader, index

    if clip.removed is not None:
        raise removed(clip)
    if not clip.path.is_file():
        raise _gone(clip)
    if _grown_to(clip) is not None:
        shown_content(clip)
        return Reader(clip)
    try:
        now = sha256_of(clip.path)
    except OSError as fault:
        raise _gone(clip) from fault
    if now != known_content(clip).sha256:
        raise _changed(clip, now)
    if clip.table is not None:  # its frames belong to these very bytes
        return Reader(clip)
    found = index(clip.path)
    if found.pts != clip.pts:
        raise _changed(clip, now)
    return Reader(found)
