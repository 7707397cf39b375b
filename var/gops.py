"""What can be fetched and decoded to show a row of frames: closed groups of pictures of the proxy or the original."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import TouchlineError
from var.footage.stretches import GOP_FRAMES, Medium, Stretch, Stretches, StretchReader
from var.footage.table import HIDDEN, IDR, FrameTable
from var.footage.track import ADDRESSED, table_now
from var.model import Clip

PACKET = np.dtype(
    [
        ("display", "<i4"),
        ("file", "<i4"),
        ("gop", "<u4"),
        ("idr", "<u4"),
        ("pos", "<f8"),
        ("size", "<u4"),
        ("medium", "<u4"),
    ]
)
"""A packet as ``gops.bin`` has it (docs/architecture.md). ``gop`` is unique within a camera."""

MAGIC = 0x31504F47
ORIGINAL, PROXY = 0, 1
MAX_GROUP = 300
"""Longer groups of the original are not offered: a browser would decode seconds for one picture."""

_PLAYABLE = ("avc1.42", "avc1.4D", "avc1.64")  # H.264 Baseline, Main, High: eight bits, 4:2:0
_NONE = np.empty(0, PACKET)

_folders = StretchReader()


@dataclass(frozen=True, slots=True)
class Proxy:
    """A clip's proxy as it is now. ``damaged`` are frames of the source that do not decode, one a stretch."""

    medium: Medium | None
    stretches: Stretches

    @property
    def damaged(self) -> tuple[int, ...]:
        """The frames that did not decode, one (the first) a stretch."""
        return self.stretches.damaged


def proxy_of(clip: Clip) -> Proxy:
    """The proxy of ``clip`` as it is now, be it one file or a folder of stretches; nothing where there is none yet.

    Raises ``BadFile`` where a single-file proxy cannot be read.
    """
    if clip.removed:
        return Proxy(None, Stretches())
    if clip.proxy.suffix == ".mp4":
        try:
            found = clip.proxy.stat()
        except OSError:
            return Proxy(None, Stretches())
        return _single(clip.proxy, len(clip), found.st_size, found.st_mtime_ns)
    known = _folders.of(clip.proxy)
    return Proxy(known.medium, known)


@lru_cache(maxsize=32)
def _single(path: Path, count: int, size: int, changed_ns: int) -> Proxy:
    from var.footage.proxy import read_table

    table = read_table(path, count)
    return Proxy(table.medium, Stretches(table.medium, by_first={0: Stretch(0, count, size, table.places)}))


def original_of(clip: Clip) -> Medium | None:
    """How a browser decodes the original itself; None where it cannot, or would show it otherwise than we do."""
    table = None if clip.removed else table_now(clip)
    if table is None or not len(table.rows) or clip.path.suffix.lower() not in ADDRESSED:
        return None
    coding = table.coding
    plays = coding.codec.startswith(_PLAYABLE) and coding.extradata[:1] == b"\x01"
    upright = not coding.clockwise_deg and not coding.mirrored and coding.size_px == clip.size_px
    return Medium(coding.size_px, coding.codec, coding.extradata) if plays and upright else None


