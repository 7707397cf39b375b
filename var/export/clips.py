"""A short clip of an angle around an instant, cut at frames: every picture keeps its own time; sound goes along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from var.export.clip_sound import sound_of
from var.export.cutting import cut_of, write_cut
from var.footage.reader import planes
from var.model import Clip

if TYPE_CHECKING:
    from var.footage.video import Reader

CRF = 18
"""x264's constant rate factor; 18 is commonly taken as visually lossless."""

PRESET = "veryfast"
_BT709 = 1  # code point of ITU-R BT.709 in ITU-T H.273, for matrix, primaries and transfer alike


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A written clip: frames ``first`` to ``last`` of the source, both included; ``file`` is relative to the folder.

    ``lead`` is how many frames lie before ``first`` in the file, which players pass over: a clip of the recorder's own
    packets begins with a key picture. None where the pictures were coded again."""

    camera_id: str
    file: str
    first: int
    last: int
    sound: bool
    lead: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What ``write_clip`` wrote: as ``ClipFile`` says it."""

    first: int
    last: int
    sound: bool
    lead: int | None = None


def frames_between(clip: Clip, start_s: Fraction, end_s: Fraction) -> range:
    """The frames of ``clip`` shown from ``start_s`` to ``end_s`` of match time, both included; empty without any."""
    return clip.frames_within(start_s, end_s)


def write_clip(
    path: Path,
    clip: Clip,
    reader: Reader,
    frames: range,
    *,
    comment: str = "",
    corner: NDArray[np.uint8] | None = None,
    step: Callable[[float], None] = lambda share: None,
) -> Written:
    """Write ``frames`` of an angle to ``path`` (MP4, H.264): the recorder's own packets where ``cut_of`` finds that
    they can be taken as they are, else coded again.

    The distances between pictures are the source's own ticks, so a variable frame rate stays one. ``corner`` (BGR) is
    laid over the upper left corner of each picture (the mark of simulated pictures); for that they are coded again.
    Raises ``OSError`` where the file cannot be written.
    """
    cut = None if corner is not None else cut_of(clip, frames)
    if cut is not None:
        sound = write_cut(path, clip, cut, comment=comment, step=step)
        if sound is not None:
            return Written(cut.first, cut.last, sound, cut.lead)
    return Written(frames[0], frames[-1], write_coded(path, clip, reader, frames, comment, corner, step))


def write_coded(
    path: Path,
    clip: Clip,
    reader: Reader,
    frames: range,
    comment: str,
    corner: NDArray[np.uint8] | None,
    step: Callable[[float], None],
) -> bool:
    """Code the pictures again, and the sound; whether there is any."""
    tick = clip.timebase.tick_s
    start = clip.pts[frames[0]]
    sound = sound_of(clip, start * tick, (clip.pts[frames[-1]] - start) * tick + clip.frame_s / clip.to_match.rate)
    options = {"movflags": "+faststart", "video_track_timescale": str(tick.denominator)}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata.update({"title": f"{clip.label or clip.camera_id}", "comment": comment})
        width, height = clip.size_px
        rate = Fraction(1 / clip.frame_s).limit_denominator(1001)
        video: Any = container.add_stream("libx264", rate=rate or Fraction(1))
        video.width, video.height = width + width % 2, height + height % 2  # 4:2:0 needs even sides
        video.pix_fmt = "yuv420p"
        context = video.codec_context
        context.time_base = Fraction(1, tick.denominator)
        context.options = {"crf": str(CRF), "preset": PRESET}
        context.max_b_frames = 0  # so that every player starts at the first picture, without an edit list
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        heard = None if sound is None else sound.packets(container)
        for frame in _pictures(clip, reader, frames, corner, step):
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for packet in heard or ():
            container.mux(packet)
    return sound is not None


def _pictures(
    clip: Clip,
    reader: Reader,
    frames: range,
    corner: NDArray[np.uint8] | None,
    step: Callable[[float], None],
) -> Iterator[av.VideoFrame]:
    """The frames for the encoder, each at its own tick after the first."""
    tick = clip.timebase.tick_s
    laid = None if corner is None else _coded(corner[: len(corner) // 2 * 2, : corner.shape[1] // 2 * 2])
    for count, i in enumerate(frames):
        odd = any(side % 2 for side in clip.size_px)
        rows = _coded(reader.picture(i)) if odd else reader.rows(i)
        if laid is not None:
            _lay(laid, rows)
        frame = av.VideoFrame.from_ndarray(rows, format="yuv420p")
        after = clip.pts[i + 1] if i + 1 < len(clip) else clip.pts[i] + max(1, clip.pts[i] - clip.pts[max(0, i - 1)])
        frame.pts = (clip.pts[i] - clip.pts[frames[0]]) * tick.numerator
        frame.duration = (after - clip.pts[i]) * tick.numerator
        frame.time_base = Fraction(1, tick.denominator)
        yield frame
        step((count + 1) / len(frames))


def _coded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A BGR picture as ``Reader.rows`` gives one; an odd side is made even by its last row or column."""
    height, width = picture.shape[:2]
    if width % 2 or height % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
    coded = frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
        interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND,
    )
    return np.asarray(coded.to_ndarray(), np.uint8)


def _lay(corner: NDArray[np.uint8], rows: NDArray[np.uint8]) -> None:
    """Lay ``corner`` over the upper left corner of a picture; both as ``Reader.rows`` gives them."""
    for small, large in zip(planes(corner), planes(rows), strict=True):
        large[: small.shape[0], : small.shape[1]] = small
