"""Bodies by a person detector and the landmark network on a square around each person: for several or small people.

Each body is looked at twice (``looks``). Nothing is smoothed and nothing comes late: a picture before tells only where
to look. Points are some 15 % nearer to where they should be than those of MediaPipe's following and shake twice as much
(docs/experiments/011). People under about 60 px are not found; overlapping ones are often wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from athletes.pose.engine import Body, Box, box_of
from athletes.pose.looks import agreed
from athletes.pose.model import BODY33
from athletes.pose.noise import CROPS as KIND
from touchline.footage import Picture
from touchline.vision.boxes import keep
from touchline.vision.landmarks import ROOM, Landmarks, Patch, find_landmarks
from touchline.vision.runtime import person_network, pose_network
from touchline.vision.ssd import TILE_PX, detect

Floats = NDArray[np.float64]

LEAST_SCORE = 0.35
LEAST_PRESENCE = 0.5
"""Below that the network sees no body in the square."""

WORTH_TURNING = 0.05
"""Less, and the network saw nothing that it could tell the middle and the top of."""

SAME_PLACE, SAME_SIZE = 0.15, 0.7
"""Two patches whose middles are nearer than this share of their side, and whose sides differ by less, show one person:
a detector may give a person twice."""

TIGHTER = 0.85
"""The second look's patch beside the first one's: the body is larger in it, and still whole."""

TURNS = (0.0, 0.7, -0.7)
"""Who leans by 40 degrees is looked for too, radians."""
SURE = 0.75

SMALLER = 0.8
INSIDE = 0.75
"""A smaller body with more than this of its box in another's is a limb that was taken for a person."""


class CropsEngine:
    """The SSD person detector and a landmark network, by LiteRT. Not to be shared between threads.

    Who was seen in the picture before stays among the ``people``, however sure it is of somebody else; of those who
    were not, the ones of whom there is most to see come first.
    """

    skeleton = BODY33
    warm_frames = 0
    looks_every = 5

    def __init__(self, model: str = "full", people: int = 12) -> None:
        """Load the models. Raises ``Missing`` where one of them or LiteRT is not here."""
        self._people = people
        self._detector, detector = person_network()
        self._landmarks, landmarks = pose_network(f"pose_{model}")
        self.noise = f"crops_{model}"
        self.name = f"{KIND} {detector} {landmarks} people={people}"
        self._known: dict[Box, Patch] = {}

    def find(self, picture: Picture, t_ms: int, wanted: Sequence[Box] | None = None) -> list[Body]:
        """The bodies in ``picture``: in the boxes ``wanted``, else wherever the detector sees people."""
        known = self._known if wanted is None else {box: self._known[box] for box in wanted if box in self._known}
        boxes = self._people_in(picture) if wanted is None else [box for box in wanted if box not in known]
        again = [one for patch in known.values() if (one := self._whole(picture, patch)) is not None]
        fresh = [one for box in boxes if (one := self._look(picture, box)) is not None]
        found = _followed_first(_one_each(again, fresh), again)[: self._people]
        bodies = [Body(one.px, one.confidence, one.presence, box_of(one.px)) for one in found]
        self._known = {body.box: one.upright for body, one in zip(bodies, found, strict=True)}
        return bodies

    def close(self) -> None:
        """Let the models go."""
        del self._detector, self._landmarks

    def _look(self, picture: Picture, box: Box) -> Landmarks | None:
        """The body in a box; None where there is none. Who leans is looked for turned to either side too."""
        left, top, right, bottom = box
        middle = ((left + right) / 2, (top + bottom) / 2)
        side = ROOM * max(bottom - top, right - left)  # who lies is as long as they are wide
        best: Landmarks | None = None
        for turn in TURNS:
            found = find_landmarks(picture, Patch(middle, side, turn), self._landmarks)
            if found.presence >= WORTH_TURNING and (best is None or _trust(found) > _trust(best)):
                best = found
            if best is not None and _trust(best) > SURE:
                break
        return None if best is None else self._whole(picture, best.upright)

    def _whole(self, picture: Picture, shown: Patch) -> Landmarks | None:
        """The body around which a patch was: seen there twice, then the patch follows it; None where it is gone."""
        found = self._twice(picture, shown)
        if found.presence >= WORTH_TURNING and not _near(found.upright, shown):
            found = self._twice(picture, found.upright)
        return found if found.presence >= LEAST_PRESENCE else None

    def _twice(self, picture: Picture, shown: Patch) -> Landmarks:
        """What the network sees in the patch and, in a mirror, in a tighter one."""
        one = find_landmarks(picture, shown, self._landmarks)
        tighter = replace(shown, side=TIGHTER * shown.side)
        return agreed(one, find_landmarks(picture, tighter, self._landmarks, mirrored=True), shown)

    def _people_in(self, picture: Picture) -> list[Box]:
        """Boxes of people, the surest first. Who is taller than a tile is seen in the picture as a whole."""
        whole = max(picture.shape[:2])
        found = [detect(self._detector, picture, LEAST_SCORE, side) for side in dict.fromkeys((whole, TILE_PX))]
        boxes, scores = np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])
        stays = keep(boxes, scores)[: 2 * self._people]
        return [tuple(float(edge) for edge in boxes[place]) for place in stays]  # type: ignore[misc]


def _trust(found: Landmarks) -> float:
    return found.presence * float(found.confidence.mean())


def _near(one: Patch, other: Patch) -> bool:
    """Whether two patches show one person."""
    apart = float(np.hypot(one.middle[0] - other.middle[0], one.middle[1] - other.middle[1]))
    side = max(one.side, other.side)
    return apart < SAME_PLACE * side and min(one.side, other.side) > SAME_SIZE * side


def _followed_first(found: list[Landmarks], again: list[Landmarks]) -> list[Landmarks]:
    """``found``, those first who are in ``again`` too, then those of whom there is most to see."""

    def comes(one: Landmarks) -> tuple[bool, float]:
        left, top, right, bottom = box_of(one.px)
        there = any(one is other or _near(one.upright, other.upright) for other in again)
        return not there, -float(one.confidence.sum()) * max(bottom - top, right - left)

    return sorted(found, key=comes)


def _one_each(again: list[Landmarks], fresh: list[Landmarks]) -> list[Landmarks]:
    """The surest first, without those that are another's twin or a part of another, however sure. Of twins the one
    that was followed stays: its patch lies better than one around a detector's box."""
    kept: list[Landmarks] = []
    for several in (again, fresh):
        for one in sorted(several, key=lambda each: -float(each.confidence.sum())):
            if not any(_near(one.upright, other.upright) for other in kept):
                kept.append(one)
    kept.sort(key=lambda each: -float(each.confidence.sum()))
    return [one for one in kept if not any(_part_of(one, other) for other in kept)]


def _part_of(one: Landmarks, other: Landmarks) -> bool:
    """Whether a smaller body lies in another's box: a limb that was taken for a person."""
    mine, theirs = box_of(one.px), box_of(other.px)
    width = min(mine[2], theirs[2]) - max(mine[0], theirs[0])
    height = min(mine[3], theirs[3]) - max(mine[1], theirs[1])
    area = (mine[2] - mine[0]) * (mine[3] - mine[1])
    smaller = (mine[3] - mine[1]) < SMALLER * (theirs[3] - theirs[1])
    return smaller and max(width, 0.0) * max(height, 0.0) > INSIDE * area
