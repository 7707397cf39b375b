"""How the answers to Law 12 read, by what the log of looks says.

A question of normal speed that was seen only slowly is inconclusive, whatever was answered, unless somebody says why it
stands all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from var.decisions.watched import Seen, Speed, Spent, seen_enough, speed_of, spent_on, warns
from var.foul.law12 import ITEMS, Item
from var.foul.notes import AnswerMark, FoulNotes
from var.foul.window import ContactWindow
from var.looks import Look
from var.model import Clip, Match
from var.rules.words import Replay


class Reads(StrEnum):
    """Whether an answer counts as it was given."""

    AS_ANSWERED = "as_answered"
    NOT_ANSWERED = "not_answered"
    INCONCLUSIVE = "inconclusive"
    """Normal speed is asked for, and the log shows no look at it."""
    OVERRIDDEN = "overridden"
    """The same, and who answered says why it stands."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A stretch of an angle that was looked at: its frames, and how fast."""

    camera_id: str
    first: int
    last: int
    speed: Speed
    asked: float
    reached: float | None
    ms: int
    at_utc: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An item with the answer that counts and how it reads. ``seen`` is what the looks are good for; ``law`` is the
    text of what the Laws say of this answer (``var.foul_law.says``), None where they say nothing or the answer does not
    read as it was given. ``warns``: it asks for normal speed and was looked at in another way as well.

    ``looks`` are the places, among the looks of ``Seeing``, of those that tell something of this item;
    ``seen_by_then`` is what those were good for of which the log had heard when it was answered, None where it was not.
    The player hands looks over in batches, so what was seen a moment before may come a moment after: that alone takes
    nothing from an answer.
    """

    item: Item
    mark: AnswerMark | None
    reads: Reads
    seen: Seen
    law: str | None
    warns: bool
    looks: tuple[int, ...] = ()
    seen_by_then: Seen | None = None

    @property
    def word(self) -> str | None:
        """The answer as it reads: None where there is none, or it is inconclusive."""
        counts = self.mark is not None and self.reads in (Reads.AS_ANSWERED, Reads.OVERRIDDEN)
        return self.mark.word if counts and self.mark is not None else None


@dataclass(frozen=True, slots=True)
class Seeing:
    """What the log of looks tells of a foul: milliseconds by speed, angles, the looks; ``lost`` looks are missing from
    it. ``speed_unknown`` are angles that were looked at, but nobody knows how fast they show life: they tell of facts
    and not of intensity."""

    speeds_ms: Mapping[Speed, int]
    cameras: tuple[str, ...]
    looks: tuple[LookedAt, ...]
    lost: int
    speed_unknown: tuple[str, ...]


def seeing_of(match: Match, window: ContactWindow, looks: Iterable[Look], lost: int = 0) -> tuple[Seeing, Spent, Spent]:
    """What was looked at of the contact; all of it, and that on angles of which it is known how fast they show life."""
    clips: dict[str, Clip] = {clip.camera_id: clip for clip in match.clips}
    at_s = {angle.camera_id: angle.at_s for angle in window.angles if angle.has_picture}
    whole = spent_on(looks := list(looks), clips, at_s)
    known = {camera: each for camera, each in at_s.items() if window.angle(camera).slower is not None}
    timed = spent_on(looks, clips, known)
    shown = tuple(
        LookedAt(
            look.camera_id,
            min(look.first_frame, look.last_frame),
            max(look.first_frame, look.last_frame),
            speed_of(look, clips[look.camera_id]),
            look.speed,
            look.reached(clips[look.camera_id]),
            look.looked_ms,
            look.at_utc,
        )
        for look in whole.looks
    )
    unknown = tuple(camera for camera in whole.cameras if camera not in known)
    return Seeing(timed.speeds_ms, whole.cameras, shown, lost, unknown), whole, timed


def answers_of(match: Match, notes: FoulNotes, whole: Spent, timed: Spent, lost: int = 0) -> tuple[Answered, ...]:
    """Every item of the checklist in its order."""
    clips = {clip.camera_id: clip for clip in match.clips}
    every = tuple(range(len(whole.looks)))
    known = tuple(place for place in every if whole.looks[place] in timed.looks)
    return tuple(
        _answered(item, notes.answer(item.key), whole, every, clips, lost)
        if item.replay is Replay.ANY
        else _answered(item, notes.answer(item.key), timed, known, clips, lost)
        for item in ITEMS
    )


def _answered(
    item: Item, mark: AnswerMark | None, spent: Spent, places: tuple[int, ...], clips: Mapping[str, Clip], lost: int
) -> Answered:
    overridden = mark is not None and bool(mark.override)
    seen = seen_enough(item.replay, spent, answered=overridden, lost=lost)
    if mark is None:
        reads = Reads.NOT_ANSWERED
    elif item.replay is Replay.ANY or seen is Seen.ENOUGH:
        reads = Reads.AS_ANSWERED
    else:
        reads = Reads.OVERRIDDEN if overridden else Reads.INCONCLUSIVE
    counts = mark is not None and reads in (Reads.AS_ANSWERED, Reads.OVERRIDDEN) and mark.word in item.says
    law = f"var.foul_law.says.{item.key}.{mark.word}" if counts and mark is not None else None
    by_then = None
    if mark is not None:
        answered = datetime.fromisoformat(mark.at_utc)
        heard = [look for look in spent.looks if datetime.fromisoformat(look.at_utc) <= answered]
        by_then = seen_enough(item.replay, _spent(heard, clips), answered=overridden, lost=lost)
    return Answered(item, mark, reads, seen, law, warns(item.replay, spent), places, by_then)


def _spent(looks: Iterable[Look], clips: Mapping[str, Clip]) -> Spent:
    """Milliseconds by speed of looks that are known to show the contact."""
    return spent_on(looks, clips, None)
