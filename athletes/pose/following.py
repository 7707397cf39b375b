"""People followed from picture to picture: who is who, also where they cross, leave and come back.

Each person is expected where their motion leads; bodies are given to people so that the sum of distances is least
(Kuhn, 1955; ``scipy.optimize.linear_sum_assignment``). Where two people were over one another, motion says little: the
colours that they wear decide afterwards (``crossing``), and where those are alike the stretch is said to be doubtful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from athletes.pose.chunks import Found
from athletes.pose.crossing import Doubt, settle
from athletes.pose.model import BODY33, Counts, Floats, Skeleton, Track
from athletes.pose.noise import sigma_px
from athletes.pose.ways import ALIKE, Way, colour_distance
from touchline.errors import NotFound
from touchline.origin import Origin

GATE = 0.35
"""A body may be so far from where its person is expected, in parts of the person's height."""

WIDER_A_S = 1.2
"""How fast that grows while a person is not seen: heights a second, a runner's change of pace."""

PATIENCE_S = 2.0
"""For so long somebody who is not seen is expected where their motion leads."""

RETURN_S = 600.0
"""For so long somebody who left is known again by what they wear."""

GUESSED = 0.03
"""A joint that an engine gives with less confidence is outside the picture or behind something: it was not seen. Of
joints that the picture's edge cuts off, engines say 0.00 to 0.02 and put them somewhere inside."""

LEAST_S = 0.25
"""Who was seen for less is no person but a mistake of the engine (a whole recording shorter than that counts)."""

HELD_FRAMES = 300_000
"""So many frames of all people's tracks together are held whole: some 300 MB."""


@dataclass(frozen=True, slots=True)
class Followed:
    """``tracks``, the one seen longest first, persons numbered from 1 in that order, and the stretches where it is not
    sure who is who."""

    tracks: tuple[Track, ...]
    doubts: tuple[Doubt, ...] = ()


def distance(way: Way, px: Floats, colours: Floats, t_s: float) -> float:
    """How badly a body fits a person, in parts of its height; infinite where it cannot be them."""
    apart = float(np.median(np.linalg.norm(way.expected(t_s) - px, axis=1))) / max(way.height, 1.0)
    if apart > GATE + WIDER_A_S * (t_s - way.seen_s):
        return float("inf")
    worn = colour_distance(way.colours, colours)
    return apart + (0.0 if np.isnan(worn) else 0.1 * min(worn / ALIKE, 3.0))


def ways_of(found: Found) -> list[Way]:
    """Everybody in ``found``, each body given to one person, by motion alone."""
    from scipy.optimize import linear_sum_assignment

    ways: list[Way] = []
    for place, rows in enumerate(found.bodies_of()):
        t_s = float(found.t_s[place])
        bodies = list(range(rows.start, rows.stop))
        near = [way for way in ways if t_s - way.seen_s <= PATIENCE_S]
        given: set[int] = set()
        if near and bodies:
            cost = np.array([[distance(way, found.px[b], found.colours[b], t_s) for b in bodies] for way in near])
            whose, which = linear_sum_assignment(np.where(np.isfinite(cost), cost, 1e6))
            for one, at in zip(whose.tolist(), which.tolist(), strict=True):
                if np.isfinite(cost[one, at]):
                    near[one].take(place, bodies[at], found)
                    given.add(bodies[at])
        for body in bodies:
            if body not in given:
                way = _returned(ways, found, body, t_s) or Way()
                if not way.rows:
                    ways.append(way)
                way.take(place, body, found)
    return ways


def _returned(ways: Sequence[Way], found: Found, body: int, t_s: float) -> Way | None:
    """Who of those that left wears the colours of a body that appeared; None where nobody or more than one does."""
    gone = [way for way in ways if PATIENCE_S < t_s - way.seen_s <= RETURN_S]
    worn = sorted((colour_distance(way.colours, found.colours[body]), place) for place, way in enumerate(gone))
    worn = [each for each in worn if np.isfinite(each[0])]
    if not worn or worn[0][0] > ALIKE or (len(worn) > 1 and worn[1][0] < 2 * worn[0][0] + ALIKE / 2):
        return None
    return gone[worn[0][1]]


