"""The source recording behind an angle, checked to be the very file that was marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.errors import BadFile
from touchline.files import sha256_of
from var.model import Clip

if TYPE_CHECKING:
    from var.footage.video import Reader


def open_source(clip: Clip) -> Reader:
    """A reader of the clip's source file, whose hash and frames are those that the match was made with.

    A report states the hash of what it shows, so the hash is computed from the file that is read now, not copied
    from the archive. Raises ``BadFile`` where the file is gone, cannot be read or is another one.
    """
    from var.footage.video import Reader, index

    if not clip.path.is_file():
        raise BadFile("var.errors.media_missing", camera=clip.label or clip.camera_id, path=clip.path)
    try:
        now = sha256_of(clip.path)
    except OSError as fault:
        raise BadFile("var.errors.media_missing", camera=clip.label or clip.camera_id, path=clip.path) from fault
    if now != clip.sha256:
        raise BadFile(
            "var.errors.media_changed",
            camera=clip.label or clip.camera_id,
            path=clip.path,
            was=clip.sha256[:12],
            now=now[:12],
        )
    found = index(clip.path)
    if tuple(found.pts) != clip.pts:
        raise BadFile(
            "var.errors.media_changed",
            camera=clip.label or clip.camera_id,
            path=clip.path,
            was=clip.sha256[:12],
            now=now[:12],
        )
    return Reader(found)
