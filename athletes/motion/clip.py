"""A stretch of a trial's recording as a film of its own (H.264 in MP4): body, angles and a running curve burned in.

Every picture keeps its own time, so a recording with uneven pictures stays uneven; slow motion stretches these times
and makes up no picture. A file is whole or it is not there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athletes.motion.overlay import Layer
from athletes.worded import Worded
from touchline.errors import BadFile, BadValue
from touchline.files import replacing
from touchline.footage import Footage

SLOWEST, FASTEST = 100.0, 0.25
MOST_FRAMES = 20_000
MOST_PER_S = 60.0
"""A film has no more pictures a second than this: more are not shown by players. Slow motion shows them all."""
CRF, PRESET = 20, "veryfast"
TICKS_PER_S = 90_000
_BT709 = 1  # code point of ITU-R BT.709 in ITU-T H.273, for matrix, primaries and transfer alike


@dataclass(frozen=True, slots=True)
class Written:
    """A film that was written: ``frames`` of the recording in their order, ``size_px``, and how long it lasts."""

    path: Path
    frames: tuple[int, ...]
    size_px: tuple[int, int]
    length_s: float


def stretch_of(times_s: NDArray[np.float64], since_s: float | None, until_s: float | None) -> range:
    """The frames that are shown between two instants of ``times_s`` (n,), both included; None is the recording's own
    beginning or end. Raises ``BadValue`` where there are none, or too many."""
    first = 0 if since_s is None else int(np.searchsorted(times_s, since_s - 1e-6))
    last = len(times_s) if until_s is None else int(np.searchsorted(times_s, until_s + 1e-6, side="right"))
    if last <= first:
        whole = float(times_s[-1]) if len(times_s) else 0.0
        raise Worded("athletes.errors.clip_empty", since=since_s or 0.0, until=until_s or 0.0, length=whole)
    if last - first > MOST_FRAMES:
        raise BadValue("athletes.errors.clip_too_long", frames=last - first, most=MOST_FRAMES)
    return range(first, last)


def shown_frames(times_s: NDArray[np.float64], frames: range, slow: float) -> list[int]:
    """Those of ``frames`` that a film shows ``slow`` times slower than real: all, or as many as ``MOST_PER_S`` lets."""
    kept: list[int] = []
    for frame in frames:
        if not kept or (times_s[frame] - times_s[kept[-1]]) * slow >= 0.98 / MOST_PER_S:
            kept.append(frame)
    return kept


def write_clip(
    path: Path, footage: Footage, layer: Layer, *, comment: str = "", step: Callable[[float], None] = lambda share: None
) -> Written:
    """Write the frames of ``layer`` to ``path`` (.mp4), ``layer.slow`` times slower than real.

    ``step`` is called with the share done after each picture; what it raises stops the work, and nothing is left.
    Raises ``BadValue`` for another suffix or a speed out of bounds, ``BadFile`` where the file cannot be written,
    ``Missing`` without the font of the words.
    """
    if path.suffix.lower() != ".mp4":
        raise BadValue("athletes.errors.clip_suffix", suffix=path.suffix[:20] or "–")
    if not (math.isfinite(layer.slow) and FASTEST <= layer.slow <= SLOWEST):
        raise Worded("athletes.errors.clip_speed", slow=float(layer.slow), low=FASTEST, high=SLOWEST)
    frames = shown_frames(layer.times_s, layer.frames, layer.slow)
    ticks = _ticks(layer.times_s[frames], layer.slow)
    try:
        with replacing(path, private=True) as work:
            _encode(work, _pictures(footage, layer, frames), ticks, (layer, comment, step))
    except OSError as fault:
        if isinstance(fault, BadFile | BadValue):
            raise
        raise BadFile("athletes.errors.unwritable", path=path, fault=fault.strerror or fault) from fault
    return Written(path, tuple(frames), layer.whole_px, (ticks[-1] - ticks[0]) / TICKS_PER_S)


def _ticks(times_s: NDArray[np.float64], slow: float) -> list[int]:
    """When each picture is shown, and when the last one ends, in ticks; rising."""
    at = [round(float(one - times_s[0]) * slow * TICKS_PER_S) for one in times_s]
    at.append(at[-1] + (at[-1] - at[-2] if len(at) > 1 else round(TICKS_PER_S / 25)))
    return at


def _pictures(footage: Footage, layer: Layer, frames: list[int]) -> Iterator[NDArray[np.uint8]]:
    """The painted pictures of ``frames``. The recording is read in its order, also where pictures are left out."""
    wanted = set(frames)
    for frame, picture in footage.pictures(frames[0], frames[-1] + 1):
        if frame in wanted:
            yield layer.painted(picture, frame)


def _encode(
    path: Path,
    pictures: Iterator[NDArray[np.uint8]],
    ticks: list[int],
    rest: tuple[Layer, str, Callable[[float], None]],
) -> None:
    import av
    from av.video.reformatter import ColorRange, Colorspace, Interpolation

    layer, comment, step = rest
    tick = Fraction(1, TICKS_PER_S)
    options = {"movflags": "+faststart", "video_track_timescale": str(TICKS_PER_S)}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata.update({"title": layer.title, "comment": comment})
        stream: Any = container.add_stream("libx264", rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *layer.whole_px, "yuv420p"
        stream.time_base = tick
        context = stream.codec_context
        context.time_base = tick
        context.options = {"crf": str(CRF), "preset": PRESET}
        context.max_b_frames = 0  # so that every player starts at the first picture
        context.gop_size = 30  # and steps back quickly
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        for count, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24").reformat(
                format="yuv420p",
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                dst_colorspace=Colorspace.ITU709,
                interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND,
            )
            frame.pts, frame.time_base, frame.duration = ticks[count], tick, ticks[count + 1] - ticks[count]
            container.mux(stream.encode(frame))
            step((count + 1) / (len(ticks) - 1))
        container.mux(stream.encode(None))
