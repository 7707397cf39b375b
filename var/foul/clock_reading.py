"""Looks for the match clock in a clip's pictures and reads it in many of them (docs/decisions/0014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from var.footage.video import Reader, index
from var.foul.picture_clock import NotRead, PictureClock, Reading, clocks, vote
from var.foul.text_nets import Box, Picture, TextNets

LOOKED = 20
"""Pictures in which the clock is read, evenly over the clip: four for each second of five."""

STILL = 9
"""Pictures that a median or mean is made of."""

LOOKS = (("median", 800), ("mean", 960), ("one", 960))
"""What is searched for text, and the width it is searched in: a further one only where those before gave no clock. In a
median or a mean over the clip what is burned in stands still, and the game goes away. A clock 6 px high in a picture
398 wide becomes 12 to 18 px high."""

MOST_PLACES = 8
"""Places a look tries, the highest and lowest in the picture first: that is where graphics stand."""

HIGH = 0.12
"""No clock is higher than this share of the picture."""

SAME = 0.15
"""Boxes that differ by less than this share of their height are one place."""

PIECE, STEP = 5.0, 2.5
"""A line of text longer than a piece is read in pieces too, in heights of the line: a clock of five signs is about
three heights long, so each clock lies whole in one of them."""

DIGITS = 3
"""A place where neither of two pictures shows so many digits has no clock; one without any is not cut into pieces."""

TRIED, NEEDED = 5, 2
"""Pictures in which a place is read before it counts as a clock's, and how many must look like one."""

ROOMS = ((0.0, 0.0), (0.25, 0.1), (0.5, 0.25), (0.15, -0.1))
"""Room that is left around a clock when it is read, across and up, in heights of its box: the next one only where those
before gave no clear vote; of one picture the surest reading counts."""

CLEAR = 0.9
"""Share of every second picture that must agree for the others not to be read."""

ENOUGH = 0.5
"""Share of the pictures that must have been read before no more room is tried."""

SURE = 0.5
"""A reading with a sign that is less sure than this has no vote."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A clock in one line: what it shows, how sure its least sure sign is, and where it lies in the line's width."""

    clock_s: int
    sure: float
    left: float
    right: float


def read_clock(path: Path, nets: TextNets, speed: float | None = None) -> PictureClock:
    """The clock of the recording ``path``, or why it is not known. ``speed`` is its annotated replay speed."""
    recording = index(path)
    count = len(recording.pts)
    wanted = sorted({round(k) for k in np.linspace(0, count - 1, min(LOOKED, count))})
    with Reader(recording) as reader:
        pictures = [reader.picture(i) for i in wanted]
    first = recording.pts[0]
    times = [float((recording.pts[i] - first) * recording.timebase.tick_s) for i in wanted]
    worst = PictureClock(len(wanted), 0, why=NotRead.NO_CLOCK)
    tried: list[Box] = []
    for look in LOOKS:
        for place in _places(pictures, look, tried, nets):
            clock = _voted(pictures, times, place, nets, speed)
            if clock.why in (None, NotRead.STANDS):
                return clock
            if clock.parsed > worst.parsed:
                worst = clock
    return worst


def _voted(
    pictures: Sequence[Picture], times: Sequence[float], place: Box, nets: TextNets, speed: float | None
) -> PictureClock:
    """The clock at ``place``: in every second picture where nearly all of those are read and agree; else in all, with
    more and more room until the vote is clear."""
    best: list[_Found | None] = [None] * len(pictures)
    for first in (0, 1):
        part: list[_Found | None] = [None] * len(pictures[first::2])
        _read(pictures[first::2], place, ROOMS[0], nets, part)
        best[first::2] = part
        clock = _vote(times, best, speed) if first else _vote(times[::2], part, speed)
        if clock.why is None and clock.agreeing >= (ENOUGH if first else CLEAR) * clock.looked:
            return clock
    for room in ROOMS[1:]:
        _read(pictures, place, room, nets, best)
        clock = _vote(times, best, speed)
        if clock.why is None and clock.parsed >= ENOUGH * len(pictures):
            break
    return clock


def _vote(times: Sequence[float], found: Sequence[_Found | None], speed: float | None) -> PictureClock:
    readings = [Reading(at, one.clock_s) for at, one in zip(times, found, strict=True) if one is not None]
    return vote(readings, len(found), speed)


