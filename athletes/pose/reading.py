"""A recording read picture by picture, in chunks that a killed process goes on from.

Memory does not grow with the recording: a chunk is written and forgotten. Each chunk is read by an engine of its own,
which was shown the frames just before it (``PoseEngine.warm_frames``; its points there are thrown away). So a chunk
depends on nothing but its own pictures and those few, and what a resumed run writes is what an unbroken one would have
written, to the last bit where the engine repeats itself. The price: those frames are looked at twice, and where two
chunks meet the points jump by what two engines disagree on (docs/experiments/011 has the figures).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.chunks import (
    VERSION,
    Found,
    Gathering,
    Seal,
    chunk_path,
    read_chunk,
    read_plan,
    write_chunk,
    write_plan,
)
from athletes.pose.engine import Body, Box, PoseEngine
from athletes.pose.slow_motion import checked_factor
from touchline.errors import BadFile, BadValue, NotFound
from touchline.footage import Footage, Picture, Progress

Opening = Callable[[], PoseEngine]
"""Opens an engine, such as ``partial(open_engine, "mediapipe", "full", 1)``."""

BYTES_A_BODY = 420
"""Disk that a body in a frame takes, measured on real recordings (compressed); a frame takes some bytes more."""
BYTES_A_FRAME = 24
TRIED = 12
"""Pictures that are tried for an estimate."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What reading will take: ``frames``, their ``length_s``, processor time ``work_s`` and ``disk_bytes``, by a try on
    a few pictures."""

    frames: int
    length_s: float
    work_s: float
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Read:
    """How far a recording is read: chunks ``done`` of ``chunks``; ``stopped`` says that it was asked to end early."""

    folder: Path
    chunks: int
    done: int
    stopped: bool


def estimate(footage: Footage, opening: Opening, *, first: int = 0, last: int | None = None) -> Plan:
    """What reading the frames from ``first`` to before ``last`` will take, tried on a stretch in the middle."""
    last = _last(footage, first, last)
    frames = last - first
    middle = first + frames // 2
    bodies, spent = 0, list[float]()
    with closing(opening()) as engine:
        looking = _Looking(engine, middle, last)
        start_s = time.perf_counter()
        for i, picture in footage.pictures(middle, min(last, middle + TRIED)):
            bodies += 0 if picture is None else len(looking.find(i, float(footage.times_s[i]), picture))
            spent.append(time.perf_counter() - start_s)
            start_s = time.perf_counter()
    counted = spent[2:] or spent  # the first ones load and warm
    a_frame_s = sum(counted) / len(counted)
    length_s = float(footage.times_s[last - 1] - footage.times_s[first])
    each = BYTES_A_FRAME + BYTES_A_BODY * bodies / len(spent)
    return Plan(frames, length_s, a_frame_s * frames, round(each * frames))


def read_recording(
    footage: Footage,
    opening: Opening,
    folder: Path,
    *,
    first: int = 0,
    last: int | None = None,
    chunk_frames: int = 600,
    slow: float = 1.0,
    progress: Progress = lambda share, said: None,
    stop: Callable[[], bool] = lambda: False,
    seal: Seal | None = None,
) -> Read:
    """Find the bodies in the frames from ``first`` to before ``last`` and keep them in ``folder``, chunk by chunk.

    Chunks that lie there whole are not read again; a damaged one is. ``slow`` is how many times slower than real the
    recording shows what happened; times are divided by it. ``progress`` is told the share done and "frame/frames";
    ``stop`` is asked at every frame, and what was read of an unfinished chunk is then left. ``seal`` keeps chunks
    encrypted. Raises ``BadValue`` where another reading lies in the folder or the frames are not there.
    """
    last = _last(footage, first, last)
    checked_factor(slow)
    starts = range(first, last, chunk_frames)
    with closing(opening()) as engine:
        write_plan(folder, plan_of(footage, engine, starts, last, slow=slow))
    missing = [start for start in starts if not _whole(folder, start, seal)]
    for run in _runs(missing, chunk_frames, last):
        for frame, found in _frames(footage, opening, run, chunk_frames, slow=slow):
            if found is not None:
                write_chunk(folder, found, seal)
            done = frame + 1 - first
            progress(done / (last - first), f"{done}/{last - first}")
            if stop() and frame + 1 < last:
                return Read(folder, len(starts), sum(_whole(folder, start, seal) for start in starts), True)
    progress(1.0, f"{last - first}/{last - first}")
    return Read(folder, len(starts), len(starts), False)


def all_there(folder: Path) -> bool:
    """Whether every chunk of what was to be read into ``folder`` lies there, whole or damaged. Raises ``BadFile``."""
    plan = read_plan(folder)
    starts = range(0) if plan is None else range(plan["first"], plan["last"], plan["chunk_frames"])
    return len(starts) > 0 and all(chunk_path(folder, start).exists() for start in starts)


def joined(folder: Path, seal: Seal | None = None) -> Found:
    """Everything that was read into ``folder``, in order; chunks that are not there yet are left out. Raises
    ``NotFound`` where nothing was read, ``BadFile`` for a damaged chunk."""
    plan = read_plan(folder) or {"first": 0, "last": 0, "chunk_frames": 1}
    starts = range(plan["first"], plan["last"], plan["chunk_frames"])
    chunks = [read_chunk(folder, start, seal) for start in starts if chunk_path(folder, start).exists()]
    if not chunks:
        raise NotFound("athletes.errors.nothing_read", folder=folder.name)
    return Found(
        **{name: np.concatenate([getattr(one, name) for one in chunks]) for name in Found.__dataclass_fields__}
    )


def plan_of(footage: Footage, engine: PoseEngine, starts: range, last: int, *, slow: float) -> dict[str, Any]:
    """What a reading is, as it stands in its folder: another recording or engine must not go on with it."""
    times = hashlib.sha256(np.ascontiguousarray(footage.times_s).tobytes()).hexdigest()
    return {
        "version": VERSION,
        "engine": engine.name,
        "noise": engine.noise,
        "skeleton": engine.skeleton.name,
        "size_px": list(footage.size_px),
        "bytes": footage.path.stat().st_size,
        "times_sha256": times,
        "first": starts.start,
        "last": last,
        "chunk_frames": starts.step,
        "slow": slow,
    }


class _Looking:
    """An engine that reads one chunk: it is warm when ``start`` comes, and told where people were in between."""

    def __init__(self, engine: PoseEngine, start: int, end: int) -> None:
        self.engine, self.start, self.end = engine, start, end
        self._boxes: list[Box] | None = None if engine.looks_every == 1 else []
        self._looked = 0
        self._gathered = Gathering(engine.skeleton)

    def see(self, frame: int, t_s: float, picture: Picture | None) -> Found | None:
        """Look at a frame; the chunk, when it was the last one."""
        bodies = [] if picture is None else self.find(frame, t_s, picture)
        if frame >= self.start:
            self._gathered.add(frame, t_s, picture, bodies)
        return self._gathered.found() if frame + 1 == self.end else None

    def find(self, frame: int, t_s: float, picture: Picture) -> list[Body]:
        """The bodies in a frame."""
        if self._boxes is None:
            return self.engine.find(picture, round(1000 * t_s))
        whole = (frame - self.start) % self.engine.looks_every == 0 or len(self._boxes) < self._looked
        bodies = self.engine.find(picture, round(1000 * t_s), None if whole else self._boxes)
        self._looked = len(bodies) if whole else self._looked
        self._boxes = [body.box for body in bodies]
        return bodies


def _frames(
    footage: Footage, opening: Opening, run: tuple[int, int], chunk_frames: int, *, slow: float
) -> Iterator[tuple[int, Found | None]]:
    """The frames of a run of missing chunks, each with the chunk that it ends."""
    first, last = run
    looking: list[_Looking] = []
    waiting = [(start, min(start + chunk_frames, last)) for start in range(first, last, chunk_frames)]
    engine = opening()
    try:
        looking.append(_Looking(engine, *waiting.pop(0)))
        for i, picture in footage.pictures(max(0, first - engine.warm_frames), last):
            if waiting and i == max(0, waiting[0][0] - engine.warm_frames):
                looking.append(_Looking(opening(), *waiting.pop(0)))
            ended = None
            for one in list(looking):
                found = one.see(i, float(footage.times_s[i]) / slow, picture)
                if found is not None:
                    ended = found
                    one.engine.close()
                    looking.remove(one)
            if i >= first:
                yield i, ended
    finally:
        for one in looking:
            one.engine.close()


def _runs(missing: list[int], chunk_frames: int, last: int) -> Iterator[tuple[int, int]]:
    """Neighbouring missing chunks together, as first frame and the frame after the last."""
    place = 0
    while place < len(missing):
        end = place
        while end + 1 < len(missing) and missing[end + 1] == missing[end] + chunk_frames:
            end += 1
        yield missing[place], min(missing[end] + chunk_frames, last)
        place = end + 1


def _whole(folder: Path, start: int, seal: Seal | None) -> bool:
    try:
        read_chunk(folder, start, seal)
    except BadFile:
        return False
    return True


def _last(footage: Footage, first: int, last: int | None) -> int:
    """The frame after the last one. Raises ``BadValue`` where the stretch is empty or not in the recording."""
    end = len(footage) if last is None else last
    if not 0 <= first < end <= len(footage):
        raise BadValue("athletes.errors.no_such_stretch", first=first, last=end, frames=len(footage))
    return end
