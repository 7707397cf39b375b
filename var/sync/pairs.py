"""Synchronisation by hand: pairs of instants at which an operator sees the same thing in both recordings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.footage.recording import Index
from var.measure.camera import Array
from var.measure.faults import Faults, exact, is_number
from var.sync.model import Estimate, Material, Method, Status

HALF_FRAME_SIGMA = 0.5
"""The standard deviation of a named instant, in frames of its recording: the event lies somewhere between two
pictures, and the operator may take either."""

DEFAULT_STEP_S = 0.04  # of a recording without pictures

OUTLIER = 3.0
FASTEST = 1.01
"""A rate beyond this is no clock's error: one of the recordings was slowed down."""

RATE_SIGMA = 50e-6
"""How far a camera's clock usually is from another's rate (crystals: 20 to 50 ppm)."""


@dataclass(frozen=True, slots=True)
class ClockRead:
    """A match clock in a clip's picture: ``region`` is left, top, width, height in pixels as shown; ``reads`` are the
    instants in the clip's seconds and the clock's reading there in whole seconds."""

    region: tuple[int, int, int, int]
    reads: tuple[tuple[Fraction, int], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What an operator said about one clip: ``seconds`` and ``frames`` are pairs (of the reference, of the clip)."""

    seconds: tuple[tuple[Fraction, Fraction], ...] = ()
    frames: tuple[tuple[int, int], ...] = ()
    clock: ClockRead | None = None


def read_pairs(document: Any) -> dict[str, Named]:
    """What a pairs file says, by the clip's path or camera as it is written there.

    ``{"clips": {NAME: {"pairs": [[t_reference_s, t_clip_s], ...], "frames": [[i_reference, i_clip], ...],
    "clock": {"region": [x, y, w, h], "reads": [[t_clip_s, "12:34"], ...]}}}}``; every key of a clip may be left out,
    but not all. Seconds are numbers or ``"numerator/denominator"``, counted from the first shown frame.
    Raises ``BadDocument`` naming every fault by its JSON path.
    """
    faults = Faults()
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    found = {}
    clips = faults.mapping(document, "clips", "$")
    if not clips and isinstance(document.get("clips"), Mapping):
        faults.add("$.clips", "missing")
    for name in clips:
        clip, at = faults.mapping(clips, name, "$.clips"), f"$.clips.{name}"
        if not clip:
            if isinstance(clips[name], Mapping):
                faults.add(at, "missing")
            continue
        for key in clip:
            if key not in ("pairs", "frames", "clock"):
                faults.add(f"{at}.{key}", "choice", choices="pairs, frames, clock")
        seconds = tuple(
            (_second(faults, a, f"{spot}[0]"), _second(faults, b, f"{spot}[1]"))
            for spot, a, b in _two(faults, clip, "pairs", at)
        )
        frames = tuple(
            (_whole(faults, a, f"{spot}[0]"), _whole(faults, b, f"{spot}[1]"))
            for spot, a, b in _two(faults, clip, "frames", at)
        )
        clock = _clock(faults, faults.mapping(clip, "clock", at), f"{at}.clock") if "clock" in clip else None
        found[str(name)] = Named(seconds, frames, clock)
    faults.refuse_any()
    return found


def _two(faults: Faults, parent: Mapping[str, Any], key: str, path: str) -> list[tuple[str, Any, Any]]:
    """The pairs of a list with their paths; an absent list has none."""
    if key not in parent:
        return []
    rows = parent[key]
    if not isinstance(rows, list | tuple):
        faults.add(f"{path}.{key}", "list")
        return []
    found = []
    for n, row in enumerate(rows):
        spot = f"{path}.{key}[{n}]"
        if isinstance(row, list | tuple) and len(row) == 2:
            found.append((spot, row[0], row[1]))
        else:
            faults.add(spot, "pair")
    return found


def _second(faults: Faults, value: Any, path: str) -> Fraction:
    found = exact(str(value)) if is_number(value) or isinstance(value, str) else None
    if found is None:
        faults.add(path, "instant")
        return Fraction(0)
    if found < 0:
        faults.add(path, "least", least=0)
    return found


def _whole(faults: Faults, value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        faults.add(path, "frame")
        return 0
    return value


def _clock(faults: Faults, clock: Mapping[str, Any], path: str) -> ClockRead | None:
    if not clock:
        return None
    region = faults.array(clock, "region", path, (4,))
    if not (region[:2] >= 0).all() or not (region[2:] >= 4).all() or (region % 1).any():
        if np.isfinite(region).all():
            faults.add(f"{path}.region", "region")
        region = np.zeros(4)
    if "reads" not in clock:
        faults.add(f"{path}.reads", "missing")
    reads = []
    for spot, t, text in _two(faults, clock, "reads", path):
        reads.append((_second(faults, t, f"{spot}[0]"), clock_seconds(faults, text, f"{spot}[1]")))
    if "reads" in clock and not clock["reads"]:
        faults.add(f"{path}.reads", "missing")
    x, y, w, h = (int(value) for value in region)
    return ClockRead((x, y, w, h), tuple(sorted(reads)))


def clock_seconds(faults: Faults, text: Any, path: str) -> int:
    """``12:34`` or ``1:02:03`` in seconds; minutes may pass 59, as a match clock's do. 0 after noting a fault."""
    parts = text.strip().split(":") if isinstance(text, str) else []
    digits = all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts)
    if len(parts) not in (2, 3) or not digits or any(len(part) != 2 or int(part) > 59 for part in parts[1:]):
        faults.add(path, "clock")
        return 0
    numbers = [int(part) for part in parts]
    return (numbers[0] * 60 + numbers[1]) * (60 if len(parts) == 3 else 1) + (numbers[2] if len(parts) == 3 else 0)