def _looked(pictures: Sequence[Picture], how: str) -> Picture:
    if how == "one":
        return pictures[len(pictures) // 2]
    chosen = np.stack(_some(pictures, STILL))
    if how == "mean":
        mean: Picture = chosen.mean(axis=0, dtype=np.float32).astype(np.uint8)
        return mean
    middle = len(chosen) // 2
    median: Picture = np.partition(chosen, middle, axis=0)[middle]  # without turning large pictures into floats
    return median


def _some(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """So many pictures evenly over the clip."""
    return [pictures[round(k)] for k in np.linspace(0, len(pictures) - 1, min(count, len(pictures)))]


def _places(pictures: Sequence[Picture], look: tuple[str, int], tried: list[Box], nets: TextNets) -> Iterator[Box]:
    """Where something like a clock stands at the same place of several pictures; ``tried`` grows by what was looked
    at."""
    how, wide_px = look
    height = pictures[0].shape[0]
    boxes = [box for box in nets.find(_looked(pictures, how), wide_px) if box[3] - box[1] <= HIGH * height]
    boxes.sort(key=lambda box: -abs((box[1] + box[3]) / 2 - height / 2))
    some = _some(pictures, TRIED)
    for box in boxes[:MOST_PLACES]:
        if any(max(abs(a - b) for a, b in zip(box, other, strict=True)) < SAME * (box[3] - box[1]) for other in tried):
            continue
        tried.append(box)
        for piece in _pieces(box):
            digits = _digits([some[1], some[-2]], piece, nets)
            if not digits and piece == box:
                break
            if digits < DIGITS:
                continue
            best: list[_Found | None] = [None] * len(some)
            found: list[_Found] = []
            for room in ROOMS[:2]:
                _read(some, piece, room, nets, best)
                found = [one for one in best if one is not None]
                if len(found) >= NEEDED:
                    break
            if len(found) >= NEEDED:
                wide = piece[2] - piece[0]
                left, right = (float(np.median([getattr(one, side) for one in found])) for side in ("left", "right"))
                yield piece[0] + left * wide, piece[1], piece[0] + right * wide, piece[3]


def _digits(pictures: Sequence[Picture], box: Box, nets: TextNets) -> int:
    """The most digits that one of the pictures shows in ``box``."""
    return max(sum(sign.isdigit() for sign in line.text) for line in nets.read(_cut(pictures, box)[0]))


def _pieces(box: Box) -> Iterator[Box]:
    """A box, and pieces of it where it is long."""
    yield box
    high, long = box[3] - box[1], box[2] - box[0]
    if long > PIECE * high:
        for left in np.linspace(box[0], box[2] - PIECE * high, 1 + int(np.ceil((long / high - PIECE) / STEP))):
            yield float(left), box[1], float(left) + PIECE * high, box[3]


def _read(
    pictures: Sequence[Picture], box: Box, room: tuple[float, float], nets: TextNets, best: list[_Found | None]
) -> None:
    """Put the clock in ``box`` of each picture into ``best`` where it is surer than what is there."""
    high, was = box[3] - box[1], box[2] - box[0]
    across, up = room[0] * high, room[1] * high
    cut, grown = _cut(pictures, (box[0] - across, box[1] - up, box[2] + across, box[3] + up))
    wide = grown[2] - grown[0]
    for k, line in enumerate(nets.read(cut)):
        for clock_s, start, end in clocks(line.text):
            sure, known = min(line.sure[start:end]), best[k]
            if sure < SURE or (known is not None and known.sure >= sure):
                continue
            sign = (line.at[end - 1] - line.at[start]) / (end - start - 1)
            left, right = line.at[start] - sign, line.at[end - 1] + sign
            best[k] = _Found(
                clock_s,
                sure,
                max(0.0, (grown[0] + left * wide - box[0]) / was),
                min(1.0, (grown[0] + right * wide - box[0]) / was),
            )


def _cut(pictures: Sequence[Picture], box: Box) -> tuple[list[Picture], Box]:
    """The pictures within ``box``, and the box in whole pixels."""
    height, width = pictures[0].shape[:2]
    left, top = max(0, int(np.floor(box[0]))), max(0, int(np.floor(box[1])))
    right, bottom = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    return [each[top:bottom, left:right] for each in pictures], (left, top, right, bottom)
