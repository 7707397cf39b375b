"""All frames of a stretch of a recording, one after the other: every one that is due, or an error that names one."""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from touchline.errors import BadFile
from touchline.timebase import Timebase
from var.footage.orientation import Orientation
from var.footage.probe import decoded, first_faulty
from var.footage.recording import frame_of, opened
from var.footage.track import Track, table_now

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_TRIES = 4  # keys from which a first frame must have come out before it counts as damaged


class Walked(Protocol):
    """What must be known of a recording to walk through it; ``var.model.Clip`` says it."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def pts(self) -> Sequence[int]:
        """When each frame is shown, in ticks."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height as shown."""

    @property
    def timebase(self) -> Timebase:
        """How long a tick lasts."""

    @property
    def table(self) -> Path | None:
        """The frame table beside the recording, where there is one."""

    @property
    def recording(self) -> bool:
        """Whether the recording still grows."""


class Walk:
    """Decodes stretches of ``clip``. One that begins where the last one ended goes on from there without a seek.

    Several pictures are decoded at once, so it is for work beside the page, not for a picture that is waited for.
    """

    def __init__(self, clip: Walked) -> None:
        self.clip = clip
        self._track: Track | None = None
        self._keys: Track | None = None  # where decoding can start, also of a file that is read as a container
        self._known = -1
        self._going: Iterator[VideoFrame] | None = None
        self._next = -1
        self._scope: AbstractContextManager[tuple[InputContainer, VideoStream]] | None = None
        self._orientation: Orientation | None = None
        self.grow(clip)

    def grow(self, clip: Walked) -> None:
        """Take the same recording, perhaps longer by now."""
        self.clip = clip
        table = table_now(clip)
        if table is None or len(table.rows) == self._known:
            return
        self._known = len(table.rows)
        self._keys = self._keys or Track(clip.path, table, threads=0)
        self._keys.grow(table)
        self._track = self._keys if Track.fits(clip.path, table) else None

    def turn(self, frame: VideoFrame) -> Orientation:
        """How the pictures are turned to be shown."""
        if self._track is not None:
            coding = self._track.table.coding
            return Orientation(coding.clockwise_deg, coding.mirrored)
        self._orientation = self._orientation or Orientation.of(frame, self.clip.path.name)
        return self._orientation

    def frames(self, first: int, after: int) -> Iterator[tuple[int, VideoFrame]]:
        """The frames ``first`` up to ``after`` with their numbers.

        Raises ``BadFile`` with the number of the first one that does not decode, or of the damaged one that is the
        cause, and where the picture size changes.
        """
        pts = self.clip.pts
        going, ahead = self._begun(first)
        size: tuple[int, int] | None = self._track.table.coding.size_px if self._track is not None else None
        for i in range(first, after):
            frame = ahead if i == first and ahead is not None else self._due(going, pts[i])
            if frame is None:
                self.close()
                raise BadFile("var.errors.damaged_frame", name=self.clip.path.name, frame=self._culprit(i))
            found = (frame.width, frame.height)
            size = size or found
            if found != size:
                self.close()
                raise BadFile(
                    "var.errors.picture_size_changes",
                    name=self.clip.path.name,
                    frame=i,
                    size=f"{frame.width}×{frame.height}",
                )
            yield i, frame
        self._going, self._next = going, after

    def _begun(self, first: int) -> tuple[Iterator[VideoFrame], VideoFrame | None]:
        """Decoding that has come to ``first``, and that frame where it was reached by a seek."""
        going, self._going = self._going, None
        if going is not None and self._next == first:
            return going, None
        target = self.clip.pts[first]
        for landing in self._landings(target):
            going = self._start(landing)
            frame = self._due(going, target)
            if frame is not None:
                return going, frame
        self.close()
        raise BadFile("var.errors.damaged_frame", name=self.clip.path.name, frame=self._culprit(first))

    def _landings(self, target: int) -> list[int]:
        """The keys to begin at for ``target``, best first."""
        if self._keys is None or not self._keys.keys:
            return [self.clip.pts[0] - self.clip.timebase.ticks(Fraction(10))]
        keys = self._keys.keys
        nearest = max(0, bisect_right(keys, target) - 1)
        places = list(range(nearest, max(-1, nearest - _TRIES), -1))
        if not self._keys.closed(nearest):
            places[:2] = places[1::-1]  # pictures after an open key may refer past it: come from further away
        return [keys[k] for k in places]

    def _start(self, landing: int) -> Iterator[VideoFrame]:
        import av

        if self._track is not None:
            return self._track.start(landing)
        self.close()
        self._scope = opened(self.clip.path)
        container, stream = self._scope.__enter__()
        stream.thread_type = "AUTO"
        if landing > self.clip.pts[0]:
            with contextlib.suppress(av.FFmpegError):
                container.seek(landing, stream=stream, backward=True, any_frame=False)
        return decoded(container, stream)

    @staticmethod
    def _due(going: Iterator[VideoFrame], pts: int) -> VideoFrame | None:
        """The frame shown at ``pts``, or None where decoding passes it by."""
        for frame in going:
            if frame.pts is not None and frame.pts >= pts:
                return frame if frame.pts == pts else None
        return None

    def _culprit(self, missing: int) -> int:
        """The damaged frame because of which ``missing`` did not come out: often that one, or one a few later."""
        import av

        pts = self.clip.pts
        faulty: list[int] = []
        if self._track is not None:
            single = Track(self.clip.path, self._track.table)
            for frame in single.start(self._landings(pts[missing])[0], faulty):
                if faulty or (frame.pts is not None and frame.pts > pts[missing] and frame.key_frame):
                    break
            single.close()
            found = frame_of(pts, faulty[0] if faulty else None)
            return missing if found is None else found
        with opened(self.clip.path) as (container, stream):
            stream.thread_count = 1  # faults are raised at the packet that has them
            try:
                container.seek(self._landings(pts[missing])[0], stream=stream, backward=True)
                found = frame_of(pts, first_faulty(container, stream, pts[missing]))
            except av.FFmpegError:
                found = None
        return missing if found is None else found

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        self._going, self._next = None, -1
        scope, self._scope = self._scope, None
        if scope is not None:
            scope.__exit__(None, None, None)
        if self._track is not None:
            self._track.close()

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *fault: Any) -> None:
        self.close()