def said_of(pairs: Mapping[str, Any] | None, side: Material) -> Named:
    """What a pairs file says about a recording, be it named by its path, file name, camera or label.

    ``pairs`` is what ``read_pairs`` gave, or the document itself. Raises as ``read_pairs`` does.
    """
    if pairs and not all(isinstance(named, Named) for named in pairs.values()):
        pairs = read_pairs(pairs)
    names = names_of(side.path, side.label)
    found: Named = next((pairs[name] for name in names if name in pairs), Named()) if pairs else Named()
    return found


def names_of(path: Path, label: str = "") -> tuple[str, ...]:
    """What a pairs file may call a recording."""
    return str(path), path.as_posix(), path.name, path.stem, label


def none_unknown(pairs: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises ``BadValue`` for the first clip of a pairs file that is none of the given ones: a slip of the pen would
    else be a method that finds nothing."""
    known = set(names)
    for name in pairs:
        if name not in known:
            raise BadValue("var.errors.pairs_of_another", name=name)


def estimate(reference: Material, clip: Material, *, pairs: Mapping[str, Any] | None = None) -> Estimate:
    """The clip's clock from an operator's pairs: the offset from one, the rate too from more (least squares).

    A named instant is sure to half a frame. Pairs more than 3 sigma off what the others say are named in ``facts`` by
    their place in the file (those by seconds first) and make the result weak, for a slip is the operator's to undo.
    ``score`` is the share of the pairs that agree. Raises ``BadDocument`` for an instant that a recording does not
    have.
    """
    faults, named = Faults(), said_of(pairs, clip)
    rows = list(named.seconds)
    for n, (first, second) in enumerate(named.frames):
        ends = [_frame_s(side.index, i) for side, i in ((reference, first), (clip, second))]
        for spot, end, side in ((0, ends[0], reference), (1, ends[1], clip)):
            if end is None:
                held = 0 if side.index is None else len(side.index)
                faults.add(f"frames[{n}][{spot}]", "no_frame", count=held)
        if ends[0] is not None and ends[1] is not None:
            rows.append((ends[0], ends[1]))
    for n, (a, b) in enumerate(named.seconds):
        for place, at_s, held_by in ((0, a, reference), (1, b, clip)):
            if held_by.index is not None and at_s > held_by.index.clip_s(len(held_by.index) - 1) + 1:
                faults.add(f"pairs[{n}][{place}]", "past_end")
    faults.refuse_any()
    if not rows:
        return Estimate.failed(Method.PAIRS, "no_pairs")
    sigma = HALF_FRAME_SIGMA * math.hypot(step_s(reference.index), step_s(clip.index))
    end_s = float(clip.index.clip_s(len(clip.index) - 1)) if clip.index else float(max(b for _, b in rows))
    return fitted(rows, sigma, end_s, Method.PAIRS)


def _frame_s(index: Index | None, frame: int) -> Fraction | None:
    return index.clip_s(frame) if index is not None and 0 <= frame < len(index) else None


def step_s(index: Index | None) -> float:
    """The mean time between two frames, in seconds."""
    if index is None or len(index) < 2:
        return DEFAULT_STEP_S
    return float(index.clip_s(len(index) - 1)) / (len(index) - 1)


def fitted(rows: list[tuple[Fraction, Fraction]], sigma_s: float, end_s: float, method: Method) -> Estimate:
    """The line through pairs (reference, clip) that are each sure to ``sigma_s``, outliers left out and named.

    A rate that clocks could have is held to 1 as far as clocks keep time; pairs far off it (a replay in slow motion)
    give their own, and are weak. Pairs by which one recording runs backwards fail. ``sigma_s`` of the result is that at
    the worse of the clip's two ends, 0 and ``end_s``.
    """
    t_ref = np.array([float(a) for a, _ in rows])
    t_clip = np.array([float(b) for _, b in rows])
    use = np.ones(len(rows), bool)
    while use.sum() > 2:
        # A slip draws the line toward itself, so each pair is judged by the line that the others make.
        off = np.array([_off(t_ref, t_clip, use, n, sigma_s) if use[n] else 0.0 for n in range(len(rows))])
        worst = int(np.argmax(off))
        if off[worst] <= OUTLIER or use.sum() == 3:
            break
        use[worst] = False
    line = _line(t_ref[use], t_clip[use], sigma_s)
    if line.slope <= 0:
        return Estimate.failed(method, "backwards")
    left = t_ref[use] - line.at(t_clip[use])
    count = int(use.sum())
    scatter_s = float(np.sqrt((left**2).sum() / max(1, count - 2)))
    disagree = count > 1 and scatter_s > OUTLIER * sigma_s
    sigma_s = max(sigma_s, scatter_s)  # pairs that scatter more than their frames allow are less sure than their frames
    worst_s = max(abs(line.middle_s), abs(end_s - line.middle_s))
    slips = [n + 1 for n in range(len(rows)) if not use[n]] or list(range(1, len(rows) + 1))
    reason = "pairs_disagree" if disagree or not use.all() else ""
    facts: dict[str, Any] = {"pairs": ", ".join(map(str, slips)), "sigmas": f"{OUTLIER:g}"} if reason else {}
    if not reason and not 1 / FASTEST < line.slope < FASTEST:
        reason, facts = "other_speed", {"rate": round(line.slope, 4)}
    rate = Fraction(round(line.slope * 1e9), 10**9)
    return Estimate(
        method,
        Status.WEAK if reason else Status.OK,
        Fraction(round((line.level_s - line.slope * line.middle_s) * 1e7), 10**7),
        rate,
        math.hypot(sigma_s / math.sqrt(count), line.slope_sigma * worst_s),
        round(count / len(rows), 4),
        reason,
        facts,
    )


@dataclass(frozen=True, slots=True)
class _Line:
    slope: float
    slope_sigma: float
    level_s: float
    middle_s: float

    def at(self, t_clip: Array) -> Array:
        return self.level_s + self.slope * (t_clip - self.middle_s)


def _line(t_ref: Array, t_clip: Array, sigma_s: float) -> _Line:
    """The best line. A slope that clocks could have is held to 1 as far as clocks keep time; another is as found."""
    middle = float(t_clip.mean())
    along = t_clip - middle
    square = float((along**2).sum())
    level = float(t_ref.mean())
    if square <= 0:
        return _Line(1.0, RATE_SIGMA, level, middle)
    excess = float((along * (t_ref - level - along)).sum()) / square
    sigma = sigma_s / math.sqrt(square)
    if abs(excess) > OUTLIER * math.hypot(sigma, RATE_SIGMA):
        return _Line(1 + excess, sigma, level, middle)
    share = RATE_SIGMA**2 / (RATE_SIGMA**2 + sigma**2)
    return _Line(1 + share * excess, math.sqrt(share) * sigma, level, middle)


def _off(t_ref: Array, t_clip: Array, use: Any, n: int, sigma_s: float) -> float:
    """How many sigmas pair ``n`` lies off the line of the others."""
    rest = use.copy()
    rest[n] = False
    line = _line(t_ref[rest], t_clip[rest], sigma_s)
    aside = line.slope_sigma * abs(t_clip[n] - line.middle_s)
    return abs(float(t_ref[n] - line.at(t_clip[n]))) / math.hypot(sigma_s * math.sqrt(1 + 1 / rest.sum()), aside)
