"""Colours of a decoded frame: which matrix and range its numbers are in, and the way to BGR and to the proxy's tags.

Source pictures and proxies go through the same two functions, so that a paused still and the playing picture agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from var.footage.orientation import Picture

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from av.video.reformatter import ColorRange, Colorspace

# ITU-T H.273, table 4, matrix coefficients.
_UNSPECIFIED, BT709 = 2, 1
LIMITED, FULL = 1, 2


def matrix_of(frame: VideoFrame) -> Colorspace:
    """The colour matrix of ``frame``. Where the file does not say: BT.709 for high definition, else BT.601, as players
    do (more than 576 lines or at least 1280 columns counts as high definition)."""
    from av.video.reformatter import Colorspace

    named = {
        BT709: Colorspace.ITU709,
        4: Colorspace.FCC,
        5: Colorspace.ITU601,
        6: Colorspace.ITU601,
        7: Colorspace.SMPTE240M,
        9: Colorspace.BT2020,
        10: Colorspace.BT2020,
    }
    high_definition = frame.width >= 1280 or frame.height > 576
    return named.get(int(frame.colorspace), Colorspace.ITU709 if high_definition else Colorspace.ITU601)


def range_of(frame: VideoFrame) -> ColorRange:
    """Limited (16 to 235) or full (0 to 255) range; limited where neither the tag nor the pixel format says full."""
    from av.video.reformatter import ColorRange

    full = int(frame.color_range) == FULL or frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full else ColorRange.MPEG


def to_bgr(frame: VideoFrame, width: int, height: int) -> Picture:
    """``frame`` as a BGR picture of ``width`` x ``height``, not yet turned."""
    from av.video.reformatter import ColorRange, Interpolation

    if frame.format.name.startswith(("rgb", "bgr", "gbr", "gray", "pal")):
        same = (frame.width, frame.height) == (width, height)
        plain = frame.reformat(width, height, "bgr24", interpolation=None if same else Interpolation.AREA)
        return np.asarray(plain.to_ndarray(), np.uint8)
    shrinks = height < frame.height
    matrix = matrix_of(frame)
    bgr = frame.reformat(
        width,
        height,
        "bgr24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=range_of(frame),
        dst_color_range=ColorRange.JPEG,
        interpolation=(Interpolation.AREA if shrinks else Interpolation.BILINEAR) | Interpolation.ACCURATE_RND,
    )
    return np.asarray(bgr.to_ndarray(), np.uint8)


def to_proxy(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """``frame`` as 8-bit 4:2:0 in BT.709, limited range, of ``width`` x ``height``."""
    from av.video.reformatter import ColorRange, Colorspace, Interpolation

    matrix, span = matrix_of(frame), range_of(frame)
    same_size = (frame.width, frame.height) == (width, height)
    if same_size and frame.format.name == "yuv420p" and (matrix, span) == (Colorspace.ITU709, ColorRange.MPEG):
        return frame
    return frame.reformat(
        width,
        height,
        "yuv420p",
        src_colorspace=matrix,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=span,
        dst_color_range=ColorRange.MPEG,
        interpolation=(Interpolation.BILINEAR if same_size else Interpolation.AREA) | Interpolation.ACCURATE_RND,
    )