@dataclass(frozen=True, slots=True)
class _Groups:
    """The closed groups of a recording: rows ``starts[g]`` up to ``ends[g]`` show the frames ``first[g]`` up to
    ``after[g]``."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    first: NDArray[np.int64]
    after: NDArray[np.int64]


def _groups(table: FrameTable) -> _Groups:
    """Those groups of ``table`` that a browser can decode on their own; of the last one, while it grows, what shows a
    whole row of frames."""
    known = vars(table).get("_groups")  # kept with the table, and gone with it
    if isinstance(known, _Groups):
        return known
    rows, display = table.rows, table.display
    starts = np.flatnonzero((rows["flags"] & IDR) > 0)
    if not len(starts):
        found = _Groups(*(np.empty(0, np.int64) for _ in range(4)))
    else:
        ends = np.append(starts[1:], len(rows))
        if table.growing:
            ends[-1] = starts[-1] + max(1, _settled(display[starts[-1] :]))
        # Rows behind the last group's end belong to no group.
        within = slice(None, int(ends[-1]))
        first, last = np.minimum.reduceat(display[within], starts), np.maximum.reduceat(display[within], starts)
        good = (first >= 0) & (last - first + 1 == ends - starts) & (ends - starts <= MAX_GROUP)
        good &= np.minimum.reduceat(rows["pos"][within], starts) >= 0
        good &= np.bitwise_or.reduceat(rows["flags"][within] & HIDDEN, starts) == 0
        found = _Groups(*(np.asarray(v[good], np.int64) for v in (starts, ends, first, last + 1)))
    vars(table)["_groups"] = found
    return found


def _settled(display: NDArray[np.int32]) -> int:
    """How many packets from an IDR on show a whole row of frames, none of them missing; at most all of them."""
    lowest, highest = np.minimum.accumulate(display), np.maximum.accumulate(display)
    whole = np.flatnonzero((lowest >= 0) & (highest - lowest == np.arange(len(display))))
    return int(whole[-1]) + 1 if len(whole) else 0


def packets(clip: Clip, first: int, after: int) -> NDArray[np.void]:
    """The packets (``PACKET``) of all groups that show one of the frames ``first`` up to ``after``.

    Where the proxy was made it is taken; else the original, where a browser can decode it. A stretch in which a frame
    does not decode has neither: a browser would paint what it made up. Groups of the proxy come last.
    """
    try:
        proxy = proxy_of(clip)
    except TouchlineError:
        proxy = Proxy(None, Stretches())
    found: list[NDArray[np.void]] = []
    done, spoilt = np.zeros(max(0, after - first), np.bool_), np.zeros(max(0, after - first), np.bool_)
    for stretch in sorted(proxy.stretches.by_first.values(), key=lambda stretch: stretch.first):
        low, high = max(first, stretch.first), min(after, stretch.first + stretch.count)
        if low >= high:
            continue
        done[low - first : high - first] = True
        if stretch.damaged is not None:
            spoilt[low - first : high - first] = True
            continue
        begin = (low - stretch.first) // GOP_FRAMES * GOP_FRAMES
        end = min(stretch.count, -(-(high - stretch.first) // GOP_FRAMES) * GOP_FRAMES)
        shown = np.arange(begin, end)
        part = np.zeros(len(shown), PACKET)
        part["display"] = stretch.first + shown
        part["file"] = 1 + stretch.first
        part["gop"] = (stretch.first + shown - shown % GOP_FRAMES) * 2 + PROXY
        part["idr"] = shown % GOP_FRAMES == 0
        part["pos"], part["size"] = stretch.places["pos"][begin:end], stretch.places["size"][begin:end]
        part["medium"] = PROXY
        found.append(part)
    if not done.all():
        found.insert(0, _originals(clip, first, after, done, spoilt))
    return np.concatenate(found) if found else _NONE


def _originals(
    clip: Clip, first: int, after: int, done: NDArray[np.bool_], spoilt: NDArray[np.bool_]
) -> NDArray[np.void]:
    """The groups of the original that show a frame which is not ``done``, and none that is ``spoilt``."""
    table = table_now(clip)
    if table is None or original_of(clip) is None:
        return _NONE
    groups = _groups(table)
    missing, bad = (np.concatenate([[0], np.cumsum(frames)]) for frames in (~done, spoilt))
    low, high = (np.clip(bound, first, after) - first for bound in (groups.first, groups.after))
    wanted = np.flatnonzero((missing[high] > missing[low]) & (bad[high] == bad[low]))
    parts = [_NONE]
    for group in wanted.tolist():
        rows = slice(int(groups.starts[group]), int(groups.ends[group]))
        part = np.zeros(rows.stop - rows.start, PACKET)
        part["display"] = table.display[rows]
        part["pos"], part["size"] = table.rows["pos"][rows], table.rows["size"][rows]
        part["gop"] = int(groups.first[group]) * 2 + ORIGINAL
        part["idr"][0] = 1
        parts.append(part)
    return np.concatenate(parts)


def packed(found: NDArray[np.void]) -> bytes:
    """``gops.bin``: packets behind their count."""
    return struct.pack("<II", MAGIC, len(found)) + found.tobytes()
