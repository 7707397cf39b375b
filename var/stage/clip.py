"""The short clip: slowly round the line and back, H.264 in MP4, with all words burnt in."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from touchline.files import replacing
from var.stage.letters import write_words
from var.stage.look import ORBIT_S, orbit
from var.stage.paint import paint
from var.stage.parts import parts

FPS = 25
SIZE_PX = (1280, 720)
CRF, PRESET = 18, "veryfast"
_BT709 = 1  # code point of ITU-R BT.709 in ITU-T H.273, for matrix, primaries and transfer alike


def write_orbit(
    path: Path,
    document: dict[str, Any],
    words: dict[str, Any],
    *,
    size_px: tuple[int, int] = SIZE_PX,
    seconds: float = ORBIT_S,
    comment: str = "",
    step: Callable[[float], None] = lambda share: None,
) -> None:
    """Write the clip of a scene to ``path`` (MP4), whole or not at all; ``words`` are ``stage_words``.

    ``size_px`` has even sides. ``step`` is called with the share done. Raises ``OSError`` where it cannot be written.
    """
    drawn = parts(document)
    ways = orbit(document, max(2, round(seconds * FPS)))
    with (
        replacing(path) as work,
        av.open(str(work), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        container.metadata.update({"title": words["illustration"], "comment": comment})
        stream: Any = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *size_px, "yuv420p"
        context = stream.codec_context
        context.options = {"crf": str(CRF), "preset": PRESET}
        context.max_b_frames = 0  # so that every player starts at the first picture
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        for count, view in enumerate(ways):
            picture = write_words(paint(drawn, view, size_px), view, words)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24").reformat(
                format="yuv420p",
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
                dst_colorspace=Colorspace.ITU709,
                interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND,
            )
            frame.pts, frame.time_base = count, Fraction(1, FPS)
            container.mux(stream.encode(frame))
            step((count + 1) / len(ways))
        container.mux(stream.encode(None))
