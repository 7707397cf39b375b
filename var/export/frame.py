"""One frame of a recording as a picture: the very frame, unchanged, decoded from the source, never a neighbour."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of, write_bytes
from touchline.i18n import DEFAULT_LANGUAGE, clock
from touchline.origin import Origin
from var.export.source import open_source
from var.export.stills import jpeg
from var.model import Period

if TYPE_CHECKING:
    from var.archive import Archive
    from var.footage.recording import Index

FORMATS = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class WrittenFrame:
    """A frame that was written to ``path``. ``clip_s`` is when it is shown by the recording's own clock, ``match_s`` by
    that of the match; what only a match knows is None for a file that belongs to none."""

    path: Path
    source: str
    sha256: str
    frame: int
    pts: int
    clip_s: Fraction
    size_px: tuple[int, int]
    match_id: str | None = None
    camera_id: str | None = None
    match_s: Fraction | None = None
    clock_s: Fraction | None = None
    origin: Origin | None = None

    def document(self) -> dict[str, Any]:
        """The frame as a JSON-ready document (schema ``frame``)."""
        return {
            "status": "ok",
            "written": str(self.path),
            "source": self.source,
            "sha256": self.sha256,
            "match": self.match_id,
            "camera": self.camera_id,
            "frame": self.frame,
            "pts": self.pts,
            "clip_s": str(self.clip_s),
            "match_s": None if self.match_s is None else str(self.match_s),
            "clock_s": None if self.clock_s is None else float(self.clock_s),
            "picture_size": list(self.size_px),
            "origin": self.origin,
        }


def match_frame(
    archive: Archive,
    match_id: str,
    camera_id: str,
    out: Path,
    *,
    frame: int | None = None,
    at_s: Fraction | None = None,
    clock_s: Fraction | None = None,
) -> WrittenFrame:
    """Write one frame of an angle to ``out`` (PNG or JPEG by its suffix): ``frame`` by its index, or the one that the
    angle shows at ``at_s`` of match time, or when the match clock shows ``clock_s``.

    Raises ``NotFound`` for an unknown match, ``BadValue`` for an unknown angle, a frame that is not there and an
    instant of which the angle has no picture, ``BadFile`` where the source is gone or changed, or ``out`` cannot be
    written.
    """
    match = archive.match(match_id)
    clip = match.clip(camera_id)
    if clock_s is not None:
        at_s = _match_s(match.setup.periods, clock_s)
    if frame is None:
        assert at_s is not None  # one of the three is given
        frame = clip.frame_at(at_s)
        if frame is None:
            raise BadValue("var.errors.no_picture_at", camera=clip.label or camera_id, at_s=float(at_s))
    _refuse_absent(frame, len(clip), clip.label or camera_id)
    _refuse_format(out)
    with closing(open_source(clip)) as reader:
        picture = reader.picture(frame)
    match_s = clip.match_s(frame)
    origin = Origin.SIMULATED if Origin.SIMULATED in (match.origin, clip.timing) else match.origin
    written = WrittenFrame(
        out,
        clip.path.name,
        clip.sha256,
        frame,
        clip.pts[frame],
        clip.clip_s(frame),
        clip.size_px,
        match.id,
        camera_id,
        match_s,
        match.setup.clock_s(match_s),
        origin,
    )
    _write(written, picture)
    return written


def video_frame(path: Path, out: Path, *, frame: int | None = None, at_s: Fraction | None = None) -> WrittenFrame:
    """Write one frame of the recording ``path`` to ``out``: ``frame`` by its index, or the one shown ``at_s`` seconds
    after the first. Raises ``BadFile`` and ``BadValue`` as ``match_frame`` does."""
    from var.footage.video import Reader, index

    _refuse_format(out)
    found = index(path)
    if frame is None:
        assert at_s is not None  # one of the two is given
        frame = _shown_at(found, at_s)
        if frame is None:
            raise BadValue("var.errors.no_picture_at", camera=path.name, at_s=float(at_s))
    _refuse_absent(frame, len(found.pts), path.name)
    with closing(Reader(found)) as reader:
        picture = reader.picture(frame)
    pts = found.pts[frame]
    shown_s = found.timebase.seconds(pts - found.pts[0])
    written = WrittenFrame(out, path.name, sha256_of(path), frame, pts, shown_s, found.size_px)
    _write(written, picture)
    return written


def _shown_at(recording: Index, at_s: Fraction) -> int | None:
    """The frame nearest to ``at_s`` after the first; None more than a mean frame outside of the recording."""
    first, last = recording.pts[0], recording.pts[-1]
    tick = at_s / recording.timebase.tick_s + first
    step = Fraction(last - first, max(1, len(recording.pts) - 1)) or Fraction(1, 25) / recording.timebase.tick_s
    if not first - step <= tick <= last + step:
        return None
    right = min(bisect_left(recording.pts, tick), len(recording.pts) - 1)
    return min((max(0, right - 1), right), key=lambda k: abs(recording.pts[k] - tick))


def _match_s(periods: Sequence[Period], clock_s: Fraction) -> Fraction:
    """The match time at which the clock of a period shows ``clock_s``: of the last period that can show it."""
    starts = [*(period.starts_s for period in periods[1:]), None]
    for period, ends_s in reversed(list(zip(periods, starts, strict=False))):
        match_s = period.starts_s + clock_s - period.clock_s
        if clock_s >= period.clock_s and (ends_s is None or match_s < ends_s):
            return match_s
    raise BadValue("var.errors.no_such_clock", clock=clock(float(clock_s), DEFAULT_LANGUAGE))


def _refuse_absent(frame: int, count: int, name: str) -> None:
    if not 0 <= frame < count:
        raise BadValue("var.errors.no_such_frame", name=name, frame=frame, count=count)


def _refuse_format(out: Path) -> None:
    if out.suffix.lower() not in FORMATS:
        raise BadValue("var.errors.frame_format", path=out.name, formats=", ".join(FORMATS))


def _write(written: WrittenFrame, picture: NDArray[np.uint8]) -> None:
    """The picture (8-bit BGR) with a comment that says which frame of what it is, because a picture travels alone."""
    known = [f"camera {written.camera_id}"] if written.camera_id is not None else []
    known += [f"frame {written.frame}", f"pts {written.pts}", f"source sha256 {written.sha256}"]
    known += [f"origin {written.origin.value}"] if written.origin is not None else []
    comment = "Touchline; " + "; ".join(known)
    coded = _png(picture, comment) if written.path.suffix.lower() == ".png" else jpeg(picture, comment)
    try:
        write_bytes(written.path, coded)
    except OSError as fault:
        raise BadFile("var.errors.frame_unwritable", path=written.path, fault=fault.strerror or fault) from fault


def _png(picture: NDArray[np.uint8], comment: str) -> bytes:
    """``picture`` (8-bit BGR) as a PNG, which loses nothing, with a text chunk ``Comment``."""
    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", comment)
    coded = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1])).save(coded, "PNG", pnginfo=text, compress_level=3)
    return coded.getvalue()
