"""How bright each picture is, and when the light jumps: flashes and lamps that all cameras see at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile
from var.footage.probe import DECODE_OPTIONS
from var.footage.recording import Index, frame_of, opened

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Floats = NDArray[np.float64]

WHOLE = 2500
"""Frames up to which a recording is looked at whole; of a longer one only where its packets grow suddenly."""

_CELLS = 8
_SAMPLES = 128  # lines and columns that are looked at
_SPIKES = 40  # places in a long recording
_AROUND = 14  # frames before and after such a place
_BUDGET = 3000  # frames that are decoded at most
_GAMMA = (np.arange(256) / 255.0) ** 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Jump:
    """The light changes: ``frame`` is the first that is brighter (or darker), ``step`` by how much (0 to 1, linear),
    ``share`` how much of that its own exposure caught (None: not known), ``pulse`` whether it went back within half a
    second."""

    frame: int
    step: float
    share: float | None
    pulse: bool


def brightness(index: Index, wanted: range) -> Iterator[tuple[int, Floats]]:
    """Frames of ``wanted`` with their display index: linear light (0 to 1) of 8 by 8 parts of the picture.

    A frame that does not decode is left out."""
    import av

    with opened(index.path) as (container, stream):
        stream.thread_type = "AUTO"
        # Softer edges of blocks do not change how bright a part is, and save a quarter of the work.
        stream.codec_context.options = DECODE_OPTIONS | {"skip_loop_filter": "all"}
        at = int(np.searchsorted(np.asarray(index.keys, np.int64), index.pts[wanted.start], "right")) - 1
        if at > 0:
            container.seek(index.keys[at], stream=stream, backward=True, any_frame=False)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                frames: list[Any] = packet.decode() if packet is not None else []
            except av.FFmpegError:
                continue
            if packet is None:
                return
            for frame in frames:
                i = frame_of(index.pts, frame.pts)
                if i is not None and i >= wanted.stop:
                    return
                if i is not None and i >= wanted.start:
                    yield i, _cells(frame)


def _cells(frame: VideoFrame) -> Floats:
    plane: Any = frame.planes[0]
    depth = frame.format.components[0].bits
    if frame.format.is_rgb or depth > 16 or not frame.format.is_planar:
        frame = frame.reformat(format="gray")
        plane, depth = frame.planes[0], 8
    wide = np.dtype("<u2") if depth > 8 else np.dtype("u1")
    rows: Any = np.frombuffer(plane, wide).reshape(-1, plane.line_size // wide.itemsize)
    every = max(1, min(frame.height, frame.width) // _SAMPLES)
    some = rows[: frame.height : every, : frame.width : every] >> max(0, depth - 8)
    high, wide_cell = (max(1, side // _CELLS) for side in some.shape)
    linear = _GAMMA[np.minimum(some[: high * _CELLS, : wide_cell * _CELLS], 255)]
    down, across = linear.shape[0] // high, linear.shape[1] // wide_cell
    out: Floats = linear.reshape(down, high, across, wide_cell).mean(axis=(1, 3))
    return out


def stretches(index: Index) -> list[range]:
    """Which frames to look at: all of a short recording; of a long one those around packets that are much greater than
    their neighbours, the greatest first: a flash is a picture that nothing before it predicts."""
    count = len(index.pts)
    if count <= WHOLE:
        return [range(count)]
    sizes = np.zeros(count)
    keys = np.zeros(count, bool)
    key_pts = set(index.keys)
    for entry in index.packets:
        if entry.display >= 0:
            sizes[entry.display] = entry.size
            keys[entry.display] = index.pts[entry.display] in key_pts
    plain = np.where(keys, np.nan, sizes)
    half = 25
    padded = np.pad(plain, half, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[:, ::5]
    ratio = np.nan_to_num(plain / np.maximum(np.nan_to_num(_median(around)), 1.0))
    order = np.argsort(-ratio, kind="stable")
    order = order[ratio[order] > 2.5]
    out: list[range] = []
    covered = np.zeros(count, bool)
    spent = 0
    rising = np.asarray(sorted(index.keys), np.int64)
    pts = np.asarray(index.pts, np.int64)
    for i in order.tolist():
        if len(out) >= _SPIKES or spent >= _BUDGET:
            break
        if covered[i]:
            continue
        wanted = range(max(0, i - _AROUND), min(count, i + _AROUND + 1))
        key = int(np.searchsorted(rising, pts[wanted.start], "right")) - 1
        from_key = int(np.searchsorted(pts, rising[key])) if key >= 0 else 0
        spent += wanted.stop - from_key
        covered[wanted.start : wanted.stop] = True
        out.append(wanted)
    return sorted(out, key=lambda r: r.start)


def _median(around: Floats) -> Floats:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # stretches of key frames only
        out: Floats = np.nanmedian(around, axis=1)
    return out


def jumps(index: Index, progress: Callable[[float], None] = lambda share: None) -> list[Jump]:
    """When the light of the whole picture jumps, in order. A cut to another view is none: there parts get darker too.

    Raises ``BadFile`` where nothing of the recording decodes.
    """
    out: list[Jump] = []
    wanted = stretches(index)
    total, done = sum(len(part) for part in wanted), 0
    decoded = 0
    for part in wanted:
        numbers, cells = [], []
        for i, row in brightness(index, part):
            numbers.append(i)
            cells.append(row.ravel())
            done += 1
            if done % 50 == 0:
                progress(min(1.0, done / total))
        decoded += len(numbers)
        if len(numbers) > 8:
            out += _jumps(np.array(numbers), np.array(cells))
    if wanted and not decoded:
        raise BadFile("var.errors.damaged_frame", name=index.path.name, frame=0)
    return out


def _jumps(numbers: NDArray[np.int64], cells: Floats) -> list[Jump]:
    """Jumps in a stretch of frames; ``cells`` is (frames, parts)."""
    light = cells.mean(axis=1)
    count = len(light)
    change = np.diff(light)
    usual = 1.4826 * float(np.median(np.abs(change - np.median(change))))
    least = max(0.012, 8 * usual)
    out: list[Jump] = []
    k = 1
    while k < count:
        before = cells[max(0, k - 4) : k]
        base = np.median(before, axis=0)
        after = cells[k : min(count, k + 2)]
        # The full height is reached in the first or the second frame.
        full = after[int(np.argmax(np.abs(after.mean(axis=1) - base.mean())))]
        step = float(full.mean() - base.mean())
        # A part of the picture that reflects little (the sky, a dark stand) brightens little.
        least_part = 0.25 * abs(step) * np.minimum(1.0, (base + 0.02) / (base.mean() + 0.02))
        same_way = float(np.mean(np.sign(step) * (full - base) > least_part))
        first = float(light[k] - base.mean())
        # A frame that caught a thirtieth is the first: else the next would seem to have seen it come from the start.
        enough = max(4 * usual, min(0.006, abs(step) / 30))
        begins = abs(first) > enough and np.sign(first) == np.sign(step)
        if abs(step) < least or same_way < 0.7 or not begins:
            k += 1
            continue
        share, pulse, until = _shape(light, k, float(base.mean()), step)
        if step > 0:  # what goes dark is the end of a flash, or a lamp that fails: no shape to rely on
            out.append(Jump(int(numbers[k]), step, share, pulse))
        k = until
    return out


def _shape(light: Floats, k: int, base: float, step: float) -> tuple[float | None, bool, int]:
    """How much of the light the first frame caught, whether it was a pulse, and from which frame on it is over."""
    end = k + 1  # the first may have caught next to nothing
    while end < len(light) and (light[end] - base) * np.sign(step) > 0.15 * abs(step):
        end += 1
        if end - k > 12:
            break
    bright = light[k:end] - base
    pulse = end < len(light) and end - k <= 12
    if len(bright) < 3:  # too short to know how bright it would have been in a whole frame
        return None, pulse, max(end, k + 1)
    full = float(np.median(bright[1:-1] if pulse else bright[1:]))
    share = float(np.clip(bright[0] / full, 0.0, 1.0)) if full else None
    return share, pulse, max(end, k + 1)
