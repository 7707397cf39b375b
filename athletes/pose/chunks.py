"""What an engine found in a stretch of a recording, as it is kept while a long recording is read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.colours import VALUES, mean_luma, worn_colours
from athletes.pose.engine import Body
from athletes.pose.model import BODY33, Counts, Floats, Skeleton
from athletes.worded import Worded
from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.footage import Picture

VERSION = 1
PLAN = "reading.json"

Seal = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]
"""What encrypts a chunk before it is written, and what decrypts it."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The bodies in a run of frames. ``frames``, ``t_s``, ``luma`` (mean brightness, 0 to 255; NaN where the picture
    does not decode) and ``count`` (bodies) are (n,); ``px`` (b, k, 2), ``confidence`` (b, k), ``presence`` (b,) and
    ``colours`` (b, 6) hold the bodies of all frames one after the other."""

    frames: Counts
    t_s: Floats
    luma: Floats
    count: Counts
    px: Floats
    confidence: Floats
    presence: Floats
    colours: Floats

    def __len__(self) -> int:
        return len(self.frames)

    def bodies_of(self) -> list[slice]:
        """Which rows of ``px`` belong to each frame."""
        ends = np.concatenate([[0], np.cumsum(self.count)])
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]


@dataclass(slots=True)
class Gathering:
    """A chunk that is being read."""

    skeleton: Skeleton
    _frames: list[tuple[int, float, float, int]] = field(default_factory=list)
    _bodies: list[tuple[Floats, Floats, float, Floats]] = field(default_factory=list)

    def add(self, frame: int, t_s: float, picture: Picture | None, bodies: list[Body]) -> None:
        """One more frame; ``picture`` is None where it does not decode."""
        luma = float("nan") if picture is None else mean_luma(picture)
        self._frames.append((frame, t_s, luma, len(bodies)))
        for body in bodies:
            assert picture is not None
            colours = worn_colours(picture, body.px, self.skeleton)
            self._bodies.append((body.px, body.confidence, body.presence, colours))

    def found(self) -> Found:
        """What was gathered, rounded as it is kept (single precision: a ten-thousandth of a pixel)."""
        k = len(self.skeleton)
        px = np.array([body[0] for body in self._bodies], dtype=np.float32).reshape(-1, k, 2)
        confidence = np.array([body[1] for body in self._bodies], dtype=np.float32).reshape(-1, k)
        return Found(
            np.array([frame[0] for frame in self._frames], dtype=np.int64),
            np.array([frame[1] for frame in self._frames], dtype=np.float64),
            np.array([frame[2] for frame in self._frames], dtype=np.float64),
            np.array([frame[3] for frame in self._frames], dtype=np.int64),
            px.astype(np.float64),
            confidence.astype(np.float64),
            np.array([body[2] for body in self._bodies], dtype=np.float64),
            np.array([body[3] for body in self._bodies], dtype=np.float64).reshape(-1, VALUES),
        )


_SINGLE = ("luma", "px", "confidence", "presence", "colours")


def chunk_path(folder: Path, first: int) -> Path:
    """Where the chunk that begins with frame ``first`` lies."""
    return folder / f"{first:09d}.bodies"


def write_chunk(folder: Path, found: Found, seal: Seal | None = None) -> None:
    """Keep ``found``, whole or not at all."""
    arrays: dict[str, Any] = {name: getattr(found, name) for name in Found.__dataclass_fields__}
    arrays |= {name: arrays[name].astype(np.float32) for name in _SINGLE}
    made = io.BytesIO()
    np.savez_compressed(made, **arrays)
    data = made.getvalue()
    write_bytes(chunk_path(folder, int(found.frames[0])), seal[0](data) if seal else data, private=True)


def read_chunk(folder: Path, first: int, seal: Seal | None = None) -> Found:
    """The chunk that begins with frame ``first``. Raises ``BadFile`` where it is damaged or not there."""
    path = chunk_path(folder, first)
    try:
        data = path.read_bytes()
        with np.load(io.BytesIO(seal[1](data) if seal else data), allow_pickle=False) as held:
            arrays = {name: held[name] for name in Found.__dataclass_fields__}
        found = Found(**{**arrays, **{name: arrays[name].astype(np.float64) for name in _SINGLE}})
        if len(found.px) != int(found.count.sum()) or int(found.frames[0]) != first:
            raise BadFile("athletes.errors.bad_chunk", path=path.name, reason="count")
    except BadFile:
        raise
    except Exception as fault:  # whatever zipfile and numpy make of a damaged file
        raise BadFile("athletes.errors.bad_chunk", path=path.name, reason=type(fault).__name__) from fault
    return found


def write_plan(folder: Path, plan: dict[str, Any]) -> None:
    """Say what is read into ``folder``, or agree with what stands there. Raises ``BadValue`` where something else of
    the plan is read there, with what differs."""
    there = read_plan(folder)
    if there is None:
        write_bytes(folder / PLAN, json.dumps(plan, ensure_ascii=False, indent=1).encode(), private=True)
    elif there != plan:
        other = tuple(sorted(name for name in {*there, *plan} if there.get(name) != plan.get(name)))
        raise Worded("athletes.errors.other_reading", folder=folder.name, differs=other)


def read_plan(folder: Path) -> dict[str, Any] | None:
    """What is read into ``folder``; None where nothing is. Raises ``BadFile``."""
    path = folder / PLAN
    if not path.is_file():
        return None
    try:
        plan = json.loads(path.read_bytes())
        if plan["version"] != VERSION:
            raise BadFile("athletes.errors.points_version", path=PLAN, version=plan["version"], known=VERSION)
    except (ValueError, TypeError, KeyError) as fault:
        raise BadFile("athletes.errors.bad_chunk", path=PLAN, reason=type(fault).__name__) from fault
    return dict(plan)


def skeleton_named(name: str) -> Skeleton:
    """The skeleton of a plan. Raises ``BadValue`` for one that is not known here."""
    if name != BODY33.name:
        raise BadValue("athletes.errors.no_such_joint", joint=name, skeleton=BODY33.name)
    return BODY33
