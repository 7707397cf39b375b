"""Brightness of chosen stretches of a recording, small or cut to a region, decoded no further than needed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile
from var.footage.orientation import Orientation, square_size_px
from var.footage.probe import decoded
from var.footage.recording import Index, frame_of, opened

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Luma = NDArray[np.uint8]
Region = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the picture as shown."""

_PLANAR = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray")


def frames_between(index: Index, from_s: float, to_s: float) -> range:
    """The frames that are shown from ``from_s`` up to and with ``to_s``, in seconds after the first one."""
    zero = index.pts[0]
    first = bisect_left(index.pts, zero + float(Fraction(from_s) / index.timebase.tick_s))
    last = bisect_right(index.pts, zero + float(Fraction(to_s) / index.timebase.tick_s))
    return range(max(0, first), max(0, first, last))


def lumas(
    index: Index, wanted: range, *, size_px: tuple[int, int] | None = None, region: Region | None = None
) -> Iterator[tuple[int, Luma]]:
    """The frames of ``wanted`` with their display index, in order: brightness (h, w), upright, square pixels.

    ``size_px`` makes them smaller (means over areas), ``region`` cuts them. A frame that does not decode is left out.
    Raises ``BadFile`` where the file is no longer what the index says.
    """
    if not wanted:
        return
    with opened(index.path) as (container, stream):
        stream.thread_type = "AUTO"
        key = bisect_right(index.keys, index.pts[wanted.start]) - 1
        if key > 0:
            container.seek(index.keys[key], stream=stream, backward=True, any_frame=False)
        turn: Orientation | None = None
        for frame in decoded(container, stream):
            i = frame_of(index.pts, frame.pts)
            if i is None or i < wanted.start:
                continue
            if i >= wanted.stop:
                return
            if turn is None:
                turn = Orientation.of(frame, index.path.name)
            shown = square_size_px(frame.width, frame.height, stream.sample_aspect_ratio)
            if (shown[::-1] if turn.sideways else shown) != index.size_px:
                raise BadFile("var.errors.not_as_indexed", name=index.path.name, frame=i)
            yield i, _shown(_plane(frame), shown, turn, size_px, region)


def _plane(frame: VideoFrame) -> Luma:
    """The brightness as stored, shape (h, w)."""
    if frame.format.name not in _PLANAR:
        return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    plane: Any = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)[: plane.line_size * frame.height].reshape(frame.height, plane.line_size)
    return rows[:, : frame.width]


def _shown(
    plane: Luma, square: tuple[int, int], turn: Orientation, size_px: tuple[int, int] | None, region: Region | None
) -> Luma:
    import cv2

    aim = square if size_px is None else (size_px[::-1] if turn.sideways else size_px)
    picture: Any = plane
    if (plane.shape[1], plane.shape[0]) != aim:
        picture = cv2.resize(plane, aim, interpolation=cv2.INTER_AREA)
    if turn.mirrored or turn.clockwise_deg:
        picture = turn.upright(picture)
    if region is not None:
        x, y, w, h = region
        picture = picture[y : y + h, x : x + w]
    return np.ascontiguousarray(picture, np.uint8)
