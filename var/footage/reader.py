"""Any frame of a recording by its display index: the right one or an error, never a neighbour."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile, BadValue
from touchline.timebase import Timebase
from var.footage.colour import to_bgr, to_proxy
from var.footage.orientation import Orientation, Picture, shown_size_px, square_size_px
from var.footage.probe import decoded, first_faulty
from var.footage.recording import Index, frame_of, opened
from var.footage.track import Track, table_now

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

CACHE_BYTES = 192 * 1024**2
POOL_BYTES = 512 * 1024**2
_FORWARD = 24  # frames that are cheaper to decode through than to seek
_TRIES = 4  # landings from which a frame must have come out before it counts as damaged


class Recording(Protocol):
    """What a reader must know of a file: an ``Index`` or a ``var.model.Clip`` says it."""

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


BT709_BGR = np.array([0.0722, 0.7152, 0.2126], np.float32)
"""What blue, green and red give to the luma (Rec. ITU-R BT.709)."""

FULL_RANGE = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""The luma of limited range (16 to 235) from 0 to 255."""


class _Pictures(Protocol):
    """A way to the pictures of a recording: through its container, or by its frame table."""

    @property
    def keys(self) -> Sequence[int]:
        """The pts at which decoding can start, as far as they are known."""

    def start(self, pts: int) -> Iterator[VideoFrame]:
        """The frames from the last key at or before ``pts`` on, in the order of showing."""

    def close(self) -> None:
        """Close the file. A later call opens it again."""


class _Container:
    """The recording opened as the container that it is. ``keys`` may be empty: they are then found by trying."""

    def __init__(self, path: Path, keys: Sequence[int]) -> None:
        self._path, self.keys = path, keys
        self._known: set[int] = set()  # packets that do not decode
        self._met: list[int] = []  # what this decoder stumbled over
        self._open: tuple[InputContainer, VideoStream] | None = None
        self._scope: AbstractContextManager[tuple[InputContainer, VideoStream]] | None = None

    @property
    def parts(self) -> tuple[InputContainer, VideoStream]:
        """The open container and its video stream."""
        if self._open is None:
            self._scope = opened(self._path)
            self._open = self._scope.__enter__()
            self._met = []
            # Several pictures at once would delay each by as many packets; threads within one lose marks of damage,
            # and on the recordings measured they were no faster.
            self._open[1].thread_count = 1
        return self._open

    def start(self, pts: int) -> Iterator[VideoFrame]:
        import av

        if self._met:
            self.close()  # a decoder that met damage may keep something of it
        container, stream = self.parts
        try:
            # By the key frame's pts: seeking by its dts lands a group of pictures early in MP4.
            container.seek(pts, stream=stream, backward=True, any_frame=False)
        except av.FFmpegError:
            return
        yield from decoded(container, stream, faulty=self._met, known=self._known)

    def close(self) -> None:
        scope, self._scope, self._open = self._scope, None, None
        if scope is not None:
            scope.__exit__(None, None, None)


def _track_of(source: Recording) -> tuple[Track | None, Sequence[int]]:
    """The way by the frame table, where ``source`` is a clip whose bytes one addresses; and the keys that are known."""
    if isinstance(source, Index) or getattr(source, "table", None) is None:
        return None, source.keys if isinstance(source, Index) else ()
    clip: Any = source
    table = table_now(clip)
    if table is None:
        return None, ()
    track = Track(source.path, table)
    return (track if Track.fits(source.path, table) else None), track.keys


