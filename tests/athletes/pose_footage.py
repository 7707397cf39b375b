"""Recordings made for tests of body points, and what to do where the models are not here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.errors import Missing

Picture = NDArray[np.uint8]


@contextlib.contextmanager
def skip_without_models() -> Iterator[None]:
    """The test is skipped where a model is missing, with the command that fetches it."""
    try:
        yield
    except Missing as fault:
        pytest.skip(str(fault))


def clip_of(
    path: Path, pictures: list[Picture], fps: int = 30, *, change: Callable[[Picture], Picture] = lambda same: same
) -> Path:
    """Write ``pictures`` (BGR) as H.264 to ``path``, each changed by ``change`` first."""
    import av

    first = change(pictures[0])
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "ultrafast"})
        stream.height, stream.width = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            shown = np.ascontiguousarray(change(picture)[: stream.height, : stream.width])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(shown, "bgr24")))
        out.mux(stream.encode(None))
    return path