def follow(
    found: Found, size_px: tuple[int, int], *, method: str, noise: str = "full", skeleton: Skeleton = BODY33
) -> Followed:
    """The people in ``found``. A track holds all frames; where its person was not seen the points are NaN. Where those
    of all people are more than ``HELD_FRAMES`` together, only the first one's does, and others' from the first frame in
    which they were seen to the last: an hour with hundreds who pass would not fit into memory.

    ``method`` and ``noise`` are the engine's ``name`` and ``noise``.
    """
    ways = ways_of(found)
    doubts = settle(ways, found)
    whole_s = float(found.t_s[-1] - found.t_s[0]) if len(found) else 0.0
    least = min(LEAST_S, whole_s / 2)
    kept = [way for way in ways if way.rows and _length_s(way, found) >= least]
    kept.sort(key=lambda way: -len(way.rows))
    number = {id(way): person for person, way in enumerate(kept, 1)}
    long = len(found) * len(kept) > HELD_FRAMES
    tracks = tuple(
        _track(
            way,
            found,
            _span(way) if long and way is not kept[0] else slice(0, len(found)),
            person=number[id(way)],
            size_px=size_px,
            method=method,
            noise=noise,
            skeleton=skeleton,
        )
        for way in kept
    )
    told = (doubt.numbered(number) for doubt in doubts)
    return Followed(tracks, tuple(doubt for doubt in told if doubt is not None))


def _length_s(way: Way, found: Found) -> float:
    places = list(way.rows)
    return float(found.t_s[max(places)] - found.t_s[min(places)])


def _span(way: Way) -> slice:
    """The places from the first to the last frame in which somebody was seen."""
    return slice(min(way.rows), max(way.rows) + 1)


def _track(
    way: Way,
    found: Found,
    span: slice,
    *,
    person: int,
    size_px: tuple[int, int],
    method: str,
    noise: str,
    skeleton: Skeleton,
) -> Track:
    n, k = span.stop - span.start, len(skeleton)
    px, confidence = np.full((n, k, 2), np.nan), np.full((n, k), np.nan)
    places, rows = np.array(list(way.rows)) - span.start, np.array(list(way.rows.values()))
    px[places], confidence[places] = found.px[rows], found.confidence[rows]
    guessed = ((px < -0.5) | (px > np.array(size_px) - 0.5)).any(axis=2) | (confidence < GUESSED)
    px[guessed], confidence[guessed] = np.nan, np.nan
    return Track(
        person=person,
        frames=np.asarray(found.frames[span], dtype=np.int64),
        t_s=found.t_s[span],
        px=px,
        confidence=confidence,
        sigma_px=sigma_px(px, confidence, skeleton=skeleton, model=noise),
        size_px=size_px,
        origin=Origin.INFERRED,
        method=method,
        skeleton=skeleton,
    )


def choose(tracks: Sequence[Track], frame: int, px: tuple[float, float]) -> int:
    """The number of the person at the place ``px`` of the picture ``frame``: the one whose bones are nearest.

    Raises ``NotFound`` where nobody is within a quarter of their own height.
    """
    best: tuple[float, int] | None = None
    for track in tracks:
        places: Counts = np.flatnonzero(track.frames == frame)
        if not len(places):
            continue
        body = track.px[places[0]]
        if not np.isfinite(body).any():
            continue
        away = _to_bones(body, np.array(px), track.skeleton) / max(float(np.nanmax(np.ptp(body, axis=0))), 1.0)
        if best is None or away < best[0]:
            best = (away, track.person)
    if best is None or best[0] > 0.25:
        raise NotFound("athletes.errors.nobody_there", frame=frame, u=round(px[0]), v=round(px[1]))
    return best[1]


def _to_bones(body: Floats, px: Floats, skeleton: Skeleton) -> float:
    """How far ``px`` is from the nearest bone of ``body``, (k, 2)."""
    ends = body[np.array(skeleton.bones)]
    ends = ends[np.isfinite(ends).all(axis=(1, 2))]
    if not len(ends):
        return float(np.nanmin(np.linalg.norm(body - px, axis=1)))
    along = ends[:, 1] - ends[:, 0]
    length2 = np.maximum((along**2).sum(axis=1), 1e-9)
    share = np.clip(((px - ends[:, 0]) * along).sum(axis=1) / length2, 0, 1)
    return float(np.min(np.linalg.norm(ends[:, 0] + share[:, None] * along - px, axis=1)))
