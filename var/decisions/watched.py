"""What the log of looks says of each question of a case: at which speeds it was looked at, and whether that is enough.

A question that asks for normal speed reads ``inconclusive`` where it was only seen slowly, fast, backwards or standing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from var.decisions.acts import questions_of
from var.decisions.model import Case
from var.looks import Look
from var.model import Clip
from var.rules.words import Replay

NEAR_S = Fraction(2)
"""A look tells of an incident where it showed something within this many seconds of it: marks are set about so well."""
SHOWN_MS = 200
"""How hard a contact was is not seen in less: of a shorter look the log cannot even tell the speed."""
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
    """Nobody looked between the opening of the case and its decision."""
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
    until_utc: str | None = None,
) -> Spent:
    """What was looked at of an instant, by the clock of the match or of each angle; angles that have none do not
    count. Without ``at_s`` every look does. Of a look that lies only in part between ``since_utc`` and ``until_utc``
    that part counts, but the whole of it is among ``looks``. Milliseconds of angles seen side by side add up."""
    speeds_ms: dict[Speed, int] = {}
    cameras: dict[str, None] = {}
    kept: list[Look] = []
    for look in looks:
        clip = clips.get(look.camera_id)
        part = _between(look, since_utc, until_utc)
        if clip is None or part is None:
            continue
        if isinstance(at_s, Mapping):
            own_s = at_s.get(look.camera_id)
            if own_s is None:
                continue
        else:
            own_s = at_s
        if _shows(part, clip, own_s):
            speed = speed_of(look, clip)
            speeds_ms[speed] = speeds_ms.get(speed, 0) + part.looked_ms
            cameras[look.camera_id] = None
            kept.append(look)
    return Spent(speeds_ms, tuple(cameras), tuple(kept))


def looks_of(
    case: Case, looks: Iterable[Look], clips: Mapping[str, Clip], *, at_s: Fraction | None = None
) -> tuple[Look, ...]:
    """The looks that tell of ``case``: from its opening to its decision, of an angle that is there, at ``at_s`` where
    known."""
    return spent_on(looks, clips, at_s, since_utc=case.opened_at.utc, until_utc=_decided_utc(case)).looks


def watched(
    case: Case,
    looks: Iterable[Look],
    clips: Mapping[str, Clip],
    *,
    at_s: Fraction | None = None,
    lost: int = 0,
    untimed: Collection[str] = (),
) -> tuple[Watched, ...]:
    """What was seen of each question of ``case`` from its opening to its decision, as long as that counts.

    ``looks`` is the match's log, ``lost`` how many looks screens said they lost, ``at_s`` the incident's match time:
    only looks that showed it count. Without it every look counts. ``untimed`` are the angles of which nobody knows how
    fast they show life: they answer no question of normal speed.
    """
    looks, when = list(looks), {"since_utc": case.opened_at.utc, "until_utc": _decided_utc(case)}
    whole = spent_on(looks, clips, at_s, **when)
    timed = spent_on(looks, {name: clip for name, clip in clips.items() if name not in untimed}, at_s, **when)
    answered = {override.question for override in case.overrides}
    found = []
    for name in questions_of(case):
        replay = case.rules.pack.questions[name].replay
        spent = timed if replay is Replay.NORMAL else whole
        seen = seen_enough(replay, spent, answered=name in answered, lost=lost)
        if seen is Seen.NOT_SEEN and whole.speeds_ms:
            seen = Seen.OVERRIDDEN if name in answered else Seen.INCONCLUSIVE
        found.append(Watched(name, replay, seen, dict(spent.speeds_ms), spent.cameras, warns(replay, spent)))
    return tuple(found)


def warns(replay: Replay, spent: Spent) -> bool:
    """Whether a question of normal speed was looked at in another way as well."""
    return replay is Replay.NORMAL and any(speed is not Speed.NORMAL for speed in spent.speeds_ms)


def seen_enough(replay: Replay, spent: Spent, *, answered: bool, lost: int) -> Seen:
    """What the looks are good for; ``answered`` says that somebody answers for slow motion, ``lost`` that many looks
    are missing from the log."""
    least = SHOWN_MS if replay is Replay.NORMAL else 1  # what stands tells as soon as it is seen
    seen_ms = spent.speeds_ms.get(Speed.NORMAL, 0) if replay is Replay.NORMAL else sum(spent.speeds_ms.values())
    if seen_ms >= least:
        return Seen.ENOUGH
    if lost:
        return Seen.OVERRIDDEN if answered else Seen.UNKNOWN
    if not spent.speeds_ms:
        return Seen.NOT_SEEN
    return Seen.OVERRIDDEN if answered else Seen.INCONCLUSIVE


def _decided_utc(case: Case) -> str | None:
    """When the case came to its result, or was closed without one as a check that is complete; None before that."""
    found = next((taken.at for taken in case.steps if taken.result is not None), case.ended_at)
    return None if found is None else found.utc


def _between(look: Look, since_utc: str | None, until_utc: str | None) -> Look | None:
    """The part of a look between two instants; None where nothing of it is.

    The log knows when a look ended, and how long it took.
    """
    if since_utc is None and until_utc is None:
        return look
    ended = datetime.fromisoformat(look.at_utc)
    long = max(look.looked_ms, 1)

    def ago(utc: str) -> float:
        """The share of the look, from its end, that is not before ``utc``."""
        return (ended - datetime.fromisoformat(utc)) / timedelta(milliseconds=long)

    first = 0.0 if since_utc is None else max(1 - ago(since_utc), 0.0)
    last = 1.0 if until_utc is None else min(1 - ago(until_utc), 1.0)
    if first >= last:
        return None
    frames = look.last_frame - look.first_frame
    return replace(
        look,
        first_frame=look.first_frame + round(first * frames),
        last_frame=look.first_frame + round(last * frames),
        looked_ms=round((last - first) * look.looked_ms),
    )


def _shows(look: Look, clip: Clip, at_s: Fraction | None) -> bool:
    first, last = sorted((look.first_frame, look.last_frame))
    if at_s is None:
        return True
    if last >= len(clip):
        return False
    return clip.match_s(first) - NEAR_S <= at_s <= clip.match_s(last) + NEAR_S