class Reader:
    """Decodes single frames of ``source``; safe to share between threads.

    It is meant for files that were decoded whole once (``frames``, as ``make_proxy`` does): that check finds damage
    that a decoder which starts in the middle may pass over.

    A clip with a frame table is read by that, be it as long as it may; ``grow`` says that it has become longer. Any
    other file is opened at the first picture and again after ``close``. Decoded frames are kept up to ``cache_bytes``.
    """

    def __init__(self, source: Recording, cache_bytes: int = CACHE_BYTES) -> None:
        self.source = source
        self._track, keys = _track_of(source)
        self._pictures: _Pictures = self._track or _Container(source.path, keys)
        self._lock = threading.RLock()
        self._cache: OrderedDict[int, VideoFrame] = OrderedDict()
        self._budget, self._used = cache_bytes, 0
        self._frames: Iterator[VideoFrame] | None = None
        self._last: int | None = None
        self._orientation: Orientation | None = None
        self._from_afar = False  # decoding begins one key earlier at an open one

    def __len__(self) -> int:
        return len(self.source.pts)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def picture(self, i: int) -> Picture:
        """Frame ``i`` as it is shown: shape (h, w, 3), blue green red.

        Raises ``BadValue`` for a frame that does not exist, ``BadFile`` for one that does not decode.
        """
        return self._picture(i, None)

    def rows(self, i: int) -> NDArray[np.uint8]:
        """Frame ``i`` as it is shown, ready for an encoder: 8-bit 4:2:0 in BT.709 and limited range, the planes Y, U
        and V packed below each other (``planes`` parts them), shape (3 h / 2, w).

        A frame that is stored so comes out bit by bit. Width and height must be even. Raises as ``picture`` does.
        """
        self._refuse_absent(i)
        with self._lock:
            frame = self._frame(i)
            turn, size = self._shape(frame, i)
            stored = np.asarray(to_proxy(frame, *size).to_ndarray(), np.uint8)
        if turn == Orientation():
            return stored
        turned = [turn.upright(plane).ravel() for plane in planes(stored)]
        return np.concatenate(turned).reshape(-1, self.source.size_px[0])

    def grey(self, i: int) -> NDArray[np.uint8]:
        """How bright frame ``i`` is, as it is shown: the luma of BT.709 from 0 to 255, shape (h, w).

        Much of what a picture in colours costs is saved. Raises as ``picture`` does.
        """
        width, height = self.source.size_px
        if width % 2 or height % 2:  # no such rows
            return np.asarray(np.rint(self.picture(i) @ BT709_BGR), np.uint8)
        return FULL_RANGE[self.rows(i)[:height]]

    def jpeg(self, i: int, height: int | None = None, quality: int = 90) -> bytes:
        """Frame ``i`` as a JPEG picture, made smaller to ``height`` lines where that is less than the source has.

        Raises as ``picture`` does.
        """
        import simplejpeg

        picture = self._picture(i, height)
        data: bytes = simplejpeg.encode_jpeg(picture, quality=quality, colorspace="BGR", colorsubsampling="420")
        return data

    def grow(self, source: Recording) -> bool:
        """Take the same recording, now longer; False where ``source`` is not that. A shorter view of it changes
        nothing."""
        with self._lock:
            mine, other = self.source.pts, source.pts
            both = min(len(mine), len(other))
            if source.path != self.source.path or mine[:both] != other[:both]:
                return False
            if len(other) <= len(mine):
                return True
            if self._track is not None:
                clip: Any = source
                table = table_now(clip)
                if table is None:
                    return False
                self._track.grow(table)
            else:
                return False
            self.source = source
            return True

    def close(self) -> None:
        """Close the file and forget the frames. A later call opens it again."""
        with self._lock:
            self._cache.clear()
            self._frames, self._last, self._used = None, None, 0
            self._pictures.close()

    def _refuse_absent(self, i: int) -> None:
        if not 0 <= i < len(self):
            raise BadValue("var.errors.no_such_frame", name=self.source.path.name, frame=i, count=len(self))

    def _picture(self, i: int, height: int | None) -> Picture:
        self._refuse_absent(i)
        with self._lock:  # conversion too: it changes the frame's tags for a moment
            frame = self._frame(i)
            turn, (width, lines) = self._shape(frame, i)
            shown = self.source.size_px[1]
            if height is not None and height < shown:
                scale = Fraction(max(1, height), shown)
                width, lines = max(1, round(width * scale)), max(1, round(lines * scale))
            return turn.upright(to_bgr(frame, width, lines))

    def _shape(self, frame: VideoFrame, i: int) -> tuple[Orientation, tuple[int, int]]:
        """How ``frame`` is turned, and its width and height with square pixels before that.

        Raises ``BadFile`` where it has not the size that the recording was indexed with.
        """
        if self._track is not None:
            coding = self._track.table.coding
            turn = Orientation(coding.clockwise_deg, coding.mirrored)
            size = self.source.size_px
            same = (frame.width, frame.height) == coding.size_px
            square = (size[1], size[0]) if turn.sideways else size
        else:
            assert isinstance(self._pictures, _Container)
            if self._orientation is None:
                self._orientation = Orientation.of(frame, self.source.path.name)
            turn, aspect = self._orientation, self._pictures.parts[1].sample_aspect_ratio
            same = shown_size_px(frame.width, frame.height, aspect, turn) == self.source.size_px
            square = square_size_px(frame.width, frame.height, aspect)
        if not same:
            raise BadFile("var.errors.not_as_indexed", name=self.source.path.name, frame=i)
        return turn, square

    def _frame(self, i: int) -> VideoFrame:
        kept = self._cache.get(i)
        if kept is not None:
            self._cache.move_to_end(i)
            return kept
        if self._near(i) and (frame := self._forward(i)[0]) is not None:
            return frame
        tries = 0
        for place, landing in enumerate(self._landings(self.source.pts[i])):
            self._last, self._frames = None, self._pictures.start(landing)
            frame, late = self._forward(i)
            if frame is not None:
                # Where nothing comes out after an open key it will be so at the next one, too: not tried again.
                self._from_afar = self._from_afar or (place == 1 and self._open_key(self.source.pts[i]))
                return frame
            tries += not late
            if tries >= _TRIES:
                break
        raise BadFile("var.errors.damaged_frame", name=self.source.path.name, frame=i)

    def _near(self, i: int) -> bool:
        """Whether decoding on from where the file stands is the shortest way to frame ``i``."""
        if self._frames is None or self._last is None or i <= self._last:
            return False
        if i - self._last <= _FORWARD:
            return True
        key = bisect_right(self._pictures.keys, self.source.pts[i]) - 1
        return key >= 0 and self._pictures.keys[key] <= self.source.pts[self._last]

    def _open_key(self, target: int) -> bool:
        """Whether the key before ``target`` is open: what follows it may refer past it."""
        nearest = bisect_right(self._pictures.keys, target) - 1
        return nearest > 0 and self._track is not None and not self._track.closed(nearest)

    def _landings(self, target: int) -> Iterator[int]:
        """Where to seek for ``target``, nearest first, the start of the file last."""
        first, keys = self.source.pts[0], self._pictures.keys
        if keys:
            places = list(range(max(1, bisect_right(keys, target)) - 1, -1, -1))
            if self._from_afar and self._open_key(target):
                places[:2] = places[1::-1]
            yield from (keys[k] for k in places)
        else:
            yield target
            back = max(1, self.source.timebase.ticks(Fraction(1, 2)))
            while target - back > first:
                yield target - back
                back *= 2
        yield first
        yield first - self.source.timebase.ticks(Fraction(10))  # a container that takes the first key as too late

    def _forward(self, i: int) -> tuple[VideoFrame | None, bool]:
        """Frame ``i`` decoded on from here, or None; and whether decoding had begun behind it (a late landing)."""
        started = self._last is not None
        for frame in self._frames or ():
            j = frame_of(self.source.pts, frame.pts)
            if j is None:
                continue
            self._keep(j, frame)
            self._last = j
            if j == i:
                return frame, False
            if j > i:
                return None, not started
            started = True
        self._frames = None
        return None, False

    def _keep(self, i: int, frame: VideoFrame) -> None:
        old = self._cache.pop(i, None)
        self._used -= _bytes(old) if old is not None else 0
        self._cache[i] = frame
        self._used += _bytes(frame)
        while self._used > self._budget and len(self._cache) > 1:
            self._used -= _bytes(self._cache.popitem(last=False)[1])


