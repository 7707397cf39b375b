"""What the log of looks says of each question of a case: at which speeds it was looked at, and whether that is enough.

A question that asks for normal speed reads ``inconclusive`` where it was only seen slowly, fast, backwards or standing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from var.decisions.acts import questions_of
from var.decisions.model import Case
from var.looks import Look
from var.model import Clip
from var.rules.words import Replay

NEAR_S = Fraction(2)
"""A look tells of an incident where it showed something within this many seconds of it: marks are set about so well."""
NORMAL = (0.9, 1.1)
"""Speeds that count as normal: a computer that is a little late still shows how hard a contact was."""


class Speed(StrEnum):
    """How an angle was looked at."""

    STILL = "still"
    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"
    BACKWARDS = "backwards"


class Seen(StrEnum):
    """What the looks are good for."""

    ENOUGH = "enough"
    NOT_SEEN = "not_seen"
    """Nobody looked since the case was opened."""
    INCONCLUSIVE = "inconclusive"
    """Normal speed is asked for, and there was none."""
    OVERRIDDEN = "overridden"
    """The same, and somebody answers for it."""
    UNKNOWN = "unknown"
    """There was none in the log, but looks were lost: nobody knows."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One question: what was seen of it, and for how many milliseconds at each speed.

    ``warns``: it asks for normal speed and was looked at in another way as well.
    """

    question: str
    replay: Replay
    seen: Seen
    speeds_ms: Mapping[Speed, int]
    cameras: tuple[str, ...]
    warns: bool


def speed_of(look: Look, clip: Clip) -> Speed:
    """How fast a look really was: as measured where that is known, else as asked for."""
    reached = look.reached(clip)
    speed = look.speed if reached is None else reached
    if look.speed == 0:
        return Speed.STILL
    if speed < 0:
        return Speed.BACKWARDS
    return Speed.SLOW if speed < NORMAL[0] else Speed.NORMAL if speed <= NORMAL[1] else Speed.FAST


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stretch of the log tells of one instant: milliseconds at each speed, the angles, the looks themselves."""

    speeds_ms: Mapping[Speed, int]
    cameras: tuple[str, ...]
    looks: tuple[Look, ...]


def spent_on(
    looks: Iterable[Look],
    clips: Mapping[str, Clip],
    at_s: Mapping[str, Fraction] | Fraction | None,
    *,
    since_utc: str | None = None,
) -> Spent:
    """What was looked at of an instant, by the clock of the match or of each angle; angles that have none do not
    count. Without ``at_s`` every look does, with ``since_utc`` only those that the log heard of afterwards."""
    speeds_ms: dict[Speed, int] = {}
    cameras: dict[str, None] = {}
    kept: list[Look] = []
    for look in looks:
        clip = clips.get(look.camera_id)
        if clip is None or (since_utc is not None and not _since(look, since_utc)):
            continue
        if isinstance(at_s, Mapping):
            own_s = at_s.get(look.camera_id)
            if own_s is None:
                continue
        else:
            own_s = at_s
        if _shows(look, clip, own_s):
            speed = speed_of(look, clip)
            speeds_ms[speed] = speeds_ms.get(speed, 0) + look.looked_ms
            cameras[look.camera_id] = None
            kept.append(look)
    return Spent(speeds_ms, tuple(cameras), tuple(kept))


def looks_of(
    case: Case, looks: Iterable[Look], clips: Mapping[str, Clip], *, at_s: Fraction | None = None
) -> tuple[Look, ...]:
    """The looks that tell of ``case``: since it was opened, of an angle that is there, at ``at_s`` where known."""
    return spent_on(looks, clips, at_s, since_utc=case.opened_at.utc).looks


def watched(
    case: Case,
    looks: Iterable[Look],
    clips: Mapping[str, Clip],
    *,
    at_s: Fraction | None = None,
    lost: int = 0,
) -> tuple[Watched, ...]:
    """What was seen of each question of ``case`` since it was opened.

    ``looks`` is the match's log, ``lost`` how many looks screens said they lost, ``at_s`` the incident's match time:
    only looks that showed it count. Without it every look counts.
    """
    spent = spent_on(looks, clips, at_s, since_utc=case.opened_at.utc)
    answered = {override.question for override in case.overrides}
    found = []
    for name in questions_of(case):
        replay = case.rules.pack.questions[name].replay
        seen = seen_enough(replay, spent, answered=name in answered, lost=lost)
        found.append(Watched(name, replay, seen, dict(spent.speeds_ms), spent.cameras, warns(replay, spent)))
    return tuple(found)


def warns(replay: Replay, spent: Spent) -> bool:
    """Whether a question of normal speed was looked at in another way as well."""
    return replay is Replay.NORMAL and any(speed is not Speed.NORMAL for speed in spent.speeds_ms)


def seen_enough(replay: Replay, spent: Spent, *, answered: bool, lost: int) -> Seen:
    """What the looks are good for; ``answered`` says that somebody answers for slow motion, ``lost`` that many looks
    are missing from the log."""
    if Speed.NORMAL in spent.speeds_ms or (replay is Replay.ANY and spent.speeds_ms):
        return Seen.ENOUGH
    if lost:
        return Seen.OVERRIDDEN if answered else Seen.UNKNOWN
    if not spent.speeds_ms:
        return Seen.NOT_SEEN
    return Seen.OVERRIDDEN if answered else Seen.INCONCLUSIVE


def _since(look: Look, since_utc: str) -> bool:
    """Whether the log heard of the look after this instant."""
    return datetime.fromisoformat(look.at_utc) >= datetime.fromisoformat(since_utc)


def _shows(look: Look, clip: Clip, at_s: Fraction | None) -> bool:
    first, last = sorted((look.first_frame, look.last_frame))
    if at_s is None:
        return True
    if last >= len(clip):
        return False
    return clip.match_s(first) - NEAR_S <= at_s <= clip.match_s(last) + NEAR_S
