"""Files and angles as material for synchronisation: recordings with pictures, and files with sound only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadFile, NotFound
from touchline.timebase import Timebase
from var.footage.recording import OPEN_OPTIONS, index, reason
from var.measure.calibration import Calibration
from var.model import Clip
from var.sync.model import Material

if TYPE_CHECKING:
    from av.container import InputContainer

_SOUND_FILES = ",mp3,wav,w64,flac,ogg,aac,aiff,caf,adts"
_OPTIONS = OPEN_OPTIONS | {"format_whitelist": OPEN_OPTIONS["format_whitelist"] + _SOUND_FILES}


@contextlib.contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The open container, be it with pictures or with sound only. Raises ``NotFound`` or ``BadFile``."""
    import av

    if not path.is_file():
        raise NotFound("var.errors.no_such_file", name=str(path))
    if path.stat().st_size == 0:
        raise BadFile("var.errors.empty_video", name=path.name)
    try:
        container = av.open(str(path), options=_OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as fault:
        raise BadFile("var.errors.not_a_recording", name=path.name, fault=reason(fault)) from fault
    with container:
        yield container


def material(path: Path, calibration: Calibration | None = None, label: str = "") -> Material:
    """The recording in ``path``, ready to be synchronised; one without pictures has no ``index``.

    Raises ``NotFound`` or ``BadFile``, by name, where it has neither pictures nor sound that can be read.
    """
    from av.stream import Disposition

    with opened(path) as container:
        pictures = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        sounds = bool(container.streams.audio)
    if not pictures and not sounds:
        raise BadFile("var.errors.not_a_recording", name=path.name, fault="no streams")
    return Material(path, index(path) if pictures else None, calibration, label or path.name)


def material_of(clip: Clip, calibration: Calibration | None = None) -> tuple[Material, Fraction]:
    """An angle of a match as material, and what to add to a time of the material to get the clip's own time.

    The second is zero but where file and archive disagree about which picture is the first.
    """
    found = index(clip.path)
    first_s = found.timebase.seconds(found.pts[0]) - clip.timebase.seconds(clip.pts[0])
    return Material(clip.path, found, calibration, clip.label), first_s


def zero_s(of: Material) -> Fraction | None:
    """Where the material's zero lies on its container's clock; None for sound only: its first sample."""
    return None if of.index is None else of.index.timebase.seconds(of.index.pts[0])


def span_s(of: Material) -> tuple[Fraction, Fraction] | None:
    """From when to when there are pictures, in seconds of the material's clock; None without pictures."""
    return None if of.index is None else (Fraction(0), of.index.clip_s(len(of.index) - 1))


def frame_s(of: Material) -> float:
    """The median time between two frames in seconds; 0.04 where there are no two."""
    import numpy as np

    if of.index is None or len(of.index.pts) < 2:
        return 0.04
    base: Timebase = of.index.timebase
    return float(np.median(np.diff(np.asarray(of.index.pts, np.int64)))) * float(base.tick_s)