def planes(rows: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The planes Y, U and V of a 4:2:0 picture in ``rows`` (3 h / 2, w), as views of it."""
    height, width = rows.shape[0] * 2 // 3, rows.shape[1]
    yield rows[:height]
    yield from rows[height:].reshape(2, height // 2, width // 2)


def _bytes(frame: VideoFrame) -> int:
    return sum(plane.buffer_size for plane in frame.planes)


class ReaderPool:
    """Open readers that several requests share. The one not used for longest is closed when there are too many.

    At most ``limit`` files are open, and together they keep ``cache_bytes`` of decoded frames.
    """

    def __init__(self, limit: int = 8, cache_bytes: int = POOL_BYTES) -> None:
        self._limit, self._cache_bytes = limit, cache_bytes // limit
        self._lock = threading.Lock()
        self._readers: OrderedDict[tuple[Path, str], Reader] = OrderedDict()

    def reader(self, source: Recording, sha256: str) -> Reader:
        """The reader of ``source``, known by its path and content; opened where there is none yet."""
        key = (source.path, sha256)
        with self._lock:
            found = self._readers.get(key)
        if found is not None and not (found.source.pts == source.pts or found.grow(source)):
            self._drop(key, found)
            found = None
        extra: list[Reader] = []
        with self._lock:
            if found is None or self._readers.get(key) is not found:
                found = self._readers.get(key) or Reader(source, self._cache_bytes)
                self._readers[key] = found
            self._readers.move_to_end(key)
            while len(self._readers) > self._limit:
                extra.append(self._readers.popitem(last=False)[1])
        for reader in extra:
            reader.close()
        return found

    def _drop(self, key: tuple[Path, str], reader: Reader) -> None:
        """Forget a reader whose recording is another one now."""
        with self._lock:
            if self._readers.get(key) is reader:
                del self._readers[key]
        reader.close()

    def close_gone(self) -> None:
        """Close the readers of files that are gone: they would take up the disk as long as they are open."""
        with self._lock:
            gone = [key for key in self._readers if not key[0].exists()]
            readers = [self._readers.pop(key) for key in gone]
        for reader in readers:
            reader.close()

    def close(self) -> None:
        """Close all readers."""
        with self._lock:
            readers = list(self._readers.values())
            self._readers.clear()
        for reader in readers:
            reader.close()


def frames(source: Index) -> Iterator[tuple[int, VideoFrame]]:
    """Every frame of ``source`` in order with its display index, decoded once from the start.

    Raises ``BadFile`` with the number of the first frame that does not decode.
    """
    expected = 0
    with opened(source.path) as (container, stream):
        stream.thread_type = "AUTO"
        for frame in decoded(container, stream):
            if frame.pts is None or frame.pts < source.pts[0]:
                continue
            if expected >= len(source) or frame.pts != source.pts[expected]:
                break
            yield expected, frame
            expected += 1
    if expected < len(source):
        raise BadFile("var.errors.damaged_frame", name=source.path.name, frame=_culprit(source, expected))


def _culprit(source: Index, missing: int) -> int:
    """The damaged frame because of which frame ``missing`` did not come out: often that one, or one a few later."""
    import av

    with opened(source.path) as (container, stream):
        stream.thread_count = 1  # faults are raised at the packet that has them
        start = max(0, bisect_right(source.keys, source.pts[missing]) - 2)
        try:
            if source.keys:
                container.seek(source.keys[start], stream=stream, backward=True)
            found = frame_of(source.pts, first_faulty(container, stream, source.pts[missing]))
        except av.FFmpegError:
            found = None
    return missing if found is None else found
