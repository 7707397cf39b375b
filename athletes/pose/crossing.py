"""Two people over one another: whose number goes on with whom is settled by what they wear, or is said to be unsure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from athletes.pose.chunks import Found
from athletes.pose.model import Floats
from athletes.pose.ways import ALIKE, Way, colour_distance, colours_between

NEAR = 0.35
"""Closer than this part of their height, two people hide each other."""

APART = 0.5
"""From here on they are told apart again."""

COMPARED_S = 1.0
"""So long before and after are their colours compared."""

CROSSED, CHANGED = "people_crossed", "colours_changed"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of frames ``first`` to ``last`` after which it is not sure that ``persons`` are still who they were:
    ``reason`` is ``people_crossed``, or ``colours_changed`` where an engine that follows one person may have gone over
    to another."""

    persons: tuple[int, ...]
    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Unsure:
    """A doubt whose people have no numbers yet."""

    ways: tuple[Way, ...]
    first: int
    last: int
    reason: str

    def numbered(self, number: Mapping[int, int]) -> Doubt | None:
        """With the people's numbers, by the ``id`` of their ways; None where none of them was kept."""
        persons = tuple(sorted(number[id(way)] for way in self.ways if id(way) in number))
        return Doubt(persons, self.first, self.last, self.reason) if persons else None


@dataclass(slots=True, eq=False)
class _Meeting:
    pair: list[Way]
    first: int
    last: int
    nearest: int


def settle(ways: Sequence[Way], found: Found) -> list[Unsure]:
    """Exchange the ways of people whose colours say that they were mixed up, and return what stays unsure."""
    meetings = sorted(_meetings(ways, found), key=lambda meeting: meeting.first)
    unsure: list[Unsure] = []
    for place, meeting in enumerate(meetings):
        verdict = _verdict(meeting, found)
        if verdict is None:
            unsure.append(_unsure(meeting, found))
        elif verdict:
            one, other = meeting.pair
            one.exchange(other, meeting.nearest)
            for later in meetings[place + 1 :]:  # they were found by the ways as they ran before
                later.pair = [other if way is one else one if way is other else way for way in later.pair]
    crossed = [(one.first, one.last) for one in unsure]
    for way in ways:
        unsure += [one for one in _changes(way, found) if not any(a <= one.last and one.first <= b for a, b in crossed)]
    return unsure


def _meetings(ways: Sequence[Way], found: Found) -> list[_Meeting]:
    spans = [(min(way.rows), max(way.rows) + 1) for way in ways]
    centres = [_centres(way, span, found) for way, span in zip(ways, spans, strict=True)]
    made = []
    for a, b in combinations(range(len(ways)), 2):
        first, end = max(spans[a][0], spans[b][0]), min(spans[a][1], spans[b][1])
        if first >= end:  # never there together: of an hour's people most
            continue
        one, other = (centres[k][first - spans[k][0] : end - spans[k][0]] for k in (a, b))
        apart = np.linalg.norm(one - other, axis=1) / min(max(ways[k].height, 1.0) for k in (a, b))
        for start, last, nearest in _stretches(apart):
            whole = len(found) - 1 if last == len(apart) - 1 else first + last
            made.append(_Meeting([ways[a], ways[b]], first + start, whole, first + nearest))
    return made


def _centres(way: Way, span: tuple[int, int], found: Found) -> Floats:
    """The middle of somebody's points from their first to their last frame, (m, 2); NaN where they were not seen."""
    out = np.full((span[1] - span[0], 2), np.nan)
    places = np.array(list(way.rows), dtype=np.int64) - span[0]
    out[places] = np.median(found.px[list(way.rows.values())], axis=1)
    return out


def _stretches(apart: Floats) -> list[tuple[int, int, int]]:
    """First and last place of each meeting, and where the two were nearest; ``apart`` (m,) is NaN where one of them was
    not seen: then they have not parted yet, nor at the end, where one of them was last seen."""
    found, start = list[tuple[int, int, int]](), -1
    for place in np.flatnonzero(np.isfinite(apart)).tolist():
        if start < 0 and apart[place] < NEAR:
            start = place
        elif start >= 0 and apart[place] > APART:
            found.append((start, place - 1, start + int(np.nanargmin(apart[start:place]))))
            start = -1
    if start >= 0:
        found.append((start, len(apart) - 1, start + int(np.nanargmin(apart[start:]))))
    return found


def _verdict(meeting: _Meeting, found: Found) -> bool | None:
    """Whether the two were mixed up; None where their colours do not tell."""
    one, other = meeting.pair
    before = [colours_between(way, found, *_side(found, meeting.first, -1)) for way in (one, other)]
    after = [colours_between(way, found, *_side(found, meeting.last, 1)) for way in (one, other)]
    if not colour_distance(before[0], before[1]) > ALIKE:
        return None
    stays = [colour_distance(before[k], after[k]) for k in (0, 1)]
    turns = [colour_distance(before[k], after[1 - k]) for k in (0, 1)]
    for kept, exchanged in ((sum(stays), sum(turns)), (stays[0], turns[1]), (stays[1], turns[0])):
        if np.isfinite(kept) and np.isfinite(exchanged):  # both parted, or only one came out of it
            sure = abs(kept - exchanged) > ALIKE
            return bool(exchanged < kept) if sure else None
    return None


def _side(found: Found, place: int, way: int) -> tuple[int, int]:
    """The places within ``COMPARED_S`` before (-1) or after (1) ``place``."""
    t_s = found.t_s
    if way < 0:
        return int(np.searchsorted(t_s, t_s[place] - COMPARED_S)), place - 1
    return place + 1, int(np.searchsorted(t_s, t_s[place] + COMPARED_S))


def _unsure(meeting: _Meeting, found: Found) -> Unsure:
    frames = found.frames
    return Unsure(tuple(meeting.pair), int(frames[meeting.first]), int(frames[meeting.last]), CROSSED)


def _changes(way: Way, found: Found) -> list[Unsure]:
    """Where the colours of a person become others and stay so."""
    if not way.rows:
        return []
    first, last, t_s = min(way.rows), max(way.rows), found.t_s
    worst: list[tuple[float, int, int]] = []
    for at_s in np.arange(t_s[first] + 0.75, t_s[last] - 0.75, 0.25):
        edges = np.searchsorted(t_s, [at_s - 0.75, at_s - 0.2, at_s + 0.2, at_s + 0.75]).tolist()
        away = colour_distance(
            colours_between(way, found, edges[0], edges[1]), colours_between(way, found, edges[2], edges[3])
        )
        if away > 2 * ALIKE:
            if worst and edges[1] <= worst[-1][2]:
                worst[-1] = (max(away, worst[-1][0]), worst[-1][1], edges[2])
            else:
                worst.append((away, edges[1], edges[2]))
    return [Unsure((way,), int(found.frames[a]), int(found.frames[min(b, last)]), CHANGED) for _, a, b in worst]
