"""What a recording that was read holds: people followed, left and right put right, and what must be known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.chunks import Found, Seal, read_plan, skeleton_named
from athletes.pose.crossing import Doubt
from athletes.pose.following import follow
from athletes.pose.model import Track
from athletes.pose.reading import joined
from athletes.pose.swaps import Swaps, undone

DARK = 30.0
"""Below this mean brightness (0 to 255) a picture is dark (docs/experiments/011): made darker step by step, a real
view's points have moved by half their usual error here, and at 11 by all of it; a picture taken in the dark has noise
too."""

HALF = 0.5
"""A part of the body that is outside the picture in more than this share of the frames is missing."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "head": ("nose", "left_ear", "right_ear"),
    "arms": ("left_wrist", "right_wrist"),
    "hips": ("left_hip", "right_hip"),
    "feet": ("left_ankle", "right_ankle"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something that whoever reads the points must know: ``key`` stands in the catalogue ``athletes.pose.notes``,
    ``values`` fill its placeholders; ``person`` is whom it is about, ``frames`` (first, last) where."""

    key: str
    person: int | None = None
    frames: tuple[int, int] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "key": self.key,
            "person": self.person,
            "frames": None if self.frames is None else list(self.frames),
            "values": dict(self.values),
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ``engine`` found: ``tracks`` of all people, the one seen longest first; ``swaps`` undone of each person;
    ``doubts`` about who is who; ``notes``."""

    engine: str
    tracks: tuple[Track, ...]
    swaps: Mapping[int, Swaps]
    doubts: tuple[Doubt, ...]
    notes: tuple[Note, ...]


def followed(folder: Path, seal: Seal | None = None, *, slow: float = 1.0) -> Outcome:
    """The people in the recording that was read into ``folder``.

    ``slow``: how many times slower than real the times of what was read still are. Left and right are told by how fast
    limbs really move; who is who, and the tracks' times, stay as they were read. Raises ``NotFound``, ``BadFile``.
    """
    found, plan = joined(folder, seal), read_plan(folder)
    assert plan is not None
    width, height = plan["size_px"]
    people = follow(
        found,
        (int(width), int(height)),
        method=plan["engine"],
        noise=plan["noise"],
        skeleton=skeleton_named(plan["skeleton"]),
    )
    mended = [_sides(track, slow) for track in people.tracks]
    swaps = {track.person: told for track, told in mended}
    tracks = tuple(track for track, _ in mended)
    whole = plan["last"] - plan["first"]
    return Outcome(
        plan["engine"], tracks, swaps, people.doubts, tuple(_notes(found, whole, tracks, swaps, people.doubts))
    )


def _sides(track: Track, slow: float) -> tuple[Track, Swaps]:
    """``track`` with left and right put right in real seconds, and its own times."""
    mended, told = undone(track if slow == 1.0 else replace(track, t_s=track.t_s / slow))
    return replace(mended, t_s=track.t_s), told


def _notes(
    found: Found, whole: int, tracks: tuple[Track, ...], swaps: Mapping[int, Swaps], doubts: tuple[Doubt, ...]
) -> list[Note]:
    notes: list[Note] = []
    first, last = int(found.frames[0]), int(found.frames[-1])
    if len(found) < whole:
        notes.append(Note("not_read", None, None, {"frames": whole - len(found), "of": whole}))
    if len(found) == 1:
        notes.append(Note("one_frame", None, (first, last)))
    if lost := int(np.isnan(found.luma).sum()):
        notes.append(Note("damaged_frames", None, (first, last), {"frames": lost}))
    luma = found.luma[np.isfinite(found.luma)]
    if len(luma) and (median := float(np.median(luma))) < DARK:
        notes.append(Note("dark", None, (first, last), {"luma": round(median, 1)}))
    if not tracks:
        why = "nobody_in_the_dark" if any(note.key == "dark" for note in notes) else "nobody"
        notes.append(Note(why, None, (first, last), {"frames": len(found)}))
    for track in tracks:
        notes += [Note("half_body", track.person, None, {"part": part}) for part in missing_parts(track)]
        told = swaps[track.person]
        if told.found or told.left_out:
            values = {"count": told.count, "frames": len(told.frames), "left_out": len(told.left_out)}
            notes.append(Note("swaps_undone", track.person, None, values))
    for doubt in doubts:
        persons = ", ".join(map(str, doubt.persons))
        notes.append(Note(doubt.reason, doubt.persons[0], (doubt.first, doubt.last), {"persons": persons}))
    return notes


def missing_parts(track: Track) -> list[str]:
    """Which parts of the body (of ``PARTS``) were outside the picture most of the time that the person was in it."""
    there = np.isfinite(track.px).any(axis=(1, 2))
    if not there.any():
        return []
    seen = np.asarray(np.isfinite(track.px[there]).all(axis=2))
    places = {part: track.skeleton.places(*joints) for part, joints in PARTS.items()}
    return [part for part, at in places.items() if float(seen[:, at].any(axis=1).mean()) < 1 - HALF]
