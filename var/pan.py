"""Calibrations along a recording: from a calibrated frame forth and back, as far as the lines carry.

Pictures are decoded ahead in a thread of their own while the last one is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.measure.calibration import Calibration
from var.measure.following import Followed, Stopped, follow
from var.measure.pitch import Pitch
from var.measure.refine import refine

Picture = NDArray[np.uint8]
AHEAD = 4


class Pictures(Protocol):
    """The frames of a recording, as ``var.footage.Reader`` gives them."""

    def __len__(self) -> int:
        """How many there are."""

    def picture(self, i: int) -> Picture:
        """Frame ``i``, (h, w, 3) blue-green-red."""

    def grey(self, i: int) -> Picture:
        """How bright frame ``i`` is, (h, w)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pan:
    """Calibrations by frame, in the order of the frames, around the calibrated ``frame``; ``stops`` say where
    following ended before it was through."""

    frame: int
    followed: tuple[Followed, ...]
    stops: tuple[Stopped, ...]

    def document(self) -> dict[str, Any]:
        """The answer of ``touchline follow`` as a JSON-ready document."""
        return {
            "status": "ok",
            "code": None,
            "frame": self.frame,
            "frames": [{"frame": one.frame, "calibration": one.calibration.document()} for one in self.followed],
            "stops": [{"frame": stop.frame, "reason": stop.reason.value} for stop in self.stops],
        }


def follow_recording(
    pictures: Pictures,
    first: Calibration,
    frame: int,
    span: tuple[int, int],
    pitch: Pitch,
    said: Callable[[int], None] = lambda frame: None,
) -> Pan:
    """The calibrations of the frames ``span[0]`` to ``span[1]`` (both included) of a camera in its place, from
    ``first``, which is of ``frame``. ``said`` hears each frame that is done.

    Raises ``BadValue``: ``no_frame_to_follow``, ``other_picture``.
    """
    begins, ends = span
    if not 0 <= begins <= frame <= ends < len(pictures):
        raise BadValue("var.errors.no_frame_to_follow", last=len(pictures) - 1, frame=frame, begins=begins, ends=ends)
    own = pictures.grey(frame)
    if first.refinement is None:
        first = refine(pictures.picture(frame), first, pitch)
    found: list[Followed] = [Followed(frame, first)]
    stops: list[Stopped] = []
    for way in (range(frame - 1, begins - 1, -1), range(frame + 1, ends + 1)):
        for one in follow(_ahead(pictures, way), first, own, pitch):
            if isinstance(one, Stopped):
                stops.append(one)
            else:
                found.append(one)
                said(one.frame)
    return Pan(frame, tuple(sorted(found, key=lambda one: one.frame)), tuple(stops))


def _ahead(pictures: Pictures, frames: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """The pictures of ``frames``, some decoded before they are asked for."""
    with ThreadPoolExecutor(1) as decoder:
        waiting = [decoder.submit(pictures.grey, frame) for frame in frames[:AHEAD]]
        for place, frame in enumerate(frames):
            picture = waiting.pop(0).result()
            if place + AHEAD < len(frames):
                waiting.append(decoder.submit(pictures.grey, frames[place + AHEAD]))
            yield frame, picture
