"""Who is who across cameras: tracks of several cameras that are one person's, by whether their rays meet.

Two tracks of two cameras are one person's where, at common instants, their joints' rays meet within what the points'
noise allows. Pairs are joined from the best on; a group takes no two tracks of one camera that are there at one time,
and every new member must fit the ones already in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from athletes.pose.model import Counts, Track
from athletes.space.paired import Take, paired
from athletes.space.solving import Floats, distances, linear, planes
from touchline.errors import BadValue

LEAST_INSTANTS = 5
"""Tracks that share fewer instants are not compared: anybody's rays meet once."""

INSTANTS = 60
"""So many instants tell as much as all of them."""

LIMIT_SIGMAS = 8.0
"""Rays of one person pass each other by less than this many standard deviations (median over joints). Two people who
stand half a metre apart differ by some hundred pixels where these are some five."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """The takes that are one person's (places in what was given), and how far their rays pass each other: the median
    in standard deviations of a point, NaN for somebody whom one camera alone saw."""

    takes: tuple[int, ...]
    apart_sigmas: float


def who_is_who(takes: Sequence[Take]) -> tuple[Person, ...]:
    """The people in several cameras' tracks, those that most cameras saw first.

    ``takes`` may hold several of one camera (same name). Raises ``BadValue`` (``no_takes``).
    """
    if not takes:
        raise BadValue("athletes.errors.too_few_takes", count=0)
    apart = np.full((len(takes), len(takes)), np.nan)
    for a, b in combinations(range(len(takes)), 2):
        if takes[a].camera.name != takes[b].camera.name:
            apart[a, b] = apart[b, a] = ray_distance(takes[a], takes[b])
    groups = [{at} for at in range(len(takes))]
    pairs = [(apart[a, b], a, b) for a, b in combinations(range(len(takes)), 2) if apart[a, b] < LIMIT_SIGMAS]
    for _, a, b in sorted(pairs):
        first, second = (next(group for group in groups if at in group) for at in (a, b))
        if first is not second and _fit(first, second, takes, apart):
            groups.remove(second)
            first |= second
    people = [Person(tuple(sorted(group)), _median(group, apart)) for group in groups]
    return tuple(sorted(people, key=lambda one: (-_cameras(one, takes), -_length(one, takes), one.takes)))


def ray_distance(one: Take, other: Take) -> float:
    """How far two takes' rays pass each other: the median over joints and common instants, in standard deviations of a
    point; NaN where they share too few instants."""
    shared = _shared(one, other)
    if len(shared) < LEAST_INSTANTS:
        return float("nan")
    views = paired([_cut(one, shared), other])
    c, n, k, _ = views.px.shape
    px, sigma = views.px.reshape(c, n * k, 2), views.sigma_px.reshape(c, n * k)
    both = np.isfinite(px).all(axis=(0, 2))
    if both.sum() < LEAST_INSTANTS:
        return float("nan")
    px, sigma = px[:, both], sigma[:, both]
    at = linear(views.cameras, planes(views.cameras, px), np.ones(px.shape[:2]))
    off = distances(views.cameras, px, at) / sigma
    # Behind a camera is no meeting of rays.
    return float(np.median(np.nan_to_num(off, nan=1e3)))


def _shared(one: Take, other: Take) -> Counts:
    """Places in the first's track at which both are seen."""
    own, its = one.trial_s, other.trial_s
    if not len(own) or not len(its):
        return np.zeros(0, dtype=np.int64)
    there = _seen(one.track) & (own >= its[0]) & (own <= its[-1])
    nearest = np.clip(np.searchsorted(its, own), 0, len(its) - 1)
    there &= _seen(other.track)[nearest]
    places = np.flatnonzero(there)
    return places[np.unique(np.linspace(0, len(places) - 1, INSTANTS).astype(int))] if len(places) else places


def _seen(track: Track) -> np.ndarray:
    return np.asarray(np.isfinite(track.px[..., 0]).any(axis=1))


def _cut(take: Take, places: Counts) -> Take:
    """The take at some of its instants."""
    from dataclasses import replace

    track = take.track
    some = replace(
        track,
        frames=track.frames[places],
        t_s=track.t_s[places],
        px=track.px[places],
        confidence=track.confidence[places],
        sigma_px=track.sigma_px[places],
    )
    return replace(take, track=some)


def _fit(first: set[int], second: set[int], takes: Sequence[Take], apart: Floats) -> bool:
    """Whether two groups can be one person: nobody twice in a picture, and nobody's rays far from another's."""
    for a in first:
        for b in second:
            if takes[a].camera.name == takes[b].camera.name:
                if _together(takes[a].track, takes[b].track):
                    return False
            elif apart[a, b] >= LIMIT_SIGMAS:
                return False
    return True


def _together(one: Track, other: Track) -> bool:
    """Whether two tracks of a camera are both seen in some picture."""
    return bool(np.intersect1d(one.frames[_seen(one)], other.frames[_seen(other)]).size)


def _median(group: set[int], apart: Floats) -> float:
    found = [apart[a, b] for a, b in combinations(sorted(group), 2) if np.isfinite(apart[a, b])]
    return float(np.median(found)) if found else float("nan")


def _cameras(person: Person, takes: Sequence[Take]) -> int:
    return len({takes[at].camera.name for at in person.takes})


def _length(person: Person, takes: Sequence[Take]) -> int:
    return sum(int(_seen(takes[at].track).sum()) for at in person.takes)
