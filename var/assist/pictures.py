"""A picture by its file: a still, or one frame of a recording. Only exact frames, as everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from touchline.errors import BadValue
from touchline.vision.runtime import Picture
from var.measure.refine import read_still
from var.model import Clip

STILLS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")


def read_picture(path: Path, frame: int | None = None) -> tuple[Picture, int | None]:
    """The picture in ``path`` (8-bit BGR), and which frame it is of a recording (None for a still).

    Without ``frame`` a recording gives its first one. Raises ``BadFile`` for what cannot be read, ``BadValue`` for a
    frame that is not there.
    """
    if path.suffix.lower() in STILLS:
        if frame not in (None, 0):
            raise BadValue("var.errors.no_such_frame", name=path.name, frame=frame, count=1)
        return read_still(path), None
    from var.footage.video import Reader, index

    found = index(path)
    at = 0 if frame is None else frame
    if not 0 <= at < len(found.pts):
        raise BadValue("var.errors.no_such_frame", name=path.name, frame=at, count=len(found.pts))
    return np.asarray(Reader(found).picture(at), dtype=np.uint8), at


def read_frames(clip: Clip, frames: range) -> list[Picture]:
    """Those frames of a clip's source (8-bit BGR), in order. Raises as ``var.footage`` where the source is gone."""
    from var.footage.video import Reader, index

    reader = Reader(clip if clip.table is not None else index(clip.path))
    return [np.asarray(reader.picture(frame), dtype=np.uint8) for frame in frames]
